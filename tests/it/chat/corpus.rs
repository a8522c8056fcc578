//! Every card of the corpus, sent where an address is asked for.

use invite_bot::dialogue::session::Stage;
use invite_bot::domain::{Draft, Email, Field, Provider};

use super::acts::{asking, sbis};
use super::player::Player;

#[path = "../../../crates/requisites/tests/corpus/load.rs"]
mod load;

use load::{Card, cards};

fn expected<'a>(card: &'a Card, field: &str) -> Option<&'a str> {
    card.expected.iter().find(|(known, _)| known == field).map(|(_, value)| value.as_str())
}

/// What is wrong with the address that is taken.
fn wrong_email(card: &Card, draft: &Draft) -> Option<String> {
    let taken = draft.email.as_ref().map(Email::as_str)?;
    let is_right = expected(card, "email").is_some_and(|right| right == taken);
    (!is_right).then(|| format!("{}: took {taken}", card.title))
}

#[test]
fn a_card_at_the_question_for_an_address_takes_no_wrong_one() {
    let mut player = Player::new();
    let mut wrong = Vec::new();
    for card in cards() {
        let draft = Draft { provider: Some(Provider::Invoicebox), ..Draft::default() };
        player.stands_at(&asking(draft, Field::Email));
        player.says(&card.message);
        wrong.extend(player.session().begun().and_then(|draft| wrong_email(&card, draft)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_card_of_another_client_at_that_question_leaves_the_draft_as_it_is() {
    let mut player = Player::new();
    let mut wrong = Vec::new();
    let begun = Draft { email: None, ..sbis() };
    for card in cards() {
        let named = ["inn", "inn?"].iter().any(|field| expected(&card, field).is_some());
        let misread = card.expected.contains(&("told".to_owned(), "inn".to_owned()));
        let own = expected(&card, "inn") == begun.inn.as_ref().map(|inn| inn.as_str());
        if own || !(named || misread) {
            continue;
        }
        player.stands_at(&asking(begun.clone(), Field::Email));
        player.says(&card.message);
        let session = player.session();
        let draft = session.begun().unwrap();
        let is_asked = matches!(session.draft, Some(Stage::ChoosingDraft { .. }));
        let is_kept =
            (&draft.inn, &draft.kpp, &draft.name) == (&begun.inn, &begun.kpp, &begun.name);
        if !is_kept || !(is_asked || draft.email.is_none() || misread) {
            wrong.push(format!("{}: {draft:?}", card.title));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
