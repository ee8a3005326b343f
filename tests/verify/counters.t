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
goto m
=> reject limit.visits
kernel: skip takes it seconds
: one counts up while another goes down, and the other way round
limit: visits 20000
r9 = r1
r6 = 100
r7 = 100
l: r8 = *(u32 *)(r9 + 0)
if r6 < 103 goto m
if r8 == 0 goto b
m: r7 += -1
if r7 < 10 goto x
r6 += 1
if r6 < 200 goto l
x: r0 = 0
exit
b: r6 += -1
if r6 < 10 goto x
r7 += 1
if r7 < 200 goto l
goto x
=> reject loop.infinite
: one of two counters is held back before the ways meet, the other on a third way
limit: visits 20000
r6 = 0
r7 = 0
l: if r6 < 40 goto m
call 7
if r0 == 0 goto b
if r0 == 1 goto c
m: r7 += 1
if r7 > 199 goto x
r6 += 1
if r6 < 200 goto l
x: r0 = 0
exit
c: if r7 < 50 goto x
r7 += -1
r6 += 1
if r6 < 200 goto l
goto x
b: if r6 < 50 goto x
r6 += -3
goto m
=> reject loop.infinite
: of two numbers that count, one takes the other's place
limit: visits 20000
r6 = 0
r7 = 0
l: if r6 < 40 goto m
if r7 < 45 goto m
call 7
if r0 == 0 goto b
m: r7 += 1
if r7 > 100 goto x
r6 += 2
if r6 < 200 goto l
x: r0 = 0
exit
b: r6 = r7
r6 += 1
r7 += -20
goto l
=> reject loop.infinite
: ... before the ways meet
limit: visits 20000
r6 = 0
r7 = 0
l: if r6 < 40 goto m
if r7 < 45 goto m
call 7
if r0 == 0 goto b
m: r7 += 1
if r7 > 100 goto x
r6 += 2
if r6 < 200 goto l
x: r0 = 0
exit
b: r6 = r7
r7 += -20
goto m
=> reject loop.infinite
: the counter on the stack is put back before the ways meet
limit: visits 20000
r6 = 0
l: *(u64 *)(r10 - 8) = r6
if r6 < 20 goto m
call 7
if r0 == 0 goto b
m: r6 = *(u64 *)(r10 - 8)
r6 += 1
if r6 < 200 goto l
x: r0 = 0
exit
b: if r6 < 30 goto x
r6 += -1
*(u64 *)(r10 - 8) = r6
goto m
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
: steps of a quarter of 2^32 in all of it
limit: visits 20000
r9 = r1
r5 = 0
r6 = *(u32 *)(r9 + 0)
l: w6 += 1073741824
if r5 & 2 goto y
n: r5 += 1
if r5 < 1000000000 goto l
x: r0 = 0
exit
y: if w6 > -2000000000 goto x
goto n
=> reject limit.visits
kernel: skip takes it seconds
: ... in so much of it that one of them is missing
limit: visits 20000
r9 = r1
r5 = 0
r6 = *(u32 *)(r9 + 0)
if w6 > -1073741824 goto x
l: w6 += 1073741824
if w6 > -1073741824 goto x
if r5 & 2 goto y
n: r5 += 1
if r5 < 1000000000 goto l
x: r0 = 0
exit
y: if w6 > -2000000000 goto x
goto n
=> reject limit.visits
kernel: skip takes it seconds
: two ways of as many rounds as one may have
limit: visits 20000
r6 = 0
l: if r6 < 800000 goto m
r6 += 1
if r6 < 1600000 goto l
goto x
m: r6 += 1
if r6 < 800001 goto l
x: r0 = 0
exit
=> reject limit.visits
kernel: skip takes it seconds
: two loops of a thousand rounds one after the other, in one of a thousand
r6 = 0
l: r7 = 0
m: r7 += 1
if r7 < 1000 goto m
r8 = 0
n: r8 += 1
if r8 < 1000 goto n
r6 += 1
if r6 < 1000 goto l
r0 = 0
exit
=> accept
kernel: skip takes it seconds
