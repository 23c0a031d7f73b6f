//! The contract as the sandbox serves it: about itself instead of the service.

use std::sync::LazyLock;

use mde_openapi::CONTRACT_JSON;
use serde_json::{Value, json};

use crate::apps::TENANT;
use crate::token_endpoint::token_url;

/// The security scheme by which a token that one has already is given.
const TOKEN_SCHEME: &str = "token";

static OF_SERVICE: LazyLock<Option<Value>> = LazyLock::new(|| serde_json::from_str(CONTRACT_JSON).ok());

/// The contract with one server, the sandbox at `url`, with its token endpoint, and with a second way to give a token.
/// `None` if the contract has no place for these.
pub(crate) fn of_sandbox(url: &str) -> Option<Value> {
    let mut contract = OF_SERVICE.clone()?;
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
