//! What a run takes from its process: where its output goes and what can be shown there, environment variables, and how a
//! client is built.

use std::collections::HashMap;
use std::env;
use std::fmt::{self, Display};
use std::io::{self, IsTerminal, Read, Write};

use anstream::stream::{AsLockedWrite, RawStream};
use anstream::{AutoStream, ColorChoice};
use mde_client::{ClientBuilder, Redactor};
use mde_input::escape::escape_lines;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt as log};

use crate::cli;

/// Standard output for results, standard error for everything else.
pub struct Console {
    input: Box<dyn Read>,
    results: Screen,
    notes: Screen,
    redactor: Redactor,
}

struct Screen {
    writer: Box<dyn Write>,
    colors: bool,
    /// In columns, where it is a terminal.
    width: Option<u16>,
    /// How it is opened anew, where it is a stream of the process.
    open: Option<fn(ColorChoice) -> Screen>,
}

/// Where results go.
pub(crate) struct Results<'a> {
    pub(crate) writer: &'a mut dyn Write,
    /// Whether they may be coloured.
    pub(crate) colors: bool,
    /// How wide they may be, where there is a limit.
    pub(crate) width: Option<u16>,
}

/// Where everything else goes. What is written here may hold texts from outside, so secrets are redacted and every
/// character that is not plain is escaped.
pub(crate) struct Notes<'a> {
    screen: &'a mut Screen,
    redactor: &'a Redactor,
}

impl Notes<'_> {
    /// Writes a message for the user.
    pub(crate) fn notify(&mut self, message: impl Display) {
        let message = escape_lines(&self.redactor.redact(&format!("mde: {message}")));
        let message = match self.screen.width {
            // At word boundaries: a terminal breaks lines anywhere.
            Some(width) => textwrap::fill(&message, usize::from(width)),
            None => message,
        };
        // If standard error is closed, the message is lost.
        let _ = writeln!(self.screen.writer, "{message}").and_then(|()| self.screen.writer.flush());
    }

    /// Whether they go to a terminal, on which something can be drawn.
    pub(crate) fn are_on_a_terminal(&self) -> bool {
        self.screen.width.is_some()
    }
}

impl Console {
    /// The standard output and standard error of the process. Colours are shown on a terminal, unless the environment
    /// disables them, as `NO_COLOR` does.
    pub fn of_process() -> Self {
        let results = Screen::standard_output(ColorChoice::Auto);
        let notes = Screen::standard_error(ColorChoice::Auto);
        Self { input: Box::new(io::stdin()), results, notes, redactor: Redactor::for_unknown() }
    }

    /// Plain writers: no colours, no limit of width. Standard input is empty.
    pub fn plain(results: impl Write + 'static, notes: impl Write + 'static) -> Self {
        let (results, notes) = (Screen::plain(Box::new(results)), Screen::plain(Box::new(notes)));
        Self { input: Box::new(io::empty()), results, notes, redactor: Redactor::for_unknown() }
    }

    /// Keeps the secrets of the environment out of all notes.
    pub(crate) fn hide_secrets_of(&mut self, environment: &Environment) {
        self.redactor = environment.redactor();
    }

    /// Applies the choice of colours of the user.
    pub(crate) fn set_colors(&mut self, choice: cli::ColorChoice) {
        for screen in [&mut self.results, &mut self.notes] {
            screen.set_colors(choice);
        }
    }

    /// Writes the log from now on, if this is the console of the process.
    pub(crate) fn enable_log(&self, verbose: u8) {
        if self.notes.open.is_some() {
            install_log(verbose);
        }
    }

    /// Where input comes from that is not in a file.
    pub(crate) fn standard_input(&mut self) -> &mut dyn Read {
        &mut *self.input
    }

    /// Asks a question, and reads the answer from standard input, one line; nothing where the input has ended. On a
    /// terminal the answer is asked for with `>`.
    pub(crate) fn ask(&mut self, question: impl Display) -> io::Result<Option<String>> {
        /// In bytes. No answer is longer.
        const LONGEST: usize = 4096;
        self.notify(question);
        if io::stdin().is_terminal() {
            // If standard error is closed, nobody reads it.
            let _ = write!(self.notes.writer, "> ").and_then(|()| self.notes.writer.flush());
        }
        let mut line = Vec::new();
        let mut byte = [0];
        while line.len() < LONGEST && self.input.read(&mut byte)? == 1 {
            line.push(byte[0]);
            if byte == *b"\n" {
                break;
            }
        }
        Ok((!line.is_empty()).then(|| String::from_utf8_lossy(&line).trim().to_owned()))
    }

    /// Where results go.
    pub(crate) fn results(&mut self) -> &mut dyn Write {
        &mut *self.results.writer
    }

    /// Both at once, to write notes while results are written.
    pub(crate) fn split(&mut self) -> (Results<'_>, Notes<'_>) {
        let Screen { writer, colors, width, open: _ } = &mut self.results;
        let notes = Notes { screen: &mut self.notes, redactor: &self.redactor };
        (Results { writer: &mut **writer, colors: *colors, width: *width }, notes)
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.results.writer.flush()
    }

    /// Writes a message for the user beside the results.
    pub(crate) fn notify(&mut self, message: impl Display) {
        self.split().1.notify(message);
    }

