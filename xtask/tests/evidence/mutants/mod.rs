//! Mutation tests of the check: every systematic change of the contract, the facts or the rulings is found where it was
//! made. Survivors are listed by name, with the reason.

mod contract;
mod evidence;
mod mutation;
mod rulings;
