//! Whether there is a token, whether its claims are what a call needs, and one call with it.

use std::io;
use std::net::Ipv4Addr;
use std::time::{Duration, SystemTime};

use mde_client::{CallOptions, Client, Endpoint, Error, ErrorKind, Permission, TokenClaims, operations};

use super::report::{Finding, Report};
use crate::config::{CredentialRef, Settings};
use crate::exit::{ErrorText, Exit};
use crate::phrase::{rounded_to_days, rounded_up, when_text};

/// By how much clocks may differ without a token being refused for that.
const TOLERABLE: Duration = Duration::from_secs(5 * 60);

/// What is known of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// There is none.
    Missing,
    /// A call with it will fail.
    Unfit,
    /// It cannot be read.
    Opaque,
    /// Its claims are what a call needs, for an app or for a user.
    Fit { is_for_user: bool },
}

/// By the hosts' clock, which is this much ahead of ours, in seconds, as far as is known.
pub(super) fn check(
    claims: Result<Option<TokenClaims>, Error>,
    endpoint: &Endpoint,
    settings: &Settings,
    ahead: Option<i64>,
    report: &mut Report<'_>,
) -> io::Result<Token> {
    let claims = match claims {
        Err(error) => {
            report.add("token", Finding::of_error(Exit::of_error(&error), ErrorText::of(&error)))?;
            return Ok(Token::Missing);
        }
        Ok(None) => {
            let fix = "none needed if the call below succeeds; if it is refused, check the value of the token: a JWT has three \
                       parts, separated by dots";
            report.add("token", Finding::warn("obtained, but it is not a JWT, so its claims cannot be read", fix))?;
            return Ok(Token::Opaque);
        }
        Ok(Some(claims)) => claims,
    };
    report.add("token", Finding::ok(whose(&claims)))?;
    let now = now(ahead);
    let findings = [
        ("audience", audience(&claims, endpoint)),
        ("tenant", tenant(&claims, settings)),
        ("permission", permission(&claims, settings)),
        ("lifetime", lifetime(&claims, now)),
    ];
    let mut token = Token::Fit { is_for_user: claims.is_for_user };
    for (check, finding) in findings {
        if finding.is_failure() {
            token = Token::Unfit;
        }
        report.add(check, finding)?;
    }
    Ok(token)
}

fn whose(claims: &TokenClaims) -> String {
    let app = claims.app.as_ref().map(|app| format!(" {app}")).unwrap_or_default();
    match claims.is_for_user {
        true => format!("obtained, for a user of the app{app}"),
        false => format!("obtained, for the app{app}"),
    }
}

fn audience(claims: &TokenClaims, endpoint: &Endpoint) -> Finding {
    let needed = endpoint.audience();
    let fix = format!("get a token with the scope {needed}/.default");
    if claims.audiences.is_empty() {
        return Finding::fail(Exit::Credential, "the token has no audience", fix);
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
        Some(other) => {
            format!("{fix}\nOr, if the tenant is in that cloud, use its endpoint: --endpoint {}", other.name())
        }
        None => fix,
    };
    let host = endpoint.url().trim_start_matches("https://");
    let remark = match claims.audiences.iter().any(|audience| audience.ends_with(host)) {
        true => "; the host name is not the audience of this API",
        false => "",
    };
    Finding::fail(Exit::Credential, format!("the token is for {given}, and not for {needed}{remark}"), fix)
}

