//! Every screen with any values: Telegram takes it, its buttons come back as they were made, and
//! what others wrote stands in it literally.

use std::time::Duration;

use arbitrary::{Result, Unstructured};
use invite_bot::dialogue::facts::{Blocker, Facts};
use invite_bot::dialogue::session::Stage;
use invite_bot::dialogue::{Note, PasteReport, Toast, View};
use invite_bot::domain::{
    Draft, Field, FieldError, Inn, InnError, Invitation, Misspelt, Person, Provider, StopTarget,
};
use invite_bot::screens::list::Listing;
use invite_bot::screens::press::{List, StopScope};
use invite_bot::screens::reminders::DIGEST_MAX;
use invite_bot::screens::staff::{Allowed, Revoked, StaffPage};
use invite_bot::screens::stoplist::{StopPage, StopResult};
use invite_bot::screens::{
    self, Screen, card, draft, holds, home, list, organisation, parts, person, policy, reminders,
    resend, result, staff, status, stoplist,
};
use requisites::read;

use super::super::{make, screen};

/// Looks at one input; panics where something does not hold.
pub fn look(bytes: &[u8]) {
    let mut u = Unstructured::new(bytes);
    let Ok(kind) = u.int_in_range(0..=13) else { return };
    let drawn = match kind {
        0 => cards(&mut u),
        1 => lists(&mut u),
        2 => staff_page(&mut u),
        3 => team(&mut u),
        4 => employees(&mut u),
        5 => homes(&mut u),
        6 => stages(&mut u),
        7 => views(&mut u),
        8 => blockers(&mut u),
        9 => organisations(&mut u),
        10 => stops(&mut u),
        11 => toasts(&mut u),
        12 => digest(&mut u),
        _ => notices(&mut u),
    };
    drawn.expect("bytes never run out: nothing follows nothing");
}

fn check_all<const N: usize>(screens: [Screen; N]) {
    for shown in screens {
        screen::check(&shown);
    }
}

fn called(person: &Person) -> String {
    person.name.clone().unwrap_or_else(|| format!("id {}", person.id))
}

/// The address and the organisation stand in a card as they were confirmed.
fn names_its_recipient(shown: &Screen, invitation: &Invitation) {
    let text = screen::check(shown);
    assert!(text.contains(invitation.recipient.email().as_str()), "{text}");
    if let Some(company) = invitation.recipient.company() {
        assert!(text.contains(company.name.as_str()), "{text}");
    }
    assert!(text.contains(&format!("№{}", invitation.number)), "{text}");
}

fn cards(u: &mut Unstructured<'_>) -> Result<()> {
    let (invitation, facts, history) = (make::invitation(u)?, make::facts(u)?, make::history(u)?);
    let (viewer, zone) = (&facts.viewer, &facts.viewer.zone);
    let (quota, minute) = (make::room(u)?, u.arbitrary::<i32>()?.into());
    let repeats = make::repeats(u)?;
    for shown in [
        card::card(viewer, &invitation, &history, &repeats, List::ALL),
        status::status_card(&invitation, zone),
        status::orphan_card(&invitation, zone),
        reminders::reminder(&invitation, u.arbitrary()?, zone),
        resend::repeat_menu(&facts, &invitation, quota, u.arbitrary()?),
        resend::repeat_stopped(&facts, &invitation, &make::stop_entry(u)?),
        resend::resend_not_available(&facts, &invitation, (quota, u.arbitrary()?), minute),
    ] {
        names_its_recipient(&shown, &invitation);
    }
    if let Some(shown) = result::result(&invitation, viewer) {
        names_its_recipient(&shown, &invitation);
    }
    let asked = screen::check(&card::ask_repeat(&invitation, minute));
    assert!(asked.contains(invitation.recipient.email().as_str()), "{asked}");
    screen::check(&status::continued(invitation.number));
    Ok(())
}

