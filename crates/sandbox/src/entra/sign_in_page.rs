//! The pages on which a person signs in: a button for each made-up user, and nothing else to know or to type but the code
//! of a device.

use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use crate::entra::form::Form;
use crate::entra::grants::Decision;
use crate::entra::refusal::EntraRefusal;
use crate::entra::scope::Scope;
use crate::users::User;

/// The page runs nothing, cannot be framed, and its form leads back to the sandbox or, by a redirect, to an app on this
/// machine.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; \
                                 form-action 'self' http://localhost:* http://127.0.0.1:*; frame-ancestors 'none'";

/// The parameters of the form.
const USER: &str = "user";
const DECLINE: &str = "decline";

/// What a person answered: the name of a user, or that nobody signs in.
pub(crate) fn decision(headers: &HeaderMap, body: &[u8], users: &[User]) -> Result<Decision, EntraRefusal> {
    let form = Form::of_body(headers, body);
    if form.optional(DECLINE)?.is_some() {
        return Ok(Decision::Decline);
    }
    let name = form.required(USER)?;
    let user = users.iter().find(|user| user.name() == name);
    user.cloned().map(Decision::SignIn).ok_or_else(|| EntraRefusal::UnknownUser { user: name.into_owned() })
}

/// The page to which an app sends the browser.
pub(crate) fn for_browser(client_id: &str, scope: &Scope, users: &[User]) -> Response {
    let content = html! {
        h1 { "Sign in to an app" }
        p { "App " code { (client_id) } " asks for " code { (scope.asked()) } "." }
        form method="post" { (buttons(users)) }
    };
    page(StatusCode::OK, "Sign in to an app", &content)
}

/// The page for the code of a device, which may be another one than `unknown`.
pub(crate) fn for_device(users: &[User], unknown: Option<&str>) -> Response {
    let content = html! {
        h1 { "Sign in on a device" }
        @if let Some(code) = unknown {
            p #problem role="alert" { "No device waits for the code " code { (code) } ": it is mistyped, used or expired." }
        }
        form method="post" {
            p {
                label for="user-code" { "The code that the app shows" }
                input #user-code name="user_code" required autofocus autocomplete="off" autocapitalize="characters"
                    spellcheck="false" aria-describedby=[unknown.map(|_| "problem")];
            }
            (buttons(users))
        }
    };
    let status = if unknown.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    page(status, "Sign in on a device", &content)
}

fn buttons(users: &[User]) -> Markup {
    html! {
        ul {
            @for user in users {
                li {
                    button name=(USER) value=(user.name()) { strong { (user.name()) } " " span { (user.note()) } }
                }
            }
        }
        // The code of a device is needed to decline, too.
        button name=(DECLINE) value="yes" { "Decline" }
    }
}

/// The page after a device got its answer.
pub(crate) fn decided(decision: &Decision) -> Response {
    let content = match decision {
        Decision::SignIn(user) => html! {
            h1 { "Signed in" }
            p { "The app on the device is signed in as " strong { (user.name()) } ". You can close this window." }
        },
        Decision::Decline => html! {
            h1 { "Declined" }
            p { "The app on the device is not signed in. You can close this window." }
        },
    };
    page(StatusCode::OK, "Sign in on a device", &content)
}

/// The page in place of a redirect to where nobody may be sent, or after a form that is not the page's.
pub(crate) fn refused(refusal: &EntraRefusal) -> Response {
    let content = html! {
        h1 { "This does not work" }
        p #problem role="alert" { (refusal.description()) }
        p { "The app sent a request that the sandbox refuses. Nobody was signed in." }
    };
    page(StatusCode::BAD_REQUEST, "Refused", &content)
}

fn page(status: StatusCode, title: &str, content: &Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " - mde sandbox" }
                link rel="icon" type="image/png" href="/swagger-ui/favicon-32x32.png";
                link rel="stylesheet" href="/sign-in.css";
            }
            body {
                main {
                    p #banner {
                        strong { "This is a sandbox." }
                        " It stands in for Microsoft Entra ID, and its users are made up."
                    }
                    (content)
                }
            }
        }
    };
    (status, Html(page.into_string())).into_response()
}
