//! What may happen next, and what comes of it: sections 2 and 3 of the design as a function. It
//! can be told to make a mistake, so that the promises can be shown to notice.

use super::promises;
use super::search::Rules;
use super::world::{
    Access, Answer, Attempt, Call, Consent, Draft, Fate, Invitation, Line, Outcome, Seen, State,
    World,
};

/// Something that happens. People and invitations are numbered from 0; invitation 0 is made from
/// the draft of person 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A person fills in everything up to the summary.
    Fill(usize),
    /// A person changes something in the summary: its buttons are old ones now.
    Edit(usize),
    /// «Отправить» below a summary, also an old one, somebody else's, or for the second time.
    Send {
        by: usize,
        draft: usize,
        revision: u8,
    },
    Cancel {
        by: usize,
        what: usize,
    },
    /// An admin lets a held one go.
    Release(usize),
    /// «Письмо дошло».
    Arrived {
        by: usize,
        what: usize,
    },
    /// «Письма нет».
    Missing {
        by: usize,
        what: usize,
    },
    /// «Повторить»; who is to be asked first is asked instead.
    Repeat {
        by: usize,
        what: usize,
    },
    /// A button to repeat that somebody has used already, of an earlier point.
    RepeatAgain {
        by: usize,
        what: usize,
    },
    /// An admin takes away the access of person 0.
    Revoke,
    Allow,
    /// An admin lets the paused provider work.
    Resume,
    /// The time passes for which the provider is left alone.
    Wait,
    /// T2.
    Claim(usize),
    /// T3: no connection can be made, and nothing is sent.
    NoConnection(usize),
    /// T3: the whole request reaches the provider.
    Arrives(usize),
    /// The provider takes what an attempt asked for, at any time after.
    Takes {
        what: usize,
        attempt: usize,
    },
    /// The provider declines.
    Declines {
        what: usize,
        attempt: usize,
    },
    /// T3: its answer comes.
    Hears(usize, Answer),
    /// T3: the connection breaks, the time is over, or the answer says nothing.
    Loses(usize),
    /// T4; where the waits are over, nothing more is tried.
    Record {
        what: usize,
        give_up: bool,
    },
    /// T5: the message shows how it stands.
    Show(usize),
    /// T5: that is noted.
    Note(usize),
    /// The process dies where it stands.
    Crash,
    /// The next start, with its recovery.
    Start,
}

/// What a person is told, or the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    Done,
    /// It had moved on before.
    Stale,
    /// This one goes to the same recipient.
    InFlight(usize),
    /// Whether a second letter may go.
    Asked,
}

/// How much of the world is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// The most attempts of each invitation; where there are none, it is not made.
    pub attempts: [usize; 2],
    /// The most attempts together.
    pub together: usize,
    /// The most consents of each invitation.
    pub consents: u8,
    /// Both go to the same recipient.
    pub same: bool,
    /// Whether drafts are changed, so that there are old buttons.
    pub edits: bool,
    /// Whether access is taken away and given.
    pub access: bool,
    /// Whether it is looked at what the messages say.
    pub telling: bool,
    pub slip: Option<Slip>,
}

/// A mistake in the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slip {
    RecoveryRequeues,
    RecoveryForgets,
    LostAnswerIsRetried,
    ErrorIsRefusal,
    SilenceIsConsent,
    NoUniqueIndex,
    ConsentStays,
    OldButtonCounts,
    NobodyIsAsked,
    DoublePressCounts,
    IntentIsNotCommitted,
    RequestIsSentAgain,
    ToldBeforeWritten,
    UnknownIsShownAsAccepted,
    PauseIsIgnored,
    DoubtIsForgotten,
}

impl Rules for Scope {
    type World = World;
    type Action = Action;

    fn first(&self) -> World {
        World { up: true, ..World::default() }
    }

