//! What was probably meant by a flag that does not exist.
//!
//! The parser goes by letters alone, so it offers `--unseen-only` to who writes `--only-seen`. Here the meaning decides, and
//! where it is not clear, there is no suggestion.

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use strsim::damerau_levenshtein;

/// Replaces the suggestion of the program's parser for an unknown flag.
pub(crate) fn with_suggestion(mut error: clap::Error, program: Command, arguments: &[String]) -> clap::Error {
    let given = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(given)) if error.kind() == ErrorKind::UnknownArgument => given.clone(),
        _ => return error,
    };
    // The parser's own is also how to pass it as a value: no value begins with a hyphen.
    error.remove(ContextKind::Suggested);
    let is_own = error.remove(ContextKind::SuggestedArg).is_some();
    let mut command = chosen(program, arguments);
    let shown = command.get_arguments().filter(|flag| !flag.is_hide_set());
    let flags: Vec<_> = shown.filter_map(|flag| flag.get_long()).collect();
    let meant = given.strip_prefix("--").map(|given| meant(given, &flags)).unwrap_or_default();
    if !meant.is_empty() {
        let tip = match meant.contains(&given) {
            true => format!("{given} goes after the command: {} {given}", command.get_bin_name().unwrap_or_default()),
            false => format!("did you mean {}?", meant.join(" or ")),
        };
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    if is_own || !meant.is_empty() {
        // The parser's own shows the flag that it suggests.
        error.insert(ContextKind::Usage, ContextValue::StyledStr(command.render_usage()));
    }
    error
}

/// The command that the arguments name.
fn chosen(program: Command, arguments: &[String]) -> Command {
    let mut command = program;
    command.build();
    for argument in arguments.iter().skip(1).take_while(|argument| *argument != "--") {
        if let Some(subcommand) = command.find_subcommand(argument) {
            command = subcommand.clone();
        }
    }
    command
}

/// Words that no flag is spelled like, and what is meant by them.
const MEANINGS: [(&[&str], &[&str]); 19] = [
    (&["csv"], &["--format csv"]),
    (&["json"], &["--format json"]),
    (&["ndjson", "jsonl", "json-lines"], &["--format ndjson"]),
    (&["html"], &["--format html"]),
    (&["markdown", "md"], &["--format markdown"]),
    (&["table"], &["--format table"]),
    (&["output-format", "out-format"], &["--format"]),
    (&["out", "out-file", "output-file"], &["--output"]),
    (&["file", "in-file", "input-file"], &["--input"]),
    (&["order", "order-by", "sort-by"], &["--sort"]),
    (&["prevalence", "devices", "seen-by"], &["--min-prevalence", "--max-prevalence"]),
    (&["at-least", "min-devices", "min-seen"], &["--min-prevalence"]),
    (&["at-most", "max-devices", "max-seen"], &["--max-prevalence"]),
    (&["rare", "rare-only", "only-rare"], &["--max-prevalence 9"]),
    (&["hours", "days", "since", "lookback", "lookback-hours"], &["--look-back-hours"]),
    (&["no-cache"], &["--no-store", "--max-age 0s"]),
    (&["offline"], &["--cached-only"]),
    (&["app-id", "client-id"], &["--app"]),
    (&["no-sort"], &["--sort input"]),
];

/// What was probably meant, as it is written on a command line with these flags; nothing where that is not clear.
fn meant(given: &str, known: &[&str]) -> Vec<String> {
    let given = given.to_lowercase().replace('_', "-");
    let is_near = |word: &&str| damerau_levenshtein(&given, word) <= usize::from(word.len() > 8);
    let by_word = MEANINGS.iter().find(|(words, _)| words.iter().any(&is_near));
    let mut meant: Vec<String> = match by_word {
        Some((_, meant)) => meant.iter().map(|&meant| meant.to_owned()).collect(),
        None => match by_sight(&given) {
            Some(meant) => meant.map(str::to_owned).into_iter().collect(),
            None => nearest(&given, known),
        },
    };
    let is_known = |flag: &str| known.iter().any(|known| flag.strip_prefix("--") == Some(known));
    meant.retain(|meant| meant.split(' ').next().is_some_and(is_known));
    meant
}

