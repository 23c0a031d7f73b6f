//! The page: Swagger UI on the contract, with a token ready to use.

use std::collections::HashMap;
use std::io::{Cursor, Read as _};
use std::sync::{Arc, LazyLock};

use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use mde_openapi::CONTRACT_JSON;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
use zip::ZipArchive;

use crate::apps::{App, SCOPE, TENANT};
use crate::browser::{OwnUrl, Pages, guard};
use crate::entra::token_url;
use crate::users::User;

const TEMPLATE: &str = include_str!("page/index.html");

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const PNG: &str = "image/png";

/// Path, content type and text.
const OWN: [(&str, &str, &str); 3] = [
    ("/page.css", CSS, include_str!("page/page.css")),
    ("/page.js", JAVASCRIPT, include_str!("page/page.js")),
    ("/sign-in.css", CSS, include_str!("page/sign-in.css")),
];

/// Path and content type.
const OF_SWAGGER_UI: [(&str, &str); 3] = [
    ("/swagger-ui/favicon-32x32.png", PNG),
    ("/swagger-ui/swagger-ui-bundle.js", JAVASCRIPT),
    ("/swagger-ui/swagger-ui.css", CSS),
];

/// The placeholder for the facts in the template.
const FACTS: &str = "{facts}";

/// The page runs and fetches only what comes from the sandbox, and cannot be framed. Swagger UI has images in its style
/// sheet.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What the page shows of a sandbox, except its URL.
pub(crate) struct Page {
    pub(crate) scheme: &'static str,
    pub(crate) token: String,
    pub(crate) apps: Vec<App>,
    pub(crate) public_clients: Vec<App>,
    pub(crate) users: Vec<User>,
}

#[derive(Serialize)]
struct Facts<'a> {
    url: &'a str,
    token: &'a str,
    tenant: &'a str,
    token_url: String,
    scope: &'static str,
    /// Path and query of the documented request, as the examples of the contract have it.
    request: Option<String>,
    apps: Vec<AppFacts<'a>>,
    public_clients: Vec<Named<'a>>,
    users: Vec<Named<'a>>,
}

/// A client by its id, or a user, and what distinguishes it from the others.
#[derive(Serialize)]
struct Named<'a> {
    name: &'a str,
    note: &'a str,
}

#[derive(Serialize)]
struct AppFacts<'a> {
    client_id: &'a str,
    client_secret: &'a str,
    tenant: &'a str,
    note: &'a str,
}

pub(crate) fn routes(page: Page) -> Router {
    let page = Arc::new(page);
    let routes = Router::new().route("/", get(html)).route("/openapi.json", get(openapi)).with_state(Arc::clone(&page));
    let routes = OWN.into_iter().fold(routes, |routes, (path, content_type, text)| {
        routes.route(path, get(async move || ([(CONTENT_TYPE, content_type)], text)))
    });
    let routes = OF_SWAGGER_UI.into_iter().fold(routes, |routes, (path, content_type)| {
        let unpacked = async move || or_broken(unpacked(path)).map(|bytes| ([(CONTENT_TYPE, content_type)], bytes));
        routes.route(path, get(unpacked))
    });
    routes.route_layer(middleware::from_fn_with_state(Pages { scheme: page.scheme, policy: POLICY }, guard))
}

async fn html(State(page): State<Arc<Page>>, Extension(OwnUrl(url)): Extension<OwnUrl>) -> Response {
    let app = |app| AppFacts {
        client_id: App::client_id(app),
        client_secret: App::client_secret(app),
        tenant: App::tenant(app),
        note: App::note(app),
    };
    let facts = Facts {
        url: &url,
        token: &page.token,
        tenant: TENANT,
        token_url: token_url(&url, TENANT),
        scope: SCOPE,
        request: CONTRACT.as_ref().and_then(documented_request),
        apps: page.apps.iter().map(app).collect(),
        public_clients: page
            .public_clients
            .iter()
            .map(|app| Named { name: app.client_id(), note: app.note() })
            .collect(),
        users: page.users.iter().map(|user| Named { name: user.name(), note: user.note() }).collect(),
    };
    // Without this character the facts cannot end the element that holds them.
    let json = serde_json::to_string(&facts).ok().map(|json| json.replace('<', "\\u003c"));
    or_broken(json).map(|json| Html(TEMPLATE.replace(FACTS, &json))).into_response()
}

