# SPDX-License-Identifier: BSD-2-Clause
# Numbers that are cut to 32 bits by two shifts, as compilers do for machines without 32-bit
# instructions: what learns with what, and loops that are counted so.
: a number of 32 bits learns with a copy that was shifted up and back
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
call 7
r6 = r0
r6 >>= 32
r7 = r6
r7 <<= 32
r7 >>= 32
if r7 > 15 goto x
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
kernel: reject
=> accept
: ... not one of 64 bits
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
call 7
r6 = r0
r7 = r6
r7 <<= 32
r7 >>= 32
if r7 > 15 goto x
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject ptr.math_unbounded
: ... nor by another distance
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
call 7
r6 = r0
r6 >>= 32
r7 = r6
r7 <<= 32
r7 >>= 33
if r7 > 15 goto x
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject mem.unbounded
: ... nor with another register
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
call 7
r6 = r0
r6 >>= 32
r7 = r6
r5 = r6
r5 <<= 32
r7 >>= 32
if r7 > 15 goto x
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject mem.unbounded
: ... nor where a path comes to the second shift alone
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
call 7
r6 = r0
r6 >>= 32
r7 = r6
if r9 == 5 goto s
r7 <<= 32
s: r7 >>= 32
if r7 > 15 goto x
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject mem.unbounded
: ... nor with the sign, beyond 31 bits
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
call 7
r6 = r0
r6 >>= 32
r7 = r6
r7 <<= 32
r7 s>>= 32
if r7 s> 15 goto x
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject mem.unbounded
: ... with the sign, of 31 bits
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
call 7
r6 = r0
r6 >>= 33
r7 = r6
r7 <<= 32
r7 s>>= 32
if r7 s> 15 goto x
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
kernel: reject
=> accept
: a loop whose counter is tested by a copy that was shifted
r6 = 0
l: r6 += 1
r7 = r6
r7 <<= 32
r7 >>= 32
if r7 != 600000 goto l
r0 = 0
exit
kernel: skip takes it seconds
=> accept
: ... down, by one that keeps the sign
r6 = 600000
l: r6 += -1
r7 = r6
r7 <<= 32
r7 s>>= 32
if r7 s> 0 goto l
r0 = 0
exit
kernel: skip takes it seconds
=> accept
: ... that never comes to that number
r6 = 0
l: r6 += 2
r7 = r6
r7 <<= 32
r7 >>= 32
if r7 != 600001 goto l
r0 = 0
exit
kernel: skip takes it seconds
=> reject limit.visits
: ... that is shifted itself, up only
r6 = 1
l: r6 <<= 32
r6 += 1
if r6 != 5 goto l
r0 = 0
exit
=> reject loop.infinite
: ... whose upper half is tested
r6 = 0
l: r6 += 1
r7 = r6
r7 <<= 32
if r7 != 5 goto l
r0 = 0
exit
kernel: skip takes it seconds
=> reject limit.visits
: ... that counts what is added beside it
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r6 = 0
l: r0 += 1
r1 = *(u8 *)(r0 + 0)
r6 += 1
r7 = r6
r7 <<= 32
r7 >>= 32
if r7 != 16 goto l
x: r0 = 0
exit
=> reject map.oob
