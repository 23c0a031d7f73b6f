//! Tokens: where they come from, how long they live, and which claims they make.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::{BoxError, BoxFuture, Clock, Error, ErrorKind};

/// Where a client gets its tokens from.
///
/// The client keeps a token until five minutes before it expires (half of its life, if that is sooner), asks again then,
/// and asks for one token at a time, however many calls wait for it. Where that early renewal fails, or takes longer than
/// 10 s, the old token serves while it lives, and the next attempt comes 30 s later at the soonest. A token that the service
/// refuses (401) is dropped, and asked for again once; if the same one comes back, the refusal stands.
///
/// ```
/// use mde_client::{AccessToken, BoxError, BoxFuture, TokenProvider, TokenRequest};
///
/// /// Reads the token from a file that another program keeps current.
/// struct TokenFile(std::path::PathBuf);
///
/// impl TokenProvider for TokenFile {
///     fn token<'a>(&'a self, _: TokenRequest<'a>) -> BoxFuture<'a, Result<AccessToken, BoxError>> {
///         Box::pin(async {
///             let token = std::fs::read_to_string(&self.0)?;
///             Ok(AccessToken::new(token.trim()).expires_in(std::time::Duration::from_secs(600)))
///         })
///     }
/// }
/// ```
pub trait TokenProvider: Send + Sync + 'static {
    /// Gets a token. The future may be dropped before it is done, when the time of the call that waits for it is up, or
    /// that for signing in ([`ClientBuilder::sign_in_timeout`](crate::ClientBuilder::sign_in_timeout)). So it should wait
    /// for nothing that blocks its thread.
    ///
    /// # Errors
    /// An error may have any text, but must not hold a secret: a client passes it on as the source of its own error, of the
    /// kind [`Credential`](crate::ErrorKind::Credential), and shows of its text the line with a code of Microsoft Entra,
    /// such as `AADSTS7000215`. Where a `reqwest::Error` among its causes tells of the network, of time or of an answer
    /// that cannot be read, the kind is [`Transport`](crate::ErrorKind::Transport),
    /// [`Timeout`](crate::ErrorKind::Timeout) or [`Service`](crate::ErrorKind::Service). The calls that waited for one token share one error.
    fn token<'a>(&'a self, request: TokenRequest<'a>) -> BoxFuture<'a, Result<AccessToken, BoxError>>;

    /// What is said where it gives no token in time.
    fn hint(&self) -> SignInHint {
        SignInHint::default()
    }

    /// How long it may take for a token, where [`ClientBuilder::sign_in_timeout`](crate::ClientBuilder::sign_in_timeout) is
    /// not given. 60 s, which is too little for a person who has to do something.
    fn sign_in_timeout(&self) -> Duration {
        SIGN_IN_TIMEOUT
    }
}

/// For a host or a program that signs in by itself.
pub(super) const SIGN_IN_TIMEOUT: Duration = Duration::from_secs(60);

/// What a provider waits for, for the error where it gives no token in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignInHint {
    /// Who has to give the token, such as `the Azure CLI`.
    pub waits_for: &'static str,
    /// What to do where it does not.
    pub advice: &'static str,
}

impl SignInHint {
    /// Where the credential itself asks the host at which one signs in.
    #[cfg(any(feature = "azure", feature = "interactive"))]
    pub(super) const OF_HOST: Self = Self {
        waits_for: "the host to sign in at",
        advice: "check the network, and the proxy or gateway between this machine and that host",
    };
}

impl Default for SignInHint {
    fn default() -> Self {
        Self { waits_for: "the credential", advice: "check what the credential waits for, or give it more time" }
    }
}

/// What a token is wanted for.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct TokenRequest<'a> {
    /// The client's own HTTP client, with its proxy and its certificates, for a provider that fetches its tokens over the
    /// network. It follows no redirects, and for an endpoint that is not on this machine it speaks https only.
    pub http: &'a reqwest::Client,
    /// Where one signs in, such as `https://login.microsoftonline.com`.
    pub authority: &'a str,
    /// What the token is for, such as `https://api.securitycenter.microsoft.com`.
    pub audience: &'a str,
    /// The client's own clock, by which a provider waits.
    pub clock: &'a Arc<dyn Clock>,
    /// Whether an older token still serves. A provider then asks no person to do anything: that can wait until it must be.
    pub is_renewal: bool,
}

