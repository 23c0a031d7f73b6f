//! What a source shows must agree with what it states, and within itself: the requests and answers of its exchanges.

use std::net::IpAddr;

use mde_codegen::{Document, Pointer};
use serde_json::Value as Json;

use crate::evidence::consistency::{Findings, pattern, statuses_of};
use crate::evidence::form::Node;
use crate::evidence::standards::{wrong_header, wrong_media_type};
use crate::evidence::statements::AS_STATED;

/// The count of an answer, and the older property that repeats it as text.
const SAME_COUNT: (&str, &str) = ("organizationPrevalence", "orgPrevalence");

/// Stands where the author of a source, or of a recording, left something out.
const LEFT_OUT: &str = "…";

/// What stands in a shape instead of a value: the name of its type.
const TYPE_NAMES: [&str; 6] = ["string", "integer", "number", "boolean", "array", "object"];

/// Finds where the exchanges of a source contradict its facts or themselves.
pub(crate) fn check(findings: &mut Findings<'_>) {
    let source = findings.source;
    for exchange in source.exchanges() {
        check_status(&exchange, findings);
        check_headers(&exchange, findings);
        check_request(&exchange, findings);
        if let Some((file, node)) = exchange.get_text("answer")
            && let Some(answer) = source.answers.get(file)
        {
            let place = node.pointer;
            check_marks(&exchange, answer, findings);
            check_counts_and_times(&place, answer.root(), findings);
            check_error(&exchange, answer, findings);
            check_addresses(&exchange, answer, findings);
            check_properties(&exchange, answer, findings);
        }
    }
    check_values(findings);
    check_single_values(findings);
}

/// A source that lists statuses lists those of its exchanges.
fn check_status(exchange: &Node<'_>, findings: &mut Findings<'_>) {
    let statuses = statuses_of(findings.source);
    let Some(node) = exchange.get("status") else { return };
    if !statuses.is_empty() && !node.json.as_u64().is_some_and(|status| statuses.contains(&status)) {
        let message = format!("the exchange has a {}, which is not among the statuses of the facts", node.json);
        findings.add(&node.pointer, message, "correct it, or add the status to the facts");
    }
}

/// The headers of an answer have values of their kind, and count the body as it is.
fn check_headers(exchange: &Node<'_>, findings: &mut Findings<'_>) {
    if let Some((text, node)) = exchange.get_text("content-type")
        && let Some(expected) = wrong_media_type(text)
    {
        findings.add(&node.pointer, format!("{text:?} must be {expected}"), "correct it");
    }
    for header in exchange.items("headers") {
        let (Some((name, _)), Some((value, node))) = (header.get_text("name"), header.get_text("value")) else {
            continue;
        };
        if let Some(expected) = wrong_header(name, value) {
            findings.add(&node.pointer, format!("the value {value:?} of {name} must be {expected}"), "correct it");
        } else if name.eq_ignore_ascii_case("Content-Length")
            && length_of_body(exchange, findings).is_some_and(|length| length != value)
        {
            findings.add(
                &node.pointer,
                format!("Content-Length is {value}, but the body is not as long"),
                "correct it",
            );
        }
    }
}

/// How many bytes the body of an exchange has, where all of it is known.
fn length_of_body(exchange: &Node<'_>, findings: &Findings<'_>) -> Option<String> {
    if exchange.get("body").is_some() {
        return Some("0".to_owned());
    }
    let (file, _) = exchange.get_text("answer")?;
    findings.source.lengths.get(file).map(usize::to_string)
}

