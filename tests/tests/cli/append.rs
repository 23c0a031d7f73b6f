//! `--append`: the user's own file, with columns for the answers.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use mde_sandbox::Sandbox;

#[cfg(unix)]
use crate::interrupting;
use crate::{Run, mde, run, run_against, sandbox};

const FIGURES: &str = "mde_status,mde_devices,mde_first_seen,mde_last_seen,mde_answered_at,mde_error";
const ORIGIN: &str = "mde_look_back_hours,mde_source,mde_tenant,mde_app,mde_profile";

/// A folder with a file in it.
struct Given {
    folder: tempfile::TempDir,
    path: PathBuf,
}

impl Given {
    fn new(name: &str, text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        Self { folder, path }
    }

    fn name(&self) -> &str {
        self.path.to_str().unwrap()
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The file with columns for the answers of a sandbox, on standard output.
    fn appended(&self, sandbox: &Sandbox, options: &[&str]) -> Run {
        run_against(sandbox, &[&["ip", "stats", "-i", self.name(), "--append", "--quiet"], options].concat())
    }
}

/// The text without what a sandbox has that is another one in each run.
fn text(run: &Run, sandbox: &Sandbox) -> String {
    assert_eq!(run.err, "", "{:?}", run.code);
    let is_answered_at = |part: &&str| part.ends_with('Z') && part.starts_with("20") && !part.starts_with("2026-01-");
    let text = run.out.replace(sandbox.tenant(), "TENANT").replace(sandbox.apps()[0].client_id(), "APP");
    let parts: Vec<_> = text.split('"').map(|part| if is_answered_at(&part) { "ANSWERED" } else { part }).collect();
    parts.join("\"")
}

/// What the issue of every analyst is: nothing of the old file changes.
#[cfg(unix)]
#[test]
fn the_old_columns_are_the_old_file() {
    let old = "time,src_ip,action,user\r\n1,203.0.113.7,deny,é\r\n2,,allow,x\r\n3,N/A,deny, y \r\n4,10.209.67.177,deny,=1+1\r\n";
    let given = Given::new("alerts.csv", old);
    let enriched = given.beside("enriched.csv");
    let path = enriched.to_str().unwrap();
    let asked = run(&["ip", "stats", "-i", given.name(), "--column", "src_ip", "--append", "-o", path, "--sandbox"]);
    assert_eq!((asked.code, asked.out.as_str()), (Some(0), ""), "{}", asked.err);
    assert!(asked.err.ends_with(&format!("mde: 4 rows are in {path}\n")), "{}", asked.err);
    // As programs take columns: the line end is behind the last one.
    let cut = std::process::Command::new("cut").args(["-d,", "-f1-4", path]).output().unwrap();
    assert_eq!(String::from_utf8(cut.stdout).unwrap(), old.replace('\r', ""));
    let new = fs::read_to_string(&enriched).unwrap();
    let rows: Vec<Vec<_>> = new.split_terminator("\r\n").map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0][4..].join(","), format!("{FIGURES},{ORIGIN}"));
    assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{new}");
    assert!(["seen", "unseen"].contains(&rows[1][4]) && rows[1][11] == "sandbox", "{new}");
    assert_eq!(rows[2][4..].concat() + &rows[3][4..].concat(), "missingmissing");
}

#[tokio::test]
async fn each_row_has_the_figures_of_its_address() {
    let sandbox = sandbox().start().await.unwrap();
    let given = Given::new(
        "alerts.csv",
        "sep=;\n\"ip\";\"note\"\n\"203.0.113.7\";\"a;b\"\n\"2001:db8::8:42\";\"two\nlines\"\n\"8.8.8.8\"\n\n# end",
    );
    let run = given.appended(&sandbox, &["--look-back-hours", "720"]);
    let quoted = |names: &str| format!("\"{}\"", names.replace(',', "\";\""));
    let expected = format!(
        "sep=;\n\"ip\";\"note\";{};{}\n\
         \"203.0.113.7\";\"a;b\";\"seen\";\"3\";\"2026-01-10T06:00:00.5Z\";\"2026-01-31T11:59:59.1234567Z\";\"ANSWERED\";\"\";\"720\";\"sandbox\";\"TENANT\";\"APP\";\"\"\n\
         \"2001:db8::8:42\";\"two\nlines\";\"seen\";\"1\";\"2026-01-31T01:02:03Z\";\"2026-01-31T01:02:03Z\";\"ANSWERED\";\"\";\"720\";\"sandbox\";\"TENANT\";\"APP\";\"\"\n\
         \"8.8.8.8\";;\"unseen\";\"0\";\"\";\"\";\"ANSWERED\";\"\";\"720\";\"sandbox\";\"TENANT\";\"APP\";\"\"\n\n# end",
        quoted(FIGURES),
        quoted(ORIGIN)
    );
    assert_eq!(text(&run, &sandbox), expected);
}

