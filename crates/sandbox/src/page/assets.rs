//! The files that the page needs: some of ours, and those of Swagger UI, which come packed.

use std::collections::HashMap;
use std::io::{Cursor, Read as _};
use std::sync::LazyLock;

use axum::body::Bytes;
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
use zip::ZipArchive;

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const PNG: &str = "image/png";

/// Path, content type and text.
pub(crate) const OWN: [(&str, &str, &str); 2] =
    [("/page.css", CSS, include_str!("page.css")), ("/page.js", JAVASCRIPT, include_str!("page.js"))];

/// Path and content type.
pub(crate) const OF_SWAGGER_UI: [(&str, &str); 3] = [
    ("/swagger-ui/favicon-32x32.png", PNG),
    ("/swagger-ui/swagger-ui-bundle.js", JAVASCRIPT),
    ("/swagger-ui/swagger-ui.css", CSS),
];

/// Unpacked when the first one is asked for: most sandboxes are never looked at by a person.
static UNPACKED: LazyLock<HashMap<&'static str, Bytes>> = LazyLock::new(|| unpack().unwrap_or_default());

/// A file of Swagger UI by its path.
pub(crate) fn unpacked(path: &str) -> Option<Bytes> {
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
