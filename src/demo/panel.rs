//! What stands beside the chat: what the providers received, what came of it for the client, and
//! the log.

use jiff::Timestamp;
use serde_json::{Value, json};
use stand_ins::providers::Received;

use super::world::StandIns;
use crate::domain::{AttemptOutcome, Event, Invitation, Provider, Refusal, State, Wait};
use crate::store::{Filter, Page, Query, Reader, Store};

/// The newest are shown; all are counted.
const SHOWN: usize = 60;

/// `{"providers": […], "received": 3, "log": […], "kept": 19}`, both lists oldest first, times in
/// Unix milliseconds.
pub async fn panel(stand_ins: &StandIns, store: &Store) -> anyhow::Result<Value> {
    let mut received: Vec<(Timestamp, Value)> = Vec::new();
    for provider in Provider::ALL {
        let requests = stand_ins.provider(provider).received();
        received.extend(requests.into_iter().map(|it| (it.at, request(provider, &it))));
    }
    received.sort_by_key(|(at, _)| *at);
    let all = received.len();
    let shown = received.into_iter().skip(all.saturating_sub(SHOWN));
    let providers: Vec<Value> = shown.map(|(_, shown)| shown).collect();
    let mut reader = store.reader();
    let (invitations, kept) = newest(&mut reader).await?;
    let mut log = Vec::new();
    for invitation in invitations.iter().rev() {
        let history = reader.history(invitation.number).await?;
        log.push(log_row(invitation, &history));
    }
    Ok(json!({ "providers": providers, "received": all, "log": log, "kept": kept }))
}

/// And how many there are in all.
async fn newest(reader: &mut Reader) -> anyhow::Result<(Vec<Invitation>, u32)> {
    let all = |page| Query { author: None, filter: Filter::All, since: None, page };
    let first = reader.page(&all(1)).await?;
    let last = reader.page(&all(first.pages)).await?;
    let rest = u32::try_from(last.items.len())?;
    let kept = (first.pages - 1) * Page::SIZE + rest;
    let mut invitations = first.items;
    for page in 2..=first.pages {
        if invitations.len() >= SHOWN {
            break;
        }
        invitations.extend(reader.page(&all(page)).await?.items);
    }
    Ok((invitations, kept))
}

fn request(provider: Provider, it: &Received) -> Value {
    let name = name_of(provider);
    let email = it.email.as_deref().unwrap_or("?");
    let company = it.body.pointer("/params/Реквизиты/d/НазвПолуч").and_then(Value::as_str);
    let client = match (company, &it.inn) {
        (Some(company), Some(inn)) => format!("{company}, ИНН {inn}"),
        _ => email.to_owned(),
    };
    let (short, says) = answer_words(provider, &it.answer);
    let letter = (it.answer == "accepted").then(|| {
        let greets = company.map_or_else(String::new, |company| format!(" {company}"));
        let (subject, text) = match provider {
            Provider::Invoicebox => (
                "Приглашение в Invoicebox".to_owned(),
                "Здравствуйте! Вас приглашают зарегистрироваться в Invoicebox.".to_owned(),
            ),
            Provider::Sbis => (
                "Приглашение в СБИС".to_owned(),
                format!("Здравствуйте,{greets}! Вас приглашают обмениваться документами в СБИС."),
            ),
        };
        json!({ "to": email, "from": name, "subject": subject, "text": text })
    });
    json!({
        "provider": provider.slug(),
        "at": it.at.as_millisecond(),
        "client": client,
        "email": email,
        "answer": short,
        "says": says,
        "letter": letter,
        "request": {
            "method": it.method,
            "path": it.path,
            "headers": it.headers,
            "body": it.body,
        },
    })
}

fn name_of(provider: Provider) -> &'static str {
    match provider {
        Provider::Invoicebox => "Invoicebox",
        Provider::Sbis => "СБИС",
    }
}

/// What the stand-in did, in a word and in a sentence.
fn answer_words(provider: Provider, answer: &str) -> (&'static str, String) {
    let name = name_of(provider);
    match answer {
        "accepted" => ("принято", format!("{name} принимает приглашение и пишет клиенту.")),
        "refused" => ("отказ", format!("{name} отказывает: данные неверны. Письма не будет.")),
        "client" if provider == Provider::Invoicebox => {
            ("отказ", format!("{name} отказывает: адрес уже зарегистрирован. Письма не будет."))
        }
        "client" => {
            ("уже клиент", format!("{name} отказывает: это уже его клиент. Письма не будет."))
        }
        "slow" => (
            "нет ответа",
            format!("{name} читает запрос и не отвечает. Ушло ли письмо, боту не узнать."),
        ),
        "throttled" => (
            "просит подождать",
            format!("{name} просит подождать. Письма пока нет, бот попробует ещё."),
        ),
        "key" => (
            "ключ не принят",
            format!("{name} не принимает ключ. Письма нет, бот ничего больше сюда не шлёт."),
        ),
        _ => ("ошибка", format!("{name} не понимает запрос. Письма не будет.")),
    }
}

fn log_row(invitation: &Invitation, history: &[Event]) -> Value {
    let (mut attempts, mut changes) = (Vec::new(), Vec::new());
    for event in history {
        match event {
            Event::Called(attempt) => {
                let status = attempt.http_status.map(|status| format!(" · HTTP {status}"));
                let message = attempt.message.as_ref().map(|message| format!(" · {message}"));
                attempts.push(json!({
                    "at": attempt.started_at.as_millisecond(),
                    "words": format!(
                        "{}{}{}",
                        outcome_word(attempt.outcome),
                        status.unwrap_or_default(),
                        message.unwrap_or_default()
                    ),
                }));
            }
            Event::Changed { at, by, from, to } => {
                let who = by.as_ref().and_then(|person| person.name.clone());
                let from = from.map_or_else(String::new, |from| format!("{} → ", state_word(from)));
                let words = format!("{from}{} · {}", state_word(*to), who.unwrap_or("бот".into()));
                changes.push(json!({ "at": at.as_millisecond(), "words": words }));
            }
        }
    }
    let name = invitation.recipient.company().map(|company| company.name.as_str());
    json!({
        "number": invitation.number.0,
        "provider": invitation.recipient.provider().slug(),
        "at": invitation.created_at.as_millisecond(),
        "recipient": invitation.recipient.email().as_str(),
        "name": name,
        "state": state_word(invitation.state),
        "author": invitation.author.name,
        "attempts": attempts,
        "changes": changes,
    })
}

fn state_word(state: State) -> &'static str {
    match state {
        State::Queued => "в очереди",
        State::Held => "ждёт админа",
        State::Sending => "отправка",
        State::Accepted => "принято",
        State::Rejected(Refusal::AlreadyClient) => "уже клиент",
        State::Rejected(Refusal::Data | Refusal::Other) => "отказ",
        State::NotSent => "не отправлено",
        State::Unknown => "неизвестно",
        State::ConfirmedSent => "письмо дошло",
        State::ConfirmedNotSent => "письма нет",
        State::Cancelled => "отменено",
    }
}

fn outcome_word(outcome: Option<AttemptOutcome>) -> &'static str {
    match outcome {
        None => "идёт",
        Some(AttemptOutcome::Accepted) => "принято",
        Some(AttemptOutcome::Rejected) => "отказ",
        Some(AttemptOutcome::NotAccepted(Wait::Connect)) => "нет связи",
        Some(AttemptOutcome::NotAccepted(Wait::Throttled)) => "просит подождать",
        Some(AttemptOutcome::NotAccepted(Wait::Config)) => "ключ не принят",
        Some(AttemptOutcome::Unknown) => "неизвестно",
    }
}
