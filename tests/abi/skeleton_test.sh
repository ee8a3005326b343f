#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Does one binary, made with a libbpf skeleton, print the same against the kernel and against ring3?
set -u
build=${BUILD:-build/release}
dir=$(mktemp -d /dev/shm/ring3-skeleton-XXXXXX)
trap 'rm -rf "$dir"' EXIT
prog=$build/tests/abi/skeleton
n=0

check() { # name, command that succeeds
	n=$((n + 1))
	name=$1
	shift
	if "$@" >"$dir/why" 2>&1; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		sed 's/^/# /' "$dir/why"
	fi
}

cat >"$dir/want" <<-END
	total 1000
	ring 100 records, sum 450
	samples 100, sum 1500
	entries 100, returns 100, args 450, results 1000
	after detach: entries 100, returns 101
	classify 1, 128 bytes
	by_arg 10 keys, weighted 450
END

RING3_DIR=$dir/rt LD_PRELOAD=$build/libring3_preload.so timeout 60 "$prog" \
	>"$dir/ring3" 2>"$dir/err"
echo "exit $?" >>"$dir/err"
check "under ring3: as expected" diff "$dir/want" "$dir/ring3"
sed 's/^/# /' "$dir/err"
# The next one who looks clears up after a process that is gone.
RING3_DIR=$dir/rt LD_PRELOAD=$build/libring3_preload.so timeout 60 bpftool map list >"$dir/list" 2>&1
check "bpftool sees no maps any more" test ! -s "$dir/list"
check "nothing is left in the runtime directory" test -z "$(ls "$dir/rt/obj")"

if [ "$(id -u)" -ne 0 ] || ! timeout 60 "$prog" >"$dir/kernel" 2>/dev/null; then
	n=$((n + 1))
	echo "ok $n - same as the kernel # SKIP the kernel's eBPF is not permitted here"
else
	check "same as the kernel" diff "$dir/kernel" "$dir/ring3"
fi
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	mkdir -m 0700 "$dir/user" && chown 65534:65534 "$dir/user" && chmod 755 "$dir"
	RING3_DIR=$dir/user/rt LD_PRELOAD=$build/libring3_preload.so timeout 60 \
		setpriv --reuid 65534 --regid 65534 --clear-groups "$prog" \
		>"$dir/user.out" 2>"$dir/user.err"
	sed 's/^/# /' "$dir/user.err"
	check "as an ordinary user" diff "$dir/want" "$dir/user.out"
fi
echo "1..$n"
