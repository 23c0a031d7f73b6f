//! `mde ip stats`

use std::io::Write;
use std::net::IpAddr;
use std::path::Path;

use mde_client::{Error, LookBackHours};
use mde_input::Inputs;

use crate::args::{Format, StatsArguments};
use crate::ask::{self, End, Question};
use crate::connection::{Connection, source};
use crate::console::Results;
use crate::counted::counted;
use crate::ending::{Ending, of_refusal};
use crate::exit::{Exit, Stop};
use crate::explanation::Explanation;
use crate::input;
use crate::memory::Memory;
use crate::output_file::OutputFile;
use crate::progress::{Bar, Progress, beside};
use crate::record::{Answer, Outcome, Summary};
use crate::report::Report;
use crate::settings::Settings;
use crate::signals::Signals;
use crate::{Console, Environment, output, pace};

pub(crate) async fn run(
    arguments: &StatsArguments,
    environment: &Environment,
    console: &mut Console,
) -> Result<Exit, Stop> {
    let inputs = input::read(&arguments.input, &mut console.standard_input())?;
    input::report_invalid(&inputs, arguments.input.skip_invalid, console)?;
    input::report_all_left_out(&inputs, console);
    let settings = Settings::resolve(&arguments.connection, environment)?;
    for note in &settings.notes {
        console.say(note);
    }
    let file = arguments.output.output.as_deref().filter(|path| *path != Path::new("-"));
    let file = file.map(OutputFile::prepare).transpose()?;
    if inputs.distinct_addresses().is_empty() && !arguments.sandbox {
        return without_asking(arguments, &settings, inputs, file, console);
    }
    let mut signals = Signals::listen();
    let run = tokio::select! {
        biased;
        () = signals.next() => {
            let message = "interrupted before anything was asked".to_owned();
            return Err(Stop::Told { exit: Exit::Interrupted, message });
        }
        run = Run::prepare(arguments, &settings, environment, &inputs, console) => run?,
    };
    run.go(arguments, inputs, file, &mut signals, console).await
}

/// All that is needed to ask.
struct Run {
    connection: Connection,
    memory: Memory,
    look_back_hours: Option<LookBackHours>,
    /// Every address once.
    addresses: Vec<IpAddr>,
    known: Vec<(IpAddr, Answer)>,
    used: Vec<u32>,
}

impl Run {
    async fn prepare(
        arguments: &StatsArguments,
        settings: &Settings,
        environment: &Environment,
        inputs: &Inputs,
        console: &mut Console,
    ) -> Result<Self, Stop> {
        let mut memory = Memory::open(arguments, settings).await;
        let ledger = memory.client_ledger();
        let connection = match arguments.sandbox {
            true => Connection::to_sandbox(settings, console, ledger).await?,
            false => Connection::open(settings, environment, ledger)?,
        };
        let look_back_hours = look_back_hours(arguments, settings);
        memory.belong_to(&connection.client, effective(look_back_hours)).await.map_err(no_token)?;
        let addresses = inputs.distinct_addresses();
        let known = memory.recall(&addresses).await;
        let used = memory.quota_used(&pace::deciding(&connection.quota)).await;
        Ok(Self { connection, memory, look_back_hours, addresses, known, used })
    }

    async fn go(
        self,
        arguments: &StatsArguments,
        inputs: Inputs,
        mut file: Option<OutputFile>,
        signals: &mut Signals,
        console: &mut Console,
    ) -> Result<Exit, Stop> {
        let Self { mut connection, memory, look_back_hours, addresses, known, used } = self;
        let endpoint = connection.client.endpoint().url().to_owned();
        let summary = Summary::new(endpoint, effective(look_back_hours), source(connection.client.endpoint()));
        let (results, notes) = console.split();
        let mut progress = Progress::new(notes, arguments.quiet, &connection.quota, memory.answers_count_for());
        memory.news().into_iter().for_each(|news| progress.say(news));
        progress.announce(inputs.left_out, addresses.len(), known.len(), used);

        let (mut writer, colors, width) = destination(&mut file, results, Some(progress.bar()));
        let results = Results { writer: &mut *writer, colors, width };
        let mut report = Report::new(output::of(&arguments.output, results)?, inputs, summary);
        for (ip, answer) in known {
            let outcome = Outcome::Answered(answer);
            progress.note(&outcome);
            report.remembered(ip, outcome)?;
        }
        let to_ask: Vec<_> = addresses.into_iter().filter(|ip| !report.is_known(*ip)).collect();
        let Connection { client, waits, .. } = &mut connection;
        let question = Question { client, look_back_hours, memory: &memory, waits, signals };
        let end = ask::ask(question, &to_ask, &mut report, &mut progress).await?;
        progress.clear();
        let summary = match end {
            End::Stopped => report.abandon(),
            _ => report.finish()?,
        };
        drop(writer);
        conclude(&end, &summary, &memory, file, &mut progress, arguments.output.format)
    }
}