#[tokio::test]
async fn two_columns_have_a_set_each_and_a_cell_of_several_addresses_has_the_figures_of_each() {
    let sandbox = sandbox().start().await.unwrap();
    let given = Given::new(
        "traffic.tsv",
        "Source IP\tdest_ip\n203.0.113.7, 8.8.8.8\t2001:db8::8:42\n-\t10.0.0.1 1.1.1.1 999.1.1.1\n",
    );
    let options = ["--column", "Source IP", "--column", "dest_ip", "--public-only", "--skip-invalid"];
    let run = given.appended(&sandbox, &options);
    assert!(run.err.contains("999.1.1.1"), "{}", run.err);
    let rows: Vec<Vec<_>> = run.out.lines().map(|line| line.split('\t').collect()).collect();
    let names: Vec<_> = FIGURES.split(',').map(|name| name.replace("mde_", "")).collect();
    let of = |label: &str| names.iter().map(|name| format!("mde_{label}_{name}")).collect::<Vec<_>>().join(",");
    assert_eq!(rows[0][2..].join(","), format!("{},{},{ORIGIN}", of("Source_IP"), of("dest_ip")));
    // 2001:db8::/32 is for documentation.
    assert_eq!(rows[1][2..6].join(","), "not-public; unseen,; 0,,");
    assert!(rows[1][6].starts_with("; 20"), "{:?}", rows[1]);
    assert_eq!(rows[1][7..14].join(","), ",not-public,,,,,");
    assert_eq!(rows[2][2..10].join(","), "missing,,,,,,not-public; unseen; invalid,; 0; ");
    assert!(rows[2][13].starts_with("\"; ; not an IP address: it "), "{:?}", rows[2]);
    assert_eq!(rows[2].len(), rows[0].len());
}

#[tokio::test]
async fn the_members_of_json_lines_stay_as_they_are_written() {
    let sandbox = sandbox().start().await.unwrap();
    let given = Given::new(
        "alerts.jsonl",
        "{ \"ip\": \"203.0.113.7\", \"n\": 1.50 }\r\n{\"ip\":null}\n\n{\"ip\":[\"8.8.8.8\",\"2001:db8::8:42\"]}",
    );
    let run = given.appended(&sandbox, &["--look-back-hours", "24"]);
    let origin = "\"mde_look_back_hours\":24,\"mde_source\":\"sandbox\",\"mde_tenant\":\"TENANT\",\"mde_app\":\"APP\"";
    let first = "\"mde_status\":\"seen\",\"mde_devices\":1,\"mde_first_seen\":\"2026-01-10T06:00:00.5Z\",\"mde_last_seen\":\"2026-01-31T11:59:59.1234567Z\",\"mde_answered_at\":\"ANSWERED\"";
    let last = "\"mde_status\":[\"unseen\",\"seen\"],\"mde_devices\":[0,1],\"mde_first_seen\":[null,\"2026-01-31T01:02:03Z\"],\"mde_last_seen\":[null,\"2026-01-31T01:02:03Z\"],\"mde_answered_at\":[\"ANSWERED\",\"ANSWERED\"]";
    assert_eq!(
        text(&run, &sandbox),
        format!(
            "{{ \"ip\": \"203.0.113.7\", \"n\": 1.50,{first},{origin} }}\r\n{{\"ip\":null,\"mde_status\":\"missing\"}}\n\n\
             {{\"ip\":[\"8.8.8.8\",\"2001:db8::8:42\"],{last},{origin}}}"
        )
    );
}

