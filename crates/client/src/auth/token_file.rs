//! The file with the token of a service account, which a workload identity signs in by.

use std::future::ready;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;

use azure_core::http::ClientMethodOptions;
use azure_identity::ClientAssertion;

use super::regular_file;
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
        let read = regular_file::read(&self.0, LARGEST);
        let read = read.and_then(|bytes| String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8")));
        read.map_err(|error| {
            let problem = format!("the file of the workload identity, {}, cannot be read: {error}", self.0.display());
            let advice = "in a pod, check that it is set up for a workload identity; elsewhere, check the path";
            let error = Error::new(ErrorKind::Configuration, problem).with_advice(advice);
            azure_core::Error::new(azure_core::error::ErrorKind::Credential, error)
        })
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
