//! The words that people write before a value.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use crate::keys::{key_at_start, key_kind};
use crate::label_kind::{LabelKind, names_a_party};
use crate::letters::fold;
use crate::slices::{prefix, slice};

#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub kind: LabelKind,
    pub span: Range<usize>,
}

/// Labels whatever follows them; any of ` ./-()` may separate their words.
const PLAIN_LABELS: &[(LabelKind, &str)] = &[
    (
        LabelKind::Inn,
        "инн|inn|i n n|tin|tax id|tax number|tax no|taxpayer id|taxpayer number|vat tax number|\
         vat number|vat id|taxpayer identification number|taxpayer id inn|\
         идентификационный номер налогоплательщика|идентификационный номер|иннкпп",
    ),
    (
        LabelKind::Kpp,
        "кпп|kpp|код причины постановки|код причины постановки на учет|\
         код причины постановки на учет в налоговом органе",
    ),
    (LabelKind::BankCode, "инн банка|кпп банка|инн кпп банка|инн бик|кпп бик"),
    (
        LabelKind::Account,
        "р с|р сч|р счет|рс|расчетный счет|расч счет|расч сч|расчетный сч|к с|к сч|к счет|\
         корр счет|кор счет|корсчет|корр сч|кор сч|корреспондентский счет|бик|бик банка|bik|\
         номер счета|счет получателя|казначейский счет|екс|л с|л счет|лицевой счет|swift",
    ),
    (
        LabelKind::Phone,
        "тел|тел факс|телефон|телефоны|телефон факс|факс|моб|моб тел|мобильный|сот|сотовый|\
         контактный телефон|раб тел|phone|tel|fax|mobile|whatsapp|viber|telegram|ватсап|вайбер|\
         телеграм",
    ),
    (
        LabelKind::Irrelevant,
        "огрн|огрнип|огрн ип|ogrn|ogrnip|окпо|оквэд|окато|октмо|окогу|окфс|окопф|снилс|пфр|фсс|\
         сфр|рег номер|регистрационный номер|регистрационный номер пфр|id эдо|\
         регистрационный номер фсс|рег номер пфр|рег номер фсс|рег номер сфр|ид эдо|\
         регистрационный номер сфр|идентификатор эдо|оператор эдо|свидетельство|паспорт|ику|икз|\
         гиин|gln|кбк|уин|код по сводному реестру|унп|бин|иин",
    ),
];

/// Labels only before a sign, a wide gap or the end of the line.
const SIGNED_LABELS: &[(LabelKind, &str)] = &[
    (
        LabelKind::Email,
        "e mail|email|mail|е мейл|имейл|емейл|почта|эл почта|эл адрес|электронная почта|\
         электронный адрес|адрес электронной почты|адрес эл почты|e mail адрес|\
         почта для приглашения|почта бухгалтерии|почта директора|электр почта|мыло|почта для эдо|\
         e mail для эдо|email для эдо|e mail для связи|почта для связи",
    ),
    (LabelKind::AnyName, "наименование|название"),
    (
        LabelKind::Name,
        "организация|компания|фирма|предприятие|учреждение|наименование организации|\
         название организации|наименование компании|company|название компании|\
         наименование предприятия|наименование учреждения|юр лицо|наименование юр лица|\
         наименование юридического лица|юридическое лицо|наименование контрагента|контрагент|\
         наименование клиента|название клиента|фирменное наименование|company name|organization|\
         наименование ип|наименование юл",
    ),
    (
        LabelKind::FullName,
        "полное наименование|полное название|полное наименование организации|\
         полное наименование предприятия|полное наименование учреждения|\
         полное фирменное наименование|полное наименование юридического лица|наименование полное|\
         полное наименование компании|полное наименование ип",
    ),
    (
        LabelKind::ShortName,
        "сокращенное наименование|краткое наименование|сокращенное название|краткое название|\
         сокращенное наименование организации|сокр наименование|краткое наименование организации|\
         сокращенное фирменное наименование|сокращенное наименование предприятия|\
         сокращенное наименование учреждения|наименование сокращенное|наименование краткое|\
         сокращенно|кратко",
    ),
    (
        LabelKind::Party,
        "клиент|заказчик|покупатель|получатель|плательщик|грузополучатель|абонент|исполнитель|\
         поставщик|продавец|подрядчик|арендатор|арендодатель|лицензиат|грузоотправитель|партнер|\
         агент|отправитель|client|customer|учредитель|name",
    ),
    (LabelKind::PersonName, "фио|ф и о|фио ип"),
    (
        LabelKind::Bank,
        "банк|банк получателя|наименование банка|банковские реквизиты|в банке|название банка|\
         обслуживающий банк|банк плательщика|bank|полное наименование банка",
    ),
    (LabelKind::Sender, "от|от кого|from|reply to|ответить"),
    (
        LabelKind::Header,
        "кому|копия|to|cc|bcc|sent|отправлено|subject|тема|дата|date|скрытая копия|ответственный|менеджер|наш менеджер|куратор",
    ),
    (
        LabelKind::Irrelevant,
        "адрес|юр адрес|юридический адрес|почтовый адрес|факт адрес|фактический адрес|\
         адрес места нахождения|место нахождения|адрес регистрации|местонахождение|сайт|директор|\
         генеральный директор|ген директор|гл бухгалтер|главный бухгалтер|www|руководитель|\
         контактное лицо|контакт|контакты|должность|подпись|имя|site|web|индекс|почтовый индекс|\
         система налогообложения|основание|договор|счет|заказ|заявка|номер|дата регистрации|\
         статус|стадия|источник|комментарий|примечание|тариф|услуга|товар|наименование товара|\
         сумма|итого|эдо|наименование услуги|наименование на английском|оквэд основной|skype|id|\
         гражданство|код офиса|офис|дата рождения|председатель|заведующая|заведующий|глава|поле",
    ),
];

