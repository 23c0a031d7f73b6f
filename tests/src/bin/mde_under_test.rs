//! The command line, built in this package so that its tests know where the binary is.

use std::process::ExitCode;
use std::time::Duration;

use mde_cli::{Console, Environment};

fn main() -> ExitCode {
    match std::env::var_os("MDE_UNDER_TEST_SHORT_SIGN_IN") {
        None => mde_cli::main(),
        Some(_) => with_short_sign_in(),
    }
}

/// With a limit of time for signing in that a test can wait for.
#[tokio::main(flavor = "current_thread")]
async fn with_short_sign_in() -> ExitCode {
    let environment = Environment::of_process();
    let environment = environment.with_client(|client| client.sign_in_timeout(Duration::from_secs(4)));
    mde_cli::run(std::env::args_os(), &environment, &mut Console::of_process()).await.into()
}
