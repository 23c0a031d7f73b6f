//! One call, and what its failure means.

use std::net::Ipv4Addr;
use std::time::Duration;

use mde_client::{CallOptions, Client, Error, ErrorKind, operations};

use super::report::Finding;
use super::token::Token;
use crate::exit::Exit;
use crate::explanation::Explanation;
use crate::pace;

/// Set aside for documentation: nobody has this address, so that asking about it tells nobody anything.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

const FOREIGN_BODY: &str = "the service does not answer like this: see what stands between here and there, such as a proxy \
                            that shows a page of its own";

const FREE: &str = "run mde doctor again when a call is free; mde store stats tells how much of the quota is used";

/// Asks once, now or never.
pub(super) async fn check(client: &Client, token: Token) -> Finding {
    let options = CallOptions::new().max_retries(0).quota_wait(Duration::ZERO);
    match client.get_ip_statistics(ADDRESS).options(options).send().await {
        Ok(_) => Finding::ok(format!("the question about {ADDRESS} is answered; it took one call of the quota")),
        Err(error) => failure(&error, token, client.endpoint().is_loopback()),
    }
}

fn failure(error: &Error, token: Token, is_loopback: bool) -> Finding {
    let told = Explanation::of(error);
    let exit = match error.kind() {
        ErrorKind::Throttled if error.status().is_some() => {
            let why = "so the token is good, and the service is there";
            return Finding::of_error(Exit::Unavailable, told).softened(why);
        }
        ErrorKind::Throttled => {
            let when = error.retry_after().map(|wait| format!("; the next call is free in {}", pace::text(wait)));
            let problem = format!("not asked: the quota of this machine is spent{}", when.unwrap_or_default());
            return Finding::warn(problem, FREE);
        }
        ErrorKind::Credential | ErrorKind::Permission => Exit::Credential,
        ErrorKind::Configuration => Exit::Usage,
        _ => Exit::Unavailable,
    };
    let advice = match error.status().map(|status| status.as_u16()) {
        _ if error.body_excerpt().is_some() => Some(FOREIGN_BODY.to_owned()),
        Some(401) if token != Token::Opaque => Some(unauthorized(error, is_loopback).to_owned()),
        Some(403) => forbidden(token),
        _ => None,
    };
    Finding::of_error(exit, Explanation { advice: advice.or(told.advice), problem: told.problem })
}

/// What is left where the token says all that it should.
fn unauthorized(error: &Error, is_loopback: bool) -> &'static str {
    /// Recorded of a tenant without a licence.
    const INACTIVE: &str = "Account mode is inactive";
    match error.message() {
        Some(message) if message.contains(INACTIVE) => {
            "the token is in order, and the tenant is not: see that it has an active licence of Defender for Endpoint"
        }
        _ if is_loopback => {
            "a sandbox takes only the tokens that it has issued itself, since it was started: take the one that it prints"
        }
        _ => {
            "the token says all that it should, so either it was changed on the way, as by pasting, and a new one will do, or \
             the tenant has no active licence of Defender for Endpoint"
        }
    }
}

/// What is left where the token says all that it should.
fn forbidden(token: Token) -> Option<String> {
    let Token::Fit { is_for_user } = token else { return None };
    let role = operations::GET_IP_STATISTICS.delegated_permission.and_then(|permission| permission.user_role);
    Some(match role.filter(|_| is_for_user) {
        Some(role) => format!(
            "the token says all that it should, so it is the user: let an administrator of Defender give the user a role \
             with the permission '{role}'"
        ),
        None => {
            "the token says all that it should, so go by the words of the service, and show them to an administrator \
                 of Defender"
                .to_owned()
        }
    })
}
