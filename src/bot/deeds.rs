//! The deeds of the dialogue, done in the turn's transaction. What comes of each is an input
//! again.

use uuid::Uuid;

use super::Context;
use super::turn::Turn;
use crate::dialogue::{
    Allowed, CardAct, Deed, Finding, List, ListWhat, Listing, Revoked, Search, StaffPage,
};
use crate::domain::{Bucket, Email, Invitation, Number, Person, PersonId, Recipient, Role};
use crate::store::{self, NewInvitation, Query, Repeated, StoreError, Submitted, Terms, Tx, What};

/// People on one page of the allow-list.
const STAFF_PER_PAGE: u32 = 8;

/// The most authors to choose from; Telegram allows 100 buttons.
const AUTHORS_MAX: usize = 90;

impl Turn<'_> {
    /// Does one deed.
    pub async fn perform(&mut self, deed: Deed) -> Result<Finding, StoreError> {
        let (me, now) = (self.desk.me.id, self.desk.now);
        match deed {
            Deed::Submit(recipient) => self.submit(&recipient, false).await,
            Deed::SubmitBeyond(recipient) => self.submit(&recipient, true).await,
            Deed::MadeFrom(draft) => {
                let number = self.tx.made_from(draft).await?;
                Ok(Finding::MadeFrom(self.load(number).await?))
            }
            Deed::Look(number, act, seq) => {
                let found = match self.tx.invitation(number).await? {
                    Some(invitation) => Some((invitation, self.tx.history(number).await?)),
                    None => None,
                };
                Ok(Finding::Looked(found, act, seq))
            }
            Deed::List(list) => self.list(list).await,
            Deed::Search(search) => self.search(search).await,
            Deed::Resolve(number, seq, verdict) => {
                let done = self.tx.resolve(number, seq, verdict, me, now).await?;
                self.changed(done, number, deed).await
            }
            Deed::Cancel(number, seq) => {
                let done = self.tx.cancel(number, seq, me, now).await?;
                self.changed(done, number, deed).await
            }
            Deed::Release(number, seq) => {
                let not_before = self.terms(false).not_before;
                self.queued = self.tx.release(number, seq, me, not_before, now).await?;
                self.changed(self.queued, number, deed).await
            }
            Deed::Repeat(number, seq) => self.repeat(number, seq, false, deed).await,
            Deed::RepeatBeyond(number, seq) => self.repeat(number, seq, true, deed).await,
            Deed::Room(number, act) => self.room(number, act).await,
            Deed::Allow(person, role) => self.allow(person, role).await,
            Deed::Revoke(id) => self.revoke(id).await,
            Deed::Staff(page) => self.staff(page).await,
            Deed::Colleague(id) => {
                let listed = self.tx.listed(id).await?.filter(|listed| listed.role.is_some());
                Ok(Finding::Colleague(listed.map(|listed| listed.person)))
            }
            Deed::Employee(id, act) => Ok(Finding::Employee(self.employee(id).await?, act)),
            Deed::SetRole(id, role) => self.set_role(id, role).await,
            Deed::SetOffices(id, codes) => self.set_offices(id, &codes).await,
            Deed::Authors(what) => {
                let listed = everybody(&mut self.tx, self.context).await?;
                let people = listed.into_iter().map(|(person, _)| person).take(AUTHORS_MAX);
                Ok(Finding::Authors(what, people.collect()))
            }
            Deed::Resume(provider) => {
                self.queued = self.tx.resume(provider, me, now).await?;
                self.desk.paused.retain(|paused| *paused != provider);
                Ok(Finding::Done(deed))
            }
            Deed::Alone => match self.tx.alone(me, now).await? {
                store::Alone::Yes => {
                    // Where a provider is paused, only the words about what is queued change.
                    (self.queued, self.changed, self.desk.rival) = (true, true, false);
                    Ok(Finding::Done(deed))
                }
                store::Alone::No => Ok(Finding::NotAlone),
            },
            Deed::Lift(id) => {
                let fixed: Vec<PersonId> = self.desk.fixed_admins.iter().copied().collect();
                let Some(count) = self.tx.lift_embargo(id, me, &fixed, now).await? else {
                    return Ok(Finding::Stale);
                };
                (self.queued, self.changed) = (true, true);
                self.desk.embargo = None;
                Ok(Finding::Lifted(count))
            }
            Deed::Check(draft, how) => {
                self.check(&draft).await?;
                Ok(Finding::Checked(draft, how))
            }
            Deed::Stop(stops, reason, card) => self.stop(stops, reason.as_deref(), card).await,
            Deed::StopList(page) => self.stop_list(page).await,
            Deed::StopEntry(id) => Ok(Finding::StopEntry(self.tx.stop_entry(id).await?)),
            Deed::Unstop(id) => self.unstop(id).await,
            Deed::SetLimit(id, limit) => self.set_limit(id, limit).await,
        }
    }

    async fn submit(&mut self, recipient: &Recipient, beyond: bool) -> Result<Finding, StoreError> {
        let Some(row) = self.row else { return Ok(Finding::Stale) };
        let me = self.desk.me.id;
        let new = NewInvitation {
            author: me,
            draft: (row.stamp.draft, row.stamp.revision),
            recipient,
            guid: Uuid::new_v4(),
            status_message: self.pressed.map(|message| message.0),
            send_at: None,
            now: self.desk.now,
            terms: self.terms(beyond),
        };
        match self.tx.submit(new).await? {
            Submitted::Queued(number) => {
                if let Some(office) =
                    recipient.company().and_then(|company| company.office.as_ref())
                {
                    self.tx.remember_office(me, office).await?;
                }
                self.forget_draft();
                (self.queued, self.changed) = (true, true);
                Ok(Finding::Submitted(number))
            }
            Submitted::InFlight(_) => Ok(Finding::InFlight),
            Submitted::Stopped => Ok(Finding::RecipientStopped),
            Submitted::Stale => Ok(Finding::Stale),
            Submitted::NoRoom(_) => Ok(Finding::NoRoom),
            Submitted::NotTheirOffice => Ok(Finding::NotTheirOffice),
        }
    }

    async fn repeat(
        &mut self,
        number: Number,
        seq: i64,
        beyond: bool,
        deed: Deed,
    ) -> Result<Finding, StoreError> {
        if let Some(full) = self.bars_repeat(number).await? {
            return Ok(Finding::Full(full));
        }
        let (me, now, terms) = (self.desk.me.id, self.desk.now, self.terms(beyond));
        match self.tx.repeat(number, seq, me, now, terms).await? {
            Repeated::Queued => {
                self.queued = true;
                self.changed(true, number, deed).await
            }
            Repeated::Stale => Ok(Finding::Stale),
            Repeated::Stopped => Ok(Finding::RecipientStopped),
            Repeated::InFlight(other) => Ok(Finding::RepeatInFlight(self.visible(other).await?)),
            Repeated::NoRoom(room) => match self.load(Some(number)).await? {
                Some(invitation) => Ok(Finding::NoRoomToRepeat(invitation, room)),
                None => Ok(Finding::Stale),
            },
        }
    }

    /// Whether one more letter may go to the recipient of an invitation: the stop-list comes first.
    async fn room(&mut self, number: Number, act: CardAct) -> Result<Finding, StoreError> {
        let Some(invitation) = self.load(Some(number)).await? else { return Ok(Finding::Stale) };
        let to = &invitation.recipient;
        if let Some(entry) = self.tx.stop_for(Some(to.email()), to.inn()).await? {
            return Ok(Finding::RepeatStopped(invitation, entry, act));
        }
        let room = self.tx.repeat_room(to, self.desk.now).await?;
        Ok(Finding::Room(invitation, room, act))
    }

    /// What this person wants to go goes after the undo window. Only an admin goes beyond a rule.
    fn terms(&self, beyond: bool) -> Terms {
        let (now, admin) = (self.desk.now, self.desk.role == Role::Admin);
        let window = self.context.delivery.window();
        let not_before = now.checked_add(window).unwrap_or(now);
        Terms { not_before, admin, beyond: beyond && admin }
    }

    /// An invitation changed. Its author follows it on the message that was pressed: from now on
    /// that is the status message, and the teller alone writes on it.
    async fn changed(
        &mut self,
        done: bool,
        number: Number,
        deed: Deed,
    ) -> Result<Finding, StoreError> {
        if !done {
            return Ok(Finding::Stale);
        }
        self.changed = true;
        let author = self.load(Some(number)).await?.map(|invitation| invitation.author.id);
        match self.pressed.filter(|_| author == Some(self.desk.me.id)) {
            Some(message) => {
                let left = self.tx.adopt_status_message(number, message.0).await?;
                self.left = left.map(|left| (number, left));
                Ok(Finding::Followed(deed))
            }
            None => Ok(Finding::Done(deed)),
        }
    }

    /// The number, if this person may see that invitation.
    pub async fn visible(&mut self, number: Number) -> Result<Option<Number>, StoreError> {
        let found = self.load(Some(number)).await?;
        Ok(found.filter(|found| self.may_see(found)).map(|_| number))
    }

    async fn load(&mut self, number: Option<Number>) -> Result<Option<Invitation>, StoreError> {
        match number {
            Some(number) => self.tx.invitation(number).await,
            None => Ok(None),
        }
    }

    fn may_see(&self, invitation: &Invitation) -> bool {
        self.desk.role == Role::Admin || invitation.author.id == self.desk.me.id
    }

    async fn list(&mut self, list: List) -> Result<Finding, StoreError> {
        let (what, by) = match list.what {
            ListWhat::All(bucket, author) => (bucket.map_or(What::All, What::Bucket), author),
            ListWhat::SameEmail(number) | ListWhat::SameInn(number) => {
                let anchor = self.load(Some(number)).await?;
                let Some(anchor) = anchor.filter(|anchor| self.may_see(anchor)) else {
                    return Ok(Finding::Stale);
                };
                match (list.what, anchor.recipient.company()) {
                    (ListWhat::SameInn(_), Some(company)) => {
                        (What::SameInn(company.inn.clone()), None)
                    }
                    _ => (What::SameEmail(Email::key(anchor.recipient.email())), None),
                }
            }
        };
        self.page(list, what, by).await
    }

    async fn search(&mut self, search: Search) -> Result<Finding, StoreError> {
        let (anchor, what): (fn(Number) -> ListWhat, _) = match search {
            Search::Email(key) => (ListWhat::SameEmail, What::SameEmail(key)),
            Search::Inn(inn) => (ListWhat::SameInn, What::SameInn(inn)),
        };
        let list = List { what: anchor(Number(0)), page: 0 };
        let mut found = self.page(list, what, None).await?;
        // The pages of a search are named by its newest invitation: an address may be longer
        // than a button can hold.
        if let Finding::Listed(listing) = &mut found
            && let Some(newest) = listing.items.first()
        {
            listing.list.what = anchor(newest.number);
        }
        Ok(found)
    }

    /// Staff see their own whatever they ask for; an admin may choose an author.
    async fn page(
        &mut self,
        list: List,
        what: What,
        by: Option<PersonId>,
    ) -> Result<Finding, StoreError> {
        let by = by.filter(|_| self.desk.role == Role::Admin);
        let only = match self.desk.role {
            Role::Admin => by,
            Role::Staff => Some(self.desk.me.id),
        };
        let query = Query { author: only, what, page: list.page.saturating_add(1) };
        let page = self.tx.page(&query).await?;
        let author = match by {
            Some(id) => self.tx.listed(id).await?.map(|listed| listed.person),
            None => None,
        };
        let list = List { page: page.page.saturating_sub(1), ..list };
        let (items, pages, more) = (page.items, page.pages, page.capped);
        Ok(Finding::Listed(Listing { list, items, pages, more, author }))
    }

    pub async fn allow(
        &mut self,
        person: Person,
        role: Option<Role>,
    ) -> Result<Finding, StoreError> {
        let (me, now, fixed) = (self.desk.me.id, self.desk.now, self.desk.fixed_admins.len());
        let before = self.tx.listed(person.id).await?.and_then(|listed| listed.role);
        let role = role.or(before).unwrap_or(Role::Staff);
        let name = person.name.as_deref();
        let allowed = match self.tx.allow(Some(me), person.id, name, role, fixed, now).await? {
            store::Allowed::Added => Allowed::Added,
            store::Allowed::Changed { .. } => Allowed::Changed,
            store::Allowed::Same => Allowed::Same,
            store::Allowed::LastAdmin => Allowed::LastAdmin,
        };
        let known = self.tx.listed(person.id).await?.map(|listed| listed.person);
        Ok(Finding::Allowed(known.unwrap_or(person), role, allowed))
    }

    async fn revoke(&mut self, id: PersonId) -> Result<Finding, StoreError> {
        let (me, now, fixed) = (self.desk.me.id, self.desk.now, self.desk.fixed_admins.len());
        let known = self.tx.listed(id).await?.map(|listed| listed.person);
        let revoked = match self.tx.revoke(Some(me), id, fixed, now).await? {
            store::Revoked::Done { held } => {
                if id == me {
                    self.forget_draft();
                }
                self.changed = !held.is_empty();
                let what = What::Bucket(Bucket::Unknown);
                let open = self.tx.page(&Query { author: Some(id), what, page: 1 }).await?;
                let unknown = open.items.into_iter().map(|invitation| invitation.number).collect();
                Revoked::Done { held, unknown }
            }
            store::Revoked::NotListed => Revoked::NotListed,
            store::Revoked::LastAdmin => Revoked::LastAdmin,
        };
        Ok(Finding::Revoked(known.unwrap_or(Person { id, name: None }), revoked))
    }

    async fn staff(&mut self, page: u32) -> Result<Finding, StoreError> {
        let found = self.tx.staff(page.saturating_add(1), STAFF_PER_PAGE).await?;
        let people = found.people.into_iter();
        let people = people.filter_map(|listed| Some((listed.person, listed.role?)));
        let fixed = match found.page {
            1 => fixed(&mut self.tx, self.context).await?,
            _ => Vec::new(),
        };
        Ok(Finding::Staff(StaffPage {
            people: people
                .filter(|(person, _)| !self.desk.fixed_admins.contains(&person.id))
                .collect(),
            fixed,
            page: found.page.saturating_sub(1),
            pages: found.pages,
        }))
    }
}

