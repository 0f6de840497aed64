# shellcheck shell=bash
# From Kafka to Kafka, exactly once, on a stock cluster: the job and a job that only copies are both
# kept up, and take turns with one backlog after the other.

bench_partitions=5
bench_topics=
cluster_is_up=no

# Those that are stopped for a while must not be taken for dead. Flink's default of memory is less than
# the buffers of the producers.
bench_settings=(taskmanager.memory.process.size=4g heartbeat.timeout=3600000)

# start_bench_cluster: a broker, and a new cluster without a TaskManager.
start_bench_cluster() {
  build_bench
  build_latency
  if [[ $cluster_is_up == no ]]; then
    set_up_trials 0 "$cores" no "${bench_settings[@]}"
    cluster_is_up=yes
  else
    stop_cluster
    configure_cluster "$cores" no "${bench_settings[@]}"
    start_cluster 0
  fi
  jobmanager_pid=$(daemons "$jobmanager_class")
}

# build_latency: builds the command that looks at topics. Sets bench_topics to its path.
build_latency() {
  bench_topics=${CARGO_TARGET_DIR:-$root/target}/release/callweave-bench-latency
  run_command cargo build --quiet --release --locked --manifest-path "$root/Cargo.toml" \
    --package callweave-bench-latency || die "the build of bench/latency failed: see above"
}

# cpu_ms PID...: what the processes have used so far.
cpu_ms() {
  local pid
  for pid in "$@"; do
    # The name of a process, in parentheses, may have anything in it.
    sed 's/.*) //' "/proc/$pid/stat"
  done | awk -v ticks="$(getconf CLK_TCK)" '{ sum += $12 + $13 } END { printf "%d", sum * 1000 / ticks }'
}

# The sides have a TaskManager each, which is stopped while the other's runs.
sides=(callweave pass-through)
declare -A side_pid=() side_job=()
# What a side writes of the calls of a backlog with so many behind it: the job waits with these.
behind=200

bench_kafka() {
  local name side round calls
  for name in "${main_sets[@]}"; do
    step "$name"
    start_bench_cluster
    create_input "$name" "$bench_partitions"
    start_sides "$name"
    event_ms=$end_of_sets_ms
    calls=$(quick_or 300000 5000000)
    for ((round = 0; round <= $(quick_or 1 3); round++)); do
      add_backlog "$name" "$calls"
      for side in "${sides[@]}"; do
        run_side "$side" "$name" "$round" "$calls"
      done
    done
    end_sides "$name"
  done
}

# start_sides SET: both jobs, on the topic that is empty as yet.
start_sides() {
  local side
  for side in "${sides[@]}"; do
    start_own_taskmanager "$side"
    if [[ $side == callweave ]]; then
      submit "$side-$1" "calls-$1" "$job_jar"
    else
      submit "$side-$1" "calls-$1" -C "file://$job_jar" -c io.callweave.bench.PassThroughJob "$bench_jar"
    fi
    side_job[$side]=$job_id
    # Once it has written a checkpoint, its transactions are open.
    await_checkpoint_since 0 120 || die "$side did not get as far as a checkpoint: see above"
    freeze "$side"
  done
}

# start_own_taskmanager SIDE: the only one that has free slots. It has a slot for each core.
start_own_taskmanager() {
  local others
  others=$(daemons "$taskmanager_class")
  add_taskmanager
  wait_for 0 180 slots_are "$cores" || die "Flink's TaskManager did not offer its slots within 180 s: see $cluster/log"
  side_pid[$1]=$(daemons "$taskmanager_class" | grep -vxF -- "${others:-none}")
}

# freeze SIDE: its TaskManager, once its last records are with the broker.
freeze() {
  run_command sleep 1
  kill -STOP "${side_pid[$1]}"
}

thaw() {
  kill -CONT "${side_pid[$1]}"
}

# end_sides SET: a run with a restart or a rejected call is no measurement.
end_sides() {
  local side restarts
  for side in "${sides[@]}"; do
    thaw "$side"
    job_id=${side_job[$side]}
    restarts=$(job_restarts) || true
    [[ $restarts == 0 ]] ||
      die "$side was restarted ${restarts:-an unknown number of} times: $(job_failure | head -n 3 | tr '\n' ' ')"
    [[ $(count_records "rejected-$side-$1") == 0 ]] || die "$side-$1: calls were rejected, and all of them are valid"
    cancel_job
  done
  delete_topics ".*-$1"
}

