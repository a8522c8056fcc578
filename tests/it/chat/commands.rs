//! Commands, and buttons beside a draft.

use std::fmt::Write;

use expect_test::{expect, expect_file};
use invite_bot::domain::{HoldKind, Provider, State};
use invite_bot::screens::press::Press;
use jiff::SignedDuration;

use super::acts::to;
use super::player::{Player, anna, oleg, pyotr};
use super::report::place;
use super::standing::Standing;

/// Those with a value of a person, of the stop-list or of a client are in the files about these.
#[test]
fn every_command() {
    let mut text = String::new();
    for (for_admins, command) in [
        (false, "/start"),
        (false, " \n/START@invite_bot\u{a0}"),
        (false, "/start hello"),
        (false, "/start x_1"),
        (false, "/invite"),
        (false, "/invite Чайка"),
        (false, "/status"),
        (false, "/status\t№ 1"),
        (false, "/status #1"),
        (false, "/Status\u{a0}n1"),
        (false, "/status 1"),
        (false, "/status 2"),
        (false, "/status 0"),
        (false, "/status -1"),
        (false, "/status 1215107651"),
        (false, "/status 1215107652"),
        (false, "/status IAM@mail.ru"),
        (false, "/status письмо на iam@mail.ru"),
        (false, "/status Чайка, ИНН 1215107651"),
        (false, "/status Чайка"),
        (false, "/cancel"),
        (false, "/help"),
        (false, "/launch"),
        (false, "/"),
        (false, "/@invite_bot"),
        (true, "/staff"),
        (true, "/stoplist"),
        (true, "/allow"),
        (true, "/allow Лида"),
        (true, "/allow 1001 Олег"),
        (true, "/revoke"),
        (true, "/revoke 1001"),
    ] {
        let of = |player: Player| {
            player.sent(&anna(), &to("iam@mail.ru"), Standing::Accepted);
            let player = player.after(command);
            format!("{}: {}", place(&player.session()), player.first_line())
        };
        let (staff, admin) = (of(Player::new()), of(Player::admin()));
        let other = match (for_admins, staff == admin) {
            // What is not in a person's menu is no command.
            (true, _) => {
                assert!(staff.contains("Такой команды нет"), "{staff}");
                String::new()
            }
            (false, true) => String::new(),
            (false, false) => format!(" ({admin})"),
        };
        let said = if for_admins { &admin } else { &staff };
        writeln!(text, "{command:?}: {said}{other}").unwrap();
    }
    expect_file!["screens/commands.txt"].assert_eq(&text);
    for player in [Player::new(), Player::admin()] {
        let help = player.after("/help").seen.unwrap().screen;
        assert!(help.text.as_str().lines().count() <= 12, "it is short");
    }
}

