#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Does the hit path keep its hands off vector registers, which trampolines do not save?  By what its
# objects contain and by what they call outside themselves.
# To see it fail: take --redefine-sym or -mgeneral-regs-only out of the Makefile.
set -u
build=${BUILD:-build/release}
case $build in
*release | *hostile) ;;
*)
	echo "1..0 # SKIP sanitizers call functions of their own"
	exit 0
	;;
esac
objects=$(make -s V="${build##*/}" hit-path)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# In the hit path: system calls by way of the vdso, and a variable.  The rest is what the same files call when an
# object is made, opened or looked at by a user.
cat >"$dir/may" <<'L'
_GLOBAL_OFFSET_TABLE_
__errno_location
clock_gettime
close
dup
fallocate
fcntl
flock
fstat
fstatfs
ftruncate
getcpu
getrandom
keep_own
madvise
mem_alloc
mem_array
mem_free
mem_grow
memchr
memmem
mmap
munmap
open
patch_sync
pthread_atfork
pthread_mutex_lock
pthread_mutex_unlock
read
return_site
snprintf
stat
store_dir
store_open_own
strcmp
strncmp
strtok_r
strtoull
sysconf
sysinfo
text_add
L
echo 1..4
# shellcheck disable=SC2086
objdump -d --no-show-raw-insn $objects >"$dir/code" || exit 1
if [ "$(grep -c '<hook_enter>:' "$dir/code")" -eq 1 ]; then
	echo "ok 1 - the objects are those of the hit path"
else
	echo "not ok 1 - the objects are those of the hit path"
fi
if grep -E '%([xyz]mm|mm[0-7]|st)' "$dir/code" | head -n 5 | sed 's/^/# /' | grep .; then
	echo "not ok 2 - no vector registers"
else
	echo "ok 2 - no vector registers"
fi
# shellcheck disable=SC2086
nm $objects | awk '$1 == "U" { print $2 }' | sort -u >"$dir/wanted"
# shellcheck disable=SC2086
nm $objects | awk 'NF == 3 { print $3 }' | sort -u >"$dir/there"
LC_ALL=C sort -u "$dir/may" "$dir/there" >"$dir/known"
if LC_ALL=C sort "$dir/wanted" | LC_ALL=C comm -23 - "$dir/known" | sed 's/^/# calls /' | grep .; then
	echo "not ok 3 - no other functions"
else
	echo "ok 3 - no other functions"
fi
# In a process that runs already the storage that the FS base leads to belongs to others.
# To see it fail: take a file out of GUEST_OWN in the Makefile.
if make -s V="${build##*/}" guest-hit-path | tr ' ' '\n' | while read -r object; do
	readelf -Wr "$object" | grep -E 'TPOFF|TLSGD|TLSLD' | sed "s|^|# $object: |"
done | head -n 5 | grep .; then
	echo "not ok 4 - nothing of the guest's hit path uses thread-local storage"
else
	echo "ok 4 - nothing of the guest's hit path uses thread-local storage"
fi
