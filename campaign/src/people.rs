//! The staff of a world: people who invite, press twice, press old buttons, repeat, judge and
//! take back, and lose patience when the bot is dead. They look at their chats and nowhere else,
//! and what they press is written down.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fastrand::Rng;
use invite_bot::domain::Provider;
use stand_ins::telegram::{Action, Message, Person, Press, Telegram};

use crate::behaviour::{BEHAVIOURS, Behaviour};
use crate::far_end::FarEnd;
use crate::logs::Pressed;

/// The admin of every world.
pub const ADMIN: i64 = 1;

/// Somebody whose access comes and goes.
pub const TRAINEE: i64 = 4;

/// Somebody who does nothing but come and go.
pub const VISITOR: i64 = 77;

/// So many recipients have addresses of one domain. With those who are invited again, the limit of
/// a domain is met now and then.
const OF_A_DOMAIN: u64 = 8;

/// The longest that anybody waits for an answer.
const MOST_PATIENT: Duration = Duration::from_secs(4);

/// How soon an admin presses the same button again.
const SECOND_TRY: Duration = Duration::from_secs(2);

/// How long after the answer to a press a new screen may take.
const SOON: Duration = Duration::from_millis(100);

/// What the staff share: the far ends, and what has been invited.
#[derive(Clone)]
pub struct Office {
    /// Telegram.
    pub telegram: Telegram,
    /// Both providers, in the order of [`Provider::ALL`].
    pub far_ends: Arc<[FarEnd; 2]>,
    /// Tells the worlds of one campaign apart.
    pub world: u64,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    invited: u64,
    /// Recipients so far: address, ИНН.
    recipients: Vec<Recipient>,
    presses: Vec<(Pressed, Press)>,
    /// When an admin pressed which button that lets the bot send again.
    resumed: HashMap<(i32, String), Instant>,
    /// Buttons that were seen at some time: the message, what it sends, and the text above it.
    buttons: HashMap<i64, Vec<(i32, String, String)>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Recipient {
    email: String,
    inn: String,
}

/// How a person of the staff behaves.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// The chance that the next deed is something else than going on with an invitation.
    pub distracted: f64,
    /// The chance that a recipient is not a new one.
    pub repetitive: f64,
    /// The chance that «Отправить» is pressed more than once.
    pub impatient: f64,
    /// The chance that a provider does not simply accept.
    pub unlucky: f64,
}

impl Manner {
    /// That of the random part.
    pub const LIVELY: Self =
        Self { distracted: 0.25, repetitive: 0.15, impatient: 0.4, unlucky: 0.45 };
    /// One plain invitation after the other.
    pub const PLAIN: Self = Self { distracted: 0.0, repetitive: 0.0, impatient: 0.0, unlucky: 0.0 };
}

/// One person at work.
pub struct Staff {
    office: Office,
    me: Person,
    rng: Rng,
    manner: Manner,
    /// Whom the present draft invites.
    recipient: Recipient,
    /// The version of Telegram when the chat was looked at last.
    asked_at: u64,
    /// How long an answer is waited for.
    patience: Duration,
    /// The newest press, if that was the last deed.
    unanswered: Option<Press>,
    /// The button pressed last, and how often in a row.
    last: (i32, String, u32),
    /// Through whom to invite, and what comes of it, when somebody says so.
    order: Option<(Provider, Vec<Behaviour>)>,
}

/// A person by id.
pub fn person(id: i64) -> Person {
    Person::new(id, &format!("Сотрудник {id}"))
}

impl Office {
    /// An office between these ends.
    pub fn new(telegram: Telegram, far_ends: [FarEnd; 2], world: u64) -> Self {
        Self { telegram, far_ends: Arc::new(far_ends), world, shared: Arc::default() }
    }

