//! The rules of the office: who was invited before, who must not be written to, how much one
//! person may send.

use invite_bot::domain::{Limits, OfficeRules, Provider, RepeatPolicy};

use crate::support::people::{Client, Someone};
use crate::support::world::{BotSettings, World};

/// Fills in an address for Invoicebox; the screen that follows.
async fn types(who: &Someone, email: &str, part: &str) {
    who.asks("/invite", "Куда приглашаем").await;
    who.presses("Invoicebox").await;
    who.sees("На какой e-mail").await;
    who.asks(email, part).await;
}

async fn sent(world: &World, who: &Someone, email: &str) -> i64 {
    let number = who.invites(&Client::of_invoicebox(email)).await;
    who.sees_of(number, "принято").await;
    world.settles().await;
    number
}

fn with(limits: Limits) -> BotSettings {
    BotSettings::under(OfficeRules { limits, ..OfficeRules::default() })
}

#[tokio::test]
async fn a_colleague_is_told_who_invited_the_company_and_may_go_on() {
    let world = World::new().await;
    let (anna, boris) = (world.anna(), world.boris());
    let number = anna.invites(&Client::of_sbis("ivan@romashka.ru")).await;
    anna.sees_of(number, "принято").await;

    // By the address, through the other provider.
    types(&boris, "Ivan@Romashka.ru", "Этот адрес уже приглашали").await;
    let told = boris.sees("Анна").await;
    assert!(told.text.contains("i***@romashka.ru"), "{}", told.text);
    assert!(told.text.contains("принято") && !told.text.contains('№'), "{}", told.text);
    assert!(told.button("Открыть").is_none(), "it is not his");
    assert!(told.button("Отправить").is_none());
    assert!(told.button("Написать: Анна").is_some(), "{}", told.transcript());
    boris.presses_on(&told, "Всё равно").await;
    boris.sees("Проверьте перед отправкой").await;
    let number = boris.confirms().await;
    boris.sees_of(number, "принято").await;
    world.exactly(1, Provider::Invoicebox);

    // One's own is opened, with its address as it is.
    types(&boris, "ivan@romashka.ru", "Этот адрес уже приглашали").await;
    let told = boris.sees("№2 · Invoicebox").await;
    assert!(told.text.contains("вы · Ivan@romashka.ru"), "{}", told.text);
    boris.presses_on(&told, "Открыть №2").await;
    boris.sees("№2 · Invoicebox · принято").await;
}

#[tokio::test]
async fn a_card_for_invoicebox_tells_of_the_company_whatever_the_address() {
    let world = World::new().await;
    let (anna, boris) = (world.anna(), world.boris());
    let number = anna.invites(&Client::of_sbis("ivan@romashka.ru")).await;
    anna.sees_of(number, "принято").await;
    let card = "ООО «Чайка» ИНН 1215107651 КПП 121501001 other@example.com";
    boris.asks(card, "Куда приглашаем").await;
    boris.presses("Invoicebox").await;
    let told = boris.sees("Эту компанию уже приглашали").await;
    assert!(told.text.contains("i***@romashka.ru"), "{}", told.text);
    assert!(told.button("Отправить").is_none());
    boris.presses_on(&told, "Всё равно").await;
    boris.sees("Проверьте перед отправкой").await;

    // And the other way: the address got a letter of Invoicebox, and СБИС is to invite it.
    let number = boris.confirms().await;
    boris.sees_of(number, "принято").await;
    let card = "ООО «Лютик» ИНН 2298152449 КПП 229801001 other@example.com";
    anna.asks(card, "Куда приглашаем").await;
    anna.presses("СБИС").await;
    anna.presses("Без кода").await;
    anna.sees("Этот адрес уже приглашали").await;
    world.exactly(1, Provider::Invoicebox);
}

