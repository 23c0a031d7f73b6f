//! What the sandbox does where documentation and recordings differ or say nothing.
//!
//! The table in this file is the only place where names, values, defaults and explanations are written.

#[macro_use]
mod define;
mod context_host;
mod help;
mod text;

pub use context_host::ContextHost;
pub use help::{Evidence, SettingHelp, ValueHelp};
pub use text::SettingError;

use help::Row;
pub(crate) use text::SettingValue;

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
        /// As it was written in the request, after percent-decoding.
        "as-asked" AsAsked Unknown,
        /// As Rust writes it: IPv6 in lower case, without leading zeros, the longest run of zeros as `::`.
        "normalised" Normalised Unknown,
    }

    /// What a `lookBackHours` gets that is out of 1 to 720, no whole number or given twice.
    "invalid-look-back" invalid_look_back: InvalidLookBack {
        /// 400 with the code `BadRequest`.
        "refused" Refused Unknown,
        /// The answer for 720 hours, as if it had not been given.
        "default" Default Unknown,
        /// A whole number out of range gets the answer for 1 or 720, whichever is nearer; all else is refused.
        "nearest" Nearest Unknown,
    }

    /// Which header of each answer carries the id of the request, which is also the `target` of an error.
    "request-id-header" request_id_header: RequestIdHeader {
        /// `request-id`.
        "request-id" RequestId Unknown,
        /// `x-ms-request-id`.
        "x-ms-request-id" XMsRequestId Unknown,
        /// No header does.
        "none" None Unknown,
    }

    /// The `code` of the 400 for an address that is none.
    "invalid-address-code" invalid_address_code: InvalidAddressCode {
        /// The code that stands for just this error.
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

    /// In which order the fields of an answer come.
    "fields" fields: Fields {
        /// In one order, that of a recorded answer.
        "recorded" Recorded Recorded,
        /// In an order that depends on the number of the request, the same in every run.
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

    /// Whether the message of a 429 tells how long to wait.
    "wait-in-message" wait_in_message: WaitInMessage {
        /// It ends with "You can send requests again in 8 seconds."
        "sent" Sent Recorded,
        /// It ends as another recorded one does, "maximum allowed 1500 per 01:00:00"; how that begins is not known.
        "left-out" LeftOut Recorded,
    }

    /// Whether a call that gets a 429 takes from the quota.
    "throttled-calls" throttled_calls: ThrottledCalls {
        /// It does not, so that one gets through after the wait that was told first, whatever was sent meanwhile.
        "free" Free Unknown,
        /// It does: one reading of the documented remark that who sends on while throttled stays throttled.
        "counted" Counted Unknown,
    }
}

impl Behaviour {
    /// All settings with their values, for a help text or a list.
    pub fn settings() -> impl Iterator<Item = SettingHelp> {
        ROWS.iter().map(|row| row.help)
    }
}

/// Of two settings of one name the later one holds.
impl Extend<Setting> for Behaviour {
    fn extend<I: IntoIterator<Item = Setting>>(&mut self, settings: I) {
        for setting in settings {
            self.set(setting);
        }
    }
}

/// The default with these settings changed. Of two settings of one name the later one holds.
impl FromIterator<Setting> for Behaviour {
    fn from_iter<I: IntoIterator<Item = Setting>>(settings: I) -> Behaviour {
        let mut behaviour = Behaviour::default();
        behaviour.extend(settings);
        behaviour
    }
}
