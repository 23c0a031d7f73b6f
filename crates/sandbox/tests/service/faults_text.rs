//! Faults as text, and what is none.

use std::time::Duration;

use mde_sandbox::{Fault, FaultError, FaultOn};

fn fault(text: &str) -> Fault {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn error(text: &str) -> String {
    text.parse::<Fault>().map_or_else(|error| error.to_string(), |fault| panic!("{text}: {fault:?}"))
}

#[test]
fn every_word_has_a_method() {
    for (text, built) in [
        ("503", Fault::status(503).unwrap()),
        ("status=503", Fault::status(503).unwrap()),
        ("503 body='not now'", Fault::status(503).unwrap().body("not now").unwrap()),
        ("html=502", Fault::html(502).unwrap()),
        ("reset", Fault::reset()),
        ("content-type=text/plain", Fault::wrong_content_type("text/plain").unwrap()),
        ("429 content-type=a/b", Fault::status(429).unwrap().content_type("a/b").unwrap()),
        ("429 header='Retry-After: 5'", Fault::status(429).unwrap().header("retry-after", "5").unwrap()),
        ("truncate=20", Fault::truncated(20)),
        ("500 truncate=0", Fault::status(500).unwrap().truncate(0).unwrap()),
        ("address=2001:db8::1", Fault::wrong_address("2001:db8::1".parse().unwrap())),
        ("delay=2s", Fault::delayed(Duration::from_secs(2))),
        ("reset delay=1500ms", Fault::reset().after(Duration::from_millis(1500))),
        ("reset next=3", Fault::reset().next(3).unwrap()),
        ("reset every=10", Fault::reset().every(10).unwrap()),
        ("reset share=0.1 seed=7", Fault::reset().share(0.1, 7).unwrap()),
        ("reset on=token", Fault::reset().on(FaultOn::Token).unwrap()),
        ("reset on=both", Fault::reset().on(FaultOn::Both).unwrap()),
        ("reset on=operation", Fault::reset()),
    ] {
        assert_eq!(fault(text), built, "{text}");
    }
}

#[test]
fn a_fault_is_read_in_any_order_and_written_in_one() {
    for (text, written) in [
        ("  503\tnext=3\n", "status=503 next=3"),
        (
            "on=both seed=7 delay=90s truncate=3 header='X-A:  1 ' content-type=\"text/plain; charset=utf-8\" header=x-b: \
             share=.5 body=b status=503",
            "status=503 body=b header='x-a: 1' content-type='text/plain; charset=utf-8' header='x-b: ' truncate=3 \
             delay=90s share=0.5 seed=7 on=both",
        ),
        ("503 header='Content-Type: a/b'", "status=503 content-type=a/b"),
        ("503 body=\"\"", "status=503"),
        ("503 content-type=''", "status=503 content-type="),
        ("delay=120s", "delay=2m"),
        ("delay=60000ms", "delay=1m"),
        ("delay=7200000ms", "delay=2h"),
        ("delay=1001ms", "delay=1001ms"),
        ("delay=0s", "delay=0ms"),
        ("reset delay=0s", "reset"),
        ("truncate=007", "truncate=7"),
        ("reset share=1e-7", "reset share=0.0000001 seed=0"),
        ("address=2001:DB8:0::1 truncate=9", "address=2001:db8::1 truncate=9"),
    ] {
        assert_eq!(fault(text).to_string(), written, "{text}");
        assert_eq!(fault(written), fault(text), "{text}");
    }
}

#[test]
fn any_body_survives_being_written_and_read() {
    for (body, written) in [
        ("busy", "busy"),
        ("{\"error\":\"it's\"}", "{\"error\":\"it's\"}"),
        ("a\\b=c", "a\\b=c"),
        ("not now", "'not now'"),
        ("'quoted'", "'\\'quoted\\''"),
        ("\"quoted\"", "'\"quoted\"'"),
        ("a \\ b\r\n\tc", "'a \\\\ b\\r\\n\\tc'"),
        ("next=3 reset", "'next=3 reset'"),
        ("\u{2003}wide", "'\u{2003}wide'"),
        ("Zürich", "Zürich"),
    ] {
        let built = Fault::status(200).unwrap().body(body).unwrap();
        assert_eq!(built.to_string(), format!("status=200 body={written}"));
        assert_eq!(fault(&built.to_string()), built);
    }
    assert_eq!(fault(r#"200 body="say \"no\" 'now'\n""#), fault(r#"200 body='say "no" \'now\'\n'"#));
}

#[test]
fn every_delay_and_number_can_be_written() {
    for delay in [Duration::ZERO, Duration::from_nanos(1), Duration::from_secs(3600), Duration::MAX] {
        let built = Fault::delayed(delay);
        assert_eq!(fault(&built.to_string()), built);
    }
    assert_eq!(Fault::delayed(Duration::from_nanos(1)), fault("delay=1ms"));
    for built in [
        Fault::truncated(u64::MAX).every(u32::MAX).unwrap(),
        Fault::reset().share(0.1 + 0.2, u64::MAX).unwrap(),
        Fault::reset().share(f64::MIN_POSITIVE, 0).unwrap(),
    ] {
        assert_eq!(fault(&built.to_string()), built);
    }
}

#[test]
fn what_is_not_understood_is_named_with_what_is_allowed() {
    for (text, message) in [
        (
            "503 nxet=3",
            "\"nxet\" is not a word of a fault: use some of status, html, reset, body, content-type, header, truncate, \
             address, delay, next, every, share, seed and on, such as status=503 next=3",
        ),
        ("503 next=3 next=4", "next is given twice in a fault: leave one out, or write two faults"),
        ("503 status=504", "status is given twice in a fault: leave one out, or write two faults"),
        (
            "status=5o3",
            "\"status=5o3\" is not a valid word of a fault: write a status from 200 to 999, such as status=503 or html=502",
        ),
        ("reset=1", "\"reset=1\" is not a valid word of a fault: write reset, without a value"),
        ("503 body", "\"body\" is not a valid word of a fault: write a body, such as body='not now'"),
        (
            "503 header=Retry-After",
            "\"header=Retry-After\" is not a valid word of a fault: write a name, a colon and a value, such as \
             header='Retry-After: 5'",
        ),
        (
            "delay=2",
            "\"delay=2\" is not a valid word of a fault: write a whole number and ms, s, m or h, such as delay=2s",
        ),
        (
            "address=1.2.3",
            "\"address=1.2.3\" is not a valid word of a fault: write an IPv4 or IPv6 address, such as address=192.0.2.1",
        ),
        ("reset on=tokens", "\"on=tokens\" is not a valid word of a fault: write on=operation, on=token or on=both"),
        (
            "503 body='not now next=3",
            "the quoted value in \"body='not now next=3\" does not end with the word: write the same quote at its end, \
             \\' or \\\" for one within it, and a space behind it, such as body='not now'",
        ),
        ("503 body='a\\0'", "\"\\\\0\" means nothing in quotes: write \\\\, \\', \\\", \\n, \\r or \\t"),
        ("status=199", "199 is not a status of an answer: choose one from 200 to 999, such as 503"),
        ("reset every=0", "every=0 would never apply: write at least 1, such as every=3"),
        ("reset share=1.5", "1.5 is not a share of calls: choose a number from 0 to 1, such as 0.1 for a tenth"),
        (
            "503 header='a b: c'",
            "\"a b: c\" is not a header: write a name, a colon and a value in ASCII, such as header='Retry-After: 5'",
        ),
        (
            "503 header='Content-Length: 9'",
            "content-length cannot be set: the sandbox does that itself; to promise more than is sent, write truncate=20",
        ),
        ("503 reset", "status and reset do not go together: a call gets one answer; write two faults"),
        ("seed=7 reset", "seed needs share: write share=0.1 seed=7"),
        ("truncate=3 body=x", "body needs status: write status=200 body='not JSON'"),
        ("next=3", "\"next=3\" names nothing that goes wrong: add it, such as 503, reset, truncate=20 or delay=2s"),
        ("", "\"\" names nothing that goes wrong: add it, such as 503, reset, truncate=20 or delay=2s"),
    ] {
        assert_eq!(error(text), message, "{text}");
    }
}

#[test]
fn what_cannot_be_read_is_malformed() {
    for text in [
        "99999",
        "status=",
        "status",
        "html",
        "html=+502",
        "truncate=-1",
        "truncate=1.5",
        "truncate=18446744073709551616",
        "reset next=4294967296",
        "reset every=x",
        "reset share=x",
        "reset share",
        "reset share=0.1 seed=-1",
        "delay=s",
        "delay=+2s",
        "delay=1.5s",
        "delay=2d",
        "delay=18446744073709551615h",
        "address",
        "reset on",
        "content-type",
    ] {
        let wrong = text.split(' ').next_back().unwrap();
        match text.parse::<Fault>() {
            Err(FaultError::Malformed { word, .. }) => assert_eq!(word, wrong, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
    for text in ["503 body='", "503 body='a'b", "503 body=\"a'", "503 body='a\\'", "503 body='a\\", "503 body='é"] {
        assert!(matches!(text.parse::<Fault>(), Err(FaultError::Quotes { .. })), "{text}");
    }
    for text in ["+503", "=503", "503=", "'503'", "Reset", "503,reset", "é"] {
        assert!(matches!(text.parse::<Fault>(), Err(FaultError::UnknownWord { .. })), "{text}");
    }
}

#[test]
fn what_contradicts_itself_is_none() {
    for text in [
        "status=503 html=502",
        "html=502 reset",
        "503 address=::1",
        "html=502 address=::1",
        "reset address=::1",
        "reset next=1 every=2",
        "reset share=0.1 next=3",
        "reset every=3 share=0.1",
        "reset body=x",
        "html=502 body=x",
        "reset content-type=a/b",
        "reset header=a:b",
        "reset truncate=3",
        "address=::1 on=token",
        "address=::1 on=both",
    ] {
        assert!(matches!(text.parse::<Fault>(), Err(FaultError::Contradiction { .. })), "{text}");
    }
    assert!(fault("address=::1 on=operation next=1").on(FaultOn::Both).is_err());
}

#[test]
fn methods_refuse_what_cannot_be() {
    for status in [0, 100, 199, 1000, u16::MAX] {
        assert_eq!(Fault::status(status), Err(FaultError::Status { status }));
        assert_eq!(Fault::html(status), Err(FaultError::Status { status }));
    }
    assert_eq!(Fault::reset().next(0), Err(FaultError::Never { word: "next" }));
    assert_eq!(Fault::reset().every(0), Err(FaultError::Never { word: "every" }));
    for share in [-0.1, 1.1, f64::INFINITY, f64::NAN] {
        assert!(matches!(Fault::reset().share(share, 0), Err(FaultError::Share { .. })), "{share}");
    }
    for (name, value) in [("", "x"), ("a b", "x"), ("a:b", "x"), ("é", "x"), ("a", "x\ny"), ("a", "é"), ("a", "\0")] {
        let refused = Fault::status(200).unwrap().header(name, value);
        assert_eq!(refused, Err(FaultError::Header { header: format!("{name}: {value}") }));
    }
    assert!(Fault::wrong_content_type("text/plain\r\nx: y").is_err());
    for name in ["Content-Length", "transfer-encoding"] {
        let refused = Fault::truncated(1).header(name, "1");
        assert_eq!(refused, Err(FaultError::OwnHeader { name: name.to_lowercase() }));
    }
}

#[test]
fn what_is_set_again_is_replaced() {
    let fault = Fault::status(503).unwrap().header("content-type", "a/b").unwrap().content_type("c/d").unwrap();
    assert_eq!(fault.clone().next(3).unwrap().every(2).unwrap().to_string(), "status=503 content-type=c/d every=2");
    assert_eq!(fault.header("CONTENT-TYPE", "e/f").unwrap().to_string(), "status=503 content-type=e/f");
}
