//! A database that may be older than what was done with it: nothing is sent until an admin decides.

use jiff::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Doubt {
    Unmarked,
    /// The files are copies, or a backup was restored.
    Copied,
    /// It lacks what the mark names.
    Older,
}

impl Doubt {
    pub const ALL: [Self; 3] = [Self::Unmarked, Self::Copied, Self::Older];

    pub fn slug(self) -> &'static str {
        match self {
            Self::Unmarked => "unmarked",
            Self::Copied => "copied",
            Self::Older => "older",
        }
    }

    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|doubt| doubt.slug() == slug)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Embargo {
    /// A button with another id is stale.
    pub id: i64,
    pub since: Timestamp,
    pub cause: Doubt,
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
