//! An answer in pages, each of which links to the next one.

use std::collections::HashSet;
use std::fmt;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use futures_util::{StreamExt, stream};
use reqwest::StatusCode;

use crate::call::{Call, send};
use crate::next_page::{BadLink, NextPage};
use crate::redact::Redactor;
use crate::response::Mismatch;
use crate::transport;
use crate::{CallOptions, Client, Error, ErrorKind, Operation, Response};

/// The pages of an answer, as a [`Stream`]: each with the link to the next one, `@odata.nextLink`, except for the last.
///
/// - A page is asked for when the stream is polled, after the one before it was taken. Nothing runs in the background.
/// - Each page is a call of its own: with a permit of the quota, retries, time limits, status and request id. It waits for
///   the quota as long as it takes, if neither its options nor those of the client set a limit.
/// - A link is followed to the endpoint of the client only: its scheme, host and port must be those of the endpoint, and
///   its path must be below that of the endpoint's URL. Its path and its query are sent there. A link to any other host
///   is an error that names the host, of the kind [`Decode`](ErrorKind::Decode), because the token would go along.
/// - Pages that link in a circle end as an error when a link comes a second time. Memory grows with the links.
/// - The first error is the last item. What came before it is good; a page cannot be asked for again, except by a new stream
///   from the first one on.
#[must_use = "no call is made before the stream is polled"]
pub struct PageStream<T>(Pin<Box<dyn Stream<Item = Result<Response<T>, Error>> + Send>>);

impl<T> Stream for PageStream<T> {
    type Item = Result<Response<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

impl<T> fmt::Debug for PageStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageStream").finish_non_exhaustive()
    }
}

/// An answer that may link to another one.
pub(crate) trait Page {
    /// The link to the next page; none on the last one.
    fn next_link(&self) -> Option<&str>;
}

/// Makes a call, and one more for each page that is linked to.
pub(crate) fn pages<C>(client: Client, call: C, options: CallOptions) -> PageStream<C::Answer>
where
    C: Call<Answer: Page> + Send + 'static,
{
    let patient = CallOptions::new().quota_wait(Duration::MAX);
    let options = options.or(client.options()).or(patient);
    let reader = Reader { client, call, options, links: HashSet::new(), next: Next::First };
    // Fused, because it panics where it is polled after its end.
    PageStream(Box::pin(stream::unfold(reader, Reader::step).fuse()))
}

/// How far the pages are read.
struct Reader<C> {
    client: Client,
    call: C,
    options: CallOptions,
    /// Each link that was followed.
    links: HashSet<NextPage>,
    next: Next,
}

/// What the stream gives next.
enum Next {
    First,
    Page(NextPage),
    Error(Error),
    Nothing,
}

impl<C: Call<Answer: Page>> Reader<C> {
    async fn step(mut self) -> Option<(Result<Response<C::Answer>, Error>, Self)> {
        let result = match mem::replace(&mut self.next, Next::Nothing) {
            Next::First => send(&self.client, &self.call, self.options).await,
            Next::Page(page) => send(&self.client, &Later { call: &self.call, page }, self.options).await,
            Next::Error(error) => Err(error),
            Next::Nothing => return None,
        };
        if let Ok(response) = &result {
            self.next = match self.after(response) {
                Next::Error(error) => Next::Error(self.without_secrets(error).await),
                next => next,
            };
        }
        Some((result, self))
    }

    /// What comes after a page.
    fn after(&mut self, page: &Response<C::Answer>) -> Next {
        let Some(link) = page.next_link() else { return Next::Nothing };
        let fault = match NextPage::of(self.client.endpoint(), link) {
            Ok(next) if self.links.insert(next.clone()) => return Next::Page(next),
            Ok(_) => link_in_a_circle(),
            Err(bad) => link_not_followed(bad, self.client.endpoint().url()),
        };
        let fault = fault.with_answer(page.status(), page.request_id().map(str::to_owned));
        Next::Error(fault.during(C::OPERATION).after(page.attempts(), page.client_request_id()))
    }

    /// The link may repeat the token. The one at hand is that of the page, or one that replaced it.
    async fn without_secrets(&self, error: Error) -> Error {
        match self.client.tokens().token(self.client.token_request()).await {
            Ok(token) => error.without_secrets(token.redactor()),
            Err(_) => error.without_secrets(&Redactor::for_unknown()),
        }
    }
}

fn link_in_a_circle() -> Error {
    Error::new(ErrorKind::Decode, "the answer links to a page that was read before").with_advice(
        "the pages so far may not be all of them; if it comes again, report it to the support of the service",
    )
}

fn link_not_followed(bad: BadLink, endpoint: &str) -> Error {
    let (problem, advice) = match bad {
        BadLink::Elsewhere(place) => (
            format!("the answer links its next page to {place}, and not to {endpoint}"),
            "no token goes to a host that an answer names; if it is a host of the service, ask that one from the first \
             page on",
        ),
        BadLink::Outside(path) => (
            format!("the answer links its next page to the path {path:?}, which is not below {endpoint}"),
            "check that the gateway translates the links in the answers of the service",
        ),
        BadLink::NotAUrl(reason) => (
            format!("the answer links its next page by what is not a URL: {reason}"),
            "if it comes again, report it to the support of the service",
        ),
    };
    Error::new(ErrorKind::Decode, problem).with_advice(advice)
}

