#!/bin/sh
# Resolve pyproject.toml into the lock files: exact versions, hashes of every platform's files, no index address.
set -eu
cd "$(dirname "$0")/.."
lock() {
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
        --generate-hashes --no-emit-index-url --no-emit-find-links --strip-extras \
        --custom-compile-command "make lock" "$@" pyproject.toml
}
lock --extra build --output-file requirements.txt
lock --extra dev --constraint requirements.txt --output-file requirements-dev.txt
lock --extra build --constraint requirements.txt --output-file packaging/requirements.txt packaging/tools.in
