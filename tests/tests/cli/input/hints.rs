//! Each hint that the reading of the input gives, followed to the letter: what it names is parsed out of what was printed,
//! and done, and then the addresses are found. So no hint can lead into the next error.

use std::path::{Path, PathBuf};

use mde_sandbox::Sandbox;

use crate::{Run, fresh_folder, mde, sandbox};

/// A text, and the hint at how it can be read.
struct Case {
    /// The name of the file, from which its format may follow.
    file: &'static str,
    text: &'static str,
    arguments: &'static [&'static str],
    /// The hint, as it is printed.
    hint: &'static str,
    /// What the user knows, where the hint leaves the value of a flag open.
    value: &'static str,
    /// For each way to follow the hint, the addresses that are found.
    found: &'static [&'static [&'static str]],
}

const CASES: &[Case] = &[
    Case {
        file: "two.csv",
        text: "src_ip,dest_ip\n192.0.2.1,198.51.100.1\n",
        arguments: &[],
        hint: "name one or more: --column src_ip (1 address), --column dest_ip (1 address)",
        value: "",
        found: &[&["192.0.2.1"], &["198.51.100.1"]],
    },
    Case {
        file: "quoted.csv",
        text: "src ip,dest ip,dest ip\n192.0.2.1,198.51.100.1,198.51.100.2\n",
        arguments: &[],
        hint: "--column \"src ip\" (1 address), --column 2 (\"dest ip\", 1 address), --column 3 (\"dest ip\", 1 address)",
        value: "",
        found: &[&["192.0.2.1"], &["198.51.100.1"], &["198.51.100.2"]],
    },
    Case {
        file: "misspelt.csv",
        text: "src_ip,note\n192.0.2.1,N/A\n",
        arguments: &["--column", "src_pi"],
        hint: "name one with --column: \"src_ip\", \"note\"",
        value: "",
        found: &[&["192.0.2.1"], &[]],
    },
    Case {
        file: "unknown.csv",
        text: "first,second\nalpha 1,192.0.2.1 192.0.2.2\n",
        arguments: &["--skip-invalid"],
        hint: "--column first (0 addresses), --extract --column second (1 that may be or hold an address)",
        value: "",
        found: &[&[], &["192.0.2.1", "192.0.2.2"]],
    },
    Case {
        file: "headings.txt",
        text: "device,talked to\nalpha,192.0.2.1\n",
        arguments: &[],
        hint: "if this is CSV, name its column with --column, or use --input-format csv",
        value: "talked to",
        found: &[&["192.0.2.1"], &["192.0.2.1"]],
    },
    Case {
        file: "two.jsonl",
        text: "{\"src_ip\":\"192.0.2.1\",\"dest_ip\":\"198.51.100.1\"}\n",
        arguments: &[],
        hint: "\"src_ip\" (1 address), \"dest_ip\" (1 address); name one with --field 'src_ip', or several",
        value: "",
        found: &[&["192.0.2.1"]],
    },
    Case {
        file: "unknown.jsonl",
        text: "{\"box\":\"192.0.2.1\",\"n\":{\"peer\":\"192.0.2.2\"}}\n",
        arguments: &["--skip-invalid"],
        hint: "these have some: \"box\" (1 address), \"n.peer\" (1 address); name one with --field 'box'",
        value: "",
        found: &[&["192.0.2.1"]],
    },
    Case {
        file: "messages.jsonl",
        text: "{\"message\":\"login from 192.0.2.1 port 22\"}\n",
        arguments: &[],
        hint: "no text in it is an address: --extract finds those within texts",
        value: "",
        found: &[&["192.0.2.1"]],
    },
    Case {
        file: "misspelt.jsonl",
        text: "{\"peer\":{\"addr\":\"192.0.2.1\"},\"ip\":\"198.51.100.1\"}\n",
        arguments: &["--field", "peer.adr"],
        hint: "name one with --field: \"peer.addr\" (1 address), \"ip\" (1 address)",
        value: "",
        found: &[&["192.0.2.1"], &["198.51.100.1"]],
    },
    Case {
        file: "list.txt",
        text: "192.0.2.1\n256.0.2.1\n",
        arguments: &[],
        hint: "--skip-invalid skips invalid addresses",
        value: "",
        found: &[&["192.0.2.1"]],
    },
    Case {
        file: "auth.log",
        text: "sshd[7]: Failed password for root from 192.0.2.1 port 22\nsshd[8]: Closed by 192.0.2.2 [preauth]\n",
        arguments: &[],
        hint: "at least half of its words are no addresses; --extract would find 2 addresses",
        value: "",
        found: &[&["192.0.2.1", "192.0.2.2"]],
    },
    Case {
        file: "wide.txt",
        text: "who,talked to,when,why,how\nalpha,192.0.2.1,then,so,well\nbeta,192.0.2.2,now,so,well\n",
        arguments: &[],
        hint: "--extract would find 2 addresses, or if this is CSV, name its column with --column",
        value: "talked to",
        found: &[&["192.0.2.1", "192.0.2.2"], &["192.0.2.1", "192.0.2.2"]],
    },
    Case {
        file: "network.txt",
        text: "192.0.2.0/30\n",
        arguments: &[],
        hint: "--expand 4 would ask about each",
        value: "",
        found: &[&["192.0.2.0", "192.0.2.1", "192.0.2.2", "192.0.2.3"]],
    },
    Case {
        file: "range.txt",
        text: "192.0.2.1-192.0.2.3\n",
        arguments: &["--expand", "2"],
        hint: "--expand 3 would ask about each",
        value: "",
        found: &[&["192.0.2.1", "192.0.2.2", "192.0.2.3"]],
    },
];

