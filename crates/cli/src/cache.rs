//! The cache of answers between runs, and the ledger of the quota that runs share.

use std::cell::{Cell, RefCell};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use mde_client::{
    Client, Error, InOrgIpStats, LookBackHours, QuotaKey, QuotaLedger, QuotaWindow, Response, Timestamp, operations,
};
use mde_store::{CachedAnswer, Claim, NewerVersion, Quarantined, QuotaPause, Scope, Store, StoreError, StoreOptions};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::cli::StatsArguments;
use crate::config::{Origin, Settings};
use crate::console::Console;
use crate::exit::Stop;
use crate::interrupt::DrainingLedger;
use crate::phrase::plural;
use crate::record::{Answer, Statistics};
use mde_input::escape::{escape, escape_path};

/// The file in a folder. Sandboxes have their own, so that synthetic answers never mix with those of the service.
pub(crate) fn file(folder: &Path, is_sandbox: bool) -> PathBuf {
    folder.join(if is_sandbox { "sandbox.db" } else { "mde.db" })
}

/// What is known of an address that was to be claimed.
pub(crate) enum Claimed {
    /// There is an answer by now.
    Answered(Answer),
    /// This run asks, with a claim where others may want to ask too.
    Granted(Option<Claim>),
    /// Another process asks.
    Held,
}

/// How the command opens its files: it waits for a lock without end, for to go on without would be to count too little. Each
/// path that is received is a wait that takes long.
pub(crate) fn options() -> (StoreOptions, UnboundedReceiver<PathBuf>) {
    let (sender, waits) = unbounded_channel();
    let report = move |path: &Path| drop(sender.send(path.to_owned()));
    (StoreOptions::new().lock_wait(Duration::MAX).on_lock_wait(report), waits)
}

/// Waits for something to be opened, and says so while it is locked.
pub(crate) async fn opened<T>(
    opening: impl Future<Output = T>,
    waits: &mut UnboundedReceiver<PathBuf>,
    console: &mut Console,
) -> T {
    let mut opening = pin!(opening);
    loop {
        tokio::select! {
            opened = &mut opening => return opened,
            Some(path) = waits.recv() => console.notify(wait_text(&path)),
        }
    }
}

/// Opens the cache for a command that is about nothing else.
pub(crate) async fn open(path: &Path, console: &mut Console) -> Result<Store, Stop> {
    let (options, mut waits) = options();
    let (store, quarantined) = opened(options.open(path), &mut waits, console).await.map_err(unusable)?;
    if let Some(newer) = store.newer_version() {
        console.notify(newer_version_text(&newer));
    }
    if let Some(quarantined) = quarantined {
        console.notify(escape(&quarantined.to_string()));
    }
    Ok(store)
}

pub(crate) fn unusable(error: StoreError) -> Stop {
    Stop::usage(format!("{}; choose another folder with --store", escape(&error.to_string())))
}

pub(crate) fn no_folder() -> Stop {
    Stop::usage("the system has no folder for data: give one with --store or MDE_STORE")
}

fn wait_text(path: &Path) -> String {
    format!("waiting for another program that holds the lock of {}; press Ctrl-C to stop", escape_path(path))
}

/// The cache of a run, and the ledger of its quota.
pub(crate) struct Cache {
    store: Store,
    /// Waits for a lock of the file that take long.
    lock_waits: RefCell<UnboundedReceiver<PathBuf>>,
    ledger: Arc<DrainingLedger>,
    max_age: Duration,
    /// When the run began: an answer that was given since is as new as one of its own.
    began: SystemTime,
    /// Identifies the question and its addresses to other processes, once they are known.
    list: u64,
    /// Where `max_age` comes from.
    max_age_origin: Origin,
    /// The key of the quota, once it is known.
    key: Option<QuotaKey>,
    /// The scope of the answers; none without a cache.
    scope: Option<Scope>,
    /// When the cached answers of this run were given.
    cached_at: RefCell<Vec<SystemTime>>,
    /// Whether a failure of the cache was already reported.
    failure_is_reported: Cell<bool>,
    /// Whether a token without a tenant was already reported.
    tenant_is_unknown: Cell<bool>,
    /// Notices for the user that were not yet shown.
    notices: RefCell<Vec<String>>,
}