/// What a word does in a flag about the seen and the unseen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Unseen,
    Seen,
    /// Turns `seen` into `unseen`, and leaves out what else it stands with.
    Not,
    LeaveOut,
    Add,
    Only,
    First,
    Last,
    Neutral,
}

const ROLES: [(Role, &[&str]); 9] = [
    (Role::Unseen, &["unseen"]),
    (Role::Seen, &["seen"]),
    (Role::Not, &["un", "not", "non", "never"]),
    (
        Role::LeaveOut,
        &[
            "no",
            "dont",
            "without",
            "hide",
            "hidden",
            "exclude",
            "excluding",
            "excluded",
            "except",
            "skip",
            "omit",
            "drop",
            "ignore",
            "remove",
            "suppress",
            "off",
        ],
    ),
    (Role::Add, &["include", "including", "with", "also", "keep", "add", "plus", "and", "too"]),
    (Role::Only, &["only", "just"]),
    (Role::First, &["first"]),
    (Role::Last, &["last"]),
    (Role::Neutral, &["show", "list", "print", "display", "ip", "ips", "addresses"]),
];

/// The roles of the words of a text, also of those that are written together or with a wrong letter. None where one of them
/// is unknown.
fn roles(text: &str) -> Option<Vec<Role>> {
    let known = || ROLES.iter().flat_map(|(role, words)| words.iter().map(move |word| (*role, *word)));
    if text.is_empty() {
        return Some(Vec::new());
    }
    if let Some((role, _)) = known().find(|(_, word)| *word == text) {
        return Some(vec![role]);
    }
    let joined = known().find_map(|(role, word)| {
        let mut roles = roles(text.strip_prefix(word)?)?;
        roles.insert(0, role);
        Some(roles)
    });
    let is_near = |word: &str| damerau_levenshtein(word, text) <= word.len() / 4;
    joined.or_else(|| known().find(|(_, word)| is_near(word)).map(|(role, _)| vec![role]))
}

/// Which of the flags about the seen and the unseen is meant. None where the text is about neither.
fn by_sight(given: &str) -> Option<Option<&'static str>> {
    let words: Vec<_> = given.split('-').map(roles).collect();
    let is_sight = |role: &Role| matches!(role, Role::Seen | Role::Unseen);
    if !given.contains("seen") && !words.iter().flatten().flatten().any(is_sight) {
        return None;
    }
    let words: Option<Vec<_>> = words.into_iter().collect();
    Some(words.and_then(|words| by_roles(&words.concat())))
}

/// Where the roles leave a doubt, none.
fn by_roles(roles: &[Role]) -> Option<&'static str> {
    let count = |wanted: Role| roles.iter().filter(|role| **role == wanted).count();
    let not_seen = roles.windows(2).filter(|pair| *pair == [Role::Not, Role::Seen]).count();
    let left_out = count(Role::LeaveOut) + count(Role::Not) - not_seen;
    let (unseen, seen) = (count(Role::Unseen) + not_seen, count(Role::Seen) - not_seen);
    match (unseen, seen, left_out, count(Role::Add) > 0, count(Role::Only) > 0) {
        (0, 1, 0, false, _) if count(Role::First) > 0 => Some("--sort first-seen"),
        (0, 1, 0, false, _) if count(Role::Last) > 0 => Some("--sort last-seen"),
        (1, 0, 0, true, false) => Some("--include-unseen"),
        (1, 0, 0, false, _) | (0, 1, 1, false, false) => Some("--unseen-only"),
        (1, 0, 1, _, false) | (0, 1, 0, false, _) => Some("--seen-only"),
        _ => None,
    }
}

