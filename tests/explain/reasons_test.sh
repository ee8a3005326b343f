#!/bin/sh
# Is the wrong example of each reason refused for that reason, and the right one accepted?
set -u
BUILD=${BUILD:-build/release}
CLANG=${CLANG:-clang-19}
dir=$(mktemp -d)
n=0
trap 'rm -rf "$dir"' EXIT
tool=$BUILD/tools/reason_example

verdict() { # id, wrong|right: the reason, or "accept"
	"$tool" "$1" "$2" >"$dir/p.bpf.c" &&
		"$CLANG" -target bpf -mcpu=v3 -O2 -g -D__TARGET_ARCH_x86 -w -I/usr/include/x86_64-linux-gnu \
			-c "$dir/p.bpf.c" -o "$dir/p.bpf.o" 2>"$dir/errors" || {
		echo "does not compile"
		sed 's/^/# /' "$dir/errors" | head -n 8 >&2
		return
	}
	"$BUILD/ring3" verify "$dir/p.bpf.o" >"$dir/out" 2>&1
	sed -n '1s/^accept.*/accept/p; 1s/^reject.*\[\([a-z_.0-9]*\)\].*/\1/p' "$dir/out"
}

for id in $("$tool"); do
	for which in wrong right; do
		n=$((n + 1))
		case $which in wrong) want=$id ;; right) want=accept ;; esac
		got=$(verdict "$id" "$which")
		if [ "$got" = "$want" ]; then
			echo "ok $n - $id, the $which example"
		else
			echo "not ok $n - $id, the $which example: $got"
			sed 's/^/# /' "$dir/out" | head -n 12
		fi
	done
done
if [ $n -lt 100 ]; then
	n=$((n + 1))
	echo "not ok $n - there are examples"
fi
echo "1..$n"
