#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Extensions of another program and programs attached to its functions: the name of each one says its
# verdict, with --target and, where the own prototype tells enough, without.
BUILD=${BUILD:-build/release}
dir=$BUILD/tests/verify
n=0

check() # VERDICT NAME WHAT: the line about NAME in $out begins with VERDICT
{
	n=$((n + 1))
	line=$(echo "$out" | grep " $2 ")
	case $line in
	"$1 "*) echo "ok $n - $2 $3" ;;
	*) echo "not ok $n - $2 $3: $line" ;;
	esac
}

if [ ! -r /sys/kernel/btf/vmlinux ]; then
	echo "1..0 # SKIP no BTF of a kernel"
	exit 0
fi
out=$("$BUILD/ring3" verify --target "$dir/extended.bpf.o" "$dir/extend.bpf.o" 2>/dev/null)
for p in $(grep -oE '\b(accept|reject)_[a-z_]+' tests/verify/extend.bpf.c | sort -u); do
	check "${p%%_*}" "$p" "with its target"
done
for r in target.program packet.oob target.no_arg target.sleepable typed.write exit.range; do
	n=$((n + 1))
	case $out in
	*"[$r]"*) echo "ok $n - $r" ;;
	*) echo "not ok $n - $r is told nowhere" ;;
	esac
done
out=$("$BUILD/ring3" verify "$dir/extend.bpf.o" 2>/dev/null)
check accept accept_context "by its prototype"
check accept accept_numbers "by its prototype"
check reject reject_packet_unchecked "by its prototype"
check reject reject_other_context "whose context is that of several types"
check reject reject_other_helper "whose helper not every type has"
n=$((n + 1))
if [ "$(echo "$out" | grep -c '\[target.unnamed\]')" -ge 2 ]; then
	echo "ok $n - it is said that the target matters"
else
	echo "not ok $n - it is said that the target matters"
fi
n=$((n + 1))
if "$BUILD/ring3" verify --target "$dir/extend.bpf.o" "$dir/extend.bpf.o" >/dev/null 2>&1; then
	echo "not ok $n - a target without the functions"
else
	echo "ok $n - a target without the functions"
fi
n=$((n + 1))
if "$BUILD/ring3" run "$dir/extend.bpf.o" -d 1 >/dev/null 2>&1; then
	echo "not ok $n - an extension is run"
else
	echo "ok $n - an extension is not run"
fi
echo "1..$n"
