//! Answers of a provider as text, and what holds for whatever is read out of them.

use http::{HeaderMap, HeaderName, HeaderValue};
use invite_bot::domain::{Answer, tidy};
use invite_bot::providers::Response;
use serde_json::Value;

/// The longest body that the client hands over, in bytes.
const BODY_LIMIT: usize = 64 * 1024;

/// A line with the status, lines of headers, an empty line, the body.
pub fn read(bytes: &[u8]) -> Option<Response> {
    let end = bytes.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = match end {
        Some(end) => (&bytes[..end], Some(bytes[end + 2..].to_vec())),
        None => (bytes, None),
    };
    let mut lines = head.split(|&byte| byte == b'\n');
    let status: u16 = std::str::from_utf8(lines.next()?).ok()?.trim().parse().ok()?;
    // hyper knows no others.
    (100..=999).contains(&status).then_some(())?;
    let mut headers = HeaderMap::new();
    for line in lines {
        let Some(colon) = line.iter().position(|&byte| byte == b':') else { continue };
        let name = HeaderName::from_bytes(&line[..colon]);
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    let body = body.filter(|body| body.len() <= BODY_LIMIT);
    Some(Response { status, headers, body })
}

/// The body, if it is JSON and says so.
pub fn json(response: &Response) -> Option<Value> {
    let kind = response.headers.get("content-type")?.to_str().ok()?.to_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let says_so = kind == "application/json"
        || kind == "application/json-rpc"
        || kind.strip_suffix("+json").is_some();
    let body = response.body.as_deref().filter(|_| says_so)?;
    serde_json::from_slice(body).ok()
}

/// What is kept of an answer is one visible line each, of limited length.
#[track_caller]
pub fn check(response: &Response, answer: &Answer) {
    assert_eq!(answer.http_status, Some(response.status));
    let is_line = |text: &str, max| {
        (1..=max).contains(&text.chars().count()) && tidy(text).trim() == text.trim()
    };
    assert!(answer.message.as_ref().is_none_or(|message| is_line(message, 1000)));
    assert!(answer.request_id.as_ref().is_none_or(|id| is_line(id, 128)));
    if let Some(message) = &answer.message {
        let body = response.body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        assert!(message.chars().count() <= body.chars().count(), "words that nobody said");
    }
}
