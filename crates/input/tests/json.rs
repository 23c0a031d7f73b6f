//! Whatever the shape of a document, each address that was put into it comes out once, and nothing else does.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;

use mde_input::{Inputs, Source};
use serde_json::{Value, json};
use support::parse;

fn read(options: &[&str], mut text: &[u8]) -> Result<Inputs, String> {
    let sources = vec![Source::Reader { name: "-", reader: &mut text }];
    mde_input::read(sources, &parse(options)).map_err(|error| error.to_string())
}

/// Events, the addresses in them with how often each is there, and how many events have none.
#[derive(Default)]
struct Events {
    all: Vec<Value>,
    addresses: BTreeMap<String, u64>,
    without: u64,
}

impl Events {
    fn random(random: &mut fastrand::Rng) -> Self {
        let mut events = Self::default();
        for number in 0..random.usize(1..40) {
            let mut address = || format!("192.0.2.{}", random.u8(1..20));
            let (first, second) = (address(), address());
            let (field, found) = match random.u8(..6) {
                0 => (Value::Null, vec![]),
                1 => (json!("N/A"), vec![]),
                2 => (json!([first, second]), vec![first, second]),
                3 => (json!(format!("{first}, {second}")), vec![first, second]),
                _ => (json!(first), vec![first]),
            };
            events.without += u64::from(found.is_empty());
            for address in found {
                *events.addresses.entry(address).or_default() += 1;
            }
            let mut event = json!({"id": number, "note": "é \"[{,", "when": {"at": [1, {"x": "y"}]}});
            // Without the field, or with it.
            if !field.is_null() || random.bool() {
                event["ipAddress"] = field;
            }
            events.all.push(event);
        }
        events
    }

    /// The events as one of the texts that are in use.
    fn text(&self, random: &mut fastrand::Rng) -> String {
        let events = &self.all;
        let lines = |pretty: bool| -> String {
            let line = |event: &Value| if pretty { format!("{event:#}\n") } else { format!("{event}\n") };
            events.iter().map(line).collect()
        };
        let wrapped = match random.u8(..6) {
            0 => return lines(false),
            1 => return lines(true),
            2 => json!(events),
            3 => json!({"@odata.context": "x", "value": events, "count": 1}),
            4 => json!({"hits": {"total": 1, "hits": events}}),
            _ => json!({"Records": events}),
        };
        if random.bool() { format!("{wrapped:#}") } else { wrapped.to_string() }
    }
}

fn found(inputs: &Inputs) -> BTreeMap<String, u64> {
    inputs
        .entries
        .iter()
        .filter(|entry| entry.address.is_ok())
        .map(|entry| (entry.text.clone(), entry.occurrences))
        .collect()
}

#[test]
fn every_address_comes_out_once_for_each_time_it_is_there() {
    for seed in 0..600 {
        let mut random = fastrand::Rng::with_seed(seed);
        let events = Events::random(&mut random);
        let text = events.text(&mut random);
        let Ok(inputs) = read(&[], text.as_bytes()) else {
            assert!(events.addresses.is_empty(), "seed {seed}: {text}");
            continue;
        };
        assert_eq!(found(&inputs), events.addresses, "seed {seed}: {text}");
        assert!(inputs.entries.iter().all(|entry| entry.address.is_ok()), "seed {seed}: {text}");
        assert_eq!(inputs.passed_over.total(), events.without, "seed {seed}: {text}");
        let named = read(&["--field", "ipAddress"], text.as_bytes()).unwrap();
        assert_eq!(format!("{named:?}"), format!("{inputs:?}"), "seed {seed}: {text}");
    }
}

/// Wherever a text is damaged, nothing comes out that was not put in, and the damage is named.
#[test]
fn damage_is_named_and_makes_no_address() {
    let mut named = 0;
    for seed in 0..1_500 {
        let mut random = fastrand::Rng::with_seed(seed);
        let events = Events::random(&mut random);
        let text = events.text(&mut random);
        let mut bytes = text.trim_end().as_bytes().to_vec();
        let at = random.usize(1..bytes.len());
        match random.u8(..3) {
            0 => bytes.truncate(at),
            1 => drop(bytes.remove(at)),
            _ => bytes[at] = b"{}[]\",:x\\\xff"[random.usize(..10)],
        }
        let Ok(inputs) = read(&["--input-format", "json"], &bytes) else { continue };
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        for (address, count) in found(&inputs) {
            // A digit may be what is missing.
            let is_as_written = shown.matches(&address).count() as u64 >= count;
            assert!(is_as_written, "seed {seed}: {address} in {shown}");
        }
        let is_valid = serde_json::Deserializer::from_slice(&bytes).into_iter::<Value>().all(|value| value.is_ok());
        let has_invalid = inputs.entries.iter().any(|entry| entry.address.is_err());
        // A comma before a bracket, or at the end of a line, is no damage.
        let compact: String = shown.split_whitespace().collect();
        let is_valid = is_valid || compact.contains(",}") || compact.contains(",]") || shown.contains("},\n{");
        assert!(is_valid || has_invalid, "seed {seed}: {shown}");
        named += u32::from(!is_valid);
    }
    assert!(named > 500, "only {named} texts were damaged");
}

