//! Whether there is a token, whether its claims are what a call needs, and one call with it.

use std::io;
use std::net::Ipv4Addr;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, SecondsFormat, Utc};
use mde_client::{CallOptions, Client, Endpoint, Error, ErrorKind, Permission, TokenClaims, operations};

use super::report::{Finding, Report};
use crate::config::{CredentialRef, Settings};
use crate::duration::{rounded_to_days, rounded_up};
use crate::exit::{ErrorText, Exit};

/// How long a credential may take. One that starts another program takes some seconds.
const CREDENTIAL_TIMEOUT: Duration = Duration::from_secs(60);

/// By how much clocks may differ without a token being refused for that.
const TOLERABLE: Duration = Duration::from_secs(5 * 60);

/// What is known of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// There is none.
    Missing,
    /// A call with it is bound to fail.
    Unfit,
    /// It cannot be read.
    Opaque,
    /// It says all that it should, for an app that acts for itself or for a user.
    Fit { is_for_user: bool },
}

/// By the hosts' clock, which is this much ahead of ours, in seconds, as far as is known.
pub(super) async fn check(
    client: &Client,
    settings: &Settings,
    ahead: Option<i64>,
    report: &mut Report<'_>,
) -> io::Result<Token> {
    let claims = match tokio::time::timeout(CREDENTIAL_TIMEOUT, client.token_claims()).await {
        Err(_) => {
            let problem = format!("the credential has given no token within {CREDENTIAL_TIMEOUT:?}");
            let fix = "check the network, and the program or the service that gives the token";
            report.tell("token", Finding::fail(Exit::Unavailable, problem, fix))?;
            return Ok(Token::Missing);
        }
        Ok(Err(error)) => {
            report.tell("token", Finding::of_error(Exit::of_error(&error), ErrorText::of(&error)))?;
            return Ok(Token::Missing);
        }
        Ok(Ok(None)) => {
            let fix = "none needed if the call below is answered; if it is refused, look at what was given as a token: it \
                       should be three texts with dots between";
            report
                .tell("token", Finding::warn("obtained, but it is no JWT, so that nothing can be read in it", fix))?;
            return Ok(Token::Opaque);
        }
        Ok(Ok(Some(claims))) => claims,
    };
    report.tell("token", Finding::ok(whose(&claims)))?;
    let now = now(ahead);
    let findings = [
        ("audience", audience(&claims, client.endpoint())),
        ("tenant", tenant(&claims, settings)),
        ("permission", permission(&claims, settings)),
        ("lifetime", lifetime(&claims, now)),
    ];
    let mut token = Token::Fit { is_for_user: claims.is_for_user };
    for (check, finding) in findings {
        if finding.is_failure() {
            token = Token::Unfit;
        }
        report.tell(check, finding)?;
    }
    Ok(token)
}

fn whose(claims: &TokenClaims) -> String {
    let app = claims.app.as_ref().map(|app| format!(" {app}")).unwrap_or_default();
    match claims.is_for_user {
        true => format!("obtained, for a user of the app{app}"),
        false => format!("obtained, for the app{app}, which acts for itself"),
    }
}

fn audience(claims: &TokenClaims, endpoint: &Endpoint) -> Finding {
    let needed = endpoint.audience();
    let fix = format!("get a token with the scope {needed}/.default");
    if claims.audiences.is_empty() {
        return Finding::fail(Exit::Credential, "the token does not say what it is for", fix);
    }
    if claims.audiences.iter().any(|audience| audience == needed) {
        return Finding::ok(needed);
    }
    let given = claims.audiences.join(", ");
    if claims.audiences.iter().any(|audience| audience.trim_end_matches('/') == needed) {
        return Finding::warn(
            format!("{given}, with a slash at the end, which may be refused"),
            format!("{fix}, with one slash before .default"),
        );
    }
    let of_other_cloud =
        Endpoint::ALL.iter().find(|other| claims.audiences.iter().any(|given| given == other.audience()));
    let fix = match of_other_cloud {
        Some(other) => format!("{fix}\nOr, if the tenant is in that cloud, ask its host: --endpoint {}", other.name()),
        None => fix,
    };
    let host = endpoint.url().trim_start_matches("https://");
    let remark = match claims.audiences.iter().any(|audience| audience.ends_with(host)) {
        true => "; the name of the host is not the audience here",
        false => "",
    };
    Finding::fail(Exit::Credential, format!("the token is for {given}, and not for {needed}{remark}"), fix)
}

/// Compared only with an id: which tenant a domain is of is not known here.
fn tenant(claims: &TokenClaims, settings: &Settings) -> Finding {
    let Some(given) = &claims.tenant else { return Finding::skip("the token does not say") };
    let configured = settings.tenant.as_ref().filter(|tenant| is_id(&tenant.value));
    match configured {
        Some(tenant) if !tenant.value.eq_ignore_ascii_case(given) => Finding::warn(
            format!("{given}, but {} says {}: the answers would be about the former", tenant.origin, tenant.value),
            "get a token of the tenant that is meant, or name that of the token",
        ),
        _ => Finding::ok(given),
    }
}

