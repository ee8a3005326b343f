#!/bin/sh
# Do programs that read bad addresses leave the application its own faults?
set -u
. tests/cli/lib.sh
cp "$BUILD/tests/targets/faults" "$BUILD/tests/cli/faults.bpf.o" "$stage"/
chmod a+r "$stage/faults.bpf.o"

# hits WANT: how often the program ran, and never got anything but -EFAULT.
hits() {
	python3 - "$stage/out" "$1" <<'PY'
import json, sys
rows = [json.loads(l) for l in open(sys.argv[1]) if l.startswith("{")]
seen = {r["variable"]: r["value"] for r in rows if "variable" in r}
assert seen["hits"] == int(sys.argv[2]) and seen["wrong"] == 0, seen
PY
	ok "... and the program ran $1 times" $?
}

for mode in own late; do
	expect "an application with a handler of its own ($mode)" 0 '^handled 200' \
		./ring3 run --json faults.bpf.o -- ./faults "$mode"
	hits 601
done
expect 'an application that crashes dies of it' 0 'ended by signal 11' \
	./ring3 run --json faults.bpf.o -- ./faults die
hits 1
finish
