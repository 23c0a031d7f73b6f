//! What can be set about the answers of a sandbox.

use mde_sandbox::SandboxBuilder;

/// A setting that lets answers be others than by default.
#[derive(Clone, Copy)]
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    pub(crate) set: fn(SandboxBuilder) -> SandboxBuilder,
}

/// Every such setting, a line for each.
pub(crate) const SETTINGS: &[Setting] =
    &[Setting { name: "times clipped to the window", set: |sandbox| sandbox.clip_times_to_window(true) }];

/// Every combination of them, the first of which is none. Of settings that exclude each other the last one holds.
pub(crate) fn combinations() -> Vec<Vec<Setting>> {
    let mut combinations = vec![Vec::new()];
    for setting in SETTINGS {
        let with = combinations.iter().map(|combination| [combination.as_slice(), &[*setting]].concat());
        let with: Vec<_> = with.collect();
        combinations.extend(with);
    }
    combinations
}

/// How messages call a combination.
pub(crate) fn name(combination: &[Setting]) -> String {
    let names: Vec<_> = combination.iter().map(|setting| setting.name).collect();
    if names.is_empty() { "as by default".to_owned() } else { names.join(", ") }
}
