//! Whether pictures can be drawn on this machine; used by the tests of the widgets too.

use std::future::Future;
use std::io::Write as _;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use eframe::egui_wgpu::{RenderState, RendererOptions, WgpuConfiguration};
use egui_kittest::wgpu::{WgpuTestRenderer, default_wgpu_setup};

/// A renderer for `pictures`. `None` where this machine has no adapter, not even a software one: then a line says
/// that they are left out, unless `PONDERSCOPE_PICTURES=required` makes that a failure.
pub fn renderer(pictures: &str) -> Option<WgpuTestRenderer> {
    let setup = default_wgpu_setup();
    let instance = block_on(setup.new_instance());
    let config = WgpuConfiguration { wgpu_setup: setup, ..WgpuConfiguration::default() };
    match block_on(RenderState::create(&config, &instance, None, RendererOptions::PREDICTABLE)) {
        Ok(state) => Some(WgpuTestRenderer::from_render_state(state)),
        Err(error) => {
            let why = "no Vulkan or OpenGL driver here; on Debian install mesa-vulkan-drivers";
            let required = std::env::var_os("PONDERSCOPE_PICTURES").is_some_and(|value| value == "required");
            assert!(!required, "{pictures} cannot be drawn ({why}): {error}");
            // Unlike what the print macros write, this is seen although the test passes.
            writeln!(std::io::stderr(), "left out: {pictures} ({why})").ok();
            None
        }
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::yield_now(),
        }
    }
}
