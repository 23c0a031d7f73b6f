//! A command line, run within the process.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use mde_cli::{Console, Environment, Exit, run};

#[derive(Clone, Default)]
struct Written(Rc<RefCell<Vec<u8>>>);

impl Written {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.borrow()).into_owned()
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The exit, what went to standard output, what went to standard error.
async fn run_in_empty_environment(arguments: &[&str]) -> (Exit, String, String) {
    let (results, notes) = (Written::default(), Written::default());
    let mut console = Console::plain(results.clone(), notes.clone());
    let arguments = std::iter::once("mde").chain(arguments.iter().copied()).map(Into::into);
    let exit = run(arguments, &Environment::default(), &mut console).await;
    (exit, results.text(), notes.text())
}

#[tokio::test]
async fn without_a_token_nothing_is_asked_and_help_is_short() {
    let (exit, results, notes) = run_in_empty_environment(&["ip", "stats", "8.8.8.8"]).await;
    assert_eq!((exit, results.as_str()), (Exit::Credential, ""));
    assert!(notes.contains("MDE_TOKEN") && notes.contains("--sandbox"), "{notes}");
    assert!(notes.lines().count() <= 5, "{notes}");
}

#[tokio::test]
async fn an_invalid_address_stops_all_unless_it_is_skipped() {
    let arguments = ["ip", "stats", "192.168.1.1", "010.0.0.1", "--sandbox", "--format", "ndjson"];
    let (exit, results, notes) = run_in_empty_environment(&arguments).await;
    assert_eq!((exit, results.as_str()), (Exit::Usage, ""));
    assert!(notes.contains("argument 2 is not an IP address: \"010.0.0.1\" has a leading zero"), "{notes}");

    let (exit, results, _) = run_in_empty_environment(&[&arguments[..], &["--skip-invalid"]].concat()).await;
    assert_eq!(exit, Exit::Incomplete);
    let statuses: Vec<_> = results.lines().map(|line| line.contains("\"status\":\"invalid\"")).collect();
    assert_eq!(statuses, [false, true], "{results}");
}
