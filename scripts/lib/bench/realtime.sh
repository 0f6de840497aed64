# shellcheck shell=bash
# A live stream at rates that go up until one is not held: the simulator, the broker and Flink share
# the machine.

# How much further than at first the watermark may be behind the clock.
most_growth_ms=2000
# Of the rate that was asked for, so much must come from the simulator and go through.
least_taken_percent=98

bench_realtime() {
  local rate
  # The simulator writes what it has before it ends.
  stop_grace_s=30
  for rate in ${rates//,/ }; do
    step "$rate calls a second"
    start_bench_cluster
    start_own_taskmanager realtime
    taskmanager_pid=${side_pid[realtime]}
    begin_stream "$rate"
    watch_stream
    end_stream
    [[ $sustained == yes ]] || break
  done
}

# begin_stream RATE: live traffic and the job on it, until the job is as it will be.
begin_stream() {
  stream_rate=$1
  stream_set=dense
  # Less than that over its 8000 addresses would hardly link.
  ((stream_rate > 5000)) || stream_set=mid
  stream=realtime-$stream_rate
  local topic
  for topic in calls linked rejected; do
    create_topic "$topic-$stream" "$bench_partitions" --config message.timestamp.type=LogAppendTime \
      --config max.message.bytes=16777216 || die "could not create the topic $topic-$stream: see $run_folder/log/kafka-tools.out"
  done
  start_process "simulate-$stream" "$callweave" simulate --stream --rate "$stream_rate" --seed 1 \
    --id counter --address ipv4 --topology "$root/bench/sets/$stream_set.yaml" \
    --bootstrap "$bootstrap" --topic "calls-$stream"
  simulator_pid=$last_pid
  submit "$stream" "calls-$stream" "$job_jar"
  # Half a minute until the first call is written, and the compiler works.
  run_command sleep "$(quick_or 40 90)"
}

# watch_stream: fills checkpoint_ms, checkpoint_bytes and lags_ms; measures until the end.
watch_stream() {
  local end id last_id='' rss taken
  checkpoint_ms=() checkpoint_bytes=() lags_ms=()
  highest_rss=0
  stream_from_ms=$(now_ms)
  taskmanager_ms=$(cpu_ms "$taskmanager_pid")
  jobmanager_ms=$(cpu_ms "$jobmanager_pid")
  broker_ms=$(cpu_ms "$broker_pid")
  taken=$(count_records "calls-$stream")
  end=$((SECONDS + minutes * 60))
  while ((SECONDS < end)); do
    run_command sleep 5
    check_stream_alive
    read_metrics
    [[ ! ${metric[wallClockLagMs]:-} =~ ^[0-9]+$ ]] || lags_ms+=("${metric[wallClockLagMs]}")
    rss=$(rss_bytes "$taskmanager_pid")
    ((highest_rss >= ${rss:-0})) || highest_rss=$rss
    id=$(last_checkpoint_field id) || true
    [[ -n $id && $id != "$last_id" ]] || continue
    last_id=$id
    checkpoint_ms+=("$(last_checkpoint_field end_to_end_duration)")
    checkpoint_bytes+=("$(last_checkpoint_field state_size)")
  done
  stream_open=$(open_calls)
  # All that the last checkpoint consists of, also what earlier ones have written.
  stream_state=$({ du -sb "$cluster/checkpoints/$job_id" 2>/dev/null || true; } | cut -f 1)
  stream_to_ms=$(now_ms)
  taskmanager_ms=$(($(cpu_ms "$taskmanager_pid") - taskmanager_ms))
  jobmanager_ms=$(($(cpu_ms "$jobmanager_pid") - jobmanager_ms))
  broker_ms=$(($(cpu_ms "$broker_pid") - broker_ms))
  stream_taken=$(($(count_records "calls-$stream") - taken))
}

check_stream_alive() {
  kill -0 "$taskmanager_pid" 2>/dev/null || die "the TaskManager has ended: see $cluster/log"
  kill -0 "$simulator_pid" 2>/dev/null || {
    show_tail "$run_folder/log/simulate-$stream.out"
    die "the simulator has ended: see above"
  }
}

# end_stream: sets sustained; adds a line to the results where there is something to tell.
end_stream() {
  local trouble
  trouble=$(stream_trouble)
  # What the watermark has passed by now is to be written, too.
  run_command sleep 5
  stop_process "$simulator_pid"
  cancel_job
  sustained=no
  if [[ -n $trouble ]]; then
    warn "$stream_rate calls a second: $trouble"
  else
    judge_stream >>"$results"
  fi
  delete_topics ".*-$stream"
}

# stream_trouble: why there is nothing to measure; nothing where there is.
stream_trouble() {
  local restarts
  restarts=$(job_restarts) || true
  if [[ $restarts != 0 ]]; then
    echo "the job was restarted ${restarts:-an unknown number of} times: $(job_failure | head -n 3 | tr '\n' ' ')"
  elif ((${#lags_ms[@]} == 0 || ${#checkpoint_ms[@]} == 0)); then
    echo "the job told no watermark or had no checkpoint in $minutes min"
  fi
}

# judge_stream: sets sustained; prints the line.
judge_stream() {
  local delays begin_ms end_ms elapsed_ms=$((stream_to_ms - stream_from_ms)) held=false
  begin_ms=$(median_of "${lags_ms[@]:0:$(((${#lags_ms[@]} + 2) / 3))}")
  end_ms=$(median_of "${lags_ms[@]:$((${#lags_ms[@]} * 2 / 3))}")
  if ((end_ms <= begin_ms + most_growth_ms && stream_taken * 100000 >= stream_rate * elapsed_ms * least_taken_percent)); then
    sustained=yes
    held=true
  fi
  delays=$(run_command "$bench_topics" measure --bootstrap "$bootstrap" --input "calls-$stream" \
    --result "linked-$stream" --from-ms "$stream_from_ms" --to-ms "$stream_to_ms") ||
    die "the delays of linked-$stream could not be measured: see above"
  printf '{"bench":"realtime","rate":%d,"set":"%s","sustained":%s,"taken":%d,"lag_begin_ms":%d,"lag_end_ms":%d,' \
    "$stream_rate" "$stream_set" "$held" "$((stream_taken * 1000 / elapsed_ms))" "$begin_ms" "$end_ms"
  printf '"checkpoint_ms":[%s],"checkpoint_bytes":[%s],"open":%d,"state_bytes":%d,"rss_bytes":%d,' \
    "$(IFS=, && echo "${checkpoint_ms[*]}")" "$(IFS=, && echo "${checkpoint_bytes[*]}")" \
    "$stream_open" "${stream_state:-0}" "$highest_rss"
  printf '"wall_s":%s,"taskmanager_cpu_s":%s,"jobmanager_cpu_s":%s,"broker_cpu_s":%s,"delays":%s}\n' \
    "$(in_seconds "$elapsed_ms")" "$(in_seconds "$taskmanager_ms")" "$(in_seconds "$jobmanager_ms")" \
    "$(in_seconds "$broker_ms")" "$delays"
}

# median_of NUMBER...
median_of() {
  printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"
}
