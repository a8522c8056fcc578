//! A client's card in a message: what is pasted, pressed and sent; links; and how many messages and
//! presses each common path takes, as the guide states.

use invite_bot::demo::world::Plan;
use invite_bot::domain::OfficeCode;
use invite_bot::domain::Provider::{self, Invoicebox, Sbis};
use serde_json::Value;

use crate::support::people::{Client, Someone};
use crate::support::world::{BotSettings, World};

const CARD: &str = "Добрый день! Реквизиты:\nМБДОУ «Чайка»\nИНН/КПП 1215107651/121501001\n\
                    р/с 40703810537120000123, БИК 048860630\nтел. 8 (8362) 45-67-89\niam@mail.ru";

fn with_office(providers: &[Provider]) -> BotSettings {
    let usual = BotSettings::default();
    let office = Some(OfficeCode::parse("7705").unwrap());
    BotSettings { plan: Plan { providers: providers.to_vec(), office, ..usual.plan }, ..usual }
}

fn requisites(world: &World) -> Value {
    world.sbis().received().last().unwrap().body["params"]["Реквизиты"]["d"].clone()
}

/// What the person typed and pressed so far.
pub fn spent(anna: &Someone) -> (usize, usize) {
    let typed = anna.chat().iter().filter(|it| !it.is_from_bot()).count();
    (typed, anna.presses.lock().unwrap().len())
}

#[tokio::test]
async fn anna_pastes_a_card_and_presses_twice_and_one_letter_leaves() {
    let world = World::with(with_office(&[Invoicebox, Sbis])).await;
    let anna = world.anna();
    let asked = anna.asks(CARD, "Куда приглашаем").await;
    assert!(asked.text.contains("МБДОУ «Чайка» · ИНН 1215107651"), "{}", asked.text);
    anna.presses("СБИС").await;
    anna.sees("Проверьте перед отправкой").await;
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    world.exactly(1, Sbis);
    let sent = requisites(&world);
    for (name, value) in [
        ("ИННПолуч", "1215107651"),
        ("КПППолуч", "121501001"),
        ("НазвПолуч", "МБДОУ «Чайка»"),
        ("MailПолуч", "iam@mail.ru"),
        ("КодПартнера", "7705"),
    ] {
        assert_eq!(sent[name], value);
    }
    assert_eq!(spent(&anna), (1, 2));
}

/// The paths of the guide: what is said and pressed, `[…]`, and what is seen then.
#[tokio::test]
async fn the_common_paths_take_what_the_guide_says() {
    type Path<'a> = (&'a str, BotSettings, &'a [(&'a str, &'a str)]);
    let both = || with_office(&[Invoicebox, Sbis]);
    let summary = "Проверьте перед отправкой";
    let paths: [Path<'_>; 8] = [
        (
            "Invoicebox: e-mail",
            both(),
            &[("iam@mail.ru", "что делаем"), ("[Пригласить в Invoicebox]", summary)],
        ),
        (
            "Invoicebox: карточка клиента",
            both(),
            &[(CARD, "Куда приглашаем"), ("[Invoicebox]", summary)],
        ),
        ("СБИС: карточка клиента", both(), &[(CARD, "Куда приглашаем"), ("[СБИС]", summary)]),
        (
            "СБИС: карточка клиента, код офиса выбирается",
            BotSettings::default(),
            &[(CARD, "Куда приглашаем"), ("[СБИС]", "Код офиса"), ("[Без кода]", summary)],
        ),
        ("СБИС: карточка клиента, включён только СБИС", with_office(&[Sbis]), &[(CARD, summary)]),
        (
            "СБИС: ИНН, остальное по вопросам",
            both(),
            &[
                ("1215107651", "что делаем"),
                ("[Пригласить в СБИС]", "Пришлите КПП"),
                ("121501001", "Пришлите название"),
                ("Детский сад Чайка", "На какой e-mail"),
                ("iam@mail.ru", summary),
            ],
        ),
        (
            "СБИС: ссылка из CRM, название и e-mail",
            both(),
            &[
                ("/start n_1215107651_121501001", "Куда приглашаем"),
                ("[СБИС]", "Пришлите название"),
                ("МБДОУ «Чайка», iam@mail.ru", summary),
            ],
        ),
        (
            "Invoicebox: по вопросам",
            both(),
            &[
                ("/invite", "Куда приглашаем"),
                ("[Invoicebox]", "На какой e-mail"),
                ("iam@mail.ru", summary),
            ],
        ),
    ];
    let guide = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guide.md"));
    for (path, setup, steps) in paths {
        let world = World::with(setup).await;
        let anna = world.anna();
        for (deed, seen) in steps {
            match deed.strip_prefix('[').and_then(|deed| deed.strip_suffix(']')) {
                Some(label) => drop(anna.presses(label).await),
                None => drop(anna.says(deed)),
            }
            anna.sees(seen).await;
        }
        let number = anna.confirms().await;
        anna.sees_of(number, "принято").await;
        assert_eq!(world.calls(Invoicebox) + world.calls(Sbis), 1, "{path}");
        let (messages, presses) = spent(&anna);
        let row = format!("| {path} | {messages} | {presses} |");
        assert!(guide.contains(&row), "the guide does not say: {row}");
    }
}