    /// Shows what the parser of the command line returns: help and version as a result, a usage error as a note.
    pub(crate) fn show_usage(&mut self, usage: &clap::Error) -> io::Result<()> {
        let text = usage.render();
        if usage.use_stderr() {
            // It repeats arguments, among which there may be a secret.
            let plain = text.to_string();
            let redacted = self.redactor.redact(&plain);
            let _ = match redacted == plain {
                true => self.notes.write_styled(&text),
                false => self.notes.writer.write_all(redacted.as_bytes()),
            };
            return Ok(());
        }
        self.results.write_styled(&text)
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (colors, width) = (self.results.colors, self.results.width);
        f.debug_struct("Console").field("colors", &colors).field("width", &width).finish_non_exhaustive()
    }
}

impl Screen {
    fn plain(writer: Box<dyn Write>) -> Self {
        Self { writer, colors: false, width: None, open: None }
    }

    fn standard_output(choice: ColorChoice) -> Self {
        let is_terminal = io::stdout().is_terminal();
        let width = is_terminal.then(terminal_size::terminal_size).flatten().map(|(width, _)| width.0);
        Self { width, open: Some(Self::standard_output), ..Self::of_stream(io::stdout(), choice) }
    }

    fn standard_error(choice: ColorChoice) -> Self {
        let is_terminal = io::stderr().is_terminal();
        let width = is_terminal.then(|| terminal_size::terminal_size_of(io::stderr())).flatten();
        let width = width.map(|(width, _)| width.0);
        Self { width, open: Some(Self::standard_error), ..Self::of_stream(io::stderr(), choice) }
    }

    /// Without colours the stream is taken as it is: one that strips them would strip them from the data as well.
    fn of_stream<S: RawStream + AsLockedWrite + 'static>(stream: S, choice: ColorChoice) -> Self {
        let choice = if choice == ColorChoice::Auto { AutoStream::choice(&stream) } else { choice };
        match choice {
            ColorChoice::Never => Self::plain(Box::new(stream)),
            _ => Self { writer: Box::new(AutoStream::always(stream)), colors: true, width: None, open: None },
        }
    }

    fn set_colors(&mut self, choice: cli::ColorChoice) {
        match self.open {
            Some(open) => *self = open(choice.into()),
            // A writer that is not a terminal has colours only if the user forces them.
            None => self.colors = choice == cli::ColorChoice::Always,
        }
    }

    fn write_styled(&mut self, text: &clap::builder::StyledStr) -> io::Result<()> {
        if self.colors { write!(self.writer, "{}", text.ansi()) } else { write!(self.writer, "{text}") }
    }
}

impl From<cli::ColorChoice> for ColorChoice {
    fn from(choice: cli::ColorChoice) -> Self {
        match choice {
            cli::ColorChoice::Auto => Self::Auto,
            cli::ColorChoice::Always => Self::Always,
            cli::ColorChoice::Never => Self::Never,
        }
    }
}

/// Logs our own crates to standard error from now on: calls at level 1, attempts and waits at level 2.
fn install_log(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    // Other crates may log secrets, such as the header with the token.
    let ours = Targets::new().with_target("mde", level);
    let lines = log::layer()
        .compact()
        .with_ansi(false)
        .with_span_events(FmtSpan::CLOSE)
        .with_target(false)
        .with_writer(|| Escaping(io::stderr()));
    // A subscriber that is already installed is kept.
    let _ = tracing_subscriber::registry().with(lines.with_filter(ours)).try_init();
}

/// Escapes the lines of the log, which may hold texts from outside.
struct Escaping<W>(W);

impl<W: Write> Write for Escaping<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_all(escape_lines(&String::from_utf8_lossy(bytes)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The environment of a run: that of the process, or one that a test gives.
#[derive(Clone, Default)]
pub struct Environment {
    variables: Variables,
    adapt_client: Option<fn(ClientBuilder) -> ClientBuilder>,
}

#[derive(Clone)]
enum Variables {
    Process,
    Given(HashMap<String, String>),
}

impl Default for Variables {
    fn default() -> Self {
        Self::Given(HashMap::new())
    }
}

impl Environment {
    /// The environment of the process.
    pub fn of_process() -> Self {
        Self { variables: Variables::Process, adapt_client: None }
    }

    /// Changes each client before it is built, such as its clock. For tests.
    pub fn with_client(self, adapt: fn(ClientBuilder) -> ClientBuilder) -> Self {
        Self { adapt_client: Some(adapt), ..self }
    }

    pub(crate) fn adapt_client(&self, builder: ClientBuilder) -> ClientBuilder {
        match self.adapt_client {
            Some(adapt) => adapt(builder),
            None => builder,
        }
    }

    /// Knows the secrets that the environment holds.
    pub(crate) fn redactor(&self) -> Redactor {
        let names = ["MDE_TOKEN", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD"];
        let secrets: Vec<_> = names.iter().filter_map(|name| self.get(name)).collect();
        Redactor::for_secrets(secrets.iter().map(String::as_str))
    }

    /// Whether it is the environment of the process, in which the user has folders.
    pub(crate) fn is_of_process(&self) -> bool {
        matches!(self.variables, Variables::Process)
    }

    /// The value of a variable. An empty one counts as not set.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let value = match &self.variables {
            // A value that is not UTF-8 will be refused for what it then is: an unknown endpoint, an unknown token.
            Variables::Process => env::var_os(name)?.to_string_lossy().into_owned(),
            Variables::Given(variables) => variables.get(name)?.clone(),
        };
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { variables: Variables::Given(variables), adapt_client: None }
    }
}

/// Without the values, which may be secret.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").finish_non_exhaustive()
    }
}
