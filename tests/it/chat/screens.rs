//! Every screen that is a function of values alone and not part of a transcript.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use expect_test::expect_file;
use invite_bot::dialogue::facts::{Facts, LookedUp, PolicyCheck};
use invite_bot::dialogue::session::{Session, Stage};
use invite_bot::domain::{
    Attempt, AttemptOutcome, BackupTrouble, DatabaseDoubt, Earlier, Email, Event, Hold, HoldKind,
    Inn, Invitation, InvitationNo, LimitKind, LimitPeriod, LimitReached, Period, Person, Provider,
    Recipient, Refusal, RepeatPolicy, Repeats, ResendQuota, ResultWord, Role, State, StopEntry,
    StopTarget, Usage, Viewer, Wait, WaitReason,
};
use invite_bot::screens::list::Listing;
use invite_bot::screens::person::Employee;
use invite_bot::screens::press::{List, ListFilter, StopScope};
use invite_bot::screens::staff::{Allowed, Revoked, StaffPage};
use invite_bot::screens::stoplist::{StopPage, StopResult};
use invite_bot::screens::{
    Screen, card, draft, holds, home, list, person, policy, reminders, resend, result, staff,
    status, stoplist, warnings,
};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::acts::{invoicebox, sbis};
use super::player::{anna, code, now, oleg, only, pyotr, setup, zone};
use super::report::shown;

/// What a turn of this person knows.
pub fn facts(me: Person) -> Facts {
    let role = if me == oleg() { Role::Admin } else { Role::Staff };
    Facts {
        viewer: Viewer { me, role, zone: zone(), now: now() },
        setup: setup(),
        admin: Some(oleg()),
        holds: vec![],
        offices: vec![],
        last_office: None,
        last_provider: None,
        usage: usage(4),
        shown: None,
        looked_up: LookedUp::default(),
    }
}

fn to_anna() -> Viewer {
    facts(anna()).viewer
}

fn to_oleg() -> Viewer {
    facts(oleg()).viewer
}

/// So many today, none of them within the last hour.
fn usage(today: u32) -> Usage {
    let midnight = "2026-05-14T21:00:00Z".parse().unwrap();
    Usage { today, day_limit: 50, last_hour: vec![], hour_limit: 20, midnight }
}

fn nothing() -> Session {
    Session::default()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_778_758_327 + second).unwrap()
}

fn company() -> Recipient {
    sbis().finish().unwrap()
}

fn address() -> Recipient {
    invoicebox().finish().unwrap()
}

fn attempt(outcome: Option<AttemptOutcome>, http: Option<u16>, message: &str) -> Option<Attempt> {
    Some(Attempt {
        n: 1,
        started_at: at(1),
        ended_at: outcome.map(|_| at(2)),
        outcome,
        http_status: http,
        reference: (outcome == Some(AttemptOutcome::Accepted)).then(|| "d5490c3d".to_owned()),
        request_id: http.map(|_| "req-1".to_owned()),
        message: (!message.is_empty()).then(|| message.to_owned()),
    })
}

fn invitation(recipient: Recipient, state: State, last: Option<Attempt>) -> Invitation {
    let by_hand =
        matches!(state, State::ConfirmedSent | State::ConfirmedNotSent | State::Cancelled);
    Invitation {
        number: InvitationNo(1057),
        author: anna(),
        recipient,
        guid: Uuid::from_u128(0x4f40_fed3_2bc4_4bc2_bedb_0862_3e4d_ed6f),
        state,
        version: 3,
        created_at: at(0),
        changed_at: at(2),
        changed_by: by_hand.then(anna),
        waits: match state {
            State::Queued => Some(WaitReason::Time(at(60))),
            State::Held => Some(WaitReason::Revoked),
            _ => None,
        },
        from_untrusted_database: false,
        stopped: false,
        last,
        maybe_sent_before: false,
    }
}

/// One that the provider took.
pub fn accepted() -> Invitation {
    let last = attempt(Some(AttemptOutcome::Accepted), Some(200), "");
    invitation(company(), State::Accepted, last)
}

