//! What a turn knows of the world, and questions about a draft that these facts answer.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{
    Draft, DraftRevision, Earlier, Field, Hold, HoldKind, Inn, Invitation, InvitationNo,
    LimitReached, Lookup, NotSettled, Office, OfficeCode, OfficeRules, Permission, Person,
    PersonId, Provider, ProviderSource, RepeatPolicy, ResendQuota, State, StopEntry, Usage, Viewer,
};

#[derive(Clone, Debug)]
pub struct BotSettings {
    pub fixed_admins: BTreeSet<PersonId>,
    pub providers: Vec<Provider>,
    pub office: Option<OfficeCode>,
    pub directory: bool,
    pub rules: OfficeRules,
    pub undo_window: Duration,
}

#[derive(Clone, Debug)]
pub struct Facts {
    pub viewer: Viewer,
    pub setup: BotSettings,
    /// An admin to turn to, other than the person.
    pub admin: Option<Person>,
    pub holds: Vec<Hold>,
    pub offices: Vec<OfficeCode>,
    pub last_office: Option<OfficeCode>,
    /// Through which the person invited last.
    pub last_provider: Option<Provider>,
    pub usage: Usage,
    /// The present revision of the draft, and when it was shown.
    pub shown: Option<(DraftRevision, Timestamp)>,
    /// What was found out for a [`Need`].
    pub looked_up: LookedUp,
}

impl Facts {
    pub fn is_untrusted(&self) -> bool {
        self.holds.iter().any(|hold| matches!(hold.kind, HoldKind::UntrustedDatabase { .. }))
    }
}

#[derive(Clone, Debug, Default)]
pub struct LookedUp {
    pub organisation: Option<(Inn, Lookup)>,
    pub checks: Vec<(Draft, PolicyCheck)>,
    pub invitation_from_draft: Option<(i64, Option<Invitation>)>,
    /// For the first screen: the person's own that wait and that are unknown, an admin's everybody's.
    pub not_settled: NotSettled,
}

/// What must be known first: the input is taken again with the answer in [`LookedUp`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    Organisation(Inn),
    Policy(Box<Draft>),
    InvitationFromDraft(i64),
}

#[derive(Clone, Debug, Default)]
pub struct PolicyCheck {
    pub stop: Option<StopEntry>,
    pub in_flight: Option<Invitation>,
    pub earlier: Earlier,
    /// What is known of an address or an ИНН before it is anybody's invitation: it bars nothing yet.
    pub known: Earlier,
    /// The last refusal of this recipient, which bars nothing.
    pub refused: Option<Invitation>,
    pub limit_reached: Option<LimitReached>,
    pub quota: ResendQuota,
    /// Somebody who may allowed one letter more to this recipient.
    pub granted: bool,
}

