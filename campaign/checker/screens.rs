//! I5: what people saw had been committed before, and the last thing they see is true.

use super::{Case, Found, add, calls};
use crate::logs::Invitation;

/// What a text says of an invitation.
struct Said {
    number: i64,
    /// The states, as the journal writes them, of which one must have been.
    states: &'static [&'static str],
    /// Whether it is a card that somebody opened, not the message that the bot keeps true.
    opened: bool,
}

/// The result words of the screens and the states behind them. A longer word comes before one
/// that it contains.
const WORDS: [(&str, &[&str]); 8] = [
    ("отправляю", &["queued", "sending"]),
    ("в очереди", &["queued", "held", "sending"]),
    ("не отправлено", &["not_sent", "cancelled", "confirmed_not_sent"]),
    ("уже клиент", &["rejected:already_client"]),
    ("отказ", &["rejected:data", "rejected:other"]),
    ("принято", &["accepted", "confirmed_sent"]),
    ("неизвестно", &["unknown"]),
    ("в работе", &["queued"]),
];

/// Reads `… №12: word …` and `№12 · provider · word` at the beginning of a text.
fn said(text: &str) -> Option<Said> {
    let line = text.lines().next()?;
    let (before, rest) = line.split_once('№')?;
    // A screen that names an invitation in passing says nothing of how it stands.
    if before.chars().any(char::is_alphanumeric) {
        return None;
    }
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let rest = rest.strip_prefix(&digits)?;
    let opened = !rest.starts_with(": ");
    let word = rest.strip_prefix(": ").or_else(|| rest.split(" · ").nth(2))?;
    let (_, states) = WORDS.iter().find(|(known, _)| word.starts_with(known))?;
    Some(Said { number: digits.parse().ok()?, states, opened })
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
        if !case.states(said.number).any(|state| said.states.contains(&state)) {
            add(found, "I5", format!("«{first}», and it never was"));
        }
        if !calls::names(&seen.text, &invitation.email) {
            add(found, "I5", format!("«{first}» shows the data of another invitation"));
        }
    }
    for pressed in &case.logs.pressed {
        let Some(toast) = &pressed.toast else { continue };
        let Some(said) = said(toast) else { continue };
        if !case.states(said.number).any(|state| said.states.contains(&state)) {
            add(found, "I5", format!("«{toast}», and it never was"));
        }
    }
}

/// The message that an author follows says how the invitation stands, once all is told. A card
/// that the author opened there meanwhile is as of then, and another invitation that goes on
/// there is judged by itself. Who lost the access for a while was not told in that time.
pub fn the_last_word_is_true(case: &Case<'_>, found: &mut Found) {
    let ever_revoked = |person: i64| {
        let subject = person.to_string();
        let mut journal = case.db().journal.iter();
        journal.any(|row| row.action == "revoke" && row.subject.as_ref() == Some(&subject))
    };
    for invitation in &case.db().invitations {
        if ever_revoked(invitation.author) || invitation.told_seq < invitation.seq {
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
        if !said.states.contains(&word.as_str()) {
            let first = text.lines().next().unwrap_or_default();
            add(found, "I5", format!("№{number} is {word}, and «{first}» is shown"));
        }
    }
}

fn word(invitation: &Invitation) -> String {
    match &invitation.refusal {
        Some(refusal) => format!("{}:{refusal}", invitation.state),
        None => invitation.state.clone(),
    }
}
