//! The keychain of the platform: the Secret Service, the Keychain of macOS, the Credential Manager of Windows.
//!
//! Each function may wait for the user, who is asked to unlock it.

use std::sync::Arc;

use keyring_core::api::CredentialStore;
use keyring_core::{Entry, Error};

/// What groups the secrets of this program.
const SERVICE: &str = "mde";

/// As its users know it.
#[cfg(target_os = "macos")]
pub(super) const NAME: &str = "the Keychain of this Mac";
#[cfg(windows)]
pub(super) const NAME: &str = "the Windows Credential Manager";
#[cfg(not(any(windows, target_os = "macos")))]
pub(super) const NAME: &str = "the keychain of this session (Secret Service)";

/// Why nothing can be kept where there is no keychain.
#[cfg(any(unix, windows))]
const ABSENT: &str = "there is no session bus (DBUS_SESSION_BUS_ADDRESS is not set)";
#[cfg(not(any(unix, windows)))]
const ABSENT: &str = "this platform has none";

/// The secret; nothing where there is none.
///
/// # Errors
/// A sentence for people, without any part of a secret.
pub(super) fn read(account: &str) -> Result<Option<Vec<u8>>, String> {
    let Some(entry) = entry(account)? else { return Ok(None) };
    match entry.get_secret() {
        Ok(secret) => Ok(Some(secret)),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(text(&error)),
    }
}

/// As bytes: as a text, Windows would store two bytes for each letter, of at most 2,560.
pub(super) fn write(account: &str, secret: &[u8]) -> Result<(), String> {
    let entry = entry(account)?.ok_or(ABSENT)?;
    entry.set_secret(secret).map_err(|error| text(&error))
}

/// Whether there was one.
pub(super) fn delete(account: &str) -> Result<bool, String> {
    let Some(entry) = entry(account)? else { return Ok(false) };
    match entry.delete_credential() {
        Ok(()) => Ok(true),
        Err(Error::NoEntry) => Ok(false),
        Err(error) => Err(text(&error)),
    }
}

/// None where there is no keychain, which then holds nothing.
fn entry(account: &str) -> Result<Option<Entry>, String> {
    if !exists() {
        return Ok(None);
    }
    open().and_then(|store| store.build(SERVICE, account, None)).map(Some).map_err(|error| text(&error))
}

/// Some variants hold the secret, so that not each error is shown as it is.
fn text(error: &Error) -> String {
    match error {
        Error::PlatformFailure(cause) | Error::NoStorageAccess(cause) => cause.to_string(),
        Error::BadEncoding(_) | Error::BadDataFormat(..) => "it holds something else than mde has written".to_owned(),
        Error::Ambiguous(_) => "it holds more than one entry of this account".to_owned(),
        error => error.to_string(),
    }
}

#[cfg(target_os = "macos")]
fn open() -> Result<Arc<CredentialStore>, Error> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

#[cfg(windows)]
fn open() -> Result<Arc<CredentialStore>, Error> {
    Ok(windows_native_keyring_store::Store::new()?)
}

#[cfg(all(unix, not(target_os = "macos")))]
fn open() -> Result<Arc<CredentialStore>, Error> {
    Ok(dbus_secret_service_keyring_store::Store::new()?)
}

/// Whether there is a keychain, which may still fail. The D-Bus library would start a bus where there is none.
#[cfg(all(unix, not(target_os = "macos")))]
pub(super) fn exists() -> bool {
    let address = std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some_and(|address| !address.is_empty());
    let folder = std::env::var_os("XDG_RUNTIME_DIR").map(std::path::PathBuf::from);
    address || folder.is_some_and(|folder| folder.join("bus").exists())
}

/// Whether there is a keychain, which may still fail.
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub(super) fn exists() -> bool {
    cfg!(any(windows, target_os = "macos"))
}

#[cfg(not(any(unix, windows)))]
fn open() -> Result<Arc<CredentialStore>, Error> {
    Err(Error::PlatformFailure("this platform has none".into()))
}
