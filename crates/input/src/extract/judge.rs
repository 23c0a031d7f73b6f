//! What a chain is: addresses, what may be a damaged one, or nothing of the kind.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::chain::{Chain, Group, Joint, Kind, soft_break};
use super::context::{
    Before, follows_name_and_slash, has_port_after_dot, is_label, is_of_platform, is_of_section, is_of_service,
    is_version_of_device, is_word, list_start, touches_version,
};
use super::tail::{Tail, tail};
use crate::near_miss::misread_letter;

/// An address, or what may be one, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    Address(IpAddr, Range<usize>),
    /// To be read as a token of a list: a network, a range, or a damaged address.
    Token(Range<usize>),
    /// The beginning of numbers that go on for longer than any address.
    TooLong(Range<usize>),
}

impl Finding {
    pub(super) fn range(&self) -> Range<usize> {
        match self {
            Self::Address(_, range) | Self::Token(range) | Self::TooLong(range) => range.clone(),
        }
    }
}

/// How much is shown of numbers that go on for longer than any address.
const MAX_SHOWN: usize = 200;

/// Adds what the chain holds.
pub(super) fn judge(bytes: &[u8], chain: &Chain, findings: &mut Vec<Finding>) {
    if chain.is_too_long() {
        let end = chain.groups.iter().map(|group| group.end).take_while(|end| *end < chain.start + MAX_SHOWN).last();
        let shown = end.filter(|_| chain.begins_with_numbers()).map(|end| Finding::TooLong(chain.start..end));
        return findings.extend(shown);
    }
    let mut judge = Judge { bytes, chain, findings };
    let mut at = 0;
    while at < chain.groups.len() {
        at = match judge.ipv6(at) {
            Some(next) => next,
            None => {
                let end = judge.block_end(at);
                judge.dotted(at..end);
                end
            }
        };
    }
}

struct Judge<'a> {
    bytes: &'a [u8],
    chain: &'a Chain,
    findings: &'a mut Vec<Finding>,
}

