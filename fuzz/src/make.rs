//! Values of the domain made of arbitrary bytes. Each is one that can really be there: valid where
//! the type says so, and no longer than what lets it in.

use std::time::Duration;

use arbitrary::{Result, Unstructured};
use invite_bot::dialogue::facts::{BotSettings, Facts, LookedUp, PolicyCheck};
use invite_bot::dialogue::session::{DraftAct, Prompt, PromptAbout, Session, Stage};
use invite_bot::domain::{
    Attempt, AttemptOutcome, Branch, Company, CompanyName, DatabaseDoubt, Draft, DraftLookup,
    DraftRevision, Earlier, Email, Event, Field, Hold, HoldKind, Inn, Invitation, InvitationNo,
    Kpp, LimitKind, LimitPeriod, LimitReached, Lookup, Office, OfficeCode, OfficeRules,
    Organisation, Period, Person, PersonId, Provider, ProviderSource, Recipient, Refusal,
    RegistryStatus, RepeatPolicy, Repeats, ResendQuota, ResultWord, Role, Source, State, StopEntry,
    StopTarget, Unavailable, Usage, Viewer, Wait, WaitReason, tidy,
};
use invite_bot::screens::person::Employee;
use invite_bot::screens::press::{CardAct, List, ListFilter, Press, StaffAct, StopAct, StopScope};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::tax;

/// Characters that a text may stumble over.
const NASTY: [char; 24] = [
    '<',
    '>',
    '&',
    '"',
    '\'',
    ';',
    '/',
    ':',
    '@',
    '\n',
    '\0',
    '\u{a0}',
    '\u{202e}',
    '\u{200b}',
    '\u{200d}',
    '\u{feff}',
    '\u{300}',
    '👍',
    '🏽',
    'İ',
    'ß',
    'ё',
    '№',
    '\u{10ffff}',
];

fn letter(u: &mut Unstructured<'_>) -> Result<char> {
    Ok(match u.int_in_range(0..=9u8)? {
        0..=3 => char::from(u.int_in_range(b' '..=b'~')?),
        4..=6 => *u.choose(&NASTY)?,
        7 | 8 => u.int_in_range(u32::from('А')..=u32::from('я'))?.try_into().unwrap_or('ы'),
        _ => u.arbitrary()?,
    })
}

/// A text of at most `max` characters: a few, and now and then repeated to any length, so that few
/// bytes make a long one.
pub fn text(u: &mut Unstructured<'_>, max: usize) -> Result<String> {
    let mut piece = Vec::new();
    for _ in 0..u.int_in_range(0..=11)? {
        piece.push(letter(u)?);
    }
    let length = if u.ratio(1, 8)? { u.int_in_range(0..=max)? } else { piece.len().min(max) };
    Ok(piece.iter().cycle().take(length).collect())
}

/// The same on one line and without what cannot be seen, as names and providers' words are kept.
pub fn line(u: &mut Unstructured<'_>, max: usize) -> Result<Option<String>> {
    let line = tidy(&text(u, max)?);
    Ok((!line.is_empty()).then_some(line))
}

fn digits(u: &mut Unstructured<'_>, length: usize) -> Result<String> {
    (0..length).map(|_| Ok(char::from(b'0' + u.int_in_range(0..=9u8)?))).collect()
}

/// An ИНН of either length.
pub fn inn(u: &mut Unstructured<'_>) -> Result<Inn> {
    let length = *u.choose(&[9, 10])?;
    let head = digits(u, length)?;
    Ok(Inn::parse(&tax::completed(head.as_bytes())).expect("the check digits fit"))
}

/// A КПП, with letters now and then.
pub fn kpp(u: &mut Unstructured<'_>) -> Result<Kpp> {
    let mut code = digits(u, 9)?;
    if u.arbitrary()? {
        code.replace_range(4..6, u.choose(&["AB", "0Z", "X9"])?);
    }
    Ok(Kpp::parse(&code).expect("nine signs of the right kind"))
}

/// An office code.
pub fn office(u: &mut Unstructured<'_>) -> Result<OfficeCode> {
    let length = *u.choose(&[4, 5])?;
    let code = digits(u, length)?;
    Ok(OfficeCode::parse(&code).expect("four or five digits"))
}

