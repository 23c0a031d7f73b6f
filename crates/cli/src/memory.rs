//! What is known from earlier runs, and what later ones will know.

use std::cell::{Cell, RefCell};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use mde_client::{
    Client, Error, InOrgIpStats, LookBackHours, QuotaKey, QuotaLedger, QuotaWindow, Response, Timestamp, operations,
};
use mde_input::escape::{escape, escape_path};
use mde_store::{CachedAnswer, Quarantined, Scope, Store, StoreError};

use crate::args::StatsArguments;
use crate::counted::counted;
use crate::record::Answer;
use crate::settings::{Origin, Settings};
use crate::stoppable_ledger::StoppableLedger;
use crate::store_file;

/// The memory of a run.
pub(crate) struct Memory {
    store: Store,
    ledger: Arc<StoppableLedger>,
    max_age: Duration,
    /// Who said so.
    max_age_is_from: Origin,
    /// Whose quota the calls come out of, once that is known.
    key: Option<QuotaKey>,
    /// Whose answers to what; none where answers are neither kept nor recalled.
    scope: Option<Scope>,
    /// When the answers were given that a later run would find, if they are not too old by then.
    remembered: RefCell<Vec<SystemTime>>,
    /// Whether the user knows that the memory has failed.
    has_failed: Cell<bool>,
    /// Whether the user knows that the token does not say whose answers these are.
    is_nobodys: Cell<bool>,
    /// What the user has to be told.
    news: RefCell<Vec<String>>,
}

impl Memory {
    /// The memory that is asked for. Where there is none to be had, one that goes with the run.
    pub(crate) async fn open(arguments: &StatsArguments, settings: &Settings) -> Self {
        let mut news = Vec::new();
        let store = match &settings.store {
            _ if arguments.no_store || arguments.sandbox => Store::in_memory(),
            None => {
                news.push(format!(
                    "there is no folder to keep a memory in, so {GOES_ON}; name one by --store, or set HOME"
                ));
                Store::in_memory()
            }
            Some(folder) => {
                let path = store_file::path(&folder.value, settings.endpoint.value.is_loopback());
                match Store::open(&path).await {
                    Ok((store, quarantined)) => {
                        news.extend(quarantined.as_ref().map(quarantine_notice));
                        store
                    }
                    Err(error) => {
                        news.push(format!(
                            "the memory cannot be used, so {GOES_ON}: {}; {ELSEWHERE}",
                            escape(&error.to_string())
                        ));
                        Store::in_memory()
                    }
                }
            }
        };
        Self {
            ledger: Arc::new(StoppableLedger::new(store.ledger())),
            store,
            max_age: arguments.max_age.unwrap_or(settings.max_age.value),
            max_age_is_from: match arguments.max_age {
                Some(_) => Origin::Flag("--max-age"),
                None => settings.max_age.origin.clone(),
            },
            key: None,
            scope: None,
            remembered: RefCell::default(),
            has_failed: Cell::new(false),
            is_nobodys: Cell::new(false),
            news: RefCell::new(news),
        }
    }

    /// Where the calls of the run are booked.
    pub(crate) fn ledger(&self) -> &Arc<StoppableLedger> {
        &self.ledger
    }

    /// The same for a client.
    pub(crate) fn client_ledger(&self) -> Option<Arc<dyn QuotaLedger>> {
        Some(Arc::clone(&self.ledger) as _)
    }

    /// Finds out whose answers these are, for which it takes a token.
    pub(crate) async fn belong_to(&mut self, client: &Client, look_back_hours: LookBackHours) -> Result<(), Error> {
        let key = client.quota_key(&operations::GET_IP_STATISTICS).await?;
        // The answers of two organizations must not be mixed.
        if key.tenant.is_some() {
            self.scope = Some(Scope { key: key.clone(), parameters: format!("lookBackHours={look_back_hours}") });
        }
        self.key = Some(key);
        Ok(())
    }

    /// What is known already. What cannot be read counts as not known.
    pub(crate) async fn recall(&self, addresses: &[IpAddr]) -> Vec<(IpAddr, Answer)> {
        let Some(scope) = self.scope.as_ref().filter(|_| !self.max_age.is_zero()) else { return Vec::new() };
        let not_before = SystemTime::now().checked_sub(self.max_age).unwrap_or(SystemTime::UNIX_EPOCH);
        let subjects = addresses.iter().map(ToString::to_string).collect();
        let known = match self.store.get(scope, subjects, not_before).await {
            Ok(known) => known,
            Err(error) => {
                self.fail(&error);
                return Vec::new();
            }
        };
        let answer = |ip: &IpAddr| {
            let remembered = known.get(&ip.to_string())?;
            let answer = answer(remembered)?;
            self.remembered.borrow_mut().push(remembered.answered_at);
            Some((*ip, answer))
        };
        addresses.iter().filter_map(answer).collect()
    }

