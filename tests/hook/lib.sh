# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# What tests of probes begin with: a folder of their own, which they enter, with a store and with the
# targets that they name; verdicts.  Sourced, with the names of targets as arguments of begin.
set -u
build=$(cd "${BUILD:-build/release}" && pwd)
dir=$(mktemp -d /tmp/ring3-hook-XXXXXX)
tracer= target=
trap 'kill $tracer $target 2>/dev/null; rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT PIPE TERM
RING3_DIR=$dir/rt
export RING3_DIR
n=0 bad=0

begin() { # TARGET...
	for i in "$@"; do
		ln -s "$build/tests/targets/$i" "$dir"
	done
	cd "$dir" || exit 1
}

verdict() { # description, status
	n=$((n + 1))
	if [ "$2" -eq 0 ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		bad=1
		sed 's/^/# /' why | head -n 30
	fi
}
