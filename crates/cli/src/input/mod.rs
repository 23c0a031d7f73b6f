//! The addresses to ask about, as they are given.

mod diagnosis;

use std::collections::HashMap;
use std::fmt;
use std::io::Read;
use std::net::IpAddr;

use crate::args::InputArguments;
use crate::exit::Stop;

/// All that is to be asked about, in the order in which it is written out.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    /// One for each distinct address and each text that is none; with `--every-line` one for each place.
    pub(crate) entries: Vec<Entry>,
    /// How many distinct addresses `--public-only` left out.
    pub(crate) left_out: usize,
}

/// What is given at one place or several.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// As it was written at its first place.
    pub(crate) text: String,
    /// Its first place.
    pub(crate) place: Place,
    /// The address, or what is wrong: a sentence without its subject.
    pub(crate) address: Result<IpAddr, String>,
    /// How often it is given.
    pub(crate) occurrences: u64,
}

/// Where something is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The how-manieth argument, from 1.
    Argument(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(position) => write!(f, "argument {position}"),
        }
    }
}

/// Reads all of it.
pub(crate) fn read(arguments: &InputArguments, _standard_input: &mut dyn Read) -> Result<Inputs, Stop> {
    let mut inputs = Inputs::default();
    let mut met = HashMap::new();
    for (index, text) in arguments.addresses.iter().enumerate() {
        let address = text.parse().map_err(|_| diagnosis::diagnosis(text));
        if let (Ok(ip), false) = (&address, arguments.every_line) {
            if let Some(first) = met.get(ip) {
                let entry: &mut Entry = &mut inputs.entries[*first];
                entry.occurrences += 1;
                continue;
            }
            met.insert(*ip, inputs.entries.len());
        }
        inputs.entries.push(Entry { text: text.clone(), place: Place::Argument(index + 1), address, occurrences: 1 });
    }
    Ok(inputs)
}

impl Inputs {
    /// Every valid address once, in the order of their first places.
    pub(crate) fn distinct_addresses(&self) -> Vec<IpAddr> {
        let mut met = std::collections::HashSet::new();
        self.entries
            .iter()
            .filter_map(|entry| entry.address.clone().ok())
            .filter(|address| met.insert(*address))
            .collect()
    }
}
