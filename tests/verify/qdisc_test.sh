#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A queueing discipline for a kernel that is not the running one: members of Qdisc_ops, judged by the
# types of qdisc_kernel.bpf.o.  The name of each program says its verdict.
BUILD=${BUILD:-build/release}
dir=$BUILD/tests/verify
n=0

out=$("$BUILD/ring3" verify --btf "$dir/qdisc_kernel.bpf.o" "$dir/qdisc.bpf.o" 2>&1)
for p in $(grep -oE 'QUEUE\((accept|reject)_[a-z_]+' tests/verify/qdisc.bpf.c | cut -d'(' -f2); do
	n=$((n + 1))
	line=$(echo "$out" | grep " $p ")
	case $line in
	"${p%%_*}"*) echo "ok $n - $p" ;;
	*) echo "not ok $n - $p: $line" ;;
	esac
done
for r in typed.write_member ops.owned ops.released ref.leak call.kfunc exit.not_a_number exit.range; do
	n=$((n + 1))
	case $out in
	*"[$r]"*) echo "ok $n - $r" ;;
	*) echo "not ok $n - $r is told nowhere" ;;
	esac
done
echo "1..$n"