fn lists(u: &mut Unstructured<'_>) -> Result<()> {
    let viewer = make::viewer(u)?;
    let pages = u.int_in_range(1..=100)?;
    let page = List { filter: make::filter(u)?, page: u.int_in_range(0..=pages - 1)? };
    let author = make::maybe(u, make::person)?;
    let items = make::several(u, 5, make::invitation)?;
    let about = make::maybe(u, |u| make::text(u, 200))?;
    let listing = Listing { list: page, items, pages, more: u.arbitrary()?, author, about };
    let text = screen::check(&list::list(&viewer, &listing));
    for item in &listing.items {
        assert!(text.contains(&format!("№{}", item.number)), "{text}");
    }
    let people = make::several(u, 6, make::person)?;
    let people: Vec<Person> =
        people.iter().cycle().take(u.int_in_range(0..=90)?).cloned().collect();
    check_all([
        list::filters(&viewer, make::filter(u)?, &make::counts(u)?),
        list::authors(&viewer, make::filter(u)?, &people),
        list::not_found(),
        list::status_usage(),
        list::status_checksum(make::inn(u)?.as_str()),
    ]);
    Ok(())
}

fn digest(u: &mut Unstructured<'_>) -> Result<()> {
    let some = make::several(u, 4, make::invitation)?;
    let oldest = some.iter().cycle().take(u.int_in_range(0..=DIGEST_MAX as usize)?);
    let oldest: Vec<_> = oldest.cloned().collect();
    let text = screen::check(&reminders::digest(&oldest, u.arbitrary()?, make::time(u)?));
    for invitation in &oldest {
        // To admins who did not send it an address is not told whole.
        assert!(!text.contains(&format!(" {} ", invitation.recipient.email().as_str())), "{text}");
    }
    Ok(())
}

fn staff_page(u: &mut Unstructured<'_>) -> Result<()> {
    let people = make::several(u, 8, |u| Ok((make::person(u)?, make::role(u)?)))?;
    let some = make::several(u, 4, make::person)?;
    let fixed = some.iter().cycle().take(u.int_in_range(0..=100)?).cloned().collect();
    let pages = u.int_in_range(1..=1000)?;
    let offices =
        make::several(u, 6, |u| Ok((make::person_id(u)?, make::several(u, 10, make::office)?)))?;
    let offices = offices.into_iter().collect();
    let page = u.int_in_range(0..=pages - 1)?;
    let page = StaffPage { people, fixed, offices, page, pages, may_add: u.arbitrary()? };
    let text = screen::check(&staff::staff(&page));
    for (person, _) in &page.people {
        let begins: String = called(person).chars().take(60).collect();
        assert!(text.contains(&begins) && text.contains(&person.id.to_string()), "{text}");
    }
    Ok(())
}

fn team(u: &mut Unstructured<'_>) -> Result<()> {
    let (person, role) = (make::person(u)?, make::role(u)?);
    let text = screen::check(&staff::ask_revoke(&person));
    assert!(text.contains(&called(&person)) && text.contains(&person.id.to_string()), "{text}");
    let numbers = |u: &mut Unstructured<'_>| {
        let some = make::several(u, 3, make::number)?;
        Ok(some.iter().cycle().take(u.int_in_range(0..=200)?).copied().collect())
    };
    let done = Revoked::Done { held: numbers(u)?, unknown: numbers(u)? };
    for revoked in [Revoked::NotListed, Revoked::LastAdmin, done] {
        screen::check(&staff::revoked(&person, &revoked));
    }
    for what in [Allowed::Added, Allowed::Changed, Allowed::Same, Allowed::LastAdmin] {
        screen::check(&staff::allowed(&person, role, what));
    }
    check_all([
        staff::welcome(role),
        staff::role_changed(role),
        staff::farewell(),
        staff::fixed_admin(person.id),
        staff::allow_usage(),
        staff::revoke_usage(),
        staff::author_hidden(),
        staff::name_too_long(u.arbitrary()?),
    ]);
    Ok(())
}

fn employees(u: &mut Unstructured<'_>) -> Result<()> {
    let (setup, employee, period) = (make::setup(u)?, make::employee(u)?, make::period(u)?);
    check_all([
        person::saved(person::employee(&setup, &employee)),
        person::ask_role(&employee),
        person::office_screen(&setup, &employee),
        parts::noted(person::OFFICES_WRONG, person::prompt_for_offices(&employee)),
        person::offices_changed(&employee.offices),
        person::limit_screen(&employee, period),
        parts::noted(person::LIMIT_WRONG, person::prompt_for_limit(&employee, period)),
        person::limit_changed(&employee.usage, period),
        person::limit_usage(),
        person::no_such_person(),
    ]);
    Ok(())
}

