//! The credential that the environment holds, and what is said where it holds none.

use mde_client::{Client, EnvironmentCredential, ErrorKind};

use super::{server, tokens};
use crate::{ADDRESS, TOKEN};

const NAMES: [&str; 4] = ["MDE_TOKEN", "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"];

/// An environment in which the variables of a row are set.
fn lookup(row: [Option<&'static str>; 4]) -> Result<EnvironmentCredential, mde_client::Error> {
    EnvironmentCredential::from_lookup(|name| {
        let index = NAMES.iter().position(|known| *known == name)?;
        row[index].map(str::to_owned)
    })
}

/// Every set of the four variables. The others are unset, or empty, which is the same.
#[test]
fn what_is_set_and_what_comes_of_it() {
    const VALUES: [&str; 4] = ["a-token", "contoso.example", "an-app", TOKEN];
    let mut table = String::new();
    for combination in 0..16 {
        let set = |index: usize| combination & (1 << index) != 0;
        let texts = [None, Some("")].map(|otherwise| {
            match lookup(std::array::from_fn(|index| if set(index) { Some(VALUES[index]) } else { otherwise })) {
                Ok(credential) => format!("{credential:?}"),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Configuration);
                    error.to_string()
                }
            }
        });
        assert_eq!(texts[0], texts[1]);
        let names: Vec<_> = (0..4).filter(|index| set(*index)).map(|index| NAMES[index]).collect();
        let names = if names.is_empty() { "nothing".to_owned() } else { names.join(" ") };
        table += &format!("# {names}\n{}\n\n", texts[0]);
    }
    assert!(!table.contains(TOKEN), "{table}");
    insta::assert_snapshot!(table);
}

#[test]
fn a_tenant_that_cannot_be_one() {
    let error = lookup([None, Some("common"), Some("an-app"), Some(TOKEN)]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    insta::assert_snapshot!(error);
}

const CERTIFICATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/client/tests/certificates");

/// An environment with an app and these variables.
fn of_app(variables: &[(&str, &str)]) -> Result<EnvironmentCredential, mde_client::Error> {
    let app = [("AZURE_TENANT_ID", "contoso.example"), ("AZURE_CLIENT_ID", "an-app")];
    EnvironmentCredential::from_lookup(|name| {
        let found = app.iter().chain(variables).find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    })
}

/// As Azure's tools do: a secret before a certificate, and a token file last.
#[test]
fn the_first_proof_counts() {
    let certificate = format!("{CERTIFICATES}/pkcs8.pem");
    let variables = [
        ("AZURE_CLIENT_SECRET", TOKEN, "client secret"),
        ("AZURE_CLIENT_CERTIFICATE_PATH", &certificate, "client certificate"),
        ("AZURE_FEDERATED_TOKEN_FILE", "a-file", "workload identity"),
    ];
    for first in 0..variables.len() {
        let set: Vec<_> = variables[first..].iter().map(|(name, value, _)| (*name, *value)).collect();
        let credential = of_app(&set).unwrap();
        let expected = format!("EnvironmentCredential(App(AzureCredential({})))", variables[first].2);
        assert_eq!(format!("{credential:?}"), expected);
    }
}

#[test]
fn a_certificate_that_cannot_be_used() {
    let archive = format!("{CERTIFICATES}/aes256.pfx");
    let path = ("AZURE_CLIENT_CERTIFICATE_PATH", archive.as_str());
    let password = |password| ("AZURE_CLIENT_CERTIFICATE_PASSWORD", password);
    assert!(of_app(&[path, password("a password of the tests")]).is_ok());
    let cases: [&[_]; 4] = [
        &[path],
        &[path, password("another")],
        &[("AZURE_CLIENT_CERTIFICATE_PATH", "no-such-file.pem")],
        &[("AZURE_CLIENT_CERTIFICATE_PATH", "/dev/null")],
    ];
    let mut table = String::new();
    for variables in cases {
        let error = of_app(variables).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        table += &format!("{error}\n\n");
    }
    insta::with_settings!({ filters => [(r"\(os error \d+\)", "(os error)")] }, { insta::assert_snapshot!(table) });
}

#[tokio::test]
async fn the_token_is_sent() {
    let server = server(1).await;
    let credential = lookup([Some("a-token"), None, None, None]).unwrap();
    let client = Client::builder().endpoint(server.url()).credential(credential).build().unwrap();
    client.get_ip_statistics(ADDRESS).send().await.unwrap();
    assert_eq!(tokens(&server), ["a-token"]);
}
