//! A loopback service that answers getIPStatistics as the documentation and the recordings say.
//!
//! It stands in for Microsoft Defender for Endpoint where the real service cannot be used: in tests, in examples,
//! when trying a script. Nothing it says about an address is true.
//!
//! ```
//! use mde_sandbox::Sandbox;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let answer = reqwest::Client::builder()
//!     .no_proxy()
//!     .build()?
//!     .get(format!("{}/api/ips/10.209.67.177/stats?lookBackHours=48", sandbox.url()))
//!     .bearer_auth(sandbox.token())
//!     .send()
//!     .await?;
//! assert_eq!(answer.status(), 200);
//! assert!(answer.text().await?.contains(r#""organizationPrevalence":701"#));
//! # Ok(())
//! # }
//! ```
//!
//! # What it answers
//!
//! The one operation of the API is `GET /api/ips/{ip}/stats`, with the optional query parameter `lookBackHours`, 1 to
//! 720, and by default 720. Figures are computed from [`Events`]:
//!
//! - `organizationPrevalence` is the number of distinct devices that connected in the look-back window
//!   `(now - lookBackHours, now]`, and `orgPrevalence` the same as text.
//! - `orgFirstSeen` and `orgLastSeen` are the first and last connection of the past 30 days. They stay when the
//!   window is empty and the prevalence 0, unless [`SandboxBuilder::clip_times_to_window`] is set.
//! - An address without a connection in the past 30 days has prevalence 0 and both times `null`.
//! - Events of the future do not count.
//!
//! A request is looked at in this order, and the first thing that is wrong is the answer:
//!
//! | what is wrong | status, `code` |
//! | --- | --- |
//! | the route is unknown | 404, empty |
//! | the method is not GET | 405, empty, `Allow: GET` |
//! | not one Authorization header with a bearer token of this sandbox | 401 `Unauthorized` |
//! | the token has expired | 401 `Unauthorized` |
//! | the token is for another audience | 403 `Forbidden` |
//! | the token lacks the role `Ip.Read.All` | 403 `Forbidden` |
//! | the app's [`Quota`] is spent | 429 `429`, `Retry-After` in seconds |
//! | the address is none | 400 `InvalidIpAddress` |
//! | `lookBackHours` is repeated, no whole number, or not in 1 to 720 | 400 `BadRequest` |
//!
//! # How apps get tokens
//!
//! [`Sandbox::token`] is ready to use. Beside it there is a token endpoint in the shape of Entra's, on the same
//! address: `POST /{tenant}/oauth2/v2.0/token` with the form `client_id`, `client_secret`,
//! `grant_type=client_credentials` and `scope={audience}/.default`. The tenant is [`Sandbox::tenant`], its apps are
//! [`Sandbox::apps`], and the audience is that of any cloud, although this API takes tokens for the commercial one
//! only. A client library that insists on https gets it from [`SandboxBuilder::tls`].
//!
//! The answer is 200 with `token_type`, `expires_in` (3599), `ext_expires_in` (0) and `access_token`. The token has the
//! form of a JWT, unsigned, with the claims `aud`, `roles`, `tid`, `appid`, `ver` and `exp`, and is good for 3,900
//! seconds by the sandbox's [`Clock`]. Requests for tokens do not take from the quota.
//!
//! Here, too, the first thing that is wrong is the answer:
//!
//! | what is wrong | status, `error` | AADSTS |
//! | --- | --- | --- |
//! | the method is not POST | 405, empty, `Allow: POST` | |
//! | the tenant is another one | 400 `invalid_request` | 90002 |
//! | `grant_type` is not `client_credentials` | 400 `unsupported_grant_type` | |
//! | no app has the `client_id` | 400 `unauthorized_client` | 700016 |
//! | there is a `client_assertion` | 401 `invalid_client` | |
//! | the `client_secret` is not that of the app | 401 `invalid_client` | 7000215 |
//! | it is, and has expired | 401 `invalid_client` | 7000222 |
//! | the `scope` is not an audience with `/.default` | 400 `invalid_scope` | 70011 |
//! | a parameter is missing, where it is looked at | 400 `invalid_request` | |
//! | a parameter is repeated, where it is looked at | 400 `invalid_request` | |
//!
//! # A page for people
//!
//! Opened in a browser, [`Sandbox::url`] shows Swagger UI on the contract, with a token at hand that one press of a button
//! gives to it, so that "Try it out" works; and the tenant, its apps with their secrets, and a line for curl. The page
//! needs no network: it comes with the sandbox, and its `Content-Security-Policy` lets the browser load and call nothing
//! else.
//!
//! `GET /openapi.json` is the contract as JSON. The sandbox is its only server, the token URL is that of the sandbox's
//! tenant, beside `entra` there is a security scheme `token` for a token that one has, and descriptions say that this
//! is a sandbox. All else is as in the contract.
//!
//! Page and contract call the sandbox as the header `Host` of the request does, which has to be `localhost` or a
//! loopback address, with any port: a foreign web site that lets its own name resolve to this machine gets a 421, and not
//! the token. There are no CORS headers on any answer.
//!
//! Requests for the page and its files are not among [`Sandbox::requests`], and their answers have no `request-id`: who
//! looks at the page changes nothing that a test could see.
//!
//! # What is known of the service, and what is ours
//!
//! Documented by Microsoft ("Get IP statistics API", "Common REST API error codes"): the operation, the bounds and
//! default of the look-back, the quota, the permission and the audience, 200 with prevalence 0 for an unknown
//! address, 400 `InvalidIpAddress` with its wording, the envelope of errors, `Retry-After`.
//!
//! Documented of Entra: the request for a token and its answer, and the shape of errors with the codes 7000215,
//! 7000222, 700016, 90002 and 70011.
//!
//! Recorded from the live service and published: `orgPrevalence`, `null` times and the headers of a 200 (in the
//! knowledge base of a Swimlane connector, 2023), times with a fraction of up to seven digits (in a Splunk
//! connector, 2021), the wordings of a missing role and of a spent quota, `429` as a code, the empty body of a 404,
//! the claims of a token and its life of 3,900 seconds.
//!
//! Not known, and a ruling of ours, on which no client should rely:
//!
//! - the order above, and that a refused call takes from the quota only if it is a 400;
//! - what a look-back out of bounds, repeated or malformed gets; parameters of other names, letter case included,
//!   are ignored;
//! - the wordings for a token that is missing, unknown, expired or for another audience; that only the latest 10,000
//!   tokens of the token endpoint are known, and that other tokens never expire;
//! - of the token endpoint: the order of its table, the statuses, which `error` stands for what, the wordings, that there is no
//!   code where that of Entra is not known, the form of `timestamp`, that `trace_id` and `correlation_id` are the
//!   `request-id`, that there is no `error_uri`, that a parameter without a value counts as missing, and that other parameters are ignored;
//! - that client ids and the tenant are the same in any letter case;
//! - that `ipAddress` repeats the text that was asked, not normalised, and that the strict syntax of
//!   [`std::net::IpAddr`] decides what an address is, after percent-decoding;
//! - the answer to another method;
//! - the header `request-id`, on every answer but those of the page, equal to `target` in an error, and counted up from 1.

mod answer;
mod app;
mod builder;
mod clock;
mod connection;
mod events;
mod events_file;
mod fleet;
mod journal;
mod page;
mod permits;
mod quota;
mod refusal;
mod sandbox;
mod service;
mod serving;
mod tls;
mod token_endpoint;
mod token_refusal;
mod tokens;

pub use app::App;
pub use builder::{SandboxBuilder, StartError};
pub use clock::{Clock, ManualClock};
pub use events::{ConnectionEvent, Events};
pub use events_file::EventsError;
pub use journal::ReceivedRequest;
pub use quota::{Quota, QuotaError};
pub use sandbox::Sandbox;
pub use tokens::TokenClaims;
