//! The words of a message are read whatever a newer Bot API sets beside them.

use invite_bot::bot::parse;
use invite_bot::bot::raw::{Content, SERVICE, content, message, update};
use serde_json::{Value, json};
use teloxide::types::UpdateKind;

const CARD: &str = "МБДОУ «Чайка», ИНН/КПП 1215107651/121501001, iam@mail.ru";

/// Every member of `Message` with its type.
fn members() -> Vec<(&'static str, &'static str)> {
    let lines = include_str!("message_fields.txt").lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split_once(": ").unwrap()).collect()
}

/// As it may come; what an object holds is known to nobody yet.
fn value(of: &str) -> Value {
    match of {
        "Integer" => json!(7),
        "String" => json!("ИНН 7707083893"),
        "True" => json!(true),
        _ if of.starts_with("Array") => json!([{ "unknown": 1 }]),
        _ => json!({ "unknown": 1, "text": "ИНН 7707083893" }),
    }
}

fn whole(message: &Value) -> String {
    json!({ "update_id": 1, "message": message }).to_string()
}

#[test]
fn a_card_is_read_beside_every_member_of_a_message() {
    let bare = json!({
        "message_id": 5, "date": 1, "chat": { "id": 9, "type": "private", "first_name": "Анна" },
        "from": { "id": 9, "is_bot": false, "first_name": "Анна" },
    });
    let told = ["message_id", "date", "chat", "from"];
    let words = ["text", "caption", "rich_message", "checklist"];
    let beside =
        members().into_iter().filter(|(name, _)| !told.contains(name) && !words.contains(name));
    let unknown = [("teleported", "Teleport"), ("new_words", "String"), ("marks", "Array of Mark")];
    let mut seen = 0;
    for (name, of) in beside.chain(unknown) {
        for words in ["text", "caption"] {
            let mut said = bare.clone();
            said[words] = json!(CARD);
            said[name] = value(of);
            let raw = whole(&said);
            let update = update(&raw).unwrap_or_else(|| panic!("{name} hides the whole update"));
            assert!(matches!(update.kind, UpdateKind::Message(_)), "{name}");
            let said = message(&raw).unwrap();
            assert_eq!(content(&said), Content::Words(CARD.to_owned()), "{name}");
            assert!(parse::message(&said).is_some(), "{name}");
            seen += 1;
        }
    }
    assert!(seen > 200, "{seen}");
}

#[test]
fn what_telegram_notes_by_itself_is_told_from_what_people_send() {
    let members: Vec<&str> = members().into_iter().map(|(name, _)| name).collect();
    for name in SERVICE {
        assert!(members.contains(&name), "no such member: {name}");
    }
    for name in ["photo", "sticker", "voice", "document", "location", "dice", "story", "giveaway"] {
        assert!(members.contains(&name) && !SERVICE.contains(&name), "{name} is sent by people");
    }
}