/// Tells how it ended, and puts the file in its place if it is complete.
fn conclude(
    end: &End,
    summary: &Summary,
    memory: &Memory,
    file: Option<OutputFile>,
    progress: &mut Progress<'_>,
    format: Format,
) -> Result<Exit, Stop> {
    memory.news().into_iter().for_each(|news| progress.say(news));
    if format.has_no_summary() && summary.not_shown > 0 {
        let (not_shown, all) = (summary.not_shown, summary.records());
        progress.remark(format_args!(
            "{not_shown} of {all} records are not shown: more devices talked to these than asked for"
        ));
    }
    let outlook = memory.outlook(progress.to_go());
    let ending = Ending { end, summary, file: file.as_ref().map(OutputFile::name), outlook };
    if let Some(text) = ending.text() {
        progress.say(text);
    }
    let exit = ending.exit();
    if let Some(file) = file.filter(|_| end.is_complete()) {
        let name = file.name().to_owned();
        file.complete()?;
        progress.remark(format_args!(
            "{} in {name}",
            counted(summary.records() - summary.not_shown, "record is", "records are")
        ));
    }
    Ok(exit)
}

/// Where the results go: to the file, to a terminal beside the bar, or to wherever standard output leads.
fn destination<'f, 'r: 'f>(
    file: &'f mut Option<OutputFile>,
    results: Results<'r>,
    bar: Option<Bar>,
) -> (Box<dyn Write + 'f>, bool, Option<u16>) {
    let Results { writer, colors, width } = results;
    match (file, width, bar) {
        (Some(file), ..) => (Box::new(file.writer()), false, None),
        (None, Some(_), Some(bar)) => (Box::new(beside(writer, bar)), colors, width),
        (None, ..) => (Box::new(writer), colors, width),
    }
}

/// The result where there is no address: nobody has to be signed in for it.
fn without_asking(
    arguments: &StatsArguments,
    settings: &Settings,
    inputs: Inputs,
    mut file: Option<OutputFile>,
    console: &mut Console,
) -> Result<Exit, Stop> {
    let endpoint = &settings.endpoint.value;
    let look_back_hours = effective(look_back_hours(arguments, settings));
    let summary = Summary::new(endpoint.url().to_owned(), look_back_hours, source(endpoint));
    let (results, _) = console.split();
    let (mut writer, colors, width) = destination(&mut file, results, None);
    let results = Results { writer: &mut *writer, colors, width };
    let summary = Report::new(output::of(&arguments.output, results)?, inputs, summary).finish()?;
    drop(writer);
    file.map(OutputFile::complete).transpose()?;
    let end = End::Complete(None);
    Ok(Ending { end: &end, summary: &summary, file: None, outlook: String::new() }.exit())
}

fn look_back_hours(arguments: &StatsArguments, settings: &Settings) -> Option<LookBackHours> {
    arguments.look_back_hours.or(settings.look_back_hours.as_ref().map(|setting| setting.value))
}

/// What the service takes where nothing is asked for.
fn effective(look_back_hours: Option<LookBackHours>) -> LookBackHours {
    look_back_hours.unwrap_or(LookBackHours::SERVICE_DEFAULT)
}

fn no_token(error: Error) -> Stop {
    Stop::Told { exit: of_refusal(&error), message: Explanation::of(&error).to_string() }
}
