# SPDX-License-Identifier: BSD-2-Clause
# Loops over headers, walked as one: the packet pointer at the head is another in each round.
: headers one behind the other, each checked
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 54
r0 = 0
if r4 > r3 goto x
r5 = r2
r5 += 20
r8 = 54
r6 = 64
l: r7 = r8
r8 = *(u8 *)(r5 + 0)
r5 = r2
if r7 > 1400 goto x
r5 += r7
r9 = r5
r9 += 8
if r9 > r3 goto x
k: if r8 == 44 goto f
if r8 == 43 goto e
goto x
f: r0 = *(u8 *)(r5 + 2)
r8 = 8
goto t
e: r8 = *(u8 *)(r5 + 1)
r8 <<= 3
r8 += 8
t: r8 += r7
r6 += -1
if r6 != 0 goto l
x: r0 = 0
exit
=> accept
kernel: skip takes it seconds
: ... up to the last byte that was shown
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 54
r0 = 0
if r4 > r3 goto x
r5 = r2
r5 += 20
r8 = 54
r6 = 64
l: r7 = r8
r8 = *(u8 *)(r5 + 7)
r5 = r2
if r7 > 1400 goto x
r5 += r7
r9 = r5
r9 += 8
if r9 > r3 goto x
k: if r8 == 44 goto f
if r8 == 43 goto e
goto x
f: r0 = *(u8 *)(r5 + 2)
r8 = 8
goto t
e: r8 = *(u8 *)(r5 + 1)
r8 <<= 3
r8 += 8
t: r8 += r7
r6 += -1
if r6 != 0 goto l
x: r0 = 0
exit
=> accept
kernel: skip takes it seconds
: ... and one further
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 54
r0 = 0
if r4 > r3 goto x
r5 = r2
r5 += 20
r8 = 54
r6 = 64
l: r7 = r8
r8 = *(u8 *)(r5 + 8)
r5 = r2
if r7 > 1400 goto x
r5 += r7
r9 = r5
r9 += 8
if r9 > r3 goto x
k: if r8 == 44 goto f
if r8 == 43 goto e
goto x
f: r0 = *(u8 *)(r5 + 2)
r8 = 8
goto t
e: r8 = *(u8 *)(r5 + 1)
r8 <<= 3
r8 += 8
t: r8 += r7
r6 += -1
if r6 != 0 goto l
x: r0 = 0
exit
=> reject packet.oob
kernel: reject
: ... where one byte less is shown
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 54
r0 = 0
if r4 > r3 goto x
r5 = r2
r5 += 20
r8 = 54
r6 = 64
l: r7 = r8
r8 = *(u8 *)(r5 + 7)
r5 = r2
if r7 > 1400 goto x
r5 += r7
r9 = r5
r9 += 7
if r9 > r3 goto x
k: if r8 == 44 goto f
if r8 == 43 goto e
goto x
f: r0 = *(u8 *)(r5 + 2)
r8 = 8
goto t
e: r8 = *(u8 *)(r5 + 1)
r8 <<= 3
r8 += 8
t: r8 += r7
r6 += -1
if r6 != 0 goto l
x: r0 = 0
exit
=> reject packet.oob
kernel: reject
: ... and none on one way
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 54
r0 = 0
if r4 > r3 goto x
r5 = r2
r5 += 20
r8 = 54
r6 = 64
l: r7 = r8
r8 = *(u8 *)(r5 + 0)
r5 = r2
if r7 > 1400 goto x
r5 += r7
r9 = r5
r9 += 8
if r9 > r3 goto x
k: if r8 == 44 goto f
if r8 == 43 goto e
goto x
f: r0 = *(u8 *)(r5 + 2)
r8 = 8
goto t
e: r8 = *(u8 *)(r5 + 1)
r8 <<= 3
r8 += 8
r5 += r8
t: r8 += r7
r6 += -1
if r6 != 0 goto l
x: r0 = 0
exit
=> reject packet.oob
kernel: reject
: ... and none in late rounds
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 54
r0 = 0
if r4 > r3 goto x
r5 = r2
r5 += 20
r8 = 54
r6 = 64
l: r7 = r8
r8 = *(u8 *)(r5 + 0)
r5 = r2
if r7 > 1400 goto x
r5 += r7
if r6 < 40 goto k
r9 = r5
r9 += 8
if r9 > r3 goto x
k: if r8 == 44 goto f
if r8 == 43 goto e
goto x
f: r0 = *(u8 *)(r5 + 2)
r8 = 8
goto t
e: r8 = *(u8 *)(r5 + 1)
r8 <<= 3
r8 += 8
t: r8 += r7
r6 += -1
if r6 != 0 goto l
x: r0 = 0
exit
=> reject packet.oob
kernel: skip takes it seconds
: ... and fewer in late rounds
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 54
r0 = 0
if r4 > r3 goto x
r5 = r2
r5 += 20
r8 = 54
r6 = 64
l: r7 = r8
r8 = *(u8 *)(r5 + 7)
r5 = r2
if r7 > 1400 goto x
r5 += r7
if r6 > 40 goto m
r9 = r5
r9 += 7
if r9 > r3 goto x
goto k
m: r9 = r5
r9 += 8
if r9 > r3 goto x
k: if r8 == 44 goto f
if r8 == 43 goto e
goto x
f: r0 = *(u8 *)(r5 + 2)
r8 = 8
goto t
e: r8 = *(u8 *)(r5 + 1)
r8 <<= 3
r8 += 8
t: r8 += r7
r6 += -1
if r6 != 0 goto l
x: r0 = 0
exit
=> reject packet.oob
kernel: skip takes it seconds
: ... and more in late rounds
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 54
r0 = 0
if r4 > r3 goto x
r5 = r2
r5 += 20
r8 = 54
r6 = 64
l: r7 = r8
r8 = *(u8 *)(r5 + 7)
r5 = r2
if r7 > 1400 goto x
r5 += r7
if r6 > 40 goto m
r9 = r5
r9 += 9
if r9 > r3 goto x
goto k
m: r9 = r5
r9 += 8
if r9 > r3 goto x
k: if r8 == 44 goto f
if r8 == 43 goto e
goto x
f: r0 = *(u8 *)(r5 + 2)
r8 = 8
goto t
e: r8 = *(u8 *)(r5 + 1)
r8 <<= 3
r8 += 8
t: r8 += r7
r6 += -1
if r6 != 0 goto l
x: r0 = 0
exit
=> accept
kernel: skip takes it seconds
: the pointer lies on the stack
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 54
r0 = 0
if r4 > r3 goto x
r5 = r2
r5 += 20
r8 = 54
r6 = 64
*(u64 *)(r10 - 8) = r5
l: r5 = *(u64 *)(r10 - 8)
r7 = r8
r8 = *(u8 *)(r5 + 7)
r5 = r2
if r7 > 1400 goto x
r5 += r7
r9 = r5
r9 += 8
if r9 > r3 goto x
k: if r8 == 44 goto f
if r8 == 43 goto e
goto x
f: r0 = *(u8 *)(r5 + 2)
r8 = 8
goto t
e: r8 = *(u8 *)(r5 + 1)
r8 <<= 3
r8 += 8
t: r8 += r7
*(u64 *)(r10 - 8) = r5
r6 += -1
if r6 != 0 goto l
x: r0 = 0
exit
=> accept
kernel: skip takes it seconds
: ... and one byte too many is read
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 54
r0 = 0
if r4 > r3 goto x
r5 = r2
r5 += 20
r8 = 54
r6 = 64
*(u64 *)(r10 - 8) = r5
l: r5 = *(u64 *)(r10 - 8)
r7 = r8
r8 = *(u8 *)(r5 + 8)
r5 = r2
if r7 > 1400 goto x
r5 += r7
r9 = r5
r9 += 8
if r9 > r3 goto x
k: if r8 == 44 goto f
if r8 == 43 goto e
goto x
f: r0 = *(u8 *)(r5 + 2)
r8 = 8
goto t
e: r8 = *(u8 *)(r5 + 1)
r8 <<= 3
r8 += 8
t: r8 += r7
*(u64 *)(r10 - 8) = r5
r6 += -1
if r6 != 0 goto l
x: r0 = 0
exit
=> reject packet.oob
kernel: skip takes it seconds
: a pointer that is made anew from what counts
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r7 = *(u32 *)(r1 + 12)
r0 = 0
r4 = r2
r4 += 64
if r4 > r3 goto x
r5 = r2
r6 = 0
l: r8 = *(u8 *)(r5 + 0)
r5 = r2
r5 += r6
r6 += 1
if r6 <= 63 goto l
x: r0 = 0
exit
=> accept
kernel: skip takes it seconds
: ... read once more than there are bytes
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r7 = *(u32 *)(r1 + 12)
r0 = 0
r4 = r2
r4 += 64
if r4 > r3 goto x
r5 = r2
r6 = 0
l: r8 = *(u8 *)(r5 + 0)
r5 = r2
r5 += r6
r6 += 1
if r6 <= 65 goto l
x: r0 = 0
exit
=> reject packet.oob
kernel: reject
: ... and the last byte of a wider read is behind
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r7 = *(u32 *)(r1 + 12)
r0 = 0
r4 = r2
r4 += 64
if r4 > r3 goto x
r5 = r2
r6 = 0
l: r8 = *(u8 *)(r5 + 4)
r5 = r2
r5 += r6
r6 += 1
if r6 <= 61 goto l
x: r0 = 0
exit
=> reject packet.oob
kernel: reject
: ... where another way shows as many bytes as are needed
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r7 = *(u32 *)(r1 + 12)
r0 = 0
if r7 == 3 goto few
r4 = r2
r4 += 64
if r4 > r3 goto x
goto join
few: r4 = r2
r4 += 60
if r4 > r3 goto x
join: r5 = r2
r6 = 0
l: r8 = *(u8 *)(r5 + 0)
r5 = r2
r5 += r6
r6 += 1
if r6 <= 60 goto l
x: r0 = 0
exit
=> accept
kernel: skip takes it seconds
: ... and one fewer
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r7 = *(u32 *)(r1 + 12)
r0 = 0
if r7 == 3 goto few
r4 = r2
r4 += 64
if r4 > r3 goto x
goto join
few: r4 = r2
r4 += 59
if r4 > r3 goto x
join: r5 = r2
r6 = 0
l: r8 = *(u8 *)(r5 + 0)
r5 = r2
r5 += r6
r6 += 1
if r6 <= 60 goto l
x: r0 = 0
exit
=> reject packet.oob
kernel: reject
: a pointer that goes on by itself
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 64
r0 = 0
if r4 > r3 goto x
r6 = 0
l: r8 = *(u8 *)(r2 + 0)
r2 += 2
r6 += 1
if r6 < 32 goto l
x: r0 = 0
exit
=> accept
: ... and once too often
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 64
r0 = 0
if r4 > r3 goto x
r6 = 0
l: r8 = *(u8 *)(r2 + 0)
r2 += 2
r6 += 1
if r6 < 33 goto l
x: r0 = 0
exit
=> reject packet.oob
kernel: reject
: two pointers of which one is moved without a check
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 54
r0 = 0
if r4 > r3 goto x
r5 = r2
r5 += 20
r8 = 54
r6 = 64
*(u64 *)(r10 - 8) = r5
l: r7 = r8
r8 = *(u8 *)(r5 + 7)
r0 = *(u64 *)(r10 - 8)
r0 = *(u8 *)(r0 + 0)
r5 = r2
if r7 > 1400 goto x
r5 += r7
r9 = r5
r9 += 8
if r9 > r3 goto x
k: if r8 == 44 goto f
if r8 == 43 goto e
goto x
f: r0 = *(u8 *)(r5 + 2)
r8 = 8
goto t
e: r8 = *(u8 *)(r5 + 1)
r8 <<= 3
r8 += 8
t: r8 += r7
r0 = r5
r0 += r8
*(u64 *)(r10 - 8) = r0
r6 += -1
if r6 != 0 goto l
x: r0 = 0
exit
=> reject packet.oob
kernel: reject
