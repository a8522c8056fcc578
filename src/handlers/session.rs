//! What every turn reads first, and how a session is stored.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::Turn;
use crate::dialogue::facts::{BotSettings, Facts, LookedUp};
use crate::dialogue::session::Session;
use crate::domain::{DayBounds, DraftRevision, Permission, Person, PersonId, Role, Viewer};
use crate::store::{Change, PersonFacts, Quotas, Reader, StoreError, StoredDraft};

pub const DRAFT_LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);

#[derive(Clone, Debug, Default)]
pub struct Stored {
    pub session: Session,
    /// The row it came from, and when its screen was shown.
    pub shown: Option<(DraftRevision, Timestamp)>,
    pub card: Option<i32>,
    /// The row is unreadable or too old: the person is told.
    pub lost: bool,
}

impl Stored {
    pub fn of(draft: Option<&StoredDraft>, now: Timestamp) -> Self {
        draft.map(|draft| Self::read(draft, now)).unwrap_or_default()
    }

    pub fn read(stored: &StoredDraft, now: Timestamp) -> Self {
        let revision = DraftRevision { draft: stored.id, revision: stored.revision };
        let fresh = now.duration_since(stored.updated_at) <= DRAFT_LIFETIME;
        let session: Option<Session> = (stored.version == Session::VERSION)
            .then(|| serde_json::from_str(&stored.body).ok())
            .flatten();
        let session = match session {
            Some(session) if fresh => Some(session),
            // A prompt alone is no loss.
            Some(session) if session.begun().is_none() => Some(Session::default()),
            _ => None,
        };
        Self {
            lost: session.is_none(),
            session: session.unwrap_or_default(),
            shown: Some((revision, stored.updated_at)),
            card: stored.card,
        }
    }
}

/// `None`: the person has no access. `person.name` is the one at Telegram.
pub fn load(
    known: &PersonFacts,
    setup: &BotSettings,
    zone: &TimeZone,
    person: &Person,
    stored: &Stored,
    now: Timestamp,
) -> Option<(Facts, Vec<Change>)> {
    let fixed = setup.fixed_admins.contains(&person.id);
    let listed = known.listed.as_ref();
    let role = listed.and_then(|listed| listed.role);
    let role = if fixed { Role::Admin } else { role? };
    let mut changes = vec![Change::RequireRole(person.id, (!fixed).then_some(role))];
    let name = listed.and_then(|listed| listed.person.name.clone());
    if name.is_none() && (fixed || person.name.is_some()) {
        changes.push(Change::UpsertPerson(person.clone()));
    }
    let me = Person { id: person.id, name: name.or_else(|| person.name.clone()) };
    let facts = Facts {
        viewer: Viewer { me, role, zone: zone.clone(), now },
        setup: setup.clone(),
        admin: known.admin.clone(),
        holds: known.holds.clone(),
        offices: known.offices.clone(),
        last_office: listed.and_then(|listed| listed.office.clone()),
        last_provider: known.last_provider,
        usage: known.usage.clone(),
        shown: stored.shown,
        looked_up: LookedUp::default(),
    };
    Some((facts, changes))
}

/// What only the first screen shows.
pub async fn count_for_home(turn: &mut Turn<'_>) -> Result<(), StoreError> {
    let all = turn.facts.viewer.may(Permission::SeeAll);
    let author = (!all).then_some(turn.facts.viewer.me.id);
    turn.facts.looked_up.not_settled = turn.reader.not_settled(author).await?;
    let Viewer { me, zone, now, .. } = &turn.facts.viewer;
    let quotas = quotas(&turn.facts.setup, zone, *now);
    turn.facts.usage = turn.reader.usage(me.id, &quotas, *now).await?;
    Ok(())
}

pub fn quotas(setup: &BotSettings, zone: &TimeZone, now: Timestamp) -> Quotas {
    Quotas { limits: setup.rules.limits, day: DayBounds::of(now, zone) }
}

