//! Text for Telegram's HTML. Values are escaped; markup stands in literals only.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::{InvitationNo, PersonId};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Html(String);

impl Html {
    pub fn raw(html: String) -> Self {
        Self(html)
    }

    /// In UTF-16 code units; Telegram counts characters, which are never more.
    pub fn length(&self) -> usize {
        self.0.encode_utf16().count()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The literal is HTML; every value is escaped unless it is [`Html`].
macro_rules! html {
    ($format:literal $(, $value:expr)* $(,)?) => {
        $crate::screens::html::Html::raw(
            format!($format $(, $crate::screens::html::Escaped(&$value))*)
        )
    };
}
pub(crate) use html;

pub struct Escaped<'a, T: Fragment + ?Sized>(pub &'a T);

impl<T: Fragment + ?Sized> fmt::Display for Escaped<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.escaped())
    }
}

pub trait Fragment {
    fn escaped(&self) -> Cow<'_, str>;
}

impl Fragment for Html {
    fn escaped(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}

impl Fragment for str {
    fn escaped(&self) -> Cow<'_, str> {
        let mut html = String::new();
        push_escaped(&mut html, self);
        Cow::Owned(html)
    }
}

impl Fragment for String {
    fn escaped(&self) -> Cow<'_, str> {
        self.as_str().escaped()
    }
}

impl<T: Fragment + ?Sized> Fragment for &T {
    fn escaped(&self) -> Cow<'_, str> {
        (**self).escaped()
    }
}

macro_rules! number {
    ($($type:ty),+) => {
        $( impl Fragment for $type {
            fn escaped(&self) -> Cow<'_, str> {
                Cow::Owned(self.to_string())
            }
        } )+
    };
}
number!(u8, u16, u32, u64, i64, usize, InvitationNo, PersonId);

pub fn person(id: PersonId, name: &str) -> Html {
    html!("<a href=\"tg://user?id={}\">{}</a>", id, name)
}

/// At most `max` characters after escaping, without marks that turn the direction of text.
pub fn quote(text: &str, max: usize) -> Html {
    html!("«{}»", clip(&crate::domain::tidy(text), max))
}

/// At most `max` characters after escaping.
pub fn clip(text: &str, max: usize) -> Html {
    Html(clipped(text, max))
}

fn escape(c: char) -> Option<&'static str> {
    match c {
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '&' => Some("&amp;"),
        '"' => Some("&quot;"),
        _ => None,
    }
}

fn push_escaped(html: &mut String, text: &str) {
    for c in text.chars() {
        match escape(c) {
            Some(entity) => html.push_str(entity),
            None => html.push(c),
        }
    }
}

fn clipped(text: &str, max: usize) -> String {
    let mut html = String::new();
    let mut left = max;
    for c in text.chars() {
        let width = escape(c).map_or(1, str::len);
        // One character is kept for «…».
        if width >= left {
            html.push('…');
            return html;
        }
        left -= width;
        push_escaped(&mut html, c.encode_utf8(&mut [0; 4]));
    }
    html
}

pub fn shorten(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    text.chars().take(max.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn markup_of_others_is_text() {
        let html = html!("{}<b>{}</b>{}", "a<b>&\"", "</b>", quote("<i>\u{202e}x", 100));
        assert_eq!(html.as_str(), "a&lt;b&gt;&amp;&quot;<b>&lt;/b&gt;</b>«&lt;i&gt;x»");
    }

    #[test]
    fn a_text_is_put_together_of_what_may_stand_in_it() {
        let id = PersonId::new(501).unwrap();
        let whole = html!("{}: {}", 7_u32, person(id, "<d>"));
        assert_eq!(whole.as_str(), "7: <a href=\"tg://user?id=501\">&lt;d&gt;</a>");
        assert_eq!(html!("{}", whole), whole);
        assert_eq!((html!("я👍").length(), Html::default().length()), (3, 0));
    }

    /// The last character that fits is given up for the sign that something was cut.
    #[test]
    fn what_is_too_long_is_cut_where_it_must_be() {
        let code = |text, max| html!("<code>{}</code>", clip(text, max)).as_str().to_owned();
        assert_eq!(code("abc", 4), "<code>abc</code>");
        assert_eq!(code("abc", 3), "<code>ab…</code>");
        assert_eq!(code("a<c", 7), "<code>a&lt;c</code>");
        assert_eq!(code("a<c", 6), "<code>a&lt;…</code>");
        assert_eq!(code("a<c", 5), "<code>a…</code>");
        assert_eq!((shorten("абв", 3), shorten("абвг", 3)), ("абв".into(), "аб…".into()));
    }

    proptest! {
        #[test]
        fn a_quote_keeps_to_its_length(text in "[<&a-я👍\u{202e} ]{0,80}", max in 1usize..60) {
            let html = quote(&text, max);
            prop_assert!(html.as_str().chars().count() <= max + 2);
            let cut = html.as_str().trim_matches(['«', '»', '…']);
            prop_assert!(!cut.contains('<') && cut.matches('&').count() == cut.matches(';').count());
        }
    }
}
