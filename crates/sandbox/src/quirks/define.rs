//! The macros that turn the table of settings into types, texts and help.

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
