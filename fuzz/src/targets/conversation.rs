//! Whole conversations of arbitrary inputs. After each: there is an answer that Telegram takes;
//! nothing is submitted but the summary that was shown, by its own button, within a quarter of an
//! hour; nothing is done to an invitation that the person may not see or that has moved on; only
//! an admin touches the allow-list; and `/cancel` always leads out.

use arbitrary::{Result, Unstructured};
use invite_bot::dialogue::{
    About, Allowed, CardAct, Deed, Desk, DraftAct, Effect, Finding, Input, Listing, Press, Reply,
    Revoked, StaffPage, Stamp, State, Step, StopDone, StopList, step, texts,
};
use invite_bot::domain::{Invitation, Role, State as Standing};
use jiff::SignedDuration;

use crate::{make, screen};

/// The most inputs of one conversation.
const LENGTH: usize = 16;

/// Looks at one input; panics where something does not hold.
pub fn look(bytes: &[u8]) {
    let mut u = Unstructured::new(bytes);
    let mut phone = Phone::new(make::desk(&mut u).unwrap());
    for _ in 0..LENGTH {
        if u.is_empty() {
            break;
        }
        phone.turn(&mut u).unwrap();
    }
}

/// A person with a telephone, and the shell around the conversation.
struct Phone {
    desk: Desk,
    state: State,
    /// The screen shown last, with the stamp it was drawn for.
    shown: Option<(Reply, Option<Stamp>)>,
    /// What is to be done outside, and was not answered yet.
    deed: Option<Deed>,
    drafts: i64,
}

impl Phone {
    fn new(desk: Desk) -> Self {
        Self { desk, state: State::Idle, shown: None, deed: None, drafts: 0 }
    }

    fn turn(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        if u.ratio(1, 8)? {
            let minutes = SignedDuration::from_mins(u.int_in_range(0..=20)?);
            self.desk.now = self.desk.now.checked_add(minutes).unwrap();
        }
        let input = match self.deed.take() {
            Some(deed) => Input::Found(self.found(u, deed)?),
            None => self.input(u)?,
        };
        let before = self.state.clone();
        let step = self.step(u, &before, &input)?;
        self.is_answered(&input, &before, &step);
        self.may_do(&input, &before, &step);
        self.take(step);
        self.can_leave();
        Ok(())
    }

    /// A step that asks to know something first is nothing else, and asks once.
    fn step(&mut self, u: &mut Unstructured<'_>, before: &State, input: &Input) -> Result<Step> {
        self.desk.known = None;
        let first = step(&self.desk, before, input.clone());
        let asks = |effect: &Effect| matches!(effect, Effect::LookUp(_));
        let Some(Effect::LookUp(inn)) = first.effects.iter().find(|effect| asks(effect)) else {
            return Ok(first);
        };
        // A menu may be published beside it: nothing of this step is done before the second one.
        let waits = |effect: &Effect| asks(effect) || matches!(effect, Effect::Publish(..));
        assert!(self.desk.directory && first.state.is_none() && first.effects.iter().all(waits));
        self.desk.known = Some((inn.clone(), make::lookup(u, inn)?));
        let second = step(&self.desk, before, input.clone());
        assert!(!second.effects.iter().any(asks), "asked twice");
        Ok(second)
    }

