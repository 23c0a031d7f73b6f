//! What a token is: an address, a missing value, or neither.

use std::net::IpAddr;

use crate::address::parse_address;

/// What a token is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Token {
    Address(IpAddr),
    /// It says that there is no address.
    Missing,
    /// What is wrong with it: a sentence without its subject.
    Invalid(String),
}

/// What programs write where a value is missing, in lower case.
const MISSING: [&str; 12] =
    ["", "-", "--", "n/a", "na", "null", "none", "nil", "unknown", "local", "(empty)", "undefined"];

/// What a token is. White space around it does not count.
pub(crate) fn read_token(text: &str) -> Token {
    let text = text.trim();
    match parse_address(text) {
        Ok(address) => Token::Address(address),
        Err(_) if MISSING.iter().any(|missing| missing.eq_ignore_ascii_case(text)) => Token::Missing,
        Err(problem) => Token::Invalid(problem),
    }
}
