//! Whose token it is, by its own word.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// What a token says of itself. Nobody has verified it, so no decision of trust may rest on it: it names the quota that a
/// call comes out of, and a token that lies there lies to its owner.
#[derive(Default)]
pub(super) struct Claims {
    /// `tid`: the tenant.
    pub(super) tenant: Option<String>,
    /// `appid`: the app registration.
    pub(super) app: Option<String>,
}

impl Claims {
    /// Reads a token in the form of a JWT. Of any other there is nothing to know.
    pub(super) fn read(token: &str) -> Self {
        Self::read_jwt(token).unwrap_or_default()
    }

    fn read_jwt(token: &str) -> Option<Self> {
        /// Of the claims, encoded. No service takes a header much longer than this.
        const LONGEST: usize = 16 * 1024;
        let mut parts = token.split('.');
        let (_header, claims, _signature) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || claims.len() > LONGEST {
            return None;
        }
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
        Some(Self { tenant: name(&claims, "tid"), app: name(&claims, "appid") })
    }
}

fn name(claims: &Value, claim: &str) -> Option<String> {
    /// Of a name, in bytes. Both are written as a GUID, which has 36.
    const LONGEST: usize = 128;
    let name = claims.get(claim)?.as_str()?;
    (1..=LONGEST).contains(&name.len()).then(|| name.to_owned())
}
