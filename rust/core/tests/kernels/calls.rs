//! Calls between a few addresses, in many spellings.

/// Addresses, each with spellings that all mean it.
pub const ADDRESSES: [&[&str]; 6] = [
    &["10.0.0.1", "::ffff:10.0.0.1", "10.0.0.1:8080"],
    &["10.0.0.2", "10.0.0.2/32"],
    &["::1", "0:0:0:0:0:0:0:1", "[::1]:80", "::1%lo"],
    &["2001:db8::a", "2001:DB8::A"],
    &["b\u{fc}cher.example", "xn--bcher-kva.example", "B\u{dc}CHER.example.:443"],
    &["10.0.0.3", r"10.0.0.\u0033"],
];

/// A call whose `src` and `dst` are numbers of addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnyCall {
    /// JSON of the id.
    pub id: String,
    pub src: usize,
    pub dst: usize,
    pub start_ms: i64,
    /// 1 ms before the start at the earliest, by rounding.
    pub end_ms: i64,
}

impl AnyCall {
    /// A record of the call.
    pub fn json(&self, spelling: usize) -> Vec<u8> {
        let spell = |address: usize| ADDRESSES[address][spelling % ADDRESSES[address].len()];
        format!(
            r#"{{"id":{},"src_ip":"{}","dst_ip":"{}","start_at_ms":{},"latency_msec":{},"end_at_ms":{}}}"#,
            self.id,
            spell(self.src),
            spell(self.dst),
            self.start_ms,
            (self.end_ms - self.start_ms).max(0),
            self.end_ms
        )
        .into_bytes()
    }
}
