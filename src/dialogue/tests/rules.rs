//! What stands against an invitation before it may be confirmed, and who keeps those rules.

use std::fmt::Write;

use expect_test::expect_file;
use jiff::Timestamp;

use super::super::invite;
use super::super::press::{CardAct, DraftAct, StopScope};
use super::super::rules::print;
use super::super::{
    Bounds, Check, Deed, Desk, Employee, Finding, Input, Press, StaffAct, State, StopDone,
    StopList, texts,
};
use super::player::{NOW, Player, admin_desk, anna, desk, oleg, shown, usage};
use super::screens::accepted;
use crate::domain::{
    Draft, Earlier, Email, Field, Full, Invitation, Number, Person, PersonId, Provider, Recipient,
    Refusal, RepeatPolicy, Role, Room, State as Standing, Stop, StopEntry, Usage, Used,
};

const CARD: &str = "ООО «Ромашка» ИНН 1215107651 КПП 121501001 ivan@romashka.ru";
const TO_SUMMARY: [&str; 3] = ["/invite", "[Invoicebox]", "ivan@romashka.ru"];

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn pyotr() -> Person {
    Person { id: PersonId::new(1020).unwrap(), name: Some("Пётр С.".to_owned()) }
}

/// One that a person sent to the address of these tests.
fn sent(number: i64, author: Person) -> Invitation {
    let email = Email::parse("ivan@romashka.ru").unwrap();
    let recipient = Recipient::Invoicebox { email };
    Invitation { number: Number(number), author, recipient, ..accepted() }
}

fn earlier(invitations: Vec<Invitation>) -> Check {
    let numbers = invitations.iter().map(|invitation| invitation.number).collect();
    let earlier = Earlier { newest: invitations, numbers };
    Check { earlier, ..Check::default() }
}

fn entry() -> StopEntry {
    StopEntry {
        id: 3,
        stop: Stop::parse("romashka.ru").unwrap(),
        reason: Some("просили по телефону".to_owned()),
        at: now(),
        by: oleg(),
    }
}

fn stopped_by(text: &str) -> Check {
    let stop = Some(StopEntry { stop: Stop::parse(text).unwrap(), ..entry() });
    Check { stop, ..Check::default() }
}

/// Somebody who fills everything in, with this in the way.
fn meets(desk: Desk, check: Check) -> Player {
    let mut player = Player::new(desk);
    player.check = check;
    for line in TO_SUMMARY {
        match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            Some(label) => player.presses(label),
            None => player.says(line),
        }
    }
    player
}

/// What is in the way from now on, as the next turn finds it.
fn now_finds(player: &mut Player, check: Check) {
    player.check = check.clone();
    player.desk.bounds.check = Some(check);
}

fn screen(player: &Player) -> String {
    shown(&player.screen.as_ref().unwrap().0)
}

fn confirms(player: &mut Player) -> bool {
    player.log.clear();
    let (screen, stamp) = player.screen.clone().unwrap();
    let send = screen.rows.iter().flatten().find(|button| button.label.contains("Отправить"));
    let Some(send) = send else { return false };
    player.gives(send.press.clone(), stamp);
    player.log.contains("! Submit")
}

fn blocking(desk: Desk) -> Desk {
    let bounds = Bounds { repeat: RepeatPolicy::Block, ..desk.bounds.clone() };
    Desk { bounds, ..desk }
}

