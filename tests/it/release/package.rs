//! The package as somebody gets it: its program in an empty root, and the guide from an empty server
//! to the first invitation, whose blocks are run as they stand. `.ci/run` names the package.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, io};

use tempfile::TempDir;

use crate::support::folder::folder;
use crate::support::house::{House, sees};
use crate::support::wait::until;

const PACKAGE: &str = "INVITE_BOT_PACKAGE";

/// Nobody's, as in an image.
const NOBODY: u32 = 65532;

/// The archive, if it is named.
fn package() -> Option<PathBuf> {
    let named = env::var_os(PACKAGE).map(PathBuf::from);
    if named.is_none() {
        println!("not tried: {PACKAGE} names no archive");
    }
    named
}

/// Whether this user may make another root, and places of its own in it.
fn may_mount() -> bool {
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let mounts = Command::new("unshare").args(["--mount", "true"]).status();
    let may = is_root && mounts.is_ok_and(|ended| ended.success());
    if !may {
        println!("not tried: it takes root and mounts");
    }
    may
}

/// The folder that the archive holds.
#[track_caller]
fn unpacked(package: &Path, into: &Path) -> PathBuf {
    let tar = Command::new("tar").arg("-xzf").arg(package).arg("-C").arg(into).status();
    assert!(tar.unwrap().success());
    let mut entries = fs::read_dir(into).unwrap();
    entries.next().unwrap().unwrap().path()
}

/// Whether the machine has this program; some tests ask more where it has.
fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

fn said(ended: &Output) -> String {
    String::from_utf8_lossy(&[ended.stdout.as_slice(), &ended.stderr].concat()).into_owned()
}

/// Ends while the stand-ins go on.
async fn ends(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

#[tokio::test]
#[ignore = "needs the package: run by .ci/run"]
async fn the_archive_holds_what_it_says_and_nothing_of_whoever_made_it() {
    let Some(package) = package() else { return };
    let into = tempfile::tempdir().unwrap();
    let folder = unpacked(&package, into.path());
    let mut found: Vec<String> = fs::read_to_string(folder.join("SHA256SUMS"))
        .unwrap()
        .lines()
        .map(|line| line.split_once("  ").unwrap().1.to_owned())
        .collect();
    found.sort();
    assert_eq!(
        found,
        [
            ".env.example",
            "CHANGELOG.md",
            "LICENSE",
            "LICENSES.txt",
            "docs/guide.md",
            "docs/operations.md",
            "docs/reliability.md",
            "docs/settings.md",
            "docs/troubleshooting.md",
            "invite-bot",
            "invite-bot.service",
        ]
    );
    let listed = Command::new("tar").args(["--numeric-owner", "-tvzf"]).arg(&package).output();
    for line in said(&listed.unwrap()).lines() {
        assert!(line.contains(" 0/0 "), "{line}");
    }
    let licences = fs::read_to_string(folder.join("LICENSES.txt")).unwrap();
    for dependency in ["teloxide ", "sqlx ", "ring ", "webpki-roots "] {
        assert!(licences.contains(&format!("    {dependency}")), "{dependency}");
    }
    for guide in ["operations", "settings", "troubleshooting", "guide"] {
        let guide = fs::read_to_string(folder.join("docs").join(guide).with_extension("md"));
        let guide = guide.unwrap();
        let links = guide.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
        for link in links.filter(|it| !it.is_empty() && !it.contains("://")) {
            // An image is built of the sources.
            let is_there = folder.join("docs").join(link).exists() || link == "../compose.yaml";
            assert!(is_there, "{link}");
        }
    }
    let program = fs::read(folder.join("invite-bot")).unwrap();
    let places = [env!("CARGO_MANIFEST_DIR"), ".cargo/registry"].map(str::as_bytes);
    for place in places {
        assert!(!program.windows(place.len()).any(|part| part == place), "{place:?}");
    }
}

// -------------------------------------------------------------------------- an empty root

/// In a root that has `/proc`, a folder for data, and the program; then `exec`s it, so that signals
/// reach it.
const ENTERS: &str =
    r#"mount --rbind /proc "$0/proc" && exec chroot --userspec=65532:65532 "$0" "$@""#;

fn root(program: &Path) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).unwrap();
    for name in ["proc", "data"] {
        fs::create_dir(root.path().join(name)).unwrap();
    }
    chown(root.path().join("data"), Some(NOBODY), Some(NOBODY)).unwrap();
    fs::copy(program, root.path().join("invite-bot")).unwrap();
    root
}

