//! What may come of what, in a private chat: one row for each thing that can be said, sent or
//! pressed. Whoever is not on the list gets the same for all of it, and so does everybody
//! outside of a private chat.

use std::collections::BTreeSet;

use invite_bot::bot::raw::SERVICE;
use invite_bot::dialogue::session::DraftAct;
use invite_bot::domain::{
    Field, Inn, InvitationNo, Kpp, LimitPeriod, LinkTerms, OfficeCode, Period, PersonId, Provider,
    RequestKind, ResultWord, Role,
};
use invite_bot::screens::press::{
    self, CardAct, FollowAct, LinkAct, List, ListFilter, Press, ReportAct, RequestAct, StaffAct,
    StopAct, StopScope,
};
use invite_bot::screens::{COMMANDS, NOT_FOUND, UNKNOWN_PRESS};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::office::{At, Office};
use super::updates::{contents, text};

/// Somebody to be allowed, somebody to be revoked, and whose it all is.
pub const NEWCOMER: i64 = 5001;
pub const COLLEAGUE: i64 = 5002;
const ANNA: i64 = 100_000_002;

/// What comes of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Not a word.
    Nothing,
    /// Words, and no change.
    Answer,
    /// These words over the chat, and nothing else.
    Toast(&'static str),
    /// An answer, and a change of exactly these tables.
    Change(&'static [&'static str]),
}

pub use Due::{Answer, Change, Nothing, Toast};

const DRAFT: Due = Change(&["drafts"]);
const STATE: Due = Change(&["invitations", "journal"]);
const REPEAT: Due = Change(&["consents", "invitations", "journal"]);
const RESUME: Due = Change(&["holds", "journal"]);
/// And what waits waits for something else.
const RESUME_ALL: Due = Change(&["holds", "invitations", "journal"]);
/// And what they had asked for is closed.
const LEAVES: Due = Change(&["journal", "people", "requests"]);
const PEOPLE: Due = Change(&["journal", "people"]);
/// And which offices are hers is asked.
const NEW: Due = Change(&["drafts", "journal", "people"]);
const FOLLOWED: Due = Change(&["follow_ups", "journal"]);
const LINKS: Due = Change(&["journal", "links"]);
const DECIDE: Due = Change(&["journal", "requests"]);
/// And which offices are hers is asked.
const ADMIT: Due = Change(&["drafts", "journal", "people", "requests"]);
const STOPS: Due = Change(&["journal", "stoplist"]);
const OFFICES: Due = Change(&["journal", "offices"]);
/// The answer to a button of what is not the person's own.
const HIDDEN: Due = Toast(NOT_FOUND);
/// The answer to a button that only admins have.
const STRANGE: Due = Toast(UNKNOWN_PRESS);

