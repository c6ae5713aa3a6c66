//! The progress bar: bytes over all inputs, on standard error, only on a terminal. It changes nothing.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar that follows a counter until it is dropped.
pub(crate) struct Progress {
    is_over: Arc<AtomicBool>,
    drawing: Option<JoinHandle<()>>,
}

impl Progress {
    /// Draws `count` of `total` bytes; nothing, if standard error is no terminal or `is_quiet`.
    pub(crate) fn start(total: u64, count: &Arc<AtomicU64>, is_quiet: bool) -> Progress {
        let is_over = Arc::new(AtomicBool::new(false));
        if is_quiet || !std::io::stderr().is_terminal() {
            return Progress { is_over, drawing: None };
        }
        let (count, over) = (Arc::clone(count), Arc::clone(&is_over));
        let drawing = std::thread::spawn(move || {
            let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
            let template = "{wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
            bar.set_style(ProgressStyle::with_template(template).expect("the template is sound"));
            while !over.load(Ordering::Acquire) {
                bar.set_position(count.load(Ordering::Relaxed));
                std::thread::sleep(Duration::from_millis(100));
            }
            bar.finish_and_clear();
        });
        Progress { is_over, drawing: Some(drawing) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        if let Some(drawing) = self.drawing.take() {
            // A bar that failed to draw is no reason to fail.
            drop(drawing.join());
        }
    }
}
