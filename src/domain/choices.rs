//! What a message brings into a draft: certain values are filled in, others stay open as choices.

use requisites::{
    Choice, CompanyName, Email, Finding, Inn, Kpp, PartyRequisites, Requisites, ValueError,
};
use serde::{Deserialize, Serialize};

use super::{Draft, Field, Provider};

/// Values to choose from; never empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Choices {
    Party(Vec<PartyRequisites>),
    Inn(Vec<Choice<Inn>>),
    Kpp(Vec<Choice<Kpp>>),
    Name(Vec<Choice<CompanyName>>),
    Email(Vec<Choice<Email>>),
}

impl Choices {
    /// More are a list of clients, not a card of one.
    pub const MAX: usize = 6;

    /// A whole organisation stands in the place of its ИНН.
    pub fn field(&self) -> Field {
        match self {
            Self::Party(_) | Self::Inn(_) => Field::Inn,
            Self::Kpp(_) => Field::Kpp,
            Self::Name(_) => Field::Name,
            Self::Email(_) => Field::Email,
        }
    }

    pub fn count(&self) -> usize {
        match self {
            Self::Party(all) => all.len(),
            Self::Inn(all) => all.len(),
            Self::Kpp(all) => all.len(),
            Self::Name(all) => all.len(),
            Self::Email(all) => all.len(),
        }
    }

    fn inns(&self) -> Vec<&Inn> {
        match self {
            Self::Party(parties) => parties.iter().flat_map(inns).collect(),
            Self::Inn(choices) => choices.iter().map(|choice| &choice.value).collect(),
            Self::Kpp(_) | Self::Name(_) | Self::Email(_) => Vec::new(),
        }
    }

    fn cut(mut self) -> Self {
        match &mut self {
            Self::Party(all) => all.truncate(Self::MAX),
            Self::Inn(all) => all.truncate(Self::MAX),
            Self::Kpp(all) => all.truncate(Self::MAX),
            Self::Name(all) => all.truncate(Self::MAX),
            Self::Email(all) => all.truncate(Self::MAX),
        }
        self
    }
}

fn inns(party: &PartyRequisites) -> impl Iterator<Item = &Inn> {
    party.inn.certain().into_iter().chain(party.inn.choices().iter().map(|choice| &choice.value))
}

impl Field {
    pub fn found_in(read: &Requisites) -> Vec<Self> {
        let any = |found: fn(&PartyRequisites) -> bool| read.parties.iter().any(found);
        let found = [
            (Self::Inn, any(|party| !party.inn.is_missing())),
            (Self::Kpp, any(|party| !party.kpp.is_missing())),
            (Self::Name, any(|party| !party.name.is_missing())),
            (Self::Email, !read.email.is_missing()),
        ];
        found.into_iter().filter(|(_, found)| *found).map(|(field, _)| field).collect()
    }
}

impl Draft {
    pub fn choices(&self, field: Field) -> Option<&Choices> {
        self.pending_choices.iter().find(|open| open.field() == field)
    }

    /// The first open choice. Stop-list and repeats need the client with Invoicebox, too.
    pub fn undecided(&self) -> Option<Field> {
        let fields = match self.provider {
            None if self.choices(Field::Inn).is_none() => &[Field::Email],
            Some(Provider::Invoicebox) => &[Field::Inn, Field::Email][..],
            _ => self.fields(),
        };
        fields.iter().copied().find(|field| self.choices(*field).is_some())
    }

    pub fn offer_choices(&mut self, open: Choices) {
        self.drop_choices(open.field());
        if open.count() > 0 {
            self.pending_choices.push(open.cut());
        }
    }

    pub fn drop_choices(&mut self, field: Field) {
        self.pending_choices.retain(|open| open.field() != field);
    }

    pub fn choose(&mut self, field: Field, index: usize) -> bool {
        let Some(open) = self.choices(field).cloned() else { return false };
        match open {
            Choices::Party(parties) => match parties.get(index) {
                Some(party) => {
                    self.drop_choices(field);
                    self.apply_party(party);
                }
                None => return false,
            },
            Choices::Inn(choices) => match choices.get(index) {
                Some(choice) => self.set_inn(choice.value.clone(), None),
                None => return false,
            },
            Choices::Kpp(choices) => match choices.get(index) {
                Some(choice) => self.kpp = Some(choice.value.clone()),
                None => return false,
            },
            Choices::Name(choices) => match choices.get(index) {
                Some(choice) => self.name = Some(choice.value.clone()),
                None => return false,
            },
            Choices::Email(choices) => match choices.get(index) {
                Some(choice) => self.email = Some(choice.value.clone()),
                None => return false,
            },
        }
        self.settle(field);
        true
    }