/// An invitation in every state, with the attempt that led there.
pub fn every_state(recipient: &Recipient) -> Vec<(&'static str, Invitation)> {
    use AttemptOutcome::{NotAccepted, Rejected, Unknown};
    let bare = |state| invitation(recipient.clone(), state, None);
    let made = |state, outcome, http, message| Invitation {
        last: attempt(Some(outcome), http, message),
        ..bare(state)
    };
    let refused = |why, message| made(State::Rejected(why), Rejected, Some(422), message);
    let unconnected = |state| made(state, NotAccepted(Wait::Connect), None, "");
    let throttled = |state, http| made(state, NotAccepted(Wait::Throttled), Some(http), "");
    let unknown = |state, message| made(state, Unknown, None, message);
    let waits = |reason, it| Invitation { waits: Some(reason), ..it };
    let left = |second, it| waits(WaitReason::ProviderDown(at(second)), it);
    let (queued, held) = (|| bare(State::Queued), || bare(State::Held));
    let undoable =
        Invitation { changed_by: Some(anna()), ..waits(WaitReason::Time(at(7)), queued()) };
    let config = made(State::Queued, NotAccepted(Wait::Config), Some(401), "Unauthorized");
    let paused = waits(WaitReason::BadCredentials, config);
    let untrusted = |it| waits(WaitReason::UntrustedDatabase, it);
    let doubtful = |state| Invitation { maybe_sent_before: true, ..unconnected(state) };
    let restored = |it| Invitation { from_untrusted_database: true, ..it };
    let stopped = Invitation { stopped: true, ..waits(WaitReason::StopList, held()) };
    vec![
        ("queued", queued()),
        ("queued, to be stopped", undoable),
        ("queued, no connection", unconnected(State::Queued)),
        ("queued, throttled", throttled(State::Queued, 429)),
        ("queued, paused", paused),
        ("a repeat waits", doubtful(State::Queued)),
        ("a repeat is not sent", doubtful(State::NotSent)),
        ("held", held()),
        ("sending", Invitation { last: attempt(None, None, ""), ..bare(State::Sending) }),
        ("accepted", Invitation { recipient: recipient.clone(), ..accepted() }),
        ("rejected: data", refused(Refusal::Data, "ИНН <b>неверен</b>")),
        ("rejected: already a client", refused(Refusal::AlreadyClient, "Уже есть аккаунт")),
        ("rejected: other", refused(Refusal::Other, "Сервис временно недоступен")),
        ("not sent, no connection", unconnected(State::NotSent)),
        ("not sent, throttled", throttled(State::NotSent, 429)),
        ("unknown", unknown(State::Unknown, "timeout")),
        ("unknown after a stop", unknown(State::Unknown, "stopped")),
        ("confirmed sent", unknown(State::ConfirmedSent, "")),
        ("confirmed not sent", unknown(State::ConfirmedNotSent, "")),
        ("cancelled", bare(State::Cancelled)),
        ("left alone", left(90, queued())),
        ("left alone after it was asked to wait", left(90, throttled(State::Queued, 503))),
        ("queued, another program", waits(WaitReason::PollingConflict, queued())),
        ("queued, the file is checked", waits(WaitReason::UncheckedFile, queued())),
        ("held in an untrusted database", restored(untrusted(held()))),
        ("held by the stop-list", stopped),
        ("taken off the stop-list", waits(WaitReason::OffStopList, held())),
        ("held in an untrusted database, then cancelled", restored(bare(State::Cancelled))),
        ("held in an untrusted database, then not sent", restored(unconnected(State::NotSent))),
        ("queued in an untrusted database", untrusted(queued())),
    ]
}

/// The screens under their names.
pub fn told<'a>(screens: impl IntoIterator<Item = (&'a str, Screen)>) -> String {
    let mut text = String::new();
    for (name, screen) in screens {
        writeln!(text, "==== {name}\n{}", shown(&screen)).unwrap();
    }
    text
}

/// The status card in every state; that of Invoicebox where it says something else.
#[test]
fn status_cards() {
    let mut text = String::new();
    let both = every_state(&company()).into_iter().zip(every_state(&address()));
    for ((name, to_company), (_, to_address)) in both {
        let screen = shown(&status::status_card(&to_company, &zone()));
        writeln!(text, "==== {name}\n{screen}").unwrap();
        let other = shown(&status::status_card(&to_address, &zone()));
        if other != screen.replace("Детский сад Чайка · ", "").replace("СБИС", "Invoicebox")
        {
            writeln!(text, "---- Invoicebox\n{other}").unwrap();
        }
    }
    expect_file!["screens/status_cards.txt"].assert_eq(&text);
}

/// What rings, where there is a result.
#[test]
fn results() {
    let states = every_state(&address());
    let screens = states
        .iter()
        .filter_map(|(name, invitation)| Some((*name, result::result(invitation, &to_anna())?)));
    let mut text = told(screens);
    let (name, unknown) = &states[15];
    text += &told([(*name, result::result(unknown, &to_oleg()).unwrap())]);
    expect_file!["screens/results.txt"].assert_eq(&text);
}

/// What happened to an invitation, as far as it shows by how it stands.
fn history(invitation: &Invitation) -> Vec<Event> {
    let mut events =
        vec![Event::Changed { at: at(0), by: Some(anna()), from: None, to: State::Queued }];
    events.extend(invitation.last.clone().map(Event::Called));
    let from = match invitation.state {
        State::Queued => return events,
        State::Held | State::Cancelled => State::Queued,
        State::ConfirmedSent | State::ConfirmedNotSent => State::Unknown,
        _ => State::Sending,
    };
    let by = invitation.changed_by.clone();
    events.push(Event::Changed { at: at(2), by, from: Some(from), to: invitation.state });
    events
}

