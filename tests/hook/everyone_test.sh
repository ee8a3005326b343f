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
# Until the code of getpgid(2) in a process is not what its file has.
cat >followed.py <<'PY'
import subprocess, sys, time
for line in open("/proc/%s/maps" % sys.argv[1]):
    row = line.split()
    if "x" in row[1] and row[-1].endswith("/libc.so.6"):
        start, file_off, path = int(row[0].split("-")[0], 16), int(row[2], 16), row[-1]
for line in subprocess.run(["nm", "-D", path], capture_output=True, text=True).stdout.splitlines():
    if line.split()[-1].startswith("getpgid@"):
        value = int(line.split()[0], 16)
# A linker gives code the same place in the file as in memory.
with open(path, "rb") as f:
    f.seek(value)
    before = f.read(16)
for i in range(1200):
    with open("/proc/%s/mem" % sys.argv[1], "rb") as f:
        f.seek(start - file_off + value)
        if f.read(16) != before:
            sys.exit(0)
    time.sleep(0.05)
sys.exit(1)
PY
cat >inside <<'IN'
mkfifo to
./calls plain asked <to >first.truth &
first=$!
exec 3>to
"$1" run --json -p -1 "$2" >maps 2>why &
tracer=$!
i=0
while ! grep -q 'attached, Ctrl-C' why && [ $i -lt 1200 ]; do
	sleep 0.05
	i=$((i + 1))
done
mkfifo later
./calls plain asked <later >second.truth &
second=$!
exec 4>later
# Refused while it is stopped, and not for good.
kill -STOP $second
sleep 1
kill -CONT $second
python3 followed.py $first && python3 followed.py $second
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
