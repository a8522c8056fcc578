//! The process environment over the `.env` of the current folder; neither is changed.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use super::settings::SETTINGS;

pub(super) fn read() -> (BTreeMap<String, String>, Vec<String>) {
    let (mut vars, mut mistakes) = dotenv();
    for (name, value) in std::env::vars_os() {
        let Some(name) = name.to_str().filter(|name| is_ours(name)) else { continue };
        match value.into_string() {
            Ok(value) => _ = vars.insert(name.to_owned(), value),
            Err(_) => mistakes.push(format!("{name}: не текст UTF-8")),
        }
    }
    vars.retain(|name, _| is_ours(name));
    (vars, mistakes)
}

fn is_ours(name: &str) -> bool {
    SETTINGS.iter().any(|setting| {
        name == setting.name || (setting.secret && name.strip_suffix("_FILE") == Some(setting.name))
    })
}

/// dotenvy's own search goes up to the root, and would find somebody else's settings.
fn dotenv() -> (BTreeMap<String, String>, Vec<String>) {
    match std::fs::read_to_string(".env") {
        Ok(text) => parse_dotenv(&text),
        Err(error) if error.kind() == ErrorKind::NotFound => Default::default(),
        Err(_) => (BTreeMap::new(), vec![".env: файл не читается".to_owned()]),
    }
}

fn parse_dotenv(text: &str) -> (BTreeMap<String, String>, Vec<String>) {
    let mut vars = BTreeMap::new();
    let mut mistakes = Vec::new();
    // dotenvy fails on the byte-order mark of Windows editors.
    let text = text.trim_start_matches('\u{feff}');
    for item in dotenvy::from_read_iter(text.as_bytes()) {
        match item {
            // The first of two equal names counts, as everywhere with dotenvy.
            Ok((name, value)) => _ = vars.entry(name).or_insert(value),
            // The line may hold a secret, so only the name is shown.
            Err(dotenvy::Error::LineParse(line, _)) => {
                let name = line.split_once('=').map_or("", |(name, _)| name.trim());
                mistakes.push(format!(".env: строка «{}…» не читается; значение с пробелами, # или $ возьмите в одинарные кавычки", name.escape_debug()));
            }
            Err(_) => mistakes.push(".env: файл не читается".to_owned()),
        }
    }
    (vars, mistakes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_windows_file_with_a_mark_and_comments_is_read() {
        let (vars, mistakes) =
            parse_dotenv("\u{feff}ADMIN_IDS=1,2\r\n# why\r\nTIME_ZONE=Asia/Omsk # ours\r\n");
        assert_eq!(mistakes, Vec::<String>::new());
        assert_eq!(vars["ADMIN_IDS"], "1,2");
        assert_eq!(vars["TIME_ZONE"], "Asia/Omsk");
    }

    #[test]
    fn a_broken_line_is_named_without_its_value() {
        let (vars, mistakes) =
            parse_dotenv("TIME_ZONE=UTC\nINVOICEBOX_TOKEN=canary 'one\nADMIN_IDS=7\n");
        assert_eq!(vars["TIME_ZONE"], "UTC");
        assert!(mistakes[0].starts_with(".env: строка «INVOICEBOX_TOKEN…»"), "{mistakes:?}");
        assert!(!mistakes.concat().contains("canary"));
    }

    #[test]
    fn only_our_own_variables_are_taken() {
        assert!(is_ours("INVOICEBOX_TOKEN_FILE"));
        assert!(is_ours("TIME_ZONE"));
        assert!(!is_ours("TIME_ZONE_FILE"));
        assert!(!is_ours("PATH"));
    }
}
