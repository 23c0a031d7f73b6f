//! A copy of the folder of the contract, and what the tool reports about it; and two contracts to compare, that of the
//! folder `before` and that of `openapi`, in a workspace of its own.

use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A list of versions as cargo writes it, whatever the version of the real client is.
const LOCK: &str =
    "[[package]]\nname = \"mde-cli\"\nversion = \"0.7.0\"\n\n[[package]]\nname = \"mde-client\"\nversion = \"0.1.0\"\n";

/// A temporary folder with a copy of `openapi` in it.
pub(crate) struct Copy {
    root: TempDir,
}

/// How a run of the tool ended, and what it printed.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Copy {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi"), &root.path().join("openapi"));
        Self { root }
    }

    /// A path within the temporary folder.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    /// The text of a file.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    /// Writes a file, and the folders that it needs.
    pub(crate) fn write(&self, path: &str, contents: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    /// Replaces what stands in a file exactly once; gives the number of its line.
    pub(crate) fn edit(&self, path: &str, find: &str, replace: &str) -> usize {
        let text = self.read(path);
        assert_eq!(text.matches(find).count(), 1, "{find:?} must stand in {path} exactly once");
        self.write(path, text.replace(find, replace));
        text.split(find).next().unwrap().matches('\n').count() + 1
    }

    /// Runs the tool in the temporary folder.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(&mut self.command(arguments))
    }

    /// A run of the tool in the temporary folder, whatever is set around the tests about colours and widths.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(arguments).current_dir(self.root.path());
        for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"] {
            command.env_remove(variable);
        }
        command
    }

    /// Every file below a folder, with its bytes.
    pub(crate) fn contents(&self, folder: &str) -> Vec<(String, Vec<u8>)> {
        let files = self.files(folder).into_iter();
        files.map(|file| (file.clone(), fs::read(self.path(&file)).unwrap())).collect()
    }

    /// Every file below a folder, for what must not be there.
    pub(crate) fn files(&self, folder: &str) -> Vec<String> {
        let mut files = Vec::new();
        collect(&self.path(folder), &mut files);
        let root = format!("{}/", self.root.path().display());
        let mut files: Vec<_> =
            files.iter().map(|file| file.display().to_string().replace(&root, "").replace('\\', "/")).collect();
        files.sort();
        files
    }
}

impl Run {
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Everything about the run.
    pub(crate) fn assert_snapshot(&self, name: &str) {
        assert_text_snapshot(name, &self.text());
    }

    fn text(&self) -> String {
        let Self { code, stdout, stderr } = self;
        format!("exit code {code}\n\n# stdout\n{stdout}\n# stderr\n{stderr}")
    }

    /// Success without output.
    pub(crate) fn assert_silent(&self) {
        assert_eq!((self.code, self.stdout.as_str(), self.stderr.as_str()), (0, "", ""));
    }
}

/// Everything about some runs that a reviewer reads together, each under its title.
pub(crate) fn assert_runs<T: Display>(name: &str, runs: impl IntoIterator<Item = (T, Run)>) {
    let runs = runs.into_iter().map(|(title, run)| format!("## {title}\n{}", run.text().trim_end()));
    assert_text_snapshot(name, &runs.collect::<Vec<_>>().join("\n\n\n"));
}

/// Places in the contract and in the code move with every edit of the real contract, and with them the width of the
/// margin that the numbers of the lines stand in.
fn assert_text_snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.add_filter(r"(mde\.yaml|source\.yaml|rulings\.yaml|SHA256SUMS):\d+(:\d+)?", "$1:[PLACE]");
    settings.add_filter(r"(?m)^ *\d+ \|", "LL |");
    settings.add_filter(r"(?m)^ +(-->|:::|=|\|)", "   $1");
    settings.add_filter(r#""((?:end_)?line)": \d+"#, "\"$1\": [LINE]");
    settings.add_filter(r"@@ .* @@", "@@ [PLACE] @@");
    settings.add_filter(r"#L\d+", "#L[LINE]");
    settings.add_filter(r"xtask\.exe", "xtask");
    settings.bind(|| {
        insta::assert_snapshot!(name, text);
    });
}

/// A file of the workspace itself.
pub(crate) fn of_the_workspace(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

/// A workspace with the same contract twice, in version 1.0.0 whatever that of the real one is.
pub(crate) fn contracts() -> Copy {
    let copy = Copy::new();
    let contract = copy.read("openapi/mde.yaml");
    let version = contract.lines().find(|line| line.starts_with("  version: ")).unwrap();
    let contract = contract.replace(version, "  version: 1.0.0");
    copy.write("openapi/mde.yaml", &contract);
    copy.write("openapi/accepted-breaks.yaml", "accepted-breaks: []\n");
    copy.write("before/mde.yaml", &contract);
    copy.write("Cargo.lock", LOCK);
    copy
}

/// The same, with the evidence for both.
pub(crate) fn contracts_with_evidence() -> Copy {
    let contracts = contracts();
    for (path, contents) in contracts.contents("openapi") {
        let within = path.strip_prefix("openapi/").unwrap();
        if within.starts_with("documented/") || within == "rulings.yaml" {
            contracts.write(&format!("before/{within}"), contents);
        }
    }
    contracts
}

/// Compares in the workspace of the copy.
pub(crate) fn diff(copy: &Copy, arguments: &[&str]) -> Run {
    Run::of(&mut command(copy, arguments))
}

/// A comparison in the workspace of the copy, which a repository around the tests is nothing to.
pub(crate) fn command(copy: &Copy, arguments: &[&str]) -> Command {
    let mut command = copy.command(&["diff"]);
    command.args(arguments).env("CARGO_MANIFEST_DIR", copy.path("xtask"));
    without_repository(&mut command);
    command
}

/// Removes from a command the variables that git sets for the programs that it runs itself.
pub(crate) fn without_repository(command: &mut Command) {
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(variable);
    }
}