    fn input(&mut self, u: &mut Unstructured<'_>) -> Result<Input> {
        Ok(match u.int_in_range(0..=11)? {
            0..=3 => match &self.shown {
                Some((screen, stamp)) => {
                    let buttons: Vec<_> = screen.rows.iter().flatten().collect();
                    match u.choose_iter(buttons.iter()) {
                        // As it comes back from Telegram: through its data.
                        Ok(button) => match Press::decode(&button.press.encode(*stamp)) {
                            Some((press, stamp)) => Input::Press(press, stamp),
                            None => panic!("a button of ours: {:?}", button.press),
                        },
                        Err(_) => Input::Again,
                    }
                }
                None => Input::Press(Press::Invite, None),
            },
            4 => {
                let press = make::press(u)?;
                let stamp = matches!(press, Press::Draft(_)).then(|| make::stamp(u)).transpose()?;
                Input::Press(press, stamp)
            }
            5 => Input::StrangePress,
            6 => Input::Again,
            7 => Input::Message { text: None, about: None },
            kind => {
                let text = match kind {
                    8 => make::text(u, 4096)?,
                    9 => answer(u)?,
                    _ => command(u)?,
                };
                let about = make::maybe(u, |u| {
                    Ok(make::maybe(u, make::person)?.map_or(About::Hidden, About::Person))
                })?;
                Input::Message { text: Some(text), about }
            }
        })
    }

    /// What may come of a deed, as the store could answer.
    fn found(&self, u: &mut Unstructured<'_>, deed: Deed) -> Result<Finding> {
        Ok(match deed {
            Deed::Submit(_) | Deed::SubmitBeyond(_) => match u.int_in_range(0..=4)? {
                0 => Finding::Submitted(make::number(u)?),
                3 => Finding::NoRoom,
                4 => Finding::NotTheirOffice,
                1 => Finding::InFlight,
                _ => Finding::Stale,
            },
            Deed::MadeFrom(_) => Finding::MadeFrom(self.one(u)?),
            Deed::Look(_, act, seq) => {
                let found = self.one(u)?;
                let history = make::history(u)?;
                Finding::Looked(found.map(|found| (found, history)), act, seq)
            }
            Deed::List(list) => self.listing(u, list)?,
            Deed::Search(_) => {
                let what = make::what(u)?;
                self.listing(u, invite_bot::dialogue::List { what, page: 0 })?
            }
            Deed::Room(_, act) => Finding::Room(make::invitation(u)?, make::room(u)?, act),
            Deed::Resolve(..)
            | Deed::Cancel(..)
            | Deed::Release(..)
            | Deed::Repeat(..)
            | Deed::RepeatBeyond(..) => match u.int_in_range(0..=4)? {
                0 => Finding::Done(deed),
                1 => Finding::Followed(deed),
                2 => Finding::Stale,
                3 => Finding::NoRoomToRepeat(make::invitation(u)?, make::room(u)?),
                _ => Finding::RepeatInFlight(make::maybe(u, make::number)?),
            },
            Deed::Allow(person, role) => {
                let what = [Allowed::Added, Allowed::Changed, Allowed::Same, Allowed::LastAdmin];
                Finding::Allowed(person, role.unwrap_or(Role::Staff), *u.choose(&what)?)
            }
            Deed::Revoke(_) => {
                let held = make::several(u, 9, make::number)?;
                let unknown = make::several(u, 5, make::number)?;
                let revoked = match u.int_in_range(0..=2)? {
                    0 => Revoked::NotListed,
                    1 => Revoked::LastAdmin,
                    _ => Revoked::Done { held, unknown },
                };
                Finding::Revoked(make::person(u)?, revoked)
            }
            Deed::Staff(page) => {
                let people = make::several(u, 8, |u| Ok((make::person(u)?, Role::Staff)))?;
                let (page, pages) = (page.min(3), 4);
                Finding::Staff(StaffPage { people, fixed: vec![], page, pages })
            }
            Deed::Colleague(_) => Finding::Colleague(make::maybe(u, make::person)?),
            Deed::Employee(_, act) => Finding::Employee(make::maybe(u, make::employee)?, act),
            Deed::SetRole(..) => Finding::Colleague(None),
            Deed::SetOffices(..) => Finding::Offices(make::employee(u)?),
            Deed::Authors(what) => Finding::Authors(what, make::several(u, 9, make::person)?),
            Deed::Resume(_) => Finding::Done(deed),
            Deed::Alone if u.arbitrary()? => Finding::NotAlone,
            Deed::Alone => Finding::Done(deed),
            Deed::Lift(_) => Finding::Lifted(u.arbitrary()?),
            Deed::Check(draft, below) => Finding::Checked(draft, below),
            Deed::Stop(stops, _, card) => Finding::Stopped(StopDone {
                card,
                stops,
                new: u.arbitrary()?,
                held: make::several(u, 3, make::number)?,
                held_count: 3,
            }),
            Deed::StopList(page) => Finding::StopList(StopList {
                entries: make::several(u, 5, make::stop_entry)?,
                page: page.min(2),
                pages: 3,
            }),
            Deed::StopEntry(_) => Finding::StopEntry(make::maybe(u, make::stop_entry)?),
            Deed::Unstop(_) if u.arbitrary()? => Finding::Stale,
            Deed::Unstop(_) => Finding::Unstopped(make::stop_entry(u)?, u.arbitrary()?),
            Deed::SetLimit(..) => {
                Finding::LimitSet(make::maybe(u, make::employee)?, u.arbitrary()?)
            }
        })
    }

