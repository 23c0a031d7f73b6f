//! What is cached between runs, and what is not.

use std::path::Path;
use std::process::Stdio;

use mde_tests::{Scripted, Step};

use crate::gate::{Gate, token};
use crate::{Run, Running, Variables, fresh_folder, mde};

fn ask(gate: &Gate, store: &Path, arguments: &[&str], variables: Variables<'_>) -> Run {
    let mut command = mde(&[&["ip", "stats", "198.51.100.1", "198.51.100.2", "-f", "ndjson"], arguments].concat());
    gate.ask(&mut command).env("MDE_STORE", store).envs(variables.iter().copied());
    command.output().unwrap().into()
}

fn is_from_cache(run: &Run) -> Vec<bool> {
    let records = run.out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    records.map(|record| record["fromMemory"] == true).collect()
}

#[test]
fn the_same_question_is_answered_from_the_cache() {
    let (gate, store) = (Gate::open(), fresh_folder());
    let first = ask(&gate, &store, &[], &[]);
    assert_eq!((first.code, gate.asked(), is_from_cache(&first)), (Some(0), 2, vec![false, false]));
    // 720 is the default of the service.
    for arguments in [&[][..], &["--look-back-hours", "720"], &["--max-age", "1d"], &["192.0.2.1"]] {
        let again = ask(&gate, &store, arguments, &[]);
        assert_eq!((again.code, again.err.as_str()), (Some(0), ""));
        assert!(again.out.starts_with(&first.out[..40]), "{}", again.out);
        assert_eq!(is_from_cache(&again)[..2], [true, true], "{arguments:?}");
    }
    assert_eq!((gate.asked(), gate.last().as_str()), (3, "/api/ips/192.0.2.1/stats"));
}

