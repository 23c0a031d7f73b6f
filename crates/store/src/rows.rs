//! What a row is made of.

use std::time::{Duration, SystemTime};

use crc32fast::Hasher;
use mde_client::QuotaKey;

use crate::trouble::Trouble;

/// A key as a text that no other key has.
pub(crate) fn key_text(key: &QuotaKey) -> String {
    serde_json::json!([key.endpoint, key.operation, key.tenant, key.app]).to_string()
}

/// The key of a text.
pub(crate) fn key_of(text: &str) -> Result<QuotaKey, Trouble> {
    let (endpoint, operation, tenant, app): (String, String, _, _) =
        serde_json::from_str(text).map_err(|_| not_as_written())?;
    Ok(QuotaKey::new(endpoint, operation).of_app(tenant, app))
}

/// By which a row is known to be what was written. SQLite notices damage to the form of a page only.
pub(crate) fn checksum(parts: &[&[u8]]) -> u32 {
    let mut hasher = Hasher::new();
    for part in parts {
        hasher.update(&part.len().to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize()
}

pub(crate) fn not_as_written() -> Trouble {
    Trouble::Damaged("is damaged: a row in it is not what was written".to_owned())
}

/// A time of day in nanoseconds of Unix time, which last from 1677 to 2262.
pub(crate) fn nanoseconds(time: SystemTime) -> i64 {
    let number = |duration: Duration| i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => number(after),
        Err(error) => -number(error.duration()),
    }
}

/// The other way round.
pub(crate) fn time(nanoseconds: i64) -> SystemTime {
    let distance = Duration::from_nanos(nanoseconds.unsigned_abs());
    let time = match nanoseconds {
        0.. => SystemTime::UNIX_EPOCH.checked_add(distance),
        _ => SystemTime::UNIX_EPOCH.checked_sub(distance),
    };
    time.unwrap_or(SystemTime::UNIX_EPOCH)
}
