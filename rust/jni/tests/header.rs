//! The committed header is what cbindgen makes of the source.

use std::path::Path;

#[test]
fn the_header_is_what_cbindgen_makes() {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(crate_folder.join("cbindgen.toml")).unwrap();
    let bindings = cbindgen::Builder::new()
        .with_src(crate_folder.join("src/c_api.rs"))
        .with_config(config)
        .generate()
        .unwrap();
    let mut made = Vec::new();
    bindings.write(&mut made);
    let made = String::from_utf8(made).unwrap();

    let header = crate_folder.join("include/callweave.h");
    if std::env::var_os("CALLWEAVE_BLESS").is_some() {
        std::fs::write(&header, &made).unwrap();
    }
    let committed = std::fs::read_to_string(&header).unwrap_or_default();
    assert!(
        committed == made,
        "{} is not what cbindgen makes of src/c_api.rs; \
         CALLWEAVE_BLESS=1 cargo test -p callweave-jni writes it anew",
        header.display()
    );
}
