//! Why nothing is sent now, through one provider or at all.

use jiff::{SignedDuration, Timestamp};

use super::Provider;

/// Nobody may say that the other program is gone before so long after it was noticed last.
const QUIET_TIME: SignedDuration = SignedDuration::from_secs(60);

/// No call begins that it forbids, until it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// A button that names another one is stale.
    pub id: i64,
    pub since: Timestamp,
    pub kind: HoldKind,
    /// Whether the admins know.
    pub told: bool,
}

/// Which hold it is, with what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HoldKind {
    /// The provider answers with errors or not at all: it gets no call before `until`, then one,
    /// the probe, which ends the hold or begins the next round.
    ProviderDown { provider: Provider, until: Timestamp, rounds: u32 },
    /// The provider refuses the key or the address, and said so.
    BadCredentials { provider: Provider, message: Option<String> },
    /// Another program takes updates with this bot's token, and may be sending the same queue.
    /// Nobody may say before `until` that it is gone.
    PollingConflict { until: Timestamp },
    /// The database may be older than what was done with it, and `waiting` invitations wait.
    UntrustedDatabase { cause: DatabaseDoubt, waiting: u32 },
    /// The program did not stop cleanly, and looks through the file of the database. People are told
    /// only where that takes long.
    UncheckedFile,
}

impl HoldKind {
    /// The other program was noticed now.
    pub fn polling_conflict(now: Timestamp) -> Self {
        Self::PollingConflict { until: now.checked_add(QUIET_TIME).unwrap_or(Timestamp::MAX) }
    }

    /// The name in the database.
    pub fn slug(&self) -> &'static str {
        match self {
            Self::ProviderDown { .. } => "provider_down",
            Self::BadCredentials { .. } => "bad_credentials",
            Self::PollingConflict { .. } => "polling_conflict",
            Self::UntrustedDatabase { .. } => "untrusted_database",
            Self::UncheckedFile => "unchecked_file",
        }
    }

    /// Whose calls it forbids; `None`: everybody's.
    pub fn provider(&self) -> Option<Provider> {
        match self {
            Self::ProviderDown { provider, .. } | Self::BadCredentials { provider, .. } => {
                Some(*provider)
            }
            Self::PollingConflict { .. } | Self::UntrustedDatabase { .. } | Self::UncheckedFile => {
                None
            }
        }
    }

    pub fn forbids(&self, through: Provider) -> bool {
        self.provider().is_none_or(|provider| provider == through)
    }

    /// Whether an admin may end it at this time.
    pub fn may_be_ended(&self, now: Timestamp) -> bool {
        match self {
            Self::PollingConflict { until } => {
                let left = until.duration_since(now);
                // A longer time is from a clock that was set back since.
                !left.is_positive() || left > QUIET_TIME
            }
            Self::BadCredentials { .. } | Self::UntrustedDatabase { .. } => true,
            Self::ProviderDown { .. } | Self::UncheckedFile => false,
        }
    }
}

/// What is wrong with a database that was found at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DatabaseDoubt {
    /// No high-water mark lies beside it.
    Unmarked,
    /// The files are copies: of another folder, another machine, or a backup of both.
    Copied,
    /// It lacks what was done last.
    Older,
}

impl DatabaseDoubt {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Unmarked, Self::Copied, Self::Older];

    /// The name in the database and in the log.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Unmarked => "unmarked",
            Self::Copied => "copied",
            Self::Older => "older",
        }
    }

    /// Reads a slug.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|doubt| doubt.slug() == slug)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_database_are_read_as_they_were_written() {
        let words = [
            (DatabaseDoubt::Unmarked, "unmarked"),
            (DatabaseDoubt::Copied, "copied"),
            (DatabaseDoubt::Older, "older"),
        ];
        for (doubt, slug) in words {
            assert_eq!((doubt.slug(), DatabaseDoubt::from_slug(slug)), (slug, Some(doubt)));
        }
        assert_eq!(DatabaseDoubt::from_slug("lost"), None);
    }

    #[test]
    fn an_admin_ends_what_does_not_end_by_itself_once_the_other_program_is_quiet() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let noticed = HoldKind::polling_conflict(at(100));
        for (second, may) in [(99, true), (100, false), (159, false), (160, true), (999, true)] {
            assert_eq!(noticed.may_be_ended(at(second)), may, "at {second}");
        }
        let (provider, until) = (Provider::Sbis, at(0));
        assert!(!HoldKind::ProviderDown { provider, until, rounds: 1 }.may_be_ended(at(9)));
        assert!(HoldKind::BadCredentials { provider, message: None }.may_be_ended(at(0)));
        let untrusted = HoldKind::UntrustedDatabase { cause: DatabaseDoubt::Older, waiting: 0 };
        assert!(untrusted.may_be_ended(at(0)));
        assert!(!HoldKind::UncheckedFile.may_be_ended(at(9)));
    }
}
