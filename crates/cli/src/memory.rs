//! What is known from earlier runs, and what later ones will know.

use std::cell::{Cell, RefCell};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use mde_client::{
    Client, Error, InOrgIpStats, LookBackHours, QuotaLedger, QuotaWindow, Response, Timestamp, operations,
};
use mde_store::{Remembered, Scope, SetAside, Store, StoreError};

use crate::args::StatsArguments;
use crate::record::Answer;
use crate::settings::Settings;
use crate::stoppable_ledger::StoppableLedger;
use crate::store_file;

/// The memory of a run.
pub(crate) struct Memory {
    store: Store,
    ledger: Arc<StoppableLedger>,
    max_age: Duration,
    /// Whose answers to what; none where answers are neither kept nor recalled.
    scope: Option<Scope>,
    /// How many answers a later run would find.
    remembered: Cell<usize>,
    /// Whether the user knows that there is no memory.
    has_failed: Cell<bool>,
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
                    Ok((store, set_aside)) => {
                        news.extend(set_aside.as_ref().map(set_aside_text));
                        store
                    }
                    Err(error) => {
                        news.push(format!("the memory cannot be used, so {GOES_ON}: {error}"));
                        Store::in_memory()
                    }
                }
            }
        };
        Self {
            ledger: Arc::new(StoppableLedger::new(store.ledger())),
            store,
            max_age: arguments.max_age.unwrap_or(settings.max_age.value),
            scope: None,
            remembered: Cell::new(0),
            has_failed: Cell::new(false),
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
            self.scope = Some(Scope { key, parameters: format!("lookBackHours={look_back_hours}") });
        }
        Ok(())
    }

    /// What is known already. What cannot be read counts as not known.
    pub(crate) async fn recall(&self, addresses: &[IpAddr]) -> Vec<(IpAddr, Answer)> {
        let Some(scope) = self.scope.as_ref().filter(|_| !self.max_age.is_zero()) else { return Vec::new() };
        let not_before = SystemTime::now().checked_sub(self.max_age).unwrap_or(SystemTime::UNIX_EPOCH);
        let subjects = addresses.iter().map(ToString::to_string).collect();
        let known = match self.store.recall(scope, subjects, not_before).await {
            Ok(known) => known,
            Err(error) => {
                self.fail(&error);
                return Vec::new();
            }
        };
        let answer = |ip: &IpAddr| Some((*ip, answer(known.get(&ip.to_string())?)?));
        let answers: Vec<_> = addresses.iter().filter_map(answer).collect();
        self.remembered.set(self.remembered.get() + answers.len());
        answers
    }

    /// Keeps an answer that has just arrived, before anything else is done with it.
    pub(crate) async fn keep(&self, ip: IpAddr, response: Response<InOrgIpStats>) -> Answer {
        let _work = self.ledger.work();
        let answered_at = SystemTime::now();
        match &self.scope {
            Some(scope) => match self.store.keep(scope, &ip.to_string(), response.raw(), answered_at).await {
                Ok(()) => self.remembered.set(self.remembered.get() + 1),
                Err(error) => self.fail(&error),
            },
            None if self.store.path().is_some() && !self.has_failed.replace(true) => self.tell(NOBODYS.to_owned()),
            None => {}
        }
        Answer { statistics: response.into_value().into(), answered_at: timestamp(answered_at), from_memory: false }
    }

    /// How many calls of each window are used, as far as that is known.
    pub(crate) async fn quota_used(&self, windows: &[QuotaWindow]) -> Vec<u32> {
        let used = match &self.scope {
            Some(scope) => self.store.quota_used(&scope.key, windows).await.ok(),
            None => None,
        };
        used.unwrap_or_else(|| vec![0; windows.len()])
    }

    /// What the user has to be told since this was last asked.
    pub(crate) fn news(&self) -> Vec<String> {
        let mut news = self.news.take();
        news.extend(self.store.set_aside().as_ref().map(set_aside_text));
        news
    }

    /// How the same command would go on, of which so many calls are left.
    pub(crate) fn outlook(&self, to_go: usize) -> String {
        let remembered = counted(self.remembered.get(), "answer is", "answers are");
        let calls = counted(to_go, "call", "calls");
        match self.scope {
            Some(_) if self.store.path().is_some() && self.max_age.is_zero() => {
                format!("run the command again without --max-age 0s to go on: {remembered} remembered, {calls} to go")
            }
            Some(_) if self.store.path().is_some() => {
                format!("run the same command again to go on: {remembered} remembered, {calls} to go")
            }
            _ => "no answer is remembered: the same command begins anew".to_owned(),
        }
    }

    fn tell(&self, news: String) {
        self.news.borrow_mut().push(news);
    }

    fn fail(&self, error: &StoreError) {
        if !self.has_failed.replace(true) {
            self.tell(format!("the memory cannot be used any more, so {GOES_ON}: {error}"));
        }
    }
}

const NOBODYS: &str =
    "the token does not say which organization it is of, so no answer is taken from memory or kept there";

const GOES_ON: &str = "the job goes on without it";

fn set_aside_text(set_aside: &SetAside) -> String {
    let SetAside { path, moved_to, reason } = set_aside;
    let (path, moved_to) = (path.display(), moved_to.display());
    format!("the memory {path} {reason}, so it was moved to {moved_to}, and the job goes on with a new one")
}

fn answer(remembered: &Remembered) -> Option<Answer> {
    let statistics: InOrgIpStats = serde_json::from_slice(&remembered.body).ok()?;
    let answered_at = timestamp(remembered.answered_at);
    Some(Answer { statistics: statistics.into(), answered_at, from_memory: true })
}

fn timestamp(moment: SystemTime) -> Timestamp {
    Timestamp::from(DateTime::<Utc>::from(moment))
}

/// A number of things, such as `1 call` and `2 calls`.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
