//! What an operator may set, and what he is told when it is wrong. How the program ends then is
//! in `cli.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use invite_bot::bot::Route;
use invite_bot::config::{Config, LogFormat, SETTINGS};
use jiff::civil::time;
use secrecy::ExposeSecret as _;

/// Shaped like a token; in no message may it ever be.
const TOKEN: &str = "123456789:canaryCANARYcanaryCANARYcanaryCANAR";
const PARTNER: &str = "0b1f4c0e-6d0e-4a57-9a3c-3a1d1d9a7e10";

type Vars = BTreeMap<String, String>;

/// The least that works, changed by `changes`; an empty value takes a setting away.
fn vars(changes: &[(&str, &str)]) -> Vars {
    [("TELOXIDE_TOKEN", TOKEN), ("SBIS_ENABLED", "true")]
        .iter()
        .chain(changes)
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn good(changes: &[(&str, &str)]) -> Config {
    Config::from_vars(&vars(changes)).unwrap()
}

fn mistakes(changes: &[(&str, &str)]) -> Vec<String> {
    let text = Config::from_vars(&vars(changes)).expect_err("a mistake").to_string();
    assert!(!text.contains("canary"), "a secret is shown: {text}");
    text.lines().map(str::to_owned).collect()
}

/// Exactly one mistake is named, at `name`.
#[track_caller]
fn refused(name: &str, changes: &[(&str, &str)]) -> String {
    let mistakes = mistakes(changes);
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    assert!(mistakes[0].starts_with(&format!("{name}: ")), "{mistakes:?}");
    mistakes[0].clone()
}

#[test]
fn a_token_and_one_system_are_enough() {
    let config = good(&[]);
    assert_eq!(config.telegram.token.expose_secret(), TOKEN);
    assert_eq!(config.telegram.api_url, None);
    assert_eq!(config.telegram.routes, [Route::Direct]);
    assert_eq!(config.database, PathBuf::from("data/invite-bot.db"));
    assert_eq!(config.backup, None);
    assert_eq!(config.admins, BTreeSet::new());
    assert!(config.invoicebox.is_none());
    let sbis = config.sbis.unwrap();
    assert_eq!(sbis.url.as_str(), "https://online.sbis.ru/reg/service/");
    assert_eq!(sbis.promotion, None);
    assert!(config.dadata.is_none());
    assert_eq!(config.office, None);
    assert_eq!(config.provider_timeout, Duration::from_secs(30));
    assert_eq!(config.send_delay, Duration::from_secs(5));
    assert_eq!((config.concurrency, config.invoicebox_rate, config.sbis_rate), (4, 120, 60));
    assert_eq!(config.time_zone.iana_name(), Some("Europe/Moscow"));
    assert_eq!((config.log.filter.as_str(), config.log.format), ("info", LogFormat::Text));
}

#[test]
fn everything_can_be_set() {
    let config = good(&[
        ("TELOXIDE_API_URL", "http://127.0.0.1:8081"),
        ("TELOXIDE_PROXY", "http://login:canary@proxy.example:3128, direct ,socks5h://[::1]:1080"),
        ("PROVIDER_PROXY", "https://anna:canary%25@proxy.example"),
        ("DATABASE_URL", "sqlite:///var/lib/bot.db"),
        ("BACKUP_DIR", "/mnt/backups"),
        ("BACKUP_TIME", "23:05"),
        ("BACKUP_KEEP", "1000"),
        ("BACKUP_KEEP_DAYS", "3650"),
        ("ADMIN_IDS", " 7001, 7002,"),
        ("INVOICEBOX_TOKEN", "canary-key"),
        ("INVOICEBOX_PARTNER_ID", PARTNER),
        ("INVOICEBOX_API_URL", "http://[::1]:8082"),
        ("SBIS_API_URL", "http://localhost:8083/reg/service/"),
        ("SBIS_PARTNER_CODE", "0240"),
        ("SBIS_PROMOTION_ID", "spring"),
        ("DADATA_TOKEN", "canary-dadata"),
        ("DADATA_API_URL", "http://127.0.0.1:8084"),
        ("PROVIDER_TIMEOUT_SECONDS", "2"),
        ("PROVIDER_CONCURRENCY", "1"),
        ("INVOICEBOX_RATE_PER_MINUTE", "0"),
        ("SBIS_RATE_PER_MINUTE", "7"),
        ("SEND_DELAY_SECONDS", "60"),
        ("TIME_ZONE", "Asia/Vladivostok"),
        ("RUST_LOG", "invite_bot=debug,warn"),
        ("LOG_FORMAT", "json"),
    ]);
    assert_eq!(config.telegram.api_url.as_ref().unwrap().port(), Some(8081));
    let routes = config.telegram.routes.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(routes, ["http://***@proxy.example:3128", "direct", "socks5h://[::1]:1080"]);
    assert_eq!(config.database, PathBuf::from("/var/lib/bot.db"));
    let backup = config.backup.as_ref().unwrap();
    assert_eq!(
        (backup.folder.as_path(), backup.at),
        (Path::new("/mnt/backups"), time(23, 5, 0, 0))
    );
    assert_eq!((backup.keep, backup.keep_days), (1000, Some(3650)));
    let admins: Vec<i64> = config.admins.iter().map(|admin| admin.get()).collect();
    assert_eq!(admins, [7001, 7002]);
    let invoicebox = config.invoicebox.as_ref().unwrap();
    assert_eq!(invoicebox.partner_id.to_string(), PARTNER);
    assert_eq!(invoicebox.url.port(), Some(8082));
    let proxies = [&invoicebox.proxy, &config.sbis.as_ref().unwrap().proxy];
    for proxy in proxies.into_iter().chain([&config.dadata.as_ref().unwrap().proxy]) {
        assert_eq!(proxy.as_ref().unwrap().to_string(), "https://***@proxy.example");
    }
    assert_eq!(config.sbis.as_ref().unwrap().promotion.as_deref(), Some("spring"));
    let dadata = config.dadata.as_ref().unwrap();
    assert_eq!((dadata.url.port(), dadata.token.expose_secret()), (Some(8084), "canary-dadata"));
    assert_eq!(config.office.as_ref().unwrap().as_str(), "0240");
    assert_eq!(config.provider_timeout, Duration::from_secs(2));
    assert_eq!(config.send_delay, Duration::from_secs(60));
    assert_eq!((config.concurrency, config.invoicebox_rate, config.sbis_rate), (1, 0, 7));
    assert_eq!(config.log.format, LogFormat::Json);
    let debug = format!("{config:?}");
    assert!(!debug.contains("canary"), "a secret is shown: {debug}");
}

#[test]
fn a_folder_is_all_that_nightly_backups_need() {
    let backup = good(&[("BACKUP_DIR", "copies")]).backup.unwrap();
    assert_eq!((backup.folder, backup.at), (PathBuf::from("copies"), time(3, 30, 0, 0)));
    assert_eq!((backup.keep, backup.keep_days), (14, Some(30)));
    let of_any_age = good(&[("BACKUP_DIR", "copies"), ("BACKUP_KEEP_DAYS", "0")]);
    assert_eq!(of_any_age.backup.unwrap().keep_days, None);
    assert_eq!(good(&[("BACKUP_TIME", "04:00"), ("BACKUP_KEEP", "2")]).backup, None);
}

#[test]
fn a_key_of_dadata_is_all_that_it_needs() {
    let url = good(&[("DADATA_TOKEN", "canary")]).dadata.unwrap().url;
    assert_eq!(url.as_str(), "https://suggestions.dadata.ru/");
    assert!(good(&[("DADATA_API_URL", "https://dadata.example")]).dadata.is_none());
    refused("DADATA_TOKEN", &[("DADATA_TOKEN", "Token canary")]);
    refused("DADATA_TOKEN_FILE", &[("DADATA_TOKEN_FILE", "canary")]);
    refused("DADATA_API_URL", &[("DADATA_API_URL", "http://suggestions.dadata.ru")]);
}

#[test]
fn every_mistake_is_named_at_once() {
    let mistakes = mistakes(&[
        ("TELOXIDE_TOKEN", "canary"),
        ("TELOXIDE_API_URL", "http://api.telegram.org"),
        ("ADMIN_IDS", "somebody"),
        ("INVOICEBOX_TOKEN", "canary"),
        ("SBIS_PARTNER_CODE", "12"),
        ("PROVIDER_TIMEOUT_SECONDS", "soon"),
        ("TIME_ZONE", "Moscow"),
        ("LOG_FORMAT", "xml"),
    ]);
    let names: Vec<&str> =
        mistakes.iter().map(|mistake| mistake.split(':').next().unwrap()).collect();
    assert_eq!(
        names,
        [
            "TELOXIDE_TOKEN",
            "TELOXIDE_API_URL",
            "ADMIN_IDS",
            "INVOICEBOX_PARTNER_ID",
            "SBIS_PARTNER_CODE",
            "PROVIDER_TIMEOUT_SECONDS",
            "TIME_ZONE",
            "LOG_FORMAT",
        ]
    );
}

#[test]
fn a_missing_token_is_said_so() {
    let text = refused("TELOXIDE_TOKEN", &[("TELOXIDE_TOKEN", " ")]);
    assert!(text.contains("не задан"), "{text}");
}

#[test]
fn invoicebox_needs_both_its_settings() {
    refused("INVOICEBOX_PARTNER_ID", &[("INVOICEBOX_TOKEN", "canary")]);
    refused("INVOICEBOX_TOKEN", &[("INVOICEBOX_PARTNER_ID", PARTNER)]);
    refused(
        "INVOICEBOX_PARTNER_ID",
        &[("INVOICEBOX_TOKEN", "canary"), ("INVOICEBOX_PARTNER_ID", "12345")],
    );
    refused(
        "INVOICEBOX_TOKEN",
        &[("INVOICEBOX_TOKEN", "Bearer canary"), ("INVOICEBOX_PARTNER_ID", PARTNER)],
    );
}

#[test]
fn at_least_one_system_is_on() {
    let mistakes = mistakes(&[("SBIS_ENABLED", "")]);
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    assert!(mistakes[0].contains("SBIS_ENABLED=true"), "{mistakes:?}");
    good(&[
        ("SBIS_ENABLED", "false"),
        ("INVOICEBOX_TOKEN", "canary"),
        ("INVOICEBOX_PARTNER_ID", PARTNER),
    ]);
}

#[test]
fn what_cannot_be_meant_is_a_mistake() {
    for (name, values) in [
        ("TELOXIDE_TOKEN", ["canary", "1:", ":canary", "1:canary/../x", "bot1:canary"].as_slice()),
        ("TELOXIDE_PROXY", &["socks4://canary", "canary", "http://"]),
        ("MONITOR_LISTEN", &["9102", "localhost:9102", "127.0.0.1", "0.0.0.0:9102", "[::]:1"]),
        ("MONITOR_ALLOW_REMOTE", &["yes"]),
        ("WEBHOOK_ALLOW_REMOTE", &["yes"]),
        ("PROVIDER_PROXY", &["socks4://canary", "canary", "direct", "http://a:1,http://b:1"]),
        (
            "DATABASE_URL",
            &["postgres://db", "sqlite:", "sqlite::memory:", "sqlite://a.db?mode=rwc"],
        ),
        ("BACKUP_TIME", &["3", "24:00", "03:60", "03:00:00", "at night"]),
        ("BACKUP_KEEP", &["0", "1001", "-1", "all"]),
        ("BACKUP_KEEP_DAYS", &["3651", "-1", "30d"]),
        ("ADMIN_IDS", &["0", "-100123", "7001;7002", "4503599627370496"]),
        ("SBIS_ENABLED", &["yes", "1", "True"]),
        ("SBIS_PARTNER_CODE", &["123", "123456", "12a4"]),
        ("PROVIDER_TIMEOUT_SECONDS", &["1", "121", "-5", "2.5", "30s"]),
        ("PROVIDER_CONCURRENCY", &["0", "65"]),
        ("INVOICEBOX_RATE_PER_MINUTE", &["-1", "many"]),
        ("SBIS_RATE_PER_MINUTE", &["-1", "many"]),
        ("SEND_DELAY_SECONDS", &["61", "-1", "none"]),
        ("TIME_ZONE", &["Moscow", "+03:00", "Europe/Nowhere"]),
        ("RUST_LOG", &["invite_bot=loud", "a=b=c"]),
        ("LOG_FORMAT", &["JSON", "xml"]),
    ] {
        for value in values {
            refused(name, &[(name, value)]);
        }
    }
}

#[test]
fn a_webhook_needs_an_address_that_telegram_reaches_and_one_of_our_own() {
    const URL: (&str, &str) = ("WEBHOOK_URL", "https://bot.example/invite");
    const LISTEN: (&str, &str) = ("WEBHOOK_LISTEN", "127.0.0.1:8081");
    assert_eq!(good(&[]).webhook, None);
    let webhook = good(&[URL, LISTEN]).webhook.unwrap();
    assert_eq!((webhook.url.as_str(), webhook.listen), (URL.1, LISTEN.1.parse().unwrap()));
    let told = refused("WEBHOOK_LISTEN", &[URL]);
    assert!(told.contains("нужны оба"), "{told}");
    refused("WEBHOOK_URL", &[LISTEN]);

    for url in [
        "bot.example/invite",
        "http://bot.example/invite",
        "http://127.0.0.1:8081/invite",
        "https://bot.example:8081/invite",
        "https://login:canary@bot.example/",
        "https://bot.example/?key=canary",
    ] {
        refused("WEBHOOK_URL", &[("WEBHOOK_URL", url), LISTEN]);
    }
    for port in ["443", "80", "88", "8443"] {
        good(&[("WEBHOOK_URL", &format!("https://bot.example:{port}/")), LISTEN]);
    }
    // A server of the Bot API that is run beside the bot goes anywhere.
    let own = ("TELOXIDE_API_URL", "http://127.0.0.1:8080");
    good(&[("WEBHOOK_URL", "http://127.0.0.1:8081/invite"), LISTEN, own]);

    for listen in ["8081", "localhost:8081", "127.0.0.1", "0.0.0.0:8081", "[::]:1"] {
        refused("WEBHOOK_LISTEN", &[URL, ("WEBHOOK_LISTEN", listen)]);
    }
    let allowed = ("WEBHOOK_ALLOW_REMOTE", "true");
    good(&[URL, ("WEBHOOK_LISTEN", "0.0.0.0:8081"), allowed]);
}

#[test]
fn a_service_is_reached_over_tls_unless_it_is_on_this_machine() {
    for name in ["TELOXIDE_API_URL", "INVOICEBOX_API_URL", "SBIS_API_URL"] {
        for address in [
            "http://api.example",
            "http://localhost.example",
            "http://127.0.0.1.example",
            "http://0.0.0.0:80",
            "http://10.0.0.1",
            "http://[fe80::1]",
            "https://canary@api.example",
            "https://login:canary@api.example",
            "http://127.0.0.1@api.example",
            "http://api.example@127.0.0.1",
            "ftp://api.example",
            "https://api.example/?key=canary",
            "https://api.example/#canary",
            "api.example",
            "/canary",
        ] {
            refused(name, &[(name, address)]);
        }
        for address in ["https://api.example/base", "http://127.0.0.1:1", "http://[::1]:1"] {
            good(&[(name, address)]);
        }
    }
}

#[test]
fn a_secret_may_lie_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("token"), format!("{TOKEN}\n")).unwrap();
    fs::write(path("empty"), " \n").unwrap();
    fs::write(path("binary"), [0xff, 0xfe]).unwrap();

    let config = good(&[("TELOXIDE_TOKEN", ""), ("TELOXIDE_TOKEN_FILE", &path("token"))]);
    assert_eq!(config.telegram.token.expose_secret(), TOKEN);

    refused("TELOXIDE_TOKEN", &[("TELOXIDE_TOKEN_FILE", &path("token"))]);
    for wrong in ["empty", "binary", "none", ""] {
        refused(
            "TELOXIDE_TOKEN_FILE",
            &[("TELOXIDE_TOKEN", ""), ("TELOXIDE_TOKEN_FILE", &path(wrong))],
        );
    }
    // Somebody puts the secret itself where its file belongs.
    refused(
        "INVOICEBOX_TOKEN_FILE",
        &[("INVOICEBOX_TOKEN_FILE", "canary"), ("INVOICEBOX_PARTNER_ID", PARTNER)],
    );
    refused("TELOXIDE_PROXY_FILE", &[("TELOXIDE_PROXY_FILE", "canary")]);
}

