//! Opens what is meant to be a regular file, and nothing that one would have to wait for, or that has no end.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// Reads a regular file, or what a link to one leads to, of at most so many bytes.
pub(super) fn read(path: &Path, largest: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.take(largest + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > largest {
        true => Err(io::Error::other(format!("it is larger than {} KiB", largest / 1024))),
        false => Ok(bytes),
    }
}

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
