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
: ordered load of an element's key
map: 1 hash 8 16 4
func: 0 main static ctx
func: 9 f static int ctx
r1 = map_fd[1] ll
r2 = func f ll
r3 = 0
r4 = 0
call 164
r0 = 0
exit
f: r1 = load_acquire((u64 *)(r2 + 0))
r0 = 0
exit
=> accept
: ordered load behind an element's key
map: 1 hash 8 16 4
func: 0 main static ctx
func: 9 f static int ctx
r1 = map_fd[1] ll
r2 = func f ll
r3 = 0
r4 = 0
call 164
r0 = 0
exit
f: r1 = load_acquire((u64 *)(r2 + 8))
r0 = 0
exit
=> reject map.key_oob
: ordered store into an element's key
map: 1 hash 8 16 4
func: 0 main static ctx
func: 9 f static int ctx
r1 = map_fd[1] ll
r2 = func f ll
r3 = 0
r4 = 0
call 164
r0 = 0
exit
f: store_release((u64 *)(r2 + 0), r1)
r0 = 0
exit
=> reject map.key_write
: ordered load of a kernel object's member
type: tracing 23
target: btf_trace_sched_switch
r1 = *(u64 *)(r1 + 8)
w0 = load_acquire((u32 *)(r1 + 16))
r0 = 0
exit
=> accept
: ordered store into one
type: tracing 23
target: btf_trace_sched_switch
r1 = *(u64 *)(r1 + 8)
r0 = 0
store_release((u32 *)(r1 + 16), w0)
exit
=> reject typed.write
: ordered load and store of an arena
type: sched_cls
map: 1 arena 0 0 1 flags=1024
r2 = map_fd[1] ll
r3 = 4097
r1 = addr_space_cast(r3, 0, 1)
r0 = load_acquire((u64 *)(r1 + 3))
store_release((u64 *)(r1 + 3), r0)
lock *(u64 *)(r1 + 1) |= r0
exit
=> accept
kernel: skip its arena has no user address
: ... whose bits are not fetched and changed in one
type: sched_cls
map: 1 arena 0 0 1 flags=1024
r2 = map_fd[1] ll
r3 = 4096
r1 = addr_space_cast(r3, 0, 1)
r0 = 1
r0 = atomic_fetch_or((u64 *)(r1 + 8), r0)
exit
=> reject mem.atomic_kind
kernel: reject its arena has no user address
