//! Which service is asked, with what token, within which quota.

use std::time::Duration;

use mde_client::{CallOptions, Client, Endpoint, EndpointError, Error, Event, QuotaWindow, operations};
use mde_sandbox::Sandbox;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::args::StatsArguments;
use crate::exit::{Exit, Stop};
use crate::explanation::Explanation;
use crate::quota_flag::QuotaFlag;
use crate::{Console, Environment};

/// A client, ready to ask.
pub(crate) struct Connection {
    pub(crate) client: Client,
    /// The windows by which the client paces its calls.
    pub(crate) quota: Vec<QuotaWindow>,
    /// How long all calls pause, each time that the service throttles.
    pub(crate) pauses: UnboundedReceiver<Duration>,
    /// Runs as long as it is asked.
    _sandbox: Option<Sandbox>,
}

impl Connection {
    pub(crate) async fn open(
        arguments: &StatsArguments,
        environment: &Environment,
        console: &mut Console,
    ) -> Result<Self, Stop> {
        let quota = arguments.quota.as_ref();
        if arguments.sandbox {
            let sandbox = start_sandbox(quota).await?;
            let endpoint = endpoint("the sandbox", sandbox.url())?;
            console.say("the figures come from a sandbox: they are synthetic, and say nothing about any organization");
            return Self::to(endpoint, sandbox.token().to_owned(), quota, Some(sandbox));
        }
        let endpoint = match (&arguments.endpoint, &environment.endpoint) {
            (Some(text), _) => endpoint("--endpoint", text)?,
            (None, Some(text)) => endpoint("MDE_ENDPOINT", text)?,
            (None, None) => Endpoint::COMMERCIAL,
        };
        let token = environment.token.clone().ok_or_else(|| no_token(&endpoint))?;
        Self::to(endpoint, token, quota, None)
    }

    fn to(
        endpoint: Endpoint,
        token: String,
        quota: Option<&QuotaFlag>,
        sandbox: Option<Sandbox>,
    ) -> Result<Self, Stop> {
        let own = quota.map(QuotaFlag::windows).unwrap_or_default();
        // However long a list is, it is asked about to its end.
        let options = CallOptions::new().quota_wait(Duration::MAX);
        let (tell, pauses) = unbounded_channel();
        let observe = move |event: Event<'_>| {
            if let Event::Throttled { pause, .. } = event {
                // Once all is asked, nobody listens any more.
                let _ = tell.send(pause);
            }
        };
        let client = Client::builder().endpoint(endpoint).token(token).quota(own.to_vec());
        let client = client.options(options).observer(observe);
        let unfit = |error: Error| Stop::usage(Explanation::of(&error).to_string());
        let client = client.build().map_err(unfit)?;
        let quota = client.quota(&operations::GET_IP_STATISTICS);
        Ok(Self { client, quota, pauses, _sandbox: sandbox })
    }

    /// The fewest calls that a window of the quota lets through at once.
    pub(crate) fn tightest_window(&self) -> usize {
        let tightest = self.quota.iter().map(QuotaWindow::calls).min();
        tightest.and_then(|calls| usize::try_from(calls).ok()).unwrap_or(usize::MAX)
    }

    /// What records say about where they come from, because a file outlives a terminal.
    pub(crate) fn source(&self) -> Option<&'static str> {
        self.client.endpoint().is_loopback().then_some("sandbox")
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
    let failed = |error: mde_sandbox::StartError| Stop::Told { exit: Exit::Unavailable, message: error.to_string() };
    builder.start().await.map_err(failed)
}

fn endpoint(origin: &str, text: &str) -> Result<Endpoint, Stop> {
    text.parse().map_err(|error: EndpointError| Stop::usage(format!("{origin}: {error}")))
}

fn no_token(endpoint: &Endpoint) -> Stop {
    let permission = operations::GET_IP_STATISTICS.application_permission;
    let permission = permission.map(|permission| format!(" with the permission {}", permission.name));
    let message = format!(
        "there is no token to ask with.\n\
         Set MDE_TOKEN to a bearer token for {}{}.\n\
         Or add --sandbox to see how it works, without a token and with synthetic figures:\n  \
         mde ip stats 8.8.8.8 --sandbox",
        endpoint.audience(),
        permission.unwrap_or_default(),
    );
    Stop::Told { exit: Exit::Credential, message }
}
