#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What becomes of the tracer and of what it traces when a process of the same user cuts off the files
# that both have mapped?  Neither dies, and the tracer says that its counts are lost.
set -u
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null; rm -rf "$stage"' EXIT
cp "$BUILD"/tests/targets/malloc_loop "$stage"/ && chmod a+rx "$stage/malloc_loop"

word() { # N: of what malloc_loop writes
	od -An -tu8 -j$((8 * $1)) -N8 "$stage/state" | tr -d ' '
}

# cut FILES...: while a tracer runs; what both say is in out and err.
cut() {
	rm -rf "$stage/run" "$stage/state"
	user truncate -s 4096 state
	user timeout 60 ./ring3 run -d 4 "$object" -- ./malloc_loop state >"$stage/out" 2>"$stage/err" </dev/null &
	tracer=$!
	for i in $(seq 100); do
		[ "$(word 0)" -ne 0 ] && break
		sleep 0.1
	done
	sleep 0.5
	for f in "$@"; do
		user sh -c "truncate -s 0 $f"
	done
	pid=$(word 0)
	before=$(word 1)
	sleep 1
	after=$(word 1)
	[ "$after" -gt "$before" ] && kill -0 "$pid"
	ok "what is traced goes on: $object, $*" $?
	wait $tracer
	status=$?
	[ $status -eq 3 ] && grep -q 'cut off files in .*: counts are lost' "$stage/err"
	what=$?
	[ $what -eq 0 ] || echo "# exit status $status"
	ok 'the tracer ends and says so' $what
	for i in $(seq 50); do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.1
	done
	kill -0 "$pid" 2>/dev/null
	ok 'and its command ends with it' $((! $?))
	pid=
}

for object in malloc_hist.bpf.o events.bpf.o; do
	cut 'run/obj/*.map'
	cut 'run/obj/*'
done
object=malloc_count.bpf.o
cut 'run/obj/*' run/registry
finish
