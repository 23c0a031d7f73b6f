//! Runs a program for a credential, and ends it, with all that it has begun, where nobody waits for it any more.

use std::ffi::OsStr;
use std::io;
use std::pin::Pin;
use std::process::{Output, Stdio};

use azure_identity::Executor;
use futures_util::future::try_join3;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

/// In bytes. A token has some thousands.
const LONGEST_OUTPUT: u64 = 1024 * 1024;

/// Runs each program in a process group of its own, because the Azure CLI is a script that begins another program.
#[derive(Debug)]
pub(super) struct ProgramInGroup;

impl Executor for ProgramInGroup {
    fn run<'a, 'p, 'l, 'w, 'f>(
        &'a self,
        program: &'p OsStr,
        arguments: &'l [&'w OsStr],
    ) -> Pin<Box<dyn Future<Output = io::Result<Output>> + Send + 'f>>
    where
        'a: 'f,
        'p: 'f,
        'l: 'f,
        'w: 'f,
        Self: 'f,
    {
        Box::pin(run(program, arguments))
    }
}

async fn run(program: &OsStr, arguments: &[&OsStr]) -> io::Result<Output> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    #[cfg(unix)]
    command.process_group(0);
    let mut child = command.spawn()?;
    let group = Group::of(&child);
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (stdout, stderr, status) = try_join3(read(stdout), read(stderr), child.wait()).await?;
    group.has_ended();
    Ok(Output { status, stdout, stderr })
}

async fn read(pipe: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(LONGEST_OUTPUT).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}

/// Ends the processes of a group when it is dropped. On other systems than Unix only the first one is ended, by the child
/// that is dropped with it.
struct Group {
    #[cfg(unix)]
    id: Option<rustix::process::Pid>,
}

#[cfg(unix)]
impl Group {
    /// A new group has the id of its first process.
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self { id: id.and_then(rustix::process::Pid::from_raw) }
    }

    fn has_ended(mut self) {
        self.id = None;
    }
}

#[cfg(unix)]
impl Drop for Group {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            // An error means that none of them is there any more.
            let _ = rustix::process::kill_process_group(id, rustix::process::Signal::KILL);
        }
    }
}

#[cfg(not(unix))]
impl Group {
    fn of(_: &Child) -> Self {
        Self {}
    }

    fn has_ended(self) {}
}
