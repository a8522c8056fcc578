//! How an invitation stands: its status message, its words, and its actions.

use jiff::tz::TimeZone;

use super::html::{Html, html, quote, shorten};
use super::press::{CardAct, Press};
use super::{Button, Screen, button, clock, day_and_time, field, holds, name, provider, screen};
use crate::domain::{
    AttemptOutcome, Field, Invitation, InvitationNo, Permission, PersonId, Provider, Recipient,
    Refusal, ResultWord, Role, State, Wait, WaitReason,
};

/// In characters after escaping.
const MESSAGE_MAX: usize = 600;

/// The message of an attempt that a crash interrupted.
pub const STOPPED: &str = "stopped";

pub fn result_word(bucket: ResultWord) -> &'static str {
    match bucket {
        ResultWord::Accepted => "принято",
        ResultWord::Refused => "отказ",
        ResultWord::Client => "уже клиент",
        ResultWord::NotSent => "не отправлено",
        ResultWord::Unknown => "неизвестно",
        ResultWord::Waiting => "в очереди",
    }
}

pub fn status_card(invitation: &Invitation, zone: &TimeZone) -> Screen {
    let goes = matches!(invitation.state, State::Queued | State::Sending)
        && waiting_reason(invitation, zone).is_none();
    let mut rows = Vec::new();
    if invitation.stoppable_until().is_some() {
        rows = action_buttons(invitation, Role::Staff);
    } else if !goes {
        rows = action_buttons(invitation, Role::Staff);
        rows.push(vec![
            button("🔎 Открыть", card_press(invitation, CardAct::OpenBelow)),
            button("➕ Ещё одно", Press::InviteAnother),
        ]);
    }
    screen(status_text(invitation, Some(invitation.author.id), zone), rows)
}

pub fn orphan_card(invitation: &Invitation, zone: &TimeZone) -> Screen {
    let text = html!(
        "{}\nАвтор без доступа: {}. Решать вам.",
        status_text(invitation, None, zone),
        name(&invitation.author)
    );
    let mut rows = action_buttons(invitation, Role::Admin);
    rows.push(vec![button("🔎 Открыть", card_press(invitation, CardAct::OpenBelow))]);
    screen(text, rows)
}

pub fn continued(number: InvitationNo) -> Screen {
    screen(html!("№{} — карточка ниже ↓", number), vec![])
}

