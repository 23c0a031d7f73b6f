//! One difference between two contracts, and all of them.

use mde_codegen::{Pointer, Position};
use serde_json::Value as Json;

use super::rules::{Bump, DiffRule, RustSource, Wire};

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
    /// What one has to know about something new, a sentence each, such as the permission for an operation.
    pub details: Vec<String>,
    /// Why a review accepted it, where one did.
    pub accepted: Option<String>,
}

impl Change {
    /// Whether it breaks callers on the wire, or users of `mde-client`; accepted or not.
    pub fn is_breaking(&self) -> bool {
        self.wire.breaks_callers() || self.rust == RustSource::Breaking
    }

    /// How the version of the contract is raised for it: the first number where callers break; the second where
    /// something is promised that was not, even where older servers do not know it; else the third.
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

/// What two contracts differ in.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Comparison {
    /// The differences, breaking ones first.
    pub changes: Vec<Change>,
}

impl Comparison {
    /// Whether a break of callers or of users of `mde-client` remains that no review accepted.
    pub fn breaking(&self) -> bool {
        self.changes.iter().any(|change| change.is_breaking() && change.accepted.is_none())
    }

    /// How the version of the contract is raised, accepted breaks included.
    pub fn contract_bump(&self) -> Bump {
        self.changes.iter().map(Change::contract_bump).max().unwrap_or(Bump::None)
    }

    /// How the version of `mde-client` is raised, accepted breaks included. Whoever applies it to a version below 1.0.0
    /// raises the second number for [`Bump::Major`], and the third otherwise.
    pub fn client_bump(&self) -> Bump {
        self.changes.iter().map(Change::client_bump).max().unwrap_or(Bump::None)
    }
}
