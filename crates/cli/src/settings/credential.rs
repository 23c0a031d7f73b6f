//! As whom to ask.

use mde_client::{ClientBuilder, Endpoint, operations};

use super::Settings;
use crate::Environment;
use crate::exit::{Exit, Stop};

/// Gives the client its credential.
pub(crate) fn sign_in(
    builder: ClientBuilder,
    settings: &Settings,
    environment: &Environment,
) -> Result<ClientBuilder, Stop> {
    let token = environment.get("MDE_TOKEN").ok_or_else(|| no_token(&settings.endpoint.value))?;
    Ok(builder.token(token))
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
