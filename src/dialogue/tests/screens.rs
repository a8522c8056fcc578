//! Every screen that is not part of a transcript.

use std::fmt::Write;

use expect_test::expect_file;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::super::press::{CardAct, List, ListWhat};
use super::super::{
    Allowed, Deed, Desk, Employee, Finding, Input, Listing, Press, Reply, Revoked, StaffPage,
    State as Step, texts,
};
use super::player::{Player, admin_desk, anna, desk, oleg, shown, usage};
use crate::domain::{
    Attempt, AttemptOutcome, Bucket, Company, CompanyName, Doubt, Email, Embargo, Event, Inn,
    Invitation, Kpp, Number, OfficeCode, Provider, Recipient, Refusal, Role, Room, State, Stop,
    StopEntry, Verdict, Wait,
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_778_758_327 + second).unwrap()
}

fn company() -> Recipient {
    Recipient::Sbis(Company {
        inn: Inn::parse("1215107651").unwrap(),
        kpp: Some(Kpp::parse("121501001").unwrap()),
        name: CompanyName::parse("Детский сад Чайка").unwrap(),
        email: Email::parse("iam@mail.ru").unwrap(),
        office: Some(OfficeCode::parse("7705").unwrap()),
    })
}

fn address() -> Recipient {
    Recipient::Invoicebox { email: Email::parse("iam@mail.ru").unwrap() }
}

fn attempt(outcome: Option<AttemptOutcome>, http: Option<u16>, message: Option<&str>) -> Attempt {
    Attempt {
        n: 1,
        started_at: at(1),
        ended_at: outcome.map(|_| at(2)),
        outcome,
        http_status: http,
        reference: (outcome == Some(AttemptOutcome::Accepted)).then(|| "d5490c3d".to_owned()),
        request_id: http.map(|_| "req-1".to_owned()),
        message: message.map(str::to_owned),
    }
}

fn invitation(recipient: Recipient, state: State, last: Option<Attempt>) -> Invitation {
    Invitation {
        number: Number(1057),
        author: anna(),
        recipient,
        guid: Uuid::from_u128(0x4f40_fed3_2bc4_4bc2_bedb_0862_3e4d_ed6f),
        state,
        seq: 3,
        created_at: at(0),
        changed_at: at(2),
        changed_by: matches!(
            state,
            State::ConfirmedSent | State::ConfirmedNotSent | State::Cancelled
        )
        .then(anna),
        not_before: Some(at(60)),
        rival: false,
        paused: false,
        left_until: None,
        embargoed: false,
        restored: false,
        stopped: false,
        held_by_list: false,
        last,
        doubtful: false,
    }
}

/// One that the provider took.
pub fn accepted() -> Invitation {
    invitation(
        company(),
        State::Accepted,
        Some(attempt(Some(AttemptOutcome::Accepted), Some(200), None)),
    )
}

