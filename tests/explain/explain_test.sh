#!/bin/sh
# Is each rejection explained as its golden text says?  The kernel is asked by kernel_test.
# UPDATE=1 writes the golden texts anew, to be read before they are committed.
set -u
BUILD=${BUILD:-build/release}
here=tests/explain
n=0
out=$(mktemp) json=$(mktemp)
trap 'rm -f "$out" "$json"' EXIT

result() { # name, status, file with the reason
	n=$((n + 1))
	[ "$2" -eq 0 ] && echo "ok $n - $1" && return
	echo "not ok $n - $1"
	sed 's/^/# /' "$3" | head -n 40
}

# What only an unprivileged loader is refused.
policy_of() {
	case $1 in
	12_*) echo unprivileged ;;
	*) echo privileged ;;
	esac
}

for source in $here/[0-9]*.bpf.c; do
	name=$(basename "$source" .bpf.c)
	object=$here/$name.bpf.o
	policy=$(policy_of "$name")
	(cd "$BUILD" && ./ring3 verify --policy "$policy" "$object") >"$out" 2>&1
	# How often paths meet is no promise: what kind of answer it is.
	if [ "$name" = 25_too_complex ]; then
		[ "$(grep -c ' visits, ' "$out")" -eq 5 ] && [ "$(grep -c 'kept apart by `' "$out")" -ge 3 ] &&
			grep -q 'because  paths multiply: the walk came [0-9]* times to line' "$out"
		result "$name is explained" $? "$out"
		continue
	fi
	if [ "$name" = 60_rounds_without_limit ]; then
		grep -q 'give the loop of line 11 a constant limit' "$out" && grep -q 'kept apart by `i`' "$out"
		result "$name is explained" $? "$out"
		continue
	fi
	[ "${UPDATE:-}" ] && cp "$out" "$here/$name.txt"
	diff -u "$here/$name.txt" "$out" >"$json" 2>&1
	result "$name is explained" $? "$json"
	(cd "$BUILD" && ./ring3 verify --json --policy "$policy" "$object") >"$json"
	python3 $here/schema.py "$json" >"$out" 2>&1
	result "$name as JSON" $? "$out"
done
echo "1..$n"
