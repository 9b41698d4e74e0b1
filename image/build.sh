#!/usr/bin/env bash
# Build the image from nothing: an engine, a base, the wheels, the image, and where the engine is ours an archive of it.
#
# IMAGE        what it is called (grade:latest)
# PYTHON       the interpreter whose pip fetches the wheels (python3)
# TORCH_INDEX  one more package index to install from, as in the Makefile
# EXTRAS       the extras of pyproject.toml that come along (those of the Dockerfile)
# WITHOUT      "torch sympy", where no assignment that is graded needs it
# TWICE        build once more without what is cached, and compare the files of both, if this is set
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/engine.sh"
source "$project/image/wheels.sh"

base=debian:bookworm-slim
extras=${EXTRAS-$(sed -n 's/^ARG EXTRAS="\(.*\)"$/\1/p' "$project/Dockerfile")}
context=$work/context

make_base() {
  if has_image "$base" || timeout 120 "$docker" pull --quiet "$base"; then return; fi
  echo "no registry answers: $base is made with debootstrap"
  command -v debootstrap >/dev/null || install_packages debootstrap
  local sources=/etc/apt/sources.list.d/debian.sources mirror=
  [ ! -f "$sources" ] || mirror=$(awk '/^URIs:/ { print $2; exit }' "$sources")
  debootstrap --variant=minbase bookworm "$work/root" ${mirror:+"$mirror"}
  "$project/image/base.sh" "$work/root"
  tar --create --directory "$work/root" . | "$docker" import --change 'CMD ["bash"]' - "$base"
  rm -rf --one-file-system "$work/root"
}

# What .dockerignore lets through, copied: wheels must not pile up in the checkout.
lay_out_context() {
  mkdir "$context"
  local name
  while read -r name; do
    mkdir -p "$context/$(dirname "$name")"
    cp -a "$project/$name" "$context/$name"
  done < <(sed -n 's/^!//p' "$project/.dockerignore")
  cp "$project/Dockerfile" "$project/.dockerignore" "$context"
}

# The build backend is one of them.
lay_in_wheels() {
  # shellcheck disable=SC2086  # one word for each extra
  "${PYTHON:-python3}" "$context/image/requirements.py" "$context/pyproject.toml" $extras ${WITHOUT:+--without "$WITHOUT"} \
    >"$work/requirements.txt"
  fetch_wheels "$context/wheels" --constraint "$context/constraints.txt" --requirement "$work/requirements.txt" setuptools
  if compgen -G "$context/wheels/nvidia_*" >/dev/null; then
    echo 'these are the wheels for CUDA: TORCH_INDEX=<the index of CPU wheels> makes the image gigabytes smaller'
  fi
}

# build TAG OPTION...
build() {
  local tag=$1
  shift
  "$docker" build --network host --build-arg PIP_NO_INDEX=1 --build-arg EXTRAS="$extras" \
    --build-arg WITHOUT="${WITHOUT:-}" --tag "$tag" \
    --build-arg VERSION="$(sed -n 's/^version = "\(.*\)"$/\1/p' "$project/pyproject.toml")" \
    --build-arg REVISION="$(git -C "$project" describe --always --dirty --abbrev=40 --exclude '*' 2>/dev/null || echo unknown)" "$@" "$context"
}

tree() {
  local container
  container=$("$docker" create "$1")
  "$docker" export "$container" | "${PYTHON:-python3}" "$project/image/tree.py"
  "$docker" rm "$container" >/dev/null
}

build_again() {
  local again=${image%:*}:again
  build "$again" --no-cache
  tree "$image" >"$work/first.txt"
  tree "$again" >"$work/second.txt"
  diff "$work/first.txt" "$work/second.txt"
}

save() {
  mkdir -p "$(dirname "$archive")"
  "$docker" save "$image" "$base" | gzip --fast >"$archive.unfinished"
  mv "$archive.unfinished" "$archive"
}

megabytes() { awk -v bytes="$1" 'BEGIN { printf "%.0f MB", bytes / 1e6 }'; }

report() {
  echo "$image: $(megabytes "$("$docker" image inspect --format '{{.Size}}' "$image")")"
  "$docker" history --format '{{.Size}}\t{{.CreatedBy}}' --no-trunc "$image" | awk -F '\t' '$1 != "0B"' | cut -c 1-110
  if [ -n "${TWICE:-}" ]; then echo "file tree: sha256 $(sha256sum <"$work/first.txt" | cut -c 1-64), twice the same"; fi
  if is_ours; then echo "$archive: $(megabytes "$(stat --format %s "$archive")"), for \`docker load\`"; fi
}

start_engine
{
  step 'base' make_base
  step 'context' lay_out_context
  step 'wheels' lay_in_wheels
  step 'image' build "$image"
  if [ -n "${TWICE:-}" ]; then step 'image, again' build_again; fi
  if is_ours; then step 'archive' save; fi
  report
} | tee "$work/told.txt"
mkdir -p "$(dirname "$built")"
{
  "$docker" image inspect --format '{{.Id}}' "$image"
  echo "$SECONDS"
  cat "$work/told.txt"
} >"$built"
