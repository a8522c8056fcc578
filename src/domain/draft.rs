//! An invitation that is being filled in.

use serde::{Deserialize, Serialize};

use super::{
    Choices, Company, CompanyName, DraftLookup, Email, EmailError, Inn, InnError, Kpp, KppError,
    Lookup, NameError, OfficeCode, OfficeError, Organisation, Provider, Recipient,
};

/// [`Draft::finish`] turns a full one into a [`Recipient`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    pub provider: Option<Provider>,
    #[serde(default, skip_serializing_if = "ProviderSource::is_answer")]
    pub provider_source: ProviderSource,
    /// Invoicebox gets no ИНН, КПП, name or office.
    pub inn: Option<Inn>,
    /// Never kept beside an ИНН of 12 digits.
    pub kpp: Option<Kpp>,
    pub name: Option<CompanyName>,
    pub email: Option<Email>,
    /// `None` until it was asked or taken from the configuration.
    pub office: Option<Office>,
    /// The person's own code, taken unasked; it goes where an admin takes the code away.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own_office: bool,
    /// Fields asked for again although they have a value: they belonged to an earlier ИНН.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to_reconfirm: Vec<Field>,
    /// Counts only while `inn` is the ИНН that was looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookup: Option<DraftLookup>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending_choices: Vec<Choices>,
    /// Numbers of earlier invitations that the person saw before going on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acknowledged: Vec<i64>,
}

/// Where a draft has its provider from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderSource {
    #[default]
    Answer,
    /// The person's last one, taken unasked.
    LastTime,
    /// Changed after that, by a button that changes it back.
    Switch,
}

impl ProviderSource {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
    fn is_answer(&self) -> bool {
        *self == Self::Answer
    }
}

