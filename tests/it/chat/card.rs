//! The card of an invitation: what it offers, and what every act does with every standing, in
//! whosever hands the button is.

use std::fmt::Write;

use expect_test::{expect, expect_file};
use invite_bot::dialogue::facts::BotSettings;
use invite_bot::dialogue::session::Session;
use invite_bot::domain::{
    Company, Email, Field, InvitationNo, Person, Provider, Recipient, Refusal, State,
};
use invite_bot::screens::press::{CardAct, Press, StopScope};
use invite_bot::screens::{self, reminders};

use super::acts::{sbis, to};
use super::player::{Player, anna, now, oleg, only, pyotr, setup, zone};
use super::report::{grouped, outcome};
use super::standing::Standing;

const STANDINGS: [(&str, Standing, bool); 18] = [
    ("queued", Standing::Queued, false),
    ("held", Standing::Held, false),
    ("sending", Standing::Sending, false),
    ("accepted", Standing::Accepted, false),
    ("rejected: data", Standing::Rejected(Refusal::Data), false),
    ("rejected: client", Standing::Rejected(Refusal::AlreadyClient), false),
    ("rejected: other", Standing::Rejected(Refusal::Other), false),
    ("not sent", Standing::NotSent, false),
    ("unknown", Standing::Unknown, false),
    ("confirmed sent", Standing::ConfirmedSent, false),
    ("confirmed not sent", Standing::ConfirmedNotSent, false),
    ("cancelled", Standing::Cancelled, false),
    ("in an untrusted database", Standing::Distrusted, false),
    ("in an untrusted database, then not sent", Standing::RestoredNotSent, false),
    ("off the stop-list", Standing::OffTheList, false),
    ("unknown (stopped)", Standing::Unknown, true),
    ("accepted (stopped)", Standing::Accepted, true),
    ("held (stopped)", Standing::Held, true),
];

fn company() -> Recipient {
    sbis().finish().unwrap()
}

/// An invitation of Анна to a company, seen by this person.
fn standing(
    setup: BotSettings,
    person: &Person,
    standing: Standing,
    stopped: bool,
) -> (Player, InvitationNo) {
    let player = Player::with(setup);
    let number = player.sent(&anna(), &company(), standing);
    if stopped {
        player.stops("1215107651");
    }
    let mut player = player.by(person);
    player.stands_before_nothing();
    (player, number)
}

fn minute() -> i64 {
    now().as_second() / 60
}

fn action_buttons() -> Vec<CardAct> {
    vec![
        CardAct::Open,
        CardAct::OpenBelow,
        CardAct::Arrived,
        CardAct::Missing,
        CardAct::AskResend,
        CardAct::Resend(None),
        CardAct::Resend(Some(minute())),
        CardAct::Resend(Some(minute() - 16)),
        CardAct::ResendOverLimit(minute()),
        CardAct::ResendOverLimit(minute() - 16),
        CardAct::Cancel,
        CardAct::Release,
        CardAct::ResendMenu,
        CardAct::Copy,
        CardAct::Switch,
        CardAct::Edit(Field::Provider),
        CardAct::Edit(Field::Kpp),
        CardAct::Edit(Field::Email),
        CardAct::AskStop,
        CardAct::ChooseStop(StopScope::Address),
        CardAct::ChooseStop(StopScope::Company),
        CardAct::Stop(StopScope::Address),
        CardAct::Stop(StopScope::Company),
    ]
}

/// What an act leads to; nothing is written.
fn acted(player: &mut Player, number: InvitationNo, act: CardAct) -> String {
    player.stands_before_nothing();
    let pressed = player.seen.as_ref().unwrap().message;
    player.gives(Press::Card(number, player.version(number), act));
    if player.toast.as_deref() == Some(screens::STALE) {
        return "stale".to_owned();
    }
    let seen = player.seen.as_ref().unwrap();
    let below = if seen.message == pressed { "" } else { "below " };
    let said = match player.first_line() {
        line if line.is_empty() => String::new(),
        line if line.starts_with(&format!("*№{number}*")) => format!("{below}the card"),
        line => format!("{below}«{line}»"),
    };
    let did = outcome(player, &Session::default()).replace("shown", "");
    format!("{did} {said}").trim().to_owned()
}

