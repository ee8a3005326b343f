#!/bin/sh
# Does the edit that an explanation suggests make the program pass, once it is made in its source?
# Those without one are named: their remedy is more than one line.
set -u
BUILD=${BUILD:-build/release}
here=tests/explain
without='01 04 05 10 11 12 18 19 20 21 23 25 46 48 54 55 58 61 62 64 65'
n=0
out=$(mktemp)
trap 'rm -f "$out"' EXIT

for source in $here/[0-9]*.bpf.c; do
	name=$(basename "$source" .bpf.c)
	n=$((n + 1))
	python3 $here/edits.py "$BUILD/ring3" "${CLANG:-clang-19}" "$BUILD/$here/$name.bpf.o" "$source" >"$out" 2>&1
	status=$?
	case " $without " in
	*" ${name%%_*} "*) want=2 ;;
	*) want=0 ;;
	esac
	if [ $status -eq $want ]; then
		echo "ok $n - $name $(case $want in 0) echo passes as edited ;; 2) echo has no edit of one line ;; esac)"
	else
		echo "not ok $n - $name: status $status, wanted $want"
		sed 's/^/# /' "$out" | head -n 20
	fi
done
echo "1..$n"
