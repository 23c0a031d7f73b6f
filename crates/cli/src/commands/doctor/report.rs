//! The lines that `mde doctor` prints, without secrets.

use std::io;

use clap::builder::styling::{AnsiColor, Style};
use mde_client::Redactor;
use mde_input::escape::escape;
use textwrap::{Options, WordSeparator, WordSplitter};

use crate::console::Results;
use crate::exit::{ErrorText, Exit, Stop};
use crate::phrase::plural;

/// What a check found.
#[derive(Debug)]
pub(super) struct Finding {
    level: Level,
    text: String,
    /// The fix: a sentence on each line.
    fix: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Ok,
    Warn,
    Fail(Exit),
    Skip,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail(_) => "fail",
            Self::Skip => "skip",
        }
    }

    fn style(self) -> Style {
        match self {
            Self::Ok => AnsiColor::Green.on_default(),
            Self::Warn => AnsiColor::Yellow.on_default(),
            Self::Fail(_) => AnsiColor::Red.on_default().bold(),
            Self::Skip => Style::new().dimmed(),
        }
    }
}

impl Finding {
    pub(super) fn ok(text: impl Into<String>) -> Self {
        Self { level: Level::Ok, text: text.into(), fix: None }
    }

    pub(super) fn warn(text: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { level: Level::Warn, text: text.into(), fix: Some(fix.into()) }
    }

    pub(super) fn fail(exit: Exit, text: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { level: Level::Fail(exit), text: text.into(), fix: Some(fix.into()) }
    }

    /// Not checked, for this reason.
    pub(super) fn skip(reason: impl Into<String>) -> Self {
        Self { level: Level::Skip, text: reason.into(), fix: None }
    }

    /// A failure of the settings. The first line is the problem, the others are the fix.
    pub(super) fn of_stop(stop: Stop) -> Result<Self, Stop> {
        let Stop::Failed { exit, message } = stop else { return Err(stop) };
        let (text, fix) = match message.split_once('\n') {
            Some((text, fix)) => (text.trim_end_matches('.').to_owned(), Some(fix.to_owned())),
            None => (message, None),
        };
        Ok(Self { level: Level::Fail(exit), text, fix })
    }

    pub(super) fn of_error(exit: Exit, error: ErrorText) -> Self {
        Self { level: Level::Fail(exit), text: error.problem, fix: error.advice }
    }

    /// The same as a warning, for something optional.
    pub(super) fn softened(self, why: &str) -> Self {
        match self.level {
            Level::Fail(_) => {
                Self { level: Level::Warn, text: format!("{}; {why}", self.text.trim_end_matches('.')), ..self }
            }
            _ => self,
        }
    }

    pub(super) fn is_failure(&self) -> bool {
        matches!(self.level, Level::Fail(_))
    }
}

/// Writes a line for each check at once, and keeps count.
pub(super) struct Report<'a> {
    results: Results<'a>,
    redactor: Redactor,
    warnings: usize,
    failures: usize,
    first: Option<Exit>,
}

/// How wide the words and the names of checks are, each with two spaces behind.
const WORD: usize = 6;
const CHECK: usize = 12;

impl<'a> Report<'a> {
    pub(super) fn new(results: Results<'a>, redactor: Redactor) -> Self {
        Self { results, redactor, warnings: 0, failures: 0, first: None }
    }

    pub(super) fn add(&mut self, check: &str, finding: Finding) -> io::Result<()> {
        let Finding { level, text, fix } = finding;
        match level {
            Level::Warn => self.warnings += 1,
            Level::Fail(exit) => {
                self.failures += 1;
                self.first.get_or_insert(exit);
            }
            Level::Ok | Level::Skip => {}
        }
        let word = format!("{:<WORD$}", level.word());
        let word = if self.results.colors { format!("{0}{word}{0:#}", level.style()) } else { word };
        let mut lines = self.wrapped(&text, 0);
        write!(self.results.writer, "{word}{check:<CHECK$}{}", lines.remove(0))?;
        writeln!(self.results.writer)?;
        for line in lines {
            self.indented(&line)?;
        }
        for (index, sentence) in fix.iter().flat_map(|fix| fix.lines()).enumerate() {
            let mark = if index == 0 { "fix: " } else { "     " };
            for (index, line) in self.wrapped(sentence, mark.len()).iter().enumerate() {
                self.indented(&format!("{}{line}", if index == 0 { mark } else { "     " }))?;
            }
        }
        self.results.writer.flush()
    }