pub async fn person_by_id(reader: &mut Reader, id: PersonId) -> Result<Person, StoreError> {
    let known = reader.listed(id).await?.map(|listed| listed.person);
    Ok(known.unwrap_or(Person { id, name: None }))
}

pub async fn all_staff(
    reader: &mut Reader,
    setup: &BotSettings,
) -> Result<Vec<(Person, Role)>, StoreError> {
    let mut all = Vec::new();
    for &id in &setup.fixed_admins {
        all.push((person_by_id(reader, id).await?, Role::Admin));
    }
    let listed = reader.staff(1, u32::from(u16::MAX)).await?.people.into_iter();
    let listed = listed.filter(|listed| !setup.fixed_admins.contains(&listed.person.id));
    all.extend(listed.filter_map(|listed| Some((listed.person, listed.role?))));
    Ok(all)
}

/// `None` if nothing was stored and there is nothing to store.
pub fn save(facts: &Facts, session: &Session) -> Option<Change> {
    let person = facts.viewer.me.id;
    let was = facts.shown.map(|(revision, _)| revision);
    if session.is_empty() {
        return was.map(|was| Change::DropSession { person, was });
    }
    let body = serde_json::to_string(session).ok()?;
    Some(Change::SaveSession { person, was, version: Session::VERSION, body })
}

pub fn writes_session(change: &Change) -> bool {
    matches!(change, Change::SaveSession { .. } | Change::DropSession { .. } | Change::Submit(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"draft":{"at":"choosing_draft","draft":{"provider":"sbis","provider_source":"last_time","inn":"1215107651","kpp":"121501001","name":"Детский сад Чайка","email":"iam@mail.ru","office":{"code":"7705"},"own_office":true,"to_reconfirm":["name"],"lookup":{"inn":"1215107651","result":{"found":{"inn":"1215107651","short_name":"Детский сад Чайка","full_name":null,"kpp":"121501001","address":null,"status":"liquidated","ended":"2024-03-14","as_of":null,"branches":[{"kpp":"540602001","name":null,"address":null}],"more_branches":false,"source":"dadata"}},"by_hand":true},"pending_choices":[{"email":[{"value":"iam@mail.ru","correction":{"domain":"iam@mial.ru"}}]}],"acknowledged":[12,7]},"pasted":{"provider":null,"inn":null,"kpp":null,"name":null,"email":"sad@mail.ru","office":null}},"prompt":{"about":{"limit":"day"},"person":1002}}"#;

    fn stored(version: i64, body: &str, age: SignedDuration) -> Stored {
        let now = Timestamp::now();
        let (body, updated_at) = (body.to_owned(), now - age);
        let draft = StoredDraft { id: 1, revision: 2, version, body, card: None, updated_at };
        Stored::read(&draft, now)
    }

    #[test]
    fn a_session_of_the_present_version_loads() {
        let read = stored(Session::VERSION, BODY, DRAFT_LIFETIME);
        assert!(!read.lost, "{read:?}");
        assert_eq!(serde_json::to_string(&read.session).unwrap(), BODY);
    }

    #[test]
    fn what_cannot_be_read_is_lost_and_not_an_error() {
        let fresh = SignedDuration::ZERO;
        let old = DRAFT_LIFETIME + SignedDuration::from_secs(1);
        for read in [
            stored(Session::VERSION, r#"{"draft":{"at":"flying"}}"#, fresh),
            stored(Session::VERSION, &BODY.replace("1215107651", "1215107652"), fresh),
            stored(Session::VERSION + 1, BODY, fresh),
            stored(Session::VERSION, BODY, old),
        ] {
            assert!(read.lost && read.session.is_empty() && read.shown.is_some(), "{read:?}");
        }
        // Nothing is lost with a question that is about no invitation.
        let asked = r#"{"draft":null,"prompt":{"about":"offices","person":1}}"#;
        let read = stored(Session::VERSION, asked, old);
        assert!(!read.lost && read.session.is_empty() && read.shown.is_some(), "{read:?}");
    }
}