impl Judge<'_> {
    fn groups(&self, range: Range<usize>) -> &[Group] {
        &self.chain.groups[range]
    }

    /// Where the groups that dots join with this one end.
    fn block_end(&self, at: usize) -> usize {
        let after = self.chain.groups[at + 1..].iter().position(Group::follows_colon);
        after.map_or(self.chain.groups.len(), |after| at + 1 + after)
    }

    fn span(&self, groups: Range<usize>) -> Range<usize> {
        self.chain.groups[groups.start].start..self.chain.groups[groups.end - 1].end
    }

    fn token(&mut self, groups: Range<usize>) {
        let span = self.span(groups);
        self.findings.push(Finding::Token(span));
    }

    /// Takes an IPv6 address, or what may be a damaged one, or what colons join without being one: a time, a MAC address.
    /// Returns which group is next, or `None` if what begins there is nothing of that.
    fn ipv6(&mut self, at: usize) -> Option<usize> {
        let all = &self.chain.groups;
        let is_hex = |index: usize| {
            let is_short = matches!(all[index].kind, Kind::Empty | Kind::Decimal | Kind::Hex) && all[index].len() <= 4;
            is_short && self.block_end(index) == index + 1
        };
        let mut end = at + (at..all.len()).take_while(|index| is_hex(*index)).count();
        if let Some(odd) = (at + 1..end).find(|index| all[*index].joint == Joint::OddColon) {
            if end - at > 2 && is_in_use(all[at].text(self.bytes)) && !is_date_and_time(&all[at..end]) {
                self.token(at..end);
                return Some(end);
            }
            // In Chinese text, it follows a label.
            end = odd;
        }
        let blocks = end - at;
        if blocks < 2 {
            return None;
        }
        let groups = self.groups(at..end);
        let has_double_colon = groups.iter().any(|group| group.kind == Kind::Empty);
        let is_short = |group: &Group| group.len() <= 2;
        let is_of_pairs = groups.iter().all(|group| group.len() == 2);
        if !has_double_colon && (is_of_pairs || blocks < 8 && groups.iter().all(is_short)) {
            return Some(end);
        }
        let first = groups[0];
        let is_in_use = is_in_use(first.text(self.bytes));
        let may_be_damaged = is_in_use && (has_double_colon || blocks > 3) && !is_date_and_time(groups);
        if all.get(end).is_none_or(|next| next.joint == Joint::OddColon) {
            self.colons(at..end, may_be_damaged);
            return Some(end);
        }
        let is_taken = self.with_next(at..end, may_be_damaged);
        Some(if is_taken { self.block_end(end) } else { end })
    }

    /// Takes groups that colons join together with what follows the last colon. Returns whether there was anything.
    fn with_next(&mut self, groups: Range<usize>, may_be_damaged: bool) -> bool {
        let all = &self.chain.groups;
        let (at, end) = (groups.start, groups.end);
        let (first, next) = (all[at], all[end]);
        let block_end = self.block_end(end);
        let numbers = (end..block_end).take_while(|index| all[*index].kind == Kind::Decimal).count();
        let begins_address = first.kind == Kind::Empty || first.text(self.bytes) == b"64";
        match block_end - end {
            // It ends in an IPv4 address, which stands alone after a time or a label.
            4 if numbers == 4 => {
                let is_of_ipv6 = may_be_damaged || begins_address && self.is_ipv6(at..block_end);
                return is_of_ipv6.then(|| self.token(at..block_end)).is_some();
            }
            // A dot and a port follow.
            2 if next.len() <= 4 && self.is_ipv6(at..end + 1) => {
                let (start, stop) = (first.start, all[block_end - 1].end);
                match all[end + 1].kind == Kind::Word || has_port_after_dot(self.bytes, start, stop) {
                    true => self.colons(at..end + 1, false),
                    false => self.token(at..block_end),
                }
            }
            1 if may_be_damaged => self.token(at..block_end),
            _ => return false,
        }
        true
    }

    fn is_ipv6(&self, groups: Range<usize>) -> bool {
        self.chain.plain(self.bytes, groups).parse::<Ipv6Addr>().is_ok()
    }

    /// Groups that only colons join.
    fn colons(&mut self, groups: Range<usize>, may_be_damaged: bool) {
        let span = self.span(groups.clone());
        let Ok(address) = self.chain.plain(self.bytes, groups.clone()).parse::<Ipv6Addr>() else {
            let texts = self.groups(groups.clone());
            let is_any_with_port = matches!(texts, [a, b, c, d] if [a, b, c].iter().all(|group| group.kind == Kind::Empty) && d.kind == Kind::Decimal);
            if may_be_damaged {
                self.token(groups);
            } else if is_any_with_port && self.bytes[span.clone()].starts_with(b":::") {
                self.findings.push(Finding::Address(Ipv6Addr::UNSPECIFIED.into(), span.start..span.start + 2));
            }
            return;
        };
        let first = self.chain.groups[groups.start];
        let is_in_use = is_in_use(first.text(self.bytes));
        if address.is_unspecified() && span.len() == 2 {
            if self.stands_for_any(&span) {
                self.findings.push(Finding::Address(address.into(), span));
            }
            return;
        }
        // After a label, the first group of a damaged address may have been taken for it.
        let before = groups.start.checked_sub(1).map(|index| self.chain.groups[index]);
        if let Some(before) = before.filter(|_| !is_in_use && first.kind != Kind::Empty) {
            let is_label = before.kind == Kind::Word || before.len() > 4;
            let has_digits = before.kind == Kind::Odd || before.text(self.bytes).iter().any(u8::is_ascii_digit);
            if !is_label || has_digits {
                self.token(groups.start - 1..groups.end);
            }
            return;
        }
        if is_in_use || address.is_loopback() || !self.is_of_program(groups) {
            self.with_tail(address.into(), span);
        }
    }

    /// Whether it is a slice of a list in Python, such as `[1::2]`, or a path, such as `a::b`, in which no name begins with a
    /// digit.
    fn is_of_program(&self, groups: Range<usize>) -> bool {
        let groups = self.groups(groups);
        let is_of_slice = |group: &Group| group.kind == Kind::Empty || group.kind == Kind::Decimal && group.len() <= 2;
        let begins_number = |group: &Group| group.text(self.bytes).first().is_some_and(u8::is_ascii_digit);
        groups.len() < 8 && groups.iter().all(is_of_slice) || !groups.iter().any(begins_number)
    }

    /// Whether `::` stands for any address, and not for itself: it has brackets, or a program listens on it.
    fn stands_for_any(&self, span: &Range<usize>) -> bool {
        let (before, after) = (&self.bytes[..span.start], &self.bytes[span.end..]);
        let has_brackets = before.ends_with(b"[") && after.starts_with(b"]");
        has_brackets || after.starts_with(b"/0") || before.ends_with(b" on ") && !after.starts_with(b":")
    }

    /// Groups that only dots join.
    fn dotted(&mut self, block: Range<usize>) {
        let has_letters = matches!(block.len(), 4 | 7) && !self.groups(block.clone()).iter().all(Group::is_number);
        let is_damaged = || {
            misread_letter(&self.chain.plain(self.bytes, block.clone())).is_some()
                || self.has_glued_letters(block.clone())
        };
        if has_letters && is_damaged() {
            return self.token(block);
        }
        let mut at = block.start;
        while at < block.end {
            let numbers = self.groups(at..block.end).iter().take_while(|group| group.is_number()).count();
            if numbers > 0 {
                let (has_name_before, has_name_after) = (at > block.start, at + numbers < block.end);
                if !has_name_before && !has_name_after {
                    self.numbers(at..at + numbers);
                } else if !has_name_before && numbers == 4 && block.end == at + 5 {
                    self.with_service(at..at + 4);
                }
            }
            at += numbers.max(1);
        }
    }

    /// Whether it is an address with hexadecimal parts, or one that a word touches, or two with a word between them:
    /// `0xc0.0.2.1`, `IP192.0.2.1`, `192.0.2.1and`, `192.0.2.1and192.0.2.2`.
    fn has_glued_letters(&self, block: Range<usize>) -> bool {
        let texts: Vec<_> = self.groups(block).iter().map(|group| group.text(self.bytes)).collect();
        let are_octets = |texts: &[&[u8]]| texts.iter().all(|text| number(text).is_some_and(|number| number <= 255));
        match texts[..] {
            [first, b, c, last] => {
                let letters = first.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
                let digits = last.iter().take_while(|byte| byte.is_ascii_digit()).count();
                let is_hexadecimal = |text: &&[u8]| matches!(text, [b'0', b'x' | b'X', _] | [b'0', b'x' | b'X', _, _]);
                let others: Vec<_> = texts.iter().copied().filter(|text| !is_hexadecimal(text)).collect();
                others.len() < 4 && are_octets(&others)
                    || is_label(&first[..letters]) && are_octets(&[&first[letters..], b, c, last])
                    || is_word(&last[digits..]) && are_octets(&[first, b, c, &last[..digits]])
            }
            [a, b, c, middle, e, f, g] => {
                let digits = |byte: &&u8| byte.is_ascii_digit();
                let (before, after) =
                    (middle.iter().take_while(digits).count(), middle.iter().rev().take_while(digits).count());
                let (one, other) = (&middle[..before], &middle[middle.len() - after..]);
                before < middle.len() && are_octets(&[a, b, c, one, other, e, f, g])
            }
            _ => false,
        }
    }

    /// An IPv4 address, a dot, and what may be the name of a port.
    fn with_service(&mut self, groups: Range<usize>) {
        let span = self.span(groups.start..groups.end + 1);
        let address = ipv4(self.bytes, self.groups(groups.clone()));
        if let Some(address) = address.filter(|_| has_port_after_dot(self.bytes, span.start, span.end)) {
            let span = self.span(groups);
            self.findings.push(Finding::Address(address.into(), span));
        }
    }

    /// Numbers with dots, and nothing but these.
    fn numbers(&mut self, groups: Range<usize>) {
        let all = self.groups(groups.clone());
        let is_odd = |group: &Group| group.kind == Kind::Odd || group.joint == Joint::Odd;
        if all[0].kind == Kind::Odd || all[1..].iter().any(is_odd) {
            return self.odd(groups);
        }
        match groups.len() {
            0..=2 => {}
            3 => self.three(groups),
            4 => self.four(groups),
            _ => self.more(groups),
        }
    }

    /// Numbers with something between them that is no dot. It may separate whole addresses.
    fn odd(&mut self, groups: Range<usize>) {
        let mut pieces = Vec::new();
        let mut start = groups.start;
        for index in groups.start + 1..=groups.end {
            if index == groups.end || self.chain.groups[index].joint == Joint::Odd {
                pieces.push(start..index);
                start = index;
            }
        }
        let is_whole = |piece: &Range<usize>| ipv4(self.bytes, self.groups(piece.clone())).is_some();
        // Two dots are those of a range, or one of them is too many.
        let all = &self.chain.groups[groups.clone()];
        let has_two_dots = all
            .windows(2)
            .any(|pair| pair[1].joint == Joint::Odd && self.bytes[pair[0].end..pair[1].start].starts_with(b".."));
        if !has_two_dots && pieces.len() > 1 && pieces.iter().all(is_whole) {
            pieces.into_iter().for_each(|piece| self.four(piece));
        } else if (groups.len() > 3 || groups.len() == 3 && has_two_dots) && !self.has_long_number(groups.clone()) {
            self.token(groups);
        }
    }

    /// A part of four digits or more is that of a version or a date.
    fn has_long_number(&self, groups: Range<usize>) -> bool {
        let is_octal = |group: &Group| group.len() == 4 && group.text(self.bytes).starts_with(b"0");
        self.groups(groups).iter().any(|group| group.kind == Kind::Decimal && group.len() > 3 && !is_octal(group))
    }

    /// Whether it may be two addresses without anything in between, as in `192.0.2.1192.0.2.2`.
    fn are_two_addresses(&self, groups: Range<usize>) -> bool {
        let is_octet = |group: &Group| number(group.text(self.bytes)).is_some_and(|number| number <= 255);
        let groups = self.groups(groups);
        groups.len() == 7 && groups[3].len() <= 6 && [&groups[..3], &groups[4..]].concat().iter().all(is_octet)
    }

    /// Whether it is one number with a dot before each three of its digits.
    fn is_in_thousands(&self, groups: Range<usize>) -> bool {
        let all = &self.groups(groups)[1..];
        all.iter().all(|group| group.len() == 3) && all.iter().any(|group| group.text(self.bytes) == b"000")
    }

    fn three(&mut self, groups: Range<usize>) {
        let span = self.span(groups.clone());
        let bytes = self.bytes;
        let parts = self.groups(groups.clone());
        let is_part = |group: &Group| number(group.text(bytes)).is_some_and(|number| number <= 255);
        let is_date_or_time = parts.iter().all(|group| group.len() == 2);
        if is_date_or_time || !parts.iter().all(is_part) {
            return;
        }
        let before = Before::of(bytes, span.start);
        let tail = tail(bytes, span.clone(), IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let precedes_slash = bytes[span.end..].starts_with(b"/");
        let is_version = touches_version(bytes, span.start, span.end)
            || is_of_section(bytes, span.start, span.end)
            || is_version_of_device(bytes, span.start, span.end)
            || is_of_platform(bytes, span.start)
            || is_of_service(bytes, span.start)
            || precedes_slash && tail == Tail::None
            || Before::of(bytes, list_start(bytes, span.start)).is_version()
            || before.is_reply(&bytes[span.clone()])
            || before.is_version()
            || before.is_of_numbered()
            || before.may_be_product();
        if !is_version {
            let end = match tail {
                Tail::Token(end) => end,
                _ => span.end,
            };
            let is_any_host = bytes[span.end..].starts_with(b".*");
            self.findings.push(Finding::Token(span.start..if is_any_host { span.end + 2 } else { end }));
        }
    }

    fn four(&mut self, groups: Range<usize>) {
        let span = self.span(groups.clone());
        let before = Before::of(self.bytes, span.start);
        let is_version = before.is_product()
            || before.is_version()
            || before.is_before_long_version(&self.bytes[span.clone()])
            || is_version_of_device(self.bytes, span.start, span.end)
            || is_of_platform(self.bytes, span.start);
        if is_version || self.has_long_number(groups.clone()) {
            return;
        }
        match ipv4(self.bytes, self.groups(groups.clone())) {
            Some(_) if self.follows_lone_dot(span.start) => {
                self.findings.push(Finding::Token(span.start - 1..span.end))
            }
            Some(address) => self.with_tail(address.into(), span),
            None if before.is_of_numbered() && !before.is_of_writer() || self.is_in_thousands(groups.clone()) => {}
            None => self.token(groups),
        }
    }

    /// Whether a dot stands before it that does not end anything: the part before it may be lost.
    fn follows_lone_dot(&self, start: usize) -> bool {
        let before = |back: usize| start.checked_sub(back).map(|at| self.bytes[at]);
        before(1) == Some(b'.') && before(2).is_none_or(|byte| byte.is_ascii_whitespace())
    }

    fn more(&mut self, groups: Range<usize>) {
        let span = self.span(groups.clone());
        let first_four = groups.start..groups.start + 4;
        let address = ipv4(self.bytes, self.groups(first_four.clone()));
        let port = self.groups(groups.clone()).get(4).and_then(|group| number(group.text(self.bytes)));
        let is_with_port = groups.len() == 5 && port.is_some_and(|port| port <= 65_535);
        if let Some(address) = address.filter(|_| is_with_port && has_port_after_dot(self.bytes, span.start, span.end))
        {
            let span = self.span(first_four);
            return self.findings.push(Finding::Address(address.into(), span));
        }
        let before = Before::of(self.bytes, span.start);
        let has_long_number = !self.are_two_addresses(groups.clone())
            && self.has_long_number(if is_with_port { first_four } else { groups.clone() });
        let is_object_identifier = OBJECT_IDENTIFIERS.iter().any(|start| self.bytes[span.clone()].starts_with(start));
        // As in `FBAV/441.0.0.23.113` and `Instagram 309.0.0.28.111`.
        let is_of_app = follows_name_and_slash(self.bytes, span.start) || address.is_none() && before.may_be_product();
        let is_version = before.is_product() || before.is_version() || before.is_of_numbered() || is_of_app;
        if !has_long_number && !is_version && !is_object_identifier {
            self.token(groups);
        }
    }

    /// An address, with what follows it where that makes it something else.
    fn with_tail(&mut self, address: IpAddr, span: Range<usize>) {
        if address.is_ipv6()
            && let Some(wrapped) = wrapped_ipv6(self.bytes, &span)
        {
            return self.findings.push(Finding::Token(wrapped));
        }
        self.findings.extend(match tail(self.bytes, span.clone(), address) {
            Tail::None => Some(Finding::Address(address, span)),
            Tail::Token(end) => Some(Finding::Token(span.start..end)),
            Tail::Version => None,
        });
    }
}

