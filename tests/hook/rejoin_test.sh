#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Is a process that was traced, and is no more, traced again as at first; by two runtimes at once, which
# know nothing of each other; and has it its own code back when the last is gone, whoever that is?
# To see it fail: let patch_revert() answer -EFAULT where another jump is.
# shellcheck source=tests/hook/lib.sh
. tests/hook/lib.sh
begin live
mkfifo to
./live threads 2 <to >truth &
target=$!
exec 3>to
: >why

code() {
	python3 - $target <<'PY'
import subprocess, sys
pid = sys.argv[1]
at = [int(l.split()[0], 16) for l in subprocess.run(["nm", "live"], capture_output=True,
      text=True).stdout.splitlines() if l.endswith(" probed")][0]
base = min(int(l.split("-")[0], 16) for l in open("/proc/%s/maps" % pid) if l.rstrip().endswith("/live"))
with open("/proc/%s/mem" % pid, "rb") as f:
    f.seek(base + at)
    print(f.read(16).hex())
PY
}

trace() { # NAME STORE: in the background; pid_NAME
	rm -f "$1.why"
	RING3_DIR=$dir/$2 "$build/ring3" run --json -p $target "$build/tests/hook/rejoin.bpf.o" \
		>"$1.maps" 2>"$1.why" &
	eval "pid_$1=$!"
	tracer="$tracer $!"
	i=0
	while ! grep -qs 'attached, Ctrl-C' "$1.why" && [ $i -lt 1200 ]; do
		sleep 0.05
		i=$((i + 1))
	done
}

calls() { # COUNT of each of two threads
	lines=$(wc -l <truth)
	echo "go $1" >&3
	while [ "$(wc -l <truth)" = "$lines" ]; do
		sleep 0.02
	done
}

end() { # NAME COUNT: what it has counted
	eval "kill -INT \$pid_$1; wait \$pid_$1"
	grep -v 'attached, Ctrl-C' "$1.why" >>why
	grep -q "\"key\":0,\"value\":$2}" "$1.maps" && grep -q "\"key\":1,\"value\":$2}" "$1.maps" &&
		return 0
	grep '"map"' "$1.maps" >>why
	return 1
}

whole() {
	i=0
	while [ "$(code)" != "$original" ] && [ $i -lt 100 ]; do
		sleep 0.1
		i=$((i + 1))
	done
	[ $i -lt 100 ] && tail -n 1 truth | grep -q "bad 0"
}

original=$(code)
status=0
for i in 1 2 3; do
	trace again a
	calls 500
	end again 1000 && whole || status=1
done
verdict "three times, one after the other" $status

# Of two threads' 500 calls each: whose tracer ends first, what it has seen, then the other.
ends() {
	status=0
	trace one a
	calls 500
	trace two b
	calls 500
	end "$1" "$2" || status=1
	calls 500
	end "$3" "$4" || status=1
	whole || status=1
	verdict "two runtimes, $1 ends first" $status
}
ends two 1000 one 3000
ends one 2000 two 2000
exec 3>&-
echo "1..$n"
exit $bad