    fn actions(&self) -> Vec<Action> {
        let mut all = vec![Action::Resume, Action::Wait, Action::Crash, Action::Start];
        if self.access {
            all.extend([Action::Revoke, Action::Allow]);
        }
        for what in (0..2).filter(|&what| self.attempts[what] > 0) {
            all.push(Action::Fill(what));
            if self.edits {
                all.push(Action::Edit(what));
            }
            for revision in 1..=1 + u8::from(self.edits) {
                all.extend([0, 1].map(|by| Action::Send { by, draft: what, revision }));
            }
            // Staff have no card of what is not theirs.
            for by in what..2 {
                all.extend([Action::Cancel { by, what }, Action::Repeat { by, what }]);
                all.extend([Action::Arrived { by, what }, Action::Missing { by, what }]);
                if self.consents > 1 {
                    all.push(Action::RepeatAgain { by, what });
                }
            }
            for attempt in 0..self.attempts[what] {
                all.extend([Action::Takes { what, attempt }, Action::Declines { what, attempt }]);
            }
            all.extend([Action::Claim(what), Action::NoConnection(what), Action::Arrives(what)]);
            all.extend(Answer::ANSWERED.map(|answer| Action::Hears(what, answer)));
            all.push(Action::Loses(what));
            all.extend([false, true].map(|give_up| Action::Record { what, give_up }));
            if self.access && what == 0 {
                all.push(Action::Release(what));
            }
            if self.telling {
                all.extend([Action::Show(what), Action::Note(what)]);
            }
        }
        all
    }

    fn next(&self, world: &World, action: Action) -> Option<World> {
        self.step(world, action).map(|(after, _)| after)
    }

    fn broken(&self, before: &World, action: Action, after: &World) -> Option<&'static str> {
        promises::misstep(before, action, after).or_else(|| promises::broken(after, self.same))
    }
}

impl Scope {
    fn slips(&self, slip: Slip) -> bool {
        self.slip == Some(slip)
    }

    /// What comes of an action; `None`: it cannot happen now.
    pub fn step(&self, world: &World, action: Action) -> Option<(World, Said)> {
        let mut next = *world;
        let said = match action {
            Action::Crash | Action::Start => self.life(&mut next, action)?,
            Action::Revoke | Action::Allow => access(&mut next, action)?,
            Action::Wait => {
                (next.line == Line::Stopped).then(|| next.line = Line::Due)?;
                Said::Done
            }
            Action::Takes { what, attempt } | Action::Declines { what, attempt } => {
                let takes = matches!(action, Action::Takes { .. });
                provider(&mut next.invitations[what], attempt, takes)?
            }
            // The rest is done by the bot.
            _ if !world.up => return None,
            Action::Fill(by) | Action::Edit(by) => fill(&mut next, by, action)?,
            Action::Send { by, draft, revision } => self.send(&mut next, by, draft, revision)?,
            Action::Resume => {
                next.paused.then(|| next.paused = false)?;
                tell_the_queue(&mut next);
                Said::Done
            }
            Action::Release(_)
            | Action::Cancel { .. }
            | Action::Arrived { .. }
            | Action::Missing { .. } => word(&mut next, action)?,
            Action::Repeat { by, what } => self.repeat(&mut next, by, what)?,
            Action::RepeatAgain { by, what } => self.repeat_again(&mut next, by, what)?,
            Action::Claim(what) => self.claim(&mut next, what)?,
            Action::NoConnection(what)
            | Action::Arrives(what)
            | Action::Hears(what, _)
            | Action::Loses(what) => self.call(&mut next.invitations[what], action)?,
            Action::Record { what, give_up } => self.record(&mut next, what, give_up)?,
            Action::Show(what) | Action::Note(what) => {
                self.tell(&mut next.invitations[what], action)?
            }
        };
        Some((next, said))
    }

    // ------------------------------------------------------------------------ what people do

    fn send(&self, next: &mut World, by: usize, draft: usize, revision: u8) -> Option<Said> {
        let shown = match next.drafts[draft] {
            Draft::None => false,
            Draft::At(now) => revision <= now,
            Draft::Gone => true,
        };
        (shown && may(next, by)).then_some(())?;
        let slot = if by == draft && next.drafts[draft] == Draft::At(revision) {
            draft
        } else if self.slips(Slip::DoublePressCounts)
            && next.drafts[draft] == Draft::Gone
            && next.invitations[1 - draft].state == State::Absent
        {
            1 - draft
        } else {
            return Some(Said::Stale);
        };
        if let Some(other) = self.in_flight(next, slot) {
            return Some(Said::InFlight(other));
        }
        next.drafts[draft] = Draft::Gone;
        next.invitations[slot].draft = draft;
        next.invitations[slot].becomes(State::Queued);
        Some(Said::Done)
    }

