//! What becomes of a text that the bot sends: parse mode, outer white space, length.

use serde_json::Value;

use super::answer::Refused;
use super::html;
use super::message::Entity;
use super::params::Params;

/// The real server counts characters (code points), after entities are parsed.
const TEXT_LIMIT: usize = 4096;
/// Refused before it is looked at.
const SOURCE_LIMIT_BYTES: usize = 32 << 10;

pub(super) struct Text {
    pub(super) text: String,
    pub(super) html: Option<String>,
    pub(super) entities: Vec<Entity>,
}

/// What people see of a text in HTML; or why the server takes no message of it, in its words.
///
/// # Errors
/// The words of the refusal.
pub fn shown(html: &str) -> Result<String, String> {
    let params = serde_json::json!({"text": html, "parse_mode": "HTML"});
    match text(&mut Params::of(params), "message is too long") {
        Ok(taken) => Ok(taken.text),
        Err(refused) => Err(refused.description),
    }
}

/// The text of `text`, `parse_mode` and `entities`; `too_long` are the words for a text above the
/// limit, which differ between sending and editing.
pub(super) fn text(params: &mut Params, too_long: &str) -> Result<Text, Refused> {
    let source = params.string("text")?.unwrap_or_default();
    let mode = params.string("parse_mode")?.unwrap_or_default().to_ascii_lowercase();
    let given = params.nested("entities", "Can't parse entities JSON object")?;
    if source.is_empty() {
        return Err(Refused::bad("Message text is empty"));
    }
    if source.len() > SOURCE_LIMIT_BYTES {
        return Err(Refused::bad("Text is too long"));
    }
    let (text, entities, html) = match mode.as_str() {
        "" | "none" => {
            let entities = match given {
                None => Vec::new(),
                Some(given) => entities(given, &source)?,
            };
            (source, entities, None)
        }
        "html" => {
            let (text, entities) = html::parse(&source)
                .map_err(|words| Refused::bad(format!("can't parse entities: {words}")))?;
            (text, entities, Some(source))
        }
        "markdown" | "markdownv2" => {
            return Err(Refused::bad("Markdown is not played by this stand-in"));
        }
        _ => return Err(Refused::bad("Unsupported parse_mode")),
    };
    let (text, entities) = trimmed(&text, entities)?;
    if text.chars().count() > TEXT_LIMIT {
        return Err(Refused::bad(too_long));
    }
    Ok(Text { text, html, entities })
}

fn entities(given: Value, text: &str) -> Result<Vec<Entity>, Refused> {
    let wrong = |words: &str| Refused::bad(format!("can't parse MessageEntity: {words}"));
    let Value::Array(given) = given else { return Err(wrong("expected an Array")) };
    let width = text.encode_utf16().count();
    let mut entities = Vec::new();
    for entity in given {
        let mut entity = Params::of(entity);
        let kind = entity.string("type")?.ok_or_else(|| wrong("Can't find field \"type\""))?;
        let mut place = |name: &str| -> Result<usize, Refused> {
            let number = entity.integer(name)?.and_then(|number| usize::try_from(number).ok());
            number.ok_or_else(|| wrong(&format!("Can't find field \"{name}\"")))
        };
        let (offset, length) = (place("offset")?, place("length")?);
        let url = entity.string("url")?;
        if offset.saturating_add(length) > width {
            return Err(Refused::bad("ENTITY_BOUNDS_INVALID"));
        }
        entities.push(Entity { kind, offset, length, url });
    }
    Ok(entities)
}

/// Cuts white space off the end, and off the beginning up to the first entity, as the server does.
fn trimmed(text: &str, mut entities: Vec<Entity>) -> Result<(String, Vec<Entity>), Refused> {
    let kept = text.trim_end_matches([' ', '\n', '\r', '\t', '\u{a0}']);
    if kept.is_empty() {
        return Err(Refused::bad("Text must be non-empty"));
    }
    let width = kept.encode_utf16().count();
    let first = entities.first().map_or(width, |entity| entity.offset);
    let cut = kept.chars().take_while(|it| [' ', '\n'].contains(it)).count().min(first);
    entities.retain(|entity| entity.offset < width);
    for entity in &mut entities {
        entity.length = entity.length.min(width - entity.offset);
        entity.offset -= cut;
    }
    Ok((kept.chars().skip(cut).collect(), entities))
}
