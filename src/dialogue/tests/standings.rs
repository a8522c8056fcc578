//! The card of an invitation: every act against every standing, in whosever hands the button is,
//! and what is found of invitations otherwise.

use expect_test::expect_file;

use super::super::press::{CardAct, List, ListWhat};
use super::super::{Deed, Desk, Finding, Input, Listing, State, Step, step, texts};
use super::doors::card_acts;
use super::player::{admin_desk, anna, desk, oleg};
use super::screens::{accepted, every_state};
use super::told::{brief, grouped, groups, told};
use crate::domain::{
    Bucket, Draft, Email, Field, Full, Inn, Invitation, Number, Person, PersonId, Provider,
    Recipient, Room, State as Standing, Stop, StopEntry, Used, Verdict,
};

/// Those of [`every_state`] that differ in what may be done with them.
const STANDINGS: [&str; 16] = [
    "queued",
    "held",
    "sending",
    "accepted",
    "rejected: data",
    "rejected: already a client",
    "rejected: other",
    "not sent, no connection",
    "a repeat is not sent",
    "unknown",
    "confirmed sent",
    "confirmed not sent",
    "cancelled",
    "held by an embargo",
    "taken off the stop-list",
    "held by an embargo, then not sent",
];

fn company() -> Recipient {
    accepted().recipient
}

fn address() -> Recipient {
    Recipient::Invoicebox { email: Email::parse("iam@mail.ru").unwrap() }
}

/// Anna's, in every standing, and some of them with the recipient on the stop-list.
fn standings() -> Vec<(String, Invitation)> {
    let all = every_state(&company());
    let of = |name: &str| all.iter().find(|(known, _)| *known == name).unwrap().1.clone();
    let mut standings: Vec<_> = STANDINGS.map(|name| (name.to_owned(), of(name))).into();
    for name in ["held", "accepted", "unknown", "not sent, no connection"] {
        let stopped = Invitation { stopped: true, ..of(name) };
        standings.push((format!("{name} (stopped)"), stopped));
    }
    standings
}

fn pyotr() -> Person {
    Person { id: PersonId::new(1020).unwrap(), name: Some("Пётр С.".to_owned()) }
}

