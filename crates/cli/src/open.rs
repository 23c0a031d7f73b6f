//! Opens what a user names without waiting for another process, as one would for who writes into a FIFO, and without reading
//! what has no end.

use std::fs::{self, File, FileType, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// How many bytes are held in memory before they go to an unnamed temporary file.
pub(crate) const IN_MEMORY: usize = 8 * 1024 * 1024;

/// Reads a regular file, of at most so many bytes.
pub(crate) fn read_regular(path: &Path, largest: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    regular(path)?.take(largest + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > largest {
        true => Err(io::Error::other(format!("it is larger than {} KiB", largest / 1024))),
        false => Ok(bytes),
    }
}

fn regular(path: &Path) -> io::Result<File> {
    // Before it is opened, because that may do something to a device, and fails in words of its own for a socket.
    expect_regular(fs::metadata(path)?.file_type())?;
    let mut options = OpenOptions::new();
    let file = without_waiting(options.read(true)).open(path)?;
    expect_regular(file.metadata()?.file_type())?;
    Ok(file)
}

/// Opens a file or a stream to read it. Opening a FIFO waits for who writes into it.
pub(crate) fn to_read(path: &Path) -> io::Result<File> {
    match special(fs::metadata(path)?.file_type()) {
        Some(kind @ (FOLDER | SOCKET)) => Err(io::Error::other(format!("it is {kind}, not a file or a pipe"))),
        _ => File::open(path),
    }
}

const FOLDER: &str = "a folder";
const SOCKET: &str = "a socket";

/// Refuses anything else, by its name.
pub(crate) fn expect_regular(file_type: FileType) -> io::Result<()> {
    match special(file_type) {
        None => Ok(()),
        Some(kind) => Err(io::Error::other(format!("it is {kind}, not a regular file"))),
    }
}

/// What it is, where it is no regular file.
pub(crate) fn special(file_type: FileType) -> Option<&'static str> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if file_type.is_fifo() {
            return Some("a FIFO");
        } else if file_type.is_socket() {
            return Some(SOCKET);
        } else if file_type.is_char_device() || file_type.is_block_device() {
            return Some("a device");
        }
    }
    match file_type.is_dir() {
        true => Some(FOLDER),
        false => (!file_type.is_file()).then_some("something else"),
    }
}

/// Creates a file, or makes one empty that is there.
pub(crate) fn create_regular(path: &Path) -> io::Result<File> {
    if let Ok(there) = fs::metadata(path) {
        expect_regular(there.file_type())?;
    }
    let mut options = OpenOptions::new();
    let file = without_waiting(options.write(true).create(true).truncate(true)).open(path)?;
    expect_regular(file.metadata()?.file_type())?;
    Ok(file)
}

#[cfg(unix)]
fn without_waiting(options: &mut OpenOptions) -> &mut OpenOptions {
    use rustix::fs::OFlags;
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, flags)
}

#[cfg(not(unix))]
fn without_waiting(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// Opens a FIFO or a character device to write to it. Of a FIFO somebody must read, or begin to within 2 s: a shell begins
/// both sides at the same time.
#[cfg(unix)]
pub(crate) fn to_write(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::FileTypeExt;
    use std::time::{Duration, Instant};
    const READER: Duration = Duration::from_secs(2);
    const POLL_INTERVAL: Duration = Duration::from_millis(10);
    let deadline = Instant::now() + READER;
    let is_fifo = fs::metadata(path)?.file_type().is_fifo();
    loop {
        let mut options = OpenOptions::new();
        match without_waiting(options.write(true)).open(path) {
            Ok(file) => return as_stream(file),
            Err(error) if !is_fifo || error.raw_os_error() != Some(rustix::io::Errno::NXIO.raw_os_error()) => {
                return Err(error);
            }
            Err(_) if Instant::now() >= deadline => {
                return Err(io::Error::other("it is a FIFO that nobody reads: begin to read it first"));
            }
            Err(_) => std::thread::sleep(POLL_INTERVAL),
        }
    }
}

/// From now on a write waits until there is room.
#[cfg(unix)]
fn as_stream(file: File) -> io::Result<File> {
    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
    if file.metadata()?.is_file() {
        return Err(io::Error::other("it has just been replaced"));
    }
    let flags = fcntl_getfl(&file)?;
    fcntl_setfl(&file, flags - OFlags::NONBLOCK)?;
    Ok(file)
}

#[cfg(not(unix))]
pub(crate) fn to_write(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).open(path)
}
