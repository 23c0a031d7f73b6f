//! What holds of every source, whatever its layout, the form of its addresses, and what stands between them: each address
//! that was put in comes out as often as it was put in, nothing else comes out, and nothing is left out of the count.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "properties/given.rs"]
mod given;
mod support;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};

use given::{DAMAGED, Given, HOSTILE, MISSING, NOISE, SEPARATORS, address, given};
use mde_input::{Inputs, Source, read};
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, Strategy, any, prop_oneof};
use proptest::sample::select;
use proptest::test_runner::{RngAlgorithm, TestCaseError, TestRng, TestRunner};

/// One word or cell, and what is to come of it.
#[derive(Clone, Debug)]
enum Item {
    Address(Given),
    Missing(&'static str),
    Damaged(&'static str),
}

impl Item {
    fn text(&self) -> &str {
        match self {
            Self::Address(given) => &given.text,
            Self::Missing(text) | Self::Damaged(text) => text,
        }
    }
}

fn item() -> impl Strategy<Value = Item> {
    prop_oneof![
        8 => given().prop_map(Item::Address),
        1 => select(&MISSING[..]).prop_map(Item::Missing),
        1 => select(&DAMAGED[..]).prop_map(Item::Damaged),
    ]
}

/// A text, how it is read, and what is in it. The counts are those of who wrote it.
#[derive(Clone, Debug, Default)]
struct Layout {
    options: Vec<String>,
    text: String,
    addresses: BTreeMap<IpAddr, u64>,
    passed_over: u64,
    named: u64,
}

impl Layout {
    fn count(&mut self, item: &Item) {
        match item {
            Item::Address(given) => *self.addresses.entry(given.address).or_default() += 1,
            Item::Missing(_) => self.passed_over += 1,
            Item::Damaged(_) => self.named += 1,
        }
    }

    fn check(&self) -> Result<(), TestCaseError> {
        let inputs = match read_with(&self.options, self.text.as_bytes()) {
            Ok(inputs) => inputs,
            Err(_) if self.addresses.is_empty() && self.named == 0 => return Ok(()),
            Err(error) => return Err(TestCaseError::fail(error)),
        };
        let named: BTreeMap<_, _> = inputs
            .entries
            .iter()
            .filter(|entry| entry.address.is_err())
            .map(|entry| (&entry.text, (&entry.address, entry.occurrences)))
            .collect();
        proptest::prop_assert_eq!(&counts(&inputs), &self.addresses, "\nnamed: {:?}", named);
        proptest::prop_assert_eq!(self.addresses.values().sum::<u64>(), inputs.taken);
        proptest::prop_assert_eq!(
            named.values().map(|(_, times)| times).sum::<u64>(),
            self.named,
            "\nnamed: {:?}",
            named
        );
        proptest::prop_assert_eq!(inputs.passed_over.total(), self.passed_over, "{:?}", inputs.passed_over);
        Ok(())
    }
}

fn read_with(options: &[String], mut text: &[u8]) -> Result<Inputs, String> {
    let options: Vec<_> = options.iter().map(String::as_str).collect();
    let sources = vec![Source::Reader { name: "standard input", reader: &mut text }];
    read(sources, &support::parse(&options)).map_err(|error| error.to_string())
}

/// Each address, and how often it is given.
fn counts(inputs: &Inputs) -> BTreeMap<IpAddr, u64> {
    let valid = inputs.entries.iter().filter_map(|entry| Some((*entry.address.as_ref().ok()?, entry.occurrences)));
    valid.fold(BTreeMap::new(), |mut counts, (address, occurrences)| {
        *counts.entry(address).or_default() += occurrences;
        counts
    })
}

/// The same cases in each run, and no file for those that fail.
fn hold<S: Strategy>(cases: u32, of: S, property: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    if let Err(error) = TestRunner::new_with_rng(config, rng).run(&of, property) {
        panic!("{error}");
    }
}

/// A comment, or none. Whatever stands in it is no input.
fn comment() -> impl Strategy<Value = &'static str> {
    select(&["", "", "", "# of Monday", "// 192.0.2.77 was before", "#192.0.2.77", "# \"a, b"][..])
}

/// Lists of words, with comments at their ends and between them.
fn list() -> impl Strategy<Value = Layout> {
    let lines = vec((vec(item(), 0..5), comment()), 1..6);
    (lines, select(&SEPARATORS[..])).prop_map(|(lines, separator)| {
        let mut layout = Layout::default();
        for (mut items, comment) in lines {
            // Between blanks, a dash may be that of a range, or introduce a line.
            if separator.trim_matches(' ').is_empty() {
                items.retain(|item| !matches!(item, Item::Missing("-" | "--")));
            }
            let words: Vec<_> = items.iter().map(Item::text).collect();
            layout.text += &format!("{} {comment}\n", words.join(separator));
            items.iter().for_each(|item| layout.count(item));
            layout.passed_over += u64::from(!comment.is_empty());
        }
        layout
    })
}

#[test]
fn a_list_gives_what_was_put_in() {
    hold(400, list(), |layout| layout.check());
}

/// Names of columns and fields that are known, and those that are not.
const KNOWN: [&str; 6] = ["ip", "src_ip", "IP Address", "ClientIP", "indicator", "Source IP"];
const UNKNOWN: [&str; 6] = ["user", "time", "action", "host name", "id", "note"];

/// What stands in a column that is not read.
const BESIDE: [&str; 10] = [
    "anna",
    "2026-01-01T12:34:56Z",
    "192.0.2.77",
    "",
    "4711",
    "a b",
    "x, y",
    "said \"no\"",
    "2001:db8::77",
    "two\nlines",
];

/// One cell or value that is read for addresses: several words in it stand apart.
fn several() -> impl Strategy<Value = Vec<Item>> {
    prop_oneof![4 => vec(item(), 1..2), 1 => vec(item(), 2..4)]
}

fn joined(items: &[Item]) -> String {
    items.iter().map(Item::text).collect::<Vec<_>>().join(", ")
}

fn quoted(cell: &str, delimiter: char, always: bool) -> String {
    match always || cell.contains([delimiter, '"', '\n', '\r']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.to_owned(),
    }
}

/// Tables with any delimiter, with the addresses in any column, with headings or without.
fn table() -> impl Strategy<Value = Layout> {
    let rows = vec((several(), vec(select(&BESIDE[..]), 4)), 1..6);
    let shape = (select(&[',', ';', '\t', '|'][..]), 0..5_usize, select(&KNOWN[..]), any::<bool>(), any::<bool>());
    let above = vec(select(&["# export of Monday", "#1, 2, 192.0.2.77"][..]), 0..2);
    (rows, shape, above).prop_map(|(rows, (delimiter, index, known, is_quoted, by_number), above)| {
        let mut layout = Layout::default();
        let mut line = |cells: Vec<&str>| {
            let cells = cells.into_iter().map(|cell| quoted(cell, delimiter, is_quoted));
            layout.text += &format!("{}\n", cells.collect::<Vec<_>>().join(&delimiter.to_string()));
        };
        let mut headings = UNKNOWN[..4].to_vec();
        headings.insert(index, known);
        line(headings);
        for (items, beside) in &rows {
            let mut cells = beside.clone();
            let cell = joined(items);
            cells.insert(index, &cell);
            line(cells);
        }
        layout.text.insert_str(0, &above.iter().map(|line| format!("{line}\n")).collect::<String>());
        layout.passed_over += u64::try_from(above.len()).unwrap();
        rows.iter().flat_map(|(items, _)| items).for_each(|item| layout.count(item));
        if by_number {
            layout.options = vec!["--column".to_owned(), (index + 1).to_string()];
        }
        layout
    })
}

#[test]
fn a_table_gives_what_was_put_into_its_column() {
    hold(400, table(), |layout| layout.check());
}

/// A JSON string.
fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// What stands before, between and after the events of a document.
const DOCUMENTS: [(&str, &str, &str); 4] =
    [("", "\n", ""), ("[\n  ", ",\n  ", "\n]"), ("[", ", ", "]"), ("{\n  \"value\": [\n    ", ",\n    ", "\n  ]\n}")];

/// JSON lines, or one document, with the addresses in a field that is known, or named, as a text or in a list.
fn events() -> impl Strategy<Value = Layout> {
    let value = prop_oneof![4 => several().prop_map(|items| (items, false)), 1 => vec(item(), 1..4).prop_map(|items| (items, true))];
    let lines = vec((value, select(&BESIDE[..]), any::<bool>()), 1..6);
    (lines, select(&KNOWN[..]), any::<bool>(), select(&DOCUMENTS[..])).prop_map(|(lines, name, is_nested, document)| {
        let mut layout = Layout::default();
        let mut events = Vec::new();
        for ((items, is_list), beside, is_first) in lines {
            let value = match is_list {
                true => format!("[{}]", items.iter().map(|item| json(item.text())).collect::<Vec<_>>().join(", ")),
                false => json(&joined(&items)),
            };
            let field = format!("{}: {value}", json(name));
            let field = if is_nested { format!("\"event\":{{{field}}}") } else { field };
            let beside = format!("\"note\":{}", json(beside));
            let fields = if is_first { [field, beside] } else { [beside, field] };
            events.push(format!("{{{}}}", fields.join(",")));
            items.iter().for_each(|item| layout.count(item));
        }
        let (start, between, end) = document;
        layout.text = format!("{start}{}{end}\n", events.join(between));
        if is_nested {
            layout.options = vec!["--field".to_owned(), format!("event.{name}")];
        }
        layout
    })
}

#[test]
fn events_give_what_was_put_into_their_field() {
    hold(400, events(), |layout| layout.check());
}

/// Addresses in any form, put together by anything, with anything around them.
fn hostile() -> impl Strategy<Value = (Vec<Given>, String, bool)> {
    let noise =
        vec(prop_oneof![any::<char>().prop_map(String::from), select(&NOISE[..]).prop_map(str::to_owned)], 0..4);
    let between = prop_oneof![
        select(&SEPARATORS[..]).prop_map(str::to_owned),
        select(&HOSTILE[..]).prop_map(str::to_owned),
        noise.prop_map(|noise| noise.concat()),
    ];
    // What would be a part of the address beside it is no noise: digits, and two colons, which any number may follow.
    let between = between.prop_map(|text| text.replace(|c: char| c.is_ascii_hexdigit(), "x").replace("::", ":"));
    (vec((given(), between), 1..5), any::<bool>()).prop_map(|(parts, is_spaced)| {
        let mut text = String::new();
        for (given, between) in &parts {
            text += &if is_spaced { given.text.replace('.', " . ") } else { given.text.clone() };
            text += between;
        }
        (parts.into_iter().map(|(given, _)| given).collect(), text, is_spaced)
    })
}

/// Whatever stands between addresses, the result is what was put in or a diagnosis: no address that was not put in.
#[test]
fn two_addresses_never_make_a_third() {
    let formats: [&[&str]; 5] =
        [&[], &["--input-format", "lines"], &["--input-format", "csv"], &["--column", "1"], &["--extract"]];
    let formats = formats.map(|options| options.iter().map(|option| (*option).to_owned()).collect::<Vec<_>>());
    hold(400, hostile(), |(given, text, is_spaced)| {
        // Extraction looks at the words between blanks, each for itself.
        for options in formats.iter().filter(|options| !(is_spaced && options.contains(&"--extract".to_owned()))) {
            let Ok(inputs) = read_with(options, text.as_bytes()) else { continue };
            for (address, times) in counts(&inputs) {
                // Two colons are an address, and with an IPv4 address behind them another one.
                if matches!(address, IpAddr::V6(address) if address.segments()[..6] == [0; 6]) {
                    continue;
                }
                let put_in = given.iter().filter(|given| given.address == address).count();
                proptest::prop_assert!(times <= u64::try_from(put_in).unwrap(), "{options:?}, {text:?}: {address}");
            }
        }
        Ok(())
    });
}

/// What stands in a log beside addresses, and is nothing of the kind.
const WORDS: [&str; 16] = [
    "sshd[4711]:",
    "Failed",
    "password",
    "for",
    "root",
    "2026-01-01T12:34:56Z",
    "12:34:56",
    "v1.2.3",
    "OpenSSH_9.6p1",
    "user=anna",
    "<134>1",
    "port",
    "a@example.com",
    "/var/log/x",
    "00:1a:2b:3c:4d:5e",
    "id=12-34",
];

/// What stands around an address in a log, with nothing between.
const FIELDS: [&str; 10] =
    ["{}", "src={}", "[SRC={}]", "\"{}\"", "({})", "Ip:{}", "outside:{}/443", "<td>{}</td>", "client={};", "'{}',"];

/// Of IPv6, an address from the range that is in use: in any text, others may be anything with colons.
fn in_use(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 3 | 1 << 125).into(),
        IpAddr::V4(_) => address,
    }
}

