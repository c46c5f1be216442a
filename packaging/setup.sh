#!/bin/sh
# Prepare a checkout: a virtual environment with the locked packages, and Qt's system libraries.
#   packaging/setup.sh run    what the program needs
#   packaging/setup.sh dev    the same and the tools that check it
# On Debian and Ubuntu missing system packages are installed when root; otherwise the exact command is named.
set -eu
cd "$(dirname "$0")/.."
level=${1:-run}

say() { printf '%s\n' "$*" >&2; }

find_python() {
    for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    say "MyHealthAlly needs Python 3.11 or newer. Install one and name it: PYTHON=/path/to/python3 make setup"
    exit 1
}

# Names of the system packages that aren't there yet.
missing_packages() {
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        "$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'
    fi
    # The tests ask a real keyring, on a bus of their own. Without root they do without it.
    if [ "$level" = dev ] && [ "$(id -u)" = 0 ]; then
        command -v gnome-keyring-daemon >/dev/null 2>&1 || echo gnome-keyring
        command -v dbus-run-session >/dev/null 2>&1 || echo dbus
    fi
    known=$(ldconfig -p 2>/dev/null || /sbin/ldconfig -p)
    while read -r library package; do
        case $known in *"$library "*) ;; *) echo "$package" ;; esac
    done <<LIBRARIES
libEGL.so.1 libegl1
libGL.so.1 libgl1
libX11-xcb.so.1 libx11-xcb1
libdbus-1.so.3 libdbus-1-3
libfontconfig.so.1 libfontconfig1
libglib-2.0.so.0 libglib2.0-0
libxcb-cursor.so.0 libxcb-cursor0
libxcb-icccm.so.4 libxcb-icccm4
libxcb-image.so.0 libxcb-image0
libxcb-keysyms.so.1 libxcb-keysyms1
libxcb-randr.so.0 libxcb-randr0
libxcb-render-util.so.0 libxcb-render-util0
libxcb-render.so.0 libxcb-render0
libxcb-shape.so.0 libxcb-shape0
libxcb-shm.so.0 libxcb-shm0
libxcb-sync.so.1 libxcb-sync1
libxcb-xfixes.so.0 libxcb-xfixes0
libxcb-xkb.so.1 libxcb-xkb1
libxkbcommon-x11.so.0 libxkbcommon-x11-0
libxkbcommon.so.0 libxkbcommon0
LIBRARIES
}

install_packages() {
    if [ "$(id -u)" = 0 ]; then
        say "Installing system packages: $*"
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq >&2
        apt-get install -y -qq --no-install-recommends "$@" >&2
    else
        say "These system packages are missing. Install them, then run this again:"
        say "    sudo apt-get update && sudo apt-get install -y --no-install-recommends $*"
        exit 1
    fi
}

system_packages() {
    [ "$(uname -s)" = Linux ] || return 0
    wanted=$(missing_packages | sort -u)
    [ -n "$wanted" ] || return 0
    if ! command -v apt-get >/dev/null 2>&1; then
        say "Qt may need these libraries (Debian's names; find your system's): $(echo "$wanted" | tr '\n' ' ')"
        return 0
    fi
    # shellcheck disable=SC2086  # one word a package
    install_packages $wanted
}

virtual_environment() {
    if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
        say "Making the virtual environment .venv with $python"
        "$python" -m venv --clear .venv
    fi
    lock=requirements.txt
    [ "$level" = run ] || lock=requirements-dev.txt
    say "Installing the packages of $lock"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
}

python=$(find_python)
system_packages
virtual_environment
touch ".venv/.ready-$level"
[ "$level" = run ] || touch .venv/.ready-run
