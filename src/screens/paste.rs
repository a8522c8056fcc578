//! What is said of a pasted message, and of a single value.

use super::html::{Html, clip, html, shorten};
use super::parts::{address, draft_line, marked, noted};
use super::policy::{known_lines, used_up};
use super::press::Press;
use super::stoplist::to_list;
use super::{Button, Screen, button, draft_button, field as field_name, plural, provider, screen};
use crate::dialogue::PasteReport;
use crate::dialogue::facts::Facts;
use crate::dialogue::session::DraftAct;
use crate::domain::requisites::{Choice, Correction, InvalidValue, PartyRequisites, ValueError};
use crate::domain::{
    Choices, Draft, Email, EmailError, Field, Inn, InnError, KppError, Permission,
};

const VALUE_MAX: usize = 40;

/// In characters after escaping: names may be long, and the draft's own stands above.
const ITEM_MAX: usize = 150;
const PROPOSED_MAX: usize = 500;

const INVALID_MAX: usize = 2;

struct Item<'a> {
    value: String,
    correction: Option<&'a Correction>,
}

fn items<T>(choices: &[Choice<T>], text: impl Fn(&T) -> &str) -> Vec<Item<'_>> {
    let item = |choice: &Choice<T>| text(&choice.value).to_owned();
    choices
        .iter()
        .map(|choice| Item { value: item(choice), correction: choice.correction.as_ref() })
        .collect()
}

pub fn choice(open: &Choices) -> (Html, Vec<Vec<Button>>) {
    let (items, field) = match open {
        Choices::Party(parties) => return party_choice(parties),
        Choices::Inn(choices) => (items(choices, Inn::as_str), Field::Inn),
        Choices::Kpp(choices) => (items(choices, |kpp| kpp.as_str()), Field::Kpp),
        Choices::Name(choices) => (items(choices, |name| name.as_str()), Field::Name),
        Choices::Email(choices) => (items(choices, Email::as_str), Field::Email),
    };
    match items.as_slice() {
        [Item { value, correction: Some(correction) }] => {
            (proposal(field, correction, value), fixes(correction, None))
        }
        [Item { value, correction: Some(correction) }, Item { value: other, correction: None }] => {
            (proposal(field, correction, value), fixes(correction, Some(other)))
        }
        [Item { value, correction: None }] => {
            let text = html!("Это <b>{}</b> клиента: ", field_word(field));
            let text = html!("{}<code>{}</code>", text, clip(value, PROPOSED_MAX));
            (html!("{}?", text), vec![vec![pick("✅ Да", 0)], vec![by_hand("✏️ Нет, введу сам")]])
        }
        several => {
            let mut text = which(field);
            let mut rows = Vec::new();
            for (index, item) in several.iter().enumerate() {
                text = html!("{}\n{}. ", text, index + 1);
                text = html!("{}<code>{}</code>", text, clip(&item.value, ITEM_MAX));
                if let Some(correction) = item.correction {
                    text = html!(
                        "{} (исправлено из <code>{}</code>",
                        text,
                        clip(written(correction), ITEM_MAX)
                    );
                    text = html!("{})", text);
                }
                rows.push(vec![numbered(index, &item.value)]);
            }
            rows.push(vec![by_hand("✏️ Ни один, введу сам")]);
            (text, rows)
        }
    }
}

fn field_word(field: Field) -> &'static str {
    match field {
        Field::Name => "название",
        Field::Email => "e-mail",
        other => field_name(other),
    }
}

fn which(field: Field) -> Html {
    match field {
        Field::Email => {
            html!("В сообщении несколько адресов. На какой <b>e-mail</b> отправить приглашение?")
        }
        Field::Name => {
            html!("В сообщении несколько названий. Какое <b>название</b> поставить в приглашение?")
        }
        other => html!(
            "В сообщении несколько {}. Какой <b>{}</b> у клиента?",
            field_name(other),
            field_name(other)
        ),
    }
}

fn pick(label: impl Into<String>, index: usize) -> Button {
    draft_button(label, DraftAct::Pick(u8::try_from(index).unwrap_or(u8::MAX)))
}

fn numbered(index: usize, value: &str) -> Button {
    pick(format!("{} · {}", index + 1, shorten(value, VALUE_MAX)), index)
}

fn by_hand(label: &str) -> Button {
    draft_button(label, DraftAct::ByHand)
}

