//! Puts tokens together that are one notation: an address with spaces around its dots, a range with a dash between spaces,
//! an address with the number of its port. Drops what only introduces a line, such as a bullet.

use std::net::IpAddr;

use crate::address::{parse_address, parse_plain};
use crate::inputs::{Collector, InputError, Reason};
use crate::lead::Lead;
use crate::location::{Position, SourceName};
use crate::range::{Found, is_mask, range, with_mask};
use crate::refang::refang;
use crate::service::{is_port, is_protocol};
use crate::token::Token;

/// The most tokens that are joined. `1 . 1 . 1 . 1 - 1 . 1 . 1 . 2` has fifteen.
const MAX_JOINED_TOKENS: usize = 16;

/// What stands between a token and the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gap {
    /// It is the first of its line.
    Line,
    Blank,
    /// Blanks, and a quotation mark on one side of them.
    Quote,
    /// A bar without blanks around it.
    Bar,
    /// A semicolon at the beginning of a line, which may begin a comment.
    Semicolon,
    /// Any other separator.
    Apart,
}

impl Gap {
    /// With a quotation mark in addition. A second one stands between two quotes.
    pub(crate) fn with_quote(self) -> Self {
        if self == Self::Blank { Self::Quote } else { Self::Apart }
    }
}

#[derive(Debug)]
struct Part {
    text: String,
    position: Position,
    is_behind_bar: bool,
}

/// Joins tokens that may be one notation.
#[derive(Debug)]
pub(crate) struct TokenJoiner {
    pub(crate) source_name: SourceName,
    tokens: Vec<Part>,
    is_too_long: bool,
    /// What may introduce the line: dropped if something follows, else a token of its own.
    lead: Option<(Lead, Part)>,
    /// Whether it reads a list of lines. There, the number before an address may be how often it was found, as `uniq -c` has
    /// it.
    pub(crate) is_list: bool,
}

impl TokenJoiner {
    pub(crate) fn new(source_name: SourceName) -> Self {
        Self { source_name, tokens: Vec::new(), is_too_long: false, lead: None, is_list: false }
    }

    /// Takes the next token.
    pub(crate) fn push(
        &mut self,
        token: &str,
        position: Position,
        gap: Gap,
        collector: &mut Collector,
    ) -> Result<(), InputError> {
        if !matches!(gap, Gap::Blank | Gap::Quote) && !self.continues(token, gap) {
            self.end(collector)?;
        }
        let part = Part { text: token.to_owned(), position, is_behind_bar: gap == Gap::Bar };
        if let Some(lead) = self.lead(&part, gap, collector)? {
            self.lead = Some((lead, part));
            return Ok(());
        }
        if !self.tokens.is_empty() && !self.continues(token, gap) {
            self.end(collector)?;
        }
        if self.tokens.len() == MAX_JOINED_TOKENS {
            self.is_too_long = true;
        } else {
            self.tokens.push(part);
        }
        Ok(())
    }

    /// Whether the token may introduce the line. Decides about the one before, as something follows it.
    fn lead(&mut self, part: &Part, gap: Gap, collector: &mut Collector) -> Result<Option<Lead>, InputError> {
        let before = self.lead.take();
        let may_be_count = self.is_list && part.position.column > 1;
        let lead = match (&before, Lead::of(&part.text)) {
            (None, lead) if gap == Gap::Line => lead.or_else(|| Lead::count(&part.text).filter(|_| may_be_count)),
            // An item of a list may have its number behind a bullet.
            (Some((Lead::Bullet, _)), Some(Lead::Item)) => Some(Lead::Item),
            _ => None,
        };
        if let Some((Lead::Count, number)) = before {
            match parse_address(&part.text) {
                Ok(_) => collector.pass_over(Reason::WithoutAddress),
                Err(_) => self.single(&number, collector)?,
            }
        }
        Ok(lead)
    }

    /// Whether a token may belong to those before it.
    fn continues(&self, token: &str, gap: Gap) -> bool {
        let (Some(last), others) = (self.tokens.last(), self.tokens.len() - usize::from(!self.tokens.is_empty()))
        else {
            return false;
        };
        let last = last.text.as_str();
        match gap {
            Gap::Line | Gap::Semicolon | Gap::Apart => false,
            Gap::Bar => others == 0 && is_port(token) && parse_address(last).is_ok(),
            Gap::Quote => others > 0 && is_dash(last) || is_dash(token) && self.is_address(),
            Gap::Blank => {
                is_seam(last, token)
                    || (others > 0 && goes_on(last, token))
                    || (goes_before(token) && self.is_address())
                    || is_glued_dash(last, token)
                    || parse_plain(last).is_some_and(|address| with_mask(address, token).is_some())
            }
        }
    }

