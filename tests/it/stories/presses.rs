//! Buttons come back late, twice, from strangers and with invented data. One confirmation is one
//! letter, and what is not on the present screen has no effect.

use invite_bot::domain::Provider::{Invoicebox, Sbis};

use crate::support::people::{Client, data};
use crate::support::world::{BotSettings, World};

#[tokio::test]
async fn a_double_press_sends_one_letter() {
    let world = World::new().await;
    let anna = world.anna();
    anna.fills_in(&Client::of_sbis("iam@mail.ru")).await;
    let first = anna.taps("Отправить").await;
    let second = anna.taps_again(&first);
    assert_eq!(first.answer().await.unwrap().text, "№1: отправляю");
    assert_eq!(second.answer().await.unwrap().text, "№1 уже в работе, второй раз не отправляю.");
    anna.sees_of(1, "принято").await;
    world.exactly(1, Sbis);
    assert_eq!(anna.heard("№").len(), 1);
}

#[tokio::test]
async fn twenty_presses_send_one_letter() {
    let world = World::new().await;
    let anna = world.anna();
    anna.fills_in(&Client::of_invoicebox("iam@mail.ru")).await;
    let first = anna.taps("Отправить").await;
    let presses: Vec<_> = (1..20).map(|_| anna.taps_again(&first)).collect();
    for press in presses {
        assert!(press.answer().await.unwrap().text.contains("уже в работе"));
    }
    anna.sees_of(1, "принято").await;
    world.exactly(1, Invoicebox);
    assert_eq!(world.rows("SELECT state FROM invitations").await, ["accepted"]);
}

#[tokio::test]
async fn a_press_that_telegram_hands_out_twice_sends_one_letter() {
    let world = World::new().await;
    let anna = world.anna();
    anna.fills_in(&Client::of_invoicebox("iam@mail.ru")).await;
    anna.taps("Отправить").await;
    world.telegram.repeat_last_update();
    anna.sees_of(1, "принято").await;
    anna.asks("/status", "Мои приглашения").await;
    world.exactly(1, Invoicebox);
}

#[tokio::test]
async fn an_answer_that_telegram_hands_out_twice_loses_nothing() {
    let world = World::new().await;
    let anna = world.anna();
    anna.fills_in(&Client::of_invoicebox("iam@mail.ru")).await;
    world.telegram.repeat_last_update();
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    world.exactly(1, Invoicebox);
}

#[tokio::test]
async fn the_button_of_an_old_summary_sends_nothing_and_brings_a_fresh_card() {
    let world = World::new().await;
    let anna = world.anna();
    let summary = anna.fills_in(&Client::of_invoicebox("wrong@mail.ru")).await;
    let send = data(&summary, "Отправить");
    anna.presses("E-mail").await;
    anna.sees("На какой e-mail").await;
    anna.asks("iam@mail.ru", "Проверьте перед отправкой").await;

    let toast = anna.forges(summary.id, &send).await;
    assert_eq!(toast, "Карточка устарела, вот свежая.");
    let fresh = anna.sees("Проверьте перед отправкой").await;
    assert!(fresh.text.contains("iam@mail.ru") && !fresh.text.contains("wrong"), "{}", fresh.text);
    world.exactly(0, Invoicebox);
    assert_eq!(world.rows("SELECT state FROM invitations").await.len(), 0);

    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    assert_eq!(world.exactly(1, Invoicebox)[0].email.as_deref(), Some("iam@mail.ru"));
}

#[tokio::test]
async fn the_button_of_a_cancelled_draft_sends_nothing() {
    let world = World::new().await;
    let anna = world.anna();
    let summary = anna.fills_in(&Client::of_invoicebox("iam@mail.ru")).await;
    anna.presses("Отмена").await;
    let toast = anna.forges(summary.id, &data(&summary, "Отправить")).await;
    assert_eq!(toast, "Карточка устарела. Ничего не сделано.");

    // Nor while another draft is open.
    anna.fills_in(&Client::of_invoicebox("other@example.com")).await;
    let toast = anna.forges(summary.id, &data(&summary, "Отправить")).await;
    assert_eq!(toast, "Карточка устарела, вот свежая.");
    world.exactly(0, Invoicebox);
}

