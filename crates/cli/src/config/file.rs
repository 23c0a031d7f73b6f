//! `config.toml`: where it is, and how it is read. Every error names line and column.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::values::{self, DEFAULT_PROFILE, Origin, PROFILES, Setting, Values};
use crate::console::Environment;
use crate::credential::{CERTIFICATE, CLIENT_SECRET};
use crate::exit::Stop;
use crate::open::read_regular;
use crate::phrase::suggestion;
use mde_input::escape::escape_path;

/// Names another file than that of the platform.
const VARIABLE: &str = "MDE_CONFIG";

/// What scripts name where there is to be no configuration.
const NONE: &str = "/dev/null";

/// In bytes. No configuration is larger.
pub(super) const LARGEST: u64 = 1024 * 1024;

/// The configuration of the user.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConfigFile {
    /// None if the platform has no folder for it.
    pub(crate) path: Option<PathBuf>,
    /// Whether the file exists.
    pub(crate) found: bool,
    default_profile: Option<Setting<String>>,
    /// The values for all profiles that do not set their own.
    pub(super) common: Values,
    pub(super) profiles: BTreeMap<String, Values>,
}

impl ConfigFile {
    /// Reads the file that `MDE_CONFIG` names, or that of the platform, which may be missing.
    pub(super) fn read(environment: &Environment) -> Result<Self, Stop> {
        let named = environment.get(VARIABLE);
        let Some(path) = path(environment) else { return Ok(Self::default()) };
        let bytes = if path == Path::new(NONE) { Ok(Vec::new()) } else { read_regular(&path, LARGEST) };
        let text = match bytes {
            Ok(bytes) => text(bytes, &path)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => match named {
                None => return Ok(Self { path: Some(path), ..Self::default() }),
                Some(_) => {
                    let message = "the file does not exist: create it, or unset the variable";
                    return Err(Stop::usage(format!("MDE_CONFIG: {}: {message}", escape_path(&path))));
                }
            },
            Err(error) => {
                return Err(Stop::usage(format!("cannot read the configuration {}: {error}", escape_path(&path))));
            }
        };
        Self::parse(&path, &text)
    }

    /// Reads a text as the content of the file, or reports all that is wrong with it.
    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, Stop> {
        let mut file = Reader { path, text, problems: Vec::new() };
        let config = file.read();
        match file.problems() {
            Some(problems) => Err(Stop::usage(problems)),
            None => Ok(config),
        }
    }

    /// The profile to use: from the flag, else the environment, else the file; none if no profile is named.
    pub(super) fn profile(
        &self,
        flag: Option<&str>,
        environment: &Environment,
    ) -> Result<Option<Setting<String>>, Stop> {
        let Some(profile) = self.named_profile(flag, environment) else { return Ok(None) };
        if self.profiles.contains_key(&profile.value) {
            return Ok(Some(profile));
        }
        let Setting { value: name, origin } = profile;
        let advice = match &self.path {
            Some(path) if self.profiles.is_empty() => {
                format!("{} has no profiles; mde config show --help describes how to write one", escape_path(path))
            }
            Some(path) => format!("{} (in {})", suggestion(&name, self.profile_names()), escape_path(path)),
            None => "this platform has no folder for a configuration: set MDE_CONFIG".to_owned(),
        };
        Err(Stop::usage(format!("{origin}: there is no profile {name:?}: {advice}")))
    }

    /// The same, whether there is a profile of that name or not.
    fn named_profile(&self, flag: Option<&str>, environment: &Environment) -> Option<Setting<String>> {
        let flag = flag.map(|name| Setting::new(name.to_owned(), Origin::Flag("--profile")));
        let variable = || Some(Setting::new(environment.get("MDE_PROFILE")?, Origin::Environment("MDE_PROFILE")));
        flag.or_else(variable).or_else(|| self.default_profile.clone())
    }

    /// The profile to write, whether there is one of that name or not.
    pub(crate) fn profile_to_write(&self, flag: Option<&str>, environment: &Environment) -> Setting<String> {
        /// Where nothing names another one.
        const NAME: &str = "default";
        self.named_profile(flag, environment).unwrap_or_else(|| Setting::new(NAME.to_owned(), Origin::Default))
    }

    /// The endpoint, the credential, the tenant and the app that a profile sets itself; nothing where there is no such profile.
    pub(crate) fn own_values(&self, profile: &str) -> Option<[Option<String>; 4]> {
        let values = self.profiles.get(profile)?;
        let text = |setting: &Option<Setting<String>>| setting.as_ref().map(|setting| setting.value.clone());
        let endpoint = values.endpoint.as_ref().map(|endpoint| match endpoint.value.is_loopback() {
            true => endpoint.value.url().to_owned(),
            false => endpoint.value.name().to_owned(),
        });
        let credential = values.kind().map(|kind| kind.value.name().to_owned());
        Some([endpoint, credential, text(&values.tenant), text(&values.app)])
    }

    pub(crate) fn profile_names(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(String::as_str)
    }
}

pub(super) fn text(bytes: Vec<u8>, path: &Path) -> Result<String, Stop> {
    String::from_utf8(bytes).map_err(|error| {
        let sound = String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]).into_owned();
        let (line, column) = line_and_column(&sound, sound.len());
        Stop::usage(format!("{}:{line}:{column}: this is not UTF-8", escape_path(path)))
    })
}

/// The file that the environment names, or that of the platform.
pub(super) fn path(environment: &Environment) -> Option<PathBuf> {
    environment.get(VARIABLE).map(PathBuf::from).or_else(|| platform_file(environment))
}

