//! Every kind of request that there is an answer to.
//!
//! A case is a line, and says only in what it differs from [`CALL`].

use mde_sandbox::{TokenClaims, User};

/// The path of an address that two devices connected to; see [`crate::enumeration::events`] for it and the others.
const PATH: &str = "/api/ips/203.0.113.7/stats";

/// The row of a valid call.
pub(crate) const ANSWERED: &str = "nothing";

const ROUTE: &str = "the route is unknown";
const METHOD: &str = "the method is not GET";
const BEARER: &str = "not one Authorization header with a bearer token of this sandbox";
const EXPIRED: &str = "the token has expired";
const LICENCE: &str = "the token is of the tenant without a licence";
const AUDIENCE: &str = "the token is for another audience";
const ROLE: &str = "the token is an app's, and lacks the role `Ip.Read.All`";
const SCOPE: &str = "the token is a user's, and lacks the scope `Ip.Read.All`";
const VIEW_DATA: &str = "the user lacks the role permission 'View Data'";
const QUOTA: &str = "the app's [`Quota`] is spent";
const ADDRESS: &str = "the address is not an IP address";
const LOOK_BACK: &str = "`lookBackHours` is repeated, not a whole number, or not in 1 to 720";

/// A request, and what comes before it.
pub(crate) struct Case {
    /// What is special about it.
    pub(crate) name: &'static str,
    /// What is wrong with it, in the words of the table in the documentation of `mde-sandbox`.
    pub(crate) row: &'static str,
    pub(crate) method: &'static str,
    /// The path, and the query.
    pub(crate) path: &'static str,
    pub(crate) token: Token,
    /// The quota, if not one that no case spends.
    pub(crate) quota: Option<&'static str>,
    /// How often the same request is sent before.
    pub(crate) calls_before: u32,
    /// How many seconds pass between them, or the token, and this request.
    pub(crate) seconds_later: u64,
}

/// How a request authenticates.
pub(crate) enum Token {
    /// With the ready token.
    Ready,
    /// With these Authorization headers, in which `{token}` is the ready token.
    Authorization(&'static [&'static str]),
    /// With a token of the first app that says this.
    Claims(fn() -> TokenClaims),
    /// With a token that the token endpoint gives to the app with this note.
    OfApp(&'static str),
}

/// A call that nothing is wrong with.
const CALL: Case = Case {
    name: "",
    row: ANSWERED,
    method: "GET",
    path: PATH,
    token: Token::Ready,
    quota: None,
    calls_before: 0,
    seconds_later: 0,
};

/// What the token of a user says.
fn of_user(user: User) -> TokenClaims {
    TokenClaims { user: Some(user), ..TokenClaims::valid() }
}

