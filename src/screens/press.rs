//! What a press means, and how it is written into a button: at most 64 bytes, never trusted when
//! it comes back.

use serde::{Deserialize, Serialize};

use crate::dialogue::session::{DraftAct, DraftRevision};
use crate::domain::{Bucket, Field, Number, OfficeCode, PersonId, Provider, Role, Span};

use super::wire::{Words, Write, wire};

/// A press of a button; in JSON as in a button's data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Press {
    /// The first screen.
    Home,
    /// A new invitation, in place of the screen.
    Invite,
    /// A new invitation, below a status card that stays.
    Another,
    /// A button of the draft; written with its [`DraftRevision`].
    Draft(DraftAct),
    /// A button of an invitation's card that was drawn at this `seq`.
    Card(Number, i64, CardAct),
    /// A page of the log.
    List(List),
    /// The choice of a filter for the log.
    Filter(ListWhat),
    /// The choice of an author for the log.
    Authors(ListWhat),
    Staff(StaffAct),
    StopList(StopAct),
    /// Nothing that comes back: the button leads to the chat with a person.
    Write(PersonId),
    /// Let a paused provider work again.
    Resume(Provider),
    /// This bot is the only one with its token: sending goes on.
    Alone,
    /// Lift this embargo: ask first or, with the minute (Unix) of the asking, do it.
    Lift(i64, Option<i64>),
    /// Nothing: the button is a label.
    Label,
}

/// A button of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardAct {
    /// The card in place of a list.
    Open,
    /// The card below a status message, which stays.
    Details,
    Arrived,
    Missing,
    /// Ask whether a second letter may go.
    AskResend,
    /// One more attempt; where it may send a second letter, with the minute (Unix) of the asking.
    Resend(Option<i64>),
    Cancel,
    Release,
    /// Ask what to repeat: as it is, with one field changed, or through the other provider.
    ResendMenu,
    /// A new draft with the same data.
    Copy,
    /// A new draft through the other provider.
    Switch,
    /// One more attempt, although the recipient has had enough letters; with the minute (Unix) of
    /// the asking.
    ResendOverLimit(i64),
    /// A new draft with the same data, asking for this field.
    Edit(Field),
    /// Ask who is to be put on the stop-list.
    AskStop,
    /// Ask once more.
    ChooseStop(StopScope),
    /// Put it there.
    Stop(StopScope),
}

/// Who asked not to be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopScope {
    /// Whoever reads the mailbox.
    Address,
    /// The whole company.
    Company,
}

/// A button of the stop-list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopAct {
    Page(u32),
    AskRemove(i64),
    Remove(i64),
}

/// A page of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    pub what: ListWhat,
    /// From 0.
    pub page: u32,
}

impl List {
    /// The first page.
    pub fn of(what: ListWhat) -> Self {
        Self { what, page: 0 }
    }

    /// Everything that the person may see.
    pub const ALL: Self = Self { what: ListWhat::All(None, None), page: 0 };
}

/// Which invitations a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListWhat {
    /// All that the person may see; limited to a result word and to an author.
    All(Option<Bucket>, Option<PersonId>),
    /// Those to the same address as this one.
    SameEmail(Number),
    /// Those to the same ИНН as this one.
    SameInn(Number),
}

/// A button of the allow-list, or of a person's card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StaffAct {
    Page(u32),
    AskRevoke(PersonId),
    Revoke(PersonId),
    AskLimit(PersonId, Span),
    /// How much the person may send in a span; `None`: what the configuration says.
    SetLimit(PersonId, Span, Option<u32>),
    /// The card of a person.
    Card(PersonId),
    AskRole(PersonId),
    SetRole(PersonId, Role),
    AskOffice(PersonId),
    /// The one office code of a person; `None`: no code.
    SetOffice(PersonId, Option<OfficeCode>),
}

wire! { Press {
    Home = "h",
    Invite = "n",
    Another = "n+",
    Draft(act) = "d",
    Card(number, seq, act) = "c",
    List(list) = "l",
    Filter(what) = "f",
    Authors(what) = "a",
    Staff(act) = "s",
    StopList(act) = "x",
    Write(person) = "w",
    Resume(provider) = "r",
    Alone = "alone",
    Lift(id, asked) = "u",
    Label = "-",
}}

wire! { CardAct {
    Open = "open",
    Details = "details",
    Arrived = "arrived",
    Missing = "missing",
    AskResend = "ask",
    Resend(asked) = "resend",
    Cancel = "cancel",
    Release = "release",
    ResendMenu = "menu",
    Copy = "copy",
    Switch = "switch",
    ResendOverLimit(asked) = "over",
    Edit(field) = "edit",
    AskStop = "stop?",
    ChooseStop(scope) = "stop??",
    Stop(scope) = "stop",
}}

