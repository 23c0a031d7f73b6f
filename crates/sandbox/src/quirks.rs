//! Quirks: what the sandbox does where documentation and recordings differ or say nothing.
//!
//! The table in this file is the only place where names, values, defaults and explanations are written.

use std::fmt;
use std::str::FromStr;

#[macro_use]
mod setting;

pub(crate) use setting::SettingValue;
pub use setting::{ContextHost, Evidence, SettingHelp, ValueHelp};

settings! {
    /// Which connections `orgFirstSeen` and `orgLastSeen` are the first and the last of.
    "times" times: Times {
        /// Those of the past 30 days, whatever the look-back. The documented example speaks for it.
        "history" History Unknown,
        /// Those of the look-back window; both are `null` if there are none.
        "window" Window Unknown,
    }

    /// How `ipAddress` repeats the address.
    "ip-address" ip_address: IpAddressForm {
        /// As in the request, after percent-decoding.
        "as-asked" AsAsked Unknown,
        /// As Rust writes it: IPv6 in lower case, without leading zeros, the longest run of zeros as `::`.
        "normalised" Normalised Unknown,
    }

    /// The answer to a `lookBackHours` that is not in 1 to 720, not a whole number or repeated.
    "invalid-look-back" invalid_look_back: InvalidLookBack {
        /// 400 with the code `BadRequest`.
        "refused" Refused Unknown,
        /// The answer for 720 hours, as if it were missing.
        "default" Default Unknown,
        /// A whole number out of range gets the answer for 1 or 720, whichever is nearer; all else is refused.
        "nearest" Nearest Unknown,
    }

    /// The header with the request id, which is also the `target` of an error.
    "request-id-header" request_id_header: RequestIdHeader {
        /// `request-id`.
        "request-id" RequestId Unknown,
        /// `x-ms-request-id`.
        "x-ms-request-id" XMsRequestId Unknown,
        /// No header does.
        "none" None Unknown,
    }

    /// The `code` of the 400 for an invalid address.
    "invalid-address-code" invalid_address_code: InvalidAddressCode {
        /// The code of just this error.
        "InvalidIpAddress" InvalidIpAddress Documented,
        /// The code of a recorded 400; what was wrong with that request is not known.
        "BadRequest" BadRequest Recorded,
    }

    /// Whether an answer has the older `orgPrevalence` beside `organizationPrevalence`.
    "legacy-prevalence" legacy_prevalence: LegacyPrevalence {
        /// It has, as a number in a string.
        "sent" Sent Recorded,
        /// It has not.
        "left-out" LeftOut Documented,
    }

    /// The order of the fields of an answer.
    "fields" fields: Fields {
        /// That of a recorded answer.
        "recorded" Recorded Recorded,
        /// One that depends on the number of the request, the same in every run.
        "shuffled" Shuffled Unknown,
    }

    /// The host that `@odata.context` names.
    "context-host" context_host: ContextHost

    /// The `code` of a 429.
    "throttle-code" throttle_code: ThrottleCode {
        /// The number of the status.
        "429" Number Recorded,
        /// The name of the status.
        "TooManyRequests" TooManyRequests Documented,
    }

    /// Whether a 429 has the header `Retry-After`.
    "retry-after" retry_after: RetryAfter {
        /// It has, with whole seconds.
        "sent" Sent Documented,
        /// It has not.
        "left-out" LeftOut Unknown,
    }

    /// Whether the message of a 429 gives the wait.
    "wait-in-message" wait_in_message: WaitInMessage {
        /// It ends with "You can send requests again in 8 seconds."
        "sent" Sent Recorded,
        /// It ends as another recorded one does, "maximum allowed 1500 per 01:00:00"; how that begins is not known.
        "left-out" LeftOut Recorded,
    }

    /// Whether a call that gets a 429 counts against the quota.
    "throttled-calls" throttled_calls: ThrottledCalls {
        /// It does not, so that a call gets through after the first wait, whatever was sent meanwhile.
        "free" Free Unknown,
        /// It does: one reading of the documented remark that sending on while throttled keeps a client throttled.
        "counted" Counted Unknown,
    }

    /// What becomes of a refresh token that is used.
    "refresh-tokens" refresh_tokens: RefreshTokens {
        /// A new one is issued, and the old one stays valid.
        "kept" Kept Documented,
        /// A new one is issued, and the old one is refused from then on.
        "replaced" Replaced Unknown,
        /// None is issued: the old one is to be used again.
        "reused" Reused Unknown,
    }

    /// The `interval` of a device code, the seconds between two requests for its token.
    "polling-interval" polling_interval: PollingInterval {
        /// 5.
        "5" Five Recorded,
        /// 1, for tests that do not want to wait.
        "1" One Unknown,
        /// None is given, which means 5 (RFC 8628, section 3.2).
        "left-out" LeftOut Unknown,
    }

    /// The answer to a device that asks sooner than its interval allows, while nobody has decided yet.
    "fast-polling" fast_polling: FastPolling {
        /// `authorization_pending`, as to one that waits long enough.
        "pending" Pending Unknown,
        /// `slow_down`, and the interval is 5 seconds longer from then on (RFC 8628, section 3.5).
        "slow-down" SlowDown Unknown,
    }

    /// The `error` of a device code that the user has declined.
    "declined-device" declined_device: DeclinedDevice {
        /// Entra's own name.
        "authorization_declined" AuthorizationDeclined Documented,
        /// The name of RFC 8628, section 3.5.
        "access_denied" AccessDenied Unknown,
    }
}

