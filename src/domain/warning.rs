//! What admins must know of the machine that the bot runs on.

/// Told once, and taken back when it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Warning {
    /// Little room where the database is.
    Disk,
    /// The clock differs from that of Telegram.
    Clock,
    /// The program itself had a fault.
    Panics,
    /// The last good backup is old.
    Backup,
    /// This hold lasts.
    Hold(i64),
}

impl Warning {
    /// The name in the database.
    pub fn slug(self) -> String {
        match self {
            Self::Disk => "disk".to_owned(),
            Self::Clock => "clock".to_owned(),
            Self::Panics => "panics".to_owned(),
            Self::Backup => "backup".to_owned(),
            Self::Hold(id) => format!("hold:{id}"),
        }
    }

    /// Reads a slug.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Some(match slug {
            "disk" => Self::Disk,
            "clock" => Self::Clock,
            "panics" => Self::Panics,
            "backup" => Self::Backup,
            _ => Self::Hold(slug.strip_prefix("hold:")?.parse().ok()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_read_as_they_were_written() {
        let words = [
            (Warning::Disk, "disk"),
            (Warning::Clock, "clock"),
            (Warning::Panics, "panics"),
            (Warning::Backup, "backup"),
            (Warning::Hold(12), "hold:12"),
        ];
        for (warning, slug) in words {
            assert_eq!(
                (warning.slug(), Warning::from_slug(slug)),
                (slug.to_owned(), Some(warning))
            );
        }
        for lost in ["", "hold", "hold:", "hold:x"] {
            assert_eq!(Warning::from_slug(lost), None, "{lost}");
        }
    }
}
