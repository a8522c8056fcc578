//! Every way into the conversation but the buttons of a draft: who comes from where, and what
//! follows. A button that is for admins alone does nothing in the hands of staff.

use expect_test::{expect, expect_file};

use super::super::press::{CardAct, DraftAct, List, ListWhat, StaffAct, StopAct, StopScope};
use super::super::{About, Desk, Finding, Input, Press, Stamp, State, step};
use super::player::{admin_desk, anna, desk, office, oleg};
use super::told::{grouped, told};
use crate::domain::{
    Bucket, Doubt, Draft, Embargo, Field, Inn, Kpp, Number, Office, Person, PersonId, Provider,
    Role,
};

fn draft() -> Draft {
    let mut draft = Draft { provider: Some(Provider::Sbis), ..Draft::default() };
    draft.fill(Field::Inn, "1215107651/121501001").unwrap();
    draft
}

fn full() -> Draft {
    let mut draft = draft();
    draft.fill(Field::Name, "Чайка").unwrap();
    draft.fill(Field::Email, "iam@mail.ru").unwrap();
    draft.put_office(Office::Without);
    draft
}

fn question() -> State {
    State::Asking { draft: draft(), field: Field::Name, editing: false }
}

pub fn limit_over(after: State) -> State {
    State::NamingLimit {
        person: anna().id, name: "Анна К.".to_owned(), after: Box::new(after)
    }
}

pub fn codes_over(after: State) -> State {
    State::NamingOffice {
        person: anna().id, name: "Анна К.".to_owned(), after: Box::new(after)
    }
}

