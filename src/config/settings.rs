//! The table of settings, for `--help`, `.env.example` and `docs/settings.md`.

pub struct Setting {
    pub name: &'static str,
    /// Never shown, and also read from the file that `NAME_FILE` names.
    pub secret: bool,
    pub default: Option<&'static str>,
    pub about: &'static str,
}

/// In the order of an operator's set-up.
pub const SETTINGS: &[Setting] = &[
    secret("TELOXIDE_TOKEN", "Токен бота от @BotFather; обязателен."),
    plain("TELOXIDE_API_URL", None, "Адрес сервера Bot API, если это не сервер Telegram."),
    secret(
        "TELOXIDE_PROXY",
        "Маршруты до Telegram через запятую, предпочтительный первым: socks5h://, socks5://, http:// или https:// с [логин:пароль@]адрес:порт, или direct — напрямую. Если первый не отвечает, берётся следующий; пусто — только напрямую.",
    ),
    plain(
        "WEBHOOK_URL",
        None,
        "Адрес https://, на который Telegram сам присылает сообщения; нужен и WEBHOOK_LISTEN. Пусто — бот спрашивает Telegram сам.",
    ),
    plain(
        "WEBHOOK_LISTEN",
        None,
        "Адрес и порт, на котором бот ждёт эти сообщения от вашего веб-сервера (nginx, Caddy), например 127.0.0.1:8081.",
    ),
    plain(
        "WEBHOOK_ALLOW_REMOTE",
        Some("false"),
        "true разрешает WEBHOOK_LISTEN с адресом, доступным не только с этого компьютера: там нет TLS.",
    ),
    secret(
        "PROVIDER_PROXY",
        "Один прокси для Invoicebox, СБИС и DaData, в том же виде; пусто — напрямую.",
    ),
    plain(
        "DATABASE_URL",
        Some("sqlite:data/invite-bot.db"),
        "Файл базы данных, sqlite:ПУТЬ; создаётся вместе с папкой.",
    ),
    plain(
        "BACKUP_DIR",
        None,
        "Папка для копий базы: каждую ночь бот сам кладёт сюда копию; без неё ночных копий нет. Папка — для копий одного бота, лучше на другом диске.",
    ),
    plain("BACKUP_TIME", Some("03:30"), "Когда делать ночную копию, ЧЧ:ММ по TIME_ZONE."),
    plain("BACKUP_KEEP", Some("14"), "Сколько копий хранить в BACKUP_DIR, от 1 до 1000."),
    plain(
        "BACKUP_KEEP_DAYS",
        Some("30"),
        "Сколько дней хранить копию, от 0 до 3650; 0 — без срока. Самая новая остаётся всегда.",
    ),
    plain(
        "ADMIN_IDS",
        None,
        "Telegram id администраторов через запятую; они остаются администраторами, пока указаны здесь.",
    ),
    secret(
        "INVOICEBOX_TOKEN",
        "Ключ API Invoicebox; вместе с INVOICEBOX_PARTNER_ID включает приглашения в Invoicebox.",
    ),
    plain("INVOICEBOX_PARTNER_ID", None, "Идентификатор партнёра в Invoicebox, UUID."),
    plain("INVOICEBOX_API_URL", Some("https://api.invoicebox.ru"), "Адрес API Invoicebox."),
    plain(
        "SBIS_ENABLED",
        Some("false"),
        "true включает приглашения в СБИС; ключ для них не нужен.",
    ),
    plain(
        "SBIS_API_URL",
        Some("https://online.sbis.ru/reg/service/"),
        "Полный адрес сервиса регистрации СБИС; тестовый стенд: https://fix-online.sbis.ru/reg/service/.",
    ),
    plain(
        "SBIS_PARTNER_CODE",
        None,
        "Код офиса партнёра в СБИС, 4 или 5 цифр: ставится в каждое приглашение, перед отправкой его можно исправить. Без него бот спрашивает код.",
    ),
    plain(
        "SBIS_PROMOTION_ID",
        None,
        "Идентификатор акции СБИС, который уходит с каждым приглашением.",
    ),
    secret(
        "DADATA_TOKEN",
        "Ключ API DaData: по ИНН бот находит и состояние организации, и её филиалы. Без него — только справочник Invoicebox, если он включён.",
    ),
    plain("DADATA_API_URL", Some("https://suggestions.dadata.ru"), "Адрес API DaData."),
    plain(
        "PROVIDER_TIMEOUT_SECONDS",
        Some("30"),
        "Сколько секунд ждать ответа Invoicebox или СБИС, от 2 до 120.",
    ),
    plain(
        "PROVIDER_CONCURRENCY",
        Some("4"),
        "Сколько запросов к одной системе идут одновременно, от 1 до 64; после сбоя не больше стольких приглашений окажутся с неизвестным итогом.",
    ),
    plain(
        "INVOICEBOX_RATE_PER_MINUTE",
        Some("120"),
        "Сколько запросов в минуту уходит в Invoicebox; 0 — без ограничения.",
    ),
    plain(
        "SBIS_RATE_PER_MINUTE",
        Some("60"),
        "Сколько запросов в минуту уходит в СБИС; 0 — без ограничения.",
    ),
    plain(
        "ACCESS_REQUESTS",
        Some("true"),
        "true — посторонний может попросить доступ кнопкой, решают старшие и администраторы; false — он видит только свой id.",
    ),
    plain(
        "REPEAT_POLICY",
        Some("warn"),
        "Что делать, если этого получателя уже приглашали за последние 30 дней или он уже клиент: warn — предупредить, block — повторить может только администратор.",
    ),
    plain(
        "PERSON_LIMIT_PER_DAY",
        Some("50"),
        "Сколько приглашений в день может отправить один человек; 0 — без ограничения. Администратор меняет лимит человека в /staff.",
    ),
    plain(
        "PERSON_LIMIT_PER_HOUR",
        Some("20"),
        "Сколько приглашений один человек может отправить за любые 60 минут; 0 — без ограничения.",
    ),
    plain(
        "DOMAIN_LIMIT_PER_DAY",
        Some("10"),
        "Сколько приглашений в день уходит на адреса одного домена, кроме общих почтовых (mail.ru, gmail.com); 0 — без ограничения.",
    ),
    plain(
        "INVOICEBOX_LIMIT_PER_DAY",
        Some("0"),
        "Сколько приглашений в день все вместе отправляют через Invoicebox; 0 — без ограничения.",
    ),
    plain(
        "SBIS_LIMIT_PER_DAY",
        Some("0"),
        "Сколько приглашений в день все вместе отправляют через СБИС; 0 — без ограничения.",
    ),
    plain(
        "SEND_DELAY_SECONDS",
        Some("5"),
        "Сколько секунд после «Отправить» отправку ещё можно остановить кнопкой «Стоп», от 0 до 60; 0 — отправлять сразу.",
    ),
    plain(
        "MONITOR_LISTEN",
        None,
        "Адрес и порт для /health, /ready и /metrics, например 127.0.0.1:9102; пусто — выключено.",
    ),
    plain(
        "MONITOR_ALLOW_REMOTE",
        Some("false"),
        "true разрешает MONITOR_LISTEN с адресом, доступным не только с этого компьютера.",
    ),
    plain(
        "TIME_ZONE",
        Some("Europe/Moscow"),
        "Часовой пояс для дат и времени на экране, название из базы IANA.",
    ),
    plain(
        "RUST_LOG",
        Some("info"),
        "Подробность журнала: error, warn, info, debug или trace; библиотеки пишут не больше warn при любом значении.",
    ),
    plain("LOG_FORMAT", Some("text"), "Вид журнала: text или json."),
];

const fn plain(name: &'static str, default: Option<&'static str>, about: &'static str) -> Setting {
    Setting { name, secret: false, default, about }
}

const fn secret(name: &'static str, about: &'static str) -> Setting {
    Setting { name, secret: true, default: None, about }
}

pub(super) fn default_of(name: &str) -> Option<&'static str> {
    SETTINGS.iter().find(|setting| setting.name == name)?.default
}