/// An invitation in every state, with the attempt that led there.
pub fn every_state(recipient: &Recipient) -> Vec<(&'static str, Invitation)> {
    use AttemptOutcome::{Accepted, NotAccepted, Rejected, Unknown};
    let made = |state, last| invitation(recipient.clone(), state, last);
    let refused = |message| Some(attempt(Some(Rejected), Some(422), Some(message)));
    let paused = made(
        State::Queued,
        Some(attempt(Some(NotAccepted(Wait::Config)), Some(401), Some("Unauthorized"))),
    );
    vec![
        ("queued", made(State::Queued, None)),
        (
            "queued, to be stopped",
            Invitation {
                not_before: Some(at(7)),
                changed_by: Some(anna()),
                ..made(State::Queued, None)
            },
        ),
        (
            "queued, no connection",
            made(
                State::Queued,
                Some(attempt(Some(NotAccepted(Wait::Connect)), None, Some("no connection"))),
            ),
        ),
        (
            "queued, throttled",
            made(State::Queued, Some(attempt(Some(NotAccepted(Wait::Throttled)), Some(429), None))),
        ),
        ("queued, paused", Invitation { paused: true, ..paused.clone() }),
        (
            "a repeat waits",
            Invitation {
                doubtful: true,
                ..made(State::Queued, Some(attempt(Some(NotAccepted(Wait::Connect)), None, None)))
            },
        ),
        (
            "a repeat is not sent",
            Invitation {
                doubtful: true,
                ..made(State::NotSent, Some(attempt(Some(NotAccepted(Wait::Connect)), None, None)))
            },
        ),
        ("held", made(State::Held, None)),
        ("sending", made(State::Sending, Some(attempt(None, None, None)))),
        ("accepted", made(State::Accepted, Some(attempt(Some(Accepted), Some(200), None)))),
        ("rejected: data", made(State::Rejected(Refusal::Data), refused("ИНН <b>неверен</b>"))),
        (
            "rejected: already a client",
            made(State::Rejected(Refusal::AlreadyClient), refused("Уже есть аккаунт")),
        ),
        (
            "rejected: other",
            made(State::Rejected(Refusal::Other), refused("Сервис временно недоступен")),
        ),
        (
            "not sent, no connection",
            made(State::NotSent, Some(attempt(Some(NotAccepted(Wait::Connect)), None, None))),
        ),
        (
            "not sent, throttled",
            made(
                State::NotSent,
                Some(attempt(Some(NotAccepted(Wait::Throttled)), Some(429), None)),
            ),
        ),
        ("unknown", made(State::Unknown, Some(attempt(Some(Unknown), None, Some("timeout"))))),
        (
            "unknown after a stop",
            made(State::Unknown, Some(attempt(Some(Unknown), None, Some("stopped")))),
        ),
        ("confirmed sent", made(State::ConfirmedSent, Some(attempt(Some(Unknown), None, None)))),
        (
            "confirmed not sent",
            made(State::ConfirmedNotSent, Some(attempt(Some(Unknown), None, None))),
        ),
        ("cancelled", made(State::Cancelled, None)),
        (
            "queued, paused and left alone",
            Invitation { paused: true, left_until: Some(at(90)), ..paused },
        ),
        (
            "queued, left alone",
            Invitation { left_until: Some(at(90)), ..made(State::Queued, None) },
        ),
        (
            "queued, left alone after it was asked to wait",
            Invitation {
                left_until: Some(at(90)),
                ..made(
                    State::Queued,
                    Some(attempt(Some(NotAccepted(Wait::Throttled)), Some(503), None)),
                )
            },
        ),
        (
            "queued, asked to wait longer than it is left alone",
            Invitation {
                left_until: Some(at(30)),
                ..made(
                    State::Queued,
                    Some(attempt(Some(NotAccepted(Wait::Throttled)), Some(503), None)),
                )
            },
        ),
        (
            "queued, another program",
            Invitation { rival: true, paused: true, ..made(State::Queued, None) },
        ),
        (
            "held by an embargo",
            Invitation { embargoed: true, restored: true, ..made(State::Held, None) },
        ),
        (
            "held by the stop-list",
            Invitation { stopped: true, held_by_list: true, ..made(State::Held, None) },
        ),
        ("taken off the stop-list", Invitation { held_by_list: true, ..made(State::Held, None) }),
        (
            "held by an embargo, then cancelled",
            Invitation { restored: true, ..made(State::Cancelled, None) },
        ),
        (
            "held by an embargo, then not sent",
            Invitation {
                restored: true,
                ..made(State::NotSent, Some(attempt(Some(NotAccepted(Wait::Connect)), None, None)))
            },
        ),
        ("queued under an embargo", Invitation { embargoed: true, ..made(State::Queued, None) }),
    ]
}

fn write_all<'a>(screens: impl IntoIterator<Item = (&'a str, Reply)>) -> String {
    let mut text = String::new();
    for (name, reply) in screens {
        writeln!(text, "==== {name}\n{}\n", shown(&reply)).unwrap();
    }
    text
}