impl Cache {
    /// Opens the configured cache, or one in memory that lasts for the run if it cannot be opened.
    pub(crate) async fn open(arguments: &StatsArguments, settings: &Settings, console: &mut Console) -> Self {
        let mut notices = Vec::new();
        let (options, mut lock_waits) = options();
        let store = match &settings.store {
            _ if arguments.no_store || arguments.sandbox => Store::in_memory(),
            None => {
                notices.push(format!(
                    "there is no folder for the cache, so {WITHOUT_CACHE}; give one with --store, or set HOME"
                ));
                Store::in_memory()
            }
            Some(folder) => {
                let path = file(&folder.value, settings.endpoint.value.is_loopback());
                match opened(options.open(&path), &mut lock_waits, console).await {
                    Ok((store, quarantined)) => {
                        notices.extend(quarantined.as_ref().map(quarantine_text));
                        notices.extend(store.newer_version().as_ref().map(newer_version_text));
                        store
                    }
                    Err(error) => {
                        notices.push(format!(
                            "the cache cannot be used, so {WITHOUT_CACHE}: {}; {OTHER_STORE}",
                            escape(&error.to_string())
                        ));
                        Store::in_memory()
                    }
                }
            }
        };
        Self {
            ledger: Arc::new(DrainingLedger::new(store.ledger())),
            store,
            lock_waits: RefCell::new(lock_waits),
            max_age: arguments.max_age.unwrap_or(settings.max_age.value),
            max_age_origin: match arguments.max_age {
                Some(_) => Origin::Flag("--max-age"),
                None => settings.max_age.origin.clone(),
            },
            began: SystemTime::now(),
            list: 0,
            key: None,
            scope: None,
            cached_at: RefCell::default(),
            failure_is_reported: Cell::new(false),
            tenant_is_unknown: Cell::new(false),
            notices: RefCell::new(notices),
        }
    }

    /// The ledger of the calls of this run.
    pub(crate) fn ledger(&self) -> &Arc<DrainingLedger> {
        &self.ledger
    }

    /// The same for a client.
    pub(crate) fn client_ledger(&self) -> Option<Arc<dyn QuotaLedger>> {
        Some(Arc::clone(&self.ledger) as _)
    }

    /// Determines tenant and app, for which a token is needed.
    pub(crate) async fn set_scope(&mut self, client: &Client, look_back_hours: LookBackHours) -> Result<(), Error> {
        let key = client.quota_key(&operations::GET_IP_STATISTICS).await?;
        // The answers of two organizations must not be mixed.
        if key.tenant.is_some() {
            self.scope = Some(Scope { key: key.clone(), parameters: parameters(look_back_hours) });
        }
        self.key = Some(key);
        Ok(())
    }

    /// Tenant and app, once they are known.
    pub(crate) fn key(&self) -> Option<&QuotaKey> {
        self.key.as_ref()
    }

    /// The cached answers. Unreadable ones count as missing.
    pub(crate) async fn get(&self, addresses: &[IpAddr]) -> Vec<(IpAddr, Answer)> {
        let Some(scope) = self.scope.as_ref().filter(|_| !self.max_age.is_zero()) else { return Vec::new() };
        let subjects = addresses.iter().map(ToString::to_string).collect();
        let known = match self.store.get(scope, subjects, self.not_before()).await {
            Ok(known) => known,
            Err(error) => {
                self.report_failure(&error);
                return Vec::new();
            }
        };
        let answer = |ip: &IpAddr| Some((*ip, self.read(known.get(&ip.to_string())?)?));
        addresses.iter().filter_map(answer).collect()
    }

    fn not_before(&self) -> SystemTime {
        let oldest = SystemTime::now().checked_sub(self.max_age).unwrap_or(SystemTime::UNIX_EPOCH);
        oldest.min(self.began)
    }

