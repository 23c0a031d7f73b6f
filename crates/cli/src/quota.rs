//! The quota as people write it: `50/1m,600/1h`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use mde_client::QuotaWindow;

use crate::duration::{UNITS, exact, split_unit};

/// Seconds, minutes and hours, as the sandbox reads them too.
const QUOTA_UNITS: &[(char, u64)] = UNITS.split_at(3).0;

const EXAMPLE: &str = "such as 50/1m,600/1h";

/// The windows of `--quota`, one at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QuotaFlag(Vec<QuotaWindow>);

impl QuotaFlag {
    pub(crate) fn windows(&self) -> &[QuotaWindow] {
        &self.0
    }
}

impl FromStr for QuotaFlag {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split(',').map(|part| window(part.trim())).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for QuotaFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&windows_text(&self.0))
    }
}

fn window(part: &str) -> Result<QuotaWindow, String> {
    let malformed = || format!("{part:?} is not of the form N/DURATION with a unit s, m or h, {EXAMPLE}");
    let (calls, duration) = part.split_once('/').ok_or_else(malformed)?;
    let (count, seconds) = split_unit(duration, QUOTA_UNITS).ok_or_else(malformed)?;
    let number = |digits: &str| {
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(malformed());
        }
        match digits.parse::<u32>() {
            Ok(0) => Err(format!("{part:?} allows nothing: both numbers start at 1, {EXAMPLE}")),
            Ok(number) => Ok(number),
            Err(_) => Err(format!("{digits} in {part:?} is too large: no number is above {}", u32::MAX)),
        }
    };
    let (calls, count) = (number(calls)?, number(count)?);
    Ok(QuotaWindow::new(calls, Duration::from_secs(u64::from(count) * seconds)))
}

/// Windows in the form that `--quota` reads, each with the largest unit that divides it.
pub(crate) fn windows_text(windows: &[QuotaWindow]) -> String {
    let texts: Vec<_> = windows.iter().map(window_text).collect();
    texts.join(",")
}

fn window_text(window: &QuotaWindow) -> String {
    format!("{}/{}", window.calls(), exact(window.period(), QUOTA_UNITS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_read_and_written_in_the_same_form() {
        let text = |text: &str| text.parse::<QuotaFlag>().map(|quota| quota.to_string());
        assert_eq!(text("50/1m,600/1h"), Ok("50/1m,600/1h".to_owned()));
        assert_eq!(text(" 5/90s , 1/60m "), Ok("5/90s,1/1h".to_owned()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let problem = |text: &str| text.parse::<QuotaFlag>().err().unwrap_or_default();
        for malformed in ["50", "50/m", "50/1", "50/1d", "x/1m", "-5/1m", "+5/1m", "5/1mm", "5/1é", ""] {
            let expected =
                format!("{malformed:?} is not of the form N/DURATION with a unit s, m or h, such as 50/1m,600/1h");
            assert_eq!(problem(malformed), expected);
        }
        assert!(problem("50/1m,").starts_with("\"\" is not"));
        assert!(problem("50/1m,0/1h").starts_with("\"0/1h\" allows nothing"));
        assert!(problem("4294967296/1h").starts_with("4294967296 in \"4294967296/1h\" is too large"));
    }
}