fn status_text(invitation: &Invitation, reader: Option<PersonId>, zone: &TimeZone) -> Html {
    let number = invitation.number;
    let service = provider(invitation.recipient.provider());
    let signed = recipient_and_time(invitation, zone);
    let unsent = unsent(invitation);
    let by = || match &invitation.changed_by {
        Some(by) if Some(by.id) == reader => "вы".to_owned(),
        by => by.as_ref().map_or_else(String::new, name),
    };
    match invitation.state {
        State::Queued | State::Held => match waiting_reason(invitation, zone) {
            Some(reason) => {
                let who = recipient_line(&invitation.recipient);
                html!("⏳ №{}: <b>в очереди</b>. {}\n{}", number, reason, who)
            }
            None => sending(invitation, zone),
        },
        State::Sending => sending(invitation, zone),
        State::Accepted => match invitation.recipient.provider() {
            Provider::Sbis => html!(
                "✅ №{}: <b>принято</b>. СБИС отправит письмо в течение минуты{}",
                number,
                signed
            ),
            Provider::Invoicebox => html!(
                "✅ №{}: <b>принято</b>. Письмо отправит Invoicebox; дошло ли оно, сервис не сообщает{}",
                number,
                signed
            ),
        },
        State::ConfirmedSent => {
            html!("✅ №{}: <b>принято</b> — письмо дошло, отмечено: {}{}", number, by(), signed)
        }
        State::ConfirmedNotSent => html!(
            "📭 №{}: <b>не отправлено</b> — письма у клиента нет, отмечено: {}{}\nМожно отправить ещё раз.",
            number,
            by(),
            signed
        ),
        State::Cancelled => {
            let earlier = if invitation.from_untrusted_database {
                html!("\n{}", holds::EARLIER)
            } else {
                Html::default()
            };
            html!("❌ №{}: <b>не отправлено</b> — отменено: {}{}{}", number, by(), signed, earlier)
        }
        State::Rejected(refusal) => {
            let what = match refusal {
                Refusal::AlreadyClient => html!(
                    "ℹ️ №{}: <b>уже клиент</b>. У организации есть авторизованный или платный аккаунт СБИС. <b>{}</b>",
                    number,
                    unsent
                ),
                _ if is_registered(invitation) => html!(
                    "❌ №{}: <b>отказ</b>. Похоже, уже зарегистрирован: {} второй раз не приглашает. <b>{}</b>",
                    number,
                    service,
                    unsent
                ),
                Refusal::Data => html!(
                    "❌ №{}: <b>отказ</b>. {} не принял данные. <b>{}</b> Исправьте и отправьте снова.",
                    number,
                    service,
                    unsent
                ),
                Refusal::Other => html!(
                    "❌ №{}: <b>отказ</b>. {} вернул ошибку и приглашение не создал. <b>{}</b> Можно попробовать ещё раз.",
                    number,
                    service,
                    unsent
                ),
            };
            let answer = match answered(invitation) {
                Some(said) => {
                    html!("\nОтвет сервиса: {}", quote(&without_field_names(said), MESSAGE_MAX))
                }
                None => Html::default(),
            };
            html!("{}{}{}{}", what, answer, signed, request_number(invitation))
        }
        State::NotSent => {
            let why = why_not_sent(invitation);
            let request = request_number(invitation);
            html!(
                "📡 №{}: <b>не отправлено</b>. {} <b>{}</b>{}{}",
                number,
                why,
                unsent,
                signed,
                request
            )
        }
        State::Unknown => {
            let why = match invitation.last.as_ref() {
                Some(last) if last.message.as_deref() == Some(STOPPED) => {
                    "Я остановился посреди отправки: письмо могло уйти, а могло и нет.".to_owned()
                }
                Some(last) if matches!(last.outcome, Some(AttemptOutcome::NotAccepted(_))) => {
                    "Повтор не отправлен, а первое письмо могло уйти.".to_owned()
                }
                _ => format!("{service} не ответил: письмо могло уйти, а могло и нет."),
            };
            html!(
                "⚠️ №{}: <b>неизвестно</b>. {} Второй раз сам не отправлю.{}{}\nСпросите клиента и отметьте:",
                number,
                why,
                signed,
                request_number(invitation)
            )
        }
    }
}

pub(super) fn why_not_sent(invitation: &Invitation) -> &'static str {
    match last_wait(invitation) {
        Some(Wait::Throttled) => "Сервис всё время просит подождать.",
        _ => "Нет связи с сервисом.",
    }
}

fn sending(invitation: &Invitation, zone: &TimeZone) -> Html {
    let number = invitation.number;
    let text = match invitation.stoppable_until() {
        Some(until) => {
            let seconds = until.duration_since(invitation.changed_at).as_secs_f64().ceil();
            format!("⏳ №{number}: отправлю через {seconds} с, в {}.", clock(until, zone))
        }
        None => format!("⏳ №{number}: отправляю…"),
    };
    html!("{}\n{}", text, recipient_line(&invitation.recipient))
}

/// No correction of the address would help.
fn is_registered(refused: &Invitation) -> bool {
    answered(refused).is_some_and(speaks_of_registered)
}

/// The words of the provider.
fn answered(invitation: &Invitation) -> Option<&str> {
    invitation.last.as_ref()?.message.as_deref()
}

fn speaks_of_registered(answer: &str) -> bool {
    let answer = answer.to_lowercase();
    let denied = ["не зарегистр", "not registered"].iter().any(|no| answer.contains(no));
    let known = ["зарегистрирован", "уже существует", "already registered", "already exists"];
    !denied && known.iter().any(|words| answer.contains(words))
}

/// `identifier: Адрес не существует` without the name of a field of the API.
pub fn without_field_names(answer: &str) -> String {
    let is_name = |word: &str| {
        word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '[' | ']'))
    };
    let part = |part: &str| match part.split_once(": ") {
        Some((name, rest)) if !name.is_empty() && is_name(name) => rest.to_owned(),
        _ => part.to_owned(),
    };
    answer.split("; ").map(part).collect::<Vec<_>>().join("; ")
}

