//! What changed in the snapshots of what goes over the wire.

use std::collections::BTreeSet;
use std::fs;

use crate::folder::workspace_root;
use crate::git::Revision;
use crate::outcome::Failure;
use crate::unified_diff::unified_diff;

/// Where the snapshots of the client's tests are.
const SNAPSHOTS: &str = "tests/tests/client/snapshots/";

/// The snapshots that show a request as it is sent, and a documented answer as the generated types hold it. All others
/// show what the hand-written runtime says, which no contract changes.
const PREFIXES: [&str; 2] = ["client__wire__", "client__answers__"];

/// How the snapshots in the workspace differ from those of a revision, if they do.
pub(crate) fn snapshot_diff(base: &Revision) -> Result<Option<String>, Failure> {
    let mut paths: BTreeSet<String> = base.paths(SNAPSHOTS)?.into_iter().collect();
    if let Ok(entries) = fs::read_dir(workspace_root().join(SNAPSHOTS)) {
        for entry in entries {
            paths.insert(format!("{SNAPSHOTS}{}", entry?.file_name().to_string_lossy()));
        }
    }
    let mut diffs = String::new();
    for path in paths.iter().filter(|path| is_of_the_wire(path)) {
        let old = base.text(path)?;
        let new = fs::read_to_string(workspace_root().join(path)).ok();
        let name = |side, text: &Option<String>| {
            if text.is_some() { format!("{side}/{path}") } else { "/dev/null".to_owned() }
        };
        let (old_name, new_name) = (name("a", &old), name("b", &new));
        let diff = unified_diff(&old_name, &old.unwrap_or_default(), &new_name, &new.unwrap_or_default());
        diffs.extend(diff);
    }
    Ok(Some(diffs).filter(|diffs| !diffs.is_empty()))
}

fn is_of_the_wire(path: &str) -> bool {
    let name = path.strip_prefix(SNAPSHOTS).unwrap_or_default();
    name.ends_with(".snap") && PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}
