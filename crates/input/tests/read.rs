//! Whatever is read, the result is what was written or a diagnosis, and never another address.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::net::IpAddr;

use mde_input::{Entry, Inputs, Source, read};
use support::parse;

fn read_from(options: &[&str], reader: &mut dyn std::io::Read) -> Result<Inputs, String> {
    let sources = vec![Source::Reader { name: "standard input", reader }];
    read(sources, &parse(options)).map_err(|error| error.to_string())
}

/// What is read from a stream.
fn read_with(options: &[&str], mut text: &[u8]) -> Result<Inputs, String> {
    read_from(options, &mut text)
}

/// The addresses in their order, or `None` if anything is invalid.
fn addresses(options: &[&str], text: &[u8]) -> Option<Vec<IpAddr>> {
    let inputs = read_with(options, text).ok()?;
    inputs.entries.into_iter().map(|entry| entry.address.ok()).collect()
}

/// Those that are valid, whatever else is invalid.
fn valid(text: &str) -> Vec<String> {
    let inputs = read_with(&[], text.as_bytes()).unwrap();
    inputs.distinct_addresses().iter().map(ToString::to_string).collect()
}

/// A line for each entry: its line and column, what was written, and the outcome.
fn results(options: &[&str], text: &str) -> Vec<String> {
    let inputs = read_with(options, text.as_bytes()).unwrap();
    let line = |entry: Entry| {
        let outcome = entry.address.map_or_else(|problem| problem, |address| address.to_string());
        format!("{} {}: {outcome}", entry.location, entry.text).replace("standard input:", "")
    };
    inputs.entries.into_iter().map(line).collect()
}

/// What is skipped as invalid must not leave a part behind that is an address of its own.
#[test]
fn known_traps() {
    let cases: [(&str, &[&str]); 40] = [
        ("1.1.1.1 . 2.2.2.2", &["1.1.1.1", "2.2.2.2"]),
        ("1.1.1 .1,2.2.2 .2", &["1.1.1.1", "2.2.2.2"]),
        ("1.1.1 .1 2.2.2 .2", &["1.1.1.1", "2.2.2.2"]),
        ("1 . 1 . 1 . 1 2 . 2 . 2 . 2", &["1.1.1.1", "2.2.2.2"]),
        ("8.8.8.8.8.8.4.4", &[]),
        ("1.1.1.1.", &["1.1.1.1"]),
        ("1.1.1.1. 2.2.2.2.", &["1.1.1.1", "2.2.2.2"]),
        ("1. 8.8.8", &[]),
        ("1. 8.8.8.8", &["8.8.8.8"]),
        ("1.1.1 . 1 . 2.2.2 . 2", &[]),
        ("2001:db8::1 .1.1.1", &[]),
        ("1.1.1\n.1", &[]),
        ("http://1.1.1.1/ .2", &[]),
        ("1.1.1.1/2.2.2.2", &[]),
        // A range is named, and does not become its ends.
        ("1.1.1.1 - 1.1.1.9", &[]),
        ("1.1.1.1 – 1.1.1.9", &[]),
        ("1.1.1.1- 1.1.1.9", &[]),
        ("1.1.1.1 -1.1.1.9", &[]),
        ("1.1.1.1 .. 1.1.1.9", &[]),
        ("1 . 1 . 1 . 1 - 1.1.1.9", &[]),
        ("1.1.1.1 - 1.1.1.9 - 1.1.1.19", &[]),
        ("1.1.1.1\u{a0}–\u{a0}1.1.1.9", &[]),
        ("1.1.1.1:80 - 2.2.2.2:80", &[]),
        ("10.0.0.0 255.255.255.0", &[]),
        ("10.0.0.0 0.0.0.255", &[]),
        ("1.1.1.1 - 1.1.1.1", &["1.1.1.1"]),
        ("1.1.1.1 -\n1.1.1.9", &["1.1.1.1", "1.1.1.9"]),
        ("1.1.1.1, - 1.1.1.9", &["1.1.1.1", "1.1.1.9"]),
        ("1.1.1.1 -> 1.1.1.9", &["1.1.1.1", "1.1.1.9"]),
        ("1.1.1.1->1.1.1.9", &["1.1.1.1", "1.1.1.9"]),
        // Brackets may hold the end of an address.
        ("1.1.1.1].2.2.2.2", &[]),
        ("[1.1.1.]1", &[]),
        ("[2001:db8::]443", &[]),
        ("1.1.1.1[.2.2.2.2", &[]),
        ("1.1.1.1|2.2.2.2", &["1.1.1.1", "2.2.2.2"]),
        ("1.1.1.1 port 2.2.2.2", &["1.1.1.1", "2.2.2.2"]),
        ("192. 0.2.1", &[]),
        ("   1 92 . 0.2", &[]),
        ("1.1.1.1#2.2.2.2", &[]),
        ("[1.1.1.1, 2.2.2.2]", &["1.1.1.1", "2.2.2.2"]),
    ];
    for (text, expected) in cases {
        assert_eq!(valid(text), expected, "of {text:?}");
    }
}

