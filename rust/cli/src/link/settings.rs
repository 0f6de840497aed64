//! What a linker is asked for.

use callweave_core::edges::SumsConfig;
use callweave_core::protobuf::RecordFormat;
use callweave_core::route::RouteConfig;
use callweave_core::spans::SpansConfig;

/// Settings of a [`Linker`](super::linker::Linker).
#[derive(Clone, Debug)]
pub struct Settings {
    /// How calls are judged and cut into cells.
    pub route: RouteConfig,
    /// How linked calls are written.
    pub output_format: RecordFormat,
    /// Groups of ids.
    pub id_groups: u32,
    /// Ids in one list at most.
    pub max_links: u32,
    /// The watermark's distance from the highest start, ms.
    pub max_out_of_order_ms: i64,
    /// How chains are made; `None` if they are not.
    pub chains: Option<ChainSettings>,
    /// How windows are cut; `None` if they are neither written nor judged.
    pub windows: Option<WindowSettings>,
    /// A file of names of services; empty for none.
    pub services: String,
    /// Kernels of each kind that work side by side, in the threads of rayon's global pool.
    pub threads: usize,
}

/// Settings of [`Chains`].
#[derive(Clone, Debug)]
pub struct ChainSettings {
    /// Width of the windows in which parents are decided, ms: whole buckets.
    pub window_ms: i64,
    /// How much later a window is decided, ms: whole buckets.
    pub look_ahead_ms: i64,
    /// Units of work that the choice of a call's parent may cost.
    pub effort: u32,
    /// Calls in one chain at most.
    pub max_chain_calls: u32,
    /// Whether the records of chains are written.
    pub writes_records: bool,
    /// How these are written.
    pub format: RecordFormat,
    /// Which spans are made of them; `None` for none.
    pub spans: Option<SpansConfig>,
}

/// Settings of the windows of edges, entries and services.
#[derive(Clone, Debug)]
pub struct WindowSettings {
    /// Width of a window, ms: a multiple of the slide.
    pub window_ms: i64,
    /// How much later the next one begins, ms: whole buckets.
    pub slide_ms: i64,
    /// Series of each kind that a window has at most.
    pub max_series: u32,
    /// How records are written.
    pub format: RecordFormat,
    /// Whether they are written.
    pub writes_records: bool,
    /// What is changed of the built-in rules of alerts; `None` if windows are not judged.
    pub rules: Option<String>,
}

impl WindowSettings {
    /// What the sums are made for.
    pub fn sums(&self) -> SumsConfig {
        SumsConfig { window_ms: self.window_ms, slide_ms: self.slide_ms }
    }
}
