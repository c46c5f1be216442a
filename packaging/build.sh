#!/bin/sh
# Freeze the program into dist/myhealthally, in an environment of its own with the locked packages only.
#   packaging/build.sh    on Linux, macOS, and Windows (in Git's bash)
# It runs on systems as new as this one or newer: build on the oldest that the clinic has.
set -eu
cd "$(dirname "$0")/.."
umask 022
base=build/venv
bin=$base/bin
case $(uname -s) in MINGW* | MSYS* | CYGWIN*) bin=$base/Scripts ;; esac
lock=packaging/requirements.txt

if ! cmp -s "$lock" "$base/installed" 2>/dev/null; then
    echo "Installing the packages of $lock into $base" >&2
    mkdir -p build
    "${PYTHON:-python3}" -m venv --clear "$base"
    "$bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
    cp "$lock" "$base/installed"
fi
export PYTHONPATH="$PWD" PYTHONHASHSEED=1 PYTHONDONTWRITEBYTECODE=1
if [ -z "${SOURCE_DATE_EPOCH:-}" ] && committed=$(git log -1 --format=%ct 2>/dev/null); then
    export SOURCE_DATE_EPOCH="$committed"
fi
"$bin/python" packaging/icons.py build/icons
echo "Freezing; this takes some minutes" >&2
"$bin/python" -m PyInstaller --noconfirm --log-level ERROR --distpath dist --workpath build/pyinstaller \
    packaging/myhealthally.spec
if [ "$(uname -s)" = Linux ]; then
    # Two libraries come with their debugging symbols, half of their size.
    for library in dist/myhealthally/_internal/libpython3.*.so.* dist/myhealthally/_internal/sqlcipher3/*.so; do
        [ -L "$library" ] || strip --strip-unneeded "$library"
    done
fi
if command -v dpkg-deb >/dev/null 2>&1; then
    "$bin/python" packaging/deb.py
fi
