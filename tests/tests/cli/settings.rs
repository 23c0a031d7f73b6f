//! Flags override the environment, which overrides the configuration; errors, and the origin of each value.

mod choice;
#[cfg(unix)]
mod credentials;

use std::path::Path;
use std::process::Command;

use crate::{Cases, Run, mde, settings as filters};

/// A profile with all keys, and a small one.
const FULL: &str = r#"
default-profile = "fabrikam"
max-age = "12h"
tenant = "common.example"

[profiles.contoso]
endpoint = "eu"
tenant = "contoso.example"
app = "app-of-contoso"
client-secret = { file = "secret.txt" }
quota = "50/1m,750/1h"
look-back-hours = 48
max-age = "90m"
store = "remembered"

[profiles.fabrikam]
credential = "azure-cli"
"#;

/// A folder of a test, with a configuration in it.
struct Folder(tempfile::TempDir);

impl Folder {
    fn with(config: impl AsRef<[u8]>) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("config.toml", config);
        folder
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path().join(name), content).unwrap();
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// The command with this configuration.
    fn mde(&self, arguments: &[&str]) -> Command {
        let mut command = mde(arguments);
        command.current_dir(self.path());
        // A short name for the snapshots, relative to the temporary folder.
        command.env("MDE_CONFIG", self.path().join("config.toml")).env("MDE_STORE", "STORE");
        command
    }

    /// What `config show` prints in this folder, whose name would make the columns wider.
    fn shows(&self, arguments: &[&str]) -> Run {
        let mut command = self.mde(&[&["config", "show"], arguments].concat());
        output(command.env("MDE_CONFIG", "config.toml"))
    }

    /// The text of a run, without the name of this folder.
    fn text(&self, run: &Run) -> String {
        run.text().replace(&self.path().display().to_string(), "FOLDER")
    }
}

/// Compares without what differs from run to run.
fn assert_text(name: &str, text: &str) {
    filters().bind(|| insta::assert_snapshot!(name, text));
}

fn output(command: &mut Command) -> Run {
    command.output().unwrap().into()
}

/// A setting as `config show` prints it: value and origin.
fn shown(run: &Run, setting: &str) -> [String; 2] {
    assert_eq!(run.code, Some(0), "{}", run.err);
    let mut lines = run.out.lines().skip_while(|line| line.split_whitespace().next() != Some(setting));
    let parts: Vec<_> = lines.next().unwrap().split("  ").map(str::trim).filter(|part| !part.is_empty()).collect();
    if let [_, value, origin] = parts[..] {
        return [value.to_owned(), origin.to_owned()];
    }
    // A long value, and below it the origin.
    let mut below: Vec<_> = lines.take_while(|line| line.starts_with(' ')).map(str::trim).collect();
    let origin = below.pop().unwrap().to_owned();
    [[&parts[1..], &below].concat().join(" "), origin]
}