#[tokio::test]
async fn a_button_to_a_persons_chat_that_telegram_refuses_is_left_out() {
    let world = World::new().await;
    let (anna, boris) = (world.anna(), world.boris());
    sent(&world, &anna, "ivan@romashka.ru").await;
    world.telegram.hides_from_links(&anna.person);
    types(&boris, "ivan@romashka.ru", "Этот адрес уже приглашали").await;
    let told = boris.sees_button("Всё равно").await;
    assert!(told.button("Написать").is_none(), "{}", told.transcript());
    assert!(!world.takes_refusals().is_empty());
}

#[tokio::test]
async fn a_restart_keeps_the_screen_and_an_edit_asks_anew() {
    let mut world = World::new().await;
    let (anna, boris) = (world.anna(), world.boris());
    sent(&world, &anna, "ivan@romashka.ru").await;
    sent(&world, &anna, "petr@romashka.ru").await;
    types(&boris, "ivan@romashka.ru", "уже приглашали").await;
    world.restarts().await;
    boris.asks("/invite", "незаконченный черновик").await;
    boris.presses("Продолжить").await;
    let told = boris.sees("уже приглашали").await;
    boris.presses_on(&told, "Всё равно").await;
    let summary = boris.sees("Проверьте перед отправкой").await;
    boris.presses_on(&summary, "E-mail").await;
    boris.sees("На какой e-mail").await;
    boris.asks("petr@romashka.ru", "уже приглашали").await;
    world.exactly(2, Provider::Invoicebox);
}

#[tokio::test]
async fn what_somebody_sent_meanwhile_is_seen_at_the_confirmation() {
    let world = World::new().await;
    let (anna, boris) = (world.anna(), world.boris());
    types(&boris, "ivan@romashka.ru", "Проверьте перед отправкой").await;
    sent(&world, &anna, "ivan@romashka.ru").await;
    let toast = boris.presses("Отправить").await;
    assert!(toast.contains("Не отправлено"), "{toast}");
    boris.sees("уже приглашали").await;
    world.exactly(1, Provider::Invoicebox);
    boris.presses("Всё равно").await;
    boris.sees("Проверьте перед отправкой").await;
    let number = boris.confirms().await;
    boris.sees_of(number, "принято").await;
}

#[tokio::test]
async fn where_repeats_are_blocked_an_admin_may_override() {
    let rules =
        OfficeRules { repeat: RepeatPolicy::Block, limits: Limits::NONE, ..OfficeRules::default() };
    let world = World::with(BotSettings::under(rules)).await;
    let (anna, boris, oleg) = (world.anna(), world.boris(), world.oleg());
    oleg.asks("/start", "Здравствуйте").await;
    sent(&world, &anna, "ivan@romashka.ru").await;
    types(&boris, "ivan@romashka.ru", "только админ").await;
    let told = boris.sees("уже приглашали").await;
    assert!(told.button("Всё равно").is_none(), "{}", told.transcript());
    types(&oleg, "ivan@romashka.ru", "уже приглашали").await;
    oleg.presses("Всё равно").await;
    oleg.sees("Проверьте перед отправкой").await;
    let number = oleg.confirms().await;
    oleg.sees_of(number, "принято").await;
    world.exactly(2, Provider::Invoicebox);
}

#[tokio::test]
async fn where_repeats_are_blocked_ones_own_card_is_no_way_around() {
    let rules =
        OfficeRules { repeat: RepeatPolicy::Block, limits: Limits::NONE, ..OfficeRules::default() };
    let world = World::with(BotSettings::under(rules)).await;
    let (anna, oleg) = (world.anna(), world.oleg());
    oleg.asks("/start", "Здравствуйте").await;
    let number = sent(&world, &anna, "ivan@romashka.ru").await;
    let card = anna.asks(&format!("/status {number}"), "№1 · ").await;
    anna.presses_on(&card, "Повторить").await;
    anna.sees("Повторить №1").await;
    anna.presses_on(&card, "Как есть").await;
    let told = anna.sees("только админ").await;
    assert!(told.button("Отправить").is_none(), "{}", told.transcript());
    world.exactly(1, Provider::Invoicebox);
}

