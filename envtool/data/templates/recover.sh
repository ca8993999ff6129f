#!/bin/sh
# Builds the environment of this project again, without envtool and without Python.
#
#   recover.sh [current|previous] [-e ENVIRONMENT] [-p PREFIX]
#
# It needs conda (24.9 or later), mamba or micromamba (2.1 or later), and without a bundle a
# network. Every artifact and every archive is hashed here before anything is installed.
# Exit status: 0 done, 2 usage or files, 4 a tool is missing or failed, 5 network, 6 a wrong hash.
# Backticks in messages are for people.
# shellcheck disable=SC2016
set -eu

say() { printf '%s\n' "$*" >&2; }
fail() {
    status=$1
    shift
    say "error: $*"
    exit "$status"
}

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
which=current
environment=production
prefix=

while [ $# -gt 0 ]; do
    case $1 in
        current | previous) which=$1 ;;
        -e | -p)
            [ $# -gt 1 ] || fail 2 "\`$1\` needs a value"
            if [ "$1" = -e ]; then environment=$2; else prefix=$2; fi
            shift
            ;;
        -h | --help)
            sed -n '2,8s/^# \{0,1\}//p' "$0"
            exit 0
            ;;
        *) fail 2 "\`$1\` is not understood; see \`$0 --help\`" ;;
    esac
    shift
done

# --- hashes -------------------------------------------------------------------------------------

if command -v sha256sum > /dev/null 2>&1; then
    digest() { sha256sum < "$1" | cut -d ' ' -f 1; }
elif command -v shasum > /dev/null 2>&1; then
    digest() { shasum -a 256 < "$1" | cut -d ' ' -f 1; }
elif command -v openssl > /dev/null 2>&1; then
    digest() { openssl dgst -sha256 < "$1" | sed 's/^.*= *//'; }
else
    fail 4 'nothing here can hash a file: install `sha256sum`, `shasum` or `openssl`'
fi

# The line of the manifest that has an artifact: `    "NAME": "HASH",`.
promised() {
    while IFS= read -r line; do
        case $line in
            "    \"$1\": \""*)
                line=${line#*": \""}
                printf '%s\n' "${line%%\"*}"
                return
                ;;
        esac
    done < "$here/manifest.json"
}

check_artifact() {
    [ -f "$here/$1" ] || fail 2 "there is no \`$here/$1\`"
    expected=$(promised "$1")
    [ -n "$expected" ] || fail 6 "\`$1\` is not in \`manifest.json\`: take both from the same commit"
    [ "$(digest "$here/$1")" = "$expected" ] ||
        fail 6 "\`$1\` was changed: restore it from git (\`git checkout -- recovery\`)"
}

# --- what to build ------------------------------------------------------------------------------

case $(uname -s)-$(uname -m) in
    Linux-x86_64) platform=linux-64 ;;
    Linux-aarch64) platform=linux-aarch64 ;;
    Linux-ppc64le) platform=linux-ppc64le ;;
    Darwin-x86_64) platform=osx-64 ;;
    Darwin-arm64) platform=osx-arm64 ;;
    *) fail 2 "no platform of conda is known for $(uname -s) on $(uname -m)" ;;
esac

[ -f "$here/manifest.json" ] || fail 2 "there is no \`$here/manifest.json\`"
case $environment in
    production) list=conda-$platform.lock ;;
    development) list=conda-dev-$platform.lock ;;
    *) list=conda-$environment-$platform.lock ;;
esac
[ "$which" = current ] || list=previous/$list
check_artifact "$list"

if [ -z "$prefix" ]; then
    # A bundle stands for itself; otherwise this lies in the folder of the project.
    if [ -d "$here/channel" ]; then prefix=$here/env; else prefix=$(dirname -- "$here")/.envtool/envs/$environment; fi
fi
case $prefix in
    /*) ;;
    *) prefix=$(pwd)/$prefix ;;
esac
mkdir -p -- "$(dirname -- "$prefix")"

# --- who installs -------------------------------------------------------------------------------

version_of() { "$1" --version 2> /dev/null | sed -n 's/^[^0-9]*\([0-9][0-9]*\.[0-9][0-9]*\).*/\1/p' | head -n 1; }

# Whether a tool checks the SHA-256 of what it installs.
is_able() {
    version=$(version_of "$1")
    [ -n "$version" ] || return 1
    major=${version%%.*}
    minor=${version#*.}
    case $(basename -- "$1") in
        conda*) [ "$major" -gt 24 ] || { [ "$major" -eq 24 ] && [ "$minor" -ge 9 ]; } ;;
        *) [ "$major" -gt 2 ] || { [ "$major" -eq 2 ] && [ "$minor" -ge 1 ]; } ;;
    esac
}

tool=
old=
for each in "$here/micromamba" micromamba mamba conda "${MAMBA_EXE:-}" "${CONDA_EXE:-}"; do
    if [ -n "$each" ] && command -v "$each" > /dev/null 2>&1; then
        if is_able "$each"; then
            tool=$each
            break
        fi
        old="$old $each $(version_of "$each")"
    fi
