//! What a call to a provider showed.

use std::time::Duration;

use super::Refusal;

/// Not an error: every failure is an outcome too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Accepted {
        reference: Option<String>,
    },
    Rejected {
        why: Refusal,
        fields: Vec<FieldFault>,
    },
    /// Certainly not taken: may be repeated without consent.
    NotAccepted {
        wait: Wait,
        retry_after: Option<Duration>,
    },
    /// May or may not have been taken: never repeated without a person's word.
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// No connection: nothing was sent.
    Connect,
    /// 429, 503 and the like.
    Throttled,
    /// The key or the address is refused: the provider pauses until an admin resumes it.
    Config,
}

impl Wait {
    pub fn slug(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Throttled => "throttled",
            Self::Config => "config",
        }
    }

    pub fn from_slug(slug: &str) -> Option<Self> {
        [Self::Connect, Self::Throttled, Self::Config].into_iter().find(|wait| wait.slug() == slug)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFault {
    pub name: String,
    pub message: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub outcome: Outcome,
    pub http_status: Option<u16>,
    pub request_id: Option<String>,
    /// The provider's words, or the kind of fault in English, up to 1,000 characters; never a URL,
    /// a key or our data.
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
