# SPDX-License-Identifier: BSD-2-Clause
# As needed.t: two paths that join, or a loop, of which the second way is worse; by the operation or
# argument behind which the need lies.
: behind a join: neg
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
if r9 == 5 goto other
r6 = -3
goto join
other: r6 = -30
join: r6 = -r6
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject map.oob
: behind a join: bswap16
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
if r9 == 5 goto other
r6 = 0x300
goto join
other: r6 = 0x3000
join: r6 = bswap16 r6
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject map.oob
: behind a join: movsx32
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
if r9 == 5 goto other
r6 = 3
goto join
other: r6 = 0x80000000 ll
join: r6 = (s32)r6
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject ptr.math_large
: behind a join: or
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
if r9 == 5 goto other
r6 = 1
goto join
other: r6 = 16
join: r6 |= 2
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject map.oob
: behind a join: xor16
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
if r9 == 5 goto other
r6 = 17
goto join
other: r6 = 1
join: r6 ^= 16
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject map.oob
: behind a join: and32neg
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
if r9 == 5 goto other
r6 = 7
goto join
other: r6 = 64
join: w6 &= -8
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject map.oob
: behind a join: lsh wrap
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
if r9 == 5 goto other
r6 = 3
goto join
other: r6 = 0x2000000000000003 ll
join: r6 <<= 2
r6 >>= 1
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject ptr.math_large
: behind a join: lsh32 arsh32
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
if r9 == 5 goto other
r6 = 3
goto join
other: r6 = -1
join: r6 <<= 32
r6 s>>= 32
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject map.oob
: behind a join: low then 64
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
if r9 == 5 goto other
r6 = 3
goto join
other: r6 = 0x100000003 ll
join: w5 = w6
r6 -= r5
r6 >>= 28
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject map.oob
: behind a join: jmp32 high
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
if r9 == 5 goto other
r6 = 3
goto join
other: r6 = 0x100000003 ll
join: if w6 > 15 goto x
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject ptr.math_large
: behind a join: jset mask
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
if r9 == 5 goto other
r6 = 3
goto join
other: r6 = 0x13
join: if r6 & 0xe0 goto x
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject map.oob
: behind a join: jset32 high
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
if r9 == 5 goto other
r6 = 3
goto join
other: r6 = 0x100000003 ll
join: if w6 & 0xfffffff0 goto x
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject ptr.math_large
: behind a join: edge after movsx
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
if r9 == 5 goto other
r6 = 3
goto join
other: r6 = 0x83
join: r7 = 100
r6 = (s8)r6
if r6 s< 0 goto jj
r7 = 8
jj: r6 = r7
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject map.oob
: behind a join: fork mask
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
if r9 == 5 goto other
r6 = 0
goto join
other: r6 = -1
join: r7 = r6
r7 s>>= 63
r7 &= 100
r6 = r7
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject map.oob
: behind a join: link delta
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r6 = r0
call 7
r7 = r0
call 7
r9 = r0
if r9 == 5 goto other
r7 = r6
r7 += 4
goto join
other: r7 = r9
r7 += 4
join: if r7 > 15 goto x
if r7 < 4 goto x
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject ptr.math_unbounded
: behind a join: link low vs wide
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r6 = r0
call 7
r7 = r0
call 7
r9 = r0
if r9 == 5 goto other
w6 = w6
r7 = r6
w7 += 4
goto join
other: w6 = w6
r7 = r6
r7 += 4
join: if r6 > 15 goto x
r7 += -4
r8 += r7
r0 = *(u8 *)(r8 + 2)
x: r0 = 0
exit
=> reject mem.max
: behind a join: link spill32
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r6 = r0
call 7
r7 = r0
call 7
r9 = r0
if r9 == 5 goto other
w6 = w6
*(u32 *)(r10 - 16) = r6
goto join
other: w6 = w6
*(u32 *)(r10 - 16) = r7
join: if r6 > 15 goto x
r6 = *(u32 *)(r10 - 16)
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject mem.unbounded
: behind a join: link eq two
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r6 = r0
call 7
r7 = r0
call 7
r9 = r0
if r9 == 5 goto other
r7 = 9
goto join
other: r7 = 99
join: if r6 != r7 goto x
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject map.oob
: behind a join: stack upper
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r6 = r0
call 7
r7 = r0
call 7
r9 = r0
if r9 == 5 goto other
*(u64 *)(r10 - 16) = 3
goto join
other: r3 = 0x3000000003 ll
*(u64 *)(r10 - 16) = r3
join: r6 = *(u32 *)(r10 - 12)
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject map.oob
: behind a join: stack ldsx
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r6 = r0
call 7
r7 = r0
call 7
r9 = r0
if r9 == 5 goto other
*(u64 *)(r10 - 16) = 3
goto join
other: *(u64 *)(r10 - 16) = 0xff
join: r6 = *(s8 *)(r10 - 16)
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject map.oob
: behind a join: stack var range
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r6 = r0
call 7
r7 = r0
call 7
r9 = r0
if r9 == 5 goto other
r7 = 4
goto join
other: r7 = 12
join: *(u64 *)(r10 - 16) = 3
r7 += r10
*(u8 *)(r7 - 24) = 90
r6 = *(u64 *)(r10 - 16)
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject ptr.math_unbounded
: behind a join: stack atomic fetch
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r6 = r0
call 7
r7 = r0
call 7
r9 = r0
if r9 == 5 goto other
*(u64 *)(r10 - 16) = 3
goto join
other: *(u64 *)(r10 - 16) = 30
join: r6 = 1
r6 = atomic_fetch_add((u64 *)(r10 - 16), r6)
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject map.oob
kernel: skip it does not follow what an atomic operation fetches
: behind a join: stack key wide
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r6 = r0
call 7
r7 = r0
call 7
r9 = r0
if r9 == 5 goto other
*(u64 *)(r10 - 24) = 3
goto join
other: *(u64 *)(r10 - 24) = 30
join: r1 = map_fd[1] ll
r2 = r10
r2 += -24
call 1
r0 = *(u8 *)(r0 + 0)
x: r0 = 0
exit
=> reject mem.nullable
: behind a join: call bounded result
type: kprobe
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
if r9 == 5 goto other
r7 = 8
goto join
other: r7 = 60
join: r1 = r10
r1 += -64
*(u64 *)(r10 - 64) = 0
*(u64 *)(r10 - 56) = 0
*(u64 *)(r10 - 48) = 0
*(u64 *)(r10 - 40) = 0
*(u64 *)(r10 - 32) = 0
*(u64 *)(r10 - 24) = 0
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 8) = 0
r2 = r7
r3 = r8
call 45
if r0 s< 0 goto x
r6 = r0
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject mem.max
: behind a join: call dynptr data len
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
if r9 == 5 goto other
r7 = 8
goto join
other: r7 = 4
join: r1 = r8
r2 = 16
r3 = 0
r4 = r10
r4 += -32
call 197
r1 = r10
r1 += -32
r2 = 0
r3 = r7
call 203
if r0 == 0 goto x
r0 = *(u64 *)(r0 + 0)
x: r0 = 0
exit
=> reject mem.oob
: behind a join: call slice size buf
type: sched_cls
kfunc: 1 bpf_dynptr_from_skb
kfunc: 2 bpf_dynptr_slice
map: 1 array 4 16 4
r6 = r1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
if r9 == 5 goto other
r7 = 8
goto join
other: r7 = 17
join: r1 = r6
r2 = 0
r3 = r10
r3 += -32
call kfunc 1
if r0 != 0 goto x
r1 = r10
r1 += -32
r2 = 0
r3 = r8
r4 = r7
call kfunc 2
if r0 == 0 goto x
r0 = *(u64 *)(r0 + 0)
x: r0 = 0
exit
=> reject map.oob
: behind a join: call loop ret
map: 1 array 4 16 4
func: 0 main static
func: 23 f static
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
if r9 == 5 goto other
*(u64 *)(r10 - 16) = 1
goto join
other: *(u64 *)(r10 - 16) = 2
join: r1 = 1
r2 = func f ll
r3 = r10
r3 += -16
r4 = 0
call 181
x: r0 = 0
exit
f: r0 = *(u64 *)(r2 + 0)
exit
=> reject call.callback_return
: behind a join: call loop writes ctx
map: 1 array 4 16 4
func: 0 main static
func: 28 f static
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
if r9 == 5 goto other
r7 = 2
goto join
other: r7 = 20
join: *(u64 *)(r10 - 16) = 1
*(u64 *)(r10 - 24) = r7
r1 = 1
r2 = func f ll
r3 = r10
r3 += -24
r4 = 0
call 181
r6 = *(u64 *)(r10 - 16)
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
f: r3 = *(u64 *)(r2 + 0)
*(u64 *)(r2 + 8) = r3
r0 = 0
exit
=> reject map.oob
: behind a join: call each value
map: 1 array 4 16 4
func: 0 main static
func: 25 f static
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
if r9 == 5 goto other
r7 = 2
goto join
other: r7 = 20
join: *(u64 *)(r10 - 24) = r7
r1 = map_fd[1] ll
r2 = func f ll
r3 = r10
r3 += -24
r4 = 0
call 164
x: r0 = 0
exit
f: r1 = *(u64 *)(r4 + 0)
r3 += r1
r0 = *(u8 *)(r3 + 0)
r0 = 0
exit
=> reject map.oob
: behind a join: call static edge
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
if r9 == 5 goto other
r7 = 2
goto join
other: r7 = 20
join: r1 = r7
call f
r6 = r0
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
f: r0 = 3
if r1 < 4 goto g
r0 = 30
g: exit
=> reject map.oob
: behind a join: meta pointer, less shown for one
type: xdp
r9 = r1
r7 = *(u32 *)(r9 + 8)
r2 = *(u32 *)(r9 + 0)
r6 = *(u32 *)(r9 + 16)
if r6 == 5 goto other
r3 = r7
r3 += 14
if r3 > r2 goto x
r5 = 0
r5 = 0
r5 = 0
r5 = 0
r5 = 0
r5 = 0
if r6 == 6 goto x
goto join
other: r3 = r7
r3 += 4
if r3 > r2 goto x
join: r0 = *(u8 *)(r7 + 13)
x: r0 = 0
exit
=> reject packet.oob
: behind a join: packet pointer moved down by a variable
type: xdp
r9 = r1
r7 = *(u32 *)(r9 + 0)
r2 = *(u32 *)(r9 + 4)
r6 = *(u32 *)(r9 + 16)
r4 = *(u32 *)(r9 + 12)
r4 &= 7
r7 += r4
if r6 == 5 goto other
r3 = r7
r3 += 14
if r3 > r2 goto x
r5 = 0
r5 = 0
r5 = 0
r5 = 0
r5 = 0
r5 = 0
if r6 == 6 goto x
goto join
other: r3 = r7
r3 += 4
if r3 > r2 goto x
join: r4 = -r4
r7 += r4
if r7 > r2 goto x
r0 = *(u8 *)(r7 + 13)
x: r0 = 0
exit
=> reject packet.negative
: behind a join: loop chain stack
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
r6 = 0
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 24) = 0
head: may_goto x
call 7
r9 = r0
if r9 == 7 goto use
if r9 == 5 goto bad
r5 = 0
r5 = 0
r5 = 0
r5 = 0
r5 = 0
r5 = 0
r5 = 0
r5 = 0
if r9 == 6 goto x
goto join
bad: r6 = *(u64 *)(r10 - 16)
r7 = *(u64 *)(r10 - 24)
*(u64 *)(r10 - 16) = r7
*(u64 *)(r10 - 24) = 64
join: r5 = 0
goto head
use: r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject ptr.math_unbounded
: behind a join: loop lsh
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
r6 = 1
head: may_goto x
call 7
r9 = r0
if r9 == 7 goto use
if r9 == 5 goto bad
r5 = 0
r5 = 0
r5 = 0
r5 = 0
r5 = 0
r5 = 0
r5 = 0
r5 = 0
if r9 == 6 goto x
goto join
bad: r6 <<= 1
join: r5 = 0
goto head
use: r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject ptr.math_unbounded
: behind a join: index through zero
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
r6 = 1
if r9 == 5 goto other
goto join
other: r6 = r9
call 7
r6 = r0
join: r6 %= 7
r6 &= 12
r6 += -2
r8 += r6
r0 = *(u8 *)(r8 + 3)
x: r0 = 0
exit
=> reject mem.unbounded
