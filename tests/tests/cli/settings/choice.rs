//! Which credential is chosen by its name: of a flag, of the environment, of a profile.

use super::{Folder, assert_text, output, shown};
use crate::{Cases, Variables};

/// A profile that has a bit of everything.
const CONFIG: &str = "default-profile = \"one\"\n[profiles.one]\ncredential = \"azure-cli\"\n\
                      client-secret = { file = \"secret.txt\" }\ncertificate = { file = \"app.pem\" }\n";

const NAMES: [&str; 7] =
    ["environment", "client-secret", "certificate", "person", "azure-cli", "managed-identity", "workload-identity"];

/// The credential of a configuration, as `config show` prints it, with its origin.
fn chosen(config: &str, variables: &[(&str, &str)], arguments: &[&str]) -> [String; 2] {
    let folder = Folder::with(config);
    let mut command = folder.mde(&[&["config", "show"], arguments].concat());
    let run = output(command.envs(variables.iter().copied()));
    assert!(!run.out.contains('~'), "{}", run.out);
    shown(&run, "credential").map(|text| text.replace(&folder.path().display().to_string(), "FOLDER"))
}

/// A flag before the variable for it, before what else the environment has, before the profile.
#[test]
fn the_strongest_name_wins() {
    let secret = ("AZURE_CLIENT_SECRET", "my~secret");
    let name = ("MDE_CREDENTIAL", "managed-identity");
    let flag = ["--credential", "workload-identity"];
    assert_eq!(chosen(CONFIG, &[secret, name], &flag), ["the workload identity of this pod", "--credential"]);
    assert_eq!(chosen(CONFIG, &[secret, name], &[]), ["the managed identity of this machine", "MDE_CREDENTIAL"]);
    let of_secret = "the client secret in the variable AZURE_CLIENT_SECRET";
    assert_eq!(chosen(CONFIG, &[secret], &[]), [of_secret, "AZURE_CLIENT_SECRET"]);
    assert_eq!(chosen(CONFIG, &[], &[]), ["the Azure CLI, after az login", "config.toml:3 (profile one)"]);
}

/// What each name makes of a profile, and of an environment: the environment's own secret comes first.
#[test]
fn each_name() {
    let everything = [
        ("MDE_TOKEN", "my~token"),
        ("AZURE_CLIENT_SECRET", "my~secret"),
        ("AZURE_CLIENT_CERTIFICATE_PATH", "other.pem"),
        ("AZURE_CLIENT_CERTIFICATE_PASSWORD", "my~password"),
        ("AZURE_FEDERATED_TOKEN_FILE", "federated"),
    ];
    let mut table = Cases::default();
    for (variables, where_from) in [(&[][..], "of the profile"), (&everything[..], "of the environment")] {
        for name in NAMES {
            let lines = chosen(CONFIG, variables, &["--credential", name]).join("\n");
            assert_eq!(chosen(CONFIG, &[variables, &[("MDE_CREDENTIAL", name)]].concat(), &[])[0], {
                lines.lines().next().unwrap_or_default()
            });
            table.add(&format!("{name}, {where_from}"), &lines);
        }
    }
    assert_text("each-credential", &table.0);
}

/// Of what the environment has, in the order of Azure's tools.
#[test]
fn the_order_of_the_environment() {
    let variables = [
        ("MDE_TOKEN", "my~token"),
        ("AZURE_CLIENT_SECRET", "my~secret"),
        ("AZURE_CLIENT_CERTIFICATE_PATH", "other.pem"),
        ("AZURE_FEDERATED_TOKEN_FILE", "federated"),
    ];
    for weakest in 1..=variables.len() {
        let set = &variables[weakest - 1..];
        assert_eq!(chosen(CONFIG, set, &[])[1], set[0].0);
    }
}

#[test]
fn a_profile_with_a_reference_needs_no_name() {
    for (reference, expected) in [
        ("client-secret = { file = \"s.txt\" }", "the client secret in the file"),
        ("certificate = { file = \"app.pem\" }", "the certificate in the file"),
        // As Azure's tools do.
        ("certificate = { file = \"app.pem\" }\nclient-secret = { file = \"s.txt\" }", "the client secret in the file"),
    ] {
        let [value, _] = chosen(reference, &[], &[]);
        assert!(value.starts_with(expected), "{value}");
    }
}

/// Names are listed, or the nearest is suggested; what may be a secret in the wrong place is not shown.
#[test]
fn names_that_are_refused() {
    let cases: [(&str, &str, Variables<'_>, &[&str]); 8] = [
        ("a flag, nearly right", "", &[], &["--credential", "azurecli"]),
        ("a flag, nothing like it", "", &[], &["--credential", "my~secret"]),
        ("an empty flag", "", &[], &["--credential", ""]),
        ("a variable", "", &[("MDE_CREDENTIAL", "persona")], &[]),
        ("no certificate", "", &[], &["--credential", "certificate"]),
        ("no certificate in the profile", "credential = \"certificate\"", &[], &[]),
        ("a certificate as a text", "certificate = \"app.pem\"", &[], &[]),
        ("a password in clear text", "certificate = { file = \"a.pem\", password = \"my~password\" }", &[], &[]),
    ];
    let mut table = Cases::default();
    for (name, config, variables, arguments) in cases {
        let folder = Folder::with(config);
        let mut command = folder.mde(&[&["config", "show"], arguments].concat());
        let run = output(command.envs(variables.iter().copied()));
        assert_eq!(run.code, Some(2), "{name}");
        assert!(!run.err.contains('~'), "{}", run.err);
        table.add(name, &folder.text(&run));
    }
    assert_text("refused-credentials", &table.0);
}

/// A profile that the command line names may be another tenant's than the environment is for.
#[test]
fn the_environment_that_overrides_a_named_profile_is_reported() {
    let note = |variables: &[(&str, &str)], config: &str| {
        let folder = Folder::with(config);
        let mut command = folder.mde(&["config", "show", "--profile", "one"]);
        output(command.envs(variables.iter().copied())).err
    };
    let overrides = |name: &str, err: String| {
        assert!(err.contains(&format!("{name} is set, and overrides the credential")), "{name}: {err}");
    };
    for variable in [
        ("MDE_CREDENTIAL", "managed-identity"),
        ("AZURE_CLIENT_SECRET", "x"),
        ("AZURE_CLIENT_CERTIFICATE_PATH", "x"),
        ("AZURE_FEDERATED_TOKEN_FILE", "x"),
    ] {
        overrides(variable.0, note(&[variable], CONFIG));
    }
    // What it asks for, by another way.
    for (variable, config) in [
        (("MDE_CREDENTIAL", "azure-cli"), CONFIG),
        (("AZURE_CLIENT_SECRET", "x"), "[profiles.one]\ncredential = \"client-secret\"\n"),
        (("AZURE_FEDERATED_TOKEN_FILE", "x"), "[profiles.one]\ncredential = \"workload-identity\"\n"),
        (("AZURE_CLIENT_CERTIFICATE_PATH", "x"), "[profiles.one]\ncredential = \"environment\"\n"),
    ] {
        assert_eq!(note(&[variable], config), "", "{config}");
    }
}