impl TokenRequest<'_> {
    /// The scope to ask for: the audience, followed by `/.default`.
    pub fn scope(&self) -> String {
        format!("{}/.default", self.audience)
    }
}

/// Without the HTTP client, whose headers may be secret.
impl fmt::Debug for TokenRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { authority, audience, is_renewal, .. } = self;
        let mut debug = f.debug_struct("TokenRequest");
        debug.field("authority", authority).field("audience", audience).field("is_renewal", is_renewal);
        debug.finish_non_exhaustive()
    }
}

/// A bearer token. Its text shows in no `Debug` output.
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use mde_client::AccessToken;
///
/// let lasting = AccessToken::new("a token");
/// let by_lifetime = AccessToken::new("a token").expires_in(Duration::from_secs(3599));
/// let by_date = AccessToken::new("a token").expires_at(SystemTime::UNIX_EPOCH + Duration::from_secs(2_000_000_000));
/// assert!(!format!("{lasting:?} {by_lifetime:?} {by_date:?}").contains("a token"));
/// ```
#[derive(Clone)]
pub struct AccessToken {
    secret: SecretString,
    expiry: Expiry,
}

#[derive(Clone, Copy, Debug)]
enum Expiry {
    Never,
    In(Duration),
    At(SystemTime),
}

impl AccessToken {
    /// A token that lives as long as the client does. Its text goes without `Bearer`.
    pub fn new(token: impl Into<String>) -> Self {
        Self { secret: SecretString::from(token.into()), expiry: Expiry::Never }
    }

    /// Says how long the token lives, from the moment at which it is handed to the client.
    #[must_use]
    pub fn expires_in(self, lifetime: Duration) -> Self {
        Self { expiry: Expiry::In(lifetime), ..self }
    }

    /// Says until when the token lives, by the time of day. A moment that has passed means that it serves only the calls
    /// that wait for it.
    #[must_use]
    pub fn expires_at(self, moment: SystemTime) -> Self {
        Self { expiry: Expiry::At(moment), ..self }
    }

    /// How long it lives from a moment on; for ever, where nothing is said.
    pub(super) fn lifetime(&self, now: SystemTime) -> Option<Duration> {
        match self.expiry {
            Expiry::Never => None,
            Expiry::In(lifetime) => Some(lifetime),
            Expiry::At(moment) => Some(moment.duration_since(now).unwrap_or_default()),
        }
    }

    pub(super) fn expose(&self) -> &str {
        self.secret.expose_secret()
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken").field("expiry", &self.expiry).finish_non_exhaustive()
    }
}

/// One token, given once, that never changes.
///
/// ```
/// use mde_client::{Client, StaticToken};
///
/// let client = Client::builder().credential(StaticToken::new("a token")).build()?;
/// # Ok::<(), mde_client::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct StaticToken(AccessToken);

impl StaticToken {
    /// Takes the text of the token, without `Bearer`.
    pub fn new(token: impl Into<String>) -> Self {
        Self(AccessToken::new(token))
    }
}

impl TokenProvider for StaticToken {
    fn token<'a>(&'a self, _: TokenRequest<'a>) -> BoxFuture<'a, Result<AccessToken, BoxError>> {
        Box::pin(async { Ok(self.0.clone()) })
    }
}

/// The claims of a token. They are unverified, so no trust decision may rest on them: they name the quota
/// that a call comes out of, and help to find out why a token is refused.
///
/// A text that is very long, or holds control characters, counts as not there, and so does a claim of another type than
/// it should have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenClaims {
    /// `aud`: what the token is for, such as `https://api.securitycenter.microsoft.com`. There may be several.
    pub audiences: Vec<String>,
    /// `tid`: the tenant.
    pub tenant: Option<String>,
    /// `appid`: the app registration.
    pub app: Option<String>,
    /// `upn`, else `unique_name` or `preferred_username`: the name by which the user signs in, for people to read. It may
    /// change, and be another user's later.
    pub user: Option<String>,
    /// `roles`: the permissions of an app that acts for itself.
    pub roles: Vec<String>,
    /// `scp`: the permissions of an app that acts for a user.
    pub scopes: Vec<String>,
    /// Whether the token is that of an app that acts for a user: whether there is an `scp`.
    pub is_for_user: bool,
    /// `exp`: when it ceases to be good.
    pub expires_at: Option<SystemTime>,
    /// `nbf`: when it begins to be good.
    pub not_before: Option<SystemTime>,
}

