use std::fmt;

use serde_json::Value as Json;

use super::DiffRule;
use mde_codegen::{Pointer, Position};

/// Who breaks when only one side follows the new contract.
///
/// Servers alone are the lesser evil: whatever was written against the old contract goes on with the service, and only
/// a service or a sandbox that stayed behind does not serve programs that use what is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wire {
    /// No one.
    Nobody,
    /// Services that follow the old contract, met by programs written against the new one.
    Servers,
    /// Programs written against the old contract that meet a service which follows the new one.
    Callers,
    /// Callers and servers.
    Both,
}

impl Wire {
    /// Whether programs written against the old contract break.
    pub fn breaks_callers(self) -> bool {
        matches!(self, Self::Callers | Self::Both)
    }

    /// Whoever breaks by one or the other.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nobody, wire) | (wire, Self::Nobody) => wire,
            (one, other) if one == other => one,
            _ => Self::Both,
        }
    }
}

impl fmt::Display for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nobody => "nobody",
            Self::Servers => "servers",
            Self::Callers => "callers",
            Self::Both => "both",
        })
    }
}

/// What a change does to the source of programs that use `mde-client`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RustSource {
    /// Nothing but documentation and the values of constants.
    None,
    /// There is more than before, or more values are taken; all that was there stays.
    Additive,
    /// What compiled may compile no more, or a value that was taken is refused.
    Breaking,
}

impl fmt::Display for RustSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Additive => "additive",
            Self::Breaking => "breaking",
        })
    }
}

/// Which part of a version a change raises, in the terms of semantic versioning from 1.0.0 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bump {
    /// There is no change.
    None,
    /// The third number.
    Patch,
    /// The second number.
    Minor,
    /// The first number.
    Major,
}

impl fmt::Display for Bump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        })
    }
}

/// One of the two contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The one that is compared with.
    Base,
    /// The one that is compared.
    New,
}

/// One difference between two contracts.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// What kind of change it is.
    pub rule: &'static DiffRule,
    /// Who breaks.
    pub wire: Wire,
    /// What it does to users of `mde-client`.
    pub rust: RustSource,
    /// The contract that [`Self::pointer`] and [`Self::position`] are about: the base for what is gone.
    pub side: Side,
    /// That contract, as it was named when it was read.
    pub file: String,
    /// Where in it the change stands.
    pub position: Position,
    /// What changed.
    pub pointer: Pointer,
    /// What it was, where there was something: a scalar, or the short form in which people name the thing.
    pub old: Option<Json>,
    /// What it is now, where there is something.
    pub new: Option<Json>,
    /// The change as a sentence.
    pub message: String,
    /// Why a review let it through, where one did.
    pub accepted: Option<String>,
}

impl Change {
    /// Whether it breaks callers on the wire, or users of `mde-client`; accepted or not.
    pub fn is_breaking(&self) -> bool {
        self.wire.breaks_callers() || self.rust == RustSource::Breaking
    }

    /// How the version of the contract is raised for it: the first number where callers break; the second where
    /// something is promised or told that was not, even where servers that stayed behind do not know it; else the third.
    pub fn contract_bump(&self) -> Bump {
        match self.wire {
            Wire::Callers | Wire::Both => Bump::Major,
            Wire::Servers => Bump::Minor,
            Wire::Nobody => self.rule.harmless_bump,
        }
    }

    /// How the version of `mde-client` is raised for it. Never less than the third number, for the client is built from
    /// the contract, to the letter.
    pub fn client_bump(&self) -> Bump {
        match self.rust {
            RustSource::Breaking => Bump::Major,
            RustSource::Additive => Bump::Minor,
            RustSource::None => Bump::Patch,
        }
    }
}
