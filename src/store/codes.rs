//! How values stand in the columns of the database.

use jiff::Timestamp;

use super::StoreError;
use crate::domain::{Person, PersonId, Provider, Refusal, RequestKind, RequestState, Role, State};

pub(super) fn unreadable(what: &'static str) -> StoreError {
    StoreError::Unreadable { what }
}

pub(super) fn time(ms: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(ms).map_err(|_| unreadable("time"))
}

pub(super) fn person(id: i64, name: Option<String>) -> Result<Person, StoreError> {
    let id = PersonId::new(id).ok_or(unreadable("person's id"))?;
    Ok(Person { id, name })
}

/// For `json_each`.
pub(super) fn json_ids(people: &[PersonId]) -> String {
    format!("{:?}", people.iter().map(|id| id.get()).collect::<Vec<_>>())
}

pub(super) fn request_kind_slug(kind: RequestKind) -> &'static str {
    match kind {
        RequestKind::Access => "access",
        RequestKind::Limit => "limit",
        RequestKind::Repeat => "repeat",
        RequestKind::Stop => "stop",
    }
}

pub(super) fn request_kind(slug: &str) -> Result<RequestKind, StoreError> {
    let mut kinds = RequestKind::ALL.into_iter();
    kinds.find(|&kind| request_kind_slug(kind) == slug).ok_or(unreadable("kind of a request"))
}

pub(super) fn request_state_slug(state: RequestState) -> &'static str {
    match state {
        RequestState::Open => "open",
        RequestState::Granted => "granted",
        RequestState::Refused => "refused",
        RequestState::Blocked => "blocked",
        RequestState::Expired => "expired",
        RequestState::Closed => "closed",
    }
}

pub(super) fn request_state(slug: &str) -> Result<RequestState, StoreError> {
    let mut states = RequestState::ALL.into_iter();
    states.find(|&state| request_state_slug(state) == slug).ok_or(unreadable("state of a request"))
}

pub(super) fn provider(slug: &str) -> Result<Provider, StoreError> {
    Provider::from_slug(slug).ok_or(unreadable("provider"))
}

pub(super) fn role_slug(role: Role) -> &'static str {
    match role {
        Role::Admin => "admin",
        Role::Senior => "senior",
        Role::Staff => "staff",
        Role::Observer => "observer",
    }
}

pub(super) fn role(slug: &str) -> Result<Role, StoreError> {
    Role::ALL.into_iter().find(|&role| role_slug(role) == slug).ok_or(unreadable("role"))
}

pub(super) fn state_slugs(state: State) -> (&'static str, Option<&'static str>) {
    match state {
        State::Queued => ("queued", None),
        State::Held => ("held", None),
        State::Sending => ("sending", None),
        State::Accepted => ("accepted", None),
        State::Rejected(Refusal::Data) => ("rejected", Some("data")),
        State::Rejected(Refusal::AlreadyClient) => ("rejected", Some("already_client")),
        State::Rejected(Refusal::Other) => ("rejected", Some("other")),
        State::NotSent => ("not_sent", None),
        State::Unknown => ("unknown", None),
        State::ConfirmedSent => ("confirmed_sent", None),
        State::ConfirmedNotSent => ("confirmed_not_sent", None),
        State::Cancelled => ("cancelled", None),
    }
}

pub(super) fn state(state: &str, refusal: Option<&str>) -> Result<State, StoreError> {
    STATES
        .into_iter()
        .find(|&known| state_slugs(known) == (state, refusal))
        .ok_or(unreadable("state"))
}

/// As the journal writes it: `rejected:data`.
pub(super) fn journal_state(text: &str) -> Result<State, StoreError> {
    match text.split_once(':') {
        Some((before, refusal)) => state(before, Some(refusal)),
        None => state(text, None),
    }
}

const STATES: [State; 12] = [
    State::Queued,
    State::Held,
    State::Sending,
    State::Accepted,
    State::Rejected(Refusal::Data),
    State::Rejected(Refusal::AlreadyClient),
    State::Rejected(Refusal::Other),
    State::NotSent,
    State::Unknown,
    State::ConfirmedSent,
    State::ConfirmedNotSent,
    State::Cancelled,
];