/// Every case, in the order of the table.
#[rustfmt::skip]
pub(crate) const CASES: &[Case] = &[
    Case { name: "a route beside", row: ROUTE, path: "/api/ips/203.0.113.7", ..CALL },
    Case { name: "the route with a slash behind", row: ROUTE, path: "/api/ips/203.0.113.7/stats/", ..CALL },
    Case { name: "the root of the API, without a token", row: ROUTE, path: "/api", token: Token::Authorization(&[]), ..CALL },
    Case { name: "POST", row: METHOD, method: "POST", ..CALL },
    Case { name: "HEAD", row: METHOD, method: "HEAD", ..CALL },
    Case { name: "OPTIONS, without a token", row: METHOD, method: "OPTIONS", token: Token::Authorization(&[]), ..CALL },

    Case { name: "no Authorization", row: BEARER, token: Token::Authorization(&[]), ..CALL },
    Case { name: "two of them", row: BEARER, token: Token::Authorization(&["Bearer {token}", "Bearer {token}"]), ..CALL },
    Case { name: "an empty one", row: BEARER, token: Token::Authorization(&[""]), ..CALL },
    Case { name: "another scheme", row: BEARER, token: Token::Authorization(&["Basic {token}"]), ..CALL },
    Case { name: "no scheme", row: BEARER, token: Token::Authorization(&["{token}"]), ..CALL },
    Case { name: "an unknown token", row: BEARER, token: Token::Authorization(&["Bearer unknown"]), ..CALL },
    Case { name: "a token that expires now", row: EXPIRED, token: Token::OfApp("may ask"), seconds_later: 3900, ..CALL },

    Case { name: "an app of another tenant", row: LICENCE, token: Token::OfApp("its tenant has no licence"), ..CALL },

    Case { name: "for another audience", row: AUDIENCE, token: Token::Claims(|| TokenClaims { audience: "https://graph.microsoft.com".to_owned(), ..TokenClaims::valid() }), ..CALL },
    Case { name: "an app without a role", row: ROLE, token: Token::OfApp("lacks the role Ip.Read.All"), ..CALL },
    Case { name: "other roles", row: ROLE, token: Token::Claims(|| TokenClaims { roles: vec!["Url.Read.All".to_owned(), "File.Read.All".to_owned()], ..TokenClaims::valid() }), ..CALL },
    Case { name: "a user without scopes", row: SCOPE, token: Token::Claims(|| of_user(User::new().with_view_data())), ..CALL },
    Case { name: "a user with another scope", row: SCOPE, token: Token::Claims(|| of_user(User::new().with_scope("Url.Read.All").with_view_data())), ..CALL },
    Case { name: "a user who may not view data", row: VIEW_DATA, token: Token::OfApp("its user lacks 'View Data'"), ..CALL },

    Case { name: "of a minute", row: QUOTA, quota: Some("2/1m,9/1h"), calls_before: 2, ..CALL },
    Case { name: "of a minute, and some of it has passed", row: QUOTA, quota: Some("2/1m,9/1h"), calls_before: 2, seconds_later: 59, ..CALL },
    Case { name: "of an hour", row: QUOTA, quota: Some("2/1m,2/1h"), calls_before: 2, ..CALL },
    Case { name: "of a year", row: QUOTA, quota: Some("1/8760h"), calls_before: 1, ..CALL },
    Case { name: "of the longest time", row: QUOTA, quota: Some("1/4294967295h"), calls_before: 1, ..CALL },

    Case { name: "a text", row: ADDRESS, path: "/api/ips/localhost/stats", ..CALL },
    Case { name: "nothing", row: ADDRESS, path: "/api/ips//stats", ..CALL },
    Case { name: "a byte too large", row: ADDRESS, path: "/api/ips/256.1.1.1/stats", ..CALL },
    Case { name: "a zero in front", row: ADDRESS, path: "/api/ips/010.0.0.1/stats", ..CALL },
    Case { name: "a number", row: ADDRESS, path: "/api/ips/16843009/stats", ..CALL },
    Case { name: "a network", row: ADDRESS, path: "/api/ips/203.0.113.0%2F24/stats", ..CALL },
    Case { name: "an IPv6 address in brackets", row: ADDRESS, path: "/api/ips/[2001:db8::1]/stats", ..CALL },
    Case { name: "an IPv6 address with a zone", row: ADDRESS, path: "/api/ips/fe80::1%25eth0/stats", ..CALL },
    Case { name: "a quotation mark and a control character", row: ADDRESS, path: "/api/ips/%22%07/stats", ..CALL },
    Case { name: "not UTF-8", row: ADDRESS, path: "/api/ips/%FF/stats", ..CALL },
    Case { name: "and the look-back is wrong too", row: ADDRESS, path: "/api/ips/localhost/stats?lookBackHours=0", ..CALL },

    Case { name: "0", row: LOOK_BACK, path: "/api/ips/203.0.113.7/stats?lookBackHours=0", ..CALL },
    Case { name: "721", row: LOOK_BACK, path: "/api/ips/203.0.113.7/stats?lookBackHours=721", ..CALL },
    Case { name: "-1", row: LOOK_BACK, path: "/api/ips/203.0.113.7/stats?lookBackHours=-1", ..CALL },
    Case { name: "1.5", row: LOOK_BACK, path: "/api/ips/203.0.113.7/stats?lookBackHours=1.5", ..CALL },
    Case { name: "more than any integer", row: LOOK_BACK, path: "/api/ips/203.0.113.7/stats?lookBackHours=99999999999999999999", ..CALL },
    Case { name: "48h", row: LOOK_BACK, path: "/api/ips/203.0.113.7/stats?lookBackHours=48h", ..CALL },
    Case { name: "no text", row: LOOK_BACK, path: "/api/ips/203.0.113.7/stats?lookBackHours", ..CALL },
    Case { name: "not UTF-8", row: LOOK_BACK, path: "/api/ips/203.0.113.7/stats?lookBackHours=%FF", ..CALL },
    Case { name: "repeated", row: LOOK_BACK, path: "/api/ips/203.0.113.7/stats?lookBackHours=24&lookBackHours=24", ..CALL },

    Case { name: "no look-back", ..CALL },
    Case { name: "the longest look-back", path: "/api/ips/203.0.113.7/stats?lookBackHours=720", ..CALL },
    Case { name: "a look-back that leaves one device", path: "/api/ips/203.0.113.7/stats?lookBackHours=48", ..CALL },
    Case { name: "the shortest look-back, which leaves none", path: "/api/ips/203.0.113.7/stats?lookBackHours=1", ..CALL },
    Case { name: "one connection, and a fraction of seven digits", path: "/api/ips/172.217.9.206/stats", ..CALL },
    Case { name: "one connection, and a fraction of one digit", path: "/api/ips/198.51.100.23/stats", ..CALL },
    Case { name: "a connection 31 days ago", path: "/api/ips/192.0.2.44/stats", ..CALL },
    Case { name: "a connection of the future", path: "/api/ips/192.0.2.45/stats", ..CALL },
    Case { name: "never seen", path: "/api/ips/192.168.1.1/stats", ..CALL },
    Case { name: "IPv6, short", path: "/api/ips/2001:db8::8:42/stats", ..CALL },
    Case { name: "IPv6, long, capital and percent-encoded", path: "/api/ips/2001%3A0DB8%3A0000:0000:0000:0000:0008:0042/stats", ..CALL },
    Case { name: "IPv6, never seen", path: "/api/ips/::/stats", ..CALL },
    Case { name: "IPv4 within IPv6", path: "/api/ips/::ffff:203.0.113.7/stats", ..CALL },
    Case { name: "parameters of other names", path: "/api/ips/203.0.113.7/stats?lookbackhours=1&$select=ipAddress&x=", ..CALL },
    Case { name: "the scheme in small letters", token: Token::Authorization(&["bearer {token}"]), ..CALL },
    Case { name: "a token of the token endpoint, in its last second", token: Token::OfApp("may ask"), seconds_later: 3899, ..CALL },
    Case { name: "for a user", token: Token::OfApp("may ask for a user"), ..CALL },
    Case { name: "another role beside", token: Token::Claims(|| TokenClaims { roles: vec!["Url.Read.All".to_owned(), "Ip.Read.All".to_owned()], ..TokenClaims::valid() }), ..CALL },
    Case { name: "the last call of a quota", quota: Some("3/1m"), calls_before: 2, ..CALL },
    Case { name: "when the quota is there again", quota: Some("2/1m"), calls_before: 2, seconds_later: 60, ..CALL },
];
