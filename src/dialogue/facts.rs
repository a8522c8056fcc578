//! What a turn knows of the world, and questions about a draft that these facts answer.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use super::session::DraftRevision;
use crate::domain::{
    Draft, Earlier, Embargo, Field, Full, Inn, Invitation, Lookup, Number, Office, OfficeCode,
    Permission, Person, PersonId, Provider, RepeatPolicy, Room, Rules, StopEntry, Usage, Viewer,
};

/// What the configuration says.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Who is an admin by configuration.
    pub fixed_admins: BTreeSet<PersonId>,
    /// The providers that are on.
    pub providers: Vec<Provider>,
    /// The organisation's office code.
    pub office: Option<OfficeCode>,
    /// Whether an ИНН can be looked up.
    pub directory: bool,
    /// What the office has decided of repeats and limits.
    pub rules: Rules,
    /// For how long a confirmed invitation can be stopped.
    pub undo_window: Duration,
}

/// Why nothing is sent now.
#[derive(Clone, Debug, Default)]
pub struct Holds {
    /// The providers that refuse the key.
    pub paused: Vec<Provider>,
    /// The providers that answer with errors, and until when each is left alone.
    pub outages: Vec<(Provider, Timestamp)>,
    /// Another program may be sending too.
    pub rival: bool,
    /// The database may be an old one.
    pub embargo: Option<Embargo>,
}

/// What a turn knows.
#[derive(Clone, Debug)]
pub struct Facts {
    pub viewer: Viewer,
    pub setup: Setup,
    /// An admin to turn to, other than the person.
    pub admin: Option<Person>,
    pub holds: Holds,
    /// The office codes that an admin gave the person, the main one first.
    pub offices: Vec<OfficeCode>,
    /// The office code that the person used last.
    pub last_office: Option<OfficeCode>,
    /// What the person has sent, and may.
    pub usage: Usage,
    /// The present revision of the draft, and when it was shown.
    pub shown: Option<(DraftRevision, Timestamp)>,
    /// What was looked up for this turn, see [`Need`].
    pub known: Known,
}

/// What was found out for a turn because it was needed.
#[derive(Clone, Debug, Default)]
pub struct Known {
    pub organisation: Option<(Inn, Lookup)>,
    /// What the policy says of these drafts.
    pub checks: Vec<(Draft, PolicyCheck)>,
    /// The invitation that was made from a draft, if any.
    pub made_from: Option<(i64, Option<Invitation>)>,
}

/// What has to be known before an input can be taken: the same input is taken again with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// What the directories know of an ИНН, in [`Known::organisation`]. It takes its time.
    Organisation(Inn),
    /// What stands against a draft, in [`Known::checks`].
    Policy(Box<Draft>),
    /// What became of a draft with this id, in [`Known::made_from`].
    MadeFrom(i64),
}

/// What stands against a draft.
#[derive(Clone, Debug, Default)]
pub struct PolicyCheck {
    /// Its recipient must not be written to.
    pub stop: Option<StopEntry>,
    /// An invitation of the same recipient through the same provider bars a second one.
    pub in_flight: Option<Invitation>,
    /// The same recipient was invited before.
    pub earlier: Earlier,
    /// A limit is used up.
    pub full: Option<Full>,
    /// Whether its recipient has had enough letters.
    pub quota: Room,
}

