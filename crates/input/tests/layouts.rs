//! The lists that analysts have: one file for each layout under `tests/layouts`, with the options, the text, and what is
//! read from it.
//!
//! A file begins with a line that says what it shows. Then come lines of `name: value`, the text after a line `--- input`,
//! and the result after a line `--- expected`:
//!
//! - `file` is the name of the input, from which its format may follow. Without it, the text is a stream.
//! - `options` are those of the command line.
//! - `all` is how many cells or words there are, counted by hand: what was taken, passed over and named must be as many.
//!   In a table it is one for each row and column that is read, and one for each other line but the headings; elsewhere
//!   one for each word and each comment.
//! - `bytes` says how the text is written: `crlf`, `cr`, `bom` or `latin-1`. By default it is as it stands.
//!
//! `UPDATE_CASES=1 cargo test -p mde-input --test layouts` writes the results into the files; read the diff.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::Path;

use mde_input::{Inputs, Source};

/// One file.
#[derive(Debug, Default)]
struct Layout {
    /// From the first line to that of the results.
    head: String,
    file: Option<String>,
    options: Vec<String>,
    all: Option<u64>,
    input: Vec<u8>,
    expected: String,
}

impl Layout {
    fn read(name: &str, text: &str) -> Self {
        let (head, expected) = text.split_once("--- expected\n").unwrap_or((text, ""));
        let (header, input) = head.split_once("--- input\n").unwrap_or_else(|| panic!("{name}: no input"));
        let mut layout = Self { head: head.to_owned(), expected: expected.to_owned(), ..Self::default() };
        layout.input = input.as_bytes().to_vec();
        for line in header.lines().skip(1) {
            let (key, value) = line.split_once(": ").unwrap_or_else(|| panic!("{name}: {line}"));
            match key {
                "file" => layout.file = Some(value.to_owned()),
                "options" => layout.options = options(value),
                "all" => layout.all = Some(value.parse().unwrap()),
                "bytes" => layout.input = encoded(input, value),
                _ => panic!("{name}: {line}"),
            }
        }
        layout
    }

    /// What is read, with every location relative to the folder.
    fn result(&self) -> Result<Inputs, String> {
        let folder = tempfile::tempdir().unwrap();
        let options: Vec<_> = self.options.iter().map(String::as_str).collect();
        let read = |source| mde_input::read(vec![source], &support::parse(&options));
        let result = match &self.file {
            Some(name) => {
                let path = folder.path().join(name);
                fs::write(&path, &self.input).unwrap();
                read(Source::File(&path))
            }
            None => read(Source::Reader { name: "-", reader: &mut self.input.as_slice() }),
        };
        let prefix = format!("{}{}", folder.path().display(), std::path::MAIN_SEPARATOR);
        result.map_err(|error| error.to_string().replace(&prefix, ""))
    }
}

/// The words, in which `_` is a blank but for the names of fields.
fn options(text: &str) -> Vec<String> {
    let mut options: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let is_field = options.last().is_some_and(|option| option == "--field");
        options.push(if is_field { word.to_owned() } else { word.replace('_', " ") });
    }
    options
}

fn encoded(text: &str, how: &str) -> Vec<u8> {
    match how {
        "crlf" => text.replace('\n', "\r\n").into_bytes(),
        "cr" => text.replace('\n', "\r").into_bytes(),
        "bom" => ["\u{feff}", text].concat().into_bytes(),
        "latin-1" => text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect(),
        _ => panic!("{how}"),
    }
}

/// The result as the file has it: each address with its location, then what is invalid, then the counts.
fn text(result: &Result<Inputs, String>) -> String {
    let inputs = match result {
        Ok(inputs) => inputs,
        Err(error) => return format!("error: {error}\n"),
    };
    let mut lines = Vec::new();
    for entry in &inputs.entries {
        let location = entry.location.to_string();
        let place = location.rsplit(':').take(2).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join(":");
        let times = if entry.occurrences > 1 { format!(" ({} times)", entry.occurrences) } else { String::new() };
        lines.push(match &entry.address {
            Ok(address) if address.to_string() == entry.text => format!("{address}  {place}{times}"),
            Ok(address) => format!("{address}  {place} {:?}{times}", entry.text),
            Err(problem) => format!("invalid  {place} {:?} {problem}{times}", entry.text),
        });
    }
    if inputs.left_out > 0 {
        lines.push(format!("not public: {}", inputs.left_out));
    }
    if inputs.mapped > 0 {
        lines.push(format!("mapped: {}", inputs.mapped));
    }
    if inputs.passed_over.total() > 0 {
        lines.push(format!("passed over: {}", inputs.passed_over));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// How many cells or words were taken, passed over and named.
fn accounted_for(inputs: &Inputs) -> u64 {
    let named = inputs.entries.iter().filter(|entry| entry.address.is_err()).map(|entry| entry.occurrences);
    inputs.taken + inputs.passed_over.total() + named.sum::<u64>()
}

#[test]
fn every_layout() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/layouts");
    let update = std::env::var_os("UPDATE_CASES").is_some();
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut wrong = Vec::new();
    for path in &paths {
        let name = path.file_name().unwrap().to_str().unwrap();
        let layout = Layout::read(name, &fs::read_to_string(path).unwrap());
        let result = layout.result();
        if let (Ok(inputs), Some(all)) = (&result, layout.all) {
            let found = accounted_for(inputs);
            if found != all {
                wrong.push(format!("{name}: {all} cells or words, of which {found} are accounted for"));
            }
        } else if result.is_ok() {
            wrong.push(format!("{name}: how many cells or words there are is not counted"));
        }
        let found = text(&result);
        if found != layout.expected {
            match update {
                true => fs::write(path, format!("{}--- expected\n{found}", layout.head)).unwrap(),
                false => wrong.push(format!("{name}: expected\n{}found\n{found}", layout.expected)),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
