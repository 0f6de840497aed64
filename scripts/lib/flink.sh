# shellcheck shell=bash
# A standalone Flink cluster: one JobManager and TaskManagers, each a process of its own, on the
# loopback only, everything they write below the run folder.

# The JVM flags that Flink 1.12 needs from Java 9 on: it reflects on these packages.
flink_module_flags() {
  if ((java_version >= 9)); then
    printf '%s\n' --add-exports=java.base/sun.net.util=ALL-UNNAMED \
      --add-opens=java.base/java.lang=ALL-UNNAMED \
      --add-opens=java.base/java.util=ALL-UNNAMED \
      --add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED
  fi
}

# start_flink TASKMANAGERS SLOTS: SLOTS for each TaskManager. Sets flink_rest (its URL, also that of
# the UI), flink_conf, jobmanager_pid and taskmanager_pids.
start_flink() {
  local number try
  for try in 1 2 3; do
    if try_start_jobmanager "$2"; then
      break
    fi
    if ((try == 3)) || ! grep -qs -E 'Address already in use|Could not start rest endpoint' \
      "$run_folder/log/jobmanager.log"; then
      show_tail "$run_folder/log/jobmanager.out" "$run_folder/log/jobmanager.log"
      die "Flink's JobManager did not start within 120 s: see above"
    fi
    warn "A port of the JobManager was taken, try $try: once more with others"
  done
  taskmanager_pids=()
  for ((number = 1; number <= $1; number++)); do
    start_taskmanager "$number"
  done
  if ! wait_for "$jobmanager_pid" 180 slots_are "$(($1 * $2))"; then
    show_tail "$run_folder"/log/taskmanager-*.out "$run_folder"/log/taskmanager-*.log
    die "Flink's TaskManagers did not offer $(($1 * $2)) slots within 180 s: see above"
  fi
}

try_start_jobmanager() {
  local rpc_port rest_port
  rpc_port=$(free_port)
  rest_port=$(free_port)
  flink_conf=$run_folder/flink-conf
  flink_rest=http://127.0.0.1:$rest_port
  rm -f "$run_folder"/log/jobmanager*
  write_flink_conf "$flink_conf" "$rpc_port" "$rest_port" "$1"
  start_flink_process jobmanager GET_JM_RESOURCE_PARAMS \
    org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint --executionMode cluster
  jobmanager_pid=$last_pid
  wait_for "$jobmanager_pid" 120 rest_answers
}

# start_taskmanager NUMBER: one more, also after its namesake was killed.
start_taskmanager() {
  start_flink_process "taskmanager-$1" GET_TM_RESOURCE_PARAMS \
    org.apache.flink.runtime.taskexecutor.TaskManagerRunner
  taskmanager_pids+=("$last_pid")
}

# start_flink_process NAME PARAMETERS CLASS ARGUMENT...: as Flink's own scripts do, PARAMETERS asks
# Flink how to divide the memory that its configuration gives to this kind of process.
start_flink_process() {
  local name=$1 parameters=$2 class=$3 answer jvm dynamic module_flags
  shift 3
  mapfile -t module_flags < <(flink_module_flags)
  answer=$("$JAVA_HOME/bin/java" -cp "$root/.local/parts/flink/*" \
    "-Dlog4j.configurationFile=file:$flink_conf/log4j-tool.properties" \
    org.apache.flink.runtime.util.bash.BashJavaUtils "$parameters" --configDir "$flink_conf" \
    2>>"$run_folder/log/flink-memory.out") || die "Flink refuses its configuration: see $run_folder/log"
  # The lines that count come in order: flags for the JVM, then -D options for the process.
  answer=$(sed -n 's/^BASH_JAVA_UTILS_EXEC_RESULT://p' <<<"$answer")
  read -r -a jvm <<<"$(sed -n 1p <<<"$answer")"
  read -r -a dynamic <<<"$(sed -n 2p <<<"$answer")"
  start_process "$name" "$JAVA_HOME/bin/java" ${jvm[@]+"${jvm[@]}"} ${module_flags[@]+"${module_flags[@]}"} \
    -XX:+ExitOnOutOfMemoryError "-Djava.io.tmpdir=$run_folder/tmp" \
    "-Dlog.file=$run_folder/log/$name.log" "-Dlog4j.configurationFile=file:$flink_conf/log4j.properties" \
    -cp "$root/.local/parts/flink/*" "$class" --configDir "$flink_conf" "$@" ${dynamic[@]+"${dynamic[@]}"}
}

