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
//!   window is empty and the prevalence 0.
//! - An address without a connection in the past 30 days has prevalence 0 and both times `null`.
//! - Events of the future do not count.
//!
//! This is the default [`Quirks`]; [below](#what-can-be-set) is what can be set to be otherwise.
//!
//! A request is looked at in this order, and the first thing that is wrong is the answer:
//!
//! | what is wrong | status, `code` |
//! | --- | --- |
//! | the route is unknown | 404, empty |
//! | the method is not GET | 405, empty, `Allow: GET` |
//! | not one Authorization header with a bearer token of this sandbox | 401 `Unauthorized` |
//! | the token has expired | 401 `Unauthorized` |
//! | the token is of the tenant without a licence | 401 `Unauthorized` |
//! | the token is for another audience | 403 `Forbidden` |
//! | the token is an app's, and lacks the role `Ip.Read.All` | 403 `Forbidden` |
//! | the token is a user's, and lacks the scope `Ip.Read.All` | 403 `Forbidden` |
//! | the user lacks the role permission 'View Data' | 403 `Forbidden` |
//! | the app's [`Quota`] is spent | 429 `429`, `Retry-After` in seconds |
//! | the address is none | 400 `InvalidIpAddress` |
//! | `lookBackHours` is repeated, no whole number, or not in 1 to 720 | 400 `BadRequest` |
//!
//! Every answer to a call of the operation keeps strictly to the contract, `openapi/mde.yaml`, but those to what is not a
//! whole request, [below](#what-it-bears); a test enumerates them. The contract knows no other method, and describes the
//! 404 of another route as empty, too.
//!
//! # How apps get tokens
//!
//! [`Sandbox::token`] is ready to use. Beside it there is a token endpoint in the shape of Entra's, on the same
//! address: `POST /{tenant}/oauth2/v2.0/token` with the form `client_id`, `client_secret`,
//! `grant_type=client_credentials` and `scope={audience}/.default`. The apps are [`Sandbox::apps`], each in its
//! [`App::tenant`], and the audience is that of any cloud, although this API takes tokens for the commercial one
//! only. A client library that insists on https gets it from [`SandboxBuilder::tls`].
//!
//! An app proves itself in one of three ways:
//!
//! - by its secret in the form, as above;
//! - by its id and secret in `Authorization: Basic`, both form-urlencoded, and neither in the form;
//! - by a certificate that was registered with it ([`App::with_certificate`]): in place of the secret, the form has
//!   `client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer` and `client_assertion`, a JWT that
//!   is signed by the certificate's key with RS256 or PS256. Its header may name the certificate, by `x5t` or
//!   `x5t#S256`, and has no `crit`. Its claims `iss` and `sub` are the client id, `aud` is the URL of the token endpoint,
//!   `exp` is to come, and `nbf`, if there is one, is not.
//!
//! The answer is 200 with `token_type`, `expires_in` (3599), `ext_expires_in` (0) and `access_token`. The token has the
//! form of a JWT, unsigned, with the claims `aud`, `roles`, `tid`, `appid`, `ver` and `exp`, and is good for 3,900
//! seconds by the sandbox's [`Clock`]. That of an app which asks for a user ([`App::on_behalf_of`]) has `scp` in place
//! of `roles`. Requests for tokens do not take from the quota.
//!
//! Here, too, the first thing that is wrong is the answer:
//!
//! | what is wrong | status, `error` | AADSTS |
//! | --- | --- | --- |
//! | the method is not POST | 405, empty, `Allow: POST` | |
//! | the tenant is `common`, `organizations` or `consumers` | 400 `invalid_request` | |
//! | the tenant is unknown | 400 `invalid_request` | 90002 |
//! | `grant_type` is not `client_credentials` | 400 `unsupported_grant_type` | |
//! | `Authorization: Basic` is illegible or repeated | 401 `invalid_client` | |
//! | no app of the tenant has the `client_id` | 400 `unauthorized_client` | 700016 |
//! | the app proves itself in two ways at once | 400 `invalid_request` | |
//! | `client_assertion_type` is another one | 400 `invalid_request` | |
//! | the `client_assertion` is no JWT, or not signed by a certificate of the app | 401 `invalid_client` | |
//! | it is, and its claims are wrong | 401 `invalid_client` | |
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
//! the page. The API and the token endpoint answer under any name, since clients may know the sandbox by another one:
//! against such a site they protect nothing. There are no CORS headers on any answer.
//!
//! Requests for the page and its files are not among [`Sandbox::requests`], and their answers have no `request-id`: who
//! looks at the page changes nothing that a test could see.
//!
//! # Faults
//!
//! What goes wrong between a client and a service goes wrong here on demand: a [`Fault`] is any status with any body,
//! a gateway's page, a reset, a truncated or late answer, a wrong content type or address, on calls of the operation
//! or of the token endpoint.
//!
//! ```
//! use mde_sandbox::{Fault, Sandbox};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::builder().fault(Fault::status(503)?.header("Retry-After", "5")?.next(2)?).start().await?;
//! sandbox.inject("truncate=20 every=2".parse()?);
//!
//! let client = reqwest::Client::builder().no_proxy().build()?;
//! let url = format!("{}/api/ips/10.209.67.177/stats", sandbox.url());
//! let ask = async || client.get(&url).bearer_auth(sandbox.token()).send().await?.bytes().await;
//! for _ in 0..2 {
//!     ask().await?;
//! }
//! assert_eq!(sandbox.faults(), ["truncate=20 every=2".parse()?], "the first is used up");
//! assert!(ask().await.is_ok() && ask().await.is_err());
//! let statuses: Vec<_> = sandbox.requests().iter().map(|request| request.status).collect();
//! assert_eq!(statuses, [503, 503, 200, 200]);
//! # Ok(())
//! # }
//! ```
//!
//! Each fault sees the calls that those injected before it let through, as if one gateway stood before the other: the
//! first that is due comes, is counted, and keeps the call from those after it. To have two things go wrong on one
//! call, such as a status and a delay, write one fault. Calls of other routes are never faulted, and every answer has
//! the id of its request, unless the fault says another. The answers that faults make are ours; nothing is known of those
//! that stand before the service.
//!
//! # The time, and how to control a sandbox while it runs
//!
//! A sandbox runs by a [`Clock`], which a test can set, move and stop: [`Sandbox::clock`]. The events stay where they
//! are, those of the synthetic fleet around the time of the start; whoever sets the clock to another year finds them in
//! the future, or too long ago to count.
//!
//! From another process, or by hand, it is [`SandboxBuilder::control`] that gives a sandbox a second address in plain
//! http, off by default, where this can be asked:
//!
//! | request | what it does |
//! | --- | --- |
//! | `GET /` | tells in plain text what can be asked, with a line of curl for each |
//! | `GET /requests` | the latest requests, [`Sandbox::requests`], as JSON |
//! | `DELETE /requests` | forgets them |
//! | `GET /faults` | the faults that can still come, [`Sandbox::faults`], each as text in a JSON array |
//! | `POST /faults` | injects the fault in the body, such as `html=502 next=3` |
//! | `DELETE /faults` | lets nothing go wrong any more |
//! | `GET /clock` | the time: `{"now":"2025-06-01T00:00:00Z","stands_still":true}` |
//! | `PUT /clock` | sets the time to the one in the body, such as `2025-06-01T00:00:00Z`, and stops the clock there |
//! | `POST /clock/advance` | moves the clock forward by the length in the body: a whole number and `s`, `m` or `h` |
//! | `DELETE /clock` | back to the time of the machine |
//!
//! What it cannot do it says as `{"error":"…"}` with 400, 404, 405, 408 or 413. A request with an `Origin` header, or with
//! a `Host` that is neither `localhost` nor a loopback address, gets 403: it comes from a page in a browser.
//!
//! # What it bears
//!
//! A client that is slow, silent or wrong keeps no other from being answered. The limits are ours:
//!
//! | what a client does | what it gets |
//! | --- | --- |
//! | it sends what is not HTTP/1 | 400, empty, or the connection is closed |
//! | it sends a head of more than 64 KiB or 100 headers | 431, empty |
//! | it sends a body of more than 64 KiB | 413, empty |
//! | it does not finish a body within 3 seconds | 408, empty |
//! | it does not finish a TLS handshake, or the head of its first request, within 3 seconds | the connection is closed |
//! | it sends no further request within 30 seconds | the connection is closed |
//! | it reads nothing of an answer for 30 seconds | the connection is closed |
//! | it opens a connection while 512 are open, of all clients and the control listener together, or as many as the system allows | it waits until one of them ends |
//!
//! The page and its files are served whatever body comes with the request, which is not read.
//!
//! # What is known of the service, and what is ours
//!
//! Documented by Microsoft ("Get IP statistics API", "Common REST API error codes"): the operation, the bounds and
//! default of the look-back, the quota, the permission and the audience, 200 with prevalence 0 for an unknown
//! address, 400 `InvalidIpAddress` with its wording, the envelope of errors, `Retry-After`, and that a user needs
//! 'View Data'.
//!
//! Documented of Entra: the request for a token, by secret or assertion, and its answer, and the shape of errors with
//! the codes 7000215, 7000222, 700016, 90002 and 70011.
//!
//! Recorded from the live service and published: `orgPrevalence`, `null` times and two headers of a 200, `Content-Type`
//! and `OData-Version` (in the knowledge base of a Swimlane connector, 2023), times with a fraction of up to seven digits
//! (in a Splunk connector, 2021), the wordings of a missing licence, of a missing role and of a spent quota, `429` as a code, the
//! empty body of a 404, the claims of a token and its life of 3,900 seconds.
//!
//! Not known, and a ruling of ours, on which no client should rely:
//!
//! - what the settings below call unknown;
//! - the order above, and that of the refused calls a 400 takes from the quota, but no 401, 403, 404 or 405;
//! - that a wait of more than 2,147,483,647 seconds is told as that many;
//! - that parameters of names other than `lookBackHours`, letter case included, are ignored;
//! - the wordings for a token that is missing, unknown, expired or for another audience, for a missing scope and for a
//!   missing 'View Data'; that only the latest 10,000 tokens of the token endpoint are known, and that other tokens
//!   never expire;
//! - of the token endpoint: the order of its table, the statuses, which `error` stands for what, the wordings, that there
//!   is no code where that of Entra is not known, the form of `timestamp`, that `trace_id` and `correlation_id` are the
//!   id of the request, that there is no `error_uri`, that a parameter without a value counts as missing, and that other
//!   parameters are ignored;
//! - that apps get the tokens of users by client credentials, where Entra lets the user sign in;
//! - of assertions: that they may be valid by the sandbox's [`Clock`] or by that of the machine, for who signs goes by
//!   the latter; that `aud` is [`Sandbox::url`] or the same with `localhost`, then the path, in any letter case and
//!   without a slash at the end; that an assertion can be used again; that without `x5t` and `x5t#S256` all certificates
//!   of the app are tried, and that their dates are not looked at;
//! - that HTTP Basic is taken, and that a 401 has no `WWW-Authenticate`, although RFC 6749 asks for it after Basic: a
//!   browser would show a dialogue of its own in place of the reason;
//! - that client ids and tenants are the same in any letter case;
//! - that the strict syntax of [`std::net::IpAddr`] decides what an address is, after percent-decoding;
//! - the answer to another method;
//! - the limits above, and what is answered beyond them;
//! - that the id of a request stands on every answer to one whose head could be read, but on those of the page, is the
//!   `target` in an error, and is counted up from 1;
//! - that answers are dated by the sandbox's [`Clock`];
//! - that errors are `application/json`, and that a clock which is set back takes back what a quota counted later.
//!
//! # What can be set
//!
//! Where documentation and recordings differ, both forms can be had, and where they say nothing, more than one guess:
//! by [`SandboxBuilder::quirks`], from fields or from texts such as `times=window`. The default comes first. Each value
//! keeps to the contract; what does not, such as a 401 without a body, is a fault.
//!
//! | setting | value | known of the service | what it means |
//! | --- | --- | --- | --- |
//! | `times` | | | Which connections `orgFirstSeen` and `orgLastSeen` are the first and the last of. |
//! | | `history` | unknown | Those of the past 30 days, whatever the look-back. The documented example speaks for it. |
//! | | `window` | unknown | Those of the look-back window; both are `null` if there are none. |
//! | `ip-address` | | | How `ipAddress` repeats the address. |
//! | | `as-asked` | unknown | As it was written in the request, after percent-decoding. |
//! | | `normalised` | unknown | As Rust writes it: IPv6 in lower case, without leading zeros, the longest run of zeros as `::`. |
//! | `invalid-look-back` | | | What a `lookBackHours` gets that is out of 1 to 720, no whole number or given twice. |
//! | | `refused` | unknown | 400 with the code `BadRequest`. |
//! | | `default` | unknown | The answer for 720 hours, as if it had not been given. |
//! | | `nearest` | unknown | A whole number out of range gets the answer for 1 or 720, whichever is nearer; all else is refused. |
//! | `request-id-header` | | | Which header of each answer carries the id of the request, which is also the `target` of an error. |
//! | | `request-id` | unknown | `request-id`. |
//! | | `x-ms-request-id` | unknown | `x-ms-request-id`. |
//! | | `none` | unknown | No header does. |
//! | `invalid-address-code` | | | The `code` of the 400 for an address that is none. |
//! | | `InvalidIpAddress` | documented | The code that stands for just this error. |
//! | | `BadRequest` | recorded | The code of a recorded 400; what was wrong with that request is not known. |
//! | `legacy-prevalence` | | | Whether an answer has the older `orgPrevalence` beside `organizationPrevalence`. |
//! | | `sent` | recorded | It has, as a number in a string. |
//! | | `left-out` | documented | It has not. |
//! | `fields` | | | In which order the fields of an answer come. |
//! | | `recorded` | recorded | In one order, that of a recorded answer. |
//! | | `shuffled` | unknown | In an order that depends on the number of the request, the same in every run. |
//! | `context-host` | | | The host that `@odata.context` names. |
//! | | `api.securitycenter.microsoft.com` | documented | This host, whatever the sandbox's own name is. |
//! | | `<host name without scheme, port or path>` | recorded | Another host. Those of regional backends were recorded, one of which begins with `api-eu3`. |
//! | `throttle-code` | | | The `code` of a 429. |
//! | | `429` | recorded | The number of the status. |
//! | | `TooManyRequests` | documented | The name of the status. |
//! | `retry-after` | | | Whether a 429 has the header `Retry-After`. |
//! | | `sent` | documented | It has, with whole seconds. |
//! | | `left-out` | unknown | It has not. |
//! | `wait-in-message` | | | Whether the message of a 429 tells how long to wait. |
//! | | `sent` | recorded | It ends with "You can send requests again in 8 seconds." |
//! | | `left-out` | recorded | It ends as another recorded one does, "maximum allowed 1500 per 01:00:00"; how that begins is not known. |
//! | `throttled-calls` | | | Whether a call that gets a 429 takes from the quota. |
//! | | `free` | unknown | It does not, so that one gets through after the wait that was told first, whatever was sent meanwhile. |
//! | | `counted` | unknown | It does: one reading of the documented remark that who sends on while throttled stays throttled. |

mod api;
mod apps;
mod assertion;
mod clock;
mod connection;
mod control;
mod duration;
mod events;
mod events_file;
mod faults;
mod page;
pub mod quirks;
mod random;
mod rate_limit;
mod refusal;
mod request_log;
mod sandbox;
mod server;
mod service;
mod synthetic;
mod token_endpoint;
mod tokens;

pub use apps::{App, TokenClaims, User};
pub use assertion::CertificateError;
pub use clock::{Clock, ClockError};
pub use events::{ConnectionEvent, Events};
pub use events_file::EventsError;
pub use faults::{Fault, FaultError, FaultOn};
pub use quirks::{Quirks, Setting, SettingError};
pub use rate_limit::{Quota, QuotaError};
pub use request_log::ReceivedRequest;
pub use sandbox::{Sandbox, SandboxBuilder};
pub use server::StartError;
