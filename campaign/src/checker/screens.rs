//! I5: what people saw had been committed before, and the last thing they see is true.

use super::{Case, Found, add, calls};
use crate::logs::Invitation;

/// What a text says of an invitation.
struct Said<'a> {
    number: i64,
    /// The words that say how it stands.
    word: &'a str,
    /// The states, as the journal writes them, of which one must have been; none for words that
    /// say nothing of it. `None`: nobody knows these words.
    states: Option<&'static [&'static str]>,
    /// Whether it is a card that somebody opened, not the message that the bot keeps true.
    opened: bool,
}

/// The words of the screens and the states behind them. Longer words come before those that they
/// begin with.
const WORDS: [(&str, &[&str]); 18] = [
    ("отправляю", &["queued", "sending"]),
    ("отправлю через", &["queued"]),
    ("останавливать нечего", &[]),
    ("повтор не отправлен", &[]),
    ("в очереди", &["queued", "held", "sending"]),
    // To take a repeat back leaves the doubt that was before.
    ("не отправляю", &["cancelled", "unknown"]),
    ("не отправлено", &["not_sent", "cancelled", "confirmed_not_sent"]),
    // A repeat that is taken back leaves unknown what was unknown.
    ("остановлено", &["cancelled", "unknown"]),
    ("уже клиент", &["rejected:already_client"]),
    ("отказ", &["rejected:data", "rejected:other"]),
    ("принято", &["accepted", "confirmed_sent"]),
    ("неизвестно", &["unknown"]),
    ("всё ещё неизвестно", &["unknown"]),
    ("отмечено, письмо дошло", &["confirmed_sent"]),
    ("отмечено, письма нет", &["confirmed_not_sent"]),
    ("в работе", &["queued"]),
    ("отправить ещё раз", &[]),
    (" — карточка ниже", &[]),
];

/// Reads `… №12: word …` and `№12 · provider · word` at the beginning of a text.
fn said(text: &str) -> Option<Said<'_>> {
    let line = text.lines().next()?;
    let (before, rest) = line.split_once('№')?;
    // A screen that names an invitation in passing says nothing of how it stands.
    if before.chars().any(char::is_alphanumeric) {
        return None;
    }
    let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    let (number, rest) = rest.split_at_checked(digits)?;
    let elsewhere = rest.starts_with(" — ").then_some(rest);
    let opened = elsewhere.is_none() && !rest.starts_with(": ");
    let word = rest.strip_prefix(": ").or(elsewhere).or_else(|| rest.split(" · ").nth(2))?;
    let known = WORDS.iter().find(|(known, _)| word.starts_with(known));
    let states = known.map(|(_, states)| *states);
    Some(Said { number: number.parse().ok()?, word, states, opened })
}

/// The invitation that a text speaks of, and the states of which it says that one must have been.
pub fn told(text: &str) -> Option<(i64, &'static [&'static str])> {
    let said = said(text)?;
    Some((said.number, said.states?))
}

/// Whether it says what stands in the journal.
fn is_true(case: &Case<'_>, said: &Said<'_>) -> bool {
    let states = |known: &[&str]| case.states(said.number).any(|state| known.contains(&state));
    said.states.is_some_and(|known| known.is_empty() || states(known))
}

/// I5: everything that a person saw of an invitation stands in the journal.
pub fn what_is_shown_was_committed(case: &Case<'_>, found: &mut Found) {
    for seen in &case.logs.seen {
        let Some(said) = said(&seen.text) else { continue };
        let first = seen.text.lines().next().unwrap_or_default();
        let Some(invitation) = case.invitation(said.number) else {
            add(found, "I5", format!("«{first}», and there is no such invitation"));
            continue;
        };
        if !is_true(case, &said) {
            add(found, "I5", format!("«{first}», and it never was"));
        }
        // The message of one that goes on elsewhere names nobody.
        let names = !said.word.starts_with(" — карточка ниже");
        if names && !calls::names(&seen.text, &invitation.email) {
            add(found, "I5", format!("«{first}» shows the data of another invitation"));
        }
    }
    for pressed in &case.logs.pressed {
        let Some(toast) = &pressed.toast else { continue };
        let Some(said) = said(toast) else { continue };
        if !is_true(case, &said) {
            add(found, "I5", format!("«{toast}», and it never was"));
        }
    }
}

/// The message that an author follows says how the invitation stands, once all is told. A card
/// that the author opened there meanwhile is as of then, and another invitation that goes on
/// there is judged by itself. Who lost the access for a while was not told in that time.
pub fn the_last_word_is_true(case: &Case<'_>, found: &mut Found) {
    for invitation in &case.db().invitations {
        if ever_revoked(case, invitation.author) || invitation.notified_version < invitation.version
        {
            continue;
        }
        let number = invitation.number;
        let Some(message) = invitation.status_message else {
            add(found, "I5", format!("№{number}: told, and no message"));
            continue;
        };
        let shown = case.logs.seen.iter().find(|seen| seen.now && seen.message == message);
        let text = shown.map(|shown| shown.text.as_str()).unwrap_or_default();
        let Some(said) = said(text).filter(|said| said.number == number && !said.opened) else {
            continue;
        };
        let word = word(invitation);
        let fits = |states: &[&str]| states.is_empty() || states.contains(&word.as_str());
        if !said.states.is_some_and(fits) {
            let first = text.lines().next().unwrap_or_default();
            add(found, "I5", format!("№{number} is {word}, and «{first}» is shown"));
        }
    }
}

/// A bad result that the bot found is told by a new message too, for an edit makes no sound.
pub fn a_bad_result_rings(case: &Case<'_>, found: &mut Found) {
    const BAD: [&str; 4] = ["unknown", "not_sent", "rejected:data", "rejected:other"];
    for invitation in &case.db().invitations {
        let (number, word) = (invitation.number, word(invitation));
        let mut rows = case.db().journal.iter().rev();
        let last = rows.find(|row| row.invitation == Some(number) && row.action == "state");
        let by_bot = last.is_some_and(|row| row.actor.is_none());
        if !BAD.contains(&word.as_str())
            || !by_bot
            || ever_revoked(case, invitation.author)
            || invitation.notified_version < invitation.version
        {
            continue;
        }
        // A status message that could not be edited is sent anew, and rings by itself.
        let came_so = |message: i64, text: &str| {
            let mut shown = case.logs.seen.iter().filter(|seen| seen.message == message);
            shown.next().is_some_and(|first| first.text == text)
        };
        let rung = case.logs.seen.iter().any(|seen| {
            (Some(seen.message) != invitation.status_message || came_so(seen.message, &seen.text))
                && said(&seen.text).is_some_and(|said| {
                    let states = said.states.unwrap_or_default();
                    said.number == number && !said.opened && states.contains(&word.as_str())
                })
        });
        if !rung {
            add(found, "I6", format!("№{number} is {word}, and nothing rang"));
        }
    }
}

fn ever_revoked(case: &Case<'_>, person: i64) -> bool {
    let mut journal = case.db().journal.iter();
    journal.any(|row| row.action == "revoke" && row.person == Some(person))
}

fn word(invitation: &Invitation) -> String {
    match &invitation.refusal {
        Some(refusal) => format!("{}:{refusal}", invitation.state),
        None => invitation.state.clone(),
    }
}
