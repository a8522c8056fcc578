//! The transition table: every state against every act of a draft.

use std::fmt::Write;

use expect_test::expect;

use super::super::{Deed, DraftAct, Effect, Input, Press, State, Step, step};
use super::company::organisation;
use super::player::{desk, office};
use crate::dialogue::{Desk, Stamp};
use crate::domain::requisites::read;
use crate::domain::{Draft, Field, Kpp, Looked, Lookup, Office, Provider};

fn draft() -> Draft {
    let mut draft = Draft { provider: Some(Provider::Sbis), ..Draft::default() };
    draft.fill(Field::Inn, "1215107651/121501001").unwrap();
    draft.fill(Field::Name, "Чайка").unwrap();
    draft.fill(Field::Email, "iam@mail.ru").unwrap();
    draft.office = Some(Office::Without);
    draft
}

/// An organisation with branches was found.
fn company(branches: Option<u16>) -> State {
    let mut draft = draft();
    let inn = draft.inn.clone().unwrap();
    let found = organisation(inn.as_str(), &[("540602001", ""), ("616302001", "")]);
    let lookup = Lookup::Found(Box::new(found));
    draft.looked = Some(Looked { inn, lookup, by_hand: false });
    State::Company { draft, branches, editing: false }
}

fn address() -> Draft {
    let mut draft = Draft { provider: Some(Provider::Invoicebox), ..Draft::default() };
    draft.fill(Field::Email, "iam@mail.ru").unwrap();
    draft
}

fn states() -> Vec<(&'static str, State)> {
    let asking = |field, editing| State::Asking { draft: draft(), field, editing };
    let first = State::Asking { draft: Draft::default(), field: Field::Provider, editing: false };
    let mut open = draft();
    open.take_in(&read("a@b.ru или c@d.ru"));
    let choice = State::Asking { draft: open, field: Field::Email, editing: false };
    vec![
        ("Idle", State::Idle),
        ("Provider?", first),
        ("Inn?", asking(Field::Inn, false)),
        ("Email?", asking(Field::Email, false)),
        ("Office?", asking(Field::Office, false)),
        ("Company?", company(None)),
        ("Branches?", company(Some(0))),
        ("Email? (edit)", asking(Field::Email, true)),
        ("Review", State::Reviewing { draft: draft() }),
        ("Choice?", choice),
        ("Offered", State::Offered { draft: Draft { provider: None, ..address() } }),
        ("Between", State::Between { draft: draft(), pasted: address() }),
    ]
}

fn acts() -> Vec<DraftAct> {
    vec![
        DraftAct::Choose(Provider::Invoicebox),
        DraftAct::Keep,
        DraftAct::Office(office("7705")),
        DraftAct::Office(office("9999")),
        DraftAct::WithoutOffice,
        DraftAct::Yes,
        DraftAct::Branches(0),
        DraftAct::Kpp(Kpp::parse("540602001").unwrap()),
        DraftAct::Kpp(Kpp::parse("999901001").unwrap()),
        DraftAct::ByHand,
        DraftAct::Edit(Field::Inn),
        DraftAct::Edit(Field::Kpp),
        DraftAct::Edit(Field::Provider),
        DraftAct::Back,
        DraftAct::Cancel,
        DraftAct::Send,
        DraftAct::Anyway(1),
        DraftAct::Resume,
        DraftAct::Restart,
        DraftAct::Pick(1),
        DraftAct::Pick(2),
        DraftAct::ByHand,
        DraftAct::Continue,
        DraftAct::Pasted,
        DraftAct::History,
    ]
}

pub fn name(state: &State) -> String {
    match state {
        State::Idle => "Idle".to_owned(),
        State::Asking { field, editing, .. } => {
            format!("{field:?}?{}", if *editing { " (edit)" } else { "" })
        }
        State::Company { branches, .. } => {
            if branches.is_some() { "Branches?" } else { "Company?" }.to_owned()
        }
        State::Reviewing { .. } => "Review".to_owned(),
        State::Offered { .. } => "Offered".to_owned(),
        State::Between { .. } => "Between".to_owned(),
        State::NamingOffice { .. } => "Codes?".to_owned(),
        State::NamingLimit { .. } => "Limit?".to_owned(),
    }
}

fn outcome(step: &Step) -> String {
    let deed = step.effects.iter().find_map(|effect| match effect {
        Effect::Do(Deed::Submit(_)) => Some("submit"),
        Effect::Do(Deed::Check(..)) => Some("check"),
        Effect::Do(_) => Some("look"),
        _ => None,
    });
    match (&step.state, deed) {
        (Some(state), None) => name(state),
        (None, Some(deed)) => deed.to_owned(),
        (None, None) => "·".to_owned(),
        (Some(state), Some(deed)) => format!("{} and {deed}", name(state)),
    }
}

