//! Commands of the user's, which start and end TaskManagers.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{bail, Context};
use nix::sys::signal::{killpg, SigSet, Signal};
use nix::unistd::Pid;

const POLL: Duration = Duration::from_millis(50);

/// Runs a command line by `sh`, with these variables in its environment, and waits until it has ended.
///
/// What it prints goes to stderr. Ctrl-C does not reach it, so that it is not broken off in the middle; after `limit`
/// it is killed, with all that it has started.
///
/// # Errors
/// When it fails, or takes longer.
pub fn run(line: &str, variables: &[(&str, String)], limit: Duration) -> anyhow::Result<()> {
    let mut command = Command::new("sh");
    command.args(["-c", line]).envs(variables.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::null()).stdout(std::io::stderr()).process_group(0);
    let mut child = with_signals(|| command.spawn()).context("cannot start sh")?;
    match wait(&mut child, limit)? {
        Some(status) if status.success() => Ok(()),
        Some(status) => bail!("'{line}' failed: {status}"),
        None => {
            let group = i32::try_from(child.id()).context("its process has no id")?;
            killpg(Pid::from_raw(group), Signal::SIGKILL).context("cannot kill it")?;
            child.wait()?;
            bail!("'{line}' was killed: it took longer than {} s", limit.as_secs())
        }
    }
}

/// Starts a process with signals unblocked, which it would else inherit blocked from this one: a TaskManager could not
/// be ended by a signal then.
fn with_signals<T>(spawn: impl FnOnce() -> std::io::Result<T>) -> anyhow::Result<T> {
    let before = SigSet::thread_get_mask()?;
    SigSet::empty().thread_set_mask()?;
    let spawned = spawn();
    before.thread_set_mask()?;
    Ok(spawned?)
}

/// Its end; `None` where it does not come in time.
fn wait(child: &mut Child, limit: Duration) -> anyhow::Result<Option<ExitStatus>> {
    let end = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= end {
            return Ok(None);
        }
        std::thread::sleep(POLL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_command_is_a_line_for_the_shell_with_variables() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("seen");
        let variables = [("CALLWEAVE_TASKMANAGERS", "3".to_owned()), ("SEEN", file.display().to_string())];
        run("echo $CALLWEAVE_TASKMANAGERS | tee -a \"$SEEN\"", &variables, LONG).unwrap();
        assert_eq!(std::fs::read_to_string(file).unwrap(), "3\n");
    }

    #[test]
    fn a_command_that_fails_is_named_with_its_exit_code() {
        let error = run("exit 7", &[], LONG).unwrap_err();
        assert_eq!(error.to_string(), "'exit 7' failed: exit status: 7");
    }

    #[test]
    fn a_command_that_does_not_end_is_killed_with_what_it_has_started() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pid").display().to_string();
        let line = "sleep 1000 & echo $! > \"$FILE\"; wait";
        let error = run(line, &[("FILE", file.clone())], Duration::from_secs(5)).unwrap_err();
        assert!(error.to_string().ends_with("was killed: it took longer than 5 s"), "{error}");
        let started = std::fs::read_to_string(file).unwrap();
        let state = || std::fs::read_to_string(format!("/proc/{}/stat", started.trim())).unwrap_or_default();
        // What nobody waits for any more is a zombie until init asks for it.
        let is_gone = || state().is_empty() || state().contains(") Z ");
        let end = Instant::now() + LONG;
        while !is_gone() {
            assert!(Instant::now() < end, "{}", state());
            std::thread::sleep(POLL);
        }
    }

    #[test]
    fn a_command_takes_signals_though_this_process_has_them_blocked() {
        let mut blocked = SigSet::empty();
        blocked.add(Signal::SIGTERM);
        blocked.thread_block().unwrap();
        let error = run("kill -TERM $$; exit 3", &[], LONG).unwrap_err();
        assert!(error.to_string().contains("signal: 15"), "{error}");
        assert!(SigSet::thread_get_mask().unwrap().contains(Signal::SIGTERM));
        blocked.thread_unblock().unwrap();
    }
}
