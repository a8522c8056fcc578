//! What the server and the people share: the state, and who waits for it to change.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::message::Message;
use super::state::State;

/// What is called before a press reaches the bot: the message pressed and the label of its button.
pub type OnPress = Box<dyn Fn(&Message, &str) + Send + Sync>;

/// What the server and the people share.
pub(super) struct World {
    state: Mutex<State>,
    pub(super) version: watch::Sender<u64>,
    pub(super) on_press: Mutex<Option<Arc<OnPress>>>,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State::new()),
            version: watch::Sender::new(0),
            on_press: Mutex::new(None),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// The only way to change the state: everybody who waits looks again afterwards.
    pub(super) fn change<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let (result, version) = {
            let mut state = self.state();
            state.version += 1;
            (act(&mut state), state.version)
        };
        self.version.send_replace(version);
        result
    }

    pub(super) fn pressed(&self, message: &Message, label: &str) {
        let hook = lock(&self.on_press).clone();
        if let Some(hook) = hook {
            hook(message, label);
        }
    }
}

/// A panic elsewhere while holding the lock does not matter to a stand-in.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
