# shellcheck shell=bash
# Every process that a script starts ends with the script, however that ends.
#
# open_run makes the run folder and sets the traps. Each process gets a process group of its own,
# so that what it starts in turn is ended with it, and Ctrl-C reaches the script alone, which then
# ends all groups: TERM first, KILL after a few seconds.

run_folder=
# How long a process may take to end after TERM.
stop_grace_s=5
keep_run_folder=no
process_groups=()
exit_hooks=()

# open_run PARENT: makes PARENT/<process id of the script>, with log/ and tmp/ in it.
open_run() {
  run_folder=$1/$$
  rm -rf "$run_folder"
  mkdir -p "$run_folder/log" "$run_folder/tmp"
  trap close_run EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

# at_exit FUNCTION: called before the processes are ended.
at_exit() {
  exit_hooks+=("$1")
}

close_run() {
  local status=$? hook
  trap '' HUP INT TERM
  trap - EXIT
  set +e
  for hook in ${exit_hooks[@]+"${exit_hooks[@]}"}; do
    "$hook" "$status"
  done
  # A process started an instant ago may not be recorded yet: bash knows it as a job.
  local job
  for job in $(jobs -p); do
    process_groups+=("$job")
  done
  end_groups ${process_groups[@]+"${process_groups[@]}"}
  case "$status:$keep_run_folder" in
    0:no | 129:no | 130:no | 143:no) rm -rf "$run_folder" ;;
    *)
      if [[ -n $(find "$run_folder" -type f -print -quit) ]]; then
        warn "Logs and data of this run are kept in $run_folder"
      else
        rm -rf "$run_folder"
      fi
      ;;
  esac
  exit "$status"
}

# start_process NAME COMMAND...: in the background, its output in log/NAME.out. Sets last_pid.
start_process() {
  local output=$run_folder/log/$1.out
  shift
  set -m
  "$@" </dev/null >>"$output" 2>&1 &
  last_pid=$!
  set +m
  process_groups+=("$last_pid")
}

# run_command COMMAND...: waits for it, as if it stood there alone. But a signal to the script ends
# it at once, where bash would first wait for a plain command to end.
run_command() {
  local pid status=0
  if [[ $BASHPID != "$$" ]]; then
    # A group made by a subshell would be unknown to the script: stay in the one that is known.
    "$@" </dev/null
    return
  fi
  set -m
  "$@" </dev/null &
  pid=$!
  set +m
  process_groups+=("$pid")
  wait "$pid" || status=$?
  forget_group "$pid"
  return "$status"
}

# stop_process PID...: ends processes that start_process started, and what they started.
stop_process() {
  end_groups "$@"
  local pid
  for pid in "$@"; do
    forget_group "$pid"
  done
}

# kill_process PID: with KILL, a process that start_process started, and what it started.
kill_process() {
  kill -KILL -- "-$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
  forget_group "$1"
}

forget_group() {
  local group kept=()
  for group in ${process_groups[@]+"${process_groups[@]}"}; do
    [[ $group == "$1" ]] || kept+=("$group")
  done
  process_groups=(${kept[@]+"${kept[@]}"})
}

end_groups() {
  local group tick
  for group in "$@"; do
    # A stopped process takes its TERM only once it goes on.
    kill -TERM -- "-$group" 2>/dev/null && kill -CONT -- "-$group" 2>/dev/null
  done
  for ((tick = 0; tick < stop_grace_s * 10; tick++)); do
    any_group_alive "$@" || break
    sleep 0.1
  done
  for group in "$@"; do
    kill -KILL -- "-$group" 2>/dev/null || true
  done
  # Reaps them, and keeps bash from reporting each.
  wait "$@" 2>/dev/null || true
}

any_group_alive() {
  local group
  for group in "$@"; do
    kill -0 -- "-$group" 2>/dev/null && return 0
  done
  return 1
}

# wait_for PID SECONDS CONDITION...: until the condition holds. Fails when the process has ended
# (PID 0: there is none to look at) or the time is up.
wait_for() {
  local pid=$1 limit=$((SECONDS + $2))
  shift 2
  until "$@"; do
    if ((pid > 0)) && ! kill -0 "$pid" 2>/dev/null; then
      return 1
    fi
    if ((SECONDS >= limit)); then
      return 1
    fi
    sleep 0.2
  done
}

# show_tail FILE...: the end of each log, to standard error.
show_tail() {
  local log
  for log in "$@"; do
    [[ -s $log ]] || continue
    warn "--- the end of $log"
    tail -n 25 "$log" >&2
  done
}

# free_port: prints a port of the loopback that nobody listens on. It lies below the range from
# which the kernel numbers outgoing connections: a port of that range can be taken by a client
# while its server restarts, even by a client that keeps trying to reach that very server.
free_port() {
  local port
  while :; do
    port=$((12000 + (RANDOM * 32768 + RANDOM) % 18000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
}
