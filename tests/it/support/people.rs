//! What people do in a story, and what they see. Whom they invite, too.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use invite_bot::domain::Provider;
use serde_json::Value;
use stand_ins::telegram::{Action, Message, Person, Press, Telegram};

use super::screen;

/// A person at a telephone.
#[derive(Clone)]
pub struct Someone {
    pub telegram: Telegram,
    pub person: Person,
    /// Every press of the story: each has to be answered.
    pub presses: Arc<Mutex<Vec<Press>>>,
    /// The chat of each person as it was before the last deed: what is seen came after it.
    pub before: Arc<Mutex<HashMap<i64, Vec<Message>>>>,
    pub chooses_provider: bool,
    pub names_office: bool,
}

impl Someone {
    /// Somebody in a world of both providers.
    pub fn new(telegram: Telegram, person: Person) -> Self {
        Self {
            telegram,
            person,
            presses: Arc::default(),
            before: Arc::default(),
            chooses_provider: true,
            names_office: true,
        }
    }

    // ------------------------------------------------------------------------- what they do

    pub fn says(&self, text: &str) -> Message {
        self.looks();
        self.telegram.says(&self.person, text)
    }

    pub fn replies(&self, to: &Message, text: &str) {
        self.looks();
        self.telegram.replies(&self.person, to.id, text);
    }

    /// Passes on somebody's words; `None` is an author who hides.
    pub fn forwards(&self, from: Option<&Person>, text: &str) -> Message {
        self.looks();
        self.telegram.forwards(&self.person, from, text)
    }

    pub fn shares_contact(&self, of: &Person) -> Message {
        self.looks();
        self.telegram.shares_contact(&self.person, of)
    }

    pub fn sends_sticker(&self) {
        self.looks();
        self.telegram.sends_sticker(&self.person);
    }

    /// Sends what is not text, in the words of the Bot API.
    pub fn sends(&self, content: Value) -> Message {
        self.looks();
        self.telegram.sends(&self.person, content)
    }

    /// Changes what they wrote.
    pub fn edits(&self, message: &Message, text: &str) {
        self.looks();
        self.telegram.edits(&self.person, message.id, text);
    }

    fn looks(&self) {
        let chat = self.chat();
        self.before.lock().unwrap().insert(self.person.id, chat);
    }

    // ------------------------------------------------------------------------ what they see

    /// Waits for a message of the bot that came, or was changed, since the person's last deed.
    pub async fn sees(&self, part: &str) -> Message {
        self.sees_one(part, |it| it.text.contains(part)).await
    }

    /// The same by a button that it has.
    pub async fn sees_button(&self, label: &str) -> Message {
        self.sees_one(label, |it| it.button(label).is_some()).await
    }

    async fn sees_one(&self, what: &str, fits: impl Fn(&Message) -> bool) -> Message {
        let before = self.before.lock().unwrap().get(&self.person.id).cloned().unwrap_or_default();
        // That an old card lost its buttons is nothing new.
        let is_new = |it: &Message| match before.iter().find(|old| old.id == it.id) {
            Some(old) => {
                old.text != it.text || (old.buttons != it.buttons && !it.buttons.is_empty())
            }
            None => true,
        };
        let found = |chat: &[Message]| {
            chat.iter().rev().find(|it| it.is_from_bot() && is_new(it) && fits(it)).cloned()
        };
        self.telegram
            .until(&self.person, &format!("something new with «{what}»"), found)
            .await
            .unwrap()
    }

    pub async fn asks(&self, text: &str, answer: &str) -> Message {
        self.says(text);
        self.sees(answer).await
    }

    /// `/allow … админ`, which asks before it makes somebody an admin.
    pub async fn makes_admin(&self, words: &str) -> Message {
        self.asks(words, "Точно сделать админом").await;
        self.presses("Да, сделать админом").await;
        self.sees("Роль изменена").await
    }

    /// Presses a button of the newest message that has it; what fades in over the chat then.
    pub async fn presses(&self, label: &str) -> String {
        let press = self.taps(label).await;
        press.answer().await.unwrap().text
    }

    /// Presses a button of this message, if it still has it.
    pub async fn presses_on(&self, message: &Message, label: &str) -> String {
        self.looks();
        let press = self.telegram.presses_on(&self.person, message.id, label).await.unwrap();
        self.presses.lock().unwrap().push(press.clone());
        press.answer().await.unwrap().text
    }

    /// Presses and does not wait.
    pub async fn taps(&self, label: &str) -> Press {
        self.looks();
        let press = self.telegram.presses(&self.person, label).await.unwrap();
        self.presses.lock().unwrap().push(press.clone());
        press
    }

    /// The same press once more, by an impatient finger.
    pub fn taps_again(&self, press: &Press) -> Press {
        self.looks();
        let press = press.again();
        self.presses.lock().unwrap().push(press.clone());
        press
    }

    /// A press of what no button on that message says.
    pub async fn forges(&self, message_id: i32, data: &str) -> String {
        self.looks();
        let press = self.telegram.presses_data(&self.person, message_id, data);
        self.presses.lock().unwrap().push(press.clone());
        press.answer().await.unwrap().text
    }

    pub fn chat(&self) -> Vec<Message> {
        self.telegram.chat(&self.person)
    }

    /// The messages of the bot that contain this.
    pub fn heard(&self, part: &str) -> Vec<Message> {
        self.chat().into_iter().filter(|it| it.is_from_bot() && it.text.contains(part)).collect()
    }

    /// How many messages of the bot said this at any time.
    pub fn ever_heard(&self, part: &str) -> usize {
        let said =
            |it: &Message| it.former.iter().chain([&it.text]).any(|text| text.contains(part));
        self.chat().iter().filter(|it| it.is_from_bot() && said(it)).count()
    }