#[test]
fn status_cards() {
    let zone = TimeZone::get("Europe/Moscow").unwrap();
    let mut text = String::new();
    for (provider, recipient) in [("СБИС", company()), ("Invoicebox", address())] {
        for (name, invitation) in every_state(&recipient) {
            let card = texts::status_card(&invitation, &zone);
            writeln!(text, "==== {provider}, {name}\n{}\n", shown(&card)).unwrap();
        }
    }
    expect_file!["screens/status_cards.txt"].assert_eq(&text);
}

#[test]
fn cards() {
    let history = |invitation: &Invitation| {
        let mut events =
            vec![Event::Changed { at: at(0), by: Some(anna()), from: None, to: State::Queued }];
        events.extend(invitation.last.clone().map(Event::Called));
        let change = |from| Event::Changed {
            at: at(2),
            by: invitation.changed_by.clone(),
            from: Some(from),
            to: invitation.state,
        };
        match invitation.state {
            State::Held | State::Cancelled => events.push(change(State::Queued)),
            State::ConfirmedSent | State::ConfirmedNotSent => events.push(change(State::Unknown)),
            State::Queued => {}
            _ => events.push(change(State::Sending)),
        }
        events
    };
    let mut text = String::new();
    for (name, invitation) in every_state(&company()) {
        let card = texts::card(&admin_desk(), &invitation, &history(&invitation));
        writeln!(text, "==== to an admin, {name}\n{}\n", shown(&card)).unwrap();
    }
    let (_, own) = every_state(&address()).swap_remove(8);
    writeln!(text, "==== to the author\n{}", shown(&texts::card(&desk(), &own, &history(&own))))
        .unwrap();
    let accepted = attempt(Some(AttemptOutcome::Accepted), Some(200), None);
    let sent = invitation(company(), State::Accepted, Some(accepted));
    let card = texts::card(&desk(), &sent, &history(&sent));
    writeln!(text, "\n==== to the author, accepted\n{}", shown(&card)).unwrap();
    writeln!(
        text,
        "\n==== before a second letter\n{}",
        shown(&texts::ask_repeat(&own, 29_646_000))
    )
    .unwrap();
    expect_file!["screens/cards.txt"].assert_eq(&text);
}

fn listing(what: ListWhat, items: Vec<Invitation>, page: u32, pages: u32, more: bool) -> Listing {
    Listing { list: List { what, page }, items, pages, more, author: None }
}

#[test]
fn lists() {
    let items = || {
        every_state(&company()).into_iter().map(|(_, it)| it).skip(8).take(5).collect::<Vec<_>>()
    };
    let all = ListWhat::All(None, None);
    let only = ListWhat::All(Some(Bucket::Unknown), Some(anna().id));
    let of_anna = Listing { author: Some(anna()), ..listing(only, items(), 0, 1, false) };
    expect_file!["screens/lists.txt"].assert_eq(&write_all([
        (
            "own, the first of three pages",
            texts::list(&desk(), &listing(all, items(), 0, 3, false)),
        ),
        (
            "all, a middle page of very many",
            texts::list(&admin_desk(), &listing(all, items(), 4, 100, true)),
        ),
        ("an author's, by word", texts::list(&admin_desk(), &of_anna)),
        (
            "found",
            texts::list(&desk(), &listing(ListWhat::SameEmail(Number(7)), items(), 0, 1, false)),
        ),
        ("empty", texts::list(&desk(), &listing(all, vec![], 0, 1, false))),
        (
            "empty by word",
            texts::list(
                &desk(),
                &listing(ListWhat::All(Some(Bucket::Client), None), vec![], 0, 1, false),
            ),
        ),
        (
            "nothing found",
            texts::list(&desk(), &listing(ListWhat::SameInn(Number(0)), vec![], 0, 1, false)),
        ),
        ("filters", texts::filters(&desk(), all)),
        ("authors", texts::authors(&admin_desk(), all, &[oleg(), anna()])),
        ("no such number", texts::not_found()),
        ("what /status takes", texts::status_usage()),
    ]));
}