#[tokio::test]
async fn a_company_on_the_list_is_not_written_to_through_the_other_provider() {
    let world = World::new().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    let number = anna.invites(&Client::of_sbis("iam@mail.ru")).await;
    anna.sees_of(number, "принято").await;
    let card = anna.asks(&format!("/status {number}"), "№1 · ").await;
    anna.presses_on(&card, "Повторить").await;
    let menu = anna.sees("Повторить").await;
    oleg.asks("/stoplist 1215107651", "Внесено в стоп-лист").await;
    anna.presses_on(&menu, "Через Invoicebox").await;
    let told = anna.sees("Сюда просили не писать").await;
    assert!(told.button("Отправить").is_none(), "{}", told.transcript());
    world.exactly(0, Provider::Invoicebox);
}

#[tokio::test]
async fn a_company_on_the_list_is_not_written_to_by_a_card_for_invoicebox_either() {
    let world = World::new().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    oleg.asks("/stoplist 1215107651", "Внесено в стоп-лист").await;
    let card = "ООО «Чайка» ИНН 1215107651 КПП 121501001 other@example.com";
    let told = anna.asks(card, "Сюда просили не писать").await;
    assert!(told.button("E-mail").is_none(), "it does not help: {}", told.transcript());
    assert!(told.button("Стоп-лист").is_none(), "it is for admins: {}", told.transcript());
    anna.presses("Отмена").await;
    anna.sees("Отменено").await;

    // Before anything more is asked, and until an admin takes it off.
    anna.asks("/invite", "Куда приглашаем").await;
    anna.presses("СБИС").await;
    anna.sees("Пришлите ИНН").await;
    anna.asks("1215107651", "Сюда просили не писать").await;
    let told = oleg.asks("1215107651", "Сюда просили не писать").await;
    oleg.presses_on(&told, "Стоп-лист").await;
    let list = oleg.sees("1. ИНН 1215107651").await;
    oleg.presses_on(&list, "Убрать 1").await;
    oleg.presses("Да, убрать").await;
    oleg.sees("Убрано из стоп-листа").await;
    anna.asks("/invite", "незаконченный черновик").await;
    anna.presses("Продолжить").await;
    anna.sees("Пришлите КПП").await;
    world.exactly(0, Provider::Invoicebox);
}

#[tokio::test]
async fn who_asked_not_to_be_written_to_is_not() {
    let world = World::new().await;
    let (anna, boris, oleg) = (world.anna(), world.boris(), world.oleg());
    let number = sent(&world, &anna, "ivan@romashka.ru").await;
    let card = anna.asks(&format!("/status {number}"), "№1 · ").await;
    anna.presses_on(&card, "Просил не писать").await;
    let whom = anna.sees("Кто просил не писать?").await;
    assert!(whom.text.contains("Вся компания — это romashka.ru и поддомены"), "{}", whom.text);
    anna.presses_on(&card, "Вся компания").await;
    anna.sees("Внести в стоп-лист: romashka.ru").await;
    anna.presses_on(&card, "Да, внести").await;
    anna.sees("Внесено в стоп-лист: romashka.ru").await;
    anna.presses_on(&card, "К карточке №1").await;
    anna.sees("Получатель в стоп-листе").await;

    let card = anna.asks(&format!("/status {number}"), "№1 · ").await;
    anna.presses_on(&card, "Повторить").await;
    let told = anna.sees("Сюда просили не писать").await;
    assert!(told.button("Как есть").is_none() && told.button("Через").is_none(), "{}", told.text);
    let data = world.card_data(number, "copy").await;
    anna.forges(told.id, &data).await;
    anna.sees("Сюда просили не писать").await;

    types(&boris, "petr@mail.romashka.ru", "Сюда просили не писать").await;
    let told = boris.sees("добавлено: Анна").await;
    assert!(told.button("Отправить").is_none() && told.button("Всё равно").is_none());
    boris.presses_on(&told, "E-mail").await;
    boris.sees("На какой e-mail").await;
    boris.asks("petr@example.com", "Проверьте перед отправкой").await;

    let list = oleg.asks("/stoplist", "romashka.ru и поддомены").await;
    oleg.presses_on(&list, "Убрать 1").await;
    oleg.sees("Убрать из стоп-листа?").await;
    oleg.presses_on(&list, "Да, убрать").await;
    oleg.sees("Убрано из стоп-листа: romashka.ru").await;
    types(&oleg, "petr@romashka.ru", "Проверьте перед отправкой").await;
    world.exactly(1, Provider::Invoicebox);
}

