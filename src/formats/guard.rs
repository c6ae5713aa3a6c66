//! Calls of libraries that may panic on damaged bytes. Comes in: a call. Goes out: its outcome, or that it panicked, of which nobody
//! else is told: the caller says what is wrong with which file.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// The outcome of a call; `None`: it panicked.
pub(super) fn caught<T>(call: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let tell = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !IS_GUARDED.get() {
                tell(panic);
            }
        }));
    });
    let was_guarded = IS_GUARDED.replace(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(call));
    IS_GUARDED.set(was_guarded);
    outcome.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_outcome_also_inside_a_call_that_goes_on() {
        let inner = || caught(|| [1, 2].iter().position(|n| *n == 3).expect("there is no 3"));
        assert_eq!(caught(|| (inner(), 4)), Some((None, 4)));
        assert!(!IS_GUARDED.get());
    }
}
