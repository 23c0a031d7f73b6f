//! Where one signs in, host by host: the client goes through a proxy on this machine, which stands in for every host behind
//! it, TLS included.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Arc, Mutex};

use mde_client::{AzureCredential, Client, ClientBuilder, Endpoint, EnvironmentCredential, Error};
use reqwest::{Certificate, Proxy, Url};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::{ADDRESS, TOKEN, assert_error};

const TENANT: &str = "contoso.example";
const APP: &str = "11111111-1111-1111-1111-111111111111";
const GIVEN: &str = r#"{"token_type":"Bearer","expires_in":3599,"access_token":"token-of-entra"}"#;
const STATISTICS: &str = r#"{"ipAddress":"10.209.67.177","organizationPrevalence":1}"#;

/// A request as it came out of the tunnel to its host.
#[derive(Clone, Debug)]
struct Request {
    host: String,
    line: String,
    authorization: Option<String>,
    form: BTreeMap<String, String>,
}

/// What stands in for all hosts. A token is asked for by POST, and nothing else is.
struct Hosts {
    proxy: String,
    certificate: Certificate,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Hosts {
    /// Answers those who ask for a token with this status and body.
    async fn start(token_answer: (&'static str, &'static str)) -> Self {
        let url = |text: &str| Url::parse(text).unwrap().host_str().unwrap().to_owned();
        let names = Endpoint::ALL.iter().flat_map(|endpoint| [url(endpoint.url()), url(endpoint.authority())]);
        let certified = rcgen::generate_simple_self_signed(names.collect::<Vec<_>>()).unwrap();
        let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder().with_no_client_auth();
        let config = config.with_single_cert(vec![certified.cert.der().clone()], key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::<Mutex<Vec<Request>>>::default();
        let noted = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, acceptor.clone(), Arc::clone(&noted), token_answer));
            }
        });
        let certificate = Certificate::from_der(certified.cert.der()).unwrap();
        Self { proxy, certificate, requests }
    }

    /// A builder of clients that reach these hosts and no others.
    fn builder(&self, endpoint: &Endpoint) -> ClientBuilder {
        let http = reqwest::Client::builder()
            .proxy(Proxy::all(&self.proxy).unwrap())
            .tls_certs_only([self.certificate.clone()]);
        Client::builder().endpoint(endpoint.clone()).http(http)
    }

    fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

/// One tunnel with one request in it. A failure to read or write is the client's leaving.
async fn serve(
    mut stream: TcpStream,
    acceptor: TlsAcceptor,
    requests: Arc<Mutex<Vec<Request>>>,
    token_answer: (&str, &str),
) -> Option<()> {
    let head = head(&mut BufReader::with_capacity(1, &mut stream)).await?;
    let host = head[0].split(' ').nth(1)?.trim_end_matches(":443").to_owned();
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok()?;
    let mut stream = BufReader::new(acceptor.accept(stream).await.ok()?);
    let head = self::head(&mut stream).await?;
    let header = |name: &str| head.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let mut body = vec![0; header("content-length").map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).await.ok()?;
    let body = String::from_utf8(body).ok()?;
    let form = Url::parse(&format!("form:?{body}")).ok()?.query_pairs().into_owned().collect();
    let authorization = header("authorization").map(str::to_owned);
    let asks_for_token = head[0].starts_with("POST");
    requests.lock().unwrap().push(Request { host, line: head[0].clone(), authorization, form });
    let (status, body) = if asks_for_token { token_answer } else { ("200 OK", STATISTICS) };
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    stream.write_all(answer.as_bytes()).await.ok()?;
    stream.shutdown().await.ok()
}

/// The lines of a head, without the empty one at its end.
async fn head(stream: &mut BufReader<impl AsyncRead + Unpin>) -> Option<Vec<String>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        match line.trim_end() {
            "" => return (!lines.is_empty()).then_some(lines),
            line => lines.push(line.to_owned()),
        }
    }
}

async fn ask(builder: ClientBuilder) -> Result<(), Error> {
    builder.build().unwrap().get_ip_statistics(ADDRESS).send().await.map(drop)
}

