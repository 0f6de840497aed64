//! Records in protobuf by messages that are described when the job starts.

use std::sync::OnceLock;

use callweave_core::call::map::{Mapping, OwnMessage, OwnMessageConfig};
use callweave_core::call::{parse, Call, Limits, Rejection};
use serde_json::value::RawValue;

/// The shipped message as one of the user's own.
const SAME: &str = "id=id,src_ip=src_ip,dst_ip=dst_ip,start_at_ms=start_at_ms,latency_msec=latency_msec,\
    end_at_ms=end_at_ms";
/// A field of each kind.
const ALL: &str =
    "id=bytes+kind+deeper.0.by_name.a,src_ip=deeper.1.bytes|by_flag.true,dst_ip=kind?number=1,\
    start_at_ms=at:ns|deeper.0.at:ns|real:s,latency_msec=took:ns|number:us|numbers.0,end_at_ms=small:s|numbers.1";

struct Maps {
    same: Mapping,
    all: Mapping,
}

/// What a map makes of a record that is one of the shipped messages, into `call`. As a message with a field of each
/// kind it is a call in JSON, or rejected.
///
/// # Errors
/// When it is no call.
pub fn read<'a>(record: &[u8], limits: &Limits, call: &'a mut Vec<u8>) -> Result<Call<'a>, Rejection> {
    static MAPS: OnceLock<Maps> = OnceLock::new();
    let Maps { same, all } = MAPS.get_or_init(|| Maps {
        same: of_message(SAME, "../../proto", "callweave.proto", "callweave.v1.Call"),
        all: of_message(ALL, "protos", "all.proto", "All"),
    });
    _ = read_by(all, record, limits, call);
    read_by(same, record, limits, call)
}

fn of_message(map: &str, folder: &str, file: &str, name: &str) -> Mapping {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut compiler = protox::Compiler::new([folder]).expect("the folder is there");
    compiler.include_imports(true).open_file(file).expect("the file is right");
    let config = OwnMessageConfig::new(&compiler.encode_file_descriptor_set(), name);
    let message = OwnMessage::read(&config).expect("the set has the message");
    Mapping::read(map).expect("the map is right").of_message(&message).expect("the message has all places")
}

fn read_by<'a>(
    map: &Mapping,
    record: &[u8],
    limits: &Limits,
    call: &'a mut Vec<u8>,
) -> Result<Call<'a>, Rejection> {
    map.rewrite(record, limits, call)?;
    let _: &RawValue = serde_json::from_slice(call).expect("what is read is JSON");
    parse(call, &limits.of_rewritten())
}
