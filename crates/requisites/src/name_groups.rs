//! The names of a message, each with all its spellings.

use crate::find_names::NameMatch;
use crate::findings::Choice;
use crate::legal_forms::{ComparableName, legal_form_at};
use crate::matches::{Match, MatchKind, NameSource};
use crate::name::CompanyName;

pub(crate) struct NameGroup<'a> {
    pub spellings: Vec<(&'a NameMatch, NameSource)>,
    pub of_bank: bool,
    pub in_signature: bool,
    pub first_at: usize,
    pub line: usize,
}

pub(crate) fn name_groups(matches: &[Match]) -> Vec<NameGroup<'_>> {
    let mut groups: Vec<NameGroup<'_>> = Vec::new();
    for (first_at, one) in matches.iter().enumerate() {
        let MatchKind::Name { name, source } = &one.kind else { continue };
        let last = groups.len().saturating_sub(1);
        let same = groups.iter_mut().enumerate().find_map(|(index, group)| {
            let goes_on = index == last && (group.completes(*source) || group.is_explained(name));
            (group.is_of(&name.comparable) || goes_on).then_some(group)
        });
        match same {
            Some(group) => {
                group.spellings.push((name, *source));
                group.of_bank &= one.of_bank;
                group.in_signature &= one.in_signature;
                group.line = group.line.min(one.line);
            }
            None => groups.push(NameGroup {
                spellings: vec![(name, *source)],
                of_bank: one.of_bank,
                in_signature: one.in_signature,
                first_at,
                line: one.line,
            }),
        }
    }
    groups
}

impl NameGroup<'_> {
    fn is_of(&self, comparable: &ComparableName) -> bool {
        self.spellings.iter().any(|(name, _)| name.comparable.is_same(comparable))
    }

    /// A labelled full name and a labelled short one in a row are of one company.
    fn completes(&self, source: NameSource) -> bool {
        use NameSource::{FullNameLabel, ShortNameLabel};
        matches!(
            (self.spellings.as_slice(), source),
            ([(_, FullNameLabel)], ShortNameLabel) | ([(_, ShortNameLabel)], FullNameLabel)
        )
    }

    /// «Общество с ограниченной ответственностью … (ООО …)».
    fn is_explained(&self, name: &NameMatch) -> bool {
        let [(full, _)] = self.spellings.as_slice() else { return false };
        let full = full.as_written();
        name.bracketed
            && legal_form_at(full).is_some()
            && full.split(' ').next().is_some_and(|word| word.len() > 10)
    }

    pub fn is_of_client(&self) -> bool {
        !self.of_bank && !self.only_person_label()
    }

    pub fn only_person_label(&self) -> bool {
        self.spellings.iter().all(|(_, source)| *source == NameSource::PersonLabel)
    }

    fn only_guess(&self) -> bool {
        self.spellings.iter().all(|(_, source)| *source == NameSource::Guess)
    }

    pub fn is_labelled(&self) -> bool {
        let unlabelled = [NameSource::Unlabelled, NameSource::PersonLabel];
        self.spellings.iter().any(|(_, source)| !unlabelled.contains(source))
    }

    pub fn is_certain(&self) -> bool {
        !self.only_person_label() && !self.only_guess() && self.best().is_some_and(|it| it.certain)
    }

    pub fn is_likely(&self) -> bool {
        self.best().is_some_and(|name| name.likely)
    }

    /// The spelling to show: certain, labelled short, with a short form, with most full words.
    fn best(&self) -> Option<&NameMatch> {
        let worth = |(name, source): &(&NameMatch, NameSource)| {
            let form = legal_form_at(name.as_written());
            let short_form = form.map(|form| form.length < 20);
            let words = name.comparable.words.iter().filter(|word| word.chars().count() > 1);
            (name.certain, *source == NameSource::ShortNameLabel, short_form, words.count())
        };
        // `max_by_key` returns the last of equals, and the first is wanted.
        let best = self.spellings.iter().rev().max_by_key(|spelling| worth(spelling));
        best.map(|(name, _)| *name)
    }

    pub fn choices(&self) -> Vec<Choice<CompanyName>> {
        self.best().map_or_else(Vec::new, |name| name.choices.clone())
    }
}
