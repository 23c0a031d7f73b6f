//! A person who signs in at a host that repeats everything that it was sent.

use std::sync::{Arc, Mutex};

use mde_client::{Client, ErrorKind, RefreshToken, RefreshTokenStore, UserCredential};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::{Seen, ask};

/// No 16 characters of one stand in another text.
const CODE: &str = "0.AUth-code_Wq8rT2yPz5LkVn3Bx7JmDs";
const DEVICE_CODE: &str = "DvC0de-Hn6Gf4Kw9Sx1Zt8Rb3Mq7Yp2Lc5";
const REFRESH_TOKEN: &str = "1.RfT0ken_Ub4Ne7Xo2Qi9Ah6Jg3Dv8Ks1Fz";
const ACCESS_TOKEN: &str = "AcT0ken-Pm5Vy8Cr1Wj4Ul7Te2Oi9Bk6Nh";

/// What a host says, in which `FORM` becomes the form that it was sent.
const ANSWERS: [(&str, &str, ErrorKind); 5] = [
    (
        "400 Bad Request",
        r#"{"error":"invalid_request","error_description":"AADSTS900144: FORM"}"#,
        ErrorKind::Credential,
    ),
    ("400 Bad Request", r#"{"error":"bad FORM","error_description":"FORM\r\nFORM"}"#, ErrorKind::Credential),
    ("400 Bad Request", "<p>FORM</p>", ErrorKind::Service),
    ("503 Service Unavailable", r#"{"error":"FORM"}"#, ErrorKind::Service),
    ("200 OK", r#"{"token_type":"FORM","expires_in":"FORM","access_token":["FORM"]}"#, ErrorKind::Service),
];

/// How a person signs in.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Refresh,
    Browser,
    DeviceCode,
}

/// Keeps one token.
struct Store;

impl RefreshTokenStore for Store {
    fn load(&self) -> Result<Option<RefreshToken>, mde_client::BoxError> {
        Ok(Some(RefreshToken::new(REFRESH_TOKEN)))
    }

    fn save(&self, _: &RefreshToken) -> Result<(), mde_client::BoxError> {
        Ok(())
    }
}

/// Signs in wherever the host repeats what it was sent, and where it does not; yields the secrets that no text may show.
pub(crate) async fn signs_in(seen: &mut Seen) -> Vec<String> {
    let mut secrets = [CODE, DEVICE_CODE, REFRESH_TOKEN, ACCESS_TOKEN].map(str::to_owned).to_vec();
    for way in [Way::Refresh, Way::Browser, Way::DeviceCode] {
        for (status, answer, kind) in ANSWERS {
            // A device code is asked about until it expires, whatever the outage.
            if way == Way::DeviceCode && status.starts_with('5') {
                continue;
            }
            assert_eq!(once(seen, way, status, answer, &mut secrets).await, Some(kind), "{status} {answer}");
        }
        let tokens =
            format!(r#"{{"token_type":"Bearer","access_token":"{ACCESS_TOKEN}","refresh_token":"{REFRESH_TOKEN}"}}"#);
        // With the token that came, the call is refused.
        assert_eq!(once(seen, way, "200 OK", &tokens, &mut secrets).await, Some(ErrorKind::Permission));
    }
    assert!(secrets.len() > 8, "no verifier came along");
    secrets
}

async fn once(
    seen: &mut Seen,
    way: Way,
    status: &'static str,
    answer: &str,
    secrets: &mut Vec<String>,
) -> Option<ErrorKind> {
    let sent = Arc::<Mutex<Vec<String>>>::default();
    let url = host(status, answer.to_owned(), Arc::clone(&sent)).await;
    let person = UserCredential::new("contoso.example", "an-app").unwrap();
    let states = Arc::<Mutex<Vec<String>>>::default();
    let person = match way {
        Way::Refresh => person.store(Store),
        Way::Browser => {
            let states = Arc::clone(&states);
            person.in_browser(move |url| {
                let url = reqwest::Url::parse(url)?;
                let of = |name: &str| url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
                states.lock().unwrap().push(of("state"));
                tokio::spawn(comes_back(of("redirect_uri"), of("state")));
                Ok(())
            })
        }
        Way::DeviceCode => {
            person.by_device_code(|code| assert!(!format!("{code:?}{:?}", code.message()).contains(DEVICE_CODE)))
        }
    };
    seen.value(&person);
    let kind = ask(seen, Client::builder().endpoint(url).credential(person)).await;
    let forms = sent.lock().unwrap().join("&");
    secrets.extend(forms.split('&').filter_map(|field| field.strip_prefix("code_verifier=")).map(str::to_owned));
    secrets.extend(states.lock().unwrap().drain(..));
    kind
}

async fn comes_back(redirect: String, state: String) {
    let port = redirect.rsplit(':').next().unwrap();
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).await.unwrap();
    let request = format!("GET /?code={CODE}&state={state} HTTP/1.1\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains("You can close this window") && !answer.contains(CODE) && !answer.contains(&state));
}

/// Gives out a device code, refuses calls, and answers everything else with this status and body. Keeps the forms that it was
/// sent.
async fn host(status: &'static str, answer: String, sent: Arc<Mutex<Vec<String>>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (head, form) = request(&mut stream).await;
            let device = format!(
                r#"{{"device_code":"{DEVICE_CODE}","user_code":"ABCD","verification_uri":"https://example.com/",
                    "expires_in":900,"message":"Enter ABCD, not {DEVICE_CODE}."}}"#
            );
            let (status, body) = match head.split(' ').nth(1).unwrap_or_default() {
                path if path.starts_with("/api/") => ("403 Forbidden", String::new()),
                path if path.ends_with("/devicecode") => ("200 OK", device),
                _ => (status, answer.replace("FORM", &form)),
            };
            sent.lock().unwrap().push(form);
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            // A failure to write is the client's leaving.
            let _ = stream.write_all((head + &body).as_bytes()).await;
        }
    });
    url
}

async fn request(stream: &mut TcpStream) -> (String, String) {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, form)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if form.len() >= length.unwrap_or(0) {
                return (head.to_owned(), form.to_owned());
            }
        }
        if stream.read_buf(&mut request).await.unwrap() == 0 {
            return (text, String::new());
        }
    }
}