    /// An invitation, now and then the person's own.
    fn one(&self, u: &mut Unstructured<'_>) -> Result<Option<Invitation>> {
        let own = u.arbitrary()?;
        make::maybe(u, |u| {
            let invitation = make::invitation(u)?;
            let author = if own { self.desk.me.clone() } else { invitation.author.clone() };
            Ok(Invitation { author, ..invitation })
        })
    }

    fn listing(
        &self,
        u: &mut Unstructured<'_>,
        list: invite_bot::dialogue::List,
    ) -> Result<Finding> {
        let list = invite_bot::dialogue::List { page: list.page.min(2), ..list };
        let items = make::several(u, 5, make::invitation)?;
        Ok(Finding::Listed(Listing { list, items, pages: 3, more: u.arbitrary()?, author: None }))
    }

    fn is_answered(&self, input: &Input, before: &State, step: &Step) {
        let wants_nothing = match input {
            Input::Press(Press::Label | Press::Write(_), _) => true,
            Input::Again => *before == State::Idle,
            _ => false,
        };
        assert!(
            wants_nothing || !step.effects.is_empty(),
            "silence after {input:?}, at {before:?}"
        );
        for effect in &step.effects {
            match effect {
                Effect::Show(reply) | Effect::Say(reply) | Effect::Tell(_, reply) => {
                    screen::check(reply);
                }
                Effect::Toast(toast) => screen::check_toast(toast),
                Effect::Do(_) | Effect::LookUp(_) | Effect::Publish(..) => {}
            }
        }
        let deeds = step.effects.iter().filter(|effect| matches!(effect, Effect::Do(_))).count();
        assert!(deeds <= 1, "one thing at a time");
    }

    /// Whether what the step does is what this person may do here and now.
    fn may_do(&self, input: &Input, before: &State, step: &Step) {
        if let Input::Found(Finding::Looked(Some((invitation, _)), ..)) = input {
            let own = invitation.author.id == self.desk.me.id;
            if !own && self.desk.role == Role::Staff {
                let tells = |effect: &Effect| match effect {
                    Effect::Show(reply) | Effect::Say(reply) => {
                        reply.text.as_str().contains(&format!("№{}", invitation.number))
                    }
                    Effect::Toast(toast) => toast.contains('№'),
                    _ => true,
                };
                assert!(!step.effects.iter().any(tells), "a stranger's invitation");
                assert_eq!(step.state, None);
            }
        }
        for effect in &step.effects {
            match effect {
                Effect::Do(deed) => self.may(input, before, step, deed),
                Effect::Tell(..) => assert_eq!(self.desk.role, Role::Admin),
                Effect::Publish(id, role) => {
                    let own = *id == self.desk.me.id && *role == Some(self.desk.role);
                    assert!(own || self.desk.role == Role::Admin);
                }
                _ => {}
            }
        }
    }

