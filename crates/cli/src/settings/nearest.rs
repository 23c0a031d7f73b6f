//! What somebody probably meant.

/// Names the nearest of what there is, or all of it where nothing is near.
pub(super) fn advice<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> String {
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
    fn what_is_near_is_named_alone() {
        let known = ["endpoint", "tenant", "look-back-hours"];
        let names = [("tennant", "tenant"), ("Endpiont", "endpoint"), ("look_back_hours", "look-back-hours")];
        for (given, meant) in names {
            assert_eq!(advice(given, known), format!("did you mean {meant:?}?"));
        }
        assert_eq!(advice("colour", known), "give one of endpoint, tenant, look-back-hours");
    }
}