/// The length of the longest IPv6 address.
const MAX_IPV6: usize = 39;

/// An IPv6 address and the end of a line of a mail, where what is beside that may belong to it.
fn wrapped_ipv6(bytes: &[u8], span: &Range<usize>) -> Option<Range<usize>> {
    let is_part = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b':';
    let after = soft_break(&bytes[span.end..]).map(|length| span.end + length);
    let parts = |end: usize| bytes[end..].iter().take(MAX_IPV6).take_while(|byte| is_part(byte)).count();
    if let Some((end, parts)) = after.map(|end| (end, parts(end))).filter(|(_, parts)| *parts > 0) {
        return Some(span.start..end + parts);
    }
    let start = [2, 3].into_iter().filter_map(|back| span.start.checked_sub(back));
    let start = start.into_iter().find(|start| soft_break(&bytes[*start..]) == Some(span.start - start))?;
    let before = &bytes[..start];
    (before.last().is_some_and(is_part) && !before.ends_with(b"=3D")).then(|| start - 1..span.end)
}

/// How the numbers of objects begin that certificates, SNMP and directories have.
const OBJECT_IDENTIFIERS: [&[u8]; 6] = [b"1.2.840.", b"1.3.6.", b"1.3.132.", b"2.5.", b"2.16.", b"2.23."];

