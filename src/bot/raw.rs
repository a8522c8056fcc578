//! Reads updates as they were stored: what a newer Bot API puts beside the words takes nothing away.

use serde::Deserialize;
use serde_json::Value;
use teloxide::types::{Update, UpdateKind};

use crate::domain::{Person, PersonId};
use crate::handlers::About;

/// Of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    Words(String),
    /// A picture, a sticker, a file.
    Wordless,
    /// Telegram's own note: something was pinned.
    Service,
}

/// What the handler tree asks of an update. `None`: teloxide cannot read even that; over a poll answer
/// without a voter it panics.
pub fn update(raw: &str) -> Option<Update> {
    let mut update: Value = serde_json::from_str(raw).ok()?;
    for kind in ["message", "edited_message"] {
        update.get_mut(kind).into_iter().for_each(reduce);
    }
    if let Some(query) = update.get_mut("callback_query") {
        keep(query, &["id", "from", "message", "chat_instance", "data"]);
        query.get_mut("from").into_iter().for_each(reduce_person);
        query.get_mut("message").into_iter().for_each(reduce);
    }
    let reduced = update.to_string();
    let read = || serde_json::from_str::<Update>(&reduced);
    let update = std::panic::catch_unwind(read).ok()?.ok()?;
    (!matches!(update.kind, UpdateKind::Error(_))).then_some(update)
}

fn reduce(message: &mut Value) {
    keep(message, &["message_id", "date", "chat", "from", "text"]);
    message.get_mut("chat").into_iter().for_each(|chat| {
        keep(chat, &["id", "type", "title", "username", "first_name", "last_name"]);
    });
    message.get_mut("from").into_iter().for_each(reduce_person);
}

fn reduce_person(person: &mut Value) {
    keep(person, &["id", "is_bot", "first_name", "last_name", "username"]);
}

fn keep(value: &mut Value, names: &[&str]) {
    if let Some(members) = value.as_object_mut() {
        members.retain(|name, _| names.contains(&name.as_str()));
    }
}

/// The new or the edited message of an update.
pub fn message(raw: &str) -> Option<Value> {
    let mut update: Value = serde_json::from_str(raw).ok()?;
    ["message", "edited_message"].iter().find_map(|kind| Some(update.get_mut(kind)?.take()))
}

pub fn content(message: &Value) -> Content {
    if let Some(words) = words(message) {
        return Content::Words(words);
    }
    if SERVICE.iter().any(|name| message.get(name).is_some()) {
        return Content::Service;
    }
    Content::Wordless
}

/// Its pictures come as messages of their own.
pub fn album(message: &Value) -> Option<i64> {
    message["media_group_id"].as_str()?.parse().ok()
}

/// Whom the message that this one replies to is about.
pub fn about(message: &Value) -> Option<About> {
    #[derive(Deserialize)]
    struct Named {
        #[serde(alias = "user_id")]
        id: Option<i64>,
        first_name: String,
        last_name: Option<String>,
    }
    let named = |value: &Value| {
        let Named { id, first_name, last_name } = Named::deserialize(value).ok()?;
        let name = full_name(&first_name, last_name.as_deref());
        Some(About::Person(Person { id: PersonId::new(id?)?, name }))
    };
    let about = message.get("reply_to_message")?;
    match (about.get("contact"), about.get("forward_origin")) {
        (Some(contact), _) => Some(named(contact).unwrap_or(About::Hidden)),
        (None, Some(origin)) => {
            Some(origin.get("sender_user").and_then(named).unwrap_or(About::Hidden))
        }
        (None, None) => None,
    }
}

pub fn full_name(first: &str, last: Option<&str>) -> Option<String> {
    let name = crate::domain::tidy(&format!("{first} {}", last.unwrap_or_default()));
    (!name.is_empty()).then(|| name.chars().take(64).collect())
}

/// All of them, in the order of reading; an address behind a link is one too.
fn words(message: &Value) -> Option<String> {
    let mut words = String::new();
    for (text, entities) in [("text", "entities"), ("caption", "caption_entities")] {
        if let Some(text) = message[text].as_str() {
            words.push_str(text);
            let entities = message[entities].as_array().into_iter().flatten();
            entities.for_each(|entity| mail_link(&entity["url"], &mut words));
        }
    }
    rich(&message["rich_message"], &mut words);
    rich(&message["checklist"], &mut words);
    let card = message.pointer("/contact/vcard").and_then(Value::as_str);
    // Without an address there is a telephone in it, and nothing to invite by.
    words.push_str(card.filter(|card| card.contains('@')).unwrap_or_default());
    (!words.trim().is_empty()).then_some(words)
}

/// A checklist, or `RichText` and `RichBlock` of the Bot API 10.1: a string, a list, or an object around further ones.
fn rich(value: &Value, words: &mut String) {
    match value {
        Value::String(text) => words.push_str(text),
        Value::Array(parts) => parts.iter().for_each(|part| rich(part, words)),
        Value::Object(members) => {
            for name in ["label", "summary", "title", "text", "expression", "caption", "credit"] {
                members.get(name).into_iter().for_each(|text| rich(text, words));
            }
            mail_link(&value["url"], words);
            for name in ["blocks", "items", "cells", "tasks"] {
                for part in members.get(name).and_then(Value::as_array).into_iter().flatten() {
                    if !members.contains_key("label") {
                        end_line(words);
                    }
                    match part.as_array() {
                        // A row of a table.
                        Some(cells) => cells.iter().for_each(|cell| {
                            rich(cell, words);
                            words.push('\t');
                        }),
                        None => rich(part, words),
                    }
                    end_line(words);
                }
            }
        }
        _ => {}
    }
    if value.get("email_address").is_some_and(|address| address != &value["text"]) {
        words.push(' ');
        rich(&value["email_address"], words);
    }
}

