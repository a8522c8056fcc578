//! Every screen with any values: Telegram takes it, its buttons come back as they were made, and
//! what others wrote stands in it literally.

use arbitrary::{Result, Unstructured};
use invite_bot::dialogue::texts::{self, DIGEST_MAX};
use invite_bot::dialogue::{Allowed, Deed, Listing, Reply, Revoked, StaffPage};
use invite_bot::domain::{FieldError, Inn, InnError, Invitation, Person, Role, Verdict};

use crate::{make, screen};

/// Looks at one input; panics where something does not hold.
pub fn look(bytes: &[u8]) {
    let mut u = Unstructured::new(bytes);
    let Ok(kind) = u.int_in_range(0..=9) else { return };
    let drawn = match kind {
        0 => cards(&mut u),
        1 => lists(&mut u),
        2 => team(&mut u),
        3 => common(&mut u),
        4 => filling_in(&mut u),
        5 => toasts(&mut u),
        6 => digest(&mut u),
        7 => staff(&mut u),
        8 => notices(&mut u),
        _ => history(&mut u),
    };
    drawn.expect("bytes never run out: nothing follows nothing");
}

fn called(person: &Person) -> String {
    person.name.clone().unwrap_or_else(|| format!("id {}", person.id))
}

/// The address and the organisation stand in a card as they were confirmed.
fn names_its_recipient(reply: &Reply, invitation: &Invitation) {
    let text = screen::check(reply);
    assert!(text.contains(invitation.recipient.email().as_str()), "{text}");
    if let Some(company) = invitation.recipient.company() {
        assert!(text.contains(company.name.as_str()), "{text}");
    }
    assert!(text.contains(&format!("№{}", invitation.number)), "{text}");
}

fn cards(u: &mut Unstructured<'_>) -> Result<()> {
    let (invitation, desk) = (make::invitation(u)?, make::desk(u)?);
    names_its_recipient(&texts::status_card(&invitation, &desk.zone), &invitation);
    names_its_recipient(&texts::orphan_card(&invitation, &desk.zone), &invitation);
    names_its_recipient(&texts::reminder(&invitation, u.arbitrary()?, &desk.zone), &invitation);
    let asked = screen::check(&texts::ask_repeat(&invitation, u.arbitrary()?));
    assert!(asked.contains(invitation.recipient.email().as_str()), "{asked}");
    screen::check(&texts::continued(invitation.number));
    Ok(())
}

fn history(u: &mut Unstructured<'_>) -> Result<()> {
    let (invitation, desk, history) = (make::invitation(u)?, make::desk(u)?, make::history(u)?);
    names_its_recipient(&texts::card(&desk, &invitation, &history), &invitation);
    Ok(())
}

fn lists(u: &mut Unstructured<'_>) -> Result<()> {
    let desk = make::desk(u)?;
    let pages = u.int_in_range(1..=100)?;
    let list =
        invite_bot::dialogue::List { what: make::what(u)?, page: u.int_in_range(0..=pages - 1)? };
    let author = make::maybe(u, make::person)?;
    let items = make::several(u, 5, make::invitation)?;
    let numbers: Vec<_> = items.iter().map(|item| format!("№{}", item.number)).collect();
    let listing = Listing { list, items, pages, more: u.arbitrary()?, author };
    let text = screen::check(&texts::list(&desk, &listing));
    assert!(numbers.iter().all(|number| text.contains(number)), "{text}");
    screen::check(&texts::filters(&desk, make::what(u)?));
    let people = make::several(u, 6, make::person)?;
    let people: Vec<Person> =
        people.iter().cycle().take(u.int_in_range(0..=90)?).cloned().collect();
    screen::check(&texts::authors(&desk, make::what(u)?, &people));
    Ok(())
}

fn digest(u: &mut Unstructured<'_>) -> Result<()> {
    let some = make::several(u, 4, make::invitation)?;
    let oldest = some.iter().cycle().take(u.int_in_range(0..=DIGEST_MAX as usize)?);
    let oldest: Vec<_> = oldest.cloned().collect();
    let text = screen::check(&texts::digest(&oldest, u.arbitrary()?, make::time(u)?));
    for invitation in &oldest {
        // To admins who did not send it an address is not told whole.
        assert!(!text.contains(&format!(" {} ", invitation.recipient.email().as_str())), "{text}");
    }
    Ok(())
}

fn staff(u: &mut Unstructured<'_>) -> Result<()> {
    let role = |u: &mut Unstructured<'_>| Ok(*u.choose(&[Role::Admin, Role::Staff])?);
    let people = make::several(u, 8, |u| Ok((make::person(u)?, role(u)?)))?;
    let some = make::several(u, 4, make::person)?;
    let fixed = some.iter().cycle().take(u.int_in_range(0..=100)?).cloned().collect();
    let pages = u.int_in_range(1..=1000)?;
    let page = StaffPage { people, fixed, page: u.int_in_range(0..=pages - 1)?, pages };
    let text = screen::check(&texts::staff(&page));
    for (person, _) in &page.people {
        let begins: String = called(person).chars().take(60).collect();
        assert!(text.contains(&begins) && text.contains(&person.id.to_string()), "{text}");
    }
    Ok(())
}

