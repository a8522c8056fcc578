//! Breadth first through everything that can happen, so that the first trace found is a shortest
//! one.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::promises;
use crate::rules::{Action, Scope};
use crate::world::World;

/// What was found.
pub struct Found {
    pub states: usize,
    pub transitions: usize,
    /// The longest of the shortest ways to a state.
    pub depth: usize,
    /// Whether nothing more can happen than what was seen.
    pub is_whole: bool,
    /// What never happened.
    pub idle: Vec<Action>,
    pub broken: Option<Broken>,
}

/// A broken promise, and a shortest way to it.
#[derive(Debug)]
pub struct Broken {
    pub promise: &'static str,
    pub trace: Vec<Action>,
}

/// Looks at every state that can be reached in so many steps, or up to the first broken promise.
pub fn search(scope: &Scope, deepest: usize) -> Found {
    let actions = scope.actions();
    let first = World { up: true, ..World::default() };
    let mut seen: HashMap<World, (), BuildHasherDefault<Mix>> = HashMap::default();
    seen.insert(first, ());
    // How each state was reached first: from which, and by what.
    let mut ways: Vec<(usize, Action)> = vec![(0, Action::Start)];
    let mut layer = vec![(first, 0)];
    let mut happened = vec![false; actions.len()];
    let mut found = Found {
        states: 1,
        transitions: 0,
        depth: 0,
        is_whole: false,
        idle: Vec::new(),
        broken: None,
    };
    while !layer.is_empty() && found.depth < deepest {
        let mut next = Vec::new();
        for (world, way) in &layer {
            for (&action, happened) in actions.iter().zip(&mut happened) {
                let Some((after, _)) = scope.step(world, action) else { continue };
                *happened = true;
                found.transitions += 1;
                let misstep = promises::misstep(world, action, &after);
                if misstep.is_none() && seen.insert(after, ()).is_some() {
                    continue;
                }
                ways.push((*way, action));
                if let Some(promise) = misstep.or_else(|| promises::broken(&after, scope.same)) {
                    found.broken = Some(Broken { promise, trace: trace(&ways) });
                    found.states = ways.len();
                    return found;
                }
                next.push((after, ways.len() - 1));
            }
        }
        found.depth += usize::from(!next.is_empty());
        layer = next;
    }
    found.is_whole = layer.is_empty();
    found.states = ways.len();
    let idle = actions.iter().zip(&happened).filter(|(_, happened)| !**happened);
    found.idle = idle.map(|(action, _)| *action).collect();
    found
}

fn trace(ways: &[(usize, Action)]) -> Vec<Action> {
    let mut trace = Vec::new();
    let mut at = ways.len() - 1;
    while at > 0 {
        let (from, action) = ways[at];
        trace.push(action);
        at = from;
    }
    trace.reverse();
    trace
}

/// A quick hash: nobody chooses the states to make them collide.
#[derive(Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u8(*byte);
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.0 = (self.0.rotate_left(5) ^ u64::from(value)).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    fn write_usize(&mut self, value: usize) {
        self.0 = (self.0.rotate_left(5) ^ value as u64).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    fn write_isize(&mut self, value: isize) {
        self.write_usize(value.cast_unsigned());
    }
}
