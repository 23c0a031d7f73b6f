//! Addresses in any text: all that were put in come out, nothing else does, however the text comes in pieces.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::HashSet;
use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use mde_input::{Inputs, Source, read};
use support::parse;

fn extract_from(reader: &mut dyn Read) -> Inputs {
    read(vec![Source::Reader { name: "-", reader }], &parse(&["--extract"])).unwrap()
}

fn extract(text: impl AsRef<[u8]>) -> Inputs {
    extract_from(&mut text.as_ref())
}

/// What was taken and named, one text for each.
fn found(inputs: &Inputs) -> Vec<String> {
    let line = |entry: &mde_input::Entry| {
        let outcome = entry.address.as_ref().map_or_else(Clone::clone, ToString::to_string);
        format!("{} {:?} {} {outcome}", entry.location, entry.text, entry.occurrences)
    };
    inputs.entries.iter().map(line).chain([format!("{} {:?}", inputs.taken, inputs.passed_over)]).collect()
}

fn any<'a, T: ?Sized>(random: &mut fastrand::Rng, choices: &[&'a T]) -> &'a T {
    choices[random.usize(..choices.len())]
}

fn any_address(random: &mut fastrand::Rng) -> IpAddr {
    let last = random.u8(1..255);
    match random.u8(..6) {
        0 => Ipv6Addr::new(0x2001, 0xdb8, random.u16(..), 0, 0, 0, 0, u16::from(last)).into(),
        1 => Ipv6Addr::from([0x2001, 0xdb8, 1, 2, 3, 4, 5, random.u16(1..)]).into(),
        2 => Ipv4Addr::new(198, 51, 100, last).into(),
        3 => Ipv4Addr::new(random.u8(1..), random.u8(..), random.u8(..), last).into(),
        _ => Ipv4Addr::new(192, 0, 2, last).into(),
    }
}

/// One line of the log of sign-ins, which holds the address or none.
fn line_of_auth_log(random: &mut fastrand::Rng, number: u32, ip: IpAddr) -> (String, bool) {
    let (minute, second, port) = (number / 60 % 60, number % 60, random.u16(1024..));
    let head = format!("Jan  5 12:{minute:02}:{second:02} web-{} ", number % 7);
    let (body, holds) = match random.u8(..16) {
        0 => (format!("sshd[{port}]: Failed password for invalid user admin from {ip} port {port} ssh2"), true),
        1 => (
            format!("sshd[{port}]: Accepted publickey for anna from {ip} port {port} ssh2: ED25519 SHA256:Ab1+cd/2E"),
            true,
        ),
        2 => (
            format!(
                "sshd[{port}]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost={ip}  user=root"
            ),
            true,
        ),
        3 => (format!("sshd[{port}]: Received disconnect from {ip} port {port}:11: Bye Bye [preauth]"), true),
        4 => (format!("sshd[{port}]: Connection closed by authenticating user root {ip} port {port} [preauth]"), true),
        5 => (
            format!("sshd[{port}]: reverse mapping checking getaddrinfo for ip-192-0-2-1.ec2.internal [{ip}] failed."),
            true,
        ),
        6 => (format!("sshd[{port}]: Disconnected from user anna {ip} port {port}"), true),
        7 => (
            format!(
                "sudo:     anna : TTY=pts/0 ; PWD=/home/anna ; USER=root ; COMMAND=/usr/bin/apt install nginx=1.18.0-6ubuntu14.{second}"
            ),
            false,
        ),
        8 => (format!("CRON[{port}]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)"), false),
        9 => (format!("systemd[1]: Started Session {number} of user anna (version 249.11-0ubuntu3.12)."), false),
        10 => (
            "kernel: Linux version 5.15.0-91-generic (buildd@lcy02) (gcc (Ubuntu 11.4.0-1ubuntu1~22.04) 11.4.0)"
                .to_owned(),
            false,
        ),
        11 => (
            format!(
                "NetworkManager[{port}]: <info>  [1767612645.{port}] device (eth0): hw address 00:1a:2b:3c:4d:{second:02}"
            ),
            false,
        ),
        12 => (
            format!(
                "sshd[{port}]: Remote protocol version 2.0, remote software version OpenSSH_8.9p1 Ubuntu-3ubuntu0.{second}"
            ),
            false,
        ),
        13 => (
            format!(
                "unattended-upgrade: 2026-01-05 12:{minute:02}:{second:02},123 INFO Packages: openssl 3.0.2-0ubuntu1.{second} (05.01.2026)"
            ),
            false,
        ),
        14 => (
            format!(
                "agent: std::thread::spawn at a::b v1.{minute}.{second} Chrome/120.0.6099.{second} id=550e8400-e29b-41d4-a716-44665544{port:04}"
            ),
            false,
        ),
        _ => {
            (format!("systemd-logind[{port}]: New session {number}.{second} of user anna, Python 3.11.{second}"), false)
        }
    };
    (format!("{head}{body}\n"), holds)
}