fn number(digits: &[u8]) -> Option<u32> {
    str::from_utf8(digits).ok().filter(|text| text.len() <= 5)?.parse().ok()
}

/// The address of four numbers without leading zeros.
fn ipv4(bytes: &[u8], groups: &[Group]) -> Option<Ipv4Addr> {
    let [a, b, c, d] = groups else { return None };
    let part = |group: &Group| {
        let digits = group.text(bytes);
        let has_leading_zero = digits.len() > 1 && digits[0] == b'0';
        number(digits).filter(|_| !has_leading_zero).and_then(|number| u8::try_from(number).ok())
    };
    Some(Ipv4Addr::new(part(a)?, part(b)?, part(c)?, part(d)?))
}

/// Whether a first group is one of addresses in use: global unicast, unique-local, link-local or multicast.
fn is_in_use(group: &[u8]) -> bool {
    let lower: Vec<_> = group.iter().map(u8::to_ascii_lowercase).collect();
    matches!(
        lower.as_slice(),
        [b'2' | b'3', _, _, _] | [b'f', b'c' | b'd' | b'f', _, _] | [b'f', b'e', b'8' | b'9' | b'a' | b'b', _]
    )
}

/// Whether a year has nothing but pairs of digits after it.
fn is_date_and_time(groups: &[Group]) -> bool {
    groups[1..].iter().all(|group| group.kind == Kind::Decimal && group.len() <= 2)
}
