//! A running sandbox, and how to start one.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread;

use axum::Router;
use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::events::Events;
use crate::journal::{Journal, ReceivedRequest};
use crate::permits::Permits;
use crate::quota::Quota;
use crate::service::{Service, router};
use crate::tokens::{TokenClaims, Tokens};

/// A service that runs until it is dropped.
///
/// It has a thread of its own, so that it answers even while the runtime that started it is blocked. Any number can
/// run in one process; they share nothing.
pub struct Sandbox {
    address: SocketAddr,
    url: String,
    token: String,
    service: Arc<Service>,
    thread: Option<ServingThread>,
}

struct ServingThread {
    /// Dropped to end the thread.
    stop: oneshot::Sender<()>,
    handle: thread::JoinHandle<()>,
}

/// What to change about a sandbox before it starts. Made by [`Sandbox::builder`].
#[derive(Debug)]
#[must_use = "nothing runs until start() is called"]
pub struct SandboxBuilder {
    listen: SocketAddr,
    quota: Quota,
    events: Option<Events>,
    clock: Clock,
    clip_times_to_window: bool,
}

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address can be reached from other machines.
    #[error(
        "the sandbox does not listen on {address}, only on loopback such as 127.0.0.1:0: it hands out tokens to \
         anybody, and its figures are made up"
    )]
    NotLoopback {
        /// The address that was asked for.
        address: SocketAddr,
    },
    /// Something else listens there.
    #[error("{address} is in use already: choose another port, or port 0 for any free one")]
    InUse {
        /// The address that was asked for.
        address: SocketAddr,
    },
    /// The system does not let us listen there.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        reason: io::Error,
    },
    /// The system gives us no thread or no event queue.
    #[error("cannot serve on {address}: {reason}")]
    Serve {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        reason: io::Error,
    },
}

impl Sandbox {
    /// Starts a sandbox with everything as [`Sandbox::builder`] sets it.
    ///
    /// # Errors
    ///
    /// [`StartError`] if the system has no free port or no thread left.
    pub async fn start() -> Result<Sandbox, StartError> {
        Sandbox::builder().start().await
    }

    /// The settings of a sandbox: any free port of 127.0.0.1, the documented quota, the system's clock, a synthetic
    /// fleet, and times that are not clipped to the look-back window.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            quota: Quota::default(),
            events: None,
            clock: Clock::system(),
            clip_times_to_window: false,
        }
    }

    /// Where it listens, such as `http://127.0.0.1:41234`, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it listens, with the port that was found if 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A bearer token that may ask, one with [`TokenClaims::valid`]. It does not expire.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Issues another token, known to this sandbox only. It does not expire.
    ///
    /// It has the form of a JWT, unsigned, with the claims `aud`, `roles`, `tid`, `appid` and `ver` of a real app
    /// token (recorded). All tokens are of one tenant and one app, and so share the quota.
    pub fn issue_token(&self, claims: TokenClaims) -> String {
        self.service.tokens.issue(claims, &self.url)
    }

    /// The latest 10,000 requests, in the order in which they were answered. A request is among them before its
    /// answer is sent. What is not HTTP never becomes a request.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.service.journal.requests()
    }
}

/// Closes the port and all connections before it returns.
impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(ServingThread { stop, handle }) = self.thread.take() {
            drop(stop);
            // The thread could only have panicked, and then it serves no more either.
            let _ = handle.join();
        }
    }
}

/// Without the token.
impl fmt::Debug for Sandbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sandbox").field("url", &self.url).field("token", &"<redacted>").finish_non_exhaustive()
    }
}

impl SandboxBuilder {
    /// Where to listen: a loopback address, IPv4 or IPv6; port 0 is any free one. The default is `127.0.0.1:0`.
    pub fn listen(mut self, address: SocketAddr) -> SandboxBuilder {
        self.listen = address;
        self
    }

