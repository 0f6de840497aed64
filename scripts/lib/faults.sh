# shellcheck shell=bash
# The faults that scripts/faults injects. Each function does the harm and starts again what would not
# come back by itself; whether the job has come through is for the caller to see. It sets harmed_at_ms
# to when the harm was done, and job_id and parallelism where it had to submit the job anew.

# Without these four, nothing about exactly once has been shown.
main_faults=(kill-taskmanager kill-jobmanager kill-broker rescale)
other_faults=(freeze-taskmanager broker-away restart-all resubmit second-job)

# How long a TaskManager is stopped: longer than heartbeat_timeout_ms.
freeze_s=15
broker_away_s=60

# deal_faults NUMBER: sets dealt to so many kinds. Every kind comes once before one comes again, the
# main ones first. Draws in this very shell: in a subshell, RANDOM would forget its seed.
deal_faults() {
  shuffle "${main_faults[@]}"
  dealt=("${shuffled[@]}")
  shuffle "${other_faults[@]}"
  dealt+=("${shuffled[@]}")
  while ((${#dealt[@]} < $1)); do
    shuffle "${main_faults[@]}" "${other_faults[@]}"
    dealt+=("${shuffled[@]}")
  done
  dealt=("${dealt[@]:0:$1}")
}

# shuffle WORD...: sets shuffled.
shuffle() {
  local place other word
  shuffled=("$@")
  for ((place = $# - 1; place > 0; place--)); do
    other=$((RANDOM % (place + 1)))
    word=${shuffled[place]}
    shuffled[place]=${shuffled[other]}
    shuffled[other]=$word
  done
}

# inject KIND
inject() {
  case "$1" in
    kill-taskmanager) kill_working_taskmanager ;;
    kill-jobmanager) kill_jobmanager ;;
    kill-broker) take_broker_away 0 ;;
    broker-away) take_broker_away "$broker_away_s" ;;
    freeze-taskmanager) freeze_taskmanager ;;
    restart-all) restart_all ;;
    rescale) rescale_job ;;
    resubmit) lose_cluster ;;
    second-job) run_second_job ;;
  esac
}

mark_harm() {
  harmed_at_ms=$(now_ms)
}

kill_working_taskmanager() {
  draw_working_taskmanager
  kill_daemons "$drawn"
  mark_harm
  fill_taskmanagers
}

# fill_taskmanagers: up to the number that the cluster began with. A frozen one left one more.
fill_taskmanagers() {
  local number
  number=$(daemons "$taskmanager_class" | wc -l)
  for (( ; number < taskmanagers; number++)); do
    add_taskmanager
  done
}

kill_jobmanager() {
  local pid
  pid=$(daemons "$jobmanager_class")
  kill_daemons "$pid"
  mark_harm
  start_jobmanager
}

# take_broker_away SECONDS
take_broker_away() {
  kill_broker
  mark_harm
  sleep "$1"
  bring_broker_back
}

bring_broker_back() {
  launch_broker || {
    show_tail "$run_folder/log/broker.log"
    die "the broker did not come back on its data: see above"
  }
}

# Its tasks go on elsewhere while it is frozen. Then it is back, and knows nothing of that.
freeze_taskmanager() {
  draw_working_taskmanager
  (($(daemons "$taskmanager_class" | wc -l) > taskmanagers)) || add_taskmanager
  kill -STOP "$drawn"
  mark_harm
  sleep "$freeze_s"
  kill -CONT "$drawn"
}

restart_all() {
  local pids
  mapfile -t pids < <(all_daemons)
  kill_broker
  kill_daemons "${pids[@]}"
  mark_harm
  bring_broker_back
  start_masters
  fill_taskmanagers
}

# By a savepoint, to the next parallelism.
rescale_job() {
  local savepoint output=$run_folder/log/stop.out
  mark_harm
  run_flink stop "$job_id" >"$output" 2>&1 || {
    show_tail "$output"
    die "flink stop failed: see above"
  }
  savepoint=$(sed -n 's/^Savepoint completed. Path: //p' "$output")
  next_parallelism
  start_job "$round" -s "$savepoint"
}

next_parallelism() {
  case "$parallelism" in
    2) parallelism=5 ;;
    5) parallelism=1 ;;
    1) parallelism=3 ;;
    *) parallelism=2 ;;
  esac
}

# The whole cluster is lost with all that it knew of the job, but for the checkpoints.
lose_cluster() {
  local pids
  mapfile -t pids < <(all_daemons)
  kill_daemons "${pids[@]}"
  mark_harm
  rm -rf "${cluster:?}"/{ha,zookeeper}/*
  start_cluster "$taskmanagers"
  start_job "$round" -s "$(last_checkpoint)"
}

# last_checkpoint: the newest one that the job has retained.
last_checkpoint() {
  local metadata
  metadata=$(find "$cluster/checkpoints/$job_id" -path '*/chk-*/_metadata' | sort -V | tail -n 1)
  [[ -n $metadata ]] || die "job $job_id has retained no checkpoint in $cluster/checkpoints"
  dirname "$metadata"
}

# Another job of the same jar in the same TaskManagers, and its end.
run_second_job() {
  local first=$job_id first_parallelism=$parallelism
  mark_harm
  parallelism=1
  start_job "$round-second"
  await_checkpoint
  cancel_job
  job_id=$first parallelism=$first_parallelism
}

# draw_working_taskmanager: sets drawn to the process of one that has tasks of the job.
draw_working_taskmanager() {
  local vertex ports pid pids=()
  # Flink calls a TaskManager by its address and RPC port, unless it is given a name.
  ports=$(for vertex in $(job_vertices); do
    curl -fsS --max-time 5 "$flink_rest/jobs/$job_id/vertices/$vertex"
  done | grep -o '"taskmanager-id":"[^"]*"' | sed 's/.*:\([0-9]*\)-[^:]*$/\1/')
  for pid in $(daemons "$taskmanager_class"); do
    ! grep -qxF -- "$(daemon_port "$pid" rpc)" <<<"$ports" || pids+=("$pid")
  done
  ((${#pids[@]} > 0)) || die "no TaskManager has a task of job $job_id"
  drawn=${pids[RANDOM % ${#pids[@]}]}
}
