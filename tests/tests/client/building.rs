//! Which clients can be built, and for which endpoints.

use std::time::Duration;

use mde_client::{Client, ClientBuilder, Endpoint, ErrorKind, LookBackHours, QuotaWindow, operations};

use crate::{TOKEN, assert_error, assert_errors};

fn builder() -> ClientBuilder {
    Client::builder().token(TOKEN)
}

/// The table as it is documented, row by row: name, base URL, authority, audience.
#[test]
fn every_endpoint() {
    let rows: Vec<_> = Endpoint::ALL
        .iter()
        .map(|endpoint| [endpoint.name(), endpoint.url(), endpoint.authority(), endpoint.audience()].join("  "))
        .collect();
    insta::assert_snapshot!(rows.join("\n"));
    for endpoint in Endpoint::ALL {
        assert_eq!(endpoint.name().parse().as_ref(), Ok(endpoint));
        assert_eq!(endpoint.url().parse().as_ref(), Ok(endpoint));
        assert!(!endpoint.is_loopback());
        assert_eq!(builder().endpoint(endpoint.name()).build().unwrap().endpoint(), endpoint);
    }
    assert_eq!("dod".parse(), Ok(Endpoint::GCC_HIGH));
    assert_eq!(builder().build().unwrap().endpoint(), &Endpoint::COMMERCIAL);
}

#[test]
fn endpoints_on_this_machine() {
    for url in [
        "http://127.0.0.1:8080",
        "http://localhost:8080/",
        "http://[::1]:8080",
        "https://127.9.9.9",
        "http://[::ffff:127.0.0.1]:1",
    ] {
        let endpoint: Endpoint = url.parse().unwrap();
        assert!(endpoint.is_loopback(), "{url}");
        assert!(!endpoint.url().ends_with('/'), "{url}");
        assert_eq!(endpoint.audience(), Endpoint::COMMERCIAL.audience());
    }
}

#[test]
fn endpoints_that_are_refused() {
    let refused = [
        ("unknown-name", "europe"),
        ("unknown-host", "https://api.example.com"),
        ("another-product", "https://api-us.security.microsoft.com"),
        ("plain-http", "http://api.security.microsoft.com"),
        ("user-and-password", "https://anna:geheim@api.security.microsoft.com"),
        ("query", "https://api.security.microsoft.com?x=1"),
        ("no-url", "https://"),
        ("another-scheme", "ftp://127.0.0.1"),
        ("path", "https://api.security.microsoft.com/v2"),
        ("port", "https://api.security.microsoft.com:8443"),
        ("look-alike", "http://127.0.0.1.example.com"),
        ("empty", ""),
    ];
    let mut errors = Vec::new();
    for (name, text) in refused {
        let error = builder().endpoint(text).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{name}");
        assert!(!error.to_string().contains("geheim"), "{error}");
        errors.push((name, error));
    }
    assert_errors("refused-endpoints", &errors);
}

#[test]
fn an_endpoint_of_ones_own() {
    let endpoint =
        Endpoint::custom("https://gateway.example.com/mde/", "https://login.example.com", "api://x/").unwrap();
    assert_eq!(endpoint.url(), "https://gateway.example.com/mde");
    assert_eq!((endpoint.name(), endpoint.audience()), ("custom", "api://x"));
    assert_eq!(builder().endpoint(endpoint.clone()).build().unwrap().endpoint(), &endpoint);
    assert!(Endpoint::custom("http://gateway.example.com", "https://login.example.com", "x").is_err());
    assert!(Endpoint::custom("https://gateway.example.com", "http://login.example.com", "x").is_err());
}

#[test]
fn a_client_needs_a_credential() {
    assert_error("no-credential", &Client::builder().build().unwrap_err());
}

#[test]
fn a_quota_is_no_wider_than_the_contract() {
    let minutes = |count: u64| Duration::from_secs(60 * count);
    for window in
        [QuotaWindow::new(100, minutes(1)), QuotaWindow::new(1500, minutes(60)), QuotaWindow::new(200, minutes(2))]
    {
        builder().quota([window]).build().unwrap();
    }
    let refused = [
        ("per-minute", QuotaWindow::new(101, minutes(1))),
        ("per-hour", QuotaWindow::new(1501, minutes(60))),
        ("per-second", QuotaWindow::new(101, Duration::from_secs(1))),
        ("no-calls", QuotaWindow::new(0, minutes(1))),
        ("no-time", QuotaWindow::new(1, Duration::ZERO)),
    ];
    let mut errors = Vec::new();
    for (name, window) in refused {
        let error = builder().quota([window]).build().unwrap_err();
        errors.push((name, error));
    }
    // The quota is that of every operation; the error names the first that has a narrower one.
    let operations = operations::ALL.iter().map(|operation| (operation.id, "OPERATION"));
    insta::with_settings!({ filters => operations }, { assert_errors("refused-quota-windows", &errors) });
    let sandbox = builder().endpoint("http://127.0.0.1:1").quota([QuotaWindow::new(5000, minutes(1))]);
    sandbox.build().unwrap();
}

/// What the contract says reaches the code.
#[test]
fn what_the_contract_says() {
    assert_eq!((LookBackHours::MIN.get(), LookBackHours::MAX.get()), (1, 720));
    assert_eq!(LookBackHours::SERVICE_DEFAULT.get(), 720);
    for bound in [1, 720] {
        assert_eq!(LookBackHours::new(bound).unwrap().get(), bound);
        assert_eq!(LookBackHours::try_from(u64::try_from(bound).unwrap()).unwrap().get(), bound);
    }
    for beyond in [0, 721] {
        assert_eq!(LookBackHours::new(beyond).unwrap_err().value(), beyond.to_string());
    }
    assert_eq!("48".parse::<LookBackHours>().unwrap().to_string(), "48");
    assert_eq!(
        "4 8".parse::<LookBackHours>().unwrap_err().to_string(),
        "LookBackHours cannot be \"4 8\": give a whole number from 1 to 720"
    );
    insta::assert_debug_snapshot!(operations::GET_IP_STATISTICS);
}
