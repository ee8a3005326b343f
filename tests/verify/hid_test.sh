#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A HID device of a kernel that is not the running one: members of hid_bpf_ops, judged by the types
# of hid_kernel.bpf.o.  The name of each program says its verdict.
BUILD=${BUILD:-build/release}
dir=$BUILD/tests/verify
n=0

out=$("$BUILD/ring3" verify --btf "$dir/hid_kernel.bpf.o" "$dir/hid.bpf.o" 2>&1)
for p in $(grep -oE 'FIXUP\((accept|reject)_[a-z_]+' tests/verify/hid.bpf.c | cut -d'(' -f2); do
	n=$((n + 1))
	line=$(echo "$out" | grep " $p ")
	case $line in
	"${p%%_*}"*) echo "ok $n - $p" ;;
	*) echo "not ok $n - $p: $line" ;;
	esac
done
n=$((n + 1))
case $out in
*"[typed.write_member]"*) echo "ok $n - typed.write_member" ;;
*) echo "not ok $n - typed.write_member is told nowhere" ;;
esac
echo "1..$n"