#[tokio::test]
async fn what_waits_for_somebody_on_the_list_does_not_go() {
    let world = World::with(BotSettings::in_earnest()).await;
    let (anna, oleg) = (world.anna(), world.oleg());
    oleg.asks("/start", "Здравствуйте").await;
    world.invoicebox().go_down().await;
    let number = anna.invites(&Client::of_invoicebox("ivan@romashka.ru")).await;
    anna.sees_of(number, "Нет связи").await;
    world.invoicebox().come_up().await.unwrap();
    oleg.asks("/stoplist ivan@romashka.ru просил по телефону", "Ждали в очереди и не уйдут: №1")
        .await;
    anna.sees_of(number, "Получатель в стоп-листе").await;
    assert_eq!(world.state(number).await, "held");
    // Nor by a button of hers.
    let status = anna.sees_of(number, "в стоп-листе").await;
    let release = world.card_data(number, "release").await;
    let toast = anna.forges(status.id, &release).await;
    assert!(toast.contains("в стоп-листе"), "{toast}");

    let list = oleg.asks("/stoplist", "ivan@romashka.ru").await;
    oleg.presses_on(&list, "Убрать 1").await;
    oleg.sees("Убрать из стоп-листа?").await;
    oleg.presses_on(&list, "Да, убрать").await;
    oleg.sees("Отложенных из-за стоп-листа: 1").await;
    anna.sees_of(number, "убрали из стоп-листа").await;
    world.exactly(0, Provider::Invoicebox);
    anna.presses("▶️ Отправить").await;
    anna.sees_of(number, "принято").await;
    world.exactly(1, Provider::Invoicebox);
}

#[tokio::test]
async fn the_list_is_heeded_at_the_claim_and_by_repeats() {
    let world = World::with(BotSettings::impatient()).await;
    let anna = world.anna();
    let unknown = anna.invites(&Client::of_invoicebox("slow@demo.test")).await;
    anna.sees_of(unknown, "неизвестно").await;
    let insert = "INSERT INTO stoplist (kind, value, added_at, added_by)
                  SELECT 'domain', 'demo.test', 0, min(id) FROM people";
    world.changes(insert).await;
    let status = anna.sees_of(unknown, "неизвестно").await;
    let toast = anna.presses_on(&status, "Отправить ещё раз").await;
    assert!(toast.contains("Получатель в стоп-листе"), "{toast}");
    let again = jiff::Timestamp::now().as_second().div_euclid(60);
    let data = world.card_data(unknown, &format!("resend:{again}")).await;
    let toast = anna.forges(status.id, &data).await;
    assert!(toast.contains("Получатель в стоп-листе"), "{toast}");
    world.exactly(1, Provider::Invoicebox);
    // A copy of it is a draft like any other.
    types(&anna, "other@demo.test", "Сюда просили не писать").await;
}

