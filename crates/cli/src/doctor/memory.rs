//! Whether answers can be remembered between runs.

use std::path::PathBuf;
use std::sync::Arc;

use mde_client::QuotaLedger;
use mde_store::{Quarantined, Store};

use super::report::Finding;
use crate::counted::counted;
use crate::settings::Settings;
use crate::store_file;

const FIX: &str = "give a folder that can be written to, by --store or MDE_STORE; without one, answers are not remembered, \
                   and runs do not share the quota";

/// The memory, or why there is none.
pub(super) struct Memory(Result<Opened, Finding>);

struct Opened {
    store: Store,
    quarantined: Option<Quarantined>,
    path: PathBuf,
}

impl Memory {
    pub(super) async fn open(settings: &Settings, is_sandbox: bool) -> Self {
        let Some(folder) = &settings.store else {
            return Self(Err(Finding::warn("there is no folder to remember answers in", FIX)));
        };
        let path = store_file::path(&folder.value, is_sandbox);
        let opened = Store::open(&path).await;
        Self(match opened {
            Ok((store, quarantined)) => Ok(Opened { store, quarantined, path }),
            Err(error) => Err(Finding::warn(error.to_string(), FIX)),
        })
    }

    /// Where the one call is booked, since other processes share its quota.
    pub(super) fn ledger(&self) -> Option<Arc<dyn QuotaLedger>> {
        self.0.as_ref().ok().map(|opened| opened.store.ledger())
    }

    /// A warning at most, for one can do without.
    pub(super) async fn check(self) -> Finding {
        let Opened { store, quarantined, path } = match self.0 {
            Ok(opened) => opened,
            Err(finding) => return finding,
        };
        if let Some(Quarantined { path, moved_to, reason }) = quarantined {
            return Finding::warn(
                format!("{} {reason}", path.display()),
                format!("a new one is in its place; the old one is {}, to be looked at or deleted", moved_to.display()),
            );
        }
        match store.contents().await {
            Ok(contents) => {
                Finding::ok(format!("{} holds {}", path.display(), counted(contents.answers, "answer", "answers")))
            }
            Err(error) => Finding::warn(error.to_string(), FIX),
        }
    }
}
