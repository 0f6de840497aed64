#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| callweave_fuzz::run("reports", data));
