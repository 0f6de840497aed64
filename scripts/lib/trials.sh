# shellcheck shell=bash
# What scripts/faults, scripts/soak and scripts/pressure share: a broker and a stock cluster, the job
# on it, and the comparison of its result with the reference.
#
# A trial NAME reads the topic calls-NAME and writes linked-NAME and rejected-NAME.

# Records beside the valid calls, as shares; none is late.
# shellcheck disable=SC2034  # by some of the scripts
troubles=(--malformed 0.01 --invalid 0.01 --inconsistent 0.01 --too-long 0.005 --future 0.005 --duplicate 0.02)

now_ms() {
  date +%s%3N
}

# seconds_since MS: with a tenth.
seconds_since() {
  awk -v ms="$(($(now_ms) - $1))" 'BEGIN { printf "%.1f", ms / 1000 }'
}

# set_up_trials TASKMANAGERS SLOTS HA [NAME=VALUE...]: fetches and builds what is missing, and starts
# the broker and the cluster. SLOTS of each TaskManager; HA is yes or no; then any of Flink's settings.
set_up_trials() {
  local number=$1 number_of_slots=$2 ha=$3
  shift 3
  ensure_tools "$root"
  fetch_parts "$root" kafka
  use_cluster "$run_folder/cluster"
  fetch_distribution
  build_jar
  build_cli
  say "Logs are in $run_folder/log and $cluster/log"
  step "Starting Kafka"
  start_broker
  step "Starting Flink $distribution_version on Java $java_version, TaskManagers: $number"
  at_exit stop_cluster
  configure_cluster "$number_of_slots" "$ha" "$@"
  start_cluster "$number"
}

# create_input NAME PARTITIONS
create_input() {
  create_topic "calls-$1" "$2" || {
    show_tail "$run_folder/log/kafka-tools.out"
    die "could not create the topic calls-$1: see above"
  }
}

# run_job [ARGUMENT_OF_FLINK...] -- INPUT NAME PARALLELISM [OPTION...]: submits the job, which reads
# calls-INPUT; the rest is named by NAME. Sets job_id.
run_job() {
  local output=$run_folder/log/submit.out of_flink=()
  while [[ $1 != -- ]]; do
    of_flink+=("$1")
    shift
  done
  run_flink run -d ${of_flink[@]+"${of_flink[@]}"} "$job_jar" --bootstrap "$bootstrap" \
    --input-topic "calls-$2" --output-topic "linked-$3" --rejects-topic "rejected-$3" \
    --group-id "trial-$3" --parallelism "$4" "${@:5}" >"$output" 2>&1 || {
    show_tail "$output"
    die "Flink did not take the job: see above"
  }
  job_id=$(sed -n 's/.*JobID \([0-9a-f]\{32\}\).*/\1/p' "$output" | head -n 1)
  [[ -n $job_id ]] || die "Flink took the job but named no id: see $output"
}

# last_checkpoint_field NAME: a number of the last completed checkpoint; nothing where there is none.
last_checkpoint_field() {
  curl -fsS --max-time 5 "$flink_rest/jobs/$job_id/checkpoints" 2>/dev/null |
    sed -n 's/.*"latest":{"completed":{[^{}]*"'"$1"'":\([0-9]*\).*/\1/p'
}

# has_checkpoint_since MS: one is through that began after that.
has_checkpoint_since() {
  local began_ms
  began_ms=$(last_checkpoint_field trigger_timestamp)
  ((${began_ms:-0} > $1))
}

# await_checkpoint_since MS SECONDS: fails where the job fails or the time is up.
await_checkpoint_since() {
  wait_for "$broker_pid" "$2" has_checkpoint_since_or_is_over "$1" && has_checkpoint_since "$1" && return
  warn "the job is $(job_state): $(job_failure | head -n 3 | tr '\n' ' ')"
  return 1
}

has_checkpoint_since_or_is_over() {
  [[ $(job_state) == FAILED ]] || has_checkpoint_since "$1"
}

# verify_trial NAME SECONDS [OPTION...]: waits until every record of calls-NAME is accounted for, and compares.
# Fails where the reference says something else; what it says is for counted.
verify_trial() {
  local report=$run_folder/log/verify-$1.out
  run_command "$callweave" verify --bootstrap "$bootstrap" --input-topic "calls-$1" \
    --output-topic "linked-$1" --rejects-topic "rejected-$1" --wait --timeout "$2" "${@:3}" \
    >"$report" 2>>"$run_folder/log/verify.out" && return
  show_tail "$run_folder/log/verify.out"
  cat "$report" >&2
  return 1
}

# counted NAME WORD: from the report of that trial's comparison; a reason that no record has is not in it.
counted() {
  awk -v word="$2" '$1 == word { found = $2; exit } END { print found + 0 }' "$run_folder/log/verify-$1.out"
}

# open_calls: how many calls Link and Assemble wait with; read_metrics comes before.
open_calls() {
  echo "$((${metric[Link.openCalls]:-0} + ${metric[Assemble.openCalls]:-0}))"
}

# no_call_is_open: Link and Assemble say so.
no_call_is_open() {
  read_metrics
  [[ ${metric[Link.openCalls]:-} == 0 && ${metric[Assemble.openCalls]:-} == 0 ]]
}

# rss_bytes PID: what it has in memory; nothing where it has ended.
rss_bytes() {
  awk '/^VmRSS:/ { printf "%d", $2 * 1024 }' "/proc/$1/status" 2>/dev/null || true
}
