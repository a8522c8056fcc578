//! What a press means, and how it is written into a button: at most 64 bytes, never trusted when
//! it comes back.

use crate::domain::{Bucket, Field, Inn, Kpp, Number, OfficeCode, PersonId, Provider, Role};

mod slugs;

use slugs::{
    decode_card, decode_draft, decode_staff, decode_what, encode_card, encode_draft, encode_staff,
    encode_what,
};

/// A press of a button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Press {
    /// The first screen.
    Home,
    /// A new invitation, in place of the screen.
    Invite,
    /// A new invitation, below a status card that stays.
    Another,
    /// An act on the draft; written with the draft's [`Stamp`].
    Draft(DraftAct),
    /// An act on an invitation at the given `seq`.
    Card(Number, i64, CardAct),
    /// A page of the log.
    List(List),
    /// The choice of a filter for the log.
    Filter(ListWhat),
    /// The choice of an author for the log (admins).
    Authors(ListWhat),
    /// An act on the allow-list (admins).
    Staff(StaffAct),
    /// An act on the stop-list (admins).
    StopList(StopAct),
    /// Nothing that comes back: the button leads to the chat with a person.
    Write(PersonId),
    /// Let a paused provider work again (admins).
    Resume(Provider),
    /// This bot is the only one with its token: sending goes on (admins).
    Alone,
    /// Lift this embargo (admins): ask first or, with the minute (Unix) of the asking, do it.
    Lift(i64, Option<i64>),
    /// Nothing: the button is a label.
    Label,
}

/// Which draft, at which revision, a button was drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// `drafts.id`.
    pub draft: i64,
    /// `drafts.revision`.
    pub revision: i64,
}

/// An act on a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is a button of a step of the dialogue")]
pub enum DraftAct {
    Choose(Provider),
    /// Take the typed ИНН with the zero that it lost.
    Inn(Inn),
    /// Keep the value that the field has, or what was written otherwise than the directory has it.
    Keep,
    /// Take this office code.
    Office(OfficeCode),
    /// Send no office code.
    WithoutOffice,
    /// Take what the directory knows of the organisation.
    Yes,
    /// Show a page of its branches, from 0.
    Branches(u16),
    /// Take the part of it with this КПП.
    Kpp(Kpp),
    Edit(Field),
    Back,
    Cancel,
    Send,
    /// Take this one, from 0, of the choices that a message left open.
    Pick(u8),
    /// Nothing of what was found or is to be chosen: it is typed.
    ByHand,
    /// Go on with the unfinished draft, and drop the message about another client.
    Continue,
    /// Drop the unfinished draft, and go on with that message.
    Pasted,
    /// Look for earlier invitations with the value that was sent.
    History,
    /// Go on although these were invited before; what tells them from others.
    Anyway(u32),
    /// Send although the recipient has had enough letters (admins).
    SendBeyond,
    /// Show the unfinished draft.
    Resume,
    /// Throw it away and begin a new one.
    Restart,
}

/// An act on an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is a button of a card")]
pub enum CardAct {
    /// The card in place of a list.
    Open,
    /// The card below a status message, which stays.
    Details,
    Arrived,
    Missing,
    /// Ask whether a second letter may go.
    AskRepeat,
    /// One more attempt; where it may send a second letter, with the minute (Unix) of the asking.
    Repeat(Option<i64>),
    Cancel,
    Release,
    /// Ask what to repeat: as it is, with one field changed, or through the other provider.
    Again,
    /// A new draft with the same data.
    Copy,
    /// A new draft through the other provider.
    Switch,
    /// One more attempt, although the recipient has had enough letters (admins); with the minute
    /// (Unix) of the asking.
    Beyond(i64),
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

/// An act on the stop-list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is a button of the stop-list")]
pub enum StopAct {
    Page(u32),
    AskRemove(i64),
    Remove(i64),
}

/// A page of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// Which invitations.
    pub what: ListWhat,
    /// From 0.
    pub page: u32,
}

/// Which invitations a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListWhat {
    /// All that the person may see; limited to a result word and, for an admin, to an author.
    All(Option<Bucket>, Option<PersonId>),
    /// Those to the same address as this one.
    SameEmail(Number),
    /// Those to the same ИНН as this one.
    SameInn(Number),
}