wire! { Span { Day = "day", Hour = "hour" } }

wire! { StopScope { Address = "address", Company = "company" } }

wire! { StopAct { Page(page) = "p", AskRemove(id) = "a", Remove(id) = "r" } }

wire! { ListWhat { All(bucket, author) = "all", SameEmail(number) = "email", SameInn(number) = "inn" } }

wire! { StaffAct {
    Page(page) = "p",
    AskRevoke(id) = "r?",
    Revoke(id) = "r",
    AskLimit(id, span) = "l?",
    SetLimit(id, span, limit) = "l",
    Card(id) = "c",
    AskRole(id) = "k?",
    SetRole(id, role) = "k",
    AskOffice(id) = "o?",
    SetOffice(id, code) = "o",
}}

wire! { DraftAct {
    Choose(provider) = "to",
    Inn(inn) = "inn",
    Keep = "keep",
    Office(code) = "office",
    WithoutOffice = "nooffice",
    Yes = "yes",
    Branches(page) = "branches",
    Kpp(kpp) = "kpp",
    Edit(field) = "edit",
    Back = "back",
    Cancel = "cancel",
    Send = "send",
    Pick(index) = "pick",
    ByHand = "byhand",
    Continue = "continue",
    Pasted = "pasted",
    History = "history",
    Anyway(named) = "anyway",
    SendOverLimit = "over",
    Resume = "resume",
    Restart = "restart",
}}

impl Write for List {
    fn write(&self, to: &mut String) {
        self.page.write(to);
        self.what.write(to);
    }

    fn read(from: &mut Words<'_>) -> Option<Self> {
        Some(Self { page: Write::read(from)?, what: Write::read(from)? })
    }
}

impl From<Press> for String {
    fn from(press: Press) -> Self {
        press.encode(None)
    }
}

impl TryFrom<String> for Press {
    type Error = &'static str;

    fn try_from(data: String) -> Result<Self, Self::Error> {
        Press::decode(&data).map(|(press, _)| press).ok_or("no data of a button")
    }
}

impl Press {
    /// The data of the button, at most 64 bytes. A button of a draft names the revision.
    pub fn encode(&self, revision: Option<DraftRevision>) -> String {
        let mut data = String::new();
        match self {
            Self::Draft(act) => {
                let DraftRevision { draft, revision } =
                    revision.unwrap_or(DraftRevision { draft: 0, revision: 0 });
                data = format!("d:{draft}:{revision}:");
                act.write(&mut data);
            }
            other => other.write(&mut data),
        }
        data.pop();
        data
    }

