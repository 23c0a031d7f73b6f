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
use self::lexer::Lexer;
use self::place::{Mark, Origin};
use self::source::Source;
use crate::args::{InputArguments, InputFormat};
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

/// Reads all of it.
pub(crate) fn read(arguments: &InputArguments, standard_input: &mut dyn Read) -> Result<Inputs, Stop> {
    format::stated(arguments)?;
    let dash = Path::new("-");
    let is_dash = |text: &&String| text.as_str() == "-";
    let dashes = arguments.addresses.iter().filter(is_dash).count()
        + arguments.input.iter().filter(|path| path.as_path() == dash).count();
    if dashes > 1 {
        return Err(Stop::usage(format!("standard input is named {dashes} times by -, and can be read once only")));
    }
    let mut collector = Collector::new(arguments);
    for (argument, number) in arguments.addresses.iter().zip(1..) {
        if argument == "-" {
            read_source(arguments, None, Source::standard_input(standard_input), &mut collector)?;
        } else {
            read_argument(argument, number, &mut collector)?;
        }
    }
    for path in &arguments.input {
        if path == dash {
            read_source(arguments, None, Source::standard_input(standard_input), &mut collector)?;
        } else {
            read_source(arguments, Some(path), Source::file(path)?, &mut collector)?;
        }
    }
    if collector.given() == 0 {
        return Err(nothing_to_ask(arguments));
    }
    Ok(collector.finish())
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
    arguments: &InputArguments,
    path: Option<&Path>,
    mut source: Source<'_>,
    collector: &mut Collector,
) -> Result<(), Stop> {
    let origin = source.origin.clone();
    let (beginning, is_all) = source.beginning()?;
    match format::format(arguments, path, &origin, beginning, is_all)? {
        InputFormat::Lines => read_lines(&mut source, collector),
        InputFormat::Csv => csv::read(&mut source, arguments.column.as_deref(), collector),
        InputFormat::Jsonl => json_lines::read(&mut source, arguments.field.as_deref(), collector),
    }
}

fn read_lines(source: &mut Source<'_>, collector: &mut Collector) -> Result<(), Stop> {
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
