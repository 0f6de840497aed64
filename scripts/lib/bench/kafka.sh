# shellcheck shell=bash
# From Kafka to Kafka, exactly once, on a stock cluster: the job and a job that only copies take turns
# with the same backlog.

bench_partitions=5
bench_topics=
cluster_is_up=no

# start_bench_cluster: a broker, and a cluster with a slot for each core. Sets its process ids.
start_bench_cluster() {
  build_bench
  build_latency
  [[ $cluster_is_up == no ]] || return 0
  # Flink's default is less than the buffers of the producers. Many jobs come after one another.
  set_up_trials 1 "$cores" no taskmanager.memory.process.size=4g taskmanager.memory.jvm-metaspace.size=512m \
    metrics.fetcher.update-interval=2000
  taskmanager_pid=$(daemons "$taskmanager_class")
  jobmanager_pid=$(daemons "$jobmanager_class")
  cluster_is_up=yes
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

bench_kafka() {
  local name round calls
  calls=$(quick_or 500000 6000000)
  start_bench_cluster
  for name in "${main_sets[@]}"; do
    step "$name"
    fill_topic "$name" "$calls"
    for ((round = 0; round <= $(quick_or 1 3); round++)); do
      run_side callweave "$name" "$round" "$calls" "$job_jar"
      run_side pass-through "$name" "$round" "$calls" \
        -C "file://$job_jar" -c io.callweave.bench.PassThroughJob "$bench_jar"
    done
    delete_topic "calls-$name"
  done
}

# fill_topic SET CALLS: and behind them some calls of minutes later, so that time passes the end of
# all others: the job waits with no call, neither for the silence of the topic nor for the clock.
fill_topic() {
  local arguments
  create_input "$1" "$bench_partitions"
  mapfile -t arguments < <(set_arguments "$1" counter "$2")
  write_topic "$1" "${arguments[@]}"
  write_topic "$1" --rate 200 --calls 200 --seed 2 --address ipv4 --end-at-ms "$((end_of_sets_ms + 300000))"
}

# write_topic SET ARGUMENT...: the last of an argument counts.
write_topic() {
  run_command "$callweave" simulate --bootstrap "$bootstrap" --topic "calls-$1" "${@:2}" \
    2>>"$run_folder/log/simulate.out" || {
    show_tail "$run_folder/log/simulate.out"
    die "the simulator did not fill the topic calls-$1: see above"
  }
}

# run_side SIDE SET ROUND CALLS JAR_AND_ITS_OPTIONS...: from the submission until so many are written.
run_side() {
  local name=$1-$2-$3 flink_ms broker_ms began_ms
  flink_ms=$(cpu_ms "$jobmanager_pid" "$taskmanager_pid")
  broker_ms=$(cpu_ms "$broker_pid")
  began_ms=$(now_ms)
  submit "$name" "calls-$2" "${@:5}"
  await_records "linked-$name" "$4"
  printf '{"bench":"kafka","set":"%s","side":"%s","round":%d,"calls":%d,"wall_s":%s,"flink_cpu_s":%s,"broker_cpu_s":%s}\n' \
    "$2" "$1" "$3" "$4" "$(in_seconds $(($(now_ms) - began_ms)))" \
    "$(in_seconds $(($(cpu_ms "$jobmanager_pid" "$taskmanager_pid") - flink_ms)))" \
    "$(in_seconds $(($(cpu_ms "$broker_pid") - broker_ms)))" >>"$results"
  check_run "$name"
  cancel_job
  delete_topic "linked-$name"
  delete_topic "rejected-$name"
}

in_seconds() {
  printf '%d.%03d' "$(($1 / 1000))" "$(($1 % 1000))"
}

# submit NAME INPUT JAR_AND_ITS_OPTIONS...: sets job_id.
submit() {
  local output=$run_folder/log/submit.out
  run_flink run -d "${@:3}" --bootstrap "$bootstrap" --input-topic "$2" --output-topic "linked-$1" \
    --rejects-topic "rejected-$1" --group-id "$1" --parallelism "$cores" >"$output" 2>&1 || {
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

# check_run NAME: a run with a restart or a rejected call is no measurement.
check_run() {
  local restarts
  restarts=$(job_restarts) || true
  [[ $restarts == 0 ]] || die "the job was restarted ${restarts:-an unknown number of} times: $(job_failure | head -n 3 | tr '\n' ' ')"
  [[ $(count_records "rejected-$1") == 0 ]] || die "$1: calls were rejected, and all of them are valid"
}

delete_topic() {
  kafka_tool org.apache.kafka.tools.TopicCommand --bootstrap-server "$bootstrap" --delete --if-exists --topic "$1" \
    >>"$run_folder/log/kafka-tools.out" 2>&1 || die "could not delete the topic $1: see $run_folder/log/kafka-tools.out"
}
