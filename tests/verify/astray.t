# SPDX-License-Identifier: BSD-2-Clause
# Loops whose number counts otherwise in late rounds, or on a way that is taken now and then: what
# follows it (rounds.c) must notice, or they never end.  Linux walks each round.
: helper overwrites the slot late, no join before the load
type: kprobe
limit: visits 50000
*(u64 *)(r10 - 8) = 0
l: r6 = *(u64 *)(r10 - 8)
if r6 < 50 goto m
r1 = r10
r1 += -16
r2 = 16
call 16
r1 = *(u64 *)(r10 - 8)
r1 += 1
if r1 > 200 goto x
*(u64 *)(r10 - 8) = r1
goto l
m: r1 = *(u64 *)(r10 - 8)
r1 += 1
if r1 > 200 goto x
*(u64 *)(r10 - 8) = r1
goto l
x: r0 = 0
exit
=> reject loop.infinite
kernel: skip walks each round
: numbers that change places
limit: visits 50000
r6 = 0
r7 = 0
l: if r6 < 20 goto m
call 7
if r0 == 0 goto b
m: r6 += 1
r7 += 1
if r6 > 200 goto x
if r7 > 200 goto x
if r7 s< 0 goto x
goto l
b: r8 = r6
r6 = r7
r7 = r8
r6 += 1
r7 += -1
if r6 > 200 goto x
if r7 > 200 goto x
if r7 s< 0 goto x
goto l
x: r0 = 0
exit
=> reject loop.infinite
kernel: skip walks each round
: numbers that change places before ways meet
limit: visits 50000
r6 = 0
r7 = 200
l: call 7
if r0 == 0 goto b
goto t
b: r8 = r6
r6 = r7
r7 = r8
t: r6 += 1
r7 += -1
if r6 > 300 goto x
if r7 s< -300 goto x
if r7 s> 300 goto x
goto l
x: r0 = 0
exit
=> reject loop.infinite
kernel: skip walks each round
: numbers that change places late, before ways meet
limit: visits 50000
r6 = 0
r7 = 1000
l: if r6 < 20 goto t
call 7
if r0 != 0 goto t
r8 = r6
r6 = r7
r7 = r8
t: r6 += 1
r7 += -1
if r6 > 2000 goto x
if r7 s< -2000 goto x
if r7 s> 2000 goto x
goto l
x: r0 = 0
exit
=> reject loop.infinite
kernel: skip walks each round
: cut to 32 bits before ways meet
limit: visits 50000
r9 = 0x1000000000 ll
r6 = 0
l: call 7
if r0 != 0 goto t
w6 = w6
t: r6 += 0x10000000
if r6 < r9 goto l
r0 = 0
exit
=> reject loop.infinite
kernel: skip walks each round
: cut to 32 bits on a way of its own
limit: visits 50000
r9 = 0x1000000000 ll
r6 = 0
l: call 7
if r0 != 0 goto t
w6 = w6
r6 += 0x10000000
if r6 < r9 goto l
goto x
t: r6 += 0x10000000
if r6 < r9 goto l
x: r0 = 0
exit
=> reject loop.infinite
kernel: skip walks each round
: cut to 32 bits through another register
limit: visits 50000
r9 = 0x1000000000 ll
r6 = 0
l: call 7
if r0 != 0 goto t
w7 = w6
r6 = r7
r6 += 0x10000000
if r6 < r9 goto l
goto x
t: r6 += 0x10000000
if r6 < r9 goto l
x: r0 = 0
exit
=> reject loop.infinite
kernel: skip walks each round
: cut to 32 bits through the stack
limit: visits 50000
r9 = 0x1000000000 ll
r6 = 0
l: call 7
if r0 != 0 goto t
*(u64 *)(r10 - 8) = r6
r6 = *(u32 *)(r10 - 8)
r6 += 0x10000000
if r6 < r9 goto l
goto x
t: r6 += 0x10000000
if r6 < r9 goto l
x: r0 = 0
exit
=> reject loop.infinite
kernel: skip walks each round
: ... by a store of half of it
limit: visits 50000
r9 = 0x1000000000 ll
r6 = 0
l: call 7
if r0 != 0 goto t
*(u64 *)(r10 - 8) = 0
*(u32 *)(r10 - 8) = r6
r6 = *(u64 *)(r10 - 8)
r6 += 0x10000000
if r6 < r9 goto l
goto x
t: r6 += 0x10000000
if r6 < r9 goto l
x: r0 = 0
exit
=> reject loop.infinite
kernel: skip walks each round
: a slot goes back before ways meet
limit: visits 50000
*(u64 *)(r10 - 8) = 0
l: call 7
if r0 != 0 goto t
r1 = *(u64 *)(r10 - 8)
if r1 < 20 goto t
r1 += -1
*(u64 *)(r10 - 8) = r1
t: r1 = *(u64 *)(r10 - 8)
r1 += 1
if r1 > 200 goto x
*(u64 *)(r10 - 8) = r1
goto l
x: r0 = 0
exit
=> reject loop.infinite
kernel: skip walks each round
: of two numbers now one goes back, now the other, before ways meet
limit: visits 50000
r6 = 0
r7 = 0
l: call 7
if r6 < 20 goto t
if r0 == 0 goto a
if r0 == 1 goto b
goto t
a: r6 += -2
goto t
b: r7 += -2
t: r6 += 1
r7 += 1
if r6 > 200 goto x
if r7 > 200 goto x
goto l
x: r0 = 0
exit
=> reject loop.infinite
kernel: skip walks each round
: a byte of the slot is overwritten late
limit: visits 50000
*(u64 *)(r10 - 8) = 0
l: r6 = *(u64 *)(r10 - 8)
if r6 < 50 goto m
call 7
*(u8 *)(r10 - 8) = r0
r1 = *(u64 *)(r10 - 8)
r1 += 1
if r1 > 200 goto x
*(u64 *)(r10 - 8) = r1
goto l
m: r1 = *(u64 *)(r10 - 8)
r1 += 1
if r1 > 200 goto x
*(u64 *)(r10 - 8) = r1
goto l
x: r0 = 0
exit
=> reject loop.infinite
kernel: skip walks each round
: variable store over the slot late, no join before the load
limit: visits 50000
r7 = *(u32 *)(r1 + 0)
r7 &= 8
*(u64 *)(r10 - 8) = 0
*(u64 *)(r10 - 16) = 0
l: r6 = *(u64 *)(r10 - 8)
if r6 < 50 goto m
r3 = r10
r3 += -16
r3 += r7
r2 = 0
*(u64 *)(r3 + 0) = r2
r1 = *(u64 *)(r10 - 8)
r1 += 1
if r1 > 200 goto x
*(u64 *)(r10 - 8) = r1
goto l
m: r1 = *(u64 *)(r10 - 8)
r1 += 1
if r1 > 200 goto x
*(u64 *)(r10 - 8) = r1
goto l
x: r0 = 0
exit
=> reject loop.infinite
kernel: skip walks each round
: atomic over the slot late, no join before the load
limit: visits 50000
*(u64 *)(r10 - 8) = 0
l: r6 = *(u64 *)(r10 - 8)
if r6 < 50 goto m
r2 = -1
lock *(u64 *)(r10 - 8) += r2
r1 = *(u64 *)(r10 - 8)
r1 += 1
if r1 > 200 goto x
*(u64 *)(r10 - 8) = r1
goto l
m: r1 = *(u64 *)(r10 - 8)
r1 += 1
if r1 > 200 goto x
*(u64 *)(r10 - 8) = r1
goto l
x: r0 = 0
exit
=> reject loop.infinite
kernel: skip walks each round
: callback writes the counter
type: xdp
limit: visits 50000
func: 0 main static
func: 22 f static
*(u64 *)(r10 - 8) = 0
l: r6 = *(u64 *)(r10 - 8)
if r6 < 50 goto m
r1 = 1
r2 = func f ll
r3 = r10
r3 += -8
r4 = 0
call 181
r1 = *(u64 *)(r10 - 8)
r1 += 1
if r1 > 200 goto x
*(u64 *)(r10 - 8) = r1
goto l
m: r1 = *(u64 *)(r10 - 8)
r1 += 1
if r1 > 200 goto x
*(u64 *)(r10 - 8) = r1
goto l
x: r0 = 0
exit
f: *(u64 *)(r2 + 0) = 3
r0 = 0
exit
=> reject limit.visits
kernel: skip walks each round
: now and then a helper writes the slot that counts
type: kprobe
limit: visits 50000
*(u64 *)(r10 - 8) = 0
l: call 7
if r0 != 0 goto b
r1 = *(u64 *)(r10 - 8)
r1 += 1
if r1 > 200 goto x
*(u64 *)(r10 - 8) = r1
goto l
b: r1 = r10
r1 += -16
r2 = 16
call 16
r1 = *(u64 *)(r10 - 8)
if r1 < 20 goto x
*(u64 *)(r10 - 8) = r1
r1 = *(u64 *)(r10 - 8)
r1 += 1
if r1 > 200 goto x
*(u64 *)(r10 - 8) = r1
goto l
x: r0 = 0
exit
=> reject loop.infinite
kernel: skip walks each round
: ... and is read from there at once
type: kprobe
limit: visits 50000
*(u64 *)(r10 - 8) = 0
l: call 7
if r0 != 0 goto b
r1 = *(u64 *)(r10 - 8)
r1 += 1
if r1 > 200 goto x
*(u64 *)(r10 - 8) = r1
goto l
b: r1 = r10
r1 += -16
r2 = 16
call 16
r1 = *(u64 *)(r10 - 8)
if r1 < 20 goto x
r1 += 1
if r1 > 200 goto x
*(u64 *)(r10 - 8) = r1
goto l
x: r0 = 0
exit
=> reject loop.infinite
kernel: skip walks each round
: now and then a byte of the slot that counts is written
limit: visits 50000
*(u64 *)(r10 - 8) = 0
l: call 7
if r0 != 0 goto b
r1 = *(u64 *)(r10 - 8)
r1 += 1
if r1 > 200 goto x
*(u64 *)(r10 - 8) = r1
goto l
b: r2 = 30
*(u8 *)(r10 - 8) = r2
r1 = *(u64 *)(r10 - 8)
if r1 < 20 goto x
r1 += 1
if r1 > 200 goto x
*(u64 *)(r10 - 8) = r1
goto l
x: r0 = 0
exit
=> reject loop.infinite
kernel: skip walks each round
: ... the lower half of it
limit: visits 50000
*(u64 *)(r10 - 8) = 0
l: call 7
if r0 != 0 goto b
r1 = *(u64 *)(r10 - 8)
r1 += 1
if r1 > 200 goto x
*(u64 *)(r10 - 8) = r1
goto l
b: r2 = 30
*(u32 *)(r10 - 8) = r2
r1 = *(u64 *)(r10 - 8)
if r1 < 20 goto x
r1 += 1
if r1 > 200 goto x
*(u64 *)(r10 - 8) = r1
goto l
x: r0 = 0
exit
=> reject loop.infinite
kernel: skip walks each round
: ... the upper half of it
limit: visits 50000
*(u64 *)(r10 - 8) = 0
l: call 7
if r0 != 0 goto b
r1 = *(u64 *)(r10 - 8)
r1 += 1
if r1 > 200 goto x
*(u64 *)(r10 - 8) = r1
goto l
b: r2 = 0
*(u32 *)(r10 - 4) = r2
r1 = *(u64 *)(r10 - 8)
r1 &= 127
if r1 < 20 goto x
r1 += 1
if r1 > 200 goto x
*(u64 *)(r10 - 8) = r1
goto l
x: r0 = 0
exit
=> reject loop.infinite
kernel: skip walks each round
: now and then a slot goes back before ways meet
limit: visits 50000
*(u64 *)(r10 - 8) = 0
l: call 7
if r0 != 0 goto b
if r0 == 5 goto t
r8 = 1
r8 = 1
r8 = 1
r8 = 1
r8 = 1
r8 = 1
r8 = 1
r8 = 1
r8 = 1
t: r0 = 0
r8 = 0
r1 = *(u64 *)(r10 - 8)
r1 += 1
if r1 > 200 goto x
*(u64 *)(r10 - 8) = r1
goto l
b: r1 = *(u64 *)(r10 - 8)
if r1 < 20 goto x
r1 += -1
*(u64 *)(r10 - 8) = r1
r1 = 0
goto t
x: r0 = 0
exit
=> reject loop.infinite
kernel: skip walks each round
: now one goes back, now the other, before ways meet
limit: visits 50000
r6 = 0
r7 = 0
l: call 7
if r0 != 0 goto b
if r0 == 5 goto t
r8 = 1
r8 = 1
r8 = 1
r8 = 1
r8 = 1
r8 = 1
r8 = 1
r8 = 1
r8 = 1
t: r0 = 0
r8 = 0
r6 += 1
r7 += 1
if r6 > 200 goto x
if r7 > 200 goto x
goto l
b: if r6 < 20 goto x
if r7 < 20 goto x
call 7
if r0 == 0 goto c
r6 += -2
goto t
c: r7 += -2
goto t
x: r0 = 0
exit
=> reject loop.infinite
kernel: skip walks each round
