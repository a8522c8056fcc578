//! What stands against an invitation before it may be confirmed, and who keeps those rules.

use std::fmt::Write;

use expect_test::expect;
use invite_bot::dialogue::facts::{BotSettings, fingerprint};
use invite_bot::dialogue::session::DraftAct;
use invite_bot::domain::{
    InvitationNo, Limits, OfficeRules, Recipient, Refusal, RepeatPolicy, State, StopTarget,
};
use invite_bot::handlers::Input;
use invite_bot::screens::press::{CardAct, Press, StopScope};
use invite_bot::store::Change;

use super::acts::to;
use super::player::{Player, anna, oleg, pyotr, setup};
use super::report::{place, stands, table};
use super::standing::Standing;

const CARD: &str = "ООО «Ромашка» ИНН 1215107651 КПП 121501001 ivan@romashka.ru";
const TO_SUMMARY: &str = "/invite | [Invoicebox] | ivan@romashka.ru";

fn ivan() -> Recipient {
    to("ivan@romashka.ru")
}

fn blocking() -> BotSettings {
    BotSettings {
        rules: OfficeRules { repeat: RepeatPolicy::Block, ..OfficeRules::default() },
        ..setup()
    }
}

fn limited(limits: Limits) -> BotSettings {
    BotSettings { rules: OfficeRules { limits, ..OfficeRules::default() }, ..setup() }
}

/// Presses «Отправить», if there is such a button; whether it was queued.
fn confirms(player: &mut Player) -> bool {
    let screen = &player.seen.as_ref().unwrap().screen;
    let send = screen.rows.iter().flatten().find(|button| button.label.contains("Отправить"));
    let Some(press) = send.map(|button| button.press.clone()) else { return false };
    player.gives(press);
    player.changes.iter().any(|change| matches!(change, Change::Submit(_)))
}

