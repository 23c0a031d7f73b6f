//! What can be a count of devices, and what cannot.

use mde_client::ErrorKind;
use mde_tests::{Scripted, Step};

use crate::{ADDRESS, client};

async fn ask(members: &str) -> Result<i64, mde_client::Error> {
    let body = format!(r#"{{"ipAddress":"{ADDRESS}",{members}}}"#);
    let server = Scripted::start([Step::json(body)]).await.unwrap();
    let answer = client(&server).get_ip_statistics(ADDRESS).send().await?;
    Ok(answer.organization_prevalence)
}

#[tokio::test]
async fn a_count_is_a_whole_number_that_is_not_negative() {
    let cases = [
        ("0", Ok(0)),
        ("63515", Ok(63515)),
        ("9223372036854775807", Ok(i64::MAX)),
        ("-1", Err("-1")),
        ("-9223372036854775808", Err("-9223372036854775808")),
        ("9223372036854775808", Err("9223372036854775808")),
        ("-9223372036854775809", Err("-9.223372036854776e+18")),
        ("99999999999999999999", Err("e+20")),
        ("-0", Err("-0.0")),
        ("5.0", Err("5.0")),
        ("0.5", Err("0.5")),
        ("1e3", Err("1000.0")),
        ("\"5\"", Err("\"5\"")),
        ("true", Err("true")),
        ("null", Err("null")),
    ];
    for (count, expected) in cases {
        match (ask(&format!(r#""organizationPrevalence":{count}"#)).await, expected) {
            (Ok(devices), Ok(expected)) => assert_eq!(devices, expected, "{count}"),
            (Err(error), Err(named)) => {
                let problem = error.problem();
                assert_eq!((error.kind(), error.attempts()), (ErrorKind::Decode, 1), "{count}: {problem}");
                assert_eq!(error.status().map(|status| status.as_u16()), Some(200), "{count}");
                assert!(
                    problem.contains("at organizationPrevalence: ") && problem.contains(named),
                    "{count}: {problem}"
                );
            }
            (result, _) => panic!("{count}: {result:?}"),
        }
    }
}

/// The legacy string may be anything: nobody needs it to read the answer.
#[tokio::test]
async fn a_legacy_text_that_is_no_count_does_not_make_the_answer_unreadable() {
    for legacy in ["-1", "+3", "x", "", " 3", "1e3", "99999999999999999999999"] {
        let members = format!(r#""organizationPrevalence":3,"orgPrevalence":"{legacy}""#);
        assert_eq!(ask(&members).await.unwrap(), 3, "{legacy}");
    }
}
