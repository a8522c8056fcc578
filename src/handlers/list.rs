//! The log of invitations: pages, searches and filters.

use jiff::Timestamp;

use super::session::{all_staff, person_by_id};
use super::{Plan, Turn, card};
use crate::dialogue::Search;
use crate::dialogue::session::Stage;
use crate::domain::{
    Draft, Invitation, InvitationNo, NameSearch, Permission, PersonId, Recipient, Viewer,
};
use crate::screens::list::{self as lists, Listing};
use crate::screens::press::{List, ListFilter};
use crate::screens::{self, Screen, draft};
use crate::store::{Filter, Query, StoreError};

/// Telegram allows 100 buttons.
const AUTHORS_MAX: usize = 90;

const COMPANIES_MAX: usize = 8;

pub async fn list(turn: &mut Turn<'_>, list: List) -> Result<Plan, StoreError> {
    let (filter, by) = match list.filter {
        ListFilter::All(bucket, author, _) => {
            (bucket.map_or(Filter::All, Filter::ResultWord), author)
        }
        ListFilter::SameEmail(number) | ListFilter::SameInn(number) => {
            let anchor = turn.reader.invitation(number).await?;
            let Some(anchor) = anchor.filter(|anchor| turn.facts.viewer.may_see(anchor)) else {
                return Ok(Plan::toast(screens::STALE));
            };
            match (list.filter, anchor.recipient.inn()) {
                (ListFilter::SameInn(_), Some(inn)) => (Filter::SameInn(inn.clone()), None),
                _ => (Filter::SameEmail(anchor.recipient.email().key()), None),
            }
        }
    };
    let listing = page(turn, list, filter, by).await?;
    list_or_card(turn, &listing).await
}

pub async fn search(turn: &mut Turn<'_>, search: &Search) -> Result<Plan, StoreError> {
    let (anchor, filter): (fn(InvitationNo) -> ListFilter, _) = match search {
        Search::Email(key) => (ListFilter::SameEmail, Filter::SameEmail(key.clone())),
        Search::Inn(inn) => (ListFilter::SameInn, Filter::SameInn(inn.clone())),
    };
    let mut listing = page(turn, List::of(anchor(InvitationNo(0))), filter, None).await?;
    // An address may be longer than button data, so the newest invitation names the search.
    if let Some(newest) = listing.items.first() {
        listing.list.filter = anchor(newest.number);
    }
    list_or_card(turn, &listing).await
}

/// One company shows its invitations; of several, one is chosen.
pub async fn by_name(turn: &mut Turn<'_>, words: &NameSearch) -> Result<Plan, StoreError> {
    let viewer = &turn.facts.viewer;
    let author = (!viewer.may(Permission::SeeAll)).then_some(viewer.me.id);
    let (found, more) = turn.reader.named(words, author, COMPANIES_MAX).await?;
    match found.as_slice() {
        [] => Ok(Plan::show(lists::not_found())),
        [only] if !more => search(turn, &Search::Inn(only.inn.clone())).await,
        several => {
            let shown = several.iter().map(|it| (it.newest, it.name.as_str(), &it.inn));
            Ok(Plan::show(lists::companies(shown, more)))
        }
    }
}

/// Staff see their own whatever they ask for.
async fn page(
    turn: &mut Turn<'_>,
    list: List,
    filter: Filter,
    by: Option<PersonId>,
) -> Result<Listing, StoreError> {
    let sees_all = turn.facts.viewer.may(Permission::SeeAll);
    let by = by.filter(|_| sees_all);
    let only = if sees_all { by } else { Some(turn.facts.viewer.me.id) };
    let since = since(turn, list.filter);
    let query = Query { author: only, filter, since, page: list.page.saturating_add(1) };
    let page = turn.reader.page(&query).await?;
    let author = match by {
        Some(id) => Some(person_by_id(turn.reader, id).await?),
        None => None,
    };
    let list = List { page: page.page.saturating_sub(1), ..list };
    Ok(Listing {
        list,
        items: page.items,
        pages: page.pages,
        more: page.capped,
        author,
        about: None,
    })
}

fn since(turn: &Turn<'_>, filter: ListFilter) -> Option<Timestamp> {
    let Viewer { now, zone, .. } = &turn.facts.viewer;
    match filter {
        ListFilter::All(.., period) => period.map(|period| period.begins(*now, zone)),
        ListFilter::SameEmail(_) | ListFilter::SameInn(_) => None,
    }
}

pub async fn filters(turn: &mut Turn<'_>, filter: ListFilter) -> Result<Plan, StoreError> {
    let viewer = &turn.facts.viewer;
    let author = match filter {
        ListFilter::All(_, author, _) if viewer.may(Permission::SeeAll) => author,
        _ if viewer.may(Permission::SeeAll) => None,
        _ => Some(viewer.me.id),
    };
    let counts = turn.reader.counts(author, since(turn, filter)).await?;
    Ok(Plan::show(lists::filters(&turn.facts.viewer, filter, &counts)))
}

/// A search that found one invitation shows its card.
async fn list_or_card(turn: &mut Turn<'_>, listing: &Listing) -> Result<Plan, StoreError> {
    let of_search =
        matches!(listing.list.filter, ListFilter::SameEmail(_) | ListFilter::SameInn(_));
    let offer = offer(turn, &listing.items).filter(|_| of_search);
    let about = offer.map(|known| match (&known.inn, &known.email) {
        (Some(inn), _) => format!("ИНН {}", inn.as_str()),
        (None, email) => email.clone().map_or_else(String::new, String::from),
    });
    let screen = match listing.items.as_slice() {
        [only] if of_search && listing.list.page == 0 => {
            let viewer = &turn.facts.viewer;
            let card = card::screen(turn.reader, viewer, only, List::ALL).await?;
            match &about {
                Some(about) => lists::titled(&lists::history_title(Some(about)), card),
                None => card,
            }
        }
        _ => lists::list(&turn.facts.viewer, &Listing { about, ..listing.clone() }),
    };
    Ok(Plan::show(with_offer(turn, &listing.items, screen, of_search)))
}

/// Whoever sent the one value may invite by it.
pub fn with_offer(
    turn: &Turn<'_>,
    found: &[Invitation],
    screen: Screen,
    of_search: bool,
) -> Screen {
    match offer(turn, found).filter(|_| of_search) {
        Some(known) => draft::with_offer(&turn.facts, known, screen),
        None => screen,
    }
}

/// The one value that was sent, if it is what was found.
fn offer<'a>(turn: &'a Turn<'_>, found: &[Invitation]) -> Option<&'a Draft> {
    let Some(Stage::Offered { draft: known }) = &turn.session.draft else { return None };
    let same = |recipient: &Recipient| match (&known.inn, &known.email) {
        (Some(inn), _) => recipient.inn() == Some(inn),
        (None, Some(email)) => recipient.email().key() == email.key(),
        (None, None) => false,
    };
    found.iter().all(|found| same(&found.recipient)).then_some(known)
}

pub async fn authors(turn: &mut Turn<'_>, filter: ListFilter) -> Result<Plan, StoreError> {
    let people = all_staff(turn.reader, &turn.facts.setup).await?.into_iter();
    let people: Vec<_> = people.map(|(person, _)| person).take(AUTHORS_MAX).collect();
    Ok(Plan::show(lists::authors(&turn.facts.viewer, filter, &people)))
}