#[tokio::test]
async fn a_forwarded_card_with_two_companies_is_asked_about() {
    let world = World::with(with_office(&[Sbis])).await;
    let anna = world.anna();
    anna.forwards(
        None,
        "Покупатель: ООО «Ромашка» ИНН 7898141776 КПП 789801001\n\
         Плательщик: ООО «Лютик» ИНН 2298152449 КПП 229801001\nbuh@lutik.example",
    );
    anna.sees("Кого приглашаем").await;
    anna.presses("2 · ООО «Лютик»").await;
    anna.sees("Это e-mail клиента").await;
    // What is open is asked after a restart as before.
    let mut world = world;
    world.restarts().await;
    anna.presses("Да").await;
    anna.sees("Проверьте перед отправкой").await;
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    assert_eq!(requisites(&world)["ИННПолуч"], "2298152449");
}

#[tokio::test]
async fn a_card_of_another_client_leaves_the_draft_alone_until_anna_says() {
    let world = World::with(with_office(&[Sbis])).await;
    let anna = world.anna();
    anna.asks("ИНН 1215107651 КПП 121501001", "Пришлите название").await;
    let card = "ООО «Лютик», ИНН 2298152449, КПП 229801001, buh@lutik.example";
    anna.asks(card, "А это другое приглашение").await;
    anna.presses("Продолжить черновик").await;
    let asked = anna.sees("Пришлите название").await;
    assert!(asked.text.contains("ИНН 1215107651"), "{}", asked.text);
    let old = anna.asks(card, "А это другое приглашение").await;
    anna.presses("Перейти к другому").await;
    let summary = anna.sees("Проверьте перед отправкой").await;
    assert!(summary.text.contains("2298152449"), "{}", summary.text);
    // The same press once more, from an old card, does nothing.
    anna.forges(old.id, "d:1:1:pasted").await;
    assert!(anna.again(&summary).text.contains("2298152449"));
    world.exactly(0, Sbis);
}

#[tokio::test]
async fn slips_are_pointed_out_before_anything_is_sent() {
    let world = World::with(BotSettings::only(Invoicebox)).await;
    let anna = world.anna();
    anna.asks("/invite", "На какой e-mail").await;
    for (typed, asked) in [
        ("iam@gmial.com", "Исправить на iam@gmail.com?"),
        ("info@romаshka.ru", "Исправить на info@romashka.ru?"),
        ("i am@mail.ru", "Исправить на iam@mail.ru?"),
        ("iam@mail", "Исправить на iam@mail.ru?"),
        ("a@mail.ru, b@mail.ru", "несколько адресов"),
    ] {
        anna.asks(typed, asked).await;
    }
    anna.presses("2 · b@mail.ru").await;
    let summary = anna.sees("Проверьте перед отправкой").await;
    assert!(summary.text.contains("E-mail: b@mail.ru"), "{}", summary.text);
}

#[tokio::test]
async fn a_link_opens_a_card_to_its_author_and_to_nobody_else() {
    let world = World::new().await;
    let number = world.anna().invites(&Client::of_invoicebox("iam@mail.ru")).await;
    world.anna().sees_of(number, "принято").await;
    let link = format!("/start i_{number}");
    world.anna().asks(&link, &format!("№{number} · Invoicebox")).await;
    world.oleg().asks(&link, &format!("№{number} · Invoicebox")).await;
    let boris = world.boris();
    let told = boris.asks(&link, "Такого приглашения нет").await;
    let none = boris.asks("/start i_999", "Такого приглашения нет").await;
    assert_eq!(told.text, none.text);
    let stranger = world.stranger();
    stranger.asks(&link, "Это рабочий бот").await;
    let before = world.everything().await;
    stranger.says("/start n_1215107651_121501001");
    world.telegram.is_caught_up().await.unwrap();
    world.unchanged(&before).await;
}

#[tokio::test]
async fn the_history_of_a_value_takes_the_place_of_the_offer_and_makes_it_too() {
    let world = World::with(with_office(&[Invoicebox, Sbis])).await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    anna.sees_of(number, "принято").await;
    let offer = anna.asks("iam@mail.ru", "что делаем").await;
    anna.presses_on(&offer, "История").await;
    let card = anna.sees(&format!("№{number} · Invoicebox")).await;
    assert_eq!(card.id, offer.id, "one screen");
    anna.presses_on(&card, "Пригласить в СБИС").await;
    let asked = anna.sees("Пришлите ИНН").await;
    assert_eq!(asked.id, offer.id, "one screen still");
    anna.presses("Отмена").await;
    anna.sees("Отменено").await;

    // Nothing was found, and the offer stands; what is looked for otherwise has none.
    let offer = anna.asks("1215107651", "что делаем").await;
    anna.presses_on(&offer, "История").await;
    let nothing = anna.sees("Приглашений пока не было").await;
    assert_eq!(nothing.id, offer.id, "one screen");
    let other = anna.asks(&format!("/status {number}"), "№1 · ").await;
    assert!(other.button("Пригласить").is_none(), "{}", other.transcript());
    anna.presses_on(&nothing, "Пригласить в СБИС").await;
    anna.sees("Пришлите КПП").await;
}
