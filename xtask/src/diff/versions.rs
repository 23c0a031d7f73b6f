//! Which versions must follow a comparison: of the contract, and of the client that is built from it.

use mde_codegen::{Document, Finding, Pointer};
use semver::Version;

use super::report::Versions;
use super::rules::Bump;

/// The rule that asks for a version.
const SEMANTIC: &str = "title-and-version";

/// The versions of the contract, raised in the terms of semantic versioning.
pub(super) fn contract_versions(base: &Version, new: Version, bump: Bump) -> Versions {
    let needed = match bump {
        Bump::None => base.clone(),
        Bump::Patch => raised_patch(base),
        Bump::Minor => raised_minor(base),
        Bump::Major => raised_major(base),
    };
    raised_to(base, new, needed)
}

/// The version that a contract gives itself.
pub(super) fn version_in(contract: &Document) -> Result<Version, Vec<Finding>> {
    let pointer = Pointer::root().child("info").child("version");
    let version = contract.get(&pointer).and_then(|version| version.as_str()).unwrap_or_default();
    Version::parse(version).map_err(|error| {
        let message = format!("the version is {version:?}, which nothing follows from: {error}");
        vec![contract.finding(SEMANTIC, &pointer, message, "write a semantic version in quotes, such as '1.0.0'")]
    })
}

/// The versions of the client, raised as cargo understands them: below 1.0.0, the second number is for what breaks.
pub(super) fn client_versions(base: &Version, new: Version, bump: Bump) -> Versions {
    let needed = match bump {
        Bump::None => base.clone(),
        Bump::Major if base.major == 0 => raised_minor(base),
        Bump::Minor if base.major == 0 => raised_patch(base),
        Bump::Patch => raised_patch(base),
        Bump::Minor => raised_minor(base),
        Bump::Major => raised_major(base),
    };
    raised_to(base, new, needed)
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

fn raised_to(base: &Version, new: Version, needed: Version) -> Versions {
    let needed = needed.max(new.clone());
    Versions { base: base.to_string(), new: new.to_string(), needed: needed.to_string() }
}
