# SPDX-License-Identifier: BSD-2-Clause
# Loops whose rounds are walked as one (general.c), and their neighbours that must not be.
: a stack array is written from its start to its end
r6 = 0
l: r2 = r10
r2 += -64
r2 += r6
*(u8 *)(r2 + 0) = 0
r6 += 1
if r6 != 64 goto l
r0 = 0
exit
=> accept
: ... and one byte further
r6 = 0
l: r2 = r10
r2 += -64
r2 += r6
*(u8 *)(r2 + 0) = 0
r6 += 1
if r6 != 65 goto l
r0 = 0
exit
=> reject stack.oob
kernel: reject
: from the end down to the start
r6 = 64
l: r6 += -1
r2 = r10
r2 += -64
r2 += r6
*(u8 *)(r2 + 0) = 0
if r6 != 0 goto l
r0 = 0
exit
=> accept
: ... and one byte below the array, which is the end of the stack
r6 = 512
l: r6 += -1
r2 = r10
r2 += -512
r2 += r6
*(u8 *)(r2 - 1) = 0
if r6 != 0 goto l
r0 = 0
exit
=> reject stack.oob
kernel: reject
: in steps of four, up to a number that is met
r6 = 0
l: r2 = r10
r2 += -64
r2 += r6
*(u32 *)(r2 + 0) = 0
r6 += 4
if r6 != 64 goto l
r0 = 0
exit
=> accept
: two ways round, each up
r9 = r1
r6 = 0
l: r7 = *(u32 *)(r9 + 0)
if r7 == 0 goto m
r6 += 2
m: r6 += 1
if r6 < 200 goto l
r0 = 0
exit
=> accept
: two ways round, and one does not count
r9 = r1
r6 = 0
l: r7 = *(u32 *)(r9 + 0)
if r7 == 0 goto m
r6 += 1
m: if r6 < 200 goto l
r0 = 0
exit
=> reject loop.infinite
: two ways round, one up and one down
r9 = r1
r6 = 100
l: r7 = *(u32 *)(r9 + 0)
if r7 == 0 goto d
r6 += 2
t: if r6 < 50 goto x
if r6 < 200 goto l
x: r0 = 0
exit
d: r6 += -1
goto t
=> reject loop.infinite
: what one way adds, another has taken before they meet
r9 = r1
r6 = 0
l: r7 = *(u32 *)(r9 + 0)
if r7 == 0 goto b
m: r6 += 1
if r6 < 200 goto l
r0 = 0
exit
b: if r6 < 5 goto m
r6 += -1
goto m
=> reject loop.infinite
: ... by a copy that takes its place
r9 = r1
r6 = 0
l: r7 = *(u32 *)(r9 + 0)
r8 = r6
if r7 == 0 goto b
m: r6 = r8
r6 += 1
if r6 < 200 goto l
r0 = 0
exit
b: if r6 < 5 goto m
r8 += -1
goto m
=> reject loop.infinite
: ... on the stack
r9 = r1
r6 = 0
l: r7 = *(u32 *)(r9 + 0)
*(u64 *)(r10 - 8) = r6
if r7 == 0 goto b
m: r6 = *(u64 *)(r10 - 8)
r6 += 1
if r6 < 200 goto l
r0 = 0
exit
b: if r6 < 5 goto m
r6 += -1
*(u64 *)(r10 - 8) = r6
goto m
=> reject loop.infinite
: ... around an inner loop
r9 = r1
r6 = 0
l: r7 = *(u32 *)(r9 + 0)
if r7 == 0 goto b
m: r8 = 0
n: r8 += 1
if r8 < 9 goto n
r6 += 1
if r6 < 60 goto l
r0 = 0
exit
b: if r6 < 5 goto m
r6 += -1
goto m
=> reject loop.infinite
: ... and both go on up
r9 = r1
r6 = 0
l: r7 = *(u32 *)(r9 + 0)
if r7 == 0 goto b
m: r6 += 2
if r6 < 200 goto l
r0 = 0
exit
b: if r6 < 5 goto m
r6 += -1
goto m
=> accept
: the number is met only once around
limit: visits 20000
r6 = 0
l: w6 += 2
if w6 != 7 goto l
r0 = 0
exit
=> reject limit.visits
kernel: skip takes it seconds
: the number is met only once around 2^64
limit: visits 20000
r6 = 0
l: r6 += 1073741824
if r6 != 3 goto l
r0 = 0
exit
=> reject limit.visits
kernel: skip takes it seconds
: the lower half counts, and the upper half does not stay
r6 = 0
l: w6 += 1
r6 <<= 32
r6 s>>= 32
w6 += -1
if w6 < 7 goto l
r0 = 0
exit
=> reject loop.infinite
: from a number that is not known, up to one that it may have passed
limit: visits 20000
r6 = *(u32 *)(r1 + 0)
l: r6 += 1
if r6 != 64 goto l
r0 = 0
exit
=> reject limit.visits
kernel: skip takes it seconds
: from 0, and on another way from a number that is not known
limit: visits 20000
r7 = *(u32 *)(r1 + 0)
r8 = *(u32 *)(r1 + 4)
r6 = 0
if r7 == 7 goto o
l: r6 += 1
if r6 != 64 goto l
r0 = 0
exit
o: r6 = r8
goto l
=> reject limit.visits
kernel: skip takes it seconds
: half a million rounds
r6 = 0
l: r6 += 1
if r6 < 500000 goto l
r0 = 0
exit
=> accept
kernel: skip takes it seconds
: two million rounds are not walked as one
limit: visits 20000
r6 = 0
l: r6 += 1
if r6 < 2000000 goto l
r0 = 0
exit
=> reject limit.visits
kernel: skip takes it seconds
: a thousand times a thousand rounds
r6 = 0
l: r7 = 0
m: r7 += 1
if r7 < 1000 goto m
r6 += 1
if r6 < 1000 goto l
r0 = 0
exit
=> accept
kernel: skip takes it seconds
: a hundred thousand times as many are not walked as one
limit: visits 20000
r6 = 0
l: r7 = 0
m: r7 += 1
if r7 < 100000 goto m
r6 += 1
if r6 < 100000 goto l
r0 = 0
exit
=> reject limit.visits
kernel: skip takes it seconds
: an inner loop up to the outer one's number
r6 = 0
l: r7 = 0
m: r7 += 1
if r7 < r6 goto m
r6 += 1
if r6 < 300 goto l
r0 = 0
exit
=> accept
kernel: skip takes it seconds
: the counter lies on the stack
*(u64 *)(r10 - 8) = 0
l: r6 = *(u64 *)(r10 - 8)
r2 = r10
r2 += -72
r2 += r6
*(u8 *)(r2 + 0) = 0
r6 += 1
*(u64 *)(r10 - 8) = r6
if r6 < 64 goto l
r0 = 0
exit
=> accept
: ... and is overwritten at an address that is not known
r9 = *(u32 *)(r1 + 0)
r9 &= 8
*(u64 *)(r10 - 8) = 0
*(u64 *)(r10 - 16) = 0
l: r6 = *(u64 *)(r10 - 8)
r6 += 1
*(u64 *)(r10 - 8) = r6
r2 = r10
r2 += -16
r2 += r9
*(u64 *)(r2 + 0) = 0
if r6 < 64 goto l
r0 = 0
exit
=> reject loop.infinite
kernel: skip takes it seconds
: ... and half of it is put back
*(u64 *)(r10 - 8) = 0
l: r6 = *(u64 *)(r10 - 8)
r6 += 1
*(u64 *)(r10 - 8) = r6
*(u32 *)(r10 - 8) = 0
if r6 < 64 goto l
r0 = 0
exit
=> reject loop.infinite
: a function counts it
r6 = 0
l: r1 = r6
call f
if r6 < 64 goto l
r0 = 0
exit
f: r6 = r1
r6 += 1
r0 = r6
exit
=> reject loop.infinite
: a function is called in each round
r6 = 0
l: r1 = r6
call f
r6 += 1
if r6 < 64 goto l
r0 = 0
exit
f: r2 = r10
r2 += -64
r2 += r1
*(u8 *)(r2 + 0) = 0
r0 = 0
exit
=> accept
: ... in one round too many for its array
r6 = 0
l: r1 = r6
call f
r6 += 1
if r6 < 65 goto l
r0 = 0
exit
f: r2 = r10
r2 += -64
r2 += r1
*(u8 *)(r2 + 0) = 0
r0 = 0
exit
=> reject stack.oob
kernel: reject
: a second number is tied to the rounds, and stays inside
r6 = 0
r7 = 0
l: r2 = r10
r2 += -64
r2 += r7
*(u8 *)(r2 + 0) = 0
r7 += 3
r6 += 1
if r6 < 20 goto l
r0 = 0
exit
=> accept
: ... or does not
r6 = 0
r7 = 0
l: r2 = r10
r2 += -64
r2 += r7
*(u8 *)(r2 + 0) = 0
r7 += 3
r6 += 1
if r6 < 30 goto l
r0 = 0
exit
=> reject stack.oob
kernel: reject
: what the loop leaves in its counter
r6 = 0
l: r6 += 1
if r6 < 64 goto l
r2 = r10
r2 += -72
r2 += r6
*(u8 *)(r2 + 0) = 0
r0 = 0
exit
=> accept
: ... is one more than the last that was in it
r6 = 0
l: r6 += 1
if r6 < 64 goto l
r2 = r10
r2 += -64
r2 += r6
*(u8 *)(r2 + 0) = 0
r0 = 0
exit
=> reject stack.oob
kernel: reject
: a number that nothing needs until the loop is over
r6 = 0
r7 = 0
l: r7 += r7
r7 += 1
r6 += 1
if r6 < 5 goto l
r2 = r10
r2 += -64
r2 += r7
*(u8 *)(r2 + 0) = 0
r0 = 0
exit
=> accept
: ... and is too large by then
r6 = 0
r7 = 0
l: r7 += r7
r7 += 1
r6 += 1
if r6 < 6 goto l
r2 = r10
r2 += -63
r2 += r7
*(u8 *)(r2 + 0) = 0
r0 = 0
exit
=> reject stack.oob
kernel: reject
: bytes of the packet one by one
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 64
r0 = 0
if r4 > r3 goto x
r6 = 0
l: r4 = r2
r4 += r6
r5 = *(u8 *)(r4 + 0)
r6 += 1
if r6 < 64 goto l
x: exit
=> accept
: ... and one behind those that were shown
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 64
r0 = 0
if r4 > r3 goto x
r6 = 0
l: r4 = r2
r4 += r6
r5 = *(u8 *)(r4 + 0)
r6 += 1
if r6 < 65 goto l
x: exit
=> reject packet.oob
: an offset into the packet that leaves room
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 14
r0 = 0
if r4 > r3 goto x
r5 = *(u8 *)(r2 + 0)
r5 &= 7
r2 += r5
r0 = *(u32 *)(r2 + 3)
r0 &= 1
x: exit
=> accept
kernel: reject
: ... or none
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 14
r0 = 0
if r4 > r3 goto x
r5 = *(u8 *)(r2 + 0)
r5 &= 7
r2 += r5
r0 = *(u32 *)(r2 + 4)
r0 &= 1
x: exit
=> reject packet.oob
: ... added twice
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 14
r0 = 0
if r4 > r3 goto x
r5 = *(u8 *)(r2 + 0)
r5 &= 7
r2 += r5
r2 += r5
r0 = *(u8 *)(r2 + 0)
r0 &= 1
x: exit
=> reject packet.oob
: ... where another way shows fewer bytes of the packet
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r7 = *(u32 *)(r1 + 12)
r0 = 0
if r7 == 3 goto few
r4 = r2
r4 += 14
if r4 > r3 goto x
goto join
few: r4 = r2
r4 += 7
if r4 > r3 goto x
join: r5 = *(u8 *)(r2 + 0)
r5 &= 7
r2 += r5
r0 = *(u8 *)(r2 + 0)
r0 &= 1
x: exit
=> reject packet.oob
: ... as many as are needed
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r7 = *(u32 *)(r1 + 12)
r0 = 0
if r7 == 3 goto few
r4 = r2
r4 += 14
if r4 > r3 goto x
goto join
few: r4 = r2
r4 += 8
if r4 > r3 goto x
join: r5 = *(u8 *)(r2 + 0)
r5 &= 7
r2 += r5
r0 = *(u8 *)(r2 + 0)
r0 &= 1
x: exit
=> accept
kernel: reject
: a helper overwrites the slot that the counter is in
r6 = 0
l: *(u64 *)(r10 - 8) = r6
r1 = r10
r1 += -8
r2 = 8
call 16
r6 = *(u64 *)(r10 - 8)
r6 += 1
if r6 < 64 goto l
r0 = 0
exit
=> reject loop.infinite
: ... or a store at an offset that is not known
r9 = *(u32 *)(r1 + 0)
r9 &= 1
r9 <<= 3
r6 = 0
l: *(u64 *)(r10 - 8) = r6
*(u64 *)(r10 - 16) = r6
r2 = r10
r2 += -16
r2 += r9
*(u64 *)(r2 + 0) = 3
r6 = *(u64 *)(r10 - 8)
r6 += 1
if r6 < 64 goto l
r0 = 0
exit
=> reject loop.infinite
: ... or a function, with zero
r6 = 0
l: *(u64 *)(r10 - 8) = r6
r1 = r10
r1 += -8
call f
r6 = *(u64 *)(r10 - 8)
r6 += 1
if r6 < 64 goto l
r0 = 0
exit
f: r2 = 0
*(u64 *)(r1 + 0) = r2
r0 = 0
exit
=> reject loop.infinite
: ... or it takes one off, on some of its ways
r9 = r1
r6 = 0
l: *(u64 *)(r10 - 8) = r6
r1 = r10
r1 += -8
r2 = *(u32 *)(r9 + 0)
call f
r6 = *(u64 *)(r10 - 8)
r6 += 1
if r6 < 64 goto l
r0 = 0
exit
f: if r2 == 0 goto e
r3 = *(u64 *)(r1 + 0)
if r3 < 5 goto e
r3 += -1
*(u64 *)(r1 + 0) = r3
e: r0 = 0
exit
=> reject loop.infinite
: ... or an atomic instruction
r6 = 0
r5 = -1
l: *(u64 *)(r10 - 8) = r6
lock *(u64 *)(r10 - 8) += r5
r6 = *(u64 *)(r10 - 8)
r6 += 1
if r6 < 64 goto l
r0 = 0
exit
=> reject loop.infinite
: the upper half of the slot that the counter is in does not count
r6 = 0
l: *(u64 *)(r10 - 8) = r6
r1 = r10
r1 += -4
r6 = *(u32 *)(r1 + 0)
r6 += 1
if r6 < 300 goto l
r0 = 0
exit
=> reject loop.infinite
: two counters change places in each round
r6 = 0
r8 = 50
l: r7 = r6
r6 = r8
r8 = r7
r6 += 1
r8 += -1
if r6 < 64 goto l
r0 = 0
exit
=> reject loop.infinite
: what is proven of the packet, less the most that was added
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r9 = *(u32 *)(r1 + 12)
r4 = r2
r4 += 200
if r4 > r3 goto out
r9 &= 15
r2 += r9
r0 = *(u8 *)(r2 + 184)
exit
out: r0 = 0
exit
=> accept
kernel: reject
: ... and one byte more
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r9 = *(u32 *)(r1 + 12)
r4 = r2
r4 += 200
if r4 > r3 goto out
r9 &= 15
r2 += r9
r0 = *(u8 *)(r2 + 185)
exit
out: r0 = 0
exit
=> reject packet.oob
: ... of two numbers, the second is greater
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r9 = *(u32 *)(r1 + 12)
r8 = *(u32 *)(r1 + 16)
r4 = r2
r4 += 200
if r4 > r3 goto out
if r8 > 5 goto b
r9 &= 15
goto m
b: r9 &= 1023
m: r2 += r9
r0 = *(u8 *)(r2 + 100)
exit
out: r0 = 0
exit
=> reject packet.oob
: ... of two proofs, the second is of less
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r9 = *(u32 *)(r1 + 12)
r8 = *(u32 *)(r1 + 16)
r9 &= 15
if r8 > 5 goto b
r4 = r2
r4 += 200
if r4 > r3 goto out
goto m
b: r4 = r2
r4 += 100
if r4 > r3 goto out
m: r2 += r9
r0 = *(u8 *)(r2 + 100)
exit
out: r0 = 0
exit
=> reject packet.oob
: ... added twice
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r9 = *(u32 *)(r1 + 12)
r4 = r2
r4 += 200
if r4 > r3 goto out
r9 &= 15
r2 += r9
r2 += r9
r0 = *(u8 *)(r2 + 170)
exit
out: r0 = 0
exit
=> reject packet.oob
: ... added in each round
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r9 = *(u32 *)(r1 + 12)
r9 &= 3
r4 = r2
r4 += 200
if r4 > r3 goto out
r6 = 0
l: r2 += r9
r0 = *(u8 *)(r2 + 0)
r6 += 1
if r6 < 100 goto l
exit
out: r0 = 0
exit
=> reject packet.oob
