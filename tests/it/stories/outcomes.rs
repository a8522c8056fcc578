//! What a provider answers decides what Анна is told, and whether anything is ever sent again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use expect_test::{Expect, expect};
use invite_bot::domain::Provider;
use invite_bot::domain::Provider::{Invoicebox, Sbis};
use serde_json::json;
use stand_ins::providers::{Reply, Scripted};
use stand_ins::telegram::Message;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::support::people::Client;
use crate::support::screen;
use crate::support::world::{BotSettings, World};

fn shows(expected: &Expect, messages: &[Message]) {
    let shown: Vec<String> = messages.iter().map(Message::transcript).collect();
    expected.assert_eq(&screen::plain(&shown.join("\n\n")));
}

fn refusal_of_sbis(message: &str) -> Scripted {
    let error = json!({"code": -32000, "message": message, "details": message});
    Scripted::Answer(Reply::json(500, &json!({"jsonrpc": "2.0", "error": error, "id": 0})))
}

fn answer(status: u16) -> Scripted {
    Scripted::Answer(Reply::json(status, &json!({"status": "we are sorry"})))
}

/// After whatever happened nothing waits to be sent: the next invitation goes through, and it is
/// the only further request.
async fn nothing_more_goes_by_itself(world: &World, provider: Provider) {
    let before = world.calls(provider);
    let next = world.anna().invites(&Client::of(provider, "next@example.com").number(99)).await;
    world.anna().sees_of(next, "принято").await;
    world.exactly(before + 1, provider);
}