#[test]
fn a_source_of_anything_but_addresses_is_not_read_to_its_end() {
    let text: String = (0..50_010).map(|n| format!("{{\"ip\":\"host{n}\"}}\n")).collect();
    let inputs = read(&[], text.as_bytes()).unwrap();
    assert_eq!((inputs.entries.len(), inputs.stopped_at.unwrap().to_string()), (50_000, "-:50001:8".to_owned()));
}

/// An object that has more values than are held back is read as it comes.
#[test]
fn an_object_may_have_any_number_of_values() {
    let list: Vec<_> = (0..25_000).map(|n| format!("198.51.{}.{}", n / 250, n % 250)).collect();
    let text = json!({"type": "cidr", "list": list, "name": "x"}).to_string();
    assert_eq!(read(&[], text.as_bytes()).unwrap().entries.len(), 25_000);
    // Its type is known only at its end.
    let other = json!({"list": list[..5_000], "type": "hostname"}).to_string();
    let both = format!("{other}\n{text}");
    assert_eq!(read(&[], both.as_bytes()).unwrap().passed_over.without_address, 5_000);
}

/// Hosts by their names, and far more of them than there are fields in an event.
#[test]
fn objects_with_names_that_are_data_are_one_list() {
    let hosts: BTreeMap<_, _> =
        (0..5_000).map(|n| (format!("host-{n}"), json!({"ip": format!("198.51.{}.{}", n / 250, n % 250)}))).collect();
    let inputs = read(&[], json!({"hosts": hosts}).to_string().as_bytes()).unwrap();
    assert_eq!((inputs.taken, inputs.entries.len()), (5_000, 5_000));
}

/// Far more names than there are fields in an event do not hide a field behind them.
#[test]
fn a_field_behind_any_number_of_names_is_found() {
    let counts: BTreeMap<_, _> = (0..50_000).map(|n| (format!("host-{n}"), n)).collect();
    let text = json!([{"a": counts, "b": [{"ip": "192.0.2.1"}]}, counts, {"ip": "192.0.2.2"}]).to_string();
    let error = read(&[], text.as_bytes()).unwrap_err();
    assert!(error.contains("\"[].b[].ip\" (1 address)"), "{error}");
    assert!(error.contains("\"[].ip\" (1 address)"), "{error}");
}

#[test]
fn what_is_too_deep_is_named() {
    let text = format!("{{\"ip\":\"192.0.2.1\",\"x\":{}", "[".repeat(1_000_000));
    let inputs = read(&["--input-format", "json"], text.as_bytes()).unwrap();
    let last = inputs.entries.last().unwrap();
    assert_eq!((inputs.taken, last.location.to_string().as_str()), (1, "-:1:100022"));
    assert_eq!(
        last.address.clone().unwrap_err(),
        "is in more than 100000 lists and objects; nothing after it was read"
    );
}

/// A text in which an address stands behind much else is not read in part.
#[test]
fn a_text_that_is_too_long_is_named() {
    let text = json!([{"note": "x".repeat(100_000), "ip": "192.0.2.1"}, {"ip": " ".repeat(100_000) + "192.0.2.2"}]);
    let inputs = read(&[], text.to_string().as_bytes()).unwrap();
    let problems: Vec<_> = inputs.entries.iter().map(|entry| entry.address.clone().err().unwrap_or_default()).collect();
    assert_eq!(problems, ["", "is a text of more than 64 KiB"]);
}

/// A hint works as it stands.
#[test]
fn the_field_of_a_hint_can_be_named() {
    let cases = [
        r#"{"peer":{"a":"192.0.2.1"}}"#,
        r#"[{"from":["192.0.2.1","192.0.2.2"],"via":["192.0.2.3"]}]"#,
        r#"{"src_ip":"192.0.2.1","dst_ip":"192.0.2.2"}"#,
        r#"{"tables":[{"rows":[["a","192.0.2.1"],["b","192.0.2.2"]]}]}"#,
        r#"[["a","192.0.2.1"],["b","192.0.2.2"]]"#,
        r#"{"peers":{"192.0.2.1":{"via":"192.0.2.3"},"192.0.2.2":{"via":"192.0.2.3"}}}"#,
        r#"{"a":{"1":{"b.c":"192.0.2.1"},"2":{"b.c":"192.0.2.2"}}}"#,
        r#"{"hits":{"hits":[{"_source":{"x":{"y":"192.0.2.1"}}}]}}"#,
        r#"[{"x[0]":{"b ":"192.0.2.1"}},{"a\tb":"192.0.2.1"}]"#,
        r#"{"it's":"192.0.2.1"}"#,
    ];
    for text in cases {
        let error = read(&[], text.as_bytes()).unwrap_err();
        let hint = error.split_once("--field ").unwrap().1;
        let field = hint[1..].split_once(if hint.starts_with('"') { '"' } else { '\'' }).unwrap().0;
        let inputs = read(&["--field", field], text.as_bytes()).unwrap();
        assert!(inputs.taken > 0 && inputs.entries.iter().all(|entry| entry.address.is_ok()), "{text}: {error}");
        // So does each field that is listed.
        let listed: Vec<_> = error.split('"').skip(1).step_by(2).collect();
        let any = |field: &&str| read(&["--field", field], text.as_bytes()).is_ok_and(|inputs| inputs.taken > 0);
        assert!(listed.iter().all(any), "{text}: {error}");
    }
}
