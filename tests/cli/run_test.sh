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
expect 'a process that runs already' 0 '0 missed' ./ring3 run -d 0.3 -p $sleeper malloc_count.bpf.o
kill $sleeper
expect 'duration ends it' 0 'hits' ./ring3 run -d 0.3 malloc_count.bpf.o -- sleep 10
expect 'a command that is killed' 0 'ended by signal 9' ./ring3 run malloc_count.bpf.o -- sh -c 'kill -9 $$'
# An object made here: SEC() names the place by symbol, symbol+offset and absolute offset.
cat >"$stage/sites.c" <<'C'
#include <stdio.h>
#include <stdlib.h>
__attribute__((noinline)) int work(int a, int b)
{
	volatile int r = a * 3;

	r += b;
	return r;
}
int main(int argc, char **argv)
{
	int sum = 0;

	for (int i = 0; i < atoi(argv[1]); i++)
		sum += work(i, 7);
	return argc > 5 ? sum : 0;
}
C
gcc -O1 "$stage/sites.c" -o "$stage/sites"
entry=$(nm "$stage/sites" | awk '/ work$/ { print $1 }')
second=$(objdump -d "$stage/sites" | awk '/<work>:/ { f = 1; next } f && NF { n++; if (n == 2) { print $1; exit } }')
cat >"$stage/sites.bpf.c" <<C
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
__u64 by_symbol, by_offset, in_the_middle, returned, args, results;
SEC("uprobe/$stage/sites:work") int BPF_KPROBE(a, int x) { by_symbol++; args += x; return 0; }
SEC("uprobe/$stage/sites:work+$((0x${second%:} - 0x$entry))") int BPF_KPROBE(b) { in_the_middle++; return 0; }
SEC("uprobe/$stage/sites:0x$entry") int BPF_KPROBE(c) { by_offset++; return 0; }
SEC("uretprobe/$stage/sites:work") int BPF_KRETPROBE(d, int rc) { returned++; results += rc; return 0; }
char LICENSE[] SEC("license") = "GPL";
C
"${CLANG:-clang-19}" -target bpf -O2 -g -D__TARGET_ARCH_x86 -I"/usr/include/$(gcc -print-multiarch)" \
	-c "$stage/sites.bpf.c" -o "$stage/sites.bpf.o"
chmod a+rx "$stage"/sites*
sed 's/sites:work")/sites:nowhere")/' "$stage/sites.bpf.c" >"$stage/part.bpf.c"
"${CLANG:-clang-19}" -target bpf -O2 -g -D__TARGET_ARCH_x86 -I"/usr/include/$(gcc -print-multiarch)" \
	-c "$stage/part.bpf.c" -o "$stage/part.bpf.o"
chmod a+r "$stage/part.bpf.o"
expect 'one program that finds no place: the others run, the code is 1' 1 'by_offset = 100' \
	./ring3 run part.bpf.o -- ./sites 100
user ./ring3 run sites.bpf.o -- ./sites 100 >"$stage/out" 2>"$stage/err"
for line in 'by_symbol = 100' 'by_offset = 100' 'in_the_middle = 100' 'returned = 100' 'args = 4950' 'results = 15550'; do
	grep -qx "$line" "$stage/out"
	ok "$line" $?
done

what='shared memory where only root may write, as in a fresh chroot'
if [ "$(id -u)" -ne 0 ] || ! unshare -m mount -t tmpfs none /dev/shm 2>/dev/null; then
	n=$((n + 2))
	echo "ok $((n - 1)) - $what # SKIP mounting is not permitted"
	echo "ok $n - no /proc # SKIP mounting is not permitted"
else
	case $BUILD in
	*asan*)
		n=$((n + 1))
		echo "ok $n - no /proc # SKIP the leak checker needs it"
		;;
	*)
		unshare -m sh -c "mount -t tmpfs none /proc && exec $stage/ring3 verify $stage/events.bpf.o" \
			>"$stage/out" 2>"$stage/err"
		[ $? -eq 3 ] && grep -qx 'ring3: /proc is not mounted: files are found by it' "$stage/err"
		ok 'no /proc' $?
		;;
	esac
	unshare -m sh -c "mount -t tmpfs -o mode=755 none /dev/shm && cd $stage &&
		exec $as_user env -u RING3_DIR ./ring3 run malloc_count.bpf.o -- ls /" >"$stage/out" 2>"$stage/err"
	grep -q 'hits, 0 missed' "$stage/out"
	ok "$what" $?
	rmdir /tmp/ring3-65534/obj /tmp/ring3-65534/pin 2>/dev/null && rm -f /tmp/ring3-65534/registry
	rmdir /tmp/ring3-65534 2>/dev/null
fi

mkdir "$stage/wide" && chmod 777 "$stage/wide"
RING3_DIR=$stage/wide
expect 'a directory that others may write' 3 'wide' ./ring3 run malloc_count.bpf.o -- true
finish
