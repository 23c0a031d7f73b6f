//! The manual pages, as `man` gets them.

use std::process::Command;

use crate::run;

#[test]
fn all_pages_are_written_to_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("share/man/man1");
    let written = run(&["man", "--output", pages.to_str().unwrap()]);
    assert_eq!((written.code, written.out.as_str()), (Some(0), ""), "{}", written.err);
    let mut names: Vec<_> = pages.read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert!(names.len() >= 16 && names.iter().any(|name| name == "mde-ip-stats.1"), "{names:?}");
    let count = names.len();
    assert_eq!(written.err.replace(pages.to_str().unwrap(), "FOLDER"), format!("mde: {count} pages are in FOLDER\n"));
    // The same as is printed one by one.
    let page = std::fs::read_to_string(pages.join("mde-ip-stats.1")).unwrap();
    for command in [&["man", "ip", "stats"][..], &["man", "mde", "ip", "stats"]] {
        assert_eq!(run(command).out, page);
    }
}

#[test]
fn a_command_that_is_not_there_has_no_page() {
    let mut texts = String::new();
    for arguments in [&["man", "ip", "stast"][..], &["man", "nonsense"], &["man", "ip", "--output", "x"]] {
        let run = run(arguments);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{arguments:?}");
        texts += &run.err;
    }
    insta::assert_snapshot!(texts, @r#"
    mde: there is no command mde ip "stast": did you mean "stats"?
    mde: there is no command mde "nonsense": give one of ip, init, login, logout, doctor, config, store, sandbox, completions, man, schema
    error: the argument '[COMMAND]...' cannot be used with '--output <FOLDER>'

    Usage: mde man <COMMAND>...

    For more information, try '--help'.
    "#);
}

/// By a program that knows the language of the pages.
#[test]
#[ignore = "needs mandoc"]
fn a_linter_finds_no_mistake() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(&["man", "--output", folder.path().to_str().unwrap()]).code, Some(0));
    for entry in folder.path().read_dir().unwrap() {
        let path = entry.unwrap().path();
        let lint = Command::new("mandoc").args(["-Tlint", "-Wwarning"]).arg(&path).output().unwrap();
        let text = String::from_utf8(lint.stdout).unwrap();
        // A page has no date, so that it is the same in each build; and the crate breaks lines where there is a paragraph.
        let expected = ["missing date", "skipping paragraph macro: br"];
        let mistakes: Vec<_> = text.lines().filter(|line| !expected.iter().any(|known| line.contains(known))).collect();
        assert!(lint.status.code().is_some() && mistakes.is_empty(), "{}: {mistakes:?}", path.display());
    }
}