fn is_id(tenant: &str) -> bool {
    let groups: Vec<_> = tenant.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && tenant.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

fn permission(claims: &TokenClaims, settings: &Settings) -> Finding {
    let operation = operations::GET_IP_STATISTICS;
    let (needed, given, claim) = match claims.is_for_user {
        true => (operation.delegated_permission, &claims.scopes, "scopes"),
        false => (operation.application_permission, &claims.roles, "roles"),
    };
    let Some(needed) = needed else { return Finding::skip("none is needed") };
    if given.iter().any(|given| given == needed.name) {
        return Finding::ok(format!("{} is among its {claim}", needed.name));
    }
    let problem = match given.as_slice() {
        [] => format!("the token lacks {}: it names no {claim} at all", needed.name),
        given => format!("the token lacks {}: its {claim} are {}", needed.name, given.join(", ")),
    };
    Finding::fail(Exit::Credential, problem, grant(claims, settings, &needed))
}

/// The way through the portal, as Microsoft documents it, unless the app is none that is registered there.
fn grant(claims: &TokenClaims, settings: &Settings, needed: &Permission) -> String {
    let Permission { name, display_name, .. } = needed;
    match settings.credential.as_ref().map(|credential| &credential.value) {
        Some(CredentialRef::AzureCli) if claims.is_for_user => {
            return "the token is of the Azure CLI's app, which is no app registration of yours: sign in as one of your own, by \
                    AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or by a profile"
                .to_owned();
        }
        Some(CredentialRef::ManagedIdentity) => {
            return format!(
                "assign the app role {name} to the service principal of the identity, then get a new token"
            );
        }
        _ => {}
    }
    let app = claims.app.as_ref().map(|app| format!(" (client id {app})")).unwrap_or_default();
    let kind = if claims.is_for_user { "Delegated permissions" } else { "Application permissions" };
    format!(
        "Microsoft Entra admin center > App registrations > the app{app} > API permissions > Add a permission > APIs my \
         organization uses > WindowsDefenderATP > {kind} > {name} ({display_name})\n\
         On the same page, an administrator has to press \"Grant admin consent\".\n\
         Then get a new token: the permission is in none that was issued before."
    )
}

fn lifetime(claims: &TokenClaims, now: SystemTime) -> Finding {
    let fix = "get a new token; one of an app registration is renewed by itself where mde signs in with its secret";
    if let Some(wait) = claims.not_before.and_then(|moment| moment.duration_since(now).ok())
        && !wait.is_zero()
    {
        let problem = format!("the token is not good before {}, in {}", when(claims.not_before), rounded_to_days(wait));
        let fix = "wait, or check the clock of the machine that issued it";
        return match wait < TOLERABLE {
            true => Finding::warn(problem, fix),
            false => Finding::fail(Exit::Credential, problem, fix),
        };
    }
    let Some(end) = claims.expires_at else {
        return Finding::warn("the token does not say when it expires", "none needed where it is meant to last");
    };
    match end.duration_since(now) {
        Err(since) => {
            let problem =
                format!("the token has expired at {}, {} ago", when(Some(end)), rounded_to_days(since.duration()));
            Finding::fail(Exit::Credential, problem, fix)
        }
        Ok(left) => Finding::ok(format!("good until {}{}", when(Some(end)), left_text(left))),
    }
}

/// For how much longer, where that is soon.
fn left_text(left: Duration) -> String {
    const SOON: Duration = Duration::from_secs(48 * 60 * 60);
    if left < SOON { format!(", for {} more", rounded_up(left)) } else { String::new() }
}

fn when(moment: Option<SystemTime>) -> String {
    // Beyond this chrono has no dates.
    const LAST: Duration = Duration::from_secs(253_402_300_799);
    let since = moment.and_then(|moment| moment.duration_since(SystemTime::UNIX_EPOCH).ok()).unwrap_or_default();
    match since <= LAST {
        true => DateTime::<Utc>::from(SystemTime::UNIX_EPOCH + since).to_rfc3339_opts(SecondsFormat::Secs, true),
        false => "the far future".to_owned(),
    }
}

fn now(ahead: Option<i64>) -> SystemTime {
    let now = SystemTime::now();
    let by = Duration::from_secs(ahead.unwrap_or_default().unsigned_abs());
    let shifted = if ahead.unwrap_or_default() < 0 { now.checked_sub(by) } else { now.checked_add(by) };
    shifted.unwrap_or(now)
}

/// Set aside for documentation: nobody has this address, so that asking about it tells nobody anything.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

const FOREIGN_BODY: &str = "the service does not answer like this: see what stands between here and there, such as a proxy \
                            that shows a page of its own";

const FREE: &str = "run mde doctor again when a call is free; mde store stats tells how much of the quota is used";

/// Asks once, now or never.
pub(super) async fn call(client: &Client, token: Token) -> Finding {
    let options = CallOptions::new().max_retries(0).quota_wait(Duration::ZERO);
    match client.get_ip_statistics(ADDRESS).options(options).send().await {
        Ok(_) => Finding::ok(format!("the question about {ADDRESS} is answered; it took one call of the quota")),
        Err(error) => call_failure(&error, token, client.endpoint().is_loopback()),
    }
}

fn call_failure(error: &Error, token: Token, is_loopback: bool) -> Finding {
    let text = ErrorText::of(error);
    let exit = match error.kind() {
        ErrorKind::Throttled if error.status().is_some() => {
            let why = "so the token is good, and the service is there";
            return Finding::of_error(Exit::Unavailable, text).softened(why);
        }
        ErrorKind::Throttled => {
            let when = error.retry_after().map(|wait| format!("; the next call is free in {}", rounded_up(wait)));
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
    Finding::of_error(exit, ErrorText { advice: advice.or(text.advice), problem: text.problem })
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