    /// Reads the data of a button; `None` for what no screen makes.
    pub fn decode(data: &str) -> Option<(Self, Option<DraftRevision>)> {
        let read = match data.strip_prefix("d:") {
            Some(rest) => {
                let mut words = Words::new(rest);
                let (draft, revision) = (Write::read(&mut words)?, Write::read(&mut words)?);
                let press = Self::Draft(Write::read(&mut words)?);
                (press, Some(DraftRevision { draft, revision }), words)
            }
            None => {
                let mut words = Words::new(data);
                (Self::read(&mut words)?, None, words)
            }
        };
        let (press, revision, mut words) = read;
        words.next().is_none().then_some((press, revision))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn field() -> impl Strategy<Value = Field> {
        prop::sample::select(FIELDS.map(|(field, _)| field).to_vec())
    }

    fn provider() -> impl Strategy<Value = Provider> {
        prop::sample::select(Provider::ALL.to_vec())
    }

    fn what() -> impl Strategy<Value = ListWhat> {
        let bucket = prop::option::of(prop::sample::select(Bucket::ALL.to_vec()));
        let author = prop::option::of((1i64..1 << 52).prop_map(|id| PersonId::new(id).unwrap()));
        prop_oneof![
            (bucket, author).prop_map(|(bucket, author)| ListWhat::All(bucket, author)),
            (0..i64::MAX).prop_map(|n| ListWhat::SameEmail(Number(n))),
            (0..i64::MAX).prop_map(|n| ListWhat::SameInn(Number(n))),
        ]
    }

    fn press() -> impl Strategy<Value = Press> {
        let draft = prop_oneof![
            prop::sample::select(DRAFT_ACTS.map(|(act, _)| act).to_vec()),
            provider().prop_map(DraftAct::Choose),
            field().prop_map(DraftAct::Edit),
            any::<u8>().prop_map(DraftAct::Pick),
            Just(DraftAct::Inn(
                Inn::parse("0270000001").unwrap_or_else(|_| Inn::parse("0816000005").unwrap())
            )),
            any::<u16>().prop_map(DraftAct::Branches),
            "[0-9]{4}[0-9A-Z]{2}[0-9]{3}"
                .prop_map(|code| DraftAct::Kpp(Kpp::parse(&code).unwrap())),
            any::<u32>().prop_map(DraftAct::Anyway),
            "[0-9]{4,5}".prop_map(|code| DraftAct::Office(OfficeCode::parse(&code).unwrap())),
        ];
        let card = prop_oneof![
            prop::sample::select(CARD_ACTS.map(|(act, _)| act).to_vec()),
            field().prop_map(CardAct::Edit),
            any::<i32>().prop_map(|minute| CardAct::Repeat(Some(minute.into()))),
            any::<i32>().prop_map(|minute| CardAct::Beyond(minute.into())),
        ];
        let person = (1i64..1 << 52).prop_map(|id| PersonId::new(id).unwrap());
        let staff = prop_oneof![
            any::<u32>().prop_map(StaffAct::Page),
            person.clone().prop_map(StaffAct::AskRevoke),
            person.clone().prop_map(StaffAct::Revoke),
            person.clone().prop_map(StaffAct::Limit),
            (person.clone(), prop::option::of(any::<u32>()))
                .prop_map(|(id, limit)| StaffAct::SetLimit(id, limit)),
            person.clone().prop_map(StaffAct::Card),
            person.clone().prop_map(StaffAct::AskRole),
            person.clone().prop_map(|id| StaffAct::Role(id, Role::Admin)),
            person.clone().prop_map(|id| StaffAct::Role(id, Role::Staff)),
            person.clone().prop_map(StaffAct::AskOffice),
            (person.clone(), "[0-9]{4,5}")
                .prop_map(|(id, code)| StaffAct::Office(id, OfficeCode::parse(&code).unwrap())),
            person.clone().prop_map(StaffAct::WithoutOffice),
        ];
        let list = prop_oneof![
            any::<u32>().prop_map(StopAct::Page),
            any::<i64>().prop_map(StopAct::AskRemove),
            any::<i64>().prop_map(StopAct::Remove),
        ];
        prop_oneof![
            prop::sample::select(vec![
                Press::Home,
                Press::Invite,
                Press::Another,
                Press::Alone,
                Press::Label
            ]),
            draft.prop_map(Press::Draft),
            (any::<i64>(), any::<i64>(), card).prop_map(|(n, seq, act)| Press::Card(
                Number(n),
                seq,
                act
            )),
            (what(), any::<u32>()).prop_map(|(what, page)| Press::List(List { what, page })),
            what().prop_map(Press::Filter),
            what().prop_map(Press::Authors),
            staff.prop_map(Press::Staff),
            list.prop_map(Press::StopList),
            person.prop_map(Press::Write),
            provider().prop_map(Press::Resume),
            (any::<i64>(), prop::option::of(any::<i64>()))
                .prop_map(|(id, minute)| Press::Lift(id, minute)),
        ]
    }

    proptest! {
        #[test]
        fn a_button_comes_back_as_it_was_made(press in press(), draft in any::<i64>(), revision in any::<i64>()) {
            let stamp = Stamp { draft, revision };
            let data = press.encode(Some(stamp));
            prop_assert!((1..=64).contains(&data.len()), "{} bytes: {data}", data.len());
            let stamp = matches!(press, Press::Draft(_)).then_some(stamp);
            prop_assert_eq!(Press::decode(&data), Some((press, stamp)));
        }

        #[test]
        fn strange_data_never_panics(data in "\\PC{0,64}|[dclfasrhnuxw]:[-0-9a-z:]{0,30}") {
            Press::decode(&data);
        }
    }

    #[test]
    fn what_no_screen_makes_is_not_read() {
        for data in [
            "",
            "x",
            "d",
            "d:1",
            "d:1:1:",
            "d:1:1:launch",
            "c:1:1:edit-",
            "l:0:secret",
            "r:bank",
            "u:",
            "u:1:soon",
            "s:r:-5",
            "s:d:5:many",
            "x:r:",
            "w:0",
            "d:1:1:anyway-",
            "s:r:5:now",
            "s:k:5:king",
            "s:o:5:12",
            "d:1:1:office-12",
            "d:1:1:pick-256",
            "d:1:1:pick-",
        ] {
            assert_eq!(Press::decode(data), None, "{data}");
        }
    }
}