// ------------------------------------------------------------------------------ .env.example

const EXAMPLE: &str = include_str!("../../.env.example");

/// The settings of a file as `NAME=value`, those that are commented out included.
fn settings_of(example: &str) -> Vec<(String, String)> {
    let uncommented: String = example
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
        .flat_map(|line| [line, "\n"])
        .collect();
    dotenvy::from_read_iter(uncommented.as_bytes()).map(Result::unwrap).collect()
}

#[test]
fn the_example_and_the_table_of_settings_name_the_same() {
    let shown: Vec<String> = settings_of(EXAMPLE).into_iter().map(|(name, _)| name).collect();
    let known: Vec<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
    assert_eq!(shown, known);
}

#[test]
fn the_example_shows_the_defaults_and_explains_every_setting() {
    let shown: BTreeMap<_, _> = settings_of(EXAMPLE).into_iter().collect();
    for setting in SETTINGS {
        if let Some(default) = setting.default {
            assert_eq!(shown[setting.name], default, "{}", setting.name);
        }
    }
    let explained = |paragraph: &str| {
        let settings = paragraph.lines().any(|line| line.contains('=') && !line.contains("# "));
        !settings || paragraph.starts_with("# ")
    };
    for paragraph in EXAMPLE.split("\n\n") {
        assert!(explained(paragraph), "no word of explanation: {paragraph}");
    }
}