/// The input may be the output, and is then what it was with the columns; it can be read again, but gets no second set.
#[tokio::test]
async fn a_file_may_replace_itself_once() {
    let sandbox = sandbox().start().await.unwrap();
    let given = Given::new("alerts.csv", "n,ip\n1,203.0.113.7\n2,8.8.8.8\n");
    assert_eq!(given.appended(&sandbox, &["-o", given.name()]).code, Some(0));
    let enriched = fs::read_to_string(&given.path).unwrap();
    assert!(enriched.starts_with(&format!("n,ip,{FIGURES},{ORIGIN}\n1,203.0.113.7,seen,3,")), "{enriched}");
    let again = run_against(&sandbox, &["ip", "stats", "-i", given.name(), "-f", "csv"]);
    assert_eq!((again.code, again.out.lines().count()), (Some(0), 3), "{}", again.err);
    let refused = given.appended(&sandbox, &[]);
    assert_eq!((refused.code, refused.out.as_str()), (Some(2), ""));
    assert!(refused.err.contains("columns that --append would add: \"mde_status\""), "{}", refused.err);
    assert!(refused.err.contains("several --column"), "{}", refused.err);
    assert_eq!(fs::read_to_string(&given.path).unwrap(), enriched);
}

/// A pipe is read once.
#[tokio::test]
async fn standard_input_has_rows_as_well() {
    let sandbox = sandbox().start().await.unwrap();
    let mut command = mde(&["ip", "stats", "-", "--append", "--quiet"]);
    command.env("MDE_ENDPOINT", sandbox.url()).env("MDE_TOKEN", sandbox.token());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let rows: String = (0..20_000).map(|n| format!("203.0.113.7,{n}\n")).collect();
    child.stdin.take().unwrap().write_all(format!("ip,n\n{rows}").as_bytes()).unwrap();
    let run = Run::from(child.wait_with_output().unwrap());
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    assert_eq!(run.out.lines().filter(|line| line.contains(",seen,3,")).count(), 20_000);
}

/// What failed stands in its row, and keeps no other from having its figures.
#[tokio::test]
async fn a_failure_is_in_its_row() {
    let sandbox = sandbox().fault("501 every=2".parse().unwrap()).start().await.unwrap();
    let given = Given::new("alerts.csv", "ip\n203.0.113.7\n8.8.8.8\n");
    let run = given.appended(&sandbox, &[]);
    assert_eq!(run.code, Some(1), "{}", run.err);
    let rows: Vec<_> = run.out.lines().collect();
    assert!(rows[1].starts_with("203.0.113.7,seen,3,"), "{}", run.out);
    assert!(rows[2].starts_with("8.8.8.8,failed,,,,"), "{}", run.out);
}

/// Nothing is asked.
#[tokio::test]
async fn what_cannot_be_appended_to_is_refused_before_any_call() {
    let sandbox = sandbox().start().await.unwrap();
    let csv = "ip,n\n203.0.113.7,1\n";
    let cases: [(&str, &str, &[&str], &str); 8] = [
        ("list.txt", "203.0.113.7\n8.8.8.8\n", &[], "is a list, to whose lines nothing can be added"),
        ("a.json", "[\n{\"ip\":\"8.8.8.8\"}]", &[], "is not JSON lines"),
        ("a.log", "from 203.0.113.7", &["--extract"], "has no rows with --extract alone"),
        ("a.csv", csv, &["8.8.8.8"], "--append adds columns to one file"),
        ("a.csv", csv, &["-i", "b.csv"], "--append adds columns to one file"),
        ("a.csv", csv, &["--format", "html"], "cannot be used with"),
        ("a.csv", csv, &["--every-line"], "cannot be used with"),
        ("a.csv", "ip,n\n203.0.113.7,1\n999.1.1.1,2\n", &[], "no call was made"),
    ];
    for (name, text, options, problem) in cases {
        let given = Given::new(name, text);
        let run = given.appended(&sandbox, options);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{options:?}");
        assert!(run.err.contains(problem), "{options:?}: {}", run.err);
    }
    let given = Given::new("list.txt", "203.0.113.7\n");
    let missing = run_against(&sandbox, &["ip", "stats", "--append", "-i", given.beside("x.csv").to_str().unwrap()]);
    assert!(missing.err.contains("x.csv cannot be read: "), "{}", missing.err);
    assert_eq!(sandbox.requests().len(), 0);
    let listed = given.appended(&sandbox, &["--input-format", "csv"]);
    assert!(listed.out.starts_with("203.0.113.7,seen,3,"), "{}", listed.out);
    assert!(Path::new(given.name()).exists());
}

