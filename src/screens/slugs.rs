//! How the parts of a press are written into the data of a button, and read from it.

use super::{CardAct, DraftAct, ListWhat, StaffAct, StopScope};
use crate::domain::{Bucket, Field, Inn, Kpp, Number, OfficeCode, Provider, Role};

pub(super) const FIELDS: [(Field, &str); 6] = [
    (Field::Provider, "provider"),
    (Field::Inn, "inn"),
    (Field::Kpp, "kpp"),
    (Field::Name, "name"),
    (Field::Email, "email"),
    (Field::Office, "office"),
];

pub(super) fn field_slug(field: Field) -> &'static str {
    FIELDS.iter().find(|(known, _)| *known == field).map_or("", |(_, slug)| slug)
}

pub(super) fn field_from(slug: &str) -> Option<Field> {
    FIELDS.iter().find(|(_, known)| *known == slug).map(|(field, _)| *field)
}

pub(super) fn encode_staff(act: &StaffAct) -> String {
    match act {
        StaffAct::Page(page) => format!("p:{page}"),
        StaffAct::AskRevoke(id) => format!("a:{id}"),
        StaffAct::Revoke(id) => format!("r:{id}"),
        StaffAct::Limit(id) => format!("l:{id}"),
        StaffAct::SetLimit(id, None) => format!("d:{id}"),
        StaffAct::SetLimit(id, Some(limit)) => format!("d:{id}:{limit}"),
        StaffAct::Card(id) => format!("c:{id}"),
        StaffAct::AskRole(id) => format!("k:{id}"),
        StaffAct::Role(id, Role::Admin) => format!("k:{id}:admin"),
        StaffAct::Role(id, Role::Staff) => format!("k:{id}:staff"),
        StaffAct::AskOffice(id) => format!("o:{id}"),
        StaffAct::Office(id, code) => format!("o:{id}:{}", code.as_str()),
        StaffAct::WithoutOffice(id) => format!("o:{id}:none"),
    }
}

pub(super) fn decode_staff(kind: &str, what: &str, rest: &str) -> Option<StaffAct> {
    if kind == "p" {
        return Some(StaffAct::Page(what.parse().ok()?));
    }
    let id = what.parse().ok()?;
    Some(match (kind, rest) {
        ("a", "") => StaffAct::AskRevoke(id),
        ("r", "") => StaffAct::Revoke(id),
        ("l", "") => StaffAct::Limit(id),
        ("d", "") => StaffAct::SetLimit(id, None),
        ("d", limit) => StaffAct::SetLimit(id, Some(limit.parse().ok()?)),
        ("c", "") => StaffAct::Card(id),
        ("k", "") => StaffAct::AskRole(id),
        ("k", "admin") => StaffAct::Role(id, Role::Admin),
        ("k", "staff") => StaffAct::Role(id, Role::Staff),
        ("o", "") => StaffAct::AskOffice(id),
        ("o", "none") => StaffAct::WithoutOffice(id),
        ("o", code) => StaffAct::Office(id, OfficeCode::parse(code).ok()?),
        _ => return None,
    })
}

pub(super) const DRAFT_ACTS: [(DraftAct, &str); 13] = [
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
    (DraftAct::SendBeyond, "beyond"),
    (DraftAct::Resume, "resume"),
    (DraftAct::Restart, "restart"),
];

pub(super) fn encode_draft(act: &DraftAct) -> String {
    match act {
        DraftAct::Choose(provider) => format!("to-{}", provider.slug()),
        DraftAct::Inn(inn) => format!("inn-{}", inn.as_str()),
        DraftAct::Office(code) => format!("office-{}", code.as_str()),
        DraftAct::Branches(page) => format!("branches-{page}"),
        DraftAct::Kpp(kpp) => format!("kpp-{}", kpp.as_str()),
        DraftAct::Edit(field) => format!("edit-{}", field_slug(*field)),
        DraftAct::Pick(index) => format!("pick-{index}"),
        DraftAct::Anyway(named) => format!("anyway-{named}"),
        plain => DRAFT_ACTS
            .iter()
            .find(|(known, _)| known == plain)
            .map_or("", |(_, slug)| slug)
            .to_owned(),
    }
}

pub(super) fn decode_draft(text: &str) -> Option<DraftAct> {
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
        ("anyway", named) => named.parse().ok().map(DraftAct::Anyway),
        _ => None,
    }
}

pub(super) const CARD_ACTS: [(CardAct, &str); 16] = [
    (CardAct::Open, "open"),
    (CardAct::Details, "details"),
    (CardAct::Arrived, "arrived"),
    (CardAct::Missing, "missing"),
    (CardAct::AskRepeat, "again"),
    (CardAct::Repeat(None), "again!"),
    (CardAct::Cancel, "cancel"),
    (CardAct::Release, "release"),
    (CardAct::Again, "menu"),
    (CardAct::Copy, "copy"),
    (CardAct::AskStop, "stop"),
    (CardAct::ChooseStop(StopScope::Address), "stop-address"),
    (CardAct::ChooseStop(StopScope::Company), "stop-company"),
    (CardAct::Stop(StopScope::Address), "stop-address!"),
    (CardAct::Stop(StopScope::Company), "stop-company!"),
    (CardAct::Switch, "switch"),
];

pub(super) fn encode_card(act: CardAct) -> String {
    match act {
        CardAct::Edit(field) => format!("edit-{}", field_slug(field)),
        CardAct::Repeat(Some(minute)) => format!("again-{minute}"),
        CardAct::Beyond(minute) => format!("beyond-{minute}"),
        plain => CARD_ACTS
            .iter()
            .find(|(known, _)| *known == plain)
            .map_or("", |(_, slug)| slug)
            .to_owned(),
    }
}

pub(super) fn decode_card(text: &str) -> Option<CardAct> {
    if let Some((act, _)) = CARD_ACTS.iter().find(|(_, slug)| *slug == text) {
        return Some(*act);
    }
    match text.split_once('-')? {
        ("edit", field) => field_from(field).map(CardAct::Edit),
        ("beyond", minute) => minute.parse().ok().map(CardAct::Beyond),
        ("again", minute) => minute.parse().ok().map(|minute| CardAct::Repeat(Some(minute))),
        _ => None,
    }
}

pub(super) fn encode_what(what: ListWhat) -> String {
    match what {
        ListWhat::All(bucket, author) => {
            let bucket = bucket.map_or("all", Bucket::slug);
            author.map_or_else(|| bucket.to_owned(), |author| format!("{bucket}:{author}"))
        }
        ListWhat::SameEmail(number) => format!("email:{number}"),
        ListWhat::SameInn(number) => format!("inn:{number}"),
    }
}

pub(super) fn decode_what(kind: &str, rest: &str) -> Option<ListWhat> {
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
