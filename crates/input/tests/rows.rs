//! Rows that columns can be added to: where each ends, what it holds, and which sources have none.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::net::IpAddr;

use mde_input::{Content, Finding, Form, InputError, Inputs, Row, Rows, Shape};
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, Strategy, any, prop_oneof};
use proptest::sample::select;
use proptest::test_runner::{RngAlgorithm, TestCaseError, TestRng, TestRunner};

fn read(name: &str, options: &[&str], mut text: &[u8]) -> Result<(Rows, Inputs), InputError> {
    mde_input::read_rows(name, &mut text, &support::parse(options), "mde_")
}

/// The text with what each row holds at its end: `<H>` for headings, else the findings of each column, of which `/` stands
/// between columns and `+` within one.
fn marked(name: &str, options: &[&str], text: &str) -> Result<String, String> {
    let (rows, _) = read(name, options, text.as_bytes()).map_err(|error| error.to_string())?;
    Ok(marked_rows(&rows, text))
}

fn marked_rows(rows: &Rows, text: &str) -> String {
    let (mut marked, mut written) = (String::new(), 0);
    let mut on_row = |row: Row<'_>| {
        let end = usize::try_from(row.end).unwrap();
        marked += &text[written..end];
        written = end;
        marked += &format!("<{}>", content(row.content));
        Ok(())
    };
    rows.read(&mut text.as_bytes(), &mut on_row).unwrap();
    marked + &text[written..]
}

fn content(content: Content<'_>) -> String {
    let finding = |finding: &Finding| match finding {
        Finding::Address(ip) => ip.to_string(),
        Finding::LeftOut(ip) => format!("({ip})"),
        Finding::Invalid(_) => "!".to_owned(),
    };
    match content {
        Content::Headings => "H".to_owned(),
        Content::Findings(columns) => {
            let columns = columns.iter().map(|found| found.iter().map(finding).collect::<Vec<_>>().join("+"));
            columns.collect::<Vec<_>>().join("/")
        }
    }
}

