#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Tags of parameters of global functions: the name of each program says its verdict, which is the
# running kernel's as well.
BUILD=${BUILD:-build/release}
obj=$BUILD/tests/verify/tags.bpf.o
n=0

check() # SIDE PROGRAM VERDICT
{
	n=$((n + 1))
	case $3 in
	"${2%%_*}") echo "ok $n - $2 ($1)" ;;
	unknown | '') echo "ok $n - $2 ($1) # SKIP no verdict" ;;
	*) echo "not ok $n - $2 ($1): $3" ;;
	esac
}

ours=$("$BUILD/ring3" verify "$obj" 2>/dev/null)
theirs=$("$BUILD/tools/kernel_verdict" "$obj" 2>/dev/null)
for p in accept_memory accept_context reject_nullable_memory reject_contrary reject_context_by_type \
	reject_context_or_null reject_number; do
	verdict=$(echo "$ours" | awk -v p=$p '$3 == p { print $1 }')
	check ring3 $p "${verdict:-none}"
	check kernel $p "$(echo "$theirs" | awk -F '\t' -v p=$p '$2 == p { print $3 }')"
done
echo "1..$n"
