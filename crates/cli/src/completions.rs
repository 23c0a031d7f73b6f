//! `mde completions`

use clap_complete::Shell;

use crate::Console;
use crate::exit::{Exit, Stop};

pub(crate) fn run(_: Shell, _: &mut Console) -> Result<Exit, Stop> {
    Err(Stop::usage("not there yet"))
}