/// Why a draft cannot be confirmed as it is.
#[derive(Clone, Copy, Debug)]
pub enum Blocker<'a> {
    /// Its recipient is on the stop-list.
    Stop(&'a StopEntry),
    /// Another invitation goes to its recipient, or may have gone.
    InFlight(&'a Invitation),
    /// Somebody invited the same recipient, and this person has not gone on knowingly.
    Earlier(&'a Earlier),
    /// A limit is used up.
    Full(Full),
}

impl Facts {
    /// What stands against this draft, or that it has to be found out.
    pub fn check(&self, draft: &Draft) -> Result<&PolicyCheck, Need> {
        let known = self.checked(draft);
        known.ok_or_else(|| Need::Policy(Box::new(draft.clone())))
    }

    /// What is known to stand against this draft.
    pub fn checked(&self, draft: &Draft) -> Option<&PolicyCheck> {
        // Which earlier invitations the person has seen changes nothing of what is found.
        let same = |known: &Draft| {
            Draft { known: Vec::new(), ..known.clone() }
                == Draft { known: Vec::new(), ..draft.clone() }
        };
        self.known.checks.iter().find(|(known, _)| same(known)).map(|(_, check)| check)
    }

    /// The first thing that stands against a draft, as far as it was checked.
    pub fn first_blocker(&self, draft: &Draft) -> Option<Blocker<'_>> {
        let check = self.checked(draft)?;
        if let Some(entry) = &check.stop {
            return Some(Blocker::Stop(entry));
        }
        if let Some(other) = &check.in_flight {
            return Some(Blocker::InFlight(other));
        }
        let known = |number: &Number| draft.known.contains(&number.0) && self.may_go_on();
        if !check.earlier.numbers.iter().all(known) {
            return Some(Blocker::Earlier(&check.earlier));
        }
        check.full.map(Blocker::Full)
    }

    /// Whether the person may go on although the recipient was invited before.
    pub fn may_go_on(&self) -> bool {
        self.setup.rules.repeat == RepeatPolicy::Warn || self.viewer.may(Permission::OverrideRules)
    }

    /// Through whom one value may be invited: an ИНН is what СБИС goes by.
    pub fn providers_for(&self, draft: &Draft) -> Vec<Provider> {
        match draft.inn.is_some() && self.setup.providers.contains(&Provider::Sbis) {
            true => vec![Provider::Sbis],
            false => self.setup.providers.clone(),
        }
    }

    /// Whether the person may send with the office that stands in the draft. Staff with codes have
    /// one of them; a code that was taken because it was the person's own must still be.
    pub fn is_office_allowed(&self, draft: &Draft) -> bool {
        let own = |office: &Office| match office {
            Office::Code(code) => self.offices.contains(code),
            Office::Without => false,
        };
        let any = self.is_office_free() && !draft.own_office;
        draft.provider != Some(Provider::Sbis) || any || draft.office.as_ref().is_none_or(own)
    }

    /// Whether the person may answer with any office code, or with none.
    pub fn is_office_free(&self) -> bool {
        self.viewer.may(Permission::OverrideRules) || self.offices.is_empty()
    }

    /// Whether there is no office to choose.
    pub fn is_office_fixed(&self) -> bool {
        !self.is_office_free() && self.offices.len() == 1
    }

    /// The office codes that a question offers as buttons: the person's own; where there are none,
    /// the last one used and the organisation's.
    pub fn offered_offices<'a>(&'a self, draft: &Draft) -> Vec<&'a OfficeCode> {
        let present = match &draft.office {
            Some(Office::Code(code)) => Some(code),
            _ => None,
        };
        let mut codes: Vec<_> = match self.offices.as_slice() {
            [] => self.last_office.iter().chain(&self.setup.office).collect(),
            own => own.iter().collect(),
        };
        codes.dedup();
        codes.retain(|code| Some(*code) != present);
        codes
    }

    /// The question before that of a field, if «Назад» leads anywhere.
    pub fn field_before(&self, draft: &Draft, field: Field) -> Option<Field> {
        let fields = draft.fields();
        let place = fields.iter().position(|&known| known == field)?;
        let previous = *fields.get(place.checked_sub(1)?)?;
        let asked = previous != Field::Provider || self.setup.providers.len() > 1;
        asked.then_some(previous)
    }
}

/// What tells one set of invitations from another, in a button (FNV-1a).
pub fn fingerprint(numbers: &[Number]) -> u32 {
    let mix = |sum: u32, number: &Number| {
        number
            .0
            .to_le_bytes()
            .iter()
            .fold(sum, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
    };
    numbers.iter().fold(0x811c_9dc5, mix)
}
