# shellcheck shell=bash
# The loads of scripts/pressure: press_KIND starts the job and writes the load of that kind, which has
# ended when it returns. `kind` names the trial, `rate` is its calls a second.

all_kinds=(slow-result-broker hot-address burst backlog skewed-partitions)

# Of all Kafka clients of the job, so that a quota meets them and not the simulator.
client_id=pressed-job
slow_s=40
burst_s=15
backlog_s=3600
backlog_rate=100

even=
hot=
simulator_pid=
loads=0
loaded=0
highest_open=0
highest_rss=0
pressed_s=0
observed_at=0

# write_topologies: calls of at most a second of work, so that all come within 8 s.
write_topologies() {
  even=$run_folder/even.yaml
  hot=$run_folder/hot.yaml
  "$callweave" simulate --print-topology | sed 's/to_ms: 20000/to_ms: 1000/' >"$even"
  cat >"$hot" <<'END'
services:
  - {name: Client, instances: 100}
  - {name: Service, instances: 100}
  - {name: Hot, instances: 1}
  - {name: Store, instances: 100}
client: Client
work:
  lognormal: {median_ms: 12, sigma: 0.8}
  stuck: {share: 0.05, from_ms: 300, to_ms: 1000}
root:
  to: Service
  calls:
    - to: Hot
      calls:
        - to: Store
END
}

# At twice the rate: Flink's buffers between the operators take in much before the source has to wait.
press_slow_result_broker() {
  local before bytes
  start_job
  start_load "$((rate * 2))" "$even"
  watch_for 20
  before=$(result_bytes)
  watch_for 10
  bytes=$((($(result_bytes) - before) / 10))
  ((bytes > 0)) || die "the job wrote nothing within 30 s: see $cluster/log"
  say "  $bytes bytes of results a second; from now $((bytes / 10 + 1))"
  limit_producer "$client_id" "$((bytes / 10 + 1))"
  watch_for "$slow_s"
  free_producer "$client_id"
  say "  no limit any more; the source waited for $pressed_s s so far"
  watch_for 10
  end_load
}

press_hot_address() {
  start_job
  start_load "$rate" "$hot"
  watch_for 30
  end_load
}

press_burst() {
  start_job
  start_load "$rate" "$even"
  watch_for 15
  end_load
  start_load "$((rate * 10))" "$even"
  watch_for "$burst_s"
  end_load
  start_load "$rate" "$even"
  watch_for 10
  end_load
}

press_backlog() {
  write_load "$backlog_rate" "$even" --calls "$((backlog_s * backlog_rate))"
  start_load "$rate" "$even"
  start_job
  watch_for 30
  end_load
}

press_skewed_partitions() {
  start_job
  start_load "$rate" "$even" --hot-partition 0.9
  watch_for 30
  end_load
}

# start_load RATE TOPOLOGY [OPTION...]: live traffic until end_load. One simulator at a time writes a
# topic: of two, the slower one could bring calls late.
start_load() {
  loads=$((loads + 1))
  start_process "load-$kind-$loads" simulate "$1" "$2" --stream "${@:3}"
  simulator_pid=$last_pid
}

end_load() {
  stop_process "$simulator_pid"
  count_load
}

# write_load RATE TOPOLOGY [OPTION...]: as fast as the broker takes it.
write_load() {
  loads=$((loads + 1))
  run_command simulate "$@" >"$run_folder/log/load-$kind-$loads.out" 2>&1 || true
  count_load
}

# simulate RATE TOPOLOGY [OPTION...]
simulate() {
  exec "$callweave" simulate --bootstrap "$bootstrap" --topic "calls-$kind" --rate "$1" --topology "$2" \
    --seed "$((seed * 100 + loads))" --max-delay-ms 1000 "${troubles[@]}" "${@:3}"
}

# count_load: adds what the last simulator says that it has written to `loaded`.
count_load() {
  local output=$run_folder/log/load-$kind-$loads.out records
  records=$(sed -n 's/.*records: \([0-9]*\), acknowledged: \1;.*/\1/p' "$output")
  [[ -n $records ]] || {
    show_tail "$output"
    die "the simulator did not write all of its load: see above"
  }
  loaded=$((loaded + records))
}

# begin_watch: forgets what was seen.
begin_watch() {
  loads=0 loaded=0 highest_open=0 highest_rss=0 pressed_s=0
  observed_at=$SECONDS
}

# watch_for SECONDS
watch_for() {
  local end=$((SECONDS + $1))
  while ((SECONDS < end)); do
    observe
    run_command sleep 1
  done
}

# watch_until SECONDS CONDITION...: fails when the time is up.
watch_until() {
  local end=$((SECONDS + $1))
  while ((SECONDS < end)); do
    observe
    ! "${@:2}" || return 0
    run_command sleep 1
  done
  return 1
}

# observe: the highest of what the job and the TaskManager have now; the time of back pressure.
observe() {
  local open rss before=$observed_at
  read_metrics
  open=$(open_calls)
  rss=$(rss_bytes "$taskmanager_pid")
  [[ -n $rss ]] || die "the TaskManager has ended: see $cluster/log"
  ((highest_open >= open)) || highest_open=$open
  ((highest_rss >= rss)) || highest_rss=$rss
  observed_at=$SECONDS
  ! source_is_pressed || pressed_s=$((pressed_s + observed_at - before))
}

# source_is_pressed: a subtask of the source waits for those behind it.
source_is_pressed() {
  local vertex
  vertex=$(job_vertices | sed -n 1p)
  curl -fsS --max-time 5 \
    "$flink_rest/jobs/$job_id/vertices/$vertex/metrics?get=0.isBackPressured,1.isBackPressured" 2>/dev/null |
    grep '"value":"true"' >/dev/null
}

# all_is_out: as far as the job says, since the last look at it.
all_is_out() {
  ((${metric[read]:-0} >= loaded)) && [[ ${metric[Link.openCalls]:-}${metric[Assemble.openCalls]:-} == 00 ]]
}

# result_bytes: what the broker has of the results, those of open transactions included.
result_bytes() {
  find "$run_folder/broker/data" -path "*/linked-$kind-*" -name '*.log' -printf '%s\n' |
    awk '{ bytes += $1 } END { printf "%d", bytes }'
}
