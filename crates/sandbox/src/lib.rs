//! A loopback service that answers getIPStatistics as the documentation and the recordings say.
//!
//! It replaces Microsoft Defender for Endpoint where the real service cannot be used: in tests, in examples, when trying
//! a script. Its figures are made up, or come from a file of [`Events`].
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
//! 720, default 720. Figures are computed from [`Events`]:
//!
//! - `organizationPrevalence` is the number of distinct devices that connected in the look-back window
//!   `(now - lookBackHours, now]`, and `orgPrevalence` the same as text.
//! - `orgFirstSeen` and `orgLastSeen` are the first and last connection of the past 30 days. They stay when the
//!   window is empty and the prevalence 0.
//! - An address without a connection in the past 30 days has prevalence 0 and both times `null`.
//! - Events of the future do not count.
//!
//! [Quirks](#quirks) can change this. The checks of a request run in this order, and the first that fails is the answer:
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
//! | the address is not an IP address | 400 `InvalidIpAddress` |
//! | `lookBackHours` is repeated, not a whole number, or not in 1 to 720 | 400 `BadRequest` |
//!
//! A test enumerates the answers to calls of the operation and checks each against the contract, `openapi/mde.yaml`.
//! Only answers to malformed or oversized requests, [below](#limits), are outside the contract.
//!
//! # Tokens
//!
//! [`Sandbox::token`] is ready to use. There is also a token endpoint in the shape of Entra's, on the same address:
//! `POST /{tenant}/oauth2/v2.0/token` with the form `client_id`, `client_secret`, `grant_type=client_credentials` and
//! `scope={audience}/.default`. The apps are [`Sandbox::apps`], each in its [`App::tenant`]. The audience may be that of
//! any cloud, although this API accepts tokens for the commercial one only. A client library that insists on https gets
//! it from [`SandboxBuilder::tls`].
//!
//! An app authenticates in one of three ways:
//!
//! - by its secret in the form, as above;
//! - by its id and secret in `Authorization: Basic`, both form-urlencoded, and neither in the form;
//! - by a certificate registered with it ([`App::with_certificate`]): in place of the secret, the form has
//!   `client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer` and `client_assertion`, a JWT
//!   signed with the certificate's key by RS256 or PS256. Its header may name the certificate, by `x5t` or
//!   `x5t#S256`, and has no `crit`. Its claims `iss` and `sub` are the client id, `aud` is the URL of the token endpoint,
//!   `exp` is in the future, and `nbf`, if present, is not.
//!
//! The answer is 200 with `token_type`, `expires_in` (3599), `ext_expires_in` (0) and `access_token`: an unsigned JWT
//! with the claims `aud`, `roles`, `tid`, `appid`, `ver` and `exp`, valid for 3,900 seconds by the sandbox's [`Clock`]. The
//! token of an app that acts for a user ([`App::on_behalf_of`]), or to which a user has signed in, has `scp` in place of
//! `roles`. Requests for tokens do not count against the quota. Here, too, the first check that fails is the answer:
//!
//! | what is wrong | status, `error` | AADSTS |
//! | --- | --- | --- |
//! | the method is not POST | 405, empty, `Allow: POST` | |
//! | the tenant is unknown | 400 `invalid_request` | 90002 |
//! | `grant_type` is not `client_credentials` or one [for people](#people-who-sign-in) | 400 `unsupported_grant_type` | |
//! | the tenant is `common`, `organizations` or `consumers` | 400 `invalid_request` | |
//! | `Authorization: Basic` is malformed or repeated | 401 `invalid_client` | |
//! | no app of the tenant has the `client_id` | 400 `unauthorized_client` | 700016 |
//! | the app is a public client | 400 `unauthorized_client` | |
//! | the app authenticates in two ways at once | 400 `invalid_request` | |
//! | `client_assertion_type` is another one | 400 `invalid_request` | |
//! | the `client_assertion` is not a JWT, or not signed by a certificate of the app | 401 `invalid_client` | |
//! | it is, and its claims are wrong | 401 `invalid_client` | |
//! | the `client_secret` is not that of the app | 401 `invalid_client` | 7000215 |
//! | it is, and has expired | 401 `invalid_client` | 7000222 |
//! | the `scope` is not an audience with `/.default` | 400 `invalid_scope` | 70011 |
//! | a parameter is missing, where it is needed | 400 `invalid_request` | |
//! | a parameter is repeated, where it is needed | 400 `invalid_request` | |
//!
//! # People who sign in
//!
//! To a public client ([`App::public`], of which there is one in [`Sandbox::public_clients`]) people sign in, who are
//! [`Sandbox::users`]: one who may call, one who lacks 'View Data', and one who has consented to nothing. They are of
//! [`Sandbox::tenant`], for which `organizations` and `common` stand as well. There are two ways to a token:
//!
//! - by a browser (RFC 6749, section 4.1, and RFC 7636): `GET /{tenant}/oauth2/v2.0/authorize` with the query `client_id`,
//!   `response_type=code`, `redirect_uri`, `scope`, `code_challenge`, `code_challenge_method=S256` and, if one likes,
//!   `state`. It shows a page with a button for each user and one to decline, which lead back to the `redirect_uri`. The
//!   `code` there gets a token by `grant_type=authorization_code`, with the same `redirect_uri` and a `code_verifier`;
//! - by a device code (RFC 8628): `POST /{tenant}/oauth2/v2.0/devicecode` with the form `client_id` and `scope`. A person
//!   enters the `user_code` of the answer on the page `/devicelogin`, and presses one of the same buttons. Meanwhile the
//!   app asks for a token by `grant_type=urn:ietf:params:oauth:grant-type:device_code` with the `device_code`.
//!
//! The `scope` is permissions of one audience, such as `{audience}/.default`, and `offline_access`, without which there is
//! no refresh token. By `grant_type=refresh_token` a refresh token gets another token, for the same scope unless one is
//! sent. The answer with a token has `scope` and `refresh_token` beside what apps get.
//!
//! A program can play the browser: it posts `user={name}` or `decline=yes` to the URL of the page, with its query, or on
//! `/devicelogin` with the `user_code`. For a device there is [`Sandbox::approve_device_code`], too:
//!
//! ```
//! use mde_sandbox::Sandbox;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let client_id = sandbox.public_clients()[0].client_id();
//! let client = reqwest::Client::builder().no_proxy().build()?;
//! let post = async |path: &str, form: String| {
//!     let request = client.post(format!("{}/organizations/oauth2/v2.0/{path}", sandbox.url()));
//!     let request = request.header("Content-Type", "application/x-www-form-urlencoded").body(form);
//!     request.send().await?.json::<serde_json::Value>().await
//! };
//!
//! let device = post("devicecode", format!("client_id={client_id}&scope={}", sandbox.scope())).await?;
//! let grant_type = "urn:ietf:params:oauth:grant-type:device_code";
//! let form = format!(
//!     "client_id={client_id}&grant_type={grant_type}&device_code={}",
//!     device["device_code"].as_str().unwrap_or_default()
//! );
//! assert_eq!(post("token", form.clone()).await?["error"], "authorization_pending");
//! sandbox.approve_device_code(device["user_code"].as_str().unwrap_or_default(), &sandbox.users()[0]);
//! assert_eq!(post("token", form).await?["token_type"], "Bearer");
//! # Ok(())
//! # }
//! ```
//!
//! Of these checks, too, the first one that fails is the answer. Those of the authorization endpoint are shown on a page
//! with 400 as long as it is not known where the browser may be sent, and then sent to the `redirect_uri`:
//!
//! | what is wrong | where, `error` | AADSTS |
//! | --- | --- | --- |
//! | the tenant is unknown | page | 90002 |
//! | the tenant is `consumers` | page | |
//! | no app of the tenant has the `client_id` | page | 700016 |
//! | the app is not a public client | page | |
//! | the `redirect_uri` is not `http://localhost` or `http://127.0.0.1` with any port and path | page | 50011 |
//! | `state` is repeated | page | |
//! | `response_type` is not `code` | redirect, `unsupported_response_type` | |
//! | `response_mode` is not `query` | redirect, `invalid_request` | |
//! | the `scope` is not permissions of one audience | redirect, `invalid_scope` | 70011 |
//! | `code_challenge_method` is not `S256` | redirect, `invalid_request` | |
//! | the `code_challenge` has not the form of one | redirect, `invalid_request` | 501491 |
//! | a parameter is missing or repeated | page or redirect, `invalid_request` | |
//! | the user declines | redirect, `access_denied` | 65004 |
//!
//! Those of the token endpoint, and of `/devicecode` as far as they fit:
//!
//! | what is wrong | status, `error` | AADSTS |
//! | --- | --- | --- |
//! | the tenant is `consumers` | 400 `invalid_request` | |
//! | no app of the tenant has the `client_id` | 400 `unauthorized_client` | 700016 |
//! | the app is not a public client | 400 `unauthorized_client` | |
//! | a public client authenticates itself | 401 `invalid_client` | 700025 |
//! | the `scope` is not permissions of one audience | 400 `invalid_scope` | 70011 |
//! | the app did not get the `code` | 400 `invalid_grant` | |
//! | the `code` has been redeemed | 400 `invalid_grant` | 54005 |
//! | the `code` is 10 minutes old | 400 `invalid_grant` | 70008 |
//! | the `redirect_uri` is another one | 400 `invalid_grant` | |
//! | the `code_verifier` does not match | 400 `invalid_grant` | 501481 |
//! | the app did not get the `refresh_token`, or it was replaced | 400 `invalid_grant` | 70000 |
//! | the `refresh_token` is revoked | 400 `invalid_grant` | 50173 |
//! | the `refresh_token` is 90 days old | 400 `invalid_grant` | 700082 |
//! | the app did not get the `device_code`, or has redeemed it | 400 `bad_verification_code` | |
//! | the `device_code` is 15 minutes old | 400 `expired_token` | 70020 |
//! | nobody has entered the `user_code` yet | 400 `authorization_pending` | 70016 |
//! | the user declined | 400 `authorization_declined` | |
//! | the user has not consented to the `scope` | 400 `invalid_grant` | 65001 |
//! | a parameter is missing or repeated, where it is needed | 400 `invalid_request` | |
//!
//! The pages need no script, and are shown, like the page below, under the names of this machine only. A form that a page
//! of another site sends gets 403. What is asked of them is among [`Sandbox::requests`], without `state` and `code_challenge`.
//!
//! # The page
//!
//! In a browser, [`Sandbox::url`] shows Swagger UI on the contract, with a token and a button that authorizes with it,
//! the apps with their secrets, the public clients and the users who can sign in to them, and a curl command. `GET /openapi.json` is the contract as JSON, with the sandbox as its
//! only server and token endpoint, and a security scheme `token` beside `entra`. The page loads nothing from the network.
//!
//! Page and contract answer only under a `Host` of `localhost` or a loopback address, with any port, and otherwise with
//! 421: a foreign web site may resolve its own name to this machine. The API and the token endpoint answer under any
//! name. No answer has CORS headers. Requests for the page are not among [`Sandbox::requests`], and their answers have no
//! `request-id`.
//!
//! # Faults
//!
//! A [`Fault`] makes something go wrong on demand, on calls of the operation or of the token endpoint: any status with
//! any body, a gateway's page, a reset, a truncated or late answer, a wrong content type or address.
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
//! Faults act like a chain of gateways: the first one that is due applies, is counted, and hides the call from those
//! injected after it. For two effects on one call, such as a status and a delay, write one fault. Calls of other routes
//! are never faulted. Answers keep their request id unless the fault sets another. The answers of faults are ours;
//! nothing is known of what stands in front of the service.
//!
//! # Clock and control
//!
//! A sandbox runs by a [`Clock`], which a test can set, advance and stop: [`Sandbox::clock`]. Events keep their times,
//! those of [`Events::synthetic`] around the start; after a jump to another year they are in the future, or too old to count.
//!
//! [`SandboxBuilder::control`] adds a second address, in plain http, for control from another process:
//!
//! | request | what it does |
//! | --- | --- |
//! | `GET /` | lists these requests in plain text, with a curl command for each |
//! | `GET /requests` | the latest requests, [`Sandbox::requests`], as JSON |
//! | `DELETE /requests` | forgets them |
//! | `GET /faults` | the faults that can still apply, [`Sandbox::faults`], each as text in a JSON array |
//! | `POST /faults` | injects the fault in the body, such as `html=502 next=3` |
//! | `DELETE /faults` | removes all faults |
//! | `POST /device-codes/{user_code}` | signs in the user whose name is the body on the device that shows this code, or declines if the body is `decline` |
//! | `DELETE /refresh-tokens` | revokes all refresh tokens |
//! | `GET /clock` | the time: `{"now":"2025-06-01T00:00:00Z","stands_still":true}` |
//! | `PUT /clock` | sets the time to the one in the body, such as `2025-06-01T00:00:00Z`, and stops the clock there |
//! | `POST /clock/advance` | advances the clock by the duration in the body: a whole number and `s`, `m` or `h` |
//! | `DELETE /clock` | follows the machine's clock again |
//!
//! Errors are `{"error":"…"}` with 400, 404, 405, 408 or 413. A request with an `Origin` header, or with a `Host` that is
//! neither `localhost` nor a loopback address, gets 403: it comes from a page in a browser.
//!
//! # Limits
//!
//! A client that is slow, silent or wrong does not keep others from being answered. The limits are ours:
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
//! | it connects while 512 connections are open, those of the control address included, or as many as the system allows | it waits until one of them ends |
//!
//! Of authorization codes, device codes and refresh tokens the latest 1,000 each are known.
//!
//! The page and its files are served whatever body comes with the request, which is not read.
//!
//! # What is known of the service, and what is ours
//!
//! Documented by Microsoft ("Get IP statistics API", "Common REST API error codes"): the operation, the bounds and
//! default of the look-back, the quota, the permission and the audience, 200 with prevalence 0 for an unknown
//! address, 400 `InvalidIpAddress` with its wording, the envelope of errors, `Retry-After`, and that a user needs
//! 'View Data'. Documented of Entra ("OAuth 2.0 authorization code flow", "OAuth 2.0 device authorization grant flow",
//! "Refresh tokens", "Redirect URI restrictions", "Authentication and authorization error codes"): the requests for a
//! token, their answers, the shape of errors and what the codes mean that are shown here, except 70008 for a code and
//! 70020; the names of the errors while a device waits, other than `slow_down`; that a code is valid for about 10 minutes, a
//! device code for 15 and a refresh token for 90 days; that the port of a redirect URI on `localhost` does not matter, that
//! one on `[::1]` is not accepted, and that one without a path gets a slash.
//!
//! Recorded from the live service and published: `orgPrevalence`, `null` times, and the headers `Content-Type` and
//! `OData-Version` of a 200 (in the knowledge base of a Swimlane connector, 2023); times with a fraction of up to seven
//! digits (in a Splunk connector, 2021); the wordings of a missing licence, of a missing role and of a spent quota; `429`
//! as a code; the empty body of a 404; the claims of a token and its life of 3,900 seconds. Of Entra, in questions of users:
//! 70020 with an expired device code, and 5 as its `interval`.
//!
//! Not known, and a ruling of ours, on which no client should rely:
//!
//! - what the quirks below call unknown;
//! - the order of the checks, and that of the refused calls a 400 counts against the quota, but no 401, 403, 404 or 405;
//! - that a wait of more than 2,147,483,647 seconds is given as that many;
//! - that parameters of names other than `lookBackHours`, letter case included, are ignored;
//! - the wordings for a token that is missing, unknown, expired or for another audience, for a missing scope and for a
//!   missing 'View Data'; that only the latest 10,000 tokens of the token endpoint are known, and that other tokens
//!   never expire;
//! - of the token endpoint: the order of its table, the statuses, which `error` means what, the wordings, that there
//!   is no code where that of Entra is not known, the form of `timestamp`, that `trace_id` and `correlation_id` are the
//!   request id, that there is no `error_uri`, that a parameter without a value counts as missing, and that other
//!   parameters are ignored;
//! - that apps with a secret get the tokens of users by client credentials, where Entra lets the user sign in;
//! - of people: that only public clients sign them in; that a code challenge by `S256` is required, where Entra accepts
//!   `plain` and none as well; that consent is not asked for on the page, and that 65001 is an `invalid_grant`; that `openid`,
//!   `profile` and `email` are accepted and get nothing, and that there is no ID token; that a token has all permissions to
//!   which the user has consented; that the first request with the right verifier uses up a code, and that a code that is sent
//!   again leaves its tokens valid; the form of a `user_code`, the path of its page and the `message`;
//! - of assertions: that they may be valid by the sandbox's [`Clock`] or by that of the machine, which the signer uses;
//!   that `aud` is [`Sandbox::url`] or the same with `localhost`, then the path, in any letter case and without a
//!   slash at the end; that an assertion can be used again; that without `x5t` and `x5t#S256` all certificates of the app
//!   are tried, and that their dates are not checked;
//! - that HTTP Basic is accepted, and that a 401 has no `WWW-Authenticate`, although RFC 6749 asks for it after Basic: a
//!   browser would show a dialogue of its own in place of the reason;
//! - that client ids and tenants are the same in any letter case;
//! - that the strict syntax of [`std::net::IpAddr`] decides what an address is, after percent-decoding;
//! - the answer to another method, and the limits above;
//! - that every answer to a request whose head could be read, except those of the page, has a request id, which is the
//!   `target` of an error and counts up from 1;
//! - that answers are dated by the sandbox's [`Clock`], that errors are `application/json`, and that setting a clock back
//!   takes back what a quota counted later.
//!
//! # Quirks
//!
//! [`Quirks`] choose a form where documentation and recordings differ, and a guess where they say nothing:
//! [`SandboxBuilder::quirks`], from fields or from texts such as `times=window`. The default comes first. Each value
//! keeps to the contract; what does not, such as a 401 without a body, is a fault.
//!
//! | setting | value | known of the service | what it means |
//! | --- | --- | --- | --- |
//! | `times` | | | Which connections `orgFirstSeen` and `orgLastSeen` are the first and the last of. |
//! | | `history` | unknown | Those of the past 30 days, whatever the look-back. The documented example speaks for it. |
//! | | `window` | unknown | Those of the look-back window; both are `null` if there are none. |
//! | `ip-address` | | | How `ipAddress` repeats the address. |
//! | | `as-asked` | unknown | As in the request, after percent-decoding. |
//! | | `normalised` | unknown | As Rust writes it: IPv6 in lower case, without leading zeros, the longest run of zeros as `::`. |
//! | `invalid-look-back` | | | The answer to a `lookBackHours` that is not in 1 to 720, not a whole number or repeated. |
//! | | `refused` | unknown | 400 with the code `BadRequest`. |
//! | | `default` | unknown | The answer for 720 hours, as if it were missing. |
//! | | `nearest` | unknown | A whole number out of range gets the answer for 1 or 720, whichever is nearer; all else is refused. |
//! | `request-id-header` | | | The header with the request id, which is also the `target` of an error. |
//! | | `request-id` | unknown | `request-id`. |
//! | | `x-ms-request-id` | unknown | `x-ms-request-id`. |
//! | | `none` | unknown | No header does. |
//! | `invalid-address-code` | | | The `code` of the 400 for an invalid address. |
//! | | `InvalidIpAddress` | documented | The code of just this error. |
//! | | `BadRequest` | recorded | The code of a recorded 400; what was wrong with that request is not known. |
//! | `legacy-prevalence` | | | Whether an answer has the older `orgPrevalence` beside `organizationPrevalence`. |
//! | | `sent` | recorded | It has, as a number in a string. |
//! | | `left-out` | documented | It has not. |
//! | `fields` | | | The order of the fields of an answer. |
//! | | `recorded` | recorded | That of a recorded answer. |
//! | | `shuffled` | unknown | One that depends on the number of the request, the same in every run. |
//! | `context-host` | | | The host that `@odata.context` names. |
//! | | `api.securitycenter.microsoft.com` | documented | This host, whatever the sandbox's own name is. |
//! | | `<host name without scheme, port or path>` | recorded | Another host. Those of regional backends were recorded, one of which begins with `api-eu3`. |
//! | `throttle-code` | | | The `code` of a 429. |
//! | | `429` | recorded | The number of the status. |
//! | | `TooManyRequests` | documented | The name of the status. |
//! | `retry-after` | | | Whether a 429 has the header `Retry-After`. |
//! | | `sent` | documented | It has, with whole seconds. |
//! | | `left-out` | unknown | It has not. |
//! | `wait-in-message` | | | Whether the message of a 429 gives the wait. |
//! | | `sent` | recorded | It ends with "You can send requests again in 8 seconds." |
//! | | `left-out` | recorded | It ends as another recorded one does, "maximum allowed 1500 per 01:00:00"; how that begins is not known. |
//! | `throttled-calls` | | | Whether a call that gets a 429 counts against the quota. |
//! | | `free` | unknown | It does not, so that a call gets through after the first wait, whatever was sent meanwhile. |
//! | | `counted` | unknown | It does: one reading of the documented remark that sending on while throttled keeps a client throttled. |
//! | `refresh-tokens` | | | What becomes of a refresh token that is used. |
//! | | `kept` | documented | A new one is issued, and the old one stays valid. |
//! | | `replaced` | unknown | A new one is issued, and the old one is refused from then on. |
//! | | `reused` | unknown | None is issued: the old one is to be used again. |
//! | `polling-interval` | | | The `interval` of a device code, the seconds between two requests for its token. |
//! | | `5` | recorded | 5. |
//! | | `1` | unknown | 1, for tests that do not want to wait. |
//! | | `left-out` | unknown | None is given, which means 5 (RFC 8628, section 3.2). |
//! | `fast-polling` | | | The answer to a device that asks sooner than its interval allows, while nobody has decided yet. |
//! | | `pending` | unknown | `authorization_pending`, as to one that waits long enough. |
//! | | `slow-down` | unknown | `slow_down`, and the interval is 5 seconds longer from then on (RFC 8628, section 3.5). |
//! | `declined-device` | | | The `error` of a device code that the user has declined. |
//! | | `authorization_declined` | documented | Entra's own name. |
//! | | `access_denied` | unknown | The name of RFC 8628, section 3.5. |

