#!/usr/bin/env bash
# Starts a part of a cluster, or any other command.
set -euo pipefail

# The last line of a setting counts.
configure() {
  {
    echo "jobmanager.rpc.address: ${JOB_MANAGER_RPC_ADDRESS:-$(hostname -f)}"
    echo "blob.server.port: 6124"
    echo "query.server.port: 6125"
    printf '%s\n' "${FLINK_PROPERTIES:-}"
  } >>"$FLINK_HOME/conf/flink-conf.yaml"
}

case $1 in
  help)
    echo "Usage: docker-entrypoint.sh (jobmanager|standalone-job|taskmanager)"
    exit
    ;;
  jobmanager) start=jobmanager.sh ;;
  standalone-job) start=standalone-job.sh ;;
  taskmanager)
    start=taskmanager.sh
    echo "taskmanager.numberOfTaskSlots: ${TASK_MANAGER_NUMBER_OF_TASK_SLOTS:-$(nproc)}" >>"$FLINK_HOME/conf/flink-conf.yaml"
    ;;
  *) exec "$@" ;;
esac
configure
exec "$FLINK_HOME/bin/$start" start-foreground "${@:2}"