/// Those whose СБИС is off are marked so.
fn viewers() -> [(&'static str, Desk); 5] {
    let off = |desk: Desk| Desk { providers: vec![Provider::Invoicebox], ..desk };
    [
        ("author", desk()),
        ("admin", admin_desk()),
        ("colleague", Desk { me: pyotr(), ..desk() }),
        ("author-off", off(desk())),
        ("admin-off", off(admin_desk())),
    ]
}

/// Where the button was pressed that is drawn for this number of the invitation's changes.
const SEQS: [(&str, Option<i64>); 3] = [("fresh", Some(3)), ("old", Some(2)), ("typed", None)];

/// What an act on an invitation leads to; its card is called by that name.
fn acted(desk: &Desk, state: &State, found: &Invitation, act: CardAct, seq: Option<i64>) -> String {
    let finding = Finding::Looked(Some((found.clone(), vec![])), act, seq);
    let card = brief(&texts::card(desk, found, &[]));
    told(&step(desk, state, Input::Found(finding))).replace(&card, "the card")
}

/// The outcomes of one act over all standings, the most common of them last and without names.
fn over_standings(desk: &Desk, act: CardAct, seq: Option<i64>) -> String {
    let row =
        |(name, found): (String, Invitation)| (name, acted(desk, &State::Idle, &found, act, seq));
    let mut groups = groups(standings().into_iter().map(row));
    if let [(outcome, _)] = groups.as_slice() {
        return format!(" {outcome}");
    }
    groups.sort_by_key(|(_, names)| names.len());
    let last = groups.len() - 1;
    let line = |(place, (outcome, names)): (usize, (String, Vec<String>))| {
        let names = if place == last { "else".to_owned() } else { names.join("; ") };
        format!("\n        {names}: {outcome}")
    };
    groups.into_iter().enumerate().map(line).collect()
}

#[test]
fn every_act_on_every_standing() {
    let mut table = String::new();
    for act in card_acts() {
        let rows = viewers().into_iter().flat_map(|(who, desk)| {
            SEQS.map(|(when, seq)| (format!("{who} {when}"), over_standings(&desk, act, seq)))
        });
        table += &grouped(&format!("[{act:?}]"), rows);
    }
    expect_file!["screens/standings.txt"].assert_eq(&table);
}

/// An address has no company: fewer fields, and nobody else to stop than its readers.
#[test]
fn every_act_on_what_went_to_an_address() {
    let found = Invitation { recipient: address(), ..accepted() };
    let only = |provider| Desk { providers: vec![provider], ..desk() };
    let desks = [
        ("both are on", desk()),
        ("only Invoicebox", only(Provider::Invoicebox)),
        ("only СБИС", only(Provider::Sbis)),
    ];
    let mut table = String::new();
    for act in card_acts() {
        let rows = desks.clone().map(|(name, desk)| {
            (name.to_owned(), acted(&desk, &State::Idle, &found, act, Some(3)))
        });
        table += &grouped(&format!("[{act:?}]"), rows);
    }
    expect_file!["screens/standings_address.txt"].assert_eq(&table);
}

fn offered(fill: &[(Field, &str)]) -> State {
    let mut draft = Draft::default();
    for (field, text) in fill {
        draft.fill(*field, text).unwrap();
    }
    State::Offered { draft }
}

/// Whoever sent one value and looks at its history may invite by it, and by no other.
#[test]
fn what_is_found_of_the_one_value_that_was_sent() {
    let states = [
        ("idle", State::Idle),
        ("this ИНН", offered(&[(Field::Inn, "1215107651")])),
        ("another ИНН", offered(&[(Field::Inn, "7707083893")])),
        ("this address", offered(&[(Field::Email, "IAM@mail.ru")])),
        ("another address", offered(&[(Field::Email, "i@mail.ru")])),
        (
            "this ИНН, another address",
            offered(&[(Field::Inn, "1215107651"), (Field::Email, "i@mail.ru")]),
        ),
        ("a name", offered(&[(Field::Name, "Чайка")])),
    ];
    let to_company = || accepted();
    let to_address = || Invitation { recipient: address(), ..accepted() };
    let mut table = String::new();
    for (name, found) in [("to the company", to_company()), ("to the address", to_address())] {
        let rows = states.clone().map(|(state, at)| {
            (state.to_owned(), acted(&desk(), &at, &found, CardAct::Open, None))
        });
        table += &grouped(&format!("one {name}"), rows);
    }
    let all = ListWhat::All(None, None);
    let [email, inn] = [ListWhat::SameEmail(Number(7)), ListWhat::SameInn(Number(7))];
    for (what, page, items) in [
        (email, 0, vec![]),
        (email, 0, vec![to_company()]),
        (email, 1, vec![to_company()]),
        (email, 0, vec![to_company(), to_address()]),
        (inn, 0, vec![]),
        (inn, 0, vec![to_company()]),
        (inn, 1, vec![to_company()]),
        (inn, 0, vec![to_company(), to_company()]),
        (inn, 0, vec![to_company(), to_address()]),
        (all, 0, vec![]),
        (all, 0, vec![to_company()]),
        (ListWhat::All(Some(Bucket::Accepted), None), 0, vec![to_company(), to_address()]),
    ] {
        let heading = format!("{what:?}, page {page}, found {}", items.len());
        let list = List { what, page };
        let listing = Listing { list, items, pages: 2, more: false, author: None };
        let rows = states.clone().map(|(state, at)| {
            let step = step(&desk(), &at, Input::Found(Finding::Listed(listing.clone())));
            (state.to_owned(), told(&step))
        });
        table += &grouped(&heading, rows);
    }
    expect_file!["screens/found.txt"].assert_eq(&table);
}

fn news() -> Vec<(&'static str, Finding)> {
    let found = accepted;
    let unknown = || Invitation { state: Standing::Unknown, ..accepted() };
    let soon = Room::From("2026-05-14T21:00:00Z".parse().unwrap());
    let entry = || StopEntry {
        id: 3,
        stop: Stop::Inn(Inn::parse("1215107651").unwrap()),
        reason: None,
        at: desk().now,
        by: oleg(),
    };
    let full = Full { used: Used::Day, limit: 50, until: desk().now };
    let (number, copy, again) = (Number(1057), CardAct::Copy, CardAct::Again);
    vec![
        ("submitted", Finding::Submitted(number)),
        ("in flight", Finding::InFlight),
        ("no room", Finding::NoRoom),
        ("not their office", Finding::NotTheirOffice),
        ("a limit is used up", Finding::Full(full)),
        ("the recipient is stopped", Finding::RecipientStopped),
        ("stale", Finding::Stale),
        ("not alone", Finding::NotAlone),
        ("made from the draft: nothing", Finding::MadeFrom(None)),
        ("made from the draft: Anna's", Finding::MadeFrom(Some(found()))),
        ("the repeat is in flight, seen", Finding::RepeatInFlight(Some(number))),
        ("the repeat is in flight, unseen", Finding::RepeatInFlight(None)),
        ("no room to repeat", Finding::NoRoomToRepeat(unknown(), Room::Spent)),
        ("room for a copy", Finding::Room(found(), Room::Free, copy)),
        ("room for a copy, soon", Finding::Room(found(), soon, copy)),
        ("room for a copy, never", Finding::Room(found(), Room::Spent, copy)),
        ("room for the menu", Finding::Room(found(), Room::Free, again)),
        ("room for the menu, never", Finding::Room(found(), Room::Spent, again)),
        ("a copy is stopped", Finding::RepeatStopped(found(), entry(), copy)),
        ("the menu is stopped", Finding::RepeatStopped(found(), entry(), again)),
        ("nothing is found", Finding::Looked(None, CardAct::Open, Some(3))),
        ("nothing is found, typed", Finding::Looked(None, CardAct::Open, None)),
        ("arrived", Finding::Done(Deed::Resolve(number, 3, Verdict::Arrived))),
        ("missing", Finding::Done(Deed::Resolve(number, 3, Verdict::Missing))),
        ("cancelled", Finding::Done(Deed::Cancel(number, 3))),
        ("released", Finding::Done(Deed::Release(number, 3))),
        ("repeated", Finding::Done(Deed::Repeat(number, 3))),
        ("repeated beyond", Finding::Done(Deed::RepeatBeyond(number, 3))),
        ("resumed", Finding::Done(Deed::Resume(Provider::Sbis))),
        ("alone", Finding::Done(Deed::Alone)),
        ("another deed", Finding::Done(Deed::Staff(0))),
        ("cancelled, and the message will show it", Finding::Followed(Deed::Cancel(number, 3))),
        ("lifted", Finding::Lifted(3)),
        ("authors", Finding::Authors(ListWhat::All(None, None), vec![oleg(), anna()])),
    ]
}

#[test]
fn every_news_of_invitations() {
    let mut draft = Draft::from(&address());
    draft.known = vec![7];
    let asking = State::Asking { draft: draft.clone(), field: Field::Email, editing: true };
    let states = [("idle", State::Idle), ("edits", asking)];
    let desks = [("author", desk()), ("admin", admin_desk())];
    let mut table = String::new();
    for (name, finding) in news() {
        let rows = desks.iter().flat_map(|(who, desk)| {
            states.clone().map(|(place, state)| {
                let step: Step = step(desk, &state, Input::Found(finding.clone()));
                (format!("{who} {place}"), told(&step))
            })
        });
        table += &grouped(name, rows);
    }
    expect_file!["screens/news.txt"].assert_eq(&table);
}
