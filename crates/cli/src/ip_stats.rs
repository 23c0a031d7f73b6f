//! `mde ip stats`

use mde_client::{Error, ErrorKind, LookBackHours};

use crate::args::{Format, StatsArguments};
use crate::ask::{self, End};
use crate::connection::Connection;
use crate::exit::{Exit, Stop};
use crate::explanation::Explanation;
use crate::input::{self, Entry, Inputs};
use crate::quota_flag::windows_text;
use crate::record::Summary;
use crate::report::Report;
use crate::settings::Settings;
use crate::{Console, Environment, output, pace};

pub(crate) async fn run(
    arguments: &StatsArguments,
    environment: &Environment,
    console: &mut Console,
) -> Result<Exit, Stop> {
    let inputs = input::read(&arguments.input, &mut console.standard_input())?;
    tell_invalid(&inputs, arguments.input.skip_invalid, console)?;
    let addresses = inputs.distinct_addresses();
    let settings = Settings::resolve(&arguments.connection, environment)?;
    for note in &settings.notes {
        console.say(note);
    }
    let mut connection = match arguments.sandbox {
        true => Connection::to_sandbox(&settings, console).await?,
        false => Connection::open(&settings, environment, None)?,
    };
    announce_pace(addresses.len(), &connection, console);

    let look_back_hours = arguments.look_back_hours;
    let effective = look_back_hours.unwrap_or(LookBackHours::SERVICE_DEFAULT);
    let endpoint = connection.client.endpoint().url().to_owned();
    let summary = Summary::new(endpoint, effective, connection.source());
    let (results, mut notes) = console.split();
    let output = output::of(&arguments.output, results)?;
    let arguments_given = inputs.entries.len();
    let mut report = Report::new(output, inputs, summary);
    let end = ask::ask(&mut connection, look_back_hours, &addresses, &mut report, &mut notes).await?;
    let summary = report.finish()?;
    console.flush()?;
    tell_not_shown(arguments, &summary, console);
    tell_end(&end, &summary, arguments_given, console);
    Ok(exit(&end, &summary))
}

/// Names every argument that is no address. Without leave to skip them, that is the end.
fn tell_invalid(inputs: &Inputs, skip: bool, console: &mut Console) -> Result<(), Stop> {
    let invalid: Vec<_> =
        inputs.entries.iter().filter_map(|entry| Some((entry, entry.address.as_ref().err()?))).collect();
    if invalid.is_empty() {
        return Ok(());
    }
    for (Entry { text, place, .. }, problem) in &invalid {
        console.say(format_args!("{place} is no IP address: {text:?} {problem}"));
    }
    if skip {
        return Ok(());
    }
    Err(Stop::usage("nothing was asked; --skip-invalid would go on with the rest"))
}

/// Says how long it will take, where the quota does not let all calls through at once.
fn announce_pace(calls: usize, connection: &Connection, console: &mut Console) {
    if calls > connection.tightest_window() {
        let windows = windows_text(&connection.quota);
        let time = pace::text(pace::duration(calls, &connection.quota));
        console.say(format_args!("{calls} calls to make; by the quota of {windows} that takes about {time}"));
    }
}

/// Says what was left out, where the format has no place to say so.
fn tell_not_shown(arguments: &StatsArguments, summary: &Summary, console: &mut Console) {
    let has_no_place = matches!(arguments.output.format, Format::Csv | Format::Ndjson);
    if summary.not_shown > 0 && has_no_place && !arguments.quiet {
        let (not_shown, all) = (summary.not_shown, summary.records());
        console.say(format_args!(
            "{not_shown} of {all} records are not shown: more devices talked to these than asked for"
        ));
    }
}

fn tell_end(end: &End, summary: &Summary, arguments_given: usize, console: &mut Console) {
    let (failed, all) = (summary.failed, arguments_given);
    match end {
        End::Complete(None) => {}
        End::Complete(Some((address, error))) => {
            let explanation = Explanation::of(error);
            console.say(format_args!("{failed} of {all} failed, first {address}: {explanation}"));
        }
        End::Refused(error) => console.say(Explanation::of(error)),
        End::Interrupted => {
            let known = summary.records();
            console.say(format_args!("interrupted; {known} of {all} are known, and written"));
        }
    }
}

fn exit(end: &End, summary: &Summary) -> Exit {
    let nothing_answered = summary.answered() == 0;
    match end {
        End::Interrupted => Exit::Interrupted,
        End::Refused(error) if nothing_answered => of_refusal(error),
        End::Complete(Some(_)) if nothing_answered => Exit::Unavailable,
        _ if summary.failed > 0 || summary.invalid > 0 => Exit::Incomplete,
        _ => Exit::Success,
    }
}

fn of_refusal(error: &Error) -> Exit {
    match error.kind() {
        ErrorKind::Configuration => Exit::Usage,
        _ => Exit::Credential,
    }
}