#[test]
fn a_log_gives_its_addresses_and_nothing_else() {
    let mut random = fastrand::Rng::with_seed(7);
    let (mut log, mut expected, mut lines_with_one) = (String::new(), Vec::new(), 0);
    for number in 0..5000 {
        let ip = any_address(&mut random);
        let (line, holds) = line_of_auth_log(&mut random, number, ip);
        log += &line;
        lines_with_one += u64::from(holds);
        if holds && !expected.contains(&ip) {
            expected.push(ip);
        }
    }
    let inputs = extract(&log);
    let named: Vec<_> = inputs.entries.iter().filter(|entry| entry.address.is_err()).collect();
    assert!(named.is_empty(), "{named:?}");
    assert_eq!(inputs.distinct_addresses(), expected);
    assert_eq!(inputs.taken, lines_with_one);
    let words = u64::try_from(log.split_ascii_whitespace().count()).unwrap();
    assert_eq!(inputs.passed_over.words, words - lines_with_one);
    let refused = read(vec![Source::Reader { name: "-", reader: &mut log.as_bytes() }], &parse(&[])).unwrap_err();
    let expected =
        format!("-: at least half of its words are no addresses; --extract would find {} addresses", expected.len());
    assert_eq!(refused.to_string(), expected);
}

/// Gives what it reads in pieces of a few bytes.
struct Trickle<'a>(&'a [u8], usize);

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.0.len().min(self.1).min(buffer.len());
        let (now, later) = self.0.split_at(count);
        buffer[..count].copy_from_slice(now);
        self.0 = later;
        Ok(count)
    }
}

/// Longer than what is read at a time, and without a blank or a line end for long.
#[test]
fn pieces_make_no_difference() {
    let pieces = [
        "192.0.2.1",
        "999.1.1.1",
        "2001:db8::1",
        "1.2.3",
        " ",
        "\n",
        "\r\n",
        ",",
        ":",
        "x",
        "7",
        "\u{30fb}",
        "[.]",
        "/24",
        "-192.0.2.9",
        "version ",
        "http://",
        "IP 192.0.2.1.443 > 192.0.2.2.80: ",
        "é",
        "v",
        ".",
        "\u{1b}[31m",
        "aaaaaaaaaaaaaaaa",
    ];
    for seed in 0..12 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut text = String::new();
        let length = random.usize(100..200_000);
        // Some have nothing that ends a chain.
        let some = if seed % 4 == 0 { &pieces[..1] } else { &pieces[..] };
        while text.len() < length {
            let long = random.u8(..50) == 0;
            text += &any(&mut random, some).repeat(if long { 700 } else { 1 });
        }
        let whole = found(&extract(&text));
        for size in [1000, 4096, 65_536, 70_001] {
            let again = found(&extract_from(&mut Trickle(text.as_bytes(), size)));
            if again != whole {
                let at = again.iter().zip(&whole).position(|(a, b)| a != b).unwrap_or_default();
                panic!("seed {seed}, by {size}: {:.300} and not {:.300}", again[at], whole[at]);
            }
        }
    }
}

/// What surrounds an address in one text or another, and has no part in it.
const AROUND: [(&str, &str); 30] = [
    ("", ""),
    ("src=", ""),
    ("[", "]"),
    ("(", ")"),
    ("<", ">"),
    ("\"", "\""),
    ("'", "',"),
    ("**", "**"),
    ("`", "`"),
    ("Ip:", ""),
    ("ip is ", "."),
    ("<td>", "</td>"),
    ("&lt;", "&gt;"),
    ("rhost=", ";"),
    ("/", ""),
    ("@", ""),
    ("outside:", ""),
    ("|", "|"),
    ("#", ""),
    ("//", ""),
    ("\\n", "\\n"),
    ("%20", "%20"),
    ("=3D", ""),
    ("{", "}"),
    ("from ", " port 22"),
    ("“", "”"),
    ("•", ""),
    ("→", "→"),
    ("\u{1b}[31m", "\u{1b}[0m"),
    ("\u{a0}", "\u{a0}"),
];

#[test]
fn what_was_put_in_comes_out_once_and_nothing_else() {
    let separators =
        [" ", "\n", "\t", "\r\n", ", ", "; ", " | ", " - ", " -> ", " and ", " v1.2.3 ", " 12:30:45 ", "\n2026.01.05 "];
    for seed in 0..3000 {
        let mut random = fastrand::Rng::with_seed(seed);
        let (mut text, mut expected) = (String::new(), Vec::new());
        for _ in 0..random.usize(1..8) {
            let address = any_address(&mut random);
            let (before, after) = AROUND[random.usize(..AROUND.len())];
            let written = match random.u8(..4) {
                0 if address.is_ipv4() => {
                    address.to_string().replace('.', any(&mut random, &["[.]", "(.)", "[dot]", "\\.", "[.", "{.}"]))
                }
                1 if address.is_ipv6() => address.to_string().to_uppercase(),
                _ => address.to_string(),
            };
            text += &format!("{before}{written}{after}{}", any(&mut random, &separators));
            if !expected.contains(&address) {
                expected.push(address);
            }
        }
        let inputs = extract(&text);
        assert_eq!(inputs.distinct_addresses(), expected, "seed {seed}: {text:?}");
        assert!(
            inputs.entries.iter().all(|entry| entry.address.is_ok()),
            "seed {seed}: {text:?}: {:?}",
            found(&inputs)
        );
    }
}

