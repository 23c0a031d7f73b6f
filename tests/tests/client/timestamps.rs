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
    for text in ["", "yesterday", "2017-08-29", "2017-13-29T13:32:59Z", "1503927179", "2017-08-29T13:32:59 UTC"] {
        let error = text.parse::<Timestamp>().unwrap_err();
        assert_eq!(error.to_string(), format!("{text:?} is not a date and time such as 2017-08-29T13:32:59.1234567Z"));
    }
    assert!(serde_json::from_str::<Timestamp>("1503927179").is_err());
}