#[test]
fn places_are_counted_in_characters() {
    let text = "# é\r\n8.8.8.8\r é, 256.1.1.1\n\n\t\u{a0}1.2.3 1 . 2 .x\n";
    let inputs = read_with(&["--every-line"], text.as_bytes()).unwrap();
    let places: Vec<_> = inputs.entries.iter().map(|entry| format!("{} {}", entry.location, entry.text)).collect();
    let expected = ["2:1 8.8.8.8", "3:2 é", "3:5 256.1.1.1", "5:3 1.2.3", "5:9 1 . 2 .x"]
        .map(|place| format!("standard input:{place}"));
    assert_eq!(places, expected);
}

#[test]
fn addresses_are_one_by_value() {
    let text = "8.8.8.8 ::ffff:8.8.8.8 8[.]8.8.8 2001:DB8::1 x x 2001:db8:0::1";
    let entries = read_with(&[], text.as_bytes()).unwrap().entries;
    let found: Vec<_> = entries.iter().map(|entry| (entry.text.as_str(), entry.occurrences)).collect();
    assert_eq!(found, [("8.8.8.8", 3), ("2001:DB8::1", 2), ("x", 2)]);
    assert_eq!(read_with(&["--every-line"], text.as_bytes()).unwrap().entries.len(), 7);
}

#[test]
fn only_public_ones_may_be_left() {
    let inputs = read_with(&["--public-only"], b"10.0.0.1 8.8.8.8 10.0.0.1 ::ffff:10.0.0.1 x").unwrap();
    assert_eq!((inputs.left_out, inputs.mapped, inputs.entries.len()), (1, 1, 2));
    let inputs = read_with(&["--public-only"], b"10.0.0.1").unwrap();
    assert_eq!((inputs.left_out, inputs.entries.len()), (1, 0));
}

#[test]
fn a_first_row_without_end_names_no_column() {
    let text = format!("{},8.8.8.8\n1.1.1.1,9.9.9.9\n", "a".repeat(100_000));
    let results = read_with(&["--column", "2"], text.as_bytes()).map(|_| ());
    assert_eq!(results, Err("standard input has a first row that is too long to find its columns".to_owned()));
}

#[test]
fn no_cell_beyond_the_first_row_is_lost() {
    let beyond = "is cell 2 of its row, but the first row has only 1";
    let found = results(&[], "IPs:\n1.1.1.1, 2.2.2.2\n3.3.3.3\n");
    assert_eq!(found, ["2:1 1.1.1.1: 1.1.1.1", &format!("2:9  2.2.2.2: {beyond}"), "3:1 3.3.3.3: 3.3.3.3"]);

    let found = results(&["--input-format", "csv"], "3.3.3.3\n1.1.1.1,2.2.2.2\n");
    assert_eq!(found, ["1:1 3.3.3.3: 3.3.3.3", "2:1 1.1.1.1: 1.1.1.1", &format!("2:9 2.2.2.2: {beyond}")]);

    // Beside a note, more of notes is none; and of a wide row, not all cells are counted.
    assert_eq!(results(&[], "ip,note\n8.8.8.8,a,b,,1.1.1\n"), ["2:1 8.8.8.8: 8.8.8.8"]);
    let wide = format!("ip{}\n8.8.8.8{}\n", ",x".repeat(1_100), ",1.1.1.1".repeat(1_100));
    assert_eq!(results(&[], &wide), ["2:1 8.8.8.8: 8.8.8.8"]);
}

