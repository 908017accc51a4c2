#!/bin/sh
# Boots a real systemd in namespaces of its own, installs the wheel there as an operator would, and tests the service.
# Usage: run.sh WHEEL. Needs root on a Debian 12 (or its kin), and the network once, to make the image.
# BUILD (default: build/systemd) keeps the base image between runs; PYTHON names a Python 3.11+ with pip.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
checkout=$(cd "$here/../.." && pwd)
wheel=${1:?usage: run.sh WHEEL}
build=${BUILD:-$checkout/build/systemd}
python=${PYTHON:-$checkout/.venv/bin/python}

[ "$(id -u)" = 0 ] || { echo "run.sh: must be root: it makes mounts and process namespaces" >&2; exit 2; }
for tool in unshare nsenter debootstrap ip; do
    command -v "$tool" >/dev/null && continue
    echo "installing what is missing: $tool"
    apt-get update --quiet=2 && apt-get install --yes --quiet=2 util-linux debootstrap iproute2 || exit 2
done
mkdir -p "$build"

# The base image: a minimal system with systemd and Python, from the mirror this host uses
if [ ! -e "$build/base.ready" ]; then
    rm -rf "$build/base"
    . /etc/os-release
    mirror=$(apt-get indextargets --format '$(REPO_URI)' "Codename: $VERSION_CODENAME" 2>/dev/null | head -n 1)
    echo "making the base image ($VERSION_CODENAME, ${mirror:-the default mirror}); this takes a minute or two"
    debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,python3,python3-venv \
        "$VERSION_CODENAME" "$build/base" ${mirror:+"$mirror"} >"$build/debootstrap.log" 2>&1 ||
        { tail -n 5 "$build/debootstrap.log" >&2; exit 2; }
    touch "$build/base.ready"
fi

# The locked dependencies, fetched here with this host's settings for the image's Python
version=$(chroot "$build/base" python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
if ! cmp -s "$checkout/requirements.lock" "$build/wheels/requirements.lock"; then
    rm -rf "$build/wheels"
    "$python" -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: \
        --python-version "$version" --dest "$build/wheels" --requirement "$checkout/requirements.lock"
    cp "$checkout/requirements.lock" "$build/wheels/"
fi

# The image of this run
root=$build/root
rm -rf "$root"
cp -a "$build/base" "$root"
mkdir "$root/wheels"
cp "$build"/wheels/* "$wheel" "$root/wheels/"
cp "$here"/image/* "$root/usr/local/lib/"
# without this host's pip settings: nothing is fetched from here on
env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin chroot "$root" /bin/sh -eu <<IN
python3 -m venv /opt/leakwatch
pip="/opt/leakwatch/bin/pip --quiet --disable-pip-version-check install --no-index --find-links /wheels"
\$pip --no-deps --require-hashes --requirement /wheels/requirements.lock
\$pip --no-deps /wheels/$(basename "$wheel")
rm -r /wheels
IN
exec "$python" "$here/boot.py" "$root"