/// A stored draft as it was at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DraftRevision {
    pub draft: i64,
    pub revision: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Office {
    Code(OfficeCode),
    Without,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    Provider,
    Inn,
    Kpp,
    Name,
    Email,
    Office,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    #[error("the ИНН {0}")]
    Inn(#[from] InnError),
    #[error("the КПП {0}")]
    Kpp(#[from] KppError),
    #[error("the name {0}")]
    Name(#[from] NameError),
    #[error("the e-mail {0}")]
    Email(#[from] EmailError),
    #[error("the office code {0}")]
    Office(#[from] OfficeError),
    #[error("the field is not typed")]
    NotTyped,
}

impl Draft {
    /// In the order of asking; only organisations have a КПП.
    pub fn fields(&self) -> &'static [Field] {
        use Field::{Email, Inn, Kpp, Name, Office, Provider};
        match self.provider {
            None => &[Provider],
            Some(super::Provider::Invoicebox) => &[Provider, Email],
            Some(super::Provider::Sbis) if self.is_organisation() => {
                &[Provider, Inn, Kpp, Name, Email, Office]
            }
            Some(super::Provider::Sbis) => &[Provider, Inn, Name, Email, Office],
        }
    }

    fn is_organisation(&self) -> bool {
        self.inn.as_ref().is_none_or(Inn::is_organisation)
    }

    pub fn has(&self, field: Field) -> bool {
        match field {
            Field::Provider => self.provider.is_some(),
            Field::Inn => self.inn.is_some(),
            Field::Kpp => self.kpp.is_some(),
            Field::Name => self.name.is_some(),
            Field::Email => self.email.is_some(),
            Field::Office => self.office.is_some(),
        }
    }

    pub fn needs_answer(&self, field: Field) -> bool {
        !self.has(field) || self.to_reconfirm.contains(&field) || self.choices(field).is_some()
    }

    /// The next question: open choices first, then the first open field.
    pub fn missing(&self) -> Option<Field> {
        let open = || self.fields().iter().copied().find(|&field| self.needs_answer(field));
        self.undecided().or_else(open)
    }

    pub fn current_lookup(&self) -> Option<&DraftLookup> {
        self.lookup.as_ref().filter(|looked| self.inn.as_ref() == Some(&looked.inn))
    }

    pub fn registry_entry(&self) -> Option<&Organisation> {
        match &self.current_lookup()?.result {
            Lookup::Found(found) => Some(found),
            Lookup::NotFound | Lookup::Unavailable(_) => None,
        }
    }

    pub fn set_by_hand(&mut self, is: bool) {
        if let Some(looked) = &mut self.lookup {
            looked.by_hand = is;
        }
    }

    /// Settled fields that differ from the directory; a КПП may be of an unlisted branch.
    pub fn differing(&self) -> Vec<Field> {
        let Some(found) = self.registry_entry() else { return Vec::new() };
        let kpp = self.kpp.as_ref().filter(|_| found.kpp.is_some() && !found.more_branches);
        let name = self.name.as_ref().filter(|_| found.name().is_some());
        let kpp = kpp.filter(|kpp| !found.has_kpp(kpp)).map(|_| Field::Kpp);
        let name = name.filter(|name| !found.is_called(name)).map(|_| Field::Name);
        kpp.into_iter().chain(name).filter(|&field| !self.needs_answer(field)).collect()
    }

    #[must_use]
    pub fn with_registry_values(&self) -> Self {
        let mut open = self.clone();
        open.to_reconfirm.extend(self.differing());
        open.filled_from_registry(None)
    }

    /// Fills open fields from the directory, or from its branch with this КПП; typed values stay.
    #[must_use]
    pub fn filled_from_registry(&self, kpp: Option<Kpp>) -> Self {
        let mut filled = self.clone();
        let Some(found) = self.registry_entry() else { return filled };
        filled.set_by_hand(false);
        let kpp = kpp.or_else(|| found.kpp.clone().filter(|_| self.needs_answer(Field::Kpp)));
        if let Some(kpp) = kpp.filter(|_| found.inn.is_organisation()) {
            filled.kpp = Some(kpp);
            filled.settle(Field::Kpp);
        }
        let is_theirs = |name: &CompanyName| found.names().any(|known| known == name);
        let name = found.name_of(filled.kpp.as_ref());
        if (self.needs_answer(Field::Name) || self.name.as_ref().is_some_and(is_theirs))
            && let Some(name) = name
        {
            filled.name = Some(name.clone());
            filled.settle(Field::Name);
        }
        filled
    }

    pub fn settle(&mut self, field: Field) {
        self.to_reconfirm.retain(|&doubted| doubted != field);
        self.drop_choices(field);
    }

    /// Takes a typed answer; on an error nothing changes. An ИНН may bring a КПП along; another ИНН
    /// than before casts doubt on КПП and name.
    pub fn set_from_text(&mut self, field: Field, text: &str) -> Result<(), FieldError> {
        match field {
            Field::Provider => return Err(FieldError::NotTyped),
            Field::Inn => {
                let (inn, kpp) = Inn::parse_with_kpp(text)?;
                self.set_inn(inn, kpp);
                // Typing it again asks for another look-up.
                self.lookup.take_if(|known| matches!(known.result, Lookup::Unavailable(_)));
            }
            Field::Kpp => self.kpp = Some(Kpp::parse(text)?),
            Field::Name => self.name = Some(CompanyName::parse(text)?),
            Field::Email => self.email = Some(Email::parse(text)?),
            Field::Office => self.set_office(Office::Code(OfficeCode::parse(text)?)),
        }
        self.settle(field);
        Ok(())
    }

    pub fn set_office(&mut self, office: Office) {
        self.office = Some(office);
        self.own_office = false;
    }

    pub(super) fn set_inn(&mut self, inn: Inn, kpp: Option<Kpp>) {
        if self.inn.as_ref().is_some_and(|before| *before != inn) {
            self.to_reconfirm = vec![Field::Kpp, Field::Name];
            // The choices belonged to the earlier ИНН.
            self.drop_choices(Field::Kpp);
            self.drop_choices(Field::Name);
        }
        if kpp.is_some() {
            self.settle(Field::Kpp);
        }
        if !inn.is_organisation() {
            self.drop_choices(Field::Kpp);
        }
        self.kpp = if inn.is_organisation() { kpp.or(self.kpp.take()) } else { None };
        self.inn = Some(inn);
        self.settle(Field::Inn);
        self.to_reconfirm.retain(|field| match field {
            Field::Kpp => self.kpp.is_some(),
            _ => self.name.is_some(),
        });
    }

    pub fn finish(&self) -> Result<Recipient, Field> {
        if let Some(missing) = self.missing() {
            return Err(missing);
        }
        let email = self.email.clone().ok_or(Field::Email);
        match self.provider.ok_or(Field::Provider)? {
            Provider::Invoicebox => Ok(Recipient::Invoicebox { email: email? }),
            Provider::Sbis => {
                let inn = self.inn.clone().ok_or(Field::Inn)?;
                let kpp = match inn.is_organisation() {
                    true => Some(self.kpp.clone().ok_or(Field::Kpp)?),
                    false => None,
                };
                let name = self.name.clone().ok_or(Field::Name)?;
                let email = email?;
                let office = match self.office.clone().ok_or(Field::Office)? {
                    Office::Code(code) => Some(code),
                    Office::Without => None,
                };
                Ok(Recipient::Sbis(Company { inn, kpp, name, email, office }))
            }
        }
    }

    /// The ИНН stays: stop-list and repeats are about the client.
    #[must_use]
    pub fn through(&self, provider: Provider) -> Self {
        Self { provider: Some(provider), office: None, own_office: false, ..self.clone() }
    }

    /// An invitation of the one would be one of the other.
    pub fn has_same_values(&self, other: &Self) -> bool {
        let values = |it: &Self| {
            let Self { provider, inn, kpp, name, email, office, .. } = it.clone();
            (provider, inn, kpp, name, email, office)
        };
        !self.is_empty() && self.pending_choices.is_empty() && values(self) == values(other)
    }

    /// A draft without any typed value is not worth keeping.
    pub fn is_empty(&self) -> bool {
        self.inn.is_none()
            && self.kpp.is_none()
            && self.name.is_none()
            && self.email.is_none()
            && self.pending_choices.is_empty()
    }
}

impl From<&Recipient> for Draft {
    fn from(recipient: &Recipient) -> Self {
        let email = Some(recipient.email().clone());
        match recipient {
            Recipient::Invoicebox { .. } => {
                Self { provider: Some(Provider::Invoicebox), email, ..Self::default() }
            }
            Recipient::Sbis(company) => Self {
                provider: Some(Provider::Sbis),
                inn: Some(company.inn.clone()),
                kpp: company.kpp.clone(),
                name: Some(company.name.clone()),
                email,
                office: Some(company.office.clone().map_or(Office::Without, Office::Code)),
                ..Self::default()
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use requisites::Choice;

    fn filled(provider: Provider, answers: &[(Field, &str)]) -> Draft {
        let mut draft = Draft { provider: Some(provider), ..Draft::default() };
        for (field, text) in answers {
            draft.set_from_text(*field, text).unwrap();
        }
        draft
    }

    const CHAIKA: [(Field, &str); 5] = [
        (Field::Inn, "1215107651"),
        (Field::Kpp, "121501001"),
        (Field::Name, "Детский сад Чайка"),
        (Field::Email, "iam@mail.ru"),
        (Field::Office, "7705"),
    ];

    #[test]
    fn the_next_question_is_the_first_missing_field() {
        assert_eq!(Draft::default().missing(), Some(Field::Provider));
        for asked in 0..CHAIKA.len() {
            let draft = filled(Provider::Sbis, &CHAIKA[..asked]);
            assert_eq!(draft.missing(), Some(CHAIKA[asked].0));
            assert_eq!(draft.finish(), Err(CHAIKA[asked].0));
        }
        assert_eq!(filled(Provider::Sbis, &CHAIKA).missing(), None);
    }

    #[test]
    fn a_choice_alone_is_not_worth_keeping() {
        assert!(Draft { provider: Some(Provider::Sbis), ..Draft::default() }.is_empty());
        assert!(filled(Provider::Sbis, &CHAIKA[4..]).is_empty(), "an office is a choice");
        for typed in &CHAIKA[..4] {
            assert!(!filled(Provider::Sbis, &[*typed]).is_empty(), "{:?}", typed.0);
        }
    }

    #[test]
    fn a_person_has_no_kpp_even_after_an_edit() {
        let mut draft = filled(Provider::Sbis, &CHAIKA);
        draft.set_from_text(Field::Inn, "500100732259").unwrap();
        assert_eq!(draft.to_reconfirm, [Field::Name], "no КПП, no doubt about it");
        draft.settle(Field::Name);
        assert_eq!((draft.kpp.clone(), draft.missing()), (None, None));
        draft.set_from_text(Field::Inn, "1215107651").unwrap();
        assert_eq!(draft.missing(), Some(Field::Kpp));
    }

    #[test]
    fn a_choice_of_kpp_is_open_until_it_is_a_person() {
        let mut draft = Draft { provider: Some(Provider::Sbis), ..Draft::default() };
        let choice = |kpp| Choice { value: Kpp::parse(kpp).unwrap(), correction: None };
        draft.offer_choices(Choices::Kpp(["121501001", "540602001"].map(choice).to_vec()));
        draft.set_from_text(Field::Inn, "1215107651").unwrap();
        assert!(draft.choices(Field::Kpp).is_some(), "no other organisation than before");
        draft.set_from_text(Field::Inn, "500100732259").unwrap();
        assert!(draft.choices(Field::Kpp).is_none());
    }

    #[test]
    fn another_number_casts_doubt_on_what_belonged_to_the_first() {
        let mut draft = filled(Provider::Sbis, &CHAIKA);
        draft.set_from_text(Field::Inn, "1215107651").unwrap();
        assert_eq!(draft.missing(), None, "the same number");
        draft.set_from_text(Field::Inn, "7707083893").unwrap();
        assert_eq!((draft.missing(), draft.finish()), (Some(Field::Kpp), Err(Field::Kpp)));
        draft.settle(Field::Kpp);
        assert_eq!(draft.missing(), Some(Field::Name));
        draft.set_from_text(Field::Name, "ПАО").unwrap();
        assert_eq!(draft.missing(), None);
        draft.set_from_text(Field::Inn, "7736050003/773601001").unwrap();
        assert_eq!(draft.missing(), Some(Field::Name), "the КПП came along");
    }

    #[test]
    fn an_error_changes_nothing() {
        let mut draft = filled(Provider::Sbis, &CHAIKA);
        let before = draft.clone();
        for field in
            [Field::Provider, Field::Inn, Field::Kpp, Field::Name, Field::Email, Field::Office]
        {
            assert!(draft.set_from_text(field, "«»").is_err());
        }
        assert_eq!(draft, before);
    }

    #[test]
    fn a_recipient_becomes_the_same_draft_again() {
        for draft in [
            filled(Provider::Sbis, &CHAIKA),
            filled(Provider::Invoicebox, &[(Field::Email, "iam@mail.ru")]),
        ] {
            assert_eq!(Draft::from(&draft.finish().unwrap()), draft);
        }
    }
}
