//! The words that people write before a value.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use crate::letters::fold;
use crate::slices::{head, part};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Inn,
    Kpp,
    Email,
    Name,
    /// The name of anything, goods too.
    Title,
    FullName,
    ShortName,
    /// One side of a deal; the value may be a person's name.
    Side,
    Person,
    Bank,
    /// The bank's own ИНН or КПП.
    BankCode,
    /// An account or the bank's БИК.
    Account,
    Phone,
    Header,
    /// None of the fields: ОГРН, an address, a site.
    Other,
}

impl Kind {
    pub fn is_name(self) -> bool {
        matches!(self, Self::Name | Self::Title | Self::FullName | Self::ShortName)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub kind: Kind,
    pub span: Range<usize>,
}

/// Labels whatever follows them; any of ` ./-()` may separate their words.
const PLAIN: &[(Kind, &str)] = &[
    (Kind::Inn, "инн|inn"),
    (Kind::Kpp, "кпп|kpp"),
    (Kind::BankCode, "инн банка|кпп банка|инн кпп банка|инн бик|кпп бик"),
    (Kind::Account, "р с|р сч|р счет|рс|расчетный счет|расч счет|расч сч|расчетный сч|к с|к сч"),
    (Kind::Account, "к счет|корр счет|кор счет|корсчет|корр сч|кор сч|корреспондентский счет"),
    (
        Kind::Account,
        "бик|бик банка|bik|номер счета|счет получателя|казначейский счет|екс|л с|л счет",
    ),
    (Kind::Account, "лицевой счет|swift"),
    (Kind::Phone, "тел|тел факс|телефон|телефоны|телефон факс|факс|моб|моб тел|мобильный|сот"),
    (
        Kind::Phone,
        "сотовый|контактный телефон|раб тел|phone|tel|fax|mobile|whatsapp|viber|telegram",
    ),
    (Kind::Phone, "ватсап|вайбер|телеграм"),
    (Kind::Other, "огрн|огрнип|огрн ип|ogrn|ogrnip|окпо|оквэд|окато|октмо|окогу|окфс|окопф|снилс"),
    (Kind::Other, "пфр|фсс|сфр|рег номер|регистрационный номер|регистрационный номер пфр|id эдо"),
    (Kind::Other, "регистрационный номер фсс|рег номер пфр|рег номер фсс|рег номер сфр|ид эдо"),
    (Kind::Other, "регистрационный номер сфр|идентификатор эдо|оператор эдо|свидетельство|паспорт"),
    (Kind::Other, "ику|икз|гиин|gln|кбк|уин|код по сводному реестру|унп|бин|иин"),
];

/// Labels only before a sign, a wide gap or the end of the line.
const SIGNED: &[(Kind, &str)] = &[
    (Kind::Email, "e mail|email|mail|е мейл|имейл|емейл|почта|эл почта|эл адрес|электронная почта"),
    (Kind::Email, "электронный адрес|адрес электронной почты|адрес эл почты|e mail адрес"),
    (Kind::Email, "почта для приглашения|почта бухгалтерии|почта директора|электр почта|мыло"),
    (Kind::Email, "почта для эдо|e mail для эдо|email для эдо|e mail для связи|почта для связи"),
    (Kind::Title, "наименование|название|name"),
    (Kind::Name, "организация|компания|фирма|предприятие|учреждение"),
    (Kind::Name, "наименование организации|название организации|наименование компании|company"),
    (Kind::Name, "название компании|наименование предприятия|наименование учреждения|юр лицо"),
    (Kind::Name, "наименование юр лица|наименование юридического лица|юридическое лицо"),
    (Kind::Name, "наименование контрагента|контрагент|наименование клиента|название клиента"),
    (
        Kind::Name,
        "фирменное наименование|company name|organization|наименование ип|наименование юл",
    ),
    (Kind::FullName, "полное наименование|полное название|полное наименование организации"),
    (Kind::FullName, "полное наименование предприятия|полное наименование учреждения"),
    (Kind::FullName, "полное фирменное наименование|полное наименование юридического лица"),
    (Kind::FullName, "наименование полное|полное наименование компании|полное наименование ип"),
    (Kind::ShortName, "сокращенное наименование|краткое наименование|сокращенное название"),
    (Kind::ShortName, "краткое название|сокращенное наименование организации|сокр наименование"),
    (Kind::ShortName, "краткое наименование организации|сокращенное фирменное наименование"),
    (Kind::ShortName, "сокращенное наименование предприятия|сокращенное наименование учреждения"),
    (Kind::ShortName, "наименование сокращенное|наименование краткое|сокращенно|кратко"),
    (Kind::Side, "клиент|заказчик|покупатель|получатель|плательщик|грузополучатель|абонент"),
    (Kind::Side, "исполнитель|поставщик|продавец|подрядчик|арендатор|арендодатель|лицензиат"),
    (Kind::Side, "грузоотправитель|партнер|агент|отправитель|client|customer|учредитель"),
    (Kind::Person, "фио|ф и о|фио ип"),
    (Kind::Bank, "банк|банк получателя|наименование банка|банковские реквизиты|в банке"),
    (
        Kind::Bank,
        "название банка|обслуживающий банк|банк плательщика|bank|полное наименование банка",
    ),
    (
        Kind::Header,
        "от|кому|от кого|копия|from|to|cc|bcc|reply to|sent|отправлено|subject|тема|дата",
    ),
    (Kind::Header, "date|скрытая копия|ответить|ответственный|менеджер|наш менеджер|куратор"),
    (Kind::Other, "адрес|юр адрес|юридический адрес|почтовый адрес|факт адрес|фактический адрес"),
    (Kind::Other, "адрес места нахождения|место нахождения|адрес регистрации|местонахождение|сайт"),
    (Kind::Other, "директор|генеральный директор|ген директор|гл бухгалтер|главный бухгалтер|www"),
    (Kind::Other, "руководитель|контактное лицо|контакт|контакты|должность|подпись|имя|site|web"),
    (Kind::Other, "индекс|почтовый индекс|система налогообложения|основание|договор|счет|заказ"),
    (Kind::Other, "заявка|номер|дата регистрации|статус|стадия|источник"),
    (Kind::Other, "комментарий|примечание|тариф|услуга|товар|наименование товара|сумма|итого|эдо"),
    (
        Kind::Other,
        "наименование услуги|наименование на английском|оквэд основной|skype|id|гражданство",
    ),
    (Kind::Other, "код офиса|офис|дата рождения|председатель|заведующая|заведующий|глава|поле"),
];

/// The words behind the first one, the kind, and whether a sign must follow.
type Rest = (Vec<String>, Kind, bool);

/// The longest label of each first word comes first.
static BY_FIRST_WORD: LazyLock<HashMap<String, Vec<Rest>>> = LazyLock::new(|| {
    let mut table: HashMap<String, Vec<Rest>> = HashMap::new();
    for (labels, signed) in [(PLAIN, false), (SIGNED, true)] {
        for (kind, list) in labels {
            for label in list.split('|') {
                let mut words = label.split(' ').map(fold);
                let first = words.next().unwrap_or_default();
                table.entry(first).or_default().push((words.collect(), *kind, signed));
            }
        }
    }
    for list in table.values_mut() {
        list.sort_by_key(|(rest, ..)| std::cmp::Reverse(rest.len()));
    }
    table
});

/// People write these with a space or dot between the letters.
const SPACED: [&str; 4] = ["инн", "кпп", "огрн", "бик"];

struct Word {
    span: Range<usize>,
    folded: String,
}

pub(crate) fn labels(line: &str) -> Vec<Label> {
    let words = words(line);
    let quoted = quoted(line);
    let mut quoted = quoted.iter().peekable();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        while quoted.next_if(|quote| quote.end <= word.span.start).is_some() {}
        let inside = quoted.peek().is_some_and(|quote| quote.start < word.span.start);
        match label_at(line, &words, at, inside) {
            Some((label, length)) => {
                found.push(label);
                at += length;
            }
            None => at += 1,
        }
    }
    found
}