/// None in a test: its environment has no user folder.
fn platform_file(environment: &Environment) -> Option<PathBuf> {
    let platform = etcetera::choose_base_strategy().ok().filter(|_| environment.is_of_process())?;
    Some(platform.config_dir().join("mde").join("config.toml"))
}

/// Reads a file to its end, and collects all problems.
struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    /// Each with its offset in the text.
    problems: Vec<(usize, String)>,
}

impl Reader<'_> {
    fn read(&mut self) -> ConfigFile {
        let mut config = ConfigFile { path: Some(self.path.to_owned()), found: true, ..ConfigFile::default() };
        let table = match DeTable::parse(self.text) {
            Ok(table) => table,
            Err(error) => {
                // The error itself would show the line, and with it what may be secret.
                let offset = error.span().unwrap_or_default().start;
                self.problem(offset, format!("this is not TOML: {}", error.message()));
                return config;
            }
        };
        for (key, value) in table.get_ref() {
            match key.get_ref().as_ref() {
                DEFAULT_PROFILE => config.default_profile = self.setting(key, value, None, values::text),
                PROFILES => config.profiles = self.profiles(key, value),
                _ => self.value(&mut config.common, key, value, None),
            }
        }
        if let Some(Setting { value: name, .. }) = &config.default_profile
            && !config.profiles.contains_key(name)
            && self.problems.is_empty()
        {
            let offset = table.get_ref().get(DEFAULT_PROFILE).map(|value| value.span().start).unwrap_or_default();
            let advice = match config.profiles.is_empty() {
                true => format!("write one under [{PROFILES}.NAME], or leave {DEFAULT_PROFILE} out"),
                false => suggestion(name, config.profile_names()),
            };
            self.problem(offset, format!("{DEFAULT_PROFILE}: there is no profile {name:?}: {advice}"));
        }
        config
    }

    fn profiles(&mut self, key: &Spanned<Key<'_>>, value: &Spanned<DeValue<'_>>) -> BTreeMap<String, Values> {
        let Some(table) = value.get_ref().as_table() else {
            self.problem(
                key.span().start,
                format!("{PROFILES} is not a table: write [{PROFILES}.NAME] above each profile"),
            );
            return BTreeMap::new();
        };
        table.iter().map(|(name, value)| (name.get_ref().to_string(), self.profile(name, value))).collect()
    }

    fn profile(&mut self, name: &Spanned<Key<'_>>, value: &Spanned<DeValue<'_>>) -> Values {
        let mut values = Values::default();
        match value.get_ref().as_table() {
            Some(table) => {
                for (key, value) in table {
                    self.value(&mut values, key, value, Some(name.get_ref()));
                }
            }
            None => {
                let message =
                    format!("{:?} is not a profile: write [{PROFILES}.NAME] above its values", name.get_ref());
                self.problem(name.span().start, message);
            }
        }
        values
    }

    /// Reads one value of a profile, or of the top of the file where there is no profile.
    fn value(
        &mut self,
        values: &mut Values,
        key: &Spanned<Key<'_>>,
        value: &Spanned<DeValue<'_>>,
        profile: Option<&str>,
    ) {
        let folder = self.path.parent().unwrap_or(Path::new("")).to_owned();
        match key.get_ref().as_ref() {
            "endpoint" => values.endpoint = self.setting(key, value, profile, values::endpoint),
            "tenant" => values.tenant = self.setting(key, value, profile, values::text),
            "app" => values.app = self.setting(key, value, profile, values::text),
            "credential" => values.credential = self.setting(key, value, profile, values::credential),
            CLIENT_SECRET => {
                values.client_secret =
                    self.setting(key, value, profile, |value| values::secret(CLIENT_SECRET, value, &folder));
            }
            CERTIFICATE => {
                values.certificate = self.setting(key, value, profile, |value| values::certificate(value, &folder));
            }
            "quota" => values.quota = self.setting(key, value, profile, |value| values::text(value)?.parse()),
            "look-back-hours" => {
                values.look_back_hours = self.setting(key, value, profile, values::look_back_hours);
            }
            "max-age" => values.max_age = self.setting(key, value, profile, values::max_age),
            "store" => {
                values.store = self.setting(key, value, profile, |value| values::path(&folder, value));
            }
            other => self.problem(key.span().start, values::unknown(other, value.get_ref(), profile.is_some())),
        }
    }

    /// A value with its origin, or what is wrong with it.
    fn setting<T>(
        &mut self,
        key: &Spanned<Key<'_>>,
        value: &Spanned<DeValue<'_>>,
        profile: Option<&str>,
        read: impl FnOnce(&DeValue<'_>) -> Result<T, String>,
    ) -> Option<Setting<T>> {
        match read(value.get_ref()) {
            Ok(read) => {
                let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let (line, _) = line_and_column(self.text, key.span().start);
                let profile = profile.map(str::to_owned);
                Some(Setting::new(read, Origin::File { name, line, profile }))
            }
            Err(problem) => {
                self.problem(value.span().start, format!("{}: {problem}", key.get_ref()));
                None
            }
        }
    }

    fn problem(&mut self, offset: usize, message: String) {
        self.problems.push((offset, message));
    }

    /// All of them, in the order of the file.
    fn problems(mut self) -> Option<String> {
        self.problems.sort();
        let lines = self.problems.iter().map(|(offset, message)| {
            let (line, column) = line_and_column(self.text, *offset);
            format!("{}:{line}:{column}: {message}", escape_path(self.path))
        });
        let lines: Vec<_> = lines.collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}

/// A key of TOML.
type Key<'a> = std::borrow::Cow<'a, str>;

/// Line and column, from 1.
fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
