//! I8: what was acknowledged to Telegram is stored, and takes effect once. A model of the inbox,
//! searched like the other one and walked by the real store; what an update does when it takes
//! effect is the matter of the other model, where it may do so at any time.

use super::search::{Rules, WHOLE, breaks, holds};

/// The updates there are.
pub const COUNT: usize = 2;

/// How often an update is tried.
pub const TRIES: u8 = 3;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct World {
    up: bool,
    pub updates: [Update; COUNT],
}

/// One update.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Update {
    /// The process has it, and has not stored it yet.
    in_hand: bool,
    /// Telegram was told that it need not be handed out again.
    acknowledged: bool,
    pub stored: bool,
    pub tries: u8,
    /// A handler of this process works on it.
    work: Work,
    pub done: bool,
    pub parked: bool,
    /// The person saw what came of it.
    pub answered: bool,
    /// How often it took effect.
    pub effects: u8,
}

/// How far its handler is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
enum Work {
    #[default]
    None,
    Begun,
    /// It took effect; the person is to see it.
    Applied,
}

/// Something that happens to an update, or to the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Telegram hands it out, again too, whatever was acknowledged.
    Comes(usize),
    /// T0.
    Store(usize),
    Acknowledge(usize),
    /// A try is counted, or the last one was.
    Begin(usize),
    /// T1: its effect and that it is done, in one transaction.
    Apply(usize),
    /// The person sees what came of it; or nothing is to come of it.
    Answer(usize),
    /// The handler fails, before it took effect or after.
    Fail(usize),
    Crash,
    Start,
}

/// A mistake in the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slip {
    AcknowledgedBeforeStored,
    EffectAloneIsCommitted,
    DoneIsDoneAgain,
    TriesAreNotCounted,
}

/// The rules of the inbox, with a mistake or without.
#[derive(Default)]
pub struct Inbox(Option<Slip>);

impl Rules for Inbox {
    type World = World;
    type Action = Action;

    fn first(&self) -> World {
        World { up: true, ..World::default() }
    }

    fn actions(&self) -> Vec<Action> {
        let of = |one| {
            [
                Action::Comes(one),
                Action::Store(one),
                Action::Acknowledge(one),
                Action::Begin(one),
                Action::Apply(one),
                Action::Answer(one),
                Action::Fail(one),
            ]
        };
        let lives = [Action::Crash, Action::Start];
        (0..COUNT).flat_map(of).chain(lives).collect()
    }

    fn next(&self, world: &World, action: Action) -> Option<World> {
        let mut next = *world;
        let life = match action {
            Action::Crash => Some(true),
            Action::Start => Some(false),
            _ => None,
        };
        if let Some(dies) = life {
            (world.up == dies).then_some(())?;
            next.up = !dies;
            for update in &mut next.updates {
                (update.in_hand, update.work) = (false, Work::None);
            }
            return Some(next);
        }
        let (Action::Comes(one)
        | Action::Store(one)
        | Action::Acknowledge(one)
        | Action::Begin(one)
        | Action::Apply(one)
        | Action::Answer(one)
        | Action::Fail(one)) = action
        else {
            return None;
        };
        let changed = self.change(&mut next.updates[one], action);
        (world.up && changed).then_some(next)
    }

    fn broken(&self, before: &World, _: Action, after: &World) -> Option<&'static str> {
        before.updates.iter().zip(&after.updates).find_map(|(old, new)| {
            if new.acknowledged && !new.stored {
                return Some("I8: acknowledged, and not stored");
            }
            if new.effects > 1 {
                return Some("I8: it took effect twice");
            }
            if new.done && new.parked {
                return Some("I8: given up, and done");
            }
            if new.parked && !old.parked && new.tries < TRIES {
                return Some("I8: given up before its time");
            }
            (new.tries > TRIES).then_some("I8: tried for ever")
        })
    }
}

impl Inbox {
    fn slips(&self, slip: Slip) -> bool {
        self.0 == Some(slip)
    }

    /// Whether it can happen; what comes of it.
    fn change(&self, it: &mut Update, action: Action) -> bool {
        let waits = it.stored && !it.done && !it.parked;
        match action {
            Action::Comes(_) => !std::mem::replace(&mut it.in_hand, true),
            Action::Store(_) => {
                let stores = std::mem::take(&mut it.in_hand);
                it.stored |= stores;
                stores
            }
            Action::Acknowledge(_) => {
                let may = it.stored || (it.in_hand && self.slips(Slip::AcknowledgedBeforeStored));
                may && !std::mem::replace(&mut it.acknowledged, true)
            }
            Action::Begin(_) => {
                let again = self.slips(Slip::DoneIsDoneAgain) && it.done && !it.answered;
                let begins = (waits || again) && it.work == Work::None;
                match (begins, it.tries < TRIES || self.slips(Slip::TriesAreNotCounted)) {
                    (false, _) => {}
                    (true, true) => (it.tries, it.work) = (it.tries + 1, Work::Begun),
                    (true, false) => it.parked = true,
                }
                begins
            }
            Action::Apply(_) => {
                let applies = it.work == Work::Begun;
                if applies {
                    it.work = Work::Applied;
                    it.effects += 1;
                    it.done = !self.slips(Slip::EffectAloneIsCommitted);
                }
                applies
            }
            Action::Answer(_) => {
                let answers = std::mem::take(&mut it.work) != Work::None;
                it.done |= answers;
                it.answered |= answers;
                answers
            }
            Action::Fail(_) => {
                let fails = std::mem::take(&mut it.work) != Work::None;
                it.parked |= fails && !it.done && it.tries >= TRIES;
                fails
            }
            Action::Crash | Action::Start => false,
        }
    }
}

#[test]
fn whatever_happens_to_updates_each_is_stored_and_takes_effect_once() {
    holds("updates", &Inbox::default(), WHOLE);
}

#[test]
fn every_mistake_of_the_inbox_is_found() {
    for (slip, promise) in [
        (Slip::AcknowledgedBeforeStored, "I8: acknowledged, and not stored"),
        (Slip::EffectAloneIsCommitted, "I8: it took effect twice"),
        (Slip::DoneIsDoneAgain, "I8: it took effect twice"),
        (Slip::TriesAreNotCounted, "I8: tried for ever"),
    ] {
        breaks(&format!("{slip:?}"), &Inbox(Some(slip)), promise);
    }
}
