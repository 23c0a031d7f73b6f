//! A token that cannot be renewed, and ends before the job does.
#![cfg(unix)]

use std::process::Stdio;
use std::time::{Duration, SystemTime};

use crate::gate::{Gate, token_until};
use crate::{Run, Running, mde};

fn in_minutes(minutes: u64) -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    (now + Duration::from_secs(60 * minutes)).as_secs()
}

/// Three calls, of which each takes an hour, with a token that ends in so many minutes.
fn announced(minutes: u64, arguments: &[&str]) -> Vec<String> {
    let gate = Gate::open();
    let addresses = ["198.51.100.1", "198.51.100.2", "198.51.100.3"];
    let mut command = mde(&[&["ip", "stats", "-f", "ndjson", "--quota", "1/1h"], arguments, &addresses].concat());
    gate.ask(&mut command).env("MDE_TOKEN", token_until(in_minutes(minutes)));
    let mut running = Running::of(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    // By the first answer all has been announced.
    running.lines(1);
    running.terminate();
    let mut err = String::new();
    std::io::Read::read_to_string(&mut running.0.stderr.take().unwrap(), &mut err).unwrap();
    // Of the progress, there may be a line.
    let is_progress = |line: &&str| [" done: ", "interrupted"].iter().any(|text| line.contains(text));
    err.lines().take_while(|line| !is_progress(line)).map(str::to_owned).collect()
}

#[test]
fn it_is_reported_before_the_first_call() {
    let announced = announced(90, &[]);
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "[end]");
    // A second may have gone by.
    settings.add_filter(r"in 1 h 30 min", "in [left]");
    settings.bind(|| insta::assert_snapshot!(announced.join("\n"), @r"
    mde: the quota of 1/1h replaces the contract's 100/1m,1500/1h: the endpoint is on this machine
    mde: 3 calls to make; ETA about 2 h, by the quota of 1/1h
    mde: MDE_TOKEN ends at [end], in [left], and cannot be renewed: about 2 of 3 calls can be made until then, and all of them take about 2 h
    use a credential that renews its tokens (mde config show --help), or run the same command with a new token when this one has ended
    "));
}

/// A warning is no progress.
#[test]
fn quiet_does_not_hide_it() {
    let announced = announced(5, &["--quiet"]);
    assert!(announced.iter().any(|line| line.contains("about 1 of 3 calls can be made until then")), "{announced:?}");
}

#[test]
fn one_that_lasts_is_not_mentioned() {
    for minutes in [125, 100_000] {
        let announced = announced(minutes, &[]);
        assert!(!announced.iter().any(|line| line.contains("MDE_TOKEN")), "{announced:?}");
    }
}

/// Where all is cached, and where the quota lets all calls go at once, nothing is to be waited for.
#[test]
fn a_short_job_is_not_delayed_by_it() {
    let gate = Gate::open();
    let mut command = mde(&["ip", "stats", "-f", "ndjson", "198.51.100.1", "198.51.100.2"]);
    gate.ask(&mut command).env("MDE_TOKEN", token_until(in_minutes(1)));
    let run = Run::from(command.output().unwrap());
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
}

/// The clock may be wrong, so that the service decides.
#[test]
fn one_that_has_ended_is_used_and_named() {
    let gate = Gate::open();
    let mut command = mde(&["ip", "stats", "-f", "ndjson", "198.51.100.1"]);
    gate.ask(&mut command).env("MDE_TOKEN", token_until(1_600_000_000));
    let run = Run::from(command.output().unwrap());
    assert_eq!(run.code, Some(0));
    assert_eq!(run.err, "mde: MDE_TOKEN ended at 2020-09-13T12:26:40Z, by the clock of this machine\n");
}

/// Years that no calendar has.
#[test]
fn one_that_ends_in_the_far_future_is_named_as_such() {
    let gate = Gate::open();
    let quota = format!("1/{}h", u32::MAX);
    let mut command = mde(&["ip", "stats", "-f", "ndjson", "--quota", &quota, "198.51.100.1", "198.51.100.2"]);
    gate.ask(&mut command).env("MDE_TOKEN", token_until(9_000_000_000_000));
    let mut running = Running::of(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    running.lines(1);
    running.terminate();
    let mut err = String::new();
    std::io::Read::read_to_string(&mut running.0.stderr.take().unwrap(), &mut err).unwrap();
    assert!(err.contains("MDE_TOKEN ends at the far future, in "), "{err}");
}
