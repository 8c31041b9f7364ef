#!/usr/bin/env bash
# Proves the Dockerfile's images where no container engine is: its steps run in clean Debian roots made by debootstrap, and
# what they install must work there as the images' user, with nothing of this checkout in sight.
#
#   docker/check-clean-root.sh [web] [indexer]      both by default
#
# Needs root, debootstrap, util-linux, python3 with venv, and an apt that has been updated: Debian comes from the mirror that
# apt is set up with, packages from where pip is. PIP_EXTRA_ARGS is handed on, see the Dockerfile.
set -euo pipefail

suite=bookworm  # the Debian of the Dockerfile's PYTHON_IMAGE

# What was measured (218 and 1391) and 15 % for what newer versions may add. An indexer far above has torch's CUDA build.
max_web_mb=320
max_indexer_mb=1600

repo=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

fail() {
    echo "clean root: FAILED: $*" >&2
    exit 1
}

# --- outside: a temporary folder, and a mount and process namespace that ends with this script -----------------------------

# Mounts made in there are seen by nobody else and end with it, so that removing the folder can never reach through them.
outside() {
    [ "$(id -u)" = 0 ] || fail "needs root, for chroot and mounts"
    for tool in apt-get chroot debootstrap mount python3 unshare; do
        command -v "$tool" >/dev/null || fail "needs $tool"
    done
    work=$(mktemp -d -t clean-root.XXXXXXXX)
    child=
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    unshare --mount --propagation private --pid --fork --kill-child=KILL --mount-proc \
        bash "${BASH_SOURCE[0]}" --inside "$work" "$@" </dev/null &
    child=$!
    wait "$child"
}

clean_up() {
    status=$?
    trap '' INT TERM HUP
    if [ -n "$child" ] && kill -KILL "$child" 2>/dev/null; then
        wait "$child" 2>/dev/null || true
    fi
    rm -rf --one-file-system "$work"
    [ "$status" = 0 ] || echo "clean root: ended with exit code $status" >&2
    exit "$status"
}

# --- inside ----------------------------------------------------------------------------------------------------------------

inside() {
    trap 'fail "line $LINENO: $BASH_COMMAND"' ERR
    set -E
    work=$1
    shift
    check_dockerfile
    make_clean_root
    timed "builder" make_builder
    timed "wheel built" in_builder sh /build/docker/install.sh wheel
    local target
    sizes=()
    for target in "$@"; do
        timed "$target installed" install_target "$target"
        timed "$target proved" "prove_$target"
    done
    local line=
    for target in "${sizes[@]}"; do
        line+="$target, "
    done
    echo "clean root: ${line}ok"
}

timed() {
    local what=$1 started=$SECONDS
    shift
    "$@"
    echo "clean root: $what ($((SECONDS - started)) s)"
}

# The Dockerfile is only read here, so what this script does otherwise than a builder would is checked by name.
check_dockerfile() {
    local source last
    last=$(sed -n 's/^FROM .* AS //p' "$repo/Dockerfile" | tail -n 1)
    [ "$last" = web ] || fail "the Dockerfile's last stage is $last, expected web"
    for source in $(copied_sources); do
        [ -e "$repo/$source" ] || fail "the Dockerfile copies $source, which is not there"
        grep -qxF "!$source" "$repo/.dockerignore" || fail ".dockerignore keeps $source from the Dockerfile"
    done
    mapfile -t image_env < <(sed -n 's/^ENV //p' "$repo/Dockerfile")
    owner=$(sed -n 's/^USER //p' "$repo/Dockerfile")
    healthcheck=$(sed -n 's/^HEALTHCHECK .* CMD //p' "$repo/Dockerfile")
}

# What the first stage copies from the checkout: every word of its COPY lines but the last.
copied_sources() {
    sed -n '/ AS build$/,/^RUN/s/^COPY \(.*\) [^ ]*$/\1/p' "$repo/Dockerfile"
}

make_clean_root() {
    local mirror proxy
    mirror=$(apt-get indextargets --format "\$(REPO_URI)" 'Created-By: Packages' 'Origin: Debian' "Codename: $suite" |
        sed -n 1p)
    [ -n "$mirror" ] || fail "apt knows no mirror of Debian $suite; is it updated?"
    proxy=$(apt-config shell proxy Acquire::http::Proxy)
    eval "$proxy"
    if [ -n "${proxy:-}" ]; then
        export http_proxy=${http_proxy:-$proxy}
    fi
    timed "Debian $suite" run_debootstrap "$mirror"
}