#[test]
fn every_screen_of_the_rules() {
    let mut log = String::new();
    let mut note = |title: &str, screen: &str| write!(log, "--- {title}\n{screen}\n\n").unwrap();
    let colleague = || earlier(vec![sent(1042, pyotr())]);
    let many = Check {
        earlier: Earlier {
            newest: vec![sent(1060, anna()), sent(1050, pyotr()), sent(1042, pyotr())],
            numbers: [1060, 1050, 1042, 9, 8].map(Number).to_vec(),
        },
        ..Check::default()
    };
    note("a colleague invited", &screen(&meets(desk(), colleague())));
    note("several, one's own among them", &screen(&meets(desk(), many)));
    note("an admin looks", &screen(&meets(admin_desk(), colleague())));
    let client =
        Invitation { state: Standing::Rejected(Refusal::AlreadyClient), ..sent(1042, pyotr()) };
    note("a client already", &screen(&meets(desk(), earlier(vec![client]))));
    note("blocked", &screen(&meets(blocking(desk()), colleague())));
    note("blocked, an admin", &screen(&meets(blocking(admin_desk()), colleague())));
    let under_way = |author, state| Check {
        in_flight: Some(Invitation { state, ..sent(1042, author) }),
        ..Check::default()
    };
    let unknown = || under_way(pyotr(), Standing::Unknown);
    note("in flight, a colleague's", &screen(&meets(desk(), unknown())));
    note("in flight, an admin looks", &screen(&meets(admin_desk(), unknown())));
    let queued = under_way(anna(), Standing::Queued);
    note("in flight, one's own", &screen(&meets(desk(), queued)));
    let stopped = Check { stop: Some(entry()), ..Check::default() };
    note("on the stop-list", &screen(&meets(desk(), stopped.clone())));
    note("on the stop-list, an admin", &screen(&meets(admin_desk(), stopped.clone())));
    for (who, desk) in [("staff", desk()), ("an admin", admin_desk())] {
        note(&format!("by its ИНН, {who}"), &screen(&meets(desk, stopped_by("1215107651"))));
    }
    let mut early = Player::new(desk());
    early.check = stopped;
    early.says(CARD);
    note("before anything is asked", &screen(&early));
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let (soon, midnight) = (at("2026-05-14T11:52:00Z"), at("2026-05-14T21:00:00Z"));
    for (title, used, until) in [
        ("the day is used up", Used::Day, midnight),
        ("the hour is used up", Used::Hour, soon),
        ("the domain's day is used up", Used::Domain, midnight),
        ("the provider's day is used up", Used::Provider(Provider::Sbis), midnight),
    ] {
        let full = Full { used, limit: 20, until };
        let check = Check { full: Some(full), ..Check::default() };
        note(title, &screen(&meets(desk(), check)));
        note("its toast", &texts::full_toast(&desk(), &full));
    }
    let lowered = Usage { day_limit: 1, ..usage(3) };
    let full = Full { used: Used::Day, limit: 1, until: midnight };
    let late = Desk { bounds: Bounds { usage: lowered.clone(), ..desk().bounds }, ..desk() };
    let check = Check { full: Some(full), ..Check::default() };
    note("a limit that was lowered", &screen(&meets(late.clone(), check)));
    note("its toast", &texts::full_toast(&late, &full));
    let enough = |room| Check { room, ..Check::default() };
    let nobody = Desk { admin: None, ..desk() };
    note("a repeat went today", &screen(&meets(desk(), enough(Room::From(soon)))));
    note("three repeats went", &screen(&meets(nobody, enough(Room::Spent))));
    note("a repeat went today, an admin", &screen(&meets(admin_desk(), enough(Room::From(soon)))));
    let with = |usage| Desk { bounds: Bounds { usage, ..desk().bounds }, ..desk() };
    note("four are left today", &screen(&meets(with(usage(46)), Check::default())));
    let mut hour = usage(4);
    hour.lately = vec![now(); 18];
    note("two are left this hour", &screen(&meets(with(hour), Check::default())));

    let card = sent(1057, anna());
    let stops = Stop::company(&card.recipient).unwrap();
    note("who asked not to be written to", &shown(&texts::choose_stop(&card, Some(&stops))));
    note("only the address is known", &shown(&texts::choose_stop(&card, None)));
    let ask = |desk: &Desk| shown(&texts::ask_stop(desk, &card, StopScope::Company, &stops));
    note("asks once more", &ask(&desk()));
    note("asks an admin once more", &ask(&admin_desk()));
    let done = StopDone {
        stops,
        card: Some(Number(1057)),
        new: true,
        held: vec![Number(5), Number(7)],
        held_count: 3,
    };
    note("stopped", &shown(&texts::stopped(&desk(), &done)));
    let nothing = StopDone { card: None, new: false, held: vec![], held_count: 0, ..done };
    note("stopped already", &shown(&texts::stopped(&admin_desk(), &nothing)));
    let by_address =
        StopEntry { stop: Stop::parse("iam@mail.ru").unwrap(), reason: None, ..entry() };
    let by_number = StopEntry { stop: Stop::parse("1215107651").unwrap(), ..entry() };
    let entries = vec![entry(), by_address.clone(), by_number];
    let list = StopList { entries, page: 0, pages: 2 };
    note("the list", &shown(&texts::stop_list(&admin_desk(), &list)));
    let empty = StopList { entries: vec![], page: 0, pages: 1 };
    note("the list is empty", &shown(&texts::stop_list(&admin_desk(), &empty)));
    note("asks before it is taken off", &shown(&texts::ask_unstop(&admin_desk(), &entry())));
    note("taken off", &shown(&texts::unstopped(&by_address, 0)));
    note("taken off, some wait", &shown(&texts::unstopped(&entry(), 2)));
    for words in [
        "/stoplist mail.ru",
        "/stoplist 1215107652",
        "/stoplist Ромашка",
        "/stoplist romаshka.ru просили не писать",
        "/stoplist romashka.рф",
        "/stoplist иван@romashka.ru",
        "/stoplist i@gmаil.com",
        "/stoplist i@gmial.com звонили",
        "/stoplist gmial.com",
        "/stoplist точно",
    ] {
        note(words, &screen(&Player::plays(admin_desk(), &[words])));
    }
    let long = format!("/stoplist romashka.ru {}", "я".repeat(201));
    note("too long a reason", &screen(&Player::plays(admin_desk(), &[&long])));
    let limit = |limit| Employee {
        person: pyotr(),
        role: Role::Staff,
        offices: vec![],
        limit,
        usage: usage(4),
    };
    note("the limit of a person", &shown(&texts::person_limit(&limit(None))));
    note("set by an admin", &shown(&texts::person_limit(&limit(Some(50)))));
    let today = |usage| Employee { usage, ..limit(Some(1)) };
    note("lowered", &shown(&texts::person_limit(&today(lowered))));
    note("reached", &shown(&texts::person_limit(&today(Usage { day_limit: 4, ..usage(4) }))));
    note("without any", &shown(&texts::person_limit(&today(Usage { day_limit: 0, ..usage(4) }))));
    note("asked again", &shown(&texts::name_limit("Пётр С.")));
    note("to the person", &shown(&texts::limit_changed(&usage(4))));
    let free = Usage { day_limit: 0, ..usage(4) };
    note("to the person, without any", &shown(&texts::limit_changed(&free)));
    note("no limit", &shown(&texts::limit_usage()));
    note("nobody", &shown(&texts::no_such_person()));
    expect_file!["screens/rules.txt"].assert_eq(&log);
}