    pub fn apply_message(&mut self, read: &Requisites) {
        match read.parties.as_slice() {
            [] => {}
            [party] => self.apply_party(party),
            several => self.offer_choices(Choices::Party(several.to_vec())),
        }
        match &read.email {
            Finding::Certain(email) => {
                self.email = Some(email.clone());
                self.settle(Field::Email);
            }
            Finding::Uncertain(choices) => self.offer_choices(Choices::Email(choices.clone())),
            Finding::Missing => {}
        }
    }

    fn apply_party(&mut self, party: &PartyRequisites) {
        match &party.inn {
            Finding::Certain(inn) => self.set_inn(inn.clone(), None),
            Finding::Uncertain(choices) => self.offer_choices(Choices::Inn(choices.clone())),
            Finding::Missing => {}
        }
        let organisation = self.inn.as_ref().is_none_or(Inn::is_organisation);
        match &party.kpp {
            Finding::Certain(kpp) if organisation => {
                self.kpp = Some(kpp.clone());
                self.settle(Field::Kpp);
            }
            Finding::Uncertain(choices) if organisation => {
                self.offer_choices(Choices::Kpp(choices.clone()))
            }
            _ => {}
        }
        match &party.name {
            Finding::Certain(name) => {
                self.name = Some(name.clone());
                self.settle(Field::Name);
            }
            Finding::Uncertain(choices) => self.offer_choices(Choices::Name(choices.clone())),
            Finding::Missing => {}
        }
        if let Finding::Certain(email) = &party.email {
            self.email = Some(email.clone());
            self.settle(Field::Email);
        }
    }

    /// Where one of these values came beside others that it had `before`, all are offered.
    pub fn ask_what_replaces(&mut self, before: &Self, fields: &[Field]) {
        let kpps = |draft: &Self| match draft.choices(Field::Kpp) {
            Some(Choices::Kpp(open)) => with(draft.kpp.as_ref(), open),
            _ => with(draft.kpp.as_ref(), &[]),
        };
        let names = |draft: &Self| match draft.choices(Field::Name) {
            Some(Choices::Name(open)) => with(draft.name.as_ref(), open),
            _ => with(draft.name.as_ref(), &[]),
        };
        let emails = |draft: &Self| match draft.choices(Field::Email) {
            Some(Choices::Email(open)) => with(draft.email.as_ref(), open),
            _ => with(draft.email.as_ref(), &[]),
        };
        let all = [
            Choices::Kpp(joined(kpps(before), kpps(self))),
            Choices::Name(joined(names(before), names(self))),
            Choices::Email(joined(emails(before), emails(self))),
        ];
        let several = |all: &Choices| all.count() > 1 && fields.contains(&all.field());
        all.into_iter().filter(several).for_each(|all| self.offer_choices(all));
    }

    /// Whether the message is about another client: it has another ИНН, or a new or wrong one
    /// beside another name, КПП or address, or no address where the draft is one, or no ИНН and
    /// another name with another КПП.
    pub fn is_of_another(&self, read: &Requisites) -> bool {
        let mut theirs = read.parties.iter().flat_map(inns);
        let own: Vec<&Inn> = self
            .inn
            .iter()
            .chain(self.choices(Field::Inn).into_iter().flat_map(Choices::inns))
            .collect();
        let misread =
            read.invalid.iter().any(|invalid| matches!(invalid.error, ValueError::Inn(_)));
        if misread && (self.is_called_otherwise(read) || self.is_elsewhere(read)) {
            return true;
        }
        if !own.is_empty() {
            let mut theirs = theirs.peekable();
            return match theirs.peek() {
                None => self.has_other_name(read) && self.is_elsewhere(read),
                Some(_) => theirs.any(|inn| !own.contains(&inn)),
            };
        }
        if theirs.next().is_none() {
            return false;
        }
        let is_address = self.provider == Some(Provider::Invoicebox) && self.email.is_some();
        read.parties.len() > 1 && self.name.is_some()
            || is_address && read.email.is_missing()
            || self.is_called_otherwise(read)
    }

    fn is_called_otherwise(&self, read: &Requisites) -> bool {
        let own = self.email.as_ref().map(Email::as_str);
        self.has_other_name(read) || differs(own, read.email.certain().map(Email::as_str))
    }