fn written(correction: &Correction) -> &str {
    match correction {
        Correction::LookAlike(text) | Correction::Domain(text) | Correction::LostZero(text) => text,
    }
}

fn proposal(field: Field, correction: &Correction, meant: &str) -> Html {
    let place = match field {
        Field::Email => "адресе",
        Field::Name => "названии",
        other => field_name(other),
    };
    let text = match correction {
        Correction::LookAlike(written) if field == Field::Name => {
            html!(
                "В названии смешаны русские и латинские буквы: <code>{}</code>.",
                clip(written, PROPOSED_MAX)
            )
        }
        Correction::LookAlike(written) if written.is_ascii() => {
            html!("В {} <code>{}</code> буква похожа на цифру.", place, written)
        }
        Correction::LookAlike(written) => {
            html!("В {} есть русские буквы: {}.", place, marked(&shorten(written, 100)))
        }
        Correction::Domain(written) => {
            html!("Похоже на опечатку в адресе: <code>{}</code>.", clip(written, PROPOSED_MAX))
        }
        Correction::LostZero(written) => html!(
            "{} <code>{}</code> на знак короче: похоже, потерян ноль в начале.",
            field_name(field),
            clip(written, ITEM_MAX)
        ),
    };
    let ask = if matches!(correction, Correction::LostZero(_)) {
        " Это "
    } else {
        " Исправить на "
    };
    html!("{}{}<code>{}</code>?", text, ask, clip(meant, PROPOSED_MAX))
}

fn fixes(correction: &Correction, as_written: Option<&str>) -> Vec<Vec<Button>> {
    let yes = match correction {
        Correction::LostZero(_) => "✅ Да, это он",
        _ => "✅ Исправить",
    };
    let mut rows = vec![vec![pick(yes, 0)]];
    if as_written.is_some() {
        rows.push(vec![pick("➡️ Оставить как есть", 1)]);
    }
    rows.push(vec![by_hand("✏️ Ввести заново")]);
    rows
}

fn party_choice(parties: &[PartyRequisites]) -> (Html, Vec<Vec<Button>>) {
    let mut text = html!("В сообщении несколько организаций. <b>Кого приглашаем?</b>");
    let mut rows = Vec::new();
    for (index, party) in parties.iter().enumerate() {
        let inns = party.inn.choices().first().map(|choice| &choice.value);
        let inn = party.inn.certain().or(inns).map_or("", Inn::as_str);
        let name = party.name.certain().map(|name| shorten(name.as_str(), VALUE_MAX));
        text = html!("{}\n{}. ", text, index + 1);
        if let Some(name) = &name {
            text = html!("{}{} · ", text, name);
        }
        text = html!("{}ИНН <code>{}</code>", text, inn);
        if let Some(kpp) = party.kpp.certain() {
            text = html!("{} · КПП <code>{}</code>", text, kpp.as_str());
        }
        let label = match name {
            Some(name) => format!("{} · {}", shorten(&name, 30), inn),
            None => format!("ИНН {inn}"),
        };
        rows.push(vec![numbered(index, &label)]);
    }
    rows.push(vec![by_hand("✏️ Никого из них, введу сам")]);
    (text, rows)
}

pub fn invalid_values(values: &[InvalidValue]) -> String {
    let said = |invalid: &InvalidValue| {
        let written = shorten(&crate::domain::tidy(&invalid.written), 30);
        match &invalid.error {
            ValueError::Inn(error) => format!("ИНН {written} — {}", inn_fault(error)),
            ValueError::Kpp(KppError::Length(length)) => format!(
                "КПП {written} — {length} {}, а нужно 9",
                plural(*length, "знак", "знака", "знаков")
            ),
            ValueError::Kpp(KppError::Shape) => {
                format!("КПП {written} — буквы не на своих местах")
            }
            ValueError::Email(EmailError::NoAt) => format!("адрес {written} — нет знака @"),
            ValueError::Email(EmailError::Foreign) => {
                let cyrillic = |c| matches!(c, 'А'..='я' | 'Ё' | 'ё');
                let letters = if written.contains(cyrillic) {
                    "русские"
                } else {
                    "нелатинские"
                };
                format!("адрес {written} не подойдёт: до @ {letters} буквы")
            }
            _ => format!("{written} — не похоже на адрес"),
        }
    };
    let all: Vec<String> = values.iter().take(INVALID_MAX).map(said).collect();
    let more = values.len().saturating_sub(INVALID_MAX);
    let more = if more > 0 { format!("; и ещё {more}") } else { String::new() };
    format!("Не взял: {}{more}.", all.join("; "))
}