/// Any text, with addresses among its words.
fn log() -> impl Strategy<Value = Layout> {
    let word = prop_oneof![
        3 => select(&WORDS[..]).prop_map(|word| (word.to_owned(), None)),
        1 => (address().prop_map(in_use), select(&FIELDS[..])).prop_map(|(address, field)| {
            let text = if address.is_ipv6() { field.replace("Ip:", "ip=").replace("outside:{}/443", "[{}]:443") } else { field.to_owned() };
            (text.replace("{}", &address.to_string()), Some(address))
        }),
    ];
    vec(vec(word, 1..8), 1..6).prop_map(|lines| {
        let mut layout = Layout { options: vec!["--extract".to_owned()], ..Layout::default() };
        for words in lines {
            let texts: Vec<_> = words.iter().map(|(text, _)| text.as_str()).collect();
            layout.text += &format!("{}\n", texts.join(" "));
            for (_, address) in &words {
                match address {
                    Some(address) => *layout.addresses.entry(*address).or_default() += 1,
                    None => layout.passed_over += 1,
                }
            }
        }
        layout
    })
}

#[test]
fn a_log_gives_its_addresses_and_nothing_else() {
    hold(400, log(), |layout| layout.check());
}

/// Whatever the bytes are, and whatever they are taken for, they are read to their end, and all is counted.
#[test]
fn arbitrary_bytes_do_no_harm() {
    let piece = prop_oneof![
        8 => select(&NOISE[..]).prop_map(|piece| piece.as_bytes().to_vec()),
        2 => select(&["8.8.8.8", "2001:db8::1"][..]).prop_map(|address| address.as_bytes().to_vec()),
        1 => (1..=u8::MAX).prop_map(|byte| vec![byte]),
    ];
    let options: [&[&str]; 6] = [
        &[],
        &["--input-format", "csv"],
        &["--input-format", "json"],
        &["--column", "1"],
        &["--field", "ip"],
        &["--extract"],
    ];
    let options = options.map(|options| options.iter().map(|option| (*option).to_owned()).collect::<Vec<_>>());
    hold(400, vec(piece, 0..40), |pieces| {
        for options in &options {
            let Ok(inputs) = read_with(options, &pieces.concat()) else { continue };
            proptest::prop_assert_eq!(counts(&inputs).values().sum::<u64>(), inputs.taken);
            for problem in inputs.entries.iter().filter_map(|entry| entry.address.as_ref().err()) {
                proptest::prop_assert!(!problem.is_empty() && !problem.contains(char::is_control), "{:?}", problem);
            }
        }
        Ok(())
    });
}
