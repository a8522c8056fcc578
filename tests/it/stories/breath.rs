//! Messages that are forwarded together, and words that stand beside something else.

use invite_bot::domain::Provider::{Invoicebox, Sbis};
use serde_json::json;

use crate::support::world::World;

#[tokio::test]
async fn what_is_forwarded_together_adds_up() {
    for [first, second] in [
        ["ИНН 1215107651", "iam@mail.ru"],
        ["iam@mail.ru", "МБДОУ «Чайка», ИНН 1215107651, КПП 121501001"],
        ["МБДОУ «Чайка», ИНН 1215107651", "Почта: iam@mail.ru"],
    ] {
        let world = World::new().await;
        let anna = world.anna();
        world.telegram.takes_time(0);
        anna.forwards(None, first);
        anna.forwards(None, second);
        let both = anna.sees("· iam@mail.ru").await;
        anna.presses_on(&both, "СБИС").await;
        let asked = anna.sees("СБИС · ").await;
        for value in ["1215107651", "iam@mail.ru"] {
            assert!(asked.text.contains(value), "{first}, {second}: {}", asked.text);
        }
        world.exactly(0, Sbis);
    }
}

#[tokio::test]
async fn what_follows_at_once_replaces_nothing() {
    let world = World::new().await;
    let anna = world.anna();
    world.telegram.takes_time(0);
    anna.forwards(None, "МБДОУ «Чайка», ИНН/КПП 1215107651/121501001, sad@chaika.ru");
    anna.forwards(None, "А это мой адрес: olga@mail.ru");
    let asked = anna.sees("На какой e-mail отправить").await;
    for address in ["sad@chaika.ru", "olga@mail.ru"] {
        assert!(asked.text.contains(address), "{}", asked.text);
    }
    world.telegram.takes_time(10);
    anna.presses("olga@mail.ru").await;
    anna.sees("Куда приглашаем").await;
    anna.presses("Invoicebox").await;
    anna.sees("olga@mail.ru").await;
    let told = anna.asks("iam@mail.ru", "Теперь: iam@mail.ru").await;
    assert!(
        told.text.contains("Проверьте перед отправкой"),
        "what comes later corrects: {}",
        told.text
    );
}

#[tokio::test]
async fn a_second_address_at_once_is_asked_about_and_a_later_one_is_another_question() {
    let world = World::new().await;
    let anna = world.anna();
    world.telegram.takes_time(0);
    anna.forwards(None, "sad@chaika.ru");
    anna.forwards(None, "olga@mail.ru");
    let asked = anna.sees("На какой e-mail отправить").await;
    assert!(asked.text.contains("sad@chaika.ru"), "{}", asked.text);
}

#[tokio::test]
async fn words_are_read_whatever_stands_beside_them() {
    let card = "МБДОУ «Чайка», ИНН/КПП 1215107651/121501001, iam@mail.ru";
    let entity = json!([{ "type": "date_time", "offset": 0, "length": 1, "unix_time": 1 }]);
    let elsewhere = json!({ "origin": { "type": "hidden_user", "date": 1, "sender_user_name": "А" },
                            "rich_message": { "blocks": [] } });
    for content in [
        json!({ "text": card, "entities": entity }),
        json!({ "text": card, "external_reply": elsewhere }),
        json!({ "photo": [], "caption": card }),
        json!({ "document": { "teleported": true }, "caption": card }),
        json!({ "rich_message": { "blocks": [{ "type": "paragraph", "text": ["МБДОУ ", card] }] } }),
    ] {
        let world = World::new().await;
        let anna = world.anna();
        anna.sends(content.clone());
        let asked = anna.sees("Куда приглашаем").await;
        assert!(asked.text.contains("iam@mail.ru"), "{content}: {}", asked.text);
    }
}

#[tokio::test]
async fn a_caption_mends_the_summary_and_an_album_is_answered_once() {
    let world = World::new().await;
    let anna = world.anna();
    anna.asks("/invite", "Куда приглашаем").await;
    anna.presses("Invoicebox").await;
    anna.asks("ian@mail.ru", "Проверьте перед отправкой").await;
    anna.sends(json!({ "photo": [], "caption": "нет, iam@mail.ru" }));
    anna.sees("Теперь: iam@mail.ru").await;
    for _ in 0..3 {
        anna.sends(json!({ "photo": [], "media_group_id": "13900000000000001" }));
    }
    anna.sees("картинки, файлы и голосовые не открываю").await;
    world.telegram.is_caught_up().await.unwrap();
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    assert_eq!(anna.ever_heard("голосовые не открываю"), 1);
    assert_eq!(world.exactly(1, Invoicebox)[0].email.as_deref(), Some("iam@mail.ru"));
}

#[tokio::test]
async fn another_client_comes_in_pieces_while_a_draft_is_open() {
    let world = World::new().await;
    let anna = world.anna();
    anna.asks("МБДОУ «Чайка», ИНН/КПП 1215107651/121501001, sad@chaika.ru", "Куда приглашаем")
        .await;
    world.telegram.takes_time(0);
    anna.forwards(None, "ООО «Лютик» ИНН 2298152449");
    anna.forwards(None, "info@lutik.ru");
    let asked = anna.sees("info@lutik.ru").await;
    assert!(asked.text.contains("2298152449") || asked.text.contains("Лютик"), "{}", asked.text);
}

#[tokio::test]
async fn a_card_under_an_album_is_all_that_is_answered() {
    let world = World::new().await;
    let anna = world.anna();
    let album = "13900000000000002";
    let card = "МБДОУ «Чайка», ИНН/КПП 1215107651/121501001, iam@mail.ru";
    anna.sends(json!({ "photo": [], "media_group_id": album, "caption": card }));
    let asked = anna.sees("Куда приглашаем").await;
    anna.sends(json!({ "photo": [], "media_group_id": album }));
    world.telegram.is_caught_up().await.unwrap();
    anna.presses_on(&asked, "Invoicebox").await;
    anna.sees("Проверьте перед отправкой").await;
    assert_eq!(anna.ever_heard("не открываю"), 0);
}