#[test]
fn whoever_goes_on_knowingly_gets_the_summary() {
    let mut anna = meets(desk(), earlier(vec![sent(1042, pyotr())]));
    assert!(!confirms(&mut anna), "there is nothing to confirm with");
    anna.presses("Всё равно");
    assert!(screen(&anna).contains("Проверьте перед отправкой"), "{}", screen(&anna));
    assert!(confirms(&mut anna));
}

#[test]
fn what_came_between_is_seen_at_the_confirmation() {
    let mut anna = meets(desk(), Check::default());
    now_finds(&mut anna, earlier(vec![sent(1042, pyotr())]));
    assert!(!confirms(&mut anna));
    assert!(screen(&anna).contains("уже приглашали"), "{}", screen(&anna));
    anna.presses("Всё равно");
    // And one more: what was acknowledged was the first alone.
    now_finds(&mut anna, earlier(vec![sent(1043, oleg()), sent(1042, pyotr())]));
    assert!(!confirms(&mut anna));
    assert!(screen(&anna).contains("Олег"), "{}", screen(&anna));
}

#[test]
fn going_on_is_good_for_what_the_screen_named_alone() {
    let mut anna = meets(desk(), earlier(vec![sent(1042, pyotr())]));
    now_finds(&mut anna, earlier(vec![sent(1043, oleg()), sent(1042, pyotr())]));
    anna.presses("Всё равно");
    assert!(screen(&anna).contains("Олег"), "{}", screen(&anna));
    assert!(!confirms(&mut anna));
    anna.presses("Всё равно");
    assert!(confirms(&mut anna));
}

