//! Updates as Telegram hands them out: every kind of message and every kind of update that
//! teloxide knows, in any chat.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use stand_ins::telegram::{Person, Place, PlaceKind};
use teloxide::types::{Update, UpdateKind};

/// Where something is said.
#[derive(Clone, Debug)]
pub enum Chat {
    /// With the bot alone.
    Private,
    Place(Place),
}

impl Chat {
    fn json(&self, of: &Person) -> Value {
        match self {
            Self::Private => {
                json!({ "id": of.id, "type": "private", "first_name": of.first_name })
            }
            Self::Place(place) => {
                json!({ "id": place.id, "type": place.kind, "title": place.title })
            }
        }
    }
}

pub fn user(of: &Person) -> Value {
    json!({ "id": of.id, "is_bot": false, "first_name": of.first_name })
}

/// A message of a person: what every one has, and this. Members that are `null` are left out.
pub fn message(of: &Person, chat: &Chat, content: &Value) -> Value {
    let mut message = json!({
        "message_id": 7, "date": 1_750_000_000, "chat": chat.json(of), "from": user(of),
    });
    let members = message.as_object_mut().unwrap();
    members.extend(content.as_object().cloned().unwrap_or_default());
    members.retain(|_, value| !value.is_null());
    message
}

/// A text; a command is marked as one.
pub fn text(text: &str) -> Value {
    let command = text.split_whitespace().next().unwrap_or_default();
    let mut content = json!({ "text": text });
    if command.starts_with('/') {
        let length = command.encode_utf16().count();
        content["entities"] = json!([{ "type": "bot_command", "offset": 0, "length": length }]);
    }
    content
}

const FILE: [(&str, &str); 2] = [("file_id", "f"), ("file_unique_id", "u")];

fn file(more: Value) -> Value {
    let mut file = more;
    for (key, value) in FILE {
        file[key] = json!(value);
    }
    file["file_size"] = json!(1);
    file
}

/// What a message may be other than a text: its name, and its own members.
pub fn contents() -> Vec<(&'static str, Value)> {
    let photo = file(json!({ "width": 1, "height": 1 }));
    let clip = || json!({ "width": 1, "height": 1, "duration": 1 });
    let somebody = || json!({ "id": 77, "is_bot": false, "first_name": "Некто" });
    let place = || json!({ "latitude": 55.7, "longitude": 37.6 });
    vec![
        ("photo", json!({ "photo": [photo] })),
        ("file", json!({ "document": file(json!({ "file_name": "spisok.xlsx" })) })),
        ("video", json!({ "video": file(clip()), "caption": "Здравствуйте" })),
        ("animation", json!({ "animation": file(clip()), "document": file(json!({})) })),
        ("audio", json!({ "audio": file(json!({ "duration": 1 })) })),
        ("voice", json!({ "voice": file(json!({ "duration": 1 })) })),
        ("video note", json!({ "video_note": file(json!({ "length": 1, "duration": 1 })) })),
        (
            "sticker",
            json!({ "sticker": file(json!({
                "type": "regular", "width": 512, "height": 512,
                "is_animated": false, "is_video": false,
            })) }),
        ),
        (
            "contact",
            json!({ "contact": { "phone_number": "+70000000000", "first_name": "Некто", "user_id": 77 } }),
        ),
        ("location", json!({ "location": place() })),
        (
            "venue",
            json!({
                "venue": { "location": place(), "title": "Офис", "address": "Москва" },
                "location": place(),
            }),
        ),
        ("dice", json!({ "dice": { "emoji": "🎲", "value": 6 } })),
        ("poll", json!({ "poll": poll() })),
        ("game", json!({ "game": { "title": "Игра", "description": "Игра", "photo": [] } })),
        (
            "pinned",
            json!({ "pinned_message": {
            "message_id": 6, "date": 1, "chat": { "id": 77, "type": "private", "first_name": "Некто" },
            "from": somebody(), "text": "/start",
        } }),
        ),
        ("new members", json!({ "new_chat_members": [somebody()] })),
        ("member left", json!({ "left_chat_member": somebody() })),
        ("new title", json!({ "new_chat_title": "Новое" })),
        ("photo deleted", json!({ "delete_chat_photo": true })),
        ("group created", json!({ "group_chat_created": true })),
        ("web app data", json!({ "web_app_data": { "data": "/invite", "button_text": "x" } })),
        (
            "users shared",
            json!({ "users_shared": {
            "request_id": 1, "users": [{ "user_id": 77 }],
        } }),
        ),
        ("nothing at all", json!({})),
    ]
}

fn poll() -> Value {
    json!({
        "id": "1", "question": "?", "options": [{ "text": "да", "voter_count": 0 }],
        "total_voter_count": 0, "is_closed": false, "is_anonymous": true, "type": "regular",
        "allows_multiple_answers": false,
    })
}

