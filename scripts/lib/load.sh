# shellcheck shell=bash
# shellcheck source-path=SCRIPTDIR
# All of scripts/lib, and root: the project's folder.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
source "$root/scripts/lib/messages.sh"
source "$root/scripts/lib/processes.sh"
source "$root/scripts/lib/tools.sh"
source "$root/scripts/lib/parts.sh"
source "$root/scripts/lib/build.sh"
source "$root/scripts/lib/secure.sh"
source "$root/scripts/lib/broker.sh"
source "$root/scripts/lib/flink.sh"
source "$root/scripts/lib/cluster.sh"
source "$root/scripts/lib/metrics.sh"