    fn may(&self, input: &Input, before: &State, step: &Step, deed: &Deed) {
        match deed {
            Deed::Submit(recipient) | Deed::SubmitBeyond(recipient) => {
                let Input::Press(Press::Draft(act), Some(stamp)) = input else {
                    panic!("submitted by {input:?}");
                };
                match deed {
                    Deed::Submit(_) => assert_eq!(*act, DraftAct::Send),
                    _ => {
                        assert_eq!(*act, DraftAct::SendBeyond);
                        assert_eq!(self.desk.role, Role::Admin);
                    }
                }
                let own = recipient.company().and_then(|company| company.office.as_ref());
                assert!(
                    recipient.company().is_none()
                        || self.desk.role == Role::Admin
                        || self.desk.offices.is_empty()
                        || own.is_some_and(|code| self.desk.offices.contains(code)),
                    "an office of somebody else",
                );
                let (present, shown_at) = self.desk.draft.expect("a draft");
                assert_eq!(*stamp, present, "another summary");
                let age = self.desk.now.duration_since(shown_at);
                assert!(age <= SignedDuration::from_mins(15), "an old summary");
                let State::Reviewing { draft } = before else { panic!("no summary") };
                assert_eq!(draft.finish().as_ref(), Ok(recipient));
                assert!(self.desk.providers.contains(&recipient.provider()));
                assert_eq!(step.state, None, "the store decides");
            }
            Deed::Resolve(number, seq, _)
            | Deed::Cancel(number, seq)
            | Deed::Release(number, seq)
            | Deed::Repeat(number, seq)
            | Deed::RepeatBeyond(number, seq) => {
                let Input::Found(Finding::Looked(Some((found, _)), act, Some(pressed))) = input
                else {
                    panic!("{deed:?} by {input:?}");
                };
                assert_eq!((found.number, found.seq, *pressed), (*number, *seq, *seq));
                self.fits(found, *act, deed);
            }
            Deed::Allow(..)
            | Deed::Revoke(_)
            | Deed::Staff(_)
            | Deed::Colleague(_)
            | Deed::Employee(..)
            | Deed::SetRole(..)
            | Deed::SetOffices(..)
            | Deed::Authors(_)
            | Deed::Resume(_)
            | Deed::StopList(_)
            | Deed::StopEntry(_)
            | Deed::Unstop(_)
            | Deed::SetLimit(..)
            | Deed::Alone => assert_eq!(self.desk.role, Role::Admin, "{deed:?}"),
            Deed::Lift(id) => {
                assert_eq!(self.desk.role, Role::Admin);
                assert_eq!(self.desk.embargo.map(|embargo| embargo.id), Some(*id));
                let Input::Press(Press::Lift(_, Some(asked)), _) = input else {
                    panic!("lifted by {input:?}");
                };
                let minute = self.desk.now.as_second().div_euclid(60);
                assert!(*asked <= minute && minute - *asked <= 15, "nobody was asked");
            }
            // By a card of one's own, or typed by an admin.
            Deed::Stop(stops, ..) => assert!(!stops.is_empty()),
            Deed::Check(draft, _) => assert!(draft.inn.is_some() || draft.email.is_some()),
            Deed::MadeFrom(_)
            | Deed::Look(..)
            | Deed::Room(..)
            | Deed::List(_)
            | Deed::Search(_) => {}
        }
    }

    /// Whether the state of an invitation allows the deed.
    fn fits(&self, found: &Invitation, act: CardAct, deed: &Deed) {
        let admin = self.desk.role == Role::Admin;
        let on = self.desk.providers.contains(&found.recipient.provider());
        match deed {
            Deed::Resolve(..) => assert_eq!(found.state, Standing::Unknown),
            Deed::Cancel(..) => assert!(matches!(found.state, Standing::Queued | Standing::Held)),
            Deed::Release(..) => {
                assert!(found.state == Standing::Held && on && !found.embargoed && !found.stopped);
                assert!(admin || found.held_by_list);
            }
            _ => {
                assert!(found.state.may_repeat() && on);
                let asked = match (act, deed) {
                    (CardAct::Repeat(asked), Deed::Repeat(..)) => asked,
                    (CardAct::Beyond(asked), Deed::RepeatBeyond(..)) if admin => Some(asked),
                    _ => panic!("repeated by {act:?}"),
                };
                let minute = self.desk.now.as_second().div_euclid(60);
                let fresh = asked.is_some_and(|asked| asked <= minute && minute - asked <= 15);
                assert!(fresh || !found.needs_asking(), "a second letter without a word");
            }
        }
    }

