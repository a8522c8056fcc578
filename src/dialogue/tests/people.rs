//! Who may use the bot and how much, which office codes are whose, and what the rules of the office
//! say: every outcome, at the edges.

use expect_test::{expect, expect_file};

use super::super::press::{DraftAct, StaffAct};
use super::super::rules::{anyway, bar, may_go_on, print};
use super::super::{
    Allowed, Bounds, Check, Desk, Employee, Finding, Input, Press, Revoked, Shown, StaffPage,
    Stamp, State, StopDone, StopList, office, step,
};
use super::doors::{codes_over, limit_over, says};
use super::player::{admin_desk, anna, desk, office as code, oleg, usage};
use super::screens::accepted;
use super::told::{grouped, told};
use crate::domain::{
    Draft, Earlier, Email, Field, Full, Number, Office, Provider, Recipient, RepeatPolicy, Role,
    Stop, StopEntry, Used,
};

fn address() -> Draft {
    Draft::from(&Recipient::Invoicebox { email: Email::parse("iam@mail.ru").unwrap() })
}

fn company() -> Draft {
    Draft::from(&accepted().recipient)
}

fn employee() -> Employee {
    Employee {
        person: anna(),
        role: Role::Staff,
        offices: vec![code("7705"), code("0240")],
        limit: Some(30),
        usage: usage(4),
    }
}