# write_flink_conf FOLDER RPC_PORT REST_PORT SLOTS
write_flink_conf() {
  mkdir -p "$1"
  cat >"$1/flink-conf.yaml" <<EOF
jobmanager.rpc.address: 127.0.0.1
jobmanager.bind-host: 127.0.0.1
jobmanager.rpc.port: $2
jobmanager.memory.process.size: 1g
rest.address: 127.0.0.1
rest.bind-address: 127.0.0.1
rest.port: $3
taskmanager.host: 127.0.0.1
taskmanager.bind-host: 127.0.0.1
taskmanager.numberOfTaskSlots: $4
taskmanager.memory.process.size: 2560m
taskmanager.memory.managed.fraction: 0.25
taskmanager.memory.task.off-heap.size: 128m
io.tmp.dirs: $run_folder/tmp
state.checkpoints.dir: file://$run_folder/checkpoints
state.savepoints.dir: file://$run_folder/savepoints
# What the terminal shows should not be older than this.
metrics.fetcher.update-interval: 2000
EOF
  # shellcheck disable=SC2016  # ${sys:log.file} is log4j's
  printf '%s\n' \
    'rootLogger.level = INFO' \
    'rootLogger.appenderRef.file.ref = File' \
    'appender.file.name = File' \
    'appender.file.type = RollingFile' \
    'appender.file.fileName = ${sys:log.file}' \
    'appender.file.filePattern = ${sys:log.file}.%i' \
    'appender.file.layout.type = PatternLayout' \
    'appender.file.layout.pattern = %d{yyyy-MM-dd HH:mm:ss,SSS} %-5p %-60c %x - %m%n' \
    'appender.file.policies.type = Policies' \
    'appender.file.policies.size.type = SizeBasedTriggeringPolicy' \
    'appender.file.policies.size.size = 50MB' \
    'appender.file.strategy.type = DefaultRolloverStrategy' \
    'appender.file.strategy.max = 3' >"$1/log4j.properties"
  printf '%s\n' \
    'rootLogger.level = WARN' \
    'rootLogger.appenderRef.console.ref = Console' \
    'appender.console.name = Console' \
    'appender.console.type = Console' \
    'appender.console.target = SYSTEM_ERR' \
    'appender.console.layout.type = PatternLayout' \
    'appender.console.layout.pattern = %-5p %c - %m%n' >"$1/log4j-tool.properties"
}

rest_answers() {
  curl -fsS --max-time 5 "$flink_rest/overview" >/dev/null 2>&1
}

# slots_are NUMBER: at least so many are free.
slots_are() {
  local free
  free=$(curl -fsS --max-time 5 "$flink_rest/overview" 2>/dev/null |
    sed -n 's/.*"slots-available":\([0-9]*\).*/\1/p')
  ((${free:-0} >= $1))
}

# submit_job JAR ARGUMENT...: as `flink run -d` does. Sets job_id.
submit_job() {
  local module_flags output=$run_folder/log/submit.out
  mapfile -t module_flags < <(flink_module_flags)
  if ! FLINK_CONF_DIR=$flink_conf run_command "$JAVA_HOME/bin/java" -Xmx512m \
    ${module_flags[@]+"${module_flags[@]}"} "-Djava.io.tmpdir=$run_folder/tmp" \
    "-Dlog.file=$run_folder/log/client.log" "-Dlog4j.configurationFile=file:$flink_conf/log4j.properties" \
    -cp "$root/.local/parts/flink/*" org.apache.flink.client.cli.CliFrontend run -d "$@" >"$output" 2>&1; then
    grep -v '^[[:space:]]*\(at \|\.\.\. \)' "$output" >&2 || true
    die "Flink did not take the job: see above"
  fi
  job_id=$(sed -n 's/.*JobID \([0-9a-f]\{32\}\).*/\1/p' "$output" | head -n 1)
  [[ -n $job_id ]] || die "Flink took the job but named no id: see $output"
}

# job_state: RUNNING, RESTARTING, FAILED and so on; empty where the JobManager does not answer.
job_state() {
  curl -fsS --max-time 5 "$flink_rest/jobs/$job_id" 2>/dev/null |
    sed -n 's/.*"name":"[^}]*"isStoppable":[a-z]*,"state":"\([A-Z]*\)".*/\1/p'
}

# job_failure: the first lines of why the job failed last.
job_failure() {
  curl -fsS --max-time 5 "$flink_rest/jobs/$job_id/exceptions" 2>/dev/null |
    sed -n 's/.*"root-exception":"\(\([^"\\]\|\\.\)*\)".*/\1/p' |
    sed -e 's/\\n/\n/g' -e 's/\\t/    /g' -e 's/\\"/"/g' | grep -E '^[^ ]' | head -n 8
}

# cancel_job: gives back what the job holds in Kafka; waits until it is through.
cancel_job() {
  curl -fsS --max-time 5 -X PATCH "$flink_rest/jobs/$job_id?mode=cancel" >/dev/null 2>&1 || return 0
  wait_for 0 15 job_is_over || true
}

job_is_over() {
  case "$(job_state)" in
    CANCELED | FAILED | FINISHED | '') return 0 ;;
    *) return 1 ;;
  esac
}
