//! Turns an update into the input of a handler.

use teloxide::types::{Message, MessageOrigin, User};

use crate::domain::{Person, PersonId};
use crate::handlers::{About, Input};
use crate::screens::press::Press;

pub fn message(message: &Message) -> Input {
    let about = message.reply_to_message().and_then(about);
    Input::Message { text: message.text().map(str::to_owned), about }
}

pub fn press(data: Option<&str>) -> Input {
    match data.and_then(Press::decode) {
        Some((press, revision)) => Input::Press(press, revision),
        None => Input::UnknownPress,
    }
}

fn about(message: &Message) -> Option<About> {
    if let Some(contact) = message.contact() {
        let id = contact.user_id.and_then(|id| PersonId::new(i64::try_from(id.0).ok()?));
        let name = full_name(&contact.first_name, contact.last_name.as_deref());
        return Some(id.map_or(About::Hidden, |id| About::Person(Person { id, name })));
    }
    match message.forward_origin()? {
        MessageOrigin::User { sender_user, .. } => Some(About::Person(person(sender_user)?)),
        _ => Some(About::Hidden),
    }
}

pub fn person(user: &User) -> Option<Person> {
    let id = PersonId::new(i64::try_from(user.id.0).ok()?)?;
    Some(Person { id, name: full_name(&user.first_name, user.last_name.as_deref()) })
}

fn full_name(first: &str, last: Option<&str>) -> Option<String> {
    let name = crate::domain::tidy(&format!("{first} {}", last.unwrap_or_default()));
    (!name.is_empty()).then(|| name.chars().take(64).collect())
}
