//! Whether answers can be remembered between runs.

use mde_store::Store;

use super::report::Finding;
use crate::settings::Settings;
use crate::store_file;

const FIX: &str = "give a folder that can be written to, by --store or MDE_STORE; without one, answers are not remembered, \
                   and runs do not share the quota";

/// A warning at most, for one can do without.
pub(super) async fn check(settings: &Settings, is_sandbox: bool) -> Finding {
    let Some(folder) = &settings.store else {
        return Finding::warn("there is no folder to remember answers in", FIX);
    };
    let path = store_file::path(&folder.value, is_sandbox);
    let (store, set_aside) = match Store::open(&path).await {
        Ok(opened) => opened,
        Err(error) => return Finding::warn(error.to_string(), FIX),
    };
    if let Some(aside) = set_aside {
        return Finding::warn(
            format!("{} {}", aside.path.display(), aside.reason),
            format!(
                "a new one is in its place; the old one is {}, to be looked at or deleted",
                aside.moved_to.display()
            ),
        );
    }
    match store.contents().await {
        Ok(contents) => {
            let answers =
                if contents.answers == 1 { "1 answer".to_owned() } else { format!("{} answers", contents.answers) };
            Finding::ok(format!("{} holds {answers}", path.display()))
        }
        Err(error) => Finding::warn(error.to_string(), FIX),
    }
}
