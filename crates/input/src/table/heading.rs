//! Finds the row of headings and what separates the cells below it: the first row with the wanted or a usual name that
//! fits the rows below.

use crate::address::parse_address;
use crate::names::{known_names, normalize};
use crate::table::cells::Delimiter;
use crate::table::not_rows::{Directive, columns_of_ruling, directive, is_address, is_missing, may_hold_address};
use crate::table::sample::{Line, Sample, Texts};

/// Bytes that are between cells, the most usual one first.
pub(crate) const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// Second words of headings of two words, where single blanks are between headings too: `Local Address`, `Flags Mask`.
const SECOND_WORDS: [&str; 6] = ["address", "addr", "address:port", "adresse", "mask", "name"];

/// The most comments right above a row of which one may be the headings.
const MAX_COMMENTS: usize = 10;

/// How often the rows below are read to prove headings, which bounds the cost of a text full of their names.
const MAX_PROOFS: usize = 40;

/// A row of headings and the rows below.
#[derive(Debug)]
pub(crate) struct Heading {
    pub(crate) delimiter: Delimiter,
    /// The line where it stands.
    pub(crate) line: u32,
    pub(crate) names: Texts,
    pub(crate) below: Vec<Texts>,
}

/// The indices of those cells that may be the headings of addresses; empty if a row has none.
pub(crate) type Pick<'p> = &'p dyn Fn(&[String]) -> Vec<usize>;

/// Those with a usual name, in a row without an address.
pub(crate) fn usual(row: &[String]) -> Vec<usize> {
    if row.iter().any(|cell| parse_address(cell).is_ok()) {
        return Vec::new();
    }
    known_names(row.iter().map(String::as_str))
}

/// Those of the names, if the row has each.
pub(crate) fn named(row: &[String], names: &[&str]) -> Vec<usize> {
    let found: Vec<_> = names.iter().map(|name| alike(name, row)).collect();
    if found.iter().any(Vec::is_empty) { Vec::new() } else { found.concat() }
}

/// The cells that equal the name, or else those that do so when normalized. An address is no name.
pub(crate) fn alike(name: &str, row: &[String]) -> Vec<usize> {
    let like = |same: &dyn Fn(&str) -> bool| -> Vec<usize> {
        let is_name = |cell: &str| same(cell) && parse_address(cell).is_err();
        row.iter().enumerate().filter(|(_, cell)| is_name(cell)).map(|(index, _)| index).collect()
    };
    let exactly = like(&|cell| cell == name.trim());
    let wanted = normalize(name);
    let is_rough = exactly.is_empty() && name.parse::<usize>().is_err() && !wanted.is_empty();
    if is_rough { like(&|cell| normalize(cell) == wanted) } else { exactly }
}

/// The names that a log gives its fields in a line of their own, as Zeek and IIS do.
pub(crate) fn of_directive(sample: &Sample<'_>) -> Option<Heading> {
    let (index, names, delimiter) = sample.lines.iter().take_while(|line| line.is_comment()).enumerate().find_map(
        |(index, line)| match directive(line.bytes)? {
            Directive::Fields(names, delimiter) => Some((index, names, delimiter)),
            Directive::Other => None,
        },
    )?;
    let line = sample.lines[index];
    let first = sample.lines[index + 1..].iter().find(|line| !line.is_comment());
    let has_tab = first.is_some_and(|line| line.bytes.contains(&b'\t'));
    let delimiter = delimiter.unwrap_or(if has_tab { Delimiter::Unquoted(b'\t') } else { Delimiter::Spaces });
    let below = sample.rows_from(&line, &delimiter).into_iter().map(|(_, row)| row).collect();
    Some(Heading { delimiter, line: line.number, names, below })
}

/// The first row with headings that are proven by the rows below it.
pub(crate) fn proven(sample: &Sample<'_>, pick: Pick<'_>, by_name: bool) -> Option<Heading> {
    let is_near_row = |index: &usize| {
        let mut near = sample.lines[*index..].iter().take(MAX_COMMENTS + 1);
        near.any(|line| !line.is_comment())
    };
    let mut proofs = 0;
    (0..sample.lines.len()).filter(is_near_row).find_map(|index| {
        let mut best = None;
        if directive(sample.lines[index].bytes).is_some() {
            return None;
        }
        for (delimiter, names) in variants(sample, index) {
            let picked = pick(&names);
            if picked.is_empty() || proofs == MAX_PROOFS {
                continue;
            }
            proofs += 1;
            let below = below(sample, &sample.lines[index], &delimiter);
            let (names, picked) = beside_row_names(names, picked, pick, &below);
            let is_first = sample.first_line().is_some_and(|first| first.number == sample.lines[index].number);
            // Other addresses may show that it is a list below a comment.
            if sample.lines[index].is_comment() && has_other_addresses(&names, &picked, &below) && !by_name {
                continue;
            }
            let Some(fitness) = fitness(&delimiter, &names, &picked, &below, (is_first, by_name)) else { continue };
            if best.as_ref().is_none_or(|(most, _)| fitness > *most) {
                best = Some((fitness, Heading { delimiter, line: sample.lines[index].number, names, below }));
            }
        }
        best.map(|(_, heading)| from_first(sample, heading))
    })
}