    fn read(&self, cached: &CachedAnswer) -> Option<Answer> {
        let answer = answer(cached)?;
        self.cached_at.borrow_mut().push(cached.answered_at);
        Some(answer)
    }

    /// Goes through addresses in their order, until so many are claimed, and returns what is known of each that it came to.
    /// Where no other process shares the cache, there is nothing to claim.
    pub(crate) async fn claim(&self, addresses: &[IpAddr], most: usize) -> Vec<Claimed> {
        let unclaimed = || addresses.iter().take(most).map(|_| Claimed::Granted(None)).collect();
        let Some(scope) = self.scope.as_ref().filter(|_| self.is_persistent()) else { return unclaimed() };
        let subjects = addresses.iter().map(ToString::to_string).collect();
        let claimed = match self.store.claim(scope, subjects, self.not_before(), most).await {
            Ok(claimed) => claimed,
            Err(error) => {
                self.report_failure(&error);
                return unclaimed();
            }
        };
        let claimed = claimed.into_iter().map(|(_, claimed)| match claimed {
            mde_store::Claimed::Answered(cached) => {
                self.read(&cached).map_or(Claimed::Granted(None), Claimed::Answered)
            }
            mde_store::Claimed::Granted(claim) => Claimed::Granted(Some(claim)),
            mde_store::Claimed::Held => Claimed::Held,
        });
        claimed.collect()
    }

    /// Notes all addresses of the run.
    pub(crate) fn set_list(&mut self, addresses: &[IpAddr]) {
        let mut addresses = addresses.to_vec();
        addresses.sort_unstable();
        // The same in each process of this version, and another one does no harm.
        let mut hasher = DefaultHasher::new();
        (&self.scope, self.max_age, addresses).hash(&mut hasher);
        self.list = hasher.finish();
    }

    /// Says how many calls this run has still to make, and returns how many it is for all that share its quota.
    pub(crate) async fn share_work(&self, calls: usize) -> usize {
        let Some(key) = self.key.as_ref().filter(|_| self.is_persistent()) else { return calls };
        let number = u64::try_from(calls).unwrap_or(u64::MAX);
        let all = self.store.share_work(key, self.list, number).await;
        // A failure shows in the calls.
        all.ok().and_then(|all| usize::try_from(all).ok()).unwrap_or(calls)
    }

    /// Caches an answer that has just arrived, before anything else is done with it.
    pub(crate) async fn put(&self, ip: IpAddr, response: Response<InOrgIpStats>) -> Answer {
        let _work = self.ledger.begin_work();
        let answered_at = SystemTime::now();
        match &self.scope {
            Some(scope) => match self.store.put(scope, &ip.to_string(), response.raw(), answered_at).await {
                Ok(()) => self.cached_at.borrow_mut().push(answered_at),
                Err(error) => self.report_failure(&error),
            },
            None if self.store.path().is_some() && !self.tenant_is_unknown.replace(true) => {
                self.notify(NO_TENANT.to_owned())
            }
            None => {}
        }
        Answer { statistics: response.into_value().into(), answered_at: timestamp(answered_at), from_cache: false }
    }

    /// How many calls of each window are used; 0 if unknown.
    pub(crate) async fn quota_used(&self, windows: &[QuotaWindow]) -> Vec<u32> {
        let used = match &self.key {
            Some(key) => self.store.quota_used(key, windows).await.ok(),
            None => None,
        };
        used.unwrap_or_else(|| vec![0; windows.len()])
    }

    /// The pause of all calls that an earlier run, or another one, has set.
    pub(crate) async fn pause(&self) -> Option<QuotaPause> {
        let key = self.key.as_ref()?;
        self.store.pause(key).await.ok().flatten()
    }

    /// New notices for the user since the last call.
    pub(crate) fn notices(&self) -> Vec<String> {
        if let Some(error) = self.store.failure() {
            self.report_failure(&error);
        }
        let mut notices = self.notices.take();
        notices.extend(store_notices(&self.store));
        notices
            .extend(std::iter::from_fn(|| self.lock_waits.borrow_mut().try_recv().ok()).map(|path| wait_text(&path)));
        notices
    }