    /// Everything that was pressed, with the answers.
    pub fn pressed(&self) -> Vec<Pressed> {
        let answered = |(pressed, press): &(Pressed, Press)| Pressed {
            toast: press.answered().map(|toast| toast.text).filter(|text| !text.is_empty()),
            ..pressed.clone()
        };
        self.shared().presses.iter().map(answered).collect()
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A far end by its provider.
    pub fn far_end(&self, provider: Provider) -> &FarEnd {
        let [invoicebox, sbis] = &*self.far_ends;
        match provider {
            Provider::Invoicebox => invoicebox,
            Provider::Sbis => sbis,
        }
    }

    fn press(&self, person: &Person, message: i32, data: &str, text: &str) -> Press {
        let press = self.telegram.presses_data(person, message, data);
        let pressed = Pressed {
            person: person.id,
            data: data.to_owned(),
            text: text.to_owned(),
            toast: None,
        };
        self.shared().presses.push((pressed, press.clone()));
        press
    }

    /// The newest messages of the bot in a chat.
    async fn newest(&self, person: &Person, count: usize) -> Vec<Message> {
        self.telegram
            .until(person, "a look", |chat| {
                Some(chat.iter().rev().filter(|it| it.is_from_bot()).take(count).cloned().collect())
            })
            .await
            .unwrap_or_default()
    }

    /// An admin presses the newest button of each kind that lets the bot send again; the same one
    /// again only after a while.
    pub async fn resume(&self, admin: &Person) {
        let mut kinds = Vec::new();
        for message in self.newest(admin, 1_000).await {
            for button in message.buttons.iter().flatten() {
                let Action::Data(data) = &button.action else { continue };
                if !data.starts_with("r:") || kinds.contains(&button.label) {
                    continue;
                }
                kinds.push(button.label.clone());
                let key = (message.id, data.clone());
                let before = self.shared().resumed.get(&key).map(Instant::elapsed);
                if before.is_none_or(|before| before > SECOND_TRY) {
                    self.shared().resumed.insert(key, Instant::now());
                    self.press(admin, message.id, data, &message.text);
                }
            }
        }
    }

    /// An admin takes somebody's access away.
    pub fn revokes(&self, admin: &Person, id: i64) {
        self.telegram.says(admin, &format!("/revoke {id}"));
    }

    /// An admin lets somebody in.
    pub fn allows(&self, admin: &Person, id: i64) {
        self.telegram.says(admin, &format!("/allow {id}"));
    }

    /// An admin says how much somebody may send a day.
    pub fn limits(&self, admin: &Person, id: i64, most: u32) {
        self.telegram.says(admin, &format!("/staff {id} {most}"));
    }

    /// An admin puts the address of somebody who was invited lately on the stop-list.
    pub fn stops(&self, admin: &Person, rng: &mut Rng) {
        let recipients = self.shared().recipients.clone();
        if let Some(recipient) = rng.choice(recipients.iter().rev().take(6)) {
            self.telegram.says(admin, &format!("/stoplist {} не писать", recipient.email));
        }
    }

    fn recipient(&self, rng: &mut Rng, manner: Manner) -> Recipient {
        let mut shared = self.shared();
        let known =
            rng.choice(shared.recipients.iter().rev().take(12).cloned().collect::<Vec<_>>());
        if let Some(known) = known.filter(|_| rng.f64() < manner.repetitive) {
            return known;
        }
        shared.invited += 1;
        let number = shared.invited;
        let inn = inn(self.world.wrapping_mul(7919).wrapping_add(number));
        let domain = format!("d{}.campaign.test", number / OF_A_DOMAIN);
        let recipient = Recipient { email: format!("w{}n{number}@{domain}", self.world), inn };
        shared.recipients.push(recipient.clone());
        recipient
    }
}

/// The callback data of a message's buttons.
fn buttons(message: &Message) -> impl Iterator<Item = &str> {
    message.buttons.iter().flatten().filter_map(|button| match &button.action {
        Action::Data(data) => Some(data.as_str()),
        Action::Url(_) | Action::Copy(_) => None,
    })
}

/// Whether a button of a status card leads to one more attempt, or asks for it.
fn is_repeat(data: &str) -> bool {
    data.ends_with(":ask") || data.contains(":resend:")
}

/// A valid ИНН of an organisation for every number.
fn inn(number: u64) -> String {
    let body = 770_000_000 + number % 29_000_000;
    let digits: Vec<u64> = body.to_string().bytes().map(|digit| u64::from(digit - b'0')).collect();
    let weights = [2, 4, 10, 3, 5, 9, 4, 6, 8];
    let sum: u64 = digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum();
    format!("{body}{}", sum % 11 % 10)
}

impl Staff {
    /// A person who begins with the next deed.
    pub fn new(office: Office, id: i64, seed: u64, manner: Manner) -> Self {
        let mut rng = Rng::with_seed(seed);
        let recipient = office.recipient(&mut rng, Manner::PLAIN);
        let last = (0, String::new(), 0);
        let me = person(id);
        Self {
            office,
            me,
            rng,
            manner,
            recipient,
            asked_at: 0,
            patience: MOST_PATIENT,
            unanswered: None,
            last,
            order: None,
        }
    }

