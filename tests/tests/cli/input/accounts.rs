//! What is passed over is reported by reason, and what is asked about in another form than it is written, once: on
//! standard error and in the summary.

use std::path::PathBuf;
use std::process::Command;

use mde_sandbox::Sandbox;
use serde_json::{Value, json};

use super::run_with_input;
use crate::{Run, fresh_folder, mde, run, run_against, sandbox};

/// A folder with one file.
fn folder(file: &str, text: &str) -> PathBuf {
    let folder = fresh_folder();
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(file), text).unwrap();
    folder
}

/// `mde ip stats` with a list on standard input.
async fn ask(list: &str, arguments: &[&str]) -> Run {
    let sandbox = sandbox().start().await.unwrap();
    run_with_input(&mut command(&sandbox, &[arguments, &["-"]].concat()), list)
}

fn command(sandbox: &Sandbox, arguments: &[&str]) -> Command {
    let mut command = mde(&[&["ip", "stats"], arguments].concat());
    command.env("MDE_ENDPOINT", sandbox.url()).env("MDE_TOKEN", sandbox.token());
    command
}

fn summary(run: &Run) -> Value {
    serde_json::from_str::<Value>(&run.out).unwrap()["summary"].clone()
}

const LIST: &str = "# one\n203.0.113.7 // two\nN/A\n-\n";

#[tokio::test]
async fn what_is_passed_over_is_counted_by_reason() {
    let run = ask(LIST, &["--format", "json"]).await;
    assert_eq!((run.code, run.err.as_str()), (Some(0), "mde: passed over: 2 comments, 2 without an address\n"));
    let expected = json!({ "comments": 2, "aboveHeadings": 0, "withoutAddress": 2, "words": 0 });
    assert_eq!((&summary(&run)["passedOver"], &summary(&run)["mapped"]), (&expected, &json!(0)));

    for format in ["table", "markdown", "html"] {
        let run = ask(LIST, &["--format", format, "--quiet"]).await;
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "it is a remark");
        assert!(run.out.contains("Passed over: 2 comments, 2 without an address"), "{}", run.out);
    }
}

#[tokio::test]
async fn nothing_is_reported_where_nothing_is_passed_over() {
    let run = ask("203.0.113.7\n", &["--format", "json"]).await;
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    let expected = json!({ "comments": 0, "aboveHeadings": 0, "withoutAddress": 0, "words": 0 });
    assert_eq!(summary(&run)["passedOver"], expected);
}

/// With it, the numbers of a refused list add up.
#[tokio::test]
async fn a_refused_list_is_accounted_for_too() {
    let run = ask(&[LIST, "10.0.0.256\n"].concat(), &[]).await;
    let expected = [
        "mde: passed over: 2 comments, 2 without an address",
        "mde: standard input:5:1 is not an IP address: \"10.0.0.256\" has the part \"256\", which is above 255",
        "mde: no call was made; --skip-invalid skips invalid addresses",
    ];
    assert_eq!((run.code, run.err.lines().collect::<Vec<_>>()), (Some(2), expected.to_vec()));

    let run = Run::from(mde(&["ip", "stats", "# one", "8.8.8.8"]).output().unwrap());
    assert!(
        run.err.starts_with("mde: argument 1 is not an IP address: \"# one\" contains no address\n"),
        "{}",
        run.err
    );

    let run = ask("# one\n-\n", &[]).await;
    let expected =
        "mde: nothing to ask: there is no address in standard input; passed over: 1 comment, 1 without an address\n";
    assert_eq!((run.code, run.err.as_str()), (Some(2), expected));
}

#[tokio::test]
async fn the_summary_of_a_run_without_any_address_has_the_counts() {
    let run = ask("# one\n10.0.0.256\n", &["--skip-invalid", "--format", "json"]).await;
    assert_eq!((run.code, summary(&run)["asked"].as_u64()), (Some(1), Some(0)));
    assert_eq!(summary(&run)["passedOver"]["comments"], json!(1));
}

