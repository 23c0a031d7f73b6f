//! `mde store`

use crate::args::StoreCommand;
use crate::exit::{Exit, Stop};
use crate::{Console, Environment};

pub(crate) async fn run(_: &StoreCommand, _: &Environment, _: &mut Console) -> Result<Exit, Stop> {
    Err(Stop::usage("not there yet"))
}