#[tokio::test]
async fn a_confirmation_older_than_a_quarter_of_an_hour_asks_again() {
    let world = World::new().await;
    let anna = world.anna();
    anna.fills_in(&Client::of_invoicebox("iam@mail.ru")).await;
    world.drafts_age(16).await;
    let toast = anna.presses("Отправить").await;
    assert!(toast.contains("Прошло больше 15 минут"), "{toast}");
    anna.sees("Проверьте перед отправкой").await;
    world.exactly(0, Invoicebox);

    world.drafts_age(14).await;
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    world.exactly(1, Invoicebox);
}

#[tokio::test]
async fn a_draft_of_last_week_is_gone_and_says_so() {
    let world = World::new().await;
    let anna = world.anna();
    anna.fills_in(&Client::of_invoicebox("iam@mail.ru")).await;
    world.drafts_age(8 * 24 * 60).await;
    let toast = anna.presses("Отправить").await;
    assert!(toast.contains("устарел"), "{toast}");
    world.exactly(0, Invoicebox);
    assert_eq!(world.rows("SELECT body FROM drafts").await.len(), 0);
}

#[tokio::test]
async fn buttons_of_anna_do_nothing_in_the_hands_of_others() {
    let world = World::with(BotSettings::impatient()).await;
    let anna = world.anna();
    let others = [world.boris(), world.oleg(), world.stranger()];
    for other in &others {
        other.asks("/start", "").await;
    }
    let unknown = anna.invites(&Client::of_invoicebox("slow@demo.test")).await;
    let card = anna.sees_of(unknown, "неизвестно").await;
    let summary = anna.fills_in(&Client::of_invoicebox("iam@mail.ru")).await;
    let of_draft = summary.buttons.iter().flatten().map(|it| data(&summary, &it.label));
    let of_card: Vec<_> = card.buttons.iter().flatten().map(|it| data(&card, &it.label)).collect();
    let before = world.everything().await;

    for pressed in of_draft {
        for other in &others {
            // On Анна's own message, and on one of their own.
            let own = other.chat().last().unwrap().id;
            for message in [summary.id, own] {
                let toast = other.forges(message, &pressed).await;
                assert!(!toast.is_empty(), "{pressed}");
            }
        }
    }
    for pressed in of_card.iter().filter(|it| it.starts_with("c:")) {
        let [boris, oleg, stranger] = &others;
        let own = boris.chat().last().unwrap().id;
        assert_eq!(boris.forges(own, pressed).await, "Такого приглашения нет.");
        let own = stranger.chat().last().unwrap().id;
        assert_eq!(stranger.forges(own, pressed).await, "Доступ выдаёт администратор.");
        for other in [boris, oleg, stranger] {
            let toast = other.forges(card.id, pressed).await;
            assert_eq!(toast, "Работаю только в личных сообщениях.", "not their chat");
        }
    }
    world.unchanged(&before).await;
    world.exactly(1, Invoicebox);
    assert_eq!(anna.again(&summary), summary);
    for other in others {
        assert_eq!(other.heard("@").len(), 0, "no address: {}", other.transcript());
    }
}

#[tokio::test]
async fn invented_data_are_answered_and_do_nothing() {
    let world = World::new().await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    let card = anna.sees_of(number, "принято").await;
    let before = world.everything().await;
    let long = "d".repeat(64);
    for strange in [
        "",
        " ",
        "x",
        "d",
        "d:::",
        "d:1:1:launch",
        "d:0:0:send",
        "d:-1:-1:send",
        "d:1:9223372036854775807:send",
        "d:99999999999999999999:1:send",
        "c:1",
        "c:1:1:boom",
        "c:0:0:open",
        "c:-1:1:resend:",
        "c:9223372036854775807:1:cancel",
        "l:0:secret",
        "l:-1:all",
        "l:4294967295:all",
        "l:0:email:0",
        "l:0:inn:-5",
        "f:bogus",
        "r:bank",
        // What only admins have.
        "a:all",
        "s:p:0",
        "s:a:100000001",
        "s:r:100000001",
        "s:r:100000002",
        "r:1:",
        "r:2:1",
        "✅",
        long.as_str(),
    ] {
        anna.forges(card.id, strange).await;
        world.unchanged(&before).await;
    }
    world.exactly(1, Invoicebox);
    assert_eq!(anna.heard("Сотрудники").len(), 0);
}

