//! `mde doctor`

use crate::args::DoctorArguments;
use crate::exit::{Exit, Stop};
use crate::{Console, Environment};

pub(crate) async fn run(_: &DoctorArguments, _: &Environment, _: &mut Console) -> Result<Exit, Stop> {
    Err(Stop::usage("not there yet"))
}
