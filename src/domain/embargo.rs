//! Why nothing is sent from a database by itself: it may be older than what was done with it.

use jiff::Timestamp;

/// What is wrong with a database that was found at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Doubt {
    /// No high-water mark lies beside it.
    Unmarked,
    /// The files are copies: of another folder, another machine, or a backup of both.
    Copied,
    /// It lacks what was done last.
    Older,
}

impl Doubt {
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

/// Nothing is sent until an admin lifts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Embargo {
    /// A button that names another one is stale.
    pub id: i64,
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub cause: Doubt,
    /// How many invitations wait.
    pub waiting: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_database_are_read_as_they_were_written() {
        let words =
            [(Doubt::Unmarked, "unmarked"), (Doubt::Copied, "copied"), (Doubt::Older, "older")];
        for (doubt, slug) in words {
            assert_eq!((doubt.slug(), Doubt::from_slug(slug)), (slug, Some(doubt)));
        }
        assert_eq!(Doubt::from_slug("lost"), None);
    }
}
