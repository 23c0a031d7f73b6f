//! Lines of a table that are no rows of it: the names that logs give their fields, rulings, totals, and what may be a
//! damaged address among them.

use crate::names::normalize;
use crate::table::cells::Delimiter;
use crate::token::{Token, read_token};

/// A line of a log that describes the log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Directive {
    /// The names of the fields, and what separates fields, if the line shows it.
    Fields(Vec<String>, Option<Delimiter>),
    Other,
}

/// What Zeek writes after `#`, besides `fields`.
const ZEEK: [&str; 7] = ["separator", "set_separator", "empty_field", "unset_field", "path", "open", "close"];

/// What IIS and others write after `#`, before a colon (W3C Extended Log File Format), besides `Fields`.
#[rustfmt::skip]
const W3C: [&str; 9] = [
    "Version", "Software", "Date", "Remark", "Start-Date", "End-Date", "GMT-Offset", "Time Format", "Delimiter",
];

/// What a line of a log describes, if it is one of Zeek or of the W3C's format.
pub(crate) fn directive(line: &[u8]) -> Option<Directive> {
    let text = String::from_utf8_lossy(line.strip_prefix(b"#")?);
    if let Some(names) = text.strip_prefix("Fields:") {
        // Exchange writes commas.
        let (delimiter, blank) = if names.contains(',') { (Some(Delimiter::Byte(b',')), ',') } else { (None, ' ') };
        let names = names.split([blank, '\t']).map(str::trim).filter(|name| !name.is_empty());
        return Some(Directive::Fields(names.map(str::to_owned).collect(), delimiter));
    }
    if text.split_once(':').is_some_and(|(name, _)| W3C.contains(&name)) {
        return Some(Directive::Other);
    }
    let end = text.find(|c: char| !c.is_ascii_lowercase() && c != '_')?;
    let (name, rest) = text.split_at(end);
    let separator = rest.chars().next().filter(char::is_ascii).and_then(|c| u8::try_from(c).ok())?;
    match name {
        "fields" if separator != b':' => {
            let names = rest[1..].split(char::from(separator)).map(str::to_owned).collect();
            Some(Directive::Fields(names, Some(Delimiter::Unquoted(separator))))
        }
        "types" => Some(Directive::Other),
        _ => ZEEK.contains(&name).then_some(Directive::Other),
    }
}

/// Whether a line only separates others: `----+----`, `|:---|---:|`, `=====`.
pub(crate) fn is_ruling(line: &[u8], delimiter: &Delimiter) -> bool {
    let Ok(text) = str::from_utf8(line) else { return false };
    let is_stroke = |c: char| matches!(c, '-' | '=' | '_' | '~' | '\u{2500}' | '\u{2501}' | '\u{2550}');
    let is_other = |c: char| matches!(c, '+' | '|' | ':' | '*' | ' ' | '\t' | ',' | ';' | '\u{2502}'..='\u{257f}');
    if !text.chars().all(|c| is_stroke(c) || is_other(c)) {
        return false;
    }
    // A hyphen or two in a cell may as well be a missing value.
    let least = match delimiter {
        Delimiter::Byte(_) | Delimiter::Unquoted(_) => 3,
        Delimiter::Bars { .. } if !text.contains(' ') => 1,
        _ => 2,
    };
    text.split(|c| !is_stroke(c)).any(|strokes| strokes.chars().count() >= least)
}

/// The columns, in characters from 0, where the strokes of a ruling begin that has nothing but blanks between them.
pub(crate) fn columns_of_ruling(line: &[u8]) -> Option<Vec<usize>> {
    let is_of_strokes = line.iter().all(|byte| matches!(byte, b'-' | b'=' | b' '));
    let begins = |index: usize| line[index] != b' ' && (index == 0 || line[index - 1] == b' ');
    let starts: Vec<_> = (0..line.len()).filter(|index| is_of_strokes && begins(*index)).collect();
    (starts.len() > 1).then_some(starts)
}