    /// Whether the tokens since the last dash are an address.
    fn is_address(&self) -> bool {
        let since = self.tokens.iter().rposition(|part| is_dash(&part.text)).map_or(0, |dash| dash + 1);
        parse_address(&joined(&self.tokens[since..])).is_ok()
    }

    /// Adds a token that is certainly not an address.
    pub(crate) fn invalid(
        &mut self,
        token: &[u8],
        problem: String,
        position: Position,
        collector: &mut Collector,
    ) -> Result<(), InputError> {
        self.end(collector)?;
        collector.invalid(token, problem, || self.source_name.location(position))
    }

    /// Adds what the tokens are, or a diagnosis.
    pub(crate) fn end(&mut self, collector: &mut Collector) -> Result<(), InputError> {
        if let Some((_, part)) = self.lead.take() {
            self.single(&part, collector)?;
        }
        let mut tokens = std::mem::take(&mut self.tokens);
        if std::mem::take(&mut self.is_too_long) {
            let problem = format!("has more than {MAX_JOINED_TOKENS} parts separated by spaces");
            self.read(Token::Invalid(problem), &tokens, collector)?;
        } else {
            self.ends(&tokens, collector)?;
        }
        tokens.clear();
        self.tokens = tokens;
        Ok(())
    }

    /// Tokens with dashes between them may be a range.
    fn ends(&self, tokens: &[Part], collector: &mut Collector) -> Result<(), InputError> {
        let [first, others @ ..] = tokens else { return Ok(()) };
        if others.is_empty() {
            return self.single(first, collector);
        }
        if let [second] = others
            && is_glued_dash(&first.text, &second.text)
        {
            let found = range(&joined(tokens)).unwrap_or_else(|| Err(OPEN_DASH.to_owned()));
            return self.read(found.into(), tokens, collector);
        }
        let groups: Vec<_> = tokens.split(|part| is_dash(&part.text)).collect();
        let addresses: Vec<_> = groups.iter().map_while(|group| address_before_port(group)).collect();
        match (&addresses[..], &groups[..]) {
            (_, [group]) => self.group(group, collector),
            ([first, last], [one, other]) if is_plain(one) && is_plain(other) => {
                let found = range(&format!("{first}-{last}")).unwrap_or(Ok(Found::One(*first)));
                self.read(found.into(), tokens, collector)
            }
            (addresses, groups) if addresses.len() == groups.len() => {
                self.read(Token::Invalid(OPEN_DASH.to_owned()), tokens, collector)
            }
            _ => {
                for (index, group) in groups.iter().enumerate() {
                    let dashes = tokens.iter().filter(|part| is_dash(&part.text)).skip(index).take(1);
                    self.group(group, collector)?;
                    dashes.into_iter().try_for_each(|dash| self.single(dash, collector))?;
                }
                Ok(())
            }
        }
    }

    /// Tokens without a dash between them.
    fn group(&self, tokens: &[Part], collector: &mut Collector) -> Result<(), InputError> {
        if let Some(found) = network_with_mask(tokens) {
            return self.read(found.into(), tokens, collector);
        }
        match tokens {
            [] => Ok(()),
            [one] => self.single(one, collector),
            [address @ .., word] if is_port_word(&word.text) || is_mask_word(&word.text) => {
                self.group(address, collector)?;
                self.single(word, collector)
            }
            _ => match (without_port(tokens).len() < tokens.len(), address_before_port(tokens)) {
                (true, Some(address)) => self.read(Token::Address(address), tokens, collector),
                _ => self.dotted(tokens, collector),
            },
        }
    }

    fn single(&self, part: &Part, collector: &mut Collector) -> Result<(), InputError> {
        collector.token(&part.text, || self.source_name.location(part.position))
    }

    /// Adds tokens as one text.
    fn read(&self, token: Token, tokens: &[Part], collector: &mut Collector) -> Result<(), InputError> {
        let Some(first) = tokens.first() else { return Ok(()) };
        collector.read(token, &written(tokens), || self.source_name.location(first.position))
    }

    /// Tokens with a dot at each seam.
    fn dotted(&self, tokens: &[Part], collector: &mut Collector) -> Result<(), InputError> {
        if !tokens.iter().any(|part| part.text.contains(char::is_alphanumeric)) {
            return tokens.iter().try_for_each(|part| self.single(part, collector));
        }
        let alone: Vec<_> = tokens.iter().filter(|part| !is_only_dots(&part.text)).collect();
        let valid = alone.iter().filter(|part| parse_address(&part.text).is_ok()).count();
        if valid == alone.len() && valid > 0 {
            return alone.into_iter().try_for_each(|part| self.single(part, collector));
        }
        let result = match parse_address(&joined(tokens)) {
            _ if valid > 0 => {
                Err("has a dot that may belong to either side: write each address in one piece".to_owned())
            }
            // Only IPv4 is written with spaces around its dots.
            Ok(address) if address.is_ipv4() => Ok(Found::One(address)),
            Ok(_) => Err("contains white space".to_owned()),
            Err(problem) => Err(problem),
        };
        self.read(result.into(), tokens, collector)
    }
}

