//! `mde ip stats`

use std::io::Write;
use std::net::IpAddr;
use std::path::Path;
use std::time::SystemTime;

use mde_client::{Client, Endpoint, Error, LookBackHours, QuotaKey};
use mde_input::Inputs;
use mde_store::QuotaPause;

use crate::cache::Cache;
use crate::cli::{Format, StatsArguments};
use crate::commands::cached::{self, Known};
use crate::config::{CredentialRef, Settings};
use crate::connection::{Connection, source, while_signing_in};
use crate::console::{Console, Environment, Results};
use crate::exit::{ErrorText, Exit, Stop};
use crate::input::{read_input, remark_on_input, report_invalid};
use crate::interrupt::Signals;
use crate::original::Original;
use crate::output;
use crate::output::Enrichment;
use crate::output::file::{OutputFile, PARTIAL};
use crate::phrase::{plural, share};
use crate::progress::{Bar, Progress, beside};
use crate::quota::{self, RESUME_RISK, pause_text};
use crate::record::{Answer, Organization, Outcome};
use crate::report::Report;
use crate::run::{RunContext, RunEnd, make_calls};
use crate::summary::Summary;

/// What is done with addresses that are IPv4 in IPv6 form.
const MAPPED_ARE: &str = "asked about as IPv4, because what the service makes of the other form is not documented";

pub(crate) async fn run(
    arguments: &StatsArguments,
    environment: &Environment,
    console: &mut Console,
) -> Result<Exit, Stop> {
    output::check(&arguments.output)?;
    let (inputs, enrichment) = read(arguments, console)?;
    if !arguments.quiet {
        remark_on_input(&inputs, MAPPED_ARE, console);
    }
    report_invalid(&inputs, arguments.input.skip_invalid, console)?;
    let damaged = enrichment.as_ref().map_or(0, Enrichment::damaged);
    if damaged > 0 {
        let lines = plural(damaged, "line is no JSON, and gets", "lines are no JSON, and get");
        console.notify(format_args!("{lines} no columns"));
    }
    report_all_left_out(&inputs, enrichment.is_some(), console);
    let settings = Settings::resolve(&arguments.connection, environment)?;
    for note in &settings.notes {
        console.notify(note);
    }
    let file = arguments.output.output.as_deref().filter(|path| !is_standard_output(path));
    let file = file.map(OutputFile::prepare).transpose()?;
    if inputs.distinct_addresses().is_empty() && !arguments.sandbox {
        return without_asking(arguments, &settings, (inputs, enrichment), Known::default(), file, console);
    }
    if arguments.cached_only {
        let question = (inputs.distinct_addresses(), effective(look_back_hours(arguments, &settings)));
        let known = cached::look_up(arguments, &settings, environment, question, console).await?;
        return without_asking(arguments, &settings, (inputs, enrichment), known, file, console);
    }
    let mut signals = Signals::listen();
    let prepared = tokio::select! {
        biased;
        () = signals.next() => {
            let message = "interrupted before the first call".to_owned();
            return Err(Stop::Failed { exit: Exit::Interrupted, message });
        }
        prepared = PreparedRun::prepare(arguments, &settings, environment, &inputs, console) => prepared?,
    };
    prepared.go(arguments, (inputs, enrichment), file, signals, console).await
}

/// What is asked about, and the file to which columns are added, if that is wanted.
fn read(arguments: &StatsArguments, console: &mut Console) -> Result<(Inputs, Option<Enrichment>), Stop> {
    let mut standard_input = console.standard_input();
    if !arguments.output.append {
        return Ok((read_input(&arguments.input, &mut standard_input)?, None));
    }
    let (original, inputs) = Original::read(&arguments.input, &mut standard_input)?;
    Ok((inputs, Some(Enrichment::new(original)?)))
}

/// Also by the names that the system has for it: what a shell has opened there is written to, and not replaced.
fn is_standard_output(path: &Path) -> bool {
    ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].iter().any(|name| path == Path::new(name))
}

/// What the calls need.
struct PreparedRun {
    connection: Connection,
    cache: Cache,
    look_back_hours: Option<LookBackHours>,
    organization: Organization,
    /// Every address once.
    addresses: Vec<IpAddr>,
    known: Vec<(IpAddr, Answer)>,
    /// How many calls of each window are used, and how many all runs have still to make that share the quota.
    quota: (Vec<u32>, usize),
    pause: Option<QuotaPause>,
    /// When the token ends that cannot be renewed, if it is such a one.
    token_ends: Option<SystemTime>,
    /// Which windows hold, where they are not those of the contract.
    replaced_quota: Option<String>,
}