fn label_at(line: &str, words: &[Word], at: usize, inside: bool) -> Option<(Label, usize)> {
    let first = words.get(at)?;
    for (rest, kind, signed) in BY_FIRST_WORD.get(&first.folded)? {
        let mut end = first.span.end;
        let fits = rest.iter().enumerate().all(|(index, expected)| {
            let Some(word) = words.get(at + 1 + index) else { return false };
            let gap = part(line, end..word.span.start);
            end = word.span.end;
            word.folded == *expected && gap.len() <= 3 && gap.chars().all(is_gap)
        });
        let before = part(line, 0..first.span.start);
        if fits && may_begin(before) && may_end(part(line, end..line.len()), *signed, inside) {
            return Some((Label { kind: *kind, span: first.span.start..end }, 1 + rest.len()));
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

fn may_end(after: &str, signed: bool, inside: bool) -> bool {
    let mut ahead = after.chars();
    if matches!(ahead.next(), Some('-' | '_')) && ahead.next().is_some_and(char::is_alphabetic) {
        return false;
    }
    if !signed {
        return true;
    }
    let after = head(after, 100);
    let bare = after.trim_start_matches(['*', '`', ')', ' ']);
    let wide = after.starts_with("   ") || after.starts_with(" ..") || after.starts_with("..");
    let signed = bare.starts_with([':', '=', '—', '–', '№'])
        || bare.starts_with("- ")
        || (bare.starts_with('(') && bare.split(')').nth(1).is_some_and(|b| b.starts_with(':')));
    !inside && (wide || signed || bare.is_empty())
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
                let word = part(line, from..at);
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
            [a, b] => matches!(part(line, a.span.end..b.span.start), " " | "." | ". "),
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
fn quoted(line: &str) -> Vec<Range<usize>> {
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