#[tokio::test]
async fn staff_see_nothing_of_others_by_an_invented_filter() {
    let world = World::new().await;
    let (anna, boris) = (world.anna(), world.boris());
    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    anna.sees_of(number, "принято").await;
    let home = boris.asks("/start", "Здравствуйте").await;
    for pressed in [
        "l:0:all:100000002",
        "l:0:accepted:100000002",
        "l:0:email:1",
        "f:all:100000002",
        "c:1:3:copy",
    ] {
        boris.forges(home.id, pressed).await;
        boris.asks("/start", "Здравствуйте").await;
        assert_eq!(boris.ever_heard("iam@mail.ru"), 0, "{pressed}: {}", boris.transcript());
    }
}

#[tokio::test]
async fn an_act_that_the_state_does_not_allow_has_no_effect() {
    let world = World::with(BotSettings::impatient()).await;
    let anna = world.anna();
    world.oleg().asks("/start", "Здравствуйте").await;
    let invited = async |email: &str, word: &str| {
        let number = anna.invites(&Client::of_invoicebox(email)).await;
        (number, anna.sees_of(number, word).await)
    };
    let accepted = invited("iam@mail.ru", "принято").await;
    let refused = invited("refused@demo.test", "отказ").await;
    let unknown = invited("slow@demo.test", "неизвестно").await;
    let queued = invited("key@demo.test", "Админ знает").await;
    let before = world.everything().await;
    for ((number, card), acts) in [
        (&accepted, &["ask", "resend:", "arrived", "missing", "cancel", "release"][..]),
        (&refused, &["ask", "resend:", "arrived", "missing", "cancel", "release"]),
        (&unknown, &["cancel", "release"]),
        (&queued, &["ask", "resend:", "arrived", "missing", "release"]),
    ] {
        for act in acts {
            let toast = anna.forges(card.id, &world.card_data(*number, act).await).await;
            let expected = match *act {
                "cancel" => "останавливать нечего",
                _ => "Карточка устарела. Ничего не сделано.",
            };
            assert!(toast.contains(expected), "№{number} {act}: {toast}");
        }
    }
    world.unchanged(&before).await;
    world.exactly(4, Invoicebox);
}

#[tokio::test]
async fn a_button_that_was_overtaken_has_no_effect() {
    let world = World::with(BotSettings::impatient()).await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_invoicebox("slow@demo.test")).await;
    let unknown = anna.sees_of(number, "неизвестно").await;
    anna.presses("Письма нет").await;
    for label in ["Письмо дошло", "Письма нет"] {
        anna.forges(unknown.id, &data(&unknown, label)).await;
    }
    // The consent to a repeat was drawn for another moment, too.
    let before = data(&unknown, "Отправить ещё раз").replace("ask", "resend:");
    anna.forges(unknown.id, &before).await;
    assert_eq!(world.state(number).await, "confirmed_not_sent");
    world.exactly(1, Invoicebox);
}

#[tokio::test]
async fn a_press_on_a_message_too_old_to_be_seen_is_shown_below() {
    let world = World::new().await;
    let anna = world.anna();
    anna.asks("/start", "Здравствуйте").await;
    anna.forges(1, "n").await;
    anna.sees("Куда приглашаем").await;
    let refusals = world.takes_refusals();
    assert_eq!(refusals, ["EditMessageText: 400 Bad Request: message to edit not found"]);
}

#[tokio::test]
async fn a_press_that_can_no_longer_be_answered_counts_all_the_same() {
    let world = World::asleep(BotSettings::default()).await;
    let mut world = world;
    world.starts().await;
    let anna = world.anna();
    anna.fills_in(&Client::of_invoicebox("iam@mail.ru")).await;
    world.stops().await;
    let press = world.telegram.presses(&anna.person, "Отправить").await.unwrap();
    world.telegram.presses_expire();
    world.starts().await;
    anna.sees_of(1, "принято").await;
    world.exactly(1, Invoicebox);
    assert_eq!(press.answered(), None);
    let refusals = world.takes_refusals();
    assert!(refusals.iter().all(|it| it.starts_with("AnswerCallbackQuery: 400")), "{refusals:?}");
}
