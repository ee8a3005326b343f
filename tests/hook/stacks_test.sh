#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Are stacks seen as they are, however hard the code makes it: in a program that is started and in
# one that is joined?  The target's functions say by their names who calls whom.
# shellcheck source=tests/hook/lib.sh
. tests/hook/lib.sh
begin stacks library.so

cat >check.py <<'PY'
import json, re, subprocess, sys
rounds = int(sys.argv[1])
rows = [json.loads(l) for l in open("maps") if l.startswith("{")]
variables = {r["variable"]: r["value"] for r in rows if "variable" in r}
few = {r["key"]: r["value"] for r in rows if r.get("map") == "few"}
seen, calls = {}, {}
for r in rows:
    if r.get("map") == "seen":
        # Two stacks may want the same place in the map.
        if r["key"]["stack_id"] == -17:
            calls[r["key"]["kind"]] = calls.get(r["key"]["kind"], 0) + r["value"]
            continue
        kind, names = r["key"]["kind"], [f.get("symbol", "?") for f in r["stacks"]["stack_id"]]
        seen.setdefault(kind, []).append((names, r["stacks"]["stack_id"]))
        calls[kind] = calls.get(kind, 0) + r["value"]
assert not any(r.get("missed") for r in rows)
end = ["through_all", "main", "__libc_start_call_main", "__libc_start_main", "_start"]
chains = {
    0: ["leaf", "third", "second", "first"] + end,
    1: ["leaf", "third", "with_room"] + end,
    2: ["leaf", "third", "aligned"] + end,
    7: ["leaf", "third", "by_pointer_too", "by_pointer"] + end,
    9: ["leaf", "third", "second", "first"] + end,
}
for kind, want in chains.items():
    for names, _ in seen.get(kind, []):
        assert names == want, (kind, names, want)
    for names, _ in seen.get(kind + 100, []):
        assert names == want[2:], (kind, names, want)
for names, _ in seen.get(10, []):
    assert names == ["leaf", "third", "third_late", "library_calls"] + end, names
assert calls.get(10, 0) == (2 if "late" in sys.argv else 0), calls
for names, _ in seen.get(3, []):
    handler = names.index("on_signal")
    assert names[:2] == ["leaf", "third"] and handler == 2, names
    assert names[-6:] == ["raises"] + end, names
for names, _ in seen.get(4, []):
    assert names[:4] == ["leaf", "third", "in_thread", "start_thread"], names
    assert len(names) <= 5, names
for names, _ in seen.get(5, []):
    assert names[:3] == ["leaf", "third", "compare"] and names[-5:] == end, names
for names, _ in seen.get(6, []):
    assert names == ["leaf", "third"] + ["deep"] * 125, names
for names, _ in seen.get(8, []):
    assert names[:3] == ["leaf", "third", "broken"], names
kinds = range(10)
assert all(calls[k] == rounds for k in kinds if k != 5), calls
assert calls[200] == sum(calls[k] for k in kinds) + calls.get(10, 0)
for names, _ in seen.get(200, []):
    assert names[0] == "third", names

# The same by bpf_get_stack(), as many as there is room for.
assert few[0]["size"] == 64
if 0 in seen:
    assert few[0]["ip"] == [f["address"] for f in seen[0][0][1]][:8]
assert few[8]["size"] < 64 or few[8]["ip"][3]
EFAULT, EINVAL, EEXIST, ENOMEM = -14, -22, -17, -12
got = [variables[k] for k in ("kernel_stack", "bad_flag", "bad_flag_of_stack", "odd_size", "all_skipped")]
assert got == [EFAULT, EINVAL, EINVAL, EINVAL, EFAULT], got
# A map of one bucket: another stack is refused; to take the other's place it needs one more.
got = [variables[k] for k in ("first_of_one", "other_of_one", "fast_of_one", "reused_of_one")]
assert got == [0, EEXIST, 0, ENOMEM], got
notes = subprocess.run(["readelf", "-n", "stacks"], capture_output=True, text=True).stdout
build_id = re.search(r"Build ID: ([0-9a-f]{8})", notes)
if build_id:
    assert variables["id_status"] == 1 and "%08x" % variables["id_bytes"] == build_id.group(1), variables
assert len(seen) >= 18, seen.keys()
PY

object=$build/tests/hook/stacks.bpf.o
timeout 60 "$build/ring3" run --json "$object" -- ./stacks >maps 2>why &&
	[ ! -s why ] && python3 check.py 1 >>why 2>&1
verdict "started" $?

# As text: what is counted most comes last.
timeout 60 "$build/ring3" run "$object" -- ./stacks >text 2>why &&
	grep -q '^      with_room+0x[0-9a-f]* (.*/stacks)$' text
verdict "a line a frame" $?

mkfifo to
: >from
stdbuf -oL ./stacks asked <to >from &
target=$!
exec 3>to

go() { # COUNT LINE: its answers then
	echo "${2-go}" >&3
	i=0
	while [ "$(wc -l <from)" -lt "$1" ] && [ $i -lt 1200 ]; do
		sleep 0.05
		i=$((i + 1))
	done
}

# It is there when it answers.
go 1
: >why
"$build/ring3" run --json -p $target "$object" >maps 2>why &
tracer=$!
i=0
while ! grep -q 'attached, Ctrl-C' why && [ $i -lt 1200 ]; do
	sleep 0.05
	i=$((i + 1))
done
go 2
go 3 load
# Its agent has made a table of what came.
i=0
while ! grep -q library.so "$RING3_DIR/maps.$target" && [ $i -lt 1200 ]; do
	sleep 0.05
	i=$((i + 1))
done
go 4
go 5
kill -INT $tracer
wait $tracer
tracer=
[ "$(wc -l <from)" -eq 5 ] && python3 check.py 3 late >>why 2>&1
verdict "joined" $?
echo "1..$n"
exit $bad
