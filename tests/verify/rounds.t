# SPDX-License-Identifier: BSD-2-Clause
# What counts the rounds of a loop (rounds.c): a way that is only taken in rounds that are walked as
# one counts otherwise, and the loop never ends.
: a late way that counts down
limit: visits 20000
r6 = 0
l: if r6 < 20 goto m
call 7
if r0 == 0 goto b
m: r6 += 1
if r6 < 200 goto l
x: r0 = 0
exit
b: r6 += -2
r6 += 1
if r6 < 200 goto l
goto x
=> reject loop.infinite
: ... that does not count
limit: visits 20000
r6 = 0
l: if r6 < 20 goto m
call 7
if r0 == 0 goto b
m: r6 += 1
if r6 < 200 goto l
x: r0 = 0
exit
b: r6 += -1
r6 += 1
if r6 < 200 goto l
goto x
=> reject loop.infinite
: ... that counts twice as far
limit: visits 20000
r6 = 0
l: if r6 < 20 goto m
call 7
if r0 == 0 goto b
m: r6 += 1
if r6 < 60 goto l
x: r0 = 0
exit
b: r6 += 1
r6 += 1
if r6 < 60 goto l
goto x
=> accept
: ... that meets the other one number less
limit: visits 20000
r6 = 0
l: if r6 & 32 goto y
m: r6 += 1
if r6 < 200 goto l
x: r0 = 0
exit
y: call 7
if r0 == 0 goto b
n: r0 = 1
goto m
b: r6 += -1
if r6 & 32 goto n
goto x
=> reject loop.infinite
: ... that meets the other with a number of its own
limit: visits 20000
r6 = 0
l: if r6 & 32 goto y
m: r6 += 1
if r6 < 200 goto l
x: r0 = 0
exit
y: call 7
if r0 == 0 goto b
n: r0 = 1
goto m
b: r6 = 40
if r6 & 32 goto n
goto x
=> reject loop.infinite
: ... that meets it with a copy of the counter
limit: visits 20000
r6 = 0
l: if r6 & 32 goto y
m: r6 += 1
if r6 < 60 goto l
x: r0 = 0
exit
y: call 7
if r0 == 0 goto b
n: r0 = 1
goto m
b: r7 = r6
r6 = r7
if r6 & 32 goto n
goto x
=> accept
: ... that takes the counter from the context
limit: visits 20000
r9 = r1
r6 = 0
l: if r6 < 20 goto m
call 7
if r0 == 0 goto b
m: r6 += 1
if r6 < 200 goto l
x: r0 = 0
exit
b: r6 = *(u32 *)(r9 + 0)
if r6 < 20 goto x
if r6 > 190 goto x
r6 += 1
if r6 < 200 goto l
goto x
=> reject loop.infinite
: ... from another register
limit: visits 20000
r7 = 25
r6 = 0
l: if r6 < 20 goto m
call 7
if r0 == 0 goto b
m: r6 += 1
if r6 < 200 goto l
x: r0 = 0
exit
b: r6 = r7
r6 += 1
if r6 < 200 goto l
goto x
=> reject loop.infinite
: ... from a byte of its spill
limit: visits 20000
r6 = 0
l: if r6 < 20 goto m
call 7
if r0 == 0 goto b
m: r6 += 1
if r6 < 400 goto l
x: r0 = 0
exit
b: *(u64 *)(r10 - 8) = r6
r6 = *(u8 *)(r10 - 8)
if r6 < 20 goto x
r6 += 1
if r6 < 400 goto l
goto x
=> reject loop.infinite
: ... from the upper half of its spill
limit: visits 20000
r6 = 0
l: if r6 < 20 goto m
call 7
if r0 == 0 goto b
m: r6 += 1
if r6 < 60 goto l
x: r0 = 0
exit
b: *(u64 *)(r10 - 8) = r6
r6 = *(u32 *)(r10 - 4)
if r6 < 20 goto x
if r6 > 190 goto x
r6 += 1
if r6 < 60 goto l
goto x
=> accept
kernel: reject
: ... from there by another pointer
limit: visits 20000
r6 = 0
l: if r6 < 20 goto m
call 7
if r0 == 0 goto b
m: r6 += 1
if r6 < 60 goto l
x: r0 = 0
exit
b: *(u64 *)(r10 - 8) = r6
r2 = r10
r2 += -4
r6 = *(u32 *)(r2 + 0)
if r6 < 20 goto x
if r6 > 190 goto x
r6 += 1
if r6 < 60 goto l
goto x
=> accept
kernel: reject
: ... from a spill of which a byte was overwritten
limit: visits 20000
r7 = 25
r6 = 0
l: if r6 < 20 goto m
call 7
if r0 == 0 goto b
m: r6 += 1
if r6 < 200 goto l
x: r0 = 0
exit
b: *(u64 *)(r10 - 8) = r6
*(u8 *)(r10 - 8) = r7
r6 = *(u64 *)(r10 - 8)
if r6 < 20 goto x
if r6 > 190 goto x
r6 += 1
if r6 < 200 goto l
goto x
=> reject loop.infinite
: ... or all of it by a constant
limit: visits 20000
r6 = 0
l: if r6 < 20 goto m
call 7
if r0 == 0 goto b
m: r6 += 1
if r6 < 200 goto l
x: r0 = 0
exit
b: *(u64 *)(r10 - 8) = r6
*(u64 *)(r10 - 8) = 25
r6 = *(u64 *)(r10 - 8)
r6 += 1
if r6 < 200 goto l
goto x
=> reject loop.infinite
: ... or a part that is not known which
limit: visits 20000
r8 = *(u32 *)(r1 + 0)
r8 &= 8
r7 = 25
r6 = 0
l: if r6 < 20 goto m
call 7
if r0 == 0 goto b
m: r6 += 1
if r6 < 200 goto l
x: r0 = 0
exit
b: *(u64 *)(r10 - 8) = r6
*(u64 *)(r10 - 16) = 25
r2 = r10
r2 += -16
r2 += r8
*(u64 *)(r2 + 0) = r7
r6 = *(u64 *)(r10 - 8)
if r6 < 20 goto x
if r6 > 190 goto x
r6 += 1
if r6 < 200 goto l
goto x
=> reject loop.infinite
: ... or by a helper
limit: visits 20000
r9 = r1
r6 = 0
l: if r6 < 20 goto m
call 7
if r0 == 0 goto b
m: r6 += 1
if r6 < 200 goto l
x: r0 = 0
exit
b: *(u64 *)(r10 - 8) = r6
r1 = r9
r2 = 0
r3 = r10
r3 += -8
r4 = 8
call 26
r6 = *(u64 *)(r10 - 8)
if r6 < 20 goto x
if r6 > 190 goto x
r6 += 1
if r6 < 200 goto l
goto x
=> reject loop.infinite
: ... or by a function
limit: visits 20000
r6 = 0
l: if r6 < 20 goto m
call 7
if r0 == 0 goto b
m: r6 += 1
if r6 < 200 goto l
x: r0 = 0
exit
b: *(u64 *)(r10 - 8) = r6
r1 = r10
r1 += -8
call f
r6 = *(u64 *)(r10 - 8)
r6 += 1
if r6 < 200 goto l
goto x
f: *(u64 *)(r1 + 0) = 25
r0 = 0
exit
=> reject loop.infinite
: ... or by an atomic addition
limit: visits 20000
r6 = 0
l: if r6 < 20 goto m
call 7
if r0 == 0 goto b
m: r6 += 1
if r6 < 200 goto l
x: r0 = 0
exit
b: *(u64 *)(r10 - 8) = r6
r7 = -25
lock *(u64 *)(r10 - 8) += r7
r6 = *(u64 *)(r10 - 8)
if r6 < 20 goto x
if r6 > 190 goto x
r6 += 1
if r6 < 200 goto l
goto x
=> reject loop.infinite
: ... from what a function gave
limit: visits 20000
r6 = 0
l: if r6 < 20 goto m
call 7
if r0 == 0 goto b
m: r6 += 1
if r6 < 200 goto l
x: r0 = 0
exit
b: call f
r6 = r0
r6 += 1
if r6 < 200 goto l
goto x
f: r6 = 25
r0 = r6
exit
=> reject loop.infinite
: ... from a product
limit: visits 20000
r6 = 0
l: if r6 < 20 goto m
call 7
if r0 == 0 goto b
m: r6 += 1
if r6 < 60 goto l
x: r0 = 0
exit
b: r6 *= 1
r6 += 1
if r6 < 60 goto l
goto x
=> accept
: ... and a mask
limit: visits 20000
r6 = 0
l: if r6 < 20 goto m
call 7
if r0 == 0 goto b
m: r6 += 1
if r6 < 200 goto l
x: r0 = 0
exit
b: r6 &= 31
if r6 < 20 goto x
r6 += 1
if r6 < 200 goto l
goto x
=> reject loop.infinite
: a loop of two ways, few rounds by either and too many by both
limit: visits 20000
kernel: reject
r6 = 0
l: call 7
if r6 > 900000 goto b
r6 += 1
goto l
b: r6 += 1
if r6 < 1800000 goto l
r0 = 0
exit
=> reject limit.visits
: ... few by both
limit: visits 20000
kernel: reject
r6 = 0
l: call 7
if r6 > 500000 goto b
r6 += 1
goto l
b: r6 += 1
if r6 < 1000000 goto l
r0 = 0
exit
=> accept
