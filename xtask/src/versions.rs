//! The versions that follow from a comparison.

use crate::diff::{Bump, Versions};
use mde_codegen::{Document, Finding, Pointer};
use semver::Version;

/// The rule that asks for a version.
const SEMANTIC: &str = "title-and-version";

/// The package whose users the Rust axis is about.
const CLIENT: &str = "mde-client";

/// The versions of the contract, raised in the terms of semantic versioning.
pub(crate) fn of_contract(base: &Version, new: Version, bump: Bump) -> Versions {
    let needed = match bump {
        Bump::None => base.clone(),
        Bump::Patch => raised_patch(base),
        Bump::Minor => raised_minor(base),
        Bump::Major => raised_major(base),
    };
    versions(base, new, needed)
}

/// The version that a contract gives itself.
pub(crate) fn in_contract(contract: &Document) -> Result<Version, Vec<Finding>> {
    let pointer = Pointer::root().child("info").child("version");
    let version = contract.get(&pointer).and_then(|version| version.as_str()).unwrap_or_default();
    Version::parse(version).map_err(|error| {
        let message = format!("the version is {version:?}, which nothing follows from: {error}");
        vec![contract.finding(SEMANTIC, &pointer, message, "write a semantic version in quotes, such as '1.0.0'")]
    })
}

/// The versions of the client, raised as cargo understands them: below 1.0.0, the second number is for what breaks.
pub(crate) fn of_client(base: &Version, new: Version, bump: Bump) -> Versions {
    let needed = match bump {
        Bump::None => base.clone(),
        Bump::Major if base.major == 0 => raised_minor(base),
        Bump::Minor if base.major == 0 => raised_patch(base),
        Bump::Patch => raised_patch(base),
        Bump::Minor => raised_minor(base),
        Bump::Major => raised_major(base),
    };
    versions(base, new, needed)
}

/// The version of the client that a `Cargo.lock` names.
pub(crate) fn client_in(lock: &str) -> Option<Version> {
    let mut lines = lock.lines().skip_while(|line| *line != format!("name = \"{CLIENT}\""));
    let version = lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')?;
    Version::parse(version).ok()
}

fn raised_patch(version: &Version) -> Version {
    Version::new(version.major, version.minor, version.patch + 1)
}

fn raised_minor(version: &Version) -> Version {
    Version::new(version.major, version.minor + 1, 0)
}

fn raised_major(version: &Version) -> Version {
    Version::new(version.major + 1, 0, 0)
}

fn versions(base: &Version, new: Version, needed: Version) -> Versions {
    let needed = needed.max(new.clone());
    Versions { base: base.to_string(), new: new.to_string(), needed: needed.to_string() }
}
