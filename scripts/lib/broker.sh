# shellcheck shell=bash
# A Kafka broker of one node (KRaft), as a process of its own, on the loopback only.

# Whether the broker gets the listener of secure.sh beside the plain one.
with_secure_listener=no

# start_broker: sets bootstrap, broker_pid.
start_broker() {
  local try
  for try in 1 2 3; do
    if try_start_broker; then
      return
    fi
    # The port may have been taken since it was seen free.
    if ! grep -qs 'Address already in use' "$run_folder"/log/broker*; then
      break
    fi
    warn "The broker's port was taken, try $try: once more with another"
  done
  show_tail "$run_folder/log/broker.out" "$run_folder/log/broker.log"
  die "the Kafka broker did not start within 120 s: see above"
}

try_start_broker() {
  local port controller_port folder=$run_folder/broker secure_listener= scram=()
  port=$(free_port)
  controller_port=$(free_port)
  rm -rf "$folder" "$run_folder"/log/broker*
  mkdir -p "$folder"
  if [[ $with_secure_listener == yes ]]; then
    make_secure_listener "$(free_port)"
    secure_listener=,SECURE://$secure_bootstrap
    scram=(--add-scram "$secure_scram")
  fi
  cat >"$folder/server.properties" <<EOF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller_port
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller_port$secure_listener
advertised.listeners=PLAINTEXT://127.0.0.1:$port$secure_listener
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL
log.dirs=$folder/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
log.retention.hours=24
log.segment.bytes=268435456
log.cleaner.dedupe.buffer.size=16777216
EOF
  [[ -z $secure_listener ]] || cat "$run_folder/secure/server.properties" >>"$folder/server.properties"
  write_log4j1 "$folder/log4j.properties" "$run_folder/log/broker.log"
  bootstrap=127.0.0.1:$port
  broker_java=("$JAVA_HOME/bin/java" -Xmx512m "-Djava.io.tmpdir=$run_folder/tmp"
    "-Dlog4j.configuration=file:$folder/log4j.properties" -cp "$root/.local/parts/kafka/*")
  run_command "${broker_java[@]}" kafka.tools.StorageTool format --cluster-id callweave-local-000000 \
    --config "$folder/server.properties" ${scram[@]+"${scram[@]}"} >>"$run_folder/log/broker.out" 2>&1 || return 1
  launch_broker
}

# launch_broker: on the folder that is there. Sets broker_pid.
launch_broker() {
  start_process broker "${broker_java[@]}" -XX:+ExitOnOutOfMemoryError kafka.Kafka \
    "$run_folder/broker/server.properties"
  broker_pid=$last_pid
  wait_for "$broker_pid" 120 grep -qs 'Kafka Server started' "$run_folder/log/broker.log"
}

# kill_broker: as a power cut would.
kill_broker() {
  kill_process "$broker_pid"
  # What it has logged is not to be taken for the words of the next one.
  mv "$run_folder/log/broker.log" "$run_folder/log/broker-$broker_pid.log"
}

# write_log4j1 FILE LOG: Kafka's logging, to a file of limited size.
write_log4j1() {
  cat >"$1" <<EOF
log4j.rootLogger=INFO, file
log4j.appender.file=org.apache.log4j.RollingFileAppender
log4j.appender.file.File=$2
log4j.appender.file.MaxFileSize=20MB
log4j.appender.file.MaxBackupIndex=2
log4j.appender.file.layout=org.apache.log4j.PatternLayout
log4j.appender.file.layout.ConversionPattern=%d %-5p %c - %m%n
EOF
}

# kafka_tool CLASS ARGUMENT...: one of Kafka's own commands.
kafka_tool() {
  [[ -f $run_folder/kafka-tools.properties ]] ||
    write_log4j1 "$run_folder/kafka-tools.properties" "$run_folder/log/kafka-tools.log"
  run_command "$JAVA_HOME/bin/java" -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    "-Djava.io.tmpdir=$run_folder/tmp" "-Dlog4j.configuration=file:$run_folder/kafka-tools.properties" \
    -cp "$root/.local/parts/kafka/*" "$@"
}

# list_topics: one a line. Fails where no broker answers.
list_topics() {
  kafka_tool org.apache.kafka.tools.TopicCommand --bootstrap-server "$bootstrap" --list
}

# create_topic NAME PARTITIONS [OPTION...]
create_topic() {
  kafka_tool org.apache.kafka.tools.TopicCommand --bootstrap-server "$bootstrap" \
    --create --if-not-exists --topic "$1" --partitions "$2" "${@:3}" >>"$run_folder/log/kafka-tools.out" 2>&1
}

# limit_producer CLIENT_ID BYTES_PER_S: by a quota of the broker.
limit_producer() {
  set_quota "$1" --add-config "producer_byte_rate=$2"
}

# free_producer CLIENT_ID: from its limit.
free_producer() {
  set_quota "$1" --delete-config producer_byte_rate
}

# set_quota CLIENT_ID CHANGE...
set_quota() {
  kafka_tool kafka.admin.ConfigCommand --bootstrap-server "$bootstrap" --alter --entity-type clients \
    --entity-name "$1" "${@:2}" >>"$run_folder/log/kafka-tools.out" 2>&1 || {
    show_tail "$run_folder/log/kafka-tools.out"
    die "the broker did not take the quota of $1: see above"
  }
}
