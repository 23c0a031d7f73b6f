//! Writes a profile into `config.toml`. Whatever else the user has written there, its comments and its order, stays byte for
//! byte: the text is edited at the locations that the parser reports, and not written anew.

use std::fmt::Display;
use std::fs::{self, File, TryLockError};
use std::io;
use std::ops::Range;
use std::path::Path;
use std::thread;
use std::time::Duration;

use mde_input::escape::escape_path;
use toml_edit::{Document, Item, Key, Table, TableLike, Value};

use super::file::{ConfigFile, LARGEST, path, text};
use super::values::{DEFAULT_PROFILE, PROFILES};
use crate::atomic::{NewFile, behind_links, beside, folder, replace};
use crate::console::Environment;
use crate::credential::CERTIFICATE;
use crate::exit::Stop;
use crate::open::read_regular;

/// The configuration, which need not be there yet, for a profile to be written into.
///
/// # Errors
/// As for [`write_profile`], and where the platform has no folder for it.
pub(crate) fn config_to_write(environment: &Environment) -> Result<ConfigFile, Stop> {
    let advice = "this platform has no folder for a configuration: set MDE_CONFIG to the path of a file";
    let path = path(environment).ok_or_else(|| Stop::usage(advice))?;
    ConfigFile::parse(&path, &content(&path)?)
}

/// Writes values of a profile, each by its key, the certificate by the path of its file, and keeps the others that the
/// profile has. With `make_default` the profile becomes the default one, where the file names none. The file is replaced as a
/// whole, behind links; a new one is readable by its owner only.
///
/// # Errors
/// Where the file cannot be read or written, or is not a configuration; then it stays as it is.
pub(crate) fn write_profile(
    path: &Path,
    name: &str,
    values: &[(&str, String)],
    make_default: bool,
) -> Result<(), Stop> {
    let path = &behind_links(path.to_owned());
    fs::create_dir_all(folder(path)).map_err(|error| cannot("write", path, &error))?;
    let _lock = locked(path);
    let before = content(path)?;
    ConfigFile::parse(path, &before)?;
    let mut after = with_profile(&before, name, values);
    if make_default {
        after = after.and_then(|text| with_default(&text, name));
    }
    // What cannot be edited this way is not damaged either.
    let after =
        after.filter(|text| ConfigFile::parse(path, text).is_ok_and(|config| config.profiles.contains_key(name)));
    let Some(after) = after else {
        let advice = "write it by hand: mde config show --help describes how";
        return Err(cannot("write", path, &format!("the profile {name:?} does not fit into it; {advice}")));
    };
    replace(path, NewFile::OwnerOnly, &mut after.as_bytes()).map_err(|error| cannot("write", path, &error))
}

/// Finds out whether the file can be replaced, before the user does what is then to be written. Makes its folder.
pub(crate) fn check_writable(path: &Path) -> Result<(), Stop> {
    let path = &behind_links(path.to_owned());
    let file = fs::create_dir_all(folder(path)).and_then(|()| beside(path, NewFile::OwnerOnly));
    file.map(drop).map_err(|error| cannot("write", path, &error))
}

/// Keeps others from writing the file until the lock is dropped: of two that read it, the later would undo what the earlier
/// wrote. What is locked is the folder, or a file in it where folders cannot be; nothing where the file system has no locks,
/// or where another program, which is none of ours, does not let go of it.
fn locked(path: &Path) -> Option<File> {
    /// A profile is written in milliseconds.
    const TRIES: usize = 100;
    const PAUSE: Duration = Duration::from_millis(50);
    let folder = folder(path);
    #[cfg(unix)]
    let lock = File::open(folder);
    #[cfg(not(unix))]
    let lock = File::create(folder.join(".mde-lock"));
    let lock = lock.ok()?;
    for _ in 0..TRIES {
        match lock.try_lock() {
            Ok(()) => return Some(lock),
            Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
            Err(TryLockError::Error(_)) => return None,
        }
    }
    None
}