/// The outcomes of one act over all standings, the most common of them last and without names.
fn over_standings(outcomes: Vec<(&str, String)>) -> String {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for (name, outcome) in outcomes {
        match groups.iter_mut().find(|(known, _)| *known == outcome) {
            Some((_, names)) => names.push(name),
            None => groups.push((outcome, vec![name])),
        }
    }
    groups.sort_by_key(|(_, names)| names.len());
    let (last, others) = groups.split_last().unwrap();
    let line = |(outcome, names): &(String, Vec<&str>)| format!("{}: {outcome}", names.join(", "));
    let lines = others.iter().map(line).chain([last.0.clone()]);
    lines.collect::<Vec<_>>().join("\n        ")
}

/// What every act leads to for these viewers, on those standings, by their places, that each of them
/// looks at.
fn acts_on_standings(looks_at: fn(usize, usize) -> bool) -> String {
    let off = BotSettings { providers: vec![Provider::Invoicebox], ..setup() };
    let viewers = [
        ("author", setup(), anna()),
        ("admin", setup(), oleg()),
        ("author, СБИС is off", off, anna()),
    ];
    let mut viewers: Vec<_> = (0..)
        .zip(viewers)
        .map(|(viewer, (who, setup, person))| {
            let standings = (0..).zip(STANDINGS).filter(|(at, _)| looks_at(viewer, *at));
            let players = standings.map(|(_, (name, at, stopped))| {
                let (mut player, number) = standing(setup.clone(), &person, at, stopped);
                player.dry = true;
                (name, player, number)
            });
            (who, players.collect::<Vec<_>>())
        })
        .collect();
    let mut text = String::new();
    for act in action_buttons() {
        let rows = viewers.iter_mut().map(|(who, players)| {
            let of = |(name, player, number): &mut (&'static str, Player, InvitationNo)| {
                (*name, acted(player, *number, act))
            };
            ((*who).to_owned(), over_standings(players.iter_mut().map(of).collect()))
        });
        text += &grouped(&format!("[{act:?}]"), rows);
    }
    text
}

/// Each standing looked at by one of them, in turn.
#[test]
fn every_act_on_every_standing() {
    let text = acts_on_standings(|viewer, at| at % 3 == viewer);
    expect_file!["screens/standings_in_turn.txt"].assert_eq(&text);
}

#[test]
#[ignore = "each standing looked at by each of them: a proof, run by .ci/run"]
fn every_act_on_every_standing_by_everybody() {
    expect_file!["screens/standings.txt"].assert_eq(&acts_on_standings(|_, _| true));
}

