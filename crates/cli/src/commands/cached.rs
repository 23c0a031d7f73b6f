//! `mde ip stats --cached-only`: what is cached, without a call and without a token.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use mde_client::{Client, LookBackHours, QuotaKey, operations};
use mde_input::escape::{escape, escape_path};
use mde_store::{Scope, Store, StoreError};

use crate::cache;
use crate::cli::StatsArguments;
use crate::config::{CredentialRef, Origin, Setting, Settings};
use crate::connection::is_id;
use crate::console::{Console, Environment};
use crate::exit::Stop;
use crate::phrase::{UNITS, exact, plural, rounded_down, share};
use crate::record::{Failure, Outcome};

/// What is known of a list of addresses.
#[derive(Default)]
pub(super) struct Known {
    /// Whose answers they are; none where nothing is cached for this question.
    pub(super) key: Option<QuotaKey>,
    /// What is cached, and a failure for each address of which nothing is.
    pub(super) outcomes: Vec<(IpAddr, Outcome)>,
}

/// Looks up each address, and reports how much is cached.
pub(super) async fn look_up(
    arguments: &StatsArguments,
    settings: &Settings,
    environment: &Environment,
    (addresses, look_back_hours): (Vec<IpAddr>, LookBackHours),
    console: &mut Console,
) -> Result<Known, Stop> {
    let folder = settings.store.as_ref().ok_or_else(cache::no_folder)?;
    let path = cache::file(&folder.value, settings.endpoint.value.is_loopback());
    let max_age = arguments.max_age.unwrap_or(settings.max_age.value);
    let mut lookup = Lookup { max_age, oldest: Duration::ZERO, cached: 0, older: 0 };
    let mut known = Known::default();
    // To open it would create it.
    if Store::exists(&path) {
        let store = cache::open(&path, console).await?;
        let wanted = Wanted::known(settings, environment).await?;
        let question = (settings.endpoint.value.url(), cache::parameters(look_back_hours));
        let found = find(&store, &wanted, question).await;
        if let Ok(Found::Scope(scope)) = &found {
            if wanted.tenant.is_none() && !arguments.quiet {
                let organization = flags_of(&scope.key, ["tenant", "app"], ", ");
                console.notify(format_args!("all cached answers are those of {organization}"));
            }
            let outcomes = lookup.outcomes(&store, scope, &addresses).await;
            report(&store, console);
            known = Known { key: Some(scope.key.clone()), outcomes: outcomes.map_err(cache::unusable)? };
        } else {
            report(&store, console);
        }
        if let Found::Other(text) = found?
            && !arguments.quiet
        {
            console.notify(text);
        }
    } else if !arguments.quiet {
        console.notify(format_args!("there is no cache in {}", escape_path(&folder.value)));
    }
    if known.key.is_none() {
        known.outcomes = addresses.iter().map(|ip| (*ip, not_cached())).collect();
    }
    if !arguments.quiet {
        console.notify(lookup.text(addresses.len()));
    }
    Ok(known)
}

/// What is cached for a question.
enum Found {
    Nothing,
    Scope(Scope),
    /// Nothing but answers to another question, which the text names.
    Other(&'static str),
}

/// Looks for the answers of the organization that is wanted.
async fn find(store: &Store, wanted: &Wanted, (endpoint, parameters): (&str, String)) -> Result<Found, Stop> {
    let scopes = store
        .scopes()
        .await
        .map_err(cache::unusable)?
        .into_iter()
        .filter(|Scope { key, .. }| key.endpoint == endpoint && key.operation == operations::GET_IP_STATISTICS.id);
    let (scopes, of_other_hours): (Vec<_>, Vec<_>) = scopes.partition(|scope| scope.parameters == parameters);
    let is_none = scopes.is_empty();
    Ok(match wanted.only_one_of(scopes)? {
        Some(scope) => Found::Scope(scope),
        None if !is_none => Found::Other("the cache holds answers of other organizations only"),
        None if !of_other_hours.is_empty() => {
            Found::Other("the cache holds answers for another --look-back-hours only")
        }
        None => Found::Nothing,
    })
}

/// Reports what became of the file of the cache while it was read.
fn report(store: &Store, console: &mut Console) {
    cache::store_notices(store).into_iter().for_each(|notice| console.notify(notice));
}

fn not_cached() -> Outcome {
    Outcome::Failed(Failure::unasked("not cached".to_owned()))
}

/// Whose answers are wanted, as far as that is known without asking anybody.
struct Wanted {
    tenant: Option<String>,
    app: Option<String>,
}

impl Wanted {
    /// By the flags, else by a token in the environment, which names them, else by the other settings.
    async fn known(settings: &Settings, environment: &Environment) -> Result<Self, Stop> {
        let credential = settings.credential.as_ref().map(|credential| &credential.value);
        let of_token = match credential {
            Some(CredentialRef::Token(name)) => of_token(settings, environment.get(name)).await,
            _ => None,
        };
        let (tenant, app) = of_token.map(|key| (key.tenant, key.app)).unwrap_or_default();
        // The app of its tokens is that of the Azure CLI.
        let app_setting =
            settings.app.as_ref().filter(|app| is_flag(app) || credential != Some(&CredentialRef::AzureCli));
        Ok(Self { tenant: first(settings.tenant.as_ref(), tenant), app: first(app_setting, app) })
    }

