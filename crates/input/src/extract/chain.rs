//! A chain: letters and digits joined by dots and colons, as they are in addresses, names, times and versions. Dots and
//! colons may be defanged.

use std::ops::Range;

use crate::look_alike::{self, LookAlike};

/// More groups than this are in no address and in no host name.
const MAX_GROUPS: usize = 64;

/// A longer chain is no address, even if it has no more groups than that.
pub(super) const MAX_CHAIN_BYTES: usize = 1024;

/// Blanks beside a dot are read between the numbers of an address, and up to one more.
const MAX_SPACED: usize = 4;

/// The most characters between two groups, where these are not the dot or the colon of an address.
const MAX_ODD: usize = 4;

/// What stands between two groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joint {
    Dot,
    Colon,
    /// What is meant as a colon, but is none: it looks like one, or something invisible is beside it.
    OddColon,
    /// Two dots, or what is meant as one but is none: it looks like a dot, is invisible, is not UTF-8, or wraps a mail.
    Odd,
}

/// What the characters of a group are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Empty,
    Decimal,
    /// Hexadecimal, with a letter.
    Hex,
    /// Digits, of which some are not 0 to 9.
    Odd,
    Word,
}

/// Letters and digits without anything between them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub(super) start: usize,
    pub(super) end: usize,
    /// What stands before it. Before the first one there is nothing.
    pub(super) joint: Joint,
    pub(super) kind: Kind,
}

impl Group {
    pub(super) fn text<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        &bytes[self.start..self.end]
    }

    /// Whether it is a number, or is meant to be one.
    pub(super) fn is_number(&self) -> bool {
        matches!(self.kind, Kind::Decimal | Kind::Odd)
    }

    pub(super) fn follows_colon(&self) -> bool {
        matches!(self.joint, Joint::Colon | Joint::OddColon)
    }

    pub(super) fn len(&self) -> usize {
        self.end - self.start
    }
}

/// The groups of a chain. It is used again for each chain, so that none needs memory of its own.
#[derive(Debug, Default)]
pub(super) struct Chain {
    pub(super) groups: Vec<Group>,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether there are more groups than are kept.
    pub(super) is_cut: bool,
    /// Whether there is a blank in it.
    pub(super) has_blank: bool,
}

impl Chain {
    /// Reads the chain that begins there.
    pub(super) fn read(&mut self, bytes: &[u8], start: usize) {
        self.groups.clear();
        (self.start, self.is_cut, self.has_blank) = (start, false, false);
        let (mut at, mut joint) = (start, Joint::Dot);
        loop {
            let end = group_end(bytes, at);
            let kind = kind(&bytes[at..end]);
            if at - start > MAX_CHAIN_BYTES {
                self.end = end;
                return;
            }
            self.push(Group { start: at, end, joint, kind });
            let is_number = matches!(kind, Kind::Decimal | Kind::Odd);
            let spaced = if is_number { spaced_joint(bytes, end).filter(|_| self.may_be_spaced()) } else { None };
            let Some((next_joint, is_double, next)) = spaced.or_else(|| joint_after(bytes, end, kind)) else {
                self.end = end;
                return;
            };
            self.has_blank |= spaced.is_some() || next_joint == Joint::Odd && bytes[end..next].contains(&b'\n');
            if is_double {
                self.push(Group { start: end, end, joint: Joint::Colon, kind: Kind::Empty });
            }
            (joint, at) = (next_joint, next);
        }
    }

    /// Whether it is longer than any address or host name. What is there of it depends on how much of the text is known.
    pub(super) fn is_too_long(&self) -> bool {
        self.is_cut || self.end - self.start > MAX_CHAIN_BYTES
    }

    /// Whether it begins with more numbers than an address has.
    pub(super) fn begins_with_numbers(&self) -> bool {
        let known = self.groups.iter().take_while(|group| group.end < self.start + MAX_CHAIN_BYTES);
        let known = known.enumerate().map(|(index, group)| group.is_number() && (index == 0 || !group.follows_colon()));
        let (count, are_all) = known.fold((0, true), |(count, are_all), is| (count + 1, are_all && is));
        are_all && count > 5
    }

