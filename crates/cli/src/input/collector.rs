//! Gathers what is given, each distinct address once.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use super::place::{Mark, Place};
use super::public::is_public;
use super::quoted::beginning;
use super::{Entry, Inputs};
use crate::cli::InputArguments;
use crate::exit::Stop;

/// More texts than this that are no addresses are no list of addresses.
const MOST_INVALID: usize = 50_000;

/// As much of a text that is no address as is kept, in bytes.
const KEPT: usize = 256;

#[derive(Debug)]
pub(super) struct Collector {
    entries: Vec<Entry>,
    given: u64,
    /// Where the entry of an address is.
    addresses: HashMap<IpAddr, usize>,
    /// Where the entry of a text is that is no address.
    invalid: HashMap<String, usize>,
    invalid_entries: usize,
    broken_off: Option<Place>,
    left_out: HashSet<IpAddr>,
    every_line: bool,
    public_only: bool,
}

impl Collector {
    pub(super) fn new(arguments: &InputArguments) -> Self {
        Self {
            entries: Vec::new(),
            given: 0,
            addresses: HashMap::new(),
            invalid: HashMap::new(),
            invalid_entries: 0,
            broken_off: None,
            left_out: HashSet::new(),
            every_line: arguments.every_line,
            public_only: arguments.public_only,
        }
    }

    /// How often something was given, whatever it was.
    pub(super) fn given(&self) -> u64 {
        self.given
    }

    pub(super) fn address(&mut self, address: IpAddr, text: &str, place: impl FnOnce() -> Place) {
        self.given += 1;
        if self.public_only && !is_public(address) {
            self.left_out.insert(address);
            return;
        }
        if !self.every_line {
            if let Some(first) = self.addresses.get(&address) {
                self.entries[*first].occurrences += 1;
                return;
            }
            self.addresses.insert(address, self.entries.len());
        }
        self.entries.push(Entry { text: text.to_owned(), place: place(), address: Ok(address), occurrences: 1 });
    }

    /// Notes a text that is no address. The problem is a sentence without its subject.
    pub(super) fn invalid(&mut self, text: &[u8], problem: String, place: impl FnOnce() -> Place) -> Result<(), Stop> {
        self.given += 1;
        let whole = str::from_utf8(text).ok().filter(|text| text.len() <= KEPT);
        if let (Some(whole), false) = (whole, self.every_line) {
            if let Some(first) = self.invalid.get(whole) {
                self.entries[*first].occurrences += 1;
                return Ok(());
            }
            self.invalid.insert(whole.to_owned(), self.entries.len());
        }
        let text = whole.map_or_else(|| beginning(text), str::to_owned);
        let place = place();
        self.invalid_entries += 1;
        if self.invalid_entries > MOST_INVALID {
            let stop = too_many(&place);
            self.broken_off = Some(place);
            return Err(stop);
        }
        self.entries.push(Entry { text, place, address: Err(problem), occurrences: 1 });
        Ok(())
    }

    /// How many entries there are so far.
    pub(super) fn entries(&self) -> usize {
        self.entries.len()
    }

    /// Where the first line of a source, whose entries begin at `first`, has texts that are no addresses in several
    /// cells, they may be headings, and so the first of them says.
    pub(super) fn hint_at_csv(&mut self, first: usize, line: &str) {
        let on_line = self.entries[first..].iter_mut().map_while(|entry| match (&entry.place, &mut entry.address) {
            (Place::Text { mark: Mark { line: 1, column }, .. }, address) => Some((*column, address)),
            _ => None,
        });
        let mut invalid = on_line.filter_map(|(column, address)| Some((column, address.as_mut().err()?)));
        let Some((from, problem)) = invalid.next() else { return };
        if invalid.last().is_some_and(|(to, _)| is_delimited(line, from, to)) {
            problem.push_str("; if this is CSV, name its column by --column, or say --input-format csv");
        }
    }

    pub(super) fn finish(self) -> Inputs {
        Inputs { entries: self.entries, left_out: self.left_out.len(), broken_off: self.broken_off }
    }
}

/// The end of a run, whatever may be skipped.
pub(super) fn too_many(last: &Place) -> Stop {
    Stop::usage(format!(
        "more than {MOST_INVALID} texts are no IP addresses, the last at {last}: is that a list of addresses?"
    ))
}

/// Whether there is a delimiter of CSV between two columns of a line.
fn is_delimited(line: &str, from: u32, to: u32) -> bool {
    (1..).zip(line.chars()).any(|(column, c)| from < column && column < to && matches!(c, ',' | ';' | '\t'))
}
