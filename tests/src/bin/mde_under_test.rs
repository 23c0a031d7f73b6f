//! The command line, built in this package so that its tests know where the binary is.

fn main() -> std::process::ExitCode {
    mde_cli::main()
}
