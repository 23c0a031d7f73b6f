//! Help, version, and the error for a misspelt option.

use crate::run;

#[test]
fn help() {
    for (name, arguments) in [
        ("mde", &["--help"][..]),
        ("nothing", &[]),
        ("ip-stats", &["ip", "stats", "--help"]),
        ("ip-extract", &["ip", "extract", "--help"]),
        ("sandbox", &["sandbox", "--help"]),
        ("man", &["man", "--help"]),
        ("schema", &["schema", "--help"]),
    ] {
        let run = run(arguments);
        assert_eq!(run.code, Some(if arguments.is_empty() { 2 } else { 0 }), "{name}");
        insta::assert_snapshot!(format!("help-{name}"), run.out + &run.err);
    }
}

#[test]
fn version() {
    assert_eq!(run(&["--version"]).out, concat!("mde ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn a_misspelt_option() {
    let run = run(&["ip", "stats", "8.8.8.8", "--fromat", "csv"]);
    assert_eq!(run.code, Some(2));
    insta::assert_snapshot!(run.err);
}
