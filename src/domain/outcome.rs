//! What a call to a provider showed.

use std::time::Duration;

use super::Refusal;

/// What is known after a call. There is no error beside it: every failure is one of these, and
/// doubt is [`Outcome::Unknown`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The provider said that it took the invitation.
    Accepted {
        /// What it calls the invitation, if it says so.
        reference: Option<String>,
    },
    /// The provider said that it did not, and why.
    Rejected {
        /// The kind of refusal.
        why: Refusal,
        /// The fields it names as wrong; may be empty.
        fields: Vec<FieldFault>,
    },
    /// Certainly not taken: may be tried again without anybody's consent.
    NotAccepted {
        /// What to wait for.
        wait: Wait,
        /// How long the provider asks us to wait, if it does.
        retry_after: Option<Duration>,
    },
    /// May or may not have been taken; never repeated without a person's word.
    Unknown,
}

/// Why a call that was certainly not taken is repeated later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// No connection could be made: nothing was sent.
    Connect,
    /// The provider asks for time (429, 503 and their like).
    Throttled,
    /// The key or the address is refused: the provider pauses until an admin resumes it.
    Config,
}

impl Wait {
    /// The name in the database.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Throttled => "throttled",
            Self::Config => "config",
        }
    }

    /// The value with this [`Wait::slug`].
    pub fn from_slug(slug: &str) -> Option<Self> {
        [Self::Connect, Self::Throttled, Self::Config].into_iter().find(|wait| wait.slug() == slug)
    }
}

/// A field that the provider calls wrong, in its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFault {
    /// The provider's name of the field.
    pub name: String,
    /// What is wrong with it; may be empty.
    pub message: String,
}

/// An outcome with everything the log keeps of the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What is known.
    pub outcome: Outcome,
    /// HTTP status, if an answer began.
    pub http_status: Option<u16>,
    /// `X-Request-Id` of the answer.
    pub request_id: Option<String>,
    /// The provider's own words, at most 1,000 characters; for a fault without an answer its
    /// kind in English, such as `timeout`. Never a URL, a key or a person's data of ours.
    pub message: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_database_are_read_as_they_were_written() {
        let words =
            [(Wait::Connect, "connect"), (Wait::Throttled, "throttled"), (Wait::Config, "config")];
        for (wait, slug) in words {
            assert_eq!((wait.slug(), Wait::from_slug(slug)), (slug, Some(wait)));
        }
        assert_eq!(Wait::from_slug("patience"), None);
    }
}