#[tokio::test]
async fn a_day_that_is_used_up_goes_on_at_midnight_and_after_an_admins_word() {
    let limits = Limits { person_day: 2, ..Limits::NONE };
    let mut world = World::with(with(limits)).await;
    let (anna, boris, oleg) = (world.anna(), world.boris(), world.oleg());
    anna.asks("/start", "Сегодня: 0 приглашений из 2").await;
    types(&anna, "a@example.com", "Сегодня осталось приглашений: 2").await;
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    sent(&world, &anna, "b@example.com").await;
    anna.asks("/start", "Сегодня: 2 приглашения из 2, лимит исчерпан").await;
    types(&anna, "c@example.com", "Лимит на сегодня исчерпан: 2").await;
    let told = anna.sees("черновик сохранён").await;
    assert!(told.button("Отправить").is_none(), "{}", told.transcript());
    types(&boris, "d@example.com", "Проверьте перед отправкой").await;

    world.restarts().await;
    anna.asks("/invite", "незаконченный черновик").await;
    anna.presses("Продолжить").await;
    anna.sees("Лимит на сегодня исчерпан").await;
    // An admin lowers it, and raises it.
    oleg.asks("/staff 100000002 1", "Сегодня: 2 приглашения, лимит 1 исчерпан").await;
    anna.asks("/start", "Сегодня: 2 приглашения, лимит 1 исчерпан").await;
    anna.presses("Продолжить").await;
    anna.sees("Лимит на сегодня исчерпан: 1, приглашений уже 2").await;
    assert_eq!(anna.presses("Проверить ещё раз").await, "Проверил: отправить пока нельзя.");
    oleg.asks("/staff 100000002 3", "Лимит в день: 3 (задан админом)").await;
    anna.presses("Проверить ещё раз").await;
    anna.sees("осталось приглашений: 1").await;
    let number = anna.confirms().await;
    anna.sees_of(number, "принято").await;
    types(&anna, "e@example.com", "Лимит на сегодня исчерпан: 3").await;
    // Another day.
    world
        .changes(
            "DROP TRIGGER journal_is_append_only_1;
             UPDATE journal SET at = at - 86400000;",
        )
        .await;
    anna.presses("Проверить ещё раз").await;
    anna.sees("осталось приглашений: 3").await;
    world.exactly(3, Provider::Invoicebox);
}

#[tokio::test]
async fn an_hour_and_a_domain_have_limits_too() {
    let limits = Limits { person_hour: 3, domain_day: 2, ..Limits::NONE };
    let world = World::with(with(limits)).await;
    let (anna, boris) = (world.anna(), world.boris());
    sent(&world, &anna, "a@example.com").await;
    sent(&world, &anna, "b@example.com").await;
    types(&boris, "c@example.com", "Лимит на этот домен на сегодня исчерпан: 2").await;
    sent(&world, &anna, "a@mail.ru").await;
    // It is told before she fills anything in, then once more.
    anna.asks("/invite", "Лимит на час исчерпан: 3").await;
    anna.sees("Куда приглашаем").await;
    types(&anna, "b@mail.ru", "Лимит на час исчерпан: 3").await;
    // Public mail services do not count, and everybody has an hour of his own.
    boris.asks("/cancel", "Отменено").await;
    sent(&world, &boris, "b@mail.ru").await;
    sent(&world, &boris, "c@mail.ru").await;
    world.exactly(5, Provider::Invoicebox);
}

#[tokio::test]
async fn an_admin_sets_the_limit_of_an_hour_of_one_person() {
    let limits = Limits { person_hour: 3, person_day: 20, ..Limits::NONE };
    let world = World::with(with(limits)).await;
    let (anna, boris, oleg) = (world.anna(), world.boris(), world.oleg());
    anna.asks("/start", "Здравствуйте").await;
    oleg.asks("/staff", "Сотрудники").await;
    oleg.presses("Анна").await;
    oleg.sees("Лимит в час: 3 (как в настройках)").await;
    oleg.presses("Лимит в час").await;
    oleg.asks("1", "Лимит в час: 1 (задан админом)").await;
    anna.sees("Ваш лимит приглашений в час теперь: 1.").await;
    oleg.asks("/staff 100000002 0", "Лимит в день: нет").await;
    anna.sees("нет лимита приглашений в день. Лимит в час остаётся: 1.").await;
    sent(&world, &anna, "a@mail.ru").await;
    types(&anna, "b@mail.ru", "Лимит на час исчерпан: 1").await;
    sent(&world, &boris, "c@mail.ru").await;
    let journal = world.journal().await;
    assert!(journal.contains("Олег hour_limit 100000002: — → 1"), "{journal}");
}

