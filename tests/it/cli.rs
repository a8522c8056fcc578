//! The program as an operator starts it: what it prints, and the exit code by which scripts and
//! supervisors know what happened.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use invite_bot::config::SETTINGS;
use invite_bot::domain::{Person, Role};
use invite_bot::store::{Actor, Change, Store};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use tempfile::TempDir;

use crate::support::folder::folder;
use crate::support::process::program;

/// What a command printed, and how it ended.
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

/// A folder of its own, with nothing of ours in the environment.
struct Server(TempDir);

impl Server {
    fn new() -> Self {
        Self(folder())
    }

    fn folder(&self) -> &Path {
        self.0.path()
    }

    fn run(&self, args: &[&str], settings: &[(&str, &str)]) -> Ended {
        let output =
            program(&[], self.folder()).args(args).envs(settings.iter().copied()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    fn database(&self) -> PathBuf {
        self.folder().canonicalize().unwrap().join("data/invite-bot.db")
    }

    /// What an `admin` command said on stdout, below the database that it names.
    #[track_caller]
    fn admin(&self, args: &[&str]) -> String {
        self.below(self.run(&[&["admin"], args].concat(), &[]))
    }

    #[track_caller]
    fn below(&self, ended: Ended) -> String {
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
        let (database, answer) = ended.out.split_once('\n').unwrap();
        let named = format!("База данных: {}", self.database().display());
        assert!(database.starts_with(&named), "{database}");
        answer.to_owned()
    }

    /// What an `admin` command said on stderr when it refused.
    #[track_caller]
    fn admin_refuses(&self, args: &[&str], settings: &[(&str, &str)]) -> String {
        let ended = self.run(&[&["admin"], args].concat(), settings);
        assert_eq!((ended.code, ended.out.as_str()), (Some(64), ""), "{args:?}: {}", ended.err);
        if !ended.err.contains("invite-bot --help") {
            let path = self.database().display().to_string();
            assert!(ended.err.contains(&path), "{args:?} names no database: {}", ended.err);
        }
        ended.err
    }
}

#[test]
fn help_documents_every_setting_and_exit_code() {
    for flag in ["--help", "-h"] {
        let help = Server::new().run(&[flag], &[]);
        assert_eq!((help.code, help.err.as_str()), (Some(0), ""));
        for setting in SETTINGS {
            assert!(help.out.contains(&format!("\n  {}", setting.name)), "{}", setting.name);
            assert!(help.out.contains(setting.about), "{}", setting.name);
        }
        for code in ["0 ", "64", "69", "75", "78"] {
            assert!(help.out.contains(&format!("\n  {code}")), "{code}");
        }
        assert!(!help.out.contains("Options") && !help.out.contains("Usage"), "{}", help.out);
    }
}

#[test]
fn help_is_given_however_it_is_asked_for() {
    let server = Server::new();
    let says = |args: &[&str]| {
        let ended = server.run(args, &[]);
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{args:?}");
        assert!(!ended.out.contains("Usage"), "{args:?}: {}", ended.out);
        ended.out
    };
    assert_eq!(says(&["help"]), says(&["--help"]));
    assert_eq!(says(&["help", "demo"]), says(&["demo", "--help"]));
    assert_eq!(says(&["help", "backup"]), says(&["backup", "--help"]));
    let admin = says(&["admin", "--help"]);
    assert!(admin.contains("remove"), "{admin}");
    for args in [&["admin"][..], &["admin", "help"], &["help", "admin"]] {
        assert_eq!(says(args), admin, "{args:?}");
    }
    assert_eq!(says(&["help", "admin", "add"]), says(&["admin", "add", "--help"]));
    assert_eq!(server.folder().read_dir().unwrap().count(), 0, "nothing was made");
}

#[test]
fn the_version_is_that_of_the_package() {
    let version = Server::new().run(&["--version"], &[]);
    assert_eq!(version.code, Some(0));
    assert_eq!(version.out, concat!("invite-bot ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn a_wrong_command_line_ends_with_64_and_shows_the_way_to_the_help() {
    for args in [
        &["start"][..],
        &["--loud"],
        &["run", "now"],
        &["admin", "make"],
        &["admin", "add"],
        &["admin", "add", "anna"],
        &["admin", "add", "-5"],
        &["admin", "remove", "0"],
        &["demo", "--port", "70000"],
        &["backup", "one.db", "two.db"],
    ] {
        let ended = Server::new().run(args, &[]);
        assert_eq!((ended.code, ended.out.as_str()), (Some(64), ""), "{args:?}");
        assert!(ended.err.contains("invite-bot --help"), "{args:?}: {}", ended.err);
        assert_eq!(ended.err.lines().count(), 1, "{args:?}: {}", ended.err);
    }
}

#[test]
fn wrong_settings_end_with_78_and_are_all_named_without_a_secret() {
    for args in [&[][..], &["run"]] {
        let ended = Server::new().run(
            args,
            &[
                ("TELOXIDE_TOKEN", "canary"),
                ("INVOICEBOX_TOKEN", "canary"),
                ("TIME_ZONE", "Moscow"),
            ],
        );
        assert_eq!((ended.code, ended.out.as_str()), (Some(78), ""));
        for name in ["TELOXIDE_TOKEN", "INVOICEBOX_PARTNER_ID", "TIME_ZONE"] {
            assert!(ended.err.contains(&format!("\n{name}: ")), "{name}: {}", ended.err);
        }
        assert!(!ended.err.contains("canary"), "{}", ended.err);
    }
}

#[test]
fn the_file_in_the_folder_counts_and_the_environment_wins() {
    let server = Server::new();
    fs::write(server.folder().join(".env"), "TIME_ZONE=Moscow\nLOG_FORMAT=xml\n").unwrap();
    let ended = server.run(&[], &[("LOG_FORMAT", "json")]);
    assert_eq!(ended.code, Some(78));
    assert!(ended.err.contains("TIME_ZONE: "), "{}", ended.err);
    assert!(!ended.err.contains("LOG_FORMAT: "), "{}", ended.err);
}

#[test]
fn on_a_busy_port_the_demo_says_what_to_do_and_leaves_nothing() {
    let server = Server::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let temporary = [("TMPDIR", server.folder().to_str().unwrap())];
    let ended = server.run(&["demo", "--port", &port.to_string()], &temporary);
    assert_eq!((ended.code, ended.out.as_str()), (Some(64), ""));
    for words in [format!("Порт {port} занят"), "demo --port ".to_owned()] {
        assert!(ended.err.contains(&words), "{words}: {}", ended.err);
    }
    assert_eq!(server.folder().read_dir().unwrap().count(), 0, "nothing was made");
}

#[test]
fn the_demo_leaves_nothing_behind_when_it_is_stopped() {
    for args in [&["demo"][..], &["demo", "--play"]] {
        let server = Server::new();
        let mut command = program(&[], server.folder());
        let command = command.args(args).env("TMPDIR", server.folder());
        let mut demo = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut out = BufReader::new(demo.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "{args:?} is up");
        assert_eq!(server.folder().read_dir().unwrap().count(), 1, "{args:?} has a database");
        let stop = Command::new("kill").args(["-INT", &demo.id().to_string()]).status().unwrap();
        assert!(stop.success());
        demo.wait().unwrap();
        assert_eq!(server.folder().read_dir().unwrap().count(), 0, "{args:?}");
    }
}

#[test]
fn a_database_that_cannot_be_opened_ends_with_69() {
    let server = Server::new();
    fs::write(server.folder().join("text"), "no database, but long enough to look at").unwrap();
    for url in ["sqlite:text", "sqlite:text/below.db", "sqlite:."] {
        let ended = server.run(&["admin", "list"], &[("DATABASE_URL", url)]);
        assert_eq!((ended.code, ended.out.as_str()), (Some(69), ""), "{url}: {}", ended.err);
        assert!(ended.err.starts_with("База данных "), "{}", ended.err);
    }
}

#[test]
fn the_first_admin_is_made_on_an_empty_server() {
    let server = Server::new();
    assert!(server.admin(&["list"]).contains("admin add"));
    let made = server.run(&["admin", "add", "7001", "Анна", " Петрова "], &[]);
    assert!(made.out.contains("invite-bot.db (создана сейчас)\n7001 теперь"), "{}", made.out);
    assert_eq!(server.admin(&["list"]), "7001 · Анна Петрова\n");
    assert!(server.folder().join("data/invite-bot.db").is_file());
    assert!(server.admin(&["add", "7001"]).contains("уже"));
    assert_eq!(server.admin(&["list"]), "7001 · Анна Петрова\n", "the name stays");
}

#[test]
fn in_a_wrong_folder_nothing_is_made_and_the_path_is_named() {
    let server = Server::new();
    let list = server.run(&["admin", "list"], &[("ADMIN_IDS", "7009")]);
    let says = server.below(list);
    assert!(says.contains("DATABASE_URL") && says.contains("7009 · ADMIN_IDS"), "{says}");
    assert!(server.admin_refuses(&["remove", "7001"], &[]).contains("ещё нет"));
    assert_eq!(server.folder().read_dir().unwrap().count(), 0, "nothing was made");
}

#[test]
fn an_admin_made_by_root_before_the_first_start_is_warned_of_the_owner() {
    let server = Server::new();
    let says = |args: &[&str]| server.admin(args);
    // Only root may give a folder to somebody else.
    if chown(server.folder(), Some(990), Some(990)).is_err() {
        assert!(!says(&["add", "7001"]).contains("Внимание"));
        return;
    }
    let warning = says(&["add", "7001"]);
    assert!(warning.contains("принадлежит root") && warning.contains("uid 990"), "{warning}");
    assert!(says(&["list"]).contains("принадлежит root"));
    let command = warning.split("Исправить: ").nth(1).unwrap().trim();
    let mended = Command::new("sh").args(["-c", command]).status().unwrap();
    assert!(mended.success(), "{command}");
    assert_eq!(says(&["list"]), "7001\n");
}

#[test]
fn beside_a_running_bot_of_another_release_nothing_is_done() {
    let server = Server::new();
    server.admin(&["add", "7001"]);
    of_a_newer_release(&server);
    // As the running bot holds it.
    let lock = fs::File::create(server.folder().join("data/invite-bot.db.lock")).unwrap();
    lock.try_lock().unwrap();
    let ended = server.run(&["admin", "add", "7002"], &[]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(69), ""), "{}", ended.err);
    assert!(ended.err.contains("бот другой версии"), "{}", ended.err);
}

#[test]
fn the_last_admin_cannot_be_removed() {
    let server = Server::new();
    server.admin(&["add", "7001"]);
    assert!(server.admin_refuses(&["remove", "7001"], &[]).contains("последний"));
    assert_eq!(server.admin(&["list"]), "7001\n");

    server.admin(&["add", "7002"]);
    server.admin(&["remove", "7001"]);
    assert_eq!(server.admin(&["list"]), "7002\n");
    assert!(server.admin_refuses(&["remove", "7001"], &[]).contains("не администратор"));
}

#[test]
fn an_admin_by_configuration_counts_and_is_not_removed() {
    let server = Server::new();
    let by_config = [("ADMIN_IDS", "7009")];
    server.admin(&["add", "7001", "Анна"]);
    let listed = server.run(&["admin", "list"], &by_config);
    assert_eq!(server.below(listed), "7001 · Анна\n7009 · ADMIN_IDS\n");

    assert!(server.admin_refuses(&["remove", "7009"], &by_config).contains("ADMIN_IDS"));
    let removed = server.run(&["admin", "remove", "7001"], &by_config);
    assert_eq!(removed.code, Some(0), "7009 is still there: {}", removed.err);
}

#[test]
fn staff_is_not_removed_by_mistake() {
    let server = Server::new();
    server.admin(&["add", "7001"]);
    with_store(&server, async |store| {
        let person = Person { id: "7002".parse().unwrap(), name: Some("Борис".to_owned()) };
        let allow = Change::Allow { person, role: Role::Staff, fixed_admins: 0 };
        store.apply(Actor::Program, jiff::Timestamp::UNIX_EPOCH, &[allow]).await.unwrap();
    });
    assert_eq!(server.admin(&["list"]), "7001\n");
    assert!(server.admin_refuses(&["remove", "7002"], &[]).contains("/revoke"));
    server.admin(&["add", "7002"]);
    assert_eq!(server.admin(&["list"]), "7001\n7002 · Борис\n");
}

#[test]
fn an_overlong_name_is_refused() {
    let server = Server::new();
    server.admin_refuses(&["add", "7001", &"я".repeat(101)], &[]);
    server.admin(&["add", "7001", &"я".repeat(100)]);
}

#[test]
fn the_rescue_works_when_the_rest_of_the_settings_is_wrong() {
    let server = Server::new();
    let wrong = [("TELOXIDE_TOKEN", "canary"), ("TIME_ZONE", "Moscow"), ("SBIS_API_URL", "x")];
    assert_eq!(server.run(&["admin", "add", "7001"], &wrong).code, Some(0));

    let ended = server.run(&["admin", "list"], &[("ADMIN_IDS", "anna")]);
    assert_eq!(ended.code, Some(78), "who is an admin must be known");
}

#[test]
fn the_rescue_works_beside_a_program_that_has_the_database_open() {
    let server = Server::new();
    server.admin(&["add", "7001"]);
    with_store(&server, async |store| {
        server.admin(&["add", "7002"]);
        let admins = store.reader().admins().await.unwrap();
        assert_eq!(admins.len(), 2, "seen at once");
    });
}

fn of_a_newer_release(server: &Server) {
    let database = server.folder().join("data/invite-bot.db");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut conn = SqliteConnectOptions::new().filename(&database).connect().await.unwrap();
        let newer = "UPDATE _sqlx_migrations SET version = version + 1
                     WHERE version = (SELECT max(version) FROM _sqlx_migrations)";
        sqlx::query(newer).execute(&mut conn).await.unwrap();
        conn.close().await.unwrap();
    });
}

/// What `backup` said on stderr when it made none.
#[track_caller]
fn no_backup(server: &Server, code: i32, args: &[&str], settings: &[(&str, &str)]) -> String {
    let ended = server.run(&[&["backup"], args].concat(), settings);
    assert_eq!((ended.code, ended.out.as_str()), (Some(code), ""), "{args:?}: {}", ended.err);
    ended.err
}

#[test]
fn a_backup_is_named_with_its_size_and_never_replaces_anything() {
    let server = Server::new();
    server.admin(&["add", "7001", "Анна"]);
    let odd = "o'clock ?#%.db";
    for name in ["copy.db", odd] {
        let says = server.below(server.run(&["backup", name], &[]));
        let path = server.folder().canonicalize().unwrap().join(name);
        let size = path.metadata().unwrap().len().div_ceil(1024);
        let made = format!("Копия сделана и проверена: {} ({size} КБ)\n", path.display());
        assert_eq!(says, made);
    }
    let copy = server.folder().join("copy.db");
    let before = fs::read(&copy).unwrap();
    server.admin(&["add", "7002"]);
    for taken in ["copy.db", "data", "data/invite-bot.db"] {
        assert!(no_backup(&server, 64, &[taken], &[]).contains("ничего не перезаписывает"));
    }
    assert!(fs::read(&copy).unwrap() == before);
    fs::write(server.folder().join("new.db.part"), "half").unwrap();
    assert!(no_backup(&server, 64, &["new.db"], &[]).contains("прерванной"));
    assert_eq!(fs::read(server.folder().join("new.db.part")).unwrap(), b"half");
    assert!(!server.folder().join("new.db").exists());

    let settings = [("DATABASE_URL", "sqlite:copy.db")];
    let listed = server.run(&["admin", "list"], &settings);
    assert!(listed.out.contains("7001 · Анна") && !listed.out.contains("7002"), "{}", listed.out);
}

#[test]
fn without_a_name_a_backup_lies_where_backups_lie() {
    let server = Server::new();
    server.admin(&["add", "7001"]);
    let beside = server.below(server.run(&["backup"], &[]));
    assert!(beside.contains("/data/invite-bot-20"), "{beside}");
    // Only what it needs must be right.
    let settings = [("BACKUP_DIR", "copies"), ("ADMIN_IDS", "anna"), ("BACKUP_TIME", "at night")];
    let said = server.below(server.run(&["backup"], &settings));
    assert!(said.contains("/copies/invite-bot-20"), "{said}");
    assert_eq!(fs::read_dir(server.folder().join("copies")).unwrap().count(), 1);
    let deep = [("BACKUP_DIR", "not/mounted")];
    assert!(no_backup(&server, 64, &[], &deep).contains("такой папки нет"));
    assert!(!server.folder().join("not").exists());
}

#[test]
fn a_backup_that_cannot_be_made_says_why_and_leaves_nothing() {
    let server = Server::new();
    assert!(no_backup(&server, 69, &["copy.db"], &[]).contains("ещё нет"));
    assert_eq!(server.folder().read_dir().unwrap().count(), 0, "nothing was made");
    server.admin(&["add", "7001"]);
    assert!(no_backup(&server, 64, &["none/copy.db"], &[]).contains("такой папки нет"));
    fs::write(server.folder().join("text"), "no database, but long enough to look at").unwrap();
    fs::write(server.folder().join("empty"), "").unwrap();
    for wrong in ["sqlite:text", "sqlite:empty"] {
        let says = no_backup(&server, 69, &["copy.db"], &[("DATABASE_URL", wrong)]);
        assert!(says.contains("это не база данных"), "{wrong}: {says}");
    }
    assert!(no_backup(&server, 78, &[], &[("DATABASE_URL", "none")]).contains("DATABASE_URL"));
    let mut left: Vec<_> =
        server.folder().read_dir().unwrap().map(|it| it.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["data", "empty", "text"]);
}

#[test]
fn a_backup_is_made_beside_a_running_bot_of_another_release() {
    let server = Server::new();
    server.admin(&["add", "7001"]);
    of_a_newer_release(&server);
    let lock = fs::File::create(server.folder().join("data/invite-bot.db.lock")).unwrap();
    lock.try_lock().unwrap();
    assert_eq!(server.run(&["backup", "copy.db"], &[]).code, Some(0));
}

/// Does something with the database of the server open in this process.
fn with_store(server: &Server, work: impl AsyncFnOnce(&Store)) {
    let path = server.folder().join("data/invite-bot.db");
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = Store::open(&path).await.unwrap();
        work(&store).await;
        store.close().await;
    });
}