#[test]
fn cards() {
    let mut text = String::new();
    for (name, invitation) in every_state(&company()) {
        let screen = shown(&card::card(
            &to_oleg(),
            &invitation,
            &history(&invitation),
            &Repeats::default(),
            List::ALL,
        ));
        // To whom it goes stands on every one of them.
        let (head, rest) = screen.split_once("\n\n").unwrap();
        let first = head.lines().next().unwrap();
        let guid = "\nGUID приглашения для СБИС: `4f40fed3-2bc4-4bc2-bedb-08623e4ded6f` ‖\n";
        let (rest, guids) = (rest.replace(guid, " ‖\n"), rest.matches(guid).count());
        writeln!(text, "==== {name}\n{first}\n{rest}").unwrap();
        assert_eq!((head.lines().count(), guids), (4, 1), "{screen}");
    }
    let (_, sending) = every_state(&address()).swap_remove(8);
    let sent = accepted();
    let marked = Invitation { state: State::ConfirmedNotSent, ..sending.clone() };
    let card = |viewer: &Viewer, invitation| {
        card::card(viewer, invitation, &history(invitation), &Repeats::default(), List::ALL)
    };
    text += &told([
        ("to an admin, all of it", card(&to_oleg(), &sent)),
        ("to the author", card(&to_anna(), &sending)),
        ("to the author, accepted", card(&to_anna(), &sent)),
        ("before a second letter", card::ask_repeat(&sending, 29_646_000)),
        ("the same, of one without a letter", card::ask_repeat(&marked, 29_646_000)),
    ]);
    expect_file!["screens/cards.txt"].assert_eq(&text);
}

fn listing(
    filter: ListFilter,
    items: Vec<Invitation>,
    page: u32,
    pages: u32,
    more: bool,
) -> Listing {
    Listing { list: List { filter, page }, items, pages, more, author: None, about: None }
}

/// It opens one invitation; the log, a history and a search have signs of their own, or none.
#[test]
fn the_magnifier_has_one_meaning() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/screens");
    let mut met = 0;
    for file in folder.read_dir().unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        for after in text.split("🔎").skip(1) {
            let opens = [" Открыть", " К карточке", " №"].iter().any(|it| after.starts_with(it));
            assert!(opens, "🔎{}", after.lines().next().unwrap());
            met += 1;
        }
    }
    assert!(met > 5, "{met}");
}

#[test]
fn lists() {
    let items = || {
        every_state(&company()).into_iter().map(|(_, it)| it).skip(8).take(5).collect::<Vec<_>>()
    };
    let all = ListFilter::All(None, None, None);
    let only = ListFilter::All(Some(ResultWord::Unknown), Some(anna().id), None);
    let clients = ListFilter::All(Some(ResultWord::Client), None, None);
    let found = ListFilter::SameEmail(InvitationNo(7));
    let lately = ListFilter::All(Some(ResultWord::NotSent), None, Some(Period::Week));
    let counts = |each| ResultWord::ALL.map(|word| (word, each));
    let of_anna = Listing { author: Some(anna()), ..listing(only, items(), 0, 1, false) };
    let (anna_, oleg_) = (to_anna(), to_oleg());
    let own = |filter, items, pages| list::list(&anna_, &listing(filter, items, 0, pages, false));
    let inn = Inn::parse("1215107651").unwrap();
    let long = "Муниципальное бюджетное дошкольное учреждение «Чайка»";
    let companies = [(InvitationNo(7), "ООО «Тёплый дом»", &inn), (InvitationNo(3), long, &inn)];
    expect_file!["screens/lists.txt"].assert_eq(&told([
        ("own, the first of three pages", own(all, items(), 3)),
        (
            "all, a middle page of very many",
            list::list(&oleg_, &listing(all, items(), 4, 100, true)),
        ),
        ("an author's, by word", list::list(&oleg_, &of_anna)),
        ("found", own(found, items(), 1)),
        ("empty", own(all, vec![], 1)),
        ("empty by word", own(clients, vec![], 1)),
        ("nothing found", own(ListFilter::SameInn(InvitationNo(0)), vec![], 1)),
        ("filters", list::filters(&anna_, all, &counts(3))),
        ("filters of a long log", list::filters(&oleg_, lately, &counts(1000))),
        ("own, of a week", own(lately, items(), 1)),
        ("empty in a week", own(ListFilter::All(None, None, Some(Period::Week)), vec![], 1)),
        ("authors", list::authors(&oleg_, all, &[oleg(), anna()])),
        ("several companies", list::companies(companies.iter().copied(), false)),
        ("many companies", list::companies(companies.iter().copied(), true)),
        ("no such number", list::not_found()),
        ("what /status takes", list::status_usage()),
    ]));
}