#[tokio::test]
async fn two_who_press_for_the_last_of_a_domain_send_one() {
    let limits = Limits { domain_day: 1, ..Limits::NONE };
    let world = World::with(with(limits)).await;
    let (anna, boris) = (world.anna(), world.boris());
    types(&anna, "a@example.com", "Проверьте перед отправкой").await;
    types(&boris, "b@example.com", "Проверьте перед отправкой").await;
    let presses = [anna.taps("Отправить").await, boris.taps("Отправить").await];
    let mut queued = 0;
    for press in presses {
        queued += usize::from(press.answer().await.unwrap().text.contains(": отправляю"));
    }
    assert_eq!(queued, 1);
    world.becomes(1, "accepted").await;
    world.exactly(1, Provider::Invoicebox);
}

#[tokio::test]
async fn two_ways_to_write_a_domain_are_one_recipient() {
    let limits = Limits { domain_day: 1, ..Limits::NONE };
    let world = World::with(with(limits)).await;
    let (anna, boris, oleg) = (world.anna(), world.boris(), world.oleg());
    boris.fills_in(&Client::of_invoicebox("j@xn--e1afmkfd.xn--p1ai")).await;
    world.invoicebox().hold();
    let number = anna.invites(&Client::of_invoicebox("i@пример.рф")).await;
    world.invoicebox().wait_received(1).await;
    boris.presses("Отправить").await;
    boris.sees("Лимит на этот домен на сегодня исчерпан: 1").await;
    oleg.asks("/status i@xn--e1afmkfd.xn--p1ai", "№1 · ").await;
    oleg.asks("/status i@пример.рф", "№1 · ").await;
    world.invoicebox().release();
    anna.sees_of(number, "принято").await;
    world.exactly(1, Provider::Invoicebox);

    // Without a limit, in flight.
    let world = World::new().await;
    let (anna, boris, oleg) = (world.anna(), world.boris(), world.oleg());
    boris.fills_in(&Client::of_invoicebox("i@xn--e1afmkfd.xn--p1ai")).await;
    world.invoicebox().hold();
    let number = anna.invites(&Client::of_invoicebox("i@пример.рф")).await;
    world.invoicebox().wait_received(1).await;
    boris.presses("Отправить").await;
    boris.sees("У этого получателя уже есть приглашение").await;
    world.invoicebox().release();
    anna.sees_of(number, "принято").await;
    oleg.asks("/stoplist xn--e1afmkfd.xn--p1ai", "Внесено в стоп-лист: пример.рф").await;
    oleg.asks("/stoplist пример.рф", "Уже в стоп-листе: пример.рф").await;
    boris.presses("Проверить ещё раз").await;
    boris.sees("Сюда просили не писать").await;
    world.exactly(1, Provider::Invoicebox);
}

#[tokio::test]
async fn a_misspelt_entry_is_not_put_on_the_list_unless_an_admin_insists() {
    let world = World::new().await;
    let oleg = world.oleg();
    oleg.asks("/stoplist romаshka.ru", "Латинские и русские буквы вперемешку").await;
    oleg.asks("/stoplist i@gmial.com", "Похоже на опечатку").await;
    oleg.asks("/stoplist", "Пока пусто").await;
    oleg.asks("/stoplist точно i@gmial.com", "Внесено в стоп-лист: i@gmial.com").await;
    oleg.asks("/stoplist ｒｏｍａｓｈｋａ.ｒｕ", "Внесено в стоп-лист: romashka.ru").await;
    types(&oleg, "i@romashka.ru", "Сюда просили не писать").await;
}