/// Compared only with an id: which tenant a domain is of is not known here.
fn tenant(claims: &TokenClaims, settings: &Settings) -> Finding {
    let Some(given) = &claims.tenant else { return Finding::skip("the token has no tenant") };
    let configured = settings.tenant.as_ref().filter(|tenant| is_id(&tenant.value));
    match configured {
        Some(tenant) if !tenant.value.eq_ignore_ascii_case(given) => Finding::warn(
            format!(
                "{given}, but {} is {}: the answers would be about the tenant of the token",
                tenant.origin, tenant.value
            ),
            "get a token of the configured tenant, or configure the tenant of the token",
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
    let Some(needed) = needed else { return Finding::skip("no permission is needed") };
    if given.iter().any(|given| given == needed.name) {
        return Finding::ok(format!("{} is among its {claim}", needed.name));
    }
    let problem = match given.as_slice() {
        [] => format!("the token lacks {}: it has no {claim}", needed.name),
        given => format!("the token lacks {}: its {claim} are {}", needed.name, given.join(", ")),
    };
    Finding::fail(Exit::Credential, problem, grant(claims, settings, &needed))
}

/// The way through the portal, as Microsoft documents it, unless the app is none that is registered there.
fn grant(claims: &TokenClaims, settings: &Settings, needed: &Permission) -> String {
    let Permission { name, display_name, .. } = needed;
    match settings.credential.as_ref().map(|credential| &credential.value) {
        Some(CredentialRef::AzureCli) if claims.is_for_user => {
            return "the token belongs to the app of the Azure CLI, which you cannot grant permissions to: sign in by mde login \
                    through an app registration of your own, or as one, with AZURE_TENANT_ID, AZURE_CLIENT_ID and \
                    AZURE_CLIENT_SECRET"
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
         Then get a new token: tokens issued before do not have the permission."
    )
}

fn lifetime(claims: &TokenClaims, now: SystemTime) -> Finding {
    let fix = "get a new token; mde renews tokens by itself if it signs in with the secret of an app registration";
    if let Some(wait) = claims.not_before.and_then(|moment| moment.duration_since(now).ok())
        && !wait.is_zero()
    {
        let problem = format!(
            "the token is not valid before {}, in {}",
            when_text(claims.not_before.unwrap_or(now)),
            rounded_to_days(wait)
        );
        let fix = "wait, or check the clocks of this machine and of the issuer";
        return match wait < TOLERABLE {
            true => Finding::warn(problem, fix),
            false => Finding::fail(Exit::Credential, problem, fix),
        };
    }
    let Some(end) = claims.expires_at else {
        return Finding::warn("the token does not say when it expires", "none needed if it is meant not to expire");
    };
    match end.duration_since(now) {
        Err(since) => {
            let problem =
                format!("the token has expired at {}, {} ago", when_text(end), rounded_to_days(since.duration()));
            Finding::fail(Exit::Credential, problem, fix)
        }
        Ok(left) => Finding::ok(format!("valid until {}{}", when_text(end), left_text(left))),
    }
}

/// For how much longer, where that is soon.
fn left_text(left: Duration) -> String {
    const SOON: Duration = Duration::from_secs(48 * 60 * 60);
    if left < SOON { format!(", for {} more", rounded_up(left)) } else { String::new() }
}

fn now(ahead: Option<i64>) -> SystemTime {
    let now = SystemTime::now();
    let by = Duration::from_secs(ahead.unwrap_or_default().unsigned_abs());
    let shifted = if ahead.unwrap_or_default() < 0 { now.checked_sub(by) } else { now.checked_add(by) };
    shifted.unwrap_or(now)
}

/// Reserved for documentation (RFC 5737), so a call about it reveals nothing.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

const FOREIGN_BODY: &str = "this is not an answer of the service: check proxies and gateways on the way, which may show a \
                            page of their own";

const FREE: &str = "run mde doctor again when a call is available; mde store stats shows the used quota";

/// Makes one call, without retries and without waiting for the quota.
pub(super) async fn call(client: &Client, token: Token) -> Finding {
    let options = CallOptions::new().max_retries(0).quota_wait(Duration::ZERO);
    match client.get_ip_statistics(ADDRESS).options(options).send().await {
        Ok(_) => Finding::ok(format!("a call about {ADDRESS} succeeded; it used one call of the quota")),
        Err(error) => call_failure(&error, token, client.endpoint().is_loopback()),
    }
}

fn call_failure(error: &Error, token: Token, is_loopback: bool) -> Finding {
    let text = ErrorText::of(error);
    let exit = match error.kind() {
        ErrorKind::Throttled if error.status().is_some() => {
            let why = "the token is accepted";
            return Finding::of_error(Exit::Unavailable, text).softened(why);
        }
        ErrorKind::Throttled => {
            let when = error.retry_after().map(|wait| format!("; the next call is available in {}", rounded_up(wait)));
            let problem = format!("not made: the quota of this machine is used up{}", when.unwrap_or_default());
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

/// Why a token with the right claims is refused with a 401.
fn unauthorized(error: &Error, is_loopback: bool) -> &'static str {
    /// Recorded of a tenant without a licence.
    const INACTIVE: &str = "Account mode is inactive";
    match error.message() {
        Some(message) if message.contains(INACTIVE) => {
            "the token is valid, but the tenant is not active: check its licence of Defender for Endpoint"
        }
        _ if is_loopback => {
            "a sandbox accepts only tokens that it has issued since it started: use the one that it prints"
        }
        _ => {
            "the claims of the token are right, so either it was damaged, as by pasting, and a new one helps, or the tenant \
             has no active licence of Defender for Endpoint"
        }
    }
}

/// Why a token with the right claims is refused with a 403.
fn forbidden(token: Token) -> Option<String> {
    let Token::Fit { is_for_user } = token else { return None };
    let role = operations::GET_IP_STATISTICS.delegated_permission.and_then(|permission| permission.user_role);
    Some(match role.filter(|_| is_for_user) {
        Some(role) => format!(
            "the claims of the token are right, so it is the user: an administrator of Defender has to give the user a \
             role with the permission '{role}'"
        ),
        None => "the claims of the token are right, so show the message of the service to an administrator of Defender"
            .to_owned(),
    })
}
