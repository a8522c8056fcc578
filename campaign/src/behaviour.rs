//! What a provider of the campaign does with a request, and what that means by the outcome rules
//! of the design. The rules are written down here a second time, on purpose: a checker that asked
//! the bot's own table would believe its mistakes.

use std::time::Duration;

use invite_bot::domain::Provider;

/// The limit of a call to a provider, of the bot under test.
pub const TIMEOUT: Duration = Duration::from_millis(600);

/// Later than any limit of a call, also that of the shipped binary.
const LATE: Duration = Duration::from_millis(2_500);

/// What an answer, or the want of one, lets the bot conclude.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The provider said that it took the invitation.
    Accepted,
    /// The provider said that it did not; the kind of refusal.
    Rejected(&'static str),
    /// Surely not taken; the kind of wait.
    NotAccepted(&'static str),
    /// Nobody knows. The campaign counts it as a letter that went out, which is the worst case.
    Unknown,
}

use Meaning::{Accepted, NotAccepted, Rejected, Unknown};

impl Meaning {
    /// Whether the provider took the invitation, or may have.
    pub fn took(self) -> bool {
        matches!(self, Accepted | Unknown)
    }
}

/// What is done with a request that was read whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// This answer: status, content type, body.
    Answer(u16, &'static str, &'static str),
    /// The documented success of the provider, after a time.
    AcceptAfter(Duration),
    /// Nothing, ever.
    Hang,
    /// The connection ends.
    Close,
    /// The connection is reset.
    Reset,
    /// The connection ends in the middle of the head of the answer.
    HalfAHead,
    /// Something that is not HTTP.
    Nonsense,
    /// The documented success breaks off.
    Truncated,
    /// A success with a body longer than anybody reads.
    Huge,
    /// The documented success, one byte after the other, for longer than the limit of a call.
    Drip,
    /// To another address of the same server, where the letter would go out too.
    Redirect(u16),
}

/// A behaviour by its name.
#[derive(Clone, Copy, Debug)]
pub struct Behaviour {
    /// What the reports call it.
    pub name: &'static str,
    /// What is done.
    pub act: Act,
    invoicebox: Meaning,
    sbis: Meaning,
}

impl Behaviour {
    /// What it means when it comes from this provider.
    pub fn means(&self, provider: Provider) -> Meaning {
        match provider {
            Provider::Invoicebox => self.invoicebox,
            Provider::Sbis => self.sbis,
        }
    }
}

const fn is(name: &'static str, act: Act, invoicebox: Meaning, sbis: Meaning) -> Behaviour {
    Behaviour { name, act, invoicebox, sbis }
}

const JSON: &str = "application/json";
const RPC: &str = "application/json-rpc; charset=utf-8";
const VENDOR: &str = "application/vnd.api+json";
const HTML: &str = "text/html";
const DATA: Meaning = Rejected("data");
const CLIENT: Meaning = Rejected("already_client");
const OTHER: Meaning = Rejected("other");
const TIME: Meaning = NotAccepted("throttled");
const KEY: Meaning = NotAccepted("config");

const REFUSED: &str = r#"{"error":{"message":"refused","code":"validation","fields":[]}}"#;
const CODES: &str =
    r#"{"jsonrpc":"2.0","error":{"code":-32000,"message":"Некорректные ИНН и КПП"},"id":0}"#;
const PAID: &str = r#"{"jsonrpc":"2.0","error":{"code":-32000,"message":"Организация связана с авторизованным аккаунтом"},"id":0}"#;
const STRANGE: &str =
    r#"{"jsonrpc":"2.0","error":{"code":-32000,"message":"Что-то пошло не так"},"id":0}"#;
const METHOD: &str =
    r#"{"jsonrpc":"2.0","error":{"code":-32601,"message":"no such method"},"id":0}"#;
