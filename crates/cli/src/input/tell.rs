//! Tells the user about what is given, before anything is asked.

use super::collector::too_many;
use super::quoted::quoted;
use super::{Entry, Inputs};
use crate::Console;
use crate::exit::Stop;

/// Nobody reads more lines than this.
const TOLD: usize = 50;

/// Names every text that is no address, and where it is. Without leave to skip them, that is the end, as it is
/// where there are too many.
pub(crate) fn tell_invalid(inputs: &Inputs, skip: bool, console: &mut Console) -> Result<(), Stop> {
    let mut invalid = inputs.entries.iter().filter_map(|entry| Some((entry, entry.address.as_ref().err()?)));
    for (Entry { text, place, occurrences, .. }, problem) in invalid.by_ref().take(TOLD) {
        let text = quoted(text);
        match occurrences {
            1 => console.notify(format_args!("{place} is no IP address: {text} {problem}")),
            _ => console.notify(format_args!("{place} is no IP address: {text} {problem} ({occurrences} times)")),
        }
    }
    let more = invalid.count();
    if more > 0 {
        console.notify(format_args!("and {more} more that are no IP addresses"));
    }
    if let Some(last) = &inputs.broken_off {
        return Err(too_many(last));
    }
    if skip || inputs.entries.iter().all(|entry| entry.address.is_ok()) {
        return Ok(());
    }
    Err(Stop::usage("nothing was asked; --skip-invalid would go on with the rest"))
}

/// Says so where `--public-only` left nothing to ask about.
pub(crate) fn tell_all_left_out(inputs: &Inputs, console: &mut Console) {
    match inputs.left_out {
        _ if !inputs.entries.is_empty() => {}
        0 => {}
        1 => console.notify("nothing to ask: the only address is not public, and --public-only leaves it out"),
        count => console.notify(format_args!(
            "nothing to ask: none of the {count} addresses is public, and --public-only leaves them out"
        )),
    }
}
