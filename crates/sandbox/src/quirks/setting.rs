//! What a setting is: its values, their text forms and what is known of each; and the macros that turn the table of
//! settings into types, texts and help.

use std::fmt;

/// What is known of whether the live service does the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Evidence {
    /// Microsoft documents it.
    Documented,
    /// It was recorded from the live service and published.
    Recorded,
    /// Nothing public is known: a ruling of ours, on which no client should rely.
    Unknown,
}

/// The name of the variant in lower case.
impl fmt::Display for Evidence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Evidence::Documented => "documented",
            Evidence::Recorded => "recorded",
            Evidence::Unknown => "unknown",
        })
    }
}

/// A setting and its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SettingHelp {
    /// What stands before `=`.
    pub name: &'static str,
    /// What it decides, one line of Markdown.
    pub about: &'static str,
    /// What can stand after `=`, the default first.
    pub values: &'static [ValueHelp],
}

/// One value of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ValueHelp {
    /// What to write, or a placeholder that says what kind of text to write.
    pub text: &'static str,
    /// What is known of whether the live service does this.
    pub evidence: Evidence,
    /// What the sandbox then does, one line of Markdown.
    pub meaning: &'static str,
}

impl ValueHelp {
    /// Whether [`ValueHelp::text`] is a placeholder in angle brackets, for which many texts can stand.
    pub fn is_placeholder(&self) -> bool {
        self.text.starts_with('<')
    }
}

/// The type of a setting.
pub(crate) trait SettingValue: Default {
    /// The default first.
    const VALUES: &'static [ValueHelp];

    /// Reads what [`SettingValue::as_text`] writes.
    fn read(text: &str) -> Option<Self>;

    fn as_text(&self) -> &str;
}

/// The host in Microsoft's example, and in the complete recorded answer.
const DOCUMENTED: &str = "api.securitycenter.microsoft.com";

/// The most characters of a name, and of a label between its dots (RFC 1035).
const LONGEST_NAME: usize = 253;
const LONGEST_LABEL: usize = 63;

/// The host that `@odata.context` names.
///
/// ```
/// use mde_sandbox::quirks::ContextHost;
///
/// let host = ContextHost::new("api-eu3.securitycenter.microsoft.com");
/// assert_eq!(host.as_ref().map(ContextHost::as_str), Some("api-eu3.securitycenter.microsoft.com"));
/// assert_eq!(ContextHost::new("https://api-eu3.securitycenter.microsoft.com/"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextHost(String);

impl ContextHost {
    /// A host by its name, or `None` if the text is not one: labels of ASCII letters, digits and inner hyphens, with
    /// dots between them. A scheme, a port or a path is not part of the name.
    pub fn new(name: &str) -> Option<ContextHost> {
        let is_label = |label: &str| {
            (1..=LONGEST_LABEL).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        (name.len() <= LONGEST_NAME && name.split('.').all(is_label)).then(|| ContextHost(name.to_owned()))
    }

    /// The name, in the letter case in which it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ContextHost {
    fn default() -> ContextHost {
        ContextHost(DOCUMENTED.to_owned())
    }
}

impl SettingValue for ContextHost {
    const VALUES: &'static [ValueHelp] = &[
        ValueHelp {
            text: DOCUMENTED,
            evidence: Evidence::Documented,
            meaning: "This host, whatever the sandbox's own name is.",
        },
        ValueHelp {
            text: "<host name without scheme, port or path>",
            evidence: Evidence::Recorded,
            meaning: "Another host. Those of regional backends were recorded, one of which begins with `api-eu3`.",
        },
    ];

    fn read(text: &str) -> Option<ContextHost> {
        ContextHost::new(text)
    }

    fn as_text(&self) -> &str {
        self.as_str()
    }
}

/// Generates from one table [`Quirks`](super::Quirks), [`Setting`](super::Setting), a type for each setting that lists
/// its values, and the help of [`Quirks::settings`](super::Quirks::settings).
///
/// A row is the name, the field, the type and, in braces, the values, the default first. A setting without braces
/// has a type that was written by hand.
macro_rules! settings {
    ($(#[doc = $about:literal] $name:literal $field:ident: $Type:ident $({ $($values:tt)+ })?)+) => {
        /// What the sandbox does where documentation and recordings differ or say nothing.
        ///
        /// The fields, their values and the defaults are listed in the documentation of this crate.
        ///
        /// ```
        /// use mde_sandbox::quirks::{Quirks, Setting, Times};
        ///
        /// let mut quirks = Quirks::default();
        /// quirks.times = Times::Window;
        /// let settings = ["times=window".parse::<Setting>()?];
        /// assert_eq!(Quirks::from_iter(settings), quirks);
        /// # Ok::<(), mde_sandbox::quirks::SettingError>(())
        /// ```
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Quirks {
            $(#[doc = $about] pub $field: $Type,)+
        }

        /// One setting with a value for it. The text form is `NAME=VALUE`, such as `retry-after=left-out`.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Setting {
            $(#[doc = $about] $Type($Type),)+
        }

        const ROWS: &[Row] = &[$(Row {
            help: SettingHelp { name: $name, about: $about.trim_ascii_start(), values: <$Type as SettingValue>::VALUES },
            read: |text| <$Type as SettingValue>::read(text).map(Setting::$Type),
        },)+];

        impl Quirks {
            /// Changes one setting, and leaves the others as they are.
            pub fn set(&mut self, setting: Setting) {
                match setting {
                    $(Setting::$Type(value) => self.$field = value,)+
                }
            }
        }

        impl Setting {
            fn name_and_value(&self) -> (&'static str, &str) {
                match self {
                    $(Setting::$Type(value) => ($name, SettingValue::as_text(value)),)+
                }
            }
        }

        $($(choice! { #[doc = $about] $Type { $($values)+ } })?)+
    };
}

macro_rules! choice {
    (#[doc = $about:literal] $Type:ident { $(#[doc = $meaning:literal] $text:literal $Value:ident $evidence:ident,)+ }) => {
        #[doc = $about]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $Type {
            $(#[doc = $meaning] $Value,)+
        }

        impl Default for $Type {
            fn default() -> $Type {
                [$($Type::$Value),+][0]
            }
        }

        impl SettingValue for $Type {
            const VALUES: &'static [ValueHelp] = &[$(ValueHelp {
                text: $text,
                evidence: Evidence::$evidence,
                meaning: $meaning.trim_ascii_start(),
            }),+];

            fn read(text: &str) -> Option<$Type> {
                match text {
                    $($text => Some($Type::$Value),)+
                    _ => None,
                }
            }

            fn as_text(&self) -> &'static str {
                match self {
                    $($Type::$Value => $text,)+
                }
            }
        }
    };
}
