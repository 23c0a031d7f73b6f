//! Numbers of things.

use std::fmt::Display;

/// A number of things, such as `1 call` and `2 calls`.
pub(crate) fn counted<N: Display + PartialEq + From<u8>>(count: N, one: &str, many: &str) -> String {
    let name = if count == N::from(1) { one } else { many };
    format!("{count} {name}")
}
