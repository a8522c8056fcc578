//! Sets up the log on stderr, and limits what dependencies put there.

use std::io::IsTerminal as _;
use std::panic::PanicHookInfo;

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{FilterExt as _, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt};

use crate::config::{LogFormat, LogSettings};

/// A panic is logged without its message.
pub fn start(settings: &LogSettings) -> anyhow::Result<()> {
    subscriber(settings, std::io::stderr, std::io::stderr().is_terminal())?.try_init()?;
    std::panic::set_hook(Box::new(tell_panic));
    Ok(())
}

fn subscriber(
    settings: &LogSettings,
    writer: impl for<'w> MakeWriter<'w> + Send + Sync + 'static,
    colours: bool,
) -> anyhow::Result<impl Subscriber + Send + Sync + 'static> {
    let lines = fmt::layer().with_writer(writer);
    let lines = match settings.format {
        LogFormat::Text => lines.with_ansi(colours).boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    let filter = EnvFilter::try_new(&settings.filter)?.and(cap());
    Ok(tracing_subscriber::registry().with(lines.with_filter(filter)))
}

/// Above any `RUST_LOG`: details of dependencies hold tokens, addresses and requests, and teloxide
/// warns with whole updates.
fn cap() -> Targets {
    Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target(env!("CARGO_CRATE_NAME"), LevelFilter::TRACE)
        .with_target("teloxide", LevelFilter::OFF)
}

/// A panic's message may quote what a person typed.
fn tell_panic(panic: &PanicHookInfo<'_>) {
    crate::monitor::count_panic();
    let place = panic.location().map(ToString::to_string);
    tracing::error!(place, "panicked");
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Page {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    /// What is in the log after `work`.
    fn logged(filter: &str, format: LogFormat, work: impl FnOnce()) -> String {
        let page = Page::default();
        let writer = page.clone();
        let settings = LogSettings { filter: filter.to_owned(), format };
        let subscriber = subscriber(&settings, move || writer.clone(), false).unwrap();
        tracing::subscriber::with_default(subscriber, work);
        page.text()
    }

    #[test]
    fn no_filter_lets_a_dependency_talk_below_a_warning() {
        for filter in
            ["trace", "hyper=trace,sqlx=trace,reqwest=trace,teloxide=trace", "[work]=trace"]
        {
            let log = logged(filter, LogFormat::Text, || {
                let _span = tracing::error_span!("work").entered();
                tracing::debug!(target: "hyper::proto", "canary");
                tracing::info!(target: "sqlx::query", "canary");
                tracing::trace!(target: "reqwest::connect", "canary");
                tracing::debug!(target: "rustls", "canary");
                tracing::trace!(target: "h2", "canary");
                tracing::error!(target: "teloxide::dispatching", "canary");
                tracing::warn!(target: "teloxide_core", "canary");
                tracing::info_span!(target: "hyper", "canary").in_scope(|| ());
            });
            assert_eq!(log, "", "{filter}");
        }
    }

    #[test]
    fn our_own_details_and_the_warnings_of_others_are_there() {
        let log = logged("trace", LogFormat::Text, || {
            tracing::trace!("ours");
            tracing::warn!(target: "sqlx::query", "slow");
        });
        assert!(log.contains("ours") && log.contains("slow"), "{log}");
    }

    #[test]
    fn the_operator_decides_below_the_cap() {
        let log = logged("warn", LogFormat::Text, || tracing::info!("ours"));
        assert_eq!(log, "");
    }

    #[test]
    fn json_is_one_object_a_line() {
        let log = logged("info", LogFormat::Json, || tracing::info!(number = 7, "two\nlines"));
        let line: serde_json::Value = serde_json::from_str(&log).unwrap();
        assert_eq!(line["fields"]["number"], 7);
        assert_eq!(log.lines().count(), 1);
    }

    #[test]
    fn a_panic_is_told_by_its_place_alone() {
        let log = logged("info", LogFormat::Text, || {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(tell_panic));
            let _caught = std::panic::catch_unwind(|| panic!("canary"));
            std::panic::set_hook(before);
        });
        assert!(log.contains("log.rs") && !log.contains("canary"), "{log}");
    }
}