struct KnownLabel {
    words_after_first: Vec<String>,
    kind: LabelKind,
    needs_sign: bool,
}

/// The longest label of each first word comes first.
static BY_FIRST_WORD: LazyLock<HashMap<String, Vec<KnownLabel>>> = LazyLock::new(|| {
    let mut table: HashMap<String, Vec<KnownLabel>> = HashMap::new();
    for (labels, needs_sign) in [(PLAIN_LABELS, false), (SIGNED_LABELS, true)] {
        for (kind, list) in labels {
            for label in list.split('|') {
                let mut words = label.split(' ').map(fold);
                let first = words.next().unwrap_or_default();
                let words_after_first = words.collect();
                let known = KnownLabel { words_after_first, kind: *kind, needs_sign };
                table.entry(first).or_default().push(known);
            }
        }
    }
    for list in table.values_mut() {
        list.sort_by_key(|label| std::cmp::Reverse(label.words_after_first.len()));
    }
    table
});

/// People write these with a space or dot between the letters.
const SPACED: [&str; 4] = ["инн", "кпп", "огрн", "бик"];

struct Word {
    span: Range<usize>,
    folded: String,
}

pub(crate) fn find_labels(line: &str) -> Vec<Label> {
    let Some((key, length)) = key_at_start(line) else { return labels_in_words(line) };
    let kind = key_kind(key);
    let mut found = vec![Label { kind, span: 0..length }];
    if names_a_party(&kind) {
        let inner = labels_in_words(slice(line, length..)).into_iter();
        found.extend(inner.map(|Label { kind, span }| Label {
            kind,
            span: span.start + length..span.end + length,
        }));
    }
    found
}

fn labels_in_words(line: &str) -> Vec<Label> {
    let words = words(line);
    let mut quotes = quotes(line).into_iter().peekable();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        while quotes.next_if(|quote| quote.end <= word.span.start).is_some() {}
        let in_quotes = quotes.peek().is_some_and(|quote| quote.start < word.span.start);
        match label_at(line, &words, at, in_quotes) {
            Some((label, length)) => {
                found.push(label);
                at += length;
            }
            None => at += 1,
        }
    }
    found
}

