//! Cases as files: a group is a folder under `cases` with a `base`, and for each case a patch and the expected report.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use diffy::patch_set::{FileOperation, ParseOptions, PatchSet};

/// The texts of a folder, by their path within it.
pub(crate) type Files = BTreeMap<String, String>;

/// Holds the report on each case of a group against the one beside its patch. The base alone must give no report.
pub(crate) fn run(group: &str, report: impl Fn(&Files) -> String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(group);
    let base = read(&folder.join("base"), "");
    assert_eq!(report(&base), "", "the base of {group} must have nothing to report");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(&folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (file, patch) in read(&folder, "") {
        let Some(name) = file.strip_suffix(".patch") else { continue };
        let report = report(&patched(&base, &patch, name));
        assert_ne!(report, "", "{group}/{name} reports nothing");
        settings.bind(|| insta::assert_snapshot!(name, report));
    }
}

/// The base with a unified diff applied, which may touch, add and remove several files.
fn patched(base: &Files, patch: &str, name: &str) -> Files {
    let mut files = base.clone();
    for file in PatchSet::parse(patch, ParseOptions::unidiff()) {
        let file = file.unwrap_or_else(|error| panic!("{name}.patch: {error}"));
        let operation = file.operation().strip_prefix(1);
        let change = file.patch().as_text().unwrap_or_else(|| panic!("{name}.patch is not text"));
        let before = match &operation {
            FileOperation::Create(_) => String::new(),
            FileOperation::Delete(path) | FileOperation::Modify { original: path, .. } => {
                files.remove(path.as_ref()).unwrap_or_else(|| panic!("{name}.patch: the base has no {path}"))
            }
            other => panic!("{name}.patch: {other:?} is not supported"),
        };
        let after = diffy::apply(&before, change).unwrap_or_else(|error| panic!("{name}.patch: {error}"));
        if let FileOperation::Create(path) | FileOperation::Modify { modified: path, .. } = &operation {
            files.insert(path.to_string(), after);
        }
    }
    assert_ne!(&files, base, "{name}.patch changes nothing");
    files
}

/// Every file below a folder, by `prefix` and its path within the folder.
fn read(folder: &Path, prefix: &str) -> Files {
    let mut files = Files::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            files.extend(read(&entry.path(), &format!("{path}/")));
        } else {
            files.insert(path, fs::read_to_string(entry.path()).unwrap());
        }
    }
    files
}