/// The hosts and the headers of a request are those that the facts give.
fn check_request(exchange: &Node<'_>, findings: &mut Findings<'_>) {
    let source = findings.source;
    let Some((file, node)) = exchange.get_text("request") else { return };
    let Some(request) = source.requests.get(file) else { return };
    let line = request.text.lines().next().unwrap_or_default();
    let host = line.split_once("://").map(|(_, rest)| rest.split(['/', '?', ' ']).next().unwrap_or_default());
    let hosts = source.facts_of("hosts");
    if let Some(host) = host.filter(|_| !hosts.is_empty())
        && !hosts.iter().any(|known| known.text() == Some(host))
    {
        findings.add(
            &node.pointer,
            format!("the request calls {host}, which is not among the hosts of the facts"),
            "correct one of the two",
        );
    }
    for header in source.facts_of("headers") {
        let (Some((name, _)), Some((form, form_node))) = (header.get_text("name"), header.get_text("form")) else {
            continue;
        };
        let sent = request.text.lines().skip(1).filter_map(|line| line.split_once(':'));
        for (_, value) in sent.filter(|(sent, _)| sent.eq_ignore_ascii_case(name)) {
            if value.trim() != form {
                let message = format!("{name} is {form:?} here, but {file} sends {:?}", value.trim());
                findings.add(&form_node.pointer, message, "correct one of the two");
            }
        }
    }
}

/// Each mark stands at a value that shows it, and nothing else shows one.
fn check_marks(exchange: &Node<'_>, answer: &Document, findings: &mut Findings<'_>) {
    let value = |node: &Node<'_>| answer.root().pointer(node.text().unwrap_or_default());
    for node in exchange.items("placeholders") {
        let stands_for = |text: &str| TYPE_NAMES.contains(&text) || (text.starts_with('{') && text.ends_with('}'));
        if !value(&node).and_then(Json::as_str).is_some_and(stands_for) {
            let message = format!("{} has no placeholder at {}", answer.name(), node.words());
            findings.add(&node.pointer, message, "point at a value that is the name of a type, or `{name}`");
        }
    }
    let elided = exchange.items("elided");
    for node in &elided {
        if value(node).and_then(Json::as_str).is_none_or(|text| text != LEFT_OUT) {
            let message = format!("{} leaves nothing out at {}", answer.name(), node.words());
            findings.add(&node.pointer, message, format!("point at a value that is {LEFT_OUT} alone"));
        }
    }
    let marked = |pointer: &Pointer| elided.iter().any(|node| node.text() == Some(pointer.as_str()));
    let mut texts = Vec::new();
    texts_of(answer.root(), &Pointer::root(), &mut texts);
    for (pointer, text) in texts {
        if text.contains(LEFT_OUT) && !marked(&pointer) {
            let message = format!("{} leaves something out at {pointer}", answer.name());
            findings.add(&exchange.pointer, message, "list it under `elided`");
        }
    }
}

/// Every text within a value.
fn texts_of<'a>(json: &'a Json, pointer: &Pointer, found: &mut Vec<(Pointer, &'a str)>) {
    match json {
        Json::String(text) => found.push((pointer.clone(), text)),
        Json::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| texts_of(item, &pointer.child(index), found))
        }
        Json::Object(entries) => entries.iter().for_each(|(key, value)| texts_of(value, &pointer.child(key), found)),
        _ => {}
    }
}

/// The two forms of a count are the same number, and what was first was not after what was last.
fn check_counts_and_times(place: &Pointer, root: &Json, findings: &mut Findings<'_>) {
    let (count, text) = (root.get(SAME_COUNT.0), root.get(SAME_COUNT.1));
    if let (Some(count), Some(text)) = (count, text)
        && text.as_str() != Some(count.to_string().as_str())
    {
        let message = format!("{} is {count}, but {} is {text}", SAME_COUNT.0, SAME_COUNT.1);
        findings.add(place, message, "correct the answer: both are one number");
    }
    for (key, first) in root.as_object().into_iter().flatten().filter(|(key, _)| key.contains("First")) {
        let Some(last) = root.get(key.replace("First", "Last")) else { continue };
        let moment = |json: &Json| chrono::DateTime::parse_from_rfc3339(json.as_str()?).ok();
        let in_order = moment(first).zip(moment(last)).is_none_or(|(first, last)| first <= last);
        if !in_order {
            let message = format!("{key} is {first}, which is not before {last}");
            findings.add(place, message, "correct the answer: what was first cannot be after what was last");
        }
    }
}