fn team(u: &mut Unstructured<'_>) -> Result<()> {
    let person = make::person(u)?;
    let role = *u.choose(&[Role::Admin, Role::Staff])?;
    let what = [Allowed::Added, Allowed::Changed, Allowed::Same, Allowed::LastAdmin];
    screen::check(&texts::allowed(&person, role, *u.choose(&what)?));
    let text = screen::check(&texts::ask_revoke(&person));
    assert!(text.contains(&called(&person)) && text.contains(&person.id.to_string()), "{text}");
    let numbers = |u: &mut Unstructured<'_>| {
        let some = make::several(u, 3, make::number)?;
        Ok(some.iter().cycle().take(u.int_in_range(0..=200)?).copied().collect())
    };
    let revoked = match u.int_in_range(0..=3)? {
        0 => Revoked::NotListed,
        1 => Revoked::LastAdmin,
        _ => Revoked::Done { held: numbers(u)?, unknown: numbers(u)? },
    };
    screen::check(&texts::revoked(&person, &revoked));
    for reply in [
        texts::welcome(role),
        texts::role_changed(role),
        texts::farewell(),
        texts::fixed_admin(person.id),
        texts::allow_usage(),
        texts::revoke_usage(),
        texts::author_hidden(),
        texts::name_too_long(u.arbitrary()?),
    ] {
        screen::check(&reply);
    }
    Ok(())
}

fn common(u: &mut Unstructured<'_>) -> Result<()> {
    let (desk, state) = (make::desk(u)?, make::conversation(u)?);
    let provider = make::provider(u)?;
    for reply in [
        texts::home(&desk, &state),
        texts::help(&desk),
        texts::hint(&desk),
        texts::unknown_command(&desk),
        texts::resumed(&desk, provider),
        texts::stranger(),
        texts::group_only(),
        texts::bot_failed(),
        texts::draft_lost(),
        texts::not_found(),
        texts::status_usage(),
    ] {
        screen::check(&reply);
    }
    Ok(())
}

fn notices(u: &mut Unstructured<'_>) -> Result<()> {
    let provider = make::provider(u)?;
    let message = make::line(u, 1000)?;
    screen::check(&texts::paused_notice(provider, message.as_deref()));
    screen::check(&texts::outage_notice(provider));
    screen::check(&texts::rival_notice());
    screen::check(&texts::cannot_store());
    let (desk, embargo) = (make::desk(u)?, make::embargo(u)?);
    screen::check(&texts::alone(&desk));
    screen::check(&texts::embargo_notice(&embargo));
    screen::check(&texts::ask_lift(&desk, &embargo, u.arbitrary()?));
    screen::check(&texts::lifted(&desk, u.arbitrary()?));
    Ok(())
}

fn filling_in(u: &mut Unstructured<'_>) -> Result<()> {
    let (desk, state) = (make::desk(u)?, make::conversation(u)?);
    let text = make::text(u, 4096)?;
    let question = || texts::screen(&desk, &state);
    let shown = screen::check(&question());
    if let Some(draft) = state.draft().filter(|draft| draft.provider.is_some()) {
        // The card of an organisation shows its name.
        let asked = matches!(
            &state,
            invite_bot::dialogue::State::Asking { field: invite_bot::domain::Field::Provider, .. }
                | invite_bot::dialogue::State::Company { .. }
        );
        // Invoicebox has no use for a name, which may have been pasted.
        let wanted = draft.provider == Some(invite_bot::domain::Provider::Sbis);
        let name = draft.name.as_ref().filter(|_| !asked && wanted);
        assert!(name.is_none_or(|name| shown.contains(name.as_str())), "{shown}");
    }
    if let Some(draft) = state.draft() {
        screen::check(&texts::unfinished(draft));
        let mut draft = draft.clone();
        if let Err(error) = draft.fill(make::field(u)?, &text) {
            screen::check(&texts::noted(texts::field_error(&error), question()));
        }
    }
    let digits = FieldError::Inn(InnError::Checksum(make::inn(u)?.as_str().to_owned()));
    screen::check(&texts::noted(texts::field_error(&digits), question()));
    screen::check(&texts::lost_zero(question(), &make::inn(u)?));
    if let Err(InnError::Checksum(digits)) = Inn::parse(&text) {
        screen::check(&texts::status_checksum(&digits));
    }
    screen::check(&texts::cancelled());
    screen::check(&texts::nothing_to_cancel());
    Ok(())
}

fn toasts(u: &mut Unstructured<'_>) -> Result<()> {
    let number = make::number(u)?;
    let seq = u.arbitrary()?;
    for toast in [
        texts::sending_toast(number),
        texts::not_stopped_toast(number, make::invitation(u)?.state),
        texts::at_work_toast(number),
        texts::repeat_in_flight_toast(Some(number)),
        texts::repeat_in_flight_toast(None),
        texts::done_toast(&Deed::Resolve(number, seq, Verdict::Arrived)),
        texts::done_toast(&Deed::Resolve(number, seq, Verdict::Missing)),
        texts::done_toast(&Deed::Cancel(number, seq)),
        texts::done_toast(&Deed::Release(number, seq)),
        texts::done_toast(&Deed::Repeat(number, seq)),
        texts::done_toast(&Deed::Resume(make::provider(u)?)),
        texts::done_toast(&Deed::Alone),
        texts::done_toast(&Deed::Staff(0)),
    ] {
        screen::check_toast(&toast);
    }
    for toast in [
        texts::STRANGER_TOAST,
        texts::GROUP_TOAST,
        texts::STRANGE_PRESS,
        texts::STALE,
        texts::STALE_FRESH,
        texts::NOT_FOUND,
        texts::PROVIDER_OFF,
        texts::CONFIRM_AGAIN,
        texts::FAILED_TOAST,
        texts::NOT_ALONE,
        texts::LIFTED_ALREADY,
    ] {
        screen::check_toast(toast);
    }
    Ok(())
}
