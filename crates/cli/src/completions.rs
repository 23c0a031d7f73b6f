//! `mde completions`

use clap::CommandFactory;
use clap_complete::{Generator, Shell};

use crate::Console;
use crate::args::Arguments;
use crate::exit::{Exit, Stop};

pub(crate) fn run(shell: Shell, console: &mut Console) -> Result<Exit, Stop> {
    let mut command = Arguments::command();
    command.build();
    shell.try_generate(&command, console.results())?;
    Ok(Exit::Success)
}
