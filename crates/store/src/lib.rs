//! A cache of answers and the ledger of the quota, which `mde` keeps between runs and shares between processes: a file of
//! SQLite, or memory.
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
//! let (store, quarantined) = Store::open(&folder.path().join("mde.db")).await?;
//! assert!(quarantined.is_none());
//!
//! let key = QuotaKey::new("https://api.security.microsoft.com", "getIPStatistics");
//! let scope = Scope { key, parameters: "lookBackHours=48".to_owned() };
//! store.put(&scope, "8.8.8.8", br#"{"organizationPrevalence":3}"#, SystemTime::now()).await?;
//!
//! let cached = store.get(&scope, vec!["8.8.8.8".to_owned(), "1.1.1.1".to_owned()], SystemTime::UNIX_EPOCH).await?;
//! assert_eq!(cached.len(), 1);
//!
//! let client = mde_client::Client::builder().token("…").quota_ledger(store.ledger()).build()?;
//! # Ok(())
//! # }
//! ```
//!
//! # What is kept
//!
//! - Answers: the body as it came and the time when it came, by [`Scope`] and subject. The scope is the endpoint, the
//!   operation, the tenant, the app and the parameters, so whoever can read the file can see which addresses were asked
//!   about. An answer is deleted when the file is opened and the newest answer is 31 days younger.
//! - The ledger: a [`WindowLog`](mde_client::WindowLog) for each [`QuotaKey`](mde_client::QuotaKey).
//! - While processes run: what each of them asks about, how many calls it has still to make, and how many permits it got.
//!
//! Only the owner can read the file (mode 0600) and the folders that are created for it (0700). It contains no token and no
//! secret.
//!
//! # What holds
//!
//! - Once [`Store::put`] has returned, the answer outlives the process, however that ends. A power failure may take the last
//!   few answers, but does not damage the file.
//! - A file that is damaged, that another version of `mde` wrote, or that stays locked for **5 s** while no process commits,
//!   is quarantined: renamed with its `-wal` and `-shm`, and a new one begun. Its answers are not carried over; its rows of
//!   the ledger are, as far as they can be read, and so are those that this process knows. The job is then done on the new
//!   file. [`Store::open`] and [`Store::quarantined`] report it. Once the future of [`Store::open`] is dropped, nothing is
//!   renamed.
//! - Of several processes that meet the same damage, one renames the file: the folder has an advisory lock while a file is
//!   opened or renamed. The others see by device and inode that the path has another file, and reopen it. They do so as well
//!   when the file is deleted. A process that is killed right after the rename leaves the rows of the ledger in the
//!   quarantined file; the other processes insert those that they know.
//! - If no file can be used, as on a full disk, the ledger continues in memory with what this process knows, which
//!   [`Store::failure`] reports once. Reading and writing answers is an error then.
//! - SQLite detects damage to the structure of a file, not to the contents of a row.
//! - No call blocks the caller's thread: the store has a thread of its own, which does the jobs in order. Dropping a future
//!   does no harm. Dropping the last handle, such as a ledger, waits until all jobs are done.
//!
//! # How processes share a quota
//!
//! Each change reads the log of its key, advances it to now, and writes it back, in a transaction that excludes all other
//! processes. So the windows are as exact across processes as [`WindowLog`](mde_client::WindowLog) documents, and a permit
//! whose process was killed counts as used at the end of its lease.
//!
//! Processes that wait for permits take turns: one that is **8** permits ahead of another that waits gets none, as if calls in
//! flight took up what there is. One that was not waiting has no claim to what others got meanwhile, and one that comes more
//! than **1 s** late to its turn is passed over.
//!
//! # How processes share a list
//!
//! [`Store::claim`] gives a subject to one process at a time, so that each is asked about once, whoever asks. A claim ends with
//! the answer, with its process, and **5 s** after its process was killed. What is sent then by a process that only stood still
//! may be asked twice; what is not yet sent is not, for the ledger looks at the claims again before it gives out a permit.
//! A call that fails leaves no answer, so each process finds out for itself.
//!
//! # Clocks
//!
//! Processes share only the time of day. A row holds the time of its last change. A clock that was set back since then
//! adds no time to the log once, which is safe; a clock that was set forward by an hour makes the log forget an hour.
//!
//! # Modules
//!
//! Imports run one way: `ledger` (what a client uses) and `claims` → `store` (handle and thread) → `connection` (opens, waits
//! for locks, quarantines, reopens) → `schema` (tables and migrations) → `claim_rows`, `turns`, `ledger_rows` and `answers`
//! (statements), `file` (permissions, identity, lock on the folder, quarantine) → `error`.

mod answers;
mod boot_clock;
mod claim_rows;
mod claims;
mod connection;
mod error;
mod file;
mod inspection;
mod ledger;
mod ledger_rows;
mod ownership;
mod schema;
mod store;
mod turns;

pub use answers::{CachedAnswer, Scope};
pub use boot_clock::{BootClock, BootTime};
pub use claims::{Claim, Claimed};
pub use error::StoreError;
pub use file::{NewerVersion, Quarantined};
pub use inspection::{Contents, Inspection};
pub use ledger_rows::{QuotaPause, QuotaUse, ThrottledCall};
pub use store::{Cleared, Store, StoreOptions};
