# SPDX-License-Identifier: BSD-2-Clause
# What an optimiser can get wrong: known bits, merged shifts, slots of the stack, moves at loops' ends.
: counts of merged shifts are taken modulo 32
r0 = *(u8 *)(r1 + 0)
r3 = 33
w0 <<= w3
w0 <<= 1
exit
mem: 03
=> 0xc
: counts of merged shifts are taken modulo 64
r0 = *(u64 *)(r1 + 0)
r3 = 68
r0 >>= r3
r0 >>= 4
exit
mem: 88 77 66 55 44 33 22 11
=> 0x11223344556677
: times all ones in 32 bits
r0 = *(u8 *)(r1 + 0)
w0 *= -1
exit
mem: 05
=> 0xfffffffb
: times all ones in 64 bits
r0 = *(u8 *)(r1 + 0)
r0 *= -1
exit
mem: 05
=> 0xfffffffffffffffb
: bits that a loop sets late
r2 = *(u8 *)(r1 + 0)
r0 = 0
r3 = 1
r3 <<= 1
r0 |= r3
r2 += -1
if r2 != 0 goto -4
r0 &= 1792
exit
mem: 0a
=> 0x700
: bits that come by way of another variable of the loop
r2 = *(u8 *)(r1 + 0)
r3 = 1
r4 = 0
r5 = 0
r5 = r4
r4 = r3
r3 <<= 8
r2 += -1
if r2 != 0 goto -5
r0 = r5
r0 >>= 8
exit
mem: 04
=> 0x100
: bits of a copy that was made before a loop's value was known
r2 = *(u8 *)(r1 + 0)
r3 = *(u8 *)(r1 + 1)
r4 = r3
r3 = r4
r3 += 200
r4 = r3
r2 += -1
if r2 != 0 goto -5
r0 = 1
if r4 > 255 goto +1
r0 = 0
exit
mem: 02 64
=> 0x1
: a store into the middle of a slot
r2 = 0x1122334455667788 ll
*(u64 *)(r10 - 8) = r2
*(u16 *)(r10 - 6) = 0xaaaa
r0 = *(u64 *)(r10 - 8)
exit
=> 0x11223344aaaa7788
: slots that overlap and have no common end
r2 = 0x1122334455667788 ll
*(u64 *)(r10 - 16) = r2
*(u64 *)(r10 - 8) = r2
*(u32 *)(r10 - 10) = 7
r0 = *(u64 *)(r10 - 16)
r3 = *(u64 *)(r10 - 8)
r0 ^= r3
exit
=> 0x1125000000007788
: the upper half of a slot, sign extended
r2 = *(u32 *)(r1 + 0)
*(u32 *)(r10 - 4) = r2
r0 = *(s16 *)(r10 - 2)
exit
mem: 01 00 00 80
=> 0xffffffffffff8000
: two variables change places
r5 = *(u8 *)(r1 + 0)
r2 = *(u8 *)(r1 + 1)
r3 = *(u8 *)(r1 + 2)
r4 = r2
r2 = r3
r3 = r4
r5 += -1
if r5 != 0 goto -5
r2 <<= 4
r0 = r2
r0 |= r3
exit
mem: 03 01 02
=> 0x21
: eight variables go round
r0 = *(u8 *)(r1 + 0)
r2 = 2
r3 = 3
r4 = 4
r5 = 5
r6 = 6
r7 = 7
r8 = 8
r9 = 9
r1 = r0
r0 = r2
r2 = r3
r3 = r4
r4 = r5
r5 = r6
r6 = r7
r7 = r8
r8 = r9
r9 = r0
r1 += -1
if r1 != 0 goto -11
r0 = r2
r0 <<= 4
r0 |= r3
r0 <<= 4
r0 |= r4
r0 <<= 4
r0 |= r5
r0 <<= 4
r0 |= r6
r0 <<= 4
r0 |= r7
r0 <<= 4
r0 |= r8
r0 <<= 4
r0 |= r9
exit
mem: 05
=> 0x78923456
: the smallest number by -1 is not known before
r0 = 1
r0 <<= 63
r2 = *(s8 *)(r1 + 0)
r3 = r0
r0 s/= r2
r3 s%= r2
r0 |= r3
exit
mem: ff
=> 0x8000000000000000
: the smallest number of 32 bits by -1
r2 = *(s8 *)(r1 + 0)
w0 = 0x80000000
w3 = w0
w0 s/= w2
w3 s%= w2
w0 |= w3
exit
mem: ff
=> 0x80000000
: the remainder by 0 of 32 bits has no upper half
r0 = *(u64 *)(r1 + 0)
r2 = *(u8 *)(r1 + 8)
w0 %= w2
exit
mem: 88 77 66 55 44 33 22 11 00
=> 0x55667788
: an index that is shifted, with a displacement below it
r2 = *(u8 *)(r1 + 0)
r3 = r2
r3 <<= 3
r3 += r1
r0 = *(u8 *)(r3 - 7)
exit
mem: 01 42
=> 0x42
: bits that are set
r0 = *(u64 *)(r1 + 0)
r2 = r0
r2 >>= 1
r3 = 0x5555555555555555 ll
r2 &= r3
r0 -= r2
r3 = 0x3333333333333333 ll
r2 = r0
r2 &= r3
r0 >>= 2
r0 &= r3
r0 += r2
r2 = r0
r2 >>= 4
r0 += r2
r3 = 0x0f0f0f0f0f0f0f0f ll
r0 &= r3
r3 = 0x0101010101010101 ll
r0 *= r3
r0 >>= 56
exit
mem: f0 0f 01 80 ff 00 00 03
=> 0x14
: ... in the low half
r0 = *(u64 *)(r1 + 0)
w2 = w0
w2 >>= 1
w3 = 0x55555555
w2 &= w3
w0 -= w2
w3 = 0x33333333
w2 = w0
w2 &= w3
w0 >>= 2
w0 &= w3
w0 += w2
w2 = w0
w2 >>= 4
w0 += w2
w3 = 0x0f0f0f0f
w0 &= w3
w3 = 0x01010101
w0 *= w3
w0 >>= 24
exit
mem: f0 0f 01 80 ff 00 00 03
=> 0xa
: what only looks like counting bits
r0 = *(u64 *)(r1 + 0)
r2 = r0
r2 >>= 1
r3 = 0x5454545454545454 ll
r2 &= r3
r0 -= r2
r3 = 0x3333333333333333 ll
r2 = r0
r2 &= r3
r0 >>= 2
r0 &= r3
r0 += r2
r2 = r0
r2 >>= 4
r0 += r2
r3 = 0x0f0f0f0f0f0f0f0f ll
r0 &= r3
r3 = 0x0101010101010101 ll
r0 *= r3
r0 >>= 56
exit
mem: f0 0f 01 80 ff 00 00 03
=> 0x17
: ... at its end
r0 = *(u64 *)(r1 + 0)
w2 = w0
w2 >>= 1
w3 = 0x55555555
w2 &= w3
w0 -= w2
w3 = 0x33333333
w2 = w0
w2 &= w3
w0 >>= 2
w0 &= w3
w0 += w2
w2 = w0
w2 >>= 4
w0 += w2
w3 = 0x0e0e0e0e
w0 &= w3
w3 = 0x01010101
w0 *= w3
w0 >>= 24
exit
mem: f0 0f 01 80 ff 00 00 03
=> 0x8
: loads that are operands: arithmetic
r0 = 1000
r2 = *(u64 *)(r1 + 0)
r0 -= r2
r2 = *(u32 *)(r1 + 8)
w0 *= w2
r2 = *(u64 *)(r1 + 8)
w0 ^= w2
r1 = *(u64 *)(r1 + 0)
r0 += r1
exit
mem: e7 03 00 00 00 00 00 00 07 00 00 00 ff ff ff ff
=> 0x3e7
: ... comparisons with few bits
r0 = 0
r2 = *(u8 *)(r1 + 0)
if r2 != 0xfe goto +13
r2 = *(u16 *)(r1 + 0)
if r2 > 0xff80 goto +11
r2 = *(u16 *)(r1 + 0)
if r2 < 5 goto +9
r2 = *(u32 *)(r1 + 0)
if r2 == 0xfe goto +7
r2 = *(u8 *)(r1 + 1)
if r2 & 0x7f goto +5
r2 = *(u16 *)(r1 + 0)
r3 = *(u16 *)(r1 + 4)
if r3 >= r2 goto +2
r0 = 1
exit
r0 = 2
exit
mem: fe 80 01 00 fd 80
=> 1
: ... of a sign: all bits are needed
r0 = 0
r2 = *(u8 *)(r1 + 0)
if r2 s< 0 goto +3
r2 = *(u8 *)(r1 + 1)
if r2 s> -1 goto +3
exit
r0 = 5
exit
r0 = 7
exit
mem: fe ff
=> 7
: ... what is stored between is not what was loaded
r2 = *(u64 *)(r1 + 0)
r3 = 5
*(u64 *)(r1 + 0) = r3
r0 = 1
r0 += r2
exit
mem: 2a 00 00 00 00 00 00 00
=> 0x2b
: a count of places is taken modulo the width in any case
r0 = *(u64 *)(r1 + 0)
r2 = *(u64 *)(r1 + 8)
r3 = r2
r3 &= 0x7f
r0 <<= r3
r2 &= 0x1f
w2 = w2
r4 = *(u64 *)(r1 + 0)
w4 >>= w2
r0 ^= r4
exit
mem: 11 00 00 00 00 00 00 80 42 ff ff ff ff ff ff ff
=> 0x40
: ... of fewer bits it is not
r0 = 1
r2 = *(u64 *)(r1 + 0)
r2 &= 0x1f
r0 <<= r2
exit
mem: 21 00 00 00 00 00 00 00
=> 2
: a table at a constant address
r0 = 0
r2 = *(u8 *)(r1 + 0)
r2 &= 1
r2 <<= 3
r3 = r1
r3 += r2
r0 = *(u64 *)(r3 + 8)
r4 = *(u32 *)(r3 + 12)
r0 += r4
exit
mem: 01 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 05 00 00 00 02 00 00 00
=> 0x200000007
: a byte loaded and sign extended to 32 bits, and to 64
r0 = *(u8 *)(r1 + 0)
w0 <<= 24
w0 s>>= 24
r2 = *(u16 *)(r1 + 1)
r2 <<= 48
r2 s>>= 48
r0 += r2
exit
mem: fe fd ff
=> 0xfffffffb
: ... of more than the low half of what is loaded
r0 = *(u64 *)(r1 + 0)
r0 <<= 56
r0 s>>= 56
r2 = *(u32 *)(r1 + 4)
w2 <<= 16
w2 s>>= 16
r0 ^= r2
exit
mem: 80 01 02 03 01 80 00 00
=> 0xffffffff00007f81
: the sign of a part is asked for, in each direction
r0 = 0
r2 = *(u8 *)(r1 + 0)
r3 = r2
w3 <<= 24
w3 s>>= 24
if w3 s< 0 goto +1
r0 |= 1
if w3 s> -1 goto +1
r0 |= 2
r4 = r2
r4 <<= 56
r4 s>>= 56
if r4 s>= 0 goto +1
r0 |= 4
if r4 s<= -1 goto +1
r0 |= 8
r5 = *(u16 *)(r1 + 1)
w5 <<= 16
w5 s>>= 16
if r5 s< 0 goto +1
r0 |= 16
exit
mem: 80 00 80
=> 0x16
: ... of a positive one
r0 = 0
r2 = *(u8 *)(r1 + 0)
r3 = r2
w3 <<= 24
w3 s>>= 24
if w3 s< 0 goto +1
r0 |= 1
if w3 s> -1 goto +1
r0 |= 2
r4 = r2
r4 <<= 56
r4 s>>= 56
if r4 s>= 0 goto +1
r0 |= 4
if r4 s<= -1 goto +1
r0 |= 8
exit
mem: 7f
=> 9
: two choices by one comparison, one of them a number
r2 = *(u8 *)(r1 + 0)
r3 = *(u8 *)(r1 + 1)
r4 = 1
if r2 s> r3 goto +1
r4 = 0
r5 = r3
if r2 s> r3 goto +1
r5 = r2
r0 = r5
if r2 s<= r3 goto +1
r0 = r2
r0 <<= 8
r0 |= r4
exit
mem: 09 05
=> 0x901
: the comparison of one path is not that of another
r0 = 0
r2 = *(u8 *)(r1 + 0)
r3 = *(u8 *)(r1 + 1)
if r3 == 7 goto +3
r0 = 3
if r2 > 4 goto +1
r0 = 2
if r2 > 4 goto +1
r0 |= 16
exit
mem: 09 07
=> 0
: products of rests and rests of products
r0 = *(u64 *)(r1 + 0)
r0 %= 1000003
r2 = *(u64 *)(r1 + 8)
r2 %= 1000003
r3 = r0
r3 *= r2
r3 %= 1000003
r0 *= r0
r0 %= 999983
r0 <<= 32
r0 |= r3
w4 = w0
r4 %= 7
r0 += r4
exit
mem: ff ff ff ff ff ff ff ff fe ff ff ff ff ff ff 7f
=> 0xb9dca000988a5
: the rest of 32 bits times one of 64
w0 = -1
w0 %= 65521
r2 = *(u64 *)(r1 + 0)
r2 %= 4294967291
r0 *= r2
r0 %= 4294967291
exit
mem: fa ff ff ff ff ff ff ff
=> 0xfffffffffffffac0
: 32 bits done in 64, cut off at the end: a rotation
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r2 += r3
r0 = r2
r0 <<= 7
r4 = r2
r4 <<= 32
r4 >>= 57
r0 |= r4
r5 = 0xfe000000 ll
r2 &= r5
r2 >>= 25
r0 += r2
r0 <<= 32
r0 >>= 32
exit
mem: f0 f1 f2 f3 f4 f5 f6 f7
=> 0xf4f3f2ea
: ... of which more is wanted after all
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r2 += r3
r0 = r2
r0 <<= 7
r4 = r2
r4 <<= 32
r4 >>= 57
r0 |= r4
exit
mem: f0 f1 f2 f3 f4 f5 f6 f7
=> 0xf5f4f3f275
: ... around a loop, by what is stored
r2 = *(u32 *)(r1 + 0)
r3 = 0
r4 = r2
r4 <<= 5
r5 = r2
r5 <<= 32
r5 >>= 59
r4 |= r5
r4 ^= 2654435769
r4 *= 33
r4 -= r3
r2 = r4
r3 += 1
if r3 != 5 goto -12
*(u32 *)(r1 + 4) = r2
r0 = *(u64 *)(r1 + 0)
exit
mem: 01 02 03 84 00 00 00 00
=> 0xc555df6e84030201
: numbers of 32 bits compared after both were sign extended
r0 = 0
r2 = *(u32 *)(r1 + 0)
r2 <<= 32
r2 s>>= 32
r3 = *(u32 *)(r1 + 4)
r3 <<= 32
r3 s>>= 32
if r2 s< r3 goto +1
r0 |= 1
if r2 > r3 goto +1
r0 |= 2
if r2 s> -3 goto +1
r0 |= 4
if r3 > -5 goto +1
r0 |= 8
if r2 & 0x40000000 goto +1
r0 |= 16
exit
mem: f0 ff ff ff 05 00 00 00
=> 0xc
: choices by more than, where more and as much differ
r2 = *(u8 *)(r1 + 0)
r3 = *(u8 *)(r1 + 1)
r0 = r2
if r2 > r3 goto +1
r0 = r3
r4 = 1
if r2 > 5 goto +1
r4 = 0
r0 <<= 8
r0 |= r4
r5 = r3
if r3 <= 0 goto +1
r5 = 7
r0 <<= 8
r0 |= r5
w6 = w2
if w2 <= w3 goto +1
w6 = 9
r0 <<= 8
r0 |= r6
exit
mem: 05 06
=> 0x6000705
: ... of the largest numbers
r2 = *(u64 *)(r1 + 0)
r0 = 1
if r2 > -1 goto +1
r0 = 0
r3 = 2
if r2 > 0x7fffffff goto +1
r3 = 0
r0 |= r3
w4 = 4
if w2 > -1 goto +1
w4 = 0
r0 |= r4
w5 = 8
if w2 > -2 goto +1
w5 = 0
r0 |= r5
exit
mem: ff ff ff ff ff ff ff ff
=> 10
: what was just computed is compared with 0, overflown and not
r2 = *(u64 *)(r1 + 0)
r3 = *(u64 *)(r1 + 8)
r0 = 0
r4 = r2
r4 += r3
if r4 s< 0 goto +1
r0 |= 1
r5 = r2
r5 += r3
if r5 s> -1 goto +1
r0 |= 2
r6 = r2
r6 -= r3
r7 = 4
if r6 s> 0 goto +1
r7 = 0
r0 |= r7
r8 = r3
r8 -= r2
r9 = 8
if r8 s>= 0 goto +1
r9 = 0
r0 |= r9
w4 = w2
w4 -= w3
r5 = 16
if w4 == 0 goto +1
r5 = 0
r0 |= r5
exit
mem: ff ff ff ff ff ff ff 7f 01 00 00 00 00 00 00 00
=> 6
: ... and twice, as a number and as a choice
r2 = *(u64 *)(r1 + 0)
r3 = *(u64 *)(r1 + 8)
r2 -= r3
r4 = 1
if r2 s< 0 goto +1
r4 = 0
r5 = r2
if r2 s>= 0 goto +1
r5 = 0
r6 = r2
if r2 s> 0 goto +1
r6 = 0
r7 = 3
if r2 s> 0 goto +1
r7 = r3
r0 = r4
r0 <<= 8
r0 |= r5
r0 <<= 8
r0 |= r6
r0 <<= 8
r0 |= r7
exit
mem: 00 00 00 00 00 00 00 80 01 00 00 00 00 00 00 00
=> 0xffffffffffffff03
: ... unsigned numbers, against 0 and 1
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = 0
w2 += w3
if w2 > 0 goto +1
r0 |= 1
if w2 < 1 goto +1
r0 |= 2
if w2 >= 1 goto +1
r0 |= 4
if w2 <= 0 goto +1
r0 |= 8
w3 ^= -1
if w3 s<= -1 goto +1
r0 |= 16
exit
mem: 01 00 00 00 ff ff ff ff
=> 21
: numbers put together from bytes, from the front and from the back
r2 = *(u8 *)(r1 + 1)
r3 = *(u8 *)(r1 + 2)
r3 <<= 8
r3 |= r2
r4 = *(u8 *)(r1 + 4)
r0 = *(u8 *)(r1 + 3)
r4 <<= 8
r4 |= r0
r4 <<= 16
r4 |= r3
r5 = *(u8 *)(r1 + 5)
r6 = *(u8 *)(r1 + 6)
r5 <<= 8
r5 += r6
r0 = r4
r0 <<= 16
r0 ^= r5
exit
mem: 00 11 22 33 44 55 66 77
=> 0x443322115566
: ... whose bytes are wanted alone as well, or not side by side
r2 = *(u8 *)(r1 + 1)
r3 = *(u8 *)(r1 + 2)
r4 = r3
r4 <<= 8
r4 |= r2
r5 = *(u8 *)(r1 + 4)
r6 = *(u8 *)(r1 + 6)
r6 <<= 8
r6 |= r5
r7 = *(u16 *)(r1 + 4)
r8 = *(u16 *)(r1 + 2)
r8 <<= 16
r8 |= r7
r0 = r4
r0 += r3
r0 <<= 16
r0 |= r6
r0 <<= 32
r0 |= r8
exit
mem: 00 11 22 33 44 55 66 77
=> 0x2233664433225544
: ... with a byte written between
r2 = *(u8 *)(r1 + 1)
*(u8 *)(r1 + 1) = 9
r3 = *(u8 *)(r1 + 2)
r3 <<= 8
r3 |= r2
r4 = *(u8 *)(r1 + 0)
r5 = *(u8 *)(r1 + 1)
r5 <<= 8
r5 |= r4
r0 = r3
r0 <<= 16
r0 |= r5
exit
mem: 00 11 22 33
=> 0x22110900
: a choice between a number and 0 whose lower half alone is asked
r2 = *(u64 *)(r1 + 0)
r0 = r2
if w2 s> 0 goto +1
r0 = 0
exit
mem: 00 00 00 00 01 00 00 00
=> 0
