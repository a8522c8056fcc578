//! What is said while nothing is sent, and how that ends.

use super::html::{Html, html, quote};
use super::parts::{all_unknown, home_rows};
use super::press::{List, ListFilter, Press};
use super::{
    Button, Screen, button, clock, day_and_time, hour_and_minute, invitations, name, provider,
    screen,
};
use crate::dialogue::facts::Facts;
use crate::domain::{
    DatabaseDoubt, Hold, HoldKind, Invitation, Permission, Provider, ResultWord, State, Viewer,
};

/// In place of «no letter went», which nobody knows.
pub const EARLIER: &str =
    "Сейчас письмо не отправлялось, но до восстановления базы оно могло уйти.";

fn cause(doubt: DatabaseDoubt) -> &'static str {
    match doubt {
        DatabaseDoubt::Unmarked => "рядом с ней нет её метки, файла .mark",
        DatabaseDoubt::Copied => "её файлы скопированы, перенесены или восстановлены",
        DatabaseDoubt::Older => {
            "в ней нет того, что я сделал последним: похоже, восстановлена старая копия"
        }
    }
}

pub fn notice(hold: &Hold) -> Screen {
    let mut rows = ways_out(hold);
    let text = match &hold.kind {
        HoldKind::ProviderDown { provider: down, .. } => {
            rows.push(vec![button("⚠️ Все неизвестные", all_unknown())]);
            html!(
                "⏳ <b>{}</b> больше 15 минут отвечает с ошибками или не отвечает. Раз в минуту пробую одним приглашением, остальные ждут в очереди, ничего не потеряно. Когда сервис ответит как должно, продолжу сам.\nКаждая неудачная проба может оставить одно приглашение неизвестным: их авторам я пишу.",
                provider(*down)
            )
        }
        HoldKind::BadCredentials { provider: refuses, message } => {
            let mut text = html!(
                "⏸ <b>{}</b>: не подходит ключ доступа (или адрес API). Отправка через него остановлена, приглашения ждут в очереди, ничего не потеряно.",
                provider(*refuses)
            );
            if let Some(message) = message {
                text = html!("{}\nОтвет сервиса: {}", text, quote(message, 600));
            }
            let setting = match refuses {
                Provider::Invoicebox => "INVOICEBOX_TOKEN и INVOICEBOX_PARTNER_ID",
                Provider::Sbis => "SBIS_API_URL",
            };
            html!(
                "{}\nПерешлите это тому, кто обслуживает бота: проверить {}, исправить и перезапустить. Потом нажмите «Возобновить».",
                text,
                setting
            )
        }
        HoldKind::PollingConflict { .. } => {
            rows.insert(0, vec![button("⏳ Что ждёт в очереди", all_waiting())]);
            html!(
                "⏸ <b>Отправка остановлена</b>: с токеном этого бота работает ещё одна программа, и часть сообщений и нажатий достаётся ей. Приглашения ждут в очереди, ничего не потеряно.\nНайдите её и остановите: второй запуск бота, прежний сервер, копия для проверки, чужая программа. Не нашли — перевыпустите токен у @BotFather и впишите новый в TELOXIDE_TOKEN.\nЕсли у неё была копия базы, ожидающие приглашения могла отправить и она. Проверьте их и снимите те, что ушли. Потом нажмите «Другой нет, продолжить отправку»: сам я отправку не возобновлю."
            )
        }
        HoldKind::UntrustedDatabase { cause: doubt, waiting } => html!(
            "⏸ <b>Отправка остановлена</b>. База данных под сомнением: {}. Ждут вашего решения: {}.\nЧто в копии ждёт отправки, после её снятия могло уже уйти: тогда клиент получит <b>второе письмо</b>. Сам я ничего не отправлю.\n1. Убедитесь, что эта база — последняя и что с её копией не работает другой бот.\n2. Чего отправлять не нужно, отмените на карточках.\n3. Возобновите отправку.",
            cause(*doubt),
            invitations(*waiting)
        ),
        HoldKind::UncheckedFile => html!(
            "⏳ <b>Проверяю файл базы данных</b>: в прошлый раз я остановился не сам. Людям я отвечаю, приглашения ждут в очереди. Если файл цел, начну отправку сам; если повреждён, ничего не отправлю и остановлюсь."
        ),
    };
    screen(text, rows)
}

pub fn ways_out(hold: &Hold) -> Vec<Vec<Button>> {
    let resume = |label: String| vec![button(label, Press::Resume(hold.id, None))];
    match &hold.kind {
        HoldKind::ProviderDown { .. } | HoldKind::UncheckedFile => vec![],
        HoldKind::BadCredentials { provider: refuses, .. } => {
            vec![resume(format!("▶️ Возобновить {}", provider(*refuses)))]
        }
        HoldKind::PollingConflict { .. } => {
            vec![resume("▶️ Другой нет, продолжить отправку".to_owned())]
        }
        HoldKind::UntrustedDatabase { waiting, .. } => {
            let resume = resume("▶️ Возобновить отправку".to_owned());
            what_waits(*waiting).into_iter().chain([resume]).collect()
        }
    }
}

fn all_waiting() -> Press {
    Press::List(List::of(ListFilter::All(Some(ResultWord::Waiting), None, None)))
}

fn what_waits(waiting: u32) -> Option<Vec<Button>> {
    (waiting > 0).then(|| vec![button(format!("🗂 Что ждёт ({waiting})"), all_waiting())])
}