/// How many parts of a flag turn its meaning around.
fn negations(flag: &str) -> usize {
    let starts = ["no", "un", "dont", "inv", "keep", "without", "off", "disable"];
    flag.split('-').filter(|word| starts.iter().any(|start| word.starts_with(start))).count()
}

/// The flags that begin like this, else those that differ by the fewest letters: one, or two where both are as near. None
/// that means the opposite.
fn nearest(given: &str, known: &[&str]) -> Vec<String> {
    let opposite =
        [("min", "max-"), ("max", "min-")].into_iter().find(|(word, _)| given.split('-').next() == Some(word));
    let known = known.iter().filter(|name| !opposite.is_some_and(|(_, start)| name.starts_with(start)));
    let known: Vec<_> = known.filter(|name| by_sight(name).is_none()).copied().collect();
    let mut found: Vec<_> = known.iter().filter(|name| given.len() > 1 && name.starts_with(given)).copied().collect();
    if found.is_empty() {
        let known = || known.iter().filter(|name| negations(name) == negations(given));
        let distance = |name: &&str| damerau_levenshtein(given, name);
        let least = known().map(distance).min().filter(|least| *least <= (given.chars().count() / 3).max(1));
        found = known().filter(|name| Some(distance(name)) == least).copied().collect();
    }
    found.truncate(if found.len() > 2 { 0 } else { 2 });
    found.into_iter().map(|name| format!("--{name}")).collect()
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;
    use crate::cli::Arguments;

    /// What a user reads who makes the mistake in `mde ip stats`.
    fn tip(given: &str) -> Option<String> {
        let arguments: Vec<_> = ["mde", "ip", "stats", given, "8.8.8.8"].map(str::to_owned).into();
        let error = Arguments::try_parse_from(&arguments).err().map(|error| {
            let text = with_suggestion(error, Arguments::command(), &arguments).to_string();
            assert!(!text.contains("as a value"), "{text}");
            assert!(text.contains("Usage: mde ip stats [OPTIONS]"), "{text}");
            text
        });
        let error = error.unwrap_or_else(|| panic!("{given} exists"));
        error.lines().find_map(|line| Some(line.trim().strip_prefix("tip: did you mean ")?.to_owned()))
    }

    #[test]
    fn the_right_flag_is_suggested_and_never_its_opposite() {
        let cases = [
            ("--max-prevalance", "--max-prevalence"),
            ("--min-prevalance", "--min-prevalence"),
            ("--max-prevalence-", "--max-prevalence"),
            ("--mni-prevalence", "--min-prevalence"),
            ("--mx-prevalence", "--max-prevalence"),
            ("--man-prevalence", "--min-prevalence or --max-prevalence"),
            ("--maxprevalence", "--max-prevalence"),
            ("--min_prevalence", "--min-prevalence"),
            ("--min-prev", "--min-prevalence"),
            ("--max-prev", "--max-prevalence"),
            ("--min", "--min-prevalence"),
            ("--max", "--max-prevalence or --max-age"),
            ("--max-agee", "--max-age"),
            ("--at-least", "--min-prevalence"),
            ("--at-most", "--max-prevalence"),
            ("--prevalence", "--min-prevalence or --max-prevalence"),
            ("--prevalance", "--min-prevalence or --max-prevalence"),
            ("--min-age", ""),
            ("--rare", "--max-prevalence 9"),
            ("--seen", "--seen-only"),
            ("--seenonly", "--seen-only"),
            ("--seen-onyl", "--seen-only"),
            ("--sen-only", "--seen-only"),
            ("--only-seen", "--seen-only"),
            ("--show-seen", "--seen-only"),
            ("--no-unseen", "--seen-only"),
            ("--hide-unseen", "--seen-only"),
            ("--exclude-unseen", "--seen-only"),
            ("--unseen", "--unseen-only"),
            ("--unsen-only", "--unseen-only"),
            ("--useen-only", "--unseen-only"),
            ("--unseenonly", "--unseen-only"),
            ("--only-unseen", "--unseen-only"),
            ("--not-seen", "--unseen-only"),
            ("--notseen", "--unseen-only"),
            ("--never-seen", "--unseen-only"),
            ("--hide-seen", "--unseen-only"),
            ("--include-unsen", "--include-unseen"),
            ("--inlcude-unseen", "--include-unseen"),
            ("--with-unseen", "--include-unseen"),
            ("--include-seen", ""),
            ("--un-seen-only", "--unseen-only"),
            ("--un-seen", "--unseen-only"),
            ("--not-seen-only", "--unseen-only"),
            ("--ignore-unseen", "--seen-only"),
            ("--remove-unseen", "--seen-only"),
            ("--except-unseen", "--seen-only"),
            ("--filter-unseen", ""),
            ("--suppress-unseen", "--seen-only"),
            ("--dont-show-unseen", "--seen-only"),
            ("--dont-include-unseen", "--seen-only"),
            ("--unseen-off", "--seen-only"),
            ("--unseen-excluded", "--seen-only"),
            ("--nounseen", "--seen-only"),
            ("--hideunseen", "--seen-only"),
            ("--skipunseen", "--seen-only"),
            ("--excludeunseen", "--seen-only"),
            ("--no-unseen-only", ""),
            ("--no-seen-only", ""),
            ("--ignore-seen", "--unseen-only"),
            ("--except-seen", "--unseen-only"),
            ("--filter-seen", ""),
            ("--seen-excluded", "--unseen-only"),
            ("--includeunseen", "--include-unseen"),
            ("--add-unseen", "--include-unseen"),
            ("--plus-unseen", "--include-unseen"),
            ("--and-unseen", "--include-unseen"),
            ("--unseen-too", "--include-unseen"),
            ("--seen-and-unseen", ""),
            ("--uncached-only", ""),
            ("--not-cached-only", ""),
            ("--no-cached-only", ""),
            ("--no-append", ""),
            ("--no-sandbox", ""),
            ("--no-public-only", ""),
            ("--non-public-only", ""),
            ("--public-off", ""),
            ("--keep-invalid", ""),
            ("--no-skip-invalid", ""),
            ("--skip-valid", ""),
            ("--skip-invald", "--skip-invalid"),
            ("--no-extract", ""),
            ("--no-every-line", ""),
            ("--unquiet", ""),
            ("--no-no-store", ""),
            ("--nostore", "--no-store"),
            ("--no-max-prevalence", ""),
            ("--app-id", "--app"),
            ("--client-id", "--app"),
            ("--no-sort", "--sort input"),
            ("--no-include-unseen", "--seen-only"),
            ("--first-seen", "--sort first-seen"),
            ("--last-seen", "--sort last-seen"),
            ("--sort-by", "--sort"),
            ("--json", "--format json"),
            ("--csv", "--format csv"),
            ("--jsonl", "--format ndjson"),
            ("--output-format", "--format"),
            ("--fromat", "--format"),
            ("--ouput", "--output"),
            ("--file", "--input"),
            ("--hours", "--look-back-hours"),
            ("--look-back", "--look-back-hours"),
            ("--colour", "--color"),
            ("--no-cache", "--no-store or --max-age 0s"),
            ("--limit", ""),
        ];
        let wrong: Vec<_> = cases
            .iter()
            .map(|(given, expected)| (given, expected, tip(given).unwrap_or_default()))
            .filter(|(_, expected, found)| found.trim_end_matches('?') != **expected)
            .collect();
        assert!(wrong.is_empty(), "given, expected, suggested: {wrong:#?}");
    }

    /// A command suggests its own flags only.
    #[test]
    fn flags_of_other_commands_are_not_suggested() {
        let known = ["profile", "sandbox", "store"];
        for given in ["json", "seen", "only-seen", "min-prevalence", "prevalence", "hours"] {
            assert_eq!(meant(given, &known), Vec::<String>::new(), "{given}");
        }
        assert_eq!(meant("profil", &known), ["--profile"]);
    }
}