#[test]
fn rows_end_where_they_can_be_continued() {
    let cases = [
        // Tables.
        ("ip,n\n192.0.2.1,x\n", "", "ip,n<H>\n192.0.2.1,x<192.0.2.1>\n"),
        ("ip,n\r\n192.0.2.1,x\r\n,y", "", "ip,n<H>\r\n192.0.2.1,x<192.0.2.1>\r\n,y<>"),
        ("ip,n\r192.0.2.1,x\n192.0.2.2,\r\n", "", "ip,n<H>\r192.0.2.1,x<192.0.2.1>\n192.0.2.2,<192.0.2.2>\r\n"),
        ("\u{feff}ip;n\n192.0.2.1;\"a\nb\"\n", "", "\u{feff}ip;n<H>\n192.0.2.1;\"a\nb\"<192.0.2.1>\n"),
        ("sep=;\nip;n\n192.0.2.1;1\n", "", "sep=;\nip;n<H>\n192.0.2.1;1<192.0.2.1>\n"),
        (
            "Alerts of Monday\n\nip,n\n# a comment\n192.0.2.1,1\n\n-----,---\n192.0.2.2,2\n",
            "",
            "Alerts of Monday\n\nip,n<H>\n# a comment\n192.0.2.1,1<192.0.2.1>\n\n-----,---\n192.0.2.2,2<192.0.2.2>\n",
        ),
        ("ip,n\n192.0.2.1\n192.0.2.2,2,3\n", "", "ip,n<H>\n192.0.2.1<192.0.2.1>\n192.0.2.2,2,3<192.0.2.2>\n"),
        ("192.0.2.1,a\n192.0.2.2,b\n", "", "192.0.2.1,a<192.0.2.1>\n192.0.2.2,b<192.0.2.2>\n"),
        (
            "src,dst\n192.0.2.1,\n\"192.0.2.2, 192.0.2.3\",192.0.2.4\nN/A,-\n",
            "--column src --column dst",
            "src,dst<H>\n192.0.2.1,<192.0.2.1/>\n\"192.0.2.2, 192.0.2.3\",192.0.2.4<192.0.2.2+192.0.2.3/192.0.2.4>\nN/A,-</>\n",
        ),
        // Headings that come again in another order.
        (
            "src,dst\n192.0.2.1,192.0.2.2\ndst,src\n192.0.2.3,192.0.2.4\n",
            "--column src --column dst",
            "src,dst<H>\n192.0.2.1,192.0.2.2<192.0.2.1/192.0.2.2>\ndst,src<H>\n192.0.2.3,192.0.2.4<192.0.2.4/192.0.2.3>\n",
        ),
        (
            "ip,n\n999.1.1.1,x\n10.0.0.1,y\n8.8.8.8,z\n",
            "--public-only",
            "ip,n<H>\n999.1.1.1,x<!>\n10.0.0.1,y<(10.0.0.1)>\n8.8.8.8,z<8.8.8.8>\n",
        ),
        ("ip,n\n192.0.2.1,x\nTotal,17\n", "", "ip,n<H>\n192.0.2.1,x<192.0.2.1>\nTotal,17<>\n"),
        (
            "type,value\nip,192.0.2.1\ndomain,a.example\n",
            "--column value",
            "type,value<H>\nip,192.0.2.1<192.0.2.1>\ndomain,a.example<>\n",
        ),
        (
            "n,note\n1,from 192.0.2.1 to 192.0.2.2\n",
            "--column note --extract",
            "n,note<H>\n1,from 192.0.2.1 to 192.0.2.2<192.0.2.1+192.0.2.2>\n",
        ),
        ("192.0.2.1\n192.0.2.2\n", "--input-format csv", "192.0.2.1<192.0.2.1>\n192.0.2.2<192.0.2.2>\n"),
        // JSON lines.
        ("{\"ip\":\"192.0.2.1\"}\n{\"ip\":null}\n", "", "{\"ip\":\"192.0.2.1\"<192.0.2.1>}\n{\"ip\":null<>}\n"),
        (
            "\u{feff}{ \"ip\" : \"192.0.2.1\" , \"n\" : 1.50 }\r\n\r\n{}",
            "",
            "\u{feff}{ \"ip\" : \"192.0.2.1\" , \"n\" : 1.50<192.0.2.1> }\r\n\r\n{<>}",
        ),
        (
            "{\"ip\":\"192.0.2.1\",}\n{\"ip\":\"192.0.2.2\"},\n",
            "",
            "{\"ip\":\"192.0.2.1\"<192.0.2.1>,}\n{\"ip\":\"192.0.2.2\"<192.0.2.2>},\n",
        ),
        (
            "{\"a\":{\"ip\":[\"192.0.2.1\",\"192.0.2.2\"]},\"b\":{\"c\":[{}]}}\n{\"a\":{\"ip\":\"192.0.2.3\"}}\n",
            "--field a.ip",
            "{\"a\":{\"ip\":[\"192.0.2.1\",\"192.0.2.2\"]},\"b\":{\"c\":[{}]}<192.0.2.1+192.0.2.2>}\n{\"a\":{\"ip\":\"192.0.2.3\"}<192.0.2.3>}\n",
        ),
        (
            "{\"dst\":\"192.0.2.2\",\"src\":\"192.0.2.1\"}\n{\"src\":\"x\"}\n",
            "--field src --field dst",
            "{\"dst\":\"192.0.2.2\",\"src\":\"192.0.2.1\"<192.0.2.1/192.0.2.2>}\n{\"src\":\"x\"<!/>}\n",
        ),
        // Rows that are commented out, and what ends a file of DOS.
        ("ip,n\n#192.0.2.1,x\n192.0.2.2,#\n\u{1a}", "", "ip,n<H>\n#192.0.2.1,x\n192.0.2.2,#<192.0.2.2>\n\u{1a}"),
        // No row has an address.
        ("{\"ip\":null}\n{\"ip\":\"-\"}\n", "", "{\"ip\":null<>}\n{\"ip\":\"-\"<>}\n"),
        // A line that is damaged, and a comment.
        (
            "{\"ip\":\"192.0.2.1\"}\n{\"ip\":\"192.0.2.2\n# x\n{\"ip\":\"192.0.2.3\"}\n",
            "",
            "{\"ip\":\"192.0.2.1\"<192.0.2.1>}\n{\"ip\":\"192.0.2.2\n# x\n{\"ip\":\"192.0.2.3\"<192.0.2.3>}\n",
        ),
    ];
    for (text, options, expected) in cases {
        let options: Vec<_> = options.split_whitespace().collect();
        assert_eq!(marked("-", &options, text).as_deref(), Ok(expected), "{text:?} with {options:?}");
    }
}

