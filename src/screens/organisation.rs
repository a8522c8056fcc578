//! The card of an organisation, its branches, and what the directories say elsewhere.

use super::html::{Html, html, shorten};
use super::press::Press;
use super::{Button, Screen, button, draft_button as act, screen};
use crate::dialogue::session::{BRANCHES_PER_PAGE, DraftAct};
use crate::domain::{Draft, Field, Kpp, Lookup, Organisation, RegistryStatus, Unavailable};

const ADDRESS_MAX: usize = 200;
const NAME_MAX: usize = 80;
const TOWN_MAX: usize = 30;

pub fn card(filled: &Draft, found: &Organisation) -> Screen {
    let taken = filled.with_registry_values();
    let is_organisation = found.inn.is_organisation();
    let sign = if is_organisation { "🏢 " } else { "👤 " };
    let mut text = html!("{}", sign);
    text = match &taken.name {
        Some(name) => html!("{}<b>{}</b>", text, name.as_str()),
        None => html!("{}Названия в реестре нет", text),
    };
    text = html!("{}\nИНН <code>{}</code>", text, found.inn.as_str());
    text = match taken.kpp.as_ref().filter(|_| is_organisation) {
        Some(kpp) => html!("{} · КПП <code>{}</code>", text, kpp.as_str()),
        None if is_organisation => html!("{} · КПП в реестре нет", text),
        None => html!("{} (ИП, КПП не нужен)", text),
    };
    if let Some(address) = address(found, taken.kpp.as_ref()) {
        text = html!("{}\n{}", text, shorten(address, ADDRESS_MAX));
    }
    if let Some(email) = &taken.email {
        text = html!("{}\nE-mail: <code>{}</code>", text, email.as_str());
    }
    if let Some(flag) = closure_warning(found) {
        text = html!("{}\n{}", text, flag);
    }
    let differing = filled.differing();
    if !differing.is_empty() {
        text = html!("{}\n⚠️ У вас иначе: {}.", text, values(&differing, filled));
    }
    text = html!(
        "{}\n\n{}",
        text,
        match (differing.is_empty(), is_organisation) {
            (true, _) if found.status == Some(RegistryStatus::Liquidated) =>
                "Всё равно приглашать?",
            (false, _) => "Что поставить в приглашение?",
            (true, true) => "Это она?",
            (true, false) => "Всё верно?",
        }
    );
    let others = others(found);
    let mut rows: Vec<Vec<Button>> = Vec::new();
    if differing.is_empty() {
        rows.push([act("✅ Да", DraftAct::TakeFromRegistry)].into_iter().chain(others).collect());
    } else {
        let registry = act("✅ Как в реестре", DraftAct::TakeFromRegistry);
        rows.push(vec![registry, act("➡️ Оставить моё", DraftAct::KeepValue)]);
        rows.extend(others.map(|others| vec![others]));
    }
    rows.push(vec![
        act("✏️ Другой ИНН", DraftAct::Edit(Field::Inn)),
        act("⌨️ Ввести вручную", DraftAct::ByHand),
    ]);
    rows.push(vec![act("◀️ Назад", DraftAct::Back), act("❌ Отмена", DraftAct::Cancel)]);
    screen(text, rows)
}

fn values(fields: &[Field], filled: &Draft) -> Html {
    let name = filled.name.as_ref().filter(|_| fields.contains(&Field::Name));
    let kpp = filled.kpp.as_ref().filter(|_| fields.contains(&Field::Kpp));
    let name = name.map(|name| html!("название <b>{}</b>", name.as_str()));
    let kpp = kpp.map(|kpp| html!("КПП <code>{}</code>", kpp.as_str()));
    let parts = name.into_iter().chain(kpp);
    parts.reduce(|text, next| html!("{}, {}", text, next)).unwrap_or_default()
}

pub fn others(found: &Organisation) -> Option<Button> {
    let count = found.kpps().len().checked_sub(1)?;
    let more = if found.more_branches { "+" } else { "" };
    Some(act(format!("🏬 Другой филиал ({count}{more})"), DraftAct::Branches(0)))
}

pub fn branches(found: &Organisation, page: u16) -> Screen {
    let all = found.kpps();
    let pages = all.len().div_ceil(BRANCHES_PER_PAGE);
    let mut text = html!("🏬 Какой КПП?");
    if let Some(name) = found.name() {
        text = html!("🏬 <b>{}</b>\nКакой КПП?", name.as_str());
    }
    let mut rows = Vec::new();
    for &kpp in all.iter().skip(usize::from(page) * BRANCHES_PER_PAGE).take(BRANCHES_PER_PAGE) {
        let place = town(found, kpp);
        let label = match &place {
            Some(place) => format!("{} · КПП {}", shorten(place, TOWN_MAX), kpp.as_str()),
            None => format!("КПП {}", kpp.as_str()),
        };
        rows.push(vec![act(label, DraftAct::Kpp(kpp.clone()))]);
        let name = found.branch(kpp).and_then(|branch| branch.name.as_ref());
        text = html!("{}\n<code>{}</code> — ", text, kpp.as_str());
        text = html!(
            "{}{}",
            text,
            name.map_or_else(
                || if found.branch(kpp).is_some() { "филиал" } else { "головная" }.to_owned(),
                |name| shorten(name.as_str(), NAME_MAX),
            )
        );
    }
    let last = usize::from(page) + 1 >= pages;
    if last && found.more_branches {
        text = html!("{}\nЭто не все филиалы: другой КПП введите сами.", text);
    }
    if pages > 1 {
        rows.push(turn(page, pages));
    }
    rows.push(vec![act("⌨️ Ввести КПП", DraftAct::Edit(Field::Kpp))]);
    rows.push(vec![act("◀️ Назад", DraftAct::Back), act("❌ Отмена", DraftAct::Cancel)]);
    screen(text, rows)
}

