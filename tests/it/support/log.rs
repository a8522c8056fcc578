//! The log of one bot, kept to be looked into: our own words at every level, as an operator could
//! ask for them.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Layer as _, fmt};

/// What was logged. A clone is the same one.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// What writes into it.
    pub fn subscriber(&self) -> impl tracing::Subscriber + Send + Sync + 'static {
        let ours = Targets::new()
            .with_default(LevelFilter::WARN)
            .with_target("invite_bot", LevelFilter::TRACE);
        let lines = fmt::layer().with_ansi(false).with_writer(self.clone()).with_filter(ours);
        tracing_subscriber::registry().with(lines)
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// Takes everything out.
    pub fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }

    /// The lines that say that something failed inside.
    pub fn errors(&self) -> Vec<String> {
        self.text().lines().filter(|line| line.contains(" ERROR ")).map(str::to_owned).collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