    /// The other one, if it goes to the same recipient and is not settled.
    fn in_flight(&self, world: &World, what: usize) -> Option<usize> {
        let other = 1 - what;
        let bars = self.same && world.invitations[other].state.is_in_flight();
        (bars && !self.slips(Slip::NoUniqueIndex)).then_some(other)
    }

    fn repeat(&self, next: &mut World, by: usize, what: usize) -> Option<Said> {
        let invitation = &mut next.invitations[what];
        let possible = invitation.state.may_be_repeated() && invitation.consents < self.consents;
        (possible && may_see(next, by, what)).then_some(())?;
        let invitation = &mut next.invitations[what];
        let informed = !invitation.retry_needs_consent() || invitation.asked[by];
        if !informed && !self.slips(Slip::NobodyIsAsked) {
            invitation.asked[by] = true;
            return Some(Said::Asked);
        }
        let consent = if informed { Consent::Informed } else { Consent::Blind };
        self.requeue(next, what, consent)
    }

    fn repeat_again(&self, next: &mut World, by: usize, what: usize) -> Option<Said> {
        let invitation = &mut next.invitations[what];
        let possible =
            invitation.state.may_be_repeated() && (1..self.consents).contains(&invitation.consents);
        (possible && may_see(next, by, what)).then_some(())?;
        let left_over = next.invitations[what].consent.is_some();
        if left_over || self.slips(Slip::OldButtonCounts) {
            // Whatever it was given for, it was not for this.
            return self.requeue(next, what, Consent::Blind);
        }
        Some(Said::Stale)
    }

    fn requeue(&self, next: &mut World, what: usize, consent: Consent) -> Option<Said> {
        if let Some(other) = self.in_flight(next, what) {
            return Some(Said::InFlight(other));
        }
        let invitation = &mut next.invitations[what];
        invitation.consents += 1;
        invitation.consent = Some(consent);
        invitation.becomes(State::Queued);
        Some(Said::Done)
    }

    // --------------------------------------------------------------------- what the bot does

    fn claim(&self, next: &mut World, what: usize) -> Option<Said> {
        let count: usize = next.invitations.iter().map(|invitation| invitation.count).sum();
        let invitation = &next.invitations[what];
        let room = invitation.count < self.attempts[what] && count < self.together;
        let may_go = !next.paused && matches!(next.line, Line::Runs | Line::Due)
            || self.slips(Slip::PauseIsIgnored);
        (room && may_go && invitation.state == State::Queued).then_some(())?;
        if next.line == Line::Due {
            next.line = Line::Probed(what);
        }
        let invitation = &mut next.invitations[what];
        let consent = match self.slips(Slip::ConsentStays) {
            true => invitation.consent,
            false => invitation.consent.take(),
        };
        invitation.count += 1;
        *invitation.last() = Attempt { consent, ..Attempt::default() };
        invitation.becomes(State::Sending);
        invitation.call = Some(Call::Connecting);
        Some(Said::Done)
    }

    fn call(&self, invitation: &mut Invitation, action: Action) -> Option<Said> {
        let call = invitation.call?;
        let attempt = invitation.last();
        let call = match (action, call) {
            (Action::NoConnection(_), Call::Connecting) => Call::Heard(Answer::NotTaken),
            (Action::Arrives(_), Call::Connecting) => {
                (attempt.requests, attempt.fate) = (1, Fate::Arrived);
                Call::Asked
            }
            (Action::Arrives(_), Call::Asked)
                if self.slips(Slip::RequestIsSentAgain) && attempt.requests < 2 =>
            {
                attempt.requests += 1;
                Call::Asked
            }
            (Action::Hears(_, Answer::Accepted), Call::Asked) if attempt.fate == Fate::Taken => {
                Call::Heard(Answer::Accepted)
            }
            (Action::Hears(_, Answer::Accepted), _) => return None,
            (Action::Hears(_, answer), Call::Asked) if attempt.fate == Fate::Declined => {
                Call::Heard(answer)
            }
            (Action::Loses(_), Call::Connecting | Call::Asked) => Call::Heard(self.lost()),
            _ => return None,
        };
        invitation.call = Some(call);
        Some(Said::Done)
    }