#[test]
fn a_quotation_mark_that_swallows_rows_is_reported() {
    let found = results(&[], "ip,note\n8.8.8.8,\"a\n9.9.9.9,\"b\"\n1.1.1.1,c\n");
    let flaw = "begins with a quotation mark that is not closed";
    assert_eq!(found, ["2:1 8.8.8.8: 8.8.8.8", &format!("2:10 a\n9.9.9.9,b\": {flaw}"), "4:1 1.1.1.1: 1.1.1.1"]);
    assert_eq!(results(&[], "ip,note\n8.8.8.8,\"a\nb \"\"c\"\"\"\n"), ["2:1 8.8.8.8: 8.8.8.8"]);
}

#[test]
fn columns_of_quoted_cells_are_those_of_their_words() {
    let found = results(&[], "note,ip\n\"é\",\"1.1.1, 9.9.9.9\"\n");
    assert_eq!(found, ["2:6 1.1.1: has 3 parts: an IPv4 address has four", "2:13 9.9.9.9: 9.9.9.9"]);
}

/// As many as a stack has no room for.
#[test]
fn lists_in_lists_and_objects_in_objects_are_read_to_their_end() {
    let deep = |open: &str, within: &str, close: &str| open.repeat(20_000) + within + &close.repeat(20_000);
    let nothing = "there is no address in standard input";
    let cases = [
        (&[][..], format!("{{\"ip\":{}}}", deep("[", "", "]")), nothing),
        (&["--field", "ip"], deep("[", "", "]"), nothing),
        (&["--field", "x"], deep("{\"ip\":[", "1", "]}"), "has no field \"x\"; name one with --field: \"….ip[]\""),
    ];
    for (options, text, problem) in cases {
        let found = read_with(options, text.as_bytes()).map(|inputs| inputs.entries);
        assert!(found.as_ref().is_err_and(|error| error.ends_with(problem)), "{found:?}");
    }
    let found = results(&[], &deep("{\"ip\":[", "\"8.8.8.8\"", "]}"));
    assert_eq!(found, ["1:140002 8.8.8.8: 8.8.8.8"]);
}

#[test]
fn after_an_escape_in_json_the_place_is_that_of_the_value() {
    let found = results(&[], "{\"ip\":\"A\\u0042 8.8.8.999\\n1.1.1.1\\u00a0x\\u00e9\"}\n{\"ip\":\"A B\"}\n");
    let places: Vec<_> = found.iter().map(|line| line.split(':').take(2).collect::<Vec<_>>().join(":")).collect();
    assert_eq!(places, ["1:8 AB", "1:8 8.8.8.999", "1:8 1.1.1.1", "1:8 xé", "2:8 A", "2:10 B"]);
}

#[test]
fn objects_in_a_list_are_looked_into() {
    let both: [IpAddr; 2] = ["8.8.8.8", "1.1.1.1"].map(|ip| ip.parse().unwrap());
    let wrapped = br#"{"@odata.context":"x","value":[{"ip":"8.8.8.8","n":1},{"n":"9.9.9.9","ip":["1.1.1.1"]}]}"#;
    let bare = br#"[{"ip":"8.8.8.8","n":1},{"ip":"1.1.1.1"}]"#;
    for options in [&[][..], &["--field", "ip"], &["--input-format", "json"]] {
        assert_eq!(addresses(options, wrapped).unwrap(), both, "{options:?}");
        assert_eq!(addresses(options, bare).unwrap(), both, "{options:?}");
    }
    assert_eq!(addresses(&["--field", "value.ip"], wrapped).unwrap(), both);
    assert_eq!(addresses(&["--field", "value"], wrapped).unwrap(), both);

    let other = r#"{"value":[{"host":{"ip":"8.8.8.8"}}]}"#;
    assert_eq!(addresses(&[], other.as_bytes()).unwrap(), both[..1]);
    let problem = "standard input has no field \"ip\"; name one with --field: \"value[].host.ip\" (1 address)";
    assert_eq!(read_with(&["--field", "ip"], other.as_bytes()).unwrap_err(), problem);
    assert_eq!(results(&["--field", "host.ip"], other).len(), 1);
    assert_eq!(addresses(&["--field", "host.ip"], other.as_bytes()).unwrap(), both[..1]);
}