/// The admins by configuration, with the names known.
async fn fixed(tx: &mut Tx, context: &Context) -> Result<Vec<Person>, StoreError> {
    let mut people = Vec::new();
    for &id in &context.fixed_admins {
        let known = tx.listed(id).await?.map(|listed| listed.person);
        people.push(known.unwrap_or(Person { id, name: None }));
    }
    Ok(people)
}

/// An admin to turn to, other than this person.
pub async fn admin(
    tx: &mut Tx,
    context: &Context,
    me: PersonId,
) -> Result<Option<Person>, StoreError> {
    let listed = tx.admins().await?;
    let mut all = context.fixed_admins.iter().copied().chain(listed);
    let Some(id) = all.find(|&id| id != me) else { return Ok(None) };
    let known = tx.listed(id).await?.map(|listed| listed.person);
    Ok(Some(known.unwrap_or(Person { id, name: None })))
}

/// Everybody on the list: admins by configuration first, then by name.
pub async fn everybody(tx: &mut Tx, context: &Context) -> Result<Vec<(Person, Role)>, StoreError> {
    let fixed = fixed(tx, context).await?.into_iter().map(|person| (person, Role::Admin));
    let listed = tx.staff(1, u32::from(u16::MAX)).await?.people.into_iter();
    let listed = listed
        .filter(|listed| !context.fixed_admins.contains(&listed.person.id))
        .filter_map(|listed| Some((listed.person, listed.role?)));
    Ok(fixed.chain(listed).collect())
}