fn employee(person: Person, codes: &[&str]) -> Employee {
    let offices = codes.iter().map(|text| code(text)).collect();
    Employee { person, role: Role::Staff, offices, limits: vec![], usage: usage(4), until: None }
}

#[test]
fn team() {
    let offices = [(anna().id, vec![code("7705"), code("0240")]), (oleg().id, vec![code("7706")])];
    let page = |people, page, pages| StaffPage {
        people,
        fixed: vec![oleg()],
        offices: offices.clone().into(),
        page,
        pages,
        may_add: true,
    };
    let people = vec![(anna(), Role::Staff), (oleg(), Role::Admin)];
    let read = StaffPage { may_add: false, ..page(Role::ALL.map(|it| (anna(), it)).into(), 0, 1) };
    let of_anna = |codes: &[&str]| employee(anna(), codes);
    let fixed = Employee { role: Role::Admin, ..employee(oleg(), &[]) };
    let many = StaffPage { fixed: vec![oleg(); 12], ..page(vec![(anna(), Role::Staff)], 0, 1) };
    let done = |held: &[i64], unknown: &[i64]| Revoked::Done {
        held: held.iter().map(|&n| InvitationNo(n)).collect(),
        unknown: unknown.iter().map(|&n| InvitationNo(n)).collect(),
    };
    let changed = |codes: &[&str]| person::offices_changed(&of_anna(codes).offices);
    let allowed = |role, done| staff::allowed(&anna(), role, done);
    let with_office = only(Provider::Sbis);
    expect_file!["screens/team.txt"].assert_eq(&told([
        ("staff", staff::staff(&page(people.clone(), 0, 1))),
        ("all roles, for a senior", staff::staff(&read)),
        ("a middle page", staff::staff(&StaffPage { fixed: vec![], ..page(people, 1, 3) })),
        ("many admins by configuration", staff::staff(&many)),
        ("nobody", staff::staff(&page(vec![], 0, 1))),
        ("before revoking", staff::ask_revoke(&anna())),
        ("a person", person::employee(&setup(), &of_anna(&[]))),
        ("a person with codes", person::employee(&setup(), &of_anna(&["7705", "0240"]))),
        ("an admin by configuration", person::employee(&setup(), &fixed)),
        ("without СБИС", person::employee(&only(Provider::Invoicebox), &of_anna(&[]))),
        ("before an end is set", person::ask_until(&of_anna(&[]))),
        ("an admin has none", person::admins_have_no_end()),
        ("it has come", person::access_ended(&anna())),
        ("before a role is given", person::ask_role(&of_anna(&[]))),
        ("before a role is taken", person::ask_role(&fixed)),
        ("which office", person::office_screen(&setup(), &of_anna(&[]))),
        (
            "which, the organisation has one",
            person::office_screen(&with_office, &of_anna(&["0240"])),
        ),
        ("the codes are typed", person::prompt_for_offices(&of_anna(&[]))),
        ("to the person, one code", changed(&["7705"])),
        ("to the person, two codes", changed(&["7705", "0240"])),
        ("to the person, no code", changed(&[])),
        ("added", allowed(Role::Staff, Allowed::Added)),
        ("added as admin", allowed(Role::Admin, Allowed::Added)),
        ("changed", allowed(Role::Staff, Allowed::Changed)),
        ("the same", allowed(Role::Staff, Allowed::Same)),
        ("the last admin keeps the role", allowed(Role::Staff, Allowed::LastAdmin)),
        ("to the person who was allowed", staff::welcome(Role::Staff)),
        ("revoked", staff::revoked(&anna(), &done(&[], &[]))),
        ("revoked with two held", staff::revoked(&anna(), &done(&[1, 2], &[3]))),
        ("not listed", staff::revoked(&anna(), &Revoked::NotListed)),
        ("the last admin", staff::revoked(&anna(), &Revoked::LastAdmin)),
        ("to the person who was revoked", staff::farewell()),
        ("an admin by configuration", staff::fixed_admin(oleg().id)),
        ("what /allow takes", staff::allow_usage()),
        ("what /revoke takes", staff::revoke_usage()),
        ("a hidden author", staff::author_hidden()),
        ("too long a name", staff::name_too_long(64)),
    ]));
}

fn hold(kind: HoldKind) -> Hold {
    Hold { id: 1, since: at(-600), kind, told: false }
}

