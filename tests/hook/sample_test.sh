#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Is a program run so and so often a second that threads compute, in a program that is started and
# in one that is joined, and is the program none the worse for it?  How often is not asked exactly:
# but never more often than it may be, and not in a thread that has all signals blocked.
# shellcheck source=tests/hook/lib.sh
. tests/hook/lib.sh
begin spins

cat >check.py <<'PY'
import json, sys
rounds = int(sys.argv[1])
rows = [json.loads(l) for l in open("maps") if l.startswith("{")]
variables = {r["variable"]: r["value"] for r in rows if "variable" in r}
by = {}
for r in rows:
    if r.get("map") == "seen" and "stacks" in r:
        names = [f.get("symbol", "?") for f in r["stacks"]["stack_id"]]
        for name in set(names):
            by[name] = by.get(name, 0) + r["value"]
        if "compute" in names:
            assert names[-1] in ("_start", "clone3", "__clone3", "start_thread", "clone"), names
print(variables, by)
assert all(not v for k, v in variables.items() if k.startswith("bad")), variables
assert variables["n"] == sum(r["value"] for r in rows if r.get("map") == "seen")
for name in ("in_main", "in_first", "in_second"):
    # 100 ms of CPU time, and what is measured in part at either end.
    assert 0 < by.get(name, 0) <= rounds * 15, name
assert by.get("in_made", 0) <= rounds * 15
assert "in_deaf" not in by
assert "main" in by
PY

# Threads are sampled from the agent's next look on.
lines() {
	sleep 0.5
	echo go 100
	echo go 100
}

lines | timeout 60 "$build/ring3" run --json "$build/tests/hook/sample.bpf.o" -- ./spins >maps 2>why &&
	[ ! -s why ] && python3 check.py 2 >>why 2>&1 && [ "$(grep -c 'done strange 0' maps)" = 2 ]
verdict "started" $?

begin() { # SPINS' ARGUMENTS
	rm -f to from
	mkfifo to
	./spins "$@" <to >from &
	target=$!
	exec 3>to
	asked=0
	go 1
}

go() { # MS
	asked=$((asked + 1))
	echo "go $1" >&3
	i=0
	while [ "$(wc -l <from)" -lt $asked ] && [ $i -lt 1200 ]; do
		sleep 0.05
		i=$((i + 1))
	done
}

attach() {
	: >why
	"$build/ring3" run --json -p $target "$build/tests/hook/sample.bpf.o" >maps 2>why &
	tracer=$!
	i=0
	while ! grep -q 'attached, Ctrl-C' why && [ $i -lt 1200 ]; do
		sleep 0.05
		i=$((i + 1))
	done
}

detach() { # SIGNAL
	kill "-$1" $tracer
	wait $tracer 2>/dev/null
	tracer=
}

finish() {
	kill -0 $target || return 1
	kill $target
	wait $target 2>/dev/null
	target=
}

# A kernel without checkpoints does not tell.
has_timers() {
	grep -q ID "/proc/$target/timers" 2>/dev/null
}

# SIGURG is number 23.  To see it fail: take give_signal_back() out of sample.c.
handles() {
	[ $((0x$(awk '/SigCgt/ { print $2 }' "/proc/$target/status") >> 22 & 1)) = 1 ]
}

no_handler() {
	i=0
	while handles && [ $i -lt 1200 ]; do
		sleep 0.05
		i=$((i + 1))
	done
	! handles
}

no_timers() {
	i=0
	while has_timers && [ $i -lt 1200 ]; do
		sleep 0.05
		i=$((i + 1))
	done
	! has_timers
}

begin
attach
for k in 1 2; do go 100; done
detach INT
python3 check.py 2 >>why 2>&1 && no_timers && no_handler && go 1 &&
	[ "$(grep -c 'done strange 0' from)" = 4 ]
verdict "joined" $?
attach
[ ! -e "/proc/$target/timers" ] || has_timers
there=$?
handles || there=1
detach KILL
[ $there = 0 ] && no_timers && no_handler && go 1 && [ "$(grep -c 'done strange 0' from)" = 5 ] && finish
verdict "its tracer is killed" $?

begin urg
attach
for k in 1 2; do go 100; done
detach INT
python3 check.py 2 >>why 2>&1 && [ "$(grep -c 'done strange 0' from)" = 3 ] && finish
verdict "another signal where one is handled" $?

begin urg winch
attach
go 1
detach INT
grep -q "no signal to sample by" why && [ "$(grep -c 'done strange 0' from)" = 2 ] && finish
verdict "refused where both are" $?
echo "1..$n"
exit $bad
