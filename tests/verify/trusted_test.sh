#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Objects of the kernel as arguments of global functions: the name of each program says its verdict.
# None of them runs here.
BUILD=${BUILD:-build/release}
obj=$BUILD/tests/verify/trusted.bpf.o
n=0

if [ ! -r /sys/kernel/btf/vmlinux ]; then
	echo "1..0 # SKIP no BTF of a kernel"
	exit 0
fi
out=$("$BUILD/ring3" verify "$obj" 2>/dev/null)
for p in accept_argument accept_null accept_member accept_unsaid reject_null reject_cast reject_number \
	reject_untested; do
	n=$((n + 1))
	line=$(echo "$out" | grep " $p ")
	case $line in
	"${p%%_*}"*) echo "ok $n - $p" ;;
	*) echo "not ok $n - $p: $line" ;;
	esac
done
n=$((n + 1))
if RING3_DIR=$(mktemp -d) "$BUILD/ring3" run "$obj" -d 1 >/dev/null 2>&1; then
	echo "not ok $n - a program of the kernel is run"
else
	echo "ok $n - a program of the kernel is not run"
fi
echo "1..$n"