/// What is in a file that can be written; nothing where it is not there yet.
fn content(path: &Path) -> Result<String, Stop> {
    if fs::metadata(path).is_ok_and(|there| there.permissions().readonly()) {
        return Err(cannot("write", path, &"it is read-only"));
    }
    match read_regular(path, LARGEST) {
        Ok(bytes) => text(bytes, path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(cannot("read", path, &error)),
    }
}

fn cannot(what: &str, path: &Path, error: &dyn Display) -> Stop {
    Stop::usage(format!("cannot {what} the configuration {}: {error}", escape_path(path)))
}

/// The text with the values in the profile, in whichever of the forms of TOML it is written.
fn with_profile(text: &str, name: &str, values: &[(&str, String)]) -> Option<String> {
    let document = Document::parse(text).ok()?;
    let key = Key::new(name);
    let entries = || values.iter().map(|(key, value)| entry("", key, value));
    let profiles = document.as_table().get(PROFILES);
    match (profiles, profiles.and_then(|profiles| profiles.as_table_like()?.get(name))) {
        (_, Some(Item::Table(profile))) if !profile.is_implicit() || profile.is_dotted() => {
            let (changes, new) = changes(profile, values)?;
            let header = profile.span().filter(|_| !profile.is_dotted());
            let (at, prefix) = match (last(profile), header) {
                (Some((key, end)), _) => (end, &text[line_start(text, key.start)..key.start]),
                (None, header) => (header?.end, ""),
            };
            let lines = new.iter().map(|(key, value)| entry(prefix, key, value));
            Some(splice(text, changes, line_end(text, at), &lines_after(text, lines)))
        }
        (_, Some(Item::Value(Value::InlineTable(profile)))) => {
            let (changes, new) = changes(profile, values)?;
            let prefix = if profile.is_dotted() { format!("{key}.") } else { String::new() };
            let (at, separator) = end_of_inline(profile, profile.span())?;
            let new: Vec<_> = new.iter().map(|(key, value)| entry(&prefix, key, value)).collect();
            let new = if new.is_empty() { String::new() } else { format!("{separator}{}", new.join(", ")) };
            Some(splice(text, changes, at, &new))
        }
        (Some(Item::Value(Value::InlineTable(profiles))), None) => {
            let (at, separator) = end_of_inline(profiles, profiles.span())?;
            let new = format!("{separator}{key} = {{ {} }}", entries().collect::<Vec<_>>().join(", "));
            Some(splice(text, Vec::new(), at, &new))
        }
        (Some(Item::Table(profiles)), None) if profiles.is_dotted() => {
            let (_, end) = last(profiles)?;
            let line = format!("{PROFILES}.{key} = {{ {} }}", entries().collect::<Vec<_>>().join(", "));
            Some(splice(text, Vec::new(), line_end(text, end), &lines_after(text, [line].into_iter())))
        }
        _ => Some(with_section(text, &key, entries())),
    }
}

/// The text with a section for a profile at its end.
fn with_section(text: &str, name: &Key, entries: impl Iterator<Item = String>) -> String {
    let newline = newline(text);
    let before = match text {
        "" | "\u{feff}" => "",
        text if text.ends_with('\n') => newline,
        _ => &newline.repeat(2),
    };
    let section = lines_after(text, [format!("[{PROFILES}.{name}]")].into_iter().chain(entries));
    // Each line begins with the end of the one before.
    format!("{text}{before}{}{newline}", &section[newline.len()..])
}

/// The text with a default profile, where it has none.
fn with_default(text: &str, name: &str) -> Option<String> {
    let document = Document::parse(text).ok()?;
    let root = document.as_table();
    if root.contains_key(DEFAULT_PROFILE) {
        return Some(text.to_owned());
    }
    let line = entry("", DEFAULT_PROFILE, name);
    let newline = newline(text);
    Some(match last(root) {
        Some((_, end)) => splice(text, Vec::new(), line_end(text, end), &format!("{newline}{line}")),
        None => splice(text, Vec::new(), top(text), &format!("{line}{newline}{newline}")),
    })
}

/// Where the values of a text can begin that has none yet: behind a comment that an empty line separates from the rest.
fn top(text: &str) -> usize {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut at = start;
    for line in text[start..].split_inclusive('\n') {
        at += line.len();
        match line.trim() {
            "" => return at,
            line if line.starts_with('#') => {}
            _ => break,
        }
    }
    start
}

type Edits = Vec<(Range<usize>, String)>;

/// The values that are there, with what replaces them, and those that are not there. Nothing, where a value is spread over
/// several lines.
fn changes<'a>(
    profile: &dyn TableLike,
    values: &'a [(&'a str, String)],
) -> Option<(Edits, Vec<(&'a str, &'a String)>)> {
    let (mut changes, mut new) = (Vec::new(), Vec::new());
    for (key, value) in values {
        match profile.get(key) {
            None => new.push((*key, value)),
            Some(Item::Value(old)) => changes.push((old.span()?, of_text(key, value))),
            Some(_) => return None,
        }
    }
    Some((changes, new))
}

