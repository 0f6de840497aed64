# shellcheck shell=bash
# shellcheck source-path=SCRIPTDIR
# What the shell scripts share, and root: the project's folder.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
source "$root/scripts/lib/messages.sh"
source "$root/scripts/lib/tools.sh"

# exec_rig NAME ARGUMENT...: this process becomes that command of the package rigs.
exec_rig() {
  ensure_python
  PYTHONPATH=$root exec python3 -m rigs "$@"
}

# exec_guarded SCRIPT ARGUMENT...: runs the script again, with a folder in run_folder that goes when it has
# succeeded, and with an end to everything that it has started, whatever ends it. Returns in that run.
exec_guarded() {
  [[ -n ${CALLWEAVE_RUN_FOLDER:-} ]] || exec_rig guard "$@"
  # shellcheck disable=SC2034  # by the script
  run_folder=$CALLWEAVE_RUN_FOLDER
  # What is started from here has runs of its own.
  unset CALLWEAVE_RUN_FOLDER
}
