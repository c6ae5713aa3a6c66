//! Progress: bytes over all inputs, on standard error. On a terminal a bar; in a JSON or verbose log a line from time to time; else nothing. It
//! changes nothing.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::diagnostics::log::{Log, LogEvent, LogFormat, LogLevel};

/// How often the bar is drawn.
const TICK: Duration = Duration::from_millis(100);
/// Ticks from one line of a log to the next: ten seconds.
const TICKS_OF_LINE: u32 = 100;

/// How progress is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ProgressForm {
    Bar,
    Lines,
}

/// Progress that follows a counter until it is dropped.
pub(crate) struct Progress {
    is_over: Arc<AtomicBool>,
    drawing: Option<JoinHandle<()>>,
}

impl Progress {
    /// Shows `count` of `total` bytes.
    pub(crate) fn start(total: u64, count: &Arc<AtomicU64>, log: Log) -> Progress {
        let is_over = Arc::new(AtomicBool::new(false));
        let form = match (log.format, std::io::stderr().is_terminal()) {
            _ if log.is_quiet() => None,
            (LogFormat::Json, _) => Some(ProgressForm::Lines),
            // A bar and lines would overwrite each other.
            (LogFormat::Text, _) if log.is_verbose() => Some(ProgressForm::Lines),
            (LogFormat::Text, true) => Some(ProgressForm::Bar),
            (LogFormat::Text, false) => None,
        };
        let drawing = form.map(|form| {
            let (count, is_over) = (Arc::clone(count), Arc::clone(&is_over));
            std::thread::spawn(move || match form {
                ProgressForm::Bar => draw(total, &count, &is_over),
                ProgressForm::Lines => tell(total, &count, &is_over, log),
            })
        });
        Progress { is_over, drawing }
    }
}

fn draw(total: u64, count: &AtomicU64, is_over: &AtomicBool) {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    let template = "{wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
    bar.set_style(ProgressStyle::with_template(template).expect("the template is sound"));
    while !is_over.load(Ordering::Acquire) {
        bar.set_position(count.load(Ordering::Relaxed));
        std::thread::park_timeout(TICK);
    }
    bar.finish_and_clear();
}

fn tell(total: u64, count: &AtomicU64, is_over: &AtomicBool, log: Log) {
    let mut ticks = 0;
    while !is_over.load(Ordering::Acquire) {
        std::thread::park_timeout(TICK);
        ticks += 1;
        if ticks % TICKS_OF_LINE == 0 && !is_over.load(Ordering::Acquire) {
            let read = count.load(Ordering::Relaxed).min(total);
            let percent = (u128::from(read) * 100).checked_div(u128::from(total)).unwrap_or(0);
            let message = format!("read {read} of {total} bytes, {percent} %");
            let event = LogEvent { level: LogLevel::Info, code: "progress", file: None, message: &message };
            log.event(event, &message);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        if let Some(drawing) = self.drawing.take() {
            drawing.thread().unpark();
            // Progress that could not be shown is no reason to fail.
            drop(drawing.join());
        }
    }
}