/// Every kind of update but messages and presses, about this person and this chat: the bot does
/// not ask for them, and gets them all the same.
pub fn others(of: &Person, chat: &Chat) -> Vec<(&'static str, Value)> {
    let (from, place) = (user(of), chat.json(of));
    let said = message(of, chat, &text("/invite iam@mail.ru"));
    let member = |status| json!({ "user": from, "status": status });
    let change = json!({
        "chat": place, "from": from, "date": 1,
        "old_chat_member": member("left"), "new_chat_member": member("member"),
    });
    let boost = json!({ "source": "premium", "user": from });
    vec![
        // Telegram tells so of much that is no edit.
        ("edited_message", said.clone()),
        ("channel_post", said.clone()),
        ("edited_channel_post", said.clone()),
        (
            "business_connection",
            json!({
                "id": "b", "user": from, "user_chat_id": of.id, "date": 1,
                "can_reply": true, "is_enabled": true,
            }),
        ),
        ("business_message", said.clone()),
        ("edited_business_message", said),
        (
            "deleted_business_messages",
            // Telegram sends plain numbers, which teloxide does not read.
            json!({
                "business_connection_id": "b", "chat": place, "message_ids": [{ "message_id": 1 }],
            }),
        ),
        (
            "message_reaction",
            json!({
                "chat": place, "message_id": 1, "user": from, "date": 1,
                "old_reaction": [], "new_reaction": [{ "type": "emoji", "emoji": "👍" }],
            }),
        ),
        (
            "message_reaction_count",
            json!({ "chat": place, "message_id": 1, "date": 1, "reactions": [] }),
        ),
        ("inline_query", json!({ "id": "1", "from": from, "query": "iam@mail.ru", "offset": "" })),
        ("chosen_inline_result", json!({ "result_id": "1", "from": from, "query": "x" })),
        (
            "shipping_query",
            json!({
                "id": "1", "from": from, "invoice_payload": "x",
                "shipping_address": {
                    "country_code": "RU", "state": "", "city": "", "street_line1": "",
                    "street_line2": "", "post_code": "",
                },
            }),
        ),
        (
            "pre_checkout_query",
            json!({
                "id": "1", "from": from, "currency": "RUB", "total_amount": 1,
                "invoice_payload": "x",
            }),
        ),
        ("purchased_paid_media", json!({ "from": from, "paid_media_payload": "x" })),
        ("poll", poll()),
        ("poll_answer", json!({ "poll_id": "1", "user": from, "option_ids": [0] })),
        ("my_chat_member", change.clone()),
        ("chat_member", change),
        (
            "chat_join_request",
            json!({ "chat": place, "from": from, "user_chat_id": of.id, "date": 1 }),
        ),
        (
            "chat_boost",
            json!({ "chat": place, "boost": {
                "boost_id": "1", "add_date": 1, "expiration_date": 2, "source": boost,
            } }),
        ),
        (
            "removed_chat_boost",
            json!({ "chat": place, "boost_id": "1", "remove_date": 1, "source": boost }),
        ),
    ]
}

/// The place of a kind among all; a kind that is new in teloxide does not compile here.
fn place_of(kind: &UpdateKind) -> Option<usize> {
    Some(match kind {
        UpdateKind::Message(_) => 0,
        UpdateKind::CallbackQuery(_) => 1,
        UpdateKind::EditedMessage(_) => 2,
        UpdateKind::ChannelPost(_) => 3,
        UpdateKind::EditedChannelPost(_) => 4,
        UpdateKind::BusinessConnection(_) => 5,
        UpdateKind::BusinessMessage(_) => 6,
        UpdateKind::EditedBusinessMessage(_) => 7,
        UpdateKind::DeletedBusinessMessages(_) => 8,
        UpdateKind::MessageReaction(_) => 9,
        UpdateKind::MessageReactionCount(_) => 10,
        UpdateKind::InlineQuery(_) => 11,
        UpdateKind::ChosenInlineResult(_) => 12,
        UpdateKind::ShippingQuery(_) => 13,
        UpdateKind::PreCheckoutQuery(_) => 14,
        UpdateKind::PurchasedPaidMedia(_) => 15,
        UpdateKind::Poll(_) => 16,
        UpdateKind::PollAnswer(_) => 17,
        UpdateKind::MyChatMember(_) => 18,
        UpdateKind::ChatMember(_) => 19,
        UpdateKind::ChatJoinRequest(_) => 20,
        UpdateKind::ChatBoost(_) => 21,
        UpdateKind::RemovedChatBoost(_) => 22,
        UpdateKind::Error(_) => return None,
    })
}

/// What teloxide cannot read, or reads as something else, proves nothing.
#[test]
fn every_kind_of_update_is_among_them() {
    let person = Person::new(77, "Некто");
    let place = Place { id: -77, kind: PlaceKind::Supergroup, title: "Продажи".to_owned() };
    for chat in [Chat::Private, Chat::Place(place)] {
        let others = others(&person, &chat).into_iter();
        let messages = contents().into_iter();
        let messages = messages.map(|(_, content)| ("message", message(&person, &chat, &content)));
        let (mut seen, mut unread) = (BTreeSet::from([1]), Vec::new());
        for (kind, body) in others.chain(messages) {
            let json = format!(r#"{{"update_id":1,"{kind}":{body}}}"#);
            let update: Update = serde_json::from_str(&json).unwrap();
            match place_of(&update.kind) {
                Some(place) => drop(seen.insert(place)),
                None => unread.push(json),
            }
        }
        assert!(unread.is_empty(), "{unread:#?}");
        assert_eq!(seen, (0..23).collect());
    }
}