#[test]
fn every_state_against_every_act() {
    let stamp = Stamp { draft: 1, revision: 1 };
    let mut table = format!("{:<22}", "");
    for (label, _) in states() {
        write!(table, "{label:<16}").unwrap();
    }
    for act in acts() {
        write!(
            table,
            "\n{:<22}",
            format!("{act:?}").replace("OfficeCode", "").replace("Kpp(Kpp", "Kpp(")
        )
        .unwrap();
        for (_, state) in states() {
            let desk = Desk { last_office: Some(office("7705")), ..desk() };
            let desk = Desk { draft: Some((stamp, desk.now)), ..desk };
            let input = Input::Press(Press::Draft(act.clone()), Some(stamp));
            write!(table, "{:<16}", outcome(&step(&desk, &state, input))).unwrap();
        }
    }
    let table: String = table.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    expect![[r#"
                              Idle            Provider?       Inn?            Email?          Office?         Company?        Branches?       Email? (edit)   Review          Choice?         Offered         Between
        Choose(Invoicebox)    ·               Email?          ·               ·               ·               ·               ·               ·               ·               ·               check           ·
        Keep                  ·               ·               check           check           check           check           ·               check           ·               check           ·               ·
        Office(("7705"))      ·               ·               ·               ·               check           ·               ·               ·               ·               ·               ·               ·
        Office(("9999"))      ·               ·               ·               ·               ·               ·               ·               ·               ·               ·               ·               ·
        WithoutOffice         ·               ·               ·               ·               check           ·               ·               ·               ·               ·               ·               ·
        Yes                   ·               ·               ·               ·               ·               check           ·               ·               ·               ·               ·               ·
        Branches(0)           ·               ·               ·               ·               ·               Branches?       Branches?       ·               ·               ·               ·               ·
        Kpp(("540602001"))    ·               ·               ·               ·               ·               ·               check           ·               ·               ·               ·               ·
        Kpp(("999901001"))    ·               ·               ·               ·               ·               ·               ·               ·               ·               ·               ·               ·
        ByHand                ·               ·               ·               ·               ·               Kpp?            ·               ·               ·               Email?          ·               ·
        Edit(Inn)             ·               ·               ·               ·               ·               Inn?            ·               ·               Inn? (edit)     ·               ·               ·
        Edit(Kpp)             ·               ·               ·               ·               ·               ·               Kpp?            ·               Kpp? (edit)     ·               ·               ·
        Edit(Provider)        ·               ·               ·               ·               ·               ·               ·               ·               ·               ·               ·               ·
        Back                  ·               ·               Provider?       Name?           Email?          Inn?            Company?        check           Office?         Name?           ·               ·
        Cancel                ·               Idle            Idle            Idle            Idle            Idle            Idle            Idle            Idle            Idle            Idle            Idle
        Send                  ·               ·               ·               ·               ·               ·               ·               ·               submit          ·               ·               ·
        Anyway(1)             ·               ·               ·               ·               ·               ·               ·               ·               Review          ·               ·               ·
        Resume                ·               Provider?       Inn?            Email?          Office?         Company?        Branches?       Email? (edit)   Review          Email?          Offered         Between
        Restart               ·               Provider?       Provider?       Provider?       Provider?       Provider?       Provider?       Provider?       Provider?       Provider?       Provider?       Provider?
        Pick(1)               ·               ·               ·               ·               ·               ·               ·               ·               ·               check           ·               ·
        Pick(2)               ·               ·               ·               ·               ·               ·               ·               ·               ·               ·               ·               ·
        ByHand                ·               ·               ·               ·               ·               Kpp?            ·               ·               ·               Email?          ·               ·
        Continue              ·               ·               ·               ·               ·               ·               ·               ·               ·               ·               ·               check
        Pasted                ·               ·               ·               ·               ·               ·               ·               ·               ·               ·               ·               check
        History               ·               ·               ·               ·               ·               ·               ·               ·               ·               ·               Offered and look·
    "#]].assert_eq(&table);
}

#[test]
fn a_stamp_of_another_revision_never_moves_anything_but_the_card() {
    let present = Stamp { draft: 7, revision: 3 };
    for (_, state) in states() {
        for act in acts() {
            for old in [Stamp { draft: 7, revision: 2 }, Stamp { draft: 6, revision: 3 }] {
                let desk = Desk { draft: Some((present, desk().now)), ..desk() };
                let input = Input::Press(Press::Draft(act.clone()), Some(old));
                let step = step(&desk, &state, input);
                assert!(step.state.is_none_or(|after| after == state), "{act:?}");
                let submits = |effect: &Effect| matches!(effect, Effect::Do(Deed::Submit(_)));
                assert!(!step.effects.iter().any(submits), "{act:?}");
            }
        }
    }
}
