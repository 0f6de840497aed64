# shellcheck shell=bash
# The calls that are measured with: made by the simulator, the same at every run.

main_sets=(mid hot wide)
declare -A rate_of=([mid]=587 [hot]=4993 [wide]=20000 [dense]=200000)

# Long past: none of them lies in the future.
end_of_sets_ms=1700000000000
sets_folder=

# set_arguments SET IDS CALLS: what the simulator makes it with; IDS is counter, which are up to 7
# bytes long, or uuid. A call comes at most 29 s after its start.
set_arguments() {
  printf '%s\n' --topology "$root/bench/sets/$1.yaml" --rate "${rate_of[$1]}"
  traffic_arguments "$2" "$3"
}

# traffic_arguments IDS CALLS
traffic_arguments() {
  printf '%s\n' --id "$1" --calls "$2" --seed 1 --address ipv4 --end-at-ms "$end_of_sets_ms"
}

# make_set SET IDS CALLS: sets set_file to a file of it.
make_set() {
  local arguments
  mapfile -t arguments < <(set_arguments "$@")
  make_calls "$1-$2-$3" "${arguments[@]}"
}

# make_calls NAME ARGUMENT...: sets set_file to a file of what the simulator makes by these.
make_calls() {
  find_sets_folder
  set_file=$sets_folder/$1.jsonl
  [[ ! -f $set_file ]] || return 0
  run_command "$callweave" simulate "${@:2}" --out "$set_file" 2>>"$run_folder/log/simulate.out" || {
    show_tail "$run_folder/log/simulate.out"
    die "the simulator did not make $1: see above"
  }
}

# find_sets_folder: in memory where there is room, else the disk would be part of what is measured.
find_sets_folder() {
  [[ -z $sets_folder ]] || return 0
  sets_folder=$run_folder/sets
  if [[ -d /dev/shm && -w /dev/shm ]] && (($(df -Pk /dev/shm | awk 'NR == 2 { print $4 }') > 6 * 1024 * 1024)); then
    sets_folder=/dev/shm/callweave-bench-$$
    at_exit forget_sets
  fi
  mkdir -p "$sets_folder"
}

# forget_sets: makes room.
forget_sets() {
  [[ -z $sets_folder ]] || rm -rf "${sets_folder:?}"/*.jsonl
  [[ $sets_folder != /dev/shm/* ]] || rmdir "$sets_folder"
  sets_folder=
}
