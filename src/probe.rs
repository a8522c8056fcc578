//! Places where the reliability campaign makes the program die, and mistakes that it plants to
//! show that it would notice them. Nothing of this is in a released program: the features
//! `campaign` and `seeded-bugs` are off, and then a crash point is nothing at all. A build of the
//! whole workspace has the feature on, for the campaign is in it; so a crash point needs a build
//! with debug assertions, too, which a release is not.

/// A named place at which the campaign may end the process.
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

    /// The process ends when the place with this name is reached for the `time`th time, counted
    /// from 1. Only the first call counts.
    pub fn arm(place: String, time: u32) {
        ARMED.get_or_init(|| (place, AtomicU32::new(time)));
    }

    /// Ends the process, without any farewell, if this is the place and the time.
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

/// Mistakes that are planted on purpose.
#[cfg(feature = "seeded-bugs")]
pub mod bugs {
    use std::sync::OnceLock;

    use uuid::Uuid;

    use crate::domain::{Answer, Invitation, Number, Outcome, State, Wait};

    static PLANTED: OnceLock<String> = OnceLock::new();

    /// Plants a mistake by its name; the first call counts.
    pub fn plant(name: String) {
        PLANTED.get_or_init(|| name);
    }

    /// Whether this mistake is planted.
    pub fn seeded(name: &str) -> bool {
        PLANTED.get().is_some_and(|planted| planted == name)
    }

    /// Takes an answer of a provider for another one.
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

    /// Puts another GUID into a request.
    pub fn reword(body: Vec<u8>, guid: Uuid) -> Vec<u8> {
        if !seeded("GUID changed between attempts") {
            return body;
        }
        let other = Uuid::new_v4().to_string();
        String::from_utf8_lossy(&body).replace(&guid.to_string(), &other).into_bytes()
    }

    /// Shows something else than how an invitation stands.
    pub fn misstate(invitation: &mut Invitation) {
        if seeded("unknown shown as accepted") && invitation.state == State::Unknown {
            invitation.state = State::Accepted;
        }
        if seeded("status of another invitation shown") && invitation.number.0 > 1 {
            invitation.number = Number(invitation.number.0 - 1);
        }
    }
}