# add_backlog SET CALLS: they go on minutes after those before them. Behind them stand some of minutes
# later, so that time passes the end of all others: the job waits with no call, neither for the silence
# of the topic nor for the clock.
add_backlog() {
  local rate=${rate_of[$1]}
  event_ms=$((event_ms + 600000 + $2 * 1000 / rate))
  write_topic "$1" --rate "$rate" --calls "$2" --end-at-ms "$event_ms"
  event_ms=$((event_ms + 300000))
  write_topic "$1" --rate "$behind" --calls "$behind" --end-at-ms "$event_ms"
}

# write_topic SET ARGUMENT...
write_topic() {
  run_command "$callweave" simulate --bootstrap "$bootstrap" --topic "calls-$1" --topology "$root/bench/sets/$1.yaml" \
    --id counter --address ipv4 --seed 1 "${@:2}" 2>>"$run_folder/log/simulate.out" || {
    show_tail "$run_folder/log/simulate.out"
    die "the simulator did not fill the topic calls-$1: see above"
  }
}

# run_side SIDE SET ROUND CALLS: lets its TaskManager go until it has written so many.
run_side() {
  local flink=("$jobmanager_pid" "${side_pid[$1]}") result=linked-$1-$2 flink_ms broker_ms began_ms written
  job_id=${side_job[$1]}
  written=$(($(count_records "$result") + $4))
  # Calls behind the backlog before this one, or behind this one.
  ((${3} == 0)) && [[ $1 == callweave ]] || written=$((written + behind))
  flink_ms=$(cpu_ms "${flink[@]}")
  broker_ms=$(cpu_ms "$broker_pid")
  began_ms=$(now_ms)
  thaw "$1"
  await_records "$result" "$written"
  printf '{"bench":"kafka","set":"%s","side":"%s","round":%d,"calls":%d,"wall_s":%s,"flink_cpu_s":%s,"broker_cpu_s":%s}\n' \
    "$2" "$1" "$3" "$4" "$(in_seconds $(($(now_ms) - began_ms)))" \
    "$(in_seconds $(($(cpu_ms "${flink[@]}") - flink_ms)))" \
    "$(in_seconds $(($(cpu_ms "$broker_pid") - broker_ms)))" >>"$results"
  freeze "$1"
}

in_seconds() {
  printf '%d.%03d' "$(($1 / 1000))" "$(($1 % 1000))"
}

# submit NAME INPUT JAR_AND_ITS_OPTIONS...: sets job_id.
submit() {
  local output=$run_folder/log/submit.out
  # A process that is stopped for a while must not take that for trouble with the broker.
  run_flink run -d "${@:3}" --bootstrap "$bootstrap" --input-topic "$2" --output-topic "linked-$1" \
    --rejects-topic "rejected-$1" --group-id "$1" --parallelism "$cores" --kafka.max.block.ms 900000 \
    >"$output" 2>&1 || {
    show_tail "$output"
    die "Flink did not take the job: see above"
  }
  job_id=$(sed -n 's/.*JobID \([0-9a-f]\{32\}\).*/\1/p' "$output" | head -n 1)
  [[ -n $job_id ]] || die "Flink took the job but named no id: see $output"
}

# await_records TOPIC NUMBER: until it holds so many, committed or not.
await_records() {
  run_command "$bench_topics" await --bootstrap "$bootstrap" --topic "$1" --records "$2" --timeout-s 900 \
    >>"$run_folder/log/await.out" 2>&1 || {
    show_tail "$run_folder/log/await.out"
    die "$1 did not get $2 records; the job is $(job_state): $(job_failure | head -n 3 | tr '\n' ' ')"
  }
}

# count_records TOPIC: committed or not.
count_records() {
  run_command "$bench_topics" count --bootstrap "$bootstrap" --topic "$1"
}

# delete_topics PATTERN: all that it matches.
delete_topics() {
  kafka_tool org.apache.kafka.tools.TopicCommand --bootstrap-server "$bootstrap" --delete --topic "$1" \
    >>"$run_folder/log/kafka-tools.out" 2>&1 || {
    show_tail "$run_folder/log/kafka-tools.out"
    die "could not delete the topics $1: see above"
  }
}
