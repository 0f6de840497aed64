# shellcheck shell=bash
# Kafka and Flink come as Maven artifacts: scripts/parts/NAME/pom.xml names them and their versions,
# .local/parts/NAME holds the jars.

dependency_plugin=org.apache.maven.plugins:maven-dependency-plugin:3.7.1

# fetch_parts ROOT NAME: nothing to do where the jars are there and the list is the same.
fetch_parts() {
  local list=$1/scripts/parts/$2/pom.xml folder=$1/.local/parts/$2 fresh
  if cmp -s "$list" "$folder/resolved-from.xml"; then
    return
  fi
  step "Fetching $2 (once)"
  mkdir -p "$1/.local/parts"
  fresh=$(mktemp -d "$1/.local/parts/$2.XXXXXX")
  if ! run_command mvn -B -q -f "$list" "$dependency_plugin:copy-dependencies" \
    -DincludeScope=runtime -DoutputDirectory="$fresh"; then
    rm -rf "$fresh"
    die "Maven could not fetch $2: see above; the list is $list"
  fi
  chmod 755 "$fresh"
  cp "$list" "$fresh/resolved-from.xml"
  rm -rf "$folder"
  mv "$fresh" "$folder"
}
