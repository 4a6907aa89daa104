//! A window that is closed while a file is written waits for it; whoever closes it once more does not want to wait.

use std::time::{Duration, Instant};

use eframe::egui::ViewportCommand;

use super::state::State;

/// How long the window waits at most.
const PATIENCE: Duration = Duration::from_secs(60);

impl State {
    /// Keeps the window open until nothing is being written.
    pub(super) fn hold_close(&mut self) {
        self.runtime.training.hold_close();
        if self.is_writing() && self.runtime.closing.is_none() {
            self.runtime.ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            self.runtime.closing = Some(Instant::now());
        }
    }

    /// Closes the window that was to be closed, once it may; if something could not be written, it stays and says so.
    pub(super) fn close_in_time(&mut self) {
        let Some(since) = self.runtime.closing else { return };
        match PATIENCE.checked_sub(since.elapsed()) {
            Some(rest) if self.is_writing() => self.runtime.ctx.request_repaint_after(rest),
            _ if self.runtime.notices.errors().next().is_some() => self.runtime.closing = None,
            _ => self.runtime.ctx.send_viewport_cmd(ViewportCommand::Close),
        }
    }

    fn is_writing(&self) -> bool {
        self.runtime.exporting.is_saving() || self.runtime.evaluations.is_saving()
    }
}