done
if [ -z "$tool" ]; then
    [ -z "$old" ] || fail 4 "too old to check SHA-256:$old; conda 24.9, mamba or micromamba 2.1 is needed"
    fail 4 'there is no micromamba, mamba or conda here: install one, then run this again'
fi

# --- fetch, and hash every archive --------------------------------------------------------------

work=$prefix.recovering
before=$prefix.before-recovery
rm -rf -- "$work"
mkdir -- "$work" "$work/archives"

clean() {
    status=$?
    rm -rf -- "$work"
    if [ "$status" -ne 0 ] && [ -e "$before" ]; then
        rm -rf -- "$prefix"
        mv -- "$before" "$prefix"
        say "\`$prefix\` is as it was before"
    fi
    exit "$status"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fetch() {
    case $1 in
        file://*)
            path=$(printf '%s' "${1#file://}" | sed 's/%20/ /g; s/%2[Bb]/+/g; s/%25/%/g')
            cp -- "$path" "$2" || fail 5 "\`$1\` can not be read"
            ;;
        *)
            if command -v curl > /dev/null 2>&1; then
                curl -fsSL --retry 3 --connect-timeout 30 -o "$2" -- "$1" || fail 5 "\`$1\` can not be fetched"
            elif command -v wget > /dev/null 2>&1; then
                wget -q -t 3 -T 60 -O "$2" -- "$1" || fail 5 "\`$1\` can not be fetched"
            else
                fail 4 'nothing here can download: install `curl` or `wget`, or use a bundle'
            fi
            ;;
    esac
}

# Puts the archive of a URL with `#sha256:HASH` into `$work/archives`; its path is `$got`.
get() {
    url=${1%%#*}
    expected=${1##*#}
    case $expected in
        sha256:*) expected=${expected#sha256:} ;;
        *) fail 6 "\`$url\` has no SHA-256: make the lock again with \`envtool lock\`" ;;
    esac
    name=$(printf '%s' "${url##*/}" | sed 's/%2[Bb]/+/g; s/%21/!/g')
    rest=${url%/*}
    got=$work/archives/${rest##*/}/$name
    [ "$2" = conda ] || got=$work/archives/wheels/$name
    mkdir -p -- "$(dirname -- "$got")"
    if [ -f "$here/channel/${rest##*/}/$name" ]; then
        cp -- "$here/channel/${rest##*/}/$name" "$got"
    elif [ -f "$here/pypi/$name" ]; then
        cp -- "$here/pypi/$name" "$got"
    else
        fetch "$url" "$got"
    fi
    [ "$(digest "$got")" = "$expected" ] ||
        fail 6 "\`$name\` is not what was locked: SHA-256 $(digest "$got") instead of $expected"
}

{
    printf '@EXPLICIT\n'
    while IFS= read -r line; do
        case $line in
            '' | '@EXPLICIT') ;;
            '# pip '*)
                get "${line##* }" pip
                printf '%s\n' "$got" >> "$work/wheels"
                ;;
            '#'*) ;;
            *)
                get "$line" conda
                printf '%s\n' "${name%.*}" >> "$work/names"
                # A blank or a percent sign in the path would end the URL or change it.
                printf 'file://%s#sha256:%s\n' "$(printf '%s' "$got" | sed 's/%/%25/g; s/ /%20/g')" "$expected"
                ;;
        esac
    done < "$here/$list"
} > "$work/list.txt"
number=$(wc -l < "$work/names" | tr -d ' ')
say "Hashed $number packages of \`$list\`"

# --- install ------------------------------------------------------------------------------------

if [ -e "$before" ]; then
    say "An earlier recovery was cut off: what it left in \`$prefix\` is removed"
    rm -rf -- "$prefix"
elif [ -e "$prefix" ]; then
    mv -- "$prefix" "$before"
fi

# A cache of its own: nothing that lies around is trusted.
CONDA_PKGS_DIRS=$work/pkgs
export CONDA_PKGS_DIRS
"$tool" create --yes --quiet --offline -p "$prefix" --file "$work/list.txt" >&2 ||
    fail 4 "\`$tool create\` failed"

if [ -f "$work/wheels" ]; then
    set --
    while IFS= read -r wheel; do
        set -- "$@" "$wheel"
    done < "$work/wheels"
    "$prefix/bin/python" -m pip install --quiet --no-deps --no-index --no-cache-dir "$@" >&2 ||
        fail 4 '`pip install` failed'
fi

# --- verify -------------------------------------------------------------------------------------

while IFS= read -r name; do
    [ -f "$prefix/conda-meta/${name%.tar}.json" ] || fail 4 "\`$name\` was not installed"
done < "$work/names"

if [ -e "$before" ]; then
    kept=$prefix.old-$(date +%Y%m%d%H%M%S)
    mv -- "$before" "$kept"
    say "What was there is kept in \`$kept\`; delete it when you do not need it"
fi
printf 'Recovered `%s`: %s packages of %s, every archive hashed\n' "$prefix" "$number" "$list"
