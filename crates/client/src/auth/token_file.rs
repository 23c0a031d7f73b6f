//! The file with the token of a service account, which a workload identity signs in by.

use std::fs::{self, File, OpenOptions};
use std::future::ready;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::pin::Pin;

use azure_core::http::ClientMethodOptions;
use azure_identity::ClientAssertion;

use crate::{Error, ErrorKind};

/// In bytes. A token has some thousands.
const LARGEST: u64 = 64 * 1024;

/// Reads the file each time, because its token is replaced before it expires.
#[derive(Debug)]
pub(super) struct TokenFile(PathBuf);

impl TokenFile {
    pub(super) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    fn read(&self) -> azure_core::Result<String> {
        let mut token = String::new();
        let read = open(&self.0).and_then(|file| file.take(LARGEST).read_to_string(&mut token));
        match read {
            Ok(_) => Ok(token),
            Err(error) => {
                let problem =
                    format!("the file of the workload identity, {}, cannot be read: {error}", self.0.display());
                let advice = "in a pod, check that it is set up for a workload identity; elsewhere, check the path";
                let error = Error::new(ErrorKind::Configuration, problem).with_advice(advice);
                Err(azure_core::Error::new(azure_core::error::ErrorKind::Credential, error))
            }
        }
    }
}

impl ClientAssertion for TokenFile {
    fn secret<'a, 'o, 'f>(
        &'a self,
        _: Option<ClientMethodOptions<'o>>,
    ) -> Pin<Box<dyn Future<Output = azure_core::Result<String>> + Send + 'f>>
    where
        'a: 'f,
        'o: 'f,
        Self: 'f,
    {
        Box::pin(ready(self.read()))
    }
}

/// Opens a regular file, and nothing that one would have to wait for, or that has no end.
fn open(path: &Path) -> io::Result<File> {
    let refused = || io::Error::other("it is not a regular file");
    // Before it is opened, because that may do something to a device, and fails in words of its own for a socket.
    if !fs::metadata(path)?.is_file() {
        return Err(refused());
    }
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    let file = options.open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(refused()) }
}