/// A name of an organisation.
pub fn name(u: &mut Unstructured<'_>) -> Result<CompanyName> {
    let text = text(u, CompanyName::MAX)?;
    let fallback = || CompanyName::parse("Детский сад Чайка").expect("a name");
    Ok(CompanyName::parse(&text).unwrap_or_else(|_| fallback()))
}

/// An address: odd where it can be, long now and then.
pub fn email(u: &mut Unstructured<'_>) -> Result<Email> {
    const LOCAL: &[u8] = b"abcXYZ019!#$%&'*+-/=?^_`{|}~.";
    let mut local = String::new();
    for _ in 0..u.int_in_range(1..=60)? {
        local.push(char::from(*u.choose(LOCAL)?));
    }
    let domain = u.choose(&["mail.ru", "пример.рф", "a.b.c.d.example", "MAIL.RU", "x-1.io"])?;
    let fallback = || Email::parse("iam@mail.ru").expect("an address");
    Ok(Email::parse(&format!("{local}@{domain}")).unwrap_or_else(|_| fallback()))
}

/// A person as the allow-list has one: names come from Telegram or an admin, 100 characters at
/// most.
pub fn person(u: &mut Unstructured<'_>) -> Result<Person> {
    Ok(Person { id: person_id(u)?, name: line(u, 100)? })
}

/// One that Telegram may give to a person.
pub fn person_id(u: &mut Unstructured<'_>) -> Result<PersonId> {
    let id = match u.int_in_range(0..=2)? {
        0 => u.int_in_range(1..=5)?,
        1 => u.int_in_range(1..=(1 << 52) - 1)?,
        _ => (1 << 52) - 1,
    };
    Ok(PersonId::new(id).expect("within what Telegram documents"))
}

/// One of the two.
pub fn provider(u: &mut Unstructured<'_>) -> Result<Provider> {
    Ok(*u.choose(&Provider::ALL)?)
}

/// To whom an invitation goes.
pub fn recipient(u: &mut Unstructured<'_>) -> Result<Recipient> {
    if u.arbitrary()? {
        return Ok(Recipient::Invoicebox { email: email(u)? });
    }
    let inn = inn(u)?;
    let kpp = if inn.is_organisation() { Some(kpp(u)?) } else { None };
    let office = maybe(u, office)?;
    Ok(Recipient::Sbis(Company { inn, kpp, name: name(u)?, email: email(u)?, office }))
}

