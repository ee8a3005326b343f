# SPDX-License-Identifier: BSD-2-Clause
# What counts the rounds of a loop (rounds.c): r0, numbers beyond 2^32, two numbers at once.
: r0 counts, and a helper writes it
limit: visits 20000
r9 = r1
r0 = 0
l: if r0 < 20 goto m
r7 = *(u32 *)(r9 + 0)
if r7 == 0 goto b
m: r0 += 1
if r0 < 200 goto l
x: r0 = 0
exit
b: call 7
if r0 < 20 goto x
if r0 > 190 goto x
r0 += 1
if r0 < 200 goto l
goto x
=> reject loop.infinite
kernel: skip takes it seconds
: ... a function does
limit: visits 20000
r9 = r1
r0 = 0
l: if r0 < 20 goto m
r7 = *(u32 *)(r9 + 0)
if r7 == 0 goto b
m: r0 += 1
if r0 < 200 goto l
x: r0 = 0
exit
b: call f
r0 += 1
if r0 < 200 goto l
goto x
f: r0 = 25
exit
=> reject loop.infinite
: ... the packet does
limit: visits 20000
r9 = r1
r0 = 0
l: if r0 < 20 goto m
r7 = *(u32 *)(r9 + 0)
if r7 == 0 goto b
m: r0 += 1
if r0 < 200 goto l
x: r0 = 0
exit
b: r6 = r9
r0 = *(u8 *)skb[3]
if r0 < 20 goto x
if r0 > 190 goto x
r0 += 1
if r0 < 200 goto l
goto x
=> reject loop.infinite
kernel: skip takes it seconds
: the lower half is kept of a number beyond 2^32
limit: visits 20000
r8 = 8589934592 ll
r7 = 4294967300 ll
r6 = 0
l: if r6 < r7 goto m
call 7
if r0 == 0 goto b
m: r6 += 1048576
if r6 < r8 goto l
x: r0 = 0
exit
b: w6 = w6
r6 += 1048576
if r6 < r8 goto l
goto x
=> reject limit.visits
kernel: skip takes it seconds
: ... by way of the stack
limit: visits 20000
r8 = 8589934592 ll
r7 = 4294967300 ll
r6 = 0
l: if r6 < r7 goto m
call 7
if r0 == 0 goto b
m: r6 += 1048576
if r6 < r8 goto l
x: r0 = 0
exit
b: *(u64 *)(r10 - 8) = r6
r6 = *(u32 *)(r10 - 8)
r6 += 1048576
if r6 < r8 goto l
goto x
=> reject limit.visits
kernel: skip takes it seconds
: ... and half a spill
limit: visits 20000
r8 = 8589934592 ll
r7 = 4294967300 ll
r6 = 0
l: if r6 < r7 goto m
call 7
if r0 == 0 goto b
m: r6 += 1048576
if r6 < r8 goto l
x: r0 = 0
exit
b: *(u32 *)(r10 - 8) = r6
r6 = *(u32 *)(r10 - 8)
r6 += 1048576
if r6 < r8 goto l
goto x
=> reject limit.visits
kernel: skip takes it seconds
: ... by an addition
limit: visits 20000
r8 = 8589934592 ll
r7 = 4294967300 ll
r6 = 0
l: if r6 < r7 goto m
call 7
if r0 == 0 goto b
m: r6 += 1048576
if r6 < r8 goto l
x: r0 = 0
exit
b: w6 += 0
r6 += 1048576
if r6 < r8 goto l
goto x
=> reject limit.visits
kernel: skip takes it seconds
: ... before it meets the other
limit: visits 20000
r9 = 4294967296 ll
r8 = 8589934592 ll
r7 = 4294967300 ll
r6 = 0
l: if r6 & r9 goto y
m: r6 += 1048576
if r6 < r8 goto l
x: r0 = 0
exit
y: call 7
if r0 == 0 goto b
n: r0 = 1
goto m
b: w6 = w6
if r6 & r9 goto n
goto x
=> reject limit.visits
kernel: skip takes it seconds
: one counts up while another goes down, and the other way round
limit: visits 20000
r9 = r1
r6 = 100
r7 = 100
l: r8 = *(u32 *)(r9 + 0)
if r6 & 16 goto y
m: r7 += -1
if r7 < 10 goto x
r6 += 1
if r6 < 200 goto l
x: r0 = 0
exit
y: if r8 != 0 goto m
r6 += -1
if r6 < 10 goto x
r7 += 1
if r7 < 200 goto l
goto x
=> reject loop.infinite
: one of two counters is held back before the ways meet, the other on a third way
limit: visits 20000
r6 = 0
r7 = 0
l: if r6 & 32 goto y
m: r7 += 1
if r7 > 199 goto x
r6 += 1
if r6 < 200 goto l
x: r0 = 0
exit
y: call 7
if r0 == 0 goto b
if r0 == 1 goto c
n: r0 = 1
goto m
c: if r7 < 10 goto x
r7 += -1
r6 += 1
if r6 < 200 goto l
goto x
b: r6 += -3
if r6 & 32 goto n
goto x
=> reject loop.infinite
: of two numbers that count, one takes the other's place
limit: visits 20000
r6 = 0
r7 = 0
l: if r6 & 32 goto y
m: r7 += 1
if r7 > 100 goto x
r6 += 2
if r6 < 200 goto l
x: r0 = 0
exit
y: call 7
if r0 != 0 goto m
r6 = r7
r6 += 1
if r7 < 16 goto x
r7 += -1
goto l
=> reject loop.infinite
: ... before the ways meet
limit: visits 20000
r6 = 0
r7 = 0
l: if r6 & 32 goto y
m: r7 += 1
if r7 > 100 goto x
r6 += 2
if r6 < 200 goto l
x: r0 = 0
exit
y: call 7
if r0 == 0 goto b
n: r0 = 1
goto m
b: r6 = r7
if r7 < 16 goto x
r7 += -1
if r6 & 32 goto n
goto x
=> reject loop.infinite
: the counter on the stack is put back before the ways meet
limit: visits 20000
r6 = 0
l: *(u64 *)(r10 - 8) = r6
if r6 & 32 goto y
m: r6 = *(u64 *)(r10 - 8)
r6 += 1
if r6 < 200 goto l
x: r0 = 0
exit
y: call 7
if r0 == 0 goto b
n: r0 = 1
goto m
b: r6 += -1
*(u64 *)(r10 - 8) = r6
if r6 & 32 goto n
goto x
=> reject loop.infinite
: more copies of the counter than are followed
limit: visits 20000
r6 = 0
l: *(u64 *)(r10 - 8) = r6
*(u64 *)(r10 - 16) = r6
*(u64 *)(r10 - 24) = r6
*(u64 *)(r10 - 32) = r6
*(u64 *)(r10 - 40) = r6
*(u64 *)(r10 - 48) = r6
*(u64 *)(r10 - 56) = r6
*(u64 *)(r10 - 64) = r6
*(u64 *)(r10 - 72) = r6
*(u64 *)(r10 - 80) = r6
*(u64 *)(r10 - 88) = r6
*(u64 *)(r10 - 96) = r6
*(u64 *)(r10 - 104) = r6
*(u64 *)(r10 - 112) = r6
*(u64 *)(r10 - 120) = r6
if r6 < 20 goto m
call 7
if r0 == 0 goto b
m: r0 = 0
r1 = *(u64 *)(r10 - 8)
r0 += r1
r1 = *(u64 *)(r10 - 16)
r0 += r1
r1 = *(u64 *)(r10 - 24)
r0 += r1
r1 = *(u64 *)(r10 - 32)
r0 += r1
r1 = *(u64 *)(r10 - 40)
r0 += r1
r1 = *(u64 *)(r10 - 48)
r0 += r1
r1 = *(u64 *)(r10 - 56)
r0 += r1
r1 = *(u64 *)(r10 - 64)
r0 += r1
r1 = *(u64 *)(r10 - 72)
r0 += r1
r1 = *(u64 *)(r10 - 80)
r0 += r1
r1 = *(u64 *)(r10 - 88)
r0 += r1
r1 = *(u64 *)(r10 - 96)
r0 += r1
r1 = *(u64 *)(r10 - 104)
r0 += r1
r1 = *(u64 *)(r10 - 112)
r0 += r1
r1 = *(u64 *)(r10 - 120)
r0 += r1
r6 += 1
if r6 < 60 goto l
x: r0 = 0
exit
b: r6 += 1
r6 += 1
if r6 < 60 goto l
goto x
=> accept
