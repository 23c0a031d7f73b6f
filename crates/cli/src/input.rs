//! What is asked about: the sources of a command line, and the report of what in them is not an address.

use std::io::Read;
use std::path::Path;

use mde_input::escape::quote;
use mde_input::{Entry, InputError, Inputs, Location, Options, Source};

use crate::cli::{InputArguments, InputFormat};
use crate::console::Console;
use crate::exit::Stop;
use crate::phrase::{plural, shell_word};

/// The most invalid texts that are listed one by one.
const MAX_LISTED: usize = 50;

/// Reads the arguments, then the files, in order.
pub(crate) fn read_input(arguments: &InputArguments, standard_input: &mut dyn Read) -> Result<Inputs, Stop> {
    Ok(mde_input::read(sources(arguments, standard_input)?, &options(arguments))?)
}

/// How the sources are read.
pub(crate) fn options(arguments: &InputArguments) -> Options {
    Options {
        format: arguments.input_format.map(mde_input::Format::from),
        columns: arguments.column.clone(),
        fields: arguments.field.clone(),
        extract: arguments.extract,
        expand: arguments.expand,
        keep_duplicates: arguments.every_line,
        public_only: arguments.public_only,
    }
}

fn sources<'a>(arguments: &'a InputArguments, standard_input: &'a mut dyn Read) -> Result<Vec<Source<'a>>, Stop> {
    let dash = Path::new("-");
    let is_argument_dash = |text: &&String| text.as_str() == "-";
    let dashes = arguments.addresses.iter().filter(is_argument_dash).count()
        + arguments.input.iter().filter(|path| path.as_path() == dash).count();
    if dashes > 1 {
        return Err(Stop::usage(format!("standard input is named {dashes} times by -, and can be read once only")));
    }
    let mut standard_input = Some(standard_input);
    let mut stream = || standard_input.take().map(|reader| Source::Reader { name: "standard input", reader });
    let mut sources = Vec::new();
    for (text, index) in arguments.addresses.iter().zip(1..) {
        match text.as_str() {
            "-" => sources.extend(stream()),
            text => sources.push(Source::Argument { index, text }),
        }
    }
    for path in &arguments.input {
        match path.as_path() {
            path if path == dash => sources.extend(stream()),
            path => sources.push(Source::File(path)),
        }
    }
    Ok(sources)
}

impl From<InputFormat> for mde_input::Format {
    fn from(format: InputFormat) -> Self {
        match format {
            InputFormat::Lines => Self::Lines,
            InputFormat::Csv => Self::Csv,
            InputFormat::Json => Self::Json,
        }
    }
}

impl From<InputError> for Stop {
    fn from(error: InputError) -> Self {
        match error {
            InputError::Empty { passed_over, .. } if passed_over.total() > 0 => {
                Self::usage(format!("nothing to ask: {error}; passed over: {passed_over}"))
            }
            InputError::Empty { .. } => Self::usage(format!("nothing to ask: {error}")),
            _ => Self::usage(error.to_string()),
        }
    }
}

/// Reports how much was passed over, so that all that was given is accounted for, and what is done with addresses that are
/// IPv4 in IPv6 form.
pub(crate) fn remark_on_input(inputs: &Inputs, mapped_are: &str, console: &mut Console) {
    if inputs.passed_over.total() > 0 {
        console.notify(format_args!("passed over: {}", inputs.passed_over));
    }
    if inputs.mapped > 0 {
        let mapped = plural(inputs.mapped, "address is IPv4", "addresses are IPv4");
        console.notify(format_args!("{mapped} in IPv6 form, such as ::ffff:192.0.2.1, and {mapped_are}"));
    }
}

/// Reports every invalid text with its location. Unless they are skipped, any of them ends the run; too many of them
/// always do.
pub(crate) fn report_invalid(inputs: &Inputs, skip: bool, console: &mut Console) -> Result<(), Stop> {
    list_invalid(inputs, console)?;
    if skip || inputs.entries.iter().all(|entry| entry.address.is_ok()) {
        return Ok(());
    }
    Err(Stop::usage("no call was made; --skip-invalid skips invalid addresses"))
}

/// Reports every invalid text with its location. Too many of them end the run.
pub(crate) fn list_invalid(inputs: &Inputs, console: &mut Console) -> Result<(), Stop> {
    let mut invalid = inputs.entries.iter().filter_map(|entry| Some((entry, entry.address.as_ref().err()?)));
    for (Entry { text, location, occurrences, .. }, problem) in invalid.by_ref().take(MAX_LISTED) {
        let file = match location {
            Location::Argument(_) if Path::new(text).is_file() => {
                format!("; to read the file: -i {}", shell_word(text))
            }
            _ => String::new(),
        };
        let text = quote(text);
        match occurrences {
            1 => console.notify(format_args!("{location} is not an IP address: {text} {problem}{file}")),
            _ => console
                .notify(format_args!("{location} is not an IP address: {text} {problem} ({occurrences} times){file}")),
        }
    }
    let more = invalid.count();
    if more > 0 {
        let more = plural(more, "more that is not an IP address", "more that are not IP addresses");
        console.notify(format_args!("and {more}"));
    }
    if let Some(last) = &inputs.stopped_at {
        return Err(InputError::TooManyInvalid { last: last.clone() }.into());
    }
    Ok(())
}
