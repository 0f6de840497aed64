# shellcheck shell=bash
# A cluster of the stock Flink distribution, as its own scripts start it: a JobManager, TaskManagers,
# and ZooKeeper where jobs are to survive the JobManager. Each is a daemon that outlives the script.
#
# `cluster` is the folder of all that it writes. Its processes are told by their configuration in
# it, so nothing needs to be remembered beside it.

distribution_version=1.12.5
# The one in the distribution does not connect on Java 14 and above. Flink's manual says how to put
# a newer one in its place.
zookeeper_part=org.apache.flink:flink-shaded-zookeeper-3:3.5.9-14.0
cluster=

zookeeper_class=org.apache.flink.runtime.zookeeper.FlinkZooKeeperQuorumPeer
jobmanager_class=org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint
taskmanager_class=org.apache.flink.runtime.taskexecutor.TaskManagerRunner

# fetch_distribution: Apache's own, as the Python package holds it.
fetch_distribution() {
  [[ ! -x $flink_home/bin/flink ]] || return 0
  ensure_command python3 python3
  python3 -m pip --version >/dev/null 2>&1 || install_package python3-pip
  ensure_command mvn maven
  step "Fetching the distribution of Flink $distribution_version (once, 220 MB)"
  local fresh
  mkdir -p "$root/.local/parts"
  fresh=$(mktemp -d "$root/.local/parts/flink.XXXXXX")
  if ! assemble_distribution "$fresh"; then
    rm -rf "$fresh"
    die "apache-flink $distribution_version could not be fetched: see above"
  fi
  rm -rf "$flink_home"
  mv "$fresh/pyflink" "$flink_home"
  rm -rf "$fresh"
}

# assemble_distribution FOLDER: leaves it in FOLDER/pyflink. Each step by itself says if it fails:
# in a condition, bash goes on after one.
assemble_distribution() {
  # The Python and the platform that the wheel is for do not matter: what is used of it is Java.
  run_command python3 -m pip download -q --disable-pip-version-check --no-deps --only-binary=:all: \
    --implementation cp --python-version 38 --abi cp38 --platform manylinux1_x86_64 \
    --dest "$1" "apache-flink==$distribution_version" || return 1
  run_command python3 -c '
import glob, sys, zipfile
wheel = zipfile.ZipFile(glob.glob(sys.argv[1] + "/*.whl")[0])
folders = tuple("pyflink/%s/" % name for name in ("bin", "conf", "lib", "plugins"))
wheel.extractall(sys.argv[1], [name for name in wheel.namelist() if name.startswith(folders)])' "$1" || return 1
  rm "$1"/pyflink/lib/flink-shaded-zookeeper-*.jar || return 1
  run_command mvn -B -q "$dependency_plugin:copy" "-Dartifact=$zookeeper_part" \
    "-DoutputDirectory=$1/pyflink/lib" || return 1
  chmod 755 "$1/pyflink" "$1"/pyflink/bin/*
}

# use_cluster FOLDER: sets cluster, flink_home, flink_conf, and flink_rest where it is configured.
use_cluster() {
  mkdir -p "$1"
  cluster=$(cd "$1" && pwd)
  flink_home=$root/.local/parts/flink-$distribution_version
  flink_conf=$cluster/conf
  flink_rest=http://127.0.0.1:$(flink_setting rest.port)
}

# flink_setting NAME: its last value in the cluster's configuration, the one that Flink takes.
flink_setting() {
  [[ ! -f $flink_conf/flink-conf.yaml ]] || sed -n "s/^${1//./\\.}: *//p" "$flink_conf/flink-conf.yaml" | tail -n 1
}

# configure_cluster SLOTS HA [NAME=VALUE...]: HA is yes or no; then any of Flink's settings.
configure_cluster() {
  local slots=$1 ha=$2 rpc_port setting
  shift 2
  mkdir -p "$cluster"/{checkpoints,savepoints,ha,log,pids,tmp,zookeeper}
  rm -rf "${cluster:?}/conf"
  cp -r "$flink_home/conf" "$flink_conf"
  rpc_port=$(free_port)
  {
    cluster_settings "$slots" "$rpc_port"
    [[ $ha == no ]] || zookeeper_settings "$rpc_port"
    for setting in "$@"; do
      echo "${setting%%=*}: ${setting#*=}"
    done
  } >>"$flink_conf/flink-conf.yaml"
  flink_rest=http://127.0.0.1:$(flink_setting rest.port)
}

# cluster_settings SLOTS RPC_PORT
cluster_settings() {
  local module_flags
  mapfile -t module_flags < <(flink_module_flags)
  cat <<EOF

jobmanager.rpc.address: 127.0.0.1
jobmanager.bind-host: 127.0.0.1
jobmanager.rpc.port: $2
blob.server.port: $(free_port)
rest.address: 127.0.0.1
rest.bind-address: 127.0.0.1
rest.port: $(free_port)
taskmanager.host: 127.0.0.1
taskmanager.bind-host: 127.0.0.1
taskmanager.numberOfTaskSlots: $1
state.checkpoints.dir: file://$cluster/checkpoints
state.savepoints.dir: file://$cluster/savepoints
io.tmp.dirs: $cluster/tmp
env.java.home: $JAVA_HOME
${module_flags[*]:+env.java.opts: ${module_flags[*]}}
env.log.dir: $cluster/log
env.pid.dir: $cluster/pids
EOF
}