fn client_secret() -> AzureCredential {
    AzureCredential::client_secret(TENANT, APP, TOKEN).unwrap()
}

/// The secret goes to the authority of the row and asks for its audience; the token goes to the host of the row.
#[tokio::test]
async fn each_row_of_the_table() {
    let hosts = Hosts::start(("200 OK", GIVEN)).await;
    let mut table = String::new();
    for (index, endpoint) in Endpoint::ALL.iter().enumerate() {
        ask(hosts.builder(endpoint).credential(client_secret())).await.unwrap();
        let requests = hosts.requests();
        let [sign_in, question] = &requests[2 * index..] else { panic!("{requests:?}") };
        assert_eq!(sign_in.line, format!("POST /{TENANT}/oauth2/v2.0/token HTTP/1.1"));
        let form = |name: &str| sign_in.form[name].as_str();
        assert_eq!((form("grant_type"), form("client_id"), form("client_secret")), ("client_credentials", APP, TOKEN));
        assert_eq!((&sign_in.authorization, sign_in.form.len()), (&None, 4));
        assert_eq!(question.authorization.as_deref(), Some("Bearer token-of-entra"));
        let (name, authority, host, scope) = (endpoint.name(), &sign_in.host, &question.host, form("scope"));
        table += &format!("{name}: {host}, signs in at {authority} for {scope}\n");
    }
    insta::assert_snapshot!(table);
}

/// Neither the tools of Azure nor their users can send a secret elsewhere by the environment. This program is run again
/// with one that tries to.
#[test]
fn the_environment_does_not_move_the_authority() {
    let name = concat!(module_path!(), "::each_row_of_the_table");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([name.split_once("::").unwrap().1, "--exact"]).env("AZURE_AUTHORITY_HOST", "https://login.invalid");
    command.env("INSTA_UPDATE", "no");
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
async fn the_app_registration_of_the_environment() {
    let hosts = Hosts::start(("200 OK", GIVEN)).await;
    let variables = [("AZURE_TENANT_ID", TENANT), ("AZURE_CLIENT_ID", APP), ("AZURE_CLIENT_SECRET", TOKEN)];
    let value = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let credential = EnvironmentCredential::from_lookup(value).unwrap();
    ask(hosts.builder(&Endpoint::EU).credential(credential)).await.unwrap();
    let [sign_in, _] = &hosts.requests()[..] else { panic!("two requests are to be made") };
    assert_eq!((sign_in.form["client_id"].as_str(), sign_in.form["client_secret"].as_str()), (APP, TOKEN));
}

/// It shows the token of its service account instead of a secret, to the same authority.
#[tokio::test]
async fn a_workload_identity() {
    let hosts = Hosts::start(("200 OK", GIVEN)).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "token-of-the-service-account").unwrap();
    let credential = AzureCredential::workload_identity_of(TENANT, APP, file.path()).unwrap();
    ask(hosts.builder(&Endpoint::GCC_HIGH).credential(credential)).await.unwrap();
    let [sign_in, _] = &hosts.requests()[..] else { panic!("two requests are to be made") };
    assert_eq!(sign_in.host, "login.microsoftonline.us");
    assert_eq!(sign_in.form["client_assertion"], "token-of-the-service-account");
    assert_eq!(sign_in.form["scope"], "https://api-gov.securitycenter.microsoft.us/.default");
}

/// What Entra says comes through, with what to do about it.
#[tokio::test]
async fn a_refusal() {
    const REFUSAL: &str = r#"{"error":"invalid_client","error_description":"AADSTS7000215: The secret is wrong. Trace ID: t-1 Correlation ID: c-1","error_codes":[7000215],"trace_id":"t-1","correlation_id":"c-1"}"#;
    let hosts = Hosts::start(("401 Unauthorized", REFUSAL)).await;
    let error = ask(hosts.builder(&Endpoint::EU).credential(client_secret())).await.unwrap_err();
    assert_eq!(error.code(), Some("AADSTS7000215"));
    assert_eq!(hosts.requests().len(), 1);
    assert_error("credential-refused-by-entra", &error);
}
