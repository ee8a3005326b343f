#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Does ring3 verify say the same of objects whose global functions one thread walks, and several?
BUILD=${BUILD:-build/release}
n=0

# Without what was spent.
judge() { # jobs object
	"$BUILD/ring3" verify --json --log --jobs "$1" "$2" 2>&1 |
		sed 's/"usec":[0-9]*/"usec":0/; s/"mem_kb":[0-9]*/"mem_kb":0/; s/[0-9]* us$/us/; s/verification time [0-9]*/verification time 0/g'
}

for object in "$BUILD"/tests/verify/*.bpf.o "$BUILD"/examples/*.bpf.o "$BUILD"/tools/*.bpf.o; do
	[ -e "$object" ] || continue
	n=$((n + 1))
	[ "$(judge 1 "$object")" = "$(judge 3 "$object")" ] || printf 'not '
	echo "ok $n - ${object#"$BUILD"/}"
done
for jobs in 0 65 x; do
	n=$((n + 1))
	"$BUILD/ring3" verify --jobs $jobs "$BUILD/tests/verify/kptr.bpf.o" >/dev/null 2>&1 && printf 'not '
	echo "ok $n - --jobs $jobs is refused"
done
echo "1..$n"
