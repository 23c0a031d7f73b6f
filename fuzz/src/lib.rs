//! What must hold for the readers that are public, whatever they read. The fuzz targets call these functions, and
//! `tests/tests/corpora.rs` includes this file to do the same with the corpora, by stable Rust and without a fuzzer.

/// The answer of the service: what is read is written, and read back as the same.
pub fn answer(data: &[u8]) {
    let Ok(answer) = serde_json::from_slice::<mde_client::InOrgIpStats>(data) else { return };
    let written = serde_json::to_string(&answer).unwrap_or_else(|error| panic!("{answer:?} is not written: {error}"));
    let again = serde_json::from_str(&written).unwrap_or_else(|error| panic!("{written} is not read back: {error}"));
    assert_eq!(answer, again, "{written}");
}

/// The contract: a rule for whatever is refused, and Rust for whatever is not.
pub fn contract(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    match mde_codegen::generate("contract.yaml", text) {
        Ok(source) => drop(syn::parse_file(&source).unwrap_or_else(|error| panic!("{error}: {source}"))),
        Err(findings) => {
            assert!(!findings.is_empty(), "refused without a finding");
            for finding in findings {
                let is_known = mde_codegen::LINT_RULES.iter().any(|rule| rule.id == finding.rule);
                assert!(is_known && !finding.to_string().is_empty(), "{finding}");
            }
        }
    }
}

/// A fault: what is read is written in its usual form, and read back as the same.
pub fn faults(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    match text.parse::<mde_sandbox::Fault>() {
        Ok(fault) => assert_eq!(fault.to_string().parse(), Ok(fault.clone()), "{fault}"),
        Err(error) => assert!(!error.to_string().is_empty(), "refused without a word"),
    }
}
