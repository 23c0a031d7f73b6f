//! What can be set about the answers of a sandbox.

use mde_sandbox::{Quirks, Setting};

/// What to put where a setting takes a host name.
const HOST: &str = "api-eu3.securitycenter.microsoft.com";

/// For each setting the values that are not the default.
fn changes() -> Vec<Vec<Setting>> {
    let settings = Quirks::settings().map(|setting| {
        let texts = setting.values.iter().map(|value| if value.is_placeholder() { HOST } else { value.text });
        let values = texts.skip(1).map(|text| format!("{}={text}", setting.name).parse().unwrap());
        values.collect()
    });
    settings.collect()
}

/// No change, every single one, and every two of different settings.
pub(crate) fn combinations() -> Vec<Vec<Setting>> {
    let mut combinations = vec![Vec::new()];
    for values in changes() {
        let with = |value: &Setting| {
            let smaller = combinations.iter().filter(|combination| combination.len() < 2);
            smaller
                .map(|combination| [combination.as_slice(), std::slice::from_ref(value)].concat())
                .collect::<Vec<_>>()
        };
        let more: Vec<_> = values.iter().flat_map(with).collect();
        combinations.extend(more);
    }
    combinations
}

/// How messages call a combination.
pub(crate) fn name(combination: &[Setting]) -> String {
    let texts: Vec<_> = combination.iter().map(Setting::to_string).collect();
    if texts.is_empty() { "as by default".to_owned() } else { texts.join(" ") }
}