#[tokio::test]
#[ignore = "needs the package: run by .ci/run"]
async fn its_program_needs_nothing_but_proc() {
    let Some(package) = package().filter(|_| may_mount()) else { return };
    if !package.to_str().unwrap().contains("-musl") {
        println!("not tried: the program of {} is not static", package.display());
        return;
    }
    let into = tempfile::tempdir().unwrap();
    let into_folder = unpacked(&package, into.path());
    let root = root(&into_folder.join("invite-bot"));
    let path = root.path().to_str().unwrap();
    let starter = ["unshare", "--mount", "sh", "-euc", ENTERS, path];
    let trace = into.path().join("trace");
    // The tracer stands aside, so that the program keeps the process.
    let traced = ["strace", "-D", "-f", "-qq", "-o", trace.to_str().unwrap()];
    let traced = [&traced, starter.as_slice()].concat();
    let database = root.path().join("data/invite-bot.db");
    let mut house = House::without_a_database(folder(), database).await;
    house.program = PathBuf::from("/invite-bot");
    let settings = [("DATABASE_URL", "sqlite:/data/invite-bot.db"), ("TMPDIR", "/data")];
    let asked = |house: &House, args: &[&str]| {
        let mut command = house.command(&starter, args);
        command.envs(settings);
        command
    };

    let checked = ends(asked(&house, &["check"])).await;
    let words = said(&checked);
    assert_eq!(checked.status.code(), Some(1), "there is no database yet:\n{words}");
    assert!(words.contains("⚠️ База данных") && !words.contains('❌'), "{words}");

    house.telegram.says(&house.oleg, "/start");
    house.starts_by(if has("strace") { &traced } else { &starter }, &settings);
    house.telegram.waits_for(&house.oleg, "Здравствуйте").await.unwrap();
    house.invites_as(&house.oleg, "first@mail.ru").await;
    house.stops().await;
    assert_eq!(house.letters(), ["first@mail.ru"]);
    house.is_sound().await;
    if has("strace") && has("systemd-analyze") {
        let unit = fs::read_to_string(into_folder.join("invite-bot.service")).unwrap();
        let (made, permitted) = (calls(&fs::read_to_string(&trace).unwrap()), permitted(&unit));
        assert!(made.contains("fdatasync") && made.contains("connect"), "{made:?}");
        assert!(!permitted.contains("mount"), "it is no filter");
        let refused: Vec<_> = made.difference(&permitted).collect();
        assert!(refused.is_empty(), "the unit file does not permit {refused:?}");
    }

    let words = said(&ends(asked(&house, &["check"])).await);
    for good in ["Бот в Telegram: @", "Invoicebox: отвечает, ключ принят", "Метка базы: на месте"]
    {
        assert!(words.contains(&format!("✅ {good}")), "{good}:\n{words}");
    }
    let copied = ends(asked(&house, &["backup", "/data/copy.db"])).await;
    assert!(copied.status.success(), "{}", said(&copied));
    let played = ends(asked(&house, &["demo", "--play"])).await;
    assert!(played.status.success(), "{}", said(&played));
    assert!(said(&played).contains("все итоги — как ожидались"), "{}", said(&played));
    let mut left: Vec<_> =
        fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["data", "invite-bot", "proc"]);
}

/// What the program asked of the system, once it was executed.
fn calls(trace: &str) -> BTreeSet<String> {
    let own = trace.split_once("execve(\"/invite-bot\"").unwrap().1;
    let name = |line: &str| {
        let call = line.split_once(' ')?.1.trim_start();
        let call = call.strip_prefix("<... ").unwrap_or(call);
        let name = call.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next()?;
        Some(name.to_owned()).filter(|name| !name.is_empty())
    };
    own.lines().skip(1).filter_map(name).collect()
}

/// What the unit file lets it ask, as the systemd of this machine reads it.
fn permitted(unit: &str) -> BTreeSet<String> {
    let mut permitted = BTreeSet::new();
    for filter in unit.lines().filter_map(|line| line.strip_prefix("SystemCallFilter=")) {
        let (forbids, groups) = filter.strip_prefix('~').map_or((false, filter), |it| (true, it));
        for name in groups.split(' ').flat_map(members) {
            match forbids {
                true => permitted.remove(&name),
                false => permitted.insert(name),
            };
        }
    }
    permitted
}

