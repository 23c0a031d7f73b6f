//! Faults as people write them.

use std::fmt::{self, Write as _};
use std::str::{CharIndices, FromStr};
use std::time::Duration;

use axum::http::header::CONTENT_TYPE;

use super::{Calls, Fault, FaultError, FaultOn, Source};
use crate::duration::{self, UNITS, is_whole_number, whole_number};

/// The characters that are escaped in quotes, and the letter after the backslash. Quotes stand for themselves.
const ESCAPES: [(char, char); 6] = [('\\', '\\'), ('\'', '\''), ('"', '"'), ('n', '\n'), ('r', '\r'), ('t', '\t')];

const WHEN: [&str; 5] = ["next", "every", "share", "seed", "on"];

/// Words that exclude each other, and why.
const EXCLUSIVE: [(&[&str], &str); 3] = [
    (&["status", "html", "reset"], "a call gets one answer; write two faults"),
    (&["address", "status", "html", "reset"], "only the service answers with an address"),
    (&["next", "every", "share"], "choose one of them, or write two faults"),
];

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Fault, FaultError> {
        let words: Vec<_> = Word::all(text)?.into_iter().map(Word::or_status).collect();
        check_together(&words)?;
        let mut fault = words.iter().find_map(Word::answerer).unwrap_or_else(|| Ok(Fault::of(Source::Service)))?;
        let seed = words.iter().find(|word| word.name == "seed");
        for word in &words {
            fault = word.apply(fault, seed)?;
        }
        if words.iter().all(|word| WHEN.contains(&word.name)) {
            return Err(FaultError::Nothing { text: text.to_owned() });
        }
        Ok(fault)
    }
}

fn check_together(words: &[Word]) -> Result<(), FaultError> {
    for (position, word) in words.iter().enumerate() {
        if word.name != "header" && words[..position].iter().any(|before| before.name == word.name) {
            return Err(FaultError::Repeated { word: word.name.to_owned() });
        }
    }
    let given = |name: &str| words.iter().any(|word| word.name == name);
    for (names, reason) in EXCLUSIVE {
        let mut given = names.iter().filter(|name| given(name));
        if let (Some(one), Some(other)) = (given.next(), given.next()) {
            return Err(FaultError::Contradiction { one, other, reason });
        }
    }
    if given("seed") && !given("share") {
        return Err(FaultError::Alone { word: "seed", needed: "share", form: "share=0.1 seed=7" });
    }
    Ok(())
}

impl Word<'_> {
    /// A number alone is a status.
    fn or_status(mut self) -> Self {
        if self.value.is_none() && is_whole_number(self.name) {
            self.value = Some(self.name.to_owned());
            self.name = "status";
        }
        self
    }

    /// The fault to start with, if the word decides what answers.
    fn answerer(&self) -> Option<Result<Fault, FaultError>> {
        let status = || self.number("a status from 200 to 999, such as status=503 or html=502");
        Some(match self.name {
            "status" => status().and_then(Fault::status),
            "html" => status().and_then(Fault::html),
            "reset" if self.value.is_some() => Err(self.malformed("reset, without a value")),
            "reset" => Ok(Fault::reset()),
            "address" => self.address(),
            _ => return None,
        })
    }

    fn apply(&self, fault: Fault, seed: Option<&Word>) -> Result<Fault, FaultError> {
        match self.name {
            // Applied before, or with another word.
            "status" | "html" | "reset" | "address" | "seed" => Ok(fault),
            "body" => fault.body(self.value("a body, such as body='not now'")?),
            "content-type" => fault.content_type(self.value("a content type, such as content-type=text/plain")?),
            "header" => {
                let form = "a name, a colon and a value, such as header='Retry-After: 5'";
                let (name, value) = self.value(form)?.split_once(':').ok_or_else(|| self.malformed(form))?;
                fault.header(name, value)
            }
            "truncate" => fault.truncate(self.number("a number of bytes, such as truncate=20")?),
            "delay" => self.duration().map(|delay| fault.after(delay)),
            "next" => fault.next(self.number("a number of calls up to 4294967295, such as next=3")?),
            "every" => fault.every(self.number("a number of calls up to 4294967295, such as every=10")?),
            "share" => {
                let form = "a number from 0 to 1, such as share=0.1";
                let share = self.value(form)?.parse().map_err(|_| self.malformed(form))?;
                let seed = seed.map(|seed| seed.number("a whole number from 0 on, such as seed=7")).transpose()?;
                fault.share(share, seed.unwrap_or_default())
            }
            "on" => fault.on(self.endpoint()?),
            _ => Err(FaultError::UnknownWord { word: self.name.to_owned() }),
        }
    }

    fn value(&self, form: &'static str) -> Result<&str, FaultError> {
        self.value.as_deref().ok_or_else(|| self.malformed(form))
    }

    fn number<T: FromStr>(&self, form: &'static str) -> Result<T, FaultError> {
        whole_number(self.value(form)?).map_err(|_| self.malformed(form))
    }

    fn address(&self) -> Result<Fault, FaultError> {
        let form = "an IPv4 or IPv6 address, such as address=192.0.2.1";
        self.value(form)?.parse().map(Fault::wrong_address).map_err(|_| self.malformed(form))
    }

    fn duration(&self) -> Result<Duration, FaultError> {
        let form = "a whole number and ms, s, m or h, such as delay=2s";
        duration::parse::<u64>(self.value(form)?, &UNITS).map_err(|_| self.malformed(form))
    }

    fn endpoint(&self) -> Result<FaultOn, FaultError> {
        let form = "on=operation, on=token or on=both";
        match self.value(form)? {
            "operation" => Ok(FaultOn::Operation),
            "token" => Ok(FaultOn::Token),
            "both" => Ok(FaultOn::Both),
            _ => Err(self.malformed(form)),
        }
    }

    fn malformed(&self, form: &'static str) -> FaultError {
        FaultError::Malformed { word: self.text.to_owned(), form }
    }
}

