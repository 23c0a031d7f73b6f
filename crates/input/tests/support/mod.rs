//! The options of the command line, for tests.

use mde_input::{Format, Options};

/// The options as the command line has them.
pub(crate) fn parse(arguments: &[&str]) -> Options {
    let mut options = Options::default();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().copied().unwrap_or_else(|| panic!("{argument} without a value"));
        match *argument {
            "--every-line" => options.keep_duplicates = true,
            "--public-only" => options.public_only = true,
            "--extract" => options.extract = true,
            "--expand" => options.expand = value().parse().ok(),
            "--column" => options.columns.push(value().to_owned()),
            "--field" => options.fields.push(value().to_owned()),
            "--input-format" => {
                options.format = Some(match value() {
                    "lines" => Format::Lines,
                    "csv" => Format::Csv,
                    "json" => Format::Json,
                    other => panic!("{other}"),
                });
            }
            other => panic!("{other}"),
        }
    }
    options
}