#[test]
fn common() {
    let start = |me: Person, kinds: &[HoldKind]| {
        let holds = kinds.iter().cloned().map(hold).collect();
        home::home(&Facts { holds, ..facts(me) }, &nothing())
    };
    let paused = |provider| HoldKind::BadCredentials { provider, message: None };
    let down = |provider, second| HoldKind::ProviderDown { provider, until: at(second), rounds: 1 };
    let conflict = HoldKind::polling_conflict(now());
    let checked = |me| {
        let hold = Hold { told: true, ..hold(HoldKind::UncheckedFile) };
        home::home(&Facts { holds: vec![hold], ..facts(me) }, &nothing())
    };
    let both = [down(Provider::Sbis, 60), down(Provider::Invoicebox, -60), paused(Provider::Sbis)];
    let unauthorized = HoldKind::BadCredentials {
        provider: Provider::Invoicebox,
        message: Some("Unauthorized".to_owned()),
    };
    let nameless = Person { name: None, ..anna() };
    expect_file!["screens/common.txt"].assert_eq(&told([
        ("start", start(anna(), &[])),
        ("start without a name", start(nameless, &[])),
        ("start, admin, a provider paused", start(oleg(), &[paused(Provider::Invoicebox)])),
        ("start, staff, a provider paused", start(anna(), &[paused(Provider::Sbis)])),
        ("start, admin, a provider left alone", start(oleg(), &[down(Provider::Sbis, 60)])),
        ("start, admin, both left alone and one paused too", start(oleg(), &both)),
        ("start, staff, a provider left alone", start(anna(), &[down(Provider::Sbis, 60)])),
        ("start, admin, another program", start(oleg(), std::slice::from_ref(&conflict))),
        ("start, staff, another program", start(anna(), std::slice::from_ref(&conflict))),
        ("another program", holds::notice(&hold(conflict.clone()))),
        ("no other program", holds::resumed(&to_oleg(), &conflict, 0)),
        ("an outage lasts", holds::notice(&hold(down(Provider::Sbis, 60)))),
        ("start, staff, a check that may be over soon", start(anna(), &[HoldKind::UncheckedFile])),
        ("start, staff, the file is checked", checked(anna())),
        ("start, admin, the file is checked", checked(oleg())),
        ("the file is checked", holds::notice(&hold(HoldKind::UncheckedFile))),
        ("help", home::help(&facts(anna()))),
        ("help, admin", home::help(&facts(oleg()))),
        ("hint", home::hint(&to_anna())),
        ("unknown command", home::unknown_command(&to_anna(), None)),
        ("stranger who may ask", home::stranger(anna().id, true)),
        ("stranger", home::stranger(anna().id, false)),
        ("group", home::group_only()),
        ("paused, Invoicebox", holds::notice(&hold(unauthorized))),
        ("paused, СБИС", holds::notice(&hold(paused(Provider::Sbis)))),
        ("the bot failed", home::bot_failed()),
        ("the bot cannot write", home::cannot_store()),
        ("a draft is lost", home::draft_lost()),
    ]));
}

#[test]
fn untrusted_database() {
    let untrusted = |cause, waiting| hold(HoldKind::UntrustedDatabase { cause, waiting });
    let older = untrusted(DatabaseDoubt::Older, 3);
    let start = |me| home::home(&Facts { holds: vec![older.clone()], ..facts(me) }, &nothing());
    let ask = |waiting| holds::ask_resume(&to_oleg(), &older, waiting, 29_646_000);
    let resumed = |queues| holds::resumed(&to_oleg(), &older.kind, queues);
    expect_file!["screens/untrusted_database.txt"].assert_eq(&told([
        ("told, older", holds::notice(&older)),
        ("told, copied", holds::notice(&untrusted(DatabaseDoubt::Copied, 1))),
        ("told, unmarked", holds::notice(&untrusted(DatabaseDoubt::Unmarked, 25))),
        ("start, admin", start(oleg())),
        ("start, staff", start(anna())),
        ("asked", ask(3)),
        ("asked, nothing waits", ask(0)),
        ("resumed", resumed(3)),
        ("resumed, nothing waited", resumed(0)),
    ]));
}

fn stop(text: &str) -> StopEntry {
    let reason = Some("просили по телефону".to_owned());
    StopEntry { id: 3, stop: StopTarget::parse(text).unwrap(), reason, at: now(), by: oleg() }
}