#[tokio::test]
async fn an_accepted_invitation_is_one_letter_and_one_message() {
    let world = World::new().await;
    let anna = world.anna();
    for provider in Provider::ALL {
        let number = anna.invites(&Client::of(provider, "iam@mail.ru")).await;
        anna.sees_of(number, "принято").await;
        world.exactly(1, provider);
        assert_eq!(anna.heard(&format!("№{number}")).len(), 1, "{}", anna.transcript());
        assert_eq!(world.attempts(number).await, ["1 accepted"]);
    }
    expect![[r#"
        > /invite

        Invoicebox

        На какой e-mail отправить приглашение?

        > iam@mail.ru

        ✅ №1: принято. Письмо отправит Invoicebox; дошло ли оно, сервис не сообщает
        iam@mail.ru · ДД.ММ ЧЧ:ММ
        [🔎 Открыть] [➕ Ещё одно]

        > /invite

        СБИС

        Пришлите ИНН (10 или 12 цифр) или вставьте реквизиты целиком.

        > 1215107651/121501001

        СБИС · ИНН 1215107651 · КПП 121501001

        Пришлите название, как оно должно стоять в приглашении, например: ООО «Ромашка»

        > Детский сад Чайка

        СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001

        На какой e-mail отправить приглашение?

        > iam@mail.ru

        СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 · iam@mail.ru

        Код офиса, за которым закрепится клиент (4 или 5 цифр). Пришлите его или нажмите «Без кода».

        > 7705

        ✅ №2: принято. СБИС отправит письмо в течение минуты
        Детский сад Чайка · iam@mail.ru · ДД.ММ ЧЧ:ММ
        [🔎 Открыть] [➕ Ещё одно]"#]]
    .assert_eq(&anna.transcript());
}

#[tokio::test]
async fn what_was_confirmed_is_what_the_provider_gets() {
    let world = World::new().await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_invoicebox("Iam@Mail.ru")).await;
    anna.sees_of(number, "принято").await;
    let received = world.exactly(1, Invoicebox);
    assert_eq!(received[0].body["identifier"], "Iam@mail.ru");

    let number = anna.invites(&Client::of_sbis("iam@mail.ru")).await;
    anna.sees_of(number, "принято").await;
    let received = world.exactly(1, Sbis);
    let fields = &received[0].body["params"]["Реквизиты"]["d"];
    for (name, value) in [
        ("ИННПолуч", "1215107651"),
        ("КПППолуч", "121501001"),
        ("НазвПолуч", "Детский сад Чайка"),
        ("MailПолуч", "iam@mail.ru"),
        ("КодПартнера", "7705"),
    ] {
        assert_eq!(fields[name], value);
    }
}

#[tokio::test]
async fn data_that_the_provider_refuses_are_corrected_in_a_new_draft() {
    let world = World::new().await;
    let anna = world.anna();
    let mut cards = Vec::new();
    for provider in Provider::ALL {
        let number = anna.invites(&Client::of(provider, "refused@demo.test")).await;
        cards.push(anna.sees_of(number, "отказ").await);
        assert_eq!(world.state(number).await, "rejected:data");
        world.exactly(1, provider);
    }
    shows(
        &expect![[r#"
            ❌ №1: отказ. Invoicebox не принял данные. Письмо не отправлялось. Исправьте и отправьте снова.
            Ответ сервиса: «Приглашение на этот адрес отправить нельзя; такого почтового ящика нет»
            refused@demo.test · ДД.ММ ЧЧ:ММ
            [✏️ E-mail]
            [🔎 Открыть] [➕ Ещё одно]

            ❌ №2: отказ. СБИС не принял данные. Письмо не отправлялось. Исправьте и отправьте снова.
            Ответ сервиса: «Некорректные ИНН и КПП»
            Детский сад Чайка · refused@demo.test · ДД.ММ ЧЧ:ММ
            [✏️ КПП] [✏️ ИНН]
            [🔎 Открыть] [➕ Ещё одно]"#]],
        &cards,
    );

    anna.presses_on(&cards[1], "КПП").await;
    anna.sees("КПП: 9 знаков").await;
    anna.asks("773601001", "Проверьте перед отправкой").await;
    world.sbis().answers_next(Scripted::Accept);
    let corrected = anna.confirms().await;
    anna.sees_of(corrected, "принято").await;
    let received = world.exactly(2, Sbis);
    let field = |n: usize, name: &str| received[n].body["params"]["Реквизиты"]["d"][name].clone();
    assert_eq!(field(1, "КПППолуч"), "773601001");
    assert_eq!(field(1, "ИННПолуч"), field(0, "ИННПолуч"), "the rest is kept");
    assert_ne!(field(1, "GUID"), field(0, "GUID"), "it is another invitation");

    anna.presses_on(&cards[0], "E-mail").await;
    anna.sees("На какой e-mail").await;
    anna.asks("iam@mail.ru", "Проверьте перед отправкой").await;
    let corrected = anna.confirms().await;
    anna.sees_of(corrected, "принято").await;
    assert_eq!(world.exactly(2, Invoicebox)[1].email.as_deref(), Some("iam@mail.ru"));
}

#[tokio::test]
async fn a_client_already_is_no_failure_and_no_letter() {
    let world = World::new().await;
    let anna = world.anna();
    let number = anna.invites(&Client::of_sbis("client@demo.test")).await;
    let card = anna.sees_of(number, "уже клиент").await;
    shows(
        &expect![[r#"
            ℹ️ №1: уже клиент. У организации есть авторизованный или платный аккаунт СБИС. Письмо не отправлялось.
            Ответ сервиса: «Организация связана с авторизованным аккаунтом»
            Детский сад Чайка · client@demo.test · ДД.ММ ЧЧ:ММ
            [✏️ Другой ИНН]
            [🔎 Открыть] [➕ Ещё одно]"#]],
        std::slice::from_ref(&card),
    );
    world.exactly(1, Sbis);

    anna.presses_on(&card, "Другой ИНН").await;
    anna.sees("Пришлите ИНН").await;
    anna.asks("500100732259", "Пришлите название").await;
    // She comes from that card: what it says is no news to her.
    anna.asks("ИП Образцов", "Проверьте перед отправкой").await;
    assert_eq!(anna.again(&card), card, "the result stays where it is");
}

#[tokio::test]
async fn an_unrecognised_refusal_is_tried_again_with_one_tap_and_the_same_guid() {
    let world = World::new().await;
    let anna = world.anna();
    world.sbis().answers_next(refusal_of_sbis("Внутренняя ошибка сервера"));
    let number = anna.invites(&Client::of_sbis("iam@mail.ru")).await;
    let card = anna.sees_of(number, "отказ").await;
    shows(
        &expect![[r#"
            ❌ №1: отказ. СБИС вернул ошибку и приглашение не создал. Письмо не отправлялось. Можно попробовать ещё раз.
            Ответ сервиса: «Внутренняя ошибка сервера»
            Детский сад Чайка · iam@mail.ru · ДД.ММ ЧЧ:ММ
            [🔁 Попробовать ещё раз]
            [🔎 Открыть] [➕ Ещё одно]"#]],
        std::slice::from_ref(&card),
    );
    assert_eq!(world.state(number).await, "rejected:other");
    world.exactly(1, Sbis);

    anna.presses_on(&card, "Попробовать ещё раз").await;
    let told = anna.sees_of(number, "принято").await;
    assert_eq!(told.id, card.id, "it is told where it was pressed");
    let received = world.exactly(2, Sbis);
    assert_eq!(received[0].raw, received[1].raw, "the same bytes, so the same GUID");
    assert_eq!(world.attempts(number).await, ["1 rejected", "2 accepted by consent"]);
    nothing_more_goes_by_itself(&world, Sbis).await;
}

#[tokio::test]
async fn an_error_that_sbis_names_is_a_refusal_whatever_the_status() {
    let world = World::new().await;
    let anna = world.anna();
    for (n, status) in [(1, 200), (2, 400), (3, 500), (4, 502)] {
        let error = json!({"error": {"message": "Некорректный КПП"}});
        world.sbis().answers_next(Scripted::Answer(Reply::json(status, &error)));
        let number = anna.invites(&Client::of_sbis("iam@mail.ru").number(n)).await;
        anna.sees_of(number, "отказ").await;
        assert_eq!(world.state(number).await, "rejected:data", "HTTP {status}");
    }
    world.exactly(4, Sbis);
}

#[tokio::test]
async fn silence_after_the_request_is_unknown_and_never_repeated_by_itself() {
    let world = World::with(BotSettings::impatient()).await;
    let anna = world.anna();
    let mut cards = Vec::new();
    for provider in Provider::ALL {
        let number = anna.invites(&Client::of(provider, "slow@demo.test")).await;
        cards.push(anna.sees_of(number, "неизвестно").await);
        assert_eq!(world.attempts(number).await, ["1 unknown"]);
        nothing_more_goes_by_itself(&world, provider).await;
        world.exactly(2, provider);
    }
    shows(
        &expect![[r#"
            ⚠️ №1: неизвестно. Invoicebox не ответил: письмо могло уйти, а могло и нет. Второй раз сам не отправлю.
            slow@demo.test · ДД.ММ ЧЧ:ММ
            Спросите клиента и отметьте:
            [✅ Письмо дошло] [📭 Письма нет]
            [🔁 Отправить ещё раз]
            [🔎 Открыть] [➕ Ещё одно]

            ⚠️ №3: неизвестно. СБИС не ответил: письмо могло уйти, а могло и нет. Второй раз сам не отправлю.
            Детский сад Чайка · slow@demo.test · ДД.ММ ЧЧ:ММ
            Спросите клиента и отметьте:
            [✅ Письмо дошло] [📭 Письма нет]
            [🔁 Отправить ещё раз]
            [🔎 Открыть] [➕ Ещё одно]"#]],
        &cards,
    );
}

#[tokio::test]
async fn a_failure_of_the_service_is_unknown() {
    let world = World::new().await;
    let anna = world.anna();
    for provider in Provider::ALL {
        for (n, scripted) in [(1, answer(500)), (2, answer(502)), (3, Scripted::Close)] {
            let what = format!("{provider:?} {scripted:?}");
            world.provider(provider).answers_next(scripted);
            let number =
                anna.invites(&Client::of(provider, &format!("a{n}@example.com")).number(n)).await;
            anna.sees_of(number, "неизвестно").await;
            assert_eq!(world.attempts(number).await, ["1 unknown"], "{what}");
        }
        nothing_more_goes_by_itself(&world, provider).await;
        world.exactly(4, provider);
    }
}

#[tokio::test]
async fn a_success_that_breaks_off_is_unknown() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let mut server = JoinSet::new();
    server.spawn(async move {
        loop {
            let (mut line, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"}") {
                line.read_buf(&mut request).await.unwrap();
            }
            counted.fetch_add(1, Ordering::Relaxed);
            let head =
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n";
            line.write_all(format!("{head}{{\"data\": {{\"id\"").as_bytes()).await.unwrap();
        }
    });
    let world = World::with(BotSettings {
        providers_at: Some(url.parse().unwrap()),
        ..BotSettings::default()
    })
    .await;
    for (n, provider) in Provider::ALL.into_iter().enumerate() {
        let number = world.anna().invites(&Client::of(provider, "iam@mail.ru")).await;
        world.anna().sees_of(number, "неизвестно").await;
        assert_eq!(calls.load(Ordering::Relaxed), n + 1, "{provider:?}");
    }
}

#[tokio::test]
async fn an_unreachable_provider_is_tried_six_times_and_then_by_one_tap() {
    let world = World::new().await;
    let anna = world.anna();
    let mut cards = Vec::new();
    for provider in Provider::ALL {
        anna.fills_in(&Client::of(provider, "iam@mail.ru")).await;
        world.provider(provider).go_down().await;
        let number = anna.confirms().await;
        let card = anna.sees_of(number, "не отправлено").await;
        assert_eq!(world.attempts(number).await.len(), 6, "one, and five more");
        world.exactly(0, provider);

        world.provider(provider).come_up().await.unwrap();
        anna.presses_on(&card, "Попробовать ещё раз").await;
        anna.sees_of(number, "принято").await;
        world.exactly(1, provider);
        assert_eq!(world.attempts(number).await[6], "7 accepted by consent");
        // Beside it a message may have rung for what came of it first.
        cards.push(anna.again(&card));
    }
    shows(
        &expect![[r#"
            ✅ №2: принято. СБИС отправит письмо в течение минуты
            Детский сад Чайка · iam@mail.ru · ДД.ММ ЧЧ:ММ
            [🔎 Открыть] [➕ Ещё одно]"#]],
        &cards[1..],
    );
    expect![[r#"
        №2 · СБИС · принято
        Детский сад Чайка · ИНН 1215107651 · КПП 121501001
        iam@mail.ru · офис 7705
        🔁 Повтор №1

        ДД.ММ ЧЧ:ММ:СС подтверждение: вы
        ДД.ММ ЧЧ:ММ:СС попытки 1–6 до ЧЧ:ММ · нет связи, не отправлено
        ДД.ММ ЧЧ:ММ:СС не отправлено: попытки закончились
        ДД.ММ ЧЧ:ММ:СС отправить ещё раз: вы
        ДД.ММ ЧЧ:ММ:СС попытка 7: принято
        [🎉 Зарегистрировался] [🙅 Отказался]
        [📞 Перезвонить]
        [🔁 Повторить]
        [🚫 Просил не писать]
        [📋 iam@mail.ru] [📋 1215107651] [🔗 Ссылка]
        [◀️ К списку]"#]]
    .assert_eq(&anna.card(2).await);
}

#[tokio::test]
async fn while_there_is_no_connection_anna_may_call_it_off() {
    let world = World::with(BotSettings::in_earnest()).await;
    let anna = world.anna();
    anna.fills_in(&Client::of_invoicebox("iam@mail.ru")).await;
    world.invoicebox().go_down().await;
    let number = anna.confirms().await;
    let card = anna.sees_of(number, "Нет связи").await;
    shows(
        &expect![[r#"
        ⏳ №1: в очереди. Нет связи с сервисом, попробую ещё в ЧЧ:ММ:СС. Письмо не отправлялось.
        iam@mail.ru
        [❌ Не отправлять]
        [🔎 Открыть] [➕ Ещё одно]"#]],
        std::slice::from_ref(&card),
    );

    anna.presses_on(&card, "Не отправлять").await;
    anna.sees("не отправлено").await;
    assert_eq!(world.state(number).await, "cancelled");
    world.invoicebox().come_up().await.unwrap();
    nothing_more_goes_by_itself(&world, Invoicebox).await;
    world.exactly(1, Invoicebox);
}

#[tokio::test]
async fn a_throttled_invitation_waits_and_goes() {
    let world = World::new().await;
    let anna = world.anna();
    for provider in Provider::ALL {
        let number = anna.invites(&Client::of(provider, "throttled@demo.test")).await;
        anna.sees_of(number, "принято").await;
        assert_eq!(world.attempts(number).await, ["1 not_accepted throttled", "2 accepted"]);
        let received = world.exactly(2, provider);
        assert_eq!(received[0].raw, received[1].raw);
    }
}

#[tokio::test]
async fn a_throttled_invitation_says_until_when_it_waits() {
    let world = World::with(BotSettings::in_earnest()).await;
    let anna = world.anna();
    for provider in Provider::ALL {
        let number = anna.invites(&Client::of(provider, "throttled@demo.test")).await;
        let card = anna.sees_of(number, "просит подождать").await;
        if provider == Sbis {
            shows(
                &expect![[r#"
                ⏳ №2: в очереди. Сервис просит подождать до ЧЧ:ММ:СС. Отправлю сам.
                Детский сад Чайка · throttled@demo.test
                [❌ Не отправлять]
                [🔎 Открыть] [➕ Ещё одно]"#]],
                &[card],
            );
            world.exactly(1, Sbis);
        }
    }
}

#[tokio::test]
async fn throttled_too_often_is_not_sent_until_somebody_asks() {
    let world = World::new().await;
    let anna = world.anna();
    let mut cards = Vec::new();
    for provider in Provider::ALL {
        for _ in 0..4 {
            world.provider(provider).answers_next(answer(429));
        }
        let number = anna.invites(&Client::of(provider, "iam@mail.ru")).await;
        let card = anna.sees_of(number, "не отправлено").await;
        world.exactly(4, provider);
        anna.presses_on(&card, "Попробовать ещё раз").await;
        cards.push(card);
        anna.sees_of(number, "принято").await;
        world.exactly(5, provider);
    }
    shows(
        &expect![[r#"
        📡 №1: не отправлено. Сервис всё время просит подождать. Письмо не отправлялось.
        iam@mail.ru · ДД.ММ ЧЧ:ММ
        [🔁 Попробовать ещё раз]
        [🔎 Открыть] [➕ Ещё одно]

        📡 №2: не отправлено. Сервис всё время просит подождать. Письмо не отправлялось.
        Детский сад Чайка · iam@mail.ru · ДД.ММ ЧЧ:ММ
        [🔁 Попробовать ещё раз]
        [🔎 Открыть] [➕ Ещё одно]"#]],
        &cards,
    );
}

#[tokio::test]
async fn a_refused_key_pauses_its_provider_until_an_admin_resumes_it() {
    let mut world = World::new().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    oleg.asks("/start", "Здравствуйте, Олег").await;
    for provider in Provider::ALL {
        let first = anna.invites(&Client::of(provider, "key@demo.test")).await;
        let waits = anna.sees_of(first, "Админ знает").await;
        let notice = oleg.sees("не подходит ключ").await;
        let second = anna.invites(&Client::of(provider, "second@example.com").number(2)).await;
        anna.sees_of(second, "Админ знает").await;
        world.exactly(1, provider);
        if provider == Sbis {
            shows(
                &expect![[r#"
                    ⏳ №3: в очереди. СБИС сейчас не принимает наши приглашения — дело в настройках, не в клиенте. Письмо не отправлялось. Админ знает. Уйдёт само.
                    Детский сад Чайка · key@demo.test
                    [❌ Не отправлять]
                    [🔎 Открыть] [➕ Ещё одно]

                    ⏸ СБИС: не подходит ключ доступа (или адрес API). Отправка через него остановлена, приглашения ждут в очереди, ничего не потеряно.
                    Ответ сервиса: «Not authorized.»
                    Перешлите это тому, кто обслуживает бота: проверить SBIS_API_URL, исправить и перезапустить. Потом нажмите «Возобновить».
                    [▶️ Возобновить СБИС]"#]],
                &[waits, notice.clone()],
            );
        }

        world.restarts().await;
        anna.asks("/start", "сейчас не принимает наши приглашения").await;
        world.exactly(1, provider);

        oleg.presses_on(&notice, "Возобновить").await;
        for number in [first, second] {
            anna.sees_of(number, "принято").await;
        }
        world.exactly(3, provider);
        assert_eq!(world.attempts(first).await, ["1 not_accepted config", "2 accepted"]);
        assert_eq!(world.attempts(second).await, ["1 accepted"]);
        let words = notice.text.split('\n').next().unwrap();
        assert_eq!(oleg.ever_heard(words), 1, "told once: {}", oleg.transcript());
    }
}

#[tokio::test]
async fn a_key_that_is_still_refused_pauses_again() {
    let world = World::new().await;
    let (anna, oleg) = (world.anna(), world.oleg());
    oleg.asks("/start", "Здравствуйте, Олег").await;
    for _ in 0..2 {
        world.invoicebox().answers_next(answer(403));
    }
    let number = anna.invites(&Client::of_invoicebox("iam@mail.ru")).await;
    let notice = oleg.sees("не подходит ключ").await;
    oleg.presses_on(&notice, "Возобновить").await;
    let again = oleg.sees("Invoicebox: не подходит ключ").await;
    assert_ne!(again.id, notice.id);
    oleg.presses_on(&again, "Возобновить").await;
    oleg.sees("Invoicebox снова отправляет. Ждали 1, уходят сейчас. (Олег, ").await;
    anna.sees_of(number, "принято").await;
    // An old button does not resume what works.
    let data = format!("r:{}:", world.rows("SELECT CAST(max(id) - 1 AS TEXT) FROM holds").await[0]);
    assert_eq!(oleg.forges(notice.id, &data).await, "Отправка и так работает.");
    world.exactly(3, Invoicebox);
}