    /// A name that is asked about is another one, too.
    fn has_other_name(&self, read: &Requisites) -> bool {
        let Some(party) = read.parties.first() else { return false };
        let asked = party.name.choices().iter().map(|choice| &choice.value);
        let mut names = party.name.certain().into_iter().chain(asked).peekable();
        let own = self.name.as_ref().map(CompanyName::as_str);
        names.peek().is_some() && names.all(|name| differs(own, Some(name.as_str())))
    }

    /// Whether the КПП is another one than the draft's.
    fn is_elsewhere(&self, read: &Requisites) -> bool {
        let kpp = read.parties.first().and_then(|party| party.kpp.certain());
        let own = self.kpp.as_ref().map(Kpp::as_str);
        differs(own, kpp.map(Kpp::as_str))
    }
}

fn with<T: Clone>(value: Option<&T>, open: &[Choice<T>]) -> Vec<Choice<T>> {
    let certain = value.map(|value| Choice { value: value.clone(), correction: None });
    certain.into_iter().chain(open.iter().cloned()).collect()
}

fn joined<T: PartialEq>(mut before: Vec<Choice<T>>, now: Vec<Choice<T>>) -> Vec<Choice<T>> {
    for choice in now {
        if !before.iter().any(|known| known.value == choice.value) {
            before.push(choice);
        }
    }
    before
}