impl TokenClaims {
    /// Reads a token in the form of a JWT. Of any other there is nothing to know.
    pub(crate) fn read(token: &str) -> Option<Self> {
        /// Of the claims, encoded. No service takes a header much longer than this.
        const LONGEST: usize = 16 * 1024;
        let mut parts = token.split('.');
        let (_header, claims, _signature) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || claims.len() > LONGEST {
            return None;
        }
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
        claims.is_object().then(|| Self::of(&claims))
    }

    fn of(claims: &Value) -> Self {
        let scopes = claims.get("scp").and_then(Value::as_str);
        Self {
            audiences: names(claims.get("aud")),
            tenant: claims.get("tid").and_then(name),
            app: claims.get("appid").and_then(name),
            user: ["upn", "unique_name", "preferred_username"]
                .iter()
                .find_map(|claim| claims.get(*claim).and_then(name)),
            roles: names(claims.get("roles")),
            scopes: scopes.unwrap_or_default().split(' ').filter(|scope| is_name(scope)).map(str::to_owned).collect(),
            is_for_user: scopes.is_some(),
            expires_at: claims.get("exp").and_then(moment),
            not_before: claims.get("nbf").and_then(moment),
        }
    }
}

/// One text, or a list of them.
fn names(claim: Option<&Value>) -> Vec<String> {
    match claim {
        Some(Value::Array(values)) => values.iter().filter_map(name).collect(),
        claim => claim.and_then(name).into_iter().collect(),
    }
}

fn name(value: &Value) -> Option<String> {
    value.as_str().filter(|text| is_name(text)).map(str::to_owned)
}

fn is_name(text: &str) -> bool {
    /// In bytes. A GUID has 36, a scope some more.
    const LONGEST: usize = 128;
    (1..=LONGEST).contains(&text.len()) && !text.chars().any(char::is_control)
}

/// Seconds since 1970.
fn moment(value: &Value) -> Option<SystemTime> {
    let since = match value.as_u64() {
        Some(seconds) => Duration::from_secs(seconds),
        None => Duration::try_from_secs_f64(value.as_f64()?).ok()?,
    };
    SystemTime::UNIX_EPOCH.checked_add(since)
}

/// The header that carries a token. It shows in no `Debug` output.
///
/// # Errors
/// Where the text is not that of a token alone. It says what was found, and nothing of the token.
pub(super) fn authorization(token: &AccessToken) -> Result<HeaderValue, Error> {
    let refused = |flaw: &str| {
        Error::new(ErrorKind::Credential, format!("the token {flaw}"))
            .with_advice("give the token alone, without \"Bearer\", quotation marks, spaces or line breaks")
    };
    if let Some(flaw) = flaw(token.expose()) {
        return Err(refused(flaw));
    }
    let header = HeaderValue::try_from(format!("Bearer {}", token.expose()));
    let mut header = header.map_err(|_| refused("holds a character that no header can carry"))?;
    header.set_sensitive(true);
    Ok(header)
}

/// What about the text of a token shows that it is none, or that something else was pasted along with it: words that follow
/// "the token". By RFC 6750 a token is letters, digits and some signs; quotation marks and white space are none of these.
fn flaw(token: &str) -> Option<&'static str> {
    let starts_with = |word: &str| token.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    if token.is_empty() {
        return Some("is empty");
    }
    if starts_with("authorization:") {
        return Some("begins with \"Authorization\", the name of the header that it goes into");
    }
    if starts_with("bearer") && token.get("bearer".len()..).is_none_or(|rest| !rest.starts_with(is_of_a_token)) {
        return Some("begins with \"Bearer\", which is not a part of it");
    }
    if token.contains(['"', '\'', '`']) {
        return Some("holds a quotation mark");
    }
    if token.contains(['\r', '\n']) {
        return Some("holds a line break");
    }
    (!token.chars().all(is_of_a_token)).then_some("holds a space or another character that no token has")
}