    /// Works for ever.
    pub async fn work(mut self) {
        loop {
            let pause = Duration::from_millis(self.rng.u64(1..15));
            tokio::time::sleep(pause).await;
            self.act().await;
            self.wait().await;
        }
    }

    /// From now on invitations go there, and this comes of them.
    pub fn takes_order(&mut self, provider: Provider, behaviour: Behaviour) {
        self.order = Some((provider, vec![behaviour]));
        self.recipient.email = String::new();
    }

    /// Works until the provider of the order has received an invitation.
    pub async fn invite(&mut self, provider: Provider, behaviour: Behaviour, most: Duration) {
        self.takes_order(provider, behaviour);
        self.go_through_with_it(most).await;
    }

    /// The same with an order that was taken before.
    pub async fn go_through_with_it(&mut self, most: Duration) {
        let begun = Instant::now();
        while !self.has_arrived() && begun.elapsed() < most {
            self.goes_on_with_it().await;
        }
    }

    /// One deed for the order; nothing but waiting, once the invitation is confirmed.
    pub async fn goes_on_with_it(&mut self) {
        if self.is_confirmed() || self.has_arrived() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        } else {
            self.act().await;
            self.wait().await;
        }
    }

    /// Whether the bot said that it sends what was ordered.
    pub fn is_confirmed(&self) -> bool {
        let email = &self.recipient.email;
        let shared = self.office.shared();
        let mine = shared.presses.iter().rev().take(60).filter(|(pressed, _)| {
            pressed.person == self.me.id && pressed.text.contains(&format!(" {email}\n"))
        });
        let toasts = mine.filter_map(|(_, press)| press.answered());
        !email.is_empty() && toasts.into_iter().any(|toast| toast.text.starts_with('№'))
    }

    /// Whether the invitation that was ordered has arrived at its provider.
    pub fn has_arrived(&self) -> bool {
        let email = &self.recipient.email;
        self.order.as_ref().is_some_and(|(known, _)| self.office.far_end(*known).has(email))
    }

    /// Waits until the bot answers, not for long. Who presses faster than a slow machine can
    /// answer meets nothing but old buttons, so every disappointment makes more patient.
    pub async fn wait(&mut self) {
        let before = self.asked_at;
        let telegram = &self.office.telegram;
        let shown = || {
            telegram.until(&self.me, "an answer", |chat| {
                chat.iter().rev().find(|it| it.is_from_bot() && it.version > before).map(drop)
            })
        };
        let answered = async {
            match &self.unanswered {
                Some(press) => {
                    let answered = press.answer().await.is_ok();
                    // The screen follows the answer, if there is a new one.
                    drop(tokio::time::timeout(SOON, shown()).await);
                    answered
                }
                None => shown().await.is_ok(),
            }
        };
        let answered = tokio::time::timeout(self.patience, answered).await;
        let hurries = self.rng.u8(0..5) == 0;
        self.patience = match answered {
            Ok(true) if hurries => Duration::from_millis(self.rng.u64(40..200)),
            Ok(true) => MOST_PATIENT,
            _ => (self.patience * 2).min(MOST_PATIENT),
        };
        // What comes, comes in several steps.
        tokio::time::sleep(Duration::from_millis(self.rng.u64(2..12))).await;
    }

