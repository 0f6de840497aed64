//! Which service calls which: a table of services and the tree of calls of one trace.

/// How long a service works on a call of its own, the calls it makes not counted.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    /// Half of the usual calls are shorter.
    pub median_ms: f64,
    /// Spread of the usual calls: the standard deviation of their logarithm.
    pub sigma: f64,
    /// How many calls are stuck instead, 0 to 1; they take 300 ms to 20 s, evenly in the logarithm.
    pub stuck_share: f64,
}

/// One call of a trace, and the calls that it causes.
#[derive(Clone, Debug)]
pub struct Step {
    /// The service that is called, an index into [`Topology::services`].
    pub to: usize,
    /// In how many traces the call is made when its parent is, 0 to 1.
    pub probability: f64,
    /// The called service's own work.
    pub work: Work,
    /// What the called service calls: one stage after the other, the calls of a stage side by side.
    pub stages: Vec<Vec<Step>>,
}

impl Step {
    /// Calls in this subtree, on average.
    fn mean_calls(&self) -> f64 {
        let below: f64 = self.stages.iter().flatten().map(Step::mean_calls).sum();
        self.probability * (1.0 + below)
    }
}

/// The services and the calls between them.
#[derive(Clone, Debug)]
pub struct Topology {
    /// Names of the services.
    pub services: Vec<&'static str>,
    /// The service that starts every trace, an index into `services`.
    pub client: usize,
    /// The first call of a trace.
    pub root: Step,
}

impl Topology {
    /// `Client → Main → (SubService1 ∥ (SubService2 → SubService3))`, and in 40 % of the traces
    /// `Main → SubService2` once more after that.
    pub fn built_in() -> Self {
        let usual = Work { median_ms: 12.0, sigma: 0.8, stuck_share: 0.05 };
        let call = |to, probability, stages| Step { to, probability, work: usual, stages };
        let store = call(4, 1.0, vec![]);
        let both = vec![call(2, 1.0, vec![]), call(3, 1.0, vec![vec![store]])];
        let again = vec![call(3, 0.4, vec![])];
        Self {
            services: vec!["Client", "Main", "SubService1", "SubService2", "SubService3"],
            client: 0,
            root: call(1, 1.0, vec![both, again]),
        }
    }

    /// Calls in a trace, on average.
    pub fn mean_calls(&self) -> f64 {
        self.root.mean_calls()
    }
}
