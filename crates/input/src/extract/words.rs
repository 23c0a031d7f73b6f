//! The words of a text, separated by blanks: which of them may hold an address, and how many hold none.

use super::chain::{Chain, MAX_CHAIN_BYTES, decode, is_odd_digit, soft_break, spaced_dot};
use super::judge::{Finding, judge};
use crate::diagnose::not_utf_8;
use crate::inputs::{Collector, InputError, Reason};
use crate::location::{Cursor, SourceName};
use crate::token::read_token;

/// How many bytes are kept before those that are to be read.
pub(super) const LOOK_BACK: usize = 1024;

/// How many bytes must follow the start of a chain, unless the text ends: more than any address has, with the rest of
/// its line that is looked at.
const LOOK_AHEAD: usize = 4096;

const BLANK: u8 = 1;
const DIGIT: u8 = 1 << 1;
const DOT: u8 = 1 << 2;
const COLON: u8 = 1 << 3;
/// It may begin a dot that is written in another way.
const DISGUISE: u8 = 1 << 4;
/// Not ASCII.
const HIGH: u8 = 1 << 5;
const ESCAPE: u8 = 1 << 6;

static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => BLANK,
            b'0'..=b'9' => DIGIT,
            b'.' => DOT,
            b':' => COLON,
            b'[' | b'(' | b'{' | b'&' | b'%' => DISGUISE,
            0x1b => ESCAPE,
            0x80..=0xff => HIGH,
            _ => 0,
        };
        byte += 1;
    }
    classes
}

fn class(byte: u8) -> u8 {
    CLASSES[usize::from(byte)]
}

/// Reads words, and keeps track of where it is in a text that comes in pieces.
#[derive(Debug)]
pub(super) struct Words {
    /// The position of the byte `counted`.
    cursor: Cursor,
    counted: usize,
    at: usize,
    is_in_word: bool,
    has_finding: bool,
    /// Whether a chain goes on that is too long for an address.
    is_in_long_chain: bool,
    chain: Chain,
    findings: Vec<Finding>,
}

impl Words {
    pub(super) fn at(cursor: Cursor) -> Self {
        Self {
            cursor,
            counted: 0,
            at: 0,
            is_in_word: false,
            has_finding: false,
            is_in_long_chain: false,
            chain: Chain::default(),
            findings: Vec::new(),
        }
    }

    /// How many bytes of the window are read.
    pub(super) fn passed(&self) -> usize {
        self.at
    }

    /// Goes on as if the first bytes of the window had never been there.
    pub(super) fn forget(&mut self, window: &[u8], bytes: usize) {
        self.count_to(window, bytes);
        self.counted -= bytes;
        self.at -= bytes;
    }

    fn count_to(&mut self, window: &[u8], index: usize) {
        if let Some(bytes) = window.get(self.counted..index) {
            self.cursor.pass_all(bytes);
            self.counted = index;
        }
    }

    /// Reads the window from where it was left, up to a distance from its end unless that is the end of the text.
    pub(super) fn take(
        &mut self,
        window: &[u8],
        is_end: bool,
        source_name: &SourceName,
        collector: &mut Collector,
    ) -> Result<(), InputError> {
        let limit = if is_end { window.len() } else { window.len().saturating_sub(LOOK_AHEAD) };
        while self.at < limit {
            if !self.is_in_word {
                let Some(blanks) = window[self.at..].iter().position(|byte| class(*byte) != BLANK) else {
                    self.at = window.len();
                    break;
                };
                (self.at, self.is_in_word, self.has_finding) = (self.at + blanks, true, false);
            }
            let mut classes = 0;
            let mut end = self.at;
            while let Some(byte) = window.get(end).filter(|byte| class(**byte) != BLANK) {
                classes |= class(*byte);
                end += 1;
            }
            let stop = end.min(limit).max(self.at);
            let goes_on = || spaced_dot(&window[end..]).is_some() || soft_break(&window[end - 1..]).is_some();
            match may_hold_address(classes, &window[self.at..end]) || classes & DIGIT != 0 && goes_on() {
                true => self.chains(window, stop, is_end, source_name, collector)?,
                false => self.skip_to(window, stop, is_end),
            }
            // It may have gone on within another word, to the end of an address with blanks in it.
            if self.at >= end && window.get(self.at).map_or(is_end, |byte| class(*byte) == BLANK) {
                self.end_word(collector);
            }
        }
        if is_end && self.is_in_word {
            self.end_word(collector);
        }
        Ok(())
    }