#[test]
fn an_edit_of_the_recipient_asks_anew() {
    let mut anna = meets(desk(), earlier(vec![sent(1042, pyotr())]));
    anna.presses("Всё равно");
    anna.check = earlier(vec![sent(900, pyotr())]);
    anna.presses("E-mail");
    anna.says("other@romashka.ru");
    assert!(screen(&anna).contains("уже приглашали"), "{}", screen(&anna));
    assert!(!confirms(&mut anna));
}

#[test]
fn a_blocked_repeat_is_an_admins_alone() {
    let check = || earlier(vec![sent(1042, pyotr())]);
    let mut anna = meets(blocking(desk()), check());
    assert!(!screen(&anna).contains("Всё равно"));
    // Nor by a button that somebody made up, or by one from before the policy was changed.
    let stamp = anna.desk.draft.map(|(stamp, _)| stamp);
    for act in ["send".to_owned(), format!("anyway-{}", print(&[Number(1042)]))] {
        let stamp = stamp.unwrap();
        let data = format!("d:{}:{}:{act}", anna.desk.draft.unwrap().0.draft, stamp.revision);
        let (press, _) = Press::decode(&data).unwrap();
        anna.log.clear();
        anna.takes(Input::Press(press, anna.desk.draft.map(|(stamp, _)| stamp)));
        assert!(!anna.log.contains("! Submit"), "{}", anna.log);
        assert!(!screen(&anna).contains("Проверьте перед отправкой"));
    }
    let mut oleg = meets(blocking(admin_desk()), check());
    oleg.presses("Всё равно");
    assert!(confirms(&mut oleg));
}

#[test]
fn neither_the_stop_list_nor_a_limit_nor_one_in_flight_is_gone_on_over() {
    let full = Full { used: Used::Day, limit: 50, until: now() };
    for check in [
        Check { stop: Some(entry()), ..earlier(vec![sent(1, pyotr())]) },
        Check { full: Some(full), ..Check::default() },
        Check { in_flight: Some(sent(7, anna())), ..Check::default() },
        Check { in_flight: Some(sent(7, pyotr())), ..earlier(vec![sent(1, pyotr())]) },
    ] {
        for desk in [desk(), admin_desk()] {
            let mut person = meets(desk, check.clone());
            for act in ["send", "anyway-0", "anyway-1"] {
                let stamp = person.desk.draft.unwrap().0;
                let (press, _) = Press::decode(&format!("d:1:1:{act}")).unwrap();
                person.log.clear();
                person.takes(Input::Press(press, Some(stamp)));
                assert!(!person.log.contains("! Submit"), "{}", person.log);
                assert!(matches!(person.state, State::Reviewing { .. }), "the draft is kept");
            }
            now_finds(&mut person, Check::default());
            person.presses("E-mail");
            person.says("free@example.com");
            assert!(confirms(&mut person), "{}", screen(&person));
        }
    }
}

