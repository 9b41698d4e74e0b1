#!/usr/bin/env bash
# Inside a container: do what Gradescope does with a bundle and some submissions. round-trip.sh BUNDLE SAMPLES RESULTS NAME...
#
# BUNDLE is the unpacked zip, SAMPLES holds a submission under each name, RESULTS gets a file for each.
set -euo pipefail
bundle=$1 samples=$2 results=$3
shift 3

export AUTOGRADER_ROOT=${AUTOGRADER_ROOT:-/tmp/autograder}
mkdir -p "$AUTOGRADER_ROOT"/{source,submission,results}
cp -R "$bundle/." "$AUTOGRADER_ROOT/source"
begun=$SECONDS
bash "$AUTOGRADER_ROOT/source/setup.sh"
echo "figure: setup.sh took $((SECONDS - begun)) s"
cp "$AUTOGRADER_ROOT/source/run_autograder" "$AUTOGRADER_ROOT/run_autograder"

for name in "$@"; do
  rm -rf "$AUTOGRADER_ROOT"/{submission,results}/*
  cp -R "$samples/$name/." "$AUTOGRADER_ROOT/submission"
  begun=$EPOCHREALTIME
  bash "$AUTOGRADER_ROOT/run_autograder"
  awk -v name="$name" -v from="$begun" -v to="$EPOCHREALTIME" \
    'BEGIN { printf "figure: submission %s took %.1f s\n", name, to - from }'
  cp "$AUTOGRADER_ROOT/results/results.json" "$results/$name.json"
done