/// An earlier attempt may have sent a letter.
pub(super) fn unsent(invitation: &Invitation) -> &'static str {
    if invitation.from_untrusted_database {
        holds::EARLIER
    } else if invitation.maybe_sent_before {
        "Этой попыткой письмо не отправлялось, но прежняя осталась неизвестной: то письмо могло уйти."
    } else {
        "Письмо не отправлялось."
    }
}

fn recipient_and_time(invitation: &Invitation, zone: &TimeZone) -> Html {
    let at = day_and_time(invitation.changed_at, zone);
    html!("\n{} · {}", recipient_line(&invitation.recipient), at)
}

fn request_number(invitation: &Invitation) -> Html {
    match invitation.last.as_ref().and_then(|last| last.request_id.as_deref()) {
        Some(id) => html!("\nНомер запроса у сервиса: <code>{}</code>", shorten(id, 80)),
        None => Html::default(),
    }
}

fn last_wait(invitation: &Invitation) -> Option<Wait> {
    match invitation.last.as_ref()?.outcome? {
        AttemptOutcome::NotAccepted(wait) => Some(wait),
        _ => None,
    }
}

/// Why it waits; `None` if it goes at once.
pub fn waiting_reason(invitation: &Invitation, zone: &TimeZone) -> Option<Html> {
    let unsent = unsent(invitation);
    let service = provider(invitation.recipient.provider());
    let why = match invitation.waits? {
        WaitReason::UntrustedDatabase => return Some(holds::reason(invitation)),
        WaitReason::StopList => format!(
            "Получатель в стоп-листе, приглашение не уйдёт. Убрать запись может админ. {unsent}"
        ),
        WaitReason::OffStopList => {
            format!("Ждёт вашего слова: получателя убрали из стоп-листа. {unsent}")
        }
        WaitReason::Revoked => {
            format!("Ждёт решения админа: доступ автора отзывали. {unsent}")
        }
        WaitReason::PollingConflict => "Отправка остановлена: с токеном бота работает ещё одна программа. Админ знает, приглашение ждёт в очереди. Сам я его пока не отправляю; но если у той программы есть копия базы, письмо могла отправить она.".to_owned(),
        WaitReason::BadCredentials => format!(
            "{service} сейчас не принимает наши приглашения — дело в настройках, не в клиенте. {unsent} Админ знает. Уйдёт само."
        ),
        WaitReason::ProviderDown(until) => {
            let at = clock(until, zone);
            format!("Сервис отвечает с ошибками, попробую в {at}. {unsent}")
        }
        WaitReason::UncheckedFile => {
            format!("Проверяю файл базы данных, после проверки отправлю. {unsent}")
        }
        WaitReason::Time(_) if invitation.stoppable_until().is_some() => return None,
        WaitReason::Time(until) => {
            let at = clock(until, zone);
            match last_wait(invitation)? {
                Wait::Connect => format!("Нет связи с сервисом, попробую ещё в {at}. {unsent}"),
                Wait::Throttled => format!("Сервис просит подождать до {at}. Отправлю сам."),
                Wait::Config => return None,
            }
        }
    };
    Some(html!("{}", why))
}

pub fn recipient_line(recipient: &Recipient) -> Html {
    match recipient.company() {
        Some(company) => {
            html!("{} · <code>{}</code>", company.name.as_str(), recipient.email().as_str())
        }
        None => html!("<code>{}</code>", recipient.email().as_str()),
    }
}

pub fn card_press(invitation: &Invitation, act: CardAct) -> Press {
    Press::Card(invitation.number, invitation.version, act)
}