// Files import one way. `sandbox` (handle and builder) starts the `server` with the routes of `api`, `entra`, `page` and
// `control`; `browser` guards the pages of two of them. The routes share the state in `service`, which holds what a sandbox
// knows: `apps`, `users` and `tokens`, the grants of `entra`, `events` (also `synthetic` ones), the `request_log`, and the
// `faults` with their layer. `refusal` has the errors of the API; `assertion` and `rate_limit` serve `apps`; `connection` is
// for `server` and the fault layer.
// At the bottom are `quirks`, `clock` and `duration`. No file knows a type of the client.
mod api;
mod apps;
mod assertion;
mod browser;
mod clock;
mod connection;
mod control;
mod duration;
mod entra;
mod events;
mod faults;
mod page;
pub mod quirks;
mod rate_limit;
mod refusal;
mod request_log;
mod sandbox;
mod server;
mod service;
mod synthetic;
mod tokens;
mod users;

pub use apps::App;
pub use assertion::CertificateError;
pub use clock::{Clock, ClockError};
pub use events::{ConnectionEvent, Events, EventsError};
pub use faults::{Fault, FaultError, FaultOn};
pub use quirks::{Quirks, Setting, SettingError};
pub use rate_limit::{Quota, QuotaError};
pub use request_log::ReceivedRequest;
pub use sandbox::{Sandbox, SandboxBuilder};
pub use server::StartError;
pub use users::{TokenClaims, User};
