//! What the bot gave its word for, and when: read from what it sent over its sockets, which
//! stands in the same log as what it wrote to the disk. So the order of both is exact.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::trace::Call;
use crate::far_end::DIRECTORY;

/// Something that must be true after a loss of power.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// Telegram was told to forget this update.
    Acknowledged(i64),
    /// A provider has a whole request with this hash.
    Called(Vec<u8>),
    /// A person may have seen this text,
    Shown(String),
    /// or these words as the answer to a press,
    Answered(String),
    /// and may press this button.
    Offered(String),
}

/// A promise, and whether a copy of the database without it must be known as one.
#[derive(Clone, Debug)]
pub struct Given {
    pub promise: Promise,
    pub is_marked: bool,
}

/// What went over one connection: the bytes, and the places at which parts of them began.
#[derive(Default)]
struct Stream {
    bytes: Vec<u8>,
    parts: Vec<(usize, usize)>,
}

impl Stream {
    fn add(&mut self, place: usize, bytes: &[u8]) {
        self.parts.push((self.bytes.len(), place));
        self.bytes.extend_from_slice(bytes);
    }

    /// The place at which this byte was on its way.
    fn place(&self, byte: usize) -> usize {
        let part = self.parts.partition_point(|(from, _)| *from <= byte).saturating_sub(1);
        self.parts.get(part).map_or(0, |(_, place)| *place)
    }
}

/// All connections of a process, by the names of their sockets.
#[derive(Default)]
struct Lines {
    ports: BTreeMap<String, u16>,
    sent: BTreeMap<String, Stream>,
    received: BTreeMap<String, Stream>,
}

/// A request of HTTP.
struct Request {
    /// When its first byte was on its way, and when its last.
    begun: usize,
    whole: usize,
    path: String,
    body: Vec<u8>,
}

/// Everything that a process gave its word for, by the places at which it did. Telegram listens
/// at this port; all others are providers.
pub fn given(calls: &[Call], telegram: u16) -> Vec<(usize, Promise)> {
    let mut lines = Lines::default();
    calls.iter().for_each(|call| lines.take(call));
    let mut found = Vec::new();
    let handed: Vec<(usize, i64)> = lines.received.values().flat_map(updates).collect();
    for (socket, stream) in &lines.sent {
        let is_telegram = lines.ports.get(socket) == Some(&telegram);
        for request in requests(stream) {
            match is_telegram {
                true => told(&request, &handed, &mut found),
                false => {
                    // To look an organisation up promises nothing.
                    if !request.path.starts_with(DIRECTORY) {
                        let hash = Sha256::digest(&request.body).to_vec();
                        found.push((request.whole, Promise::Called(hash)));
                    }
                }
            }
        }
    }
    found.sort_by_key(|(place, _)| *place);
    // What was said once stays said; but every call is one more.
    let mut before = BTreeSet::new();
    found.retain(|(_, it)| matches!(it, Promise::Called(_)) || before.insert(it.clone()));
    found
}

impl Lines {
    fn take(&mut self, call: &Call) {
        let socket = call.target(0).to_string_lossy().into_owned();
        if !socket.starts_with("socket:") {
            return;
        }
        // What a process sent last may all have gone out; what it got last, nobody read.
        let count = call.returned.map(|count| usize::try_from(count).unwrap_or(0));
        match call.name.as_str() {
            "connect" => {
                let port = call.argument(1).split_once("htons(").and_then(|(_, rest)| {
                    rest.split_once(')').and_then(|(port, _)| port.parse().ok())
                });
                self.ports.insert(socket, port.unwrap_or(0));
            }
            // What was to be sent may be on its way from the beginning of the call on.
            "sendto" | "write" | "writev" => {
                let bytes = call.bytes(1);
                let bytes = bytes.get(..count.unwrap_or(bytes.len())).unwrap_or_default();
                self.sent.entry(socket).or_default().add(call.began, bytes);
            }
            "recvfrom" if count.is_some() => {
                self.received.entry(socket).or_default().add(call.ended, &call.bytes(1));
            }
            _ => {}
        }
    }
}

/// More than any head of a request has.
const LONGEST_HEAD: usize = 4096;

/// The whole requests on a connection.
fn requests(stream: &Stream) -> Vec<Request> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(rest) = stream.bytes.get(from..).filter(|rest| !rest.is_empty()) {
        let text = String::from_utf8_lossy(rest.get(..LONGEST_HEAD).unwrap_or(rest));
        let Some((head, _)) = text.split_once("\r\n\r\n") else { break };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
        });
        let end = head.len() + 4 + length.unwrap_or(0);
        let Some(body) = rest.get(head.len() + 4..end) else { break };
        found.push(Request {
            begun: stream.place(from),
            whole: stream.place(from + end - 1),
            path: head.split(' ').nth(1).unwrap_or_default().to_owned(),
            body: body.to_vec(),
        });
        from += end;
    }
    found
}

