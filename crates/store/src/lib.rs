//! What `mde` remembers between runs and shares between processes: answers, with the time they were given, and the ledger
//! of the quota. It is a file of SQLite, or nothing but memory.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::SystemTime;
//!
//! use mde_client::QuotaKey;
//! use mde_store::{Scope, Store};
//!
//! let folder = tempfile::tempdir()?;
//! let (store, set_aside) = Store::open(&folder.path().join("mde.db")).await?;
//! assert!(set_aside.is_none());
//!
//! let key = QuotaKey::new("https://api.security.microsoft.com", "getIPStatistics");
//! let scope = Scope { key, parameters: "lookBackHours=48".to_owned() };
//! store.keep(&scope, "8.8.8.8", br#"{"organizationPrevalence":3}"#, SystemTime::now()).await?;
//!
//! let known = store.recall(&scope, vec!["8.8.8.8".to_owned(), "1.1.1.1".to_owned()], SystemTime::UNIX_EPOCH).await?;
//! assert_eq!(known.len(), 1);
//!
//! let client = mde_client::Client::builder().token("…").quota_ledger(store.ledger()).build()?;
//! # Ok(())
//! # }
//! ```
//!
//! # What is kept
//!
//! - Answers: the body as it came and the time it was given, by [`Scope`] and subject, until another is kept that is 31 days
//!   younger: what is that old goes when the file is next opened. That is the endpoint, the operation, the tenant, the app,
//!   the parameters and the address, and so who can read the file can read what was asked about. The file is for its owner only (mode 0600), and so are the folders that are made for it (0700). No token
//!   and no secret is in it.
//! - The ledger: for each [`QuotaKey`](mde_client::QuotaKey) a [`WindowLog`](mde_client::WindowLog).
//!
//! # What holds
//!
//! - Once [`Store::keep`] has returned, the answer outlives the process, however that ends. A loss of power may take the
//!   last few answers along, but never the file.
//! - A row that is not what was written, by its checksum, is never given out.
//! - A file that is damaged, has another form, or stays locked for **5 s** while nobody gets anything written, is renamed
//!   beside itself and a new one begun, with all that can still be read of the old one; what was to be done is done there.
//!   The new one is written before the old one is renamed, and whatever a process leaves that is killed in between, the
//!   next one ends. That is told by [`Store::open`] and [`Store::set_aside`]. Nothing is renamed once the future of
//!   [`Store::open`] was dropped. Of several processes that meet the same damage one does this, and the others follow. They follow
//!   as well when somebody deletes the file. What a process knew of the ledger it takes along.
//! - Where no file can be used any more, as on a full disk, the ledger goes on in memory with what the process knew of it,
//!   which [`Store::failure`] tells once; answers are an error then.
//! - No call blocks the caller's thread: a thread of the store's own does the work, in the order of the calls. A future
//!   that is dropped does no harm. Dropping the last handle, the ledger being one, waits until all is done.
//!
//! # How processes share a quota
//!
//! Each entry reads the book of its key, brings it forward to now, and writes it back, within a transaction that excludes
//! all others. So the windows are as exact across processes as [`WindowLog`](mde_client::WindowLog) says, and
//! a permit whose process died counts as used at the end of its lease.
//!
//! Processes have only the time of day in common. A row holds that of its last entry; a clock that was set back since then
//! lets the time of the book stand still for once, which is safe, and one that was set forward by an hour lets the book
//! forget an hour.

mod answers;
mod aside;
mod books;
mod connect;
mod files;
mod keeper;
mod ledger;
mod options;
mod patience;
mod replace;
mod rows;
mod salvage;
mod store;
mod trouble;
mod worker;

pub use answers::{Remembered, Scope};
pub use aside::SetAside;
pub use books::QuotaUse;
pub use options::StoreOptions;
pub use store::{Cleared, Contents, Store};
pub use trouble::StoreError;