fn homes(u: &mut Unstructured<'_>) -> Result<()> {
    let (facts, session) = (make::facts(u)?, make::session(u)?);
    let viewer = &facts.viewer;
    check_all([
        home::home(&facts, &session),
        home::help(&facts),
        home::hint(viewer),
        home::send_again(viewer),
        home::unknown_command(viewer, Some("start")),
        home::stranger(make::person_id(u)?, u.arbitrary()?),
        home::group_only(),
        home::bot_failed(),
        home::draft_lost(),
        home::cannot_store(),
    ]);
    Ok(())
}

/// What is drawn of a draft, checked or not; the name that is to be sent stands in it.
fn stages(u: &mut Unstructured<'_>) -> Result<()> {
    let (mut facts, stage) = (make::facts(u)?, make::stage(u)?);
    if let (Stage::Reviewing { draft }, true) = (&stage, u.arbitrary()?) {
        facts.looked_up.checks.push((draft.clone(), make::check(u)?));
    }
    let shown = screen::check(&draft::stage(&facts, &stage));
    let Some(draft) = stage.begun() else { return Ok(()) };
    // The card of an organisation shows its name.
    let asked =
        matches!(&stage, Stage::Asking { field: Field::Provider, .. } | Stage::Organisation { .. });
    // Invoicebox has no use for a name, which may have been pasted.
    let wanted = draft.provider == Some(Provider::Sbis);
    let name = draft.name.as_ref().filter(|_| !asked && wanted);
    assert!(name.is_none_or(|name| shown.contains(name.as_str())), "{shown}");
    Ok(())
}

/// Any view under any note.
fn views(u: &mut Unstructured<'_>) -> Result<()> {
    let (facts, session) = (make::facts(u)?, make::session(u)?);
    let view = match u.int_in_range(0..=7)? {
        0 => View::Home,
        1 => View::Hint,
        2 => View::SendAgain,
        3 => View::Cancelled,
        4 => View::NothingToCancel,
        5 => View::Unfinished(Box::new(make::draft(u)?)),
        _ => View::Draft,
    };
    let note = make::maybe(u, note)?;
    screen::check(&draft::view(&facts, &session, &view, note.as_ref()));
    let found = list::filters(&facts.viewer, make::filter(u)?, &make::counts(u)?);
    screen::check(&draft::with_offer(&facts, &make::draft(u)?, found));
    Ok(())
}

fn note(u: &mut Unstructured<'_>) -> Result<Note> {
    let error = field_error(u)?;
    Ok(match u.int_in_range(0..=14)? {
        0 => Note::OnlyText,
        1 => Note::PressAButton,
        2 => Note::ConfirmOrEdit,
        3 => Note::NotAName,
        4 => Note::NoKppForPerson,
        5 => Note::NotYourOffice,
        6 => Note::KppAlone,
        7 => Note::FieldError(error),
        8 => Note::BadLink(error),
        9 => Note::InvalidValues(read(&make::card(u)?).invalid),
        10 => Note::PasteReport(PasteReport {
            wrong: read(&make::card(u)?).invalid,
            replaced: make::several(u, 4, |u| Ok((make::field(u)?, make::text(u, 300)?)))?,
            parties: make::maybe(u, |u| u.int_in_range(7..=99))?,
            wants_email: u.arbitrary()?,
        }),
        11 => Note::LostZero(make::inn(u)?),
        12 => Note::AskedAgain,
        13 => Note::ReviewedAgain,
        _ => Note::ReviewedInDoubt,
    })
}

/// What is wrong with something typed.
fn field_error(u: &mut Unstructured<'_>) -> Result<FieldError> {
    let (field, text) = (make::field(u)?, make::text(u, 4096)?);
    let checksum = FieldError::Inn(InnError::Checksum(make::inn(u)?.as_str().to_owned()));
    Ok(Draft::default().set_from_text(field, &text).err().unwrap_or(checksum))
}

fn blockers(u: &mut Unstructured<'_>) -> Result<()> {
    let (facts, draft, check) = (make::facts(u)?, make::draft(u)?, make::check(u)?);
    let full = make::full(u)?;
    for blocker in [
        Blocker::Stop(&make::stop_entry(u)?),
        Blocker::InFlight(&make::invitation(u)?),
        Blocker::Earlier(&check.earlier),
        Blocker::LimitReached(full),
    ] {
        screen::check(&policy::blocked(&facts, &draft, blocker));
    }
    screen::check_toast(&policy::limit_reached_toast(&facts, &full));
    Ok(())
}

