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
//! # Whose file it is
//!
//! - Before anything is opened, `lstat` looks at the file, its `-journal`, `-wal` and `-shm`. A link, even one that leads
//!   nowhere, a file with a second name, a file of another user (also for root), and anything that is not a regular file is
//!   an error, and stays as it is. The folder may be a link, for users move theirs.
//! - A file is ours if its header has our `application_id`, or, for versions 1 and 2, if it has their tables. Whatever else
//!   is at the path, such as a text or a database of another program, is an error, and stays as it is. So is a file of ours
//!   whose first 100 bytes are lost: nothing shows whose it was.
//! - Permissions are changed of a file that was created here or that is ours, and only by what writes.
//! - [`Store::inspect`] changes nothing. [`StoreOptions::leave_as_it_is`] changes nothing but the ledger.
//!
//! # What holds
//!
//! - Once [`Store::put`] has returned, the answer outlives the process, however that ends. A power failure may take the last
//!   few answers, but does not damage the file.
//! - A file of ours that is damaged is quarantined: renamed with its `-wal` and `-shm`, and a new one begun. Its answers are
//!   not carried over; its rows of the ledger are, as far as they can be read, and so are those that this process knows. The
//!   job is then done on the new file. [`Store::open`] and [`Store::quarantined`] report it. Once the future of
//!   [`Store::open`] is dropped, nothing is renamed. Where a process is killed meanwhile, the next one that opens the file
//!   takes the quarantine up where it ended: until the rows are carried over, the damaged file is called `.moving-`.
//! - Of several processes that meet the same damage, one renames the file: the folder has an advisory lock while a file is
//!   opened or renamed. The others see by device and inode that the path has another file, and reopen it. They do so as well
//!   when the file is deleted.
//! - A lock that another program holds is waited for, at most for [`StoreOptions::lock_wait`] (**5 s**) while no process
//!   commits. Then the call is an error, [`StoreError::is_locked`], and the file stays. [`StoreOptions::on_lock_wait`] hears
//!   of a wait that takes 2 s.
//! - If no file can be used, as on a full disk, the ledger continues in memory with what this process knows, which
//!   [`Store::failure`] reports once. Reading and writing answers is an error then. A lock is no such reason.
//! - SQLite detects damage to the structure of a file, not to the contents of a row.
//! - No call blocks the caller's thread: the store has a thread of its own, which does the jobs in order. Dropping a future
//!   does no harm. Dropping the last handle, such as a ledger, waits until all jobs are done, at most 5 s for a lock.
//!
//! # Versions that live together
//!
//! The version of the tables is SQLite's `user_version`. A file of an earlier version is migrated when it is opened. One of a
//! newer version stays as it is, also if it is migrated while it is in use, and a file beside it is used, such as `mde.v3.db`:
//! [`Store::newer_version`] reports it. The two versions share neither answers nor the quota.
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
//! A row holds the time of its last change, by two clocks. While the machine has not been started since then, what counts is
//! the time since its start, which nobody sets and which goes on while it sleeps: on Linux `CLOCK_BOOTTIME`, with the id of
//! the boot and of the namespace of the time. Across a start of the machine, and on other systems, where safe code reaches no
//! such clock, only the time of day is shared: one that was set back since then adds no time to the log once, which is safe;
//! one that was set forward by an hour makes the log forget an hour. Claims and turns
//! go by the same clocks, and end with a start of the machine. Answers are dated by the time of day.
//!
//! # Modules
//!
//! Imports run one way: `ledger` (what a client uses) and `claims` → `store` (handle and thread) → `inspection` (what a file
//! contains, for readers) → `connection` (opens, waits for locks, quarantines, reopens) → `schema` (whose database it is,
//! tables and migrations) → `claim_rows`, `turns`, `ledger_rows` and `answers` (statements) → `boot_clock` (the time that
//! processes share), `ownership` (what stands at a path, permissions) → `file` (identity, lock on the folder, quarantine) →
//! `error`.

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
