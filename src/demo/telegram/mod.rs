//! Telegram played on loopback: a strict Bot API server that a real teloxide bot is pointed at with
//! `TELOXIDE_API_URL`, and the people who talk to that bot. What the real server refuses, it
//! refuses, in the real server's words; webhooks, files and reply keyboards are not played.
//!
//! Reading order: `message` (what is said), `state` (what the server knows), `api` (requests),
//! `methods` (what each one does), `people` and `watching` (the words of a test).

mod api;
mod commands;
mod html;
mod markup;
mod message;
mod methods;
mod params;
mod people;
mod server;
mod state;
mod text;
mod updates;
mod watching;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::watch;

pub use commands::Command;
pub use message::{Action, Author, Button, Entity, Message, Person, Place, PlaceKind, transcript};
pub use people::{Press, Toast};
pub use state::{Fault, Refusal, Request};
pub use watching::NotSeen;

use server::Server;
use state::State;

/// What is called before a press reaches the bot: the message pressed and the label of its button.
pub type OnPress = Box<dyn Fn(&Message, &str) + Send + Sync>;

/// A stand-in of Telegram. Clones are handles to the same one; the last handle stops the server.
#[derive(Clone)]
pub struct Telegram {
    world: Arc<World>,
    server: Arc<Server>,
}

impl Telegram {
    /// Starts a stand-in on a free loopback port.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start() -> io::Result<Self> {
        let world = Arc::new(World::new());
        let server = Arc::new(Server::start(Arc::clone(&world)).await?);
        Ok(Self { world, server })
    }

    /// The base address, for `TELOXIDE_API_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// The only token that is accepted, of the shape of a real one.
    pub fn token(&self) -> String {
        state::TOKEN.to_owned()
    }

    /// The bot's username, without `@`.
    pub fn bot_username(&self) -> &'static str {
        state::BOT_USERNAME
    }

    /// The name that people see above the chat.
    pub fn bot_name(&self) -> &'static str {
        state::BOT_NAME
    }

    /// An outage: every connection is cut and new ones are refused, until [`Self::comes_back`].
    pub async fn goes_down(&self) {
        self.server.stop().await;
    }

    /// The end of an outage: the same port answers again, nothing is forgotten.
    ///
    /// # Errors
    /// When the port has been taken by somebody else meanwhile.
    pub async fn comes_back(&self) -> io::Result<()> {
        self.server.serve(Arc::clone(&self.world)).await
    }

    /// The next `times` calls of `method` (any case) go wrong as told; faults queue up.
    pub fn fails(&self, method: &str, times: usize, fault: Fault) {
        let method = method.to_ascii_lowercase();
        self.world.change(|state| {
            state.faults.extend(std::iter::repeat_n((method, fault), times));
        });
    }

    /// What was refused because the bot asked for something that Telegram does not grant, oldest
    /// first. Faults that were ordered with [`Self::fails`] are not among them.
    pub fn refusals(&self) -> Vec<Refusal> {
        self.world.state().refusals.clone()
    }

    /// Takes the refusals out, so that a test can expect some and then assert that no more came.
    pub fn takes_refusals(&self) -> Vec<Refusal> {
        std::mem::take(&mut self.world.state().refusals)
    }

    /// Every request but `getUpdates`, oldest first, with its parameters and its answer.
    pub fn requests(&self) -> Vec<Request> {
        self.world.state().requests.iter().cloned().collect()
    }

    /// The update kinds that the bot asked for in `getUpdates`; `None` before it named any.
    pub fn allowed_updates(&self) -> Option<Vec<String>> {
        self.world.state().queue.allowed()
    }

    /// How many updates the bot has not confirmed yet.
    pub fn pending_updates(&self) -> usize {
        self.world.state().queue.pending()
    }

    /// The ids of the updates that the bot has confirmed, oldest first: they are forgotten here.
    pub fn confirmed_updates(&self) -> Vec<i64> {
        self.world.state().queue.confirmed()
    }

    /// Hands the newest update out once more, under the id it had, as happens when a confirmation
    /// is lost.
    pub fn repeat_last_update(&self) {
        self.world.change(|state| state.queue.repeat_last());
    }

    /// Hands this out as one more update, whatever it is.
    pub fn hands_out(&self, json: &str) {
        self.world.change(|state| state.queue.hand_out(json));
    }

    /// From the next update on, ids count from here, as they do after a quiet week.
    pub fn restarts_ids_at(&self, first: i64) {
        self.world.change(|state| state.queue.restart_ids(first));
    }

    /// From now on new updates come in any order, with old ones among them.
    pub fn muddles_updates(&self, seed: u64) {
        self.world.change(|state| state.queue.muddle(seed));
    }

    /// Calls `hook` before each press is queued for the bot. The newest hook replaces the older.
    pub fn on_press(&self, hook: OnPress) {
        *lock(&self.world.on_press) = Some(Arc::new(hook));
    }

    /// A number that grows with everything that happens.
    pub fn version(&self) -> u64 {
        self.world.state().version
    }

    /// Tells the version whenever it grows.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.world.version.subscribe()
    }
}

/// What the server and the people share.
struct World {
    state: Mutex<State>,
    version: watch::Sender<u64>,
    on_press: Mutex<Option<Arc<OnPress>>>,
}

impl World {
    fn new() -> Self {
        Self {
            state: Mutex::new(State::new()),
            version: watch::Sender::new(0),
            on_press: Mutex::new(None),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// The only way to change the state: everybody who waits looks again afterwards.
    fn change<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let (result, version) = {
            let mut state = self.state();
            state.version += 1;
            (act(&mut state), state.version)
        };
        self.version.send_replace(version);
        result
    }

    fn pressed(&self, message: &Message, label: &str) {
        let hook = lock(&self.on_press).clone();
        if let Some(hook) = hook {
            hook(message, label);
        }
    }
}

/// A panic elsewhere while holding the lock does not matter to a stand-in.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The members of a JSON object; nothing for any other value.
fn members(value: Value) -> serde_json::Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => serde_json::Map::new(),
    }
}
