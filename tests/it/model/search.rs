//! Breadth first through everything that can happen, so that the first trace found is a shortest
//! one.

use std::collections::HashSet;
use std::fmt::Debug;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::time::Instant;

/// What can happen, and what must not come of it.
pub trait Rules {
    type World: Copy + Eq + Hash;
    type Action: Copy + Debug;

    fn first(&self) -> Self::World;

    /// Everything that can happen at one time or another.
    fn actions(&self) -> Vec<Self::Action>;

    /// What comes of an action; `None`: it cannot happen now.
    fn next(&self, world: &Self::World, action: Self::Action) -> Option<Self::World>;

    /// A promise that this step breaks, or the world after it.
    fn broken(
        &self,
        before: &Self::World,
        action: Self::Action,
        after: &Self::World,
    ) -> Option<&'static str>;
}

/// What was found.
#[derive(Debug)]
pub struct Found<Action> {
    pub states: usize,
    pub transitions: usize,
    /// The longest of the shortest ways to a state.
    pub depth: usize,
    /// Whether nothing more can happen than what was seen.
    pub is_whole: bool,
    /// What never happened.
    pub idle: Vec<Action>,
    /// A broken promise, and a shortest way to it.
    pub broken: Option<(&'static str, Vec<Action>)>,
}

/// Looks at every state that can be reached in so many steps, or up to the first broken promise.
pub fn search<R: Rules>(rules: &R, deepest: usize) -> Found<R::Action> {
    let actions = rules.actions();
    let mut happened = vec![false; actions.len()];
    let mut seen: HashSet<R::World, BuildHasherDefault<Mix>> = HashSet::default();
    seen.insert(rules.first());
    // How each state was reached first: from which, and by what.
    let mut ways: Vec<(usize, Option<R::Action>)> = vec![(0, None)];
    let mut layer = vec![(rules.first(), 0)];
    let (mut transitions, mut depth, mut broken) = (0, 0, None);
    'search: while !layer.is_empty() && depth < deepest {
        let mut next = Vec::new();
        for (world, way) in &layer {
            for (&action, happened) in actions.iter().zip(&mut happened) {
                let Some(after) = rules.next(world, action) else { continue };
                *happened = true;
                transitions += 1;
                let promise = rules.broken(world, action, &after);
                if promise.is_none() && !seen.insert(after) {
                    continue;
                }
                ways.push((*way, Some(action)));
                if let Some(promise) = promise {
                    broken = Some((promise, trace(&ways)));
                    break 'search;
                }
                next.push((after, ways.len() - 1));
            }
        }
        depth += usize::from(!next.is_empty());
        layer = next;
    }
    let idle = actions.iter().zip(&happened).filter(|(_, happened)| !**happened);
    let idle = idle.map(|(action, _)| *action).collect();
    Found { states: ways.len(), transitions, depth, is_whole: layer.is_empty(), idle, broken }
}

fn trace<Action: Copy>(ways: &[(usize, Option<Action>)]) -> Vec<Action> {
    let mut trace = Vec::new();
    let mut at = ways.len() - 1;
    while let (from, Some(action)) = ways[at] {
        trace.push(action);
        at = from;
    }
    trace.reverse();
    trace
}

/// No limit: until nothing new can happen.
pub const WHOLE: usize = usize::MAX;

/// Looks at it, says how much that was, and fails with a shortest way to a broken promise, or
/// where something that is to be looked at never happens.
#[track_caller]
pub fn holds(name: &str, rules: &impl Rules, deepest: usize) {
    let begun = Instant::now();
    let found = search(rules, deepest);
    println!(
        "{name}: {} states, {} transitions, depth {}{}, {:.1} s",
        found.states,
        found.transitions,
        found.depth,
        if found.is_whole { ", all there are" } else { "" },
        begun.elapsed().as_secs_f64(),
    );
    if let Some((promise, trace)) = found.broken {
        panic!("{promise}:\n{trace:#?}");
    }
    assert_eq!(found.is_whole, deepest == WHOLE);
    let never = found.idle;
    assert!(never.is_empty() || !found.is_whole, "what never happens proves nothing: {never:?}");
}

/// Searches rules with a mistake in them, which breaks this promise.
#[track_caller]
pub fn breaks(name: &str, rules: &impl Rules, promise: &str) {
    let found = search(rules, WHOLE);
    let (broken, trace) = found.broken.unwrap_or_else(|| panic!("{name} breaks nothing"));
    println!("{name}: {broken}, found after {} states", found.states);
    for action in trace {
        println!("    {action:?}");
    }
    assert!(broken.starts_with(promise), "{name}: {broken}");
}

/// A quick hash: nobody chooses the states to make them collide.
#[derive(Default)]
struct Mix(u64);

impl Mix {
    fn mix(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.mix(u64::from(*byte)));
    }

    fn write_u8(&mut self, value: u8) {
        self.mix(u64::from(value));
    }

    fn write_usize(&mut self, value: usize) {
        self.mix(value as u64);
    }

    fn write_isize(&mut self, value: isize) {
        self.mix(value.cast_unsigned() as u64);
    }
}