/// Under both policies somebody goes on over one that a colleague sent, or does not.
#[test]
fn a_blocked_repeat_is_an_admins_alone() {
    let mut rows = Vec::new();
    for (who, person) in [("staff", anna()), ("admin", oleg())] {
        let cells = [setup(), blocking()].map(|setup| {
            let player = Player::with(setup).by(&person);
            let number = player.sent(&pyotr(), &ivan(), Standing::Accepted);
            let mut player = player.after(TO_SUMMARY);
            assert!(player.screen().contains("уже приглашали"), "{}", player.screen());
            assert!(!confirms(&mut player), "there is nothing to confirm with");
            // Nor by a button that somebody made up, or by one from before the policy was changed.
            let offers = player.screen().contains("Всё равно");
            player.gives(Press::Draft(DraftAct::Send));
            player.gives(Press::Draft(DraftAct::ConfirmRepeat(fingerprint(&[number]))));
            assert_eq!(player.screen().contains("Проверьте перед отправкой"), offers);
            let done = confirms(&mut player);
            assert_eq!((done, player.invitations().len()), (offers, if offers { 2 } else { 1 }));
            if done { "goes on" } else { "does not" }.to_owned()
        });
        rows.push((who.to_owned(), cells.to_vec()));
    }
    expect![[r#"
               warned   blocked
        staff  goes on  does not
        admin  goes on  goes on
    "#]]
    .assert_eq(&table(&["warned", "blocked"], &rows));
}

#[test]
fn what_came_between_is_seen_at_the_confirmation() {
    let client = Standing::Rejected(Refusal::AlreadyClient);
    let player = Player::new();
    player.sent(&pyotr(), &ivan(), client);
    let mut player = player.after(TO_SUMMARY);
    // Going on is good for what the screen named alone.
    player.sent(&oleg(), &ivan(), client);
    expect![[r#"
        > [Всё равно] | ⚠️ *По этому адресу уже есть клиент* | (Карточка устарела, вот свежая.)
        > [Всё равно] | 📋 Проверьте перед отправкой"#]]
    .assert_eq(&player.brief("[Всё равно] | [Всё равно]"));
    assert!(confirms(&mut player), "{}", player.log);
    let mut player = Player::new().after(TO_SUMMARY);
    player.sent(&pyotr(), &ivan(), client);
    expect![[r#"
        > [Отправить] | ⚠️ *По этому адресу уже есть клиент* | (Не отправлено: посмотрите, что изменилось.)
        > [Всё равно] | 📋 Проверьте перед отправкой"#]].assert_eq(&player.brief("[Отправить] | [Всё равно]"));
    player.sent(&oleg(), &ivan(), client);
    expect!["> [Отправить] | ⚠️ *По этому адресу уже есть клиент* | (Не отправлено: посмотрите, что изменилось.)"].assert_eq(&player.brief("[Отправить]"));
    // One of those is sent once more: that was the last letter for today.
    let player = Player::new();
    let unsent = player.sent(&pyotr(), &ivan(), Standing::RestoredNotSent);
    player.sent(&pyotr(), &ivan(), Standing::Accepted);
    let mut player = player.after(TO_SUMMARY).after("[Всё равно]");
    player.resends(unsent);
    expect!["> [Отправить] | 🔁 *Повтор*: клиент получит второе письмо. | (Не отправлено: посмотрите, что изменилось.)"].assert_eq(&player.brief("[Отправить]"));
    assert!(!confirms(&mut player), "{}", player.screen());
}

#[test]
fn an_edit_of_the_recipient_asks_anew() {
    let player = Player::new();
    player.sent(&pyotr(), &ivan(), Standing::Accepted);
    player.sent(&pyotr(), &to("other@romashka.ru"), Standing::Accepted);
    let steps = "[Всё равно] | [✏️ E-mail] | other@romashka.ru";
    let mut player = player.after(TO_SUMMARY).after(steps);
    assert!(player.screen().contains("уже приглашали"), "{}", player.screen());
    assert!(!confirms(&mut player));
}

/// Neither the stop-list nor a limit nor one in flight is gone on over, by whomever; of several
/// things the weightiest is said.
#[test]
fn what_stands_against_a_draft() {
    let day = Limits { person_day: 1, ..Limits::NONE };
    let mut text = String::new();
    for person in [anna(), oleg()] {
        for (name, standing, stop, limits) in [
            ("a stop", None, true, Limits::NONE),
            ("one in flight", Some(Standing::Queued), false, Limits::NONE),
            ("a limit", None, false, day),
            ("one before and a limit", Some(Standing::Accepted), false, day),
            ("one in flight and a limit", Some(Standing::Unknown), false, day),
            ("all", Some(Standing::Unknown), true, day),
        ] {
            let player = Player::with(limited(limits)).by(&person);
            // What was sent to somebody else counts for the limit.
            player.sent(&person, &to("sad@mail.ru"), Standing::Accepted);
            if let Some(standing) = standing {
                player.sent(&pyotr(), &ivan(), standing);
            }
            let mut player = if stop { player.with_stop("romashka.ru") } else { player };
            player = player.after(TO_SUMMARY);
            let said = stands(&player);
            let said = said.split(" / ").next().unwrap_or_default();
            writeln!(text, "{} {name}: {said}", person.id).unwrap();
            let sent = player.invitations().len();
            let before = player.draft();
            for act in [DraftAct::Send, DraftAct::SendOverLimit, DraftAct::ConfirmRepeat(0)] {
                player.gives(Press::Draft(act));
                assert_eq!(place(&player.session()), "Review", "the draft is kept");
                assert_eq!((player.invitations().len(), player.draft()), (sent, before.clone()));
            }
            // Another address is free, unless the limit is the person's.
            player = player.after("[✏️ E-mail] | free@example.com");
            assert_eq!(confirms(&mut player), limits == Limits::NONE, "{}", player.screen());
        }
    }
    expect![[r#"
        1002 a stop: Review: 🚫 *Сюда просили не писать*
        1002 one in flight: Review: ⏳ *У этого получателя уже есть приглашение, и его итог ещё не известен*
        1002 a limit: Review: ⏳ *Лимит на сегодня исчерпан: 1*
        1002 one before and a limit: Review: ⚠️ *Этот адрес уже приглашали*
        1002 one in flight and a limit: Review: ⏳ *У этого получателя уже есть приглашение, и его итог ещё не известен*
        1002 all: Review: 🚫 *Сюда просили не писать*
        1001 a stop: Review: 🚫 *Сюда просили не писать*
        1001 one in flight: Review: ⏳ *У этого получателя уже есть приглашение, и его итог ещё не известен*
        1001 a limit: Review: ⏳ *Лимит на сегодня исчерпан: 1*
        1001 one before and a limit: Review: ⚠️ *Этот адрес уже приглашали*
        1001 one in flight and a limit: Review: ⏳ *У этого получателя уже есть приглашение, и его итог ещё не известен*
        1001 all: Review: 🚫 *Сюда просили не писать*
    "#]].assert_eq(&text);
}

#[test]
fn whoever_is_on_the_list_is_asked_about_no_further() {
    for (stop, steps, last) in [
        ("1215107651", "/invite | [СБИС]", "1215107651"),
        ("1215107651", "", CARD),
        ("romashka.ru", "", CARD),
        ("romashka.ru", "/invite | [СБИС]", CARD),
    ] {
        let mut player = Player::new().with_stop(stop).after(steps).after(last);
        let stopped = |player: &Player| player.screen().contains("Сюда просили не писать");
        assert!(stopped(&player), "{last}: {}", player.screen());
        player.says("Лютик");
        assert!(stopped(&player), "{last}: {}", player.log);
        player.plays("/start | [Продолжить]");
        assert!(stopped(&player), "{last}: {}", player.log);
        // The same after a restart; and once it is off the list, the questions go on.
        player.takes(Input::ShowAgain);
        assert!(stopped(&player), "{last}: {}", player.log);
        player.frees();
        player.takes(Input::ShowAgain);
        let asks = ["Куда приглашаем", "Пришлите *КПП*", "Код *офиса*"];
        let screen = player.screen();
        assert!(asks.iter().any(|asks| screen.contains(asks)), "{last}: {screen}");
    }
    // One value alone begins no draft, and nothing is offered that would end in the same words.
    let mut player = Player::new().with_stop("1215107651").after("1215107651");
    assert!(player.screen().contains("Сюда просили не писать"), "{}", player.screen());
    assert!(!player.screen().contains("Пригласить"), "{}", player.screen());
    player.frees();
    player.takes(Input::ShowAgain);
    assert!(player.screen().contains("[✉️ Пригласить в СБИС]"), "{}", player.screen());
    // Another address frees a card whose address is on the list.
    let player = Player::new().with_stop("romashka.ru").after(CARD);
    let player = player.after("[✏️ E-mail] | ivan@example.com");
    assert!(player.screen().contains("Куда приглашаем"), "{}", player.screen());
    assert!(player.screen().contains("ivan@example.com"), "{}", player.screen());
}

#[test]
fn a_limit_that_is_free_again_lets_the_draft_go() {
    let player = Player::with(limited(Limits { person_hour: 1, ..Limits::NONE }));
    player.sent(&anna(), &to("sad@mail.ru"), Standing::Accepted);
    let mut player = player.after(TO_SUMMARY);
    assert!(player.screen().contains("Лимит на час исчерпан: 1"), "{}", player.screen());
    player.time_passes(61);
    player.presses("Проверить ещё раз");
    assert!(confirms(&mut player), "{}", player.screen());
}

/// Enough letters went: nobody but an admin sends one more, and that is written down.
#[test]
fn nobody_but_an_admin_sends_more_than_enough() {
    let mut log = String::new();
    for person in [anna(), oleg()] {
        let player = Player::new().by(&person);
        for author in [pyotr(), oleg()] {
            player.sent(&author, &ivan(), Standing::Accepted);
        }
        let player = player.after(TO_SUMMARY).after("[Всё равно]");
        let screen = player.screen();
        let said = screen.lines().filter(|line| line.starts_with('⚠') || line.contains("сверх"));
        writeln!(log, "{}: {}", person.id, said.collect::<Vec<_>>().join(" ")).unwrap();
        let mut player = player;
        let may = person == oleg();
        if !may {
            player.gives(Press::Draft(DraftAct::SendOverLimit));
            player.gives(Press::Draft(DraftAct::Send));
            assert_eq!(player.toast.as_deref(), Some("Не отправлено: посмотрите, что изменилось."));
        }
        assert_eq!(confirms(&mut player), may, "{}", player.log);
        assert_eq!(player.invitations().len(), if may { 3 } else { 2 });
    }
    expect![[r#"
        1002: ⚠️ Этому получателю меньше суток назад уже отправляли повтор. Следующий можно с 15.05 14:32. Сверх правила может отправить админ: Олег.
        1001: ⚠️ Этому получателю меньше суток назад уже отправляли повтор. Следующий можно с 15.05 14:32. Вы админ и можете отправить сверх правила: это попадёт в журнал. [⚠️ Отправить сверх правила]
    "#]].assert_eq(&log);
}

#[test]
fn a_card_asks_twice_before_it_stops_anything() {
    for (scope, label, stop) in [
        (StopScope::Company, "Вся компания", StopTarget::Domain("romashka.ru".to_owned())),
        (StopScope::Address, "ivan@romashka.ru", StopTarget::Email("ivan@romashka.ru".to_owned())),
    ] {
        let player = Player::new();
        let number = player.sent(&anna(), &ivan(), Standing::Queued);
        let mut player = player.after(&format!("/status {number}"));
        let card = player.seen.clone();
        player.presses("Просил не писать");
        player.presses(label);
        assert_eq!(player.changes.len(), 0, "{}", player.log);
        player.presses("Да, внести");
        let [Change::Stop { stops, reason: None, holds }] = player.changes.as_slice() else {
            panic!("{:?}", player.changes)
        };
        assert_eq!((stops, holds.as_slice()), (&vec![stop], &[number][..]));
        assert_eq!(player.invitations()[0].state, State::Held);
        // There it stands already.
        player.seen = card;
        player.gives(Press::Card(number, 2, CardAct::Stop(scope)));
        assert_eq!(player.changes.len(), 0, "{}", player.log);
    }
}

#[test]
fn an_admin_types_entries() {
    let typed = |text: &str| {
        let player = Player::admin().after(&format!("/stoplist {text}"));
        match player.changes.as_slice() {
            [Change::Stop { stops, reason, .. }] => format!("{stops:?}, {reason:?}"),
            [] => stands(&player).replace("Idle: ", ""),
            other => panic!("{other:?}"),
        }
    };
    let mut text = String::new();
    for entry in [
        "romashka.ru",
        "@Romashka.RU",
        "romashka.ru просили не писать",
        "iam@mail.ru просили  по телефону",
        "1215107651 сами позвонят в 2027 году",
        "https://www.saite.ru/contacts просили по телефону",
        "romashka.ru. т.е.",
        "i@gmial.com звонили",
        "Точно i@gmial.com звонили",
        "gmial.com просили",
        "ТОЧНО gmial.com",
        "точно",
        "romаshka.ru просили не писать",
        "romashka.рф",
        "иван@romashka.ru",
        "i@gmаil.com",
        "mail.ru",
        "1215107652",
        "Чайка",
        // Of several entries none is entered.
        "boss@stop.ru, boss2@stop.ru",
        "boss@stop.ru boss2@stop.ru",
        "one@multi.ru\ntwo@multi.ru",
        "stop.ru; multi.ru",
        "stop.ru,",
        "stop.ru 7707083893",
    ] {
        writeln!(text, "{entry:?}: {}", typed(entry)).unwrap();
    }
    expect![[r#"
        "romashka.ru": [Domain("romashka.ru")], None
        "@Romashka.RU": [Domain("romashka.ru")], None
        "romashka.ru просили не писать": [Domain("romashka.ru")], Some("просили не писать")
        "iam@mail.ru просили  по телефону": [Email("iam@mail.ru")], Some("просили по телефону")
        "1215107651 сами позвонят в 2027 году": [Inn(Inn("1215107651"))], Some("сами позвонят в 2027 году")
        "https://www.saite.ru/contacts просили по телефону": [Domain("saite.ru")], Some("просили по телефону")
        "romashka.ru. т.е.": [Domain("romashka.ru")], Some("т.е.")
        "i@gmial.com звонили": Похоже на опечатку: `i@gmial.com` вместо `i@gmail.com`. Ничего не внесено. / Пришлите: `/stoplist i@gmail.com звонили` / Если всё верно: `/stoplist точно i@gmial.com звонили`
        "Точно i@gmial.com звонили": [Email("i@gmial.com")], Some("звонили")
        "gmial.com просили": Похоже на опечатку: `gmial.com` вместо `gmail.com`. Ничего не внесено. / `gmail.com` — общий почтовый домен, нужен адрес целиком. Пришлите: `/stoplist адрес@gmail.com просили` / Если всё верно: `/stoplist точно gmial.com просили`
        "ТОЧНО gmial.com": [Domain("gmial.com")], None
        "точно": Кому не писать? Нужен e-mail, домен или ИНН, после него можно причину: `/stoplist i@romashka.ru`, `/stoplist romashka.ru просили не писать`, `/stoplist 1215107651`. Ничего не внесено.
        "romаshka.ru просили не писать": Латинские и русские буквы вперемешку: rom*а*shka.ru. Русские здесь: а. Ничего не внесено. / Пришлите: `/stoplist romashka.ru просили не писать` / Если всё верно: `/stoplist точно romаshka.ru просили не писать`
        "romashka.рф": Латинские и русские буквы вперемешку: romashka.*р**ф*. Русские здесь: р, ф. Ничего не внесено. / Проверьте буквы и пришлите ещё раз. / Если всё верно: `/stoplist точно romashka.рф`
        "иван@romashka.ru": Латинские и русские буквы вперемешку: *и**в**а**н*@romashka.ru. Русские здесь: и, в, а, н. Ничего не внесено. / Проверьте буквы и пришлите ещё раз.
        "i@gmаil.com": Латинские и русские буквы вперемешку: i@gm*а*il.com. Русские здесь: а. Ничего не внесено. / Пришлите: `/stoplist i@gmail.com` / Если всё верно: `/stoplist точно i@gmаil.com`
        "mail.ru": `mail.ru` — общий почтовый домен: запрет закрыл бы всех, у кого там почта. Ничего не внесено. Пришлите адрес целиком: `/stoplist i@mail.ru`
        "1215107652": В ИНН 1215107652 опечатка: контрольная цифра не сходится. Ничего не внесено.
        "Чайка": Кому не писать? Нужен e-mail, домен или ИНН, после него можно причину: `/stoplist i@romashka.ru`, `/stoplist romashka.ru просили не писать`, `/stoplist 1215107651`. Ничего не внесено.
        "boss@stop.ru, boss2@stop.ru": Внести можно по одной записи за раз: адрес, домен или ИНН, за ним причина в той же строке. Ничего не внесено.
        "boss@stop.ru boss2@stop.ru": Внести можно по одной записи за раз: адрес, домен или ИНН, за ним причина в той же строке. Ничего не внесено.
        "one@multi.ru\ntwo@multi.ru": Внести можно по одной записи за раз: адрес, домен или ИНН, за ним причина в той же строке. Ничего не внесено.
        "stop.ru; multi.ru": Внести можно по одной записи за раз: адрес, домен или ИНН, за ним причина в той же строке. Ничего не внесено.
        "stop.ru,": Внести можно по одной записи за раз: адрес, домен или ИНН, за ним причина в той же строке. Ничего не внесено.
        "stop.ru 7707083893": Внести можно по одной записи за раз: адрес, домен или ИНН, за ним причина в той же строке. Ничего не внесено.
    "#]].assert_eq(&text);
    assert!(typed(&format!("stop.ru {}", "я".repeat(200))).starts_with("[Domain"));
    assert!(typed(&format!("stop.ru {}", "я".repeat(201))).contains("Причина слишком длинная"));
}

#[test]
fn an_admin_takes_an_entry_off() {
    let player = Player::admin().with_stop("iam@mail.ru");
    player.sent(&anna(), &to("sad@example.com"), Standing::Queued);
    let player = player.with_stop("example.com").after("/stoplist");
    let list = player.seen.clone();
    let mut player = player.after("[Убрать 1]");
    let question = player.seen.clone();
    expect!["> [Да, убрать] | ✅ Убрано из стоп-листа: `example.com` и поддомены."]
        .assert_eq(&player.brief("[Да, убрать]"));
    assert_eq!(player.invitations()[0].state, State::Held, "it goes when somebody says so");
    // It is off already.
    player.seen = question;
    expect!["> [Да, убрать] | (Карточка устарела. Ничего не сделано.)"]
        .assert_eq(&player.brief("[Да, убрать]"));
    player.seen = list;
    expect!["> [Убрать 1] | 🚫 *Стоп-лист* | (Карточка устарела. Ничего не сделано.)"]
        .assert_eq(&player.brief("[Убрать 1]"));
}

/// A set of earlier invitations is told from others.
#[test]
fn sets_of_invitations_have_fingerprints() {
    let prints = [&[][..], &[1057], &[1057, 7], &[7, 1057]]
        .map(|set| fingerprint(&set.iter().map(|&n| InvitationNo(n)).collect::<Vec<_>>()));
    assert_eq!(prints[0], 0x811c_9dc5);
    assert!(prints.iter().enumerate().all(|(n, print)| !prints[..n].contains(print)), "{prints:?}");
}