#[test]
fn repeats() {
    let done = |recipient| invitation(recipient, State::Accepted, None);
    let unsent = invitation(address(), State::NotSent, None);
    let unknown = invitation(address(), State::Unknown, None);
    let (to_staff, to_admin) = (facts(anna()), facts(oleg()));
    let own = Facts { offices: vec![code("7705")], ..facts(anna()) };
    let soon = ResendQuota::AvailableAt(at(3600));
    let menu = resend::repeat_menu;
    let stopped = |facts, text| {
        let entry = StopEntry { reason: None, at: at(0), ..stop(text) };
        resend::repeat_stopped(facts, &done(company()), &entry)
    };
    let no_room = |facts, quota| resend::resend_not_available(facts, &unknown, quota, 7);
    expect_file!["screens/repeats.txt"].assert_eq(&told([
        ("an organisation", menu(&to_staff, &done(company()), ResendQuota::Available, false)),
        (
            "an organisation, with one office",
            menu(&own, &done(company()), ResendQuota::Available, false),
        ),
        ("an address", menu(&to_staff, &done(address()), ResendQuota::Available, false)),
        ("not sent", menu(&to_staff, &unsent, ResendQuota::Available, false)),
        ("unknown", menu(&to_staff, &unknown, ResendQuota::Available, false)),
        ("on the stop-list, staff", stopped(&to_staff, "romashka.ru")),
        ("on the stop-list by its number, admin", stopped(&to_admin, "1215107651")),
        ("too soon, staff", menu(&to_staff, &done(company()), soon, false)),
        ("too often, admin", menu(&to_admin, &done(company()), ResendQuota::Exhausted, true)),
        ("repeated too soon, staff", no_room(&to_staff, (soon, false))),
        ("repeated too often, admin", no_room(&to_admin, (ResendQuota::Exhausted, true))),
    ]));
}

#[test]
fn reminders() {
    let unknown = |recipient: Recipient, number, hours: i64| Invitation {
        number: InvitationNo(number),
        changed_at: at(-3600 * hours),
        ..invitation(recipient, State::Unknown, None)
    };
    let short = Recipient::Invoicebox { email: Email::parse("a@mail.ru").unwrap() };
    let three =
        [unknown(company(), 7, 24 * 11), unknown(address(), 1057, 49), unknown(short, 1058, 24)];
    let many: Vec<_> = (1..=20).map(|n| unknown(address(), n, 24 * (22 - n))).collect();
    let [old, ..] = &three;
    let off_the_list = reminders::reminder(old, false, &zone());
    expect_file!["screens/reminders.txt"].assert_eq(&told([
        ("to the author", reminders::reminder(old, true, &zone())),
        ("to an admin, when the author is off the list", off_the_list),
        ("three in the digest", reminders::digest(&three, 3, at(0))),
        ("many in the digest", reminders::digest(&many, 345, at(0))),
    ]));
}

#[test]
fn warnings_to_admins() {
    let failed = |why, newest| warnings::backup_failed(why, "/mnt/<backups>", newest, &zone());
    let second = SignedDuration::from_secs;
    let hold = |kind| Hold { id: 7, since: at(-4000), kind, told: true };
    let refused = HoldKind::BadCredentials { provider: Provider::Sbis, message: None };
    let away = |minutes: i64| warnings::telegram_was_away(at(-60 * minutes), at(0), &zone());
    let megabyte = 1024 * 1024;
    expect_file!["screens/warnings.txt"].assert_eq(&told([
        ("little room", warnings::little_room(150 * megabyte, 3)),
        ("room again", warnings::enough_room(2400 * megabyte, 12)),
        ("a fast clock", warnings::clock_is_off(second(45))),
        ("a slow clock", warnings::clock_is_off(second(-125))),
        ("a clock that is hours off", warnings::clock_is_off(second(3 * 3600 + 5))),
        ("a clock that is right again", warnings::clock_is_right()),
        ("a panic", warnings::panicked()),
        ("no panics", warnings::no_panics()),
        ("no backup: no room", failed(BackupTrouble::NoRoom, Some(at(-3 * 86_400)))),
        ("no backup: no folder", failed(BackupTrouble::NoFolder, None)),
        ("no backup: not writable", failed(BackupTrouble::NotWritable, None)),
        ("no backup: the database", failed(BackupTrouble::Database, None)),
        ("no backup: unsound", failed(BackupTrouble::Unsound, None)),
        ("no backup: another failure", failed(BackupTrouble::Other, None)),
        ("a backup again", warnings::backup_made()),
        ("a hold that lasts", warnings::hold_lasts(&hold(refused), &zone())),
        ("no hold", warnings::hold_is_over(0)),
        ("another hold", warnings::hold_is_over(1)),
        ("Telegram was away", away(12)),
        ("Telegram was away for long", away(200)),
        ("Telegram was away for days", away(60 * 50)),
    ]));
}

/// The summary of Иван with this in the way.
fn met(facts: Facts, check: PolicyCheck) -> Screen {
    let mut draft = invoicebox();
    draft.email = Some(Email::parse("ivan@romashka.ru").unwrap());
    let looked_up = LookedUp { checks: vec![(draft.clone(), check)], ..LookedUp::default() };
    draft::stage(&Facts { looked_up, ..facts }, &Stage::Reviewing { draft })
}

/// One that a person sent to Иван.
fn sent(number: i64, author: Person) -> Invitation {
    let email = Email::parse("ivan@romashka.ru").unwrap();
    let recipient = Recipient::Invoicebox { email };
    Invitation { number: InvitationNo(number), author, recipient, ..accepted() }
}