async fn openapi(Extension(OwnUrl(url)): Extension<OwnUrl>) -> Response {
    or_broken(contract_of(&url)).map(Json).into_response()
}

/// What is built in is complete, or the tests fail.
fn or_broken<T>(built_in: Option<T>) -> Result<T, StatusCode> {
    built_in.ok_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The security scheme by which a token that one has already is given.
const TOKEN_SCHEME: &str = "token";

static CONTRACT: LazyLock<Option<Value>> = LazyLock::new(|| serde_json::from_str(CONTRACT_JSON).ok());

/// The contract as the sandbox serves it, about itself instead of the service: with one server, the sandbox at `url`, with its token endpoint, and with a second way to give a token.
/// `None` if the contract has no place for these.
fn contract_of(url: &str) -> Option<Value> {
    let mut contract = CONTRACT.clone()?;
    let description = contract.pointer_mut("/info/description")?;
    *description =
        format!("**This is a sandbox: its figures are made up, or come from a file.**\n\n{}", description.as_str()?)
            .into();
    *contract.pointer_mut("/servers")? = json!([{"url": url, "description": "This sandbox."}]);
    contract.pointer_mut("/security")?.as_array_mut()?.push(json!({TOKEN_SCHEME: []}));

    let schemes = contract.pointer_mut("/components/securitySchemes")?.as_object_mut()?;
    let entra = schemes.get_mut("entra")?;
    *entra.pointer_mut("/flows/clientCredentials/tokenUrl")? = token_url(url, TENANT).into();
    *entra.get_mut("description")? = "A token from the token endpoint of this sandbox, which stands in for Microsoft \
                                      Entra ID. Ask with the client id and the secret of one of the sandbox's apps."
        .into();
    let token = json!({
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token that this sandbox has issued, such as the one on its page.",
    });
    schemes.insert(TOKEN_SCHEME.to_owned(), token);
    Some(contract)
}

/// Path and query of the first request that a source shows: one with an example of it for each parameter that must be there.
fn documented_request(contract: &Value) -> Option<String> {
    let mut paths = contract.get("paths")?.as_object()?.iter();
    paths.find_map(|(path, item)| {
        let parameters = item.get("get")?.get("parameters")?.as_array()?;
        let sources = parameters.iter().filter_map(|parameter| parameter.get("examples")?.as_object());
        let mut sources = sources.flat_map(|examples| examples.keys());
        sources.find_map(|source| request_of(path, parameters, source))
    })
}

/// The request that a source shows; none where it lacks a value.
fn request_of(path: &str, parameters: &[Value], source: &str) -> Option<String> {
    let (mut path, mut separator) = (path.to_owned(), '?');
    let mut query = String::new();
    for parameter in parameters {
        let name = parameter.get("name")?.as_str()?;
        let shown = parameter.get("examples").and_then(|examples| examples.get(source)?.get("value"));
        let Some(value) = shown else {
            if parameter.get("required") == Some(&Value::Bool(true)) {
                return None;
            }
            continue;
        };
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match parameter.get("in")?.as_str()? {
            "path" => path = path.replace(&format!("{{{name}}}"), &value),
            _ => {
                query += &format!("{separator}{name}={value}");
                separator = '&';
            }
        }
    }
    Some(path + &query)
}

/// Unpacked on first use: most sandboxes never show the page.
static UNPACKED: LazyLock<HashMap<&'static str, Bytes>> = LazyLock::new(|| unpack().unwrap_or_default());

/// A file of Swagger UI by its path.
fn unpacked(path: &str) -> Option<Bytes> {
    UNPACKED.get(path).cloned()
}

fn unpack() -> Option<HashMap<&'static str, Bytes>> {
    let mut archive = ZipArchive::new(Cursor::new(SWAGGER_UI_VENDORED)).ok()?;
    // The folder that everything is in is called after the version.
    let folder = archive.file_names().next()?.ok()?.split('/').next()?.to_owned();
    let mut unpacked = HashMap::new();
    for (path, _) in OF_SWAGGER_UI {
        let name = path.rsplit('/').next()?;
        let mut bytes = Vec::new();
        archive.by_name(&format!("{folder}/dist/{name}")).ok()?.read_to_end(&mut bytes).ok()?;
        unpacked.insert(path, bytes.into());
    }
    Some(unpacked)
}