/// What lies beneath a question about a person.
fn beneath() -> [(&'static str, State); 3] {
    [
        ("idle", State::Idle),
        ("asked", State::Asking { draft: address(), field: Field::Email, editing: true }),
        ("summary", State::Reviewing { draft: address() }),
    ]
}

/// An admin who was one when the question was put, and one who is none any more.
fn askers() -> [(&'static str, Desk); 2] {
    [("admin", admin_desk()), ("no more admin", desk())]
}

#[test]
fn what_is_typed_and_pressed_below_a_question_about_a_person() {
    let stamp = Stamp { draft: 1, revision: 1 };
    let act = |act| (format!("{act:?}"), Input::Press(Press::Draft(act), Some(stamp)));
    let texts = [
        "0",
        " 10000 ",
        "10001",
        "30.5",
        "много",
        "Чайка",
        "7705",
        "7705, 0240;1234",
        "7705,,0240",
        "1000,1001,1002,1003,1004,1005,1006,1007,1008,1009",
        "1000,1001,1002,1003,1004,1005,1006,1007,1008,1009,1010",
        "i@chaika.ru",
        "1215107651",
    ];
    let typed = texts.map(|text| (format!("{text:?}"), says(text)));
    let pressed = [
        DraftAct::Cancel,
        DraftAct::Back,
        DraftAct::Resume,
        DraftAct::Restart,
        DraftAct::Send,
        DraftAct::Keep,
    ];
    let mut table = String::new();
    for (name, input) in typed.into_iter().chain(pressed.map(act)) {
        let mut rows = vec![];
        for question in ["limit", "codes"] {
            for (who, desk) in askers() {
                let desk = Desk { draft: Some((stamp, desk.now)), ..desk };
                for (place, after) in beneath() {
                    let over = if question == "limit" { limit_over } else { codes_over };
                    let before = over(after.clone());
                    let mut step = step(&desk, &before, input.clone());
                    let word = match step.state.take() {
                        Some(state) if state == before => ", which is asked on",
                        Some(state) if state == after => ", which is asked no more",
                        state => {
                            step.state = state;
                            ""
                        }
                    };
                    rows.push((format!("{question} over {place}, {who}"), told(&step) + word));
                }
            }
        }
        table += &grouped(&name, rows);
    }
    expect_file!["screens/naming.txt"].assert_eq(&table);
}

fn news() -> Vec<(&'static str, Finding)> {
    let id = anna().id;
    let of = |act| Finding::Employee(Some(employee()), act);
    let nobody = |act| Finding::Employee(None, act);
    let mut news = vec![
        (
            "a page of staff",
            Finding::Staff(StaffPage {
                people: vec![(anna(), Role::Staff)],
                fixed: vec![oleg()],
                page: 0,
                pages: 1,
            }),
        ),
        ("whom to revoke: Анна", Finding::Colleague(Some(anna()))),
        ("whom to revoke: an admin by configuration", Finding::Colleague(Some(oleg()))),
        ("whom to revoke: nobody", Finding::Colleague(None)),
        ("card", of(StaffAct::Card(id))),
        ("role", of(StaffAct::AskRole(id))),
        ("office", of(StaffAct::AskOffice(id))),
        ("limit", of(StaffAct::Limit(id))),
        ("card of nobody", nobody(StaffAct::Card(id))),
        ("office of nobody", nobody(StaffAct::AskOffice(id))),
        ("limit of nobody", nobody(StaffAct::Limit(id))),
        ("codes are set", Finding::Offices(employee())),
        ("a limit is set", Finding::LimitSet(Some(employee()), true)),
        ("the same limit is set", Finding::LimitSet(Some(employee()), false)),
        ("a limit of nobody", Finding::LimitSet(None, false)),
        (
            "revoked",
            Finding::Revoked(anna(), Revoked::Done { held: vec![Number(1)], unknown: vec![] }),
        ),
        ("not on the list", Finding::Revoked(anna(), Revoked::NotListed)),
        ("the last admin is not revoked", Finding::Revoked(anna(), Revoked::LastAdmin)),
    ];
    for (name, role, allowed) in [
        ("added", Role::Staff, Allowed::Added),
        ("added as admin", Role::Admin, Allowed::Added),
        ("changed", Role::Admin, Allowed::Changed),
        ("changed to staff", Role::Staff, Allowed::Changed),
        ("the same", Role::Staff, Allowed::Same),
        ("the last admin stays", Role::Staff, Allowed::LastAdmin),
    ] {
        news.push((name, Finding::Allowed(anna(), role, allowed)));
    }
    news
}

/// The news are about Anna: to another admin, to herself, and where there is no СБИС.
#[test]
fn every_news_of_people() {
    let herself = Desk { me: anna(), ..admin_desk() };
    let without = Desk { providers: vec![Provider::Invoicebox], ..admin_desk() };
    let desks = [("another", admin_desk()), ("herself", herself), ("no СБИС", without)];
    let mut table = String::new();
    for (name, finding) in news() {
        let rows = desks.iter().flat_map(|(who, desk)| {
            beneath().map(|(place, state)| {
                let state = limit_over(state);
                let step = step(desk, &state, Input::Found(finding.clone()));
                (format!("{who} over {place}"), told(&step))
            })
        });
        table += &grouped(name, rows);
    }
    expect_file!["screens/people.txt"].assert_eq(&table);
}

fn entry() -> StopEntry {
    StopEntry {
        id: 3,
        stop: Stop::Domain("romashka.ru".to_owned()),
        reason: None,
        at: desk().now,
        by: oleg(),
    }
}

#[test]
fn every_news_of_the_stop_list() {
    let page = StopList { entries: vec![entry()], page: 0, pages: 1 };
    let done = |new: bool| StopDone {
        stops: vec![entry().stop],
        card: new.then_some(Number(1057)),
        new,
        held: vec![Number(1057)],
        held_count: 2,
    };
    let news = [
        ("a page", Finding::StopList(page)),
        ("an entry", Finding::StopEntry(Some(entry()))),
        ("an entry that is off", Finding::StopEntry(None)),
        ("off", Finding::Unstopped(entry(), 2)),
        ("on", Finding::Stopped(done(true))),
        ("on before", Finding::Stopped(done(false))),
    ];
    let mut table = String::new();
    for (name, finding) in news {
        let step = step(&admin_desk(), &State::Idle, Input::Found(finding));
        table += &format!("{name}: {}\n", told(&step));
    }
    expect![[r#"
        a page: shows «🚫 *Стоп-лист*»··
        an entry: shows «Убрать из стоп-листа?»··
        an entry that is off: (Карточка устарела. Ничего не сделано.) ! StopList(0)
        off: shows «✅ Убрано из стоп-листа: `romashka.ru` и поддомены.»··
        on: shows «🚫 Внесено в стоп-лист: `romashka.ru` и поддомены.»···
        on before: shows «🚫 Уже в стоп-листе: `romashka.ru` и поддомены.»··
    "#]]
    .assert_eq(&table);
}

fn bounds(repeat: RepeatPolicy, check: Check) -> Bounds {
    Bounds { repeat, check: Some(check), ..desk().bounds }
}

/// Everybody under both policies.
fn offices() -> [(&'static str, Role, RepeatPolicy); 4] {
    [
        ("staff are warned", Role::Staff, RepeatPolicy::Warn),
        ("staff are barred", Role::Staff, RepeatPolicy::Block),
        ("an admin is warned", Role::Admin, RepeatPolicy::Warn),
        ("an admin under a bar", Role::Admin, RepeatPolicy::Block),
    ]
}

/// Of several things that stand against a draft one is said, in the order of their weight; what was
/// gone on over knowingly is none of them. Where «Всё равно» leads is said where it leads anywhere.
#[test]
fn what_stands_against_a_draft() {
    let stop = Check { stop: Some(entry()), ..Check::default() };
    let in_flight = Check { in_flight: Some(accepted()), ..Check::default() };
    let earlier = Check {
        earlier: Earlier { newest: vec![accepted()], numbers: vec![Number(1057), Number(7)] },
        ..Check::default()
    };
    let full = Full { used: Used::Day, limit: 50, until: desk().now };
    let full = Check { full: Some(full), ..Check::default() };
    let but_stop = Check {
        in_flight: in_flight.in_flight.clone(),
        earlier: earlier.earlier.clone(),
        ..full.clone()
    };
    let checks = [
        ("nothing", Check::default()),
        ("a stop", stop),
        ("one in flight", in_flight),
        ("two before", earlier.clone()),
        ("a limit", full.clone()),
        ("all but a stop", but_stop.clone()),
        ("all", Check { stop: Some(entry()), ..but_stop }),
        ("two before and a limit", Check { earlier: earlier.earlier, ..full }),
    ];
    let mut table = String::new();
    for (name, check) in checks {
        let rows = offices().into_iter().flat_map(|(who, role, repeat)| {
            let bounds = bounds(repeat, check.clone());
            let desk = Desk { role, bounds, ..desk() };
            assert_eq!(may_go_on(&desk), who != "staff are barred");
            let known = [vec![], vec![7], vec![7, 1057]];
            known.map(|known| {
                let draft = Draft { known: known.clone(), ..address() };
                let name = bar(&desk, &draft).map(|bar| {
                    let bar = format!("{bar:?}");
                    bar.split('(').next().unwrap_or_default().to_owned()
                });
                let goes = |named: &[Number]| {
                    let mut step = anyway(&desk, &draft, print(named));
                    step.state.take_if(|state| *state == State::Reviewing { draft: draft.clone() });
                    told(&step)
                };
                let [goes, stale] = [goes(&[Number(1057), Number(7)]), goes(&[Number(7)])];
                let word = format!("{name:?}\n        «Всё равно» {goes}\n        stale {stale}");
                (format!("{who}, known {known:?}"), word)
            })
        });
        table += &grouped(name, rows);
    }
    expect_file!["screens/bars.txt"].assert_eq(&table);
}

/// Buttons of earlier releases carry it. It is FNV-1a over the numbers' bytes, the lowest first.
#[test]
fn a_set_of_invitations_is_told_from_others_as_it_always_was() {
    assert_eq!(print(&[]), 0x811c_9dc5);
    expect!["19568278"].assert_eq(&format!("{:x}", print(&[Number(1057)])));
    expect!["f3b2f35f"].assert_eq(&format!("{:x}", print(&[Number(1057), Number(7)])));
}

/// A draft comes back with what stands against it: below or in its place, under a word or without.
#[test]
fn what_was_checked_is_shown_as_it_was_asked_for() {
    let stopped = Check { stop: Some(entry()), ..Check::default() };
    let mut half = company();
    half.name = None;
    let mut table = String::new();
    for (name, draft, check) in [
        ("full", company(), Check::default()),
        ("a name is missing", half.clone(), Check::default()),
        ("a name is missing, and it is stopped", half, stopped.clone()),
        ("stopped", company(), stopped),
    ] {
        let desk = Desk { bounds: bounds(RepeatPolicy::Warn, check), ..desk() };
        let hows =
            [("in place", false, None), ("below", true, None), ("under", false, Some("Слово"))];
        let rows = hows.map(|(how, below, note)| {
            let shown = Shown { below, note: note.map(str::to_owned) };
            let input = Input::Found(Finding::Checked(draft.clone(), shown));
            (how.to_owned(), told(&step(&desk, &State::Idle, input)))
        });
        table += &grouped(name, rows);
    }
    expect![[r#"
        full
            in place: shows «📋 Проверьте перед отправкой»········ → Review [sbis 1215107651 /121501001 «Детский сад Чайка» iam@mail.ru 7705]
            below: says below «📋 Проверьте перед отправкой»········ → Review [sbis 1215107651 /121501001 «Детский сад Чайка» iam@mail.ru 7705]
            under: shows «⚠️ Слово»········ → Review [sbis 1215107651 /121501001 «Детский сад Чайка» iam@mail.ru 7705]
        a name is missing
            in place: shows «СБИС · ИНН 1215107651 · КПП 121501001 · iam@mail.ru»·· → Name? [sbis 1215107651 /121501001 iam@mail.ru 7705]
            below: says below «СБИС · ИНН 1215107651 · КПП 121501001 · iam@mail.ru»·· → Name? [sbis 1215107651 /121501001 iam@mail.ru 7705]
            under: shows «⚠️ Слово»·· → Name? [sbis 1215107651 /121501001 iam@mail.ru 7705]
        a name is missing, and it is stopped
            in place: shows «🚫 *Сюда просили не писать*»··· → Review [sbis 1215107651 /121501001 iam@mail.ru 7705]
            below: says below «🚫 *Сюда просили не писать*»··· → Review [sbis 1215107651 /121501001 iam@mail.ru 7705]
            under: shows «⚠️ Слово»··· → Review [sbis 1215107651 /121501001 iam@mail.ru 7705]
        stopped
            in place: shows «🚫 *Сюда просили не писать*»··· → Review [sbis 1215107651 /121501001 «Детский сад Чайка» iam@mail.ru 7705]
            below: says below «🚫 *Сюда просили не писать*»··· → Review [sbis 1215107651 /121501001 «Детский сад Чайка» iam@mail.ru 7705]
            under: shows «⚠️ Слово»··· → Review [sbis 1215107651 /121501001 «Детский сад Чайка» iam@mail.ru 7705]
    "#]].assert_eq(&table);
}

/// Whose code an invitation names: what is allowed, what is taken without a question, what a
/// question offers.
#[test]
fn which_office_an_invitation_names() {
    let codes = |texts: &[&str]| texts.iter().map(|text| code(text)).collect::<Vec<_>>();
    let desks = [
        ("no codes", desk()),
        ("the organisation's", Desk { office: Some(code("1111")), ..desk() }),
        ("one used before", Desk { last_office: Some(code("2222")), ..desk() }),
        (
            "both, the same",
            Desk { office: Some(code("1111")), last_office: Some(code("1111")), ..desk() },
        ),
        ("both", Desk { office: Some(code("1111")), last_office: Some(code("2222")), ..desk() }),
        ("one own", Desk { offices: codes(&["7705"]), office: Some(code("1111")), ..desk() }),
        ("two own", Desk { offices: codes(&["7705", "0240"]), ..desk() }),
        ("an admin, no codes", admin_desk()),
        ("an admin, one own", Desk { offices: codes(&["7705"]), ..admin_desk() }),
    ];
    let with = |office: Option<Office>| Draft { office, ..company() };
    let own = |text| Draft { own_office: true, ..with(Some(Office::Code(code(text)))) };
    let drafts = [
        ("none", with(None)),
        ("without", with(Some(Office::Without))),
        ("7705", with(Some(Office::Code(code("7705"))))),
        ("1111", with(Some(Office::Code(code("1111"))))),
        ("9999", with(Some(Office::Code(code("9999"))))),
        ("7705 as own", own("7705")),
        ("9999 as own", own("9999")),
        ("Invoicebox", Draft { office: None, ..address() }),
        ("Invoicebox, 9999 as own", Draft { provider: Some(Provider::Invoicebox), ..own("9999") }),
    ];
    let word = |office: &Option<Office>| match office {
        None => "none".to_owned(),
        Some(Office::Without) => "without".to_owned(),
        Some(Office::Code(code)) => code.as_str().to_owned(),
    };
    let mut table = String::new();
    for (who, desk) in desks {
        let choice = match (office::is_free(&desk), office::is_fixed(&desk)) {
            (true, false) => "any code",
            (false, true) => "this one",
            (false, false) => "one of these",
            (true, true) => "both free and fixed",
        };
        let rows = drafts.clone().map(|(name, draft)| {
            let allowed = if office::is_allowed(&desk, &draft) { "stays" } else { "goes" };
            let offered = office::offered(&desk, &draft);
            let offered: Vec<_> = offered.iter().map(|code| code.as_str()).collect();
            let mut settled = draft.clone();
            office::settle(&desk, &mut settled);
            let own = if settled.own_office { " as own" } else { "" };
            let settled = word(&settled.office);
            (name.to_owned(), format!("{allowed}, becomes {settled}{own}, of {offered:?}"))
        });
        table += &grouped(&format!("{who} ({choice})"), rows);
    }
    expect_file!["screens/offices.txt"].assert_eq(&table);
}
