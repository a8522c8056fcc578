//! What a press, a message or a finding makes of an invitation, where it differs by who presses,
//! by what is switched on and by what was asked.

use std::fmt::Write;

use expect_test::expect;

use super::super::{
    Check, Deed, Desk, DraftAct, Effect, Finding, Input, Press, Stamp, State, Step, invite, step,
};
use super::player::{Player, admin_desk, anna, desk, office, oleg, shown};
use super::screens::accepted;
use super::table::name;
use crate::domain::{
    Doubt, Draft, Embargo, Field, Inn, Invitation, Office, Provider, Stop, StopEntry,
};

const PRESENT: Stamp = Stamp { draft: 7, revision: 3 };

fn sbis() -> Draft {
    let mut draft = Draft { provider: Some(Provider::Sbis), ..Draft::default() };
    draft.fill(Field::Inn, "1215107651/121501001").unwrap();
    draft.fill(Field::Name, "Детский сад Чайка").unwrap();
    draft.fill(Field::Email, "iam@mail.ru").unwrap();
    draft.office = Some(Office::Code(office("7705")));
    draft
}

fn invoicebox() -> Draft {
    let mut draft = Draft { provider: Some(Provider::Invoicebox), ..Draft::default() };
    draft.fill(Field::Email, "iam@mail.ru").unwrap();
    draft
}

/// With these office codes of the person's own.
fn with_offices(codes: &[&str]) -> Desk {
    Desk { offices: codes.iter().map(|code| office(code)).collect(), ..desk() }
}

fn stopped() -> Check {
    let stop = StopEntry {
        id: 3,
        stop: Stop::parse("mail.example").unwrap(),
        reason: None,
        at: desk().now,
        by: oleg(),
    };
    Check { stop: Some(stop), ..Check::default() }
}

fn checked(desk: Desk, check: Check) -> Desk {
    let mut desk = desk;
    desk.bounds.check = Some(check);
    desk
}

/// What follows from a press of a button that belongs to the present screen.
fn press(desk: &Desk, state: &State, act: DraftAct) -> Step {
    let desk = Desk { draft: Some((PRESENT, desk.now)), ..desk.clone() };
    step(&desk, state, Input::Press(Press::Draft(act), Some(PRESENT)))
}

/// A step in a word: where it leads, what is to be done, what the press is answered with.
fn outcome(step: &Step) -> String {
    let mut parts: Vec<String> = step.state.iter().map(name).collect();
    for effect in &step.effects {
        parts.push(match effect {
            Effect::Do(Deed::Check(draft, _)) => match draft.missing() {
                Some(field) => format!("check, then {field:?}?"),
                None => "check".to_owned(),
            },
            Effect::Do(Deed::Submit(_)) => "submit".to_owned(),
            Effect::Do(Deed::SubmitBeyond(_)) => "submit beyond".to_owned(),
            Effect::Do(deed) => format!("{deed:?}"),
            Effect::Toast(text) => {
                let words: Vec<&str> = text.split([' ', '.', ':']).take(3).collect();
                format!("({})", words.join(" ").trim_end())
            }
            Effect::LookUp(inn) => format!("? {}", inn.as_str()),
            _ => continue,
        });
    }
    if parts == ["(Такой кнопки здесь)"] {
        "·".to_owned()
    } else {
        parts.join(" ")
    }
}

