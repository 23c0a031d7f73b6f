//! How many calls the sandbox allows, as people write it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::length::{LengthError, length, whole_number};

/// How many calls are answered in any stretch of time: one or more windows, all of which hold at once.
///
/// Each window slides: at most so many calls in *any* stretch of that length, to the precision of the clock. Each
/// app has the quota to itself, and all its tokens share it, since the live service counts per tenant and app
/// (recorded: "for the key Destination+TenantID+AppID").
///
/// The text form is `calls/length`, separated by commas, where a length is a whole number and one of the units
/// `s`, `m` and `h`. Both numbers go from 1 to 4,294,967,295.
///
/// ```
/// use mde_sandbox::Quota;
///
/// let quota: Quota = "100/60s, 1500/1h".parse()?;
/// assert_eq!(quota.to_string(), "100/1m,1500/1h");
/// assert_eq!(quota, Quota::default());
/// # Ok::<(), mde_sandbox::QuotaError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota(Vec<QuotaWindow>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QuotaWindow {
    pub(crate) calls: u32,
    pub(crate) per: Duration,
}

impl Quota {
    pub(crate) fn windows(&self) -> &[QuotaWindow] {
        &self.0
    }
}

/// 100 calls a minute and 1,500 calls an hour, the documented limits of "Get IP statistics API".
impl Default for Quota {
    fn default() -> Quota {
        Quota(vec![
            QuotaWindow { calls: 100, per: Duration::from_secs(60) },
            QuotaWindow { calls: 1500, per: Duration::from_secs(3600) },
        ])
    }
}

/// Why a text is no [`Quota`]. Every variant holds the part of the text that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QuotaError {
    /// The part is not of the form calls, slash, number, unit.
    #[error(
        "{part:?} is not a quota window: write calls/length, where a length is a number and s, m or h, \
         such as 100/1m,1500/1h"
    )]
    Malformed {
        /// The part between two commas.
        part: String,
    },
    /// A number is above 4,294,967,295.
    #[error("{number} in {part:?} is too large: the largest number in a quota is {}", u32::MAX)]
    TooLarge {
        /// The part between two commas.
        part: String,
        /// The number, as it was written.
        number: String,
    },
    /// No call would ever be allowed.
    #[error("{part:?} allows no call at all: write at least 1, such as 100/1m,1500/1h")]
    NoCalls {
        /// The part between two commas.
        part: String,
    },
    /// The window would have no length.
    #[error("{part:?} lasts no time at all: write at least 1s, such as 100/1m,1500/1h")]
    NoTime {
        /// The part between two commas.
        part: String,
    },
}

impl FromStr for Quota {
    type Err = QuotaError;

    fn from_str(text: &str) -> Result<Quota, QuotaError> {
        text.split(',').map(|part| part.trim().parse()).collect::<Result<_, _>>().map(Quota)
    }
}

impl FromStr for QuotaWindow {
    type Err = QuotaError;

    fn from_str(part: &str) -> Result<QuotaWindow, QuotaError> {
        let wrong = |error| match error {
            LengthError::Malformed => QuotaError::Malformed { part: part.to_owned() },
            LengthError::TooLarge { number } => QuotaError::TooLarge { part: part.to_owned(), number },
        };
        let (calls, per) = part.split_once('/').ok_or_else(|| wrong(LengthError::Malformed))?;
        let (per, calls) = (length(per).map_err(wrong)?, whole_number(calls).map_err(wrong)?);
        if calls == 0 {
            return Err(QuotaError::NoCalls { part: part.to_owned() });
        }
        if per.is_zero() {
            return Err(QuotaError::NoTime { part: part.to_owned() });
        }
        Ok(QuotaWindow { calls, per })
    }
}

/// The form that [`Quota::from_str`] reads, each length in the largest unit that divides it.
impl fmt::Display for Quota {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, window) in self.0.iter().enumerate() {
            let seconds = window.per.as_secs();
            let (count, unit) = match seconds {
                _ if seconds % 3600 == 0 => (seconds / 3600, 'h'),
                _ if seconds % 60 == 0 => (seconds / 60, 'm'),
                _ => (seconds, 's'),
            };
            let comma = if position == 0 { "" } else { "," };
            write!(formatter, "{comma}{}/{count}{unit}", window.calls)?;
        }
        Ok(())
    }
}
