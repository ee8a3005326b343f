#!/bin/sh
# Does perf name the compiled programs of a traced process?
set -u
. tests/cli/lib.sh

: >"$stage/out" >"$stage/err"
# The traced shell tells its process id, and becomes the program that is traced further.
user ./ring3 run --perf-map malloc_hist.bpf.o -- sh -c 'echo $$ >pid; exec ./mallocs 20000' \
	>"$stage/out" 2>"$stage/err"
map=/tmp/perf-$(cat "$stage/pid").map
grep -qE '^[0-9a-f]+ [0-9a-f]+ bpf_prog_[0-9a-f]{16}_[a-z_]*malloc' "$map"
ok 'the traced process has a map with the names of functions' $?
rm -f "$map"

user ./ring3 run malloc_hist.bpf.o -- sh -c 'echo $$ >pid; exec ./mallocs 20' >"$stage/out" 2>"$stage/err"
[ ! -e "/tmp/perf-$(cat "$stage/pid").map" ]
ok 'without --perf-map there is none' $?

user ./ring3 run --perf-map malloc_hist.bpf.o -- sh -c '(sleep 0.6; :) & echo $! >pid; wait' \
	>"$stage/out" 2>"$stage/err"
map=/tmp/perf-$(cat "$stage/pid").map
grep -q bpf_prog_ "$map"
ok 'a forked child has a map of its own' $?
rm -f "$map"

if ! (cd "$stage" && perf record -q -e cpu-clock -o probe true) >/dev/null 2>&1; then
	n=$((n + 1))
	echo "ok $n # SKIP perf cannot record here"
	finish
fi
# perf trusts only its own user's maps.
(cd "$stage" && RING3_DIR="$stage/rootrun" perf record -q -e cpu-clock -F 5000 -o data ./ring3 run --perf-map \
	malloc_hist.bpf.o -- sh -c 'echo $$ >pid2; exec ./mallocs 1000000') >"$stage/out" 2>"$stage/err"
(cd "$stage" && perf report -i data --stdio --sort symbol) >"$stage/out" 2>"$stage/err"
grep -q 'bpf_prog_[0-9a-f]\{16\}_' "$stage/out"
ok 'perf report names the program' $?
rm -f "/tmp/perf-$(cat "$stage/pid2").map"
finish
