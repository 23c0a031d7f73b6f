//! Settings as people write them.

use std::fmt;
use std::str::FromStr;

use super::{ROWS, Setting, SettingHelp, ValueHelp};

/// How alike two words must be for one to be offered in place of the other.
const ALIKE: f64 = 0.75;

/// The type of a setting.
pub(crate) trait SettingValue: Default {
    /// The default first.
    const VALUES: &'static [ValueHelp];

    /// Reads what [`SettingValue::as_text`] writes.
    fn read(text: &str) -> Option<Self>;

    fn as_text(&self) -> &str;
}

/// Why a text is no [`Setting`].
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

/// The most alike word, whatever the letter case, if any is alike enough.
fn nearest(given: &str, words: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let given = given.to_lowercase();
    words
        .map(|word| (strsim::jaro_winkler(&given, &word.to_lowercase()), word))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, word)| word)
}

/// None where a placeholder stands for most of the values: what was meant is not among those that are listed.
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