/// A value or none.
pub fn maybe<T>(
    u: &mut Unstructured<'_>,
    make: impl FnOnce(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Option<T>> {
    if u.arbitrary()? { make(u).map(Some) } else { Ok(None) }
}

/// A few values, at most `max`.
pub fn several<T>(
    u: &mut Unstructured<'_>,
    max: usize,
    make: impl Fn(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    (0..u.int_in_range(0..=max)?).map(|_| make(u)).collect()
}

/// A time that the database can hold: around the time of the turn, or anywhere.
pub fn time(u: &mut Unstructured<'_>) -> Result<Timestamp> {
    let (near, width) = (1_778_758_327_000, 400 * 86_400_000);
    let milliseconds = match u.arbitrary()? {
        true => u.int_in_range(near - width..=near + width)?,
        false => u.int_in_range(
            Timestamp::MIN.as_millisecond() + 1..=Timestamp::MAX.as_millisecond() - 1,
        )?,
    };
    Ok(Timestamp::from_millisecond(milliseconds).expect("between the two ends"))
}

/// A number of an invitation.
pub fn number(u: &mut Unstructured<'_>) -> Result<InvitationNo> {
    Ok(InvitationNo(if u.arbitrary()? { u.int_in_range(1..=9)? } else { positive(u)? }))
}

fn positive(u: &mut Unstructured<'_>) -> Result<i64> {
    u.int_in_range(1..=i64::MAX)
}

/// Where an invitation stands.
pub fn state(u: &mut Unstructured<'_>) -> Result<State> {
    Ok(*u.choose(&[
        State::Queued,
        State::Held,
        State::Sending,
        State::Accepted,
        State::Rejected(Refusal::Data),
        State::Rejected(Refusal::AlreadyClient),
        State::Rejected(Refusal::Other),
        State::NotSent,
        State::Unknown,
        State::ConfirmedSent,
        State::ConfirmedNotSent,
        State::Cancelled,
    ])?)
}

fn attempt(u: &mut Unstructured<'_>) -> Result<Attempt> {
    let outcome = *u.choose(&[
        None,
        Some(AttemptOutcome::Accepted),
        Some(AttemptOutcome::Rejected),
        Some(AttemptOutcome::NotAccepted(Wait::Connect)),
        Some(AttemptOutcome::NotAccepted(Wait::Throttled)),
        Some(AttemptOutcome::NotAccepted(Wait::Config)),
        Some(AttemptOutcome::Unknown),
    ])?;
    Ok(Attempt {
        n: positive(u)?,
        started_at: time(u)?,
        ended_at: if outcome.is_some() { Some(time(u)?) } else { None },
        outcome,
        http_status: maybe(u, |u| u.int_in_range(100..=999))?,
        reference: line(u, 128)?,
        request_id: line(u, 128)?,
        message: line(u, 1000)?,
    })
}

fn wait_reason(u: &mut Unstructured<'_>) -> Result<WaitReason> {
    let until = time(u)?;
    Ok(*u.choose(&[
        WaitReason::UntrustedDatabase,
        WaitReason::StopList,
        WaitReason::OffStopList,
        WaitReason::Revoked,
        WaitReason::PollingConflict,
        WaitReason::BadCredentials,
        WaitReason::ProviderDown(until),
        WaitReason::UncheckedFile,
        WaitReason::Time(until),
    ])?)
}

/// An invitation in any state, with any newest attempt.
pub fn invitation(u: &mut Unstructured<'_>) -> Result<Invitation> {
    Ok(Invitation {
        number: number(u)?,
        author: person(u)?,
        recipient: recipient(u)?,
        guid: Uuid::from_u128(u.arbitrary()?),
        state: state(u)?,
        version: u.int_in_range(1..=3)?,
        created_at: time(u)?,
        changed_at: time(u)?,
        changed_by: maybe(u, person)?,
        waits: maybe(u, wait_reason)?,
        from_untrusted_database: u.ratio(1, 8)?,
        stopped: u.ratio(1, 8)?,
        last: maybe(u, attempt)?,
        maybe_sent_before: u.arbitrary()?,
    })
}

/// Lines of a history: as many as the store reads at most.
pub fn history(u: &mut Unstructured<'_>) -> Result<Vec<Event>> {
    let events = several(u, 8, |u| {
        Ok(match u.arbitrary()? {
            true => Event::Called(attempt(u)?),
            false => Event::Changed {
                at: time(u)?,
                by: maybe(u, person)?,
                from: maybe(u, state)?,
                to: state(u)?,
            },
        })
    })?;
    Ok(events.iter().cycle().take(u.int_in_range(0..=30)?.max(events.len())).cloned().collect())
}

const FIELDS: [Field; 6] =
    [Field::Provider, Field::Inn, Field::Kpp, Field::Name, Field::Email, Field::Office];

/// A field of a draft.
pub fn field(u: &mut Unstructured<'_>) -> Result<Field> {
    Ok(*u.choose(&FIELDS)?)
}

/// A draft with any fields filled, also such as no dialogue leaves.
pub fn draft(u: &mut Unstructured<'_>) -> Result<Draft> {
    let office = maybe(u, |u| Ok(maybe(u, office)?.map_or(Office::Without, Office::Code)))?;
    let mut draft = Draft {
        provider: maybe(u, provider)?,
        provider_source: *u.choose(&[
            ProviderSource::Answer,
            ProviderSource::LastTime,
            ProviderSource::Switch,
        ])?,
        inn: maybe(u, inn)?,
        kpp: maybe(u, kpp)?,
        name: maybe(u, name)?,
        email: maybe(u, email)?,
        office,
        own_office: u.arbitrary()?,
        to_reconfirm: several(u, 3, field)?,
        lookup: maybe(u, looked)?,
        pending_choices: vec![],
        acknowledged: several(u, 3, |u| Ok(number(u)?.0))?,
    };
    if u.ratio(1, 4)? {
        draft.apply_message(&requisites::read(&card(u)?));
    }
    Ok(draft)
}

/// What came of looking an ИНН up, be it the draft's or another one.
fn looked(u: &mut Unstructured<'_>) -> Result<DraftLookup> {
    let inn = inn(u)?;
    let lookup = lookup(u, &inn)?;
    Ok(DraftLookup { inn, result: lookup, by_hand: u.arbitrary()? })
}

/// What a look-up of this ИНН may come to.
pub fn lookup(u: &mut Unstructured<'_>, inn: &Inn) -> Result<Lookup> {
    use Unavailable::{Down, Off, OverQuota, Timeout, WrongKey};
    Ok(match u.int_in_range(0..=3)? {
        0 => Lookup::NotFound,
        1 => Lookup::Unavailable(*u.choose(&[Timeout, OverQuota, WrongKey, Down, Off])?),
        _ => Lookup::Found(Box::new(organisation(u, inn.clone())?)),
    })
}

/// An organisation as a directory may know it.
fn organisation(u: &mut Unstructured<'_>, inn: Inn) -> Result<Organisation> {
    use RegistryStatus::{Active, Bankrupt, Liquidated, Liquidating, Reorganising};
    let day = |u: &mut Unstructured<'_>| Ok(time(u)?.to_zoned(TimeZone::UTC).date());
    let status = [Active, Liquidating, Liquidated, Bankrupt, Reorganising];
    Ok(Organisation {
        inn,
        short_name: maybe(u, name)?,
        full_name: maybe(u, name)?,
        kpp: maybe(u, kpp)?,
        address: line(u, 300)?,
        status: maybe(u, |u| Ok(*u.choose(&status)?))?,
        ended: maybe(u, day)?,
        as_of: maybe(u, day)?,
        branches: several(u, 7, |u| {
            Ok(Branch { kpp: kpp(u)?, name: maybe(u, name)?, address: line(u, 300)? })
        })?,
        more_branches: u.arbitrary()?,
        source: *u.choose(&[Source::Invoicebox, Source::DaData])?,
    })
}

/// A message made of the pieces of clients' cards.
pub fn card(u: &mut Unstructured<'_>) -> Result<String> {
    let pieces = several(u, 12, |u| {
        Ok(match u.int_in_range(0..=9)? {
            0 => format!("ИНН {}", inn(u)?.as_str()),
            1 => format!("КПП {}", kpp(u)?.as_str()),
            2 => format!("{}/{}", inn(u)?.as_str(), kpp(u)?.as_str()),
            3 => inn(u)?.as_str().trim_start_matches('0').to_owned(),
            4 => email(u)?.as_str().to_owned(),
            5 => format!("ООО «{}»", name(u)?.as_str()),
            6 => (*u.choose(&["iam@gmial.com", "iаm@mail.ru", "a@b.ru, c@d.ru"])?).to_owned(),
            7 => (*u.choose(&["Банк", "р/с", "тел.", "С уважением", "Организация:"])?).to_owned(),
            _ => text(u, 40)?,
        })
    })?;
    Ok(pieces.join(*u.choose(&["\n", " ", ", ", "\t", " / "])?))
}

/// How far a draft is.
pub fn stage(u: &mut Unstructured<'_>) -> Result<Stage> {
    Ok(match u.int_in_range(0..=6)? {
        0 => Stage::Reviewing { draft: draft(u)? },
        1 => Stage::Offered { draft: draft(u)? },
        2 => Stage::ChoosingDraft { draft: draft(u)?, pasted: draft(u)? },
        3 => Stage::Organisation {
            draft: draft(u)?,
            branches: maybe(u, |u| u.int_in_range(0..=3))?,
            editing: u.arbitrary()?,
        },
        _ => Stage::Asking { draft: draft(u)?, field: field(u)?, editing: u.arbitrary()? },
    })
}

/// Where a person stands, with any draft.
pub fn session(u: &mut Unstructured<'_>) -> Result<Session> {
    let prompt = |u: &mut Unstructured<'_>| {
        let about = match u.arbitrary()? {
            true => PromptAbout::Limit(period(u)?),
            false => PromptAbout::Offices,
        };
        Ok(Prompt { about, person: person_id(u)? })
    };
    let draft = if u.ratio(7, 8)? { Some(stage(u)?) } else { None };
    let prompt = if u.ratio(1, 4)? { Some(prompt(u)?) } else { None };
    Ok(Session { draft, prompt, ..Session::default() })
}

/// Why nothing is sent.
pub fn hold(u: &mut Unstructured<'_>) -> Result<Hold> {
    let kind = match u.int_in_range(0..=4)? {
        0 => HoldKind::ProviderDown {
            provider: provider(u)?,
            until: time(u)?,
            rounds: u.int_in_range(1..=99)?,
        },
        1 => HoldKind::BadCredentials { provider: provider(u)?, message: line(u, 1000)? },
        2 => HoldKind::PollingConflict { until: time(u)? },
        3 => HoldKind::UncheckedFile,
        _ => HoldKind::UntrustedDatabase {
            cause: *u.choose(&DatabaseDoubt::ALL)?,
            waiting: u.arbitrary()?,
        },
    };
    Ok(Hold { id: u.int_in_range(1..=3)?, since: time(u)?, kind, told: u.arbitrary()? })
}

/// For whom something is drawn.
pub fn viewer(u: &mut Unstructured<'_>) -> Result<Viewer> {
    let zone = u.choose(&["Europe/Moscow", "UTC", "Pacific/Kiritimati", "America/Caracas"])?;
    Ok(Viewer {
        me: person(u)?,
        role: role(u)?,
        zone: TimeZone::get(zone).expect("a zone of the bundled table"),
        now: Timestamp::from_second(1_778_758_327).expect("a time of this century"),
    })
}

/// A role.
pub fn role(u: &mut Unstructured<'_>) -> Result<Role> {
    Ok(*u.choose(&Role::ALL)?)
}

/// What the configuration says.
pub fn setup(u: &mut Unstructured<'_>) -> Result<BotSettings> {
    Ok(BotSettings {
        fixed_admins: several(u, 2, person_id)?.into_iter().collect(),
        providers: match u.int_in_range(0..=3)? {
            0 => vec![Provider::Invoicebox],
            1 => vec![Provider::Sbis],
            _ => Provider::ALL.to_vec(),
        },
        office: maybe(u, office)?,
        directory: u.arbitrary()?,
        rules: OfficeRules {
            repeat: *u.choose(&[RepeatPolicy::Warn, RepeatPolicy::Block])?,
            ..OfficeRules::default()
        },
        undo_window: Duration::from_secs(u.int_in_range(0..=60)?),
    })
}

/// What a turn knows, before anything is looked up for it.
pub fn facts(u: &mut Unstructured<'_>) -> Result<Facts> {
    let (mut viewer, setup) = (viewer(u)?, setup(u)?);
    if setup.fixed_admins.contains(&viewer.me.id) {
        viewer.role = Role::Admin;
    }
    Ok(Facts {
        admin: maybe(u, person)?.filter(|admin| admin.id != viewer.me.id),
        holds: several(u, 4, hold)?,
        offices: several(u, 3, office)?,
        last_office: maybe(u, office)?,
        last_provider: maybe(u, provider)?,
        usage: usage(u)?,
        shown: None,
        looked_up: LookedUp::default(),
        viewer,
        setup,
    })
}

/// An entry of the stop-list.
pub fn stop_entry(u: &mut Unstructured<'_>) -> Result<StopEntry> {
    let stop = match recipient(u)? {
        to if u.arbitrary()? => StopTarget::address(&to),
        to => StopTarget::company(&to)
            .and_then(|stops| stops.first().cloned())
            .unwrap_or(StopTarget::address(&to)),
    };
    let reason = maybe(u, |u| line(u, 200))?.flatten();
    Ok(StopEntry { id: u.int_in_range(1..=3)?, stop, reason, at: time(u)?, by: person(u)? })
}

/// What a person has sent, and may.
pub fn usage(u: &mut Unstructured<'_>) -> Result<Usage> {
    Ok(Usage {
        today: u.int_in_range(0..=60)?,
        day_limit: u.int_in_range(0..=60)?,
        last_hour: several(u, 4, time)?,
        hour_limit: u.int_in_range(0..=5)?,
        midnight: time(u)?,
    })
}

/// Over what a limit of one person counts.
pub fn period(u: &mut Unstructured<'_>) -> Result<LimitPeriod> {
    Ok(*u.choose(&LimitPeriod::ALL)?)
}

/// A limit that is used up.
pub fn full(u: &mut Unstructured<'_>) -> Result<LimitReached> {
    let provider = provider(u)?;
    let used = *u.choose(&[
        LimitKind::Day,
        LimitKind::Hour,
        LimitKind::Domain,
        LimitKind::Provider(provider),
    ])?;
    Ok(LimitReached { kind: used, limit: u.arbitrary()?, until: time(u)? })
}

fn earlier(u: &mut Unstructured<'_>) -> Result<Earlier> {
    let newest = if u.ratio(1, 3)? { several(u, 3, invitation)? } else { vec![] };
    let numbers = newest.iter().map(|invitation| invitation.number).collect();
    Ok(Earlier { newest, numbers })
}

/// Other letters to the same client.
pub fn repeats(u: &mut Unstructured<'_>) -> Result<Repeats> {
    let mut one = || Ok((InvitationNo(u.int_in_range(1..=i64::MAX)?), person(u)?.id));
    Ok(Repeats { of: Some(one()?), by: vec![one()?, one()?] })
}

/// What stands against a draft.
pub fn check(u: &mut Unstructured<'_>) -> Result<PolicyCheck> {
    let earlier_ones = earlier(u)?;
    Ok(PolicyCheck {
        granted: u.arbitrary()?,
        stop: if u.ratio(1, 6)? { Some(stop_entry(u)?) } else { None },
        in_flight: if u.ratio(1, 6)? { Some(invitation(u)?) } else { None },
        earlier: earlier_ones,
        refused: if u.ratio(1, 6)? { Some(invitation(u)?) } else { None },
        limit_reached: if u.ratio(1, 6)? { Some(full(u)?) } else { None },
        quota: if u.ratio(1, 4)? { room(u)? } else { ResendQuota::Available },
        known: earlier(u)?,
    })
}

/// The draft and the revision that a button names.
pub fn revision(u: &mut Unstructured<'_>) -> Result<DraftRevision> {
    let small = u.arbitrary()?;
    let mut part = || if small { u.int_in_range(1..=3) } else { u.arbitrary() };
    Ok(DraftRevision { draft: part()?, revision: part()? })
}

/// Whether one more letter may go.
pub fn room(u: &mut Unstructured<'_>) -> Result<ResendQuota> {
    Ok(match u.int_in_range(0..=2)? {
        0 => ResendQuota::Available,
        1 => ResendQuota::AvailableAt(time(u)?),
        _ => ResendQuota::Exhausted,
    })
}

/// A person who has access.
pub fn employee(u: &mut Unstructured<'_>) -> Result<Employee> {
    Ok(Employee {
        until: u.arbitrary::<bool>()?.then_some(jiff::civil::Date::MAX),
        person: person(u)?,
        role: role(u)?,
        offices: several(u, 10, office)?,
        limits: several(u, 2, |u| Ok((period(u)?, u.arbitrary()?)))?,
        usage: usage(u)?,
    })
}

/// Which invitations a list shows.
pub fn filter(u: &mut Unstructured<'_>) -> Result<ListFilter> {
    Ok(match u.int_in_range(0..=3)? {
        0 => ListFilter::SameEmail(number(u)?),
        1 => ListFilter::SameInn(number(u)?),
        _ => ListFilter::All(
            maybe(u, |u| Ok(*u.choose(&ResultWord::ALL)?))?,
            maybe(u, person_id)?,
            maybe(u, |u| Ok(*u.choose(&Period::ALL)?))?,
        ),
    })
}

/// How many invitations there are of each word.
pub fn counts(u: &mut Unstructured<'_>) -> Result<Vec<(ResultWord, i64)>> {
    ResultWord::ALL.into_iter().map(|word| Ok((word, u.int_in_range(0..=1000)?))).collect()
}

/// What is done with an invitation.
pub fn card_act(u: &mut Unstructured<'_>) -> Result<CardAct> {
    let scope = *u.choose(&[StopScope::Address, StopScope::Company])?;
    let (field, minute) = (field(u)?, i64::from(u.arbitrary::<i32>()?));
    Ok(*u.choose(&[
        CardAct::Open,
        CardAct::OpenBelow,
        CardAct::Arrived,
        CardAct::Missing,
        CardAct::AskResend,
        CardAct::Resend(None),
        CardAct::Resend(Some(minute)),
        CardAct::Cancel,
        CardAct::Release,
        CardAct::ResendMenu,
        CardAct::Copy,
        CardAct::Switch,
        CardAct::ResendOverLimit(minute),
        CardAct::Edit(field),
        CardAct::AskStop,
        CardAct::ChooseStop(scope),
        CardAct::Stop(scope),
    ])?)
}

/// What is done with a draft.
pub fn draft_act(u: &mut Unstructured<'_>) -> Result<DraftAct> {
    Ok(match u.int_in_range(0..=20)? {
        0 => DraftAct::Choose(provider(u)?),
        1 => DraftAct::Inn(inn(u)?),
        2 => DraftAct::KeepValue,
        3 => DraftAct::Office(office(u)?),
        4 => DraftAct::WithoutOffice,
        5 => DraftAct::TakeFromRegistry,
        6 => DraftAct::Branches(u.arbitrary()?),
        7 => DraftAct::Kpp(kpp(u)?),
        8 => DraftAct::Edit(field(u)?),
        9 => DraftAct::Back,
        10 => DraftAct::Cancel,
        11 => DraftAct::Send,
        12 => DraftAct::Pick(u.int_in_range(0..=9)?),
        13 => DraftAct::ByHand,
        14 => DraftAct::KeepUnfinished,
        15 => DraftAct::TakePasted,
        16 => DraftAct::History,
        17 => DraftAct::ConfirmRepeat(u.arbitrary()?),
        18 => DraftAct::SendOverLimit,
        19 => DraftAct::ShowDraft,
        _ => DraftAct::StartOver,
    })
}

fn staff_act(u: &mut Unstructured<'_>) -> Result<StaffAct> {
    let id = person_id(u)?;
    Ok(match u.int_in_range(0..=10)? {
        0 => StaffAct::Page(u.arbitrary()?),
        1 => StaffAct::AskRevoke(id),
        2 => StaffAct::Revoke(id),
        3 => StaffAct::AskLimit(id, period(u)?),
        4 => StaffAct::SetLimit(id, period(u)?, u.arbitrary()?),
        5 => StaffAct::Card(id),
        6 => StaffAct::AskRole(id),
        7 => StaffAct::SetRole(id, role(u)?),
        8 => StaffAct::AskOffice(id),
        9 => StaffAct::ReplaceOffices(id, maybe(u, office)?, u.arbitrary()?),
        _ => StaffAct::SetOffice(id, maybe(u, office)?),
    })
}

fn stop_act(u: &mut Unstructured<'_>) -> Result<StopAct> {
    Ok(match u.int_in_range(0..=2)? {
        0 => StopAct::Page(u.arbitrary()?),
        1 => StopAct::AskRemove(u.arbitrary()?),
        _ => StopAct::Remove(u.arbitrary()?),
    })
}

/// A press of any button that a screen may have.
pub fn press(u: &mut Unstructured<'_>) -> Result<Press> {
    Ok(match u.int_in_range(0..=13)? {
        0 => Press::Home,
        1 => Press::Invite,
        2 => Press::InviteAnother,
        3 => Press::Draft(draft_act(u)?),
        4 => Press::Card(number(u)?, u.arbitrary()?, card_act(u)?),
        5 => Press::List(List { filter: filter(u)?, page: u.arbitrary()? }),
        6 => Press::Filter(filter(u)?),
        7 => Press::Authors(filter(u)?),
        8 => Press::Staff(staff_act(u)?),
        9 => Press::StopList(stop_act(u)?),
        10 => Press::Write(person_id(u)?),
        11 => Press::Resume(u.int_in_range(1..=3)?, maybe(u, |u| u.arbitrary())?),
        12 => {
            let page = List { filter: filter(u)?, page: u.arbitrary()? };
            Press::CardOf(number(u)?, page)
        }
        _ => Press::Caption,
    })
}