fn earlier(newest: Vec<Invitation>) -> PolicyCheck {
    let numbers = newest.iter().map(|invitation| invitation.number).collect();
    PolicyCheck { earlier: Earlier { newest, numbers }, ..PolicyCheck::default() }
}

#[test]
fn what_stands_in_place_of_a_summary() {
    let blocking = |me| {
        let mut facts = facts(me);
        facts.setup.rules.repeat = RepeatPolicy::Block;
        facts
    };
    let colleague = || earlier(vec![sent(1042, pyotr())]);
    let newest = vec![sent(1060, anna()), sent(1050, pyotr()), sent(1042, pyotr())];
    let numbers = [1060, 1050, 1042, 9, 8].map(InvitationNo).to_vec();
    let many = PolicyCheck { earlier: Earlier { newest, numbers }, ..PolicyCheck::default() };
    let client =
        Invitation { state: State::Rejected(Refusal::AlreadyClient), ..sent(1042, pyotr()) };
    let under_way = |author, state| {
        let other = Invitation { state, ..sent(1042, author) };
        PolicyCheck { in_flight: Some(other), ..PolicyCheck::default() }
    };
    let stopped = |text| PolicyCheck { stop: Some(stop(text)), ..PolicyCheck::default() };
    let enough = |quota| PolicyCheck { quota, ..PolicyCheck::default() };
    let soon = ResendQuota::AvailableAt("2026-05-14T11:52:00Z".parse().unwrap());
    let nobody = Facts { admin: None, ..facts(anna()) };
    let using = |usage| Facts { usage, ..facts(anna()) };
    let hour = Usage { last_hour: vec![now(); 18], ..usage(4) };
    let unknown = || under_way(pyotr(), State::Unknown);
    let knows = |facts: Facts, earlier: Vec<Invitation>| {
        let mut draft = invoicebox();
        draft.email = Some(Email::parse("ivan@romashka.ru").unwrap());
        draft.acknowledged = earlier.iter().map(|it| it.number.0).collect();
        let checks = vec![(draft.clone(), self::earlier(earlier))];
        let looked_up = LookedUp { checks, ..LookedUp::default() };
        draft::stage(&Facts { looked_up, ..facts }, &Stage::Reviewing { draft })
    };
    let waits = |kind| Facts {
        holds: vec![Hold { id: 1, since: now(), kind, told: true }],
        ..facts(anna())
    };
    let refused = HoldKind::BadCredentials { provider: Provider::Invoicebox, message: None };
    let elsewhere = HoldKind::BadCredentials { provider: Provider::Sbis, message: None };
    let unsure = Invitation { state: State::Unknown, ..sent(1042, anna()) };
    let mut text = told([
        ("a second letter, known", knows(facts(anna()), vec![sent(1042, anna())])),
        ("a second letter after a colleague's", knows(facts(anna()), vec![sent(1042, pyotr())])),
        ("after one that may have gone", knows(facts(anna()), vec![unsure])),
        ("the key is refused", met(waits(refused), PolicyCheck::default())),
        ("the other's key is refused", met(waits(elsewhere), PolicyCheck::default())),
        ("a colleague invited", met(facts(anna()), colleague())),
        ("several, one's own among them", met(facts(anna()), many)),
        ("an admin looks", met(facts(oleg()), colleague())),
        ("a client already", met(facts(anna()), earlier(vec![client]))),
        ("blocked", met(blocking(anna()), colleague())),
        ("blocked, an admin", met(blocking(oleg()), colleague())),
        ("in flight, a colleague's", met(facts(anna()), unknown())),
        ("in flight, an admin looks", met(facts(oleg()), unknown())),
        ("in flight, one's own", met(facts(anna()), under_way(anna(), State::Queued))),
        ("on the stop-list", met(facts(anna()), stopped("romashka.ru"))),
        ("on the stop-list, an admin", met(facts(oleg()), stopped("romashka.ru"))),
        ("by its ИНН, staff", met(facts(anna()), stopped("1215107651"))),
        ("by its ИНН, an admin", met(facts(oleg()), stopped("1215107651"))),
        ("a repeat went today", met(facts(anna()), enough(soon))),
        ("three repeats went", met(nobody, enough(ResendQuota::Exhausted))),
        ("a repeat went today, an admin", met(facts(oleg()), enough(soon))),
        ("four are left today", met(using(usage(46)), PolicyCheck::default())),
        ("two are left this hour", met(using(hour), PolicyCheck::default())),
    ]);
    let midnight = usage(0).midnight;
    let lowered = || Facts { usage: Usage { day_limit: 1, ..usage(3) }, ..facts(anna()) };
    let hour_ends = "2026-05-14T11:52:00Z".parse().unwrap();
    for (title, facts, used, limit, until) in [
        ("the day is used up", facts(anna()), LimitKind::Day, 20, midnight),
        ("the hour is used up", facts(anna()), LimitKind::Hour, 20, hour_ends),
        ("the domain's day is used up", facts(anna()), LimitKind::Domain, 20, midnight),
        ("the provider's day", facts(anna()), LimitKind::Provider(Provider::Sbis), 20, midnight),
        ("a limit that was lowered", lowered(), LimitKind::Day, 1, midnight),
    ] {
        let full = LimitReached { kind: used, limit, until };
        let toast = policy::limit_reached_toast(&facts, &full);
        let check = PolicyCheck { limit_reached: Some(full), ..PolicyCheck::default() };
        writeln!(text, "==== {title}\n{}\n({toast})", shown(&met(facts, check))).unwrap();
    }
    expect_file!["screens/policy.txt"].assert_eq(&text);
}