/// A table with these columns.
fn table<R, C>(
    rows: &[(&str, R)],
    columns: &[(&str, C)],
    cell: impl Fn(&R, &C) -> String,
) -> String {
    let widths: Vec<usize> = columns
        .iter()
        .map(|(title, column)| {
            let cells = rows.iter().map(|(_, row)| cell(row, column).chars().count());
            cells.chain([title.chars().count()]).max().unwrap_or(0) + 2
        })
        .collect();
    let first = rows.iter().map(|(title, _)| title.chars().count()).max().unwrap_or(0) + 2;
    let mut text = format!("{:first$}", "");
    for ((title, _), width) in columns.iter().zip(&widths) {
        write!(text, "{title:width$}").unwrap();
    }
    for (title, row) in rows {
        write!(text, "\n{title:first$}").unwrap();
        for ((_, column), width) in columns.iter().zip(&widths) {
            write!(text, "{:width$}", cell(row, column)).unwrap();
        }
    }
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[test]
fn what_a_button_of_a_summary_does_by_whose_it_is() {
    let nowhere = Draft { provider: None, ..invoicebox() };
    let summaries = [
        ("Invoicebox", (desk(), invoicebox())),
        ("СБИС", (desk(), sbis())),
        ("one code", (with_offices(&["7705"]), sbis())),
        ("two codes", (with_offices(&["7705", "0240"]), sbis())),
        ("others' code", (with_offices(&["0240", "0241"]), sbis())),
        ("admin", (admin_desk(), invoicebox())),
        ("switched off", (Desk { providers: vec![Provider::Sbis], ..desk() }, invoicebox())),
        ("off, admin", (Desk { providers: vec![Provider::Sbis], ..admin_desk() }, invoicebox())),
        ("stopped", (checked(desk(), stopped()), invoicebox())),
        ("stopped early", (checked(desk(), stopped()), nowhere)),
    ];
    let acts = [
        ("Edit(Provider)", DraftAct::Edit(Field::Provider)),
        ("Edit(Inn)", DraftAct::Edit(Field::Inn)),
        ("Edit(Kpp)", DraftAct::Edit(Field::Kpp)),
        ("Edit(Name)", DraftAct::Edit(Field::Name)),
        ("Edit(Email)", DraftAct::Edit(Field::Email)),
        ("Edit(Office)", DraftAct::Edit(Field::Office)),
        ("Back", DraftAct::Back),
        ("Yes", DraftAct::Yes),
        ("Send", DraftAct::Send),
        ("SendBeyond", DraftAct::SendBeyond),
    ];
    let table = table(&acts, &summaries, |act, (desk, draft)| {
        outcome(&press(desk, &State::Reviewing { draft: draft.clone() }, act.clone()))
    });
    expect![[r#"
                        Invoicebox     СБИС            one code       two codes       others' code                                      admin          switched off      off, admin        stopped                 stopped early
        Edit(Provider)  ·              ·               ·              ·               ·                                                 ·              ·                 ·                 ·                       ·
        Edit(Inn)       ·              Inn? (edit)     Inn? (edit)    Inn? (edit)     Inn? (edit)                                       ·              ·                 ·                 ·                       ·
        Edit(Kpp)       ·              Kpp? (edit)     Kpp? (edit)    Kpp? (edit)     Kpp? (edit)                                       ·              ·                 ·                 ·                       ·
        Edit(Name)      ·              Name? (edit)    Name? (edit)   Name? (edit)    Name? (edit)                                      ·              ·                 ·                 ·                       ·
        Edit(Email)     Email? (edit)  Email? (edit)   Email? (edit)  Email? (edit)   Email? (edit)                                     Email? (edit)  Email? (edit)     Email? (edit)     Email? (edit)           Email? (edit)
        Edit(Office)    ·              Office? (edit)  ·              Office? (edit)  Office? (edit)                                    ·              ·                 ·                 ·                       ·
        Back            Email?         Office?         Email?         Office?         Office?                                           Email?         Email?            Email?            Email?                  Provider?
        Yes             ·              ·               ·              ·               ·                                                 ·              ·                 ·                 ·                       ·
        Send            submit         submit          submit         submit          check, then Office? (Администратор изменил ваши)  submit         check, then Inn?  check, then Inn?  Review (Не отправлено)  Review (Не отправлено)
        SendBeyond      ·              ·               ·              ·               ·                                                 submit beyond  ·                 check, then Inn?  ·                       ·
    "#]].assert_eq(&table);
}

#[test]
fn a_question_takes_the_buttons_that_it_has_and_no_others() {
    let asking = |field| State::Asking { draft: sbis(), field, editing: false };
    let first = State::Asking { draft: Draft::default(), field: Field::Provider, editing: false };
    let off = Desk { providers: vec![Provider::Sbis], ..desk() };
    let number = Draft { inn: sbis().inn, ..Draft::default() };
    let offered = State::Offered { draft: number };
    let inn = |text: &str| DraftAct::Inn(Inn::parse(text).unwrap());
    let mut text = String::new();
    for (whose, desk, state, act) in [
        ("on", desk(), &first, DraftAct::Choose(Provider::Invoicebox)),
        ("switched off", off, &first, DraftAct::Choose(Provider::Invoicebox)),
        ("what an ИНН is for", desk(), &offered, DraftAct::Choose(Provider::Sbis)),
        ("nothing to it", desk(), &offered, DraftAct::Choose(Provider::Invoicebox)),
        ("lost its zero", desk(), &asking(Field::Inn), inn("0816000005")),
        ("never had one", desk(), &asking(Field::Inn), inn("7707083893")),
        ("no codes", desk(), &asking(Field::Office), DraftAct::WithoutOffice),
        ("own code", with_offices(&["7705"]), &asking(Field::Office), DraftAct::WithoutOffice),
        (
            "own codes, admin",
            Desk { offices: vec![office("7705")], ..admin_desk() },
            &asking(Field::Office),
            DraftAct::WithoutOffice,
        ),
    ] {
        let outcome = outcome(&press(&desk, state, act.clone()));
        writeln!(text, "{} {act:?}, {whose}: {outcome}", name(state)).unwrap();
    }
    expect![[r#"
        Provider? Choose(Invoicebox), on: Email?
        Provider? Choose(Invoicebox), switched off: ·
        Offered Choose(Sbis), what an ИНН is for: check, then Kpp?
        Offered Choose(Invoicebox), nothing to it: ·
        Inn? Inn(Inn("0816000005")), lost its zero: check, then Kpp?
        Inn? Inn(Inn("7707083893")), never had one: ·
        Office? WithoutOffice, no codes: check
        Office? WithoutOffice, own code: ·
        Office? WithoutOffice, own codes, admin: check
    "#]]
    .assert_eq(&text);
}

#[test]
fn a_confirmation_is_good_for_a_quarter_of_an_hour_to_the_second() {
    for (minutes, seconds, outcome_is) in [(15, 0, "submit"), (15, 1, "Review (Прошло больше 15)")]
    {
        let late = jiff::SignedDuration::from_secs(minutes * 60 + seconds);
        let shown_at = desk().now;
        let desk = Desk {
            draft: Some((PRESENT, shown_at)),
            now: shown_at.checked_add(late).unwrap(),
            ..desk()
        };
        let state = State::Reviewing { draft: invoicebox() };
        let step = step(&desk, &state, Input::Press(Press::Draft(DraftAct::Send), Some(PRESENT)));
        assert_eq!(outcome(&step), outcome_is, "{minutes}:{seconds}");
    }
}

#[test]
fn a_new_invitation_does_not_cost_an_unfinished_one() {
    let asking = State::Asking { draft: sbis(), field: Field::Kpp, editing: true };
    let mut third = invoicebox();
    third.fill(Field::Email, "buh@lutik.example").unwrap();
    let mut pasted = invoicebox();
    pasted.fill(Field::Email, "sad@mail.ru").unwrap();
    let beside = State::NamingLimit {
        person: anna().id,
        name: "Анна К.".to_owned(),
        after: Box::new(asking.clone()),
    };
    let states = [
        ("Idle", State::Idle),
        ("Offered", State::Offered { draft: invoicebox() }),
        ("Kpp? (edit)", asking),
        ("beside it", beside),
        ("Review", State::Reviewing { draft: sbis() }),
        ("Between", State::Between { draft: sbis(), pasted }),
    ];
    let begun = [
        ("anew", (Draft::default(), None)),
        ("a copy", (third.clone(), None)),
        ("a copy, another address", (third, Some(Field::Email))),
    ];
    let table = table(&begun, &states, |(draft, ask), state| {
        let step = invite::begin(&desk(), state, draft.clone(), *ask);
        let kept = match &step.state {
            Some(State::Between { draft, pasted }) => {
                let emails = [draft, pasted].map(|it| it.email.as_ref().unwrap().as_str());
                format!(" {}", emails.map(|it| it.split('@').next().unwrap()).join("/"))
            }
            _ => String::new(),
        };
        let said = step.effects.iter().find_map(|effect| match effect {
            Effect::Show(reply) => shown(reply).lines().next().map(str::to_owned),
            _ => None,
        });
        let said = said.as_deref().unwrap_or("").split(' ').take(3).collect::<Vec<_>>().join(" ");
        format!("{}{kept} «{said}»", outcome(&step))
    });
    expect![[r#"
                                 Idle                                            Offered                                         Kpp? (edit)                                     beside it                                       Review                                          Between
        anew                     Provider? «✉️ Новое приглашение.»               Provider? «✉️ Новое приглашение.»                «Есть незаконченный черновик:»                 Kpp? (edit) «Есть незаконченный черновик:»       «Есть незаконченный черновик:»                  «Есть незаконченный черновик:»
        a copy                   check «»                                        check «»                                        Between iam/buh «Есть незаконченный черновик:»  Between iam/buh «Есть незаконченный черновик:»  Between iam/buh «Есть незаконченный черновик:»  Between iam/sad «⚠️ Здесь нужно»
        a copy, another address  Email? (edit) «Invoicebox · buh@lutik.example»  Email? (edit) «Invoicebox · buh@lutik.example»  Between iam/buh «Есть незаконченный черновик:»  Between iam/buh «Есть незаконченный черновик:»  Between iam/buh «Есть незаконченный черновик:»  Between iam/sad «⚠️ Здесь нужно»
    "#]].assert_eq(&table);
}

#[test]
fn a_question_that_was_not_seen_yet_is_shown_before_it_is_answered() {
    let mut draft = sbis();
    draft.name = None;
    let state = State::Reviewing { draft };
    let text = |text: &str| Input::Message { text: Some(text.to_owned()), about: None };
    let inputs = [
        ("a name", text("Чайка")),
        ("a sticker", Input::Message { text: None, about: None }),
        ("/start", text("/start")),
        ("Send", Input::Press(Press::Draft(DraftAct::Send), Some(PRESENT))),
        ("Keep", Input::Press(Press::Draft(DraftAct::Keep), Some(PRESENT))),
        ("Cancel", Input::Press(Press::Draft(DraftAct::Cancel), Some(PRESENT))),
        ("Home", Input::Press(Press::Home, None)),
        ("Again", Input::Again),
    ];
    let checks = [("free", Check::default()), ("stopped", stopped())];
    let table = table(&inputs, &checks, |input, check| {
        let desk = checked(desk(), check.clone());
        let desk = Desk { draft: Some((PRESENT, desk.now)), ..desk };
        outcome(&step(&desk, &state, input.clone()))
    });
    expect![[r#"
                   free   stopped
        a name     Name?  Review
        a sticker  Name?  Review
        /start
        Send       Name?  Review (Не отправлено)
        Keep       Name?  ·
        Cancel     Idle   Idle
        Home
        Again      Name?  Review
    "#]]
    .assert_eq(&table);
}

#[test]
fn a_press_of_another_card_is_answered_by_what_became_of_that_draft() {
    let mine = || Some(Invitation { author: anna(), ..accepted() });
    let asking = || State::Asking { draft: sbis(), field: Field::Email, editing: false };
    // An old question about no invitation counts for nothing, and its row is there still.
    for (state, stamp, outcome_is) in [
        (State::Idle, Stamp { revision: 2, ..PRESENT }, "(Карточка устарела)"),
        (State::Idle, PRESENT, "·"),
        (State::Idle, Stamp { draft: 6, ..PRESENT }, "MadeFrom(6)"),
        (asking(), Stamp { revision: 2, ..PRESENT }, "Email? (Карточка устарела, вот)"),
        (asking(), Stamp { draft: 6, ..PRESENT }, "MadeFrom(6)"),
    ] {
        let desk = Desk { draft: Some((PRESENT, desk().now)), ..desk() };
        let step = step(&desk, &state, Input::Press(Press::Draft(DraftAct::Send), Some(stamp)));
        assert_eq!(outcome(&step), outcome_is, "{state:?} {stamp:?}");
    }
    let found = [
        ("one's own", mine()),
        ("of another person", Some(Invitation { author: oleg(), ..accepted() })),
        ("none", None),
    ];
    let states = [("Idle", State::Idle), ("Email?", asking())];
    let table = table(&found, &states, |found, state| {
        let step = step(&desk(), state, Input::Found(Finding::MadeFrom(found.clone())));
        let screen = step.effects.iter().find_map(|effect| match effect {
            Effect::Show(reply) => Some(("in place: ", reply)),
            Effect::Say(reply) => Some(("below: ", reply)),
            _ => None,
        });
        let screen = screen.map(|(how, reply)| {
            format!(" {how}{}", shown(reply).lines().next().unwrap_or_default())
        });
        format!("{}{}", outcome(&step), screen.unwrap_or_default())
    });
    expect![[r#"
                           Idle                                                  Email?
        one's own          (№1057 уже в)                                         (№1057 уже в)
        of another person  (Карточка устарела) in place: Здравствуйте, Анна К.!  Email? (Карточка устарела, вот) below: СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 · iam@mail.ru
        none               (Карточка устарела) in place: Здравствуйте, Анна К.!  Email? (Карточка устарела, вот) below: СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 · iam@mail.ru
    "#]].assert_eq(&table);
}

#[test]
fn what_is_shown_once_more_says_why() {
    let embargo = Embargo { id: 1, since: desk().now, cause: Doubt::Older, waiting: 0 };
    let desks = [("as always", desk()), ("in doubt", Desk { embargo: Some(embargo), ..desk() })];
    let states = [
        ("Idle", State::Idle),
        ("Email?", State::Asking { draft: sbis(), field: Field::Email, editing: false }),
        ("Offered", State::Offered { draft: Draft { provider: None, ..invoicebox() } }),
        ("Review", State::Reviewing { draft: sbis() }),
    ];
    let text = table(&states, &desks, |state, desk| {
        let step = step(desk, state, Input::Again);
        assert_eq!(step.state.as_ref(), Some(state).filter(|it| **it != State::Idle));
        match step.effects.as_slice() {
            [Effect::Say(reply)] => {
                let said = shown(reply);
                said.split(['.', ':']).next().unwrap_or_default().to_owned()
            }
            [] => "·".to_owned(),
            other => panic!("{other:?}"),
        }
    });
    expect![[r#"
                 as always                                          in doubt
        Idle     ·                                                  ·
        Email?   ⚠️ Бот перезапускался или Telegram был недоступен  ⚠️ Бот перезапускался или Telegram был недоступен
        Offered  ⚠️ Бот перезапускался или Telegram был недоступен  ⚠️ Бот перезапускался или Telegram был недоступен
        Review   ⚠️ Бот перезапускался или Telegram был недоступен  ⚠️ База данных бота восстановлена из копии или перенесена
    "#]].assert_eq(&text);
}

#[test]
fn a_code_that_was_taken_away_meanwhile_is_asked_for_anew() {
    let desk = with_offices(&["0240", "0241"]);
    let state = State::Reviewing { draft: sbis() };
    let step = step(&desk, &state, Input::Found(Finding::NotTheirOffice));
    assert_eq!(outcome(&step), "check, then Office? (Администратор изменил ваши)");
    let mut player = Player::new(desk);
    player.state = state;
    player.finds(Finding::NotTheirOffice);
    expect![[r#"
        СБИС · Детский сад Чайка · ИНН 1215107651 · КПП 121501001 · iam@mail.ru

        Код *офиса*, за которым закрепится клиент. Выберите из своих.
        [0240] [0241]
        [◀️ Назад] [✖️ Отмена]
        (Администратор изменил ваши коды офиса. Ничего не отправлено: проверьте и подтвердите ещё раз.)
    "#]].assert_eq(&player.log);
}

#[test]
fn what_an_admin_is_asked_beside_an_invitation_is_answered_first() {
    let (person, name, after) = (anna().id, "Анна К.".to_owned(), Box::new(State::Idle));
    let limit = State::NamingLimit { person, name: name.clone(), after: after.clone() };
    let codes = State::NamingOffice { person, name, after };
    for (state, deed) in [
        (limit, Deed::SetLimit(person, Some(7705))),
        (codes, Deed::SetOffices(person, vec![office("7705")])),
    ] {
        let input = Input::Message { text: Some("7705".to_owned()), about: None };
        let step = step(&admin_desk(), &state, input);
        let done = step.effects.iter().any(|it| matches!(it, Effect::Do(it) if *it == deed));
        assert!(done, "{:?}", step.effects);
    }
}