/// Each of these changes the question or the account.
#[test]
fn another_question_makes_a_call() {
    let (gate, other_gate, store) = (Gate::open(), Gate::open(), fresh_folder());
    let (other_tenant, other_app) = (token("tenant-2", "app-1"), token("tenant-1", "app-2"));
    ask(&gate, &store, &[], &[]);
    let cases: [(&[&str], Variables<'_>); 6] = [
        (&["--look-back-hours", "48"], &[]),
        (&["--max-age", "0s"], &[]),
        (&["--no-store"], &[]),
        (&[], &[("MDE_TOKEN", &other_tenant)]),
        (&[], &[("MDE_TOKEN", &other_app)]),
        (&[], &[("MDE_ENDPOINT", other_gate.url())]),
    ];
    for (index, (arguments, variables)) in cases.into_iter().enumerate() {
        let run = ask(&gate, &store, arguments, variables);
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{arguments:?}");
        assert_eq!(gate.asked() + other_gate.asked(), 2 * (index + 2), "{arguments:?} {variables:?}");
        assert_eq!(is_from_cache(&run), [false, false], "{arguments:?}");
    }
}

/// Some gateways put one before each body, which is cached as it came.
#[tokio::test]
async fn an_answer_behind_a_byte_order_mark_is_cached() {
    let body = "\u{feff}{\"ipAddress\":\"198.51.100.1\",\"organizationPrevalence\":2,\"orgFirstSeen\":null,\"orgLastSeen\":null}";
    let (server, store) = (Scripted::start([Step::json(body)]).await.unwrap(), fresh_folder());
    for from_cache in [false, true] {
        let mut command = mde(&["ip", "stats", "198.51.100.1", "-f", "ndjson"]);
        command.env("MDE_ENDPOINT", server.url()).env("MDE_TOKEN", token("tenant-1", "app-1")).env("MDE_STORE", &store);
        let run = Run::from(tokio::process::Command::from(command).output().await.unwrap());
        assert_eq!((run.code, is_from_cache(&run)), (Some(0), vec![from_cache]), "{}", run.err);
    }
}

/// Two processes with the same list at the same time. Of what is asked about while both are there, nothing is asked twice,
/// not even where cached answers do not count.
#[test]
fn two_at_once_share_a_list() {
    let addresses: Vec<_> = (0..20).map(|last| format!("198.51.100.{last}")).collect();
    let addresses: Vec<_> = addresses.iter().map(String::as_str).collect();
    let cases: [(&[&str], usize); 3] = [(&[], 20), (&["--max-age", "0s"], 20), (&["--no-store"], 40)];
    for (arguments, calls) in cases {
        let (gate, store) = (Gate::start(), fresh_folder());
        let begin = || {
            let mut command = mde(&[&["ip", "stats", "--format", "ndjson"], arguments, &addresses].concat());
            gate.ask(&mut command)
                .env("MDE_STORE", &store)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        };
        let first = begin();
        gate.is_asked(1);
        let second = begin();
        gate.is_asked(2);
        gate.lets(1000);
        let runs = [first, second].map(|child| Run::from(child.wait_with_output().unwrap()));
        let mut own = 0;
        for run in &runs {
            assert_eq!((run.code, run.err.as_str(), run.out.lines().count()), (Some(0), "", 20), "{arguments:?}");
            own += is_from_cache(run).into_iter().filter(|from_cache| !from_cache).count();
        }
        assert_eq!((gate.asked(), own), (calls, calls), "{arguments:?}");
    }
}

/// The time left is that of all who share the quota; those with the same list count once.
#[cfg(unix)]
#[test]
fn the_time_left_is_that_of_all() {
    let (gate, store) = (Gate::open(), fresh_folder());
    let begin = |network: &str, flag: &str| {
        let addresses: Vec<_> = (0..20).map(|last| format!("{network}.{last}")).collect();
        let addresses: Vec<_> = addresses.iter().map(String::as_str).collect();
        let mut command = mde(&[&["ip", "stats", "--quota", "3/1h", "--max-age", "2d", flag], &addresses[..]].concat());
        let command = gate.ask(&mut command).env("MDE_STORE", &store).stdout(Stdio::null()).stderr(Stdio::piped());
        Running::of(command)
    };
    let mut first = begin("198.51.100", "--format=csv");
    // The first line is about the quota of this machine.
    let announcement = |run: &mut Running| run.lines_of_errors(2).pop().unwrap();
    let mut announced = vec![announcement(&mut first)];
    gate.is_asked(3);
    let mut same_list = begin("198.51.100", "--format=json");
    announced.push(announcement(&mut same_list));
    let mut other_list = begin("192.0.2", "--format=csv");
    announced.push(announcement(&mut other_list));
    let mut settings = insta::Settings::clone_current();
    // What the first one has got meanwhile is not told at once.
    settings.add_filter(r"besides \d\d", "besides N");
    settings.add_filter(r"\d of 20 addresses are cached, \d\d", "some of 20 addresses are cached, N");
    settings.add_filter(r"about 1[1234] h( \d+ min)?", "about 12 h");
    settings.add_filter(r"about [567] h( \d+ min)?", "about 6 h");
    settings.bind(|| {
        insta::assert_snapshot!(announced.join("\n"), @r"
        mde: 20 calls to make; ETA about 6 h, by the quota of 3/1h
        mde: some of 20 addresses are cached, N calls to make; ETA about 6 h, by the quota of 3/1h
        mde: 20 calls to make besides N of other runs; ETA about 12 h, by the quota of 3/1h
        ")
    });
}

/// A newer answer is cached.
#[test]
fn a_newer_answer_replaces_the_older_one() {
    let (gate, store) = (Gate::open(), fresh_folder());
    let older = ask(&gate, &store, &[], &[]);
    let newer = ask(&gate, &store, &["--max-age", "0s"], &[]);
    let remembered = ask(&gate, &store, &[], &[]);
    let time = |run: &Run| {
        let line: serde_json::Value = serde_json::from_str(run.out.lines().next().unwrap()).unwrap();
        line["answeredAt"].as_str().unwrap()[..23].to_owned()
    };
    assert!(time(&older) < time(&newer));
    assert_eq!(time(&newer), time(&remembered));
}

/// Two organizations could have tokens without claims.
#[test]
fn a_token_without_claims() {
    let (gate, store) = (Gate::open(), fresh_folder());
    for calls in [2, 4] {
        let run = ask(&gate, &store, &[], &[("MDE_TOKEN", "opaque")]);
        assert_eq!((run.code, gate.asked()), (Some(0), calls));
        insta::allow_duplicates!(
            insta::assert_snapshot!(run.err, @"mde: the token does not name its tenant, so answers are neither read from the cache nor written to it")
        );
    }
    let run = ask(&gate, &store, &["--quiet", "--no-store"], &[("MDE_TOKEN", "opaque")]);
    assert_eq!(run.err, "", "without a cache, nothing is lost");
}

#[test]
fn a_cache_that_cannot_be_opened_is_not_needed() {
    let gate = Gate::open();
    let file = fresh_folder();
    std::fs::write(&file, "a file where a folder should be").unwrap();
    let run = ask(&gate, &file, &[], &[]);
    assert_eq!((run.code, gate.asked(), run.out.lines().count()), (Some(0), 2, 2));
    let notes = run.err.replace(&file.display().to_string(), "FOLDER");
    crate::settings().bind(|| {
        insta::assert_snapshot!(notes, @"mde: the cache cannot be used, so the run continues without it, and does not share the quota with other runs: FOLDER/sandbox.db: cannot create its folder: File exists (os error); choose another folder with --store, or disable the cache with --no-store");
    });
}

#[cfg(unix)]
#[test]
fn control_characters_of_a_path_do_not_reach_the_terminal() {
    let gate = Gate::open();
    let file = fresh_folder().join("\u{1b}[31m");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "a file where a folder should be").unwrap();
    let run = ask(&gate, &file, &[], &[]);
    assert_eq!((run.code, gate.asked()), (Some(0), 2));
    assert!(run.err.contains("\\u{1b}[31m/sandbox.db: "), "{:?}", run.err);
    assert!(!run.err.chars().any(|c| c.is_control() && c != '\n'), "{:?}", run.err);
}