    /// The scope whose answers are wanted; none if there is none. Answers of two organizations are never mixed.
    fn only_one_of(&self, scopes: Vec<Scope>) -> Result<Option<Scope>, Stop> {
        let fits = |wanted: &Option<String>, has: &Option<String>| match (wanted, has) {
            (Some(wanted), Some(has)) => wanted.eq_ignore_ascii_case(has),
            (wanted, _) => wanted.is_none(),
        };
        let (fitting, others): (Vec<_>, Vec<_>) = scopes
            .into_iter()
            .partition(|Scope { key, .. }| fits(&self.tenant, &key.tenant) && fits(&self.app, &key.app));
        match fitting.as_slice() {
            [scope] => Ok(Some(scope.clone())),
            [] if others.is_empty() || self.tenant.as_deref().is_none_or(is_id) => Ok(None),
            [] => {
                let tenant = escape(self.tenant.as_deref().unwrap_or_default());
                Err(choose(&format!("the cache knows a tenant by its id, and {tenant} is none"), &others))
            }
            several => Err(choose("the cache holds answers of more than one organization", several)),
        }
    }
}

fn choose(problem: &str, among: &[Scope]) -> Stop {
    let flags: Vec<_> = among.iter().map(|scope| flags_of(&scope.key, ["--tenant", "--app"], " ")).collect();
    Stop::usage(format!("{problem}; give one of\n  {}", flags.join("\n  ")))
}

/// What its claims say; a token that is in the environment is sent to nobody for it.
async fn of_token(settings: &Settings, token: Option<String>) -> Option<QuotaKey> {
    let client = Client::builder().endpoint(settings.endpoint.value.clone()).token(token?).build().ok()?;
    client.quota_key(&operations::GET_IP_STATISTICS).await.ok()
}

fn is_flag(setting: &Setting<String>) -> bool {
    matches!(setting.origin, Origin::Flag(_))
}

fn first(setting: Option<&Setting<String>>, of_token: Option<String>) -> Option<String> {
    let by_flag = setting.filter(|setting| is_flag(setting)).map(|setting| setting.value.clone());
    by_flag.or(of_token).or_else(|| setting.map(|setting| setting.value.clone()))
}

/// Tenant and app, each behind what names it.
fn flags_of(key: &QuotaKey, [tenant, app]: [&str; 2], separator: &str) -> String {
    let part = |name, value: &Option<String>| value.as_ref().map(|value| format!("{name} {}", escape(value)));
    let parts = [part(tenant, &key.tenant), part(app, &key.app)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(separator)
}

/// How much of a list is cached.
struct Lookup {
    max_age: Duration,
    /// The age of the oldest answer that counts.
    oldest: Duration,
    /// How many answers count.
    cached: usize,
    /// How many answers do not count, because they are older than `max_age`.
    older: usize,
}

impl Lookup {
    async fn outcomes(
        &mut self,
        store: &Store,
        scope: &Scope,
        addresses: &[IpAddr],
    ) -> Result<Vec<(IpAddr, Outcome)>, StoreError> {
        let subjects = addresses.iter().map(ToString::to_string).collect();
        let cached = store.get(scope, subjects, SystemTime::UNIX_EPOCH).await?;
        let now = SystemTime::now();
        let outcome = |ip: &IpAddr| {
            let Some(cached) = cached.get(&ip.to_string()) else { return (*ip, not_cached()) };
            let Some(answer) = cache::answer(cached) else { return (*ip, not_cached()) };
            let age = now.duration_since(cached.answered_at).unwrap_or_default();
            if age > self.max_age {
                self.older += 1;
                return (*ip, not_cached());
            }
            self.cached += 1;
            self.oldest = self.oldest.max(age);
            (*ip, Outcome::Answered(answer))
        };
        Ok(addresses.iter().map(outcome).collect())
    }

    fn text(&self, addresses: usize) -> String {
        let cached = share(self.cached, addresses, "address", "addresses");
        let oldest = match self.cached {
            0 => String::new(),
            _ => format!(", the oldest answer {} ago", rounded_down(self.oldest)),
        };
        let older = match self.older {
            0 => String::new(),
            older => format!(
                "; {} older than {}, see --max-age",
                plural(older, "more is", "more are"),
                exact(self.max_age, &UNITS)
            ),
        };
        format!("{cached} cached{oldest}{older}; no call was made")
    }
}