/// The calls of a group, and of the groups in it.
fn members(group: &str) -> Vec<String> {
    let listed = Command::new("systemd-analyze").args(["syscall-filter", group]).output().unwrap();
    let listed = said(&listed);
    let lines = listed.lines().skip(1).map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .flat_map(|line| if line.starts_with('@') { members(line) } else { vec![line.to_owned()] })
        .collect()
}

// ------------------------------------------------------------ from an empty server to a letter

/// Stands for systemd, which no test has: does with the unit file what the guide asks of it.
const SYSTEMCTL: &str = r#"#!/bin/sh
set -eu
unit=/etc/systemd/system/invite-bot.service
pid=/opt/pid
says() { sed -n "s/^$1=//p" "$unit"; }
stops() {
    kill -TERM "$(cat "$pid")"
    while kill -0 "$(cat "$pid")" 2>/dev/null; do sleep 0.1; done
}
starts() {
    cd "$(says WorkingDirectory)"
    umask "$(says UMask)"
    setpriv --reuid="$(says User)" --regid="$(says Group)" --init-groups --inh-caps=-all \
        $(says ExecStart) >>/opt/journal 2>&1 &
    echo $! >"$pid"
}
case "$*" in
'daemon-reload' | 'status invite-bot') test -e "$unit" ;;
'enable --now invite-bot' | 'start invite-bot') starts ;;
'stop invite-bot') stops ;;
'restart invite-bot') stops; starts ;;
*) echo "not played: systemctl $*" >&2; exit 1 ;;
esac
"#;

/// A server of its own in the places where the guide puts something; the rest is this machine's.
struct Server(TempDir);

