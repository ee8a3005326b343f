#!/bin/sh
# Does GDB name the compiled programs of a traced process, and return addresses in them?
set -u
. tests/cli/lib.sh

if ! command -v gdb >/dev/null; then
	echo 'ok 1 # SKIP no gdb'
	n=1
	finish
fi
: >"$stage/out" >"$stage/err"
user ./ring3 run --perf-map -d 20 malloc_hist.bpf.o -- sh -c 'echo $$ >pid; exec ./mallocs 2000000000' \
	>"$stage/run.out" 2>&1 &
# The shell has code, what it becomes has other code, and has better code once that is hit often.
for _ in $(seq 100); do
	pid=$(cat "$stage/pid" 2>/dev/null) && map=/tmp/perf-$pid.map
	[ "$(grep -c malloc_enter "${map:-none}" 2>/dev/null)" -ge 3 ] 2>/dev/null && break
	sleep 0.1
done
[ "$(grep -c malloc_enter "$map")" -eq 3 ]
ok 'the agent optimises what is hit often' $?
line=$(grep malloc_enter "$map" | tail -n 1)
addr=${line%% *} name=${line##* }
gdb -nx -batch -p "$pid" -ex "info symbol 0x$addr" -ex "break *0x$addr" -ex continue -ex 'backtrace 3' \
	>"$stage/out" 2>"$stage/err" </dev/null
kill -9 "$pid"
wait
rm -f "$map"
grep -q "^$name in section .text" "$stage/out"
ok 'GDB knows the name of the program' $?
grep -q "^#0 .* $name ()" "$stage/out"
ok 'it is the first function of a backtrace' $?
finish
