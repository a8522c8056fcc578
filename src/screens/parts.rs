//! Parts that several screens share: a draft on one line, the ways to edit it and out of it, the
//! buttons of the first screen.

use super::html::{Html, html};
use super::press::{List, ListFilter, Press, ReportAct, StaffAct, StopAct};
use super::{Button, Screen, button, draft_button, field as field_name, provider};
use crate::dialogue::facts::Facts;
use crate::dialogue::session::DraftAct;
use crate::domain::{
    Choices, Draft, Email, Field, NotSettled, Office, Period, Permission, ResultWord, Viewer,
};

pub fn way_out(back: bool) -> Vec<Button> {
    let cancel = draft_button("❌ Отмена", DraftAct::Cancel);
    if back {
        vec![draft_button("◀️ Назад", DraftAct::Back), cancel]
    } else {
        vec![cancel]
    }
}

/// Of a draft that stands beside another one, or is not shown: never without a word.
pub fn draft_line(filled: &Draft) -> Html {
    match (line(filled), filled.pending_choices.first()) {
        (known, Some(Choices::Party(_))) if known.length() == 0 => {
            html!("организация уточняется")
        }
        (known, Some(open)) if known.length() == 0 => {
            html!("{} уточняется", field_name(open.field()))
        }
        (known, _) => known,
    }
}

pub fn line(filled: &Draft) -> Html {
    let mut line = Html::default();
    let parts = [
        filled.provider.map(|known| provider(known).to_owned()),
        filled.name.as_ref().map(|name| name.as_str().to_owned()),
        filled.inn.as_ref().map(|inn| match inn.is_organisation() {
            true => format!("ИНН {}", inn.as_str()),
            false => format!("ИНН {} (ИП, КПП не нужен)", inn.as_str()),
        }),
        filled.kpp.as_ref().map(|kpp| format!("КПП {}", kpp.as_str())),
        filled.email.as_ref().map(|email| email.as_str().to_owned()),
    ];
    for (place, part) in parts.into_iter().flatten().enumerate() {
        if place > 0 {
            line = html!("{} · ", line);
        }
        line = html!("{}{}", line, part);
    }
    line
}

pub fn value(filled: &Draft, field: Field) -> Option<String> {
    match field {
        Field::Provider => filled.provider.map(|known| provider(known).to_owned()),
        Field::Inn => filled.inn.clone().map(String::from),
        Field::Kpp => filled.kpp.clone().map(String::from),
        Field::Name => filled.name.clone().map(String::from),
        Field::Email => filled.email.clone().map(String::from),
        Field::Office => filled.office.as_ref().map(|office| match office {
            Office::Code(code) => code.as_str().to_owned(),
            Office::Without => "без кода".to_owned(),
        }),
    }
}

pub fn edits(facts: &Facts, filled: &Draft) -> Vec<Vec<Button>> {
    edits_of(facts, filled, filled.fields())
}

pub fn edits_of(facts: &Facts, filled: &Draft, wanted: &[Field]) -> Vec<Vec<Button>> {
    let may =
        |known| known != Field::Provider && !(known == Field::Office && facts.is_office_fixed());
    let fields = filled.fields().iter().filter(|&&known| may(known) && wanted.contains(&known));
    let edit = |&known| draft_button(format!("✏️ {}", field_name(known)), DraftAct::Edit(known));
    fields.map(edit).collect::<Vec<_>>().chunks(3).map(<[Button]>::to_vec).collect()
}

pub fn prefixed(note: Html, screen: Screen) -> Screen {
    let text = html!("{}\n\n{}", note, screen.text);
    Screen { text, rows: screen.rows }
}

pub fn noted(note: impl AsRef<str>, screen: Screen) -> Screen {
    let text = html!("⚠️ {}\n\n{}", note.as_ref(), screen.text);
    Screen { text, rows: screen.rows }
}

pub fn marked(text: &str) -> Html {
    let mut html = Html::default();
    for part in text.split_inclusive(|c: char| !c.is_ascii()) {
        let foreign = part.chars().last().filter(|c| !c.is_ascii());
        html = match foreign {
            Some(c) => html!("{}{}<b>{}</b>", html, part.trim_end_matches(c), c.to_string()),
            None => html!("{}{}", html, part),
        };
    }
    html
}

pub fn address(email: &Email) -> Html {
    let text = html!("<code>{}</code>", email.as_str());
    match email.other_form() {
        Some(other) => html!("{} (он же <code>{}</code>)", text, other),
        None => text,
    }
}

fn home_row() -> Vec<Button> {
    vec![button("✉️ Пригласить", Press::Invite), button("🗂 Статус", Press::List(List::ALL))]
}

/// Where everything begins.
pub fn home_rows(viewer: &Viewer) -> Vec<Vec<Button>> {
    let mut rows = vec![home_row()];
    if viewer.may(Permission::SeeReports) {
        let week = Press::Report(ReportAct::Period(Period::Week));
        rows.push(vec![button("📊 Отчёт", week)]);
    }
    if viewer.may(Permission::SeeStaff) {
        rows.push(vec![
            button("👥 Сотрудники", Press::Staff(StaffAct::Page(0))),
            button("🚫 Стоп-лист", Press::StopList(StopAct::Page(0))),
        ]);
    }
    rows
}

/// Counted as far as [`NotSettled::MOST`].
pub fn at_most(count: i64) -> String {
    match count < NotSettled::MOST {
        true => count.to_string(),
        false => format!("{}+", NotSettled::MOST),
    }
}

/// Everything that is unknown, as a page of the log.
pub fn all_unknown() -> Press {
    Press::List(List::of(ListFilter::All(Some(ResultWord::Unknown), None, None)))
}