#[test]
fn team() {
    let page = |people, page, pages| StaffPage { people, fixed: vec![oleg()], page, pages };
    let staff = vec![(anna(), Role::Staff), (oleg(), Role::Admin)];
    let employee = |codes: &[&str]| Employee {
        limit: None,
        usage: usage(4),
        person: anna(),
        role: Role::Staff,
        offices: codes.iter().map(|code| OfficeCode::parse(code).unwrap()).collect(),
    };
    let fixed = Employee { person: oleg(), role: Role::Admin, ..employee(&[]) };
    let only_invoicebox = Desk { providers: vec![Provider::Invoicebox], ..admin_desk() };
    let with_office = Desk { office: OfficeCode::parse("7705").ok(), ..admin_desk() };
    expect_file!["screens/team.txt"].assert_eq(&write_all([
        ("staff", texts::staff(&page(staff.clone(), 0, 1))),
        ("staff, a middle page", texts::staff(&StaffPage { fixed: vec![], ..page(staff, 1, 3) })),
        (
            "many admins by configuration",
            texts::staff(&StaffPage {
                fixed: vec![oleg(); 30],
                ..page(vec![(anna(), Role::Staff)], 0, 1)
            }),
        ),
        ("nobody", texts::staff(&page(vec![], 0, 1))),
        ("before revoking", texts::ask_revoke(&anna())),
        ("a person", texts::employee(&admin_desk(), &employee(&[]))),
        ("a person with codes", texts::employee(&admin_desk(), &employee(&["7705", "0240"]))),
        ("an admin by configuration", texts::employee(&admin_desk(), &fixed)),
        ("without СБИС", texts::employee(&only_invoicebox, &employee(&[]))),
        ("before a role is given", texts::ask_role(&employee(&[]))),
        ("before a role is taken", texts::ask_role(&fixed)),
        ("which office", texts::ask_office(&admin_desk(), &employee(&[]))),
        (
            "which office, the organisation has one",
            texts::ask_office(&with_office, &employee(&["0240"])),
        ),
        ("the codes are typed", texts::name_office("Анна К.")),
        ("to the person, one code", texts::offices_changed(&employee(&["7705"]).offices)),
        ("to the person, two codes", texts::offices_changed(&employee(&["7705", "0240"]).offices)),
        ("to the person, no code", texts::offices_changed(&[])),
        ("added", texts::allowed(&anna(), Role::Staff, Allowed::Added)),
        ("added as admin", texts::allowed(&anna(), Role::Admin, Allowed::Added)),
        ("changed", texts::allowed(&anna(), Role::Staff, Allowed::Changed)),
        ("the same", texts::allowed(&anna(), Role::Staff, Allowed::Same)),
        ("the last admin keeps the role", texts::allowed(&anna(), Role::Staff, Allowed::LastAdmin)),
        ("to the person who was allowed", texts::welcome(Role::Staff)),
        ("revoked", texts::revoked(&anna(), &Revoked::Done { held: vec![], unknown: vec![] })),
        (
            "revoked with two held",
            texts::revoked(
                &anna(),
                &Revoked::Done { held: vec![Number(1), Number(2)], unknown: vec![Number(3)] },
            ),
        ),
        ("not listed", texts::revoked(&anna(), &Revoked::NotListed)),
        ("the last admin", texts::revoked(&anna(), &Revoked::LastAdmin)),
        ("to the person who was revoked", texts::farewell()),
        ("an admin by configuration", texts::fixed_admin(oleg().id)),
        ("what /allow takes", texts::allow_usage()),
        ("what /revoke takes", texts::revoke_usage()),
        ("a hidden author", texts::author_hidden()),
        ("too long a name", texts::name_too_long(64)),
    ]));
}

