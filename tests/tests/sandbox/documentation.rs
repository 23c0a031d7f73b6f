//! The table of refusals in the documentation of `mde-sandbox`.

/// The documentation, in comments.
const TEXT: &str = include_str!("../../../crates/sandbox/src/lib.rs");

/// The head of the table.
const HEAD: &str = "//! | what is wrong | status, `code` |";

/// A row: what is wrong, and what the answer is.
pub(crate) struct Row {
    pub(crate) what: &'static str,
    pub(crate) status: u16,
    /// None where it says that the answer is empty.
    pub(crate) code: Option<&'static str>,
}

/// Every row of the table.
pub(crate) fn rows() -> Vec<Row> {
    let (_, table) = TEXT.split_once(HEAD).unwrap();
    let lines = table.lines().skip(2).map_while(|line| line.strip_prefix("//! |"));
    lines.map(row).collect()
}

fn row(line: &'static str) -> Row {
    let cells: Vec<_> = line.split(" | ").map(|cell| cell.trim_matches([' ', '|'])).collect();
    let &[what, answer] = cells.as_slice() else { panic!("{line:?} has not two cells") };
    let (status, rest) = answer.split_at_checked(3).unwrap();
    let code = rest.strip_prefix(" `").and_then(|rest| rest.split_once('`')).map(|(code, _)| code);
    assert_eq!(code.is_none(), rest.starts_with(", empty"), "{line:?} says neither a code nor that there is none");
    Row { what, status: status.parse().unwrap(), code }
}
