//! What came of an invitation, as a short message that rings: the card above it says the rest.

use super::html::{Html, html, quote};
use super::press::CardAct;
use super::status::{
    action_buttons, card_press, recipient_line, unsent, why_not_sent, without_field_names,
};
use super::{Screen, button, name, screen, you_or_name};
use crate::domain::{Invitation, Refusal, State, Viewer};

/// In characters after escaping.
const ANSWER_MAX: usize = 200;

/// `None`: there is no result yet.
pub fn result(invitation: &Invitation, viewer: &Viewer) -> Option<Screen> {
    let (number, unsent) = (invitation.number, unsent(invitation));
    let by = || {
        let by = invitation.changed_by.as_ref();
        by.map_or_else(String::new, |by| you_or_name(viewer, by))
    };
    let what = match invitation.state {
        State::Queued | State::Held | State::Sending => return None,
        State::Accepted => html!("✅ №{}: <b>принято</b>", number),
        State::ConfirmedSent => {
            html!("✅ №{}: <b>принято</b> — письмо дошло, отмечено: {}", number, by())
        }
        State::ConfirmedNotSent => {
            html!("📭 №{}: <b>не отправлено</b> — письма у клиента нет, отмечено: {}", number, by())
        }
        State::Cancelled => html!("❌ №{}: <b>не отправлено</b> — отменено: {}", number, by()),
        State::Rejected(Refusal::AlreadyClient) => {
            html!("ℹ️ №{}: <b>уже клиент</b>. {}", number, unsent)
        }
        State::Rejected(_) => html!("❌ №{}: <b>отказ</b>. {}{}", number, unsent, said(invitation)),
        State::NotSent => {
            let why = why_not_sent(invitation);
            html!("📡 №{}: <b>не отправлено</b>. {} {}", number, why, unsent)
        }
        State::Unknown => {
            html!("⚠️ №{}: <b>неизвестно</b>, ушло ли письмо. Спросите клиента и отметьте.", number)
        }
    };
    let mut text = html!("{}\n{}", what, recipient_line(&invitation.recipient));
    if invitation.author.id != viewer.me.id {
        text = html!("{}\nАвтор: {}", text, name(&invitation.author));
    }
    let mut rows = action_buttons(invitation, viewer.role);
    rows.push(vec![button("🔎 Открыть", card_press(invitation, CardAct::OpenBelow))]);
    Some(screen(text, rows))
}

fn said(refused: &Invitation) -> Html {
    match refused.last.as_ref().and_then(|last| last.message.as_deref()) {
        Some(said) => {
            html!("\nОтвет сервиса: {}", quote(&without_field_names(said), ANSWER_MAX))
        }
        None => Html::default(),
    }
}