    /// How many calls to allow. The default is the documented quota, `100/1m,1500/1h`.
    pub fn quota(mut self, quota: Quota) -> SandboxBuilder {
        self.quota = quota;
        self
    }

    /// What to compute answers from. The default is [`Events::synthetic`] at the time of the start by the
    /// sandbox's clock.
    pub fn events(mut self, events: Events) -> SandboxBuilder {
        self.events = Some(events);
        self
    }

    /// What time it is. The default is [`Clock::system`].
    pub fn clock(mut self, clock: Clock) -> SandboxBuilder {
        self.clock = clock;
        self
    }

    /// Whether `orgFirstSeen` and `orgLastSeen` are those within the look-back window (`true`), or within the past
    /// 30 days whatever the window (`false`, the default).
    ///
    /// The documented example asks for 48 hours and shows times 30 days apart, which speaks for the default. What
    /// the live service does is not known, which is why this can be set.
    pub fn clip_times_to_window(mut self, clip: bool) -> SandboxBuilder {
        self.clip_times_to_window = clip;
        self
    }

    /// Starts listening. Requests can be sent as soon as this returns.
    ///
    /// # Errors
    ///
    /// [`StartError`] if the address is not a loopback one or is in use, or if the system refuses to listen there or
    /// to start a thread.
    pub async fn start(self) -> Result<Sandbox, StartError> {
        let asked = self.listen;
        let listener = listen(asked)?;
        let serve_error = |reason| StartError::Serve { address: asked, reason };
        let address = listener.local_addr().map_err(serve_error)?;
        let url = format!("http://{address}");

        let events = self.events.unwrap_or_else(|| Events::synthetic(self.clock.now()));
        let service = Arc::new(Service {
            events,
            clock: self.clock,
            clip_times_to_window: self.clip_times_to_window,
            permits: Permits::new(self.quota),
            tokens: Tokens::default(),
            journal: Journal::default(),
            received: AtomicU64::new(0),
        });
        let token = service.tokens.issue(TokenClaims::valid(), &url);

        let routes = router(Arc::clone(&service));
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = oneshot::channel();
        let handle = thread::Builder::new()
            .name("mde-sandbox".to_owned())
            .spawn(move || serve(listener, routes, ready, stopped))
            .map_err(serve_error)?;
        is_ready
            .await
            .unwrap_or_else(|_| Err(io::Error::other("the thread of the sandbox ended")))
            .map_err(serve_error)?;
        Ok(Sandbox { address, url, token, service, thread: Some(ServingThread { stop, handle }) })
    }
}

fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    if !address.ip().to_canonical().is_loopback() {
        return Err(StartError::NotLoopback { address });
    }
    TcpListener::bind(address).and_then(|listener| listener.set_nonblocking(true).map(|()| listener)).map_err(
        |reason| match reason.kind() {
            io::ErrorKind::AddrInUse => StartError::InUse { address },
            _ => StartError::Listen { address, reason },
        },
    )
}

/// Serves until the other end of `stopped` is dropped. The runtime goes with this function, and all connections go
/// with the runtime: waiting for them to end would wait for whoever holds one open.
fn serve(
    listener: TcpListener,
    routes: Router,
    ready: oneshot::Sender<io::Result<()>>,
    stopped: oneshot::Receiver<()>,
) {
    let started = tokio::runtime::Builder::new_current_thread().enable_all().build().and_then(|runtime| {
        let within = runtime.enter();
        let listener = tokio::net::TcpListener::from_std(listener)?;
        drop(within);
        Ok((runtime, listener))
    });
    match started {
        Ok((runtime, listener)) => {
            runtime.spawn(axum::serve(listener, routes).into_future());
            // Nobody waits for a start that was given up.
            let _ = ready.send(Ok(()));
            // Nothing is ever sent: it ends with an error, when the sandbox is dropped.
            let _ = runtime.block_on(stopped);
        }
        Err(reason) => {
            let _ = ready.send(Err(reason));
        }
    }
}