    /// How long a later run accepts the answers of this one; none if they are not cached, or without a limit.
    pub(crate) fn answers_valid_for(&self) -> Option<Duration> {
        Some(self.max_age).filter(|max_age| self.is_persistent() && !max_age.is_zero())
    }

    fn is_persistent(&self) -> bool {
        self.scope.is_some() && self.store.path().is_some()
    }

    /// How to resume with the same command, with so many addresses unanswered.
    pub(crate) fn resume_text(&self, unanswered: usize) -> String {
        if !self.is_persistent() {
            return "no answer is cached: the same command starts over".to_owned();
        }
        let now = SystemTime::now();
        let age = |answered_at: &SystemTime| now.duration_since(*answered_at).unwrap_or_default();
        let cached_at = self.cached_at.borrow();
        let of_use = cached_at.iter().filter(|answered_at| self.max_age.is_zero() || age(answered_at) <= self.max_age);
        let of_use = of_use.count();
        let to_go = plural(unanswered + cached_at.len() - of_use, "call", "calls");
        let of_use = plural(of_use, "answer is", "answers are");
        match self.max_age.is_zero() {
            true => format!(
                "run the command again with a longer --max-age to resume, because {} is 0s: {of_use} cached, {to_go} to go",
                self.max_age_origin
            ),
            false => format!("run the same command again to resume: {of_use} cached, {to_go} to go"),
        }
    }

    fn notify(&self, notice: String) {
        self.notices.borrow_mut().push(notice);
    }

    fn report_failure(&self, error: &StoreError) {
        if !self.failure_is_reported.replace(true) {
            self.notify(format!(
                "the cache can no longer be used, so {WITHOUT_CACHE}: {}; {OTHER_STORE}",
                escape(&error.to_string())
            ));
        }
    }
}

/// What became of the file of a store since the last call.
pub(crate) fn store_notices(store: &Store) -> Vec<String> {
    let quarantined = std::iter::from_fn(|| store.quarantined()).map(|quarantined| quarantine_text(&quarantined));
    quarantined.chain(store.newer_version().as_ref().map(newer_version_text)).collect()
}

const NO_TENANT: &str =
    "the token does not name its tenant, so answers are neither read from the cache nor written to it";

const WITHOUT_CACHE: &str = "the run continues without it, and does not share the quota with other runs";

const OTHER_STORE: &str = "choose another folder with --store, or disable the cache with --no-store";

pub(crate) fn newer_version_text(newer: &NewerVersion) -> String {
    let [path, used] = [&newer.path, &newer.used].map(|path| escape_path(path));
    format!(
        "the cache {path} was written by a newer mde (version {} of its schema), so it is left as it is, and {used} is \
         used: the two versions share neither answers nor the quota",
        newer.version
    )
}

fn quarantine_text(quarantined: &Quarantined) -> String {
    let Quarantined { path, moved_to, reason } = quarantined;
    let [path, moved_to] = [path, moved_to].map(|path| escape_path(path));
    format!("the cache {path} {reason}, so it was quarantined as {moved_to}, and the run continues with a new one")
}

/// The question, beside its subject.
pub(crate) fn parameters(look_back_hours: LookBackHours) -> String {
    format!("lookBackHours={look_back_hours}")
}

/// The answer in a body that was cached; none where it cannot be read.
pub(crate) fn answer(cached: &CachedAnswer) -> Option<Answer> {
    // Bodies are kept as they came, some with a byte order mark.
    let body = cached.body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&cached.body);
    let statistics: InOrgIpStats = serde_json::from_slice(body).ok()?;
    let statistics = Statistics::from(statistics);
    let answered_at = timestamp(cached.answered_at);
    // The client refuses a negative count; an earlier one may have let it in.
    (statistics.organization_prevalence >= 0).then_some(Answer { statistics, answered_at, from_cache: true })
}

fn timestamp(moment: SystemTime) -> Timestamp {
    Timestamp::from(DateTime::<Utc>::from(moment))
}