impl Server {
    fn new() -> Self {
        let server = Self(tempfile::tempdir().unwrap());
        fs::set_permissions(server.0.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for name in ["opt", "bin", "home"] {
            fs::create_dir(server.path(name)).unwrap();
        }
        let etc = Command::new("cp").args(["-a", "/etc"]).arg(server.path("etc")).status();
        assert!(etc.unwrap().success());
        fs::create_dir_all(server.path("etc/systemd/system")).unwrap();
        fs::write(server.path("bin/systemctl"), SYSTEMCTL).unwrap();
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(server.path("bin/systemctl"), executable).unwrap();
        server
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn journal(&self) -> String {
        fs::read_to_string(self.path("opt/journal")).unwrap_or_default()
    }

    /// A block of the guide, in the folder where the archive was put.
    async fn runs(&self, block: &str) -> Output {
        let binds = ["etc", "opt"].map(|it| format!("mount --bind \"$0/{it}\" /{it}\n")).concat();
        let mut shell = Command::new("unshare");
        shell.args(["--mount", "sh", "-euc", &format!("{binds}cd \"$0/home\"\n{block}")]);
        shell.arg(self.0.path()).env_clear().stdin(std::process::Stdio::null());
        let bin = self.path("bin").display().to_string();
        shell.env("PATH", format!("{bin}:/usr/sbin:/usr/bin:/sbin:/bin"));
        shell.env("HOME", self.path("home"));
        ends(shell).await
    }

    async fn does(&self, block: &str) -> String {
        let ended = self.runs(block).await;
        assert!(ended.status.success(), "{block}\n{}", said(&ended));
        said(&ended)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = fs::read_to_string(self.path("opt/pid"));
        if let Ok(pid) = pid {
            Command::new("kill").args(["-KILL", pid.trim()]).output().ok();
        }
        if std::thread::panicking() {
            eprintln!("{}", self.journal());
        }
    }
}

/// The blocks of shell in a chapter of the guide, as they stand.
fn blocks(heading: &str) -> Vec<&'static str> {
    let operations = include_str!("../../../docs/operations.md");
    let chapter = operations.split_once(&format!("\n{heading}\n")).expect(heading).1;
    let chapter = chapter.split("\n## ").next().unwrap();
    chapter.split("```sh\n").skip(1).map(|it| it.split("```").next().unwrap()).collect()
}

/// What the guide leaves to an editor: the settings, in the file where they belong.
fn fills_in(env_file: &Path, house: &House) -> io::Result<()> {
    let mut text = fs::read_to_string(env_file)?;
    for (name, value) in house.settings() {
        let unset = format!("\n{name}=\n");
        match name {
            // The guide makes the first admin by a command, and the database has its usual place.
            "ADMIN_IDS" | "DATABASE_URL" => {}
            _ if text.contains(&unset) => {
                text = text.replace(&unset, &format!("\n{name}={value}\n"));
            }
            _ => text.push_str(&format!("{name}={value}\n")),
        }
    }
    fs::write(env_file, text)
}

#[tokio::test]
#[ignore = "needs the package: run by .ci/run"]
async fn the_guide_leads_from_an_empty_server_to_the_first_invitation() {
    let Some(package) = package().filter(|_| may_mount()) else { return };
    let server = Server::new();
    for suffix in ["", ".sha256"] {
        let file = format!("{}{suffix}", package.file_name().unwrap().to_str().unwrap());
        fs::copy(package.with_file_name(&file), server.path("home").join(file)).unwrap();
    }
    let mut house =
        House::without_a_database(folder(), server.path("opt/invite-bot/data/invite-bot.db")).await;
    let [unpacks, installs, checks, starts, admits] = blocks("## С пустого сервера")[..]
    else {
        panic!("five blocks: {:#?}", blocks("## С пустого сервера"))
    };

    server.does(&format!("{unpacks}{installs}")).await;
    let env_file = server.path("opt/invite-bot/.env");
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&env_file), 0o640, "it holds the token");
    assert_eq!(mode(&server.path("opt/invite-bot/data")), 0o700);
    fills_in(&env_file, &house).unwrap();
    if has("systemd-analyze") {
        let unit = "/etc/systemd/system/invite-bot.service";
        let words = server.does(&format!("systemd-analyze verify {unit}")).await;
        assert_eq!(words, "", "systemd understands all of it");
        // Of ten; services without any of it have 9.6.
        server.does(&format!("systemd-analyze security --offline=yes --threshold=20 {unit}")).await;
    }

    let checked = server.runs(checks).await;
    let words = said(&checked);
    assert_eq!(checked.status.code(), Some(1), "{words}");
    let warnings: Vec<&str> = words.lines().filter(|line| !line.starts_with('✅')).collect();
    let expected = ["⚠️ База данных", "⚠️ Администраторы"];
    let is_expected = |line: &&str| {
        expected.iter().any(|it| line.starts_with(it)) || line.contains("Место на диске")
    };
    assert!(warnings.len() >= 2 && warnings.iter().all(is_expected), "{words}");

    server.does(starts).await;
    house.telegram.says(&house.oleg, "/start");
    let told = house.telegram.waits_for(&house.oleg, "Ваш id").await.unwrap();
    assert!(told.text.contains(&house.oleg.id.to_string()), "{}", told.text);
    let example = "123456789";
    assert!(admits.contains(example), "{admits}");
    server.does(&admits.replace(example, &house.oleg.id.to_string())).await;
    house.telegram.says(&house.oleg, "/start");
    sees(&house.telegram, &house.oleg, "Здравствуйте").await;
    house.invites_as(&house.oleg, "first@mail.ru").await;

    // The next release, which is this one once more.
    house.stand_ins.invoicebox.hold();
    house.confirms_as(&house.oleg, "second@mail.ru").await;
    house.stand_ins.invoicebox.wait_received(2).await;
    house.stand_ins.invoicebox.release();
    let [unpacks, replaces] = blocks("## Обновление")[..] else {
        panic!("two blocks: {:#?}", blocks("## Обновление"))
    };
    fs::remove_dir_all(unpacked_in(&server.path("home"))).unwrap();
    server.does(&format!("{unpacks}{replaces}")).await;
    assert!(server.journal().contains("stopped"), "{}", server.journal());
    house.invites_as(&house.oleg, "third@mail.ru").await;
    assert_eq!(house.letters(), ["first@mail.ru", "second@mail.ru", "third@mail.ru"]);
    let backups = fs::read_dir(server.path("opt/invite-bot/data")).unwrap();
    let backups = backups.filter(|it| {
        it.as_ref().unwrap().file_name().to_str().unwrap().starts_with("invite-bot-20")
    });
    assert_eq!(backups.count(), 1, "one of before the upgrade");
    server.does("systemctl stop invite-bot").await;
    assert!(until(async || server.journal().matches(" stopped").count() == 2).await);
    house.database = server.path("opt/invite-bot/data/invite-bot.db");
    house.is_sound().await;
}

/// The folder of the archive among what else is there.
fn unpacked_in(home: &Path) -> PathBuf {
    let entries = fs::read_dir(home).unwrap().map(|entry| entry.unwrap().path());
    let mut folders = entries.filter(|path| path.is_dir());
    folders.next().unwrap()
}
