# SPDX-License-Identifier: BSD-2-Clause
# A number that varies is added, behind a join, to a pointer that varies: how much room either leaves
# the other.  (`call 7` gives an unknown number; the first path is the one that falls through.)
: sums: a constant further, by half the value
map: 1 array 4 48 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r6 = r0
r6 &= 7
call 7
r7 = r0
r7 &= 31
call 7
r8 += r6
if r0 == 5 goto other
goto join
other: r8 += 20
join: r8 += r7
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject mem.max
: sums: ... just inside
map: 1 array 4 48 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r6 = r0
r6 &= 7
call 7
r7 = r0
r7 &= 31
call 7
r8 += r6
if r0 == 5 goto other
goto join
other: r8 += 9
join: r8 += r7
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> accept
: sums: ... just outside
map: 1 array 4 48 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r6 = r0
r6 &= 7
call 7
r7 = r0
r7 &= 31
call 7
r8 += r6
if r0 == 5 goto other
goto join
other: r8 += 10
join: r8 += r7
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject mem.max
: sums: the number that is added first reaches further
map: 1 array 4 48 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r6 = r0
r6 &= 7
call 7
r7 = r0
r7 &= 31
call 7
r8 += r6
if r0 == 5 goto other
goto join
other: r9 = r7
r9 &= 16
r8 += r9
join: r8 += r7
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject mem.max
: sums: the pointer to the number
map: 1 array 4 48 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r6 = r0
r6 &= 7
call 7
r7 = r0
r7 &= 31
call 7
r8 += r6
if r0 == 5 goto other
goto join
other: r8 += 20
join: r7 += r8
r0 = *(u8 *)(r7 + 0)
x: r0 = 0
exit
=> reject mem.max
: sums: the number reaches further
map: 1 array 4 48 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r6 = r0
r6 &= 7
call 7
r7 = r0
r7 &= 31
call 7
r8 += r6
r7 &= 15
if r0 == 5 goto other
goto join
other: r7 += 26
join: r8 += r7
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject mem.max
: sums: ... just inside
map: 1 array 4 48 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r6 = r0
r6 &= 7
call 7
r7 = r0
r7 &= 31
call 7
r8 += r6
r7 &= 15
if r0 == 5 goto other
goto join
other: r7 += 25
join: r8 += r7
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> accept
: sums: in front of the value
map: 1 array 4 48 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r6 = r0
r6 &= 7
call 7
r7 = r0
r7 &= 31
call 7
r8 += r6
r8 += 8
if r0 == 5 goto other
goto join
other: r8 += -8
join: r8 += r7
r0 = *(u8 *)(r8 - 8)
x: r0 = 0
exit
=> reject mem.min
: sums: two numbers one after the other
map: 1 array 4 48 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r6 = r0
r6 &= 7
call 7
r7 = r0
r7 &= 31
call 7
r8 += r6
if r0 == 5 goto other
goto join
other: r8 += 3
join: r8 += r7
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject mem.max
: sums: ... just inside
map: 1 array 4 48 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r6 = r0
r6 &= 7
call 7
r7 = r0
r7 &= 31
call 7
r8 += r6
if r0 == 5 goto other
goto join
other: r8 += 2
join: r8 += r7
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> accept
: sums: wide access, just outside
map: 1 array 4 48 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r6 = r0
r6 &= 7
call 7
r7 = r0
r7 &= 31
call 7
r8 += r6
if r0 == 5 goto other
goto join
other: r8 += 3
join: r8 += r7
r0 = *(u64 *)(r8 + 0)
x: r0 = 0
exit
=> reject mem.max
: sums: wide access, just inside
map: 1 array 4 48 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r6 = r0
r6 &= 7
call 7
r7 = r0
r7 &= 31
call 7
r8 += r6
if r0 == 5 goto other
goto join
other: r8 += 2
join: r8 += r7
r0 = *(u64 *)(r8 + 0)
x: r0 = 0
exit
=> accept
: sums: two accesses, the first asks for less
map: 1 array 4 48 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r6 = r0
r6 &= 7
call 7
r7 = r0
r7 &= 31
call 7
r8 += r6
if r0 == 5 goto other
goto join
other: r8 += 5
join: r8 += r7
r1 = *(u8 *)(r8 + 0)
r0 = *(u64 *)(r8 + 0)
x: r0 = 0
exit
=> reject mem.max
: sums: stored through
map: 1 array 4 48 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r6 = r0
r6 &= 7
call 7
r7 = r0
r7 &= 31
call 7
r8 += r6
if r0 == 5 goto other
goto join
other: r8 += 10
join: r8 += r7
*(u8 *)(r8 + 0) = 1
x: r0 = 0
exit
=> reject mem.max