/// Something that can be said, sent or pressed.
#[derive(Clone)]
pub enum Attempt {
    /// A message, by its own members.
    Sends(Value),
    /// A command that names something there is.
    Says(fn(&Office) -> String),
    Presses(fn(&Office) -> Press),
    /// A button of the draft of Анна.
    Draft(DraftAct),
    /// «Отправить» of a draft of Анна that was sent.
    SendAgain,
    /// Data that no button has.
    Forges(&'static str),
}

impl Attempt {
    /// The button that it presses, if it is one.
    pub fn press(&self, office: &Office) -> Option<Press> {
        match self {
            Self::Presses(press) => Some(press(office)),
            Self::Draft(act) => Some(Press::Draft(act.clone())),
            Self::SendAgain => Some(Press::Draft(DraftAct::Send)),
            Self::Sends(_) | Self::Says(_) | Self::Forges(_) => None,
        }
    }
}

/// A attempt, and what comes of it for each who is on the list.
#[derive(Clone)]
pub struct Row {
    pub name: String,
    pub attempt: Attempt,
    /// How far Анна is with a draft then.
    pub at: At,
    /// Анна, whose draft and invitations they are.
    pub own: Due,
    /// Борис, who is staff too.
    pub other: Due,
    /// Вера, who is senior.
    pub senior: Due,
    /// An admin on the list, and one by configuration.
    pub admin: Due,
    /// Глеб, who is an observer.
    pub observer: Due,
}

impl Row {
    fn at(self, at: At) -> Self {
        Self { at, ..self }
    }
}

fn row(name: &str, attempt: Attempt, [own, other, senior, admin, observer]: [Due; 5]) -> Row {
    Row { name: name.to_owned(), attempt, at: At::Idle, own, other, senior, admin, observer }
}

fn says(words: &'static str, due: [Due; 5]) -> Row {
    row(words, Attempt::Sends(text(words)), due)
}

fn names(name: &str, words: fn(&Office) -> String, due: [Due; 5]) -> Row {
    row(name, Attempt::Says(words), due)
}

fn presses(name: &str, press: fn(&Office) -> Press, due: [Due; 5]) -> Row {
    row(name, Attempt::Presses(press), due)
}

fn person(id: i64) -> PersonId {
    PersonId::new(id).unwrap()
}

/// Everything.
pub fn rows() -> Vec<Row> {
    [commands(), messages(), draft_buttons(), card_buttons(), other_buttons()].concat()
}

#[rustfmt::skip]
fn commands() -> Vec<Row> {
    vec![
        //                                        Анна     Борис    senior   an admin observer
        says("/start",                           [Answer,  Answer,  Answer,  Answer,  Answer]),
        says("/start setup_0123456789abcdef",    [Answer,  Answer,  Answer,  Answer,  Answer]),
        says("/start n_1215107651_121501001",    [DRAFT,   DRAFT,   DRAFT,   DRAFT,   Answer]),
        says("/start n_1215107651_121501001",    [DRAFT,   DRAFT,   DRAFT,   DRAFT,   Answer]).at(At::Summary),
        says("/start n_1215107652",              [Answer,  Answer,  Answer,  Answer,  Answer]),
        names("/start i_",     link_to_card,     [Answer,  Answer,  Answer,  Answer,  Answer]),
        says("/start i_9999999",                 [Answer,  Answer,  Answer,  Answer,  Answer]),
        says("/START@invite_demo_bot",           [Answer,  Answer,  Answer,  Answer,  Answer]),
        says("/invite",                          [DRAFT,   DRAFT,   DRAFT,   DRAFT,   Answer]),
        says("/invite iam@mail.ru",              [DRAFT,   DRAFT,   DRAFT,   DRAFT,   Answer]),
        says("/status",                          [Answer,  Answer,  Answer,  Answer,  Answer]),
        names("/status №",     status_number,    [Answer,  Answer,  Answer,  Answer,  Answer]),
        names("/status e-mail", status_email,    [Answer,  Answer,  Answer,  Answer,  Answer]),
        names("/status ИНН",   status_inn,       [Answer,  Answer,  Answer,  Answer,  Answer]),
        says("/cancel",                          [Answer,  Answer,  Answer,  Answer,  Answer]),
        says("/cancel",                          [DRAFT,   Answer,  Answer,  Answer,  Answer]).at(At::Summary),
        says("/help",                            [Answer,  Answer,  Answer,  Answer,  Answer]),
        says("/staff",                           [Answer,  Answer,  Answer,  Answer,  Answer]),
        says("/allow",                           [Answer,  Answer,  Answer,  Answer,  Answer]),
        says("/allow 5001 Пётр админ",           [Answer,  Answer,  Answer,  NEW,     Answer]),
        says("/allow 100000001 сотрудник",       [Answer,  Answer,  Answer,  Answer,  Answer]),
        says("/report",                          [Answer,  Answer,  Answer,  Answer,  Answer]),
        says("/report ноябрь",                   [Answer,  Answer,  Answer,  Answer,  Answer]),
        says("/link",                            [Answer,  Answer,  Answer,  Answer,  Answer]),
        says("/start j_00000000000000000000000000000000", [Answer,  Answer,  Answer,  Answer,  Answer]),
        says("/revoke",                          [Answer,  Answer,  Answer,  Answer,  Answer]),
        says("/revoke 5002",                     [Answer,  Answer,  Answer,  LEAVES,  Answer]),
        says("/revoke 100000001",                [Answer,  Answer,  Answer,  Answer,  Answer]),
        says("/staff 5002",                      [Answer,  Answer,  Answer,  DRAFT,   Answer]),
        says("/staff 5002 30",                   [Answer,  Answer,  Answer,  PEOPLE,  Answer]),
        says("/stoplist",                        [Answer,  Answer,  Answer,  Answer,  Answer]),
        says("/stoplist mail.ru",                [Answer,  Answer,  Answer,  Answer,  Answer]),
        says("/stoplist nobody.example просили", [Answer,  Answer,  STOPS,   STOPS,   Answer]),
        says("/bogus",                           [Answer,  Answer,  Answer,  Answer,  Answer]),
    ]
}

fn link_to_card(office: &Office) -> String {
    format!("/start i_{}", office.accepted.number)
}

fn status_number(office: &Office) -> String {
    format!("/status {}", office.accepted.number)
}

fn status_email(office: &Office) -> String {
    format!("/status {}", office.secrets[1])
}

fn status_inn(office: &Office) -> String {
    format!("/status {}", office.secrets[2])
}

/// A client's card as it is pasted.
const CARD: &str = "ООО «Лютик», ИНН 2298152449, КПП 229801001, buh@lutik.example";

#[rustfmt::skip]
fn messages() -> Vec<Row> {
    let long: &'static str = "я".repeat(4096).leak();
    let mut rows = vec![
        //                                        Анна     Борис    senior   an admin observer
        says("Здравствуйте",                     [Answer,  Answer,  Answer,  Answer,  Answer]),
        says("iam@mail.ru",                      [DRAFT,   DRAFT,   DRAFT,   DRAFT,   Answer]),
        says("iam@mail.ru",                      [DRAFT,   DRAFT,   DRAFT,   DRAFT,   Answer]).at(At::Email),
        says("1215107651/121501001",             [DRAFT,   DRAFT,   DRAFT,   DRAFT,   Answer]).at(At::Inn),
        says(CARD,                               [DRAFT,   DRAFT,   DRAFT,   DRAFT,   Answer]),
        says(CARD,                               [DRAFT,   DRAFT,   DRAFT,   DRAFT,   Answer]).at(At::Summary),
        says(CARD,                               [DRAFT,   DRAFT,   DRAFT,   DRAFT,   Answer]).at(At::Between),
        says("не e-mail",                        [DRAFT,   Answer,  Answer,  Answer,  Answer]).at(At::Email),
        says(long,                               [DRAFT,   Answer,  Answer,  Answer,  Answer]).at(At::Summary),
    ];
    for (name, content) in texts_of_others() {
        let attempt = Attempt::Sends(content);
        rows.push(row(name, attempt.clone(),        [DRAFT,   DRAFT,   DRAFT,   DRAFT,   Answer]));
        rows.push(row(name, attempt,                [DRAFT,   DRAFT,   DRAFT,   DRAFT,   Answer]).at(At::Email));
    }
    for (name, content) in contents() {
        let service = SERVICE.iter().any(|name| content.get(name).is_some());
        let attempt = Attempt::Sends(content);
        if service {
            rows.push(row(name, attempt.clone(),    [Nothing, Nothing, Nothing, Nothing, Nothing]));
            rows.push(row(name, attempt,            [Nothing, Nothing, Nothing, Nothing, Nothing]).at(At::Email));
            continue;
        }
        rows.push(row(name, attempt.clone(),        [Answer,  Answer,  Answer,  Answer,  Answer]));
        rows.push(row(name, attempt,                [DRAFT,   Answer,  Answer,  Answer,  Answer]).at(At::Email));
    }
    let command = Attempt::Sends(json!({ "photo": [], "caption": "/start" }));
    rows.push(row("a caption", command,             [Answer,  Answer,  Answer,  Answer,  Answer]).at(At::Email));
    rows
}

/// Texts that somebody else wrote, or that come in a roundabout way: they count as typed.
fn texts_of_others() -> Vec<(&'static str, Value)> {
    let somebody = json!({ "id": 77, "is_bot": false, "first_name": "Некто" });
    let bot = json!({ "id": 78, "is_bot": true, "first_name": "Бот", "username": "other_bot" });
    let origins = [
        ("forwarded", json!({ "type": "user", "sender_user": somebody })),
        ("forwarded, hidden", json!({ "type": "hidden_user", "sender_user_name": "Аноним" })),
        (
            "forwarded from a channel",
            json!({
                "type": "channel", "message_id": 1,
                "chat": { "id": -1001, "type": "channel", "title": "Новости" },
            }),
        ),
    ];
    let mut texts = Vec::from(origins.map(|(name, mut origin)| {
        origin["date"] = json!(1);
        let mut content = text("iam@mail.ru");
        content["forward_origin"] = origin;
        (name, content)
    }));
    let mut reply = text("iam@mail.ru");
    reply["reply_to_message"] = json!({
        "message_id": 1, "date": 1, "text": "x", "from": somebody,
        "chat": { "id": 77, "type": "private", "first_name": "Некто" },
    });
    let mut by_bot = text("iam@mail.ru");
    by_bot["via_bot"] = bot;
    texts.extend([("a reply", reply), ("by way of a bot", by_bot)]);
    texts
}

/// Of the draft of Анна: to everybody else they are buttons of nothing.
fn draft_buttons() -> Vec<Row> {
    let gone = (DraftAct::Send, At::Idle, Answer);
    let acts = [
        (DraftAct::Choose(Provider::Sbis), At::Provider, DRAFT),
        (DraftAct::Inn(Inn::parse("0816000005").unwrap()), At::Inn, DRAFT),
        (DraftAct::KeepValue, At::EmailAgain, DRAFT),
        (DraftAct::Office(OfficeCode::parse("7705").unwrap()), At::Office, DRAFT),
        (DraftAct::WithoutOffice, At::Office, DRAFT),
        (DraftAct::TakeFromRegistry, At::Company, DRAFT),
        (DraftAct::Branches(1), At::Company, DRAFT),
        (DraftAct::Kpp(Kpp::parse("540602001").unwrap()), At::Branches, DRAFT),
        (DraftAct::ByHand, At::Company, DRAFT),
        (DraftAct::Edit(Field::Email), At::Summary, DRAFT),
        (DraftAct::Back, At::Summary, DRAFT),
        (DraftAct::Cancel, At::Summary, DRAFT),
        (DraftAct::ConfirmRepeat(1), At::Summary, DRAFT),
        (DraftAct::ShowDraft, At::Summary, DRAFT),
        (DraftAct::StartOver, At::Summary, DRAFT),
        (DraftAct::Pick(1), At::Choice, DRAFT),
        (DraftAct::Pick(2), At::Choice, Answer),
        (DraftAct::ByHand, At::Choice, DRAFT),
        (DraftAct::KeepUnfinished, At::Between, DRAFT),
        (DraftAct::TakePasted, At::Between, DRAFT),
        (DraftAct::Choose(Provider::Sbis), At::Offered, DRAFT),
        (DraftAct::History, At::Offered, DRAFT),
        (DraftAct::Send, At::Summary, Change(&["drafts", "invitations", "journal"])),
        (DraftAct::SendOverLimit, At::Summary, STRANGE),
        gone,
    ];
    let row = |(act, at, own): (DraftAct, At, Due)| {
        let name = format!("draft: {act:?}");
        row(&name, Attempt::Draft(act), [own, Answer, Answer, Answer, STRANGE]).at(at)
    };
    let again = Attempt::SendAgain;
    let again = super::table::row(
        "draft: Send, for a second time",
        again,
        [Answer, Answer, Answer, Answer, STRANGE],
    );
    acts.map(row).into_iter().chain([again]).collect()
}

#[rustfmt::skip]
fn card_buttons() -> Vec<Row> {
    use CardAct::{
        Arrived, AskResend, AskStop, Cancel, ChooseStop, Copy, OpenBelow, Edit, Missing, Open,
        Release, Resend, ResendMenu, ResendOverLimit, Stop, Switch,
    };
    vec![
        //                                                             Анна     Борис    senior   an admin observer
        presses("open",        |it| it.accepted.to(Open),             [Answer,  HIDDEN,  Answer,  Answer,  Answer]),
        presses("open from a page", |it| Press::CardOf(it.accepted.number, List::ALL),
                                                                      [Answer,  HIDDEN,  Answer,  Answer,  Answer]),
        presses("details",     |it| it.accepted.to(OpenBelow),          [Answer,  HIDDEN,  Answer,  Answer,  Answer]),
        presses("arrived",     |it| it.unknown.to(Arrived),           [STATE,   HIDDEN,  STATE,   STATE,   STRANGE]),
        presses("missing",     |it| it.unknown.to(Missing),           [STATE,   HIDDEN,  STATE,   STATE,   STRANGE]),
        presses("ask",         |it| it.unknown.to(AskResend),         [Answer,  HIDDEN,  Answer,  Answer,  STRANGE]),
        presses("resend blind", |it| it.unknown.to(Resend(None)),     [Answer,  HIDDEN,  Answer,  Answer,  STRANGE]),
        presses("resend late", |it| it.unknown.to(Resend(Some(1))),   [Answer,  HIDDEN,  Answer,  Answer,  STRANGE]),
        presses("resend",      |it| it.unknown.to(Resend(minute())),  [REPEAT,  HIDDEN,  REPEAT,  REPEAT,  STRANGE]),
        presses("take back",   |it| it.queued.to(Cancel),             [STATE,   HIDDEN,  STATE,   STATE,   STRANGE]),
        presses("release",     |it| it.held.to(Release),              [Answer,  HIDDEN,  Answer,  STATE,   STRANGE]),
        presses("over the limit", |it| it.unknown.to(ResendOverLimit(minute().unwrap())),
                                                                      [Answer,  HIDDEN,  Answer,  REPEAT,  STRANGE]),
        presses("over it late", |it| it.unknown.to(ResendOverLimit(1)), [Answer,  HIDDEN,  Answer,  Answer,  STRANGE]),
        presses("what to repeat", |it| it.accepted.to(ResendMenu),     [Answer,  HIDDEN,  Answer,  Answer,  STRANGE]),
        presses("switch",      |it| it.accepted.to(Switch),           [DRAFT,   HIDDEN,  DRAFT,   DRAFT,   STRANGE]),
        presses("copy",        |it| it.accepted.to(Copy),             [DRAFT,   HIDDEN,  DRAFT,   DRAFT,   STRANGE]),
        presses("put right",   |it| it.rejected.to(Edit(Field::Email)), [DRAFT,   HIDDEN,  DRAFT,   DRAFT,   STRANGE]),
        presses("ask to stop", |it| it.accepted.to(AskStop),          [Answer,  HIDDEN,  Answer,  Answer,  STRANGE]),
        presses("stop whom",   |it| it.accepted.to(ChooseStop(StopScope::Address)),
                                                                      [Answer,  HIDDEN,  Answer,  Answer,  STRANGE]),
        presses("stop whose",  |it| it.accepted.to(ChooseStop(StopScope::Company)),
                                                                      [Answer,  HIDDEN,  Answer,  Answer,  STRANGE]),
        presses("stop",        |it| it.accepted.to(Stop(StopScope::Address)),
                                                                      [STOPS,   HIDDEN,  STOPS,   STOPS,   STRANGE]),
        // What sends a letter, or settles one, is good for the card as it stands; all else for what it
        // offers still.
        presses("old card",    |it| it.unknown.before().to(Missing),  [Answer,  HIDDEN,  Answer,  Answer,  STRANGE]),
        presses("old question", |it| it.unknown.before().to(Resend(minute())),
                                                                      [Answer,  HIDDEN,  Answer,  Answer,  STRANGE]),
        presses("old question of the limit", |it| {
            it.unknown.before().to(ResendOverLimit(minute().unwrap()))
        },                                                            [Answer,  HIDDEN,  Answer,  Answer,  STRANGE]),
        presses("old release", |it| it.held.before().to(Release),     [Answer,  HIDDEN,  Answer,  Answer,  STRANGE]),
        presses("no card",     |_| Press::Card(InvitationNo(9_999_999), 1, Open),
                                                                      [HIDDEN,  HIDDEN,  HIDDEN,  HIDDEN,  HIDDEN]),
    ]
}

/// The minute of the asking, as the button carries it.
fn minute() -> Option<i64> {
    Some(Timestamp::now().as_second().div_euclid(60))
}

#[rustfmt::skip]
fn other_buttons() -> Vec<Row> {
    const ALL: ListFilter = ListFilter::All(None, None, None);
    vec![
        //                                                             Анна     Борис    senior   an admin observer
        presses("home",        |_| Press::Home,                       [Answer,  Answer,  Answer,  Answer,  Answer]),
        presses("invite",      |_| Press::Invite,                     [DRAFT,   DRAFT,   DRAFT,   DRAFT,   STRANGE]),
        presses("another",     |_| Press::InviteAnother,                    [DRAFT,   DRAFT,   DRAFT,   DRAFT,   STRANGE]),
        presses("list",        |_| first_page(ALL),                   [Answer,  Answer,  Answer,  Answer,  Answer]),
        presses("her unknown", |_| first_page(her_unknown()),         [Answer,  Answer,  Answer,  Answer,  Answer]),
        presses("same e-mail", |it| first_page(ListFilter::SameEmail(it.accepted.number)),
                                                                      [Answer,  Answer,  Answer,  Answer,  Answer]),
        presses("same ИНН",    |it| first_page(ListFilter::SameInn(it.accepted.number)),
                                                                      [Answer,  Answer,  Answer,  Answer,  Answer]),
        presses("filter",      |_| Press::Filter(ALL),                [Answer,  Answer,  Answer,  Answer,  Answer]),
        presses("authors",     |_| Press::Authors(ALL),               [STRANGE, STRANGE, Answer,  Answer,  Answer]),
        presses("staff",       |_| Press::Staff(StaffAct::Page(0)),   [STRANGE, STRANGE, Answer,  Answer,  STRANGE]),
        presses("ask to revoke", |_| Press::Staff(StaffAct::AskRevoke(person(COLLEAGUE))),
                                                                      [STRANGE, STRANGE, STRANGE, Answer,  STRANGE]),
        presses("revoke",      |_| Press::Staff(StaffAct::Revoke(person(COLLEAGUE))),
                                                                      [STRANGE, STRANGE, STRANGE, LEAVES,  STRANGE]),
        presses("limit",       |_| staff(|id| StaffAct::AskLimit(id, LimitPeriod::Day)),
                                                                      [STRANGE, STRANGE, STRANGE, DRAFT,   STRANGE]),
        presses("limit of an hour", |_| staff(|id| StaffAct::AskLimit(id, LimitPeriod::Hour)),
                                                                      [STRANGE, STRANGE, STRANGE, DRAFT,   STRANGE]),
        presses("set limit",   |_| staff(|id| StaffAct::SetLimit(id, LimitPeriod::Day, Some(10))),
                                                                      [STRANGE, STRANGE, STRANGE, PEOPLE,  STRANGE]),
        presses("set limit of an hour", |_| staff(|id| StaffAct::SetLimit(id, LimitPeriod::Hour, Some(5))),
                                                                      [STRANGE, STRANGE, STRANGE, PEOPLE,  STRANGE]),
        presses("stop-list",   |_| Press::StopList(StopAct::Page(0)), [STRANGE, STRANGE, Answer,  Answer,  STRANGE]),
        presses("take off?",   |it| Press::StopList(StopAct::AskRemove(it.stop)),
                                                                      [STRANGE, STRANGE, Answer,  Answer,  STRANGE]),
        presses("take off",    |it| Press::StopList(StopAct::Remove(it.stop)),
                                                                      [STRANGE, STRANGE, STOPS,   STOPS,   STRANGE]),
        presses("write to",    |_| Press::Write(person(ANNA)),        [Answer,  Answer,  Answer,  Answer,  Answer]),
        presses("card of a person", |_| staff(StaffAct::Card),        [STRANGE, STRANGE, Answer,  Answer,  STRANGE]),
        presses("ask for a role", |_| staff(StaffAct::AskRole),       [STRANGE, STRANGE, STRANGE, Answer,  STRANGE]),
        presses("ask for an end", |_| staff(StaffAct::AskUntil),      [STRANGE, STRANGE, STRANGE, Answer,  STRANGE]),
        presses("an end of access", |_| staff(|id| StaffAct::SetUntil(id, Some(7))),
                                                                      [STRANGE, STRANGE, STRANGE, PEOPLE,  STRANGE]),
        presses("give a role", |_| staff(|id| StaffAct::SetRole(id, Role::Admin)),
                                                                      [STRANGE, STRANGE, STRANGE, PEOPLE,  STRANGE]),
        presses("ask for an office", |_| staff(StaffAct::AskOffice),  [STRANGE, STRANGE, STRANGE, DRAFT,   STRANGE]),
        presses("give an office", |_| staff(|id| StaffAct::SetOffice(id, Some(seven()))),
                                                                      [STRANGE, STRANGE, STRANGE, Answer,  STRANGE]),
        presses("take the offices", |_| staff(|id| StaffAct::SetOffice(id, None)),
                                                                      [STRANGE, STRANGE, STRANGE, Answer,  STRANGE]),
        presses("replace the offices", |_| staff(|id| StaffAct::ReplaceOffices(id, None, minute().unwrap_or_default())),
                                                                      [STRANGE, STRANGE, STRANGE, OFFICES, STRANGE]),
        presses("resume a provider", |it| Press::Resume(it.refused, None),
                                                                      [STRANGE, STRANGE, STRANGE, RESUME,  STRANGE]),
        presses("no other program", |it| Press::Resume(it.conflict, None),
                                                                      [STRANGE, STRANGE, STRANGE, RESUME_ALL, STRANGE]),
        presses("ask to resume", |it| Press::Resume(it.untrusted, None),
                                                                      [STRANGE, STRANGE, STRANGE, Answer,  STRANGE]),
        presses("resume", |it| Press::Resume(it.untrusted, minute()), [STRANGE, STRANGE, STRANGE, RESUME_ALL, STRANGE]),
        presses("ask for more", |_| ask(RequestAct::Ask(RequestKind::Limit)),
                                                                      [Answer,  Answer,  Answer,  Answer,  STRANGE]),
        presses("ask for a repeat", |it| ask(RequestAct::AskOf(RequestKind::Repeat, it.accepted.number)),
                                                                      [Answer,  HIDDEN,  Answer,  Answer,  STRANGE]),
        presses("requests",    |_| ask(RequestAct::Page),             [STRANGE, STRANGE, Answer,  Answer,  STRANGE]),
        presses("a request",   |it| ask(RequestAct::Open(it.access)), [STRANGE, STRANGE, Answer,  Answer,  STRANGE]),
        presses("which role",  |it| ask(RequestAct::Roles(it.access)), [STRANGE, STRANGE, Answer,  Answer,  STRANGE]),
        presses("let in",      |it| ask(RequestAct::Admit(it.access, Role::Staff)),
                                                                      [STRANGE, STRANGE, ADMIT,   ADMIT,   STRANGE]),
        presses("let in as admin", |it| ask(RequestAct::Admit(it.access, Role::Admin)),
                                                                      [STRANGE, STRANGE, Answer,  ADMIT,   STRANGE]),
        presses("ten more",    |it| ask(RequestAct::Extra(it.limit, 10)),
                                                                      [STRANGE, STRANGE, DECIDE,  DECIDE,  STRANGE]),
        presses("a thousand more", |it| ask(RequestAct::Extra(it.limit, 1000)),
                                                                      [STRANGE, STRANGE, STRANGE, STRANGE, STRANGE]),
        presses("grant what has other buttons", |it| ask(RequestAct::Grant(it.limit)),
                                                                      [STRANGE, STRANGE, Answer,  Answer,  STRANGE]),
        presses("refuse",      |it| ask(RequestAct::Refuse(it.access)), [STRANGE, STRANGE, DECIDE,  DECIDE,  STRANGE]),
        presses("shut out",    |it| ask(RequestAct::Block(it.access)), [STRANGE, STRANGE, DECIDE,  DECIDE,  STRANGE]),
        presses("let ask again", |it| ask(RequestAct::Unblock(it.blocked)),
                                                                      [STRANGE, STRANGE, DECIDE,  DECIDE,  STRANGE]),
        presses("no request",  |_| ask(RequestAct::Refuse(9_999_999)), [STRANGE, STRANGE, Answer,  Answer,  STRANGE]),
        presses("a new link",  |_| Press::Links(LinkAct::Terms(LinkTerms::default())),
                                                                      [STRANGE, STRANGE, STRANGE, Answer,  STRANGE]),
        presses("make a link", |_| Press::Links(LinkAct::Make(LinkTerms::default())),
                                                                      [STRANGE, STRANGE, STRANGE, LINKS,   STRANGE]),
        presses("links",       |_| Press::Links(LinkAct::Page),       [STRANGE, STRANGE, STRANGE, Answer,  STRANGE]),
        presses("end a link",  |it| Press::Links(LinkAct::Revoke(it.link)),
                                                                      [STRANGE, STRANGE, STRANGE, LINKS,   STRANGE]),
        presses("replace a link", |it| Press::Links(LinkAct::Replace(it.link)),
                                                                      [STRANGE, STRANGE, STRANGE, LINKS,   STRANGE]),
        presses("take a mark back, where there is none", |it| followed(FollowAct::Undo(it.accepted.number)),
                                                                      [Answer,  HIDDEN,  Answer,  Answer,  STRANGE]),
        presses("when to call", |it| followed(FollowAct::AskCall(it.accepted.number)),
                                                                      [Answer,  HIDDEN,  Answer,  Answer,  STRANGE]),
        presses("call",        |it| followed(FollowAct::Call(it.accepted.number, 3)),
                                                                      [FOLLOWED, HIDDEN, FOLLOWED, FOLLOWED, STRANGE]),
        presses("call in a hundred days", |it| followed(FollowAct::Call(it.accepted.number, 100)),
                                                                      [STRANGE, STRANGE, STRANGE, STRANGE, STRANGE]),
        presses("registered",  |it| followed(FollowAct::Answer(it.accepted.number, press::Answer::Registered)),
                                                                      [FOLLOWED, HIDDEN, FOLLOWED, FOLLOWED, STRANGE]),
        presses("registered, though refused", |it| followed(FollowAct::Answer(it.rejected.number, press::Answer::Registered)),
                                                                      [HIDDEN,  HIDDEN,  HIDDEN,  HIDDEN,  STRANGE]),
        presses("in a question that nobody asked", |it| followed(FollowAct::InList(20_261_130, it.accepted.number, press::Answer::Declined)),
                                                                      [Answer,  Answer,  Answer,  Answer,  STRANGE]),
        presses("all of a question", |_| followed(FollowAct::All(20_261_130)),
                                                                      [Answer,  Answer,  Answer,  Answer,  STRANGE]),
        presses("later",       |_| followed(FollowAct::Later),        [Answer,  Answer,  Answer,  Answer,  STRANGE]),
        presses("a report",    |_| Press::Report(ReportAct::Period(Period::Month)),
                                                                      [STRANGE, STRANGE, Answer,  Answer,  Answer]),
        presses("label",       |_| Press::Caption,                      [Answer,  Answer,  Answer,  Answer,  Answer]),
        row("no button",       Attempt::Forges("bogus"),                 [STRANGE, STRANGE, STRANGE, STRANGE, STRANGE]),
        row("no data",         Attempt::Forges(""),                      [STRANGE, STRANGE, STRANGE, STRANGE, STRANGE]),
    ]
}

fn followed(act: FollowAct) -> Press {
    Press::FollowUp(act)
}

fn ask(act: RequestAct) -> Press {
    Press::Request(act)
}

/// About the colleague.
fn staff(act: impl Fn(PersonId) -> StaffAct) -> Press {
    Press::Staff(act(person(COLLEAGUE)))
}

fn seven() -> OfficeCode {
    OfficeCode::parse("7705").unwrap()
}

fn first_page(filter: ListFilter) -> Press {
    Press::List(List { filter, page: 0 })
}

fn her_unknown() -> ListFilter {
    ListFilter::All(Some(ResultWord::Unknown), Some(person(ANNA)), None)
}

/// The place of a button among all kinds; a new one does not compile here until it has a row.
fn place_of(press: &Press) -> usize {
    match press {
        Press::Home => 0,
        Press::Invite => 1,
        Press::InviteAnother => 2,
        Press::Draft(act) => match act {
            DraftAct::Choose(_) => 3,
            DraftAct::Inn(_) => 4,
            DraftAct::KeepValue => 5,
            DraftAct::Office(_) => 6,
            DraftAct::WithoutOffice => 7,
            DraftAct::Edit(_) => 8,
            DraftAct::Back => 9,
            DraftAct::Cancel => 10,
            DraftAct::Send => 11,
            DraftAct::ShowDraft => 12,
            DraftAct::StartOver => 13,
            DraftAct::Pick(_) => 47,
            DraftAct::ByHand => 48,
            DraftAct::KeepUnfinished => 49,
            DraftAct::TakePasted => 50,
            DraftAct::History => 51,
            DraftAct::TakeFromRegistry => 52,
            DraftAct::Branches(_) => 53,
            DraftAct::Kpp(_) => 54,
            DraftAct::ConfirmRepeat(_) => 40,
            DraftAct::SendOverLimit => 46,
        },
        Press::Card(_, _, act) => match act {
            CardAct::Open => 14,
            CardAct::OpenBelow => 15,
            CardAct::Arrived => 16,
            CardAct::Missing => 17,
            CardAct::AskResend => 18,
            CardAct::Resend(_) => 19,
            CardAct::Cancel => 20,
            CardAct::Release => 21,
            CardAct::Copy => 22,
            CardAct::Edit(_) => 23,
            CardAct::AskStop => 36,
            CardAct::ChooseStop(StopScope::Address) => 37,
            CardAct::ChooseStop(StopScope::Company) => 38,
            CardAct::Stop(_) => 39,
            CardAct::ResendMenu => 56,
            CardAct::Switch => 57,
            CardAct::ResendOverLimit(_) => 58,
        },
        Press::CardOf(..) => 67,
        Press::List(List { filter, .. }) => match filter {
            ListFilter::All(..) => 24,
            ListFilter::SameEmail(_) => 25,
            ListFilter::SameInn(_) => 26,
        },
        Press::Filter(_) => 27,
        Press::Authors(_) => 28,
        Press::Staff(act) => match act {
            StaffAct::Page(_) => 29,
            StaffAct::AskRevoke(_) => 30,
            StaffAct::Revoke(_) => 31,
            StaffAct::AskLimit(_, LimitPeriod::Day) => 41,
            StaffAct::AskLimit(_, LimitPeriod::Hour) => 65,
            StaffAct::SetLimit(_, LimitPeriod::Day, _) => 42,
            StaffAct::SetLimit(_, LimitPeriod::Hour, _) => 55,
            StaffAct::Card(_) => 59,
            StaffAct::AskRole(_) => 60,
            StaffAct::SetRole(..) => 61,
            StaffAct::AskOffice(_) => 62,
            StaffAct::SetOffice(_, Some(_)) => 63,
            StaffAct::SetOffice(_, None) => 64,
            StaffAct::ReplaceOffices(..) => 66,
            StaffAct::AskUntil(_) => 92,
            StaffAct::SetUntil(..) => 93,
        },
        Press::Resume(_, None) => 32,
        Press::Caption => 33,
        Press::Resume(_, Some(_)) => 34,
        Press::Write(_) => 35,
        Press::StopList(act) => match act {
            StopAct::Page(_) => 43,
            StopAct::AskRemove(_) => 44,
            StopAct::Remove(_) => 45,
        },
        Press::Request(act) => match act {
            RequestAct::Ask(_) => 68,
            RequestAct::AskOf(..) => 69,
            RequestAct::Page => 70,
            RequestAct::Open(_) => 71,
            RequestAct::Roles(_) => 72,
            RequestAct::Admit(..) => 73,
            RequestAct::Extra(..) => 74,
            RequestAct::Grant(_) => 75,
            RequestAct::Refuse(_) => 76,
            RequestAct::Block(_) => 77,
            RequestAct::Unblock(_) => 78,
        },
        Press::Links(act) => match act {
            LinkAct::Terms(_) => 79,
            LinkAct::Make(_) => 80,
            LinkAct::Page => 81,
            LinkAct::Revoke(_) => 82,
            LinkAct::Replace(_) => 83,
        },
        Press::Report(ReportAct::Period(_)) => 84,
        Press::FollowUp(act) => match act {
            FollowAct::Answer(..) => 85,
            FollowAct::Undo(_) => 86,
            FollowAct::AskCall(_) => 87,
            FollowAct::Call(..) => 88,
            FollowAct::InList(..) => 89,
            FollowAct::All(_) => 90,
            FollowAct::Later => 91,
        },
    }
}

#[test]
fn every_button_and_every_command_has_a_row() {
    let office = Office::nowhere();
    let rows = rows();
    let pressed = rows.iter().filter_map(|row| row.attempt.press(&office));
    let pressed: BTreeSet<usize> = pressed.map(|press| place_of(&press)).collect();
    assert_eq!(pressed, (0..94).collect());
    for (command, ..) in COMMANDS {
        let typed = format!("/{command}");
        assert!(rows.iter().any(|row| row.name == typed), "{typed}");
    }
}
