//! The rules that the evidence is held to. The ids are stable.

use mde_codegen::Rule;

pub(crate) const DESCRIBED: &str = "source-described";
pub(crate) const ATTESTED: &str = "evidence-attested";
pub(crate) const REQUEST: &str = "request-resolves";
pub(crate) const OUTSIDE: &str = "outside-route";
pub(crate) const CONTRADICTED: &str = "fact-contradicted";
pub(crate) const MISSING: &str = "element-missing";
pub(crate) const UNWITNESSED: &str = "element-unwitnessed";
pub(crate) const RULING: &str = "ruling-described";
pub(crate) const CITES: &str = "ruling-cites";
pub(crate) const HOLDS: &str = "ruling-holds";
pub(crate) const COVERS_NOTHING: &str = "ruling-covers-nothing";

macro_rules! rules {
    ($($id:literal: $summary:literal,)*) => {
        /// Every rule that the evidence is held to, ordered by name, each with a page that explains it.
        pub const RULES: &[Rule] = &[$(
            Rule { id: $id, summary: $summary, page: include_str!(concat!("../../rules/evidence/", $id, ".md")) },
        )*];
    };
}

rules! {
    "element-missing": "The contract has every element that a source states or a ruling is about.",
    "element-unwitnessed": "Every element of the contract is stated by a source or held by a ruling.",
    "evidence-attested": "Every file of the evidence is what SHA256SUMS says it is.",
    "fact-contradicted": "The contract says what every source says, unless a ruling covers exactly that disagreement.",
    "outside-route": "An exchange that is marked as one of another route is no call of the contract's operations.",
    "request-resolves": "Every request of the evidence is a call of exactly one operation, unless it is marked as one of another route.",
    "ruling-cites": "A ruling cites sources and facts that exist.",
    "ruling-covers-nothing": "Every part of a ruling settles something that the sources leave open.",
    "ruling-described": "The rulings have the form that openapi/README.md describes.",
    "ruling-holds": "The contract has every value that a ruling holds.",
    "source-described": "Every source is described in the form that openapi/README.md gives.",
}
