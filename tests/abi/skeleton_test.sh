#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Does one binary, made with a libbpf skeleton, print the same against the kernel and against ring3?
set -u
build=${BUILD:-build/release}
dir=$(mktemp -d /dev/shm/ring3-skeleton-XXXXXX)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT PIPE TERM
PATH=$PATH:/usr/sbin
cp "$build/ring3" "$build/libring3_preload.so" "$build/libring3_agent.so" \
	"$build/tests/abi/skeleton" "$dir" || exit 1
chmod 755 "$dir"
RING3_DIR=$dir/rt
export RING3_DIR
n=0 bad=0

check() { # name, command that succeeds
	n=$((n + 1))
	name=$1
	shift
	if "$@" >"$dir/why" 2>&1; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		bad=1
		sed 's/^/# /' "$dir/why"
	fi
}

skip() {
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

cat >"$dir/want" <<-END
	total 1000
	ring 100 records, sum 450
	samples 100, sum 1500
	entries 100, returns 100, args 450, results 1000
	after detach: entries 100, returns 101
	libc 50 calls, 50 tail calls, results equal
	classify 2, 64 bytes
	classify 1, 250 bytes
	classify 1, 128 bytes
	classify 290, 250 bytes
	classify 1, 250 bytes
	by_arg 10 keys, weighted 450
	summarise 10145345, 64 bytes
	per CPU sum 100
	update batch 0, 20
	lookup batch -2, 30, sum 20525
	delete batch 0, 20
	take batch -2, 10
	left -2
	pinned: same 1, name by_arg, value 55
	unpinned: 1
END

timeout 60 "$dir/ring3" exec "$dir/skeleton" >"$dir/out" 2>"$dir/err"
echo "exit $?" >>"$dir/err"
check "under ring3: as expected" diff "$dir/want" "$dir/out"
sed 's/^/# /' "$dir/err"
# The next one who looks clears up after a process that is gone.
timeout 60 "$dir/ring3" exec bpftool map list >"$dir/list" 2>&1
check "bpftool sees no maps any more" test ! -s "$dir/list"
check "nothing is left in the runtime directory" \
	test -z "$(ls "$dir/rt/obj")" -a -z "$(ls "$dir/rt/pin")"

if [ "$(id -u)" -ne 0 ]; then
	skip "same as the kernel" "not root"
	skip "as an ordinary user" "this is one: see the first"
elif ! bpftool prog list >/dev/null 2>"$dir/err"; then
	skip "same as the kernel" "the kernel's eBPF is not permitted: $(head -n 1 "$dir/err")"
elif ! unshare -m mount -t bpf bpf /sys/fs/bpf 2>"$dir/err"; then
	skip "same as the kernel" "no bpf file system, where the program pins: $(head -n 1 "$dir/err")"
elif [ ! -e /sys/bus/event_source/devices/uprobe/type ]; then
	skip "same as the kernel" "the kernel has no uprobes, or /sys does not show them"
else
	# One of its own, so that no pin meets another's.
	timeout 60 unshare -m sh -c 'mount -t bpf bpf /sys/fs/bpf && exec "$1"' sh "$dir/skeleton" \
		>"$dir/kernel" 2>"$dir/err"
	sed 's/^/# /' "$dir/err"
	check "same as the kernel" diff "$dir/want" "$dir/kernel"
fi
if [ "$(id -u)" -eq 0 ]; then
	mkdir -m 0700 "$dir/user" && chown 65534:65534 "$dir/user"
	RING3_DIR=$dir/user/rt timeout 60 setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$dir/ring3" exec "$dir/skeleton" >"$dir/user.out" 2>"$dir/user.err"
	sed 's/^/# /' "$dir/user.err"
	check "as an ordinary user" diff "$dir/want" "$dir/user.out"
fi
echo "1..$n"
exit $bad
