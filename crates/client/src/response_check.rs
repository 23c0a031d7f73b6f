//! Whether an answer is about what was asked, which the contract marks by `x-mde-echo`.

use std::net::IpAddr;

/// An answer about something else than what was asked.
#[derive(Debug)]
pub(crate) struct Mismatch {
    pub(crate) property: &'static str,
    pub(crate) asked: String,
    pub(crate) answered: String,
}

/// Holds a property of an answer against the parameter that it repeats.
pub(crate) fn check<A: ToString, E: Repeats<A>>(
    property: &'static str,
    asked: &A,
    answered: &E,
) -> Result<(), Mismatch> {
    match answered.differs_from(asked) {
        Some(answered) => Err(Mismatch { property, asked: asked.to_string(), answered }),
        None => Ok(()),
    }
}

/// What an answer says it is about.
pub(crate) trait Repeats<A> {
    /// What the answer says, where that is something else than what was asked.
    fn differs_from(&self, asked: &A) -> Option<String>;
}

impl Repeats<IpAddr> for IpAddr {
    /// An IPv4 address may come back in its IPv6 form.
    fn differs_from(&self, asked: &IpAddr) -> Option<String> {
        (self.to_canonical() != asked.to_canonical()).then(|| self.to_string())
    }
}

impl<A: AsRef<str>> Repeats<A> for String {
    /// Domain names and digests do not depend on case.
    fn differs_from(&self, asked: &A) -> Option<String> {
        (!self.eq_ignore_ascii_case(asked.as_ref())).then(|| self.clone())
    }
}

impl<A, E: Repeats<A>> Repeats<A> for Option<E> {
    /// An answer that does not say what it is about says nothing wrong.
    fn differs_from(&self, asked: &A) -> Option<String> {
        self.as_ref()?.differs_from(asked)
    }
}