impl PreparedRun {
    async fn prepare(
        arguments: &StatsArguments,
        settings: &Settings,
        environment: &Environment,
        inputs: &Inputs,
        console: &mut Console,
    ) -> Result<Self, Stop> {
        let mut cache = Cache::open(arguments, settings, console).await;
        let ledger = cache.client_ledger();
        let mut connection = match arguments.sandbox {
            true => Connection::to_sandbox(settings, console, ledger).await?,
            false => Connection::open(settings, environment, ledger).await?,
        };
        let look_back_hours = look_back_hours(arguments, settings);
        let scope = cache.set_scope(&connection.client, effective(look_back_hours));
        let show = |text: &str| {
            if !arguments.quiet {
                console.notify(text);
            }
        };
        while_signing_in(&mut connection.waits, scope, show).await.map_err(no_token)?;
        let organization = organization(arguments, settings, cache.key());
        let addresses = inputs.distinct_addresses();
        cache.set_list(&addresses);
        let known = cache.get(&addresses).await;
        let all = cache.share_work(addresses.len() - known.len()).await;
        let quota = (cache.quota_used(&quota::tightest(&connection.quota)).await, all);
        let pause = cache.pause().await;
        let token_ends = token_end(arguments, settings, &connection.client).await;
        let replaced_quota = connection.replaced_quota(settings);
        Ok(Self {
            connection,
            cache,
            look_back_hours,
            organization,
            addresses,
            known,
            quota,
            pause,
            token_ends,
            replaced_quota,
        })
    }

    async fn go(
        self,
        arguments: &StatsArguments,
        (inputs, enrichment): (Inputs, Option<Enrichment>),
        mut file: Option<OutputFile>,
        mut signals: Signals,
        console: &mut Console,
    ) -> Result<Exit, Stop> {
        let Self {
            mut connection,
            cache,
            look_back_hours,
            organization,
            addresses,
            known,
            quota,
            pause,
            token_ends,
            replaced_quota,
        } = self;
        let endpoint = connection.client.endpoint().clone();
        let summary = summary(&endpoint, look_back_hours, organization);
        let (results, notes) = console.split();
        let mut progress = Progress::new(notes, arguments.quiet, &connection.quota, cache.answers_valid_for());
        cache.notices().into_iter().for_each(|notice| progress.notify(notice));
        replaced_quota.into_iter().for_each(|text| progress.remark(text));
        if let Some(pause) = pause {
            progress.notify(format_args!("{}\n`mde store resume` lifts it: {}", pause_text(&pause), RESUME_RISK));
        }
        progress.announce(inputs.left_out, addresses.len(), known.len(), quota);

        let (mut writer, colors, width) = destination(&mut file, results, Some(progress.bar()));
        let results = Results { writer: &mut *writer, colors, width };
        let output = output::of(&arguments.output, enrichment, results)?;
        let mut report = Report::new(output, inputs, summary);
        for (ip, answer) in known {
            let outcome = Outcome::Answered(answer);
            progress.note(&outcome);
            report.cached(ip, outcome)?;
        }
        token_ends.into_iter().for_each(|end| progress.compare_with_token(end));
        let to_ask: Vec<_> = addresses.into_iter().filter(|ip| !report.is_known(*ip)).collect();
        let Connection { client, waits, .. } = &mut connection;
        let context = RunContext { client, look_back_hours, cache: &cache, waits, signals: &mut signals };
        let end = make_calls(context, &to_ask, &mut report, &mut progress).await?;
        // From now on one signal ends the process, which may wait for who reads what it writes.
        drop(signals);
        progress.clear();
        let summary = match end {
            RunEnd::Stopped => report.abandon(),
            _ => report.finish()?,
        };
        drop(writer);
        conclude(&end, &summary, &cache, file, &mut progress, arguments.output.format)
    }
}

/// Reports the end of the run, and writes the file if the list is complete.
fn conclude(
    end: &RunEnd,
    summary: &Summary,
    cache: &Cache,
    mut file: Option<OutputFile>,
    progress: &mut Progress<'_>,
    format: Format,
) -> Result<Exit, Stop> {
    cache.notices().into_iter().for_each(|notice| progress.notify(notice));
    let (remark, warning) = on_records(summary, format);
    remark.into_iter().for_each(|text| progress.remark(text));
    warning.into_iter().for_each(|text| progress.notify(text));
    let resume = cache.resume_text(progress.to_go());
    let partial = file.as_mut().filter(|_| end.has_partial(summary)).and_then(|file| {
        let kept = file.keep_partial();
        kept.unwrap_or_else(|problem| {
            progress.notify(problem);
            None
        })
    });
    let names = file.as_ref().map(|file| (file.name(), partial.as_deref()));
    if let Some(text) = end.text(summary, names, &resume) {
        progress.notify(text);
    }
    if let Some(file) = file.filter(|_| end.is_complete()) {
        progress.remark(complete(file, summary)?);
    }
    Ok(end.exit(summary))
}

