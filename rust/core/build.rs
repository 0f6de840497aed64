//! Makes the types of `proto/callweave.proto`, without a `protoc` on the machine.

use std::error::Error;

const FOLDER: &str = "../../proto";
const FILE: &str = "callweave.proto";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={FOLDER}/{FILE}");
    prost_build::compile_fds(protox::compile([FILE], [FOLDER])?)?;
    Ok(())
}