/// An act on the allow-list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is a button of the list of staff")]
pub enum StaffAct {
    Page(u32),
    AskRevoke(PersonId),
    Revoke(PersonId),
    /// Show how much the person may send.
    Limit(PersonId),
    /// Set it for a day; `None`: what the configuration says.
    SetLimit(PersonId, Option<u32>),
    /// The card of a person.
    Card(PersonId),
    AskRole(PersonId),
    Role(PersonId, Role),
    AskOffice(PersonId),
    /// The one office code of a person.
    Office(PersonId, OfficeCode),
    WithoutOffice(PersonId),
}

impl Press {
    /// The data of the button, at most 64 bytes.
    pub fn encode(&self, stamp: Option<Stamp>) -> String {
        match self {
            Self::Home => "h".to_owned(),
            Self::Invite => "n".to_owned(),
            Self::Another => "n+".to_owned(),
            Self::Draft(act) => {
                let Stamp { draft, revision } = stamp.unwrap_or(Stamp { draft: 0, revision: 0 });
                format!("d:{draft}:{revision}:{}", encode_draft(act))
            }
            Self::Card(number, seq, act) => format!("c:{number}:{seq}:{}", encode_card(*act)),
            Self::List(List { what, page }) => format!("l:{page}:{}", encode_what(*what)),
            Self::Filter(what) => format!("f:{}", encode_what(*what)),
            Self::Authors(what) => format!("a:{}", encode_what(*what)),
            Self::Staff(act) => format!("s:{}", encode_staff(act)),
            Self::StopList(StopAct::Page(page)) => format!("x:p:{page}"),
            Self::StopList(StopAct::AskRemove(id)) => format!("x:a:{id}"),
            Self::StopList(StopAct::Remove(id)) => format!("x:r:{id}"),
            Self::Write(id) => format!("w:{id}"),
            Self::Resume(provider) => format!("r:{}", provider.slug()),
            Self::Alone => "alone".to_owned(),
            Self::Lift(id, None) => format!("u:{id}"),
            Self::Lift(id, Some(minute)) => format!("u:{id}:{minute}"),
            Self::Label => "-".to_owned(),
        }
    }

    /// Reads the data of a button; `None` for what no screen makes.
    pub fn decode(data: &str) -> Option<(Self, Option<Stamp>)> {
        let (kind, rest) = data.split_once(':').unwrap_or((data, ""));
        let mut parts = rest.splitn(3, ':');
        let mut next = || parts.next().unwrap_or_default();
        let press = match kind {
            "h" => Self::Home,
            "n" => Self::Invite,
            "n+" => Self::Another,
            "alone" => Self::Alone,
            "-" => Self::Label,
            "d" => {
                let stamp = Stamp { draft: next().parse().ok()?, revision: next().parse().ok()? };
                return Some((Self::Draft(decode_draft(next())?), Some(stamp)));
            }
            "c" => {
                let number = Number(next().parse().ok()?);
                Self::Card(number, next().parse().ok()?, decode_card(next())?)
            }
            "l" => {
                Self::List(List { page: next().parse().ok()?, what: decode_what(next(), next())? })
            }
            "f" => Self::Filter(decode_what(next(), next())?),
            "a" => Self::Authors(decode_what(next(), next())?),
            "s" => Self::Staff(decode_staff(next(), next(), next())?),
            "x" => Self::StopList(match (next(), next()) {
                ("p", page) => StopAct::Page(page.parse().ok()?),
                ("a", id) => StopAct::AskRemove(id.parse().ok()?),
                ("r", id) => StopAct::Remove(id.parse().ok()?),
                _ => return None,
            }),
            "w" => Self::Write(next().parse().ok()?),
            "r" => Self::Resume(Provider::from_slug(next())?),
            "u" => Self::Lift(
                next().parse().ok()?,
                match next() {
                    "" => None,
                    minute => Some(minute.parse().ok()?),
                },
            ),
            _ => return None,
        };
        Some((press, None))
    }
}

#[cfg(test)]
mod tests {
    use super::slugs::{CARD_ACTS, DRAFT_ACTS, FIELDS};
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
