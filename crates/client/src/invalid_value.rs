//! The error for a value that the contract does not allow.

use std::convert::Infallible;
use std::fmt;

/// A value that the contract does not allow, with what it does allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidValue {
    name: &'static str,
    value: String,
    expected: String,
}

impl InvalidValue {
    /// The parameter or the type that the value was for.
    pub fn name(&self) -> &str {
        self.name
    }

    /// The value as it was given, cut short where it is long.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// What would have been allowed.
    pub fn expected(&self) -> &str {
        &self.expected
    }

    fn new(name: &'static str, value: impl fmt::Display, expected: String) -> Self {
        const LONGEST: usize = 80;
        let mut value = value.to_string();
        if let Some((end, _)) = value.char_indices().nth(LONGEST) {
            value.truncate(end);
            value.push('…');
        }
        Self { name, value, expected }
    }

    /// Names the parameter in the place of the type.
    pub(crate) fn of_parameter(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    pub(crate) fn check_integer<T, R>(name: &'static str, value: T, minimum: i64, maximum: i64) -> Result<R, Self>
    where
        T: Copy + fmt::Display + TryInto<i64>,
        R: TryFrom<i64>,
    {
        let within = value.try_into().ok().filter(|value| (minimum..=maximum).contains(value));
        within
            .and_then(|value| R::try_from(value).ok())
            .ok_or_else(|| Self::new(name, value, format!("a whole number from {minimum} to {maximum}")))
    }

    pub(crate) fn parse_integer<R>(name: &'static str, text: &str, minimum: i64, maximum: i64) -> Result<R, Self>
    where
        R: TryFrom<i64>,
    {
        let refused = || Self::new(name, text, format!("a whole number from {minimum} to {maximum}"));
        let value: i64 = text.parse().map_err(|_| refused())?;
        Self::check_integer(name, value, minimum, maximum).map_err(|_| refused())
    }
}

// Only a contract with a text value in a path needs this one.
#[allow(dead_code)]
impl InvalidValue {
    /// Refuses what would leave its segment of a path, whatever the pattern says.
    pub(crate) fn check_text(name: &'static str, text: String, pattern: &str) -> Result<String, Self> {
        let expected = if text.is_empty() {
            "a text that is not empty".to_owned()
        } else if text == "." || text == ".." || text.contains(['/', '\\']) {
            "a text without a slash or a backslash, and not `.` or `..`".to_owned()
        } else if regress::Regex::new(pattern).is_ok_and(|pattern| pattern.find(&text).is_some()) {
            return Ok(text);
        } else {
            format!("a text of the form {pattern}")
        };
        Err(Self::new(name, text, expected))
    }
}

impl fmt::Display for InvalidValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cannot be {:?}: give {}", self.name, self.value, self.expected)
    }
}

impl std::error::Error for InvalidValue {}

impl From<Infallible> for InvalidValue {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// Lets a bounded integer be made of any primitive one, each checked.
macro_rules! try_from_integers {
    ($name:ident) => {
        crate::invalid_value::try_from_integers!($name: u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);
    };
    ($name:ident: $($integer:ty),*) => {
        $(impl TryFrom<$integer> for $name {
            type Error = crate::InvalidValue;

            fn try_from(value: $integer) -> Result<Self, Self::Error> {
                crate::InvalidValue::check_integer(
                    stringify!($name), value, Self::MIN.0.into(), Self::MAX.0.into(),
                )
                .map(Self)
            }
        })*
    };
}
pub(crate) use try_from_integers;
