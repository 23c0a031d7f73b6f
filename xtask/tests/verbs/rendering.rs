//! A finding is shown where it stands, whatever is written there.

use crate::support::{Copy, Run, assert_runs, contracts, diff};

const CHECK: [&str; 3] = ["check", "--openapi", "openapi"];
const VERSION: &str = "openapi: 3.0.3\n";

/// Checks a contract that has something else in the place of the version.
fn check_with(version: impl AsRef<str>) -> Run {
    let copy = Copy::new();
    copy.edit("openapi/mde.yaml", VERSION, version.as_ref());
    copy.run(&CHECK)
}

/// What is underlined in the contract, and the column that is named above.
fn shown(run: &Run) -> (&str, &str) {
    let mut lines = run.stdout.lines().skip_while(|line| !line.contains("--> openapi/mde.yaml:"));
    let (_, place) = lines.next().and_then(|line| line.split_once("mde.yaml:")).unwrap();
    let (_, line) = lines.nth(1).and_then(|line| line.split_once(" | ")).unwrap();
    let (_, underline) = lines.next().and_then(|line| line.split_once(" | ")).unwrap();
    let mut columns = underline.char_indices().filter(|(_, character)| *character == '^').map(|(column, _)| column);
    let first = columns.next().unwrap();
    let last = columns.next_back().unwrap_or(first);
    (line.get(first..=last).unwrap_or("past the end"), place.rsplit(':').next().unwrap())
}

#[test]
fn what_is_wrong_is_underlined_and_nothing_else() {
    for (version, underlined) in [
        ("openapi: 3.1.0\n", "3.1.0"),
        ("openapi:   3.1.0   # the newest\n", "3.1.0"),
        ("openapi: '3.1.0' # it's new\n", "'3.1.0'"),
        ("openapi: 'it''s new' # or not\n", "'it''s new'"),
        ("openapi: \"\\\"3.1.0\\\"\" # \"new\"\n", "\"\\\"3.1.0\\\"\""),
        ("openapi: '3.1 # not 3.0' # so\n", "'3.1 # not 3.0'"),
        ("openapi: >\n  3.1.0\n  or later\n", "3.1.0"),
        ("openapi: 3.1.0  \n  or later\n", "3.1.0"),
        ("openapi: '3.1.0 # or\n  later' # or not\n", "'3.1.0 # or"),
    ] {
        let run = check_with(version);
        assert_eq!(shown(&run).0, underlined, "{}", run.stdout);
        let run = check_with(version.replace('\n', "\r\n"));
        assert_eq!(shown(&run).0, underlined, "with the line ends of Windows: {}", run.stdout);
    }
}

#[test]
fn what_goes_on_below_is_shown_by_its_first_line() {
    let copy = Copy::new();
    let described = "microsoft.com\n    description: Commercial cloud, current host.\n";
    copy.edit("openapi/mde.yaml", described, "microsoft.com # the current host\n");
    let run = copy.run(&CHECK);
    assert_eq!(shown(&run).0, "url: https://api.security.microsoft.com", "{}", run.stdout);
}

#[test]
fn a_byte_order_mark_is_no_character() {
    let copy = Copy::new();
    copy.write("openapi/mde.yaml", "\u{feff}info: 7\n");
    let run = copy.run(&CHECK);
    let (title, _) =
        run.stdout.split_once("error[title-and-version]").map(|(_, rest)| rest.split_once("\n\n").unwrap()).unwrap();
    assert!(title.contains("--> openapi/mde.yaml:1:1\n") && title.contains("1 | info: 7\n  | ^^^^ at"), "{title}");
}

