//! Fuzzes [`mde_fuzz::input`].

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mde_fuzz::input(data));
