//! A server that answers a question when the test says so.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub(super) struct Gated {
    url: String,
    questions: Arc<Mutex<Questions>>,
    server: JoinHandle<()>,
}

#[derive(Default)]
struct Questions {
    /// About which addresses, in the order in which they came.
    asked: Vec<IpAddr>,
    /// Those that wait for their answer.
    open: HashMap<IpAddr, oneshot::Sender<String>>,
    most_open: usize,
    /// How many were taken back before they were answered.
    taken_back: usize,
}

impl Gated {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let questions = Arc::<Mutex<Questions>>::default();
        let of_server = Arc::clone(&questions);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&of_server)));
            }
        });
        Self { url, questions, server }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn asked(&self) -> Vec<IpAddr> {
        self.questions().asked.clone()
    }

    pub(super) fn open(&self) -> usize {
        self.questions().open.len()
    }

    pub(super) fn most_open(&self) -> usize {
        self.questions().most_open
    }

    pub(super) fn taken_back(&self) -> usize {
        self.questions().taken_back
    }

    pub(super) fn answer(&self, ip: IpAddr) {
        let body = format!(r#"{{"ipAddress":"{ip}","organizationPrevalence":1}}"#);
        self.write(ip, "200 OK", &body);
    }

    pub(super) fn refuse(&self, ip: IpAddr) {
        self.write(ip, "400 Bad Request", "");
    }

    fn write(&self, ip: IpAddr, status: &str, body: &str) {
        let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-type: application/json\r\n");
        let answer = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
        self.questions().open.remove(&ip).unwrap().send(answer).unwrap();
    }

    fn questions(&self) -> MutexGuard<'_, Questions> {
        self.questions.lock().unwrap()
    }
}

impl Drop for Gated {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(mut stream: TcpStream, questions: Arc<Mutex<Questions>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let ip: IpAddr = head.split('/').nth(3).unwrap().parse().unwrap();
    let (sender, answer) = oneshot::channel();
    {
        let mut questions = questions.lock().unwrap();
        questions.asked.push(ip);
        let other = questions.open.insert(ip, sender);
        assert!(other.is_none(), "{ip} is asked about twice at once");
        questions.most_open = questions.most_open.max(questions.open.len());
    }
    tokio::select! {
        answer = answer => {
            // A failure to write is the client's leaving, which is the test's matter.
            let _ = stream.write_all(answer.unwrap().as_bytes()).await;
            let _ = stream.shutdown().await;
        }
        _ = stream.read_u8() => {
            let mut questions = questions.lock().unwrap();
            questions.taken_back += 1;
            questions.open.remove(&ip);
        }
    }
}
