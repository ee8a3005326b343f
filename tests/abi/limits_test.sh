#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What is said, and left, when there is no room, no memory, no descriptor, no process, no function, or
# the runtime directory is not what it must be?
set -u
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
PATH=$PATH:/usr/sbin
cp "$BUILD"/tests/abi/missing.bpf.o "$BUILD"/tests/abi/huge.bpf.o "$stage"/

left() { # description, directory: nothing is left in it
	ok "$1" "$(ls "$2/obj" 2>/dev/null | grep -c . >/dev/null && echo 1 || echo 0)"
}

expect 'a function that is not there' 1 "failed to find symbol 'no_such_function'" \
	./ring3 run missing.bpf.o -- true
expect 'a map larger than memory' 3 'huge.bpf.o: not loaded: (Cannot allocate memory|Argument list too long)' \
	timeout 20 ./ring3 run huge.bpf.o -- true
dead=$(sh -c 'echo $$')
expect 'a process that is not there' 1 "no process $dead" ./ring3 run -p "$dead" malloc_hist.bpf.o
left 'nothing is left after these' "$stage/run"

touch "$stage/file" && ln -s run "$stage/symlink" && mkdir -m 0755 "$stage/open"
chmod 0755 "$stage/open"
[ "$(id -u)" -ne 0 ] || chown 65534:65534 "$stage/file" "$stage/open"
why='cannot open the runtime in .*/'
expect 'a file for a runtime directory' 3 "${why}file: .*Not a directory" \
	env RING3_DIR="$stage/file" ./ring3 run malloc_hist.bpf.o -- true
expect 'a symbolic link for it' 3 "${why}symlink: .*(Not a directory|symbolic links)" \
	env RING3_DIR="$stage/symlink" ./ring3 run malloc_hist.bpf.o -- true
expect 'one that others may read' 3 "${why}open: .*must be ours with mode 0700.*mode 0755" \
	env RING3_DIR="$stage/open" ./ring3 run malloc_hist.bpf.o -- true
expect 'one in a folder that is not there' 3 "${why}where: .*cannot make it: No such file" \
	env RING3_DIR="$stage/no/where" ./ring3 run malloc_hist.bpf.o -- true
expect 'one where nobody may write' 3 "${why}ring3-none: .*cannot make it" \
	env RING3_DIR=/proc/ring3-none ./ring3 run malloc_hist.bpf.o -- true
expect 'ring3 exec says so too, and asks no kernel' 3 "${why}open: .*must be ours" \
	env RING3_DIR="$stage/open" ./ring3 exec bpftool map list
expect 'so does the preload library by itself' 255 'Permission denied' \
	env RING3_DIR="$stage/open" LD_PRELOAD="$stage/libring3_preload.so" bpftool map list
if [ -n "$as_user" ]; then
	mkdir -m 0700 "$stage/foreign"
	expect 'one that belongs to another user' 3 "${why}foreign: .*Permission denied" \
		env RING3_DIR="$stage/foreign" ./ring3 run malloc_hist.bpf.o -- true
fi

# Few descriptors: whatever fails, fails with words, and nothing stays.
said=0 refused=0
for few in 14 16 18 20 22 24 26 28 30 32 34; do
	user sh -c "ulimit -n $few; exec timeout 20 ./ring3 run malloc_hist.bpf.o -- true" \
		>"$stage/out" 2>"$stage/err" </dev/null
	status=$?
	[ $status -eq 0 ] && continue # they were enough
	refused=$((refused + 1))
	if [ $status -gt 4 ] || ! grep -q '^ring3: ' "$stage/err"; then
		echo "# $few descriptors: status $status: $(head -n 1 "$stage/err")"
		said=1
	fi
done
ok 'too few descriptors are said to be' $said
ok 'and fourteen are too few' $((refused == 0))
user ./ring3 exec bpftool map list >"$stage/out" 2>"$stage/err"
ok 'and leave no map' "$([ -s "$stage/out" ] && echo 1 || echo 0)"
left 'nor anything else' "$stage/run"

# A full disk: a small tmpfs of our own.
small() { # size, command
	unshare -m sh -c 'mkdir -p "$1/small" && mount -t tmpfs -o size=$2,mode=0700,uid=65534,gid=65534 none "$1/small" &&
		cd "$1" && shift 2 && exec "$@"' sh "$stage" "$@"
}
if [ "$(id -u)" -ne 0 ] || ! small 64k true 2>"$stage/err"; then
	n=$((n + 1))
	echo "ok $n - a full disk # SKIP mounting a small tmpfs is not permitted"
	finish
fi
as_user_was=$as_user as_user=
full() { # size, pattern
	expect "a disk of $1" 3 "$2" small "$1" sh -c "
		RING3_DIR=$stage/small/rt $as_user_was ./ring3 run malloc_hist.bpf.o -- true
		status=\$?
		RING3_DIR=$stage/small/rt $as_user_was ./ring3 version >/dev/null
		[ -z \"\$(ls small/rt/obj)\" ] || echo something is left
		exit \$status"
	ok "leaves nothing on a disk of $1" "$(grep -c 'is left' "$stage/out")"
}
full 8k 'cannot make the registry: No space left on device'
full 24k 'not loaded: No space left on device'
full 40k 'the disk is full'
full 100k 'the disk is full'
full 200k 'the disk is full'
finish
