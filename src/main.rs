//! The `ponderscope` program: everything it does is in the library.

fn main() -> std::process::ExitCode {
    ponderscope::cli::main()
}
