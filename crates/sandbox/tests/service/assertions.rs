//! Apps that sign by the key of a certificate.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use mde_sandbox::{App, CertificateError, Sandbox};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{NOW, access_token, ask_token, claims, clock, moment, send};
use crate::token_refusals::refusal;

/// A certificate and its key.
struct Signer {
    pem: String,
    der: Vec<u8>,
    key: RsaKeyPair,
}

/// Keys are slow to make. Only the certificate of the first one is registered, unless a test says otherwise.
static SIGNERS: LazyLock<[Signer; 2]> = LazyLock::new(|| [Signer::new(), Signer::new()]);

impl Signer {
    fn new() -> Signer {
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        let certificate = CertificateParams::default().self_signed(&key).unwrap();
        let (pem, der) = (certificate.pem(), certificate.der().to_vec());
        Signer { pem, der, key: RsaKeyPair::from_pkcs8(key.serialized_der()).unwrap() }
    }

    fn sha1(&self) -> Vec<u8> {
        digest(&SHA1_FOR_LEGACY_USE_ONLY, &self.der).as_ref().to_vec()
    }

    fn sha256(&self) -> Vec<u8> {
        digest(&SHA256, &self.der).as_ref().to_vec()
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        let padding = if header["alg"] == "PS256" { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
        self.key.sign(padding, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

const PATH: &str = "/api/ips/203.0.113.7/stats";
const CLIENT_ID: &str = "5a4db0c5-0000-4000-8000-0000000000aa";
const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn app() -> App {
    App::new(CLIENT_ID, "a secret").with_role("Ip.Read.All")
}

async fn with_app(app: App) -> Sandbox {
    Sandbox::builder().clock(clock()).app(app).start().await.unwrap()
}

async fn with_certificate() -> Sandbox {
    with_app(app().with_certificate(&SIGNERS[0].pem).unwrap()).await
}

/// The claims of an assertion signed at `NOW` for five minutes.
fn good_claims(sandbox: &Sandbox) -> Value {
    json!({
        "aud": format!("{}/{}/oauth2/v2.0/token", sandbox.url(), sandbox.tenant()),
        "iss": CLIENT_ID,
        "sub": CLIENT_ID,
        "jti": "a",
        "nbf": moment(NOW).timestamp(),
        "exp": moment(NOW).timestamp() + 300,
    })
}

fn rs256() -> Value {
    json!({"typ": "JWT", "alg": "RS256"})
}

fn form(assertion: &str) -> Vec<(&str, &str)> {
    vec![
        ("client_id", CLIENT_ID),
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion),
        ("grant_type", "client_credentials"),
        ("scope", "https://api.securitycenter.microsoft.com/.default"),
    ]
}

/// Why an assertion is refused, always by the same status and `error`, and without a code.
async fn flaw(sandbox: &Sandbox, assertion: &str) -> String {
    let (status, error, description) = refusal(ask_token(sandbox, &form(assertion)).await).await;
    assert_eq!((status, error.as_str()), (401, "invalid_client"), "{description}");
    assert!(!description.contains("AADSTS"), "{description}");
    for part in assertion.split('.').filter(|part| part.len() > 8) {
        assert!(!description.contains(part), "{description}");
    }
    description
}

async fn is_taken(sandbox: &Sandbox, assertion: &str) -> bool {
    ask_token(sandbox, &form(assertion)).await.status() == 200
}

#[tokio::test]
async fn a_signed_assertion_gets_a_token_that_is_accepted() {
    let sandbox = with_certificate().await;
    let signer = &SIGNERS[0];
    for header in [
        rs256(),
        json!({"alg": "PS256"}),
        json!({"alg": "RS256", "x5t": STANDARD.encode(signer.sha1())}),
        json!({"alg": "RS256", "x5t": URL_SAFE_NO_PAD.encode(signer.sha1())}),
        json!({"alg": "PS256", "x5t#S256": URL_SAFE_NO_PAD.encode(signer.sha256())}),
        json!({"alg": "RS256", "x5t": STANDARD.encode(signer.sha1()), "x5t#S256": STANDARD.encode(signer.sha256())}),
    ] {
        let assertion = signer.sign(&header, &good_claims(&sandbox));
        let token = access_token(ask_token(&sandbox, &form(&assertion)).await).await;
        assert_eq!((&claims(&token)["appid"], &claims(&token)["roles"]), (&json!(CLIENT_ID), &json!(["Ip.Read.All"])));
        assert_eq!(send(&sandbox, Method::GET, PATH, &token).await.status(), 200);
    }
    assert!(!format!("{:?} {sandbox:?}", sandbox.requests()).contains(&signer.sign(&rs256(), &json!({}))[..20]));
}

#[tokio::test]
async fn it_has_to_be_signed_by_a_registered_certificate() {
    let sandbox = with_certificate().await;
    let [known, stranger] = &*SIGNERS;
    let claims = good_claims(&sandbox);
    let unsigned = "is not signed by the key of a certificate that is registered with app";
    assert!(flaw(&sandbox, &stranger.sign(&rs256(), &claims)).await.contains(unsigned));
    let header = json!({"alg": "RS256", "x5t": STANDARD.encode(known.sha1())});
    assert!(flaw(&sandbox, &stranger.sign(&header, &claims)).await.contains(unsigned));
    // The signature of other claims, and one by another algorithm than the header says.
    let (right, other) = (known.sign(&rs256(), &claims), known.sign(&rs256(), &json!({})));
    let exchanged = format!("{}.{}", right.rsplit_once('.').unwrap().0, other.rsplit_once('.').unwrap().1);
    assert!(flaw(&sandbox, &exchanged).await.contains(unsigned));
    let pss = known.sign(&json!({"alg": "PS256"}), &claims);
    let relabelled = format!("{}.{}", URL_SAFE_NO_PAD.encode(rs256().to_string()), pss.split_once('.').unwrap().1);
    assert!(flaw(&sandbox, &relabelled).await.contains(unsigned));

    let thumbprint: String = stranger.sha1().iter().map(|byte| format!("{byte:02X}")).collect();
    let header = json!({"alg": "RS256", "x5t": STANDARD.encode(stranger.sha1())});
    assert_eq!(
        flaw(&sandbox, &stranger.sign(&header, &claims)).await,
        format!("No certificate that is registered with app '{CLIENT_ID}' has the thumbprint {thumbprint}.")
    );
    let both = json!({
        "alg": "RS256",
        "x5t": STANDARD.encode(known.sha1()),
        "x5t#S256": URL_SAFE_NO_PAD.encode(stranger.sha256()),
    });
    assert!(
        flaw(&sandbox, &known.sign(&both, &claims)).await.starts_with("No certificate that is registered with app")
    );
}

#[tokio::test]
async fn several_certificates_can_be_registered() {
    let [first, second] = &*SIGNERS;
    let sandbox = with_app(app().with_certificate(&first.pem).unwrap().with_certificate(&second.pem).unwrap()).await;
    for signer in [first, second] {
        for header in [rs256(), json!({"alg": "RS256", "x5t": STANDARD.encode(signer.sha1())})] {
            assert!(is_taken(&sandbox, &signer.sign(&header, &good_claims(&sandbox))).await);
        }
    }
}

#[tokio::test]
async fn an_app_without_a_certificate_cannot_sign() {
    let sandbox = with_app(app()).await;
    let assertion = SIGNERS[0].sign(&rs256(), &good_claims(&sandbox));
    let description =
        format!("No certificate is registered with app '{CLIENT_ID}', so that it cannot sign client assertions.");
    assert_eq!(flaw(&sandbox, &assertion).await, description);
}

#[tokio::test]
async fn without_a_valid_secret_an_app_can_sign() {
    for app in [app().with_expired_secret(), App::new(CLIENT_ID, "")] {
        let sandbox = with_app(app.with_certificate(&SIGNERS[0].pem).unwrap()).await;
        assert!(is_taken(&sandbox, &SIGNERS[0].sign(&rs256(), &good_claims(&sandbox))).await);
    }
}

#[tokio::test]
async fn each_thumbprint_is_by_the_digest_of_its_name() {
    let sandbox = with_certificate().await;
    let signer = &SIGNERS[0];
    let (sha1, sha256) = (STANDARD.encode(signer.sha1()), STANDARD.encode(signer.sha256()));
    for (name, value, digest) in [
        ("x5t", &sha256, "SHA-1"),
        ("x5t#S256", &sha1, "SHA-256"),
        ("x5t", &"?".to_owned(), "SHA-1"),
        ("x5t", &String::new(), "SHA-1"),
        ("x5t", &"=====".to_owned(), "SHA-1"),
        ("x5t", &format!("{sha1}="), "SHA-1"),
        ("x5t#S256", &"AAAA".to_owned(), "SHA-256"),
        ("x5t#S256", &format!("{sha256}===="), "SHA-256"),
    ] {
        let assertion = signer.sign(&json!({"alg": "RS256", name: value}), &good_claims(&sandbox));
        assert_eq!(
            flaw(&sandbox, &assertion).await,
            format!(
                "The client assertion is not a signed JWT: '{name}' in its header has to be a {digest} digest in \
                 base64url."
            ),
            "{value}"
        );
    }
}

#[tokio::test]
async fn an_extension_that_has_to_be_understood_is_refused() {
    let sandbox = with_certificate().await;
    for crit in [json!(["b64"]), json!([]), json!(null)] {
        let header = json!({"alg": "RS256", "crit": crit, "b64": true});
        assert_eq!(
            flaw(&sandbox, &SIGNERS[0].sign(&header, &good_claims(&sandbox))).await,
            "The client assertion is not a signed JWT: its header must not have 'crit', for this sandbox understands \
             no extensions."
        );
    }
}

#[tokio::test]
async fn it_is_for_the_url_of_the_token_endpoint() {
    let sandbox = with_certificate().await;
    let port = sandbox.address().port();
    let mut claims = good_claims(&sandbox);
    let mut signed_for = |audience: &str| {
        claims["aud"] = json!(audience);
        SIGNERS[0].sign(&rs256(), &claims)
    };
    let path = format!("{}/oauth2/v2.0/token", sandbox.tenant());
    let url = format!("{}/{path}", sandbox.url());
    for audience in [
        url.clone(),
        format!("{}/{}/oauth2/v2.0/token", sandbox.url(), sandbox.tenant().to_uppercase()),
        format!("http://localhost:{port}/{path}"),
    ] {
        assert!(is_taken(&sandbox, &signed_for(&audience)).await, "{audience}");
    }
    for audience in [
        format!("https://login.microsoftonline.com/{path}"),
        format!("{url}/"),
        format!("https://{}/{path}", sandbox.address()),
        format!("{}/5a4db0c5-0000-4000-8000-000000000007/oauth2/v2.0/token", sandbox.url()),
        sandbox.url().to_owned(),
        String::new(),
    ] {
        let description =
            format!("The client assertion is for '{audience}' (its 'aud'), but this token endpoint is '{url}'.");
        assert_eq!(flaw(&sandbox, &signed_for(&audience)).await, description);
    }
}

#[tokio::test]
async fn it_is_from_the_app_that_asks() {
    let sandbox = with_certificate().await;
    for claim in ["iss", "sub"] {
        let mut claims = good_claims(&sandbox);
        claims[claim] = json!(CLIENT_ID.to_uppercase());
        assert!(is_taken(&sandbox, &SIGNERS[0].sign(&rs256(), &claims)).await, "{claim}");
        claims[claim] = json!("somebody");
        let description =
            format!("The client assertion has 'somebody' as '{claim}', which has to be the client id '{CLIENT_ID}'.");
        assert_eq!(flaw(&sandbox, &SIGNERS[0].sign(&rs256(), &claims)).await, description);
    }
}

#[tokio::test]
async fn it_is_valid_from_nbf_until_exp() {
    let sandbox = with_certificate().await;
    let now = moment(NOW).timestamp();
    let at = |nbf: Value, exp: Value| {
        let mut claims = good_claims(&sandbox);
        (claims["nbf"], claims["exp"]) = (nbf, exp);
        SIGNERS[0].sign(&rs256(), &claims)
    };
    for (nbf, exp) in [
        (json!(now), json!(now + 1)),
        (json!(null), json!(now + 1)),
        (json!(now as f64 - 0.5), json!(now as f64 + 0.5)),
        (json!(-1e300), json!(1e300)),
    ] {
        assert!(is_taken(&sandbox, &at(nbf.clone(), exp.clone())).await, "{nbf} {exp}");
    }
    let here = "and here it is 2017-08-29 13:33:00Z.";
    for (nbf, exp, description) in [
        (now - 300, now, format!("The client assertion has expired: its 'exp' is 2017-08-29 13:33:00Z, {here}")),
        (0, -1, format!("The client assertion has expired: its 'exp' is 1969-12-31 23:59:59Z, {here}")),
        (
            0,
            -100_000_000_000_000_000,
            format!("The client assertion has expired: its 'exp' is -100000000000000000, {here}"),
        ),
        (now + 1, now + 2, format!("The client assertion is not valid yet: its 'nbf' is 2017-08-29 13:33:01Z, {here}")),
    ] {
        assert_eq!(flaw(&sandbox, &at(json!(nbf), json!(exp))).await, description);
    }
}

/// A client has the machine's clock, whatever the sandbox's shows. From 2020 to 2100 it says that this one is valid.
#[tokio::test]
async fn it_may_be_valid_by_the_clock_of_the_machine() {
    let sandbox = with_certificate().await;
    let mut claims = good_claims(&sandbox);
    claims["nbf"] = json!(moment("2020-01-01T00:00:00Z").timestamp());
    claims["exp"] = json!(moment("2100-01-01T00:00:00Z").timestamp());
    assert!(is_taken(&sandbox, &SIGNERS[0].sign(&rs256(), &claims)).await);
}

#[tokio::test]
async fn the_error_for_a_malformed_jwt_names_the_wrong_part() {
    let sandbox = with_certificate().await;
    let good = SIGNERS[0].sign(&rs256(), &good_claims(&sandbox));
    let (header, rest) = good.split_once('.').unwrap();
    let (claims, signature) = rest.split_once('.').unwrap();
    let (unsupported, no_algorithm) = (json!({"alg": "none"}).to_string(), json!({"alg": 1}).to_string());
    let all = good_claims(&sandbox);
    let array = json!([all["aud"], all["iss"], all["sub"], all["exp"], null]);
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    for (assertion, beginning) in [
        ("nonsense".to_owned(), "it has to be three parts"),
        ("a.b".to_owned(), "it has to be three parts"),
        (format!("?.{claims}.{signature}"), "its header"),
        (format!("{}.{claims}.{signature}", encode("[]")), "its header"),
        (format!("{}.{claims}.{signature}", encode(&no_algorithm)), "its header"),
        (SIGNERS[0].sign(&json!(["RS256", null, null]), &all), "its header"),
        (format!("{header}.{claims}.{signature}="), "its signature"),
        (format!("{good}.{signature}"), "it has to be three parts"),
        (SIGNERS[0].sign(&rs256(), &json!([])), "its claims"),
        (SIGNERS[0].sign(&rs256(), &array), "its claims"),
        (SIGNERS[0].sign(&rs256(), &json!({"aud": [], "iss": "", "sub": "", "exp": 1})), "its claims"),
        (SIGNERS[0].sign(&rs256(), &json!({"aud": "", "iss": "", "sub": ""})), "its claims"),
    ] {
        let description = flaw(&sandbox, &assertion).await;
        let message = description.strip_prefix("The client assertion is not a signed JWT: ").unwrap_or_else(|| {
            panic!("{description}");
        });
        assert!(message.starts_with(beginning), "{assertion} got {message}");
    }
    assert_eq!(
        flaw(&sandbox, &format!("{}.{claims}.", encode(&unsupported))).await,
        "The client assertion is signed by the algorithm 'none', but this sandbox knows RS256 and PS256 only."
    );
}

#[tokio::test]
async fn its_type_is_the_documented_one_and_no_secret_stands_beside_it() {
    let sandbox = with_certificate().await;
    let assertion = SIGNERS[0].sign(&rs256(), &good_claims(&sandbox));
    let description = async |form: &[(&str, &str)]| {
        let (status, error, description) = refusal(ask_token(&sandbox, form).await).await;
        assert_eq!((status, error.as_str()), (400, "invalid_request"));
        description
    };
    let mut sent = form(&assertion);
    sent[1].1 = "";
    assert!(description(&sent).await.starts_with("Send 'client_assertion_type' "));
    sent[1].1 = "another";
    assert_eq!(description(&sent).await, format!("'client_assertion_type' has to be '{TYPE}', not 'another'."));
    sent[1].1 = TYPE;
    for secret in ["a secret", "a wrong one"] {
        let beside = [sent.as_slice(), &[("client_secret", secret)]].concat();
        assert_eq!(description(&beside).await, "Send 'client_secret' or 'client_assertion', and not both.");
    }
    sent.push(sent[2]);
    assert_eq!(description(&sent).await, "'client_assertion' must not be given more than once.");
}

#[test]
fn a_certificate_is_one_legible_block_with_an_rsa_key() {
    let pem = &SIGNERS[0].pem;
    let error = |pem: &str| app().with_certificate(pem).unwrap_err();
    let elliptic = CertificateParams::default().self_signed(&KeyPair::generate().unwrap()).unwrap().pem();
    let key = KeyPair::generate().unwrap().serialize_pem();
    for nothing in ["", "nonsense", &key, &pem[..pem.len() / 2]] {
        assert!(matches!(error(nothing), CertificateError::Missing), "{nothing}");
    }
    assert!(matches!(error(&format!("{pem}{pem}")), CertificateError::Several { count: 2 }));
    let block = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(matches!(error(block), CertificateError::NotX509));
    assert!(matches!(error(&elliptic), CertificateError::UnsupportedKey));
    assert!(app().with_certificate(format!("{key}{pem}").as_bytes()).is_ok(), "a key beside it is ignored");
    assert_eq!(
        [error(""), error(&format!("{pem}{pem}")), error(block), error(&elliptic)].map(|error| error.to_string()),
        [
            "no certificate: one PEM block that begins with -----BEGIN CERTIFICATE----- is needed",
            "2 certificates in one text: register each of them by a call of its own, and no authority's",
            "the PEM block is not an X.509 certificate of version 3",
            "the key of the certificate is not an RSA key of 2048 to 8192 bits, and apps sign with such keys only",
        ]
    );
}
