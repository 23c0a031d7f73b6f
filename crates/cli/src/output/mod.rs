//! The formats in which records are written, and which records are written in what order.
//!
//! The formats use `wording`, and know nothing of each other, but for the way in which `data` escapes; neither do they know of `selection`, which uses `filter`.

mod append;
mod append_names;
mod data;
pub(crate) mod file;
mod filter;
mod html;
mod markdown;
mod selection;
mod table;
mod wording;

use std::io;

use crate::cli::{Format, OutputArguments};
use crate::console::Results;
use crate::exit::Stop;
use crate::report::Output;
pub(crate) use append::Enrichment;
pub(crate) use data::Json;
use selection::Selection;
use wording::Zone;

/// Refuses flags that contradict each other, before anything else is done.
pub(crate) fn check(arguments: &OutputArguments) -> Result<(), Stop> {
    filter::check(arguments)
}

/// The output that the flags choose.
pub(crate) fn of<'a>(
    arguments: &OutputArguments,
    enrichment: Option<Enrichment>,
    results: Results<'a>,
) -> io::Result<Box<dyn Output + 'a>> {
    let Results { writer, colors, width } = results;
    if let Some(enrichment) = enrichment {
        return Ok(Box::new(append::Append::new(enrichment, writer)));
    }
    let zone = if arguments.utc { Zone::Utc } else { Zone::Local };
    let output: Box<dyn Output + 'a> = match arguments.format {
        Format::Table => Box::new(table::Table::new(writer, colors, width, zone)),
        Format::Markdown => Box::new(markdown::Markdown::new(writer, zone)),
        Format::Html => Box::new(html::Page::new(writer, zone)),
        Format::Json => Box::new(data::Document::new(writer)),
        Format::Ndjson => Box::new(data::Lines::new(writer)),
        Format::Csv => Box::new(data::Csv::new(writer)?),
    };
    Ok(Selection::of(arguments, output))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::Results;
    use crate::record::Record;
    use crate::samples::{failed, give, invalid, output_arguments, summary};

    fn written(format: Format, records: Vec<Record>) -> String {
        let arguments = OutputArguments { format, ..output_arguments("--utc") };
        let mut summary = summary(&records);
        let mut written = Vec::new();
        let results = Results { writer: &mut written, colors: false, width: None };
        let mut output = of(&arguments, None, results).unwrap_or_else(|error| panic!("{error}"));
        give(&mut *output, records);
        output.finish(&mut summary).unwrap_or_else(|error| panic!("{error}"));
        drop(output);
        String::from_utf8_lossy(&written).into_owned()
    }

    /// No way of giving them brings such texts here, but nothing keeps a service from writing such a reason.
    #[test]
    fn no_text_turns_a_line_or_ends_a_cell() {
        let all = [Format::Table, Format::Json, Format::Ndjson, Format::Csv, Format::Markdown, Format::Html];
        let plain = |text: &str| vec![invalid(text, text), failed("8.8.8.8", text)];
        for format in all {
            let expected = written(format, plain("a b c d")).lines().count();
            let text = written(format, plain("a\r\nb\tc\r| d"));
            assert_eq!(text.lines().count(), expected, "{text}");
            assert!(!text.contains(['\r', '\t']), "{text}");
            assert!(text.contains("a\\r\\nb\\tc\\r") || text.contains("a\\u000d\\u000ab\\u0009c"), "{text}");
        }
    }
}