/// First words of a row that sums up the others, [normalized](normalize).
#[rustfmt::skip]
const TOTALS: [&str; 26] = [
    "total", "totals", "subtotal", "grand", "overall", "sum", "sums", "summe", "gesamt", "gesamtsumme",
    "gesamtergebnis", "insgesamt", "zwischensumme", "somme", "totale", "totaux", "suma", "totaal", "razem", "average", "durchschnitt", "moyenne", "promedio", "合計", "総計", "小計",
];

/// Words behind the number of rows.
const ROWS: [&str; 11] =
    ["row", "rows", "record", "records", "entries", "zeile", "zeilen", "ligne", "lignes", "fila", "filas"];

/// Whether a row sums up the others, such as `Grand total:` and `(3 rows)`, with no more than a number in the columns that
/// are read.
pub(crate) fn is_total(row: &[String], wanted: &[usize]) -> bool {
    let Some(label) = row.iter().position(|cell| !cell.is_empty()) else { return false };
    let is_between = |c: char| c.is_whitespace() || matches!(c, ':' | '(' | ')' | '=');
    let mut words = row[label..].iter().flat_map(|cell| cell.split(is_between)).filter(|word| !word.is_empty());
    let (Some(first), second) = (words.next(), words.next()) else { return false };
    let third = words.next().unwrap_or_default();
    let counts_rows = || second.is_some_and(|second| ROWS.contains(&normalize(second).as_str()));
    let begins_with_digit = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    let is_duration = || second.is_some_and(|word| begins_with_digit(if word == "taken" { third } else { word }));
    let is_number = |cell: &String| cell.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '%'));
    let is_free = |cell: &String| is_number(cell) || cell.ends_with(':');
    let is_free = |index: &usize| *index == label || row.get(*index).is_none_or(is_free);
    let is_total = match first.bytes().all(|byte| byte.is_ascii_digit()) {
        true => counts_rows(),
        // Database clients note how long it took.
        false if first == "Time" => is_duration(),
        false => TOTALS.contains(&normalize(first).as_str()) && wanted.iter().all(is_free),
    };
    is_total && !row.iter().any(|cell| may_hold_address(cell))
}

/// What programs write into the cells of a table where a value is missing, besides what they write everywhere.
#[rustfmt::skip]
const MISSING: [&str; 20] = [
    "n. a.", "k. a.", "unassigned", "<pending>",
    "unbekannt", "keine", "inconnu", "inconnue", "aucun", "aucune", "desconocido", "desconocida", "s/d", "ninguno",
    "ninguna", "brak", "bilinmiyor", "yok", "不明", "なし",
];

/// Whether a cell holds nothing for certain, such as `<none>` of kubectl and `*:*` of netstat.
pub(crate) fn is_missing(text: &str) -> bool {
    let inner = text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap_or(text);
    // Alone, `#` begins a comment.
    let is_missing = || inner != "#" && read_token(inner) == Token::Missing;
    MISSING.iter().any(|missing| missing.eq_ignore_ascii_case(text)) || is_missing()
}

/// Whether a text is an address, or a network or a range.
pub(crate) fn is_address(text: &str) -> bool {
    matches!(read_token(text), Token::Address(_) | Token::Range(_))
}

/// Whether a text holds what is an address or may be a damaged one.
pub(crate) fn may_hold_address(text: &str) -> bool {
    let is_between = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|' | '"' | '\'' | '=');
    text.split(is_between).any(|word| is_address(word) || is_near_ipv4(word) || is_near_ipv6(word))
}