/// Where somebody may stand who presses or types what is no answer.
fn places() -> [(&'static str, State); 4] {
    [
        ("idle", State::Idle),
        ("asked", question()),
        ("limit?", limit_over(question())),
        ("codes?", codes_over(limit_over(State::Idle))),
    ]
}

fn people() -> [(&'static str, Desk); 2] {
    let embargo = Embargo { id: 7, since: desk().now, cause: Doubt::Older, waiting: 2 };
    let with = |desk: Desk| Desk { embargo: Some(embargo), ..desk };
    [("staff", with(desk())), ("admin", with(admin_desk()))]
}

/// What this input leads to for everybody from everywhere. It is no answer: a question about a
/// person is asked no more, and what stood beneath it stands again, unless a line says otherwise.
fn from_everywhere(heading: &str, input: &Input) -> String {
    let rows = people().into_iter().flat_map(|(who, desk)| {
        let row = move |(place, state): (&str, State)| {
            let mut step = step(&desk, &state, input.clone());
            let left = state.beneath() != &state && step.state.as_ref() == Some(state.beneath());
            step.state.take_if(|_| left);
            let stays = state.beneath() != &state && !left && step.state.is_none();
            let word = if stays { ", and the question stays" } else { "" };
            (format!("{who} {place}"), format!("{}{word}", told(&step)))
        };
        places().into_iter().map(row)
    });
    grouped(heading, rows)
}

fn minute() -> i64 {
    desk().now.as_second() / 60
}

/// One of every kind, of which some have several shapes.
fn presses() -> Vec<Press> {
    let (anna, oleg) = (anna().id, oleg().id);
    let card = |act| Press::Card(Number(1057), 3, act);
    let all = ListWhat::All(None, None);
    let of_anna = ListWhat::All(Some(Bucket::Unknown), Some(anna));
    let mut presses = vec![
        Press::Home,
        Press::Invite,
        Press::Another,
        Press::List(List { what: all, page: 0 }),
        Press::List(List { what: of_anna, page: 2 }),
        Press::List(List { what: ListWhat::SameEmail(Number(7)), page: 1 }),
        Press::List(List { what: ListWhat::SameInn(Number(7)), page: 1 }),
        Press::Filter(all),
        Press::Filter(ListWhat::All(Some(Bucket::NotSent), None)),
        Press::Authors(ListWhat::All(None, Some(oleg))),
        Press::StopList(StopAct::Page(1)),
        Press::StopList(StopAct::AskRemove(3)),
        Press::StopList(StopAct::Remove(3)),
        Press::Write(anna),
        Press::Resume(Provider::Sbis),
        Press::Alone,
        Press::Lift(7, None),
        Press::Lift(7, Some(minute())),
        Press::Lift(7, Some(minute() - 16)),
        Press::Lift(6, Some(minute())),
        Press::Label,
    ];
    presses.extend([CardAct::Open, CardAct::Cancel].map(card));
    presses.extend(
        [
            StaffAct::Page(1),
            StaffAct::AskRevoke(anna),
            StaffAct::Revoke(anna),
            StaffAct::Revoke(oleg),
            StaffAct::Limit(anna),
            StaffAct::SetLimit(anna, None),
            StaffAct::SetLimit(anna, Some(0)),
            StaffAct::SetLimit(anna, Some(10_000)),
            StaffAct::SetLimit(anna, Some(10_001)),
            StaffAct::Card(anna),
            StaffAct::AskRole(anna),
            StaffAct::AskRole(oleg),
            StaffAct::Role(anna, Role::Admin),
            StaffAct::Role(anna, Role::Staff),
            StaffAct::Role(oleg, Role::Staff),
            StaffAct::AskOffice(anna),
            StaffAct::Office(anna, office("7705")),
            StaffAct::WithoutOffice(anna),
        ]
        .map(Press::Staff),
    );
    presses
}

#[test]
fn every_button_beside_a_draft() {
    let mut table = String::new();
    for press in presses() {
        table += &from_everywhere(&format!("[{press:?}]"), &Input::Press(press, None));
    }
    table += &from_everywhere("a button of no release", &Input::StrangePress);
    table += &from_everywhere("once more", &Input::Again);
    expect_file!["screens/doors.txt"].assert_eq(&table);
}

fn draft_acts() -> Vec<DraftAct> {
    vec![
        DraftAct::Choose(Provider::Invoicebox),
        DraftAct::Choose(Provider::Sbis),
        DraftAct::Inn(Inn::parse("0816000005").unwrap()),
        DraftAct::Keep,
        DraftAct::Office(office("0240")),
        DraftAct::WithoutOffice,
        DraftAct::Yes,
        DraftAct::Branches(2),
        DraftAct::Kpp(Kpp::parse("1215AB001").unwrap()),
        DraftAct::Edit(Field::Provider),
        DraftAct::Edit(Field::Inn),
        DraftAct::Edit(Field::Kpp),
        DraftAct::Edit(Field::Name),
        DraftAct::Edit(Field::Email),
        DraftAct::Edit(Field::Office),
        DraftAct::Back,
        DraftAct::Cancel,
        DraftAct::Send,
        DraftAct::Pick(5),
        DraftAct::ByHand,
        DraftAct::Continue,
        DraftAct::Pasted,
        DraftAct::History,
        DraftAct::Anyway(9),
        DraftAct::SendBeyond,
        DraftAct::Resume,
        DraftAct::Restart,
    ]
}

pub fn card_acts() -> Vec<CardAct> {
    vec![
        CardAct::Open,
        CardAct::Details,
        CardAct::Arrived,
        CardAct::Missing,
        CardAct::AskRepeat,
        CardAct::Repeat(None),
        CardAct::Repeat(Some(minute())),
        CardAct::Repeat(Some(minute() - 16)),
        CardAct::Beyond(minute()),
        CardAct::Beyond(minute() - 16),
        CardAct::Cancel,
        CardAct::Release,
        CardAct::Again,
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

/// Messages of earlier releases stay in chats: what their buttons carry is read for ever.
#[test]
fn every_button_is_written_as_it_always_was() {
    let stamp = Stamp { draft: 12, revision: 3 };
    let draft = draft_acts().into_iter().map(Press::Draft);
    let card = card_acts().into_iter().map(|act| Press::Card(Number(1057), 3, act));
    let mut table = String::new();
    for press in presses().into_iter().chain(draft).chain(card) {
        let data = press.encode(Some(stamp));
        let stamp = matches!(press, Press::Draft(_)).then_some(stamp);
        assert_eq!(Press::decode(&data), Some((press.clone(), stamp)), "{data}");
        table += &format!("{data:<28} {press:?}\n");
    }
    expect_file!["screens/buttons.txt"].assert_eq(&table);
}

const COMMANDS: &[&str] = &[
    "/start",
    " \n/START@invite_bot\u{a0}",
    "/start hello",
    "/start x_1",
    "/start n_1215107651",
    "/start n_1215107651_",
    "/start n_1215107651_121501001",
    "/start n_500100732259_121501001",
    "/start n_1215107652",
    "/start n_1215107651_12",
    "/start i_7",
    "/start i_0",
    "/start i_seven",
    "/invite",
    "/invite Чайка",
    "/status",
    "/status\t№ 7",
    "/status #7",
    "/status 1",
    "/status 0",
    "/status -1",
    "/status 1215107651",
    "/status 1215107652",
    "/status IAM@mail.ru",
    "/status Чайка",
    "/cancel",
    "/help",
    "/staff",
    "/staff Анна",
    "/staff 1002",
    "/staff 1002 0",
    "/staff 1002 10000",
    "/staff 1002 10001",
    "/staff 1002 many",
    "/staff 1002 30 40",
    "/stoplist",
    "/stoplist romashka.ru",
    "/stoplist iam@mail.ru просили  по телефону",
    "/stoplist 1215107651 сами позвонят в 2027 году",
    "/stoplist mail.ru",
    "/stoplist 1215107652",
    "/stoplist Чайка",
    "/stoplist gmial.com",
    "/stoplist gmial.com просили",
    "/stoplist точно gmial.com просили",
    "/stoplist ТОЧНО gmial.com",
    "/stoplist точно",
    "/stoplist romashka.ru\nchaika.ru",
    "/stoplist romashka.ru,",
    "/stoplist romashka.ru; chaika",
    "/stoplist romashka.ru chaika.ru",
    "/stoplist romashka.ru i@chaika.ru",
    "/stoplist romashka.ru 1215107651",
    "/stoplist romashka.ru. т.е.",
    "/allow",
    "/allow 1020",
    "/allow 1020 Пётр С. Админ",
    "/allow 1020 Пётр сотрудник",
    "/allow 1020 админ сотрудник",
    "/allow 1001 Олег",
    "/allow Пётр",
    "/launch",
    "/",
    "/@invite_bot",
];

pub fn says(text: &str) -> Input {
    Input::Message { text: Some(text.to_owned()), about: None }
}

#[test]
fn every_command() {
    let mut table = String::new();
    for text in COMMANDS {
        table += &from_everywhere(&format!("{text:?}"), &says(text));
    }
    expect_file!["screens/commands.txt"].assert_eq(&table);
}

#[test]
fn a_command_is_as_long_as_it_may_be() {
    let follows = |text: String| told(&step(&admin_desk(), &State::Idle, says(&text)));
    let name = |length| follows(format!("/allow 1020 {}", "я".repeat(length)));
    assert_eq!(
        name(64),
        format!("! Allow(Person {{ id: Пётр, name: Some(\"{}\") }}, None)", "я".repeat(64))
    );
    expect!["shows «Имя слишком длинное: можно до 64 знаков. Доступ не выдан, пришлите короче.»··"]
        .assert_eq(&name(65));
    let reason = |length| follows(format!("/stoplist 1215107651 {}", "я".repeat(length)));
    let stops = format!("! Stop([Inn(Inn(\"1215107651\"))], Some(\"{}\"), None)", "я".repeat(200));
    assert_eq!(reason(200), stops);
    expect!["shows «Причина слишком длинная: можно до 200 знаков. Ничего не внесено.»·"]
        .assert_eq(&reason(201));
}

/// Commands that are about somebody, as replies to what that person sent.
#[test]
fn a_command_about_whom_a_message_is_from() {
    let pyotr = Person { id: PersonId::new(1020).unwrap(), name: Some("Пётр".to_owned()) };
    let nameless = Person { name: None, ..pyotr.clone() };
    let abouts = [
        ("nobody", None),
        ("Пётр", Some(About::Person(pyotr))),
        ("one without a name", Some(About::Person(nameless))),
        ("an admin by configuration", Some(About::Person(oleg()))),
        ("somebody hidden", Some(About::Hidden)),
    ];
    let mut table = String::new();
    for text in [
        "/allow",
        "/allow админ",
        "/allow Пётр Сергеевич сотрудник",
        "/allow 1002 Анна",
        "/revoke",
        "/revoke 1002",
        "/revoke 1001",
        "/revoke Пётр",
    ] {
        let rows = abouts.clone().map(|(who, about)| {
            let input = Input::Message { text: Some(text.to_owned()), about };
            (who.to_owned(), told(&step(&admin_desk(), &State::Idle, input)))
        });
        table += &grouped(text, rows);
    }
    expect_file!["screens/about.txt"].assert_eq(&table);
}

/// A draft that was stopped before it was full, and is stopped no more: its question was not seen.
#[test]
fn a_question_that_was_not_seen_is_shown_before_it_is_answered() {
    let state = State::Reviewing { draft: draft() };
    let stamp = Stamp { draft: 1, revision: 1 };
    let desk = Desk { draft: Some((stamp, desk().now)), ..desk() };
    let act = |act| Input::Press(Press::Draft(act), Some(stamp));
    let inputs = [
        ("an answer", says("Чайка")),
        ("a sticker", Input::Message { text: None, about: None }),
        ("«Отправить»", act(DraftAct::Send)),
        ("«Назад»", act(DraftAct::Back)),
        ("«Отмена»", act(DraftAct::Cancel)),
        ("another button", Input::Press(Press::Home, None)),
        ("a strange button", Input::StrangePress),
        ("/cancel", says("/cancel")),
        ("/help", says("/help")),
        ("once more", Input::Again),
        ("news", Input::Found(Finding::Stale)),
    ];
    let rows = inputs.map(|(name, input)| (name.to_owned(), told(&step(&desk, &state, input))));
    expect![[r#"
        the name is due
            an answer, a sticker, «Отправить», «Назад»: shows «СБИС · ИНН 1215107651 · КПП 121501001»·· → Name? [sbis 1215107651 /121501001]
            «Отмена», /cancel: shows «✖️ Отменено. Ничего не отправлено.»·· → Idle
            another button: shows «Здравствуйте, Анна К.!»····
            a strange button: (Такой кнопки здесь нет. Ничего не сделано.)
            /help: shows «Приглашаю клиентов зарегистрироваться в Invoicebox и СБИС.»··
            once more: says below «⚠️ Бот перезапускался или Telegram был недоступен. Продолжим с этого места.»·· → Name? [sbis 1215107651 /121501001]
            news: (Карточка устарела. Ничего не сделано.)
    "#]].assert_eq(&grouped("the name is due", rows));
}

/// What has to be looked up first moves nobody: the very same input comes again.
#[test]
fn nobody_moves_before_what_has_to_be_known_is_known() {
    let admin = Desk { directory: true, ..admin_desk() };
    let draft = Draft { provider: Some(Provider::Sbis), ..Draft::default() };
    let state = limit_over(State::Asking { draft, field: Field::Inn, editing: false });
    let follows = |text| told(&step(&admin, &state, says(text)));
    expect!["? 1215107651"].assert_eq(&follows("1215107651 iam@mail.ru"));
    expect!["? 1215107651 menu of Олег for Some(Admin)"].assert_eq(&follows("/start n_1215107651"));
}

/// A body that an older release wrote has nothing beneath a question about a person.
#[test]
fn what_stands_beneath_is_stored_where_there_is_something() {
    let stored = |state: &State| {
        let text = serde_json::to_string(state).unwrap();
        assert_eq!(serde_json::from_str::<State>(&text).unwrap(), *state);
        text
    };
    let texts = [limit_over(State::Idle), codes_over(State::Idle), limit_over(question())];
    expect![[r#"
        {"at":"naming_limit","person":1002,"name":"Анна К."}
        {"at":"naming_office","person":1002,"name":"Анна К."}
        {"at":"naming_limit","person":1002,"name":"Анна К.","after":{"at":"asking","draft":{"provider":"sbis","inn":"1215107651","kpp":"121501001","name":null,"email":null,"office":null},"field":"name","editing":false}}"#]].assert_eq(&texts.map(|state| stored(&state)).join("\n"));
}

#[test]
fn a_draft_is_what_lies_beneath_every_question() {
    let offered = State::Offered { draft: draft() };
    let between = State::Between { draft: draft(), pasted: full() };
    for (state, expected) in [
        (State::Idle, None),
        (offered, None),
        (question(), Some(draft())),
        (State::Reviewing { draft: full() }, Some(full())),
        (between.clone(), Some(draft())),
        (codes_over(limit_over(between)), Some(draft())),
        (limit_over(State::Idle), None),
    ] {
        assert_eq!(state.draft(), expected.as_ref());
        let named = limit_over(codes_over(state.clone()));
        assert_eq!(named.beneath(), state.beneath());
    }
}
