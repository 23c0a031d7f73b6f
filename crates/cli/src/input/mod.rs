//! The addresses to ask about, as they are given.
//!
//! Arguments come first, in their order, and then the files, in theirs. Everything is read in pieces: memory grows with
//! the distinct things that are given, and not with the text they are in.

mod cells;
mod collector;
mod columns;
mod csv;
mod diagnosis;
mod format;
mod headings;
mod json_lines;
mod lexer;
mod place;
mod public;
mod quoted;
mod refang;
mod run;
mod source;
mod tell;
#[cfg(test)]
mod tests;
mod token;

use std::io::Read;
use std::net::IpAddr;
use std::path::Path;

pub(crate) use self::place::Place;
pub(crate) use self::tell::{tell_all_left_out, tell_invalid};

use self::collector::Collector;
use self::format::{Asked, Reading};
use self::lexer::Lexer;
use self::place::{Mark, Origin};
use self::source::Source;
use crate::cli::InputArguments;
use crate::exit::Stop;

/// All that is to be asked about, in the order in which it is written out.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    /// One for each distinct address and each text that is none; with `--every-line` one for each place.
    pub(crate) entries: Vec<Entry>,
    /// How many distinct addresses `--public-only` left out.
    pub(crate) left_out: usize,
    /// Where reading ended, as there are more texts that are no addresses than any list has.
    pub(crate) broken_off: Option<Place>,
}

/// What is given at one place or several.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// As it was written at its first place; of a long text that is no address, the beginning.
    pub(crate) text: String,
    /// Its first place.
    pub(crate) place: Place,
    /// The address, or what is wrong: a sentence without its subject.
    pub(crate) address: Result<IpAddr, String>,
    /// How often it is given.
    pub(crate) occurrences: u64,
}

impl Inputs {
    /// Every valid address once, in the order of their first places.
    pub(crate) fn distinct_addresses(&self) -> Vec<IpAddr> {
        let mut met = std::collections::HashSet::new();
        self.entries
            .iter()
            .filter_map(|entry| entry.address.as_ref().ok().copied())
            .filter(|address| met.insert(*address))
            .collect()
    }
}

/// Reads all of it, or all up to where there are too many texts that are no addresses.
pub(crate) fn read(arguments: &InputArguments, standard_input: &mut dyn Read) -> Result<Inputs, Stop> {
    let mut collector = Collector::new(arguments);
    let read = read_all(arguments, standard_input, &mut collector);
    let inputs = collector.finish();
    match read {
        Err(_) if inputs.broken_off.is_some() => Ok(inputs),
        read => read.map(|()| inputs),
    }
}

fn read_all(arguments: &InputArguments, standard_input: &mut dyn Read, collector: &mut Collector) -> Result<(), Stop> {
    let dash = Path::new("-");
    let dashes_among_addresses = arguments.addresses.iter().filter(|text| text.as_str() == "-").count();
    let dashes = dashes_among_addresses + arguments.input.iter().filter(|path| path.as_path() == dash).count();
    let mut asked = Asked::new(arguments, dashes_among_addresses + arguments.input.len())?;
    if dashes > 1 {
        return Err(Stop::usage(format!("standard input is named {dashes} times by -, and can be read once only")));
    }
    for (argument, number) in arguments.addresses.iter().zip(1..) {
        if argument == "-" {
            read_source(&mut asked, None, Source::standard_input(standard_input), collector)?;
        } else {
            read_argument(argument, number, collector)?;
        }
    }
    for path in &arguments.input {
        if path == dash {
            read_source(&mut asked, None, Source::standard_input(standard_input), collector)?;
        } else {
            read_source(&mut asked, Some(path), Source::file(path)?, collector)?;
        }
    }
    asked.finish()?;
    if collector.given() == 0 {
        return Err(nothing_to_ask(arguments));
    }
    Ok(())
}

/// An argument, which may be a list.
fn read_argument(text: &str, number: u32, collector: &mut Collector) -> Result<(), Stop> {
    let origin = Origin::Argument(number);
    let mut lexer = Lexer::new(origin.clone());
    let before = collector.given();
    lexer.text(text.as_bytes(), Mark::START, collector)?;
    if collector.given() == before {
        let problem = if text.trim().is_empty() { "is empty" } else { "holds no address" };
        collector.invalid(text.as_bytes(), problem.to_owned(), || origin.place(Mark::START))?;
    }
    Ok(())
}

fn read_source(
    asked: &mut Asked<'_>,
    path: Option<&Path>,
    mut source: Source<'_>,
    collector: &mut Collector,
) -> Result<(), Stop> {
    let origin = source.origin.clone();
    let (beginning, is_all) = source.beginning()?;
    match asked.reading(path, &origin, beginning, is_all)? {
        Reading::Lines => read_lines(&mut source, collector),
        Reading::Csv(column) => csv::read(&mut source, column, collector),
        Reading::Jsonl(field) => json_lines::read(&mut source, field, collector),
    }
}

fn read_lines(source: &mut Source<'_>, collector: &mut Collector) -> Result<(), Stop> {
    let (beginning, _) = source.beginning()?;
    let first_line = beginning.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let first_line = String::from_utf8_lossy(first_line).into_owned();
    let entries = collector.entries();
    let read = feed_lines(source, collector);
    collector.hint_at_csv(entries, &first_line);
    read
}

fn feed_lines(source: &mut Source<'_>, collector: &mut Collector) -> Result<(), Stop> {
    let mut lexer = Lexer::new(source.origin.clone());
    while let Some(piece) = source.next()? {
        lexer.feed(piece, collector)?;
    }
    lexer.finish(collector)
}

fn nothing_to_ask(arguments: &InputArguments) -> Stop {
    let names: Vec<_> = arguments
        .input
        .iter()
        .filter(|path| path.as_path() != Path::new("-"))
        .map(|path| Origin::file(path).to_string())
        .collect();
    match names.as_slice() {
        [] => Stop::usage("nothing to ask: there is no address in standard input"),
        _ => Stop::usage(format!("nothing to ask: there is no address in {}", names.join(", "))),
    }
}