/// Flags that take a value.
const WITH_VALUE: [&str; 4] = ["--column", "--field", "--input-format", "--expand"];

/// The arguments that a hint names: one list for each way to follow it.
fn ways(hint: &str, value: &str) -> Vec<Vec<String>> {
    let mut ways: Vec<Vec<String>> = Vec::new();
    // Flags that stand next to each other are one way.
    let mut before = Vec::new();
    for part in hint.split("--").skip(1) {
        let (name, rest) = part.split_at(part.find([' ', ':', ',', '\'']).unwrap_or(part.len()));
        let flag = format!("--{name}");
        let quoted = rest.strip_prefix(": ").map(|list| list.split('"').skip(1).step_by(2).collect::<Vec<_>>());
        let word = rest.strip_prefix(' ').and_then(|rest| match rest.strip_prefix(['"', '\'']) {
            Some(quoted) => quoted.split(['"', '\'']).next(),
            None => rest.split([' ', ',', ';']).next(),
        });
        match (quoted, word) {
            _ if rest == " " => {
                before.push(flag);
                continue;
            }
            _ if !WITH_VALUE.contains(&flag.as_str()) => ways.push(vec![flag]),
            (Some(values), _) => ways.extend(values.into_iter().map(|value| vec![flag.clone(), value.to_owned()])),
            (None, Some(word)) => ways.push(vec![flag, word.to_owned()]),
            (None, None) => ways.push(vec![flag, value.to_owned()]),
        }
        if let Some(way) = ways.last_mut() {
            way.append(&mut before);
        }
    }
    ways
}

/// A folder with one file.
fn folder(file: &str, bytes: &[u8]) -> PathBuf {
    let folder = fresh_folder();
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(file), bytes).unwrap();
    folder
}

/// The command in a folder, against a sandbox.
fn run_in(folder: &Path, sandbox: &Sandbox, arguments: &[&str]) -> Run {
    let mut command = mde(&[&["ip", "stats", "--format", "ndjson"], arguments].concat());
    command.current_dir(folder).env("MDE_ENDPOINT", sandbox.url()).env("MDE_TOKEN", sandbox.token());
    command.output().unwrap().into()
}

/// The addresses of the records.
fn addresses(run: &Run) -> Vec<String> {
    let records = run.out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    records.filter_map(|record| Some(record["ip"].as_str()?.to_owned())).collect()
}

#[tokio::test]
async fn each_way_to_follow_a_hint_works() {
    let sandbox = sandbox().start().await.unwrap();
    for Case { file, text, arguments, hint, value, found } in CASES {
        let folder = folder(file, text.as_bytes());
        let first = [&["-i", *file], *arguments].concat();
        let run = run_in(&folder, &sandbox, &first);
        let printed = format!("{}{}", run.err, run.out.replace("\\\"", "\""));
        assert!(printed.contains(hint), "{file}: {printed}");
        let ways = ways(hint, value);
        assert_eq!(ways.len(), found.len(), "{file}: {ways:?}");
        for (way, found) in ways.iter().zip(*found) {
            // A value in place of the one that was given.
            let kept = first.iter().position(|argument| *argument == way[0]).unwrap_or(first.len());
            let again: Vec<_> = first[..kept].iter().copied().chain(way.iter().map(String::as_str)).collect();
            let run = run_in(&folder, &sandbox, &again);
            assert_eq!(addresses(&run), *found, "{again:?}: {}", run.err);
        }
    }
}

/// What is to be removed from a text, or put before it, so that it is read.
#[tokio::test]
async fn each_change_of_a_text_that_a_hint_names_works() {
    let sandbox = sandbox().start().await.unwrap();
    for (text, hint, changed) in [
        ("fe80::1%eth0", "remove \"%eth0\"", "fe80::1"),
        ("1.2.3.4.5", "remove \".5\"", "1.2.3.4"),
        ("192.0.2.1\u{200b}", "contains the invisible character U+200B: remove it", "192.0.2.1"),
    ] {
        let folder = folder("list.txt", text.as_bytes());
        let run = run_in(&folder, &sandbox, &["-i", "list.txt"]);
        assert!(run.err.contains(hint), "{hint}: {}", run.err);
        let named = hint.split('"').nth(1).unwrap_or("\u{200b}");
        std::fs::write(folder.join("list.txt"), text.replace(named, "")).unwrap();
        assert_eq!(addresses(&run_in(&folder, &sandbox, &["-i", "list.txt"])), [changed]);
    }
}