    fn end_word(&mut self, collector: &mut Collector) {
        (self.is_in_word, self.is_in_long_chain) = (false, false);
        if !self.has_finding {
            collector.pass_over(Reason::Word);
        }
    }

    /// Skips what holds no address, and the rest of the chain in which that ends.
    fn skip_to(&mut self, window: &[u8], stop: usize, is_end: bool) {
        let rest = window[stop..].iter().take_while(|byte| is_of_chain(**byte)).count();
        self.at = stop + rest;
        self.is_in_long_chain = self.at == window.len() && !is_end;
    }

    /// Judges each chain that begins before a byte.
    fn chains(
        &mut self,
        window: &[u8],
        stop: usize,
        is_end: bool,
        source_name: &SourceName,
        collector: &mut Collector,
    ) -> Result<(), InputError> {
        if self.is_in_long_chain {
            self.skip_to(window, self.at, is_end);
        }
        while self.at < stop {
            let Some(start) = chain_start(window, self.at) else {
                let (before, rest) = window.split_at(self.at);
                self.at += skipped(rest).max(escape_length(before, rest));
                continue;
            };
            self.chain.read(window, start);
            judge(window, &self.chain, &mut self.findings);
            match self.chain.is_too_long() {
                // The words of which nothing comes are counted one by one.
                _ if self.chain.has_blank => {
                    let blank = memchr::memchr3(b' ', b'\r', b'\n', &window[start..self.chain.end]).unwrap_or_default();
                    let last = self.findings.last().map_or(start + blank, |finding| finding.range().end);
                    self.at = last.max(self.at + 1);
                }
                true => self.skip_to(window, self.chain.end.min(start + MAX_CHAIN_BYTES), is_end),
                false => self.at = self.chain.end.max(self.at + 1),
            }
            let mut findings = std::mem::take(&mut self.findings);
            let added = findings.iter().try_for_each(|finding| self.add(finding, window, source_name, collector));
            findings.clear();
            self.findings = findings;
            added?;
        }
        Ok(())
    }

    fn add(
        &mut self,
        finding: &Finding,
        window: &[u8],
        source_name: &SourceName,
        collector: &mut Collector,
    ) -> Result<(), InputError> {
        let range = finding.range();
        self.count_to(window, range.start);
        self.has_finding = true;
        self.at = self.at.max(range.end);
        let position = self.cursor.position;
        let location = || source_name.location(position);
        match (finding, str::from_utf8(&window[range.clone()])) {
            (Finding::Address(address, _), Ok(text)) => {
                collector.address(*address, text, location);
                Ok(())
            }
            (Finding::Token(_), Ok(text)) => collector.read(read_token(&text.replace(' ', "")), text, location),
            (Finding::TooLong(_), Ok(text)) => collector.invalid(
                text.as_bytes(),
                "begins a number with more parts than any address".to_owned(),
                location,
            ),
            (_, Err(error)) => {
                let problem = not_utf_8(&window[range.clone()], error.valid_up_to());
                collector.invalid(&window[range], problem, location)
            }
        }
    }
}

/// Whether a word may hold an address or a damaged one, by the kinds of its bytes.
fn may_hold_address(classes: u8, word: &[u8]) -> bool {
    let has = |class: u8| classes & class != 0;
    let has_disguises = || has(DISGUISE) && word.iter().filter(|byte| class(**byte) == DISGUISE).nth(1).is_some();
    let may_be_ipv4 = has(HIGH) || has(DIGIT) && (has(DOT) || has_disguises());
    may_be_ipv4 || has(COLON) && memchr::memchr_iter(b':', word).nth(1).is_some()
}