/// The problem of a dash between addresses that makes no range.
const OPEN_DASH: &str = "has a dash between addresses that are no range: separate them with commas";

/// The tokens before those that are the port of an address.
fn without_port(tokens: &[Part]) -> &[Part] {
    match tokens {
        [address @ .., word, port] if is_port_word(&word.text) && is_port(&port.text) => address,
        [address @ .., port] if port.is_behind_bar || is_port_of_protocol(&port.text) => address,
        _ => tokens,
    }
}

fn address_before_port(tokens: &[Part]) -> Option<IpAddr> {
    parse_address(&joined(without_port(tokens))).ok()
}

/// The network that an address and its mask are, with or without a word between them.
fn network_with_mask(tokens: &[Part]) -> Option<Result<Found, String>> {
    let (address, mask) = match tokens {
        [address, mask] => (address, mask),
        [address, word, mask] if is_mask_word(&word.text) => (address, mask),
        _ => return None,
    };
    parse_plain(&address.text).and_then(|address| with_mask(address, &mask.text))
}

/// Whether a token may stand between an address and what belongs to it.
fn goes_before(token: &str) -> bool {
    is_dash(token) || is_port_word(token) || is_port_of_protocol(token) || is_mask_word(token)
}

/// Whether a token belongs to one that stands behind an address.
fn goes_on(last: &str, token: &str) -> bool {
    is_dash(last) || (is_port_word(last) && is_port(token)) || (is_mask_word(last) && is_mask(token))
}

/// The tokens without the spaces between them.
fn joined(tokens: &[Part]) -> String {
    tokens.iter().map(|part| part.text.as_str()).collect()
}

/// The tokens as they are written.
fn written(tokens: &[Part]) -> String {
    let mut written = String::new();
    for (index, part) in tokens.iter().enumerate() {
        written.push_str(if part.is_behind_bar {
            "|"
        } else if index > 0 {
            " "
        } else {
            ""
        });
        written.push_str(&part.text);
    }
    written
}

/// Whether tokens are an address without a port or anything else around it but punctuation.
fn is_plain(tokens: &[Part]) -> bool {
    let text = joined(tokens);
    let plain = refang(&text);
    let bare = plain.trim_matches(|c: char| c.is_ascii_punctuation() && c != ':');
    parse_plain(bare).is_some() || parse_plain(&plain).is_some()
}

fn is_dash(token: &str) -> bool {
    matches!(token, "-" | "--" | "–" | "—" | "−" | "‐" | "‑" | "‒" | "―" | "~" | ".." | "..." | "…")
}

/// Whether one of two tokens ends or begins with a dash, and both are addresses without it: `192.0.2.1- 192.0.2.9`.
fn is_glued_dash(left: &str, right: &str) -> bool {
    const DASHES: [char; 5] = ['-', '–', '—', '−', '~'];
    let both = |left: &str, right: &str| parse_plain(left).is_some() && parse_plain(right).is_some();
    left.strip_suffix(DASHES).is_some_and(|left| both(left, right))
        || right.strip_prefix(DASHES).is_some_and(|right| both(left, right))
}

fn is_port_word(token: &str) -> bool {
    let word = token.strip_suffix(':').unwrap_or(token);
    ["port", "tcp/port", "udp/port"].iter().any(|name| name.eq_ignore_ascii_case(word))
}

fn is_mask_word(token: &str) -> bool {
    ["mask", "netmask", "wildcard"].iter().any(|name| name.eq_ignore_ascii_case(token))
}

/// Such as `443/tcp`, `tcp/443` or `port=443`.
fn is_port_of_protocol(token: &str) -> bool {
    let is_named = |name: &str| is_protocol(name) || name.eq_ignore_ascii_case("port");
    token
        .split_once(['/', '=', ':'])
        .is_some_and(|(one, other)| (is_port(one) && is_protocol(other)) || (is_named(one) && is_port(other)))
}

/// Whether the dot of an address may be where two tokens meet. A plain dot at the end of a token may as well end a
/// sentence or follow the number of a list item.
fn is_seam(left: &str, right: &str) -> bool {
    starts_with_dot(right) || is_only_dots(left) || ends_with_defanged_dot(left)
}

fn starts_with_dot(token: &str) -> bool {
    token.starts_with(['.', '[', '(', '{', '<', '\\']) && refang(token).starts_with('.')
}

fn ends_with_defanged_dot(token: &str) -> bool {
    let is_defanged = token.ends_with([']', ')', '}', '>']) || token.ends_with("\\.");
    is_defanged && refang(token).ends_with('.')
}

fn is_only_dots(token: &str) -> bool {
    starts_with_dot(token) && refang(token).bytes().all(|byte| byte == b'.')
}