fn inn_fault(error: &InnError) -> String {
    match error {
        InnError::Checksum(_) => "опечатка, контрольная цифра не сходится".to_owned(),
        InnError::Length(length) => {
            format!("{length} {}, а нужно 10 или 12", plural(*length, "цифра", "цифры", "цифр"))
        }
        InnError::Zeros => "одни нули".to_owned(),
        InnError::NotDigits | InnError::Kpp(_) => "не похоже на ИНН".to_owned(),
    }
}

/// With its sign before it: what was changed is no warning.
pub fn report(report: &PasteReport) -> Html {
    let mut said = Vec::new();
    if !report.wrong.is_empty() {
        said.push(invalid_values(&report.wrong));
    }
    if let Some(count) = report.parties {
        said.push(format!(
            "В сообщении {count} организаций, здесь первые {}: остальных пришлите отдельно.",
            Choices::MAX
        ));
    }
    if report.wants_email {
        said.push("Из реквизитов в Invoicebox ничего не передаётся, нужен e-mail.".to_owned());
    }
    let now = report.replaced.iter().map(replaced);
    let now = now.reduce(|text, next| html!("{} · {}", text, next)).unwrap_or_default();
    let now = html!("✏️ Теперь: {}", now);
    match (said.is_empty(), report.replaced.is_empty()) {
        (true, _) => now,
        (false, true) => html!("⚠️ {}", said.join(" ")),
        (false, false) => html!("⚠️ {}\n{}", said.join(" "), now),
    }
}

fn replaced((field, value): &(Field, String)) -> Html {
    match field {
        Field::Inn | Field::Kpp => html!("{} {}", field_name(*field), clip(value, 60)),
        _ => clip(value, 60),
    }
}

pub fn offer(facts: &Facts, known: &Draft) -> Screen {
    let text = match (&known.inn, &known.email) {
        (Some(inn), _) => html!(
            "ИНН <code>{}</code>{}",
            inn.as_str(),
            match inn.is_organisation() {
                true => "",
                false => " (ИП)",
            }
        ),
        (None, Some(email)) => address(email),
        (None, None) => Html::default(),
    };
    let check = facts.checked(known);
    let stop = check.and_then(|check| check.stop.as_ref());
    let through = facts.providers_for(known);
    let several = facts.setup.providers.len() > 1;
    let mut rows: Vec<Vec<Button>> = through
        .into_iter()
        .filter(|_| stop.is_none())
        .map(|known| {
            let label = match several {
                true => format!("✉️ Пригласить в {}", provider(known)),
                false => "✉️ Пригласить".to_owned(),
            };
            vec![draft_button(label, DraftAct::Choose(known))]
        })
        .collect();
    if stop.is_some() && facts.viewer.may(Permission::ManageStopList) {
        rows.push(vec![to_list()]);
    }
    rows.push(vec![
        draft_button("🕘 История", DraftAct::History),
        draft_button("❌ Отмена", DraftAct::Cancel),
    ]);
    let text = match check.and_then(|check| known_lines(facts, known, check)) {
        Some(lines) => html!("{}\n\n{} — что делаем?", lines, text),
        None => html!("{} — что делаем?", text),
    };
    let asked = screen(text, rows);
    match used_up(facts) {
        Some(why) => noted(why, asked),
        None => asked,
    }
}

pub fn choose_draft(unfinished: &Draft, pasted: &Draft) -> Screen {
    let text = html!(
        "Есть незаконченный черновик: {}\n\nА это другое приглашение: {}",
        draft_line(unfinished),
        draft_line(pasted)
    );
    let rows = vec![
        vec![draft_button("▶️ Продолжить черновик", DraftAct::KeepUnfinished)],
        vec![draft_button("🆕 Перейти к другому", DraftAct::TakePasted)],
        vec![draft_button("🗑 Удалить оба", DraftAct::Cancel)],
        vec![draft_button("❌ Отмена", DraftAct::KeepUnfinished), button("🏠 Начало", Press::Home)],
    ];
    screen(text, rows)
}
