//! The moments that services write, and how they are written again.

use mde_client::Timestamp;

#[test]
fn what_is_read_is_written_in_its_shortest_form() {
    let cases = [
        ("2017-08-29T13:32:59Z", "2017-08-29T13:32:59Z"),
        ("2017-08-29T13:32:59.0000000Z", "2017-08-29T13:32:59Z"),
        ("2021-08-02T10:18:39.9233319Z", "2021-08-02T10:18:39.9233319Z"),
        ("2021-08-02T10:18:39.92Z", "2021-08-02T10:18:39.92Z"),
        ("2021-08-02T10:18:39.000000001Z", "2021-08-02T10:18:39.000000001Z"),
        ("2021-08-02T10:18:39.1234567", "2021-08-02T10:18:39.1234567Z"),
        ("2021-08-02T12:18:39+02:00", "2021-08-02T10:18:39Z"),
        ("0001-01-01T00:00:00", "0001-01-01T00:00:00Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z"),
        ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
        ("2017-08-29t13:32:59z", "2017-08-29T13:32:59Z"),
        ("2017-08-29t13:32:59", "2017-08-29T13:32:59Z"),
        ("2021-08-02T10:18:39.0000000009Z", "2021-08-02T10:18:39Z"),
        ("2021-08-02T10:18:39.12345678987Z", "2021-08-02T10:18:39.123456789Z"),
        ("2021-08-02T00:18:39.5-23:59", "2021-08-03T00:17:39.5Z"),
        // A leap second is the second after it, which every program reads.
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        ("2016-12-31T23:59:60", "2017-01-01T00:00:00Z"),
        ("2016-12-31T23:59:60.1234567Z", "2017-01-01T00:00:00.1234567Z"),
        ("2017-01-01T00:59:60+01:00", "2017-01-01T00:00:00Z"),
    ];
    for (read, written) in cases {
        let moment: Timestamp = serde_json::from_str(&format!("{read:?}")).unwrap();
        assert_eq!(moment.to_string(), written, "{read}");
        assert_eq!(serde_json::to_string(&moment).unwrap(), format!("{written:?}"), "{read}");
        assert_eq!(written.parse(), Ok(moment), "{read}");
    }
}

#[test]
fn what_is_no_moment() {
    for text in [
        "",
        "yesterday",
        "2017-08-29",
        "2017-13-29T13:32:59Z",
        "2017-02-29T13:32:59Z",
        "1503927179",
        "2017-08-29T13:32:59 UTC",
        "2017-08-29T24:00:00Z",
        "2017-08-29T13:32:61Z",
        "2017-08-29T13:32Z",
        "2017-08-29T13:32:59.Z",
        "2017-8-29T1:2:3",
        " 2017-08-29T13:32:59",
        "2017-08-29T13:32:59ZZ",
        // What RFC 3339 cannot write.
        "+10000-01-01T00:00:00",
        "-0001-01-01T00:00:00",
        "0000-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-00:01",
        "9999-12-31T23:59:60Z",
    ] {
        let error = text.parse::<Timestamp>().unwrap_err();
        assert_eq!(error.to_string(), format!("{text:?} is not a date and time such as 2017-08-29T13:32:59.1234567Z"));
    }
    assert!(serde_json::from_str::<Timestamp>("1503927179").is_err());
}

/// Also a moment that did not come as text, so that what is written is read again.
#[test]
fn a_leap_second_of_chrono_is_the_next_second() {
    let leap = chrono::DateTime::parse_from_rfc3339("2016-12-31T23:59:60.25Z").unwrap().to_utc();
    let moment = Timestamp::from(leap);
    assert_eq!(moment.to_string(), "2017-01-01T00:00:00.25Z");
    assert_eq!(moment.to_string().parse(), Ok(moment));
}
