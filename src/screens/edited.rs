//! What is said of an edited message that changes nothing.

use super::html::html;
use super::press::CardAct;
use super::status::{button_label, card_press, offers, recipient_line, result_word};
use super::{Screen, button, plain, screen};
use crate::domain::{Invitation, Role};

pub fn command() -> Screen {
    plain("Исправленные команды не выполняю. Пришлите команду новым сообщением.")
}

/// Its first words led to nothing that is still open.
pub fn unused() -> Screen {
    plain("✏️ Это сообщение я уже не перечитываю. Пришлите исправленное новым сообщением.")
}

/// An invitation was made of its first words.
pub fn too_late(made: &Invitation, role: Role) -> Screen {
    let number = made.number;
    let line = recipient_line(&made.recipient);
    if offers(made, role, CardAct::Cancel) {
        let text = html!(
            "✏️ Правку не учёл: №{} подтверждено с прежними данными.\n{}\nЧтобы исправить, нажмите кнопку ниже, потом «Вернуть в черновик».",
            number,
            line
        );
        let stop = button(button_label(made, CardAct::Cancel), card_press(made, CardAct::Cancel));
        return screen(text, vec![vec![stop]]);
    }
    let word = result_word(made.state.result_word());
    let text = html!("✏️ Правку не учёл: №{} — {}.\n{}", number, word, line);
    screen(text, vec![vec![button("🔎 Открыть", card_press(made, CardAct::OpenBelow))]])
}
