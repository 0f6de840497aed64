# shellcheck shell=bash
# What a call costs the job, from memory, as one thing after the other changes.

growth_runs=
growth_calls=

bench_growth() {
  build_bench
  growth_runs=$run_folder/runs
  : >"$growth_runs"
  growth_calls=$(quick_or 200000 2000000)
  growth_of_addresses
  growth_of_links
  growth_of_one_address
  growth_of_slots
  growth_of_ids
  growth_of_options
  step "$(wc -l <"$growth_runs") runs a round"
  run_bench JobBench growth "$(quick_or 1 3)" "$(quick_or 0 10)" "$growth_runs"
  forget_sets
}

# growth_run GROUP NAME SLOTS [OPTION...]: one more run in each round, with the calls of set_file.
growth_run() {
  local warm_up=1000000
  ((warm_up <= growth_calls)) || warm_up=$growth_calls
  echo "$1 $2 callweave $set_file $warm_up $growth_calls --parallelism=$3${4:+ ${*:4}}" >>"$growth_runs"
}

# make_traffic NAME TOPOLOGY RATE IDS: sets set_file.
make_traffic() {
  local arguments
  mapfile -t arguments < <(traffic_arguments "$4" "$growth_calls")
  make_calls "growth-$1" --topology "$2" --rate "$3" "${arguments[@]}"
}

# As many calls at once at each address, so as many links.
growth_of_addresses() {
  local times rate=${rate_of[mid]} topology=$run_folder/more-addresses.yaml
  for times in 1 10 100 833; do
    awk -v times="$times" '{
      if (match($0, /instances: [0-9]+/)) {
        number = substr($0, RSTART + 11, RLENGTH - 11)
        $0 = substr($0, 1, RSTART + 10) number * times substr($0, RSTART + RLENGTH)
      }
      print
    }' "$root/bench/sets/mid.yaml" >"$topology"
    make_traffic "addresses-$times" "$topology" "$((rate * times))" counter
    growth_run addresses "$((24 * times))" "$cores"
  done
}

# The same addresses with more calls at once at each.
growth_of_links() {
  local rate links
  for rate in 70 "${rate_of[mid]}" 1600 "${rate_of[hot]}" 20000; do
    make_traffic "links-$rate" "$root/bench/sets/mid.yaml" "$rate" counter
    links=$("$callweave" check --json "$set_file" | sed -n 's/.*"links_per_call":\([0-9]*\)[.,][^{]*"most_parents".*/\1/p')
    [[ -n $links ]] || die "callweave check says nothing about the links of $set_file"
    growth_run links "$links" "$cores"
  done
}

# Each call begins or ends at the one address.
growth_of_one_address() {
  local slots topology=$run_folder/one-address.yaml
  cat >"$topology" <<'END'
services:
  - {name: Client, instances: 100}
  - {name: One, instances: 1}
  - {name: Store, instances: 100}
client: Client
work:
  lognormal: {median_ms: 12, sigma: 0.8}
  stuck: {share: 0, from_ms: 300, to_ms: 20000}
root:
  to: One
  calls:
    - to: Store
END
  make_traffic one-address "$topology" 2000 counter
  for slots in 1 2; do
    growth_run one-address "$slots-slot" "$slots"
  done
}

growth_of_slots() {
  local slots
  make_traffic ids-counter "$root/bench/sets/mid.yaml" "${rate_of[mid]}" counter
  for slots in 1 2; do
    growth_run slots "$slots" "$slots"
  done
}

growth_of_ids() {
  local ids
  for ids in counter uuid; do
    make_traffic "ids-$ids" "$root/bench/sets/mid.yaml" "${rate_of[mid]}" "$ids"
    growth_run ids "$ids" "$cores"
  done
}

growth_of_options() {
  local value
  make_traffic ids-counter "$root/bench/sets/mid.yaml" "${rate_of[mid]}" counter
  for value in 500 1000 2000; do
    growth_run bucket-ms "$value" "$cores" "--bucket-ms=$value"
  done
  for value in 4 16 64; do
    growth_run ip-groups "$value" "$cores" "--ip-groups=$value"
  done
  for value in 1 4 16; do
    growth_run id-groups "$value" "$cores" "--id-groups=$value"
  done
}
