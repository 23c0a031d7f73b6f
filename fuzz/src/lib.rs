//! What must hold for the readers that are public, whatever they read. The fuzz targets call these functions, and
//! `tests/tests/corpora.rs` includes this file to do the same with the corpora, by stable Rust and without a fuzzer.

/// The answer of the service: what is read is written, and read back as the same.
pub fn answer(data: &[u8]) {
    let Ok(answer) = serde_json::from_slice::<mde_client::InOrgIpStats>(data) else { return };
    let written = serde_json::to_string(&answer).unwrap_or_else(|error| panic!("{answer:?} is not written: {error}"));
    let again = serde_json::from_str(&written).unwrap_or_else(|error| panic!("{written} is not read back: {error}"));
    assert_eq!(answer, again, "{written}");
}

/// The contract: a rule for whatever is refused, and Rust for whatever is not.
pub fn contract(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    match mde_codegen::generate("contract.yaml", text) {
        Ok(source) => drop(syn::parse_file(&source).unwrap_or_else(|error| panic!("{error}: {source}"))),
        Err(findings) => {
            assert!(!findings.is_empty(), "refused without a finding");
            for finding in findings {
                let is_known = mde_codegen::LINT_RULES.iter().any(|rule| rule.id == finding.rule);
                assert!(is_known && !finding.to_string().is_empty(), "{finding}");
            }
        }
    }
}

/// A fault: what is read is written in its usual form, and read back as the same.
pub fn faults(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    match text.parse::<mde_sandbox::Fault>() {
        Ok(fault) => assert_eq!(fault.to_string().parse(), Ok(fault.clone()), "{fault}"),
        Err(error) => assert!(!error.to_string().is_empty(), "refused without a word"),
    }
}

/// The sources of addresses: an address that comes out stands in the text, the counts add up, and it makes no difference
/// how the bytes come. The first two bytes are the options.
pub fn input(data: &[u8]) {
    let [flags, names, text @ ..] = data else { return };
    let options = input_options(*flags, *names);
    let whole = input_read(&mut &*text, &options);
    let bytewise = input_read(&mut ByteByByte(text), &options);
    assert_eq!(format!("{whole:?}"), format!("{bytewise:?}"), "with {options:?}");
    let Ok(inputs) = whole else { return };
    input_rows(text, &options, &inputs);
    let count = |is_valid: bool| -> u64 {
        inputs.entries.iter().filter(|entry| entry.address.is_ok() == is_valid).map(|entry| entry.occurrences).sum()
    };
    let is_complete = inputs.left_out == 0 && inputs.stopped_at.is_none();
    assert!(
        !is_complete || count(true) == inputs.taken,
        "{} addresses, of which {} are counted",
        inputs.taken,
        count(true)
    );
    let written = Written::of(&String::from_utf8_lossy(text));
    for entry in &inputs.entries {
        match &entry.address {
            Ok(address) if options.expand.is_none() => {
                assert!(written.has(*address), "{address} is not in the text: {entry:?}")
            }
            Ok(_) => {}
            Err(problem) => assert!(!problem.is_empty() && !problem.contains(char::is_control), "{problem:?}"),
        }
    }
}

/// The rows, where there are any: what is read is the same, none of them overlap, and each has addresses only that are
/// among those that were read.
fn input_rows(text: &[u8], options: &mde_input::Options, inputs: &mde_input::Inputs) {
    let Ok((rows, read)) = mde_input::read_rows("-", &mut &*text, options, "mde_") else { return };
    assert_eq!(format!("{read:?}"), format!("{inputs:?}"), "with {options:?}");
    if read.stopped_at.is_some() {
        return;
    }
    let read: std::collections::HashSet<_> = read.distinct_addresses().into_iter().collect();
    let is_table = matches!(rows.shape().form, mde_input::Form::Table { .. });
    let mut last = 0;
    let mut on_row = |row: mde_input::Row<'_>| {
        let end = usize::try_from(row.end).unwrap_or(usize::MAX);
        assert!(last <= end && end <= text.len(), "a row ends at {end}, behind one that ends at {last}");
        last = end;
        let next = text.get(end);
        assert!(!is_table || matches!(next, None | Some(b'\n' | b'\r')), "a row ends before {next:?}");
        if let mde_input::Content::Findings(columns) = row.content {
            assert_eq!(columns.len(), rows.shape().columns.len());
            for finding in columns.iter().flatten() {
                if let mde_input::Finding::Address(ip) = finding {
                    assert!(read.contains(ip), "{ip} was not read before");
                }
            }
        }
        Ok(())
    };
    let result = rows.read(&mut ByteByByte(text), &mut on_row);
    assert!(result.is_ok(), "{result:?}");
}

fn input_options(flags: u8, names: u8) -> mde_input::Options {
    use mde_input::Format::{Csv, Json, Lines};

    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let (columns, fields): (&[&str], &[&str]) = match names % 16 {
        1 => (&["1"], &[]),
        2 => (&["2"], &[]),
        3 => (&["ip"], &[]),
        4 => (&["1", "2"], &[]),
        5 => (&[], &["ip"]),
        6 => (&[], &["a.ip"]),
        7 => (&[], &["a[].ip"]),
        8 => (&[], &["ip", "a"]),
        _ => (&[], &[]),
    };
    mde_input::Options {
        format: [None, Some(Lines), Some(Csv), Some(Json)][usize::from(flags % 4)],
        columns: owned(columns),
        fields: owned(fields),
        keep_duplicates: flags & 4 != 0,
        public_only: flags & 8 != 0,
        extract: flags & 16 != 0,
        expand: (flags & 32 != 0).then_some(256),
    }
}

