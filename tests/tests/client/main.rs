//! The client against a real socket: what it sends, what it makes of answers, and how it fails.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod building;
mod bulk;
mod counts;
mod credentials;
mod failures;
mod faults;
mod ledgers;
mod permissions;
mod quota;
mod retries;
mod signing_in;
mod timestamps;
mod trust;
mod wire;

use std::error::Error as _;
use std::net::{IpAddr, Ipv4Addr};

use mde_client::{CallOptions, Client, Error};
use mde_tests::Scripted;

/// The address that the documentation asks about.
const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 209, 67, 177));

/// A token that must never show.
const TOKEN: &str = "secret-token-of-the-tests";

/// A client that sends nothing twice, and leaves nothing to chance.
fn client(server: &Scripted) -> Client {
    let once = CallOptions::new().max_retries(0);
    Client::builder().endpoint(server.url()).token(TOKEN).options(once).random_seed(1).build().unwrap()
}

/// Everything about an error, as a user reads it and as a program sees it, with the port left out and no secret in it.
fn describe(error: &Error) -> String {
    let mut text = format!("{error}\n\nkind: {:?}\n", error.kind());
    let mut fact = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            text += &format!("{name}: {value}\n");
        }
    };
    fact("operation", error.operation().map(str::to_owned));
    fact("status", error.status().map(|status| status.as_u16().to_string()));
    fact("code", error.code().map(str::to_owned));
    fact("message", error.message().map(str::to_owned));
    fact("target", error.target().map(str::to_owned));
    fact("body excerpt", error.body_excerpt().map(str::to_owned));
    fact("request id", error.request_id().map(str::to_owned));
    fact("attempts", Some(error.attempts().to_string()));
    fact("retry after", error.retry_after().map(|wait| format!("{wait:?}")));
    fact("may have been sent", Some(error.may_have_been_sent().to_string()));
    let mut cause = error.source();
    while let Some(error) = cause {
        fact("cause", Some(error.to_string()));
        cause = error.source();
    }
    assert!(!text.contains(TOKEN), "{text}");
    assert!(!format!("{error:?}").contains(TOKEN), "{error:?}");
    text
}

/// Compares an error with its snapshot. Ports and what the operating system says differ from machine to machine.
fn assert_error(name: &str, error: &Error) {
    assert_text(name, &describe(error));
}

/// Compares errors with one snapshot, with a heading for each case.
fn assert_errors(name: &str, errors: &[(impl std::fmt::Display, Error)]) {
    let texts: Vec<_> = errors.iter().map(|(case, error)| format!("# {case}\n{}", describe(error))).collect();
    assert_text(name, &texts.join("\n"));
}

fn assert_text(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT");
    settings.add_filter(r"\(os error \d+\)", "(os error)");
    settings.bind(|| insta::assert_snapshot!(name, text));
}
