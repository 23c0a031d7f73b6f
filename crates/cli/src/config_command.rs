//! `mde config`

use crate::args::ConfigCommand;
use crate::exit::{Exit, Stop};
use crate::{Console, Environment};

pub(crate) fn run(_: &ConfigCommand, _: &Environment, _: &mut Console) -> Result<Exit, Stop> {
    Err(Stop::usage("not there yet"))
}
