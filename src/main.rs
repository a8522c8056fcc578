//! The program: everything is in the library.

fn main() -> std::process::ExitCode {
    invite_bot::cli::main(std::env::args_os())
}