#[test]
fn headings_of_common_logs_are_known() {
    for heading in [
        "srcIpAddr",
        "dstipaddr",
        "srcaddr",
        "dstaddr",
        "RemoteIPAddress",
        "LocalIPAddress",
        "remote_address",
        "local_address",
        "c-ip",
        "s-ip",
        "id.orig_h",
        "id.resp_h",
        "Source Network Address",
        "NetworkSourceIP",
        "NetworkDestinationIP",
        "src",
        "dst",
        "dest",
    ] {
        assert_eq!(results(&[], &format!("{heading},user\n8.8.8.8,1\n")), ["2:1 8.8.8.8: 8.8.8.8"], "{heading}");
    }
    // Where there is a specific one, the generic ones do not count.
    assert_eq!(results(&[], "src,src_ip\nhost,8.8.8.8\n"), ["2:6 8.8.8.8: 8.8.8.8"]);
}

#[test]
fn apparent_headings_are_hinted_at_once() {
    let hint = "; if this is CSV, name its column with --column, or use --input-format csv";
    let hinted = |text: &str| {
        let found = results(&[], text);
        let hints = found.iter().filter(|line| line.ends_with(hint)).count();
        (found[0].ends_with(hint), hints)
    };
    assert_eq!(hinted("when,orig,resp\n1,8.8.8.8,1.1.1.1\n"), (true, 1));
    assert_eq!(hinted("é;x\n8.8.8.8;1.1.1.1\n"), (true, 1));
    for text in ["when orig\n8.8.8.8\n", "when,8.8.8.8\n", "8.8.8.8\nwhen,orig\n", "x,\ny,z\n"] {
        assert_eq!(hinted(text), (false, 0), "{text}");
    }
}

/// A reader that gives a byte at a time shows what a piece of a file ends with.
struct ByteByByte<'a>(&'a [u8]);

impl std::io::Read for ByteByByte<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = buffer.len().min(1);
        std::io::Read::read(&mut self.0, &mut buffer[..length])
    }
}

#[test]
fn it_makes_no_difference_how_the_bytes_come() {
    // More than one piece, with ends of pieces within addresses.
    let list: String = (0..20_000).map(|n| format!("é10.{}[.]{}.9,\r\n", n % 256, n / 256)).collect();
    let csv = format!("note,ip\n{}", list.replace('é', "\"a\n\"\"b\",").replace(",\r", "\r"));
    let json: String =
        (0..5_000).map(|n| format!("{{\"note\":\"é\",\"ip\":\"10.{}[.]{}.9\"}}\n", n % 256, n / 256)).collect();
    for (options, text) in
        [(&["--every-line"][..], list.replace('é', "")), (&["--every-line"], csv), (&["--every-line"], json)]
    {
        let whole = read_with(options, text.as_bytes()).unwrap();
        let bytewise = read_from(options, &mut ByteByByte(text.as_bytes())).unwrap();
        assert_eq!(format!("{whole:?}"), format!("{bytewise:?}"));
        assert!(whole.entries.iter().all(|entry| entry.address.is_ok()), "{:?}", whole.entries[0]);
        assert!(whole.entries.len() >= 5_000);
    }
}

