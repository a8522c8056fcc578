//! Text for Telegram's HTML. Everything put into it is escaped; markup comes from methods only.

use serde::{Deserialize, Serialize};

use crate::domain::PersonId;

/// A text that Telegram shows literally, whatever stands in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Html(String);

impl Html {
    /// Begins with plain text.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self::default().text(text)
    }

    /// Adds plain text.
    pub fn text(mut self, text: impl AsRef<str>) -> Self {
        push_escaped(&mut self.0, text.as_ref());
        self
    }

    /// Adds bold text.
    pub fn bold(mut self, text: impl AsRef<str>) -> Self {
        self.0.push_str("<b>");
        push_escaped(&mut self.0, text.as_ref());
        self.0.push_str("</b>");
        self
    }

    /// Adds text that a tap copies.
    pub fn code(mut self, text: impl AsRef<str>) -> Self {
        self.0.push_str("<code>");
        push_escaped(&mut self.0, text.as_ref());
        self.0.push_str("</code>");
        self
    }

    /// The same, cut so that it takes at most `max` characters of the message after escaping.
    pub fn code_within(mut self, text: &str, max: usize) -> Self {
        self.0.push_str("<code>");
        self.0.push_str(&clip(text, max));
        self.0.push_str("</code>");
        self
    }

    /// Adds a link to a person's chat.
    pub fn person(mut self, id: PersonId, name: &str) -> Self {
        self.0.push_str(&format!("<a href=\"tg://user?id={id}\">"));
        push_escaped(&mut self.0, name);
        self.0.push_str("</a>");
        self
    }

    /// Adds what somebody else wrote, in quotation marks, cut so that it takes at most `max`
    /// characters of the message after escaping. What cannot be seen is dropped: a mark that
    /// turns the direction of text would turn the rest of the screen.
    pub fn quote(mut self, text: &str, max: usize) -> Self {
        self.0.push('„');
        self.0.push_str(&clip(&crate::domain::tidy(text), max));
        self.0.push('“');
        self
    }

    /// Begins a new line.
    pub fn line(mut self) -> Self {
        self.0.push('\n');
        self
    }

    /// Adds another text as it is.
    pub fn join(mut self, other: &Self) -> Self {
        self.0.push_str(&other.0);
        self
    }

    /// How much of a message it takes at most, in UTF-16 code units: Telegram counts characters,
    /// of which there are never more.
    pub fn length(&self) -> usize {
        self.0.encode_utf16().count()
    }

    /// The HTML.
    pub fn as_str(&self) -> &str {
        &self.0
    }
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

/// The beginning of a text, escaped, in at most `max` characters, with «…» where it was cut.
fn clip(text: &str, max: usize) -> String {
    let mut html = String::new();
    let mut left = max;
    for c in text.chars() {
        let width = escape(c).map_or(1, str::len);
        // One character is kept for the sign of omission.
        if width >= left {
            html.push('…');
            return html;
        }
        left -= width;
        push_escaped(&mut html, c.encode_utf8(&mut [0; 4]));
    }
    html
}

/// Plain text in at most `max` characters, with «…» where it was cut.
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
        let html = Html::new("a<b>&\"").bold("</b>").quote("<i>\u{202e}x", 100);
        assert_eq!(html.as_str(), "a&lt;b&gt;&amp;&quot;<b>&lt;/b&gt;</b>„&lt;i&gt;x“");
    }

    #[test]
    fn a_text_is_put_together_of_what_may_stand_in_it() {
        let id = PersonId::new(501).unwrap();
        let html = Html::new("a").bold("b").code("c>").line().person(id, "<d>");
        let whole = "a<b>b</b><code>c&gt;</code>\n<a href=\"tg://user?id=501\">&lt;d&gt;</a>";
        assert_eq!(html.as_str(), whole);
        assert_eq!(Html::new("<").join(&html).as_str(), format!("&lt;{whole}"));
        assert_eq!((Html::new("я👍").length(), Html::default().length()), (3, 0));
    }

    /// The last character that fits is given up for the sign that something was cut.
    #[test]
    fn what_is_too_long_is_cut_where_it_must_be() {
        let code = |text, max| Html::default().code_within(text, max).as_str().to_owned();
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
            let html = Html::default().quote(&text, max);
            prop_assert!(html.as_str().chars().count() <= max + 2);
            let cut = html.as_str().trim_matches(['„', '“', '…']);
            prop_assert!(!cut.contains('<') && cut.matches('&').count() == cut.matches(';').count());
        }
    }
}
