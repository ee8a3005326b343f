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
: NULL is an argument, another number is none
func: 0 main static ctx
func: 22 f static int ctx
call 7
r9 = r0
r3 = 0
if r9 == 5 goto other
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
other: r3 = 7
join: r1 = 1
r2 = func f ll
r4 = 0
call 181
x: r0 = 0
exit
f: r0 = 0
exit
=> reject call.arg_type
kernel: accept
: NULL is an argument of a global function, another number is none
func: 0 main static ctx
func: 18 g global mem16
call 7
r9 = r0
r1 = 0
if r9 == 5 goto other
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
other: r1 = 7
join: call g
x: r0 = 0
exit
g: if r1 == 0 goto y
r0 = *(u64 *)(r1 + 8)
y: r0 = 0
exit
=> reject call.global_args
: two packet pointers of one base, of which less was shown for one
type: xdp
r9 = r1
r7 = *(u32 *)(r9 + 0)
r2 = *(u32 *)(r9 + 4)
r3 = r7
r3 += 14
if r3 > r2 goto x
r6 = *(u32 *)(r9 + 16)
r8 = *(u32 *)(r9 + 0)
if r6 == 5 goto join
r3 = r8
r3 += 4
if r3 > r2 goto x
r5 = 0
r5 = 0
r5 = 0
r5 = 0
r5 = 0
r5 = 0
if r6 == 6 goto x
join: r5 = 0
r0 = *(u8 *)(r8 + 1)
r0 = *(u8 *)(r7 + 13)
x: r0 = 0
exit
=> reject packet.oob
: two intervals of one register, which an instruction moves one after the other
map: 1 array 4 64 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r6 = r0
r9 = 2
if r6 == 5 goto other
r5 = 0
r5 = 0
r5 = 0
r5 = 0
r5 = 0
r5 = 0
r5 = 0
r5 = 0
if r6 == 6 goto x
goto join
other: r9 = -1
join: r9 += 3
r7 = r9
if r7 > 7 goto x
r9 -= 3
r8 += r9
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject map.oob
: what was added is asked for too
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
r7 = 2
if r9 == 5 goto other
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
other: r7 = 100
join: r6 |= r7
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject map.oob
: what was spilled is asked for
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
*(u64 *)(r10 - 16) = 2
if r9 == 5 goto other
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
other: *(u64 *)(r10 - 16) = 100
join: r6 = *(u64 *)(r10 - 16)
r6 |= 1
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject map.oob
: fewer bytes of the packet are shown again
type: xdp
r9 = r1
r7 = *(u32 *)(r9 + 0)
r2 = *(u32 *)(r9 + 4)
r6 = *(u32 *)(r9 + 16)
if r6 == 5 goto join
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
join: r3 = r7
r3 += 4
if r3 > r2 goto x
r0 = *(u8 *)(r7 + 13)
x: r0 = 0
exit
=> reject packet.oob
: what a loop needs is found behind a path that it ended
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
r6 = 0
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
bad: r6 = 100
join: r5 = 0
goto head
use: r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject ptr.math_unbounded
: the upper half of a slot is read behind a join, the lower one is dead
map: 1 array 4 16 4
*(u32 *)(r10 - 12) = 0
r2 = r10
r2 += -12
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r7 = r0
call 7
*(u32 *)(r10 - 8) = 7
if r0 == 5 goto other
*(u32 *)(r10 - 4) = 0
goto join
other: *(u32 *)(r10 - 4) = 100
join: r6 = *(u32 *)(r10 - 4)
r7 += r6
r0 = *(u8 *)(r7 + 0)
x: r0 = 0
exit
=> reject mem.unbounded
: the lower half of a slot is read behind a join, the upper one is dead
map: 1 array 4 16 4
*(u32 *)(r10 - 12) = 0
r2 = r10
r2 += -12
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r7 = r0
call 7
*(u32 *)(r10 - 4) = 7
if r0 == 5 goto other
*(u32 *)(r10 - 8) = 0
goto join
other: *(u32 *)(r10 - 8) = 100
join: r6 = *(u32 *)(r10 - 8)
r7 += r6
r0 = *(u8 *)(r7 + 0)
x: r0 = 0
exit
=> reject map.oob
: two numbers that a register may not be, which an instruction moves one onto the other
map: 1 array 4 64 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r6 = r0
r9 = 100
if r6 == 5 goto other
r5 = 0
r5 = 0
r5 = 0
r5 = 0
r5 = 0
r5 = 0
r5 = 0
r5 = 0
if r6 == 6 goto x
goto join
other: r9 = -5
join: r9 += 5
if r9 == -5 goto bm
if r9 == 0 goto b0
goto x
b0: r0 = *(u8 *)(r8 + 64)
goto x
bm: r0 = 0
x: r0 = 0
exit
=> reject map.oob
