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
    let Some(given) = given.strip_prefix("--") else { return error };
    let mut command = chosen(program, arguments);
    let shown = command.get_arguments().filter(|flag| !flag.is_hide_set());
    let meant = meant(given, &shown.filter_map(|flag| flag.get_long()).collect::<Vec<_>>());
    let is_own = matches!(error.get(ContextKind::SuggestedArg), Some(ContextValue::String(_)));
    if meant.is_empty() && !is_own {
        return error;
    }
    error.remove(ContextKind::SuggestedArg);
    error.remove(ContextKind::Suggested);
    if !meant.is_empty() {
        let tip = format!("did you mean {}?", meant.join(" or "));
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    // The parser's own shows the flag that it suggests.
    error.insert(ContextKind::Usage, ContextValue::StyledStr(command.render_usage()));
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
const MEANINGS: [(&[&str], &[&str]); 17] = [
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

/// Words that turn what follows into its opposite, and those that keep it beside something else.
const NEGATIONS: [&str; 10] = ["not", "no", "non", "never", "hide", "exclude", "skip", "without", "omit", "drop"];
const ADDITIONS: [&str; 5] = ["include", "including", "with", "also", "keep"];

/// Which of the flags about the seen and the unseen is meant. None where the text is about neither.
fn by_sight(given: &str) -> Option<Option<&'static str>> {
    let words: Vec<_> = given.split('-').collect();
    let is_near = |name: &str| words.iter().any(|word| damerau_levenshtein(word, name) <= 1) || given.contains(name);
    let is_unseen = is_near("unseen");
    if !is_unseen && !is_near("seen") {
        return None;
    }
    let is_negated =
        NEGATIONS.iter().any(|negation| words.contains(negation) || given.starts_with(&format!("{negation}seen")));
    let is_added = ADDITIONS.iter().any(|&addition| damerau_levenshtein(words[0], addition) <= addition.len() / 4);
    Some(match (is_unseen, is_negated, is_added) {
        _ if words.contains(&"first") => Some("--sort first-seen"),
        _ if words.contains(&"last") => Some("--sort last-seen"),
        (true, false, true) => Some("--include-unseen"),
        (true, false, false) | (false, true, false) => Some("--unseen-only"),
        (true, true, false) | (false, false, false) => Some("--seen-only"),
        (_, true, true) | (false, false, true) => None,
    })
}

/// The flags that begin like this, else those that differ by the fewest letters: one, or two where both are as near.
fn nearest(given: &str, known: &[&str]) -> Vec<String> {
    let opposite =
        [("min", "max-"), ("max", "min-")].into_iter().find(|(word, _)| given.split('-').next() == Some(word));
    let known = known.iter().filter(|name| !opposite.is_some_and(|(_, start)| name.starts_with(start)));
    let known: Vec<_> = known.filter(|name| by_sight(name).is_none()).copied().collect();
    let mut found: Vec<_> = known.iter().filter(|name| given.len() > 1 && name.starts_with(given)).copied().collect();
    if found.is_empty() {
        let distance = |name: &&str| damerau_levenshtein(given, name);
        let least = known.iter().map(distance).min().filter(|least| *least <= (given.chars().count() / 3).max(1));
        found = known.iter().filter(|name| Some(distance(name)) == least).copied().collect();
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
