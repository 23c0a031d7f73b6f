//! Random tables in the ways that programs write them: every address that is put into a column comes out once, where it
//! was put, nothing else comes out, and everything is accounted for.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use mde_input::{Inputs, Source, read};

/// How a table is written.
const WAYS: [&str; 11] =
    ["comma", "semicolon", "tab", "bar", "quoted", "blanks", "aligned", "psql", "mysql", "markdown", "powershell"];

const MISSING: [&str; 6] = ["-", "N/A", "null", "(empty)", "unknown", "none"];

struct Table {
    names: Vec<&'static str>,
    /// The column of the addresses.
    column: usize,
    rows: Vec<Vec<String>>,
    addresses: Vec<String>,
}

fn any<'a>(random: &mut fastrand::Rng, choices: &[&'a str]) -> &'a str {
    choices[random.usize(..choices.len())]
}

fn any_table(random: &mut fastrand::Rng) -> Table {
    let columns = random.usize(2..6);
    let column = random.usize(..columns);
    let mut names = vec!["ticket", "user", "note", "count", "rule"][..columns].to_vec();
    names[column] = any(random, &["ip", "src_ip", "IPAddress", "clientip", "indicator"]);
    let (mut rows, mut addresses) = (Vec::new(), Vec::new());
    for number in 1..random.usize(3..20) {
        let mut row: Vec<String> = (0..columns)
            .map(|_| match random.u32(..4) {
                0 => format!("#{number}"),
                1 => any(random, &["anna", "x-y", "2026-01-05", "09:00:00", "1.5", "été"]).to_owned(),
                2 => number.to_string(),
                _ => any(random, &["web", "DROP", "00:11:22:33:44:55"]).to_owned(),
            })
            .collect();
        // At first an address, by which the column is known.
        row[column] = match random.u32(..8) {
            0 if number > 2 => any(random, &MISSING).to_owned(),
            1 => format!("2001:db8::{number:x}"),
            _ => format!("192.0.2.{number}"),
        };
        if row[column].contains(['.', ':']) {
            addresses.push(row[column].clone());
        }
        rows.push(row);
    }
    Table { names, column, rows, addresses }
}

/// The text, and how many lines of it are neither headings nor rows.
fn written(table: &Table, way: &str, random: &mut fastrand::Rng) -> (String, usize) {
    let names: Vec<String> = table.names.iter().map(|name| (*name).to_owned()).collect();
    let all = || std::iter::once(&names).chain(&table.rows);
    let width = |index: usize| all().map(|row| row[index].chars().count()).max().unwrap();
    let padded = |row: &Vec<String>, between: &str| {
        let cells = row.iter().enumerate().map(|(index, cell)| format!("{cell:0$}", width(index)));
        cells.collect::<Vec<_>>().join(between)
    };
    let strokes =
        |between: &str| (0..names.len()).map(|index| "-".repeat(width(index))).collect::<Vec<_>>().join(between);
    let quoted = |row: &Vec<String>| row.iter().map(|cell| format!("\"{cell}\"")).collect::<Vec<_>>().join(", ");
    let line = |row: &Vec<String>| match way {
        "comma" => row.join(","),
        "semicolon" => row.join(";"),
        "tab" => row.join("\t"),
        "bar" => row.join("|"),
        "quoted" => quoted(row),
        "blanks" => row.join(" "),
        "aligned" => padded(row, "   "),
        "powershell" => padded(row, " "),
        "psql" => format!(" {}", padded(row, " | ")),
        _ => format!("| {} |", padded(row, " | ")),
    };
    let mut lines: Vec<String> = all().map(line).collect();
    let mut others = 0;
    let ruling = match way {
        "powershell" => Some(strokes(" ")),
        "psql" => Some(format!("-{}-", strokes("-+-"))),
        "mysql" => Some(format!("+-{}-+", strokes("-+-"))),
        "markdown" => Some(format!("|-{}-|", strokes("-|-"))),
        _ => None,
    };
    if let Some(ruling) = ruling {
        lines.insert(1, ruling.clone());
        others += 1;
        if way == "mysql" {
            lines.insert(0, ruling.clone());
            lines.push(ruling);
            others += 2;
        }
    }
    for _ in 0..random.usize(..3) {
        lines.insert(0, any(random, &["# a comment of Monday, by Anna", "Weekly report", "## Findings"]).to_owned());
        others += 1;
    }
    if random.bool() {
        lines.push("(3 rows)".to_owned());
        others += 1;
    }
    (lines.join(any(random, &["\n", "\r\n", "\r"])) + "\n", others)
}

fn accounted_for(inputs: &Inputs) -> u64 {
    let named = inputs.entries.iter().filter(|entry| entry.address.is_err()).map(|entry| entry.occurrences);
    inputs.taken + inputs.passed_over.total() + named.sum::<u64>()
}

