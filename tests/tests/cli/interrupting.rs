//! Ctrl-C during a list or a write, and resuming.
#![cfg(unix)]

use std::io::{PipeReader, PipeWriter, Read, pipe};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::gate::Gate;
use crate::{Run, Running, fresh_folder, mde};

/// More than are in flight at once, and too few to be announced.
fn addresses() -> Vec<String> {
    (0..20).map(|last| format!("198.51.100.{last}")).collect()
}

pub(crate) fn command(gate: &Gate, arguments: &[&str]) -> Command {
    let addresses = addresses();
    let addresses: Vec<_> = addresses.iter().map(String::as_str).collect();
    let mut command = mde(&[&["ip", "stats", "--format", "ndjson"], arguments, &addresses].concat());
    gate.ask(&mut command);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub(crate) fn signal(child: &Child, name: &str) {
    let kill = format!("kill -{name} {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

/// What is left of its output, and its end.
pub(crate) fn end(running: &mut Running) -> Run {
    let (mut out, mut err) = (String::new(), String::new());
    running.0.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    running.0.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    Run { out, err, code: running.0.wait().unwrap().code() }
}

/// Three are answered and eight in flight.
pub(crate) fn with_calls_in_flight(gate: &Gate, command: &mut Command) -> Running {
    let running = Running::of(command);
    gate.lets(3);
    gate.is_asked(3 + 8);
    running
}

#[test]
fn calls_in_flight_are_awaited_and_no_other_begins() {
    for name in ["INT", "TERM", "HUP"] {
        let gate = Gate::start();
        let mut running = with_calls_in_flight(&gate, &mut command(&gate, &[]));
        signal(&running.0, name);
        assert_eq!(running.first_note(), "mde: waiting for 8 calls in flight; press Ctrl-C again to stop at once\n");
        gate.lets(100);
        let run = end(&mut running);
        assert_eq!((run.code, gate.asked()), (Some(130), 11), "{name}");
        assert_eq!(run.out.lines().count(), 11, "{name}");
        insta::allow_duplicates!(insta::assert_snapshot!(run.err, @r"
        mde: interrupted: 11 of 20 records are known, and written
        run the same command again to resume: 11 answers are cached, 9 calls to go
        "));
    }
}

#[test]
fn the_same_command_goes_on() {
    let (gate, store) = (Gate::start(), fresh_folder());
    let mut running = with_calls_in_flight(&gate, command(&gate, &[]).env("MDE_STORE", &store));
    signal(&running.0, "INT");
    running.first_note();
    gate.lets(100);
    assert_eq!(end(&mut running).code, Some(130));

    let run = Run::from(command(&gate, &[]).env("MDE_STORE", &store).output().unwrap());
    assert_eq!((run.code, gate.asked()), (Some(0), 20), "each address is asked about once");
    let records: Vec<serde_json::Value> = run.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let inputs: Vec<_> = records.iter().map(|record| record["input"].as_str().unwrap()).collect();
    assert_eq!(inputs, addresses(), "in the order of the input");
    assert_eq!(records.iter().filter(|record| record["fromMemory"] == true).count(), 11);
}

/// What is claimed and not begun is free for others at once.
#[test]
fn another_process_goes_on_while_calls_in_flight_are_awaited() {
    let (gate, store) = (Gate::start(), fresh_folder());
    let mut interrupted = with_calls_in_flight(&gate, command(&gate, &[]).env("MDE_STORE", &store));
    signal(&interrupted.0, "INT");
    interrupted.first_note();
    let mut other = Running::of(command(&gate, &[]).env("MDE_STORE", &store));
    gate.is_asked(3 + 8 + 1);
    assert_eq!(gate.last(), "/api/ips/198.51.100.11/stats");
    gate.lets(100);
    assert_eq!(end(&mut interrupted).code, Some(130));
    let run = end(&mut other);
    assert_eq!((run.code, run.out.lines().count(), gate.asked()), (Some(0), 20, 20), "{}", run.err);
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let (gate, store) = (Gate::start(), fresh_folder());
    let mut running = with_calls_in_flight(&gate, command(&gate, &[]).env("MDE_STORE", &store));
    signal(&running.0, "INT");
    running.first_note();
    signal(&running.0, "INT");
    let run = end(&mut running);
    // The second and the third answer may have come before that of an earlier address.
    assert!(run.code == Some(130) && (1..=3).contains(&run.out.lines().count()), "{:?} {}", run.code, run.out);
    insta::assert_snapshot!(run.err, @r"
    mde: stopped at once
    run the same command again to resume: 3 answers are cached, 17 calls to go
    ");

    gate.lets(100);
    let run = Run::from(command(&gate, &[]).env("MDE_STORE", &store).output().unwrap());
    assert_eq!((run.code, gate.asked()), (Some(0), 11 + 17), "what was kept is not asked again");
}

/// As `nohup` has it, and a shell that begins a job in the background: the run is to outlive the signal.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_was_ignored_before_stays_ignored() {
    for (ignored, other) in [("INT", "TERM"), ("TERM", "HUP"), ("HUP", "INT")] {
        let gate = Gate::start();
        let mut running = with_calls_in_flight(&gate, &mut ignoring(ignored, &command(&gate, &[])));
        signal(&running.0, ignored);
        gate.lets(100);
        let run = end(&mut running);
        assert_eq!((run.code, run.out.lines().count(), run.err.as_str()), (Some(0), 20, ""), "{ignored}");

        let gate = Gate::start();
        let mut running = with_calls_in_flight(&gate, &mut ignoring(ignored, &command(&gate, &[])));
        signal(&running.0, other);
        running.first_note();
        gate.lets(100);
        assert_eq!(end(&mut running).code, Some(130), "{other} where {ignored} is ignored");
    }
}

/// The same command, begun by a shell that ignores the signal.
#[cfg(target_os = "linux")]
fn ignoring(signal: &str, command: &Command) -> Command {
    let mut shell = Command::new("sh");
    let script = format!(r#"trap '' {signal}; exec "$@""#);
    shell.args(["-c", &script, "sh"]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.stdout(Stdio::piped()).stderr(Stdio::piped());
    shell
}

/// A pipe that is full, and that nothing is read from. Writes to it block, for the blocking mode is restored.
fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, writer) = pipe().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let writer = runtime.block_on(async {
        let sender = tokio::net::unix::pipe::Sender::from_owned_fd(writer.into()).unwrap();
        sender.writable().await.unwrap();
        while sender.try_write(&[b'\n'; 4096]).is_ok() {}
        sender.into_blocking_fd().unwrap()
    });
    (reader, writer.into())
}

/// The exit code, or none if it goes on.
fn code_in_time(running: &mut Running) -> Option<i32> {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(30) {
        if let Some(status) = running.0.try_wait().unwrap() {
            return status.code();
        }
        thread::sleep(Duration::from_millis(5));
    }
    running.0.kill().unwrap();
    running.0.wait().unwrap().code()
}

/// Its thread waits for the reader, and cannot note the signal.
#[test]
fn a_signal_ends_it_although_its_results_are_not_read() {
    let (gate, store) = (Gate::open(), fresh_folder());
    let mut first = mde(&["ip", "stats", "--format", "ndjson", &addresses()[0]]);
    assert_eq!(Run::from(gate.ask(&mut first).env("MDE_STORE", &store).output().unwrap()).code, Some(0));

    let (_reader, writer) = full_pipe();
    let mut asking = command(&gate, &["--quota", "3/1h"]);
    let mut running = Running::of(asking.env("MDE_STORE", &store).stdout(writer));
    // Next, it writes the cached answer of the first address.
    running.lines_of_errors(2);
    signal(&running.0, "INT");
    assert_eq!((code_in_time(&mut running), gate.asked()), (Some(130), 1));
}

/// The list is complete, and so one signal is enough.
#[tokio::test]
async fn a_signal_ends_it_although_its_pipe_is_not_read() {
    let gate = Gate::open();
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let _reader = tokio::net::unix::pipe::OpenOptions::new().open_receiver(&fifo).unwrap();
    let writer = tokio::net::unix::pipe::OpenOptions::new().open_sender(&fifo).unwrap();
    writer.writable().await.unwrap();
    while writer.try_write(&[b'\n'; 4096]).is_ok() {}
    let arguments = ["--format", "csv", "--unseen-only", "--output", fifo.to_str().unwrap()];
    let addresses = addresses();
    let addresses: Vec<_> = addresses.iter().map(String::as_str).collect();
    let mut asking = mde(&[&["ip", "stats"], &arguments[..], &addresses].concat());
    let mut running = Running::of(gate.ask(&mut asking).stderr(Stdio::piped()));
    // The last note before it writes.
    let note = running.first_note();
    assert!(note.contains("20 of 20 records are not shown"), "{note}");
    signal(&running.0, "INT");
    assert_eq!(code_in_time(&mut running), Some(130));
}

#[test]
fn a_sandbox_ends_although_its_output_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("ca.pem");
    let (_reader, writer) = full_pipe();
    let mut sandbox = mde(&["sandbox", "--tls", "--tls-ca", certificate.to_str().unwrap()]);
    let mut running = Running::of(sandbox.stdout(writer).stderr(Stdio::piped()));
    // The last step before its first output.
    while !certificate.exists() {
        assert_eq!(running.0.try_wait().unwrap(), None);
        thread::sleep(Duration::from_millis(5));
    }
    signal(&running.0, "INT");
    assert_eq!(code_in_time(&mut running), Some(130));
}

/// By a quota of three an hour the fourth call waits for long.
#[test]
fn a_wait_for_the_quota_ends_too() {
    let gate = Gate::open();
    let mut running = Running::of(&mut command(&gate, &["--quota", "3/1h"]));
    let announced = running.lines_of_errors(3);
    signal(&running.0, "INT");
    let run = end(&mut running);
    assert_eq!((run.code, run.out.lines().count(), gate.asked()), (Some(130), 3, 3));
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"waiting 1 h( 1 min)?", "waiting 1 h");
    settings.add_filter(r"quota \d/3", "quota N/3");
    // The calls in flight may wait before their first companions are answered.
    settings.add_filter(r"\d of 20 done: \d seen", "N of 20 done: N seen");
    settings.add_filter(r"; ETA about [56] h( 10 min)?", "; ETA N h");
    settings.bind(|| {
        insta::assert_snapshot!(announced.join("\n") + "\n" + &run.err, @r"
        mde: the quota of 3/1h replaces the contract's 100/1m,1500/1h: the endpoint is on this machine
        mde: 20 calls to make; ETA N h, by the quota of 3/1h
        mde: N of 20 done: N seen, 0 unseen, 0 failed, 0 cached; quota N/3 per h; waiting 1 h for the quota; ETA N h
        mde: interrupted: 3 of 20 records are known, and written
        run the same command again to resume: 3 answers are cached, 17 calls to go
        ");
    });
}

/// The warning comes before the first call, not after an hour.
#[test]
fn a_job_that_takes_longer_than_max_age() {
    let gate = Gate::open();
    let mut running = Running::of(&mut command(&gate, &["--quota", "3/1h", "--max-age", "1h"]));
    let announced = running.lines_of_errors(2);
    signal(&running.0, "INT");
    assert_eq!(end(&mut running).code, Some(130));
    insta::assert_snapshot!(
        announced[1],
        @"mde: 20 calls to make; ETA about 6 h, by the quota of 3/1h; that is longer than cached answers are valid (1 h): set a longer --max-age to be able to resume"
    );
}

#[test]
fn a_quiet_wait_reports_only_the_interruption() {
    let gate = Gate::open();
    let mut running = Running::of(&mut command(&gate, &["--quota", "3/1h", "--quiet"]));
    running.lines(3);
    signal(&running.0, "INT");
    let run = end(&mut running);
    assert_eq!(run.code, Some(130));
    insta::assert_snapshot!(run.err, @r"
        mde: interrupted: 3 of 20 records are known, and written
        run the same command again to resume: 3 answers are cached, 17 calls to go
        ");
}

/// No quota is spent on results that are not read, and calls in flight when the reader goes away are cached.
#[test]
fn a_broken_pipe_stops_asking() {
    for (read, on_the_wire) in [(0, 1), (1, 8)] {
        let (gate, store) = (Gate::start(), fresh_folder());
        let addresses: Vec<_> = (0..200).map(|last| format!("198.51.100.{last}")).collect();
        let addresses: Vec<_> = addresses.iter().map(String::as_str).collect();
        let mut command =
            mde(&[&["ip", "stats", "--quiet", "--format", "ndjson", "--quota=200/1h"], &addresses[..]].concat());
        gate.ask(&mut command).env("MDE_STORE", &store).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = Running::of(&mut command);
        gate.lets(read);
        running.lines(read);
        drop(running.0.stdout.take());
        gate.is_asked(read + on_the_wire);
        gate.lets(1000);
        let mut err = String::new();
        running.0.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert_eq!((running.0.wait().unwrap().code(), err.as_str()), (Some(0), ""));
        let asked = gate.asked();
        assert!(if read == 0 { asked == 1 } else { asked < 200 }, "{asked} calls");

        let known = &addresses[..asked.min(9)];
        let mut command = mde(&[&["ip", "stats", "--format", "csv", "--quota=200/1h"], known].concat());
        let run = Run::from(gate.ask(&mut command).env("MDE_STORE", &store).output().unwrap());
        assert_eq!((run.code, gate.asked()), (Some(0), asked));
    }
}

/// Nothing is missing, so the list is complete.
#[test]
fn during_the_last_calls_it_changes_nothing() {
    let gate = Gate::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("answers.csv");
    let mut command = mde(&["ip", "stats", "8.8.8.8", "1.1.1.1", "-f", "csv", "-o", path.to_str().unwrap()]);
    gate.ask(&mut command);
    let mut running = Running::of(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    gate.lets(1);
    gate.is_asked(2);
    signal(&running.0, "INT");
    assert_eq!(running.first_note(), "mde: waiting for 1 call in flight; press Ctrl-C again to stop at once\n");
    gate.lets(1);
    let run = end(&mut running);
    assert_eq!((run.code, std::fs::read_to_string(&path).unwrap().lines().count()), (Some(0), 3), "{}", run.err);
}
