# SPDX-License-Identifier: BSD-2-Clause
# Loops as compilers leave them for machines without 32-bit instructions (-O1 -mcpu=v1).
: headers one behind the other: their lengths, a flag and two counts lose their limits by and by
type: xdp
limit: visits 3000
r0 = 1
r2 = *(u32 *)(r1 + 4)
r4 = *(u32 *)(r1 + 0)
r1 = r4
r1 += 54
if r1 > r2 goto +79
r3 = 54
r1 = 0
r9 = r4
r9 += 20
r6 = 0
r5 = 0
r0 = 0
*(u64 *)(r10 - 8) = r0
goto +12
r0 += r3
r6 += 1
r7 = r6
r7 <<= 32
r7 >>= 32
r9 = r8
r3 = r0
if r7 != 64 goto +4
r1 &= 1
if r1 == 0 goto +60
r0 = 0
goto +58
r0 = 1
r7 = r3
r7 <<= 32
r7 >>= 32
if r7 > 1400 goto -9
r8 = r4
r8 += r7
r7 = r8
r7 += 8
if r7 > r2 goto -14
r9 = *(u8 *)(r9 + 0)
if r9 s> 50 goto +5
if r9 s> 42 goto +10
if r9 == 0 goto +20
if r9 == 6 goto +44
if r9 == 17 goto +66
goto +60
if r9 s> 59 goto +14
if r9 == 51 goto +29
if r9 == 58 goto +53
r0 = 2
if r9 == 59 goto -26
goto +54
if r9 == 43 goto +10
if r9 == 44 goto +1
goto +51
r1 = *(u8 *)(r8 + 2)
r0 = 8
if r0 > r1 goto +22
r1 = 1
*(u64 *)(r10 - 8) = r1
goto +19
if r9 == 135 goto +5
if r9 != 60 goto +43
r5 += 1
r0 = *(u8 *)(r8 + 1)
r0 <<= 3
goto +12
r1 = r5
r1 += 2
r0 = *(u8 *)(r8 + 3)
if r0 > 4 goto +1
r1 = r5
r0 = *(u8 *)(r8 + 1)
r0 <<= 3
r0 += 8
r5 = r1
goto +3
r0 = *(u8 *)(r8 + 1)
r0 <<= 2
r0 += 8
r7 = r6
r7 <<= 32
r7 >>= 32
r1 = 1
if r7 > 62 goto -68
r1 = 0
goto -70
exit
r3 = r8
r3 += 20
if r3 > r2 goto -66
r0 = 3
r2 = *(u8 *)(r8 + 13)
r2 &= 2
if r2 != 0 goto -70
r2 = *(u64 *)(r10 - 8)
r2 <<= 32
r2 >>= 32
r0 = 2
if r2 == 0 goto -75
r0 = 1
goto -77
r2 = *(u8 *)(r8 + 0)
r0 = 3
if r2 > 128 goto -80
goto +7
r5 <<= 32
r5 >>= 32
r0 = 1
if r5 > 3 goto -85
goto +2
r2 = *(u8 *)(r8 + 4)
if r2 == 0 goto -88
r0 = 2
goto -90
=> accept
kernel: skip takes it seconds
: ... one byte less is shown than is read
type: xdp
limit: visits 3000
r0 = 1
r2 = *(u32 *)(r1 + 4)
r4 = *(u32 *)(r1 + 0)
r1 = r4
r1 += 54
if r1 > r2 goto +79
r3 = 54
r1 = 0
r9 = r4
r9 += 20
r6 = 0
r5 = 0
r0 = 0
*(u64 *)(r10 - 8) = r0
goto +12
r0 += r3
r6 += 1
r7 = r6
r7 <<= 32
r7 >>= 32
r9 = r8
r3 = r0
if r7 != 64 goto +4
r1 &= 1
if r1 == 0 goto +60
r0 = 0
goto +58
r0 = 1
r7 = r3
r7 <<= 32
r7 >>= 32
if r7 > 1400 goto -9
r8 = r4
r8 += r7
r7 = r8
r7 += 3
if r7 > r2 goto -14
r9 = *(u8 *)(r9 + 0)
if r9 s> 50 goto +5
if r9 s> 42 goto +10
if r9 == 0 goto +20
if r9 == 6 goto +44
if r9 == 17 goto +66
goto +60
if r9 s> 59 goto +14
if r9 == 51 goto +29
if r9 == 58 goto +53
r0 = 2
if r9 == 59 goto -26
goto +54
if r9 == 43 goto +10
if r9 == 44 goto +1
goto +51
r1 = *(u8 *)(r8 + 2)
r0 = 8
if r0 > r1 goto +22
r1 = 1
*(u64 *)(r10 - 8) = r1
goto +19
if r9 == 135 goto +5
if r9 != 60 goto +43
r5 += 1
r0 = *(u8 *)(r8 + 1)
r0 <<= 3
goto +12
r1 = r5
r1 += 2
r0 = *(u8 *)(r8 + 3)
if r0 > 4 goto +1
r1 = r5
r0 = *(u8 *)(r8 + 1)
r0 <<= 3
r0 += 8
r5 = r1
goto +3
r0 = *(u8 *)(r8 + 1)
r0 <<= 2
r0 += 8
r7 = r6
r7 <<= 32
r7 >>= 32
r1 = 1
if r7 > 62 goto -68
r1 = 0
goto -70
exit
r3 = r8
r3 += 20
if r3 > r2 goto -66
r0 = 3
r2 = *(u8 *)(r8 + 13)
r2 &= 2
if r2 != 0 goto -70
r2 = *(u64 *)(r10 - 8)
r2 <<= 32
r2 >>= 32
r0 = 2
if r2 == 0 goto -75
r0 = 1
goto -77
r2 = *(u8 *)(r8 + 0)
r0 = 3
if r2 > 128 goto -80
goto +7
r5 <<= 32
r5 >>= 32
r0 = 1
if r5 > 3 goto -85
goto +2
r2 = *(u8 *)(r8 + 4)
if r2 == 0 goto -88
r0 = 2
goto -90
=> reject packet.oob
kernel: reject
