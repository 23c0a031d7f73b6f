//! Parts of sentences: a number of things, and the word that was probably meant.

use std::fmt::Display;

/// A number of things, such as `1 call` and `2 calls`.
pub(crate) fn plural<N: Display + PartialEq + From<u8>>(count: N, one: &str, many: &str) -> String {
    let name = if count == N::from(1) { one } else { many };
    format!("{count} {name}")
}

/// Names the known word that is nearest to the given one, or lists all known words where none is near.
pub(crate) fn suggestion<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<_> = known.into_iter().collect();
    let distance = |name: &str| strsim::damerau_levenshtein(&given.to_lowercase(), &name.to_lowercase());
    // A third of the letters may be wrong, and one of a short name.
    let limit = (given.chars().count() / 3).max(1);
    match known.iter().map(|name| (distance(name), name)).min() {
        Some((distance, name)) if distance <= limit => format!("did you mean {name:?}?"),
        _ => format!(
            "give one of {}",
            known.iter().map(|name| name.escape_debug().to_string()).collect::<Vec<_>>().join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_singular() {
        assert_eq!([0, 1, 2].map(|count| plural(count, "call", "calls")), ["0 calls", "1 call", "2 calls"]);
    }

    #[test]
    fn a_near_word_is_suggested_alone() {
        let known = ["endpoint", "tenant", "look-back-hours"];
        let names = [("tennant", "tenant"), ("Endpiont", "endpoint"), ("look_back_hours", "look-back-hours")];
        for (given, meant) in names {
            assert_eq!(suggestion(given, known), format!("did you mean {meant:?}?"));
        }
        assert_eq!(suggestion("colour", known), "give one of endpoint, tenant, look-back-hours");
    }
}