    fn indented(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.results.writer, "{}{line}", " ".repeat(WORD + CHECK))
    }

    /// Without what should not show, and by the width of the terminal, if it is one. At least one line.
    fn wrapped(&self, text: &str, taken: usize) -> Vec<String> {
        /// Narrower than this, reading is worse than the terminal's own wrapping.
        const LEAST: usize = 30;
        let text = escape(&self.redactor.redact(text));
        let Some(width) = self.results.width else { return vec![text] };
        let width = usize::from(width).saturating_sub(WORD + CHECK + taken).max(LEAST);
        // Words are not broken, so that they can be copied.
        let options = Options::new(width)
            .break_words(false)
            .word_separator(WordSeparator::AsciiSpace)
            .word_splitter(WordSplitter::NoHyphenation);
        let lines: Vec<_> = textwrap::wrap(&text, options).into_iter().map(|line| line.into_owned()).collect();
        if lines.is_empty() { vec![text] } else { lines }
    }

    /// Writes the verdict and the next step, and returns the exit code.
    pub(super) fn finish(self, try_next: &str) -> io::Result<Exit> {
        let writer = self.results.writer;
        writeln!(writer)?;
        match (self.first, self.failures, self.warnings) {
            (Some(exit), failures, _) => {
                writeln!(
                    writer,
                    "{} failed; fix the first one, then run mde doctor again",
                    plural(failures, "check", "checks")
                )?;
                return Ok(exit);
            }
            (None, _, 0) => writeln!(writer, "all checks passed; try: {try_next}")?,
            (None, _, warnings) => {
                writeln!(writer, "no check failed, with {}; try: {try_next}", plural(warnings, "warning", "warnings"))?;
            }
        }
        Ok(Exit::Success)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::Environment;

    fn report(colors: bool, width: Option<u16>) -> String {
        let mut bytes = Vec::new();
        let results = Results { writer: &mut bytes, colors, width };
        let mut report = Report::new(results, Environment::default().redactor());
        let fix = "get a token with the scope https://api-gov.securitycenter.microsoft.us/.default\nThen ask again.";
        let exit = [
            report
                .add("audience", Finding::fail(Exit::Credential, "the token is for eyJhbGciOi and not for this", fix)),
            report.add("call", Finding::skip("the token would be refused")),
        ];
        assert!(exit.iter().all(Result::is_ok));
        assert_eq!(report.finish("").ok(), Some(Exit::Credential));
        String::from_utf8(bytes).unwrap_or_default()
    }

    #[test]
    fn a_terminal_is_not_written_over_its_edge_but_words_stay_whole() {
        let expected = "\
fail  audience    the token is for (hidden) and not
                  for this
                  fix: get a token with the scope
                       https://api-gov.securitycenter.microsoft.us/.default
                       Then ask again.
skip  call        the token would be refused

1 check failed; fix the first one, then run mde doctor again
";
        assert_eq!(report(false, Some(54)), expected);
        assert_eq!(
            report(false, None).lines().next(),
            Some("fail  audience    the token is for (hidden) and not for this")
        );
    }

    #[test]
    fn only_the_word_is_coloured() {
        let text = report(true, None);
        assert!(text.starts_with("\u{1b}[1m\u{1b}[31mfail  \u{1b}[0maudience    the"), "{text:?}");
        assert_eq!(text.matches("\u{1b}[0m").count(), 2);
    }

    #[test]
    fn secrets_are_hidden_and_what_is_not_plain_is_escaped() {
        let environment = Environment::from_iter([("MDE_TOKEN", "opaque-token"), ("AZURE_CLIENT_SECRET", "short")]);
        let mut bytes = Vec::new();
        let results = Results { writer: &mut bytes, colors: false, width: None };
        let mut report = Report::new(results, environment.redactor());
        let said = "\"Bearer opaque-token\", eyJ0.eyJhdWQi.x_-y, short\u{1b}[2J\u{202e}";
        let added = report.add("token", Finding::warn(said, format!("{said}\nthen {said}")));
        assert!(added.is_ok());
        let shown = r#""Bearer (hidden)", (hidden), short\u{1b}[2J\u{202e}"#;
        let expected = format!("warn  token       {shown}\n{0:18}fix: {shown}\n{0:18}     then {shown}\n", "");
        assert_eq!(String::from_utf8_lossy(&bytes), expected);
    }
}
