# SPDX-License-Identifier: BSD-2-Clause
# Loads and stores in order (load_acquire, store_release): through which pointers, and what they carry.
: a slot of the stack loaded and stored in order
*(u64 *)(r10 - 8) = 3
r1 = load_acquire((u64 *)(r10 - 8))
store_release((u32 *)(r10 - 16), w1)
r2 = *(u32 *)(r10 - 16)
r0 = 0
exit
=> accept
: a map's value in order
map: 1 array 4 8 1
*(u32 *)(r10 - 4) = 0
r1 = map_fd[1] ll
r2 = r10
r2 += -4
call 1
if r0 == 0 goto out
r1 = load_acquire((u64 *)(r0 + 0))
store_release((u64 *)(r0 + 0), r1)
w2 = load_acquire((u16 *)(r0 + 2))
out: r0 = 0
exit
=> accept
: in order, beyond the value
map: 1 array 4 8 1
*(u32 *)(r10 - 4) = 0
r1 = map_fd[1] ll
r2 = r10
r2 += -4
call 1
if r0 == 0 goto out
r1 = load_acquire((u64 *)(r0 + 8))
out: r0 = 0
exit
=> reject map.oob
: in order, misaligned
map: 1 array 4 16 1
*(u32 *)(r10 - 4) = 0
r1 = map_fd[1] ll
r2 = r10
r2 += -4
call 1
if r0 == 0 goto out
r1 = load_acquire((u64 *)(r0 + 4))
out: r0 = 0
exit
=> reject mem.misaligned
: the context in order
type: xdp
w0 = load_acquire((u32 *)(r1 + 0))
r0 = 0
exit
=> reject mem.atomic_kind
: a packet in order
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 8
if r4 > r3 goto out
r5 = load_acquire((u64 *)(r2 + 0))
out: r0 = 0
exit
=> reject mem.atomic_kind
: a packet stored to in order
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 8
if r4 > r3 goto out
r5 = 1
store_release((u64 *)(r2 + 0), r5)
out: r0 = 0
exit
=> reject mem.atomic_kind
: a spilled pointer loaded in order stays one
*(u64 *)(r10 - 8) = r1
r2 = load_acquire((u64 *)(r10 - 8))
r0 = *(u32 *)(r2 + 0)
r0 = 0
exit
=> accept
: a pointer stored in order stays one
store_release((u64 *)(r10 - 8), r1)
r2 = *(u64 *)(r10 - 8)
r0 = *(u32 *)(r2 + 0)
r0 = 0
exit
=> accept
: a register that was never written, stored in order
store_release((u64 *)(r10 - 8), r5)
r0 = 0
exit
=> reject reg.uninit
: memory of a helper's, read only, stored to in order
map: 1 array 4 8 1 flags=128
*(u32 *)(r10 - 4) = 0
r1 = map_fd[1] ll
r2 = r10
r2 += -4
call 1
if r0 == 0 goto out
r1 = 1
store_release((u64 *)(r0 + 0), r1)
out: r0 = 0
exit
=> reject map.write_forbidden