#[test]
fn what_has_no_rows_is_refused() {
    let jsonl = "{\"ip\":\"192.0.2.1\"}\n";
    let cases = [
        ("x", "192.0.2.1\n192.0.2.2\n", "", "x is a list"),
        ("x", "from 192.0.2.1", "--extract", "x has no rows with --extract alone"),
        ("x", "[\n{\"ip\":\"192.0.2.1\"}\n]", "", "x is not JSON lines"),
        ("x", "{\"value\":[{\"ip\":\"192.0.2.1\"}]}", "", "x has its events in a list, value[]"),
        ("x", &format!("{jsonl}[\"192.0.2.2\"]\n"), "", "x:2:1 is not a JSON object"),
        ("x", &format!("{}{{}} {{}}\n{jsonl}", jsonl.repeat(200)), "", "x:201:1 has several JSON documents"),
        ("x", "#fields\tts\tid.orig_h\n1\t192.0.2.1\n", "", "x names its columns in a comment"),
        ("x", "| ip | n |\n|---|---|\n| 192.0.2.1 | 1 |\n", "", "x has columns between blanks or drawn lines"),
        ("x.csv", "", "", "there is no address in x.csv"),
        ("x.csv", "ip,n\n192.0.2.1,\"a\n192.0.2.2,b\n", "", "x.csv has a row in line 2 that is longer than 1 MiB, or"),
        ("x.csv", &format!("ip,n\n192.0.2.1,\"{}\"\n", "a".repeat(1 << 20)), "", "x.csv has a row in line 2 that is"),
        ("x", &format!("ip,n\n192.0.2.1{}\n", ",".repeat(2_000)), "", "x has 2001 cells in line 2"),
    ];
    for (name, text, options, problem) in cases {
        let options: Vec<_> = options.split_whitespace().collect();
        let result = marked(name, &options, text);
        assert!(result.as_ref().is_err_and(|error| error.starts_with(problem)), "{text:?}: {result:?}");
    }
}

#[test]
fn a_source_is_known_by_its_shape() {
    let shape = |options: &[&str], text: &str| read("-", options, text.as_bytes()).unwrap().0.shape().clone();
    let columns = |shape: &Shape| -> Vec<_> {
        shape.columns.iter().map(|column| (column.name.clone().unwrap_or_default(), column.number)).collect()
    };
    let table = shape(&["--column", "3", "--column", "a"], "\"a\";\"\";\"b c\"\n192.0.2.1;2;192.0.2.3;4\n");
    assert_eq!(table.form, Form::Table { delimiter: b';', cells: 4, is_quoted: true });
    assert_eq!(columns(&table), [("a".to_owned(), 1), ("b c".to_owned(), 3)]);
    assert_eq!(table.names, ["a", "", "b c"]);
    let list = shape(&["--input-format", "csv"], "192.0.2.1\n");
    assert_eq!(list.form, Form::Table { delimiter: b',', cells: 1, is_quoted: false });
    assert_eq!((columns(&list), list.names.len()), (vec![(String::new(), 1)], 0));
    let lines = shape(
        &["--field", "b.ip", "--field", "ip"],
        "{\"ip\":\"192.0.2.1\",\"b\":{\"ip\":null,\"mde_y\":1},\"mde_x\":1}\n",
    );
    assert_eq!(lines.form, Form::JsonLines);
    assert_eq!(columns(&lines), [("b.ip".to_owned(), 1), ("ip".to_owned(), 2)]);
    assert_eq!(lines.names, ["mde_x"]);
}

/// A cell as it is written, and the addresses in it.
type Given = (String, Vec<IpAddr>);

fn address() -> impl Strategy<Value = IpAddr> {
    prop_oneof![any::<[u8; 4]>().prop_map(IpAddr::from), any::<[u16; 8]>().prop_map(IpAddr::from)]
        .prop_map(|ip: IpAddr| ip.to_canonical())
}

/// The cell of an address, of several, or of none.
fn cell() -> impl Strategy<Value = Given> {
    prop_oneof![
        6 => address().prop_map(|ip| (ip.to_string(), vec![ip])),
        1 => vec(address(), 2..4).prop_map(|ips| {
            (ips.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(" "), ips)
        }),
        1 => select(&["", "-", "N/A", "unknown"][..]).prop_map(|text| (text.to_owned(), Vec::new())),
    ]
}

/// A cell that nobody reads for addresses.
fn other() -> impl Strategy<Value = String> {
    select(&["", "x", "17", "a,b", "a;b", "a\tb", "he said \"no\"", "two\nlines", "two\r\nlines", " é ", "=1+1"][..])
        .prop_map(str::to_owned)
}

/// How a table is written.
#[derive(Clone, Copy, Debug)]
struct Dialect {
    delimiter: char,
    line_end: &'static str,
    is_quoted: bool,
    has_mark: bool,
    ends_in_line_end: bool,
}

