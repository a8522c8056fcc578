//! How a value is written into button data: words separated by colons.

use std::str::Split;

use crate::domain::{
    Field, Inn, InvitationNo, Kpp, Lifetime, LinkTerms, OfficeCode, PersonId, Provider, ResultWord,
    Role,
};

pub struct Words<'a>(Split<'a, char>);

impl<'a> Words<'a> {
    pub fn new(data: &'a str) -> Self {
        Self(data.split(':'))
    }

    pub fn next(&mut self) -> Option<&'a str> {
        self.0.next()
    }
}

/// Every word ends with a colon.
pub trait Write: Sized {
    fn write(&self, to: &mut String);
    fn read(from: &mut Words<'_>) -> Option<Self>;
}

macro_rules! wire {
    ($name:ident { $( $variant:ident $(($($field:ident),+))? = $word:literal ),+ $(,)? }) => {
        impl $crate::screens::wire::Write for $name {
            fn write(&self, to: &mut String) {
                match self {
                    $( Self::$variant $(($($field),+))? => {
                        to.push_str(concat!($word, ":"));
                        $($( $crate::screens::wire::Write::write($field, to); )+)?
                    } )+
                }
            }

            fn read(from: &mut $crate::screens::wire::Words<'_>) -> Option<Self> {
                Some(match from.next()? {
                    $( $word => {
                        $($( let $field = $crate::screens::wire::Write::read(from)?; )+)?
                        Self::$variant $(($($field),+))?
                    } )+
                    _ => return None,
                })
            }
        }
    };
}
pub(super) use wire;

macro_rules! word {
    ($name:ty, $as_word:expr, $from_word:expr) => {
        impl Write for $name {
            fn write(&self, to: &mut String) {
                let as_word: fn(&Self) -> String = $as_word;
                to.push_str(&as_word(self));
                to.push(':');
            }

            fn read(from: &mut Words<'_>) -> Option<Self> {
                let from_word: fn(&str) -> Option<Self> = $from_word;
                from_word(from.next()?)
            }
        }
    };
}

word!(i64, ToString::to_string, |word| word.parse().ok());
word!(u32, ToString::to_string, |word| word.parse().ok());
word!(u16, ToString::to_string, |word| word.parse().ok());
word!(u8, ToString::to_string, |word| word.parse().ok());
word!(InvitationNo, ToString::to_string, |word| word.parse().ok().map(InvitationNo));
word!(PersonId, ToString::to_string, |word| word.parse().ok());
word!(Provider, |it| it.slug().to_owned(), Provider::from_slug);
word!(ResultWord, |it| it.slug().to_owned(), ResultWord::from_slug);
word!(Inn, |it| it.as_str().to_owned(), |word| Inn::parse(word).ok());
word!(Kpp, |it| it.as_str().to_owned(), |word| Kpp::parse(word).ok());
word!(OfficeCode, |it| it.as_str().to_owned(), |word| OfficeCode::parse(word).ok());

wire! { Role { Admin = "admin", Senior = "senior", Staff = "staff", Observer = "observer" } }

wire! { Field {
    Provider = "provider",
    Inn = "inn",
    Kpp = "kpp",
    Name = "name",
    Email = "email",
    Office = "office",
}}

impl<T: Write> Write for Option<T> {
    fn write(&self, to: &mut String) {
        match self {
            Some(value) => value.write(to),
            None => to.push(':'),
        }
    }

    fn read(from: &mut Words<'_>) -> Option<Self> {
        let mut ahead = Words(from.0.clone());
        if ahead.next()?.is_empty() {
            *from = ahead;
            return Some(None);
        }
        T::read(from).map(Some)
    }
}

wire! { Lifetime { Hour = "h", Day = "d", Week = "w", Month = "m" } }

impl Write for LinkTerms {
    fn write(&self, to: &mut String) {
        self.role.write(to);
        self.lifetime.write(to);
        self.uses.write(to);
        self.office.write(to);
        self.day_limit.write(to);
    }

    fn read(from: &mut Words<'_>) -> Option<Self> {
        Some(Self {
            role: Write::read(from)?,
            lifetime: Write::read(from)?,
            uses: Write::read(from)?,
            office: Write::read(from)?,
            day_limit: Write::read(from)?,
        })
    }
}