/// The form that [`Fault::from_str`] reads.
impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = Vec::new();
        match self.source {
            Source::Service => {}
            Source::Status(status) => words.push(format!("status={}", status.as_u16())),
            Source::Html(status) => words.push(format!("html={}", status.as_u16())),
            Source::Reset => words.push("reset".to_owned()),
        }
        if !self.body.is_empty() {
            words.push(format!("body={}", Quoted(&self.body)));
        }
        for (name, value) in &self.headers {
            // Only what is ASCII was let in.
            let value = value.to_str().unwrap_or_default();
            words.push(if name == CONTENT_TYPE {
                format!("content-type={}", Quoted(value))
            } else {
                format!("header={}", Quoted(&format!("{name}: {value}")))
            });
        }
        words.extend(self.address.map(|address| format!("address={address}")));
        words.extend(self.truncated_to.map(|bytes| format!("truncate={bytes}")));
        if !self.delay.is_zero() || words.is_empty() {
            words.push(format!("delay={}", duration::text(self.delay)));
        }
        words.extend(self.when());
        formatter.write_str(&words.join(" "))
    }
}

impl Fault {
    fn when(&self) -> impl Iterator<Item = String> {
        let calls = match self.calls {
            Calls::All => None,
            Calls::Next(calls) => Some(format!("next={calls}")),
            Calls::Every(calls) => Some(format!("every={calls}")),
            Calls::Share { share, seed } => Some(format!("share={share} seed={seed}")),
        };
        let on = match self.on {
            FaultOn::Operation => None,
            FaultOn::Token => Some("on=token".to_owned()),
            FaultOn::Both => Some("on=both".to_owned()),
        };
        calls.into_iter().chain(on)
    }
}

/// A word of a text: `name` or `name=value`, where a value can stand in quotes.
struct Word<'a> {
    /// As it was written.
    text: &'a str,
    name: &'a str,
    /// Without quotes and escapes.
    value: Option<String>,
}

impl<'a> Word<'a> {
    /// Splits a text where spaces are outside of quotes.
    fn all(text: &'a str) -> Result<Vec<Word<'a>>, FaultError> {
        let mut words = Vec::new();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let name_ends = rest.find(|at: char| at == '=' || at.is_whitespace()).unwrap_or(rest.len());
            let (name, after) = rest.split_at(name_ends);
            let (value, after) = match after.strip_prefix('=') {
                None => (None, after),
                Some(value) => {
                    let (value, after) = read_value(rest, value)?;
                    (Some(value), after)
                }
            };
            words.push(Word { text: &rest[..rest.len() - after.len()], name, value });
            rest = after.trim_start();
        }
        Ok(words)
    }
}

/// The value at the beginning of `text`, and what follows it. `word` is the text from the name on.
fn read_value<'a>(word: &str, text: &'a str) -> Result<(String, &'a str), FaultError> {
    let Some(quote) = text.chars().next().filter(|first| matches!(first, '\'' | '"')) else {
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        return Ok((text[..end].to_owned(), &text[end..]));
    };
    let misquoted = || FaultError::Quotes { word: word.to_owned() };
    let mut value = String::new();
    let mut characters = text[1..].char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => value.push(read_escape(&mut characters).ok_or_else(misquoted)??),
            end if end == quote => {
                let after = &text[1 + at + 1..];
                return if after.starts_with(|next: char| !next.is_whitespace()) {
                    Err(misquoted())
                } else {
                    Ok((value, after))
                };
            }
            other => value.push(other),
        }
    }
    Err(misquoted())
}

/// What a backslash and the next character stand for, if there is one.
fn read_escape(characters: &mut CharIndices) -> Option<Result<char, FaultError>> {
    let (_, letter) = characters.next()?;
    let known = ESCAPES.iter().find(|(known, _)| *known == letter);
    Some(known.map(|(_, character)| *character).ok_or_else(|| FaultError::Escape { escape: format!("\\{letter}") }))
}

/// A value as [`Word::all`] reads it, in quotes only if it needs them.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let needs_none = !self.0.starts_with(['\'', '"']) && !self.0.contains(char::is_whitespace);
        if needs_none {
            return formatter.write_str(self.0);
        }
        formatter.write_char('\'')?;
        for character in self.0.chars() {
            match ESCAPES.iter().find(|(_, escaped)| *escaped == character && character != '"') {
                Some((letter, _)) => write!(formatter, "\\{letter}")?,
                None => formatter.write_char(character)?,
            }
        }
        formatter.write_char('\'')
    }
}
