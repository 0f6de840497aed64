//! A kernel whose allocations are counted.

use callweave_core::kernel::{CellKernel, KeyedKernel, Outbox, Pulled};
use callweave_core::route::Route;

use crate::allocator::live_bytes;
use crate::load::{collect, Cells};

/// What the report may leave out of small memory: error texts, the ends of tables.
const SLACK_BYTES: usize = 128 << 10;

pub struct Tracked<K> {
    kernel: K,
    live_bytes: isize,
    peak_bytes: usize,
    buffer: Vec<u8>,
    /// Memory for what a step appends, so that it is not counted as the kernel's.
    appended: Vec<u8>,
}

impl<K: Outbox> Tracked<K> {
    pub fn new(make: impl FnOnce() -> K) -> Self {
        let before = live_bytes();
        let kernel = make();
        let live_bytes = live_bytes() - before;
        let (buffer, appended) = (vec![0; 8 << 20], Vec::with_capacity(8 << 20));
        Tracked { kernel, live_bytes, peak_bytes: 0, buffer, appended }
    }

    /// Bytes that the kernel has allocated and not freed.
    pub fn live_bytes(&self) -> usize {
        self.live_bytes.try_into().unwrap()
    }

    /// The most it had after any step.
    pub fn peak_bytes(&self) -> usize {
        self.peak_bytes
    }

    /// Does a step of the kernel, and compares its report with its allocations.
    fn step<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = live_bytes();
        let done = work(self);
        self.live_bytes += live_bytes() - before;
        let (live, reported) = (self.live_bytes(), self.kernel.memory_bytes());
        self.peak_bytes = self.peak_bytes.max(live);
        let tolerated = SLACK_BYTES + live / 10;
        assert!(reported.abs_diff(live) <= tolerated, "{reported} bytes reported, {live} bytes allocated");
        done
    }

    /// Pulls all that the kernel has to give into `cells`.
    pub fn drain(&mut self, cells: &mut Cells) {
        loop {
            match self.step(|tracked| tracked.kernel.pull(&mut tracked.buffer).unwrap()) {
                Pulled::Filled(0) => return,
                Pulled::Filled(bytes) => collect(&self.buffer[..bytes], cells),
                Pulled::Needs(bytes) => self.buffer.resize(bytes, 0),
            }
        }
    }

    /// Pulls all that the kernel has to give; returns how many bytes that is.
    pub fn drain_bytes(&mut self) -> usize {
        let mut all = 0;
        loop {
            match self.step(|tracked| tracked.kernel.pull(&mut tracked.buffer).unwrap()) {
                Pulled::Filled(0) => return all,
                Pulled::Filled(bytes) => all += bytes,
                Pulled::Needs(bytes) => self.buffer.resize(bytes, 0),
            }
        }
    }
}

impl Tracked<Route> {
    pub fn push_batch(&mut self, batch: &[u8]) {
        self.appended.clear();
        self.step(|Tracked { kernel, appended, .. }| {
            kernel.push_batch(batch, i64::MIN, 1 << 52, appended).unwrap();
        });
        assert!(self.appended.len() <= 8 << 20, "the verdict was allocated in the step");
    }

    pub fn flush(&mut self) {
        self.step(|tracked| tracked.kernel.flush(i64::MAX).unwrap());
    }
}

impl<K: CellKernel> Tracked<K> {
    pub fn push(&mut self, block: &[u8]) {
        self.step(|tracked| tracked.kernel.push(block).unwrap());
    }

    pub fn fire(&mut self, bucket: i64) {
        self.step(|tracked| tracked.kernel.fire(bucket).unwrap());
    }
}

impl<K: KeyedKernel> Tracked<K> {
    pub fn load(&mut self, state: &[u8]) {
        self.step(|tracked| tracked.kernel.load(state).unwrap());
    }

    /// What has to be known of the key when it is worked next.
    pub fn save(&mut self) -> Vec<u8> {
        self.appended.clear();
        self.step(|Tracked { kernel, appended, .. }| kernel.save(appended).unwrap());
        assert!(self.appended.len() <= 8 << 20, "the state was allocated in the step");
        self.appended.clone()
    }
}
