//! The `ponderscope` program: everything it does is in the library.

/// Runs differ in size by a hundredfold, and the system's allocator keeps the room of the largest.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    ponderscope::cli::main()
}
