//! Who may use the bot and how much, and which office codes are whose.

use expect_test::{expect, expect_file};
use invite_bot::dialogue::facts::BotSettings;
use invite_bot::dialogue::session::Session;
use invite_bot::domain::{Field, LimitPeriod, Person, PersonId, Provider, Role};
use invite_bot::handlers::About;
use invite_bot::screens::press::{Press, StaffAct};
use invite_bot::store::Change;

use super::acts::{asking, invoicebox, reviewing, to};
use super::player::{Player, anna, oleg, pyotr, said, setup};
use super::report::{grouped, named, place, stands, table};
use super::standing::Standing;

fn lida() -> Person {
    Person { id: PersonId::new(1030).unwrap(), name: Some("Лида".to_owned()) }
}

fn becomes(player: &Player, person: &Person, role: Role) {
    let person = person.clone();
    player.applies(&oleg(), Change::Allow { person, role, fixed_admins: 1 });
}

#[test]
fn somebody_is_allowed_gets_another_role_and_is_revoked() {
    let steps =
        "/allow 1030 Лида | 7706 | /allow 1030 админ | /allow 1030 | /revoke 1030 | /revoke 1030";
    let mut player = Player::admin();
    expect![[r#"
        > /allow 1030 Лида | ✅ Доступ открыт: *Лида*, id `1030`, сотрудник | 🏷 Код офиса СБИС: *Лида* | to 1030: ✅ Вам открыт доступ, роль: сотрудник. Начать — /start | menu of 1030: Some(Staff)
        > 7706 | ✅ Записано. | to 1030: Ваш код офиса СБИС теперь: *7706*.
        > /allow 1030 админ | *id 1030*, id `1030`, пока сотрудник. В Telegram: Лида.
        > /allow 1030 | Доступ уже есть: *Лида*, id `1030`, сотрудник
        > /revoke 1030 | ⛔️ Доступ отозван: *Лида*, id `1030`. | to 1030: 🔒 Доступ закрыт. Вопросы — админу. | menu of 1030: None
        > /revoke 1030 | Нет среди сотрудников: *Лида*, id `1030`. Ничего не изменено."#]].assert_eq(&player.brief(steps));
    let mut player = player.by(&lida()).after("");
    expect!["> /start | (not on the list)"].assert_eq(&player.brief("/start"));
    // Where there is no СБИС, no office is asked for.
    let setup = BotSettings { providers: vec![Provider::Invoicebox], ..setup() };
    let mut player = Player::with(setup).by(&oleg());
    expect!["> /allow 1030 Лида админ | *Лида*, id `1030`, пока сотрудник. Этот человек ещё не писал боту: проверьте цифры. | to 1030: ✅ Вам открыт доступ, роль: сотрудник. Начать — /start | menu of 1030: Some(Staff)"].assert_eq(&player.brief("/allow 1030 Лида админ"));
    assert_eq!(player.session().prompt, None);
}

/// What waits of somebody who is revoked is held, and what is in doubt is named.
#[test]
fn who_is_revoked_leaves_what_waits_to_an_admin() {
    let mut player = Player::admin();
    player.sent(&anna(), &to("a@mail.ru"), Standing::Queued);
    player.sent(&anna(), &to("b@mail.ru"), Standing::Unknown);
    let steps = "/staff | [Анна К.] | [Отозвать] | [Да, отозвать]";
    expect![[r#"
        > /staff | 👥 *Сотрудники*
        > [Анна К.] | 👤 *Анна К.* · id `1002` · сотрудник
        > [Отозвать] | Отозвать доступ: *Анна К.*, id `1002`?
        > [Да, отозвать] | ⛔️ Доступ отозван: *Анна К.*, id `1002`. | to 1002: 🔒 Доступ закрыт. Вопросы — админу. | menu of 1002: None"#]].assert_eq(&player.brief(steps));
    expect![[r#"
        ⛔️ Доступ отозван: *Анна К.*, id `1002`.
        Ждут вашего решения, не отправлены: №1.
        Итог неизвестен, спросите клиента и отметьте: №2.
        [🔎 №1] [🔎 №2]
        [👥 Сотрудники] [🏠 Начало]"#]]
    .assert_eq(&player.screen());
}

#[test]
fn one_admin_is_left() {
    let nobody = BotSettings { fixed_admins: [].into(), ..setup() };
    let mut player = Player::with(nobody).by(&pyotr());
    becomes(&player, &pyotr(), Role::Admin);
    expect![[r#"
        > /allow 1020 сотрудник | Это последний админ: роль не изменена. Сначала назначьте другого: `/allow 123456789 админ`
        > /revoke 1020 | Это последний админ: его нельзя убрать. Сначала назначьте другого: `/allow 123456789 админ`"#]].assert_eq(&player.brief("/allow 1020 сотрудник | /revoke 1020"));
    // Where there is another, nobody is told what he did himself.
    becomes(&player, &lida(), Role::Admin);
    expect!["> /allow 1020 сотрудник | ✅ Роль изменена: *Пётр С.*, id `1020`, сотрудник | menu of 1020: Some(Staff)"].assert_eq(&player.brief("/allow 1020 сотрудник"));
}

/// Commands that are about somebody, as replies to what that person sent.
#[test]
fn a_command_about_whom_a_message_is_from() {
    let about = |person: Person| Some(About::Person(person));
    let mut text = String::new();
    for command in [
        "/allow",
        "/allow админ",
        "/allow Лида Сергеевна сотрудник",
        "/allow 1002 Анна",
        "/revoke",
        "/revoke 1002",
        "/revoke Лида",
    ] {
        let rows = [
            ("nobody", None),
            ("Лида", about(lida())),
            ("one without a name", about(Person { name: None, ..lida() })),
            ("an admin by configuration", about(oleg())),
            ("somebody hidden", Some(About::Hidden)),
        ]
        .map(|(who, about)| {
            let mut player = Player::admin();
            player.takes(said(Some(command), about));
            let did = match player.changes.first() {
                Some(Change::Allow { person, role, .. }) => format!("{:?} {role:?}", person.name),
                Some(change) => named(change),
                None => String::new(),
            };
            let said = player.firsts.split(" | ").next().unwrap_or_default();
            (who.to_owned(), format!("{said} {did}"))
        });
        text += &grouped(command, rows);
    }
    expect![[r#"
        /allow
            nobody: Кому дать доступ? Нужен числовой id: `/allow 123456789 Анна` (в конце можно добавить роль: «сотрудник», «старший», «наблюдатель» или «админ»). Или ответьте командой /allow на пересланное от человека сообщение или на его контакт. Имена и @username не подходят: их меняют. 
            Лида: ✅ Доступ открыт: *Лида*, id `1030`, сотрудник Some("Лида") Staff
            one without a name: ✅ Доступ открыт: *id 1030*, сотрудник None Staff
            an admin by configuration: id `1001` — админ из настроек сервера. Ничего не изменено. Снять его может тот, кто обслуживает бота: убрать из ADMIN_IDS и перезапустить. 
            somebody hidden: Telegram скрыл автора этого сообщения, доступ не выдан. Попросите человека прислать свой числовой id и наберите `/allow 123456789 Анна` 
        /allow админ
            nobody: Кому дать доступ? Нужен числовой id: `/allow 123456789 Анна` (в конце можно добавить роль: «сотрудник», «старший», «наблюдатель» или «админ»). Или ответьте командой /allow на пересланное от человека сообщение или на его контакт. Имена и @username не подходят: их меняют. 
            Лида: *Лида*, id `1030`, пока сотрудник. Этот человек ещё не писал боту: проверьте цифры. Some("Лида") Staff
            one without a name: *id 1030*, id `1030`, пока сотрудник. Этот человек ещё не писал боту: проверьте цифры. None Staff
            an admin by configuration: id `1001` — админ из настроек сервера. Ничего не изменено. Снять его может тот, кто обслуживает бота: убрать из ADMIN_IDS и перезапустить. 
            somebody hidden: Telegram скрыл автора этого сообщения, доступ не выдан. Попросите человека прислать свой числовой id и наберите `/allow 123456789 Анна` 
        /allow Лида Сергеевна сотрудник
            nobody: Кому дать доступ? Нужен числовой id: `/allow 123456789 Анна` (в конце можно добавить роль: «сотрудник», «старший», «наблюдатель» или «админ»). Или ответьте командой /allow на пересланное от человека сообщение или на его контакт. Имена и @username не подходят: их меняют. 
            Лида, one without a name: ✅ Доступ открыт: *Лида Сергеевна*, id `1030`, сотрудник Some("Лида Сергеевна") Staff
            an admin by configuration: id `1001` — админ из настроек сервера. Ничего не изменено. Снять его может тот, кто обслуживает бота: убрать из ADMIN_IDS и перезапустить. 
            somebody hidden: Telegram скрыл автора этого сообщения, доступ не выдан. Попросите человека прислать свой числовой id и наберите `/allow 123456789 Анна` 
        /allow 1002 Анна: Доступ уже есть: *Анна*, id `1002`, сотрудник Some("Анна") Staff
        /revoke
            nobody, somebody hidden: У кого отозвать доступ? Нужен числовой id: `/revoke 123456789`. Или выберите в списке. 
            Лида, one without a name: Нет среди сотрудников: id `1030`. Ничего не изменено. 
            an admin by configuration: id `1001` — админ из настроек сервера. Ничего не изменено. Снять его может тот, кто обслуживает бота: убрать из ADMIN_IDS и перезапустить. 
        /revoke 1002: ⛔️ Доступ отозван: *Анна К.*, id `1002`. Revoke
        /revoke Лида: У кого отозвать доступ? Нужен числовой id: `/revoke 123456789`. Или выберите в списке. 
    "#]].assert_eq(&text);
    // A name is as long as it may be.
    for (length, allowed) in [(64, 1), (65, 0)] {
        let player = Player::admin().after(&format!("/allow 1030 {}", "я".repeat(length)));
        assert_eq!(player.changes.len(), allowed);
    }
}

#[test]
fn the_limit_of_a_day_is_set_by_a_button_or_typed() {
    let steps = "/staff 1002 | много | 20 | 15 | [Лимит] | [Без лимита] | /staff 1002 50 | /staff 1001 30 | /staff 1002 10001 | /staff 1002 -1 | /staff 1002 30 40 | /staff 1030 | /staff 1030 30 | /staff Анна";
    let mut player = Player::admin();
    expect![[r#"
        > /staff 1002 | 🎚 Лимит в день: *Анна К.*, id `1002`
        > много | ⚠️ Лимит — целое число до 10000; 0 — без лимита.
        > 20 | ✅ Записано. | to 1002: Ваш лимит приглашений в день теперь: 20. Лимит в час остаётся: 20.
        > 15 | ✅ Записано. | to 1002: Ваш лимит приглашений в день теперь: 15. Лимит в час остаётся: 20.
        > [Лимит] | 🎚 Лимит в день: *Анна К.*, id `1002`
        > [Без лимита] | ✅ Записано. | to 1002: У вас больше нет лимита приглашений в день. Лимит в час остаётся: 20.
        > /staff 1002 50 | ✅ Записано. | to 1002: Ваш лимит приглашений в день теперь: 50. Лимит в час остаётся: 20.
        > /staff 1001 30 | ✅ Записано.
        > /staff 1002 10001 | Лимит — целое число до 10000, 0 — без лимита: `/staff 123456789 30`. Ничего не изменено.
        > /staff 1002 -1 | Лимит — целое число до 10000, 0 — без лимита: `/staff 123456789 30`. Ничего не изменено.
        > /staff 1002 30 40 | Лимит — целое число до 10000, 0 — без лимита: `/staff 123456789 30`. Ничего не изменено.
        > /staff 1030 | У человека с таким id нет доступа. Ничего не изменено. Дать доступ: /allow.
        > /staff 1030 30 | У человека с таким id нет доступа. Ничего не изменено. Дать доступ: /allow.
        > /staff Анна | 👤 *Анна К.* · id `1002` · сотрудник"#]].assert_eq(&player.brief(steps));
    assert_eq!(player.session(), Session::default(), "a command ends it");
    // What no button can hold.
    let mut player = Player::admin().after("/start");
    player.gives(Press::Staff(StaffAct::SetLimit(anna().id, LimitPeriod::Day, Some(10_001))));
    assert_eq!((player.changes.len(), player.toast.is_some()), (0, true));
}

#[test]
fn office_codes_are_set_by_a_button_or_typed() {
    let mut player = Player::admin().after("/staff | [Анна К.]");
    let steps = "[Код офиса] | 7705, 0240;1234 | 7705,0240\n1234 | [Код офиса] | [Без кода]";
    expect![[r#"
        > [Код офиса] | 🏷 Код офиса СБИС: *Анна К.*
        > 7705, 0240;1234 | ✅ Записано. | to 1002: Ваши коды офиса СБИС теперь: *7705*, 0240, 1234.
        > 7705,0240 | 👤 *Анна К.* · id `1002` · сотрудник
        > [Код офиса] | 🏷 Код офиса СБИС: *Анна К.*
        > [Без кода] | 🏷 Код офиса СБИС: *Анна К.*"#]]
    .assert_eq(&player.brief(steps));
    let mut player = player.after("/staff | [Олег] | [Код офиса]");
    expect!["> 7705 | ✅ Записано."].assert_eq(&player.brief("7705"));
}

/// A prompt about a person: what is typed and pressed below it, over whatever lies under.
#[test]
fn what_is_typed_and_pressed_below_a_prompt() {
    let under = [
        ("idle", Session::default()),
        ("asked", asking(invoicebox(), Field::Email)),
        ("summary", reviewing(invoicebox())),
    ];
    let thousands = |last: u32| (1000..=last).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let (ten, eleven) = (thousands(1009), thousands(1010));
    let id = anna().id;
    let prompts =
        [("limit", StaffAct::AskLimit(id, LimitPeriod::Day)), ("codes", StaffAct::AskOffice(id))];
    let mut text = String::new();
    for input in [
        "0",
        " 10000 ",
        "10001",
        "30.5",
        "Чайка",
        "7705, 0240;1234",
        "7705,,0240",
        &ten,
        &eleven,
        "i@chaika.ru",
        "1215107651",
        "/start",
        "/cancel",
        "ой | [❌ Отмена]",
    ] {
        let mut rows = Vec::new();
        for ((about, act), (under, session)) in
            prompts.iter().flat_map(|prompt| under.iter().map(move |it| (prompt, it)))
        {
            let mut player = Player::admin();
            player.stands_before_nothing();
            if !session.is_empty() {
                player.stands_at(session);
            }
            player.gives(Press::Staff(act.clone()));
            player.plays(input);
            let after = player.session();
            let mut parts = vec![format!("«{}»", player.first_line())];
            parts.extend(player.changes.iter().map(named));
            parts.extend((after.draft != session.draft).then(|| format!("→ {}", place(&after))));
            parts.extend(after.prompt.map(|_| "…".to_owned()));
            rows.push((format!("{about} over {under}"), parts.join(" ")));
        }
        text += &grouped(&format!("{input:?}"), rows);
    }
    expect_file!["screens/prompts.txt"].assert_eq(&text);
}

/// A demoted admin has no prompt, and what is typed belongs to the draft.
#[test]
fn who_is_no_admin_any_more_has_no_prompt() {
    for act in [StaffAct::AskLimit(anna().id, LimitPeriod::Day), StaffAct::AskOffice(anna().id)] {
        let player = Player::new();
        becomes(&player, &pyotr(), Role::Admin);
        let mut player = player.by(&pyotr()).after("/invite | [СБИС]");
        player.gives(Press::Staff(act));
        assert!(player.session().prompt.is_some());
        becomes(&player, &pyotr(), Role::Staff);
        player.says("7705");
        let said = stands(&player);
        assert!(said.starts_with("Inn?: ⚠️ Здесь 4 цифры"), "{said}");
        assert_eq!((player.changes.len(), player.session().prompt), (0, None));
    }
}

/// Buttons that were drawn before somebody went, or became an admin by configuration.
#[test]
fn who_is_gone_is_not_found_by_an_old_button() {
    let mut rows = Vec::new();
    for act in [
        StaffAct::Card,
        StaffAct::AskRole,
        |id| StaffAct::SetRole(id, Role::Admin),
        StaffAct::AskOffice,
        |id| StaffAct::SetOffice(id, None),
        |id| StaffAct::AskLimit(id, LimitPeriod::Day),
        |id| StaffAct::AskLimit(id, LimitPeriod::Hour),
        |id| StaffAct::SetLimit(id, LimitPeriod::Day, None),
        StaffAct::AskRevoke,
        StaffAct::Revoke,
    ] {
        let cells = [lida(), oleg()].map(|person| {
            let mut player = Player::admin().after("/start");
            player.gives(Press::Staff(act(person.id)));
            let did: Vec<String> = player.changes.iter().map(named).collect();
            let said: String = player.first_line().chars().take(34).collect();
            let toast = player.toast.as_deref().map_or("", |_| "(toast)");
            format!("{said} {toast}{}", did.join(" "))
        });
        rows.push((Press::Staff(act(lida().id)).encode(None), cells.to_vec()));
    }
    expect![[r#"
                        nobody                               an admin by configuration
        s:c:1030        👥 *Сотрудники* (toast)               👤 *Олег* · id `1001` · админ (из н
        s:k?:1030       👥 *Сотрудники* (toast)               id `1001` — админ из настроек серв
        s:k:1030:admin  👥 *Сотрудники* (toast)               id `1001` — админ из настроек серв
        s:o?:1030       👥 *Сотрудники* (toast)               🏷 Код офиса СБИС: *Олег*
        s:o:1030:       👥 *Сотрудники* (toast)               👤 *Олег* · id `1001` · админ (из н
        s:l?:1030:day   У человека с таким id нет доступа.   🎚 Лимит в день: *Олег*, id `1001`
        s:l?:1030:hour  У человека с таким id нет доступа.   🎚 Лимит в час: *Олег*, id `1001`
        s:l:1030:day:   У человека с таким id нет доступа.   ✅ Записано. SetLimit
        s:r?:1030       👥 *Сотрудники* (toast)               👥 *Сотрудники* (toast)
        s:r:1030        Нет среди сотрудников: id `1030`.    id `1001` — админ из настроек серв
    "#]]
    .assert_eq(&table(&["nobody", "an admin by configuration"], &rows));
}