#[test]
fn stop_list() {
    let card = sent(1057, anna());
    let stops = StopTarget::company(&card.recipient).unwrap();
    let ask = |viewer| stoplist::ask_stop(viewer, &card, StopScope::Company, &stops);
    let (number, held) = (Some(InvitationNo(1057)), vec![InvitationNo(5), InvitationNo(7)]);
    let done = StopResult { stops: stops.clone(), card: number, new: true, held, held_count: 3 };
    let old = StopResult { card: None, new: false, held: vec![], held_count: 0, ..done.clone() };
    let by_address = StopEntry { reason: None, ..stop("iam@mail.ru") };
    let entries = vec![stop("romashka.ru"), by_address.clone(), stop("1215107651")];
    let page =
        |entries, pages| stoplist::stop_list(&to_oleg(), &StopPage { entries, page: 0, pages });
    expect_file!["screens/stoplist.txt"].assert_eq(&told([
        ("who asked not to be written to", stoplist::choose_stop(&card, Some(&stops))),
        ("only the address is known", stoplist::choose_stop(&card, None)),
        ("asks once more", ask(&to_anna())),
        ("asks an admin once more", ask(&to_oleg())),
        ("stopped", stoplist::stopped(&to_anna(), &done)),
        ("stopped already", stoplist::stopped(&to_oleg(), &old)),
        ("the list", page(entries, 2)),
        ("the list is empty", page(vec![], 1)),
        ("asks before it is taken off", stoplist::ask_unstop(&to_oleg(), &stop("romashka.ru"))),
        ("taken off", stoplist::unstopped(&by_address, 0)),
        ("taken off, some wait", stoplist::unstopped(&stop("romashka.ru"), 2)),
        ("no word of an entry", stoplist::stop_usage()),
        ("a public domain", stoplist::public_domain("mail.ru")),
        ("several", stoplist::one_stop_at_a_time()),
        ("too long a reason", stoplist::reason_too_long(200)),
    ]));
}

#[test]
fn limits() {
    let limit = |limit: Option<u32>| Employee {
        limits: limit.into_iter().map(|limit| (LimitPeriod::Day, limit)).collect(),
        ..employee(pyotr(), &[])
    };
    let with = |day_limit, today| Employee {
        usage: Usage { day_limit, ..usage(today) },
        ..limit(Some(day_limit))
    };
    expect_file!["screens/limits.txt"].assert_eq(&told([
        ("the limit of a person", person::limit_screen(&limit(None), LimitPeriod::Day)),
        ("set by an admin", person::limit_screen(&limit(Some(50)), LimitPeriod::Day)),
        ("lowered", person::limit_screen(&with(1, 3), LimitPeriod::Day)),
        ("reached", person::limit_screen(&with(4, 4), LimitPeriod::Day)),
        ("without any", person::limit_screen(&with(0, 4), LimitPeriod::Day)),
        ("of an hour", person::limit_screen(&limit(None), LimitPeriod::Hour)),
        ("asked again", person::prompt_for_limit(&limit(None), LimitPeriod::Day)),
        ("to the person", person::limit_changed(&usage(4), LimitPeriod::Day)),
        ("to the person, without any", person::limit_changed(&with(0, 4).usage, LimitPeriod::Day)),
        ("no limit", person::limit_usage()),
        ("nobody", person::no_such_person()),
    ]));
}

#[test]
fn every_state_has_its_word() {
    let words =
        ["принято", "отказ", "уже клиент", "не отправлено", "неизвестно", "в очереди", "отправл"];
    for (name, invitation) in every_state(&address()) {
        let card = status::status_card(&invitation, &zone());
        let text = card.text.as_str();
        assert!(text.contains("№1057") && words.iter().any(|word| text.contains(word)), "{name}");
        assert!(!text.contains("доставлено"));
        let taken = matches!(invitation.state, State::Accepted | State::ConfirmedSent);
        assert_eq!(text.contains("принято"), taken, "{name}");
        let refused = matches!(invitation.state, State::Rejected(Refusal::Data | Refusal::Other));
        assert_eq!(text.contains("отказ"), refused, "{name}");
    }
}