    /// Whether what is read so far may be of an IPv4 address with blanks beside its dots.
    fn may_be_spaced(&self) -> bool {
        self.groups.len() <= MAX_SPACED && self.groups[1..].iter().all(|group| group.joint == Joint::Dot)
    }

    fn push(&mut self, group: Group) {
        match self.groups.len() < MAX_GROUPS {
            true => self.groups.push(group),
            false => self.is_cut = true,
        }
    }

    /// The text of some groups, refanged.
    pub(super) fn plain(&self, bytes: &[u8], groups: Range<usize>) -> String {
        let mut plain = String::new();
        for (index, group) in self.groups[groups].iter().enumerate() {
            if index > 0 {
                plain.push(if group.follows_colon() { ':' } else { '.' });
            }
            plain.push_str(&String::from_utf8_lossy(group.text(bytes)));
        }
        plain
    }
}

fn group_end(bytes: &[u8], start: usize) -> usize {
    let mut end = start;
    while let Some(byte) = bytes.get(end) {
        match byte {
            0x80.. => match decode(&bytes[end..]) {
                (Some(c), length) if is_odd_digit(c) => end += length,
                _ => break,
            },
            byte if byte.is_ascii_alphanumeric() => end += 1,
            _ => break,
        }
    }
    end
}

fn kind(group: &[u8]) -> Kind {
    let all = |is: fn(&u8) -> bool| group.iter().all(is);
    match () {
        () if group.is_empty() => Kind::Empty,
        () if all(u8::is_ascii_digit) => Kind::Decimal,
        () if all(u8::is_ascii_hexdigit) => Kind::Hex,
        () if all(|byte| byte.is_ascii_digit() || !byte.is_ascii()) => Kind::Odd,
        () => Kind::Word,
    }
}

/// The joint at the end of a group, whether it is two colons at once, and where the next group begins.
fn joint_after(bytes: &[u8], end: usize, kind: Kind) -> Option<(Joint, bool, usize)> {
    let rest = &bytes[end..];
    let first = *rest.first()?;
    let is_number = matches!(kind, Kind::Decimal | Kind::Odd);
    let odd_colon =
        || odd_colon(rest).filter(|_| kind != Kind::Word).map(|length| (Joint::OddColon, false, end + length));
    if first == b':' {
        let is_followed = rest.get(1).is_some_and(|byte| *byte == b':' || byte.is_ascii_alphanumeric());
        let colon = (is_followed || kind == Kind::Empty).then_some((Joint::Colon, false, end + 1));
        let may_be_odd = !is_followed && rest.get(1).is_some_and(|byte| !byte.is_ascii());
        return if may_be_odd { odd_colon().or(colon) } else { colon };
    }
    // Most chains end here.
    let is_plain = first.is_ascii() && !b".[({<\\&%".contains(&first);
    if is_plain && soft_break(rest).is_none() {
        return None;
    }
    if !first.is_ascii()
        && let Some(found) = odd_colon()
    {
        return Some(found);
    }
    if let Some((is_double, length)) = bracketed_colon(rest).filter(|_| kind != Kind::Word) {
        let after = &rest[length..];
        // Alone in brackets, two colons are an address of their own. In a URL, a colon may end what is before it.
        let may_end = !is_double && (first != b'%' || kind == Kind::Empty || bracketed_colon(after).is_some());
        let is_joint = may_end || begins_group(after);
        return is_joint.then_some((Joint::Colon, is_double, end + length));
    }
    if kind == Kind::Empty {
        return None;
    }
    if first == b'.' && rest.get(1).is_some_and(u8::is_ascii_alphanumeric) {
        return Some((Joint::Dot, false, end + 1));
    }
    if let Some(length) = dot(rest).filter(|length| begins_group(&rest[*length..])) {
        return Some((Joint::Dot, false, end + length));
    }
    let length = odd(rest).filter(|length| is_number && begins_number(&rest[*length..]))?;
    Some((Joint::Odd, false, end + length))
}

