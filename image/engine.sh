# Sourced by the scripts beside it: a container engine to build and run with, and a folder that ends with the script.
#
# The engine is the one that answers; where none does, and we are root on Debian, one of our own on an empty folder.
# shellcheck shell=bash disable=SC2034

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
image=${IMAGE:-grade:latest}
archive=$project/dist/grade-image.tar.gz
built=$project/dist/grade-image.txt # of the last build: the image's id, the seconds it took, what was said
work=$(mktemp -d "${TMPDIR:-/tmp}/grade-image.XXXXXX")
engine_pid=
docker=docker
export LC_ALL=C
trap clear_away EXIT

stop() {
  echo "$*" >&2
  exit 3
}

is_answering() { "$docker" version >/dev/null 2>&1; }

has_image() { "$docker" image inspect "$1" >/dev/null 2>&1; }

install_packages() {
  [ "$(id -u)" = 0 ] || stop "$* must be installed, which only root can do"
  export DEBIAN_FRONTEND=noninteractive
  local options=(-o DPkg::Lock::Timeout=600 -qq) seconds
  # The option makes apt-get wait for dpkg's lock, and not for that of the lists.
  for ((seconds = 0; seconds < 600; seconds++)); do
    if apt-get "${options[@]}" update >"$work/apt.log" 2>&1; then break; fi
    grep --quiet 'Could not get lock' "$work/apt.log" || break
    sleep 1
  done
  apt-get "${options[@]}" install --yes --no-install-recommends "$@" >>"$work/apt.log" 2>&1 \
    || { tail -n 20 "$work/apt.log" >&2 && stop "$* cannot be installed"; }
}

start_engine() {
  if is_answering; then return; fi
  [ "$(id -u)" = 0 ] || stop 'no container engine answers, and only root can start one'
  if ! [ -x /usr/bin/docker ] || ! command -v dockerd >/dev/null; then install_packages docker.io; fi
  docker=/usr/bin/docker # of the same package as the engine: a newer client on PATH may lack its build plugin
  export DOCKER_HOST=unix://$work/engine.sock DOCKER_BUILDKIT=1
  # No bridge and no firewall rules: a build uses the machine's network, a run has none.
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$work" setsid dockerd \
    --data-root "$work/data" --exec-root "$work/exec" --pidfile "$work/engine.pid" --host "$DOCKER_HOST" \
    --storage-driver overlay2 --iptables=false --ip6tables=false --bridge none </dev/null >"$work/engine.log" 2>&1 &
  local tenths
  for ((tenths = 0; tenths < 300; tenths++)); do
    if is_answering; then engine_pid=$(cat "$work/engine.pid") && return; fi
    sleep 0.1
  done
  tail -n 20 "$work/engine.log" >&2
  stop 'the container engine did not start within 30 s'
}

is_ours() { [ -n "$engine_pid" ]; }

stop_engine() {
  local running tenths
  running=$("$docker" ps --quiet 2>/dev/null) || true
  # shellcheck disable=SC2086  # one word for each container
  [ -z "$running" ] || "$docker" kill $running >/dev/null 2>&1 || true
  kill "$engine_pid" 2>/dev/null || true
  for ((tenths = 0; tenths < 150; tenths++)); do
    [ -d "/proc/$engine_pid" ] || break
    sleep 0.1
  done
  umount "$work/exec/netns/default" "$work/data" 2>/dev/null || true
}

clear_away() {
  if is_ours; then stop_engine; fi
  rm -rf --one-file-system "$work"
}

# Run a command in a shell of its own, its output kept in a log; say how long it took and leave its exit code in `ended`.
# To be called as a plain command: bash would pass over `set -e` in whatever is called within a condition.
attempt() {
  local says=$1 log begun=$EPOCHREALTIME took
  shift
  log=$(log_of "$says")
  ended=0
  "$@" >"$log" 2>&1 &
  wait "$!" || ended=$?
  took=$(awk -v from="$begun" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.1f", to - from }')
  if [ "$ended" = 0 ]; then
    printf 'ok   %7s s  %s\n' "$took" "$says"
  else
    printf 'FAIL %7s s  %s: exit code %s\n' "$took" "$says" "$ended"
    tail -n 40 "$log" | sed 's/^/    /'
  fi
}

minutes_of() { awk -v seconds="$1" 'BEGIN { printf "%.0f minutes", seconds / 60 }'; }

log_of() { echo "$work/${1//[^[:alnum:]]/-}.log"; }

# Attempt what all that follows stands on.
step() {
  attempt "$@"
  [ "$ended" = 0 ] || exit 3
}
