//! What a press means, and how it is written into a button: at most 64 bytes, never trusted when
//! it comes back.

use crate::domain::{Bucket, Field, Inn, Kpp, Number, OfficeCode, PersonId, Provider};

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
    /// Keep the value that the field has.
    Keep,
    /// Take this office code.
    Office(OfficeCode),
    /// Send no office code.
    WithoutOffice,
    /// Take the organisation that was found.
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
    /// A new draft with the same data.
    Copy,
    /// A new draft with the same data, asking for this field.
    Edit(Field),
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is a button of the list of staff")]
pub enum StaffAct {
    Page(u32),
    AskRevoke(PersonId),
    Revoke(PersonId),
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
            Self::Staff(StaffAct::Page(page)) => format!("s:p:{page}"),
            Self::Staff(StaffAct::AskRevoke(id)) => format!("s:a:{id}"),
            Self::Staff(StaffAct::Revoke(id)) => format!("s:r:{id}"),
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
            "s" => Self::Staff(match (next(), next()) {
                ("p", page) => StaffAct::Page(page.parse().ok()?),
                ("a", id) => StaffAct::AskRevoke(id.parse().ok()?),
                ("r", id) => StaffAct::Revoke(id.parse().ok()?),
                _ => return None,
            }),
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

const FIELDS: [(Field, &str); 6] = [
    (Field::Provider, "provider"),
    (Field::Inn, "inn"),
    (Field::Kpp, "kpp"),
    (Field::Name, "name"),
    (Field::Email, "email"),
    (Field::Office, "office"),
];

fn field_slug(field: Field) -> &'static str {
    FIELDS.iter().find(|(known, _)| *known == field).map_or("", |(_, slug)| slug)
}

fn field_from(slug: &str) -> Option<Field> {
    FIELDS.iter().find(|(_, known)| *known == slug).map(|(field, _)| *field)
}

const DRAFT_ACTS: [(DraftAct, &str); 12] = [
    (DraftAct::Keep, "keep"),
    (DraftAct::WithoutOffice, "nooffice"),
    (DraftAct::Yes, "yes"),
    (DraftAct::Back, "back"),
    (DraftAct::Cancel, "cancel"),
    (DraftAct::Send, "send"),
    (DraftAct::ByHand, "byhand"),
    (DraftAct::Continue, "continue"),
    (DraftAct::Pasted, "pasted"),
    (DraftAct::History, "history"),
    (DraftAct::Resume, "resume"),
    (DraftAct::Restart, "restart"),
];

fn encode_draft(act: &DraftAct) -> String {
    match act {
        DraftAct::Choose(provider) => format!("to-{}", provider.slug()),
        DraftAct::Inn(inn) => format!("inn-{}", inn.as_str()),
        DraftAct::Office(code) => format!("office-{}", code.as_str()),
        DraftAct::Branches(page) => format!("branches-{page}"),
        DraftAct::Kpp(kpp) => format!("kpp-{}", kpp.as_str()),
        DraftAct::Edit(field) => format!("edit-{}", field_slug(*field)),
        DraftAct::Pick(index) => format!("pick-{index}"),
        plain => DRAFT_ACTS
            .iter()
            .find(|(known, _)| known == plain)
            .map_or("", |(_, slug)| slug)
            .to_owned(),
    }
}

fn decode_draft(text: &str) -> Option<DraftAct> {
    if let Some((act, _)) = DRAFT_ACTS.iter().find(|(_, slug)| *slug == text) {
        return Some(act.clone());
    }
    match text.split_once('-')? {
        ("to", provider) => Provider::from_slug(provider).map(DraftAct::Choose),
        ("inn", inn) => Inn::parse(inn).ok().map(DraftAct::Inn),
        ("office", code) => OfficeCode::parse(code).ok().map(DraftAct::Office),
        ("branches", page) => page.parse().ok().map(DraftAct::Branches),
        ("kpp", kpp) => Kpp::parse(kpp).ok().map(DraftAct::Kpp),
        ("edit", field) => field_from(field).map(DraftAct::Edit),
        ("pick", index) => index.parse().ok().map(DraftAct::Pick),
        _ => None,
    }
}

const CARD_ACTS: [(CardAct, &str); 9] = [
    (CardAct::Open, "open"),
    (CardAct::Details, "details"),
    (CardAct::Arrived, "arrived"),
    (CardAct::Missing, "missing"),
    (CardAct::AskRepeat, "again"),
    (CardAct::Repeat(None), "again!"),
    (CardAct::Cancel, "cancel"),
    (CardAct::Release, "release"),
    (CardAct::Copy, "copy"),
];

fn encode_card(act: CardAct) -> String {
    match act {
        CardAct::Edit(field) => format!("edit-{}", field_slug(field)),
        CardAct::Repeat(Some(minute)) => format!("again-{minute}"),
        plain => CARD_ACTS
            .iter()
            .find(|(known, _)| *known == plain)
            .map_or("", |(_, slug)| slug)
            .to_owned(),
    }
}

fn decode_card(text: &str) -> Option<CardAct> {
    if let Some((act, _)) = CARD_ACTS.iter().find(|(_, slug)| *slug == text) {
        return Some(*act);
    }
    match text.split_once('-')? {
        ("edit", field) => field_from(field).map(CardAct::Edit),
        ("again", minute) => minute.parse().ok().map(|minute| CardAct::Repeat(Some(minute))),
        _ => None,
    }
}

fn encode_what(what: ListWhat) -> String {
    match what {
        ListWhat::All(bucket, author) => {
            let bucket = bucket.map_or("all", Bucket::slug);
            author.map_or_else(|| bucket.to_owned(), |author| format!("{bucket}:{author}"))
        }
        ListWhat::SameEmail(number) => format!("email:{number}"),
        ListWhat::SameInn(number) => format!("inn:{number}"),
    }
}

fn decode_what(kind: &str, rest: &str) -> Option<ListWhat> {
    let number = || rest.parse().ok().map(Number);
    match kind {
        "email" => Some(ListWhat::SameEmail(number()?)),
        "inn" => Some(ListWhat::SameInn(number()?)),
        _ => {
            let bucket = if kind == "all" { None } else { Some(Bucket::from_slug(kind)?) };
            let author = if rest.is_empty() { None } else { Some(rest.parse().ok()?) };
            Some(ListWhat::All(bucket, author))
        }
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
            "[0-9]{4,5}".prop_map(|code| DraftAct::Office(OfficeCode::parse(&code).unwrap())),
        ];
        let card = prop_oneof![
            prop::sample::select(CARD_ACTS.map(|(act, _)| act).to_vec()),
            field().prop_map(CardAct::Edit),
            any::<i32>().prop_map(|minute| CardAct::Repeat(Some(minute.into()))),
        ];
        let person = (1i64..1 << 52).prop_map(|id| PersonId::new(id).unwrap());
        let staff = prop_oneof![
            any::<u32>().prop_map(StaffAct::Page),
            person.clone().prop_map(StaffAct::AskRevoke),
            person.prop_map(StaffAct::Revoke),
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
        fn strange_data_never_panics(data in "\\PC{0,64}|[dclfasrhnu]:[-0-9a-z:]{0,30}") {
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
            "d:1:1:office-12",
            "d:1:1:pick-256",
            "d:1:1:pick-",
        ] {
            assert_eq!(Press::decode(data), None, "{data}");
        }
    }
}