/// The dot with a blank beside it at the end of a number.
fn spaced_joint(bytes: &[u8], end: usize) -> Option<(Joint, bool, usize)> {
    spaced_dot(&bytes[end..]).map(|length| (Joint::Dot, false, end + length))
}

/// Whether a letter or a digit is next.
fn begins_group(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(u8::is_ascii_alphanumeric) || begins_number(bytes)
}

pub(super) fn begins_number(bytes: &[u8]) -> bool {
    match bytes.first() {
        Some(0x80..) => decode(bytes).0.is_some_and(is_odd_digit),
        first => first.is_some_and(u8::is_ascii_digit),
    }
}

/// What a dot may be written as, in brackets or not.
const DOTS: [&[u8]; 5] = [b".", b"&#46;", b"&#x2e;", b"&period;", b"%2e"];

/// What a dot may be written as in brackets only.
const NAMES_OF_DOT: [&[u8]; 3] = [b"dot", b"punto", b"point"];

/// The length of the dot at the start, which may be in brackets, or in one half of them.
fn dot(bytes: &[u8]) -> Option<usize> {
    let opening = bytes.iter().take_while(|byte| b"\\[({<".contains(byte)).count();
    let inner = &bytes[opening..];
    let is_next = |written: &&[u8]| inner.get(..written.len()).is_some_and(|next| next.eq_ignore_ascii_case(written));
    let plain = DOTS.iter().find(|written| is_next(written));
    let written = plain.or_else(|| NAMES_OF_DOT.iter().find(|written| opening > 0 && is_next(written)))?;
    let after = &inner[written.len()..];
    let closing = after.iter().take_while(|byte| b"\\])}>".contains(byte)).count();
    (plain.is_some() || closing > 0).then_some(opening + written.len() + closing)
}

/// The length of a dot in brackets with a blank on one side or both, before a number, as in `192 [.] 0`.
pub(super) fn spaced_dot(bytes: &[u8]) -> Option<usize> {
    let inner = match bytes {
        [b' ', inner @ ..] => inner,
        _ => bytes,
    };
    if !matches!(inner, [b'[' | b'(' | b'{' | b'<', ..]) {
        return None;
    }
    let (written, after) = inner.split_at(dot(inner)?);
    let number = after.strip_prefix(b" ").unwrap_or(after);
    let is_enclosed = written.last().is_some_and(|byte| b"])}>".contains(byte));
    let has_blank = inner.len() < bytes.len() || number.len() < after.len();
    (is_enclosed && has_blank && begins_number(number)).then_some(bytes.len() - number.len())
}

/// The length of what is meant as a colon before a group or another colon, but is none.
fn odd_colon(bytes: &[u8]) -> Option<usize> {
    let (mut length, mut colons) = (0, 0);
    for _ in 0..MAX_ODD {
        let rest = &bytes[length..];
        let (c, width) = decode(rest);
        match c {
            Some(':') if colons == 0 && (length > 0 || bytes.get(1).is_some_and(|next| !next.is_ascii())) => {
                colons += 1
            }
            Some(c) if !c.is_ascii() && look_alike::kind(c) == Some(LookAlike::Invisible) => {}
            Some(c) if colons == 0 && look_alike::kind(c) == Some(LookAlike::Colon) => colons += 1,
            _ => break,
        }
        length += width;
    }
    let next = decode(&bytes[length..]).0?;
    let goes_on = next.is_ascii_hexdigit() || next == ':' || look_alike::kind(next) == Some(LookAlike::Colon);
    (colons == 1 && length > 1 && goes_on).then_some(length)
}

/// Whether there are two colons, and the length of the colons in brackets at the start.
fn bracketed_colon(bytes: &[u8]) -> Option<(bool, usize)> {
    let forms: [(&[u8], bool); 11] = [
        (b"%3A", false),
        (b"%3a", false),
        (b"&#58;", false),
        (b"&colon;", false),
        (b"[:]", false),
        (b"(:)", false),
        (b"{:}", false),
        (b"\\:", false),
        (b"[::]", true),
        (b"(::)", true),
        (b"{::}", true),
    ];
    forms.iter().find(|(form, _)| bytes.starts_with(form)).map(|(form, is_double)| (*is_double, form.len()))
}