/// Whatever it is, no address comes out that is not written there in one piece, and each word is accounted for.
#[test]
fn nothing_is_invented() {
    let pieces: [&[u8]; 49] = [
        b"1",
        b"19",
        b"192",
        b"0",
        b"2",
        b"255",
        b"256",
        b".",
        b".",
        b".",
        b"..",
        b":",
        b"::",
        b"2001",
        b"db8",
        b"fe80",
        b"a",
        b"x",
        b" ",
        b"\n",
        b"-",
        b"/",
        b"24",
        b"[.]",
        b"[",
        b"]",
        b"(",
        b")",
        b"%",
        b"20",
        b"=",
        b"_",
        b"\\",
        b"n",
        b"v",
        b"version ",
        b"IP ",
        b" > ",
        b"tcp ",
        b"\xff",
        b"\xc2\xb7",
        b"\xe3\x83\xbb",
        b"\xe2\x80\x8b",
        b"\xef\xbc\x91",
        b"\xef\xbc\x9a",
        b"\x1b[",
        b"m",
        b"@",
        b",",
    ];
    let mut taken = 0;
    for seed in 0..30_000 {
        let mut random = fastrand::Rng::with_seed(seed);
        let text: Vec<u8> = (0..random.usize(1..24)).flat_map(|_| any(&mut random, &pieces).iter().copied()).collect();
        let shown = String::from_utf8_lossy(&text);
        let inputs = extract(&text);
        for entry in &inputs.entries {
            let Ok(address) = entry.address else { continue };
            taken += entry.occurrences;
            let plain = entry
                .text
                .replace(" [.]", ".")
                .replace("[.] ", ".")
                .replace("[.]", ".")
                .replace("\\.", ".")
                .replace("[::]", "::")
                .replace("[:]", ":")
                .replace("\\:", ":")
                .replace(".]", ".")
                .replace(".)", ".")
                .replace(['[', '('], "");
            let plain = plain.trim_end_matches("..").trim_end_matches('：');
            // As netstat writes a port.
            let before_port = plain.rsplit_once('.').and_then(|(address, _)| address.parse().ok());
            let written: IpAddr =
                plain.parse().ok().or(before_port).unwrap_or_else(|| panic!("{shown:?} has {:?}", entry.text));
            assert_eq!(written.to_canonical(), address, "{shown:?}");
            assert!(text.windows(entry.text.len()).any(|part| part == entry.text.as_bytes()), "{shown:?}");
        }
        let words: Vec<_> = text.split(|byte| b" \n".contains(byte)).filter(|word| !word.is_empty()).collect();
        let named: u64 =
            inputs.entries.iter().filter(|entry| entry.address.is_err()).map(|entry| entry.occurrences).sum();
        let blanks = |text: &str| u64::try_from(text.matches(' ').count()).unwrap();
        let within: u64 = inputs.entries.iter().map(|entry| blanks(&entry.text) * entry.occurrences).sum();
        let all = inputs.taken + named + within + inputs.passed_over.words;
        assert!(all >= u64::try_from(words.len()).unwrap(), "{shown:?}: {:?}", found(&inputs));
        // Each word by itself gives at most one count of its own.
        let alone: HashSet<_> = words.iter().collect();
        assert!(
            inputs.passed_over.words <= u64::try_from(words.len()).unwrap() && !alone.is_empty() || words.is_empty()
        );
    }
    assert!(taken > 500, "only {taken} were taken: too few for this test");
}

#[test]
fn colours_of_a_terminal_stand_beside_an_address() {
    let inputs =
        extract("\u{1b}[31m192.0.2.1\u{1b}[0m \u{1b}[01;31m\u{1b}[K192.0.2.2\u{1b}[m\u{1b}[K 192.0.2.3\u{1b}[0m");
    let addresses: Vec<_> = inputs.distinct_addresses().iter().map(ToString::to_string).collect();
    assert_eq!(addresses, ["192.0.2.1", "192.0.2.2", "192.0.2.3"]);
}

/// The time grows with the size, whatever the size of a line or of a word.
#[test]
fn a_line_may_be_of_any_length() {
    let long = "192.0.2.1,".repeat(200_000);
    let inputs = extract(&long);
    assert_eq!((inputs.taken, inputs.entries.len(), inputs.passed_over.words), (200_000, 1, 0));
    let blob = format!("{} 192.0.2.1 {}192.0.2.2", "QUJD".repeat(300_000), "ab1.".repeat(300_000));
    let inputs = extract(&blob);
    assert_eq!(found(&inputs).len(), 2, "{:?}", found(&inputs));
    assert_eq!((inputs.taken, inputs.passed_over.words), (1, 2));
    let times = "12:30:45 ".repeat(200_000);
    assert_eq!(extract(&times).passed_over.words, 200_000);
}
