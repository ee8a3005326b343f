# SPDX-License-Identifier: BSD-2-Clause
# Two paths joined at a checkpoint, of which the second is worse: what the first one needed must
# tell them apart.  (Lookups are of values of 16 bytes; `call 7` gives an unknown number.)
: a register learnt through one linked with it, and the other path has no link
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
r9 = r0
if r9 == 5 goto other
r7 = r6
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
other: r7 = r9
r7 <<= 1
r7 *= 3
join: if r6 > 15 goto x
r8 += r7
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject map.oob
: a byte of a spilled zero is overwritten by zero, and the other path spilled -1
map: 1 array 4 16 4
*(u32 *)(r10 - 20) = 0
r2 = r10
r2 += -20
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
r8 += 8
call 7
r7 = r0
r7 &= 7
call 7
r9 = r0
if r9 == 5 goto other
*(u64 *)(r10 - 8) = 0
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
other: *(u64 *)(r10 - 8) = -1
join: r7 += r10
*(u8 *)(r7 - 8) = 0
r6 = *(u64 *)(r10 - 8)
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject ptr.math_unbounded
: an atomic wants its alignment, not only its room
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
r7 = 1
if r9 == 5 goto other
r6 = 8
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
other: r6 = 1
join: r8 += r6
lock *(u64 *)(r8 + 0) += r7
x: r0 = 0
exit
=> reject mem.misaligned