# zookeeper_settings RPC_PORT
zookeeper_settings() {
  local port
  port=$(free_port)
  printf '%s\n' tickTime=2000 "dataDir=$cluster/zookeeper" "clientPort=$port" clientPortAddress=127.0.0.1 \
    admin.enableServer=false "server.1=127.0.0.1:$(free_port):$(free_port)" >"$flink_conf/zoo.cfg"
  cat <<EOF
high-availability: zookeeper
high-availability.zookeeper.quorum: 127.0.0.1:$port
high-availability.storageDir: file://$cluster/ha
high-availability.jobmanager.port: $1
EOF
}

# start_cluster TASKMANAGERS: ends when the slots of all of them are free.
start_cluster() {
  start_masters
  start_taskmanagers "$1"
}

# start_masters: ZooKeeper, if it is configured, and the JobManager.
start_masters() {
  [[ $(flink_setting high-availability) != zookeeper ]] || start_daemon zookeeper.sh 1
  start_jobmanager
}

start_jobmanager() {
  start_daemon jobmanager.sh
  wait_for 0 180 rest_answers || {
    show_tail "$cluster"/log/*standalonesession*.{log,out}
    die "Flink's JobManager did not answer at $flink_rest within 180 s: see above"
  }
}

# start_taskmanagers NUMBER: so many, to a cluster that has none.
start_taskmanagers() {
  local number slots=$(($1 * $(flink_setting taskmanager.numberOfTaskSlots)))
  for ((number = 0; number < $1; number++)); do
    add_taskmanager
  done
  wait_for 0 180 slots_are "$slots" || {
    show_tail "$cluster"/log/*taskexecutor*.{log,out}
    die "Flink's TaskManagers did not offer $slots slots within 180 s: see above"
  }
}

# add_taskmanager: one more; its slots come later.
add_taskmanager() {
  start_daemon taskmanager.sh "-Dtaskmanager.rpc.port=$(free_port)" "-Dtaskmanager.data.port=$(free_port)"
}

# start_daemon SCRIPT ARGUMENT...: by one of Flink's own scripts.
start_daemon() {
  local script=$1
  shift
  run_command env -u JVM_ARGS "FLINK_CONF_DIR=$flink_conf" "$flink_home/bin/$script" start "$@" \
    >>"$cluster/log/start.out" 2>&1 || {
    show_tail "$cluster/log/start.out"
    die "Flink's $script failed: see above"
  }
}

# run_flink ARGUMENT...: Flink's own client.
run_flink() {
  run_command env -u JVM_ARGS "FLINK_CONF_DIR=$flink_conf" "$flink_home/bin/flink" "$@"
}

# daemons CLASS: the process ids of the cluster's daemons with that main class.
daemons() {
  local file
  { grep -lsF -- "-Dlog4j.configurationFile=file:$flink_conf/" /proc/[0-9]*/cmdline || true; } | sort -V |
    while IFS= read -r file; do
      # A search for these very words has them on its own command line, too.
      if command_line "$file" | grep -xF -- "$1" >/dev/null; then
        file=${file#/proc/}
        echo "${file%/cmdline}"
      fi
    done
}

# command_line FILE: a word a line; nothing where the process has ended.
command_line() {
  { tr '\0' '\n' <"$1"; } 2>/dev/null || true
}

all_daemons() {
  daemons "$taskmanager_class"
  daemons "$jobmanager_class"
  daemons "$zookeeper_class"
}

# daemon_port PID KIND: of a TaskManager, KIND is rpc or data.
daemon_port() {
  command_line "/proc/$1/cmdline" | sed -n "s/^-D *taskmanager\.$2\.port=//p; s/^taskmanager\.$2\.port=//p" | tail -n 1
}

# kill_daemons PID...: with KILL; waits until they are gone.
kill_daemons() {
  local pid
  for pid in "$@"; do
    kill -KILL "$pid" 2>/dev/null || true
  done
  wait_for 0 30 are_gone "$@"
}

are_gone() {
  local pid left
  left=$(all_daemons)
  for pid in "$@"; do
    ! grep -qxF -- "$pid" <<<"$left" || return 1
  done
}

# stop_cluster: leaves no process.
stop_cluster() {
  local pids pid
  mapfile -t pids < <(all_daemons)
  for pid in ${pids[@]+"${pids[@]}"}; do
    # A stopped process takes its TERM only once it goes on.
    kill -TERM "$pid" 2>/dev/null && kill -CONT "$pid" 2>/dev/null
  done
  wait_for 0 15 are_gone ${pids[@]+"${pids[@]}"} || kill_daemons ${pids[@]+"${pids[@]}"}
}