fn is_of_chain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'.' || byte == b':'
}

/// Where the chain begins whose first character, or an escape before it, is at this index.
fn chain_start(bytes: &[u8], at: usize) -> Option<usize> {
    let start = match bytes[at] {
        b':' => return (bytes.get(at + 1) == Some(&b':')).then_some(at),
        0x80.. => return decode(&bytes[at..]).0.is_some_and(is_odd_digit).then_some(at),
        byte if byte.is_ascii_alphanumeric() => match escape_length(&bytes[..at], &bytes[at..]) {
            length if is_of_first_group(&bytes[at..], length) => at,
            length => at + length,
        },
        _ => return None,
    };
    bytes.get(start).is_some_and(|byte| is_of_chain(*byte) && *byte != b'.').then_some(start)
}

/// Whether what may belong to an escape is rather the beginning of an address, as in `%22.0.2.1`, `%2001:db8::1` and `\\fe80::1`: no
/// address of a host begins with a shorter group.
fn is_of_first_group(bytes: &[u8], escape: usize) -> bool {
    let digits = bytes.iter().take(5).take_while(|byte| byte.is_ascii_hexdigit()).count();
    let is_first_part = escape > 0 && bytes.get(escape) == Some(&b'.');
    is_first_part || escape < digits && digits <= 4 && bytes.get(digits) == Some(&b':')
}

/// What may stand before an address in a URL, as its digits after a percent sign.
#[rustfmt::skip]
const URL_ESCAPES: [[u8; 2]; 20] = [
    *b"09", *b"0A", *b"0D", *b"20", *b"22", *b"26", *b"27", *b"28", *b"2C", *b"2F", *b"3A", *b"3B", *b"3C", *b"3D",
    *b"3E", *b"3F", *b"40", *b"5B", *b"7B", *b"7C",
];

/// The length of what belongs to an escape that begins in front of it: of JSON, of a URL, of a mail, or of a colour.
fn escape_length(before: &[u8], bytes: &[u8]) -> usize {
    match (before.last(), bytes) {
        (Some(b'\\'), [b'u', digits @ ..]) if digits.get(..4).is_some_and(is_escape_of_other) => 5,
        (Some(b'\\'), [b'n' | b'r' | b't' | b'b' | b'f' | b'v', ..]) => 1,
        (Some(b'%'), [high, low, ..])
            if URL_ESCAPES.contains(&[high.to_ascii_uppercase(), low.to_ascii_uppercase()]) =>
        {
            2
        }
        (Some(b'='), [b'3', b'D', ..]) => 2,
        (Some(b'[' | b';'), bytes) => {
            let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits <= 3 && bytes.get(digits) == Some(&b'm') { digits + 1 } else { 0 }
        }
        _ => 0,
    }
}

/// Whether the digits of an escape stand for a character that is none of an address. One that is belongs to what follows.
fn is_escape_of_other(digits: &[u8]) -> bool {
    let code = str::from_utf8(digits).ok().and_then(|digits| u32::from_str_radix(digits, 16).ok());
    code.is_some_and(|code| !char::from_u32(code).is_some_and(|c| c.is_ascii_alphanumeric() || c == '.' || c == ':'))
}

/// How many bytes are skipped where no chain begins: a character, or a whole sequence that controls a terminal.
fn skipped(bytes: &[u8]) -> usize {
    match bytes {
        [0x1b, b'[', sequence @ ..] => {
            let parameters = sequence.iter().take(32).take_while(|byte| (0x30..=0x3f).contains(*byte)).count();
            let is_ended = sequence.get(parameters).is_some_and(|byte| (0x40..=0x7e).contains(byte));
            2 + if is_ended { parameters + 1 } else { 0 }
        }
        [0x80..=0xff, ..] => decode(bytes).1,
        _ => 1,
    }
}
