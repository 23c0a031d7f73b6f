//! What a source must not contradict in itself: its dates, the statuses with their codes, phrases and messages, its
//! quota, what it knows of tokens, and the name of its folder.

use mde_codegen::{Finding, Pointer};
use serde_json::Value as Json;

use crate::evidence::form::{CONSISTENT, Node};
use crate::evidence::sources::{EvidenceSource, KINDS, PUBLISHERS, UNKNOWN_PUBLISHER};
use crate::evidence::standards::{phrase, status_of_code};
use crate::evidence::statements::AS_STATED;
use crate::evidence::words::{Quantity, Stated, is_date, stated};

/// Everything in which the facts of a source contradict each other, or a standard.
pub(crate) fn check(source: &EvidenceSource) -> Findings<'_> {
    let mut findings = Findings { source, found: Vec::new() };
    check_identity(&mut findings);
    for status in source.facts_of("statuses") {
        check_status(&status, &mut findings);
    }
    check_quota(&mut findings);
    check_token(&mut findings);
    findings
}

/// The findings about one source.
pub(crate) struct Findings<'a> {
    pub(crate) source: &'a EvidenceSource,
    pub(crate) found: Vec<Finding>,
}

impl Findings<'_> {
    /// Adds a finding at a place of the description.
    pub(crate) fn add(&mut self, pointer: &Pointer, message: impl Into<String>, help: impl Into<String>) {
        self.found.push(self.source.description.finding(CONSISTENT, pointer, message, help));
    }
}

/// How the folders of pages of Microsoft Learn begin.
const LEARN: &str = "microsoft-learn-";

/// The date is one, and the name of the folder agrees with the description: a year in it is that of the date, another
/// number a status, and a kind or a publisher in it that of the source. A known publisher is in the name.
fn check_identity(findings: &mut Findings<'_>) {
    let source = findings.source;
    let root = Node::root(&source.description);
    let (date, node) = root.get_text("date").unwrap_or(("unknown", root.entry("date")));
    if !is_date(date) {
        let help = "write a year, a month or a day as in 2026-01-31, `mid-` and a year, or `unknown`";
        findings.add(&node.pointer, format!("{date:?} is no date"), help);
    }
    check_name("kind", KINDS, |_| false, findings);
    if let Some((kind, node)) = root.get_text("kind")
        && source.name.starts_with(LEARN)
        && kind != "documentation"
    {
        let message = format!("`kind` is {kind}, but {LEARN} begins the names of pages of documentation");
        findings.add(&node.pointer, message, "correct it, or rename the folder");
    }
    check_name("publisher", PUBLISHERS, |given| given != UNKNOWN_PUBLISHER, findings);
    let statuses = statuses_of(source);
    for number in source.name.split('-').filter(|part| part.bytes().all(|byte| byte.is_ascii_digit())) {
        let fits = match number.len() {
            4 => date.contains(number),
            3 => statuses.iter().any(|status| status.to_string() == number),
            _ => true,
        };
        if !fits {
            let message =
                format!("{number} in the name of the folder is neither in its date nor a status of its facts");
            findings.add(&Pointer::root(), message, "correct the date or the status, or rename the folder");
        }
    }
}

/// The words of a folder's name that are in a list, or should be.
fn check_name(key: &str, known: &[&str], is_needed: impl Fn(&str) -> bool, findings: &mut Findings<'_>) {
    let source = findings.source;
    let Some((given, node)) = Node::root(&source.description).get_text(key) else { return };
    let is_in_name = |word: &str| source.name.split('-').any(|part| part.eq_ignore_ascii_case(word));
    let other = known.iter().find(|word| is_in_name(word) && **word != given);
    if other.is_some() || (is_needed(given) && !is_in_name(given)) {
        let message = format!("`{key}` is {given}, which is not what the name of the folder says");
        findings.add(&node.pointer, message, "correct it, or rename the folder");
    }
}

/// The statuses among the facts.
pub(crate) fn statuses_of(source: &EvidenceSource) -> Vec<u64> {
    source.facts_of("statuses").iter().filter_map(|fact| fact.get("status")?.json.as_u64()).collect()
}

fn check_status(fact: &Node<'_>, findings: &mut Findings<'_>) {
    let Some(status) = fact.get("status") else { return };
    let Some(standard) = status.json.as_u64().and_then(phrase) else {
        let help = "write a status that RFC 9110 or RFC 6585 defines";
        findings.add(&status.pointer, format!("{} is no status of HTTP", status.json), help);
        return;
    };
    if let Some((given, node)) = fact.get_text("phrase") {
        let is_stated = fact.items(AS_STATED).iter().filter_map(Node::text).any(|text| text.contains(given));
        if given != standard && !is_stated {
            let message = format!("the phrase of a {} is {standard}, not {given}", status.json);
            findings.add(&node.pointer, message, "correct it, or quote under `as-stated` where the source calls it so");
        }
    }
    let codes = fact.items("codes");
    for code in &codes {
        let named = code.text().and_then(status_of_code).filter(|named| Some(*named) != status.json.as_u64());
        if let Some(named) = named {
            let message = format!("{} is the code of a {named}, not of a {}", code.json, status.json);
            findings.add(&code.pointer, message, "correct the status or the code");
        }
    }
    for message in fact.items("messages") {
        check_message(&message, &codes, findings);
    }
}

