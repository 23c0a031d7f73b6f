//! Fuzzes [`mde_fuzz::faults`].

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mde_fuzz::faults(data));
