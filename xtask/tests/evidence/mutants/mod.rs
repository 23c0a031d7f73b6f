//! The check, checked: every lie that can be put into the contract, the facts or the rulings in a systematic way is
//! found, where it was put. What survives is listed by name, and argued for.

mod contract;
mod evidence;
mod mutation;
mod rulings;
