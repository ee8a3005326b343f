#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# With `-p -1`, are system calls followed in every process of the user, in those that are there and those
# that come?  In a name space of processes of its own, so that nobody else is joined.
# To see it fail: leave link_is_call() out of everyone.c.
# shellcheck source=tests/hook/lib.sh
. tests/hook/lib.sh
begin calls
unshare -Urpf --mount-proc true 2>/dev/null || {
	echo "1..0 # SKIP no name space of processes can be made"
	exit 0
}
cat >inside <<'IN'
mkfifo to
./calls plain asked <to >first.truth &
first=$!
exec 3>to
"$1" run --json -p -1 "$2" >maps 2>why &
tracer=$!
i=0
while ! grep -q attached why && [ $i -lt 1200 ]; do
	sleep 0.05
	i=$((i + 1))
done
mkfifo later
./calls plain asked <later >second.truth &
second=$!
exec 4>later
joined() { # PID
	i=0
	while ! grep -q '^ring3-agent$' "/proc/$1/task/"*/comm && [ $i -lt 1200 ]; do
		sleep 0.05
		i=$((i + 1))
	done
}
joined $first
joined $second
# One after the other is joined, and the next not before the last has attached what it should.
sleep 1000 &
third=$!
joined $third
kill $third
echo go >&3
exec 3>&-
wait $first
echo go >&4
exec 4>&-
wait $second
kill -INT $tracer
wait $tracer
IN
timeout 120 unshare -Urpf --mount-proc sh inside "$build/ring3" "$build/tests/hook/calls.bpf.o"
python3 - >>why 2>&1 <<'PY'
import json
truth, seen = 0, 0
for path in ("first.truth", "second.truth"):
    rows = {int(l.split()[1]): int(l.split()[2]) for l in open(path) if l.startswith("truth")}
    truth += rows[121]
for line in open("maps"):
    if line.startswith("{"):
        row = json.loads(line)
        if row.get("map") == "enter" and row["key"] == 121:
            seen = row["value"]
print("getpgid(2): %d made, %d seen" % (truth, seen))
assert truth and seen == truth
PY
verdict "system calls of every process" $?
echo "1..$n"
exit $bad
