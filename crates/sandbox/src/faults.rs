//! Faults: what goes wrong on demand, as if a bad gateway or network stood in front of the service, and on which calls.

pub(crate) mod layer;
mod text;

use std::net::IpAddr;
use std::time::Duration;

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, StatusCode};

/// Headers that delimit answers on a connection.
const OWN_HEADERS: [&str; 2] = ["content-length", "transfer-encoding"];

/// Something that goes wrong with an answer, and on which calls.
///
/// It acts as a bad gateway in front of the service. If the fault itself answers or resets the connection, the call
/// never reaches the service: it needs no token and does not count against the quota. Otherwise the service answers
/// first and counts the call, and the fault changes that answer, be it a 200 or an error.
///
/// ```
/// use mde_sandbox::Fault;
///
/// let fault = Fault::status(503)?.body("not now")?.header("Retry-After", "5")?.next(3)?;
/// assert_eq!(fault, "503 body='not now' header='Retry-After: 5' next=3".parse()?);
/// assert_eq!(fault.to_string(), "status=503 body='not now' header='retry-after: 5' next=3");
/// # Ok::<(), mde_sandbox::FaultError>(())
/// ```
///
/// # Text form
///
/// Words in any order, separated by spaces, each at most once except `header`:
///
/// | word | what goes wrong |
/// | --- | --- |
/// | `status=503`, or just `503` | this status, 200 to 999, instead of the service's answer; without a body, unless one is given |
/// | `body='not now'` | the body of a `status` |
/// | `html=502` | this status and a page in HTML, as gateways have one |
/// | `reset` | the connection is reset instead of an answer |
/// | `content-type=text/plain` | the content type of the answer is this one |
/// | `header='Retry-After: 5'` | the answer has this header, in place of those of the same name; can be repeated |
/// | `truncate=20` | after at most so many bytes of the body the connection is closed, although more are promised |
/// | `address=192.0.2.1` | `ipAddress` in the statistics is this address |
/// | `delay=2s` | the answer, or the reset, comes so much later: a whole number and `ms`, `s`, `m` or `h` |
///
/// | word | on which calls |
/// | --- | --- |
/// | (none) | on each, until [`Sandbox::clear_faults`](crate::Sandbox::clear_faults) |
/// | `next=3` | on the next 3 |
/// | `every=10` | on the 10th, the 20th and so on |
/// | `share=0.1 seed=7` | on a tenth of them, each with that chance: the same ones for the same seed, which is 0 if not given |
/// | `on=operation` | calls of the operation, by whatever method; the default |
/// | `on=token` | calls of the token endpoint, likewise |
/// | `on=both` | either |
///
/// A value with spaces is written in single or double quotes; within them `\\`, `\'`, `\"`, `\n`, `\r` and `\t` stand
/// for a backslash, quotes, line feed, carriage return and tab. A value that does not begin with a quote is taken
/// literally, so that `body={"error":1}` needs none.
///
/// `status`, `html` and `reset` exclude each other, and so do `next`, `every` and `share`. `reset` goes with `delay` only,
/// and `address` only with what changes an answer of the operation.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a fault does nothing until a sandbox has it"]
pub struct Fault {
    source: Source,
    body: String,
    /// At most one content type.
    headers: Vec<(HeaderName, HeaderValue)>,
    address: Option<IpAddr>,
    truncated_to: Option<u64>,
    /// In whole milliseconds.
    delay: Duration,
    calls: Calls,
    on: FaultOn,
}

/// What answers.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Source {
    Service,
    Status(StatusCode),
    Html(StatusCode),
    Reset,
}

/// The calls, of those that a fault sees, to which it applies.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Calls {
    All,
    Next(u32),
    Every(u32),
    Share { share: f64, seed: u64 },
}

/// Which calls a [`Fault`] looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FaultOn {
    /// Those of the one operation of the API, `/api/ips/{ip}/stats`.
    #[default]
    Operation,
    /// Those of the token endpoint, `/{tenant}/oauth2/v2.0/token`.
    Token,
    /// Both.
    Both,
}