/// The length of the end of a line at which a mail is wrapped, and which is no part of its text.
pub(super) fn soft_break(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [b'=', b'\n', ..] => Some(2),
        [b'=', b'\r', b'\n', ..] => Some(3),
        _ => None,
    }
}

/// The length of what is meant as a dot, but is none.
fn odd(bytes: &[u8]) -> Option<usize> {
    let (mut length, mut dots, mut others) = (0, 0, 0);
    while dots + others < MAX_ODD {
        let rest = &bytes[length..];
        if let Some(width) = soft_break(rest) {
            others += 1;
            length += width;
            continue;
        }
        let (c, width) = match rest.first() {
            Some(b'.') => (Some('.'), 1),
            Some(0x80..) => decode(rest),
            _ => break,
        };
        match c {
            Some('.') => dots += 1,
            Some(c) if !matches!(look_alike::kind(c), Some(LookAlike::Dot | LookAlike::Invisible)) => break,
            _ => others += 1,
        }
        length += width;
    }
    (others > 0 || dots > 1).then_some(length)
}

/// The character at the start and its length, or `None` and 1 if it is not UTF-8.
pub(super) fn decode(bytes: &[u8]) -> (Option<char>, usize) {
    let width = match bytes.first() {
        Some(0xc2..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(0xf0..=0xf4) => 4,
        _ => 1,
    };
    let c = bytes.get(..width).and_then(|bytes| str::from_utf8(bytes).ok()).and_then(|text| text.chars().next());
    (c, if c.is_some() { width } else { 1 })
}

/// Whether it is a digit, but not one of 0 to 9. Superscripts and numbers in circles stand beside an address.
pub(super) fn is_odd_digit(c: char) -> bool {
    matches!(c,
        '\u{660}'..='\u{669}' | '\u{6f0}'..='\u{6f9}' | '\u{966}'..='\u{96f}' | '\u{ff10}'..='\u{ff19}'
        | '\u{1d7ce}'..='\u{1d7ff}')
}

#[cfg(test)]
mod tests {
    use super::Chain;

    #[test]
    fn dots_and_colons_are_found_in_each_form() {
        let cases = [
            ("192.0.2.1 x", "192.0.2.1", "192.0.2.1"),
            ("192[.]0(.)2{.}1.", "192[.]0(.)2{.}1", "192.0.2.1"),
            ("192[dot]0\\.2[.1", "192[dot]0\\.2[.1", "192.0.2.1"),
            ("192.]0\\[.\\]2<.>1>", "192.]0\\[.\\]2<.>1", "192.0.2.1"),
            ("192&#46;0%2E2[punto]1&", "192&#46;0%2E2[punto]1", "192.0.2.1"),
            ("2001[:]db8[:][:]1]", "2001[:]db8[:][:]1", "2001:db8::1"),
            ("2001:db8[::]1", "2001:db8[::]1", "2001:db8::1"),
            ("2001:db8::/32", "2001:db8::", "2001:db8::"),
            ("2001:db8::1: x", "2001:db8::1", "2001:db8::1"),
            ("::1", "::1", "::1"),
            ("a.b: c", "a.b", "a.b"),
            ("192.0.2.1...", "192.0.2.1", "192.0.2.1"),
            ("192\u{30fb}0.2.1\u{3002}", "192\u{30fb}0.2.1", "192.0.2.1"),
            ("192 [.] 0[.] 2 [dot]1 [.] x", "192 [.] 0[.] 2 [dot]1", "192.0.2.1"),
            ("192 . 0", "192", "192"),
            ("dot[dot]dot", "dot[dot]dot", "dot.dot"),
        ];
        let mut chain = Chain::default();
        for (text, written, plain) in cases {
            chain.read(text.as_bytes(), 0);
            assert_eq!(&text[..chain.end], written);
            assert_eq!(chain.plain(text.as_bytes(), 0..chain.groups.len()), plain, "of {text}");
        }
    }
}
