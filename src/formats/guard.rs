//! Runs a third-party parser that may panic on malformed input. Comes in: a call. Goes out: its result, or `None` if it panicked. The panic
//! message is not printed: the caller reports which file is damaged.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// The result of `call`. `None` if it panicked.
pub(super) fn catch_panic<T>(call: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let default_hook = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !IS_GUARDED.get() {
                default_hook(panic);
            }
        }));
    });
    let was_guarded = IS_GUARDED.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(call));
    IS_GUARDED.set(was_guarded);
    result.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_none_also_inside_a_call_that_goes_on() {
        let inner = || catch_panic(|| [1, 2].iter().position(|n| *n == 3).expect("there is no 3"));
        assert_eq!(catch_panic(|| (inner(), 4)), Some((None, 4)));
        assert!(!IS_GUARDED.get());
    }
}
