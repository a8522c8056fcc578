//! What `/cancel` says where there is no draft: of what was confirmed already.

use super::draft::not_stopped_toast;
use super::html::html;
use super::press::CardAct;
use super::status::{button_label, card_press, recipient_line, result_word, unsent};
use super::{Screen, button, screen};
use crate::domain::{Invitation, State};

/// The words that mean the command.
pub fn is_meant(text: &str) -> bool {
    let word = text.trim().trim_end_matches(['.', '!']).to_lowercase();
    matches!(word.as_str(), "стоп" | "стой" | "отмена" | "отменить")
}

/// Of what is named, nothing is stopped.
pub fn without_words() -> Screen {
    let text = html!(
        "/cancel пишется без слов: закрывает черновик или останавливает то, что ещё не ушло. Ничего не сделано. Остановить другое можно на его карточке: /status и номер."
    );
    screen(text, vec![])
}

pub fn stopped(invitation: &Invitation) -> Screen {
    let text = html!(
        "✋ №{}: <b>остановлено</b>. {}\n{}",
        invitation.number,
        unsent(invitation),
        recipient_line(&invitation.recipient)
    );
    let act = if invitation.maybe_sent_before { CardAct::OpenBelow } else { CardAct::Copy };
    screen(text, vec![vec![button(button_label(invitation, act), card_press(invitation, act))]])
}

/// Which of those that wait is to be stopped.
pub fn which(waiting: &[Invitation]) -> Screen {
    let mut text = html!("Что не отправлять? Черновика нет, а эти приглашения ещё ждут отправки:");
    let mut rows = Vec::new();
    for invitation in waiting {
        let number = invitation.number;
        text = html!("{}\n№{} {}", text, number, recipient_line(&invitation.recipient));
        rows.push(vec![button(
            format!("✋ Не отправлять №{number}"),
            card_press(invitation, CardAct::Cancel),
        )]);
    }
    screen(text, rows)
}

/// It has gone, or goes just now.
pub fn too_late(invitation: &Invitation) -> Screen {
    let number = invitation.number;
    let word = result_word(invitation.state.result_word());
    let what = match invitation.state {
        State::Sending => html!("{}", not_stopped_toast(number, State::Sending)),
        State::Accepted | State::ConfirmedSent | State::Unknown => {
            html!("№{} уже не остановить: {}. Отправленное не отзывается.", number, word)
        }
        _ => html!("Останавливать нечего: №{} — {}.", number, word),
    };
    let text = html!("{}\n{}", what, recipient_line(&invitation.recipient));
    screen(text, vec![vec![button("🔎 Открыть", card_press(invitation, CardAct::OpenBelow))]])
}
