//! Fuzzes [`mde_fuzz::answer`].

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mde_fuzz::answer(data));
