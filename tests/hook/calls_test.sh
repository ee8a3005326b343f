#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Is each system call of another process seen once when it is made and once when it returns, and does
# the process notice nothing?  The target counts its own and checks what comes back.
set -u
build=${BUILD:-build/release}
dir=$(mktemp -d /tmp/ring3-calls-XXXXXX)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT PIPE TERM
RING3_DIR=$dir/rt
export RING3_DIR
n=0 bad=0

verdict() { # description, status
	n=$((n + 1))
	if [ "$2" -eq 0 ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		bad=1
		sed 's/^/# /' "$dir/why" | head -n 20
	fi
}

# What the target says is what the maps say; every other number has returned as often as it was
# called, but for those that do not return.
counted() {
	python3 - "$dir/maps" <<'PY'
import json, sys
maps, truth = {}, {}
for line in open(sys.argv[1]):
    if line.startswith("truth"):
        nr, entered, left = map(int, line.split()[1:])
        truth[nr] = entered, left
    elif line.startswith("{"):
        row = json.loads(line)
        if "map" in row:
            maps.setdefault(row["map"], {})[row["key"]] = row["value"]
        assert not row.get("missed"), row
enter, leave = maps["enter"], maps["leave"]
assert enter == maps["raw_enter"] and leave == maps["raw_leave"]
assert not enter.get(511) and not maps["named"].get(511)
assert truth
for nr, (entered, left) in truth.items():
    assert (enter[nr], leave[nr]) == (entered, left), (nr, enter[nr], leave[nr], entered, left)
SIGRETURN, EXIT, EXECVE, EXIT_GROUP = 15, 60, 59, 231
for nr in enter:
    if nr not in truth and nr not in (SIGRETURN, EXIT, EXECVE, EXIT_GROUP):
        assert enter[nr] == leave[nr], (nr, enter[nr], leave[nr])
if maps["named"].get(1):
    assert maps["named"][1] == maps["named"][2] == 2000
elif 17 in truth:
    assert maps["named"][17] == maps["named"][18] == 1
PY
}

# object, mode
same() {
	timeout 120 "$build/ring3" run --json "$build/tests/hook/$1.bpf.o" -- \
		"$build/tests/targets/calls" "$2" >"$dir/maps" 2>"$dir/why" &&
		[ ! -s "$dir/why" ] && counted >>"$dir/why" 2>&1
	status=$?
	[ $status -ne 124 ] || echo "not done after 120 s" >>"$dir/why"
	grep -a bad "$dir/maps" >>"$dir/why"
	verdict "$2" $status
}

for mode in registers plain threads forks vforks exec restarts interrupts jumps stops cancels late; do
	same calls $mode
done
same decide decided
# Probes on the function that the call is in.
same calls_probed plain

# A destructor runs when a thread is cancelled in a call: fails without the unwind entries of
# call_entry.c.
timeout 60 "$build/ring3" run --json "$build/tests/hook/calls.bpf.o" -- \
	"$build/tests/targets/cancels" >"$dir/maps" 2>"$dir/why" && [ ! -s "$dir/why" ] &&
	grep -q "cleaned all" "$dir/maps"
verdict "destructors of cancelled threads" $?

# The same in a process that runs already.  What it forks is not followed.
joined() { # mode
	rm -f "$dir/to"
	mkfifo "$dir/to"
	"$build/tests/targets/calls" "$1" asked <"$dir/to" >"$dir/truth" &
	target=$!
	exec 3>"$dir/to"
	sleep 0.1
	timeout 60 "$build/ring3" run --json -p $target "$build/tests/hook/calls.bpf.o" \
		>"$dir/maps" 2>"$dir/why" &
	tracer=$!
	i=0
	while ! grep -q 'attached, Ctrl-C' "$dir/why" && [ $i -lt 1200 ]; do
		sleep 0.05
		i=$((i + 1))
	done
	echo go >&3
	exec 3>&-
	wait $target
	status=$?
	wait $tracer
	cat "$dir/truth" >>"$dir/maps"
	{
		[ $status -eq 0 ] || echo "the target ended with status $status"
		grep -av 'attached, Ctrl-C' "$dir/why"
	} >"$dir/trouble"
	mv "$dir/trouble" "$dir/why"
	[ ! -s "$dir/why" ] && counted >>"$dir/why" 2>&1
	status=$?
	grep -a bad "$dir/maps" >>"$dir/why"
	verdict "$1, joined" $status
}

for mode in registers plain threads restarts interrupts jumps cancels; do
	joined $mode
done
said() { # WORD: asks until the target says it
	i=0
	while [ $i -lt 100 ]; do
		echo check >&3
		sleep 0.1
		[ "$(tail -n 1 "$dir/truth")" = "$1" ] && return 0
		i=$((i + 1))
	done
	echo "the code is never $1" >>"$dir/why"
	return 1
}

# Followed, and not, again and again, while threads make calls of that number.
flips() { # MODE NUMBER
	rm -f "$dir/busy"
	mkfifo "$dir/busy"
	: >"$dir/why"
	"$build/tests/targets/calls" "$1" <"$dir/busy" >"$dir/truth" &
	target=$!
	exec 3>"$dir/busy"
	sleep 0.1
	status=0 seen=0
	for i in 1 2 3 4 5 6; do
		timeout 60 "$build/ring3" run --json -p $target -d 0.$i \
			"$build/tests/hook/calls.bpf.o" >"$dir/maps" 2>>"$dir/why" || status=1
		kill -0 $target || status=1
		grep -q "\"enter\",\"key\":$2,\"value\":[1-9]" "$dir/maps" && seen=$((seen + 1))
	done
	[ $seen -eq 6 ] || {
		echo "seen $seen times of 6" >>"$dir/why"
		status=1
	}
	said restored || status=1
	exec 3>&-
	wait $target || status=1
	grep -q fine "$dir/truth" || status=1
}

# Fails with a plain write in the place of patch_apply().
flips busy 110
verdict "followed and not, under load" $status
# Fails without page_put(), and where patches that nobody can trap in wait for a moment without signals
# blocked, which there may not be.
flips creates 435
verdict "followed and not, while threads and processes are made" $status
echo "1..$n"
exit $bad