/// The values that facts give for single properties are held to the same as those of one answer; an error's code is one
/// of the codes of the facts.
fn check_single_values(findings: &mut Findings<'_>) {
    let source = findings.source;
    let facts = source.facts_of("properties");
    let codes: Vec<_> =
        source.facts_of("statuses").iter().flat_map(|status| status.items("codes")).map(|code| code.json).collect();
    let mut answer = serde_json::Map::new();
    for fact in &facts {
        let Some((name, _)) = fact.get_text("name") else { continue };
        let values = fact.items("values");
        if let [value] = &values[..] {
            answer.insert(name.to_owned(), value.json.clone());
        }
        for value in
            values.iter().filter(|value| name == "error/code" && !codes.is_empty() && !codes.contains(&value.json))
        {
            findings.add(
                &value.pointer,
                format!("{} is no code of a status of the facts", value.json),
                "correct one of the two",
            );
        }
    }
    check_counts_and_times(&Pointer::root().child("facts").child("properties"), &Json::Object(answer), findings);
}

/// The code and the message of an error are those that the facts give for its status.
fn check_error(exchange: &Node<'_>, answer: &Document, findings: &mut Findings<'_>) {
    let Some(status) = exchange.get("status") else { return };
    let statuses = findings.source.facts_of("statuses");
    let fact = statuses.iter().find(|fact| fact.get("status").is_some_and(|node| node.json == status.json));
    let (Some(fact), Some(error)) = (fact, answer.root().get("error")) else { return };
    let (codes, messages) = (fact.items("codes"), fact.items("messages"));
    if let Some(code) = error.get("code").filter(|_| !codes.is_empty())
        && !codes.iter().any(|known| known.json == code)
    {
        findings.add(
            &status.pointer,
            format!("{} shows the code {code}, which the facts do not give", answer.name()),
            "correct one of the two",
        );
    }
    if let Some(message) = error.get("message").and_then(Json::as_str).filter(|text| !text.contains(LEFT_OUT))
        && !messages.is_empty()
        && !messages.iter().filter_map(|known| known.get_text("text")).any(|(known, _)| fits(message, known))
    {
        let help = "correct one of the two; write {name} for a part that varies";
        findings.add(
            &status.pointer,
            format!("{} shows the message {message:?}, which the facts do not give", answer.name()),
            help,
        );
    }
}

/// Whether a message is of a pattern with placeholders, of which an end may be left out.
fn fits(message: &str, known: &str) -> bool {
    let Some(parts) = pattern(known.trim_matches(|c| c == '…' || c == ' ')) else { return false };
    let mut rest = message;
    for (index, part) in parts.iter().enumerate() {
        let Some(at) = rest.find(part).filter(|at| index > 0 || known.starts_with('…') || *at == 0) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.is_empty() || known.ends_with('…') || known.ends_with('}')
}

/// Each address in an answer is that of the request, or one of those that the facts list.
fn check_addresses(exchange: &Node<'_>, answer: &Document, findings: &mut Findings<'_>) {
    let source = findings.source;
    let request = exchange.get_text("request").and_then(|(file, _)| source.requests.get(file));
    let of_request = request.map_or("", |request| request.text.lines().next().unwrap_or_default());
    let of_request = of_request.split(['/', '?', ' ', '=']).filter_map(|part| part.parse::<IpAddr>().ok());
    let of_facts = source.facts_of("addresses");
    let of_facts = of_facts.iter().filter_map(|node| node.text()?.parse().ok());
    let known: Vec<IpAddr> = of_request.chain(of_facts).collect();
    let mut texts = Vec::new();
    texts_of(answer.root(), &Pointer::root(), &mut texts);
    for address in texts.into_iter().filter_map(|(_, text)| text.parse::<IpAddr>().ok()) {
        if !known.contains(&address) {
            let message = format!("{} is about {address}, which neither the request nor a fact names", answer.name());
            findings.add(&exchange.pointer, message, "correct the answer; or list the address under `addresses`");
        }
    }
}

/// Whether an answer is what a fact about a property is `of`.
fn is_of(exchange: &Node<'_>, of: &str) -> bool {
    let is_success = exchange.get("status").and_then(|node| node.json.as_u64()).is_some_and(|status| status < 400);
    exchange.get("route").is_none() && is_success == (of == "success")
}

/// The value that an answer has for a property of the facts, whose name has a slash between names.
fn shown<'a>(answer: &'a Document, name: &str) -> Option<&'a Json> {
    name.split('/').try_fold(answer.root(), |within, name| within.get(name))
}