    /// What an answer that did not come is taken for.
    fn lost(&self) -> Answer {
        match self.slip {
            Some(Slip::LostAnswerIsRetried) => Answer::NotTaken,
            Some(Slip::ErrorIsRefusal) => Answer::Refused,
            Some(Slip::SilenceIsConsent) => Answer::Accepted,
            _ => Answer::Unknown,
        }
    }

    fn record(&self, next: &mut World, what: usize, give_up: bool) -> Option<Said> {
        let Some(Call::Heard(answer)) = next.invitations[what].call else { return None };
        let waits = matches!(answer, Answer::NotTaken | Answer::Busy);
        (waits || !give_up).then_some(())?;
        let invitation = &mut next.invitations[what];
        let open_doubt = invitation.doubt && !self.slips(Slip::DoubtIsForgotten);
        let (outcome, state) = match answer {
            Answer::Accepted => (Outcome::Accepted, State::Accepted),
            Answer::Refused => (Outcome::Rejected, State::Refused),
            Answer::RefusedOther => (Outcome::Rejected, State::RefusedOther),
            Answer::Unknown => (Outcome::Unknown, State::Unknown),
            Answer::NotTaken | Answer::Busy if give_up && open_doubt => {
                (Outcome::NotAccepted, State::Unknown)
            }
            Answer::NotTaken | Answer::Busy if give_up => (Outcome::NotAccepted, State::NotSent),
            Answer::NotTaken | Answer::Busy | Answer::Key => (Outcome::NotAccepted, State::Queued),
        };
        close(invitation, outcome, state);
        let pauses = answer == Answer::Key && !next.paused;
        if state == State::Queued && std::mem::take(&mut invitation.revoked) {
            invitation.becomes(State::Held);
        }
        next.paused |= pauses;
        let (probe, trouble) = (next.line == Line::Probed(what), answer.is_trouble());
        let line = match (trouble, next.line) {
            (true, Line::Runs) => Line::Stopped,
            (true, _) if probe => Line::Stopped,
            (false, _) if probe => Line::Runs,
            (_, line) => line,
        };
        let turned = probe || line != next.line;
        next.line = line;
        if pauses || turned {
            tell_the_queue(next);
        }
        Some(Said::Done)
    }

    fn tell(&self, invitation: &mut Invitation, action: Action) -> Option<Said> {
        let made = invitation.state != State::Absent;
        match action {
            Action::Show(_) if made && invitation.seen != Seen::Noted => {
                invitation.says = match (invitation.state, invitation.call) {
                    (_, Some(Call::Heard(Answer::Accepted)))
                        if self.slips(Slip::ToldBeforeWritten) =>
                    {
                        State::Accepted
                    }
                    (State::Unknown, _) if self.slips(Slip::UnknownIsShownAsAccepted) => {
                        State::Accepted
                    }
                    (state, _) => state,
                };
                invitation.seen = Seen::Shown;
            }
            Action::Note(_) if invitation.seen == Seen::Shown => invitation.seen = Seen::Noted,
            _ => return None,
        }
        Some(Said::Done)
    }

    fn life(&self, next: &mut World, action: Action) -> Option<Said> {
        let dies = action == Action::Crash;
        (next.up == dies).then_some(())?;
        next.up = !dies;
        for invitation in &mut next.invitations {
            invitation.call = None;
            if invitation.state != State::Sending {
                continue;
            }
            match self.slip {
                Some(Slip::IntentIsNotCommitted) if dies => {
                    invitation.count -= 1;
                    invitation.attempts[invitation.count] = Attempt::default();
                    invitation.becomes(State::Queued);
                }
                _ if dies => {}
                Some(Slip::RecoveryForgets) => {}
                Some(Slip::RecoveryRequeues) => {
                    close(invitation, Outcome::NotAccepted, State::Queued);
                }
                _ => close(invitation, Outcome::Unknown, State::Unknown),
            }
        }
        if let (false, Line::Probed(_)) = (dies, next.line) {
            next.line = Line::Due;
        }
        Some(Said::Done)
    }
}

