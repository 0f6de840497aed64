# shellcheck shell=bash
# The benchmarks without Kafka: of the kernels, and of jobs that take calls from memory.

# build_bench: the jars of the job and of bench/job, and what it takes to run them, where a source is
# newer. Sets job_jar and bench_jar.
build_bench() {
  bench_jar=$root/bench/job/target/callweave-bench-job-0.1.0.jar
  if find_jar && [[ -f $bench_jar && -f $root/bench/job/target/class-path ]] && ! sources_newer_than "$job_jar" &&
    [[ -z $(find "$root/bench/job/pom.xml" "$root/bench/job/src/main" -newer "$bench_jar" -print -quit) ]]; then
    return
  fi
  step "Building the job and bench/job (a few minutes the first time)"
  run_command mvn -B -q -f "$root/pom.xml" -DskipTests package || die "the build failed: see above"
  find_jar || die "the build left no jar in $root/flink-job/target"
  touch "$job_jar" "$bench_jar"
}

# run_bench CLASS ARGUMENT...: its lines of JSON are added to the results. The heap has its full size from
# the start, as Flink gives it to a TaskManager.
run_bench() {
  local module_flags
  mapfile -t module_flags < <(flink_module_flags)
  mkdir -p "$run_folder/tmp"
  run_command "$JAVA_HOME/bin/java" ${module_flags[@]+"${module_flags[@]}"} -Xms4g -Xmx4g -XX:+UseG1GC \
    "-Djava.io.tmpdir=$run_folder/tmp" \
    -cp "$bench_jar:$(<"$root/bench/job/target/class-path")" "io.callweave.bench.$1" "${@:2}" \
    >>"$results" 2>>"$run_folder/log/bench.out" || {
    show_tail "$run_folder/log/bench.out"
    die "$1 failed: see above"
  }
}

bench_kernels() {
  local name pinned=()
  ! command -v taskset >/dev/null || pinned=(taskset -c "$((cores - 1))")
  step "Building the kernels"
  run_command cargo bench --quiet --locked --manifest-path "$root/Cargo.toml" -p callweave-bench-kernels --no-run ||
    die "the build of bench/kernels failed: see above"
  for name in "${main_sets[@]}"; do
    make_set "$name" counter "$(quick_or 100000 600000)"
    step "$name"
    CALLWEAVE_BENCH_CALLS=$set_file CRITERION_HOME=$run_folder/criterion/$name \
      run_command ${pinned[@]+"${pinned[@]}"} cargo bench --quiet --locked --manifest-path "$root/Cargo.toml" \
      -p callweave-bench-kernels --bench kernels -- --noplot \
      --warm-up-time "$(quick_or 1 3)" --measurement-time "$(quick_or 2 10)" >>"$run_folder/log/kernels.out" 2>&1 || {
      show_tail "$run_folder/log/kernels.out"
      die "the benchmark of the kernels failed: see above"
    }
    report criterion "$name" "$run_folder/criterion/$name" >>"$results"
  done
  forget_sets
}

# Calls of the literal job, by set: a minute of event time or more, so that calls are written while
# others come. It is some fifty times slower.
declare -A literal_calls=([mid]=300000 [hot]=600000 [wide]=1500000)

# The literal job cuts no list, so the job may not either.
job_options=(--parallelism="$cores" --max-links=100000)

bench_job() {
  local name side warm_up calls runs=$run_folder/runs
  build_bench
  calls=$(quick_or 600000 8000000)
  warm_up=$(quick_or 30000 1000000)
  for name in "${main_sets[@]}"; do
    make_set "$name" counter "$calls"
    echo "$name callweave callweave $set_file $warm_up $calls ${job_options[*]}" >"$runs"
    for side in literal-rocksdb literal-heap; do
      echo "$name $side $side $set_file $warm_up $(quick_or 30000 "${literal_calls[$name]}") ${job_options[*]}" >>"$runs"
    done
    step "$name"
    run_bench JobBench job "$(quick_or 1 3)" "$(quick_or 0 30)" "$runs"
    forget_sets
  done
  measure_state
}

# Calls after which as many are open as ever, by set.
declare -A state_calls=([mid]=60000 [hot]=300000 [wide]=1200000)
# The last calls of a set are those of its last traces alone, which go on for so long.
tail_of_sets_s=45

measure_state() {
  local name ids calls rate runs=$run_folder/runs
  step "state per open call"
  : >"$runs"
  for ids in counter uuid; do
    for name in "${main_sets[@]}"; do
      calls=${state_calls[$name]} rate=${rate_of[$name]}
      make_set "$name" "$ids" "$((calls + tail_of_sets_s * rate))"
      [[ $ids == counter ]] || name+=-$ids
      echo "$name callweave callweave $set_file 0 $calls --parallelism=$cores" >>"$runs"
    done
  done
  run_bench StateBench "$runs"
  forget_sets
}