/// A list of more addresses than are in flight at once.
#[cfg(unix)]
fn many() -> Given {
    let rows: String = (0..20).map(|last| format!("198.51.100.{last},{last}\n")).collect();
    Given::new("alerts.csv", &format!("ip,n\n{rows}"))
}

#[cfg(unix)]
fn with_calls_in_flight(given: &Given, gate: &crate::gate::Gate) -> crate::Running {
    let mut command = mde(&["ip", "stats", "-i", given.name(), "--append", "--quiet"]);
    gate.ask(&mut command);
    interrupting::with_calls_in_flight(gate, command.stdout(Stdio::piped()).stderr(Stdio::piped()))
}

/// What was read at the beginning is what gets the columns.
#[cfg(unix)]
#[test]
fn a_file_that_changes_meanwhile_is_written_as_it_was() {
    let (given, gate) = (many(), crate::gate::Gate::start());
    let old = fs::read_to_string(&given.path).unwrap();
    let mut running = with_calls_in_flight(&given, &gate);
    fs::write(&given.path, "ip\n192.0.2.1\n").unwrap();
    gate.lets(100);
    let run = interrupting::end(&mut running);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    let columns: String =
        run.out.lines().map(|line| line.splitn(3, ',').take(2).collect::<Vec<_>>().join(",") + "\n").collect();
    assert_eq!(columns, old);
}

/// Rows whose answer is not known yet are there, and show that.
#[cfg(unix)]
#[test]
fn an_interrupted_run_writes_all_rows() {
    let (given, gate) = (many(), crate::gate::Gate::start());
    let mut running = with_calls_in_flight(&given, &gate);
    interrupting::signal(&running.0, "INT");
    running.first_note();
    gate.lets(100);
    let run = interrupting::end(&mut running);
    assert_eq!(run.code, Some(130));
    let count = |status: &str| run.out.lines().filter(|line| line.split(',').nth(2) == Some(status)).count();
    assert_eq!((run.out.lines().count(), count("seen"), count("unknown")), (21, 11, 9), "{}", run.out);
}

/// Nothing is asked, and the file is there with its columns.
#[tokio::test]
async fn a_file_without_an_address_has_its_columns() {
    let sandbox = sandbox().start().await.unwrap();
    for (name, text, added) in [
        ("a.csv", "n,ip\n1,-\n2,\n", ["missing", "missing"].as_slice()),
        ("a.csv", "n,ip\n", &[]),
        ("a.jsonl", "{\"ip\":null}\n", &["missing"]),
    ] {
        let run = Given::new(name, text).appended(&sandbox, &[]);
        assert_eq!((run.code, run.out.lines().count()), (Some(0), text.lines().count()), "{text}: {}", run.err);
        assert_eq!(run.out.matches("missing").count(), added.len(), "{}", run.out);
        assert!(run.err.ends_with("no call is needed: no address was found\n"), "{}", run.err);
    }
    assert_eq!(sandbox.requests().len(), 0);
}

/// As of any cell with several addresses.
#[tokio::test]
async fn a_network_has_the_figures_of_each_of_its_addresses() {
    let sandbox = sandbox().start().await.unwrap();
    let given = Given::new("a.csv", "ip,n\n203.0.113.6/31,1\n");
    let run = given.appended(&sandbox, &["--expand", "2"]);
    assert!(run.out.lines().nth(1).unwrap().starts_with("203.0.113.6/31,1,unseen; seen,0; 3,"), "{}", run.out);
}

/// It stays as it is, which no reader would see.
#[tokio::test]
async fn a_line_without_columns_is_named() {
    let sandbox = sandbox().start().await.unwrap();
    let given = Given::new("a.jsonl", "{\"ip\":\"203.0.113.7\"}\n{\"ip\":\"8.8.8.8\n");
    let run = given.appended(&sandbox, &["--skip-invalid"]);
    assert!(run.out.ends_with("}\n{\"ip\":\"8.8.8.8\n"), "{}", run.out);
    assert!(run.err.contains("1 line is no JSON, and gets no columns"), "{}", run.err);
}
