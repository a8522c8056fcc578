//! What the clients and the libraries beneath them write to the log.

use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard};

use invite_bot::domain::Provider;
use invite_bot::door::Pass;
use tracing_subscriber::filter::LevelFilter;

use super::directory::{KEY, Memory, inn, patient};
use super::{body, providers, word};
use crate::support::alone::{is_alone, passes, process_for};
use crate::support::fault_server::{Behaviour, Server, closed_port, http};
use crate::support::samples::TOKEN;
use crate::support::wait::PATIENCE;

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log(MutexGuard<'static, Vec<u8>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn neither_the_key_nor_the_client_is_ever_logged() {
    if !is_alone() {
        // The log is that of the whole process.
        let test = "providers::logs::neither_the_key_nor_the_client_is_ever_logged";
        return passes(&mut process_for(test));
    }
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(|| Log(LOG.lock().unwrap()))
        .init();
    let json = "Content-Type: application/json";
    let echo = br#"{"result":"iam@mail.ru 1215107651","error":null}"#;
    let servers = [
        Server::start(Behaviour::Answer(http(200, &[json], echo))).await,
        Server::start(Behaviour::Answer(http(422, &[json], echo))).await,
        Server::start(Behaviour::ReadThenReset).await,
        Server::start(Behaviour::Close).await,
    ];
    // What DaData says when the key is wrong or the quota of the day is used up.
    let quotes = format!(
        r#"{{"family":"CLIENT_ERROR","reason":"Forbidden","message":"Feature 'SUGGESTIONS' disabled for token '{KEY}'. See https://dadata.userecho.com/topics/1834 for help."}}"#
    );
    let memory = Memory::new().await;
    for (status, word) in [(403, "wrong key"), (429, "over quota"), (500, "down")] {
        let answer = http(status, &[json], quotes.as_bytes());
        let server = Server::start(Behaviour::Answer(answer)).await;
        let url = format!("http://127.0.0.1:{}/", server.port);
        let directory = memory.at(patient(), Some(&url), Some(&url));
        let lookup = directory.find(&inn("1215107651")).await;
        assert_eq!(super::directory::word(&lookup), word);
        assert!(!format!("{lookup:?} {directory:?}").contains(KEY));
    }
    let ports = servers.iter().map(|server| server.port).chain([closed_port()]);
    let mut outcomes = Vec::new();
    for port in ports {
        for provider in Provider::ALL {
            let providers = providers(PATIENCE, &format!("http://127.0.0.1:{port}/"));
            let answer = providers
                .send(provider, body(&providers, provider), Pass::promising_nothing())
                .await;
            outcomes.push(word(&answer.outcome));
        }
    }
    assert!(outcomes.contains(&"accepted".to_owned()), "{outcomes:?}");
    let [closed, read] = [Behaviour::Close, Behaviour::ReadThenClose];
    for behaviour in [closed, read] {
        let url = format!("http://127.0.0.1:{}/", Server::start(behaviour).await.port);
        memory.at(patient(), Some(&url), Some(&url)).find(&inn("1215107651")).await;
    }
    let log = String::from_utf8(LOG.lock().unwrap().clone()).unwrap();
    assert!(log.contains("a directory did not answer"), "{log}");
    assert!(log.contains("TRACE") && log.contains("other than the documented false"), "{log}");
    let secrets = [TOKEN, KEY, "iam@mail.ru", "1215107651", "121501001", "Чайка", "4f40fed3"];
    for secret in secrets {
        let told: Vec<&str> = log.lines().filter(|line| line.contains(secret)).collect();
        assert!(told.is_empty(), "{told:?}");
    }
}