#[test]
fn whoever_is_on_the_list_is_asked_about_no_further() {
    for (check, lines) in [
        (stopped_by("1215107651"), vec!["/invite", "[СБИС]", "1215107651"]),
        (stopped_by("1215107651"), vec!["1215107651", "[Пригласить]"]),
        (stopped_by("1215107651"), vec![CARD]),
        (stopped_by("romashka.ru"), vec![CARD]),
        (stopped_by("romashka.ru"), vec!["/invite", "[СБИС]", CARD]),
    ] {
        let mut anna = Player::new(desk());
        anna.check = check;
        anna.goes_on(&lines);
        assert!(screen(&anna).contains("Сюда просили не писать"), "{lines:?}: {}", anna.log);
        anna.says("Лютик");
        assert!(screen(&anna).contains("Сюда просили не писать"), "{lines:?}: {}", anna.log);
        // The same after a restart; and once it is off the list, the questions go on.
        anna.desk.bounds.check = Some(anna.check.clone());
        anna.takes(Input::Again);
        assert!(screen(&anna).contains("Сюда просили не писать"), "{lines:?}: {}", anna.log);
        now_finds(&mut anna, Check::default());
        anna.takes(Input::Again);
        let asks = ["Куда приглашаем", "Пришлите *КПП*", "Код *офиса*"];
        assert!(asks.iter().any(|asks| screen(&anna).contains(asks)), "{lines:?}: {}", anna.log);
    }
}

#[test]
fn another_address_frees_a_card_whose_address_is_on_the_list() {
    let mut anna = Player::new(desk());
    anna.check = stopped_by("romashka.ru");
    anna.says(CARD);
    anna.desk.bounds.check = Some(anna.check.clone());
    anna.presses("E-mail");
    anna.check = Check::default();
    anna.says("ivan@example.com");
    assert!(screen(&anna).contains("Куда приглашаем"), "{}", anna.log);
    assert!(screen(&anna).contains("ivan@example.com"), "{}", anna.log);
}

#[test]
fn a_limit_that_is_free_again_lets_the_draft_go() {
    let full = Full { used: Used::Hour, limit: 20, until: now() };
    let mut anna = meets(desk(), Check { full: Some(full), ..Check::default() });
    now_finds(&mut anna, Check::default());
    anna.presses("Проверить ещё раз");
    assert!(confirms(&mut anna));
}

#[test]
fn a_card_asks_twice_before_it_stops_anything() {
    let card = |act| Finding::Looked(Some((sent(1057, anna()), vec![])), act, Some(3));
    let mut player = Player::new(desk());
    player.finds(card(CardAct::AskStop));
    assert!(!player.log.contains('!'), "{}", player.log);
    player.finds(card(CardAct::ChooseStop(StopScope::Company)));
    assert!(!player.log.contains('!'), "{}", player.log);
    let number = Some(Number(1057));
    let deeds = player.takes(Input::Found(card(CardAct::Stop(StopScope::Company))));
    assert_eq!(deeds, [Deed::Stop(vec![Stop::Domain("romashka.ru".to_owned())], None, number)]);
    let deeds = player.takes(Input::Found(card(CardAct::Stop(StopScope::Address))));
    assert_eq!(deeds, [Deed::Stop(vec![Stop::Email("ivan@romashka.ru".to_owned())], None, number)]);
}

#[test]
fn nobody_stops_by_the_card_of_a_colleague() {
    for act in [CardAct::AskStop, CardAct::Stop(StopScope::Address)] {
        let mut player = Player::new(desk());
        player.finds(Finding::Looked(Some((sent(1057, pyotr()), vec![])), act, Some(3)));
        assert_eq!(player.log.trim(), format!("({})", texts::NOT_FOUND));
    }
}