impl Quirks {
    /// All settings with their values, for a help text or a list.
    pub fn settings() -> impl Iterator<Item = SettingHelp> {
        ROWS.iter().map(|row| row.help)
    }
}

/// Of two settings of one name the later one holds.
impl Extend<Setting> for Quirks {
    fn extend<I: IntoIterator<Item = Setting>>(&mut self, settings: I) {
        for setting in settings {
            self.set(setting);
        }
    }
}

/// The default with these settings changed. Of two settings of one name the later one holds.
impl FromIterator<Setting> for Quirks {
    fn from_iter<I: IntoIterator<Item = Setting>>(settings: I) -> Quirks {
        let mut quirks = Quirks::default();
        quirks.extend(settings);
        quirks
    }
}

/// A row of the table: the help of a setting, and the parser of its values.
struct Row {
    help: SettingHelp,
    read: fn(&str) -> Option<Setting>,
}

/// The likeness from which a word is suggested in place of another.
const ALIKE: f64 = 0.75;

/// Why a text is not a [`Setting`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingError {
    /// There is no `=` in it.
    #[error("{text:?} is not a setting: write NAME=VALUE, such as times=window")]
    Malformed {
        /// The whole text.
        text: String,
    },
    /// No setting has that name.
    #[error("no setting is called {name:?}; {}there are {}", offer(*.nearest), listed(names(), "and"))]
    UnknownName {
        /// What stands before `=`.
        name: String,
        /// The name that was probably meant.
        nearest: Option<&'static str>,
    },
    /// The setting has no such value.
    #[error("{} cannot be {value:?}; {}it can be {}", .setting.name, offer(*.nearest), listed(texts(.setting), "or"))]
    UnknownValue {
        /// The setting, with the values that it has.
        setting: SettingHelp,
        /// What stands after `=`.
        value: String,
        /// The value that was probably meant.
        nearest: Option<&'static str>,
    },
}

/// Space around the name and the value does not count; letter case does.
impl FromStr for Setting {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Setting, SettingError> {
        let (name, value) = text.split_once('=').ok_or_else(|| SettingError::Malformed { text: text.to_owned() })?;
        let (name, value) = (name.trim(), value.trim());
        let row = ROWS
            .iter()
            .find(|row| row.help.name == name)
            .ok_or_else(|| SettingError::UnknownName { name: name.to_owned(), nearest: nearest(name, names()) })?;
        (row.read)(value).ok_or_else(|| SettingError::UnknownValue {
            setting: row.help,
            value: value.to_owned(),
            nearest: nearest_value(value, &row.help),
        })
    }
}

/// The form that [`Setting::from_str`] reads.
impl fmt::Display for Setting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, value) = self.name_and_value();
        write!(formatter, "{name}={value}")
    }
}

/// The most similar word, whatever the letter case, if one is similar enough.
fn nearest(given: &str, words: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let given = given.to_lowercase();
    words
        .map(|word| (strsim::jaro_winkler(&given, &word.to_lowercase()), word))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, word)| word)
}

/// `None` where a placeholder stands for most of the values: what was meant is not in the list.
fn nearest_value(given: &str, setting: &SettingHelp) -> Option<&'static str> {
    if setting.values.iter().any(ValueHelp::is_placeholder) {
        return None;
    }
    nearest(given, texts(setting))
}

fn names() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|row| row.help.name)
}

fn texts(setting: &SettingHelp) -> impl Iterator<Item = &'static str> {
    setting.values.iter().map(|value| value.text)
}

fn offer(nearest: Option<&str>) -> String {
    nearest.map(|word| format!("did you mean {word}? ")).unwrap_or_default()
}

fn listed(words: impl Iterator<Item = &'static str>, conjunction: &str) -> String {
    let words: Vec<_> = words.collect();
    match words.as_slice() {
        [others @ .., last] if !others.is_empty() => format!("{} {conjunction} {last}", others.join(", ")),
        few => few.concat(),
    }
}