/// Such as `10.0.0.256`, `10.0.1` and `10-0-0-1`, but no date and no time.
fn is_near_ipv4(word: &str) -> bool {
    // A port may follow.
    let word = word.split(':').next().unwrap_or(word).trim_matches(|c: char| c.is_ascii_punctuation());
    let parts: Vec<_> = word.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
    let is_short = |part: &&&str| part.chars().all(char::is_numeric) && part.chars().count() <= 3;
    let short = parts.iter().filter(is_short).count();
    let is_of_dots = word.chars().all(|c| c.is_numeric() || c == '.');
    short == parts.len() && (short == 4 || (is_of_dots && short >= 3))
}

/// Such as `2001:db8::12345`, but no time and no address of a network card.
fn is_near_ipv6(word: &str) -> bool {
    let word = word.trim_matches(['[', ']', '(', ')']);
    let is_hexadecimal = word.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, ':' | '.' | '%'));
    let parts: Vec<_> = word.split(':').collect();
    let is_card = parts.len() == 6 && parts.iter().all(|part| part.len() == 2);
    is_hexadecimal && !is_card && (parts.len() > 4 || (parts.len() > 2 && word.contains("::")))
}

#[cfg(test)]
mod tests {
    use super::{Directive, directive, is_ruling, is_total, may_hold_address};
    use crate::table::cells::Delimiter;

    #[test]
    fn what_may_be_an_address_is_seen() {
        for text in
            ["192.0.2.1", "x 192.0.2.256", "192.0.2", "192-0-2-1", "192。0。2。1", "2001:db8::12345", "1.2.3.4.5"]
        {
            assert!(may_hold_address(text), "{text}");
        }
        for text in [
            "2026-01-05",
            "05.01.2026",
            "12:30:45",
            "2026-01-05T12:30:45.123Z",
            "00:11:22:33:44:55",
            "00-11-22-33-44-55",
            "ip-192-0-2-1.example.com",
            "1,234.5",
            "17",
            "google",
            "example.com",
            "-",
            "",
            "3.14",
            "a-b-c-d",
        ] {
            assert!(!may_hold_address(text), "{text}");
        }
    }

    #[test]
    fn directives_are_known() {
        let fields = |text: &str| match directive(text.as_bytes()) {
            Some(Directive::Fields(names, _)) => names,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(fields("#fields\tts\tid.orig_h"), ["ts", "id.orig_h"]);
        assert_eq!(fields("#Fields: date c-ip"), ["date", "c-ip"]);
        assert_eq!(fields("#Fields: date-time,client-ip"), ["date-time", "client-ip"]);
        for line in ["#separator \\x09", "#close\t2026-01-05", "#types\ttime\taddr", "#Date: 2026-01-05 00:00:00"] {
            assert_eq!(directive(line.as_bytes()), Some(Directive::Other), "{line}");
        }
        for line in ["#1001,192.0.2.1", "# fields of ours", "#note: x", "#", "ip"] {
            assert_eq!(directive(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn rulings_and_totals_are_known() {
        let bars = Delimiter::Bars { outer: true };
        for line in ["+----+----+", "|---|:-:|", "|-|-|", "---- ------", "══════"] {
            assert!(is_ruling(line.as_bytes(), &bars), "{line}");
        }
        for line in ["| - | - |", "192.0.2.1", ""] {
            assert!(!is_ruling(line.as_bytes(), &bars), "{line}");
        }
        assert!(!is_ruling(b"-,--", &Delimiter::Byte(b',')));
        for text in ["Total", "Total:", "Grand Total", "(3 rows)", "3 rows in set (0.00 sec)", "Summe", "合計"] {
            assert!(is_total(&[String::new(), text.to_owned()], &[1]), "{text}");
        }
        for text in ["Totally", "192.0.2.1", "rows", ""] {
            assert!(!is_total(&[text.to_owned()], &[]), "{text}");
        }
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        assert!(is_total(&row(&["(3", "rows)"]), &[1]));
        assert!(is_total(&row(&["Total", "17"]), &[1]));
        for cell in ["google", "192.0.2.1", "192.0.2"] {
            assert!(!is_total(&row(&["Total", cell]), &[1]), "{cell}");
        }
    }
}