/// Draws the buttons of a card and admits their presses.
pub fn actions(invitation: &Invitation, role: Role) -> Vec<Vec<CardAct>> {
    use CardAct::{Arrived, AskResend, Cancel, Copy, Edit, Missing, Release, Resend};
    let may_release = match invitation.waits {
        Some(WaitReason::OffStopList) => true,
        Some(WaitReason::Revoked) => role.may(Permission::ManageStaff),
        _ => false,
    };
    match invitation.state {
        State::Held if may_release => vec![vec![Release, Cancel]],
        State::Queued | State::Held => vec![vec![Cancel]],
        State::Unknown => vec![vec![Arrived, Missing], vec![AskResend]],
        State::ConfirmedNotSent => vec![vec![AskResend]],
        State::NotSent | State::Rejected(Refusal::Other) => {
            vec![vec![if invitation.retry_needs_consent() { AskResend } else { Resend(None) }]]
        }
        State::Rejected(Refusal::AlreadyClient) => vec![vec![Edit(Field::Inn)]],
        State::Rejected(Refusal::Data) if is_registered(invitation) => vec![],
        State::Rejected(Refusal::Data) => match &invitation.recipient {
            Recipient::Invoicebox { .. } => vec![vec![Edit(Field::Email)]],
            Recipient::Sbis(company) if company.kpp.is_some() => {
                vec![vec![Edit(Field::Kpp), Edit(Field::Inn)]]
            }
            Recipient::Sbis(_) => vec![vec![Edit(Field::Inn)]],
        },
        State::Cancelled => vec![vec![Copy]],
        State::Sending | State::Accepted | State::ConfirmedSent => vec![],
    }
}

pub fn extra_actions(invitation: &Invitation) -> Vec<CardAct> {
    let mut more = Vec::new();
    if invitation.state.result_word() == ResultWord::Waiting {
        more.push(CardAct::Open);
    }
    // A cancelled one goes on as a draft.
    if invitation.state.has_result() && invitation.state != State::Cancelled {
        more.push(CardAct::ResendMenu);
    }
    if !invitation.stopped {
        more.push(CardAct::AskStop);
    }
    more
}

/// Whether the card offers this, itself or behind a question.
pub fn offers(invitation: &Invitation, role: Role, act: CardAct) -> bool {
    let actions = actions(invitation, role);
    let mut offered = actions.into_iter().flatten().chain(extra_actions(invitation));
    let behind = match act {
        CardAct::Open | CardAct::OpenBelow => return true,
        CardAct::Resend(_) | CardAct::ResendOverLimit(_) | CardAct::AskResend => {
            return invitation.state.may_retry();
        }
        CardAct::ChooseStop(_) | CardAct::Stop(_) => CardAct::AskStop,
        CardAct::Copy | CardAct::Switch | CardAct::Edit(_) => CardAct::ResendMenu,
        other => other,
    };
    offered.any(|it| it == act || it == behind)
}

pub fn action_buttons(invitation: &Invitation, role: Role) -> Vec<Vec<Button>> {
    let draw = |act: CardAct| button(button_label(invitation, act), card_press(invitation, act));
    actions(invitation, role).into_iter().map(|row| row.into_iter().map(draw).collect()).collect()
}

pub fn button_label(invitation: &Invitation, act: CardAct) -> String {
    let word = match act {
        CardAct::Cancel if invitation.stoppable_until().is_some() => "✋ Стоп",
        CardAct::Cancel => "❌ Не отправлять",
        CardAct::Release => "▶️ Отправить",
        CardAct::Arrived => "✅ Письмо дошло",
        CardAct::Missing => "📭 Письма нет",
        CardAct::AskResend | CardAct::Resend(_)
            if matches!(invitation.state, State::NotSent | State::Rejected(_)) =>
        {
            "🔁 Попробовать ещё раз"
        }
        CardAct::AskResend | CardAct::Resend(_) => "🔁 Отправить ещё раз",
        CardAct::Edit(Field::Inn)
            if invitation.state == State::Rejected(Refusal::AlreadyClient) =>
        {
            "✏️ Другой ИНН"
        }
        CardAct::Edit(known) => return format!("✏️ {}", field(known)),
        CardAct::Copy => "↩️ Вернуть в черновик",
        CardAct::Open => "🔄 Обновить",
        // Where no new invitation is needed, another button repeats it.
        CardAct::ResendMenu if invitation.state.repeat_is_new() => "🔁 Повторить",
        CardAct::ResendMenu => "📄 Повторить иначе",
        CardAct::AskStop => "🚫 Просил не писать",
        _ => "🔎 Открыть",
    };
    word.to_owned()
}