/// The key of the last value of a table that stands below its own heading or path, and where the value ends.
fn last(table: &Table) -> Option<(Range<usize>, usize)> {
    let values = table.get_values().into_iter();
    values.filter_map(|(path, value)| Some((path.first()?.span()?, value.span()?.end))).max_by_key(|(_, end)| *end)
}

/// Where a further value of an inline table goes, and what separates it from the one before.
fn end_of_inline(table: &dyn TableLike, span: Option<Range<usize>>) -> Option<(usize, &'static str)> {
    let ends = table.get_values().into_iter().filter_map(|(_, value)| Some(value.span()?.end));
    match ends.max() {
        Some(end) => Some((end, ", ")),
        None => Some((span?.start + 1, " ")),
    }
}

fn entry(prefix: &str, key: &str, value: &str) -> String {
    format!("{prefix}{key} = {}", of_text(key, value))
}

fn of_text(key: &str, value: &str) -> String {
    match key {
        CERTIFICATE => format!("{{ file = {} }}", Value::from(value)),
        _ => Value::from(value).to_string(),
    }
}

/// Lines, each behind a line end of the kind that the text has.
fn lines_after(text: &str, lines: impl Iterator<Item = String>) -> String {
    let newline = newline(text);
    lines.map(|line| format!("{newline}{line}")).collect()
}