#[test]
fn what_has_several_bytes_or_columns_is_one_character() {
    let runs = ["{description: 'Größe', name: ", "{description: '漢字', name: "].map(|before| {
        let copy = Copy::new();
        let tag = "name: IP\n    description: Questions about an IP address.";
        let line = copy.edit("openapi/mde.yaml", tag, &format!("{before}7}}"));
        let run = copy.run(&CHECK);
        let column = "  - ".len() + before.chars().count() + 1;
        assert!(run.stdout.contains(&format!("--> openapi/mde.yaml:{line}:{column}\n")), "{}", run.stdout);
        (before, run)
    });
    assert_runs("rendering-characters", runs);
    let run = check_with("openapi: \t3.1.0\n");
    assert_eq!(shown(&run), ("3.1.0", "11"), "{}", run.stdout);
}

#[test]
fn a_file_that_ends_too_early_is_shown_at_its_end() {
    let copy = Copy::new();
    for (contract, place) in [("info: [\n", "2:1"), ("info: [", "2:1"), ("", "1:1"), ("\u{feff}info: [\r\n", "2:1")] {
        copy.write("openapi/mde.yaml", contract);
        let run = copy.run(&CHECK);
        assert_eq!(run.code, 4);
        assert!(run.stdout.contains(&format!("--> openapi/mde.yaml:{place}\n")), "{contract:?}: {}", run.stdout);
    }
}

#[test]
fn what_has_no_text_to_show_is_reported_by_its_place() {
    let copy = Copy::new();
    copy.write("openapi/documented/stray.json", "{}\n");
    copy.write("openapi/documented/new/request.http", b"\xff\n");
    copy.run(&CHECK).assert_snapshot("rendering-without-text");
}

#[test]
fn colours_are_for_those_who_see_them() {
    let copy = Copy::new();
    copy.edit("openapi/mde.yaml", VERSION, "openapi: 3.1.0\n");
    let plain = copy.run(&CHECK).stdout;
    let coloured = Run::of(copy.command(&CHECK).env("CLICOLOR_FORCE", "1")).stdout;
    assert!(plain.starts_with("error[") && !plain.contains('\u{1b}'), "{plain}");
    assert!(coloured.starts_with("\u{1b}["), "{coloured}");
    let refused = Run::of(copy.command(&CHECK).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1")).stdout;
    assert_eq!(refused, plain);
}

#[test]
fn findings_are_sorted_by_file_and_place() {
    let copy = Copy::new();
    copy.edit("openapi/mde.yaml", VERSION, "openapi: 3.1.0\n");
    copy.edit("openapi/mde.yaml", "      maximum: 720\n", "      maximum: 0\n");
    copy.edit("openapi/mde.yaml", "x-mde-name: eu\n", "x-mde-name: EU\n");
    copy.write("openapi/documented/stray.json", "{}\n");
    copy.write("openapi/rulings.yaml", b"\xff");
    let run = copy.run(&CHECK);
    let places = run.stdout.lines().filter_map(|line| line.split_once("--> "));
    let places: Vec<(&str, usize)> = places
        .map(|(_, place)| {
            let mut parts = place.split(':');
            (parts.next().unwrap(), parts.next().unwrap().parse().unwrap())
        })
        .collect();
    assert!(places.len() >= 5 && places.is_sorted(), "{}", run.stdout);
}

/// A description may come from anybody's pull request.
#[test]
fn what_would_change_the_terminal_is_escaped() {
    let hostile = "The address\u{202e}\u{200b}\u{9b}31m";
    let contracts = contracts();
    contracts.edit("openapi/mde.yaml", "The address that was asked about.", hostile);
    contracts.edit("openapi/mde.yaml", "operationId: getIPStatistics", &format!("operationId: \"get{hostile}\""));
    let of_check = contracts.run(&CHECK);
    let of_diff = ["text", "markdown"].map(|format| diff(&contracts, &["--base", "before", "--format", format]));
    for run in of_diff.iter().chain([&of_check]) {
        let is_raw = |c: char| c != '\n' && (c.is_control() || "\u{202e}\u{200b}".contains(c));
        assert!(!run.stdout.contains(is_raw) && !run.stderr.contains(is_raw), "{:?}{:?}", run.stdout, run.stderr);
        assert!(run.stdout.contains("The address\u{fffd}\u{fffd}\u{fffd}31m"), "{}{}", run.stdout, run.stderr);
    }
}
