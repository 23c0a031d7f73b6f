//! `--cached-only`: what is known now, without a call, a token or a network.

use std::path::Path;

use crate::gate::{Gate, token};
use crate::{Run, Variables, fresh_folder, mde};

const THREE: [&str; 3] = ["198.51.100.1", "198.51.100.2", "192.0.2.9"];

/// Caches the answers about the first two, as a program of this organization.
fn fill(gate: &Gate, store: &Path, (tenant, app): (&str, &str)) {
    let mut command = mde(&["ip", "stats", THREE[0], THREE[1], "-f", "ndjson"]);
    gate.ask(&mut command).env("MDE_STORE", store).env("MDE_TOKEN", token(tenant, app));
    assert_eq!(command.output().unwrap().status.code(), Some(0));
}

/// Asks about all three without a credential, and nobody is asked.
fn cached(gate: &Gate, store: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    let before = gate.asked();
    let mut command = mde(&[&["ip", "stats", "--cached-only", "-f", "ndjson"], arguments, &THREE].concat());
    command.env("MDE_ENDPOINT", gate.url()).env("MDE_STORE", store).envs(variables.iter().copied());
    let run = Run::from(command.output().unwrap());
    assert_eq!(gate.asked(), before, "{arguments:?}: nobody is asked");
    run
}