/// The same call, sent to where a later page is.
#[derive(Debug)]
struct Later<'a, C> {
    call: &'a C,
    page: NextPage,
}

impl<C: Call> Call for Later<'_, C> {
    type Answer = C::Answer;

    const OPERATION: &'static Operation = C::OPERATION;

    const SUCCESS: StatusCode = C::SUCCESS;

    async fn attempt(&self, context: &transport::Context) -> Option<Self::Answer> {
        self.call.attempt(&context.at(self.page.clone())).await
    }

    fn check_response(&self, answer: &Self::Answer) -> Result<(), Mismatch> {
        self.call.check_response(answer)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::sync::{Arc, Mutex};

    use reqwest::header::ACCEPT;
    use serde::Deserialize;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    const TOKEN: &str = "secret-token-of-the-tests";

    #[derive(Debug, Deserialize)]
    struct Letters {
        value: Vec<String>,
        next: Option<String>,
    }

    impl Page for Letters {
        fn next_link(&self) -> Option<&str> {
            self.next.as_deref()
        }
    }

    #[derive(Debug)]
    struct ListLetters;

    impl Call for ListLetters {
        type Answer = Letters;

        const OPERATION: &'static Operation = &crate::operations::GET_IP_STATISTICS;

        async fn attempt(&self, context: &transport::Context) -> Option<Letters> {
            let request = context.http().get(format!("{}/letters?first", context.base_url()));
            let request = request.header(ACCEPT, "application/json").build().ok()?;
            transport::execute(context, request).await.json().await.ok()
        }

        fn check_response(&self, _: &Letters) -> Result<(), Mismatch> {
            Ok(())
        }
    }

    /// The items of the stream from a server with these answers, whose `URL` is that of the server, and what it was asked.
    async fn read(answers: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answers: Vec<_> =
            answers.iter().map(|(status, body)| (status.to_string(), body.replace("URL", &url))).collect();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let by_server = Arc::clone(&asked);
        let server = tokio::spawn(async move {
            for (status, body) in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await.unwrap());
                }
                let head = String::from_utf8(head).unwrap().to_lowercase();
                assert!(head.contains(&format!("authorization: bearer {TOKEN}")), "{head}");
                by_server.lock().unwrap().push(head.lines().next().unwrap().to_owned());
                let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
                stream.write_all((head + &body).as_bytes()).await.unwrap();
            }
        });
        let client = Client::builder().endpoint(url.as_str()).token(TOKEN).random_seed(1).build().unwrap();
        let mut pages = pages(client, ListLetters, CallOptions::new());
        let mut items = Vec::new();
        while let Some(page) = pages.next().await {
            items.push(match page {
                Ok(page) => format!("{} in {}", page.value.concat(), page.attempts()),
                Err(error) => error.to_string().replace(&url, "URL"),
            });
        }
        assert!(pages.next().await.is_none());
        server.abort();
        let asked = asked.lock().unwrap().clone();
        (items, asked)
    }

    #[tokio::test]
    async fn each_page_is_asked_for_where_the_one_before_it_links_to_and_again_where_that_fails() {
        let (items, asked) = read(&[
            ("200 OK", r#"{"value": ["a", "b"], "next": "URL/letters?$skip=2"}"#),
            ("503 Service Unavailable", ""),
            ("200 OK", r#"{"value": [], "next": "URL/other?$skiptoken=a%2Fb"}"#),
            ("200 OK", r#"{"value": ["c"]}"#),
        ])
        .await;
        assert_eq!(items, ["ab in 1", " in 2", "c in 1"]);
        let expected = ["/letters?first", "/letters?$skip=2", "/letters?$skip=2", "/other?$skiptoken=a%2fb"];
        assert_eq!(asked, expected.map(|path| format!("get {path} http/1.1")));
    }

    #[tokio::test]
    async fn a_link_to_another_host_ends_the_pages_and_does_not_repeat_the_token() {
        let link = format!(r#"{{"value": ["a"], "next": "https://{TOKEN}.example/letters"}}"#);
        for (link, host) in [
            (r#"{"value": ["a"], "next": "https://evil.example/letters"}"#, "https://evil.example"),
            (link.as_str(), "https://(hidden).example"),
        ] {
            let (items, asked) = read(&[("200 OK", link), ("200 OK", r#"{"value": ["b"]}"#)]).await;
            assert_eq!((items[0].as_str(), items.len(), asked.len()), ("a in 1", 2, 1));
            let problem = format!("getIPStatistics: the answer links its next page to {host}, and not to URL\n");
            assert!(items[1].starts_with(&problem), "{}", items[1]);
        }
    }

    #[tokio::test]
    async fn pages_in_a_circle_end() {
        let page = ("200 OK", r#"{"value": ["a"], "next": "URL/letters?again"}"#);
        let (items, asked) = read(&[page, page, page]).await;
        assert_eq!((items.len(), asked.len()), (3, 2));
        assert!(items[2].contains("links to a page that was read before"), "{}", items[2]);
    }

    #[tokio::test]
    async fn a_page_that_is_refused_is_the_last_item() {
        let first = ("200 OK", r#"{"value": ["a"], "next": "URL/letters?$skip=1"}"#);
        let (items, asked) = read(&[first, ("403 Forbidden", ""), first]).await;
        assert_eq!((items[0].as_str(), items.len(), asked.len()), ("a in 1", 2, 2));
        assert!(items[1].contains("403 Forbidden"), "{}", items[1]);
    }
}