/// Why a text, or a combination of methods, is not a [`Fault`].
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultError {
    /// A word is unknown.
    #[error(
        "{word:?} is not a word of a fault: use some of status, html, reset, body, content-type, header, truncate, \
         address, delay, next, every, share, seed and on, such as status=503 next=3"
    )]
    UnknownWord {
        /// The word up to its equals sign.
        word: String,
    },
    /// A word is repeated.
    #[error("{word} is given twice in a fault: leave one out, or write two faults")]
    Repeated {
        /// The word up to its equals sign.
        word: String,
    },
    /// A word has an invalid value, or none.
    #[error("{word:?} is not a valid word of a fault: write {form}")]
    Malformed {
        /// The word with its value.
        word: String,
        /// What is allowed, and an example.
        form: &'static str,
    },
    /// A quoted value does not end where the word does.
    #[error(
        "the quoted value in {word:?} does not end with the word: write the same quote at its end, \\' or \\\" for one \
         within it, and a space behind it, such as body='not now'"
    )]
    Quotes {
        /// The text from the word on.
        word: String,
    },
    /// A backslash in a quoted value is followed by an unknown character.
    #[error("{escape:?} means nothing in quotes: write \\\\, \\', \\\", \\n, \\r or \\t")]
    Escape {
        /// The backslash and what follows it.
        escape: String,
    },
    /// The status is not that of a final answer.
    #[error("{status} is not a status of an answer: choose one from 200 to 999, such as 503")]
    Status {
        /// The number given.
        status: u16,
    },
    /// The fault would never apply.
    #[error("{word}=0 would never apply: write at least 1, such as {word}=3")]
    Never {
        /// `next` or `every`.
        word: &'static str,
    },
    /// A share is not a number from 0 to 1.
    #[error("{share} is not a share of calls: choose a number from 0 to 1, such as 0.1 for a tenth")]
    Share {
        /// The number given.
        share: f64,
    },
    /// A header has a name or a value that HTTP does not allow.
    #[error("{header:?} is not a header: write a name, a colon and a value in ASCII, such as header='Retry-After: 5'")]
    Header {
        /// Name and value.
        header: String,
    },
    /// The header delimits answers on a connection, and the sandbox sets it.
    #[error("{name} cannot be set: the sandbox does that itself; to promise more than is sent, write truncate=20")]
    OwnHeader {
        /// The name in lower case.
        name: String,
    },
    /// Two words that contradict each other.
    #[error("{one} and {other} do not go together: {reason}")]
    Contradiction {
        /// One of the words.
        one: &'static str,
        /// The other.
        other: &'static str,
        /// Why they do not.
        reason: &'static str,
    },
    /// A word that needs another one.
    #[error("{word} needs {needed}: write {form}")]
    Alone {
        /// The word that is there.
        word: &'static str,
        /// The word that is missing.
        needed: &'static str,
        /// An example of both.
        form: &'static str,
    },
    /// The text says on which calls, but not what goes wrong.
    #[error("{text:?} names nothing that goes wrong: add it, such as 503, reset, truncate=20 or delay=2s")]
    Nothing {
        /// The text.
        text: String,
    },
}

impl Fault {
    /// This status instead of the service's answer, without a body unless [`Fault::body`] sets one. There is no content
    /// type either, unless [`Fault::content_type`] sets one.
    ///
    /// # Errors
    ///
    /// [`FaultError::Status`] if the status is not in 200 to 999.
    pub fn status(status: u16) -> Result<Fault, FaultError> {
        final_status(status).map(|status| Fault::of(Source::Status(status)))
    }

    /// This status with an HTML page, as gateways and proxies send one. The wording is ours.
    ///
    /// # Errors
    ///
    /// [`FaultError::Status`] if the status is not in 200 to 999.
    pub fn html(status: u16) -> Result<Fault, FaultError> {
        final_status(status).map(|status| Fault::of(Source::Html(status)))
    }

    /// The connection is reset, and there is no answer.
    pub fn reset() -> Fault {
        Fault::of(Source::Reset)
    }

    /// The service's answer under another content type.
    ///
    /// # Errors
    ///
    /// [`FaultError::Header`] if HTTP allows no such value.
    pub fn wrong_content_type(content_type: &str) -> Result<Fault, FaultError> {
        Fault::of(Source::Service).content_type(content_type)
    }

    /// The service's answer, but `ipAddress` in the statistics is this address, whatever the request asked about.
    /// Errors, which have no such field, are unchanged.
    pub fn wrong_address(address: IpAddr) -> Fault {
        Fault { address: Some(address), ..Fault::of(Source::Service) }
    }

    /// The service's answer, truncated as by [`Fault::truncate`].
    pub fn truncated(bytes: u64) -> Fault {
        Fault { truncated_to: Some(bytes), ..Fault::of(Source::Service) }
    }

    /// The service's answer, delayed as by [`Fault::after`].
    pub fn delayed(delay: Duration) -> Fault {
        Fault::of(Source::Service).after(delay)
    }

    fn of(source: Source) -> Fault {
        Fault {
            source,
            body: String::new(),
            headers: Vec::new(),
            address: None,
            truncated_to: None,
            delay: Duration::ZERO,
            calls: Calls::All,
            on: FaultOn::default(),
        }
    }

    /// The body that comes with [`Fault::status`].
    ///
    /// # Errors
    ///
    /// [`FaultError::Contradiction`] or [`FaultError::Alone`] for any other fault.
    pub fn body(mut self, body: impl Into<String>) -> Result<Fault, FaultError> {
        let contradiction = |other, reason| Err(FaultError::Contradiction { one: "body", other, reason });
        match self.source {
            Source::Status(_) => {
                self.body = body.into();
                Ok(self)
            }
            Source::Html(_) => contradiction("html", "the page is the body"),
            Source::Reset => contradiction("reset", WITHOUT_ANSWER),
            Source::Service => {
                Err(FaultError::Alone { word: "body", needed: "status", form: "status=200 body='not JSON'" })
            }
        }
    }

