#!/bin/sh
# Does `ring3 run` trace live, unmodified programs, and fail in documented ways?
set -u
. tests/cli/lib.sh

expect 'mallocs are counted exactly' 0 '^  0: \[\{cpu=[0-9]+ value=' ./ring3 run malloc_count.bpf.o -- ./mallocs 1000
user ./ring3 run --json malloc_hist.bpf.o -- ./mallocs 5000 >"$stage/json" 2>"$stage/err"
python3 - "$stage/json" <<'PY'
import json, sys
rows = [json.loads(l) for l in open(sys.argv[1]) if l.startswith("{")]
hist = {r["histogram"]: sum(x["count"] for x in r["rows"]) for r in rows if "histogram" in r}
calls = [r["value"] for r in rows if r.get("variable") == "calls"][0]
assert hist["malloc_bytes_hist"] == calls >= 5000, (hist, calls)
assert hist["malloc_ns_hist"] == calls, (hist, calls)
PY
ok 'both histograms add up to the number of calls' $?
expect 'events are streamed by type' 0 '^events: \{pid=[0-9]+ .*comm=date' ./ring3 run events.bpf.o -- date
expect 'children are followed' 0 'comm=date' ./ring3 run events.bpf.o -- sh -c 'date; date'
expect 'the command is not found' 4 'No such file' ./ring3 run malloc_count.bpf.o -- ./nowhere
expect 'the object is not found' 2 'No such file' ./ring3 run nowhere.o -- true
expect 'a dead pid' 1 'no process' ./ring3 run -p 4194300 malloc_count.bpf.o
# shellcheck disable=SC2086
(cd "$stage" && exec $as_user sleep 30) &
sleeper=$!
sleep 0.2
expect 'a process without an agent' 1 'not started by' ./ring3 run -p $sleeper malloc_count.bpf.o
kill $sleeper
expect 'duration ends it' 0 'hits' ./ring3 run -d 0.3 malloc_count.bpf.o -- sleep 10
expect 'a command that is killed' 0 'ended by signal 9' ./ring3 run malloc_count.bpf.o -- sh -c 'kill -9 $$'
mkdir "$stage/wide" && chmod 777 "$stage/wide"
RING3_DIR=$stage/wide
expect 'a directory that others may write' 3 'wide' ./ring3 run malloc_count.bpf.o -- true
finish
