//! Where the reliability campaign kills the program; not in a release.
//!
//! A build of the whole workspace turns the feature on, so a crash point needs debug assertions
//! too.

macro_rules! crash_point {
    ($name:literal) => {
        #[cfg(all(feature = "campaign", debug_assertions))]
        $crate::probe::reach($name);
    };
}
pub(crate) use crash_point;

#[cfg(feature = "campaign")]
mod crash {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    static ARMED: OnceLock<(String, AtomicU32)> = OnceLock::new();

    /// `time` counts from 1; only the first call counts.
    pub fn arm(place: String, time: u32) {
        ARMED.get_or_init(|| (place, AtomicU32::new(time)));
    }

    /// Not inlined: then a program that reaches a place holds its name, and one can look for it.
    #[inline(never)]
    pub fn reach(place: &str) {
        if let Some((armed, left)) = ARMED.get()
            && armed == place
            && left.fetch_sub(1, Ordering::SeqCst) == 1
        {
            std::process::abort();
        }
    }
}
#[cfg(feature = "campaign")]
pub use crash::{arm, reach};