const PARSE: &str = r#"{"jsonrpc":"2.0","error":{"code":-32700,"message":"parse"},"id":0}"#;
const REQUEST: &str = r#"{"jsonrpc":"2.0","error":{"code":-32600,"message":"request"},"id":0}"#;
const PARAMS: &str = r#"{"jsonrpc":"2.0","error":{"code":-32602,"message":"params"},"id":0}"#;
const BOTH: &str =
    r#"{"jsonrpc":"2.0","result":false,"error":{"code":-32000,"message":"x"},"id":0}"#;
const FALSE: &str = r#"{"jsonrpc":"2.0","result":false,"id":0}"#;
const TEXT: &str = r#"{"error":"No luck.","id":-1}"#;
const EITHER: &str = r#"{"data":{"id":"7"},"result":false}"#;

/// The documented success, at once.
pub const ACCEPT: Behaviour = is("accept", Act::AcceptAfter(Duration::ZERO), Accepted, Accepted);

/// Every behaviour of the campaign, every row of the outcome rules among them.
#[rustfmt::skip]
pub const BEHAVIOURS: &[Behaviour] = &[
    ACCEPT,
    is("accept slowly", Act::AcceptAfter(Duration::from_millis(120)), Accepted, Accepted),
    is("accept too late", Act::AcceptAfter(LATE), Unknown, Unknown),
    is("accept with a number", Act::Answer(201, JSON, r#"{"data":{"id":7}}"#), Accepted, Unknown),
    is("accept with true", Act::Answer(200, RPC, r#"{"result":true,"id":0}"#), Unknown, Accepted),
    is("accept for either", Act::Answer(202, VENDOR, EITHER), Accepted, Accepted),
    is("hang", Act::Hang, Unknown, Unknown),
    is("close", Act::Close, Unknown, Unknown),
    is("reset", Act::Reset, Unknown, Unknown),
    is("half a head", Act::HalfAHead, Unknown, Unknown),
    is("no HTTP", Act::Nonsense, Unknown, Unknown),
    is("truncated", Act::Truncated, Unknown, Unknown),
    is("huge", Act::Huge, Unknown, Unknown),
    is("drip", Act::Drip, Unknown, Unknown),
    is("200 HTML", Act::Answer(200, HTML, "<html>captive portal</html>"), Unknown, Unknown),
    is("200 empty", Act::Answer(200, JSON, ""), Unknown, Unknown),
    is("200 no id", Act::Answer(200, JSON, r#"{"data":{}}"#), Unknown, Unknown),
    is("200 id null", Act::Answer(200, JSON, r#"{"data":{"id":null}}"#), Unknown, Unknown),
    is("200 id empty", Act::Answer(200, JSON, r#"{"data":{"id":""}}"#), Unknown, Unknown),
    is("200 broken", Act::Answer(200, JSON, r#"{"data":{"id":"#), Unknown, Unknown),
    is("200 text", Act::Answer(200, "text/plain", EITHER), Unknown, Unknown),
    is("200 both", Act::Answer(200, RPC, BOTH), Unknown, Unknown),
    is("200 error", Act::Answer(200, RPC, TEXT), Unknown, OTHER),
    is("200 error null", Act::Answer(200, RPC, r#"{"result":false,"error":null}"#), Unknown, Accepted),
    is("200 error number", Act::Answer(200, RPC, r#"{"error":7}"#), Unknown, Unknown),
    is("204", Act::Answer(204, JSON, ""), Unknown, Unknown),
    is("redirect 301", Act::Redirect(301), Unknown, Unknown),
    is("redirect 302", Act::Redirect(302), Unknown, Unknown),
    is("redirect 303", Act::Redirect(303), Unknown, Unknown),
    is("redirect 307", Act::Redirect(307), Unknown, Unknown),
    is("redirect 308", Act::Redirect(308), Unknown, Unknown),
    is("304", Act::Answer(304, JSON, ""), Unknown, Unknown),
    is("400", Act::Answer(400, JSON, ""), DATA, Unknown),
    is("400 codes", Act::Answer(400, RPC, CODES), DATA, DATA),
    is("401", Act::Answer(401, JSON, ""), KEY, KEY),
    is("401 error", Act::Answer(401, RPC, STRANGE), KEY, KEY),
    is("402", Act::Answer(402, JSON, ""), Unknown, Unknown),
    is("403", Act::Answer(403, JSON, ""), KEY, Unknown),
    is("403 client", Act::Answer(403, RPC, PAID), KEY, CLIENT),
    is("404", Act::Answer(404, JSON, ""), KEY, KEY),
    is("404 error", Act::Answer(404, RPC, STRANGE), KEY, OTHER),
    is("404 result", Act::Answer(404, RPC, FALSE), KEY, Unknown),
    is("405", Act::Answer(405, JSON, ""), KEY, Unknown),
    is("408", Act::Answer(408, JSON, ""), TIME, Unknown),
    is("409", Act::Answer(409, JSON, ""), Unknown, Unknown),
    is("410", Act::Answer(410, JSON, ""), Unknown, Unknown),
    is("413", Act::Answer(413, HTML, ""), DATA, Unknown),
    is("415", Act::Answer(415, HTML, ""), DATA, Unknown),
    is("418", Act::Answer(418, HTML, "tea"), Unknown, Unknown),
    is("422", Act::Answer(422, JSON, REFUSED), DATA, OTHER),
    is("422 codes", Act::Answer(422, JSON, CODES), DATA, DATA),
    is("425", Act::Answer(425, HTML, ""), TIME, Unknown),
    is("429", Act::Answer(429, JSON, REFUSED), TIME, TIME),
    is("429 without a time", Act::Answer(429, JSON, ""), TIME, TIME),
    is("500", Act::Answer(500, HTML, "oops"), Unknown, Unknown),
    is("500 codes", Act::Answer(500, RPC, CODES), Unknown, DATA),
    is("500 client", Act::Answer(500, VENDOR, PAID), Unknown, CLIENT),
    is("500 other", Act::Answer(500, RPC, STRANGE), Unknown, OTHER),
    is("500 text", Act::Answer(500, JSON, TEXT), Unknown, OTHER),
    is("500 no JSON", Act::Answer(500, "text/plain", CODES), Unknown, Unknown),
    is("500 result", Act::Answer(500, RPC, FALSE), Unknown, Unknown),
    is("500 both", Act::Answer(500, RPC, BOTH), Unknown, Unknown),
    is("500 method", Act::Answer(500, RPC, METHOD), Unknown, KEY),
    is("500 parse", Act::Answer(500, RPC, PARSE), Unknown, KEY),
    is("500 request", Act::Answer(500, RPC, REQUEST), Unknown, KEY),
    is("500 params", Act::Answer(500, RPC, PARAMS), Unknown, KEY),
    is("501", Act::Answer(501, HTML, ""), Unknown, Unknown),
    is("502", Act::Answer(502, HTML, ""), Unknown, Unknown),
    is("503", Act::Answer(503, HTML, ""), TIME, TIME),
    is("503 codes", Act::Answer(503, RPC, CODES), TIME, TIME),
    is("504", Act::Answer(504, HTML, ""), Unknown, Unknown),
    is("505", Act::Answer(505, HTML, ""), Unknown, Unknown),
    is("599", Act::Answer(599, HTML, ""), Unknown, Unknown),
];

/// The longest that [`Act::Drip`] lasts.
pub const DRIP: (Duration, u32) = (Duration::from_millis(125), 20);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_behaviour_has_its_own_name_and_what_comes_too_late_does() {
        let mut names: Vec<_> = BEHAVIOURS.iter().map(|known| known.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), BEHAVIOURS.len());
        let accepts = |name: &str| match BEHAVIOURS.iter().find(|known| known.name == name) {
            Some(Behaviour { act: Act::AcceptAfter(time), .. }) => *time,
            _ => Duration::ZERO,
        };
        assert!(accepts("accept too late") > TIMEOUT && accepts("accept slowly") < TIMEOUT);
        assert!(DRIP.0 * DRIP.1 > TIMEOUT);
    }
}