    /// Does what the shell does: stores the state, shows the screens.
    fn take(&mut self, step: Step) {
        if let Some(state) = step.state {
            let stamp = match self.desk.draft {
                _ if state == State::Idle => None,
                Some((Stamp { draft, revision }, _)) => {
                    Some(Stamp { draft, revision: revision + 1 })
                }
                None => {
                    self.drafts += 1;
                    Some(Stamp { draft: self.drafts, revision: 1 })
                }
            };
            self.desk.draft = stamp.map(|stamp| (stamp, self.desk.now));
            let stored = serde_json::to_string(&state).unwrap();
            self.state = serde_json::from_str(&stored).unwrap();
            assert_eq!(self.state, state, "stored as it is");
        }
        for effect in step.effects {
            match effect {
                Effect::Show(reply) | Effect::Say(reply) => {
                    self.shown = Some((reply, self.desk.draft.map(|(stamp, _)| stamp)));
                }
                Effect::Do(deed) => self.deed = Some(deed),
                _ => {}
            }
        }
    }

    fn can_leave(&self) {
        // Whoever must not be written to ends the questions of half a draft.
        if let State::Reviewing { draft } = &self.state
            && draft.finish().is_err()
        {
            let screen = texts::screen(&self.desk, &self.state);
            let sends = |press: &Press| {
                matches!(press, Press::Draft(DraftAct::Send | DraftAct::SendBeyond))
            };
            let mut buttons = screen.rows.iter().flatten();
            assert!(!buttons.any(|it| sends(&it.press)), "a summary of half a draft");
        }
        let cancel = Input::Message { text: Some("/cancel".to_owned()), about: None };
        let step = step(&self.desk, &self.state, cancel);
        assert!(step.state.is_none_or(|state| state == State::Idle));
        assert_eq!(step.effects.len(), 1);
    }
}

/// An answer as people give it.
fn answer(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(match u.int_in_range(0..=8)? {
        7.. => make::card(u)?,
        0 => make::inn(u)?.as_str().to_owned(),
        1 => format!("{}/{}", make::inn(u)?.as_str(), make::kpp(u)?.as_str()),
        2 => make::kpp(u)?.as_str().to_owned(),
        3 => make::name(u)?.as_str().to_owned(),
        4 => make::email(u)?.as_str().to_owned(),
        5 => make::office(u)?.as_str().to_owned(),
        _ => make::inn(u)?.as_str().trim_start_matches('0').to_owned(),
    })
}

fn command(u: &mut Unstructured<'_>) -> Result<String> {
    let name = u.choose(&[
        "/start",
        "/invite",
        "/status",
        "/cancel",
        "/help",
        "/staff",
        "/allow",
        "/revoke",
        "/x",
        "/INVITE@bot",
        " /invite",
        "/",
    ])?;
    let rest = match u.int_in_range(0..=6)? {
        5 => format!("n_{}_{}", make::inn(u)?.as_str(), make::kpp(u)?.as_str()),
        6 => format!("i_{}", make::number(u)?),
        0 => make::text(u, 200)?,
        1 => make::person(u)?.id.to_string(),
        2 => format!("{} {} админ", make::person(u)?.id, make::text(u, 80)?),
        3 => make::email(u)?.as_str().to_owned(),
        _ => make::number(u)?.to_string(),
    };
    Ok(format!("{name} {rest}"))
}