run_debootstrap() {
    debootstrap --variant=minbase --include=ca-certificates,python3,python3-venv "$suite" "$work/clean" "$1" \
        >"$work/debootstrap.log" 2>&1 || {
        tail -n 20 "$work/debootstrap.log" >&2
        fail "debootstrap"
    }
    rm -f "$work"/clean/var/cache/apt/archives/*.deb
}

# A copy of the clean root, with what a program may expect of a kernel.
copy_root() {
    cp -a "$work/clean" "$1"
    mount -t proc proc "$1/proc"
    mount -t tmpfs tmpfs "$1/dev/shm"
}

# The build stage: the files that the Dockerfile copies, and this machine's way to its package index, read-only.
make_builder() {
    local source path
    copy_root "$work/builder"
    for source in $(copied_sources); do
        mkdir -p "$work/builder/build/$(dirname "$source")"
        cp -a "$repo/$source" "$work/builder/build/$source"
    done
    find "$work/builder/build" -name __pycache__ -exec rm -rf {} +
    builder_env=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root)
    while IFS= read -r variable; do
        builder_env+=("$variable=${!variable}")
    done < <(compgen -e | grep -E '^(PIP_.*|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|.*_(proxy|PROXY))$' |
        grep -vx PIP_CONFIG_FILE || true)
    read_pip_settings >"$work/pip-paths"
    cp "$work/pip.conf" "$work/builder/etc/pip.conf"
    while IFS= read -r path; do
        show_in_builder "$path"
    done <"$work/pip-paths"
    for path in /etc/hosts /etc/resolv.conf; do
        show_in_builder "$path"
    done
}

# Writes $work/pip.conf, all of this machine's pip configuration files in one; prints the local paths that they, pip's
# variables and those for certificates name.
read_pip_settings() {
    python3 -m venv "$work/pip"
    "$work/pip/bin/pip" config list >"$work/pip-settings"
    python3 - "$work/pip-settings" "$work/pip.conf" <<'PYTHON'
import ast
import os
import sys
import urllib.parse
from pathlib import Path

values = [os.environ.get(name, "") for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")]
values.append(os.environ.get("PIP_EXTRA_ARGS", "").replace("=", " "))
sections = {}
for line in Path(sys.argv[1]).read_text().splitlines():
    name, _, shown = line.partition("=")
    value = str(ast.literal_eval(shown))
    values.append(value)
    section, _, option = name.partition(".")
    if not section.startswith(":"):  # :env: is handed on as variables
        sections.setdefault(section, {})[option] = value.strip().replace("\n", "\n    ")
with open(sys.argv[2], "w") as file:
    for section, options in sections.items():
        print(f"[{section}]", *(f"{option} = {value}" for option, value in options.items()), sep="\n", file=file)

paths = set()
for word in " ".join(values).split():
    if word.startswith("file:"):
        path = Path(urllib.parse.unquote(urllib.parse.urlsplit(word).path))
        # The pages of an index name files that commonly lie beside it.
        paths.add(path.parent if path.name == "simple" else path)
    elif word.startswith("/"):
        paths.add(Path(word))
print(*sorted(str(path) for path in paths if path.exists()), sep="\n")
PYTHON
}

show_in_builder() {
    local real inner
    [ -e "$1" ] || return 0
    real=$(realpath "$1")
    inner=$work/builder$1
    if [ -d "$real" ]; then
        mkdir -p "$inner"
    else
        mkdir -p "$(dirname "$inner")"
        [ -e "$inner" ] || touch "$inner"
    fi
    mount --bind "$real" "$inner"
    mount -o remount,bind,ro "$inner"
}

# Without pip's complaint, once for each package, that an index in a local folder does not have it.
in_builder() {
    env -i "${builder_env[@]}" chroot "$work/builder" "$@" 2> >(grep -v "^WARNING: Location 'file:" >&2 || true)
}

# The final stage of a target: a clean root with the user, and what was installed.
install_target() {
    local root=$work/$1
    in_builder sh /build/docker/install.sh "$1"
    copy_root "$root"
    install -D -m 0755 "$repo/docker/install.sh" "$root/opt/alsoread/install.sh"
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$root" sh /opt/alsoread/install.sh user
    rm -r "$root/opt/alsoread"
    mv "$work/builder/opt/alsoread" "$root/opt/alsoread"
}

# Runs a command in a target's root as its image would: the image's user and environment, no other.
as_image() {
    image_command "$@"
    "${command[@]}"
}

# That command, in the namespaces that `isolate` makes.
isolate=()
image_command() {
    local root=$work/$1
    shift
    command=(env -i "${image_env[@]}" HOME=/data "${isolate[@]}")
    command+=(chroot --userspec="$owner" --groups="${owner#*:}" "$root" "$@")
}

prove_common() {
    local root=$work/$1 found
    [ ! -e "$root$repo/pyproject.toml" ] || fail "$1: the checkout is in sight"
    as_image "$1" alsoread --version
    as_image "$1" alsoread --help >/dev/null
    found=$(as_image "$1" /opt/alsoread/bin/python -c 'import importlib.util as u; print(u.find_spec("pip"))')
    [ "$found" = None ] || fail "$1: pip is left"
    as_image "$1" /opt/alsoread/bin/python -c 'import psycopg' || fail "$1: psycopg cannot be imported"
    for found in cc gcc g++ clang ld make; do
        ! as_image "$1" /bin/sh -c "command -v $found" || fail "$1: has $found"
    done
    found=$(find "$root/opt/alsoread" "$root/root" \
        \( -path '*/.cache/*' -o -name '*.whl' -o -name '*.a' -o -name 'cc1*' \) -print -quit)
    [ -z "$found" ] || fail "$1: left behind: $found"
    found=$(find "$root/opt/alsoread" -not -type l \( -not -uid 0 -o -perm /022 \) -print -quit)
    [ -z "$found" ] || fail "$1: its user may write: $found"
    ! as_image "$1" touch /opt/alsoread/written /etc/written 2>/dev/null || fail "$1: its user may write outside /data"
}

weigh() {
    local size
    size=$(du -sm "$work/$1/opt/alsoread" | cut -f 1)
    sizes+=("$1 $size MB")
    [ "$size" -le "$2" ] || fail "$1: /opt/alsoread has $size MB, more than $2 (torch with CUDA? see the Dockerfile)"
}

newspaper_in() {
    local found
    found=$(cd "$work/$1" && echo opt/alsoread/lib/python3*/site-packages/service/examples/newspaper/articles.jsonl)
    [ -f "$work/$1/$found" ] || fail "$1: the example newspaper is not in the wheel"
    echo "/$found"
}

