//! Hostile files: lines without end, binary content, far too many invalid texts.

use std::io::{self, Write};
use std::process::{Command, Stdio};

use super::{command, read};
use crate::{Run, sandbox};

/// Runs with a large generated standard input.
fn run_with(command: &mut Command, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Run {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The reader may refuse it before its end.
    let _ = write(&mut io::BufWriter::new(child.stdin.take().unwrap()));
    child.wait_with_output().unwrap().into()
}

fn address(number: usize) -> String {
    format!("203.0.113.{}", number % 100)
}

#[tokio::test]
async fn many_lines_of_few_addresses() {
    let sandbox = sandbox().start().await.unwrap();
    let run = run_with(&mut command(&sandbox, &["-"]), |text| {
        (0..200_000).try_for_each(|number| writeln!(text, "{}", address(number)))
    });
    let records = read(&run.out);
    assert_eq!((records.len(), sandbox.requests().len()), (100, 100), "{}", run.err);
    assert_eq!(records[99], "standard input:100:1  \"203.0.113.99\"  203.0.113.99  (2000 times)");
}

#[tokio::test]
async fn a_long_line_of_few_addresses() {
    let sandbox = sandbox().start().await.unwrap();
    let run = run_with(&mut command(&sandbox, &["-"]), |text| {
        (0..200_000).try_for_each(|number| write!(text, "{}, ", address(number)))
    });
    let records = read(&run.out);
    assert_eq!(records.len(), 100, "{}", run.err);
    assert_eq!(records[10], "standard input:1:131  \"203.0.113.10\"  203.0.113.10  (2000 times)");
}

#[tokio::test]
async fn lines_without_end() {
    let sandbox = sandbox().start().await.unwrap();
    let long = "a".repeat(3_000_000);
    let texts = [
        long.clone(),
        format!("ip,note\n8.8.8.8,x\n1.1.1.1,{long}\n9.9.9.9,x\n"),
        format!("ip,note\n8.8.8.8,x\n{long},x\n9.9.9.9,x\n"),
        format!("ip,note\n8.8.8.8,x\n1.1.1.1,\"{}", "9.9.9.9,x\n".repeat(200_000)),
        "1 . ".repeat(500_000),
    ];
    let mut report = String::new();
    for text in texts {
        let run = run_with(&mut command(&sandbox, &["-"]), |input| input.write_all(text.as_bytes()));
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""));
        report += &format!("{}\n", run.err);
    }
    insta::assert_snapshot!("input-lines-without-end", report);
    assert_eq!(sandbox.requests().len(), 0);

    // Of JSON, no line is kept.
    let text = format!("{{\"ip\":\"8.8.8.8\"}}\n{{\"ip\":\"1.1.1.1\",\"note\":\"{long}\"}}\n{{\"ip\":\"9.9.9.9\"}}\n");
    let run = run_with(&mut command(&sandbox, &["-"]), |input| input.write_all(text.as_bytes()));
    assert_eq!((run.code, read(&run.out).len()), (Some(0), 3), "{}", run.err);
}

#[tokio::test]
async fn only_so_many_are_named() {
    let sandbox = sandbox().start().await.unwrap();
    let run = run_with(&mut command(&sandbox, &["-"]), |text| {
        (0..5_000).try_for_each(|number| writeln!(text, "256.1.{}.{}", number / 256, number % 256))
    });
    let lines: Vec<_> = run.err.lines().collect();
    assert_eq!((run.code, lines.len()), (Some(2), 52));
    assert_eq!(lines[50], "mde: and 4950 more that are not IP addresses");
}

#[tokio::test]
async fn too_many_are_the_end_and_the_first_are_named() {
    let sandbox = sandbox().start().await.unwrap();
    let run = run_with(&mut command(&sandbox, &["-", "--skip-invalid"]), |text| {
        (0..60_000).try_for_each(|number| writeln!(text, "word{number}"))
    });
    let lines: Vec<_> = run.err.lines().collect();
    assert_eq!((run.code, lines.len(), run.out.as_str()), (Some(2), 52, ""));
    assert!(lines[49].starts_with("mde: standard input:50:1 is not an IP address: \"word49\""), "{}", lines[49]);
    assert_eq!(lines[50], "mde: and 49950 more that are not IP addresses");
    assert!(lines[51].starts_with("mde: more than 50000 texts"), "{}", lines[51]);
}

/// Less memory than the list takes, by far.
#[tokio::test]
#[cfg(unix)]
#[ignore = "soak: reads 65 MB twice"]
async fn five_million_lines_in_little_memory() {
    let sandbox = sandbox().start().await.unwrap();
    for end in ["\n", ","] {
        let inner = command(&sandbox, &["-", "--public-only"]);
        let mut shell = Command::new("sh");
        shell.args(["-c", "ulimit -d 10000 && exec \"$0\" \"$@\""]).arg(inner.get_program()).args(inner.get_args());
        shell.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let run = run_with(&mut shell, |text| {
            (0..5_000_000).try_for_each(|number| write!(text, "10.0.{}.{}{end}", number % 4, number % 250))
        });
        assert!(run.err.contains("none of the 500 addresses is public"), "{}", run.err);
    }
}
