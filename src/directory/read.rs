//! Single values out of an answer: valid, or missing.

use serde_json::Value;

use crate::domain::{CompanyName, Kpp};
use crate::providers::one_line;

/// In characters; Invoicebox documents 200.
const ADDRESS_LIMIT: usize = 300;

fn text<'a>(data: &'a Value, pointer: &str) -> Option<&'a str> {
    data.pointer(pointer)?.as_str()
}

pub(super) fn name(data: &Value, pointer: &str) -> Option<CompanyName> {
    CompanyName::parse(text(data, pointer)?).ok()
}

pub(super) fn kpp(data: &Value, pointer: &str) -> Option<Kpp> {
    Kpp::parse(text(data, pointer)?).ok()
}

pub(super) fn address(data: &Value, pointer: &str) -> Option<String> {
    one_line(text(data, pointer)?, ADDRESS_LIMIT)
}
