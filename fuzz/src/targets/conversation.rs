//! Whole conversations of arbitrary inputs. After each there is an answer that Telegram takes;
//! nothing is submitted but the summary that was shown, by its own button, within a quarter of an
//! hour; and `/cancel` always leads out.

use arbitrary::{Result, Unstructured};
use invite_bot::dialogue::facts::{Facts, LookedUp};
use invite_bot::dialogue::session::{DraftAct, Session, Stage};
use invite_bot::dialogue::{Effect, Input, Step, Toast, View};
use invite_bot::domain::{Draft, DraftRevision, FieldError, InnError, Permission, Recipient};
use invite_bot::screens::press::Press;
use invite_bot::screens::{Screen, draft, list};
use jiff::SignedDuration;
use requisites::{Finding, PartyRequisites, Requisites};

use super::super::{make, screen, turn};

/// The most inputs of one conversation.
const LENGTH: usize = 16;

/// Looks at one input; panics where something does not hold.
pub fn look(bytes: &[u8]) {
    let mut u = Unstructured::new(bytes);
    let facts = make::facts(&mut u).unwrap();
    let mut phone = Phone { facts, session: Session::default(), shown: None, drafts: 0 };
    for _ in 0..LENGTH {
        if u.is_empty() {
            break;
        }
        phone.turn(&mut u).unwrap();
    }
}

/// A person with a telephone, and what is stored of the conversation.
struct Phone {
    facts: Facts,
    session: Session,
    /// The screen shown last, with the revision it was drawn for.
    shown: Option<(Screen, Option<DraftRevision>)>,
    drafts: i64,
}

impl Phone {
    fn turn(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        if u.ratio(1, 8)? {
            let minutes = SignedDuration::from_mins(u.int_in_range(0..=20)?);
            self.facts.viewer.now = self.facts.viewer.now.checked_add(minutes).unwrap();
        }
        // An admin gives other office codes.
        if u.ratio(1, 8)? {
            self.facts.offices = make::several(u, 2, make::office)?;
        }
        let (input, is_seen) = self.input(u)?;
        self.facts.looked_up = LookedUp::default();
        let step = turn::take(u, &mut self.facts, &self.session, &input)?;
        let nothing_is_wanted = matches!(input, Input::ShowAgain) && self.session.draft.is_none();
        let is_answered = step.view.is_some() || step.toast.is_some() || step.effect.is_some();
        assert!(is_answered || nothing_is_wanted, "silence after {input:?}, {:?}", self.session);
        let shown = turn::shown(&self.facts, &self.session, &step);
        self.may(&input, is_seen, &step);
        self.take(u, step, shown)?;
        self.can_leave(u)
    }

    /// Something that a person does, and whether it is a press of what was shown last.
    fn input(&self, u: &mut Unstructured<'_>) -> Result<(Input, bool)> {
        Ok((
            match u.int_in_range(0..=11)? {
                0..=3 => {
                    let Some((screen, revision)) = &self.shown else {
                        return Ok((begin(Draft::default(), false), false));
                    };
                    // The first button leads on, and as it comes back from Telegram: as data.
                    let buttons: Vec<_> = screen::presses(screen).collect();
                    let most = buttons.len().saturating_sub(1);
                    let place = if u.arbitrary()? { 0 } else { u.int_in_range(0..=most)? };
                    let pressed = buttons.get(place).map(|press| press.encode(*revision));
                    match pressed.and_then(|data| Press::decode(&data)) {
                        Some((Press::Draft(act), Some(revision))) => {
                            return Ok((Input::Press(act, revision), true));
                        }
                        Some((Press::Invite, _)) => begin(Draft::default(), false),
                        Some((Press::InviteAnother, _)) => begin(Draft::default(), true),
                        _ => Input::ShowAgain,
                    }
                }
                4 => Input::Press(make::draft_act(u)?, make::revision(u)?),
                5 => Input::Begin {
                    draft: Draft { acknowledged: vec![1], ..Draft::from(&make::recipient(u)?) },
                    ask: make::maybe(u, make::field)?,
                    below: true,
                },
                6 => Input::Link(match u.arbitrary()? {
                    true => Ok(link(u)?),
                    false => {
                        let digits = make::inn(u)?.as_str().to_owned();
                        Err(FieldError::Inn(InnError::Checksum(digits)))
                    }
                }),
                7 => Input::ShowAgain,
                8 => Input::Text { text: None, follows: false },
                9 => Input::Text { text: Some(make::text(u, 4096)?), follows: u.arbitrary()? },
                _ => Input::Text { text: Some(answer(u)?), follows: u.arbitrary()? },
            },
            false,
        ))
    }

