# shellcheck shell=bash
# The job's metrics, as Flink's REST interface gives them.

# read_metrics: fills the array `metric` by name (read, written, rejected.late, watermarkLagMs, ...)
# with the sum over subtasks and operators, for a lag the largest of a subtask; by operator where that
# matters (Link.openCalls, Link.blockCache). A name that is missing was not reported.
declare -A metric=()
read_metrics() {
  local vertex name value
  metric=()
  while read -r vertex; do
    while read -r name value; do
      metric[$name]=$((${metric[$name]:-0} + value))
    done < <(vertex_metrics "$vertex")
  done < <(job_vertices)
}

# metric_of NAME: with thousands separators, or - where it was not reported.
metric_of() {
  thousands "${metric[$1]:--}"
}

# rejected_metrics: how many, then why: "12 (invalid 4, late 8)".
rejected_metrics() {
  local reason count total=- reasons=
  for reason in malformed invalid inconsistent too_long future late; do
    count=${metric[rejected.$reason]:-}
    [[ -n $count ]] || continue
    total=$((${total#-} + count))
    ((count == 0)) || reasons+="${reasons:+, }$reason $(thousands "$count")"
  done
  thousands "$total"
  [[ -z $reasons ]] || printf ' (%s)' "$reasons"
}

# metric_lag: how far W is behind the newest start, in seconds.
metric_lag() {
  awk -v ms="${metric[watermarkLagMs]:--}" 'BEGIN {
    if (ms ~ /^[0-9]+$/) printf "%.1f s", ms / 1000; else printf "-"
  }'
}

# job_restarts: how often the job was started again after a failure; empty where nobody tells.
job_restarts() {
  curl -fsS --max-time 5 "$flink_rest/jobs/$job_id/metrics?get=numRestarts" 2>/dev/null |
    sed -n 's/.*"value":"\([0-9]*\)".*/\1/p'
}

job_vertices() {
  curl -fsS --max-time 5 "$flink_rest/jobs/$job_id" 2>/dev/null |
    sed 's/"plan":.*//' | grep -o '"id":"[0-9a-f]\{32\}"' | grep -o '[0-9a-f]\{32\}' || true
}

# vertex_metrics VERTEX: "name value" lines.
vertex_metrics() {
  local url="$flink_rest/jobs/$job_id/vertices/$1/subtasks/metrics" ids
  ids=$(curl -fsS --max-time 5 "$url" 2>/dev/null | grep -o '"id":"[^"]*"' | sed 's/^"id":"\(.*\)"$/\1/' |
    grep -E 'block-cache-usage$|\.callweave\.(read|rejected[._][a-z_]+|duplicates|links|written|watermarkLagMs|wallClockLagMs|openCalls|nativeBytes)$' |
    paste -sd, -) || true
  [[ -n $ids ]] || return 0
  # Flink's own names for them: a dot within a metric's name comes as an underscore.
  curl -fsS --max-time 5 -G --data-urlencode "get=$ids" --data agg=sum,max "$url" 2>/dev/null |
    sed 's/},{/\n/g' | awk '
      {
        if (!match($0, /"id":"[^"]*"/)) next
        name = substr($0, RSTART + 6, RLENGTH - 7)
        sub(/\.callweave\.openCalls$/, ".openCalls", name)
        sub(/\..*block-cache-usage$/, ".blockCache", name)
        sub(/.*\.callweave\./, "", name)
        sub(/^rejected_/, "rejected.", name)
        aggregate = name ~ /LagMs$/ ? "max" : "sum"
        if (!match($0, "\"" aggregate "\":[-+.0-9eE]+")) next
        printf "%s %.0f\n", name, substr($0, RSTART + length(aggregate) + 3, RLENGTH - length(aggregate) - 3)
      }' || true
}
