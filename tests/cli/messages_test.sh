#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What does somebody read who gives `ring3 run` what it cannot use?  Word for word what messages.txt
# has, with the exit code, for an ordinary user and for root.
# To write messages.txt anew: RING3_GOLDEN=1, then read what changed.
set -u
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
golden=$PWD/tests/cli/messages.txt
cp "$BUILD"/tests/abi/missing.bpf.o "$BUILD"/tests/abi/huge.bpf.o "$stage"/
cat >"$stage/damage.py" <<'PY'
import struct

whole = open("malloc_hist.bpf.o", "rb").read()
off = struct.unpack_from("<Q", whole, 40)[0]
size, n, names = struct.unpack_from("<HHH", whole, 58)
heads = [struct.unpack_from("<IIQQQQ", whole, off + i * size) for i in range(n)]


def place(want):
    for name, _, _, _, at, _ in heads:
        start = heads[names][4] + name
        if whole[start : whole.index(b"\0", start)].decode() == want:
            return at


def write(name, section, at, value, count):
    data = bytearray(whole)
    start = place(section) + at
    data[start : start + count] = bytes([value]) * count
    open(name, "wb").write(data)


first = "uprobe/libc.so.6:malloc"
open("empty.o", "wb").write(b"")
open("text.o", "w").write("hello world\n")
open("header.o", "wb").write(whole[:64])
open("half.o", "wb").write(whole[: len(whole) // 2])
write("btf_magic.o", ".BTF", 0, 0, 1)
write("btf_length.o", ".BTF", 4, 0xFF, 20)
write("btf_types.o", ".BTF", 34, 0xFF, 64)
write("btf_ext.o", ".BTF.ext", 8, 0xFF, 16)
write("opcode.o", first, 0, 0xFF, 1)
write("register.o", first, 1, 0xBB, 1)
write("zeros.o", first, 0, 0, 8)
PY
(cd "$stage" && python3 damage.py)
dead=$(sh -c 'echo $$')

rows() {
	for o in empty text header half btf_magic btf_length btf_types btf_ext opcode register zeros; do
		row ./ring3 run $o.o -- true
	done
	row ./ring3 run missing.bpf.o -- true
	row timeout 20 ./ring3 run huge.bpf.o -- true
	row ./ring3 run -p "$dead" malloc_hist.bpf.o
	row ./ring3 run -p abc malloc_hist.bpf.o
	row ./ring3 run nowhere.o -- true
	row ./ring3 run . -- true
	row ./ring3 run malloc_hist.bpf.o -- ./nowhere
	row ./ring3 run
}

# What differs between machines is cut: the process, where libc lies.
row() {
	{
		echo "\$ $*"
		user "$@" </dev/null 2>&1
		echo "exit $?"
	} | sed -e "s/$dead/PID/" -e "s|in '/[^']*libc|in '/lib/libc|" -e "s|timeout 20 ||"
}

rows >"$stage/user.txt"
if [ -n "${RING3_GOLDEN:-}" ]; then
	cp "$stage/user.txt" "$golden"
fi
diff -u "$golden" "$stage/user.txt" >"$stage/out"
ok 'what a user reads' $?
as_user= RING3_DIR=$stage/root_run
rows >"$stage/root.txt"
diff -u "$golden" "$stage/root.txt" >"$stage/out"
ok 'what root reads' $?
finish