/// The headings where they stand first, if they are repeated: each of several tables may have too few rows to prove them.
fn from_first(sample: &Sample<'_>, heading: Heading) -> Heading {
    let bytes = |line: &Line<'_>| line.bytes.trim_ascii().to_vec();
    let Some(proven) = sample.lines.iter().find(|line| line.number == heading.line).map(bytes) else { return heading };
    match sample.lines.iter().find(|line| bytes(line) == proven) {
        Some(first) if first.number < heading.line => {
            let below = below(sample, first, &heading.delimiter);
            Heading { line: first.number, below, ..heading }
        }
        _ => heading,
    }
}

/// R writes the names of rows into a first column that has no heading.
fn beside_row_names(names: Texts, picked: Vec<usize>, pick: Pick<'_>, below: &[Texts]) -> (Texts, Vec<usize>) {
    if below.is_empty() || below.iter().any(|row| row.len() != names.len() + 1) {
        return (names, picked);
    }
    let shifted: Texts = std::iter::once(String::new()).chain(names.iter().cloned()).collect();
    let shifted_picked = pick(&shifted);
    let is_beside = !below.iter().any(|row| fits(row, &picked)) && below.iter().all(|row| fits(row, &shifted_picked));
    if is_beside { (shifted, shifted_picked) } else { (names, picked) }
}

/// Whether those cells of a row hold an address, or certainly nothing.
fn fits(row: &Texts, picked: &[usize]) -> bool {
    picked.iter().all(|index| row.get(*index).is_some_and(|cell| is_missing(cell) || may_hold_address(cell)))
}

fn below(sample: &Sample<'_>, line: &Line<'_>, delimiter: &Delimiter) -> Vec<Texts> {
    sample.rows_from(line, delimiter).into_iter().skip(1).map(|(_, row)| row).collect()
}

/// The ways to cut a line into headings.
fn variants(sample: &Sample<'_>, index: usize) -> Vec<(Delimiter, Texts)> {
    let line = &sample.lines[index];
    let plain = without_hash(line.bytes);
    if let Some(stated) = sample.stated {
        let delimiter = Delimiter::Byte(stated);
        return vec![(delimiter.clone(), Sample::cells_of(plain, &delimiter))];
    }
    let mut variants = Vec::new();
    let bytes = DELIMITERS.map(Delimiter::Byte);
    for delimiter in bytes.into_iter().chain([sample.bars(index)]) {
        let names = match line.is_comment() {
            true => Sample::cells_of(plain, &delimiter),
            false => sample.cells_at(line, &delimiter),
        };
        // Of one cell, every delimiter makes the same.
        if names.len() > 1 || (delimiter == Delimiter::Byte(b',') && !line.is_comment()) {
            variants.push((delimiter, names));
        }
    }
    // Jira doubles the bars of headings.
    if plain.starts_with(b"||") {
        let plain = String::from_utf8_lossy(plain).replace("||", "|");
        let delimiter = Delimiter::Bars { outer: true };
        variants.push((delimiter.clone(), Sample::cells_of(plain.as_bytes(), &delimiter)));
    }
    if let Some(starts) = sample.lines.get(index + 1).and_then(|next| columns_of_ruling(next.bytes)) {
        let delimiter = Delimiter::Aligned(starts);
        variants.push((delimiter.clone(), Sample::cells_of(line.bytes, &delimiter)));
    }
    // Between tabs, blanks are within cells.
    if !line.bytes.contains(&b'\t') {
        let words = Sample::cells_of(line.bytes, &Delimiter::Spaces);
        variants.push((Delimiter::Spaces, pairs(line.bytes)));
        variants.push((Delimiter::Spaces, words));
        variants.push((Delimiter::Spaces, Sample::cells_of(plain, &Delimiter::Spaces)));
    }
    if let Some(starts) = starts_of_headings(line.bytes) {
        let delimiter = Delimiter::Aligned(starts);
        variants.push((delimiter.clone(), Sample::cells_of(line.bytes, &delimiter)));
    }
    variants.push((Delimiter::Gaps, Sample::cells_of(line.bytes, &Delimiter::Gaps)));
    variants.retain(|(delimiter, names)| names.len() > 1 || matches!(delimiter, Delimiter::Byte(_)));
    variants
}

