//! Reads single values and collects mistakes, whose texts never hold a secret or a URL.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::ErrorKind;
use std::ops::RangeInclusive;

use secrecy::SecretString;
use url::Url;

use super::settings::default_of;
use crate::providers::is_safe;

pub(super) struct Reader<'a> {
    vars: &'a BTreeMap<String, String>,
    pub(super) mistakes: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(vars: &'a BTreeMap<String, String>) -> Self {
        Self { vars, mistakes: Vec::new() }
    }

    pub(super) fn mistake(&mut self, name: &str, what: impl Display) {
        self.mistakes.push(format!("{name}: {what}"));
    }

    /// An empty value counts as not set.
    fn set(&self, name: &str) -> Option<&'a str> {
        self.vars.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// Set directly or as a file, rightly or wrongly.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.set(name).is_some() || self.set(&format!("{name}_FILE")).is_some()
    }

    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.set(name).or(default_of(name))
    }

    /// The error of `parse` ends the sentence «… — нужно».
    pub(super) fn parsed<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.text(name)?;
        parse(value)
            .map_err(|needed| {
                self.mistake(name, format_args!("«{}» — нужно {needed}", value.escape_debug()));
            })
            .ok()
    }

    pub(super) fn number(&mut self, name: &str, range: RangeInclusive<u32>) -> Option<u32> {
        self.parsed(name, |text| {
            text.parse()
                .ok()
                .filter(|number| range.contains(number))
                .ok_or_else(|| format!("целое число от {} до {}", range.start(), range.end()))
        })
    }

    /// Also from the file that `NAME_FILE` names.
    pub(super) fn secret(
        &mut self,
        name: &str,
        check: impl FnOnce(&str) -> Result<(), &'static str>,
    ) -> Option<SecretString> {
        let file = format!("{name}_FILE");
        let value = match (self.set(name), self.set(&file)) {
            (Some(_), Some(_)) => {
                self.mistake(name, format_args!("задан вместе с {file}; оставьте что-то одно"));
                return None;
            }
            (Some(value), None) => value.to_owned(),
            (None, Some(path)) => match read_secret(path) {
                Ok(value) => value,
                Err(why) => {
                    self.mistake(&file, why);
                    return None;
                }
            },
            (None, None) => return None,
        };
        if let Err(why) = check(&value) {
            self.mistake(name, why);
            return None;
        }
        Some(value.into())
    }

    pub(super) fn url(&mut self, name: &str) -> Option<Url> {
        let value = self.text(name)?;
        parse_url(value).map_err(|why| self.mistake(name, why)).ok()
    }
}

/// Somebody may have put the secret itself there, so errors do not repeat the path.
fn read_secret(path: &str) -> Result<String, &'static str> {
    let content = std::fs::read_to_string(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => "такого файла нет",
        ErrorKind::PermissionDenied => "файл нельзя прочитать: нет прав",
        ErrorKind::InvalidData => "в файле не текст UTF-8",
        _ => "файл не читается",
    })?;
    let value = content.trim();
    if value.is_empty() { Err("файл пуст") } else { Ok(value.to_owned()) }
}

fn parse_url(text: &str) -> Result<Url, &'static str> {
    let url =
        Url::parse(text).map_err(|_| "это не адрес; нужен полный адрес, начиная с https://")?;
    if url.query().is_some() || url.fragment().is_some() {
        Err("в адресе не должно быть частей после ? и #")
    } else if is_safe(&url) {
        Ok(url)
    } else if !url.username().is_empty() || url.password().is_some() {
        Err("в адресе не должно быть логина и пароля")
    } else {
        Err("нужен адрес https://; http:// допустим только для этого же компьютера")
    }
}