    /// Whether what the step does is what this person may do here and now.
    fn may(&self, input: &Input, is_seen: bool, step: &Step) {
        let (facts, before) = (&self.facts, self.session.draft.as_ref());
        if let Some(Toast::AtWork(number)) = step.toast {
            let made = facts
                .looked_up
                .invitation_from_draft
                .as_ref()
                .and_then(|(_, made)| made.as_ref())
                .unwrap();
            assert_eq!((made.number, made.author.id), (number, facts.viewer.me.id));
        }
        let (to, over_limit) = match &step.effect {
            None => return,
            Some(Effect::Search(_)) => {
                assert!(matches!(before, Some(Stage::Offered { .. })));
                return assert_eq!(step.session.as_ref(), Some(&self.session), "the offer stays");
            }
            Some(Effect::Submit { to, override_limit, .. }) => (to, *override_limit),
        };
        let Input::Press(act, revision) = input else { panic!("submitted by {input:?}") };
        let pressed = if over_limit { DraftAct::SendOverLimit } else { DraftAct::Send };
        assert_eq!(*act, pressed);
        let (present, shown_at) = facts.shown.expect("a draft");
        assert_eq!(*revision, present, "another summary");
        let age = facts.viewer.now.duration_since(shown_at);
        assert!(age <= SignedDuration::from_mins(15), "an old summary");
        let Some(Stage::Reviewing { draft }) = before else { panic!("no summary") };
        let granted = facts.checked(draft).is_some_and(|check| check.granted);
        assert!(!over_limit || granted || facts.viewer.may(Permission::OverrideRules));
        assert_eq!(draft.finish().as_ref(), Ok(to));
        assert!(facts.check(draft).is_ok() && facts.first_blocker(draft).is_none());
        assert!(facts.setup.providers.contains(&to.provider()));
        let office = to.company().and_then(|company| company.office.as_ref());
        assert!(
            to.company().is_none()
                || facts.is_office_free()
                || office.is_some_and(|code| facts.offices.contains(code)),
            "an office of somebody else",
        );
        assert_eq!(step.session, None, "the store decides");
        if is_seen {
            let (summary, _) = self.shown.as_ref().unwrap();
            is_what_was_shown(to, &screen::check(summary));
        }
    }

    /// Does what a turn does: stores the session, shows the screen.
    fn take(&mut self, u: &mut Unstructured<'_>, step: Step, shown: Option<Screen>) -> Result<()> {
        let mut session = step.session;
        let mut shown = shown;
        match &step.effect {
            Some(Effect::Submit { .. }) if u.arbitrary()? => session = Some(Session::default()),
            // What was found takes the place of the offer, and makes it too.
            Some(Effect::Search(_)) => {
                let Some(Stage::Offered { draft }) = &self.session.draft else { panic!() };
                let found = draft::with_offer(&self.facts, draft, list::status_usage());
                screen::check(&found);
                shown = Some(found);
            }
            _ => {}
        }
        if let Some(session) = session {
            let revision = match self.facts.shown {
                _ if session.is_empty() => None,
                Some((DraftRevision { draft, revision }, _)) => {
                    Some(DraftRevision { draft, revision: revision + 1 })
                }
                None => {
                    self.drafts += 1;
                    Some(DraftRevision { draft: self.drafts, revision: 1 })
                }
            };
            self.facts.shown = revision.map(|revision| (revision, self.facts.viewer.now));
            let stored = serde_json::to_string(&session).unwrap();
            self.session = serde_json::from_str(&stored).unwrap();
            assert_eq!(self.session, session, "stored as it is");
        }
        if let Some(screen) = shown {
            self.shown = Some((screen, self.facts.shown.map(|(revision, _)| revision)));
        }
        Ok(())
    }

    fn can_leave(&self, u: &mut Unstructured<'_>) -> Result<()> {
        let step = turn::take(u, &mut self.facts.clone(), &self.session, &Input::Cancel)?;
        match &self.session.draft {
            Some(_) => turn::left(&self.session, &Input::Cancel, &step),
            None => assert_eq!((step.view, step.session), (Some(View::NothingToCancel), None)),
        }
        Ok(())
    }
}

fn begin(draft: Draft, below: bool) -> Input {
    Input::Begin { draft, ask: None, below }
}

/// What a link of a CRM brings.
fn link(u: &mut Unstructured<'_>) -> Result<Requisites> {
    let inn = make::inn(u)?;
    let kpp = match make::maybe(u, make::kpp)?.filter(|_| inn.is_organisation()) {
        Some(kpp) => Finding::Certain(kpp),
        None => Finding::Missing,
    };
    let party = PartyRequisites { inn: Finding::Certain(inn), kpp, ..PartyRequisites::default() };
    Ok(Requisites { parties: vec![party], ..Requisites::default() })
}

/// Every value that is sent stood in the summary.
fn is_what_was_shown(to: &Recipient, summary: &str) {
    let mut values = vec![to.email().as_str()];
    if let Some(company) = to.company() {
        values.extend([company.name.as_str(), company.inn.as_str()]);
        values.extend(company.kpp.as_ref().map(|kpp| kpp.as_str()));
        values.push(company.office.as_ref().map_or("без кода", |code| code.as_str()));
    }
    for value in values {
        assert!(summary.contains(value), "{value} is not in {summary}");
    }
}

/// An answer as people give it.
fn answer(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(match u.int_in_range(0..=8)? {
        0 => make::inn(u)?.as_str().to_owned(),
        1 => format!("{}/{}", make::inn(u)?.as_str(), make::kpp(u)?.as_str()),
        2 => make::kpp(u)?.as_str().to_owned(),
        3 => make::name(u)?.as_str().to_owned(),
        4 => make::email(u)?.as_str().to_owned(),
        5 => make::office(u)?.as_str().to_owned(),
        6 => make::inn(u)?.as_str().trim_start_matches('0').to_owned(),
        _ => make::card(u)?,
    })
}
