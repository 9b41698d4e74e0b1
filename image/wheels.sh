# Sourced after engine.sh: fetch wheels with this machine's pip, which knows where its packages come from.
# shellcheck shell=bash

# The wheels of the image's Python, whatever Python is here: fetch_wheels FOLDER PIP_ARGUMENT...
fetch_wheels() {
  local folder=$1
  shift
  # shellcheck disable=SC2154  # engine.sh gives the folder
  [ -d "$work/pip" ] || "${PYTHON:-python3}" -m venv "$work/pip"
  mkdir -p "$folder"
  "$work/pip/bin/python" -m pip --disable-pip-version-check download --quiet --only-binary :all: --python-version 3.11 \
    ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} --find-links "$folder" --dest "$folder" "$@"
  du -sh "$folder"
}