    /// One deed.
    pub async fn act(&mut self) {
        let newest = self.office.newest(&self.me, 12).await;
        self.asked_at = self.office.telegram.version();
        self.unanswered = None;
        self.remember(&newest);
        if self.rng.f64() < self.manner.distracted {
            self.stray(&newest);
        } else {
            self.go_on(&newest);
        }
    }

    fn remember(&mut self, newest: &[Message]) {
        let mut shared = self.office.shared();
        let known = shared.buttons.entry(self.me.id).or_default();
        for message in newest {
            for data in buttons(message) {
                if !known.iter().any(|(id, it, _)| *id == message.id && it == data) {
                    known.push((message.id, data.to_owned(), message.text.clone()));
                }
            }
        }
    }

    /// Something else than going on with an invitation.
    fn stray(&mut self, newest: &[Message]) {
        match self.rng.u8(0..10) {
            // A status card: what came of it, or once more.
            0..=5 => {
                let acts: Vec<(i32, &str, &str)> = newest
                    .iter()
                    .flat_map(|it| buttons(it).map(move |data| (it.id, data, it.text.as_str())))
                    .filter(|(_, data, _)| data.starts_with("c:"))
                    .collect();
                // To ask for a repeat takes two presses, one after the other.
                let again = acts.iter().filter(|(_, data, _)| is_repeat(data)).copied();
                let again = self.rng.choice(again.collect::<Vec<_>>()).filter(|_| self.rng.bool());
                if let Some((message, data, text)) = again.or_else(|| self.rng.choice(acts)) {
                    let (data, text) = (data.to_owned(), text.to_owned());
                    self.press(message, &data, &text);
                }
            }
            // A button that may be gone by now.
            6 | 7 => {
                let old =
                    self.office.shared().buttons.get(&self.me.id).cloned().unwrap_or_default();
                if let Some((message, data, text)) = self.rng.choice(old) {
                    self.unanswered = Some(self.office.press(&self.me, message, &data, &text));
                }
            }
            8 => {
                let said = ["/status", "/cancel", "привет", "/start"];
                let said = self.rng.choice(said).unwrap_or_default();
                self.office.telegram.says(&self.me, said);
            }
            _ => self.office.telegram.repeat_last_update(),
        }
    }

    fn press(&mut self, message: i32, data: &str, text: &str) {
        match &mut self.last {
            (id, last, times) if *id == message && last == data => *times += 1,
            last => *last = (message, data.to_owned(), 1),
        }
        self.unanswered = Some(self.office.press(&self.me, message, data, text));
    }

