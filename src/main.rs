//! The program: everything is in the library, see the map in `lib.rs`.

fn main() -> std::process::ExitCode {
    invite_bot::cli::main(std::env::args_os())
}
