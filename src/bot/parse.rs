//! Turns an update into the input of a handler.

use serde_json::Value;
use teloxide::types::User;

use super::raw::{self, Content};
use crate::domain::{Person, PersonId};
use crate::handlers::{Input, Sent};
use crate::screens::press::Press;

/// `None`: there is nothing to answer.
pub fn message(message: &Value) -> Option<Input> {
    let text = match raw::content(message) {
        Content::Words(words) => Some(words),
        Content::Wordless => None,
        Content::Service => return None,
    };
    let sent = Sent { message: id(message)?, at: message["date"].as_i64()? };
    Some(Input::Message { text, about: raw::about(message), sent })
}

/// `None`: nobody changed its words. Telegram tells of much else by the same kind of update.
pub fn edited(message: &Value) -> Option<Input> {
    message.get("edit_date")?;
    match raw::content(message) {
        Content::Words(text) => Some(Input::Edited { text, message: id(message)? }),
        _ => None,
    }
}

fn id(message: &Value) -> Option<i32> {
    i32::try_from(message["message_id"].as_i64()?).ok()
}

pub fn press(data: Option<&str>) -> Input {
    match data.and_then(Press::decode) {
        Some((press, revision)) => Input::Press(press, revision),
        None => Input::UnknownPress,
    }
}

pub fn person(user: &User) -> Option<Person> {
    let id = PersonId::new(i64::try_from(user.id.0).ok()?)?;
    Some(Person { id, name: raw::full_name(&user.first_name, user.last_name.as_deref()) })
}