fn differs(own: Option<&str>, their: Option<&str>) -> bool {
    own.zip(their).is_some_and(|(own, their)| own.to_lowercase() != their.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::super::{Office, Provider};
    use super::*;
    use requisites::read;

    fn sbis(pasted: &[&str]) -> Draft {
        let mut draft = Draft { provider: Some(Provider::Sbis), ..Draft::default() };
        pasted.iter().for_each(|text| draft.apply_message(&read(text)));
        draft
    }

    const CARD: &str = "МБДОУ «Чайка»\nИНН/КПП 1215107651/121501001\niam@mail.ru";

    #[test]
    fn a_card_fills_all_that_it_names() {
        let mut draft = sbis(&[CARD]);
        assert_eq!((draft.missing(), draft.undecided()), (Some(Field::Office), None));
        draft.office = Some(Office::Without);
        draft.apply_message(&read("КПП 773601001"));
        draft.apply_message(&read("sad@mail.ru"));
        assert_eq!(draft.inn.as_ref().unwrap().as_str(), "1215107651");
        assert_eq!(draft.kpp.as_ref().unwrap().as_str(), "773601001");
        assert_eq!(draft.email.as_ref().unwrap().as_str(), "sad@mail.ru");
        assert!(draft.finish().is_ok());
    }

    #[test]
    fn what_is_left_open_is_missing_until_it_is_chosen() {
        let mut draft = sbis(&["ИНН 1215107651 КПП 121501001", "a@b.ru или c@d.ru"]);
        draft.set_from_text(Field::Name, "Чайка").unwrap();
        assert_eq!((draft.missing(), draft.undecided()), (Some(Field::Email), Some(Field::Email)));
        assert_eq!(draft.finish(), Err(Field::Email));
        assert!(!draft.choose(Field::Email, 2) && !draft.choose(Field::Name, 0));
        assert!(draft.choose(Field::Email, 1));
        assert_eq!(draft.email.as_ref().unwrap().as_str(), "c@d.ru");
        assert_eq!((draft.missing(), draft.pending_choices.len()), (Some(Field::Office), 0));
    }

    #[test]
    fn a_choice_is_open_although_the_field_has_a_value() {
        let mut draft = Draft { provider: Some(Provider::Invoicebox), ..Draft::default() };
        draft.apply_message(&read("iam@mail.ru"));
        assert!(draft.finish().is_ok());
        draft.apply_message(&read("a@b.ru или c@d.ru"));
        assert_eq!((draft.missing(), draft.finish()), (Some(Field::Email), Err(Field::Email)));
        draft.settle(Field::Email);
        assert_eq!(draft.email.as_ref().unwrap().as_str(), "iam@mail.ru");
        assert!(draft.finish().is_ok());
    }

    #[test]
    fn nothing_to_choose_from_is_no_choice() {
        let mut draft = sbis(&["a@b.ru или c@d.ru"]);
        draft.offer_choices(Choices::Email(vec![]));
        assert_eq!(draft.pending_choices, []);
    }

    #[test]
    fn a_person_is_given_no_kpp() {
        for text in ["КПП 121501001", "КПП 121501001 или КПП 540602001"] {
            let kept = |inn| {
                let draft = sbis(&[inn, text]);
                (draft.kpp.is_some(), draft.choices(Field::Kpp).is_some())
            };
            assert_eq!(kept("ИНН 500100732259"), (false, false), "{text}");
            assert_ne!(kept("ИНН 1215107651"), (false, false), "{text}");
        }
    }

    #[test]
    fn a_typed_answer_ends_the_choice() {
        let mut draft = sbis(&["a@b.ru или c@d.ru"]);
        draft.set_from_text(Field::Email, "iam@mail.ru").unwrap();
        assert_eq!(draft.pending_choices, []);
    }

    #[test]
    fn of_two_organisations_the_chosen_one_brings_its_own() {
        let both = "ООО «Ромашка» ИНН 7898141776 КПП 789801001\n\
                    ООО «Лютик» ИНН 2298152449 КПП 229801001";
        let mut draft = sbis(&[both]);
        assert_eq!((draft.undecided(), draft.inn.clone()), (Some(Field::Inn), None));
        assert!(draft.choose(Field::Inn, 1));
        assert_eq!(draft.inn.as_ref().unwrap().as_str(), "2298152449");
        assert_eq!(draft.kpp.as_ref().unwrap().as_str(), "229801001");
        assert_eq!(draft.name.as_ref().unwrap().as_str(), "ООО «Лютик»");
    }

    #[test]
    fn of_two_organisations_the_chosen_one_brings_its_own_address() {
        let both = "ООО «Ромашка» ИНН 7898141776 r@romashka.example\n\
                    ООО «Лютик» ИНН 2298152449 l@lutik.example";
        let mut draft = sbis(&[both]);
        assert!(draft.choose(Field::Inn, 1));
        assert_eq!(draft.email.as_ref().unwrap().as_str(), "l@lutik.example");
        assert_eq!(draft.choices(Field::Email), None);
    }

    #[test]
    fn who_the_client_is_is_asked_for_every_provider_and_the_rest_where_it_is_sent() {
        let mut draft = sbis(&["ИНН 7898141776, ИНН 2298152449"]);
        let name = |name| Choice { value: CompanyName::parse(name).unwrap(), correction: None };
        draft.offer_choices(Choices::Name(vec![name("Ромашка"), name("Лютик")]));
        draft.provider = Some(Provider::Invoicebox);
        assert_eq!((draft.undecided(), draft.finish()), (Some(Field::Inn), Err(Field::Inn)));
        assert!(draft.choose(Field::Inn, 1));
        assert_eq!((draft.undecided(), draft.missing()), (None, Some(Field::Email)));
    }

    #[test]
    fn another_client_is_told_from_more_of_the_same() {
        let other = "ООО «Лютик» ИНН 2298152449";
        let either = "ИНН 7898141776, ИНН 2298152449";
        let both = "ООО «Ромашка» ИНН 7898141776\nООО «Лютик» ИНН 2298152449";
        for (own, text, is) in [
            (&[CARD][..], other, true),
            (&[CARD], "2298152449", true),
            (&[CARD], "ИНН 1215107651 ИНН 2298152449", true),
            (&[CARD], CARD, false),
            (&[CARD], "ООО «Лютик», lutik@mail.ru", false),
            (&["iam@mail.ru"], CARD, false),
            (&["sad@mail.ru"], CARD, true),
            (&["sad@mail.ru"], other, false),
            (&[either], CARD, true),
            (&[either], other, false),
            (&["ООО «Ромашка»"], both, true),
            (&["ООО «Ромашка»"], other, true),
            (&[CARD], "ООО «Лютик» ИНН 2298152448", true),
            (&[CARD], "ООО «Лютик» ИНН 2298152448 КПП 229801001", true),
            (&[CARD], "ИНН 2298152448 КПП 229801001", true),
            (&[CARD], "ООО «Лютик»\nИНН уточню\nКПП 229801001", true),
            (&[CARD], "Лютик ООО, ИНН 22981Ж2449", true),
            (&[CARD], "Название: Лютик\nИНН 2298152", true),
            (&[CARD], "МБДОУ «Чайка» КПП 229801001", false),
            (&[CARD], "КПП 229801001", false),
            (&[CARD], "ИНН 1215107652, lutik@mail.ru", true),
            (&[CARD], "МБДОУ «Чайка» ИНН 1215107652", false),
            (&[CARD], "ИНН 2298152448", false),
            (&["ООО «Ромашка»"], "ООО «Лютик» ИНН 2298152448", true),
            (&["ООО «Ромашка»"], "ООО «Ромашка» ИНН 2298152448", false),
            (&["ООО «Лютик»"], other, false),
            (&[], CARD, false),
        ] {
            assert_eq!(sbis(own).is_of_another(&read(text)), is, "{own:?} {text}");
        }
    }
}
