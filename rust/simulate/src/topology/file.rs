//! A topology as a user writes it. `built_in.yaml` explains every field.

use serde::Deserialize;
use serde_saphyr::Spanned;

/// The topology that is simulated unless the user gives another, with all fields explained.
pub const BUILT_IN: &str = include_str!("built_in.yaml");

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopologyFile {
    pub services: Option<Vec<ServiceEntry>>,
    pub client: Option<Spanned<String>>,
    pub work: Option<Spanned<WorkEntry>>,
    pub root: Option<Spanned<CallEntry>>,
}

/// A service.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceEntry {
    pub name: Spanned<String>,
    pub instances: Option<Spanned<f64>>,
    pub work: Option<Spanned<WorkEntry>>,
}

/// A call, or a group of calls side by side, which has nothing but `parallel`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallEntry {
    pub to: Option<Spanned<String>>,
    pub parallel: Option<Vec<Spanned<CallEntry>>>,
    pub probability: Option<Spanned<f64>>,
    pub repeat: Option<Spanned<f64>>,
    pub work: Option<Spanned<WorkEntry>>,
    pub calls: Option<Vec<Spanned<CallEntry>>>,
}

/// The time that a service works itself: one of the first four, and perhaps `stuck`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkEntry {
    pub constant: Option<ConstantEntry>,
    pub uniform: Option<UniformEntry>,
    pub exponential: Option<ExponentialEntry>,
    pub lognormal: Option<LognormalEntry>,
    pub stuck: Option<StuckEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConstantEntry {
    pub ms: Spanned<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UniformEntry {
    pub from_ms: Spanned<f64>,
    pub to_ms: Spanned<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExponentialEntry {
    pub mean_ms: Spanned<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LognormalEntry {
    pub median_ms: Spanned<f64>,
    pub sigma: Spanned<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StuckEntry {
    pub share: Spanned<f64>,
    pub from_ms: Spanned<f64>,
    pub to_ms: Spanned<f64>,
}

/// The fields that a text sets. What they say is not looked at yet.
pub fn parse(text: &str) -> anyhow::Result<TopologyFile> {
    // A snippet of the text would make more than one line of an error.
    let options = serde_saphyr::options! { with_snippet: false };
    serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| anyhow::anyhow!("{error}; --print-topology prints one that is right"))
}
