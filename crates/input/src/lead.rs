//! What introduces a line of a list: a bullet, the number of an item, how often the line was found.

use crate::service::is_number;

/// What may introduce a line, and is nothing of its own if something follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lead {
    /// `-`, `*`, `•`.
    Bullet,
    /// `1.`, `1:`, `1.)`, `a)`, `[x]`.
    Item,
    /// How often a line was found, as `uniq -c` has it.
    Count,
}

impl Lead {
    /// What a token introduces as a bullet or an item of a list.
    pub(crate) fn of(token: &str) -> Option<Self> {
        let mut characters = token.chars();
        if let (Some(bullet), None) = (characters.next(), characters.next())
            && "-*+–—•◦▪●○■□‣·➢➤".contains(bullet)
        {
            return Some(Self::Bullet);
        }
        if matches!(token, "☐" | "☑" | "☒" | "✓" | "✔" | "✗") {
            return Some(Self::Item);
        }
        // A longer number before a colon may be the first group of IPv6.
        let before_colon = token.strip_suffix(':').filter(|number| is_number(number) && number.len() < 4);
        let name = before_colon.or_else(|| token.strip_suffix(".)")).or_else(|| token.strip_suffix(['.', ')', ']']))?;
        let name = name.strip_prefix(['(', '[']).unwrap_or(name);
        let is_number = is_number(name) && name.len() <= 4;
        let is_letter = name.len() == 1 && name.bytes().all(|byte| byte.is_ascii_alphabetic());
        (is_number || is_letter).then_some(Self::Item)
    }

    /// A number that counts what follows. A larger number may be an address in decimal notation.
    pub(crate) fn count(token: &str) -> Option<Self> {
        let is_small = is_number(token) && token.parse::<u32>().is_ok_and(|number| number < 1 << 24);
        is_small.then_some(Self::Count)
    }
}

#[cfg(test)]
mod tests {
    use super::Lead;

    #[test]
    fn bullets_and_items_introduce_a_line() {
        for (tokens, expected) in [
            ("- * + – • ◦ ‣", Some(Lead::Bullet)),
            ("☐ ✓ 1. 1: 1.) 12) (3) [4] a) b. [x] [X] (c) 2026.", Some(Lead::Item)),
            ("-- 1 2001: a: : 12345. ab) 192.0. [xx] . ) [ 192.0.2.1 192.0.2.1. -1", None),
        ] {
            for token in tokens.split(' ') {
                assert_eq!(Lead::of(token), expected, "of {token:?}");
            }
        }
    }

    #[test]
    fn a_number_below_every_address_is_a_count() {
        let are_counts =
            ["1", "16777215", "16777216", "134744072", "1.", "x"].map(|token| Lead::count(token).is_some());
        assert_eq!(are_counts, [true, true, false, false, false, false]);
    }
}
