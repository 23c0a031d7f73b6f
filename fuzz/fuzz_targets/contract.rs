//! Fuzzes [`mde_fuzz::contract`].

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mde_fuzz::contract(data));
