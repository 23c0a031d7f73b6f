//! Whatever is read, the result is what was written or a diagnosis, and never another address.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use clap::Parser as _;

use super::{Inputs, read};
use crate::args::InputArguments;
use crate::exit::Stop;

#[derive(clap::Parser)]
struct Line {
    #[command(flatten)]
    input: InputArguments,
}

/// What comes of standard input.
fn read_with(options: &[&str], text: &[u8]) -> Result<Inputs, String> {
    let line = Line::try_parse_from([&["mde", "-"], options].concat()).unwrap();
    read(&line.input, &mut &text[..]).map_err(|stop| match stop {
        Stop::Told { message, .. } => message,
        Stop::Output(error) => panic!("{error}"),
    })
}

/// The addresses in their order, or `None` if anything is told.
fn addresses(options: &[&str], text: &[u8]) -> Option<Vec<IpAddr>> {
    let inputs = read_with(options, text).ok()?;
    inputs.entries.into_iter().map(|entry| entry.address.ok()).collect()
}

/// Those that are valid, whatever else is told.
fn valid(text: &str) -> Vec<String> {
    let inputs = read_with(&[], text.as_bytes()).unwrap();
    inputs.distinct_addresses().iter().map(ToString::to_string).collect()
}

fn any<'a, T: ?Sized>(random: &mut fastrand::Rng, choices: &[&'a T]) -> &'a T {
    choices[random.usize(..choices.len())]
}

fn any_address(random: &mut fastrand::Rng) -> IpAddr {
    // Some are near each other, so that parts of two may make a third that is wrong.
    let few = random.bool();
    let mut part = |most: u32| if few { random.u32(1..4) } else { random.u32(..=most) };
    let parts: [u32; 8] = std::array::from_fn(|_| part(0xffff));
    let [a, b, c, d] = [parts[0], parts[1], parts[2], parts[3]].map(|part| part.to_le_bytes()[0]);
    match random.u32(..4) {
        0 => Ipv6Addr::from(parts.map(|part| u16::try_from(part).unwrap())).into(),
        1 => Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, u16::from(d)).into(),
        _ => Ipv4Addr::new(a, b, c, d).into(),
    }
}

fn any_writing(random: &mut fastrand::Rng, address: IpAddr) -> String {
    let dots = [
        ".", ".", "[.]", "(.)", "{.}", "[dot]", "(dot)", "{dot}", "\\.", "[[.]]", " . ", " .", " [.] ", "[.] ", ". ",
        "(DOT)",
    ];
    let colons = [":", ":", "[:]", "(:)"];
    let bare: String = address
        .to_string()
        .chars()
        .map(|c| match c {
            '.' => any(random, &dots).to_owned(),
            ':' => any(random, &colons).to_owned(),
            _ => c.to_string(),
        })
        .collect();
    let schemes = ["http://", "hxxp://", "hxxps[:]//", "h**p[://]", "tcp://"];
    let ends = ["", "/", "/x.php?a=b", ":80", "[:]443/gate#1"];
    let host = if address.is_ipv4() { bare.clone() } else { format!("[{bare}]") };
    match random.u32(..8) {
        0 => format!("{}{host}{}", any(random, &schemes), any(random, &ends)),
        1 => format!("{host}:8080"),
        2 => format!("\"{bare}\""),
        3 => format!("<{bare}>"),
        4 => format!("({bare})"),
        5 => format!("{bare}."),
        _ => bare,
    }
}

/// For random lists in random writings, joined by anything, the result is the list or a diagnosis.
#[test]
fn two_addresses_never_make_a_third() {
    let separators = [
        "\n", "\r\n", "\r", ",", ", ", " ,", ";", " ", "  ", "\t", "|", " | ", " . ", " .", ". ", ".", "[.]", "/",
        " / ", ":", "-", " - ", "@", "#", " # ", "//", "\u{a0}", "(", ")", "][", "\\", "=", "&", "?", "'", "\",\"",
        " [.] ", "..", "%",
    ];
    let mut exact = 0;
    for seed in 0..4_000 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut list: Vec<IpAddr> = Vec::new();
        let mut text = String::new();
        let separator = any(&mut random, &separators);
        for number in 0..random.usize(1..5) {
            let address = any_address(&mut random);
            if number > 0 {
                text.push_str(separator);
            }
            text.push_str(&any_writing(&mut random, address));
            list.push(address);
        }
        let mut expected: Vec<IpAddr> = Vec::new();
        list.iter().for_each(|address| {
            if !expected.contains(address) {
                expected.push(*address)
            }
        });
        let options = ["--input-format", "lines"];
        let Some(found) = addresses(&options, text.as_bytes()) else { continue };
        // A comment may hide what comes after it, as a port or a path may.
        let is_comment = separator.contains(['#']) || separator == "//";
        let is_as_written = if is_comment { expected.starts_with(&found) } else { found == expected };
        assert!(is_as_written, "seed {seed}: {text:?} has {expected:?}, and not {found:?}");
        exact += 1;
    }
    assert!(exact > 1_300, "only {exact} lists were read: the test says little");
}

