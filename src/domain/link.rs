//! A link that lets somebody in.

use jiff::{SignedDuration, Timestamp};

use super::{OfficeCode, Person, Role};

/// What a link gives, and to how many for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkTerms {
    pub role: Role,
    pub lifetime: Lifetime,
    pub uses: u32,
    pub office: Option<OfficeCode>,
    /// `None`: as configured.
    pub day_limit: Option<u32>,
}

impl Default for LinkTerms {
    fn default() -> Self {
        Self { role: Role::Staff, lifetime: Lifetime::Week, uses: 1, office: None, day_limit: None }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    Hour,
    Day,
    Week,
    Month,
}

impl Lifetime {
    pub const ALL: [Self; 4] = [Self::Hour, Self::Day, Self::Week, Self::Month];

    pub fn length(self) -> SignedDuration {
        let hours = match self {
            Self::Hour => 1,
            Self::Day => 24,
            Self::Week => 7 * 24,
            Self::Month => 30 * 24,
        };
        SignedDuration::from_hours(hours)
    }
}

pub const LINK_USES: [u32; 3] = [1, 5, 20];
pub const LINK_LIMITS: [Option<u32>; 4] = [None, Some(10), Some(30), Some(50)];

/// 128 bits that nobody can guess.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; 16]);

impl Token {
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// As it stands in a link, 32 digits.
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if text.len() != 32 || !text.chars().all(is_digit) {
            return None;
        }
        u128::from_str_radix(text, 16).ok().map(|token| Self(token.to_be_bytes()))
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn text(&self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.0))
    }
}

/// It never reaches a log.
impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub id: i64,
    pub role: Role,
    pub office: Option<OfficeCode>,
    pub day_limit: Option<u32>,
    pub until: Timestamp,
    pub uses: u32,
    pub used: u32,
    pub made_by: Person,
    pub ended: Option<LinkEnd>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkEnd {
    Revoked,
    Replaced,
    Expired,
    UsedUp,
}

impl Link {
    /// `None`: it still opens.
    pub fn end(&self, now: Timestamp) -> Option<LinkEnd> {
        match self.ended {
            Some(ended) => Some(ended),
            None if self.until <= now => Some(LinkEnd::Expired),
            None if self.used >= self.uses => Some(LinkEnd::UsedUp),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_token_comes_back_as_it_was_written(bytes in any::<[u8; 16]>()) {
            let token = Token::new(bytes);
            prop_assert_eq!(Token::parse(&token.text()), Some(token.clone()));
            prop_assert_eq!(format!("{token:?}"), "Token");
        }

        #[test]
        fn nothing_else_is_a_token(text in "[0-9a-fA-F+ ]{30,34}") {
            let is_one = text.len() == 32
                && text.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c));
            prop_assert_eq!(Token::parse(&text).is_some(), is_one);
        }
    }
}