fn label_at(line: &str, words: &[Word], at: usize, in_quotes: bool) -> Option<(Label, usize)> {
    let first = words.get(at)?;
    for known in BY_FIRST_WORD.get(&first.folded)? {
        let rest = &known.words_after_first;
        let mut end = first.span.end;
        let fits = rest.iter().enumerate().all(|(index, expected)| {
            let Some(word) = words.get(at + 1 + index) else { return false };
            let gap = slice(line, end..word.span.start);
            end = word.span.end;
            word.folded == *expected && gap.len() <= 3 && gap.chars().all(is_gap)
        });
        let (before, after) = (slice(line, ..first.span.start), slice(line, end..));
        let ends = || may_end(after) && (!known.needs_sign || (!in_quotes && sign_follows(after)));
        if fits && may_begin(before) && ends() {
            let remark = remark(after);
            let label = Label { kind: known.kind, span: first.span.start..end + remark };
            let until = end + remark;
            let words = words.iter().skip(at).take_while(|word| word.span.start < until);
            return Some((label, words.count()));
        }
    }
    None
}

fn is_gap(c: char) -> bool {
    matches!(c, ' ' | '.' | '/' | '-' | '(' | ')' | '\\')
}

/// The end of «бизнес-почта» is no label.
fn may_begin(before: &str) -> bool {
    let mut back = before.chars().rev();
    match back.next() {
        Some('-' | '_') => !back.next().is_some_and(char::is_alphanumeric),
        Some(c) => !c.is_ascii_digit(),
        None => true,
    }
}

fn may_end(after: &str) -> bool {
    let mut ahead = after.chars();
    !(matches!(ahead.next(), Some('-' | '_')) && ahead.next().is_some_and(char::is_alphabetic))
}

/// The length of a remark in brackets between a label and its sign: «ИНН (10 цифр):».
fn remark(after: &str) -> usize {
    let after = prefix(after, 100);
    let Some(inner) = after.trim_start().strip_prefix('(') else { return 0 };
    let Some((remark, rest)) = inner.split_once(')') else { return 0 };
    let digits = remark.chars().filter(char::is_ascii_digit).count();
    let plain = remark.contains(char::is_alphabetic) && digits < 4 && !remark.contains(['(', '@']);
    let ends = rest.trim_start().starts_with([':', '=', '—']);
    if plain && ends { after.len() - rest.len() } else { 0 }
}

fn sign_follows(after: &str) -> bool {
    let after = prefix(after, 100);
    let bare = after.trim_start_matches(['*', '`', ')', ' ']);
    let wide_gap = after.starts_with("   ") || after.starts_with(" ..") || after.starts_with("..");
    let sign = bare.starts_with([':', '=', '—', '–', '№'])
        || bare.starts_with("- ")
        || (bare.starts_with('(') && bare.split(')').nth(1).is_some_and(|b| b.starts_with(':')));
    wide_gap || sign || bare.is_empty()
}

/// Runs of letters; «И Н Н» is one word.
fn words(line: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut start = None;
    let ends = line.char_indices().chain([(line.len(), ' ')]);
    for (at, c) in ends {
        match (c.is_alphabetic(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                let word = slice(line, from..at);
                let folded = if word.len() > 50 { String::new() } else { fold(word) };
                words.push(Word { span: from..at, folded });
                start = None;
                join_spaced(line, &mut words);
            }
            _ => {}
        }
    }
    words
}

fn join_spaced(line: &str, words: &mut Vec<Word>) {
    if words.last().is_none_or(|last| last.span.len() > 2) {
        return;
    }
    for label in SPACED {
        let count = label.chars().count();
        let Some(first) = words.len().checked_sub(count) else { continue };
        let last = words.get(first..).unwrap_or_default();
        let spelled = last.iter().zip(label.chars()).all(|(word, c)| word.folded.chars().eq([c]));
        let together = last.windows(2).all(|pair| match pair {
            [a, b] => matches!(slice(line, a.span.end..b.span.start), " " | "." | ". "),
            _ => false,
        });
        if let (true, true, Some(from), Some(to)) = (spelled, together, last.first(), last.last()) {
            let span = from.span.start..to.span.end;
            words.truncate(first);
            words.push(Word { span, folded: label.to_owned() });
            return;
        }
    }
}

/// A word inside quotes is part of a name and no label.
fn quotes(line: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open = None;
    for (at, c) in line.char_indices() {
        match (c, open) {
            ('«' | '“' | '„', None) | ('"', None) => open = Some(at),
            ('»' | '”' | '“' | '"', Some(from)) => {
                found.push(from..at);
                open = None;
            }
            _ => {}
        }
    }
    found
}
