//! Inline keyboards: which ones the real server takes. Reply keyboards are not played.

use serde_json::Value;
use url::Url;

use super::answer::Refused;
use super::message::{Action, Button};
use super::params::Params;
use super::state::State;

const DATA_LIMIT_BYTES: usize = 64;
const BUTTON_LIMIT: usize = 100;
const COPIED_LIMIT: usize = 256;

/// The keyboard of `reply_markup`; no rows when there is none.
pub(super) fn keyboard(state: &State, params: &mut Params) -> Result<Vec<Vec<Button>>, Refused> {
    let wrong = "Can't parse reply keyboard markup JSON object";
    let Some(markup) = params.nested("reply_markup", wrong)? else { return Ok(Vec::new()) };
    if !markup.is_object() {
        return Err(Refused::bad("Object expected as reply markup"));
    }
    let mut markup = Params::of(markup);
    let rows = markup.take("inline_keyboard");
    markup.finish()?;
    let shape = "Field \"inline_keyboard\" of the InlineKeyboardMarkup must be an Array of Arrays";
    let rows: Vec<Vec<Value>> = match rows {
        None => Vec::new(),
        Some(rows) => serde_json::from_value(rows).map_err(|_| Refused::bad(shape))?,
    };
    if rows.iter().flatten().count() > BUTTON_LIMIT {
        return Err(Refused::bad("reply markup is too long"));
    }
    let mut keyboard = Vec::new();
    for row in rows {
        let row = row.into_iter().map(|it| button(state, it)).collect::<Result<Vec<_>, _>>()?;
        if !row.is_empty() {
            keyboard.push(row);
        }
    }
    Ok(keyboard)
}

fn button(state: &State, value: Value) -> Result<Button, Refused> {
    let wrong = |words: &str| Refused::bad(format!("can't parse inline keyboard button: {words}"));
    if !value.is_object() {
        return Err(wrong("InlineKeyboardButton must be an Object"));
    }
    let mut members = Params::of(value);
    let label = members.string("text")?.ok_or_else(|| wrong("Can't find field \"text\""))?;
    let url = members.string("url")?.filter(|url| !url.is_empty());
    let data = members.string("callback_data")?.filter(|data| !data.is_empty());
    let copied = members.take("copy_text").map(Params::of);
    members.finish()?;
    let action = match (url, data, copied) {
        (Some(url), _, _) => address(state, url)?,
        (None, Some(data), _) => callback(data)?,
        (None, None, Some(mut copied)) => {
            let text = copied.string("text")?.ok_or_else(|| wrong("no text to copy"))?;
            copied.finish()?;
            if !(1..=COPIED_LIMIT).contains(&text.chars().count()) {
                return Err(Refused::bad("BUTTON_COPY_TEXT_INVALID"));
            }
            Action::Copy(text)
        }
        (None, None, None) => {
            return Err(wrong("Text buttons are unallowed in the inline keyboard"));
        }
    };
    if label.trim().is_empty() {
        return Err(Refused::bad("Inline keyboard button text must be non-empty"));
    }
    Ok(Button { label: label.trim().to_owned(), action })
}

fn callback(data: String) -> Result<Action, Refused> {
    if data.len() > DATA_LIMIT_BYTES {
        return Err(Refused::bad("BUTTON_DATA_INVALID"));
    }
    Ok(Action::Data(data))
}

fn address(state: &State, url: String) -> Result<Action, Refused> {
    if let Some(id) = linked_person(&url) {
        if state.hidden.contains(&id) {
            return Err(Refused::bad("BUTTON_USER_PRIVACY_RESTRICTED"));
        }
        if !state.chats.contains_key(&id) {
            return Err(Refused::bad("BUTTON_USER_INVALID"));
        }
        return Ok(Action::Url(url));
    }
    let wrong = |words: &str| {
        Refused::bad(format!("inline keyboard button URL '{url}' is invalid: {words}"))
    };
    let parsed = Url::parse(&url).map_err(|_| wrong("Wrong HTTP URL"))?;
    match parsed.scheme() {
        "tg" => {}
        "http" | "https" => {
            if !parsed.host_str().is_some_and(|host| host.contains('.')) {
                return Err(wrong("Wrong HTTP URL"));
            }
        }
        _ => return Err(wrong("Unsupported URL protocol")),
    }
    Ok(Action::Url(url))
}

/// The id in `tg://user?id=…`.
pub(super) fn linked_person(url: &str) -> Option<i64> {
    let url = Url::parse(url).ok()?;
    let is_person = url.scheme() == "tg" && url.host_str() == Some("user");
    let id = url.query_pairs().find(|(name, _)| name == "id")?.1;
    is_person.then(|| id.parse().ok())?
}