/// Visible ASCII, which is more than RFC 6750 allows and all that a header can carry.
fn is_of_a_token(c: char) -> bool {
    c.is_ascii_graphic()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(claims: &str) -> Option<TokenClaims> {
        TokenClaims::read(&format!("x.{}.", URL_SAFE_NO_PAD.encode(claims)))
    }

    #[test]
    fn an_apps_token_and_a_users() {
        let app = read(r#"{"aud":"a","tid":"t","appid":"i","roles":["Ip.Read.All","B"],"exp":60,"nbf":1.5}"#)
            .unwrap_or_default();
        let at = |milliseconds| Some(SystemTime::UNIX_EPOCH + Duration::from_millis(milliseconds));
        assert_eq!(
            (app.audiences, app.tenant, app.app),
            (vec!["a".to_owned()], Some("t".to_owned()), Some("i".to_owned()))
        );
        assert_eq!(
            (app.roles, app.scopes, app.is_for_user),
            (vec!["Ip.Read.All".to_owned(), "B".to_owned()], vec![], false)
        );
        assert_eq!((app.expires_at, app.not_before), (at(60_000), at(1_500)));
        let user = read(r#"{"aud":["a","b"],"scp":"Ip.Read.All  B"}"#).unwrap_or_default();
        assert_eq!(
            (user.audiences.len(), user.scopes, user.is_for_user),
            (2, vec!["Ip.Read.All".to_owned(), "B".to_owned()], true)
        );
    }

    #[test]
    fn what_makes_no_sense_is_not_there() {
        let nothing = Some(TokenClaims::default());
        let too_long = format!(r#"{{"aud":"{0}","tid":"{0}","roles":["{0}"]}}"#, "x".repeat(129));
        for claims in [
            "{}",
            r#"{"aud":7,"tid":["t"],"appid":{},"roles":"","scp":["s"],"exp":"60","nbf":null}"#,
            r#"{"aud":[[],null,""],"roles":[1,{"a":"b"}],"exp":-1,"nbf":1e300}"#,
            r#"{"aud":"a\u001b[2J","tid":"t\n","roles":["\u0007"]}"#,
            r#"{"exp":18446744073709551615}"#,
            &too_long,
        ] {
            assert_eq!(read(claims), nothing, "{claims}");
        }
    }

    #[test]
    fn what_is_no_jwt_has_no_claims() {
        let deep = "[".repeat(10_000);
        let long = format!(r#"{{"tid":"t","x":"{}"}}"#, "x".repeat(20_000));
        for claims in ["", "7", "[]", "null", "{", deep.as_str(), long.as_str()] {
            assert_eq!(read(claims), None, "{}", claims.len());
        }
        for token in ["", "opaque", "a.b", "a.e30.c.d", "a.e30=.c", "a.é.c"] {
            assert_eq!(TokenClaims::read(token), None, "{token}");
        }
    }

    #[test]
    fn what_was_pasted_along_is_seen() {
        let flaws = ["bearer x", "Bearer eyJ.e30.", "'eyJ'", "a\nb", "a b", "é", "eyJ.e30.-_~+/="].map(flaw);
        assert!(flaws[..2].iter().all(|flaw| flaw.is_some_and(|flaw| flaw.contains("Bearer"))));
        assert!(
            flaws[2].is_some_and(|flaw| flaw.contains("quotation"))
                && flaws[3].is_some_and(|flaw| flaw.contains("line"))
        );
        assert!(flaws[4].is_some() && flaws[5].is_some() && flaws[6].is_none());
        let flaws = ["", "Bearer", "bearer\tx", "AUTHORIZATION: Bearer x", "bearer-of-news", "BearerToken"].map(flaw);
        assert!(flaws[..4].iter().all(Option::is_some) && flaws[4..].iter().all(Option::is_none), "{flaws:?}");
    }
}