#[tokio::test]
async fn a_word_becomes_a_comment_by_what_the_hint_names() {
    let sandbox = sandbox().start().await.unwrap();
    let folder = folder("list.txt", b"scanners\n192.0.2.1\n");
    let run = run_in(&folder, &sandbox, &["-i", "list.txt"]);
    let hint = "a comment begins with #";
    assert!(run.err.contains(hint), "{}", run.err);
    let flag = run.err.split_whitespace().find(|word| *word == "--extract").unwrap();
    assert_eq!(addresses(&run_in(&folder, &sandbox, &["-i", "list.txt", flag])), ["192.0.2.1"]);
    let comment = format!("{} scanners\n192.0.2.1\n", hint.split(' ').next_back().unwrap());
    std::fs::write(folder.join("list.txt"), comment).unwrap();
    assert_eq!(addresses(&run_in(&folder, &sandbox, &["-i", "list.txt"])), ["192.0.2.1"]);
}

/// A flag too many: each of the two can go.
#[tokio::test]
async fn either_of_two_flags_that_contradict_each_other_can_be_removed() {
    let sandbox = sandbox().start().await.unwrap();
    let cases = [
        ("list.csv", "ip\n192.0.2.1\n", ["--column", "ip"]),
        ("list.jsonl", "{\"ip\":\"192.0.2.1\"}\n", ["--field", "ip"]),
    ];
    for (file, text, flag) in cases {
        let folder = folder(file, text.as_bytes());
        let format = ["--input-format", "lines"];
        let run = run_in(&folder, &sandbox, &[&["-i", file], &flag[..], &format].concat());
        let named = [flag[0], "--input-format"].iter().all(|flag| run.err.contains(flag));
        assert!(named && run.err.contains("remove one of them"), "{}", run.err);
        let without = run_in(&folder, &sandbox, &[&["-i", file, "--skip-invalid"], &format[..]].concat());
        let with = run_in(&folder, &sandbox, &[&["-i", file], &flag[..]].concat());
        assert_eq!([addresses(&without), addresses(&with)], [["192.0.2.1"], ["192.0.2.1"]], "{}", without.err);
    }
}

/// Bytes that are no text, and the command that makes them one.
#[cfg(unix)]
#[tokio::test]
async fn each_command_that_a_hint_names_works() {
    use std::io::Write;
    use std::process::Command;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    let sandbox = sandbox().start().await.unwrap();
    let list = "ip\n192.0.2.1\n192.0.2.2\n";
    let mut compressed = GzEncoder::new(Vec::new(), Compression::default());
    compressed.write_all(list.as_bytes()).unwrap();
    let wide = |text: &str, bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<_>>();
    let marked = format!("\u{feff}{list}");
    let utf_32 = marked.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    let cases = [
        ("list.csv.gz", compressed.finish().unwrap(), "gzip -dc FILE | mde ip stats -"),
        ("le.csv", wide(&marked, u16::to_le_bytes), "iconv -f UTF-16 -t UTF-8 FILE > FILE2"),
        ("be.csv", wide(&marked, u16::to_be_bytes), "iconv -f UTF-16 -t UTF-8 FILE > FILE2"),
        ("le.txt", wide(list, u16::to_le_bytes), "iconv -f UTF-16LE -t UTF-8 FILE > FILE2"),
        ("be.txt", wide(list, u16::to_be_bytes), "iconv -f UTF-16BE -t UTF-8 FILE > FILE2"),
        ("32.txt", utf_32, "iconv -f UTF-32 -t UTF-8 FILE > FILE2"),
    ];
    for (file, bytes, hint) in cases {
        let folder = folder(file, &bytes);
        let run = run_in(&folder, &sandbox, &["-i", file]);
        assert!(run.err.trim_end().ends_with(hint), "{}", run.err);
        let mut line = hint.replace("FILE2", "converted.csv").replace("FILE", file);
        if line.ends_with("converted.csv") {
            line += " && mde ip stats -i converted.csv";
        }
        // The command as it is printed, with ours as `mde`.
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_mde-under-test"), folder.join("mde")).unwrap();
        let path = std::env::join_paths(
            [folder.clone()].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
        );
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{line} --format ndjson")]).current_dir(&folder).env("PATH", path.unwrap());
        command
            .env("MDE_ENDPOINT", sandbox.url())
            .env("MDE_TOKEN", sandbox.token())
            .env("MDE_STORE", folder.join("store"));
        command.env("MDE_CONFIG", crate::empty_file());
        let run = Run::from(command.output().unwrap());
        assert_eq!(addresses(&run), ["192.0.2.1", "192.0.2.2"], "{line}: {}", run.err);
    }
}

/// Who forgets `-i` gives the name of a file as an address.
#[tokio::test]
async fn a_file_as_an_argument() {
    let sandbox = sandbox().start().await.unwrap();
    let folder = folder("alerts.csv", b"192.0.2.1\n");
    let run = run_in(&folder, &sandbox, &["alerts.csv"]);
    assert!(run.err.contains("; to read the file: -i alerts.csv\n"), "{}", run.err);
    assert_eq!(addresses(&run_in(&folder, &sandbox, &["-i", "alerts.csv"])), ["192.0.2.1"]);
}