fn dialect() -> impl Strategy<Value = Dialect> {
    let line_end = select(&["\n", "\r\n", "\r"][..]);
    let delimiter = select(&[',', ';', '\t', '|'][..]);
    (delimiter, line_end, any::<[bool; 3]>()).prop_map(|(delimiter, line_end, [is_quoted, has_mark, ends])| Dialect {
        delimiter,
        line_end,
        is_quoted,
        has_mark,
        ends_in_line_end: ends,
    })
}

impl Dialect {
    fn row(self, cells: &[&str]) -> String {
        let special = [self.delimiter, '"', '\n', '\r'];
        let quoted = |cell: &&str| match self.is_quoted || cell.contains(special) {
            true => format!("\"{}\"", cell.replace('"', "\"\"")),
            false => (*cell).to_owned(),
        };
        cells.iter().map(quoted).collect::<Vec<_>>().join(&self.delimiter.to_string())
    }

    /// The lines as a text.
    fn text(self, lines: &[String]) -> String {
        let end = if self.ends_in_line_end { self.line_end } else { "" };
        format!("{}{}{end}", if self.has_mark { "\u{feff}" } else { "" }, lines.join(self.line_end))
    }
}

/// The same cases in each run, and no file for those that fail.
fn hold<S: Strategy>(cases: u32, of: S, property: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    if let Err(error) = TestRunner::new_with_rng(config, rng).run(&of, property) {
        panic!("{error}");
    }
}

fn findings(cells: &[&Given]) -> String {
    let found = cells.iter().map(|(_, ips)| ips.iter().map(IpAddr::to_string).collect::<Vec<_>>().join("+"));
    format!("<{}>", found.collect::<Vec<_>>().join("/"))
}

/// Each row of a table has the addresses of its cells, and ends where its line does, in any dialect, between comments and
/// blank lines.
#[test]
fn each_row_of_a_table_has_its_own_addresses() {
    let line = (cell(), other(), cell(), select(&["", "", "", "\n", "# a comment"][..]));
    hold(300, (vec(line, 2..12), dialect()), |(lines, dialect)| {
        if lines.iter().all(|(src, _, dst, _)| src.1.is_empty() && dst.1.is_empty()) {
            return Ok(());
        }
        let heading = dialect.row(&["src_ip", "note", "dest_ip"]);
        let (mut plain, mut expected) = (vec![heading.clone()], vec![format!("{heading}<H>")]);
        for (src, note, dst, before) in &lines {
            if !before.is_empty() {
                [&mut plain, &mut expected].into_iter().for_each(|lines| lines.push(before.trim().to_owned()));
            }
            let row = dialect.row(&[&src.0, note, &dst.0]);
            expected.push(format!("{row}{}", findings(&[src, dst])));
            plain.push(row);
        }
        let (text, expected) = (dialect.text(&plain), dialect.text(&expected));
        let options = ["--column", "src_ip", "--column", "dest_ip", "--input-format", "csv"];
        proptest::prop_assert_eq!(marked("-", &options, &text), Ok(expected));
        Ok(())
    });
}

/// Each object has the addresses of its members, and ends before its brace, however it is written.
#[test]
fn each_object_has_its_own_addresses() {
    let blanks = || select(&["", " ", "\t", "  "][..]);
    let last = select(&["1.50", "\"a\\\"}\"", "{\"x\":[1,{}]}", "[]", "true", "null", "-0e7"][..]);
    let line = (cell(), last, blanks(), blanks(), any::<bool>());
    hold(300, (vec(line, 2..12), select(&["\n", "\r\n", "\n\n"][..]), any::<bool>()), |(lines, line_end, ends)| {
        if lines.iter().all(|(cell, ..)| cell.1.is_empty()) {
            return Ok(());
        }
        let (mut plain, mut expected) = (Vec::new(), Vec::new());
        for (cell, last, one, other, is_last) in &lines {
            let address = format!("\"ip\"{one}:{other}\"{}\"", cell.0);
            let members = match is_last {
                true => format!("\"n\":{one}{last}{other},{address}"),
                false => format!("{address},{other}\"n\":{one}{last}"),
            };
            plain.push(format!("{one}{{{other}{members}{one}}}{other}"));
            expected.push(format!("{one}{{{other}{members}{}{one}}}{other}", findings(&[cell])));
        }
        let text = |lines: &[String]| lines.join(line_end) + if ends { line_end } else { "" };
        proptest::prop_assert_eq!(marked("-", &["--field", "ip"], &text(&plain)), Ok(text(&expected)));
        Ok(())
    });
}
