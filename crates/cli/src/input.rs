//! The addresses to ask about, as they are given.

use std::collections::HashSet;
use std::net::IpAddr;

use crate::diagnosis::diagnosis;

/// One argument, and what it means.
#[derive(Debug)]
pub(crate) struct Input {
    /// As it was written.
    pub(crate) text: String,
    /// The first is 1.
    pub(crate) position: usize,
    /// The address, or what is wrong: a sentence without its subject.
    pub(crate) address: Result<IpAddr, String>,
}

/// Reads all of them. The strict syntax of the standard library decides what an address is, so that nothing is asked
/// about that two programs would read differently.
pub(crate) fn read(texts: &[String]) -> Vec<Input> {
    let read = |(index, text): (usize, &String)| Input {
        text: text.clone(),
        position: index + 1,
        address: text.parse().map_err(|_| diagnosis(text)),
    };
    texts.iter().enumerate().map(read).collect()
}

/// Every valid address once, in the order of their first places.
pub(crate) fn distinct_addresses(inputs: &[Input]) -> Vec<IpAddr> {
    let mut met = HashSet::new();
    inputs.iter().filter_map(|input| input.address.clone().ok()).filter(|address| met.insert(*address)).collect()
}
