# shellcheck shell=bash
# What the scripts say: progress on standard output, trouble on standard error.

say() {
  printf '%s\n' "$*"
}

# A step that takes time, with the time it started.
step() {
  printf '[%s] %s\n' "$(date +%H:%M:%S)" "$*"
}

warn() {
  printf '%s\n' "$*" >&2
}

die() {
  warn "error: $*"
  exit 1
}

# usage_of SCRIPT: prints the comment at the head of a script, which is its help.
usage_of() {
  awk 'NR > 1 && !/^#/ { exit } NR > 1 { sub(/^# ?/, ""); print }' "$1"
}

# number_of OPTION VALUE: the value, if it is a whole number.
number_of() {
  [[ $2 =~ ^[0-9]{1,15}$ ]] || die "$1 needs a whole number, not '$2'"
  echo "$((10#$2))"
}

# thousands NUMBER: 1234567 as 1,234,567; what is no number comes back as it is.
thousands() {
  printf '%s' "$1" | awk '
    /^-?[0-9]+$/ {
      sign = sub(/^-/, "") ? "-" : ""
      out = ""
      while (length($0) > 3) {
        out = "," substr($0, length($0) - 2) out
        $0 = substr($0, 1, length($0) - 3)
      }
      printf "%s%s%s", sign, $0, out
      next
    }
    { printf "%s", $0 }'
}
