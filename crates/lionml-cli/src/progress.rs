//! Progress on a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use lionml::Event;

use crate::screen::Screen;

/// Shows what a request is doing; nothing where nobody watches.
pub(crate) struct Progress {
    bar: ProgressBar,
    is_download: bool,
}

impl Progress {
    pub(crate) fn new(screen: &Screen) -> Self {
        let bar = ProgressBar::new_spinner();
        if screen.shows_progress() {
            bar.enable_steady_tick(Duration::from_millis(100));
        } else {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        Self { bar, is_download: false }
    }

    /// Shows an event.
    pub(crate) fn show(&mut self, event: Event<'_>) {
        match event {
            Event::Stage(stage) => self.bar.set_message(stage.to_owned()),
            Event::Bytes { name, done, total } => {
                if !self.is_download {
                    let template = "{msg} {wide_bar} {bytes}/{total_bytes} {eta}";
                    if let Ok(style) = ProgressStyle::with_template(template) {
                        self.bar.set_style(style);
                    }
                    self.is_download = true;
                }
                self.bar.set_message(name.to_owned());
                self.bar.set_length(total);
                self.bar.set_position(done);
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