/// A heading may begin with `#`, before or instead of the name of the first column, or with `# fields:`.
fn without_hash(line: &[u8]) -> &[u8] {
    let Some(rest) = line.trim_ascii_start().strip_prefix(b"#") else { return line };
    // A tab may end the first cell.
    let blanks = rest.iter().take_while(|byte| matches!(byte, b'#' | b' ')).count();
    let rest = &rest[blanks..];
    let label = rest.get(..7).filter(|label| label.eq_ignore_ascii_case(b"fields:"));
    label.map_or(rest, |label| &rest[label.len()..])
}

/// The columns where headings begin that have two blanks or more between them.
fn starts_of_headings(line: &[u8]) -> Option<Vec<usize>> {
    let text = str::from_utf8(line).ok().filter(|text| !text.contains('\t'))?;
    let mut starts = Vec::new();
    let mut blanks = 2;
    for (column, c) in text.chars().enumerate() {
        if c != ' ' && blanks > 1 {
            starts.push(column);
        }
        blanks = if c == ' ' { blanks + 1 } else { 0 };
    }
    (starts.len() > 1).then_some(starts)
}

/// The words of a line with those put together that are one heading, with one blank in it.
fn pairs(line: &[u8]) -> Texts {
    let mut names: Texts = Vec::new();
    for heading in Sample::cells_of(line, &Delimiter::Gaps) {
        let begun = names.len();
        for word in heading.split_whitespace() {
            let is_second = SECOND_WORDS.contains(&word.to_ascii_lowercase().as_str());
            match names[begun..].last_mut() {
                Some(last) if is_second && !last.contains(' ') => *last = format!("{last} {word}"),
                _ => names.push(word.to_owned()),
            }
        }
    }
    names
}

/// How well headings fit the rows below; `None` if that is no proof.
fn fitness(
    delimiter: &Delimiter,
    names: &[String],
    picked: &[usize],
    below: &[Texts],
    (is_first, by_name): (bool, bool),
) -> Option<(usize, usize)> {
    let all = below.len();
    let is_alike = |row: &&Texts| match delimiter {
        // An empty cell at the end does not show, and the last one may be of several words.
        Delimiter::Spaces => row.len() + 1 >= names.len(),
        _ => row.iter().skip(names.len()).chain(names.iter().skip(row.len())).all(String::is_empty),
    };
    let alike = below.iter().filter(is_alike).count();
    let has_address =
        |row: &&Texts| picked.iter().filter_map(|index| row.get(*index)).any(|cell| is_of_addresses(cell));
    let addresses = below.iter().filter(has_address).count();
    let fits = below.iter().filter(|row| fits(row, picked)).count();
    // Another table may follow, with other headings.
    let has_row = || below.first().is_some_and(|row| row.len() == names.len() && has_address(&row));
    let is_proven = match delimiter {
        Delimiter::Byte(_) | Delimiter::Unquoted(_) | Delimiter::Bars { .. } => {
            (by_name || addresses > 0) && (is_first || names.len() > 1) && (alike * 2 >= all || has_row())
        }
        // Without a cell in between, those behind it would be of other columns.
        Delimiter::Gaps if below.iter().any(|row| row.len() < names.len()) => false,
        Delimiter::Gaps | Delimiter::Aligned(_) if by_name && is_first && alike == all => true,
        // Other addresses may show that it is a list below a title.
        _ => {
            addresses > 0
                && fits * 10 >= all * 9
                && alike * 2 >= all
                && (by_name || !has_other_addresses(names, picked, below))
        }
    };
    let score = (alike + fits) * 100 / all.max(1);
    let exact = below.iter().filter(|row| names.len() > 1 && row.len() == names.len()).count();
    (is_proven && all > 0).then_some((score, exact))
}

/// Whether another column than those that are picked has addresses in most rows.
fn has_other_addresses(names: &[String], picked: &[usize], below: &[Texts]) -> bool {
    (0..names.len()).filter(|index| !picked.contains(index)).any(|index| {
        let cells = below.iter().filter_map(|row| row.get(index));
        cells.filter(|cell| is_address(cell)).count() * 2 >= below.len()
    })
}

/// Whether a cell is an address, or a list of nothing else.
fn is_of_addresses(cell: &str) -> bool {
    cell.split([',', ';']).all(is_address)
}

#[cfg(test)]
mod tests {
    use super::{pairs, starts_of_headings};

    #[test]
    fn headings_of_two_words_are_one() {
        let found = pairs(b"Proto Recv-Q Local Address  Foreign Address  State");
        assert_eq!(found, ["Proto", "Recv-Q", "Local Address", "Foreign Address", "State"]);
        assert_eq!(pairs(b"NAMESPACE   NAME   IP"), ["NAMESPACE", "NAME", "IP"]);
        assert_eq!(starts_of_headings(b"  Internet Address      Type"), Some(vec![2, 24]));
        assert_eq!(starts_of_headings(b"Internet Address"), None);
    }
}
