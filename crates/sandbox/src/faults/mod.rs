//! What goes wrong on demand, as if a bad gateway or a bad network stood in front of the service.

mod cut_short;
mod error;
mod fault;
mod gateway;
mod schedule;
mod text;
mod words;

pub use error::FaultError;
pub use fault::{Fault, FaultOn};
pub(crate) use gateway::faulty;
pub(crate) use schedule::Faults;