#[test]
fn an_admin_types_entries_and_limits() {
    let deed = |words: &str| {
        let mut player = Player::new(admin_desk());
        player.takes(Input::Message { text: Some(words.to_owned()), about: None })
    };
    let domain = Stop::Domain("romashka.ru".to_owned());
    let reason = Some("просили не писать".to_owned());
    assert_eq!(deed("/stoplist"), [Deed::StopList(0)]);
    assert_eq!(
        deed("/stoplist romashka.ru просили не писать"),
        [Deed::Stop(vec![domain.clone()], reason, None)]
    );
    assert_eq!(deed("/stoplist @Romashka.RU"), [Deed::Stop(vec![domain.clone()], None, None)]);
    assert_eq!(deed("/stoplist точно romashka.ru"), [Deed::Stop(vec![domain], None, None)]);
    let slip = Stop::Email("i@gmial.com".to_owned());
    let reason = Some("звонили".to_owned());
    assert_eq!(deed("/stoplist i@gmial.com звонили"), []);
    assert_eq!(deed("/stoplist Точно i@gmial.com звонили"), [Deed::Stop(vec![slip], reason, None)]);
    let id = pyotr().id;
    assert_eq!(deed("/staff"), [Deed::Staff(0)]);
    assert_eq!(deed("/staff 1020"), [Deed::Employee(id, StaffAct::Limit(id))]);
    assert_eq!(deed("/staff 1020 30"), [Deed::SetLimit(id, Some(30))]);
    assert_eq!(deed("/staff 1020 0"), [Deed::SetLimit(id, Some(0))]);
    for words in ["/staff 1020 -1", "/staff 1020 много", "/staff 1020 10001", "/staff 1020 3 0"]
    {
        assert_eq!(deed(words), [], "{words}");
    }
    let mut anna = Player::new(desk());
    for words in ["/stoplist romashka.ru", "/staff 1020 30"] {
        anna.says(words);
    }
    assert!(!anna.log.contains('!'), "{}", anna.log);
}

#[test]
fn a_draft_is_not_shown_again_without_what_stands_against_it() {
    let check = Check { stop: Some(entry()), ..Check::default() };
    let mut player = meets(admin_desk(), check);
    let after = Box::new(player.state.clone());
    player.state = State::NamingOffice { person: anna().id, name: "Анна".into(), after };
    // Nothing is under review in this state.
    player.desk.bounds.check = None;
    let stamp = player.desk.draft.map(|(stamp, _)| stamp);
    player.gives(Press::Draft(DraftAct::Resume), stamp);
    assert!(screen(&player).contains("Сюда просили не писать"), "{}", player.log);
}

#[test]
fn a_copy_beside_an_unfinished_draft_is_still_asked_for_the_field_that_was_to_change() {
    let player = meets(desk(), Check::default());
    let copy = Draft::from(&sent(5, anna()).recipient);
    let step = invite::begin(&player.desk, &player.state, copy, Some(Field::Email));
    let Some(State::Between { draft, pasted }) = step.state else { panic!("no choice") };
    assert_eq!((draft.missing(), pasted.missing()), (None, Some(Field::Email)));
    // A third one drops neither of the two.
    let between = State::Between { draft, pasted: pasted.clone() };
    let step = invite::begin(&player.desk, &between, pasted, None);
    assert_eq!(step.state, Some(between));
}

#[test]
fn where_an_entry_is_gone_the_question_is_shown_before_it_is_answered() {
    let check = Check { stop: Some(entry()), ..Check::default() };
    let mut player = Player::new(desk());
    player.check = check;
    player.goes_on(&["/invite", "[СБИС]", "ИНН 1215107651, ivan@romashka.ru"]);
    assert!(screen(&player).contains("Сюда просили не писать"), "{}", player.log);
    now_finds(&mut player, Check::default());
    player.says("убрали?");
    assert!(screen(&player).contains("Пришлите *КПП*"), "{}", player.log);
    assert_eq!(player.state.draft().unwrap().name, None);
}

#[test]
fn of_several_entries_none_is_entered() {
    for text in [
        "boss@stop.ru, boss2@stop.ru",
        "boss@stop.ru boss2@stop.ru",
        "one@multi.ru\ntwo@multi.ru",
        "stop.ru; multi.ru",
        "stop.ru 7707083893",
    ] {
        let mut player = Player::new(admin_desk());
        player.says(&format!("/stoplist {text}"));
        assert!(!player.log.contains("! Stop"), "{}", player.log);
        assert!(screen(&player).contains("по одной записи"), "{}", player.log);
    }
    let mut player = Player::new(admin_desk());
    player.says("/stoplist https://www.saite.ru/contacts просили по телефону");
    assert!(player.log.contains(r#"! Stop([Domain("saite.ru")], Some("просили"#), "{}", player.log);
}
