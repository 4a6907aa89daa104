//! Tells the program what it is built for and, on Windows, puts the icon into it.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-env=PONDERSCOPE_TARGET={}", std::env::var("TARGET").unwrap_or_default());
    icon();
}

#[cfg(windows)]
fn icon() {
    println!("cargo:rerun-if-changed=assets/icon/ponderscope.ico");
    let mut resource = winresource::WindowsResource::new();
    // A program without its icon works as well.
    if let Err(error) = resource.set_icon("assets/icon/ponderscope.ico").compile() {
        println!("cargo:warning=the icon is left out: {error}");
    }
}

#[cfg(not(windows))]
fn icon() {}