/// Two values under one name leave open which is meant. Those that are not read do not matter.
#[test]
fn a_key_that_is_read_stands_once() {
    let nested = ["--field", "a.ip"];
    let cases: [(&[&str], &str, &str); 8] = [
        (&[], r#"{"ip":"10.0.0.1","ip":"10.0.0.2"}"#, "1:23 \"10.0.0.2\": is the second value of \"ip\" in its object"),
        (&[], r#"{"ip":"10.0.0.1","\u0069p":7}"#, "1:28 7: is the second value of \"ip\" in its object"),
        (&[], r#"{"a":1,"a":2,"ip":"10.0.0.1"}"#, "1:20 10.0.0.1: 10.0.0.1"),
        (&nested, r#"{"a":{"ip":"10.0.0.1","ip":[]}}"#, "1:28 []: is the second value of \"ip\" in its object"),
        (&nested, r#"{"a":{"ip":"10.0.0.1"},"a":{}}"#, "1:28 {}: is the second value of \"a\" in its object"),
        (&nested, r#"{"a":[{"ip":"10.0.0.1","ip":1}]}"#, "1:29 1: is the second value of \"ip\" in its object"),
        (&nested, r#"{"a.ip":"10.0.0.1","a.ip":2}"#, "1:27 2: is the second value of \"a.ip\" in its object"),
        (&nested, r#"{"value":[{"a":{"ip":"10.0.0.1"},"a":3}]}"#, "1:38 3: is the second value of \"a\" in its object"),
    ];
    for (options, line, expected) in cases {
        let options = [&["--input-format", "json"], options].concat();
        assert_eq!(results(&options, line), [expected], "{line}");
    }
}

/// What follows a closing quotation mark belongs to no cell. Blanks may follow, and a quotation mark within is doubled.
#[test]
fn nothing_but_blanks_follows_a_closing_quotation_mark() {
    let after = |column: u32, shown: &str| {
        format!("1:2 {shown}: has text after its closing quotation mark, from line 1, column {column} on")
    };
    let cases = [
        ("\"10.0.0.1\"0,x\n", vec![after(11, "10.0.0.10")]),
        ("\"10.0.0.1\" \t0,x\n", vec![after(13, "10.0.0.1 \t0")]),
        ("\"10.0.0.1\" \"0\",x\n", vec![after(12, "10.0.0.1 \"0\"")]),
        ("\"10.0.0.1\"0", vec![after(11, "10.0.0.10")]),
        ("\"10.0.0.1\"  ,x\n", vec!["1:2 10.0.0.1: 10.0.0.1".to_owned()]),
        ("\"10.0.0.1\"\r\n", vec!["1:2 10.0.0.1: 10.0.0.1".to_owned()]),
        ("\"10.0.0.1 \"\"\"\r", vec!["1:2 10.0.0.1: 10.0.0.1".to_owned()]),
    ];
    for (text, expected) in cases {
        assert_eq!(results(&["--column", "1"], text), expected, "{text:?}");
    }
    // In another column too: where the cells of its row begin is open.
    let found = results(&["--column", "2"], "\"a,\"b, 10.0.0.1\n");
    let flaw = "1:2 a,b: has text after its closing quotation mark, from line 1, column 5 on";
    assert_eq!(found, [flaw, "1:8 10.0.0.1: 10.0.0.1"]);
}

/// A comment is possible in a list of lines only, and is hinted at once there.
#[test]
fn advice_about_comments_is_given_in_lists_of_lines_only() {
    let problems = |sources: Vec<Source<'_>>| -> Vec<String> {
        let entries = read(sources, &parse(&[])).unwrap().entries;
        entries.into_iter().filter_map(|entry| entry.address.err()).collect()
    };
    let stream = |text: &str| problems(vec![Source::Reader { name: "-", reader: &mut text.as_bytes() }]);
    assert_eq!(
        stream("8.8.8.8\ngoogle\nyahoo\n"),
        ["is a word; --extract finds the addresses among other words, and a comment begins with #", "is a word"]
    );
    assert_eq!(stream("8.8.8.8\n# google\n"), [""; 0]);
    assert_eq!(stream("ip,note\ngoogle,x\n"), ["is a word"]);
    assert_eq!(stream("{\"ip\":\"google\"}\n"), ["is a word"]);
    assert_eq!(problems(vec![Source::Argument { index: 1, text: "google" }]), ["is a word"]);
}

/// What is named with its number is read with that number.
#[test]
fn the_hint_at_expand_works_as_it_stands() {
    for text in ["192.0.2.0/24", "192.0.2.9 - 192.0.2.12", "2001:db8::/126", "192.0.2.*", "192.0.2.8/31"] {
        let found = results(&[], text);
        let number = found[0].split("--expand ").nth(1).unwrap().split(' ').next().unwrap();
        let expanded = addresses(&["--expand", number], text.as_bytes()).unwrap();
        assert_eq!(expanded.len().to_string(), number, "{text}");
        let one_less = (expanded.len() - 1).to_string();
        assert!(results(&["--expand", &one_less], text)[0].contains(&format!("--expand is {one_less}")), "{text}");
    }
    // A reversed range is written the other way round.
    let found = results(&[], "192.0.2.9-192.0.2.8");
    let hinted = found[0].rsplit("write ").next().unwrap();
    assert_eq!(addresses(&["--expand", "2"], hinted.as_bytes()).unwrap().len(), 2);
}
