//! `invite-bot check` on installations good and broken: what an operator reads, and the exit code.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use expect_test::expect_file;
use invite_bot::demo::world::{DADATA_KEY, StandIns};
use invite_bot::store::{Actor, Change, Received, Store};
use jiff::Timestamp;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use stand_ins::telegram::Person;
use tempfile::TempDir;

use crate::support::fault_server::{Behaviour, Server, closed_port, http};
use crate::support::folder::folder;
use crate::support::process::program;
use crate::support::proxy::{Proxy, Way};
use crate::support::samples::TOKEN;
use crate::support::wait::until;

/// A server on which the bot is installed.
struct Installed {
    folder: TempDir,
    settings: BTreeMap<&'static str, String>,
}

impl Installed {
    /// With everything right, and a database that an admin is in.
    async fn well(ends: &StandIns) -> Self {
        let settings = BTreeMap::from([
            ("TELOXIDE_TOKEN", ends.telegram.token()),
            ("TELOXIDE_API_URL", ends.telegram.url()),
            ("INVOICEBOX_TOKEN", TOKEN.to_owned()),
            ("INVOICEBOX_PARTNER_ID", uuid::Uuid::max().to_string()),
            ("INVOICEBOX_API_URL", ends.invoicebox.url().to_string()),
            ("SBIS_ENABLED", "true".to_owned()),
            ("SBIS_API_URL", ends.sbis.url().to_string()),
            ("DADATA_TOKEN", DADATA_KEY.to_owned()),
            ("DADATA_API_URL", ends.dadata.url().to_string()),
            ("ADMIN_IDS", "1001".to_owned()),
        ]);
        let installed = Self { folder: folder(), settings };
        let store = Store::open(&installed.database()).await.unwrap();
        let (store, _) = store.keep_mark(&installed.database(), Timestamp::now()).await.unwrap();
        // It was used: a mark is due.
        let used = Change::Receive(vec![Received { update: 1, chat: 5, raw: "{}".to_owned() }]);
        store.apply(Actor::Program, Timestamp::now(), &[used]).await.unwrap();
        store.close().await;
        installed
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("data/invite-bot.db")
    }

    fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.settings.insert(name, value.into());
    }

    async fn sql(&self, sql: &'static str) {
        let options = SqliteConnectOptions::new().filename(self.database());
        let mut conn = options.connect().await.unwrap();
        sqlx::raw_sql(sql).execute(&mut conn).await.unwrap();
        conn.close().await.unwrap();
    }

    fn marks(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.database().parent().unwrap()).unwrap();
        let paths = files.map(|file| file.unwrap().path());
        paths.filter(|path| path.to_string_lossy().contains(".mark.")).collect()
    }

    /// What is printed, without what differs from machine to machine, and the exit code.
    async fn check(&self) -> String {
        let mut command = program(&[], self.folder.path());
        command.arg("check").envs(&self.settings);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        for secret in [TOKEN, DADATA_KEY, self.settings["TELOXIDE_TOKEN"].as_str(), "p@s", "p%40s"]
        {
            assert!(secret.is_empty() || !said.contains(secret), "a secret is shown: {said}");
        }
        let folder = self.folder.path().canonicalize().unwrap();
        let said = said.replace(&folder.display().to_string(), "/srv/bot");
        let mut shown = String::new();
        for line in said.lines().filter(|line| !line.contains("Место на диске")) {
            let mut line = line.to_owned();
            if let Some((words, _)) = line.split_once(" за ") {
                line = format!("{words} за 0,1 с");
            }
            for part in line.clone().split([' ', '/']).filter(|it| it.contains("127.0.0.1:")) {
                let bare = part.trim_end_matches(':');
                line = line.replace(bare.rsplit_once(':').unwrap().1, "1080");
            }
            writeln!(shown, "{line}").unwrap();
        }
        // This machine may have a full disk, which is no matter of the test.
        let code = output.status.code().unwrap();
        let only_of_the_disk = code == 1 && !shown.contains("⚠️");
        format!("{shown}{}", if only_of_the_disk { 0 } else { code })
    }
}