    /// Keeps an answer that has just arrived, before anything else is done with it.
    pub(crate) async fn keep(&self, ip: IpAddr, response: Response<InOrgIpStats>) -> Answer {
        let _work = self.ledger.work();
        let answered_at = SystemTime::now();
        match &self.scope {
            Some(scope) => match self.store.put(scope, &ip.to_string(), response.raw(), answered_at).await {
                Ok(()) => self.remembered.borrow_mut().push(answered_at),
                Err(error) => self.fail(&error),
            },
            None if self.store.path().is_some() && !self.is_nobodys.replace(true) => self.tell(NOBODYS.to_owned()),
            None => {}
        }
        Answer { statistics: response.into_value().into(), answered_at: timestamp(answered_at), from_memory: false }
    }

    /// How many calls of each window are used, as far as that is known.
    pub(crate) async fn quota_used(&self, windows: &[QuotaWindow]) -> Vec<u32> {
        let used = match &self.key {
            Some(key) => self.store.quota_used(key, windows).await.ok(),
            None => None,
        };
        used.unwrap_or_else(|| vec![0; windows.len()])
    }

    /// What the user has to be told since this was last asked.
    pub(crate) fn news(&self) -> Vec<String> {
        if let Some(error) = self.store.failure() {
            self.fail(&error);
        }
        let mut news = self.news.take();
        news.extend(self.store.quarantined().as_ref().map(quarantine_notice));
        news
    }

    /// For how long a later run takes the answers of this one, if they are kept and that has been limited.
    pub(crate) fn answers_count_for(&self) -> Option<Duration> {
        Some(self.max_age).filter(|max_age| self.is_kept() && !max_age.is_zero())
    }

    fn is_kept(&self) -> bool {
        self.scope.is_some() && self.store.path().is_some()
    }

    /// How the same command would go on, where so many of the addresses have no answer.
    pub(crate) fn outlook(&self, unanswered: usize) -> String {
        if !self.is_kept() {
            return "no answer is remembered: the same command begins anew".to_owned();
        }
        let now = SystemTime::now();
        let age = |answered_at: &SystemTime| now.duration_since(*answered_at).unwrap_or_default();
        let remembered = self.remembered.borrow();
        let of_use = remembered.iter().filter(|answered_at| self.max_age.is_zero() || age(answered_at) <= self.max_age);
        let of_use = of_use.count();
        let to_go = counted(unanswered + remembered.len() - of_use, "call", "calls");
        let of_use = counted(of_use, "answer is", "answers are");
        match self.max_age.is_zero() {
            true => format!(
                "run the command again with a --max-age to go on, for {} says 0s: {of_use} remembered, {to_go} to go",
                self.max_age_is_from
            ),
            false => format!("run the same command again to go on: {of_use} remembered, {to_go} to go"),
        }
    }

    fn tell(&self, news: String) {
        self.news.borrow_mut().push(news);
    }

    fn fail(&self, error: &StoreError) {
        if !self.has_failed.replace(true) {
            self.tell(format!(
                "the memory cannot be used any more, so {GOES_ON}: {}; {ELSEWHERE}",
                escape(&error.to_string())
            ));
        }
    }
}

const NOBODYS: &str =
    "the token does not say which organization it is of, so no answer is taken from memory or kept there";

const GOES_ON: &str = "the job goes on without it, and shares the quota with no other run";

const ELSEWHERE: &str = "use another folder by --store, or no memory by --no-store";

fn quarantine_notice(quarantined: &Quarantined) -> String {
    let Quarantined { path, moved_to, reason } = quarantined;
    let [path, moved_to] = [path, moved_to].map(|path| escape_path(path));
    format!("the memory {path} {reason}, so it was moved to {moved_to}, and the job goes on with a new one")
}

fn answer(remembered: &CachedAnswer) -> Option<Answer> {
    let statistics: InOrgIpStats = serde_json::from_slice(&remembered.body).ok()?;
    let answered_at = timestamp(remembered.answered_at);
    Some(Answer { statistics: statistics.into(), answered_at, from_memory: true })
}

fn timestamp(moment: SystemTime) -> Timestamp {
    Timestamp::from(DateTime::<Utc>::from(moment))
}