fn newline(text: &str) -> &'static str {
    match text.split_once('\n') {
        Some((line, _)) if line.ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

/// Before the line end.
fn line_end(text: &str, at: usize) -> usize {
    let rest = text[at..].split('\n').next().unwrap_or_default();
    at + rest.trim_end_matches('\r').len()
}

/// Replaces some ranges of a text, and puts something new behind all of them or before.
fn splice(text: &str, changes: Edits, at: usize, new: &str) -> String {
    let mut edits = changes;
    edits.push((at..at, new.to_owned()));
    edits.sort_by_key(|(range, _)| range.start);
    let (mut out, mut copied) = (String::new(), 0);
    for (range, replacement) in edits {
        out.push_str(&text[copied..range.start]);
        out.push_str(&replacement);
        copied = range.end;
    }
    out + &text[copied..]
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn values() -> [(&'static str, String); 2] {
        [("endpoint", "eu".to_owned()), ("tenant", "contoso.example".to_owned())]
    }

    /// What is written into a file that holds a text, as a text.
    fn written(before: &str, name: &str, values: &[(&str, String)], make_default: bool) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, before).unwrap();
        let result = write_profile(&path, name, values, make_default);
        let after = fs::read_to_string(&path).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left there");
        match result {
            Ok(()) => Ok(after),
            Err(Stop::Failed { message, .. }) => {
                assert_eq!(after, before, "a file that is refused stays as it is");
                Err(message.replace(&escape_path(&path), "config.toml"))
            }
            Err(Stop::Output(error)) => Err(error.to_string()),
        }
    }

    /// Each text before and after the values of [`values`] are written into the profile `lab`.
    #[test]
    fn only_the_profile_is_edited() {
        let cases = [
            ("", "[profiles.lab]\nendpoint = \"eu\"\ntenant = \"contoso.example\"\n"),
            // Comments, order, blanks and quotes of others.
            (
                "# ours\n\nquota='5/1s'   # slow\nendpoint = \"us\"\n\n[ profiles . 'other' ]\n  tenant=\"a.example\" # A\n\n\n# end\n",
                "# ours\n\nquota='5/1s'   # slow\nendpoint = \"us\"\n\n[ profiles . 'other' ]\n  tenant=\"a.example\" # A\n\n\n# end\n\n\
                 [profiles.lab]\nendpoint = \"eu\"\ntenant = \"contoso.example\"\n",
            ),
            // Without an end of the last line.
            (
                "[profiles.other]\ntenant = \"a.example\"",
                "[profiles.other]\ntenant = \"a.example\"\n\n[profiles.lab]\nendpoint = \"eu\"\ntenant = \"contoso.example\"\n",
            ),
            // Line ends of Windows, and a byte order mark.
            (
                "\u{feff}# ours\r\n[profiles.other]\r\ntenant = \"a.example\"\r\n",
                "\u{feff}# ours\r\n[profiles.other]\r\ntenant = \"a.example\"\r\n\r\n\
                 [profiles.lab]\r\nendpoint = \"eu\"\r\ntenant = \"contoso.example\"\r\n",
            ),
            // A profile of this name: what is given is replaced, and the rest is kept.
            (
                "[profiles.lab]\n  # who\n  tenant = 'a.example' # A\n  app = \"1\" # one\n\n[profiles.z]\n",
                "[profiles.lab]\n  # who\n  tenant = \"contoso.example\" # A\n  app = \"1\" # one\n  endpoint = \"eu\"\n\n[profiles.z]\n",
            ),
            (
                "[profiles.lab] # empty\n# end",
                "[profiles.lab] # empty\nendpoint = \"eu\"\ntenant = \"contoso.example\"\n# end",
            ),
            (
                "[profiles.lab]\r\nclient-secret.env = \"S\"\r\n",
                "[profiles.lab]\r\nclient-secret.env = \"S\"\r\nendpoint = \"eu\"\r\ntenant = \"contoso.example\"\r\n",
            ),
            // The values of a profile may stand anywhere.
            (
                "[profiles.lab.client-secret]\nenv = \"S\"\n",
                "[profiles.lab.client-secret]\nenv = \"S\"\n\n[profiles.lab]\nendpoint = \"eu\"\ntenant = \"contoso.example\"\n",
            ),
            (
                "profiles.lab.app = \"1\" # one\nquota = \"5/1s\"\n",
                "profiles.lab.app = \"1\" # one\nprofiles.lab.endpoint = \"eu\"\nprofiles.lab.tenant = \"contoso.example\"\nquota = \"5/1s\"\n",
            ),
            (
                "[profiles]\nlab.app = \"1\"\nz.app = \"2\"\nlab.tenant = \"a\"\n",
                "[profiles]\nlab.app = \"1\"\nz.app = \"2\"\nlab.tenant = \"contoso.example\"\nlab.endpoint = \"eu\"\n",
            ),
            (
                "profiles.z.app = \"1\"\nquota = \"5/1s\"\n",
                "profiles.z.app = \"1\"\nprofiles.lab = { endpoint = \"eu\", tenant = \"contoso.example\" }\nquota = \"5/1s\"\n",
            ),
            (
                "[profiles]\nlab = { app = \"1\", tenant = \"a\" } # A\n",
                "[profiles]\nlab = { app = \"1\", tenant = \"contoso.example\", endpoint = \"eu\" } # A\n",
            ),
            ("[profiles]\nlab = {}\n", "[profiles]\nlab = { endpoint = \"eu\", tenant = \"contoso.example\"}\n"),
            (
                "profiles = { z = { app = \"1\" } }\n",
                "profiles = { z = { app = \"1\" }, lab = { endpoint = \"eu\", tenant = \"contoso.example\" } }\n",
            ),
            (
                "profiles = { lab.app = \"1\" }\n",
                "profiles = { lab.app = \"1\", lab.endpoint = \"eu\", lab.tenant = \"contoso.example\" }\n",
            ),
        ];
        for (before, after) in cases {
            assert_eq!(written(before, "lab", &values(), false).as_deref(), Ok(after), "{before}");
            // And once more: now all are there.
            assert_eq!(written(after, "lab", &values(), false).as_deref(), Ok(after), "{before}");
        }
    }

    #[test]
    fn a_profile_becomes_the_default_where_there_is_none() {
        let section = "[profiles.lab]\napp = \"1\"\n";
        let cases = [
            ("", format!("default-profile = \"lab\"\n\n{section}")),
            ("quota = \"5/1s\"", format!("quota = \"5/1s\"\ndefault-profile = \"lab\"\n\n{section}")),
            (
                "# ours\n\n# z\n[profiles.z]\n",
                format!("# ours\n\ndefault-profile = \"lab\"\n\n# z\n[profiles.z]\n\n{section}"),
            ),
            ("# z\n[profiles.z]\n", format!("default-profile = \"lab\"\n\n# z\n[profiles.z]\n\n{section}")),
            ("default-profile = \"z\"\n[profiles.z]\n", format!("default-profile = \"z\"\n[profiles.z]\n\n{section}")),
        ];
        for (before, after) in cases {
            assert_eq!(written(before, "lab", &[("app", "1".to_owned())], true), Ok(after), "{before}");
        }
    }

    #[test]
    fn names_and_values_are_quoted_where_they_have_to_be() {
        for name in ["a b", "a.b", "Müller", "say \"hi\"", "'", "\\", "[x]", "#1"] {
            let text = written("", name, &[("tenant", name.to_owned() + "\"\\'t")], true).unwrap();
            let config = ConfigFile::parse(Path::new("config.toml"), &text).ok().unwrap();
            assert_eq!(config.profile_names().collect::<Vec<_>>(), [name]);
            let tenant = config.profiles[name].tenant.as_ref().unwrap();
            assert_eq!(tenant.value, name.to_owned() + "\"\\'t");
        }
    }

    #[test]
    fn a_broken_file_is_refused() {
        let cases = [
            ("[profiles.lab\n", "config.toml:1:14: this is not TOML"),
            ("colour = \"red\"\n", "config.toml:1:1: there is no key \"colour\""),
            ("profiles = 3\n", "config.toml:1:1: profiles is not a table"),
        ];
        for (before, problem) in cases {
            let message = written(before, "lab", &values(), true).unwrap_err();
            assert!(message.starts_with(problem), "{message}");
        }
    }

    #[test]
    fn a_secret_in_clear_text_is_not_written() {
        let message = written("", "lab", &[("client-secret", "hunter2".to_owned())], false).unwrap_err();
        assert!(
            message.starts_with("cannot write the configuration config.toml") && !message.contains("hunter2"),
            "{message}"
        );
    }

    #[test]
    fn a_folder_that_is_missing_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a").join("b").join("config.toml");
        write_profile(&path, "lab", &values(), false).ok().unwrap();
        assert!(fs::read_to_string(path).unwrap().contains("[profiles.lab]"));
    }

    #[test]
    fn a_file_that_is_read_only_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, "").unwrap();
        let mut permissions = fs::metadata(&path).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions).unwrap();
        let Err(Stop::Failed { message, .. }) = write_profile(&path, "lab", &values(), false) else {
            panic!("written")
        };
        assert!(message.ends_with("config.toml: it is read-only"), "{message}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "");
    }

    #[test]
    fn writers_at_once_do_not_undo_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        std::thread::scope(|scope| {
            for number in 0..8 {
                let path = &path;
                scope.spawn(move || write_profile(path, &format!("p{number}"), &values(), true).ok().unwrap());
            }
        });
        let config = ConfigFile::parse(&path, &fs::read_to_string(&path).unwrap()).ok().unwrap();
        assert_eq!(config.profile_names().count(), 8);
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_and_modes_do() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let folder = tempfile::tempdir().unwrap();
        let [link, real] = ["config.toml", "dotfiles.toml"].map(|name| folder.path().join(name));
        symlink("dotfiles.toml", &link).unwrap();
        // A link to a file that is yet to come.
        write_profile(&link, "lab", &values(), false).ok().unwrap();
        assert_eq!(mode(&real), 0o600);
        fs::set_permissions(&real, PermissionsExt::from_mode(0o644)).unwrap();
        write_profile(&link, "other", &values(), false).ok().unwrap();
        assert_eq!(mode(&real), 0o644);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(fs::read_to_string(&real).unwrap().contains("[profiles.other]"));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_refused() {
        let Err(Stop::Failed { message, .. }) = write_profile(Path::new("/dev/null"), "lab", &values(), false) else {
            panic!("written")
        };
        assert_eq!(message, "cannot read the configuration /dev/null: it is a device, not a regular file");
    }
}
