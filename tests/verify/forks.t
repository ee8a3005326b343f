# SPDX-License-Identifier: BSD-2-Clause
# Two paths that fork behind a checkpoint: what only the second one needs must tell the checkpoint
# from a worse state all the same.  (Lookups are of values of 16 bytes; `call 7` gives an unknown
# number.)
: an offset, and the other is worse
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r7 = r0
call 7
r9 = r0
if r9 == 5 goto other
r6 = 1
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
if r9 == 6 goto x
goto join
other: r6 = 100
join: r4 = 1
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
if r7 == 0 goto use
r1 = 1
r8 += r1
r0 = *(u8 *)(r8 + 0)
goto x
use: r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject map.oob
: a number as it was, and the other is worse
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r7 = r0
call 7
r9 = r0
if r9 == 5 goto other
r6 = 1
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
if r9 == 6 goto x
goto join
other: r6 = 100
join: r4 = 1
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
if r7 == 0 goto use
r1 = 3
r8 += r1
r0 = *(u8 *)(r8 + 0)
goto x
use: r6 *= 3
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject map.oob
: a spilled number, and the other is worse
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r7 = r0
call 7
r9 = r0
if r9 == 5 goto other
*(u64 *)(r10 - 16) = 1
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
if r9 == 6 goto x
goto join
other: *(u64 *)(r10 - 16) = 100
join: r4 = 1
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
if r7 == 0 goto use
r1 = 3
r8 += r1
r0 = *(u8 *)(r8 + 0)
goto x
use: r6 = *(u64 *)(r10 - 16)
r6 *= 3
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject map.oob
: an offset, and the other is as good
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r7 = r0
call 7
r9 = r0
if r9 == 5 goto other
r6 = 1
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
if r9 == 6 goto x
goto join
other: r6 = 2
join: r4 = 1
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
if r7 == 0 goto use
r1 = 1
r8 += r1
r0 = *(u8 *)(r8 + 0)
goto x
use: r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> accept
: a number as it was, and the other is as good
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r7 = r0
call 7
r9 = r0
if r9 == 5 goto other
r6 = 1
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
if r9 == 6 goto x
goto join
other: r6 = 2
join: r4 = 1
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
if r7 == 0 goto use
r1 = 3
r8 += r1
r0 = *(u8 *)(r8 + 0)
goto x
use: r6 *= 3
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> accept
: a spilled number, and the other is as good
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r7 = r0
call 7
r9 = r0
if r9 == 5 goto other
*(u64 *)(r10 - 16) = 1
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
if r9 == 6 goto x
goto join
other: *(u64 *)(r10 - 16) = 2
join: r4 = 1
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
if r7 == 0 goto use
r1 = 3
r8 += r1
r0 = *(u8 *)(r8 + 0)
goto x
use: r6 = *(u64 *)(r10 - 16)
r6 *= 3
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> accept
: a wider access behind a narrow one
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r7 = r0
call 7
r9 = r0
if r9 == 5 goto other
r6 = 1
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
if r9 == 6 goto x
goto join
other: r6 = 12
join: r4 = 1
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
if r7 == 0 goto use
r1 = r8
r1 += r6
r0 = *(u8 *)(r1 + 0)
goto x
use: r8 += r6
r0 = *(u64 *)(r8 + 0)
x: r0 = 0
exit
=> reject map.oob
: a narrow access behind a wider one
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r7 = r0
call 7
r9 = r0
if r9 == 5 goto other
r6 = 1
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
if r9 == 6 goto x
goto join
other: r6 = 12
join: r4 = 1
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
if r7 == 0 goto use
r1 = r8
r1 += r6
r0 = *(u16 *)(r1 + 0)
goto x
use: r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> accept
: more bytes of the packet, and the other has few
type: xdp
r6 = r1
r1 = *(u32 *)(r6 + 0)
r2 = *(u32 *)(r6 + 4)
r7 = *(u32 *)(r6 + 12)
r9 = *(u32 *)(r6 + 16)
r3 = r1
r3 += 14
if r9 == 5 goto other
if r3 > r2 goto x
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
if r9 == 6 goto x
goto join
other: r3 = r1
r3 += 4
if r3 > r2 goto x
join: r4 = 1
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
if r7 == 0 goto use
r0 = *(u8 *)(r1 + 0)
goto x
use: r0 = *(u8 *)(r1 + 12)
x: r0 = 0
exit
=> reject packet.oob
: more bytes of the packet, and the other has enough
type: xdp
r6 = r1
r1 = *(u32 *)(r6 + 0)
r2 = *(u32 *)(r6 + 4)
r7 = *(u32 *)(r6 + 12)
r9 = *(u32 *)(r6 + 16)
r3 = r1
r3 += 14
if r9 == 5 goto other
if r3 > r2 goto x
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
if r9 == 6 goto x
goto join
other: r3 = r1
r3 += 13
if r3 > r2 goto x
join: r4 = 1
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
r4 = 0
if r7 == 0 goto use
r0 = *(u8 *)(r1 + 0)
goto x
use: r0 = *(u8 *)(r1 + 12)
x: r0 = 0
exit
=> accept