/// The updates that came over a connection, and when.
fn updates(stream: &Stream) -> Vec<(usize, i64)> {
    const KEY: &str = "\"update_id\":";
    let text = String::from_utf8_lossy(&stream.bytes);
    let ids = text.match_indices(KEY).filter_map(|(at, _)| {
        let rest = text.get(at + KEY.len()..)?;
        let digits: String = rest.trim_start().chars().take_while(char::is_ascii_digit).collect();
        // The text may be longer than the bytes, where these are not text; never where ids are.
        Some((stream.place(at + KEY.len() + digits.len()), digits.parse().ok()?))
    });
    ids.collect()
}

/// What a request to Telegram promises.
fn told(request: &Request, handed: &[(usize, i64)], found: &mut Vec<(usize, Promise)>) {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let method = request.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    match method.as_str() {
        "getupdates" => {
            let offset = body.get("offset").and_then(Value::as_i64).unwrap_or(0);
            let before = handed.iter().filter(|(at, id)| *at < request.whole && *id < offset);
            let ids: BTreeSet<i64> = before.map(|(_, id)| *id).collect();
            let promises = ids.into_iter().map(Promise::Acknowledged);
            found.extend(promises.map(|promise| (request.whole, promise)));
        }
        "sendmessage" | "editmessagetext" | "answercallbackquery" => {
            let text = body.get("text").and_then(Value::as_str).unwrap_or_default();
            if method == "answercallbackquery" {
                found.push((request.begun, Promise::Answered(text.to_owned())));
            } else {
                found.push((request.begun, Promise::Shown(words(text))));
            }
            for data in buttons(&body) {
                found.push((request.begun, Promise::Offered(data)));
            }
        }
        "editmessagereplymarkup" => {
            let offered = buttons(&body).into_iter().map(Promise::Offered);
            found.extend(offered.map(|promise| (request.begun, promise)));
        }
        _ => {}
    }
}

fn buttons(body: &Value) -> Vec<String> {
    let rows = body.pointer("/reply_markup/inline_keyboard").and_then(Value::as_array);
    let buttons = rows.into_iter().flatten().filter_map(Value::as_array).flatten();
    let data = buttons.filter_map(|button| button.get("callback_data")?.as_str());
    data.map(str::to_owned).collect()
}

/// A text without its tags.
fn words(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for letter in html.chars() {
        match letter {
            '<' => inside = true,
            '>' if inside => inside = false,
            letter if !inside => text.push(letter),
            _ => {}
        }
    }
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(place: usize, name: &str, target: &str, data: &str) -> Call {
        let bytes: String = data.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
        Call {
            began: 10 * place,
            ended: 10 * place + 5,
            name: name.to_owned(),
            arguments: vec![format!("9<{target}>"), format!("\"{bytes}\"")],
            returned: Some(i64::try_from(data.len()).unwrap()),
        }
    }

    fn connects(target: &str, port: u16) -> Call {
        let mut call = call(0, "connect", target, "");
        call.arguments[1] = format!("{{sa_family=AF_INET, sin_port=htons({port})}}");
        call
    }

    fn request(method: &str, body: &str) -> String {
        format!("POST /bot1:x/{method} HTTP/1.1\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    }

    #[test]
    fn what_was_said_counts_from_its_first_byte_and_a_call_from_its_last() {
        let (telegram, provider) = ("socket:[1]", "socket:[2]");
        let shown = request(
            "SendMessage",
            r#"{"text":"✅ <b>№1</b>: принято &amp; a@b.ru","reply_markup":{"inline_keyboard":[[{"text":"x","callback_data":"c:1:2:open"}]]}}"#,
        );
        let (begin, end) = shown.split_at(40);
        let invited = request("invite", "body");
        let (head, body) = invited.split_at(20);
        let cut = request("SendMessage", r#"{"text":"cut"}"#);
        let (cut, _) = cut.split_at(70);
        let calls = [
            connects(telegram, 443),
            connects(provider, 80),
            call(1, "recvfrom", telegram, r#"{"result":[{"update_id":7},{"update_id"#),
            call(2, "recvfrom", telegram, r#"":8}]}"#),
            call(3, "sendto", telegram, &request("GetUpdates", r#"{"offset":8}"#)),
            call(4, "writev", telegram, begin),
            call(5, "writev", provider, head),
            call(6, "writev", telegram, end),
            call(7, "writev", provider, body),
            call(8, "sendto", telegram, &request("GetUpdates", r#"{"offset":9}"#)),
            call(9, "sendto", telegram, cut),
        ];
        assert_eq!(
            given(&calls, 443),
            [
                (30, Promise::Acknowledged(7)),
                (40, Promise::Shown("✅ №1: принято & a@b.ru".into())),
                (40, Promise::Offered("c:1:2:open".into())),
                (70, Promise::Called(Sha256::digest("body").to_vec())),
                (80, Promise::Acknowledged(8)),
            ]
        );
    }
}