fn organisations(u: &mut Unstructured<'_>) -> Result<()> {
    let mut filled = make::draft(u)?;
    filled.inn = filled.lookup.as_ref().map(|looked| looked.inn.clone());
    if let Some(found) = filled.registry_entry() {
        screen::check(&organisation::card(&filled, found));
        screen::check(&organisation::branches(found, u.int_in_range(0..=3)?));
    }
    screen::check(&draft::unfinished(&filled));
    Ok(())
}

fn stops(u: &mut Unstructured<'_>) -> Result<()> {
    let (Facts { viewer, .. }, invitation) = (make::facts(u)?, make::invitation(u)?);
    let (entry, to) = (make::stop_entry(u)?, &invitation.recipient);
    let company = StopTarget::company(to);
    let stops = company.clone().unwrap_or_else(|| vec![StopTarget::address(to)]);
    let scope = *u.choose(&[StopScope::Address, StopScope::Company])?;
    let held = make::several(u, 30, make::number)?;
    let held_count = held.len() + u.int_in_range(0..=9)?;
    let card = make::maybe(u, make::number)?;
    let done = StopResult { stops: stops.clone(), card, new: u.arbitrary()?, held, held_count };
    let pages = u.int_in_range(1..=100)?;
    let page = u.int_in_range(0..=pages - 1)?;
    let list = StopPage { entries: make::several(u, 5, make::stop_entry)?, page, pages };
    let misspelt = Misspelt {
        written: make::text(u, 200)?,
        cyrillic: make::text(u, 9)?,
        meant: make::maybe(u, |u| make::text(u, 200))?,
        public: u.arbitrary()?,
    };
    let reason = make::maybe(u, |u| make::line(u, 200))?.flatten();
    check_all([
        stoplist::choose_stop(&invitation, company.as_deref()),
        stoplist::ask_stop(&viewer, &invitation, scope, &stops),
        stoplist::stopped(&viewer, &done),
        stoplist::stop_list(&viewer, &list),
        stoplist::ask_unstop(&viewer, &entry),
        stoplist::unstopped(&entry, u.arbitrary()?),
        stoplist::public_domain(&make::text(u, 300)?),
        stoplist::stop_misspelt(&misspelt, reason.as_deref(), u.arbitrary()?),
        stoplist::stop_checksum(make::inn(u)?.as_str()),
        stoplist::one_stop_at_a_time(),
        stoplist::stop_usage(),
        stoplist::reason_too_long(200),
    ]);
    Ok(())
}

fn notices(u: &mut Unstructured<'_>) -> Result<()> {
    let (viewer, hold) = (make::viewer(u)?, make::hold(u)?);
    check_all([
        holds::notice(&hold),
        holds::ask_resume(&viewer, &hold, u.arbitrary()?, u.arbitrary()?),
        holds::resumed(&viewer, &hold.kind, u.arbitrary()?),
        screens::plain(screens::STALE),
    ]);
    if let Some(toast) = holds::resumed_toast(&hold.kind) {
        screen::check_toast(&toast);
    }
    Ok(())
}

fn toasts(u: &mut Unstructured<'_>) -> Result<()> {
    let number = make::number(u)?;
    for toast in [
        draft::sending_toast(number, None),
        draft::sending_toast(number, Some(Duration::from_secs(u.int_in_range(0..=60)?))),
        draft::not_stopped_toast(number, make::state(u)?),
        draft::repeat_in_flight_toast(Some(number)),
        draft::repeat_in_flight_toast(None),
        card::done_toast(make::card_act(u)?, number),
    ] {
        screen::check_toast(&toast);
    }
    for toast in [
        Toast::UnknownPress,
        Toast::Stale,
        Toast::StaleFresh,
        Toast::NotSent,
        Toast::ConfirmAgain,
        Toast::OfficeChanged,
        Toast::AtWork(number),
    ] {
        screen::check_toast(&draft::toast(toast));
    }
    for toast in [
        screens::STRANGER_TOAST,
        screens::GROUP_TOAST,
        screens::UNKNOWN_PRESS,
        screens::STALE,
        screens::NOT_FOUND,
        screens::PROVIDER_OFF,
        screens::STOPPED_TOAST,
        screens::CONFIRM_AGAIN,
        screens::FAILED_TOAST,
        screens::NOT_ALONE,
        screens::WORKS_ALREADY,
        screens::OLD_BUTTON,
    ] {
        screen::check_toast(toast);
    }
    if let Err(InnError::Checksum(digits)) = Inn::parse(&make::text(u, 30)?) {
        screen::check(&list::status_checksum(&digits));
    }
    Ok(())
}