fn input_read(
    reader: &mut dyn std::io::Read,
    options: &mde_input::Options,
) -> Result<mde_input::Inputs, mde_input::InputError> {
    mde_input::read(vec![mde_input::Source::Reader { name: "-", reader }], options)
}

/// Shows what a piece of a source may end with.
struct ByteByByte<'a>(&'a [u8]);

impl std::io::Read for ByteByByte<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = buffer.len().min(1);
        std::io::Read::read(&mut self.0, &mut buffer[..length])
    }
}

/// The letters and digits of a text, and what stands before each run of them: what is left of an address, however its dots
/// and colons are written. It knows nothing of the reader.
struct Written(Vec<Vec<(String, String)>>);

impl Written {
    /// Of the text as it stands, as it is within JSON, and as it is within a URL.
    fn of(text: &str) -> Self {
        let texts = [text.to_owned(), without_escapes(text), without_percent_signs(text)];
        Self(texts.iter().map(|text| runs(&with_plain_dots(text))).collect())
    }

    fn has(&self, address: std::net::IpAddr) -> bool {
        let segments = match address {
            std::net::IpAddr::V4(address) => address.to_ipv6_mapped().segments(),
            std::net::IpAddr::V6(address) => address.segments(),
        };
        self.0.iter().any(|runs| {
            (0..runs.len()).any(|start| {
                let is_ipv4 = match address {
                    std::net::IpAddr::V4(address) => begins_with_ipv4(&runs[start..], address),
                    std::net::IpAddr::V6(_) => false,
                };
                is_ipv4 || begins_with_ipv6(&runs[start..], segments)
            })
        })
    }
}

fn begins_with_ipv4(runs: &[(String, String)], address: std::net::Ipv4Addr) -> bool {
    runs.len() >= 4
        && runs.iter().zip(address.octets()).all(|((_, run), octet)| *run == octet.to_string())
        && runs[1..4].iter().all(|(gap, _)| is_gap(gap, '.'))
}

/// Parts that are zero may be missing at one point, and the last two may be written as an IPv4 address.
fn begins_with_ipv6(runs: &[(String, String)], segments: [u16; 8]) -> bool {
    let [.., high, low] = segments;
    let last = std::net::Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    let is_part = |(index, (gap, run)): (usize, &(String, String)), part: u16| {
        (index == 0 || is_gap(gap, ':')) && run.len() <= 4 && u16::from_str_radix(run, 16) == Ok(part)
    };
    let begins_with = |parts: &[u16], runs: &[(String, String)], first: usize| {
        runs.len() >= parts.len() && (first..).zip(runs).zip(parts).all(|(run, part)| is_part(run, *part))
    };
    (0..=8).any(|zeros| {
        (0..=8 - zeros).any(|at| {
            let (before, rest) = segments.split_at(at);
            let (between, after) = rest.split_at(zeros);
            if between.iter().any(|part| *part != 0) || !begins_with(before, runs, 0) {
                return false;
            }
            let runs = &runs[at..];
            let is_hexadecimal = begins_with(after, runs, at);
            let is_dotted = after.len() >= 2 && {
                let (after, _) = after.split_at(after.len() - 2);
                begins_with(after, runs, at) && begins_with_ipv4(&runs[after.len()..], last)
            };
            is_hexadecimal || is_dotted
        })
    })
}

/// Whether that may stand within an address, for a dot or a colon.
fn is_gap(gap: &str, separator: char) -> bool {
    gap.contains(separator) && gap.chars().all(|c| c == ' ' || ".:[](){}<>\\/".contains(c))
}

/// The words that stand for a dot.
fn with_plain_dots(text: &str) -> String {
    let mut text = text.to_ascii_lowercase();
    for word in ["punto", "punkt", "ponto", "point", "dot", "d0t"] {
        text = text.replace(word, ".");
    }
    text
}

fn runs(text: &str) -> Vec<(String, String)> {
    let mut runs = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
        let (gap, from) = rest.split_at(start);
        let (run, after) = from.split_at(from.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(from.len()));
        runs.push((gap.to_owned(), run.to_owned()));
        rest = after;
    }
    runs
}

/// The text with the characters that the escapes of JSON stand for.
fn without_escapes(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let code = after.strip_prefix('u').and_then(|code| u32::from_str_radix(code.get(..4)?, 16).ok());
        let (c, length) = match (code, after.chars().next()) {
            (Some(code), _) => (char::from_u32(code).unwrap_or(' '), 5),
            (None, Some('n' | 'r')) => ('\n', 1),
            (None, Some('b' | 'f' | 't')) => ('\t', 1),
            (None, Some(c)) => (c, c.len_utf8()),
            (None, None) => break,
        };
        plain.push(c);
        rest = &after[length..];
    }
    plain + rest
}

/// The text with the characters that the escapes of a URL stand for.
fn without_percent_signs(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        plain.push_str(before);
        let code = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        plain.push(code.map_or('%', char::from));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    plain + rest
}