#[test]
fn common() {
    let paused = Desk { paused: vec![Provider::Invoicebox], ..admin_desk() };
    let alone = Desk { outages: vec![(Provider::Sbis, at(60))], ..admin_desk() };
    let rivalled = Desk { rival: true, ..admin_desk() };
    let nameless = Desk { me: crate::domain::Person { name: None, ..anna() }, ..desk() };
    expect_file!["screens/common.txt"].assert_eq(&write_all([
        ("start", texts::home(&desk(), &Step::Idle)),
        ("start without a name", texts::home(&nameless, &Step::Idle)),
        ("start, admin, a provider paused", texts::home(&paused, &Step::Idle)),
        (
            "start, staff, a provider paused",
            texts::home(&Desk { paused: vec![Provider::Sbis], ..desk() }, &Step::Idle),
        ),
        ("start, admin, a provider left alone", texts::home(&alone, &Step::Idle)),
        (
            "start, admin, both left alone and one paused too",
            texts::home(
                &Desk {
                    paused: vec![Provider::Sbis],
                    outages: vec![(Provider::Sbis, at(60)), (Provider::Invoicebox, at(-60))],
                    ..admin_desk()
                },
                &Step::Idle,
            ),
        ),
        (
            "start, staff, a provider left alone",
            texts::home(&Desk { role: Role::Staff, me: anna(), ..alone }, &Step::Idle),
        ),
        ("start, admin, another program", texts::home(&rivalled, &Step::Idle)),
        (
            "start, staff, another program",
            texts::home(&Desk { rival: true, ..desk() }, &Step::Idle),
        ),
        ("another program", texts::rival_notice()),
        ("no other program", texts::alone(&admin_desk())),
        ("an outage lasts", texts::outage_notice(Provider::Sbis)),
        ("help", texts::help(&desk())),
        ("help, admin", texts::help(&admin_desk())),
        ("hint", texts::hint(&desk())),
        ("unknown command", texts::unknown_command(&desk())),
        ("stranger", texts::stranger()),
        ("group", texts::group_only()),
        ("paused, Invoicebox", texts::paused_notice(Provider::Invoicebox, Some("Unauthorized"))),
        ("paused, СБИС", texts::paused_notice(Provider::Sbis, None)),
        ("the bot failed", texts::bot_failed()),
        ("the bot cannot write", texts::cannot_store()),
        ("a draft is lost", texts::draft_lost()),
    ]));
}

#[test]
fn embargo() {
    let embargo = |cause, waiting| Embargo { id: 1, since: at(-600), cause, waiting };
    let older = embargo(Doubt::Older, 3);
    let admin = Desk { embargo: Some(older), ..admin_desk() };
    let staff = Desk { embargo: Some(older), ..desk() };
    let nothing = embargo(Doubt::Copied, 0);
    expect_file!["screens/embargo.txt"].assert_eq(&write_all([
        ("told, older", texts::embargo_notice(&older)),
        ("told, copied", texts::embargo_notice(&embargo(Doubt::Copied, 1))),
        ("told, unmarked", texts::embargo_notice(&embargo(Doubt::Unmarked, 25))),
        ("start, admin", texts::home(&admin, &Step::Idle)),
        ("start, staff", texts::home(&staff, &Step::Idle)),
        ("asked", texts::ask_lift(&admin, &older, 29_646_000)),
        ("asked, nothing waits", texts::ask_lift(&admin, &nothing, 29_646_000)),
        ("lifted", texts::lifted(&admin_desk(), 3)),
        ("lifted, nothing waited", texts::lifted(&admin_desk(), 0)),
    ]));
}