prove_web() {
    local module newspaper port
    prove_common web
    for module in torch sentence_transformers; do
        ! as_image web /opt/alsoread/bin/python -c "import $module" 2>/dev/null || fail "web: $module can be imported"
    done
    newspaper=$(newspaper_in web)
    as_image web /usr/bin/env ALSOREAD_MODEL=word-hash alsoread rebuild "$newspaper"

    # From here on nothing can be written, as under an engine's --read-only; /data is part of it.
    mount --bind "$work/web" "$work/web"
    mount -o remount,bind,ro "$work/web"
    ! as_image web touch /data/written 2>/dev/null || fail "web: the root is not read-only"
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    image_env+=(ALSOREAD_HOST=127.0.0.1 "ALSOREAD_PORT=$port")
    start_server
    ask_server "$port" "$newspaper"
    python3 -c 'import json, sys; print(*json.loads(sys.argv[1]), sep="\0", end="\0")' "$healthcheck" >"$work/healthcheck"
    mapfile -d '' -t healthcheck_words <"$work/healthcheck"
    as_image web "${healthcheck_words[@]}"
    stop_server
    ! as_image web "${healthcheck_words[@]}" 2>/dev/null || fail "web: the health check passes with no service there"
    weigh web "$max_web_mb"
}

# As process 1 of its own namespace, as in a container: signals that such a process does not handle are lost.
start_server() {
    isolate=(unshare --pid --fork --kill-child=KILL)
    image_command web alsoread serve
    isolate=()
    "${command[@]}" 2>"$work/serve.log" &
    launcher=$!
}

# Waits until it is ready and asks for one article's suggestions.
ask_server() {
    as_image web /opt/alsoread/bin/python - "$@" <<'PYTHON' || { cat "$work/serve.log" >&2; fail "web: serve"; }
import http.client
import json
import sys
import time
import urllib.parse

port, newspaper = sys.argv[1:]


def get(path):
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, f"{path}: {answer.status} {body[:500]}"
    return json.loads(body)


def wait_until_ready():
    deadline = time.monotonic() + 30
    while True:
        try:
            return get("/health/ready")
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


print("/health/ready:", wait_until_ready())
with open(newspaper, encoding="utf-8") as file:
    article = json.loads(file.readline())["id"]
items = get(f"/v1/articles/{urllib.parse.quote(article, safe='')}/also-read")["items"]
print(f"also read with {article}:", [item["id"] for item in items])
assert items
assert article not in [item["id"] for item in items]
PYTHON
}

stop_server() {
    local server started=$SECONDS
    server=$(cat "/proc/$launcher/task/$launcher/children")
    kill -TERM "${server% }"
    while kill -0 "$launcher" 2>/dev/null; do
        [ $((SECONDS - started)) -lt 10 ] || fail "web: serve did not end within 10 s of SIGTERM"
        sleep 0.1
    done
    wait "$launcher" || fail "web: serve ended with exit code $? after SIGTERM"
    echo "serve ended $((SECONDS - started)) s after SIGTERM"
}

# Without any network: the model's weights must have come with the packages.
prove_indexer() {
    prove_common indexer
    head -n 1 "$work/indexer$(newspaper_in indexer)" >"$work/indexer/data/one.jsonl"
    local outcome
    isolate=(unshare --net)
    outcome=$(as_image indexer alsoread rebuild --json /data/one.jsonl)
    isolate=()
    echo "$outcome"
    grep -q '"embedded": *1[,}]' <<<"$outcome" || fail "indexer: expected one article embedded"
    weigh indexer "$max_indexer_mb"
}

case ${1:-} in
    --inside)
        shift
        inside "$@"
        ;;
    *)
        for target in "$@"; do
            case $target in
                web | indexer) ;;
                *) fail "unknown target $target, expected web or indexer" ;;
            esac
        done
        [ $# -gt 0 ] || set -- web indexer
        outside "$@"
        ;;
esac
