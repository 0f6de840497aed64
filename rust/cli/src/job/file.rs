//! The job file, with the flags that go before it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{bail, ensure, Context};
use serde::Deserialize;

use super::args::Common;
use crate::job_options::table::{check_all, JOB_NAME, PARALLELISM};
use crate::values::quoted;

/// The job as the file and the flags describe it, checked.
#[derive(Clone, Debug)]
pub struct Job {
    /// What Flink calls it.
    pub name: String,
    /// Its jar.
    pub jar: Option<PathBuf>,
    /// Where Flink is.
    pub address: Address,
    /// Subtasks per operator.
    pub parallelism: Option<u32>,
    /// Where savepoints go, as the cluster sees it.
    pub savepoints: Option<String>,
    /// The options of the job.
    pub options: BTreeMap<String, String>,
    /// Where the lock and the record are: their paths without the last suffix.
    pub beside: PathBuf,
}

/// Where Flink is, and how to get there.
#[derive(Clone, Debug)]
pub struct Address {
    /// Without a slash at its end.
    pub url: String,
    /// Of basic authentication.
    pub user: Option<String>,
    /// Of the user.
    pub password_file: Option<PathBuf>,
    /// Certificates to trust.
    pub ca_file: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Text {
    name: Option<String>,
    jar: Option<PathBuf>,
    flink: Option<String>,
    user: Option<String>,
    password_file: Option<PathBuf>,
    ca_file: Option<PathBuf>,
    parallelism: Option<u32>,
    savepoints: Option<String>,
    #[serde(default)]
    options: BTreeMap<String, Scalar>,
}

/// A value as YAML has it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Scalar {
    Switch(bool),
    Integer(i64),
    Number(f64),
    Text(String),
}

impl Scalar {
    fn into_text(self) -> String {
        match self {
            Self::Switch(on) => if on { "on" } else { "off" }.to_owned(),
            Self::Integer(number) => number.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text,
        }
    }
}

impl Job {
    /// Reads the file, if there is one, and puts the flags over it.
    ///
    /// # Errors
    /// What is wrong, where, and what would be right.
    pub fn read(common: &Common) -> anyhow::Result<Self> {
        let mut text = common.file.as_deref().map(read_file).transpose()?.unwrap_or_default();
        let flag = |path: &Option<crate::paths::InputPath>, from_file: Option<PathBuf>| {
            path.as_deref().map(Path::to_owned).or(from_file)
        };
        let where_from =
            common.file.as_deref().map_or("the flags".to_owned(), |file| file.display().to_string());
        let mut options: BTreeMap<_, _> =
            text.options.into_iter().map(|(name, value)| (name, value.into_text())).collect();
        for pair in &common.options {
            // What stands behind the name may be a secret.
            let (name, value) = pair
                .split_once('=')
                .with_context(|| format!("--option {} has no =; NAME=VALUE is wanted", quoted(pair)))?;
            options.insert(name.to_owned(), value.to_owned());
        }
        for taken in [PARALLELISM.name, JOB_NAME.name] {
            let key = if taken == JOB_NAME.name { "name" } else { taken };
            ensure!(!options.contains_key(taken), "{where_from}: {taken} is no option here; {key} says it");
        }
        let name = common.name.clone().or(text.name.take()).unwrap_or_else(|| JOB_NAME.default.to_owned());
        let flink = common.flink.clone().or(text.flink.take());
        let address = Address {
            url: url(&flink.with_context(|| format!("{where_from}: flink is missing; Flink's REST address is wanted, as http://localhost:8081"))?)?,
            user: common.user.clone().or(text.user.take()),
            password_file: flag(&common.password_file, text.password_file.take()),
            ca_file: flag(&common.ca_file, text.ca_file.take()),
        };
        ensure!(
            address.user.is_some() == address.password_file.is_some(),
            "{where_from}: user and password-file go together; one of them is missing"
        );
        let named = options.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let parallelism = text.parallelism.map(|number| number.to_string());
        let all = named
            .chain([(JOB_NAME.name, name.as_str())])
            .chain(parallelism.as_deref().map(|number| (PARALLELISM.name, number)));
        check_all(all).map_err(|wrong| anyhow::anyhow!("{where_from}: {wrong}"))?;
        Ok(Self {
            beside: beside(common, &name)?,
            jar: flag(&common.jar, text.jar.take()),
            parallelism: text.parallelism,
            savepoints: common.savepoints.clone().or(text.savepoints.take()),
            name,
            address,
            options,
        })
    }

    /// What the job's main class is given.
    pub fn arguments(&self, parallelism: Option<u32>) -> Vec<String> {
        let mut arguments: Vec<_> =
            self.options.iter().map(|(name, value)| format!("--{name}={value}")).collect();
        if self.name != JOB_NAME.default {
            arguments.push(format!("--{}={}", JOB_NAME.name, self.name));
        }
        set_parallelism(&mut arguments, parallelism);
        arguments
    }
}

/// The JobManager may have a variable that says another one: the flag goes before it.
pub fn set_parallelism(arguments: &mut Vec<String>, parallelism: Option<u32>) {
    let flag = format!("--{}=", PARALLELISM.name);
    arguments.retain(|argument| !argument.starts_with(&flag));
    arguments.extend(parallelism.map(|parallelism| format!("{flag}{parallelism}")));
}

fn read_file(path: &Path) -> anyhow::Result<Text> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the job file {}", path.display()))?;
    // A snippet of the file could show a password.
    let options = serde_saphyr::options! { with_snippet: false };
    let mut read: Text = serde_saphyr::from_str_with_options(&text, options)
        .map_err(|error| anyhow::anyhow!("{}: {}", path.display(), error.to_string().replace('\n', " ")))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    for file in [&mut read.jar, &mut read.password_file, &mut read.ca_file].into_iter().flatten() {
        *file = folder.join(&*file);
    }
    Ok(read)
}

fn url(text: &str) -> anyhow::Result<String> {
    ensure!(
        !text.contains('@'),
        "flink has a user or a password (not shown); user and password-file say them"
    );
    let rest = text.strip_prefix("http://").or(text.strip_prefix("https://"));
    let is_right = rest.is_some_and(|rest| !rest.is_empty() && !rest.contains([' ', '?', '#']));
    ensure!(is_right, "flink is {}; a URL as http://localhost:8081 is wanted", quoted(text));
    if !cfg!(feature = "tls") && text.starts_with("https://") {
        bail!("this callweave was built without TLS; build it with the feature tls to use {}", quoted(text));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn beside(common: &Common, name: &str) -> anyhow::Result<PathBuf> {
    match common.file.as_deref() {
        Some(file) => Ok(file.to_owned()),
        None => {
            let is_file_name = !name.contains(['/', '\0']) && !name.starts_with('.');
            ensure!(is_file_name, "the name {} cannot be that of a file; use a job file", quoted(name));
            Ok(PathBuf::from(format!("{name}.job")))
        }
    }
}

#[cfg(test)]
mod tests;
