//! The ИНН and КПП of a message, each once.

use crate::findings::{Choice, InvalidValue, ValueError};
use crate::inn::Inn;
use crate::kpp::Kpp;
use crate::matches::{Confidence, Match, MatchKind};

pub(crate) struct InnGroup {
    pub choice: Choice<Inn>,
    pub confidence: Confidence,
    pub of_bank: bool,
    pub first_at: usize,
}

pub(crate) fn inn_groups(matches: &[Match]) -> Vec<InnGroup> {
    let mut groups: Vec<InnGroup> = Vec::new();
    for (first_at, one) in matches.iter().enumerate() {
        let MatchKind::Inn { choice, confidence } = &one.kind else { continue };
        let is_beside = |other: &Match| {
            other.line == one.line
                && !matches!(other.kind, MatchKind::Inn { .. } | MatchKind::Invalid(_))
        };
        let confidence = match confidence {
            // A number in a table of something else.
            Confidence::Positioned if one.in_table && !matches.iter().any(is_beside) => {
                Confidence::ChecksumOnly
            }
            confidence => *confidence,
        };
        match groups.iter_mut().find(|group| group.choice.value == choice.value) {
            Some(group) => {
                group.confidence = group.confidence.max(confidence);
                group.of_bank &= one.of_bank;
                if choice.correction.is_none() {
                    group.choice.correction = None;
                }
            }
            None => {
                let (choice, of_bank) = (choice.clone(), one.of_bank);
                groups.push(InnGroup { choice, confidence, of_bank, first_at });
            }
        }
    }
    groups
}

pub(crate) fn client_kpps(matches: &[Match]) -> Vec<Choice<Kpp>> {
    distinct_kpps(matches.iter().filter(|one| !one.of_bank))
}

pub(crate) fn distinct_kpps<'a>(matches: impl Iterator<Item = &'a Match>) -> Vec<Choice<Kpp>> {
    let mut found: Vec<Choice<Kpp>> = Vec::new();
    for one in matches {
        if let MatchKind::Kpp { choice, .. } = &one.kind
            && !found.iter().any(|other| other.value == choice.value)
        {
            found.push(choice.clone());
        }
    }
    found
}

pub(crate) fn all_kpps_certain(matches: &[Match]) -> bool {
    matches.iter().filter(|one| !one.of_bank).all(|one| match &one.kind {
        MatchKind::Kpp { certain, .. } => *certain,
        MatchKind::Invalid(invalid) => !matches!(invalid.error, ValueError::Kpp(_)),
        _ => true,
    })
}

pub(crate) fn invalid_values(matches: &[Match]) -> impl Iterator<Item = &InvalidValue> {
    matches.iter().filter_map(|one| match &one.kind {
        MatchKind::Invalid(invalid) => Some(invalid),
        _ => None,
    })
}
