//! What a person is asked to do, and what is shown meanwhile.

use std::pin::pin;
use std::thread;
use std::time::Duration;

use mde_client::{DeviceCode, UserCredential};
use mde_input::escape::escape;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use webbrowser::{Browser, BrowserOptions};

use crate::console::{Console, Environment};
use crate::exit::Stop;
use crate::phrase::rounded_up;

/// How long a person may take.
pub(super) const LIMIT: Duration = Duration::from_secs(15 * 60);

/// What has to be shown while the person signs in.
pub(super) struct Prompts(UnboundedReceiver<Prompt>);

enum Prompt {
    Note(String),
    /// A note, and the page to open, on a line of its own and as it is, so that it can be copied.
    Page(String, String),
}

impl Prompts {
    /// Lets a credential ask the person, in the browser or by a code.
    pub(super) fn ask(
        credential: UserCredential,
        by_device_code: bool,
        environment: &Environment,
    ) -> (UserCredential, Self) {
        let (sender, receiver) = unbounded_channel();
        let credential = match by_device_code {
            true => credential.by_device_code(move |code| send(&sender, Prompt::Note(device_code_text(code)))),
            false => {
                let has_browser = has_browser(environment);
                credential.in_browser(move |url| {
                    match has_browser {
                        true => open(url.to_owned(), sender.clone()),
                        false => send(&sender, by_hand(url, "this machine shows no browser")),
                    }
                    Ok(())
                })
            }
        };
        (credential, Self(receiver))
    }

    /// Does what signs in, and shows what there is to show.
    pub(super) async fn show<T>(mut self, work: impl Future<Output = T>, console: &mut Console) -> Result<T, Stop> {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                Some(prompt) = self.0.recv() => show(prompt, console)?,
            }
        }
    }
}

fn send(sender: &UnboundedSender<Prompt>, prompt: Prompt) {
    // The receiver is gone once the command is over.
    let _ = sender.send(prompt);
}

fn show(prompt: Prompt, console: &mut Console) -> Result<(), Stop> {
    match prompt {
        Prompt::Note(text) => console.notify(text),
        Prompt::Page(text, url) => {
            console.notify(text);
            writeln!(console.results(), "{}", escape(&url))?;
            console.flush()?;
        }
    }
    Ok(())
}

/// On a thread of its own: a browser in the terminal ends when the person closes it.
fn open(url: String, sender: UnboundedSender<Prompt>) {
    // Whether one opens is not known: the program that opens it may succeed without.
    let waiting = format!(
        "sign in in the browser that opens; waiting for up to {}, Ctrl-C stops\n\
         Without a browser on this machine: mde login --device-code\n\
         If no browser opens, open this page:",
        rounded_up(LIMIT)
    );
    send(&sender, Prompt::Page(waiting, url.clone()));
    thread::spawn(move || {
        if let Err(error) = webbrowser::open_browser_with_options(Browser::Default, &url, &BrowserOptions::new()) {
            send(&sender, Prompt::Note(format!("no browser can be opened: {error}")));
        }
    });
}

fn by_hand(url: &str, problem: &str) -> Prompt {
    let text = format!(
        "{problem}\nOpen this page in a browser on this machine; waiting for up to {}, Ctrl-C stops. With a browser on \
         another device only: mde login --device-code",
        rounded_up(LIMIT)
    );
    Prompt::Page(text, url.to_owned())
}

fn device_code_text(code: &DeviceCode) -> String {
    format!(
        "open {} in a browser on any device, and enter the code {}\nWaiting for up to {}, Ctrl-C stops.",
        code.verification_uri(),
        code.user_code(),
        rounded_up(code.expires_in())
    )
}

/// Whether a browser could show a page here. Over SSH it would be shown to somebody else, or to nobody.
fn has_browser(environment: &Environment) -> bool {
    let is_set = |name: &&str| environment.get(name).is_some();
    let shows_windows = match cfg!(all(unix, not(target_os = "macos"))) {
        true => ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"].iter().any(is_set),
        false => !["SSH_CONNECTION", "SSH_TTY"].iter().any(is_set),
    };
    environment.is_of_process() && (is_set(&"BROWSER") || shows_windows)
}
