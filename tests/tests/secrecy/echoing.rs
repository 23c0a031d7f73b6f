//! A host to sign in at that repeats what it was sent. It takes TLS, because a secret goes over nothing else.

use std::sync::Arc;

use reqwest::Certificate;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

pub(crate) struct Echoing {
    pub(crate) url: String,
    pub(crate) certificate: Certificate,
}

impl Echoing {
    /// Answers with this status and body, in which `FORM` becomes the body of the request.
    pub(crate) async fn start(status: &'static str, answer: String) -> Self {
        let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder().with_no_client_auth();
        let config = config.with_single_cert(vec![certified.cert.der().clone()], key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let form = form(&mut stream).await;
                let body = answer.replace("FORM", &form);
                let head = format!(
                    "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                // A failure to write is the client's leaving.
                let _ = stream.write_all((head + &body).as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        });
        Self { url, certificate: Certificate::from_der(certified.cert.der()).unwrap() }
    }
}

/// The body of a request, which ends with the scope.
async fn form(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut request = Vec::new();
    while !String::from_utf8_lossy(&request).contains(".default") {
        if stream.read_buf(&mut request).await.unwrap() == 0 {
            break;
        }
    }
    let request = String::from_utf8(request).unwrap();
    request.split_once("\r\n\r\n").unwrap().1.to_owned()
}