#[test]
fn an_embargo_is_lifted_by_an_admin_who_was_just_asked() {
    let embargo = Embargo { id: 7, since: at(-600), cause: Doubt::Older, waiting: 1 };
    let minute = desk().now.as_second() / 60;
    let lifts = |desk: Desk, id, asked| {
        let mut player = Player::new(desk);
        let deeds = player.takes(Input::Press(Press::Lift(id, asked), None));
        (deeds, player.log)
    };
    let admin = Desk { embargo: Some(embargo), ..admin_desk() };
    assert_eq!(lifts(admin.clone(), 7, Some(minute)).0, [Deed::Lift(7)]);
    assert_eq!(lifts(admin.clone(), 7, Some(minute - 15)).0, [Deed::Lift(7)]);
    for asked in [None, Some(minute - 16), Some(minute + 1), Some(i64::MIN)] {
        let (deeds, log) = lifts(admin.clone(), 7, asked);
        assert_eq!(deeds, [], "{asked:?}");
        assert!(log.contains("Возобновить отправку?"), "{log}");
    }
    for (desk, id) in
        [(Desk { embargo: Some(embargo), ..desk() }, 7), (admin.clone(), 6), (admin_desk(), 7)]
    {
        let (deeds, log) = lifts(desk, id, Some(minute));
        assert_eq!(deeds, []);
        assert!(!log.contains("Возобновить отправку?"), "{log}");
    }
    let held = Invitation { embargoed: true, ..invitation(address(), State::Held, None) };
    let mut player = Player::new(admin);
    let found = Finding::Looked(Some((held, vec![])), CardAct::Release, Some(3));
    assert_eq!(player.takes(Input::Found(found)), [], "not one by one while it stands");
}

#[test]
fn repeats() {
    let done = |recipient| invitation(recipient, State::Accepted, None);
    let unsent = invitation(address(), State::NotSent, None);
    let unknown = invitation(address(), State::Unknown, None);
    let own = Desk { offices: vec![OfficeCode::parse("7705").unwrap()], ..desk() };
    let soon = Room::From(at(3600));
    let stopped = |desk: &Desk, text| {
        let stop = Stop::parse(text).unwrap();
        let entry = StopEntry { id: 3, stop, reason: None, at: at(0), by: oleg() };
        texts::repeat_stopped(desk, &done(company()), &entry)
    };
    expect_file!["screens/repeats.txt"].assert_eq(&write_all([
        ("an organisation", texts::repeat_menu(&desk(), &done(company()), Room::Free)),
        (
            "an organisation, with one office",
            texts::repeat_menu(&own, &done(company()), Room::Free),
        ),
        ("an address", texts::repeat_menu(&desk(), &done(address()), Room::Free)),
        ("not sent", texts::repeat_menu(&desk(), &unsent, Room::Free)),
        ("unknown", texts::repeat_menu(&desk(), &unknown, Room::Free)),
        ("on the stop-list, staff", stopped(&desk(), "romashka.ru")),
        ("on the stop-list by its number, admin", stopped(&admin_desk(), "1215107651")),
        ("too soon, staff", texts::repeat_menu(&desk(), &done(company()), soon)),
        ("too often, admin", texts::repeat_menu(&admin_desk(), &done(company()), Room::Spent)),
        ("repeated too soon, staff", texts::no_room_to_repeat(&desk(), &unknown, soon, 7)),
        (
            "repeated too often, admin",
            texts::no_room_to_repeat(&admin_desk(), &unknown, Room::Spent, 7),
        ),
    ]));
}

#[test]
fn nobody_but_an_admin_who_was_just_asked_goes_beyond() {
    let minute = desk().now.as_second() / 60;
    let beyond = |desk: Desk, asked| {
        let unknown = invitation(address(), State::Unknown, None);
        let mut player = Player::new(desk);
        let act = CardAct::Beyond(asked);
        player.takes(Input::Found(Finding::Looked(Some((unknown, vec![])), act, Some(3))))
    };
    assert_eq!(beyond(admin_desk(), minute), [Deed::RepeatBeyond(Number(1057), 3)]);
    assert_eq!(beyond(admin_desk(), minute - 15), [Deed::RepeatBeyond(Number(1057), 3)]);
    for asked in [i64::MIN, 0, minute - 16, minute + 1, i64::MAX] {
        assert_eq!(beyond(admin_desk(), asked), [], "{asked}");
    }
    assert_eq!(beyond(desk(), minute), []);
}

