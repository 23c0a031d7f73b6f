//! `mde ip extract`

use std::io::{self, BufWriter, Write};

use mde_input::Inputs;

use crate::cli::{ExtractArguments, InputArguments};
use crate::console::Console;
use crate::exit::{Exit, Stop};
use crate::input::{list_invalid, read_input, remark_on_input};

/// Prints the addresses of the sources. It reads nothing else: no configuration, no cache.
pub(crate) fn run(arguments: &ExtractArguments, console: &mut Console) -> Result<Exit, Stop> {
    let arguments = InputArguments { extract: true, ..arguments.input.clone() };
    let inputs = read_input(&arguments, &mut console.standard_input())?;
    list_invalid(&inputs, console)?;
    write_addresses(&inputs, console.results())?;
    if inputs.left_out > 0 {
        console.notify(format_args!("not public, and left out: {}", inputs.left_out));
    }
    remark_on_input(&inputs, "printed as IPv4", console);
    let is_complete = inputs.entries.iter().all(|entry| entry.address.is_ok());
    Ok(if is_complete { Exit::Success } else { Exit::Incomplete })
}

/// A line for each address, with its location after a tab.
fn write_addresses(inputs: &Inputs, results: &mut dyn Write) -> io::Result<()> {
    let mut out = BufWriter::new(results);
    for entry in &inputs.entries {
        if let Ok(address) = entry.address {
            writeln!(out, "{address}\t{}", entry.location)?;
        }
    }
    out.flush()
}