    /// A message as it stands now.
    pub fn again(&self, message: &Message) -> Message {
        self.chat().into_iter().find(|it| it.id == message.id).unwrap()
    }

    /// The whole chat, without what differs between two runs.
    pub fn transcript(&self) -> String {
        screen::plain(&self.telegram.transcript(&self.person))
    }

    // -------------------------------------------------------------------- one invitation

    /// Answers every question up to the summary.
    pub async fn fills_in(&self, client: &Client) -> Message {
        self.says("/invite");
        if self.chooses_provider {
            self.sees("Куда приглашаем").await;
            self.presses(client.button()).await;
        }
        if client.provider == Provider::Sbis {
            self.sees("Пришлите ИНН").await;
            self.says(&format!("{}/{}", client.inn, client.kpp));
            // Where a directory knows the organisation, the name may be typed all the same.
            let asked = [
                "Пришлите название",
                "Это она?",
                "Всё равно приглашать?",
                "Что поставить в приглашение?",
            ];
            self.sees_one("the name", |it| asked.iter().any(|part| it.text.contains(part))).await;
            self.says(&client.name);
        }
        self.sees("На какой e-mail").await;
        self.says(&client.email);
        if client.provider == Provider::Sbis && self.names_office {
            self.sees("Код офиса").await;
            self.says("7705");
        }
        self.insists().await
    }

    /// Goes on to the summary although the recipient was invited before.
    pub async fn insists(&self) -> Message {
        const SUMMARY: &str = "Проверьте перед отправкой";
        let is_next = |it: &Message| it.text.contains(SUMMARY) || it.button("Всё равно").is_some();
        let seen = self.sees_one(SUMMARY, is_next).await;
        if seen.button("Всё равно").is_none() {
            return seen;
        }
        self.presses_on(&seen, "Всё равно").await;
        self.sees(SUMMARY).await
    }

    /// Fills everything in and confirms; the number of the invitation.
    pub async fn invites(&self, client: &Client) -> i64 {
        self.fills_in(client).await;
        self.confirms().await
    }

    /// Presses «Отправить»; the number of the invitation.
    pub async fn confirms(&self) -> i64 {
        let toast = self.presses("Отправить").await;
        number(&toast).unwrap_or_else(|| panic!("not confirmed: {toast}"))
    }

    /// Waits until the status message of an invitation says this.
    pub async fn sees_of(&self, number: i64, word: &str) -> Message {
        self.sees_of_one(number, word, |it| !rings(it)).await
    }

    /// Waits until a new message says this of an invitation, in answer to its status message.
    pub async fn hears_of(&self, number: i64, word: &str) -> Message {
        self.sees_of_one(number, word, rings).await
    }

    async fn sees_of_one(
        &self,
        number: i64,
        word: &str,
        fits: impl Fn(&Message) -> bool,
    ) -> Message {
        let head = format!("№{number}: ");
        let says = |it: &&Message| it.text.contains(&head) && it.text.contains(word);
        let shows = |it: &&Message| it.is_from_bot() && says(it) && fits(it);
        self.telegram
            .until(&self.person, &format!("№{number}: «{word}»"), |chat| {
                chat.iter().rev().find(shows).cloned()
            })
            .await
            .unwrap()
    }

    /// The new messages that said what came of an invitation, oldest first.
    pub fn rung(&self) -> Vec<Message> {
        self.chat().into_iter().filter(rings).collect()
    }

    /// The card of an invitation with its history, without what differs between two runs.
    pub async fn card(&self, number: i64) -> String {
        let card = self.asks(&format!("/status {number}"), &format!("№{number} · ")).await;
        screen::plain(&card.transcript())
    }
}

/// What a button tells the bot.
pub fn data(message: &Message, label: &str) -> String {
    match &message.button(label).unwrap().action {
        Action::Data(data) => data.clone(),
        other => panic!("«{label}» tells the bot nothing: {other:?}"),
    }
}

/// A new message in answer to a status message, until it becomes one itself.
fn rings(message: &Message) -> bool {
    message.is_from_bot() && message.reply_to.is_some() && message.former.is_empty()
}

/// The number after «№» at the beginning.
fn number(text: &str) -> Option<i64> {
    text.strip_prefix('№')?.split_once(':')?.0.parse().ok()
}

/// Who is invited.
#[derive(Clone, Debug)]
pub struct Client {
    pub provider: Provider,
    pub inn: String,
    pub kpp: String,
    pub name: String,
    pub email: String,
}

impl Client {
    /// The organisation of the СБИС page, with another address.
    pub fn of(provider: Provider, email: &str) -> Self {
        Self {
            provider,
            inn: "1215107651".to_owned(),
            kpp: "121501001".to_owned(),
            name: "Детский сад Чайка".to_owned(),
            email: email.to_owned(),
        }
    }

    pub fn of_sbis(email: &str) -> Self {
        Self::of(Provider::Sbis, email)
    }

    pub fn of_invoicebox(email: &str) -> Self {
        Self::of(Provider::Invoicebox, email)
    }

    /// Another organisation for every `n`: one that is in flight bars a second invitation.
    pub fn number(self, n: u32) -> Self {
        let inn = inn(n);
        Self { inn, name: format!("ООО „Образец {n}“"), ..self }
    }

    fn button(&self) -> &'static str {
        match self.provider {
            Provider::Invoicebox => "Invoicebox",
            Provider::Sbis => "СБИС",
        }
    }
}

/// A made-up ИНН of ten digits with a right check digit.
fn inn(n: u32) -> String {
    let head = format!("7700{n:05}");
    let weights = [2, 4, 10, 3, 5, 9, 4, 6, 8];
    let sum: u32 =
        head.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{head}{}", sum % 11 % 10)
}