fn records(run: &Run) -> Vec<serde_json::Value> {
    run.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn statuses(run: &Run) -> Vec<String> {
    records(run).iter().map(|record| record["status"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_is_cached_is_written_and_the_rest_is_not_cached() {
    let (gate, store) = (Gate::open(), fresh_folder());
    fill(&gate, &store, ("tenant-1", "app-1"));
    let run = cached(&gate, &store, &[], &[]);
    assert_eq!((run.code, statuses(&run)), (Some(1), ["seen", "seen", "failed"].map(str::to_owned).to_vec()));
    let records = records(&run);
    assert_eq!((&records[0]["fromMemory"], &records[0]["tenant"]), (&true.into(), &"tenant-1".into()));
    assert_eq!(records[2]["error"]["message"], "not cached");
    insta::assert_snapshot!(run.err, @r"
    mde: all cached answers are those of tenant tenant-1, app app-1
    mde: 2 of 3 addresses are cached, the oldest answer under 1 min ago; no call was made
    ");

    // A script learns by the exit code that all are cached.
    let mut command = mde(&["ip", "stats", "--cached-only", "--quiet", THREE[0], THREE[1], "-f", "csv"]);
    let run = Run::from(command.env("MDE_ENDPOINT", gate.url()).env("MDE_STORE", &store).output().unwrap());
    assert_eq!((run.code, run.out.lines().count(), run.err.as_str()), (Some(0), 3, ""));
}

/// A question is what it is: another look-back or another endpoint is another one, and old answers are not taken.
#[test]
fn what_does_not_count_is_not_cached() {
    let (gate, other, store) = (Gate::open(), Gate::open(), fresh_folder());
    let run = cached(&gate, &store, &[], &[]);
    assert_eq!((run.code, statuses(&run).concat().as_str(), store.exists()), (Some(1), "failedfailedfailed", false));
    let missing = format!("mde: there is no cache in {}\n", store.display());
    assert_eq!(run.err, missing + "mde: 0 of 3 addresses are cached; no call was made\n");

    fill(&gate, &store, ("tenant-1", "app-1"));
    let run = cached(&gate, &store, &["--max-age", "0s"], &[]);
    assert_eq!((run.code, statuses(&run).concat().as_str()), (Some(1), "failedfailedfailed"));
    insta::assert_snapshot!(run.err.lines().last().unwrap(), @"mde: 0 of 3 addresses are cached; 2 more are older than 0s, see --max-age; no call was made");
    for (arguments, variables) in [(&["--look-back-hours", "48"][..], &[][..]), (&[], &[("MDE_ENDPOINT", other.url())])]
    {
        let run = cached(&gate, &store, arguments, variables);
        assert_eq!((run.code, statuses(&run).concat().as_str()), (Some(1), "failedfailedfailed"), "{arguments:?}");
        assert_eq!(
            run.err.contains("answers for another --look-back-hours only"),
            !arguments.is_empty(),
            "{}",
            run.err
        );
    }
    for flag in ["--no-store", "--sandbox"] {
        assert_eq!(cached(&gate, &store, &[flag], &[]).code, Some(2), "{flag}");
    }
}

/// The answers of two organizations are never mixed, and never taken for each other.
#[test]
fn the_organization_is_chosen_by_what_is_known_of_it() {
    let (gate, store) = (Gate::open(), fresh_folder());
    for (tenant, app) in [("tenant-1", "app-1"), ("tenant-2", "app-1"), ("tenant-2", "app-2")] {
        fill(&gate, &store, (tenant, app));
    }
    let of_first = token("tenant-1", "app-1");
    let chosen: [(&[&str], Variables<'_>, &str); 4] = [
        (&["--tenant", "TENANT-1"], &[], "tenant-1 app-1"),
        (&["--tenant", "tenant-2", "--app", "app-2"], &[], "tenant-2 app-2"),
        (&[], &[("MDE_TOKEN", &of_first)], "tenant-1 app-1"),
        (&["--tenant", "tenant-2", "--app", "app-1"], &[("MDE_TOKEN", &of_first)], "tenant-2 app-1"),
    ];
    for (arguments, variables, expected) in chosen {
        let run = cached(&gate, &store, arguments, variables);
        let records = records(&run);
        let organization = ["tenant", "app"].map(|key| records[0][key].as_str().unwrap()).join(" ");
        assert_eq!((organization.as_str(), run.code), (expected, Some(1)), "{arguments:?} {}", run.err);
    }
    let none = cached(&gate, &store, &["--tenant", "11111111-1111-1111-1111-111111111111"], &[]);
    assert!(none.err.contains("the cache holds answers of other organizations only"), "{}", none.err);
    assert_eq!((none.code, statuses(&none).concat().as_str()), (Some(1), "failedfailedfailed"));

    let mut texts = String::new();
    for arguments in [&[][..], &["--tenant", "tenant-2"], &["--tenant", "contoso.example"]] {
        let run = cached(&gate, &store, arguments, &[]);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{arguments:?}");
        texts += &format!("# {arguments:?}\n{}", run.err);
    }
    insta::assert_snapshot!(texts, @r#"
    # []
    mde: the cache holds answers of more than one organization; give one of
      --tenant tenant-1 --app app-1
      --tenant tenant-2 --app app-1
      --tenant tenant-2 --app app-2
    # ["--tenant", "tenant-2"]
    mde: the cache holds answers of more than one organization; give one of
      --tenant tenant-2 --app app-1
      --tenant tenant-2 --app app-2
    # ["--tenant", "contoso.example"]
    mde: the cache knows a tenant by its id, and contoso.example is none; give one of
      --tenant tenant-1 --app app-1
      --tenant tenant-2 --app app-1
      --tenant tenant-2 --app app-2
    "#);
}

/// A table and a file are written as by any other run.
#[test]
fn any_format_and_a_file_do() {
    let (gate, store, folder) = (Gate::open(), fresh_folder(), tempfile::tempdir().unwrap());
    fill(&gate, &store, ("tenant-1", "app-1"));
    let path = folder.path().join("answers.json");
    let run = cached(&gate, &store, &["-o", path.to_str().unwrap()], &[]);
    assert_eq!((run.code, run.out.as_str()), (Some(1), ""), "{}", run.err);
    assert!(run.err.ends_with(&format!("mde: 3 records are in {}\n", path.display())), "{}", run.err);
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 3);
}

/// That a cache was lost is never silent.
#[test]
fn a_damaged_cache_is_reported() {
    let (gate, store) = (Gate::open(), fresh_folder());
    fill(&gate, &store, ("tenant-1", "app-1"));
    let path = store.join("sandbox.db");
    let mut bytes = std::fs::read(&path).unwrap();
    // Its first page stays, so that the damage is met by what reads the others.
    bytes[4096..].fill(0xa5);
    std::fs::write(&path, bytes).unwrap();
    let run = cached(&gate, &store, &[], &[]);
    assert!(run.err.contains("is damaged"), "{:?} {}", run.code, run.err);
}