fn mail_link(url: &Value, words: &mut String) {
    let address = url.as_str().and_then(|url| url.strip_prefix("mailto:"));
    if let Some(address) = address.map(|address| address.split('?').next().unwrap_or(address))
        && !words.contains(address)
    {
        words.push('\n');
        words.push_str(address);
    }
}

fn end_line(words: &mut String) {
    if !words.is_empty() && !words.ends_with('\n') {
        words.push('\n');
    }
}

/// Members of `Message` that nobody wrote (Bot API 10.3).
pub const SERVICE: [&str; 55] = [
    "new_chat_members",
    "left_chat_member",
    "chat_owner_left",
    "chat_owner_changed",
    "new_chat_title",
    "new_chat_photo",
    "delete_chat_photo",
    "group_chat_created",
    "supergroup_chat_created",
    "channel_chat_created",
    "message_auto_delete_timer_changed",
    "migrate_to_chat_id",
    "migrate_from_chat_id",
    "pinned_message",
    "successful_payment",
    "refunded_payment",
    "users_shared",
    "chat_shared",
    "gift",
    "unique_gift",
    "gift_upgrade_sent",
    "connected_website",
    "write_access_allowed",
    "passport_data",
    "proximity_alert_triggered",
    "boost_added",
    "chat_background_set",
    "checklist_tasks_done",
    "checklist_tasks_added",
    "community_chat_added",
    "community_chat_joined",
    "community_chat_removed",
    "direct_message_price_changed",
    "forum_topic_created",
    "forum_topic_edited",
    "forum_topic_closed",
    "forum_topic_reopened",
    "general_forum_topic_hidden",
    "general_forum_topic_unhidden",
    "giveaway_created",
    "giveaway_completed",
    "managed_bot_created",
    "paid_message_price_changed",
    "poll_option_added",
    "poll_option_deleted",
    "suggested_post_approved",
    "suggested_post_approval_failed",
    "suggested_post_declined",
    "suggested_post_paid",
    "suggested_post_refunded",
    "video_chat_scheduled",
    "video_chat_started",
    "video_chat_ended",
    "video_chat_participants_invited",
    "web_app_data",
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_teloxide_chokes_on_is_no_update() {
        let whole = |body: &str| format!(r#"{{"update_id":7,{body}}}"#);
        let poll_answer = r#""poll_answer":{"poll_id":"1","option_ids":[0]"#;
        let user = r#""user":{"id":5,"is_bot":false,"first_name":"x"}"#;
        assert!(update(&whole(&format!("{poll_answer},{user}}}"))).is_some());
        for body in [
            format!("{poll_answer}}}"),
            r#""message":{"chat":"nonsense"}"#.to_owned(),
            r#""teleportation":{}"#.to_owned(),
        ] {
            assert!(update(&whole(&body)).is_none(), "{body}");
        }
    }

    #[test]
    fn words_are_read_wherever_they_stand() {
        let table = json!([[{"text": "ИНН"}, {"text": {"type": "bold", "text": "1215107651"}}]]);
        for (message, read) in [
            (json!({"text": "Чайка"}), "Чайка"),
            (json!({"photo": [], "caption": "iam@mail.ru"}), "iam@mail.ru"),
            (
                json!({"text": "почта", "entities": [{"type": "text_link", "url": "mailto:iam@mail.ru?subject=1"}]}),
                "почта\niam@mail.ru",
            ),
            (
                json!({"text": "iam@mail.ru", "entities": [{"url": "mailto:iam@mail.ru"}]}),
                "iam@mail.ru",
            ),
            (json!({"contact": {"vcard": "EMAIL:iam@mail.ru"}}), "EMAIL:iam@mail.ru"),
            (
                json!({"checklist": {"title": "Чайка", "tasks": [{"text": "ИНН"}, {"text": "КПП"}]}}),
                "Чайка\nИНН\nКПП\n",
            ),
            (
                json!({"rich_message": {"blocks": [
                    {"type": "heading", "text": ["Дет", {"type": "bold", "text": "сад"}]},
                    {"type": "table", "cells": table},
                    {"type": "list", "items": [{"label": "1. ", "blocks": [{"text": "раз"}]}]},
                    {"type": "paragraph", "text": {"type": "email_address", "text": "пишите", "email_address": "iam@mail.ru"}},
                ]}}),
                "Детсад\nИНН\t1215107651\t\n1. раз\nпишите iam@mail.ru\n",
            ),
        ] {
            assert_eq!(content(&message), Content::Words(read.to_owned()), "{message}");
        }
        for wordless in [json!({"sticker": {}}), json!({"photo": [], "caption": " "}), json!({})] {
            assert_eq!(content(&wordless), Content::Wordless, "{wordless}");
        }
        let pinned = json!({"pinned_message": {"text": "1215107651"}});
        assert_eq!(content(&pinned), Content::Service);
    }
}
