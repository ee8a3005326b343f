#!/bin/sh
# Do lines of bpf_trace_printk() reach whoever runs the program, from any process, once each?
set -u
. tests/cli/lib.sh
cp "$BUILD/tests/targets/work" "$BUILD"/tests/cli/printk*.bpf.o "$stage"/
chmod a+r "$stage"/*.bpf.o
head -c 64 /dev/zero >"$stage/frame"

lines() { # file, pattern, how many
	[ "$(grep -cE -e "$2" "$1")" -eq "$3" ]
}

expect 'a line as the kernel shows it' 0 \
	'^ +work-[0-9]+ +\[[0-9]{3}\] d\.\.\. +[0-9]+\.[0-9]{6}: bpf_trace_printk: probed 99 of work$' \
	./ring3 run printk.bpf.o -- ./work plain
lines "$stage/out" 'bpf_trace_printk: probed' 100
ok 'each line once' $?
expect 'lines of several processes' 0 'probed 99' ./ring3 run printk.bpf.o -- sh -c './work plain & ./work plain; wait'
lines "$stage/out" 'bpf_trace_printk: probed' 200
ok 'each line of each, none from before' $?
expect 'with --json' 0 '"trace":"probed 99 of work"' ./ring3 run --json printk.bpf.o -- ./work plain
expect 'more than there is room for' 0 'lines of bpf_trace_printk.. were lost' \
	./ring3 run printk.bpf.o -- ./work threads
expect 'after that, one by one again' 0 'probed 99' ./ring3 run printk.bpf.o -- ./work plain
lines "$stage/out" 'bpf_trace_printk: probed' 100
ok 'each line once' $?
expect 'a test run' 0 'bpf_trace_printk: 1 2 3 4 5$' \
	./ring3 test printk_xdp.bpf.o say --data-in frame --repeat 2
lines "$stage/out" 'bpf_trace_printk: one 1$' 2
ok 'each run prints' $?
expect 'a test run with --json' 0 '"trace":"one 1"' \
	./ring3 test --json printk_xdp.bpf.o say --data-in frame
(cd "$stage" && exec $as_user ./ring3 run -d 5 printk.bpf.o -- sleep 5) >"$stage/first" 2>&1 &
first=$!
sleep 0.5
expect 'a second reader is told' 0 'another ring3 reads them' ./ring3 run printk.bpf.o -- ./work plain
kill -9 $first
wait $first 2>/dev/null
expect 'a killed reader makes room' 0 'probed 99' ./ring3 run printk.bpf.o -- ./work plain
head -c 300000 /dev/zero | tr '\0' 'x' >"$stage/junk"
user cp junk "$RING3_DIR/trace"
expect 'a damaged ring is said and survived' 0 'what it prints is lost' \
	./ring3 run printk.bpf.o -- ./work plain
finish