#[test]
fn what_is_put_into_a_column_comes_out() {
    for seed in 0..1_000 {
        let mut random = fastrand::Rng::with_seed(seed);
        let table = any_table(&mut random);
        let way = any(&mut random, &WAYS);
        let (text, others) = written(&table, way, &mut random);
        let number = (table.column + 1).to_string();
        let arguments: &[&str] = match random.u32(..3) {
            0 => &["--every-line", "--column", table.names[table.column]],
            1 => &["--every-line", "--column", &number],
            _ => &["--every-line"],
        };
        let mut reader = text.as_bytes();
        let inputs = read(vec![Source::Reader { name: "-", reader: &mut reader }], &support::parse(arguments));
        let inputs = inputs.unwrap_or_else(|error| panic!("seed {seed}, {way} {arguments:?}: {error}\n{text}"));
        let found: Vec<_> = inputs.entries.iter().map(|entry| entry.text.clone()).collect();
        assert_eq!(found, table.addresses, "seed {seed}, {way} {arguments:?}:\n{text}");
        let all = table.rows.len() + others;
        assert_eq!(
            accounted_for(&inputs),
            all as u64,
            "seed {seed}, {way} {arguments:?}, {}:\n{text}",
            inputs.passed_over
        );
    }
}

/// The options that a message names, each as the arguments of a command line.
fn options_of(message: &str) -> Vec<Vec<String>> {
    let (_, options) = message.split_once("name one or more: ").unwrap();
    let arguments = |option: &str| {
        let (option, _) = option.rsplit_once(" (").unwrap();
        let (flags, value) = option.split_once("--column ").unwrap();
        let flags = flags.split_whitespace().map(str::to_owned);
        flags.chain(["--column".to_owned(), value.trim_matches('"').to_owned()]).collect()
    };
    options.split("), ").map(arguments).collect()
}

/// Each option that a message names is one that works.
#[test]
fn the_options_of_messages_work() {
    let cases = [
        ("src_ip,dst_ip\n192.0.2.1,192.0.2.2\n", 2),
        ("Source IP;Client \"IP\" ;x\n192.0.2.1;192.0.2.2;-\n", 2),
        ("ip,ip,n\n192.0.2.1,192.0.2.2,\n", 2),
        ("2026-01-05,192.0.2.1,192.0.2.2\n2026-01-06,192.0.2.3,192.0.2.4\n", 2),
        ("#Fields: date c-ip s-ip\n2026-01-05 192.0.2.1 192.0.2.2\n", 2),
        ("Proto  Local Address   Foreign Address\nTCP    192.0.2.1:80    192.0.2.2:5000\n", 2),
        ("| src ip | dst ip |\n|---|---|\n| 192.0.2.1 | 192.0.2.2 |\n", 2),
    ];
    for (text, count) in cases {
        let read_with = |arguments: &[&str]| {
            let mut reader = text.as_bytes();
            read(vec![Source::Reader { name: "-", reader: &mut reader }], &support::parse(arguments))
        };
        let options = options_of(&read_with(&[]).unwrap_err().to_string());
        assert_eq!(options.len(), count, "{text}");
        let mut all = Vec::new();
        for option in &options {
            let option: Vec<_> = option.iter().map(String::as_str).collect();
            let inputs = read_with(&option).unwrap();
            assert!(inputs.taken > 0 && inputs.entries.iter().all(|entry| entry.address.is_ok()), "{text} {option:?}");
            all.extend(option);
        }
        // And all of them together, of which no address is lost.
        assert_eq!(read_with(&all).unwrap().taken as usize, text.matches("192.0.2.").count(), "{text} {all:?}");
    }
}

/// With several sources, each table has each of the columns, or is named.
#[test]
fn each_table_has_each_column() {
    let read_both = |first: &str, second: &str| {
        let (mut first, mut second) = (first.as_bytes(), second.as_bytes());
        let sources = vec![
            Source::Reader { name: "first", reader: &mut first },
            Source::Reader { name: "second", reader: &mut second },
        ];
        let options = support::parse(&["--column", "src", "--column", "dst"]);
        read(sources, &options).map(|inputs| inputs.taken).map_err(|error| error.to_string())
    };
    assert_eq!(read_both("src,dst\n192.0.2.1,192.0.2.2\n", "dst;n;src\n192.0.2.3;;192.0.2.4\n"), Ok(4));
    assert_eq!(read_both("src,dst\n192.0.2.1,192.0.2.2\n", "192.0.2.3\n192.0.2.4\n"), Ok(4));
    let error = "second has no column \"dst\"; name one with --column: \"src\", \"n\"".to_owned();
    assert_eq!(read_both("src,dst\n192.0.2.1,192.0.2.2\n", "src;n\n192.0.2.3;1\n"), Err(error));
    let error = "none of these has the column \"src\": first, second".to_owned();
    assert_eq!(read_both("192.0.2.1\n", "192.0.2.2\n"), Err(error));
}

#[test]
fn a_heading_follows_any_number_of_comments() {
    let text = format!("{}id,ip\n1,192.0.2.1\n", "# a, license\n".repeat(500));
    let mut reader = text.as_bytes();
    let inputs = read(vec![Source::Reader { name: "-", reader: &mut reader }], &support::parse(&[])).unwrap();
    assert_eq!((inputs.taken, inputs.passed_over.comments, accounted_for(&inputs)), (1, 500, 501));
}
