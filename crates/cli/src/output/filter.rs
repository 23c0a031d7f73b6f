//! The flags that leave records out: what they leave out, and which of them contradict each other.

use std::ops::RangeInclusive;

use crate::cli::OutputArguments;
use crate::exit::Stop;
use crate::phrase::plural;
use crate::record::{Record, Status};

/// Refuses flags of which one leaves out what the other keeps.
pub(super) fn check(arguments: &OutputArguments) -> Result<(), Stop> {
    let OutputArguments { seen_only, unseen_only, include_unseen, .. } = *arguments;
    let problem = match (arguments.min_prevalence, arguments.max_prevalence) {
        _ if seen_only && unseen_only => {
            "--seen-only and --unseen-only leave out every answer together: give one of them".to_owned()
        }
        _ if seen_only && include_unseen => {
            "--seen-only leaves out the unseen, and --include-unseen keeps them: give one of them".to_owned()
        }
        (Some(least), _) if unseen_only => {
            format!("--unseen-only leaves out what --min-prevalence {least} keeps: give one of them")
        }
        (_, Some(most)) if unseen_only => format!(
            "--unseen-only leaves out what --max-prevalence {most} keeps: give one of them, or --max-prevalence {most} \
             --include-unseen for both"
        ),
        (Some(least), _) if include_unseen => {
            format!("--min-prevalence {least} leaves out the unseen, and --include-unseen keeps them: give one of them")
        }
        (Some(least), Some(most)) if least > most => format!(
            "--min-prevalence {least} and --max-prevalence {most} leave out every answer together: exchange the numbers, \
             --min-prevalence {most} --max-prevalence {least}"
        ),
        _ => return Ok(()),
    };
    Err(Stop::usage(problem))
}

/// What the flags leave out. Records without an answer, or whose answer contradicts itself, are always shown: leaving one
/// out would make it look unseen.
pub(super) struct Filter {
    rules: Vec<Rule>,
}

/// One kind of answer that is left out.
struct Rule {
    devices: RangeInclusive<i64>,
    /// What these are, for people.
    what: String,
    /// Which flag leaves them out.
    flag: String,
    left_out: usize,
}

impl Filter {
    pub(super) fn of(arguments: &OutputArguments) -> Self {
        let mut rules = Vec::new();
        let mut leave_out = |devices, what: String, flag: String| rules.push(Rule { devices, what, flag, left_out: 0 });
        let [unseen, seen] = [0..=0, 1..=i64::MAX];
        if arguments.seen_only {
            leave_out(unseen.clone(), "unseen".to_owned(), "--seen-only".to_owned());
        }
        if arguments.unseen_only {
            leave_out(seen, "seen".to_owned(), "--unseen-only".to_owned());
        }
        if let Some(least) = arguments.min_prevalence {
            let flag = format!("--min-prevalence {least}");
            leave_out(unseen.clone(), "unseen".to_owned(), flag.clone());
            leave_out(1..=i64::from(least) - 1, format!("seen by fewer than {least} devices"), flag);
        }
        if let Some(most) = arguments.max_prevalence {
            let flag = format!("--max-prevalence {most}");
            let what = format!("seen by more than {}", plural(most, "device", "devices"));
            leave_out(i64::from(most) + 1..=i64::MAX, what, flag.clone());
            if !arguments.include_unseen {
                leave_out(unseen, "unseen".to_owned(), format!("{flag} without --include-unseen"));
            }
        }
        Self { rules }
    }

