//! The command `mde`; all of it is in the library, where the tests reach it.

fn main() -> std::process::ExitCode {
    mde_cli::main()
}