impl Answer {
    /// The provider's own error, or none knows what: its line stops.
    fn is_trouble(self) -> bool {
        matches!(self, Self::Busy | Self::Unknown)
    }
}

fn may(world: &World, by: usize) -> bool {
    by == 1 || world.access != Access::Revoked
}

/// Admins see all, staff their own.
fn may_see(world: &World, by: usize, what: usize) -> bool {
    may(world, by) && (by == 1 || world.invitations[what].draft == by)
}

fn fill(next: &mut World, by: usize, action: Action) -> Option<Said> {
    may(next, by).then_some(())?;
    let (from, to) = match action {
        Action::Fill(_) => (Draft::None, Draft::At(1)),
        _ => (Draft::At(1), Draft::At(2)),
    };
    (next.drafts[by] == from).then(|| next.drafts[by] = to)?;
    Some(Said::Done)
}

/// A person's word on an invitation. Buttons that are not on its card are left out: they are
/// stale, whatever they say.
fn word(next: &mut World, action: Action) -> Option<Said> {
    let (by, what) = match action {
        Action::Cancel { by, what }
        | Action::Arrived { by, what }
        | Action::Missing { by, what } => (by, what),
        Action::Release(what) => (1, what),
        _ => return None,
    };
    may_see(next, by, what).then_some(())?;
    let invitation = &mut next.invitations[what];
    let state = match (action, invitation.state) {
        (Action::Cancel { .. }, State::Queued | State::Held) if invitation.doubt => State::Unknown,
        (Action::Cancel { .. }, State::Queued | State::Held) => State::Cancelled,
        (Action::Release(_), State::Held) => State::Queued,
        (Action::Arrived { .. }, State::Unknown) => State::ConfirmedSent,
        (Action::Missing { .. }, State::Unknown) => State::ConfirmedNotSent,
        _ => return None,
    };
    invitation.doubt &= state != State::ConfirmedNotSent;
    if let Action::Cancel { .. } = action {
        invitation.consent = None;
    }
    invitation.becomes(state);
    Some(Said::Done)
}

/// Works beside a bot that runs or does not.
fn access(next: &mut World, action: Action) -> Option<Said> {
    match (action, next.access) {
        (Action::Revoke, Access::Granted) => {
            next.access = Access::Revoked;
            if let Draft::At(_) = next.drafts[0] {
                next.drafts[0] = Draft::Gone;
            }
            let invitation = &mut next.invitations[0];
            match invitation.state {
                State::Queued => invitation.becomes(State::Held),
                State::Sending => invitation.revoked = true,
                _ => {}
            }
        }
        (Action::Allow, Access::Revoked) => {
            next.access = Access::GrantedAgain;
            next.invitations[0].revoked = false;
        }
        _ => return None,
    }
    Some(Said::Done)
}

fn provider(invitation: &mut Invitation, attempt: usize, takes: bool) -> Option<Said> {
    let is_open = invitation.call.is_some() && attempt + 1 == invitation.count;
    let one = invitation.attempts.get_mut(attempt)?;
    (one.fate == Fate::Arrived).then_some(())?;
    one.fate = match (takes, is_open) {
        (true, _) => Fate::Taken,
        (false, true) => Fate::Declined,
        // There is nobody left to be told.
        (false, false) => Fate::Nothing,
    };
    invitation.letters += u8::from(takes);
    Some(Said::Done)
}

/// The attempt is over, as far as the bot is concerned.
fn close(invitation: &mut Invitation, outcome: Outcome, state: State) {
    let attempt = invitation.last();
    attempt.outcome = outcome;
    if attempt.fate == Fate::Declined {
        attempt.fate = Fate::Nothing;
    }
    invitation.call = None;
    invitation.doubt |= outcome == Outcome::Unknown;
    invitation.revoked &= state == State::Queued;
    invitation.becomes(state);
}

/// Why the queue waits has changed: its messages are to say so.
fn tell_the_queue(world: &mut World) {
    for invitation in &mut world.invitations {
        if invitation.state == State::Queued {
            invitation.seen = Seen::Outdated;
        }
    }
}
