#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Does Debian's bpftool see what a running `ring3 run` has loaded, and probe what there is?
set -u
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
PATH=$PATH:/usr/sbin
cp "$BUILD"/tests/abi/kill.bpf.o "$BUILD"/tests/targets/malloc_loop \
	"$BUILD"/tests/targets/hold_stats "$stage"/
head -c 4096 /dev/zero >"$stage/state"
[ "$(id -u)" -ne 0 ] || chown 65534:65534 "$stage/state"

user ./ring3 run -d 60 kill.bpf.o -- ./malloc_loop state >/dev/null 2>"$stage/run.err" &
stop() {
	pid=$(od -An -t d8 -N 8 "$stage/state" | tr -d ' ')
	[ "$pid" -gt 1 ] && kill "$pid" 2>/dev/null
	wait
}
trap 'stop; rm -rf "$stage"' EXIT
tries=0
while [ "$(od -An -t d8 -j 8 -N 8 "$stage/state" | tr -d ' ')" = 0 ] && [ $tries -lt 200 ]; do
	sleep 0.1
	tries=$((tries + 1))
done

tool() { # description, pattern, bpftool's arguments
	what=$1 pattern=$2
	shift 2
	expect "$what" 0 "$pattern" timeout 60 ./ring3 exec bpftool "$@"
}
quiet() { # description, bpftool's arguments
	what=$1
	shift
	user timeout 60 ./ring3 exec bpftool "$@" >"$stage/out" 2>"$stage/err"
	ok "$what" $?
}
number() { # of the first object that bpftool lists so
	user ./ring3 exec bpftool "$@" 2>/dev/null | sed -n 's/^\([0-9][0-9]*\): .*/\1/p' | head -n 1
}

tool 'map list' '^[0-9]+: hash  name kill_hash  flags 0x0$' map list
tool 'map show by name' 'key 8B  value 32B  max_entries 64' map show name kill_hash
tool 'map dump with types' '"key": [0-9]+' map dump name kill_hash
tool 'map dump of a section' '"calls": [1-9]' map dump name kill.bss
tool 'map dump of a pin' '"n": \[' map dump pinned /sys/fs/bpf/kill_hash
quiet 'map update' map update name kill_hash key 99 0 0 0 0 0 0 0 value 1 0 0 0 0 0 0 0 \
	2 0 0 0 0 0 0 0 3 0 0 0 0 0 0 0 4 0 0 0 0 0 0 0
tool 'map lookup' '"n": \[1,2,3,4' map lookup name kill_hash key 99 0 0 0 0 0 0 0
quiet 'map delete' map delete name kill_hash key 99 0 0 0 0 0 0 0
tool 'prog list' '^[0-9]+: kprobe  name on_malloc  tag [0-9a-f]{16}  gpl$' prog list
tool 'prog show' 'xlated [0-9]+B  jited [0-9]+B .*map_ids [0-9]+,' prog show name on_malloc
tool 'prog dump xlated, with lines' '; __u64 n = \+\+calls' prog dump xlated name on_malloc
tool 'prog dump xlated, with maps' 'r[0-9] = map\[id:[0-9]+\]' prog dump xlated name on_malloc
tool 'link list' '^[0-9]+: perf_event  prog [0-9]+' link list
ok 'without the perf events themselves' "$([ "$(grep -c '^[0-9]' "$stage/out")" -eq 1 ] && echo 0 || echo 1)"
tool 'perf' 'uprobe  filename .*/libc.so.6  offset [0-9]+' perf
tool 'btf list' '^[0-9]+: name <anon>  size [0-9]+B  prog_ids [0-9]+  map_ids [0-9]+,' btf list
tool 'btf dump' 'struct kill_value \{' btf dump id "$(number btf list)" format c
tool 'JSON' '"name":"on_malloc","tag"' -j prog show
tool 'feature probe' 'eBPF program_type kprobe is available' feature probe
tool 'feature probe full' 'map_type ringbuf is available' feature probe full
tool 'feature probe unprivileged' 'program_type socket_filter is' feature probe kernel unprivileged
# What the agent runs, the tracer's side sees: counted while somebody asks for it.
count() {
	user ./ring3 exec bpftool -j prog show name on_malloc | sed -n 's/.*"run_cnt":\([0-9]*\).*/\1/p'
}
mkfifo "$stage/hold"
user ./ring3 exec ./hold_stats <"$stage/hold" &
holder=$!
exec 3>"$stage/hold"
tries=0
while ! count | grep -q '[1-9]' && [ $tries -lt 200 ]; do
	sleep 0.1
	tries=$((tries + 1))
done
tool 'runs are counted across processes' 'run_time_ns [1-9][0-9]* run_cnt [1-9]' prog show name on_malloc
exec 3>&-
wait $holder
before='' now=$(count) tries=0
while [ "$before" != "$now" ] && [ $tries -lt 100 ]; do
	sleep 0.3
	before=$now now=$(count)
	tries=$((tries + 1))
done
ok 'and no longer when nobody does' "$([ -n "$now" ] && [ "$before" = "$now" ] && echo 0 || echo 1)"
stop
ok 'and the traced program saw none of it' "$(grep -c 'signal 1[01]' "$stage/run.err")"
tool 'afterwards only pins are left' 'kill_hash' map list
ok 'no program is' "$(user ./ring3 exec bpftool prog list 2>&1 | grep -c .)"
finish
