//! `mde ip stats`

use mde_client::{Error, ErrorKind, LookBackHours};

use crate::args::StatsArguments;
use crate::ask::{self, End};
use crate::connection::Connection;
use crate::exit::{Exit, Stop};
use crate::explanation::Explanation;
use crate::input;
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
    input::tell_invalid(&inputs, arguments.input.skip_invalid, console)?;
    input::tell_all_left_out(&inputs, console);
    let addresses = inputs.distinct_addresses();
    let settings = Settings::resolve(&arguments.connection, environment)?;
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
    tell_end(&end, &summary, arguments_given, console);
    Ok(exit(&end, &summary))
}

/// Says how long it will take, where the quota does not let all calls through at once.
fn announce_pace(calls: usize, connection: &Connection, console: &mut Console) {
    if calls > connection.tightest_window() {
        let windows = windows_text(&connection.quota);
        let time = pace::text(pace::duration(calls, &connection.quota));
        console.say(format_args!("{calls} calls to make; by the quota of {windows} that takes about {time}"));
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