/// How many of each there are is said before anybody presses, and for how long back.
#[test]
fn the_filter_counts_and_goes_back_a_week() {
    let mut player = Player::new();
    player.sent(&anna(), &to("old@mail.ru"), Standing::Accepted);
    player.now += SignedDuration::from_hours(8 * 24);
    player.sent(&anna(), &to("sent@mail.ru"), Standing::Accepted);
    player.sent(&anna(), &to("doubt@mail.ru"), Standing::Unknown);
    player.sent(&pyotr(), &to("theirs@mail.ru"), Standing::Unknown);
    let mut player = player.by(&anna()).after("/status | [Фильтр]");
    expect![[r#"
        Какие показать?
        [принято 2] [отказ 0] [уже клиент 0]
        [не отправлено 0] [неизвестно 1] [в очереди 0]
        [сегодня] [неделя] [месяц] [✓ всё время]
        [✓ все 3] [◀️ К списку]"#]]
    .assert_eq(&player.screen());
    player.plays("[неделя]");
    expect![[r#"
        🗂 Мои приглашения за неделю
        *22.05*
        1. ⚠️ №3 doubt@mail.ru · Invoicebox · неизвестно
        2. ✅ №2 sent@mail.ru · Invoicebox · принято
        [1] [2]
        [Фильтр: неделя ▾]
        [✉️ Пригласить] [🏠 Начало]"#]]
    .assert_eq(&player.screen());
    player.plays("[Фильтр] | [принято 1]");
    let week = player.screen();
    assert!(week.contains("[Фильтр: принято, неделя ▾]") && !week.contains("old"), "{week}");
    let mut player = player.by(&oleg()).after("/status | [Фильтр]");
    assert!(player.screen().contains("[неизвестно 2]"), "{}", player.screen());
    player.plays("[месяц] | [Сотрудник] | [Пётр С.] | [Фильтр]");
    let one = player.screen();
    assert!(one.contains("[✓ месяц]") && one.contains("[✓ все 1]"), "both hold: {one}");
}

/// A page of the log, limited to a word and an author.
#[test]
fn the_log_is_narrowed_by_buttons() {
    let player = Player::new();
    for n in 0..7 {
        player.sent(&anna(), &to(&format!("i{n}@mail.ru")), Standing::Accepted);
    }
    player.sent(&pyotr(), &to("i7@mail.ru"), Standing::Unknown);
    let mut player = player.by(&oleg()).after("/status | [▶️]");
    let page = player.screen();
    assert!(page.contains("№3 i2@mail.ru") && page.contains("[2/2]"), "{page}");
    let steps = "[Фильтр] | [неизвестно] | [Сотрудник] | [Анна К.]";
    expect![[r#"
        > [Фильтр] | Какие показать?
        > [неизвестно] | 🗂 Все приглашения
        > [Сотрудник] | Чьи приглашения показать?
        > [Анна К.] | 🗂 Приглашения: Анна К."#]]
    .assert_eq(&player.brief(steps));
    // Staff see their own.
    let player = player.by(&pyotr()).after("/status");
    let list = player.screen();
    assert!(list.contains("№8") && !list.contains("№7"), "{list}");
}

/// What stops sending, and who lets it go on.
#[test]
fn an_admin_lets_sending_go_on() {
    let player = Player::admin();
    let message = Some("Unauthorized".to_owned());
    player.stops_sending(HoldKind::BadCredentials { provider: Provider::Sbis, message });
    player.stops_sending(HoldKind::polling_conflict(player.now));
    let holds = player.waits_for(player.holds());
    let [refused, conflict] = holds.as_slice() else { panic!("{holds:?}") };
    let mut player = player.after("/start");
    player.presses("СБИС");
    player.gives(Press::Resume(refused.id, None));
    player.gives(Press::Resume(conflict.id, None));
    player.time_passes(2);
    player.gives(Press::Resume(conflict.id, None));
    expect!["> [СБИС] | ▶️ *СБИС* снова отправляет. Ничего не ждало. (Олег, 14:32) | (СБИС снова отправляет.) | (Эта кнопка устарела. Как сейчас — в /start.) | (Другая программа с этим токеном ещё работает. Остановите её и нажмите через минуту. Отправка не возобновлена.) | ▶️ *Снова отправляю*. (Олег, 14.05 14:34) | (Снова отправляю.)"].assert_eq(&player.firsts);
    assert_eq!(player.waits_for(player.holds()), []);
}

#[test]
fn what_an_untrusted_database_holds_goes_by_an_admin_who_was_just_asked() {
    let player = Player::admin();
    let number = player.sent(&anna(), &to("iam@mail.ru"), Standing::Distrusted);
    let id = player.waits_for(player.holds())[0].id;
    let mut player = player.after("/start");
    let resumes = |player: &mut Player, id, asked| {
        player.gives(Press::Resume(id, asked));
        !player.changes.is_empty()
    };
    let minute = player.now.as_second() / 60;
    for asked in [None, Some(minute - 16), Some(minute + 1), Some(i64::MIN)] {
        assert!(!resumes(&mut player, id, asked), "{asked:?}");
        assert!(player.screen().contains("Возобновить отправку?"), "{}", player.screen());
    }
    assert!(!resumes(&mut player, id + 1, Some(minute)));
    // Not one by one while it stands, and not by staff.
    let mut player = player.after(&format!("/status {number}"));
    assert!(!player.screen().contains("Отправить"), "{}", player.screen());
    let mut staff = player.by(&anna()).after("/start");
    assert!(!resumes(&mut staff, id, Some(minute)));
    player = staff.by(&oleg()).after("/start");
    player.gives(Press::Resume(id, Some(minute - 15)));
    player.gives(Press::Resume(id, Some(minute)));
    expect!["▶️ *Снова отправляю*. (Олег, 14.05 14:32) Снова в очереди: 1. Итоги — у авторов и в /status. | (Отправка и так работает.)"].assert_eq(&player.firsts);
    assert_eq!(player.invitations()[0].state, State::Queued);
}
