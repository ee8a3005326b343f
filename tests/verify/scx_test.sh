#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A scheduler for a kernel that is not the running one: members of sched_ext_ops, judged by the types
# of scx_kernel.bpf.o.  The name of each program says its verdict.
BUILD=${BUILD:-build/release}
dir=$BUILD/tests/verify
n=0

out=$("$BUILD/ring3" verify --btf "$dir/scx_kernel.bpf.o" "$dir/scx.bpf.o" 2>&1)
for p in $(grep -oE 'BPF_PROG\((accept|reject)_[a-z_]+' tests/verify/scx.bpf.c | cut -d'(' -f2); do
	n=$((n + 1))
	line=$(echo "$out" | grep " $p ")
	case $line in
	"${p%%_*}"*) echo "ok $n - $p" ;;
	*) echo "not ok $n - $p: $line" ;;
	esac
done
for r in typed.write_member mem.nullable ops.sleepable kfunc.sleepable kfunc.not_rcu iter.uninit ref.leak; do
	n=$((n + 1))
	case $out in
	*"[$r]"*) echo "ok $n - $r" ;;
	*) echo "not ok $n - $r is told nowhere" ;;
	esac
done
echo "1..$n"
