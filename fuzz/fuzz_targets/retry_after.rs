//! Fuzzes `retry_after` of the client's own module `fuzzing`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mde_client::fuzzing::retry_after(data));