#[tokio::test]
async fn mapped_addresses_are_asked_as_ipv4_and_stay_as_written() {
    let sandbox = sandbox().start().await.unwrap();
    let list = "::ffff:203.0.113.7\n[::FFFF:cb00:7107]:443\n203.0.113.7\n";
    let run = run_with_input(&mut command(&sandbox, &["--format", "json", "--every-line", "-"]), list);
    let expected = "mde: 2 addresses are IPv4 in IPv6 form, such as ::ffff:192.0.2.1, and asked about as IPv4, because what \
                    the service makes of the other form is not documented\n";
    assert_eq!((run.code, run.err.as_str()), (Some(0), expected));
    let out: Value = serde_json::from_str(&run.out).unwrap();
    let records = out["records"].as_array().unwrap().iter();
    let records: Vec<_> = records.map(|record| (record["input"].as_str(), record["ip"].as_str())).collect();
    let inputs = ["::ffff:203.0.113.7", "[::FFFF:cb00:7107]:443", "203.0.113.7"];
    assert_eq!(records, inputs.map(|input| (Some(input), Some("203.0.113.7"))));
    assert_eq!((&out["summary"]["mapped"], sandbox.requests().len()), (&json!(2), 1));

    let run = run_with_input(&mut command(&sandbox, &["--quiet", "-"]), list);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    assert!(run.out.contains("Asked as IPv4: 2 addresses that were given in IPv6 form"), "{}", run.out);
}

#[tokio::test]
async fn expanded_networks_stay_as_written() {
    let sandbox = sandbox().start().await.unwrap();
    let arguments = ["ip", "stats", "198.51.100.6/31", "203.0.113.6-7", "--expand", "2", "--format", "json"];
    let run = run_against(&sandbox, &arguments);
    let out: Value = serde_json::from_str(&run.out).unwrap();
    let records = out["records"].as_array().unwrap().iter();
    let records: Vec<_> = records.map(|record| ["input", "ip"].map(|name| record[name].as_str().unwrap())).collect();
    let expected = [
        ["198.51.100.6/31", "198.51.100.6"],
        ["198.51.100.6/31", "198.51.100.7"],
        ["203.0.113.6-7", "203.0.113.6"],
        ["203.0.113.6-7", "203.0.113.7"],
    ];
    assert_eq!((records, run.code), (expected.to_vec(), Some(0)), "{}", run.err);
}

/// Ticket numbers that look like comments.
#[test]
fn a_row_whose_first_cell_begins_with_a_number_sign_is_read() {
    let folder = folder("t.csv", "id,ip\n#1001,192.0.2.1\n#1002,192.0.2.2\n1003,192.0.2.3\n");
    let mut command = mde(&["ip", "stats", "-i", "t.csv", "--sandbox", "--format", "json"]);
    let run = Run::from(command.current_dir(folder).output().unwrap());
    assert_eq!((run.code, &summary(&run)["addresses"]), (Some(0), &json!(3)), "{}", run.err);
}

/// A question for each distinct address, whatever column it is from.
#[tokio::test]
async fn several_columns_are_read_together() {
    let folder = folder("t.csv", "src,dest\n192.0.2.1,192.0.2.2\n192.0.2.2,192.0.2.3\n");
    let sandbox = sandbox().start().await.unwrap();
    for columns in [["src", "dest"], ["1", "2"], ["dest", "1"]] {
        let arguments =
            ["-i", "t.csv", "--column", columns[0], "--column", columns[1], "--format", "json", "--max-age", "0s"];
        let run = Run::from(command(&sandbox, &arguments).current_dir(&folder).output().unwrap());
        assert_eq!((run.code, &summary(&run)["asked"]), (Some(0), &json!(3)), "{}", run.err);
    }
}

/// What one run writes, another reads.
#[test]
fn our_own_output_is_read_again() {
    let input = ["8[.]8.8.8", "256.1.1.1", "203.0.113.7"];
    for format in ["json", "ndjson", "csv"] {
        let arguments = ["ip", "stats", "--sandbox", "--skip-invalid", "--format", format];
        let first = run(&[&arguments[..], &input].concat());
        let again =
            run_with_input(&mut mde(&["ip", "stats", "--sandbox", "--format", "ndjson", "-i", "-"]), &first.out);
        let records = again.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let found: Vec<_> = records.map(|record| record["ip"].as_str().unwrap().to_owned()).collect();
        assert_eq!(found, ["8.8.8.8", "203.0.113.7"], "{format}: {}", again.err);
        assert_eq!(again.code, Some(0), "{format}: {}", again.err);
        assert!(again.err.contains("1 without an address"), "{format}: {}", again.err);
    }
}
