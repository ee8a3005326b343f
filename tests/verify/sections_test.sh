#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Sections that libbpf 1.1 does not know, programs of structs of functions among them: the name of each
# program says its verdict.  Needs a kernel's types, in which the structs are looked up.
BUILD=${BUILD:-build/release}
obj=$BUILD/tests/verify/sections.bpf.o
n=0

if [ ! -r /sys/kernel/btf/vmlinux ]; then
	echo "1..0 # SKIP no BTF of a kernel"
	exit 0
fi
out=$("$BUILD/ring3" verify "$obj" 2>/dev/null)
for p in accept_tcx accept_netkit accept_uprobe_that_sleeps reject_uprobe_that_sleeps accept_init \
	reject_second_argument reject_get_info reject_unassigned accept_sleepable reject_sleepable \
	accept_session reject_session_of_plain_kprobe; do
	n=$((n + 1))
	line=$(echo "$out" | grep " $p ")
	case $line in
	"${p%%_*}"*) echo "ok $n - $p" ;;
	*) echo "not ok $n - $p: $line" ;;
	esac
done
for r in ops.sleepable ops.unsupported_member ops.struct; do
	n=$((n + 1))
	case $out in
	*"[$r]"*) echo "ok $n - $r" ;;
	*) echo "not ok $n - $r is told nowhere" ;;
	esac
done
echo "1..$n"
