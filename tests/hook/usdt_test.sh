#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Are probes that a program has compiled in (USDT) seen with their arguments, and does the program
# know whether somebody looks: when it is started, while it runs, and when the tracer is killed?
# shellcheck source=tests/hook/lib.sh
. tests/hook/lib.sh
begin usdt

# ROUNDS: each probe so often, "many" at two places in each.
counted() {
	python3 - "$1" <<'PY'
import json, sys
rows = [json.loads(l) for l in open("maps") if l.startswith("{")]
cells = {(r["map"], r["key"]): r["value"] for r in rows if r.get("map") in ("good", "bad")}
rounds = int(sys.argv[1])
print(cells)
assert [cells["good", k] for k in range(4)] == [rounds, rounds, 2 * rounds, rounds]
assert not any(cells["bad", k] for k in range(4))
assert not any(r.get("missed") for r in rows)
PY
}

# The child that it forks goes on being traced.
timeout 60 "$build/ring3" run --json "$build/tests/hook/usdt.bpf.o" -- ./usdt once >maps 2>why &&
	[ ! -s why ] && counted 500 >>why 2>&1
verdict "started" $?

mkfifo to
stdbuf -oL ./usdt asked <to >from &
target=$!
exec 3>to

answer() { # COUNT WANT: what the target says to the line that is asked as the COUNT-th
	echo go >&3
	polls=0
	while [ "$(wc -l <from)" -lt "$1" ] && [ $polls -lt 1200 ]; do
		sleep 0.05
		polls=$((polls + 1))
	done
	sed -n "$1p" from >>why
	[ "$(sed -n "$1p" from)" = "$2" ]
}

: >why
answer 1 "fired 0 skipped 400"
verdict "nobody looks" $?

: >why
"$build/ring3" run --json -p $target "$build/tests/hook/usdt.bpf.o" >maps 2>why &
tracer=$!
i=0
while ! grep -q 'attached, Ctrl-C' why && [ $i -lt 1200 ]; do
	sleep 0.05
	i=$((i + 1))
done
answer 2 "fired 400 skipped 0"
verdict "while it runs" $?
kill -INT $tracer
wait $tracer
tracer=
counted 100 >>why 2>&1
verdict "each is seen" $?

# Its agent notices within a moment that nobody holds the links any more.
gone() { # COUNT
	asked=$1
	while ! answer "$asked" "fired 0 skipped 400"; do
		[ "$asked" -lt $(($1 + 40)) ] || return 1
		asked=$((asked + 1))
		sleep 0.1
	done
}

gone 3
verdict "nobody looks any more" $?
: >why
"$build/ring3" run --json -p $target "$build/tests/hook/usdt.bpf.o" >maps 2>why &
tracer=$!
i=0
while ! grep -q 'attached, Ctrl-C' why && [ $i -lt 1200 ]; do
	sleep 0.05
	i=$((i + 1))
done
answer $((asked + 1)) "fired 400 skipped 0"
verdict "again" $?
kill -9 $tracer
wait $tracer 2>/dev/null
tracer=
gone $((asked + 2))
verdict "its tracer is killed" $?
echo "1..$n"
exit $bad