#[test]
fn reminders() {
    let zone = TimeZone::get("Europe/Moscow").unwrap();
    let unknown = |recipient: Recipient, number, hours: i64| Invitation {
        number: Number(number),
        changed_at: at(-3600 * hours),
        ..invitation(recipient, State::Unknown, None)
    };
    let short = Recipient::Invoicebox { email: Email::parse("a@mail.ru").unwrap() };
    let three =
        [unknown(company(), 7, 24 * 11), unknown(address(), 1057, 49), unknown(short, 1058, 24)];
    let many: Vec<_> = (1..=20).map(|n| unknown(address(), n, 24 * (22 - n))).collect();
    let [old, ..] = &three;
    expect_file!["screens/reminders.txt"].assert_eq(&write_all([
        ("to the author", texts::reminder(old, true, &zone)),
        ("to an admin, when the author is off the list", texts::reminder(old, false, &zone)),
        ("three in the digest", texts::digest(&three, 3, at(0))),
        ("many in the digest", texts::digest(&many, 345, at(0))),
    ]));
}

#[test]
fn an_old_reminder_has_no_effect() {
    let unknown = invitation(address(), State::Unknown, None);
    let reminder = texts::reminder(&unknown, true, &desk().zone);
    let resolved = Invitation { seq: 4, ..invitation(address(), State::ConfirmedSent, None) };
    for button in reminder.rows.iter().flatten() {
        let (press, _) = Press::decode(&button.press.encode(None)).unwrap();
        let Press::Card(number, seq, act) = press else { panic!("{press:?}") };
        assert_eq!((number, seq), (unknown.number, unknown.seq));
        let mut player = Player::new(desk());
        let found = Finding::Looked(Some((resolved.clone(), vec![])), act, Some(seq));
        assert_eq!(player.takes(Input::Found(found)), vec![], "{act:?}");
        assert!(player.log.contains(texts::STALE), "{}", player.log);
    }
    assert_eq!(reminder.rows.iter().flatten().count(), 3);
}

#[test]
fn a_forged_time_of_asking_is_no_word() {
    let unknown = invitation(address(), State::Unknown, None);
    let now = desk().now.as_second() / 60;
    for minute in [i64::MIN, 0, now - 16, now + 1, i64::MAX] {
        let mut player = Player::new(desk());
        let act = CardAct::Repeat(Some(minute));
        let found = Finding::Looked(Some((unknown.clone(), vec![])), act, Some(unknown.seq));
        assert_eq!(player.takes(Input::Found(found)), vec![], "{minute}");
        assert!(player.log.contains(texts::CONFIRM_AGAIN), "{}", player.log);
    }
}

#[test]
fn help_is_short() {
    for desk in [desk(), admin_desk()] {
        assert!(texts::help(&desk).text.as_str().lines().count() <= 12);
    }
}

#[test]
fn what_a_person_does_with_a_card() {
    let unknown =
        || every_state(&address()).into_iter().find(|(name, _)| *name == "unknown").unwrap().1;
    let loaded = |act, seq| Finding::Looked(Some((unknown(), vec![])), act, seq);
    let mut player = Player::new(desk());
    player.finds(loaded(CardAct::Arrived, Some(3)));
    player.finds(Finding::Done(Deed::Resolve(Number(1057), 3, Verdict::Arrived)));
    player.finds(loaded(CardAct::AskRepeat, Some(3)));
    player.presses("Да, отправить");
    player.finds(loaded(CardAct::Repeat(Some(29_646_000)), Some(3)));
    player.finds(Finding::Done(Deed::Repeat(Number(1057), 3)));
    player.finds(loaded(CardAct::Arrived, Some(2)));
    player.finds(loaded(CardAct::Cancel, Some(3)));
    player.finds(loaded(CardAct::Release, Some(3)));
    let foreign = Invitation { author: oleg(), ..unknown() };
    player.finds(Finding::Looked(Some((foreign, vec![])), CardAct::Arrived, Some(3)));
    player.finds(Finding::Looked(None, CardAct::Open, None));
    player.finds(loaded(CardAct::Copy, Some(3)));
    expect_file!["screens/card_acts.txt"].assert_eq(&player.log);
}