fn at(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

async fn answers(status: u16, body: &str) -> Server {
    let answer = http(status, &["Content-Type: application/json"], body.as_bytes());
    Server::start(Behaviour::Answer(answer)).await
}

#[tokio::test]
async fn what_is_right_and_what_is_broken_is_told_line_by_line() {
    let ends = StandIns::start().await.unwrap();
    let mut shown = String::new();
    let mut shows = |name: &str, said: String| writeln!(shown, "==== {name}\n{said}\n").unwrap();

    let good = Installed::well(&ends).await;
    let before = fs::read(good.database()).unwrap();
    shows("everything is right", good.check().await);
    assert_eq!(fs::read(good.database()).unwrap(), before, "nothing is changed");
    for provider in [&ends.invoicebox, &ends.sbis] {
        assert!(provider.received().is_empty() && provider.violations().is_empty());
    }
    assert!(ends.telegram.requests().iter().all(|it| it.method.eq_ignore_ascii_case("getMe")));

    // ------------------------------------------------------------------------- settings
    let mut bot = Installed::well(&ends).await;
    bot.settings.clear();
    bot.set("TELOXIDE_TOKEN", "");
    shows("nothing is set", bot.check().await);
    bot = Installed::well(&ends).await;
    bot.set("TELOXIDE_TOKEN", "canary");
    bot.set("PROVIDER_CONCURRENCY", "много");
    bot.set("TELOXIDE_PROXY", "direct,,socks4://anna:p%40s%25@127.0.0.1:1080");
    shows("several mistakes", bot.check().await);
    bot = Installed::well(&ends).await;
    bot.set("TELOXIDE_TOKEN", "7000000009:AAEnobodyknowsthistokenatall0000000");
    shows("a token that Telegram refuses", bot.check().await);
    bot = Installed::well(&ends).await;
    bot.set("ADMIN_IDS", "");
    shows("no admin", bot.check().await);

    // --------------------------------------------------------------------- the database
    bot = Installed::well(&ends).await;
    bot.set("DATABASE_URL", "sqlite:elsewhere/invite-bot.db");
    shows("no database there", bot.check().await);
    assert!(!bot.folder.path().join("elsewhere").exists(), "none is made");
    bot = Installed::well(&ends).await;
    fs::write(bot.database(), "это не база данных, а что-то другое").unwrap();
    shows("no database at all", bot.check().await);
    bot = Installed::well(&ends).await;
    bot.sql(
        "UPDATE _sqlx_migrations SET version = 99999999999999
         WHERE version = (SELECT max(version) FROM _sqlx_migrations)",
    )
    .await;
    shows("of a newer release", bot.check().await);
    bot = Installed::well(&ends).await;
    fs::write(bot.database(), "").unwrap();
    bot.sql("CREATE TABLE somebody_elses (id)").await;
    shows("of another program", bot.check().await);
    bot = Installed::well(&ends).await;
    fs::set_permissions(bot.database(), Permissions::from_mode(0o644)).unwrap();
    shows("a file that others can read", bot.check().await);
    bot = Installed::well(&ends).await;
    bot.marks().iter().for_each(|mark| fs::remove_file(mark).unwrap());
    shows("without its mark", bot.check().await);
    bot = Installed::well(&ends).await;
    for file in bot.marks().into_iter().chain([bot.database()]) {
        let copy = file.with_extension("copy");
        fs::copy(&file, &copy).unwrap();
        fs::rename(&copy, &file).unwrap();
    }
    shows("a copy with its mark", bot.check().await);
    bot = Installed::well(&ends).await;
    let lock = File::create(bot.database().with_extension("db.lock")).unwrap();
    lock.lock().unwrap();
    shows("beside a running bot", bot.check().await);
    drop(lock);

    // ---------------------------------------------------------------------------- routes
    let dead = Proxy::start(Way::Dead).await;
    for (name, way) in [
        ("a proxy that ends connections", Way::Dead),
        ("a proxy that says nothing", Way::Silent),
        ("a wrong password", Way::Password),
        ("another way to log in", Way::OtherLogin),
        ("a proxy that does not let us", Way::Refuses(2)),
        ("a proxy without a network", Way::Refuses(3)),
        ("a page of somebody on the way", Way::Page),
    ] {
        let proxy = Proxy::start(way).await;
        bot = Installed::well(&ends).await;
        bot.set("TELOXIDE_PROXY", proxy.address());
        shows(name, bot.check().await);
    }
    bot = Installed::well(&ends).await;
    bot.set("TELOXIDE_PROXY", format!("socks5h://127.0.0.1:{}", closed_port()));
    shows("nobody listens", bot.check().await);
    bot = Installed::well(&ends).await;
    bot.set("TELOXIDE_PROXY", format!("{}, direct", dead.address()));
    shows("the second route is good", bot.check().await);
    let cut = Server::start(Behaviour::Unasked(b"no TLS here\r\n".to_vec())).await;
    for (name, url) in [
        ("a name that there is not", "https://telegram.invalid".to_owned()),
        ("a connection that is cut", format!("https://localhost:{}", cut.port)),
        ("Telegram has a fault", at(answers(500, r#"{"ok":false,"error_code":500}"#).await.port)),
    ] {
        bot = Installed::well(&ends).await;
        bot.set("TELOXIDE_API_URL", url);
        shows(name, bot.check().await);
    }
    let late = r#"{"ok":true,"result":{"username":"invite_bot"}}"#;
    let late = http(200, &["Date: Mon, 01 Jan 2024 00:00:00 GMT"], late.as_bytes());
    let late = Server::start(Behaviour::Answer(late)).await;
    bot = Installed::well(&ends).await;
    bot.set("TELOXIDE_API_URL", at(late.port));
    let said = bot.check().await;
    assert!(said.contains("⚠️ Часы: спешат на"), "{said}");

    // --------------------------------------------------------------------------- webhook
    bot = Installed::well(&ends).await;
    bot.set("WEBHOOK_URL", "http://127.0.0.1:9/telegram");
    bot.set("WEBHOOK_LISTEN", "127.0.0.1:8081");
    shows("a webhook that is not set yet", bot.check().await);
    let token = ends.telegram.token();
    let calls = async |method: &str| {
        let url = format!("{}/bot{token}/{method}", ends.telegram.url());
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        client.get(url).send().await.unwrap().error_for_status().unwrap();
    };
    calls("setWebhook?url=http://127.0.0.1:9/telegram").await;
    shows("a webhook that is set", bot.check().await);
    let anna = Person::new(1002, "Анна");
    ends.telegram.says(&anna, "/start");
    let refused = || async { bot.check().await.contains("Connection refused") };
    assert!(until(async || refused().await).await);
    shows("updates that do not arrive", bot.check().await);
    calls("setWebhook?url=https://other.example/canary").await;
    shows("the webhook of somebody else", bot.check().await);
    calls("deleteWebhook").await;

    // ------------------------------------------------------------------------- providers
    let refused = r#"{"error":{"message":"Unauthorized","code":"unauthorized"}}"#;
    let nobody = r#"{"data":{"userId":null,"profile":null,"accessToken":null},"extendedData":[]}"#;
    for (name, status, body) in [
        ("a key that Invoicebox refuses", 401, refused),
        ("a key that is nobody's", 200, nobody),
        ("somebody else in the place of Invoicebox", 200, "<html>"),
    ] {
        let server = answers(status, body).await;
        bot = Installed::well(&ends).await;
        bot.set("INVOICEBOX_API_URL", at(server.port));
        shows(name, bot.check().await);
    }
    bot = Installed::well(&ends).await;
    bot.set("INVOICEBOX_API_URL", at(closed_port()));
    bot.set("SBIS_API_URL", format!("{}/reg/service/", at(closed_port())));
    shows("no provider is reached", bot.check().await);
    let untrusted = Server::start(Behaviour::UntrustedTls(Vec::new())).await;
    bot = Installed::well(&ends).await;
    bot.set("SBIS_API_URL", format!("https://localhost:{}/reg/service/", untrusted.port));
    shows("a certificate of somebody else", bot.check().await);
    assert!(untrusted.seen().requests.is_empty());
    bot = Installed::well(&ends).await;
    bot.set("PROVIDER_PROXY", dead.address());
    shows("a dead proxy of the providers", bot.check().await);
    let used_up = answers(403, r#"{"family":"CLIENT_ERROR","message":"Feature disabled"}"#).await;
    bot = Installed::well(&ends).await;
    bot.set("DADATA_API_URL", at(used_up.port));
    shows("a directory without quota", bot.check().await);

    expect_file!["check.txt"].assert_eq(&shown);
}
