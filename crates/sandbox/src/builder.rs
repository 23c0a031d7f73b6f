//! What can be set about a sandbox, and how one starts.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::app::{App, Registration};
use crate::behaviour::Behaviour;
use crate::clock::Clock;
use crate::control;
use crate::events::Events;
use crate::faults::{Fault, Faults};
use crate::journal::Journal;
use crate::page::{self, Page};
use crate::quota::Quota;
use crate::sandbox::Sandbox;
use crate::service::{Service, router};
use crate::serving::{Door, ServingThread, listen};
use crate::tls::Tls;
use crate::tokens::{TokenClaims, Tokens};

/// What to change about a sandbox before it starts. Made by [`Sandbox::builder`].
#[derive(Debug)]
#[must_use = "nothing runs until start() is called"]
pub struct SandboxBuilder {
    listen: SocketAddr,
    quota: Quota,
    events: Option<Events>,
    clock: Clock,
    behaviour: Behaviour,
    apps: Vec<App>,
    faults: Vec<Fault>,
    tls: bool,
    control: Option<SocketAddr>,
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
    /// The system gives us no thread or no event queue, or no certificate could be made.
    #[error("cannot serve on {address}: {reason}")]
    Serve {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        reason: io::Error,
    },
}

impl SandboxBuilder {
    pub(crate) fn new() -> SandboxBuilder {
        SandboxBuilder {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            quota: Quota::default(),
            events: None,
            clock: Clock::system(),
            behaviour: Behaviour::default(),
            apps: App::defaults(),
            faults: Vec::new(),
            tls: false,
            control: None,
        }
    }

    /// Where to listen: a loopback address, IPv4 or IPv6; port 0 is any free one. The default is `127.0.0.1:0`.
    pub fn listen(mut self, address: SocketAddr) -> SandboxBuilder {
        self.listen = address;
        self
    }

    /// How many calls to allow each app. The default is the documented quota, `100/1m,1500/1h`.
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

    /// What to do where documentation and recordings differ or say nothing. The default is [`Behaviour::default`].
    pub fn behaviour(mut self, behaviour: Behaviour) -> SandboxBuilder {
        self.behaviour = behaviour;
        self
    }

    /// Registers another app. An app with the tenant and the client id of one that is there takes its place.
    pub fn app(mut self, app: App) -> SandboxBuilder {
        match self.apps.iter_mut().find(|registered| registered.is(app.tenant(), app.client_id())) {
            Some(registered) => *registered = app,
            None => self.apps.push(app),
        }
        self
    }

    /// Lets something go wrong from the start, as [`Sandbox::inject`] does later. Several faults are injected in the
    /// order in which they are given here.
    pub fn fault(mut self, fault: Fault) -> SandboxBuilder {
        self.faults.push(fault);
        self
    }

    /// Whether to speak TLS (`true`), or http in clear (`false`, the default).
    ///
    /// The certificate is for `localhost`, `127.0.0.1`, `::1` and the address that is listened on, and no clock is
    /// outside its dates. It is made at the start, under an authority that is made for it, whose certificate
    /// [`Sandbox::tls_ca_pem`] gives; clients have to trust that.
    pub fn tls(mut self, tls: bool) -> SandboxBuilder {
        self.tls = tls;
        self
    }

    /// Another address of loopback at which the sandbox can be controlled while it runs, in plain http; port 0 is any
    /// free one. By default there is none.
    ///
    /// `GET /` tells what can be asked: the requests received so far, the faults, and the [`Clock`]. Neither the journal
    /// nor a quota knows of what is asked there. Whoever runs a program on this machine may ask; a page in a browser may not.
    pub fn control(mut self, address: SocketAddr) -> SandboxBuilder {
        self.control = Some(address);
        self
    }

    /// Starts listening. Requests can be sent as soon as this returns.
    ///
    /// # Errors
    ///
    /// [`StartError`] if an address is not a loopback one or is in use, or if the system refuses to listen there or
    /// to start a thread.
    pub async fn start(self) -> Result<Sandbox, StartError> {
        let asked = self.listen;
        let listener = listen(asked)?;
        let serve_error = |reason| StartError::Serve { address: asked, reason };
        let address = listener.local_addr().map_err(serve_error)?;
        let tls = self.tls.then(|| Tls::new(address)).transpose().map_err(serve_error)?;
        let (tls_config, tls_ca_pem) = tls.map(|tls| (tls.config, tls.ca_pem)).unzip();
        let scheme = if self.tls { "https" } else { "http" };
        let url = format!("{scheme}://{address}");

        let register = |app: &App| Arc::new(Registration::new(app.clone(), self.quota.clone()));
        let service = Arc::new(Service {
            events: self.events.unwrap_or_else(|| Events::synthetic(self.clock.now())),
            clock: self.clock,
            behaviour: self.behaviour,
            registrations: self.apps.iter().map(register).collect(),
            tokens: Tokens::new(url.clone()),
            faults: Faults::new(self.faults),
            journal: Journal::default(),
            received: AtomicU64::new(0),
        });
        let token = service.issue(TokenClaims::valid());

        let page = page::routes(Page { scheme, token: token.clone(), apps: self.apps.clone() });
        let door = Door { listener, routes: router(Arc::clone(&service)).merge(page), tls: tls_config };
        let control = self.control.map(|asked| control::door(asked, Arc::clone(&service))).transpose()?;
        let (control_door, control_url) = control.unzip();
        let doors = [door].into_iter().chain(control_door).collect();
        let thread = Some(ServingThread::start(doors).await.map_err(serve_error)?);
        Ok(Sandbox { address, url, tls_ca_pem, control_url, apps: self.apps, token, service, thread })
    }
}
