#!/bin/sh
# The steps of the Dockerfile. They stand here so that check-clean-root.sh can run the very same without a container engine.
#
#   install.sh wheel      build the wheel from the sources beside this script's folder
#   install.sh web        /opt/alsoread, a virtual environment without torch or a model; it can use a catalogue on PostgreSQL
#   install.sh indexer    the same with the extra `embed`: what rebuild needs
#   install.sh user       the user that runs it, and its /data
#
# PIP_EXTRA_ARGS holds more options for pip, apart by blanks: such as an index with CPU builds of torch.
set -eu

prefix=/opt/alsoread
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)

# pip from an environment of its own, so that none is left in what we install.
make_pip() {
    tools=$(mktemp -d)
    trap 'rm -rf "$tools"' EXIT
    python3 -m venv "$tools"
}

run_pip() {
    # shellcheck disable=SC2086  # several options are meant
    "$tools/bin/pip" --no-cache-dir --disable-pip-version-check "$@" ${PIP_EXTRA_ARGS:-}
}

build_wheel() {
    make_pip
    run_pip wheel --quiet --no-deps --wheel-dir "$here/wheel" "$here"
}

# Wheels only: an image without a compiler should say which package lacks one, not fail in the middle of building it.
install_into_prefix() {
    make_pip
    python3 -m venv --without-pip "$prefix"
    set -- "$here"/wheel/alsoread-*.whl "$1"
    run_pip --python "$prefix/bin/python" install --quiet --no-warn-script-location --root-user-action=ignore \
        --only-binary=:all: --constraint "$here/constraints.txt" "$1$2"
    install -m 0644 "$here/docker/healthcheck.py" "$prefix/bin/healthcheck.py"
    remove_unneeded "$prefix/lib"
}

# What no program of ours reads: packages' own tests, and headers, libraries and tools for building against them.
remove_unneeded() {
    find "$1" -depth -type d -name tests -exec rm -rf {} +
    find "$1" -type f \( -name '*.a' -o -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' \) -delete
    rm -rf "$1"/python3*/site-packages/torch/include "$1"/python3*/site-packages/torch/share \
        "$1"/python3*/site-packages/torch/bin/protoc*
}

# A number outside the system's own range, fixed so that a volume keeps its owner from image to image.
make_user() {
    groupadd --gid 10001 alsoread
    useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin alsoread
    install -d -o 10001 -g 10001 -m 0755 /data
}

case ${1:-} in
    wheel) build_wheel ;;
    web) install_into_prefix '[postgres]' ;;
    indexer) install_into_prefix '[embed,postgres]' ;;
    user) make_user ;;
    *)
        echo "usage: install.sh wheel|web|indexer|user, got '${1:-}'" >&2
        exit 2
        ;;
esac