/// A message has a code of its status, and stands for others in whole placeholders only.
fn check_message(message: &Node<'_>, codes: &[Node<'_>], findings: &mut Findings<'_>) {
    if let Some(code) = message.get("code")
        && !codes.iter().any(|known| known.json == code.json)
    {
        let help = "add it to the codes of the status, or correct it";
        findings.add(&code.pointer, format!("{} is not among the codes of its status", code.json), help);
    }
    let Some((text, node)) = message.get_text("text") else { return };
    if pattern(text).is_none() {
        let help = "write {name} for a part that varies, and … at an end where a part was left out";
        findings.add(&node.pointer, format!("{text:?} has a placeholder that does not end"), help);
    }
}

/// The texts between the placeholders of a message; nothing where its braces do not match.
pub(crate) fn pattern(message: &str) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let mut rest = message;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, behind) = after.split_once('}')?;
        if name.is_empty() || before.contains('}') || !name.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return None;
        }
        parts.push(before);
        rest = behind;
    }
    parts.push(rest);
    (!rest.contains('}')).then_some(parts)
}

/// Each message that speaks of a number of calls and of a span of time speaks of a window of the quota, and each part of
/// the quota's key stands in one.
fn check_quota(findings: &mut Findings<'_>) {
    let source = findings.source;
    let windows = source.facts_of("quota");
    let statuses = source.facts_of("statuses");
    let messages: Vec<_> = statuses.iter().flat_map(|status| status.items("messages")).collect();
    for message in &messages {
        let Some((text, node)) = message.get_text("text") else { continue };
        let quantities: Vec<Quantity> = stated(text).into_iter().filter_map(of_quantity).collect();
        let pair = quantities.windows(2).find(|pair| pair[0].unit.is_none() && pair[1].unit.is_some());
        let Some([calls, span]) = pair else { continue };
        if !windows.iter().any(|window| is_window(window, &[*calls, *span])) {
            let message = format!(
                "the message is about {} calls in {}, which is no window of the quota",
                calls.number,
                span.shown()
            );
            findings.add(&node.pointer, message, "add the window under `quota`, or correct the one that is wrong");
        }
    }
    if messages.is_empty() {
        return;
    }
    for window in windows.iter().filter(|window| window.get(AS_STATED).is_none()) {
        let is_said = messages.iter().filter_map(|message| message.get_text("text")).any(|(text, _)| {
            let quantities: Vec<Quantity> = stated(text).into_iter().filter_map(of_quantity).collect();
            quantities.windows(2).any(|pair| is_window(window, pair))
        });
        if !is_said {
            findings.add(
                &window.pointer,
                "no message is about this window of the quota",
                "correct the one that is wrong",
            );
        }
    }
    for part in source.facts_of("quota-key") {
        let text = part.text().unwrap_or_default();
        let names = |message: &Node<'_>| {
            let message = message.get_text("text").map_or("", |(text, _)| text);
            message.split(|c: char| !c.is_alphanumeric()).any(|word| word == text)
        };
        if !messages.iter().any(names) {
            findings.add(&part.pointer, format!("no message names {text} as a part of the key"), "correct the key");
        }
    }
}

/// Whether a number of calls and a span of time are those of a window.
fn is_window(window: &Node<'_>, pair: &[Quantity]) -> bool {
    let [calls, span] = pair else { return false };
    let number =
        |key, unit| window.get(key).and_then(|node| node.json.as_u64()).map(|number| Quantity { number, unit });
    number("calls", None) == Some(*calls) && number("seconds", Some(1)).is_some_and(|seconds| seconds.is(*span))
}

fn of_quantity(stated: Stated) -> Option<Quantity> {
    match stated {
        Stated::Quantity(quantity) => Some(quantity),
        _ => None,
    }
}

/// A token lives at least as long as its answer says, and that answer has the facts beside it.
fn check_token(findings: &mut Findings<'_>) {
    let source = findings.source;
    let Some(token) = source.facts().get("token") else { return };
    let number = |key: &str| token.get(key).and_then(|node| node.json.as_u64());
    if let (Some(lifetime), Some(expires_in)) = (number("lifetime-seconds"), number("expires-in"))
        && lifetime < expires_in
    {
        let message = format!("a token that lives {lifetime} seconds cannot be good for {expires_in}");
        findings.add(&token.pointer.child("expires-in"), message, "correct the one that is wrong");
    }
    for answer in source.answers.values().filter(|answer| answer.root().get("access_token").is_some()) {
        for (fact, member) in
            [("token-type", "token_type"), ("expires-in", "expires_in"), ("ext-expires-in", "ext_expires_in")]
        {
            let (stated, shown) = (token.get(fact), answer.root().get(member));
            let stated_json = stated.as_ref().map(|node| node.json);
            if stated_json != shown {
                let written = |json: Option<&Json>| json.map_or_else(|| "nothing".to_owned(), Json::to_string);
                let message =
                    format!("`{fact}` is {}, but {} shows {}", written(stated_json), answer.name(), written(shown));
                findings.add(&token.pointer.child(fact), message, "correct the fact, or the answer");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn a_message_is_cut_at_its_placeholders() {
        assert_eq!(pattern("a {x} b"), Some(vec!["a ", " b"]));
        assert_eq!(pattern("… of 30"), Some(vec!["… of 30"]));
        for broken in ["a {x b", "a x} b", "a {} b", "{X}"] {
            assert_eq!(pattern(broken), None, "{broken}");
        }
    }
}