fn turn(page: u16, pages: usize) -> Vec<Button> {
    let mut turn = Vec::new();
    if let Some(previous) = page.checked_sub(1) {
        turn.push(act("◀️", DraftAct::Branches(previous)));
    }
    turn.push(button(format!("{}/{pages}", page + 1), Press::Caption));
    if usize::from(page) + 1 < pages {
        turn.push(act("▶️", DraftAct::Branches(page + 1)));
    }
    turn
}

/// An ИП's address is where a person lives, and is not shown.
fn address<'a>(found: &'a Organisation, kpp: Option<&Kpp>) -> Option<&'a str> {
    if !found.inn.is_organisation() {
        return None;
    }
    match kpp.and_then(|kpp| found.branch(kpp)) {
        Some(branch) => branch.address.as_deref(),
        None => found.address.as_deref(),
    }
}

/// In an address of the state register: the part with «г», else the first.
fn town(found: &Organisation, kpp: &Kpp) -> Option<String> {
    let address = address(found, Some(kpp))?;
    let mut parts = address.split(',').map(str::trim).filter(|part| !part.is_empty());
    let town = |part: &str| {
        let name = part.strip_prefix("г.").or_else(|| part.strip_prefix("г "))?.trim();
        (!name.is_empty()).then(|| name.to_owned())
    };
    parts.clone().find_map(town).or_else(|| parts.next().map(str::to_owned))
}

pub fn registry_line(filled: &Draft) -> Option<Html> {
    match &filled.current_lookup()?.result {
        Lookup::Found(found) => {
            let lines = [closure_warning(found), mismatch(filled)];
            lines.into_iter().flatten().reduce(|text, next| html!("{}\n{}", text, next))
        }
        Lookup::NotFound => {
            Some(html!("ℹ️ Такого ИНН в реестре не нашлось: проверьте, нет ли опечатки."))
        }
        Lookup::Unavailable(why) => {
            Some(html!("ℹ️ {}, данные с ним не сверены.", unavailable_word(*why)?))
        }
    }
}

fn closure_warning(found: &Organisation) -> Option<Html> {
    let day = |day: jiff::civil::Date| day.strftime("%d.%m.%Y").to_string();
    let as_of = found.as_of.map(|it| format!(" (данные на {})", day(it))).unwrap_or_default();
    let ended = found.ended.map(|it| format!(" {}", day(it)));
    Some(match (found.status?, found.inn.is_organisation()) {
        (RegistryStatus::Active, _) => return None,
        (RegistryStatus::Liquidated, true) => {
            html!("⛔️ Организация <b>ликвидирована</b>{}.", ended.unwrap_or(as_of))
        }
        (RegistryStatus::Liquidated, false) => {
            html!("⛔️ Деятельность ИП <b>прекращена</b>{}.", ended.unwrap_or(as_of))
        }
        (RegistryStatus::Liquidating, true) => html!("⚠️ В стадии ликвидации{}.", as_of),
        (RegistryStatus::Liquidating, false) => html!("⚠️ ИП прекращает деятельность{}.", as_of),
        (RegistryStatus::Bankrupt, _) => html!("⚠️ Идёт банкротство{}.", as_of),
        (RegistryStatus::Reorganising, _) => {
            html!("⚠️ Реорганизуется: присоединяется к другой организации{}.", as_of)
        }
    })
}

fn shown_differences(filled: &Draft) -> Vec<Field> {
    filled.differing().into_iter().filter(|field| filled.fields().contains(field)).collect()
}

fn mismatch(filled: &Draft) -> Option<Html> {
    let differing = shown_differences(filled);
    let text = html!("⚠️ В реестре иначе: {}", values(&differing, &filled.with_registry_values()));
    (!differing.is_empty()).then(|| html!("{}.", text))
}

pub fn from_registry(filled: &Draft) -> Option<Button> {
    (!shown_differences(filled).is_empty())
        .then(|| act("🏢 Взять из реестра", DraftAct::TakeFromRegistry))
}

pub fn by_hand(filled: &Draft, field: Field) -> Option<String> {
    let looked = filled.current_lookup()?;
    if looked.by_hand || !matches!(field, Field::Kpp | Field::Name) {
        return None;
    }
    match &looked.result {
        Lookup::Found(_) => None,
        Lookup::NotFound => Some(
            "Такого ИНН в реестре не нашлось — проверьте его или заполните вручную.".to_owned(),
        ),
        Lookup::Unavailable(why) => {
            Some(format!("{} — заполним вручную.", unavailable_word(*why)?))
        }
    }
}

fn unavailable_word(why: Unavailable) -> Option<&'static str> {
    match why {
        Unavailable::Timeout => Some("Реестр не ответил вовремя"),
        Unavailable::OverQuota => Some("Лимит запросов к реестру исчерпан"),
        Unavailable::WrongKey => Some("Реестр не принимает ключ"),
        Unavailable::Down => Some("Реестр недоступен"),
        Unavailable::Off => None,
    }
}