    /// The content type of the answer.
    ///
    /// # Errors
    ///
    /// [`FaultError::Header`] if HTTP allows no such value, and [`FaultError::Contradiction`] for a reset.
    pub fn content_type(self, content_type: &str) -> Result<Fault, FaultError> {
        let mut fault = self.that_answers("content-type")?;
        let header = header(CONTENT_TYPE.as_str(), content_type)?;
        fault.headers.retain(|(name, _)| name != CONTENT_TYPE);
        fault.headers.push(header);
        Ok(fault)
    }

    /// A header of the answer, which replaces the answer's own of the same name. Several of the same name are all sent,
    /// except the content type, of which the last one counts.
    ///
    /// # Errors
    ///
    /// [`FaultError::Header`] if HTTP allows no such name or value, [`FaultError::OwnHeader`] for
    /// `content-length` and `transfer-encoding`, and [`FaultError::Contradiction`] for a reset.
    pub fn header(self, name: &str, value: &str) -> Result<Fault, FaultError> {
        let mut fault = self.that_answers("header")?;
        let (name, value) = header(name, value)?;
        if OWN_HEADERS.contains(&name.as_str()) {
            return Err(FaultError::OwnHeader { name: name.as_str().to_owned() });
        }
        if name == CONTENT_TYPE {
            fault.headers.retain(|(there, _)| there != name);
        }
        fault.headers.push((name, value));
        Ok(fault)
    }

    /// Closes the connection after so many bytes of the body, although `Content-Length` promises more: the length of
    /// the body, or one byte more than is sent if the body is not longer. An answer that never has a body, such as a
    /// 204, is unchanged.
    ///
    /// # Errors
    ///
    /// [`FaultError::Contradiction`] for a reset.
    pub fn truncate(self, bytes: u64) -> Result<Fault, FaultError> {
        let mut fault = self.that_answers("truncate")?;
        fault.truncated_to = Some(bytes);
        Ok(fault)
    }

    /// Delays the answer by the time of the machine, not by the sandbox's [`Clock`](crate::Clock), in whole
    /// milliseconds, rounded up. Calls on other connections do not wait.
    pub fn after(mut self, delay: Duration) -> Fault {
        let milliseconds = u64::try_from(delay.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
        self.delay = Duration::from_millis(milliseconds);
        self
    }

    /// Applies to the next `calls` calls only.
    ///
    /// # Errors
    ///
    /// [`FaultError::Never`] for 0.
    pub fn next(mut self, calls: u32) -> Result<Fault, FaultError> {
        self.calls = Calls::Next(at_least_one("next", calls)?);
        Ok(self)
    }

    /// Applies to one call in `calls`, first to the `calls`-th.
    ///
    /// # Errors
    ///
    /// [`FaultError::Never`] for 0.
    pub fn every(mut self, calls: u32) -> Result<Fault, FaultError> {
        self.calls = Calls::Every(at_least_one("every", calls)?);
        Ok(self)
    }

    /// Applies to a share of the calls, from 0 to 1. Which calls these are depends on the seed alone.
    ///
    /// # Errors
    ///
    /// [`FaultError::Share`] if the share is not in 0 to 1.
    pub fn share(mut self, share: f64, seed: u64) -> Result<Fault, FaultError> {
        if !(0.0..=1.0).contains(&share) {
            return Err(FaultError::Share { share });
        }
        self.calls = Calls::Share { share, seed };
        Ok(self)
    }

    /// The endpoint whose calls the fault applies to.
    ///
    /// # Errors
    ///
    /// [`FaultError::Contradiction`] for a wrong address on the token endpoint, whose answers name none.
    pub fn on(mut self, on: FaultOn) -> Result<Fault, FaultError> {
        let other = match on {
            FaultOn::Token => "on=token",
            FaultOn::Both => "on=both",
            FaultOn::Operation => "on=operation",
        };
        if self.address.is_some() && on != FaultOn::Operation {
            let reason = "only the operation answers with an address";
            return Err(FaultError::Contradiction { one: "address", other, reason });
        }
        self.on = on;
        Ok(self)
    }

    fn that_answers(self, one: &'static str) -> Result<Fault, FaultError> {
        match self.source {
            Source::Reset => Err(FaultError::Contradiction { one, other: "reset", reason: WITHOUT_ANSWER }),
            _ => Ok(self),
        }
    }
}

const WITHOUT_ANSWER: &str = "there is no answer then";

fn final_status(status: u16) -> Result<StatusCode, FaultError> {
    StatusCode::from_u16(status).ok().filter(|status| !status.is_informational()).ok_or(FaultError::Status { status })
}

/// Spaces around a value are not part of it.
fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), FaultError> {
    let value = value.trim_matches([' ', '\t']);
    HeaderName::from_bytes(name.as_bytes())
        .ok()
        .zip(HeaderValue::from_str(value).ok().filter(|_| value.is_ascii()))
        .ok_or_else(|| FaultError::Header { header: format!("{name}: {value}") })
}

fn at_least_one(word: &'static str, calls: u32) -> Result<u32, FaultError> {
    if calls == 0 { Err(FaultError::Never { word }) } else { Ok(calls) }
}