pub fn standing(viewer: &Viewer, hold: &Hold) -> Option<Html> {
    let is_admin = viewer.may(Permission::Resume);
    Some(match &hold.kind {
        HoldKind::ProviderDown { .. } if !is_admin => return None,
        HoldKind::ProviderDown { provider: down, until, .. } if *until > viewer.now => html!(
            "⏳ {} отвечает с ошибками. Попробую в {}, приглашения ждут в очереди.",
            provider(*down),
            clock(*until, &viewer.zone)
        ),
        HoldKind::ProviderDown { provider: down, .. } => html!(
            "⏳ {} отвечает с ошибками. Проверю следующим приглашением, остальные подождут его ответа.",
            provider(*down)
        ),
        HoldKind::BadCredentials { provider: refuses, .. } if !is_admin => html!(
            "⏸ {} сейчас не принимает наши приглашения — дело в настройках. Админ знает. Приглашения ждут в очереди и уйдут сами.",
            provider(*refuses)
        ),
        HoldKind::BadCredentials { provider: refuses, .. } => html!(
            "⏸ {} на паузе: не подходит ключ доступа (или адрес API). Приглашения ждут в очереди.",
            provider(*refuses)
        ),
        HoldKind::PollingConflict { .. } => html!(
            "⏸ Отправка остановлена: с токеном бота работает ещё одна программа. Приглашения ждут в очереди."
        ),
        HoldKind::UncheckedFile if !hold.told => return None,
        HoldKind::UncheckedFile => html!(
            "⏳ Проверяю файл базы данных: в прошлый раз я остановился не сам. Приглашения ждут в очереди, после проверки отправлю."
        ),
        HoldKind::UntrustedDatabase { .. } if !is_admin => html!(
            "⏸ Отправка остановлена: база данных под сомнением. Приглашения ждут решения админа."
        ),
        HoldKind::UntrustedDatabase { cause: doubt, waiting } => html!(
            "⏸ Отправка остановлена: база данных под сомнением. С {}: {}. Ждут вашего решения: {}.",
            day_and_time(hold.since, &viewer.zone),
            cause(*doubt),
            invitations(*waiting)
        ),
    })
}

pub fn ask_resume(viewer: &Viewer, hold: &Hold, waiting: u32, minute: i64) -> Screen {
    let text = html!("▶️ <b>Возобновить отправку?</b>\n");
    let text = match waiting {
        0 => html!("{}Сейчас ничего не ждёт; новые приглашения будут уходить сразу.", text),
        waiting => html!(
            "{}Ждут: {}, и уйдут все. Те, что подтвердили до {}, могли уже уйти: тогда клиент получит <b>второе письмо</b>. Отозвать его нельзя. Лишние сначала отмените на карточках.",
            text,
            invitations(waiting),
            day_and_time(hold.since, &viewer.zone)
        ),
    };
    let yes = vec![button("▶️ Да, отправлять", Press::Resume(hold.id, Some(minute)))];
    let back = vec![button("◀️ Назад", Press::Home)];
    screen(text, [yes].into_iter().chain(what_waits(waiting)).chain([back]).collect())
}

pub fn resumed(viewer: &Viewer, kind: &HoldKind, queues: u64) -> Screen {
    let (me, now) = (name(&viewer.me), day_and_time(viewer.now, &viewer.zone));
    if let Some(works) = kind.provider() {
        let now = hour_and_minute(viewer.now, &viewer.zone);
        let waited = match queues {
            0 => "Ничего не ждало.".to_owned(),
            count => format!("Ждали {count}, уходят сейчас."),
        };
        let text =
            html!("▶️ <b>{}</b> снова отправляет. {} ({}, {})", provider(works), waited, me, now);
        return screen(text, home_rows(viewer));
    }
    if let HoldKind::PollingConflict { .. } = kind {
        let text = html!("▶️ <b>Снова отправляю</b>. ({}, {})", me, now);
        return screen(text, home_rows(viewer));
    }
    let text = html!("▶️ <b>Снова отправляю</b>. ({}, {}) ", me, now);
    let text = match queues {
        0 => html!("{}Из того, что ждало решения, отправлять нечего.", text),
        count => html!("{}Снова в очереди: {}. Итоги — у авторов и в /status.", text, count),
    };
    screen(text, vec![vec![button("🏠 Начало", Press::Home)]])
}

pub fn resumed_toast(kind: &HoldKind) -> Option<String> {
    match kind {
        HoldKind::UntrustedDatabase { .. } | HoldKind::UncheckedFile => None,
        HoldKind::PollingConflict { .. } => Some("Снова отправляю.".to_owned()),
        HoldKind::BadCredentials { provider: works, .. }
        | HoldKind::ProviderDown { provider: works, .. } => {
            Some(format!("{} снова отправляет.", provider(*works)))
        }
    }
}

pub fn reason(invitation: &Invitation) -> Html {
    let may = match invitation.state {
        State::Held => "Это приглашение могло уже уйти раньше.",
        _ => "Если его подтверждали и до этого, оно могло уже уйти.",
    };
    html!("Ждёт решения админа: моя база данных восстановлена из копии или перенесена. {}", may)
}

/// Why a letter would wait; the person need not do anything.
pub(super) fn waiting(facts: &Facts, through: Provider) -> Option<&'static str> {
    Some(match &facts.holds.iter().find(|hold| hold.kind.forbids(through))?.kind {
        HoldKind::ProviderDown { .. } => {
            "сервис сейчас отвечает с ошибками. Приглашение подождёт в очереди и уйдёт само."
        }
        HoldKind::BadCredentials { .. } => {
            "сервис сейчас не принимает наши приглашения, дело в настройках, не в клиенте. Админ знает; приглашение подождёт в очереди и уйдёт само."
        }
        HoldKind::PollingConflict { .. } | HoldKind::UntrustedDatabase { .. } => {
            "отправка остановлена, админ знает. Приглашение подождёт в очереди."
        }
        HoldKind::UncheckedFile => {
            "проверяю файл базы данных. Приглашение подождёт в очереди и уйдёт само."
        }
    })
}