/// What a card offers does something, and what changes an invitation is done.
#[test]
fn every_button_of_every_card() {
    let mut text = String::new();
    for (name, at, stopped) in STANDINGS {
        let rows = [anna(), oleg()].map(|person| {
            let (player, number) = standing(setup(), &person, at, stopped);
            let status = format!("/status {number}");
            let mut player = player.after(&status);
            player.dry = true;
            let card = player.seen.clone().unwrap();
            let mut done = Vec::new();
            for button in card.screen.rows.iter().flatten() {
                player.seen = Some(card.clone());
                player.gives(button.press.clone());
                let toast = player.toast.as_deref().unwrap_or_default();
                let refused = [screens::STALE, screens::UNKNOWN_PRESS].contains(&toast);
                assert!(!refused, "{name}: {} ({toast})", button.label);
                if !player.changes.is_empty() {
                    let (fresh, _) = standing(setup(), &person, at, stopped);
                    let mut fresh = fresh.after(&status);
                    fresh.gives(button.press.clone());
                    let state = fresh.invitations()[0].state;
                    done.push(format!("[{}] {state:?}", button.label));
                }
            }
            (person.name.unwrap(), done.join(" "))
        });
        text += &grouped(name, rows);
    }
    expect![[r#"
        queued: [❌ Не отправлять] Cancelled
        held
            Анна К.: [❌ Не отправлять] Cancelled
            Олег: [▶️ Отправить] Queued [❌ Не отправлять] Cancelled
        sending: 
        accepted: [🎉 Зарегистрировался] Accepted [🙅 Отказался] Accepted
        rejected: data: 
        rejected: client: 
        rejected: other: [🔁 Попробовать ещё раз] Queued
        not sent: [🔁 Попробовать ещё раз] Queued
        unknown: [✅ Письмо дошло] ConfirmedSent [📭 Письма нет] ConfirmedNotSent
        confirmed sent: [🎉 Зарегистрировался] ConfirmedSent [🙅 Отказался] ConfirmedSent
        confirmed not sent: 
        cancelled: 
        in an untrusted database: [❌ Не отправлять] Cancelled
        in an untrusted database, then not sent: 
        off the stop-list: [▶️ Отправить] Queued [❌ Не отправлять] Cancelled
        unknown (stopped): [✅ Письмо дошло] ConfirmedSent [📭 Письма нет] ConfirmedNotSent
        accepted (stopped): [🎉 Зарегистрировался] Accepted [🙅 Отказался] Accepted
        held (stopped): [❌ Не отправлять] Cancelled
    "#]]
    .assert_eq(&text);
}

/// A card of a colleague is nobody's business, and an old one sends nothing and settles nothing.
#[test]
fn what_is_pressed_on_the_card_of_a_colleague_or_on_an_old_one() {
    use CardAct::{Arrived, Missing, Release, Resend, ResendOverLimit};
    let resends = [Resend(Some(minute())), ResendOverLimit(minute())];
    for (name, at, stopped) in STANDINGS {
        let (mut player, number) = standing(setup(), &pyotr(), at, stopped);
        for act in action_buttons() {
            player.gives(Press::Card(number, player.version(number), act));
            assert_eq!(player.toast.as_deref(), Some(screens::NOT_FOUND), "{name} {act:?}");
        }
        let (mut player, number) = standing(setup(), &oleg(), at, stopped);
        let before = player.invitations();
        for act in [Arrived, Missing, Release].into_iter().chain(resends) {
            player.gives(Press::Card(number, player.version(number) - 1, act));
            assert!(player.toast.is_some() && player.changes.is_empty(), "{name} {act:?}");
        }
        assert_eq!(player.invitations(), before);
    }
}

/// An address has no company: fewer fields, and nobody else to stop than its readers.
#[test]
fn every_act_on_what_went_to_an_address() {
    let setups = [
        ("both", setup()),
        ("only Invoicebox", only(Provider::Invoicebox)),
        ("only СБИС", only(Provider::Sbis)),
    ];
    let mut players = setups.map(|(name, setup)| {
        let mut player = Player::with(setup);
        player.dry = true;
        (name, player.sent(&anna(), &to("iam@mail.ru"), Standing::Accepted), player)
    });
    let mut text = String::new();
    for act in action_buttons() {
        let rows = players.iter_mut();
        let rows =
            rows.map(|(name, number, player)| ((*name).to_owned(), acted(player, *number, act)));
        text += &grouped(&format!("[{act:?}]"), rows);
    }
    expect![[r#"
        [Open]: the card
        [OpenBelow]: below the card
        [Arrived]: stale
        [Missing]: stale
        [AskResend]: stale
        [Resend(None)]: stale
        [Resend(Some(29645972))]: stale
        [Resend(Some(29645956))]: stale
        [ResendOverLimit(29645972)]: stale
        [ResendOverLimit(29645956)]: stale
        [Cancel]: (№1  останавливать)
        [Release]: stale
        [ResendMenu]: «🔁 Повторить №1 · Invoicebox»
        [Copy]
            both, only Invoicebox: Review «🔁 *Повтор №1*: клиент получит второе письмо.»
            only СБИС: Inn? «СБИС · iam@mail.ru»
        [Switch]
            both, only СБИС: Inn? «СБИС · iam@mail.ru»
            only Invoicebox: (Этот сервис выключен)
        [Edit(Provider)]
            both, only Invoicebox: Review below «🔁 *Повтор №1*: клиент получит второе письмо.»
            only СБИС: Inn? below «СБИС · iam@mail.ru»
        [Edit(Kpp)]
            both, only Invoicebox: Review below «🔁 *Повтор №1*: клиент получит второе письмо.»
            only СБИС: Inn? below «СБИС · iam@mail.ru»
        [Edit(Email)]: Email? (edit) below «Invoicebox · iam@mail.ru»
        [AskStop]: «🚫 *Кто просил не писать?*»
        [ChooseStop(Address)]: «🚫 Внести в стоп-лист: `iam@mail.ru`?»
        [ChooseStop(Company)]: ·
        [Stop(Address)]: Stop «🚫 Внесено в стоп-лист: `iam@mail.ru`.»
        [Stop(Company)]: ·
    "#]]
    .assert_eq(&text);
}

#[test]
fn what_a_person_does_with_a_card() {
    let mut player = Player::new();
    player.sent(&anna(), &to("iam@mail.ru"), Standing::Unknown);
    let steps = "/status 1 | [Отправить ещё раз] | [Да, отправить] | /status 1 | [Стоп] | /status 1 | [Письма нет]";
    expect![[r#"
        > /status 1 | *№1* · Invoicebox · *неизвестно*
        > [Отправить ещё раз] | 🔁 №1: отправить ещё раз на `iam@mail.ru`?
        > [Да, отправить] | (№1: отправляю. Итог — на карточке и в /status.)
        > /status 1 | *№1* · Invoicebox · *в очереди*
        > [Стоп] | (№1: не отправляю.)
        > /status 1 | *№1* · Invoicebox · *неизвестно*
        > [Письма нет] | (№1: отмечено, письма нет.)"#]]
    .assert_eq(&player.brief(steps));
    assert_eq!(player.invitations()[0].state, State::ConfirmedNotSent);
    // A question that was asked long ago, or at no time, is no word.
    for asked in [i64::MIN, 0, minute() - 16, minute() + 1, i64::MAX] {
        let version = player.version(InvitationNo(1));
        for act in [CardAct::Resend(Some(asked)), CardAct::ResendOverLimit(asked)] {
            player.gives(Press::Card(InvitationNo(1), version, act));
            assert_eq!(player.changes.len(), 0, "{asked}");
        }
    }
    // Whoever is not the author sees the card as it is then.
    let player = Player::admin();
    player.sent(&anna(), &to("iam@mail.ru"), Standing::Unknown);
    let mut player = player.after("/status 1");
    expect![[r#"
        > [Письмо дошло]
        *№1* · Invoicebox · *принято*
        `iam@mail.ru`
        Автор: Анна К.

        14.05 14:32:07 подтверждение: Анна К.
        14.05 14:32:07 попытка 1: неизвестно, ушло ли письмо
        14.05 14:32:07 письмо дошло: вы
        ‖ Для поддержки сервиса
        попытка 1: без ответа, 0,0 с ‖
        [🎉 Зарегистрировался] [🙅 Отказался]
        [📞 Перезвонить]
        [🔁 Повторить]
        [🚫 Просил не писать]
        [📋 iam@mail.ru] [🔗 Ссылка]
        [◀️ К списку]
        (№1: отмечено, письмо дошло.)
    "#]]
    .assert_eq(&player.transcript("[Письмо дошло]"));
}

#[test]
fn an_old_reminder_has_no_effect() {
    let player = Player::new();
    player.sent(&anna(), &to("iam@mail.ru"), Standing::Unknown);
    let unknown = player.invitations().remove(0);
    let mut player = player.after("/status 1 | [Письмо дошло]");
    let reminder = reminders::reminder(&unknown, true, &zone());
    assert_eq!(reminder.rows.iter().flatten().count(), 3);
    for button in reminder.rows.iter().flatten() {
        player.gives(button.press.clone());
        assert_eq!(player.toast.as_deref(), Some(screens::STALE), "{}", button.label);
        assert_eq!(player.changes.len(), 0);
    }
}

/// «Повторить»: the menu, and the same once more where the quota allows it.
#[test]
fn a_repeat_is_a_new_invitation() {
    let mut log = String::new();
    for (name, letters, stop) in
        [("the first", 1, false), ("too soon", 2, false), ("stopped", 1, true)]
    {
        let rows = [anna(), oleg()].map(|person| {
            let player = Player::new();
            for _ in 0..letters {
                player.sent(&person, &company(), Standing::Accepted);
            }
            let player = if stop { player.with_stop("1215107651") } else { player };
            let player = player.by(&person).after("/status 1 | [Повторить]");
            let menu = player.screen();
            let labels = menu.lines().filter(|line| line.starts_with('['));
            let labels = labels.collect::<Vec<_>>().join(" ");
            let mut player = player.after("/status 1");
            player.gives(Press::Card(
                InvitationNo(1),
                player.version(InvitationNo(1)),
                CardAct::Copy,
            ));
            (person.name.clone().unwrap(), format!("{labels} «{}»", player.first_line()))
        });
        log += &grouped(name, rows);
    }
    expect![[r#"
        the first: [📄 Как есть] [✏️ ИНН] [✏️ КПП] [✏️ Название] [✏️ E-mail] [✏️ Офис] [🔀 Через Invoicebox] [◀️ Назад] «🔁 *Повтор №1*: клиент получит второе письмо.»
        too soon
            Анна К.: [🙋 Попросить] [✏️ ИНН] [✏️ КПП] [✏️ Название] [✏️ E-mail] [✏️ Офис] [🔀 Через Invoicebox] [◀️ Назад] «🔁 Повторить №1 · СБИС»
            Олег: [📄 Как есть] [✏️ ИНН] [✏️ КПП] [✏️ Название] [✏️ E-mail] [✏️ Офис] [🔀 Через Invoicebox] [◀️ Назад] «⚠️ *Эту компанию уже приглашали*»
        stopped
            Анна К.: [🙋 Попросить] [◀️ Назад] «🔁 Повторить №1 · СБИС»
            Олег: [🚫 Стоп-лист] [◀️ Назад] «🔁 Повторить №1 · СБИС»
    "#]].assert_eq(&log);
    // That this one was sent before is no news to who repeats it.
    let player = Player::new();
    player.sent(&anna(), &company(), Standing::Accepted);
    let player = player.after("/status 1 | [Повторить] | [Как есть] | [Отправить]");
    assert_eq!(player.invitations().len(), 2, "{}", player.screen());
}

/// Nobody repeats beyond what may be sent, or while another one goes to the same recipient.
#[test]
fn a_repeat_keeps_to_the_rules() {
    let mut limited = setup();
    limited.rules.limits.person_day = 1;
    let in_flight: &[Standing] = &[Standing::Queued];
    let letters: &[Standing] = &[Standing::Accepted, Standing::Accepted];
    let mut log = String::new();
    for (setup, person, others) in [
        (setup(), anna(), in_flight),
        (setup(), oleg(), in_flight),
        (limited, anna(), &[]),
        (setup(), anna(), letters),
        (setup(), oleg(), letters),
    ] {
        let player = Player::with(setup);
        player.sent(&anna(), &company(), Standing::NotSent);
        for &other in others {
            player.sent(&pyotr(), &company(), other);
        }
        let player = player.by(&person).after("/status 1 | [Попробовать ещё раз]");
        assert_eq!(player.changes.len(), 0);
        let said = player.toast.clone().unwrap_or_else(|| player.screen().replace('\n', " "));
        writeln!(log, "{said}").unwrap();
    }
    expect![[r#"
        Этого получателя сейчас приглашает ваш коллега. Не отправляю.
        Итог №2 этому же получателю ещё не известен. Не отправляю.
        Лимит на сегодня исчерпан: 1. Не отправляю. Можно с 15.05 00:00.
        ⚠️ №1: *повтор не отправлен*. Этому получателю меньше суток назад уже отправляли повтор. Следующий можно с 15.05 14:32. Сверх правила может отправить админ: Олег. Детский сад Чайка · `iam@mail.ru` [🙋 Попросить] [🔎 Открыть]
        ⚠️ №1: *повтор не отправлен*. Этому получателю меньше суток назад уже отправляли повтор. Следующий можно с 15.05 14:32. Вы админ и можете отправить сверх правила: это попадёт в журнал. Детский сад Чайка · `iam@mail.ru` [⚠️ Отправить сверх правила] [🔎 Открыть]
    "#]].assert_eq(&log);
}

/// Whoever sent one value and looks at its history may invite by it, and by no other.
#[test]
fn what_is_found_of_the_one_value_that_was_sent() {
    let email = Email::parse("sad@mail.ru").unwrap();
    let other = Recipient::Sbis(Company { email, ..company().company().unwrap().clone() });
    let mut text = String::new();
    for (more, query) in [
        (false, "/status 1"),
        (false, "/status iam@mail.ru"),
        (false, "/status 1215107651"),
        (true, "/status iam@mail.ru"),
        (true, "/status 1215107651"),
        (false, "/status 2298152449"),
        (false, "/status"),
    ] {
        let values = [
            ("nothing", ""),
            ("this ИНН", "1215107651"),
            ("another ИНН", "7707083893"),
            ("this address", "IAM@mail.ru"),
            ("another address", "i@mail.ru"),
        ];
        let rows = values.map(|(name, value)| {
            let player = Player::new();
            player.sent(&anna(), &company(), Standing::Accepted);
            if more {
                player.sent(&anna(), &to("iam@mail.ru"), Standing::Accepted);
                player.sent(&anna(), &other, Standing::Accepted);
            }
            let player = player.after(value).after(query);
            let screen = player.screen();
            let invites = screen.lines().filter(|line| line.contains("Пригласить"));
            let invites = invites.collect::<Vec<_>>().join(" ");
            (name.to_owned(), format!("«{}» {invites}", player.first_line()))
        });
        text += &grouped(&format!("{query}{}", if more { ", of three" } else { "" }), rows);
    }
    expect![[r#"
        /status 1
            nothing, another ИНН, another address: «*№1* · СБИС · *принято*» 
            this ИНН: «*№1* · СБИС · *принято*» [✉️ Пригласить в СБИС]
            this address: «*№1* · СБИС · *принято*» [✉️ Пригласить в Invoicebox] [✉️ Пригласить в СБИС]
        /status iam@mail.ru
            nothing, another ИНН, another address: «*№1* · СБИС · *принято*» 
            this ИНН: «🕘 История: ИНН 1215107651» [✉️ Пригласить в СБИС]
            this address: «🕘 История: IAM@mail.ru» [✉️ Пригласить в Invoicebox] [✉️ Пригласить в СБИС]
        /status 1215107651
            nothing, another ИНН, another address: «*№1* · СБИС · *принято*» 
            this ИНН: «🕘 История: ИНН 1215107651» [✉️ Пригласить в СБИС]
            this address: «🕘 История: IAM@mail.ru» [✉️ Пригласить в Invoicebox] [✉️ Пригласить в СБИС]
        /status iam@mail.ru, of three
            nothing, this ИНН, another ИНН, another address: «Найдено» [✉️ Пригласить] [🏠 Начало]
            this address: «🕘 История: IAM@mail.ru» [✉️ Пригласить в Invoicebox] [✉️ Пригласить в СБИС]
        /status 1215107651, of three
            nothing, another ИНН, this address, another address: «Найдено» [✉️ Пригласить] [🏠 Начало]
            this ИНН: «🕘 История: ИНН 1215107651» [✉️ Пригласить в СБИС]
        /status 2298152449
            nothing, another address: «Ничего не найдено. Ищу по номеру, e-mail, ИНН и названию среди приглашений, которые вам видны.» [✉️ Пригласить]
            this ИНН: «🕘 История: ИНН 1215107651» [✉️ Пригласить в СБИС]
            another ИНН: «🕘 История: ИНН 7707083893» [✉️ Пригласить в СБИС]
            this address: «🕘 История: IAM@mail.ru» [✉️ Пригласить в Invoicebox] [✉️ Пригласить в СБИС]
        /status: «🗂 Мои приглашения» [✉️ Пригласить] [🏠 Начало]
    "#]].assert_eq(&text);
}
