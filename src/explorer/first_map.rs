//! `--until-map`: says when the first map has been drawn, and quits; `tools/start-time` measures with it.

use std::io::Write as _;

use eframe::egui::{Context, ViewportCommand};

/// Waits for the first map.
#[derive(Default)]
pub struct FirstMap {
    drawn: bool,
    told: bool,
}

impl FirstMap {
    /// Once a frame, when all is drawn: whether a map was among it.
    pub fn drew(&mut self, map: bool) {
        self.drawn |= map;
    }

    /// Once a frame, before anything is drawn: what was drawn before is on the screen by now.
    pub fn advance(&mut self, ctx: &Context) {
        if self.drawn && !self.told {
            self.told = true;
            // Whoever measures reads it; nobody else need be told that the pipe is gone.
            writeln!(std::io::stdout(), "map").ok();
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
        ctx.request_repaint();
    }
}