/// Writes the file of a complete list, and describes it.
fn complete(file: OutputFile, summary: &Summary) -> Result<String, Stop> {
    let (name, superseded) = (file.name().to_owned(), file.partial_is_there());
    file.complete()?;
    let records = match summary.rows {
        Some(rows) => plural(rows, "row is", "rows are"),
        None => plural(summary.records() - summary.not_shown, "record is", "records are"),
    };
    let superseded = match superseded {
        true => format!("; {name}{PARTIAL} of an earlier run is still there"),
        false => String::new(),
    };
    Ok(format!("{records} in {name}{superseded}"))
}

/// What is left out of an output that does not show it itself, and a warning of answers that are not to be relied on.
fn on_records(summary: &Summary, format: Format) -> (Option<String>, Option<String>) {
    let is_without_reasons = format.has_no_summary() || format == Format::Json;
    let not_shown = (is_without_reasons && summary.not_shown > 0).then(|| {
        let not_shown = share(summary.not_shown, summary.records(), "record", "records");
        format!("{not_shown} not shown: {}", summary.not_shown_because)
    });
    let answers = match summary.contradictory {
        0 => return (not_shown, None),
        1 => "1 answer contradicts itself, and is".to_owned(),
        count => format!("{count} answers contradict themselves, and are"),
    };
    let warning =
        format!("{answers} not taken as unseen; ask again with --max-age 0s, or look for the address by other means");
    (not_shown, Some(warning))
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

/// The result without any call, for which no credential is needed.
fn without_asking(
    arguments: &StatsArguments,
    settings: &Settings,
    (inputs, enrichment): (Inputs, Option<Enrichment>),
    known: Known,
    mut file: Option<OutputFile>,
    console: &mut Console,
) -> Result<Exit, Stop> {
    let organization = organization(arguments, settings, known.key.as_ref());
    let summary = summary(&settings.endpoint.value, look_back_hours(arguments, settings), organization);
    let (results, _) = console.split();
    let (mut writer, colors, width) = destination(&mut file, results, None);
    let results = Results { writer: &mut *writer, colors, width };
    let output = output::of(&arguments.output, enrichment, results)?;
    let mut report = Report::new(output, inputs, summary);
    for (ip, outcome) in known.outcomes {
        match outcome {
            Outcome::Answered(_) => report.cached(ip, outcome)?,
            Outcome::Failed(_) => report.note(ip, outcome)?,
        }
    }
    let summary = report.finish()?;
    drop(writer);
    let (remark, warning) = on_records(&summary, arguments.output.format);
    remark.filter(|_| !arguments.quiet).into_iter().chain(warning).for_each(|text| console.notify(text));
    let written = file.map(|file| complete(file, &summary)).transpose()?;
    written.filter(|_| !arguments.quiet).into_iter().for_each(|text| console.notify(text));
    Ok(RunEnd::Complete(None).exit(&summary))
}

fn summary(endpoint: &Endpoint, look_back_hours: Option<LookBackHours>, organization: Organization) -> Summary {
    Summary::new(endpoint.url().to_owned(), effective(look_back_hours), source(endpoint), organization)
}

/// By the token in use, once it is known, and by the settings, which do not apply to the embedded sandbox.
fn organization(arguments: &StatsArguments, settings: &Settings, key: Option<&QuotaKey>) -> Organization {
    let organization = if arguments.sandbox { Organization::default() } else { Organization::of_settings(settings) };
    match key {
        Some(key) => organization.of_token(key),
        None => organization,
    }
}

/// When the token of the environment ends: any other credential renews its tokens.
async fn token_end(arguments: &StatsArguments, settings: &Settings, client: &Client) -> Option<SystemTime> {
    let credential = settings.credential.as_ref().filter(|_| !arguments.sandbox)?;
    let CredentialRef::Token(_) = credential.value else { return None };
    // What is wrong with the token shows in the first call.
    client.token_claims().await.ok().flatten()?.expires_at
}

fn look_back_hours(arguments: &StatsArguments, settings: &Settings) -> Option<LookBackHours> {
    arguments.look_back_hours.or(settings.look_back_hours.as_ref().map(|setting| setting.value))
}

/// The default of the service.
fn effective(look_back_hours: Option<LookBackHours>) -> LookBackHours {
    look_back_hours.unwrap_or(LookBackHours::SERVICE_DEFAULT)
}

fn no_token(error: Error) -> Stop {
    Stop::Failed { exit: Exit::of_error(&error), message: ErrorText::of(&error).to_string() }
}

/// Reports that there is nothing to ask about, because `--public-only` left nothing or a text holds no address.
/// Columns are added all the same.
fn report_all_left_out(inputs: &Inputs, adds_columns: bool, console: &mut Console) {
    let reason = match inputs.left_out {
        _ if !inputs.entries.is_empty() => return,
        0 => "no address was found".to_owned(),
        1 => "the only address is not public, and --public-only leaves it out".to_owned(),
        count => format!("none of the {count} addresses is public, and --public-only leaves them out"),
    };
    let consequence = if adds_columns { "no call is needed" } else { "nothing to ask" };
    console.notify(format_args!("{consequence}: {reason}"));
}
