# shellcheck shell=bash
# The jar to submit and the command `callweave`.

# build_jar: builds flink-job/target/callweave-VERSION.jar where a source is newer than it. Sets job_jar.
build_jar() {
  if find_jar && ! sources_newer_than "$job_jar"; then
    return
  fi
  step "Building the job (a few minutes the first time)"
  run_command mvn -B -q -f "$root/pom.xml" -DskipTests package || die "the build failed: see above"
  find_jar || die "the build left no jar in $root/flink-job/target"
  # A build that finds nothing to pack anew leaves the old jar, and its old time.
  touch "$job_jar"
}

find_jar() {
  local jar
  for jar in "$root"/flink-job/target/callweave-*.jar; do
    case "$jar" in
      *-sources.jar | *-javadoc.jar | *-tests.jar) ;;
      *)
        job_jar=$jar
        [[ -f $jar ]]
        return
        ;;
    esac
  done
  return 1
}

sources_newer_than() {
  local newer
  newer=$(find "$root/pom.xml" "$root/Cargo.toml" "$root/Cargo.lock" "$root/scripts/build-native" \
    "$root/flink-job/pom.xml" "$root/flink-job/src/main" "$root/rust/core" "$root/rust/jni" \
    -newer "$1" -print -quit)
  [[ -n $newer ]]
}

# use_system_openssl: what cargo builds from here on links the system's OpenSSL where its headers are
# installed. To compile one takes minutes, and perl.
use_system_openssl() {
  if command -v pkg-config >/dev/null && pkg-config --atleast-version=3 openssl; then
    export OPENSSL_NO_VENDOR=1
  else
    ensure_command perl perl
  fi
}

# build_cli: builds the command `callweave`, without TLS: the scripts use a broker on this machine, or one
# that does without. Sets callweave to its path.
build_cli() {
  callweave=${CARGO_TARGET_DIR:-$root/target}/release/callweave
  [[ -x $callweave ]] || step "Building the command callweave (a few minutes the first time)"
  run_command cargo build --quiet --release --locked --manifest-path "$root/Cargo.toml" --package callweave \
    --no-default-features ||
    die "the build of callweave failed: see above"
}
