#!/bin/sh
# Install the package into a clean Debian and try it out there, without a network, on a virtual screen.
#   packaging/test_deb.sh [FILE.deb]    as root, with debootstrap and Xvfb; SUITE=trixie for another Debian
# The clean system is made once and kept in CACHE; every run works in a copy that goes away again.
set -eu
cd "$(dirname "$0")/.."
say() { printf '\n== %s\n' "$*"; }
stop() { printf '%s\n' "$*" >&2 && exit 1; }

if [ -z "${MHA_INSIDE:-}" ]; then
    [ "$(id -u)" = 0 ] || stop "This makes a system of its own in a folder: run it as root."
    for tool in debootstrap Xvfb unshare; do
        command -v "$tool" >/dev/null || stop "$tool is missing (Debian's packages debootstrap, xvfb, util-linux)."
    done
    # Mounts and processes of its own: whatever happens, both end with this script.
    MHA_INSIDE=1 exec unshare --mount --propagation private --pid --fork --kill-child sh "$0" "$@"
fi

package=${1:-$(ls -t dist/myhealthally_*.deb 2>/dev/null | head -n 1)}
[ -f "$package" ] || stop "There is no package yet: make package"
suite=${SUITE:-$(. /etc/os-release && echo "$VERSION_CODENAME")}
cache=${CACHE:-${TMPDIR:-/tmp}/myhealthally-clean-$suite}
work=$(mktemp -d "${TMPDIR:-/tmp}/myhealthally-install.XXXXXX")
root=$work/root
desk=/home/clerk
trap clean EXIT
trap 'exit 130' INT TERM HUP

clean() {
    [ -z "${server:-}" ] || kill "$server" 2>/dev/null || true
    for place in "$root/tmp/.X11-unix" "$root/dev" "$root/proc"; do umount -R -l "$place" 2>/dev/null || true; done
    rm -rf --one-file-system "$work"
}
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
# An ordinary person at a desk without any network: not even the loopback is up.
clerk() {
    unshare --net -- chroot --userspec=clerk:clerk "$root" /usr/bin/env -i PATH=/usr/bin:/bin LANG=C.UTF-8 \
        HOME="$desk" LOGNAME=clerk USER=clerk DISPLAY="$screen" QT_QPA_PLATFORM=xcb "$@"
}
# Process ids of the package's programs (that were given an argument).
running() {
    for process in /proc/[0-9]*; do
        case $(readlink "$process/exe" 2>/dev/null) in *usr/lib/myhealthally/*) ;; *) continue ;; esac
        [ -z "${1:-}" ] || { tr '\0' '\n' <"$process/cmdline"; } 2>/dev/null | grep -qx "$1" || continue
        basename "$process"
    done
}
# Programs that still run, and files outside a person's home.
left_over() {
    running
    find "$root/tmp" -mindepth 1 -maxdepth 1 ! -name .X11-unix
    [ ! -d "$root/var/lib/myhealthally" ] || find "$root/var/lib/myhealthally" -mindepth 1 -maxdepth 1
}
nothing_left() {
    found=$(left_over)
    [ -z "$found" ] || stop "$1 left behind: $found"
    echo "nothing left behind"
}

say "A clean $suite"
if [ ! -f "$cache/.complete" ]; then
    rm -rf "$cache"
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1)
    debootstrap --variant=minbase "$suite" "$cache" "$mirror" >"$work/debootstrap.log" 2>&1 || {
        tail -n 20 "$work/debootstrap.log" >&2
        stop "The clean system can't be made."
    }
    apt-config dump | grep '^Acquire::' >"$cache/etc/apt/apt.conf.d/10host" || true
    chroot "$cache" apt-get update -qq
    touch "$cache/.complete"
fi
cp -a "$cache" "$root"
mount -t proc proc "$root/proc"
mount -t proc proc /proc
mount --rbind /dev "$root/dev"
echo "$(inside dpkg-query -f '.\n' -W | wc -l) packages"

say "Installing $(basename "$package")"
cp "$package" "$root/var/cache/package.deb"
before=$(du -sxm "$root" | cut -f 1)
inside dpkg -i /var/cache/package.deb >"$work/dpkg.log" 2>&1 || true
inside apt-get install -y -qq -f --no-install-recommends >"$work/apt.log" 2>&1 || { tail -n 20 "$work/apt.log" >&2 && exit 1; }
rm "$root/var/cache/package.deb"
[ "$(inside dpkg-query -f '${Status}' -W myhealthally)" = "install ok installed" ] ||
    stop "It is not installed: $(cat "$work/dpkg.log")"
inside dpkg -V myhealthally
inside useradd --create-home --shell /bin/sh clerk
printf 'package %s MB, installed %s MB, with the libraries it asks for %s MB more\n' \
    "$(du -m "$package" | cut -f 1)" "$(du -sm "$root/usr/lib/myhealthally" | cut -f 1)" \
    "$(($(du -sxm "$root" | cut -f 1) - before))"

say "A virtual screen"
Xvfb -displayfd 3 -ac -nolisten tcp -screen 0 1440x900x24 3>"$work/display" 2>/dev/null &
server=$!
waited=0
until [ -s "$work/display" ]; do
    waited=$((waited + 1))
    [ "$waited" -lt 100 ] || stop "Xvfb doesn't start."
    sleep 0.1
done
screen=:$(cat "$work/display")
mkdir -p "$root/tmp/.X11-unix"
mount --bind /tmp/.X11-unix "$root/tmp/.X11-unix"
echo "$screen"

say "selftest --window, as an ordinary user, without a network"
clerk myhealthally selftest --window
nothing_left selftest

say "selftest as root, without a screen"
unshare --net -- chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/root \
    myhealthally selftest --json 2>/dev/null | grep -q '"ok": true' || stop "It fails as root."
echo ok
nothing_left "selftest as root"

say "selftest, ended half-way"
clerk myhealthally selftest >/dev/null 2>&1 &
trial=$!
waited=0
until [ -n "$(running supervise-embedded)" ]; do
    waited=$((waited + 1))
    [ "$waited" -lt 300 ] || stop "The embedded database doesn't start."
    sleep 0.1
done
kill -TERM "$(running selftest)"
wait "$trial" || true
nothing_left "an ended selftest"

say "The demo, a backup of it that is proved by restoring it, and how long until its window can be used"
clerk myhealthally demo --no-window --json >/dev/null 2>&1 || stop "The demo can't be made."
clerk MHA_PASSPHRASE="eight words that nobody has written down anywhere" \
    myhealthally db backup "$desk/demo.backup" --profile demo >/dev/null 2>&1 || stop "No backup can be made."
clerk myhealthally doctor --json >"$work/doctor" 2>/dev/null
grep -q '"check": "qt", "state": "ok"' "$work/doctor" || stop "doctor doesn't find Qt: $(cat "$work/doctor")"
for _ in 1 2 3 4 5; do clerk myhealthally try-window --profile demo; done
clerk myhealthally db stop --profile demo >/dev/null
echo "with the server to start first:"
clerk myhealthally try-window --profile demo

say "Removing it"
[ -n "$(running supervise-embedded)" ] || stop "The demo's server should be running."
inside dpkg -r myhealthally >"$work/dpkg.log" 2>&1 || { cat "$work/dpkg.log" >&2 && exit 1; }
nothing_left "the removed package"
[ ! -e "$root/usr/lib/myhealthally" ] || stop "Files of the program are still there."
[ -d "$root$desk/.local/share/myhealthally/embedded/demo" ] || stop "The clinic's data is gone."
echo "the program is gone, the clinic's data is still there"

say "Everything works"