/// What an answer shows of a property is among the values that the facts give for it, and has one of its fragments.
fn check_properties(exchange: &Node<'_>, answer: &Document, findings: &mut Findings<'_>) {
    for fact in findings.source.facts_of("properties") {
        let (Some((name, _)), Some((of, _))) = (fact.get_text("name"), fact.get_text("of")) else { continue };
        let Some(value) = shown(answer, name).filter(|_| is_of(exchange, of)) else { continue };
        let (values, fragments) = (fact.items("values"), fact.items("fragments"));
        let has =
            |fragment: &Node<'_>| value.as_str().zip(fragment.text()).is_some_and(|(value, part)| value.contains(part));
        let fits = (values.is_empty() || values.iter().any(|known| known.json == value))
            && (fragments.is_empty() || fragments.iter().any(has));
        if !fits {
            let message =
                format!("{} shows {value} for `{name}`, which the fact about it does not have", answer.name());
            findings.add(&fact.pointer, message, "correct the answer, or the `values` or `fragments` of the fact");
        }
    }
}

/// Each value that a fact gives for a property is shown by an answer or stated, where the source shows or states any.
fn check_values(findings: &mut Findings<'_>) {
    let source = findings.source;
    for fact in source.facts_of("properties") {
        let (Some((name, _)), Some((of, _))) = (fact.get_text("name"), fact.get_text("of")) else { continue };
        let exchanges = source.exchanges();
        let of_kind = exchanges.iter().filter(|exchange| is_of(exchange, of));
        let answers: Vec<_> =
            of_kind.filter_map(|exchange| source.answers.get(exchange.get_text("answer")?.0)).collect();
        let statements = fact.items(AS_STATED);
        // A value can be known alone.
        if statements.is_empty() && !answers.iter().any(|answer| shown(answer, name).is_some()) {
            continue;
        }
        let is_stated = |text: &str| {
            let is_word = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()) == text;
            statements.iter().filter_map(Node::text).any(|statement| statement.split(' ').any(is_word))
        };
        for node in fact.items("values") {
            if !answers.iter().any(|answer| shown(answer, name) == Some(node.json)) && !is_stated(&node.words()) {
                findings.add(
                    &node.pointer,
                    format!("no answer shows {} for `{name}`, and no statement has it", node.json),
                    "correct it, or remove it",
                );
            }
        }
        for node in fact.items("fragments") {
            let has = |answer: &&Document| {
                shown(answer, name)
                    .and_then(Json::as_str)
                    .zip(node.text())
                    .is_some_and(|(value, part)| value.contains(part))
            };
            if !answers.iter().any(has) {
                findings.add(
                    &node.pointer,
                    format!("no answer shows {} in `{name}`", node.json),
                    "correct it, or remove it",
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_message_fits_a_pattern_from_end_to_end() {
        assert!(fits("IP 1.2.3.x is invalid.", "IP {x} is invalid."));
        assert!(fits("Quota! maximum allowed 30 per minute", "… maximum allowed 30 per minute"));
        assert!(fits("Roles: A,B", "Roles: {roles}"));
        assert!(!fits("IP 1.2.3.x is invalid. Twice.", "IP {x} is invalid."));
        assert!(!fits("An IP 1 is invalid.", "IP {x} is invalid."));
        assert!(!fits("maximum allowed 31 per minute", "… maximum allowed 30 per minute"));
    }
}