    pub(super) fn leaves_out_nothing(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether the record is shown. Counts it if it is not.
    pub(super) fn shows(&mut self, record: &Record) -> bool {
        let answered = matches!(record.status, Status::Seen | Status::Unseen);
        let devices = record.devices().filter(|_| answered);
        let rule = self.rules.iter_mut().find(|rule| devices.is_some_and(|devices| rule.devices.contains(&devices)));
        match rule {
            None => true,
            Some(rule) => {
                rule.left_out += 1;
                false
            }
        }
    }

    /// How many records were left out.
    pub(super) fn left_out(&self) -> usize {
        self.rules.iter().map(|rule| rule.left_out).sum()
    }

    /// What was left out and by which flags, such as `40 unseen (--seen-only)`.
    pub(super) fn text(&self) -> String {
        let used = self.rules.iter().filter(|rule| rule.left_out > 0);
        let texts: Vec<_> = used.map(|rule| format!("{} {} ({})", rule.left_out, rule.what, rule.flag)).collect();
        texts.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{answered, contradictory, failed, invalid, output_arguments};

    #[test]
    fn what_has_no_reliable_answer_is_always_shown() {
        let records = [
            answered("0.0.0.0", 0, None),
            answered("0.0.0.1", 1, None),
            answered("0.0.0.5", 5, None),
            answered("0.0.0.6", 6, None),
            contradictory("0.0.0.7", 0, "the times"),
            failed("0.0.0.8", "busy"),
            invalid("x", "no address"),
        ];
        let cases = [
            ("", "0 1 5 6", ""),
            ("--include-unseen", "0 1 5 6", ""),
            ("--seen-only", "1 5 6", "1 unseen (--seen-only)"),
            ("--unseen-only", "0", "3 seen (--unseen-only)"),
            ("--min-prevalence 1", "1 5 6", "1 unseen (--min-prevalence 1)"),
            (
                "--min-prevalence 6",
                "6",
                "1 unseen (--min-prevalence 6), 2 seen by fewer than 6 devices (--min-prevalence 6)",
            ),
            (
                "--max-prevalence 5",
                "1 5",
                "1 seen by more than 5 devices (--max-prevalence 5), \
                 1 unseen (--max-prevalence 5 without --include-unseen)",
            ),
            ("--max-prevalence 1 --include-unseen", "0 1", "2 seen by more than 1 device (--max-prevalence 1)"),
            (
                "--min-prevalence 2 --max-prevalence 5",
                "5",
                "1 unseen (--min-prevalence 2), 1 seen by fewer than 2 devices (--min-prevalence 2), \
                 1 seen by more than 5 devices (--max-prevalence 5)",
            ),
            ("--seen-only --max-prevalence 9", "1 5 6", "1 unseen (--seen-only)"),
        ];
        for (flags, expected, text) in cases {
            let arguments = output_arguments(flags);
            assert!(check(&arguments).is_ok(), "{flags}");
            let mut filter = Filter::of(&arguments);
            let shown: Vec<_> = records.iter().filter(|record| filter.shows(record)).collect();
            let (answered, others) = shown.split_at(shown.len() - 3);
            let answered: Vec<_> = answered.iter().map(|record| record.input.trim_start_matches("0.0.0.")).collect();
            assert_eq!(answered.join(" "), expected, "{flags}");
            assert_eq!(
                others.iter().map(|record| record.input.as_str()).collect::<Vec<_>>(),
                ["0.0.0.7", "0.0.0.8", "x"]
            );
            assert_eq!((filter.text().as_str(), filter.left_out()), (text, records.len() - shown.len()), "{flags}");
        }
    }

    #[test]
    fn contradictions_name_both_flags_and_what_to_give() {
        let cases = [
            "--seen-only --unseen-only",
            "--seen-only --include-unseen",
            "--unseen-only --min-prevalence 2",
            "--unseen-only --max-prevalence 5",
            "--max-prevalence 5 --min-prevalence 2 --include-unseen",
            "--min-prevalence 5 --max-prevalence 2",
        ];
        let text = |flags: &str| match check(&output_arguments(flags)) {
            Err(Stop::Failed { message, .. }) => message,
            other => panic!("{flags}: {other:?}"),
        };
        let texts: Vec<_> = cases.iter().map(|flags| format!("{flags}\n  {}", text(flags))).collect();
        insta::assert_snapshot!(texts.join("\n"), @r"
        --seen-only --unseen-only
          --seen-only and --unseen-only leave out every answer together: give one of them
        --seen-only --include-unseen
          --seen-only leaves out the unseen, and --include-unseen keeps them: give one of them
        --unseen-only --min-prevalence 2
          --unseen-only leaves out what --min-prevalence 2 keeps: give one of them
        --unseen-only --max-prevalence 5
          --unseen-only leaves out what --max-prevalence 5 keeps: give one of them, or --max-prevalence 5 --include-unseen for both
        --max-prevalence 5 --min-prevalence 2 --include-unseen
          --min-prevalence 2 leaves out the unseen, and --include-unseen keeps them: give one of them
        --min-prevalence 5 --max-prevalence 2
          --min-prevalence 5 and --max-prevalence 2 leave out every answer together: exchange the numbers, --min-prevalence 2 --max-prevalence 5
        ");
    }
}