    /// The next step of the present invitation.
    fn go_on(&mut self, newest: &[Message]) {
        let card = newest.iter().find(|it| buttons(it).any(|data| data.starts_with("d:")));
        // A button that does nothing is pressed twice, and then begun anew.
        let Some(card) = card.filter(|it| self.last.0 != it.id || self.last.2 < 2) else {
            self.last.2 = 0;
            self.office.telegram.says(&self.me, "/invite");
            return;
        };
        let text = card.text.clone();
        let find = |end: &str| buttons(card).find(|data| data.ends_with(end)).map(str::to_owned);
        // A new order, and a draft of the one before.
        let is_old = self.recipient.email.is_empty() && !text.contains("Куда приглашаем");
        if is_old && !text.contains("незаконченный черновик") {
            self.office.telegram.says(&self.me, "/invite");
        } else if text.contains("Проверьте перед отправкой") {
            let Some(data) = find(":send") else { return };
            self.press(card.id, &data, &text);
            while self.rng.f64() < self.manner.impatient {
                self.unanswered = Some(self.office.press(&self.me, card.id, &data, &text));
            }
        } else if let Some(anyway) = buttons(card).find(|data| data.contains(":anyway:")) {
            let data = anyway.to_owned();
            self.press(card.id, &data, &text);
        } else if text.contains("незаконченный черновик") {
            let end = if !is_old && self.rng.bool() { ":resume" } else { ":restart" };
            let data = find(end);
            if let Some(data) = data {
                self.press(card.id, &data, &text);
            }
        } else if text.contains("Куда приглашаем") {
            let provider = self.choose();
            if let Some(data) = find(&format!(":to:{}", provider.slug())) {
                self.press(card.id, &data, &text);
            }
        } else if text.contains("Код офиса") {
            if let Some(data) = find(":nooffice") {
                self.press(card.id, &data, &text);
            }
        } else {
            self.answer(card.id, &text);
        }
    }

    /// A new recipient, and what the provider will do with the invitation.
    fn choose(&mut self) -> Provider {
        self.recipient = self.office.recipient(&mut self.rng, self.manner);
        let (provider, behaviours) = match self.order.clone() {
            Some(order) => order,
            None => {
                // The way to Invoicebox is shorter, so that more is under way when the bot dies.
                let short = self.rng.u8(0..3) > 0;
                let provider = if short { Provider::Invoicebox } else { Provider::Sbis };
                (provider, self.luck())
            }
        };
        self.office.far_end(provider).plan(&self.recipient.email, behaviours);
        provider
    }

    fn luck(&mut self) -> Vec<Behaviour> {
        let mut behaviours = Vec::new();
        while self.rng.f64() < self.manner.unlucky {
            let any = self.rng.choice(BEHAVIOURS).copied();
            // A refused key stops a whole provider: seldom.
            let seldom = |it: &Behaviour| it.name.starts_with("40") || it.name == "500 method";
            behaviours.extend(any.filter(|it| !seldom(it) || self.rng.u8(0..4) == 0));
        }
        behaviours
    }

    fn answer(&mut self, card: i32, question: &str) {
        let asked = question.lines().last().unwrap_or_default();
        let said = if asked.contains("ИНН") {
            format!("{}/770101001", self.recipient.inn)
        } else if asked.contains("КПП") {
            "770101001".to_owned()
        } else if asked.contains("название") {
            "Детский сад Чайка".to_owned()
        } else if asked.contains("e-mail") {
            self.recipient.email.clone()
        } else {
            "/invite".to_owned()
        };
        self.last = (card, said.clone(), 0);
        self.office.telegram.says(&self.me, &said);
    }
}

#[cfg(test)]
mod tests {
    use invite_bot::screens::press::Press;

    use super::*;

    #[test]
    fn the_buttons_that_are_looked_for_are_those_of_the_bot() {
        for data in [
            "d:1:2:to:invoicebox",
            "d:1:2:to:sbis",
            "d:1:2:nooffice",
            "d:1:2:resume",
            "d:1:2:restart",
            "d:1:2:anyway:3",
            "d:1:2:send",
            "d:1:2:over",
            "c:1:2:ask",
            "c:1:2:resend:",
            "c:1:2:resend:29921695",
            "c:1:2:over:29921695",
            "c:1:2:cancel",
            "c:1:2:arrived",
            "c:1:2:missing",
            "r:5:",
            "r:5:29921695",
            "s:r:6",
            "s:k:6:admin",
        ] {
            assert!(Press::decode(data).is_some(), "{data}");
        }
    }

    #[test]
    fn the_recipients_are_organisations_with_valid_inn() {
        for number in 0..1000 {
            let inn = inn(number * 7919);
            assert!(invite_bot::domain::Inn::parse(&inn).is_ok(), "{inn}");
        }
    }
}