/// Why a draft cannot be confirmed as it is.
#[derive(Clone, Copy, Debug)]
pub enum Blocker<'a> {
    Stop(&'a StopEntry),
    InFlight(&'a Invitation),
    /// Somebody invited the recipient before, and the person did not go on knowingly.
    Earlier(&'a Earlier),
    LimitReached(LimitReached),
}

impl Facts {
    /// An error if the policy was not asked yet.
    pub fn check(&self, draft: &Draft) -> Result<&PolicyCheck, Need> {
        let known = self.checked(draft);
        known.ok_or_else(|| Need::Policy(Box::new(draft.clone())))
    }

    pub fn checked(&self, draft: &Draft) -> Option<&PolicyCheck> {
        // `known` does not change what the policy finds.
        let same = |known: &Draft| {
            Draft { acknowledged: Vec::new(), ..known.clone() }
                == Draft { acknowledged: Vec::new(), ..draft.clone() }
        };
        self.looked_up.checks.iter().find(|(known, _)| same(known)).map(|(_, check)| check)
    }

    /// The newest one of which the client got a letter, or may have.
    pub fn repeated(&self, draft: &Draft) -> Option<&Invitation> {
        let went = |it: &&Invitation| {
            matches!(it.state, State::Accepted | State::ConfirmedSent | State::Unknown)
        };
        self.checked(draft)?.earlier.newest.iter().find(went)
    }

    pub fn first_blocker(&self, draft: &Draft) -> Option<Blocker<'_>> {
        let check = self.checked(draft)?;
        if let Some(entry) = &check.stop {
            return Some(Blocker::Stop(entry));
        }
        if let Some(other) = &check.in_flight {
            return Some(Blocker::InFlight(other));
        }
        let known = |number: &InvitationNo| {
            draft.acknowledged.contains(&number.0) && self.may_confirm_repeat(draft)
        };
        if !check.earlier.numbers.iter().all(known) {
            return Some(Blocker::Earlier(&check.earlier));
        }
        check.limit_reached.map(Blocker::LimitReached)
    }

    pub fn may_confirm_repeat(&self, draft: &Draft) -> bool {
        self.setup.rules.repeat == RepeatPolicy::Warn || self.may_go_beyond(draft)
    }

    pub fn may_go_beyond(&self, draft: &Draft) -> bool {
        self.viewer.may(Permission::OverrideRules)
            || self.checked(draft).is_some_and(|check| check.granted)
    }

    /// Only СБИС takes an ИНН.
    pub fn providers_for(&self, draft: &Draft) -> Vec<Provider> {
        match draft.inn.is_some() && self.setup.providers.contains(&Provider::Sbis) {
            true => vec![Provider::Sbis],
            false => self.setup.providers.clone(),
        }
    }

    /// The last provider, unasked; a button changes it. Without one it is asked for.
    pub fn draft_like_last(&self) -> Draft {
        let provider = self.last_provider.filter(|last| self.setup.providers.contains(last));
        let provider_source = match provider {
            Some(_) => ProviderSource::LastTime,
            None => ProviderSource::Answer,
        };
        Draft { provider, provider_source, ..Draft::default() }
    }

    /// The other provider, where the present one is no answer to a question.
    pub fn switches_to(&self, draft: &Draft) -> Option<Provider> {
        let own = draft.provider.filter(|_| draft.provider_source != ProviderSource::Answer)?;
        self.setup.providers.iter().copied().find(|other| *other != own)
    }

    /// The same at the first question, where the provider would have been asked for.
    pub fn switches_at(&self, draft: &Draft, field: Field) -> Option<Provider> {
        let is_first = self.field_before(draft, field) == Some(Field::Provider);
        self.switches_to(draft).filter(|_| is_first)
    }

    /// Another provider that sends at once, while the draft's own does not, and has all it needs.
    pub fn sends_at_once(&self, draft: &Draft) -> Option<Provider> {
        let waits = |through| self.holds.iter().any(|hold| hold.kind.forbids(through));
        let own = draft.provider.filter(|own| waits(*own))?;
        let mut others = self.setup.providers.iter().copied();
        let other = others.find(|other| *other != own && !waits(*other))?;
        let through = draft.through(other);
        through.missing().is_none_or(|field| field == Field::Office).then_some(other)
    }

    /// Staff with codes must use one of theirs; one taken unasked must still be theirs.
    pub fn is_office_allowed(&self, draft: &Draft) -> bool {
        let own = |office: &Office| match office {
            Office::Code(code) => self.offices.contains(code),
            Office::Without => false,
        };
        let any = self.is_office_free() && !draft.own_office;
        draft.provider != Some(Provider::Sbis) || any || draft.office.as_ref().is_none_or(own)
    }

    pub fn is_office_free(&self) -> bool {
        self.viewer.may(Permission::OverrideRules) || self.offices.is_empty()
    }

    pub fn is_office_fixed(&self) -> bool {
        !self.is_office_free() && self.offices.len() == 1
    }

    /// The person's own codes; without any, the last one used and the organisation's.
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

    pub fn field_before(&self, draft: &Draft, field: Field) -> Option<Field> {
        let fields = draft.fields();
        let previous = match fields.iter().position(|&known| known == field) {
            Some(place) => *fields.get(place.checked_sub(1)?)?,
            // A choice among clients comes right after the provider, whichever fields it needs.
            None => draft.provider.map(|_| Field::Provider)?,
        };
        let asked = previous != Field::Provider || self.setup.providers.len() > 1;
        asked.then_some(previous)
    }
}

/// Tells sets of invitations apart in a button (FNV-1a).
pub fn fingerprint(numbers: &[InvitationNo]) -> u32 {
    let mix = |sum: u32, number: &InvitationNo| {
        number
            .0
            .to_le_bytes()
            .iter()
            .fold(sum, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
    };
    numbers.iter().fold(0x811c_9dc5, mix)
}
