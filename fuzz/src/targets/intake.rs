//! Answers to getUpdates: what has an id is stored byte for byte, in the order of the ids and in
//! the lane of its chat; what can be read of it is the same update and has an answer.

use invite_bot::bot::raw::{message as message_of, update as readable};
use invite_bot::bot::{batch, parse};
use invite_bot::dialogue;
use invite_bot::dialogue::session::Session;
use invite_bot::domain::tidy;
use invite_bot::handlers::{About, Input};
use invite_bot::screens::press::Press;
use invite_bot::store::Received;
use serde_json::Value;
use serde_json::value::RawValue;
use teloxide::types::{Update, UpdateKind};

use super::super::{make, turn};

/// Looks at one input; panics where something does not hold.
pub fn look(bytes: &[u8]) {
    let body = String::from_utf8_lossy(bytes);
    if let Ok(batch) = batch(&body) {
        is_stored(&body, &batch);
        batch.iter().for_each(is_read);
    }
    // An update alone, as a process finds it in the database after a restart.
    if let Some(update) = readable(&body) {
        is_answered(&body, &update);
    }
}

fn is_stored(body: &str, batch: &[Received]) {
    assert!(batch.is_sorted_by_key(|one| one.update), "the oldest first");
    for one in batch {
        assert!(body.contains(&one.raw), "not as it came");
    }
    let Ok(Value::Object(answer)) = serde_json::from_str(body) else { return };
    assert_eq!(answer.get("ok"), Some(&Value::Bool(true)));
    let Some(Value::Array(updates)) = answer.get("result") else { return };
    let ids = updates.iter().filter_map(|update| update.as_object()?.get("update_id")?.as_i64());
    let mut ids: Vec<i64> = ids.collect();
    ids.sort_unstable();
    if is_plain(body) && ids.len() == updates.len() {
        assert!(batch.iter().map(|one| one.update).eq(ids), "an update was lost");
    }
}

/// Whether everybody reads this JSON in the same way: no key comes twice, or in disguise.
fn is_plain(json: &str) -> bool {
    let value: Value = serde_json::from_str(json).expect("read before");
    value.to_string().len() == json.len()
}

fn is_read(one: &Received) {
    let whole: Box<RawValue> = serde_json::from_str(&one.raw).expect("one value of JSON");
    assert_eq!(whole.get(), one.raw);
    let Some(update) = readable(&one.raw) else { return };
    assert_eq!(i64::from(update.id.0), one.update, "another update");
    if is_plain(&one.raw) {
        let value: Value = serde_json::from_str(&one.raw).unwrap();
        let (message, press) = (&value["message"], &value["callback_query"]);
        let chat = match &update.kind {
            UpdateKind::Message(_) if press.is_null() => &message["chat"]["id"],
            UpdateKind::CallbackQuery(_) if message.is_null() => match &press["message"] {
                Value::Null => &press["from"]["id"],
                message => &message["chat"]["id"],
            },
            _ => return,
        };
        assert_eq!(Some(one.chat), chat.as_i64(), "in another lane");
    }
    is_answered(&one.raw, &update);
}

/// Whoever is on the list gets an answer to any message and any press.
fn is_answered(raw: &str, update: &Update) {
    let input = match &update.kind {
        UpdateKind::Message(_) => match message_of(raw).as_ref().and_then(parse::message) {
            Some(input) => input,
            None => return,
        },
        UpdateKind::EditedMessage(_) => {
            drop(message_of(raw).as_ref().and_then(parse::edited));
            return;
        }
        UpdateKind::CallbackQuery(press) => parse::press(press.data.as_deref()),
        _ => return,
    };
    if let Some(person) = update.from().and_then(parse::person) {
        is_name(person.name.as_deref());
    }
    if let Input::Message { about: Some(About::Person(person)), .. } = &input {
        is_name(person.name.as_deref());
    }
    // A command is read by the handlers.
    let input = match input {
        Input::Message { text, .. } => dialogue::Input::Text { text, follows: false },
        Input::Press(Press::Draft(act), Some(revision)) => dialogue::Input::Press(act, revision),
        _ => return,
    };
    let mut u = arbitrary::Unstructured::new(&[]);
    let (mut facts, session) = (make::facts(&mut u).unwrap(), Session::default());
    let step = turn::take(&mut u, &mut facts, &session, &input).unwrap();
    let shown = turn::shown(&facts, &session, &step);
    assert!(shown.is_some() || step.toast.is_some(), "silence");
}

fn is_name(name: Option<&str>) {
    let is_line =
        |name: &str| (1..=64).contains(&name.chars().count()) && tidy(name).trim() == name.trim();
    assert!(name.is_none_or(is_line), "{name:?}");
}