#[test]
fn the_example_names_the_test_stand() {
    assert!(EXAMPLE.contains("https://fix-online.sbis.ru/reg/service/"));
}

#[test]
fn the_example_works_when_filled_in() {
    let mut filled: Vars =
        dotenvy::from_read_iter(EXAMPLE.as_bytes()).map(Result::unwrap).collect();
    assert_eq!(filled["TELOXIDE_TOKEN"], "", "no token is published");
    filled.insert("TELOXIDE_TOKEN".to_owned(), TOKEN.to_owned());
    filled.insert("SBIS_ENABLED".to_owned(), "true".to_owned());
    Config::from_vars(&filled).unwrap();

    let mut everything: Vars = settings_of(EXAMPLE).into_iter().collect();
    everything.append(&mut filled);
    Config::from_vars(&everything).unwrap();
}

#[test]
fn every_mistake_in_the_list_of_routes_is_named_by_its_place() {
    let list = "http://proxy.example:3128,,socks4://canary:canary@a.example:1080, direct,\
                http://u:canary%@b.example:3128, http://proxy.example:3128/, direct,\
                socks5h://c.example:1080/canary";
    let told = mistakes(&[("TELOXIDE_PROXY", list)]);
    let places: Vec<&str> = told.iter().map(|it| it.split(": ").nth(1).unwrap()).collect();
    assert_eq!(
        places,
        ["маршрут 2", "маршрут 3", "маршрут 5", "маршрут 6", "маршрут 7", "маршрут 8"]
    );
    assert!(told[0].ends_with("пустое место; уберите лишнюю запятую"), "{told:?}");
    assert!(told[3].ends_with("http://proxy.example:3128 уже назван выше"), "{told:?}");
    assert!(told[4].ends_with("direct уже назван выше"), "{told:?}");
}
