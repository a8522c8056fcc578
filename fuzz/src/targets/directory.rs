//! Answers of both directories of organisations: the first line is the ИНН that was asked for, the
//! rest an answer as for Invoicebox. Whatever is read out of it is valid, about that ИНН, and can
//! be shown; an ИП keeps its address and its КПП to itself.

use invite_bot::dialogue::session::{DraftAct, Stage};
use invite_bot::directory::{LookupError, dadata, invoicebox};
use invite_bot::domain::{DraftLookup, Field, Inn, Lookup, Organisation, Provider, Source, tidy};
use invite_bot::providers::Response;
use invite_bot::screens::draft::stage;

use super::super::{answer, make, screen};

/// Looks at one input; panics where something does not hold.
pub fn look(bytes: &[u8]) {
    let Some(end) = bytes.iter().position(|&byte| byte == b'\n') else { return };
    let (asked, rest) = (&bytes[..end], &bytes[end + 1..]);
    let Some(inn) = std::str::from_utf8(asked).ok().and_then(|text| Inn::parse(text).ok()) else {
        return;
    };
    let Some(response) = answer::read(rest) else { return };
    for (source, said) in [
        (Source::DaData, dadata::read(&inn, &response)),
        (Source::Invoicebox, invoicebox::read(&inn, &response)),
    ] {
        judged(source, &response, &said);
        if let Ok(Some(found)) = said {
            assert_eq!((&found.inn, found.source), (&inn, source));
            is_well_formed(&found);
            can_be_shown(found, rest);
        }
    }
}

fn judged(source: Source, response: &Response, said: &Result<Option<Organisation>, LookupError>) {
    let is_read = (200..300).contains(&response.status) && answer::json(response).is_some();
    match (response.status, said) {
        (_, Ok(_)) => assert!(is_read, "{}", response.status),
        (401, Err(why)) => assert_eq!(*why, LookupError::Key),
        (403, Err(why)) if source == Source::DaData => assert_eq!(*why, LookupError::KeyOrQuota),
        (403, Err(why)) => assert_eq!(*why, LookupError::Key),
        (429, Err(why)) => assert!(matches!(why, LookupError::Busy(_))),
        (_, Err(why)) => assert_eq!(*why, LookupError::Down),
    }
}

fn is_well_formed(found: &Organisation) {
    let is_line = |text: &String| text.chars().count() <= 300 && tidy(text).trim() == text.trim();
    let branches = found.branches.iter().map(|branch| &branch.address);
    assert!(branches.chain([&found.address]).flatten().all(is_line));
    if !found.inn.is_organisation() {
        assert!(found.kpp.is_none() && found.address.is_none() && found.branches.is_empty());
    }
    let json = serde_json::to_string(found).unwrap();
    assert_eq!(serde_json::from_str::<Organisation>(&json).unwrap(), *found);
}

/// The card, every page of branches, the question of the КПП and the summary.
fn can_be_shown(found: Organisation, bytes: &[u8]) {
    let mut u = arbitrary::Unstructured::new(bytes);
    let (facts, mut draft) = (make::facts(&mut u).unwrap(), make::draft(&mut u).unwrap());
    let inn = found.inn.clone();
    let lookup = Lookup::Found(Box::new(found));
    draft.provider = Some(Provider::Sbis);
    draft.lookup = Some(DraftLookup { inn: inn.clone(), result: lookup, by_hand: false });
    draft.inn = Some(inn);
    let show = |at: Stage| {
        let shown = stage(&facts, &at);
        screen::check(&shown);
        shown
    };
    let organisation =
        |branches| Stage::Organisation { draft: draft.clone(), branches, editing: false };
    let card = show(organisation(None));
    assert!(
        screen::has(&card, &DraftAct::TakeFromRegistry) && screen::has(&card, &DraftAct::Cancel)
    );
    if screen::has(&card, &DraftAct::Branches(0)) {
        for page in 0..12 {
            show(organisation(Some(page)));
        }
    }
    show(Stage::Asking { draft: draft.clone(), field: Field::Kpp, editing: false });
    show(Stage::Reviewing { draft });
}
