//! The corpora of the fuzz targets, read without a fuzzer. Those of the readers that are not public are read by the
//! client's own tests, in `crates/client/src/fuzzing.rs`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "it is a library there")]
mod readers;

use std::fs;
use std::path::Path;

/// The name of a target, and what must hold of each text.
type Target = (&'static str, fn(&[u8]));

#[test]
fn what_the_fuzzer_found_worth_keeping_holds() {
    let targets: [Target; 4] = [
        ("answer", readers::answer),
        ("contract", readers::contract),
        ("faults", readers::faults),
        ("input", readers::input),
    ];
    for (target, check) in targets {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
        let texts: Vec<_> = fs::read_dir(folder).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap()).collect();
        assert!(texts.len() >= 8, "{target} has {} texts", texts.len());
        texts.iter().for_each(|text| check(text));
    }
}