/// What is skipped as invalid must not leave a part behind that is an address of its own.
#[test]
fn known_traps() {
    let cases: [(&str, &[&str]); 16] = [
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
        ("1.1.1.1 - 1.1.1.9", &["1.1.1.1", "1.1.1.9"]),
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
    let places: Vec<_> = inputs.entries.iter().map(|entry| format!("{} {}", entry.place, entry.text)).collect();
    let expected = ["2:1 8.8.8.8", "3:2 é", "3:5 256.1.1.1", "5:3 1.2.3", "5:9 1 . 2 .x"]
        .map(|place| format!("standard input:{place}"));
    assert_eq!(places, expected);
}

#[test]
fn addresses_are_one_by_value() {
    let text = "8.8.8.8 ::ffff:8.8.8.8 8[.]8.8.8 2001:DB8::1 x x 2001:db8:0::1";
    let entries = read_with(&[], text.as_bytes()).unwrap().entries;
    let found: Vec<_> = entries.iter().map(|entry| (entry.text.as_str(), entry.occurrences)).collect();
    assert_eq!(found, [("8.8.8.8", 2), ("::ffff:8.8.8.8", 1), ("2001:DB8::1", 2), ("x", 2)]);
    assert_eq!(read_with(&["--every-line"], text.as_bytes()).unwrap().entries.len(), 7);
}

#[test]
fn only_public_ones_may_be_left() {
    let inputs = read_with(&["--public-only"], b"10.0.0.1 8.8.8.8 10.0.0.1 ::ffff:10.0.0.1 x").unwrap();
    assert_eq!((inputs.left_out, inputs.entries.len()), (2, 2));
    let inputs = read_with(&["--public-only"], b"10.0.0.1").unwrap();
    assert_eq!((inputs.left_out, inputs.entries.len()), (1, 0));
}

#[test]
fn a_first_row_without_end_names_no_column() {
    let text = format!("{},8.8.8.8\n1.1.1.1,9.9.9.9\n", "a".repeat(100_000));
    let told = read_with(&["--column", "2"], text.as_bytes()).map(|_| ());
    assert_eq!(told, Err("standard input has a first row too long to find a column by".to_owned()));
}

/// Whatever the bytes are, and whatever they are taken for, they are read to their end.
#[test]
fn arbitrary_bytes_do_no_harm() {
    let pieces: [&[u8]; 34] = [
        b"8.8.8.8",
        b"[",
        b"]",
        b"(",
        b"{",
        b"}",
        b"\"",
        b"'",
        b"\\",
        b".",
        b":",
        b"::",
        b"/",
        b"//",
        b"#",
        b"://",
        b"dot",
        b"[.]",
        b",",
        b";",
        b"\t",
        b" ",
        b"\r",
        b"\n",
        b"ip",
        b"\"ip\":",
        b"\xef\xbb\xbf",
        b"\xff",
        b"\xc3",
        b"\xe2\x80\x8b",
        b"\xef\xbc\x8e",
        b"2001:db8::1",
        b"@",
        b"%",
    ];
    for seed in 0..1_000 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut text = Vec::new();
        for _ in 0..random.usize(..40) {
            match random.u32(..10) {
                0 => text.push(random.u8(1..)),
                _ => text.extend_from_slice(any(&mut random, &pieces)),
            }
        }
        for options in
            [&[][..], &["--input-format", "csv"], &["--input-format", "jsonl"], &["--column", "1"], &["--field", "ip"]]
        {
            if let Ok(inputs) = read_with(options, &text) {
                for entry in inputs.entries {
                    let problem = entry.address.err().unwrap_or_default();
                    assert!(!problem.contains(char::is_control), "seed {seed}: {problem:?}");
                }
            }
        }
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
        let line = Line::try_parse_from([&["mde", "-"], options].concat()).unwrap();
        let Ok(bytewise) = read(&line.input, &mut ByteByByte(text.as_bytes())) else { panic!() };
        assert_eq!(format!("{whole:?}"), format!("{bytewise:?}"));
        assert!(whole.entries.iter().all(|entry| entry.address.is_ok()), "{:?}", whole.entries[0]);
        assert!(whole.entries.len() >= 5_000);
    }
}
