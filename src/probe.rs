//! Where the reliability campaign kills the program or plants mistakes; not in a release.
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

#[cfg(feature = "seeded-bugs")]
pub mod bugs {
    use std::sync::OnceLock;

    use uuid::Uuid;

    use crate::domain::{Answer, Invitation, Number, Outcome, State, Wait};

    static PLANTED: OnceLock<String> = OnceLock::new();

    pub fn plant(name: String) {
        PLANTED.get_or_init(|| name);
    }

    pub fn seeded(name: &str) -> bool {
        PLANTED.get().is_some_and(|planted| planted == name)
    }

    pub fn misread(mut answer: Answer) -> Answer {
        let wait = |wait| Outcome::NotAccepted { wait, retry_after: None };
        let unknown = answer.outcome == Outcome::Unknown;
        let status = answer.http_status;
        if seeded("retry on 500") && unknown && status == Some(500) {
            answer.outcome = wait(Wait::Throttled);
        } else if seeded("retry on timeout") && unknown && status.is_none() {
            answer.outcome = wait(Wait::Connect);
        } else if seeded("unknown taken for accepted") && unknown {
            answer.outcome = Outcome::Accepted { reference: None };
        } else if seeded("connect failure counted as unknown")
            && answer.outcome == wait(Wait::Connect)
        {
            answer.outcome = Outcome::Unknown;
        }
        answer
    }

    pub fn reword(body: Vec<u8>, guid: Uuid) -> Vec<u8> {
        if !seeded("GUID changed between attempts") {
            return body;
        }
        let other = Uuid::new_v4().to_string();
        String::from_utf8_lossy(&body).replace(&guid.to_string(), &other).into_bytes()
    }

    pub fn misstate(invitation: &mut Invitation) {
        if seeded("unknown shown as accepted") && invitation.state == State::Unknown {
            invitation.state = State::Accepted;
        }
        if seeded("status of another invitation shown") && invitation.number.0 > 1 {
            invitation.number = Number(invitation.number.0 - 1);
        }
    }
}
