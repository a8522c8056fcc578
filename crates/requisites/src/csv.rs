//! Undoes the quotes of spreadsheets: `"ООО ""Ромашка""","1215107651"`.

use crate::slices::slice;

/// Cells are divided by tabs afterwards.
pub(crate) fn flatten_csv(text: &str) -> String {
    if !text.contains('"') {
        return text.to_owned();
    }
    let lines: Vec<String> = text.split('\n').map(flatten_line).collect();
    lines.join("\n")
}

fn flatten_line(line: &str) -> String {
    if !line.contains('"') {
        return line.to_owned();
    }
    let line = line.trim_matches([' ', '\r']);
    if let Some(cells) = [';', ',', '\t'].iter().find_map(|sign| cells(line, *sign)) {
        return cells.join("\t");
    }
    let line = without_formulas(line);
    if !line.contains("\"\"") {
        return line;
    }
    let value = line.find('"').and_then(|at| {
        let (label, field) = line.split_at_checked(at)?;
        let (value, length) = quoted(field.trim_end())?;
        let is_whole = length == field.trim_end().len() && value.contains('"');
        is_whole.then(|| format!("{label}{value}"))
    });
    value.unwrap_or_else(|| without_doubling(&line))
}

/// The cells of a row that is written in quotes; `None` if it is none.
fn cells(line: &str, sign: char) -> Option<Vec<String>> {
    let mut cells = Vec::new();
    let mut quotes = 0;
    let mut rest = line;
    loop {
        let (cell, length) = match rest.starts_with('"') {
            true => quoted(rest)?,
            false => {
                let length = rest.find(sign).unwrap_or(rest.len());
                (slice(rest, ..length).to_owned(), length)
            }
        };
        quotes += usize::from(rest.starts_with('"'));
        if !rest.starts_with('"') && (cell.contains('"') || cell.starts_with(' ')) {
            return None;
        }
        cells.push(cell);
        rest = slice(rest, length..);
        if rest.is_empty() {
            break;
        }
        rest = rest.strip_prefix(sign)?;
    }
    (quotes > 0 && cells.len() > 1).then_some(cells)
}

/// The value of a field in quotes, and its length with them.
fn quoted(text: &str) -> Option<(String, usize)> {
    let inner = text.strip_prefix('"')?;
    let mut value = String::new();
    let mut rest = inner.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        match (c, rest.peek()) {
            ('"', Some((_, '"'))) => {
                value.push('"');
                rest.next();
            }
            ('"', _) => return Some((value, at + 2)),
            _ => value.push(c),
        }
    }
    None
}

/// `="1215107651"` keeps a number as it is in a spreadsheet.
fn without_formulas(line: &str) -> String {
    let mut parts = line.split("=\"");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('"').filter(|(digits, _)| is_number(digits)) {
            Some((digits, rest)) => {
                plain.push_str(digits);
                plain.push_str(rest);
            }
            None => {
                plain.push_str("=\"");
                plain.push_str(part);
            }
        }
    }
    plain
}

fn is_number(text: &str) -> bool {
    text.len() > 8 && text.bytes().all(|b| b.is_ascii_digit())
}

/// «ООО ""Ромашка""» has quotes of quotes, unless the first pair closes.
fn without_doubling(line: &str) -> String {
    let opens = line.split_once("\"\"").is_some_and(|(before, behind)| {
        (before.is_empty() || before.ends_with([' ', '(']))
            && behind.starts_with(char::is_alphanumeric)
    });
    if opens { line.replace("\"\"", "\"") } else { line.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_of_a_spreadsheet_are_undone_and_those_of_people_stay() {
        for (line, plain) in [
            ("\"ООО \"\"А\"\"\",\"1\",2", "ООО \"А\"\t1\t2"),
            ("7;\"ООО \"\"А\"\"\";", "7\tООО \"А\"\t"),
            ("Имя: \"ООО \"\"А\"\"\"", "Имя: ООО \"А\""),
            ("ООО \"\"А\"\" 1", "ООО \"А\" 1"),
            ("ООО \"ТД \"А\"\", 1", "ООО \"ТД \"А\"\", 1"),
            ("\"А\", ООО", "\"А\", ООО"),
            ("А;=\"1215107651\"", "А;1215107651"),
        ] {
            assert_eq!(flatten_csv(line), plain, "{line}");
        }
    }
}