/// A setting that several may set, the weakest first.
struct Ranked {
    setting: &'static str,
    /// Empty where there is none.
    variable: &'static str,
    /// What the top of the file, the profile, the environment, and the command line give.
    given: [&'static str; 4],
    /// What then holds, after the default. That one may differ from machine to machine, and is empty then.
    expected: [&'static str; 5],
}

impl Ranked {
    fn key(&self, index: usize) -> String {
        format!("{} = {}\n", self.setting, self.given[index])
    }

    /// The value and its origin, where a file says this.
    fn shown(&self, config: &str, arguments: &[&str], with_variable: bool) -> [String; 2] {
        let folder = Folder::with(config);
        let mut command = folder.mde(&[&["config", "show"], arguments].concat());
        command.env_remove("MDE_STORE");
        if with_variable && !self.variable.is_empty() {
            command.env(self.variable, self.given[2]);
        }
        shown(&output(&mut command), self.setting)
    }

    fn assert_default(&self) {
        let [value, origin] = self.shown("", &[], false);
        let default = if ["tenant", "app"].contains(&self.setting) { "not set" } else { "default" };
        assert_eq!(origin, default, "{}", self.setting);
        assert!(self.expected[0].is_empty() || value == self.expected[0], "{}: {value}", self.setting);
    }

    /// Each wins over those before.
    fn assert_order(&self) {
        let (top, own) = (self.key(0), format!("[profiles.one]\n{}", self.key(1)));
        let both = format!("{top}\n{own}");
        let flag = format!("--{}", self.setting);
        let one = ["--profile", "one"];
        let with_flag = [&one[..], &[&flag, self.given[3]]].concat();
        let from_variable = if self.variable.is_empty() { "config.toml:4 (profile one)" } else { self.variable };
        let rows = [
            (self.shown(&top, &[], false), self.expected[1], "config.toml:1"),
            (self.shown(&own, &one, false), self.expected[2], "config.toml:2 (profile one)"),
            (self.shown(&both, &one, false), self.expected[2], "config.toml:4 (profile one)"),
            (self.shown(&both, &one, true), self.expected[3], from_variable),
            (self.shown(&both, &with_flag, true), self.expected[4], &flag),
        ];
        for (found, value, origin) in rows {
            assert_eq!(found, [value, origin], "{}", self.setting);
        }
    }
}

#[test]
fn overrides() {
    const DEFAULT: &str = "-";
    let (eu, uk) = ("eu (https://eu.api.security.microsoft.com)", "uk (https://uk.api.security.microsoft.com)");
    let (us, au) = ("us (https://us.api.security.microsoft.com)", "au (https://au.api.security.microsoft.com)");
    let commercial = "commercial (https://api.security.microsoft.com)";
    let endpoints = [commercial, eu, uk, us, au];
    let names = [DEFAULT, "top", "own", "environment", "flag"];
    let quotas = ["100/1m,1500/1h", "1/1m", "2/1m", "2/1m", "4/1m"];
    let folders = ["", "/top", "/own", "/environment", "/flag"];
    let cases: [(&str, &str, [&str; 4], [&str; 5]); 5] = [
        ("endpoint", "MDE_ENDPOINT", [r#""eu""#, r#""uk""#, "us", "au"], endpoints),
        ("tenant", "AZURE_TENANT_ID", [r#""top""#, r#""own""#, "environment", "flag"], names),
        ("app", "AZURE_CLIENT_ID", [r#""top""#, r#""own""#, "environment", "flag"], names),
        ("quota", "", [r#""1/1m""#, r#""2/1m""#, "", "4/1m"], quotas),
        ("store", "MDE_STORE", [r#""/top""#, r#""/own""#, "/environment", "/flag"], folders),
    ];
    for (setting, variable, given, expected) in cases {
        let ranked = Ranked { setting, variable, given, expected };
        ranked.assert_default();
        ranked.assert_order();
    }
}

#[test]
fn which_profile() {
    let folder = Folder::with(FULL);
    let profile = |arguments: &[&str], variable: &str| {
        let mut command = folder.mde(&[&["config", "show"], arguments].concat());
        shown(&output(command.env("MDE_PROFILE", variable)), "profile")
    };
    assert_eq!(profile(&[], ""), ["fabrikam", "config.toml:2"]);
    assert_eq!(profile(&[], "contoso"), ["contoso", "MDE_PROFILE"]);
    assert_eq!(profile(&["--profile", "contoso"], "fabrikam"), ["contoso", "--profile"]);
}

#[test]
fn everything_with_its_origin() {
    let folder = Folder::with(FULL);
    let mut cases = Cases::default();
    cases.add("a profile and a flag", &folder.text(&folder.shows(&["--profile", "contoso", "--quota", "5/1m"])));
    cases.add("the default profile", &folder.text(&folder.shows(&[])));
    let empty = Folder::with("");
    cases.add("an empty file", &empty.text(&empty.shows(&[])));
    assert_text("shown", &cases.0);
}

#[test]
fn what_is_shown_fits_a_terminal_of_the_usual_width() {
    let names: String = (0..20).map(|number| format!("[profiles.tenant-{number}]\n")).collect();
    let folder = Folder::with(FULL.to_owned() + &names);
    for run in [folder.shows(&["--profile", "contoso"]), folder.shows(&[])] {
        assert!(run.out.contains("(https://") && run.out.contains("tenant-19"), "{}", run.out);
        assert!(run.out.lines().all(|line| line.chars().count() <= 80), "{}", run.out);
    }
}

/// As of a script whose variable is not set. They would override everything else.
#[test]
fn empty_flags() {
    let folder = Folder::with(FULL);
    for flag in ["--profile", "--endpoint", "--tenant", "--app"] {
        for value in ["", " "] {
            let run = folder.shows(&[flag, value]);
            let expected = format!("mde: {flag} is empty: give a value, or remove the flag\n");
            assert_eq!((run.code, run.out.as_str(), run.err), (Some(2), "", expected));
        }
    }
}

/// The file of the platform need not be there.
#[cfg(target_os = "linux")]
#[test]
fn the_file_of_the_platform() {
    let folder = Folder::with("");
    let show = || {
        let mut command = folder.mde(&["config", "show"]);
        command.env_remove("MDE_CONFIG").env_remove("MDE_STORE");
        output(command.env("XDG_CONFIG_HOME", folder.path()).env("XDG_DATA_HOME", folder.path().join("data")))
    };
    let file = folder.path().join("mde").join("config.toml");
    let run = show();
    assert_eq!(run.out.lines().next(), Some(format!("configuration  {} (does not exist)", file.display()).as_str()));
    let store = folder.path().join("data").join("mde");
    assert_eq!(shown(&run, "store"), [&store.display().to_string(), "default"]);
    std::fs::create_dir(folder.path().join("mde")).unwrap();
    folder.write("mde/config.toml", "app = \"an-app\"");
    assert_eq!(shown(&show(), "app"), ["an-app", "config.toml:1"]);
}

/// Escape sequences do not reach the terminal.
#[test]
fn control_characters() {
    let folder = Folder::with("[profiles.\"a\\u001b[31m\"]\ntenant = \"a\\u001b[31mb\"\n");
    let run = output(&mut folder.mde(&["config", "show", "--profile", "a\u{1b}[31m"]));
    assert_eq!(shown(&run, "tenant")[0], "a\\u{1b}[31mb");
    let unknown = output(folder.mde(&["config", "show"]).env("MDE_PROFILE", "b\u{1b}[31m"));
    for text in [run.out, unknown.err] {
        assert!(!text.contains('\u{1b}') && text.contains("[31m"), "{text:?}");
    }
}

#[test]
fn invalid_files() {
    let cases = [
        ("unknown-keys", "tennant = \"x\"\nlook_back_hours = 3\ncolour = 1\n\n[profile.contoso]\nendpoint = \"eu\"\n"),
        ("unknown-key-of-a-profile", "[profiles.contoso]\n  endpiont = \"eu\"\n"),
        ("no-toml", "[profiles.contoso]\napp = \"a\"\ntenant = my~secret\n"),
        ("no-value", "my-secret~text\n"),
        ("twice", "app = \"one\"\napp = \"two\"\n"),
        ("endpoint", "endpoint = \"europe\"\n"),
        ("endpoint-host", "[profiles.contoso]\nendpoint = \"https://anna:geheim@example.com\"\n"),
        (
            "kinds",
            "app = 5\ntenant = \"\"\nquota = 100\nlook-back-hours = \"48\"\nprofiles = 1\nendpoint = { url = 1 }\n",
        ),
        ("values", "quota = \"100/1d\"\nlook-back-hours = 721\nmax-age = \"6\"\ncredential = \"azure_cli\"\n"),
        ("credential-that-is-a-secret", "credential = \"my~secret~text\"\n"),
        ("profile-that-is-none", "[profiles]\ncontoso = \"eu\"\n"),
        ("default-profile", "default-profile = \"contosso\"\n[profiles.contoso]\n"),
        ("default-profile-of-none", "default-profile = \"contoso\"\n"),
    ];
    let mut table = Cases::default();
    for (name, config) in cases {
        let folder = Folder::with(config);
        let run = output(&mut folder.mde(&["config", "show"]));
        assert_eq!(run.code, Some(2), "{name}");
        assert!(!run.err.contains('~') && !run.err.contains("geheim"), "{}", run.err);
        table.add(name, &folder.text(&run));
    }
    assert_text("invalid-files", &table.0);
}

/// A secret in the file is refused, and not shown.
#[test]
fn secrets_in_plain_text() {
    let cases = [
        ("secret", "client-secret = \"my~secret\""),
        ("secret-of-a-profile", "[profiles.contoso]\nclient-secret = \"my~secret\""),
        ("token", "[profiles.contoso]\ntoken = \"my~secret\""),
        ("misspelt", "client_secret = \"my~secret\""),
        ("misspelt-reference", "client_secret = { env = \"NAME\" }"),
        ("value", "client-secret = { value = \"my~secret\" }"),
        ("two-ways", "client-secret = { env = \"NAME\", file = \"secret.txt\" }"),
        ("variable", "client-secret = { env = \"my~secret\" }"),
        ("command", "client-secret = { command = \"echo my~secret\" }"),
        ("command-of-nothing", "client-secret = { command = [] }"),
    ];
    let mut table = Cases::default();
    for (name, config) in cases {
        let folder = Folder::with(config);
        let run = output(&mut folder.mde(&["ip", "stats", "8.8.8.8"]));
        assert_eq!(run.code, Some(2), "{name}");
        assert!(!run.err.contains('~'), "{}", run.err);
        table.add(name, &folder.text(&run));
    }
    assert_text("plain-text-secrets", &table.0);
}

#[test]
fn unreadable_files() {
    let folder = Folder::with(b"# \xc3\xa4\napp = \"\xff\"");
    let mut cases = Cases::default();
    cases.add("not UTF-8", &folder.text(&output(&mut folder.mde(&["config", "show"]))));
    let gone = output(folder.mde(&["config", "show"]).env("MDE_CONFIG", folder.path().join("gone.toml")));
    cases.add("a missing file", &folder.text(&gone));
    let of_folder = output(folder.mde(&["config", "show"]).env("MDE_CONFIG", folder.path()));
    cases.add("a folder", &folder.text(&of_folder));
    assert_text("unreadable-files", &cases.0);
}

#[test]
fn unknown_profiles() {
    let folder = Folder::with(FULL);
    let empty = Folder::with("");
    let mut cases = Cases::default();
    let misspelt = output(&mut folder.mde(&["config", "show", "--profile", "contosso"]));
    cases.add("misspelt", &folder.text(&misspelt));
    let unknown = output(folder.mde(&["config", "show"]).env("MDE_PROFILE", "wingtip"));
    cases.add("unknown", &folder.text(&unknown));
    let none = output(&mut empty.mde(&["config", "show", "--profile", "contoso"]));
    cases.add("in a file without profiles", &empty.text(&none));
    assert_text("unknown-profiles", &cases.0);
}

/// A named profile is overridden by the environment with a warning.
#[test]
fn the_environment_overrides_a_named_profile() {
    let folder = Folder::with(FULL);
    let notes = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = folder.mde(&[&["config", "show"], arguments].concat());
        output(command.envs(variables.iter().copied())).err
    };
    let all = [
        ("MDE_TOKEN", "a-token"),
        ("MDE_ENDPOINT", "uk"),
        ("AZURE_TENANT_ID", "other.example"),
        ("AZURE_CLIENT_ID", "another-app"),
    ];
    insta::assert_snapshot!("overridden", notes(&["--profile", "contoso"], &all));
    assert_eq!(notes(&[], &all), "", "no profile is named");
    let same = [("MDE_ENDPOINT", "eu"), ("AZURE_TENANT_ID", "contoso.example")];
    assert_eq!(notes(&["--profile", "contoso"], &same), "", "they agree");
    assert_eq!(notes(&["--profile", "contoso", "--tenant", "x", "--endpoint", "us"], &all[1..3]), "", "flags win");
    let secret = [("AZURE_CLIENT_SECRET", "x")];
    let expected = "mde: AZURE_CLIENT_SECRET is set, and overrides the credential of the profile";
    for profile in ["contoso", "fabrikam"] {
        let notes = notes(&["--profile", profile], &secret);
        assert!(notes.starts_with(expected) && notes.contains(profile), "{notes}");
    }
}

/// With the embedded sandbox, too, the quota is that of the configuration, and a broken file is reported.
#[test]
fn the_sandbox_has_settings_too() {
    let folder = Folder::with("quota = \"1/1s\"\n");
    let arguments = ["ip", "stats", "8.8.8.8", "1.1.1.1", "--sandbox", "--format", "json"];
    let run = output(&mut folder.mde(&arguments));
    assert_eq!(run.code, Some(0));
    assert!(run.err.contains("by the quota of 1/1s"), "{}", run.err);
    folder.write("config.toml", "quota = 7");
    assert_eq!(output(&mut folder.mde(&arguments)).code, Some(2));
}
