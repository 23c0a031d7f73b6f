//! A client that is ready to call: endpoint, credential, quota.

use std::sync::Arc;
use std::time::Duration;

use mde_client::{
    CallOptions, Client, ClientBuilder, Endpoint, EndpointError, Error, Event, QuotaLedger, QuotaWindow, operations,
};
use mde_sandbox::Sandbox;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::config::{Settings, credential};
use crate::console::Console;
use crate::environment::Environment;
use crate::exit::{ErrorText, Exit, Stop};
use crate::quota::QuotaFlag;

/// Why calls wait, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wait {
    /// The service throttles.
    Throttled(Duration),
    /// The quota is used up.
    Quota(Duration),
}

/// A client, ready to ask.
pub(crate) struct Connection {
    pub(crate) client: Client,
    /// The windows by which the client paces its calls.
    pub(crate) quota: Vec<QuotaWindow>,
    /// What calls wait for, as it comes.
    pub(crate) waits: UnboundedReceiver<Wait>,
    /// Runs as long as it is asked.
    _sandbox: Option<Sandbox>,
}

impl Connection {
    /// To the endpoint of the settings, with their credential, and with this ledger or one of its own.
    pub(crate) fn open(
        settings: &Settings,
        environment: &Environment,
        ledger: Option<Arc<dyn QuotaLedger>>,
    ) -> Result<Self, Stop> {
        let builder = environment.adapt_client(Client::builder().endpoint(settings.endpoint.value.clone()));
        let builder = credential::sign_in(builder, settings, environment)?;
        Self::of(builder, settings, ledger, None)
    }

    /// To a sandbox that runs as long as the connection.
    pub(crate) async fn to_sandbox(
        settings: &Settings,
        console: &mut Console,
        ledger: Option<Arc<dyn QuotaLedger>>,
    ) -> Result<Self, Stop> {
        let sandbox = start_sandbox(settings.quota.as_ref().map(|quota| &quota.value)).await?;
        let endpoint = endpoint("the sandbox", sandbox.url())?;
        console.notify("the figures come from a sandbox: they are synthetic, and are not about any organization");
        let builder = Client::builder().endpoint(endpoint).token(sandbox.token());
        Self::of(builder, settings, ledger, Some(sandbox))
    }

    fn of(
        builder: ClientBuilder,
        settings: &Settings,
        ledger: Option<Arc<dyn QuotaLedger>>,
        sandbox: Option<Sandbox>,
    ) -> Result<Self, Stop> {
        let own = settings.quota.as_ref().map(|quota| quota.value.windows()).unwrap_or_default();
        // However long a list is, it is asked about to its end.
        let options = CallOptions::new().quota_wait(Duration::MAX);
        let (tell, waits) = unbounded_channel();
        let observe = move |event: Event<'_>| {
            let wait = match event {
                Event::Throttled { pause, .. } => Wait::Throttled(pause),
                Event::QuotaWait { wait: Some(wait), .. } => Wait::Quota(wait),
                _ => return,
            };
            // The receiver is gone once the run is over.
            let _ = tell.send(wait);
        };
        let builder = builder.quota(own.to_vec()).options(options).observer(observe);
        let builder = match ledger {
            Some(ledger) => builder.quota_ledger(ledger),
            None => builder,
        };
        let unfit = |error: Error| Stop::usage(ErrorText::of(&error).to_string());
        let client = builder.build().map_err(unfit)?;
        let quota = client.quota(&operations::GET_IP_STATISTICS);
        Ok(Self { client, quota, waits, _sandbox: sandbox })
    }
}

/// With the quota that the client keeps, so that neither a wider nor a tighter one is refused.
async fn start_sandbox(quota: Option<&QuotaFlag>) -> Result<Sandbox, Stop> {
    let mut builder = Sandbox::builder();
    if let Some(quota) = quota {
        let quota =
            quota.to_string().parse().map_err(|error: mde_sandbox::QuotaError| Stop::usage(error.to_string()))?;
        builder = builder.quota(quota);
    }
    let failed = |error: mde_sandbox::StartError| Stop::Failed { exit: Exit::Unavailable, message: error.to_string() };
    builder.start().await.map_err(failed)
}

fn endpoint(origin: &str, text: &str) -> Result<Endpoint, Stop> {
    text.parse().map_err(|error: EndpointError| Stop::usage(format!("{origin}: {error}")))
}

/// The `source` of records: a file must show that its figures are synthetic.
pub(crate) fn source(endpoint: &Endpoint) -> Option<&'static str> {
    endpoint.is_loopback().then_some("sandbox")
}
