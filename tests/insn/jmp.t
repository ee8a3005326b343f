# SPDX-License-Identifier: BSD-2-Clause
# Conditions at 64 and 32 bits; r0 gathers one bit a comparison, lowest first.
# `: name` begins a case, `mem:` is what r1 points to and r2 counts, `=>` is r0 at the end.
: if == 64 reg
r0 = 0
r1 = 0x0 ll
r2 = 0x0 ll
if r1 == r2 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
r2 = 0x2 ll
if r1 == r2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
r2 = 0x1 ll
if r1 == r2 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
r2 = 0x1 ll
if r1 == r2 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
r2 = 0xffffffffffffffff ll
if r1 == r2 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
r2 = 0x7fffffff ll
if r1 == r2 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
r2 = 0x80000000 ll
if r1 == r2 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
r2 = 0xffffffff80000000 ll
if r1 == r2 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
r2 = 0x5 ll
if r1 == r2 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x1
: if == 64 imm
r0 = 0
r1 = 0x0 ll
if r1 == 0 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
if r1 == 2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
if r1 == 1 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
if r1 == 1 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
if r1 == -1 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
if r1 == 2147483647 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
if r1 == -2147483648 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
if r1 == -2147483648 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
if r1 == 5 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x1
: if == 32 reg
r0 = 0
r1 = 0x0 ll
r2 = 0x0 ll
if w1 == w2 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
r2 = 0x2 ll
if w1 == w2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
r2 = 0x1 ll
if w1 == w2 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
r2 = 0x1 ll
if w1 == w2 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
r2 = 0xffffffffffffffff ll
if w1 == w2 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
r2 = 0x7fffffff ll
if w1 == w2 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
r2 = 0x80000000 ll
if w1 == w2 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
r2 = 0xffffffff80000000 ll
if w1 == w2 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
r2 = 0x5 ll
if w1 == w2 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x1c1
: if == 32 imm
r0 = 0
r1 = 0x0 ll
if w1 == 0 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
if w1 == 2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
if w1 == 1 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
if w1 == 1 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
if w1 == -1 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
if w1 == 2147483647 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
if w1 == -2147483648 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
if w1 == -2147483648 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
if w1 == 5 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x1c1
: if > 64 reg
r0 = 0
r1 = 0x0 ll
r2 = 0x0 ll
if r1 > r2 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
r2 = 0x2 ll
if r1 > r2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
r2 = 0x1 ll
if r1 > r2 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
r2 = 0x1 ll
if r1 > r2 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
r2 = 0xffffffffffffffff ll
if r1 > r2 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
r2 = 0x7fffffff ll
if r1 > r2 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
r2 = 0x80000000 ll
if r1 > r2 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
r2 = 0xffffffff80000000 ll
if r1 > r2 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
r2 = 0x5 ll
if r1 > r2 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x16c
: if > 64 imm
r0 = 0
r1 = 0x0 ll
if r1 > 0 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
if r1 > 2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
if r1 > 1 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
if r1 > 1 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
if r1 > -1 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
if r1 > 2147483647 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
if r1 > -2147483648 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
if r1 > -2147483648 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
if r1 > 5 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x12c
: if > 32 reg
r0 = 0
r1 = 0x0 ll
r2 = 0x0 ll
if w1 > w2 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
r2 = 0x2 ll
if w1 > w2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
r2 = 0x1 ll
if w1 > w2 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
r2 = 0x1 ll
if w1 > w2 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
r2 = 0xffffffffffffffff ll
if w1 > w2 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
r2 = 0x7fffffff ll
if w1 > w2 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
r2 = 0x80000000 ll
if w1 > w2 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
r2 = 0xffffffff80000000 ll
if w1 > w2 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
r2 = 0x5 ll
if w1 > w2 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0xc
: if > 32 imm
r0 = 0
r1 = 0x0 ll
if w1 > 0 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
if w1 > 2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
if w1 > 1 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
if w1 > 1 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
if w1 > -1 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
if w1 > 2147483647 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
if w1 > -2147483648 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
if w1 > -2147483648 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
if w1 > 5 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0xc
: if >= 64 reg
r0 = 0
r1 = 0x0 ll
r2 = 0x0 ll
if r1 >= r2 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
r2 = 0x2 ll
if r1 >= r2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
r2 = 0x1 ll
if r1 >= r2 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
r2 = 0x1 ll
if r1 >= r2 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
r2 = 0xffffffffffffffff ll
if r1 >= r2 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
r2 = 0x7fffffff ll
if r1 >= r2 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
r2 = 0x80000000 ll
if r1 >= r2 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
r2 = 0xffffffff80000000 ll
if r1 >= r2 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
r2 = 0x5 ll
if r1 >= r2 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x16d
: if >= 64 imm
r0 = 0
r1 = 0x0 ll
if r1 >= 0 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
if r1 >= 2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
if r1 >= 1 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
if r1 >= 1 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
if r1 >= -1 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
if r1 >= 2147483647 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
if r1 >= -2147483648 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
if r1 >= -2147483648 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
if r1 >= 5 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x12d
: if >= 32 reg
r0 = 0
r1 = 0x0 ll
r2 = 0x0 ll
if w1 >= w2 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
r2 = 0x2 ll
if w1 >= w2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
r2 = 0x1 ll
if w1 >= w2 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
r2 = 0x1 ll
if w1 >= w2 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
r2 = 0xffffffffffffffff ll
if w1 >= w2 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
r2 = 0x7fffffff ll
if w1 >= w2 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
r2 = 0x80000000 ll
if w1 >= w2 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
r2 = 0xffffffff80000000 ll
if w1 >= w2 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
r2 = 0x5 ll
if w1 >= w2 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x1cd
: if >= 32 imm
r0 = 0
r1 = 0x0 ll
if w1 >= 0 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
if w1 >= 2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
if w1 >= 1 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
if w1 >= 1 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
if w1 >= -1 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
if w1 >= 2147483647 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
if w1 >= -2147483648 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
if w1 >= -2147483648 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
if w1 >= 5 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x1cd
: if & 64 reg
r0 = 0
r1 = 0x0 ll
r2 = 0x0 ll
if r1 & r2 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
r2 = 0x2 ll
if r1 & r2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
r2 = 0x1 ll
if r1 & r2 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
r2 = 0x1 ll
if r1 & r2 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
r2 = 0xffffffffffffffff ll
if r1 & r2 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
r2 = 0x7fffffff ll
if r1 & r2 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
r2 = 0x80000000 ll
if r1 & r2 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
r2 = 0xffffffff80000000 ll
if r1 & r2 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
r2 = 0x5 ll
if r1 & r2 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x1d8
: if & 64 imm
r0 = 0
r1 = 0x0 ll
if r1 & 0 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
if r1 & 2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
if r1 & 1 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
if r1 & 1 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
if r1 & -1 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
if r1 & 2147483647 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
if r1 & -2147483648 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
if r1 & -2147483648 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
if r1 & 5 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x1d8
: if & 32 reg
r0 = 0
r1 = 0x0 ll
r2 = 0x0 ll
if w1 & w2 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
r2 = 0x2 ll
if w1 & w2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
r2 = 0x1 ll
if w1 & w2 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
r2 = 0x1 ll
if w1 & w2 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
r2 = 0xffffffffffffffff ll
if w1 & w2 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
r2 = 0x7fffffff ll
if w1 & w2 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
r2 = 0x80000000 ll
if w1 & w2 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
r2 = 0xffffffff80000000 ll
if w1 & w2 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
r2 = 0x5 ll
if w1 & w2 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x1d8
: if & 32 imm
r0 = 0
r1 = 0x0 ll
if w1 & 0 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
if w1 & 2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
if w1 & 1 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
if w1 & 1 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
if w1 & -1 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
if w1 & 2147483647 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
if w1 & -2147483648 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
if w1 & -2147483648 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
if w1 & 5 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x1d8
: if != 64 reg
r0 = 0
r1 = 0x0 ll
r2 = 0x0 ll
if r1 != r2 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
r2 = 0x2 ll
if r1 != r2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
r2 = 0x1 ll
if r1 != r2 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
r2 = 0x1 ll
if r1 != r2 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
r2 = 0xffffffffffffffff ll
if r1 != r2 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
r2 = 0x7fffffff ll
if r1 != r2 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
r2 = 0x80000000 ll
if r1 != r2 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
r2 = 0xffffffff80000000 ll
if r1 != r2 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
r2 = 0x5 ll
if r1 != r2 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x1fe
: if != 64 imm
r0 = 0
r1 = 0x0 ll
if r1 != 0 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
if r1 != 2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
if r1 != 1 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
if r1 != 1 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
if r1 != -1 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
if r1 != 2147483647 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
if r1 != -2147483648 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
if r1 != -2147483648 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
if r1 != 5 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x1fe
: if != 32 reg
r0 = 0
r1 = 0x0 ll
r2 = 0x0 ll
if w1 != w2 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
r2 = 0x2 ll
if w1 != w2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
r2 = 0x1 ll
if w1 != w2 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
r2 = 0x1 ll
if w1 != w2 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
r2 = 0xffffffffffffffff ll
if w1 != w2 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
r2 = 0x7fffffff ll
if w1 != w2 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
r2 = 0x80000000 ll
if w1 != w2 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
r2 = 0xffffffff80000000 ll
if w1 != w2 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
r2 = 0x5 ll
if w1 != w2 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x3e
: if != 32 imm
r0 = 0
r1 = 0x0 ll
if w1 != 0 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
if w1 != 2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
if w1 != 1 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
if w1 != 1 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
if w1 != -1 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
if w1 != 2147483647 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
if w1 != -2147483648 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
if w1 != -2147483648 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
if w1 != 5 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x3e
: if s> 64 reg
r0 = 0
r1 = 0x0 ll
r2 = 0x0 ll
if r1 s> r2 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
r2 = 0x2 ll
if r1 s> r2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
r2 = 0x1 ll
if r1 s> r2 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
r2 = 0x1 ll
if r1 s> r2 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
r2 = 0xffffffffffffffff ll
if r1 s> r2 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
r2 = 0x7fffffff ll
if r1 s> r2 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
r2 = 0x80000000 ll
if r1 s> r2 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
r2 = 0xffffffff80000000 ll
if r1 s> r2 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
r2 = 0x5 ll
if r1 s> r2 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0xd4
: if s> 64 imm
r0 = 0
r1 = 0x0 ll
if r1 s> 0 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
if r1 s> 2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
if r1 s> 1 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
if r1 s> 1 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
if r1 s> -1 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
if r1 s> 2147483647 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
if r1 s> -2147483648 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
if r1 s> -2147483648 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
if r1 s> 5 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0xd4
: if s> 32 reg
r0 = 0
r1 = 0x0 ll
r2 = 0x0 ll
if w1 s> w2 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
r2 = 0x2 ll
if w1 s> w2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
r2 = 0x1 ll
if w1 s> w2 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
r2 = 0x1 ll
if w1 s> w2 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
r2 = 0xffffffffffffffff ll
if w1 s> w2 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
r2 = 0x7fffffff ll
if w1 s> w2 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
r2 = 0x80000000 ll
if w1 s> w2 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
r2 = 0xffffffff80000000 ll
if w1 s> w2 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
r2 = 0x5 ll
if w1 s> w2 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x14
: if s> 32 imm
r0 = 0
r1 = 0x0 ll
if w1 s> 0 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
if w1 s> 2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
if w1 s> 1 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
if w1 s> 1 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
if w1 s> -1 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
if w1 s> 2147483647 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
if w1 s> -2147483648 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
if w1 s> -2147483648 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
if w1 s> 5 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x14
: if s>= 64 reg
r0 = 0
r1 = 0x0 ll
r2 = 0x0 ll
if r1 s>= r2 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
r2 = 0x2 ll
if r1 s>= r2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
r2 = 0x1 ll
if r1 s>= r2 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
r2 = 0x1 ll
if r1 s>= r2 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
r2 = 0xffffffffffffffff ll
if r1 s>= r2 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
r2 = 0x7fffffff ll
if r1 s>= r2 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
r2 = 0x80000000 ll
if r1 s>= r2 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
r2 = 0xffffffff80000000 ll
if r1 s>= r2 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
r2 = 0x5 ll
if r1 s>= r2 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0xd5
: if s>= 64 imm
r0 = 0
r1 = 0x0 ll
if r1 s>= 0 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
if r1 s>= 2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
if r1 s>= 1 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
if r1 s>= 1 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
if r1 s>= -1 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
if r1 s>= 2147483647 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
if r1 s>= -2147483648 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
if r1 s>= -2147483648 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
if r1 s>= 5 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0xd5
: if s>= 32 reg
r0 = 0
r1 = 0x0 ll
r2 = 0x0 ll
if w1 s>= w2 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
r2 = 0x2 ll
if w1 s>= w2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
r2 = 0x1 ll
if w1 s>= w2 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
r2 = 0x1 ll
if w1 s>= w2 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
r2 = 0xffffffffffffffff ll
if w1 s>= w2 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
r2 = 0x7fffffff ll
if w1 s>= w2 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
r2 = 0x80000000 ll
if w1 s>= w2 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
r2 = 0xffffffff80000000 ll
if w1 s>= w2 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
r2 = 0x5 ll
if w1 s>= w2 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x1d5
: if s>= 32 imm
r0 = 0
r1 = 0x0 ll
if w1 s>= 0 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
if w1 s>= 2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
if w1 s>= 1 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
if w1 s>= 1 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
if w1 s>= -1 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
if w1 s>= 2147483647 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
if w1 s>= -2147483648 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
if w1 s>= -2147483648 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
if w1 s>= 5 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x1d5
: if < 64 reg
r0 = 0
r1 = 0x0 ll
r2 = 0x0 ll
if r1 < r2 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
r2 = 0x2 ll
if r1 < r2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
r2 = 0x1 ll
if r1 < r2 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
r2 = 0x1 ll
if r1 < r2 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
r2 = 0xffffffffffffffff ll
if r1 < r2 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
r2 = 0x7fffffff ll
if r1 < r2 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
r2 = 0x80000000 ll
if r1 < r2 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
r2 = 0xffffffff80000000 ll
if r1 < r2 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
r2 = 0x5 ll
if r1 < r2 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x92
: if < 64 imm
r0 = 0
r1 = 0x0 ll
if r1 < 0 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
if r1 < 2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
if r1 < 1 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
if r1 < 1 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
if r1 < -1 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
if r1 < 2147483647 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
if r1 < -2147483648 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
if r1 < -2147483648 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
if r1 < 5 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0xd2
: if < 32 reg
r0 = 0
r1 = 0x0 ll
r2 = 0x0 ll
if w1 < w2 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
r2 = 0x2 ll
if w1 < w2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
r2 = 0x1 ll
if w1 < w2 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
r2 = 0x1 ll
if w1 < w2 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
r2 = 0xffffffffffffffff ll
if w1 < w2 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
r2 = 0x7fffffff ll
if w1 < w2 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
r2 = 0x80000000 ll
if w1 < w2 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
r2 = 0xffffffff80000000 ll
if w1 < w2 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
r2 = 0x5 ll
if w1 < w2 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x32
: if < 32 imm
r0 = 0
r1 = 0x0 ll
if w1 < 0 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
if w1 < 2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
if w1 < 1 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
if w1 < 1 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
if w1 < -1 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
if w1 < 2147483647 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
if w1 < -2147483648 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
if w1 < -2147483648 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
if w1 < 5 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x32
: if <= 64 reg
r0 = 0
r1 = 0x0 ll
r2 = 0x0 ll
if r1 <= r2 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
r2 = 0x2 ll
if r1 <= r2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
r2 = 0x1 ll
if r1 <= r2 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
r2 = 0x1 ll
if r1 <= r2 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
r2 = 0xffffffffffffffff ll
if r1 <= r2 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
r2 = 0x7fffffff ll
if r1 <= r2 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
r2 = 0x80000000 ll
if r1 <= r2 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
r2 = 0xffffffff80000000 ll
if r1 <= r2 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
r2 = 0x5 ll
if r1 <= r2 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x93
: if <= 64 imm
r0 = 0
r1 = 0x0 ll
if r1 <= 0 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
if r1 <= 2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
if r1 <= 1 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
if r1 <= 1 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
if r1 <= -1 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
if r1 <= 2147483647 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
if r1 <= -2147483648 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
if r1 <= -2147483648 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
if r1 <= 5 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0xd3
: if <= 32 reg
r0 = 0
r1 = 0x0 ll
r2 = 0x0 ll
if w1 <= w2 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
r2 = 0x2 ll
if w1 <= w2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
r2 = 0x1 ll
if w1 <= w2 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
r2 = 0x1 ll
if w1 <= w2 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
r2 = 0xffffffffffffffff ll
if w1 <= w2 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
r2 = 0x7fffffff ll
if w1 <= w2 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
r2 = 0x80000000 ll
if w1 <= w2 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
r2 = 0xffffffff80000000 ll
if w1 <= w2 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
r2 = 0x5 ll
if w1 <= w2 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x1f3
: if <= 32 imm
r0 = 0
r1 = 0x0 ll
if w1 <= 0 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
if w1 <= 2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
if w1 <= 1 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
if w1 <= 1 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
if w1 <= -1 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
if w1 <= 2147483647 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
if w1 <= -2147483648 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
if w1 <= -2147483648 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
if w1 <= 5 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x1f3
: if s< 64 reg
r0 = 0
r1 = 0x0 ll
r2 = 0x0 ll
if r1 s< r2 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
r2 = 0x2 ll
if r1 s< r2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
r2 = 0x1 ll
if r1 s< r2 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
r2 = 0x1 ll
if r1 s< r2 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
r2 = 0xffffffffffffffff ll
if r1 s< r2 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
r2 = 0x7fffffff ll
if r1 s< r2 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
r2 = 0x80000000 ll
if r1 s< r2 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
r2 = 0xffffffff80000000 ll
if r1 s< r2 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
r2 = 0x5 ll
if r1 s< r2 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x12a
: if s< 64 imm
r0 = 0
r1 = 0x0 ll
if r1 s< 0 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
if r1 s< 2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
if r1 s< 1 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
if r1 s< 1 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
if r1 s< -1 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
if r1 s< 2147483647 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
if r1 s< -2147483648 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
if r1 s< -2147483648 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
if r1 s< 5 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x12a
: if s< 32 reg
r0 = 0
r1 = 0x0 ll
r2 = 0x0 ll
if w1 s< w2 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
r2 = 0x2 ll
if w1 s< w2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
r2 = 0x1 ll
if w1 s< w2 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
r2 = 0x1 ll
if w1 s< w2 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
r2 = 0xffffffffffffffff ll
if w1 s< w2 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
r2 = 0x7fffffff ll
if w1 s< w2 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
r2 = 0x80000000 ll
if w1 s< w2 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
r2 = 0xffffffff80000000 ll
if w1 s< w2 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
r2 = 0x5 ll
if w1 s< w2 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x2a
: if s< 32 imm
r0 = 0
r1 = 0x0 ll
if w1 s< 0 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
if w1 s< 2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
if w1 s< 1 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
if w1 s< 1 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
if w1 s< -1 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
if w1 s< 2147483647 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
if w1 s< -2147483648 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
if w1 s< -2147483648 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
if w1 s< 5 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x2a
: if s<= 64 reg
r0 = 0
r1 = 0x0 ll
r2 = 0x0 ll
if r1 s<= r2 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
r2 = 0x2 ll
if r1 s<= r2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
r2 = 0x1 ll
if r1 s<= r2 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
r2 = 0x1 ll
if r1 s<= r2 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
r2 = 0xffffffffffffffff ll
if r1 s<= r2 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
r2 = 0x7fffffff ll
if r1 s<= r2 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
r2 = 0x80000000 ll
if r1 s<= r2 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
r2 = 0xffffffff80000000 ll
if r1 s<= r2 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
r2 = 0x5 ll
if r1 s<= r2 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x12b
: if s<= 64 imm
r0 = 0
r1 = 0x0 ll
if r1 s<= 0 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
if r1 s<= 2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
if r1 s<= 1 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
if r1 s<= 1 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
if r1 s<= -1 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
if r1 s<= 2147483647 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
if r1 s<= -2147483648 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
if r1 s<= -2147483648 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
if r1 s<= 5 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x12b
: if s<= 32 reg
r0 = 0
r1 = 0x0 ll
r2 = 0x0 ll
if w1 s<= w2 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
r2 = 0x2 ll
if w1 s<= w2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
r2 = 0x1 ll
if w1 s<= w2 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
r2 = 0x1 ll
if w1 s<= w2 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
r2 = 0xffffffffffffffff ll
if w1 s<= w2 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
r2 = 0x7fffffff ll
if w1 s<= w2 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
r2 = 0x80000000 ll
if w1 s<= w2 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
r2 = 0xffffffff80000000 ll
if w1 s<= w2 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
r2 = 0x5 ll
if w1 s<= w2 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x1eb
: if s<= 32 imm
r0 = 0
r1 = 0x0 ll
if w1 s<= 0 goto t0
goto n0
t0: r0 |= 1
n0:
r1 = 0x1 ll
if w1 s<= 2 goto t1
goto n1
t1: r0 |= 2
n1:
r1 = 0x2 ll
if w1 s<= 1 goto t2
goto n2
t2: r0 |= 4
n2:
r1 = 0xffffffffffffffff ll
if w1 s<= 1 goto t3
goto n3
t3: r0 |= 8
n3:
r1 = 0x1 ll
if w1 s<= -1 goto t4
goto n4
t4: r0 |= 16
n4:
r1 = 0x8000000000000000 ll
if w1 s<= 2147483647 goto t5
goto n5
t5: r0 |= 32
n5:
r1 = 0x180000000 ll
if w1 s<= -2147483648 goto t6
goto n6
t6: r0 |= 64
n6:
r1 = 0x80000000 ll
if w1 s<= -2147483648 goto t7
goto n7
t7: r0 |= 128
n7:
r1 = 0xffffffff00000005 ll
if w1 s<= 5 goto t8
goto n8
t8: r0 |= 256
n8:
exit
=> 0x1eb
: goto forward and back
r0 = 0
goto b
a: r0 += 1
exit
b: r0 += 16
goto a
=> 0x11
: gotol forward and back
r0 = 0
gotol b
a: r0 += 1
exit
b: r0 += 16
gotol a
=> 0x11
: may_goto falls through while there is fuel
r0 = 0
again: may_goto out
r0 += 1
if r0 < 1000 goto again
out: exit
=> 0x3e8
: may_goto ends a loop without end
r0 = 0
again: may_goto out
r0 += 1
goto again
out: exit
=> 0x800000
: a loop that counts down
r1 = 100
r0 = 0
loop: r0 += r1
r1 -= 1
if r1 != 0 goto loop
exit
=> 0x13ba
: exit is not the last instruction
r0 = 1
goto over
exit
over: r0 = 2
exit
=> 0x2
: a bit test of a small negative number with both high registers
r0 = 0
r9 = 5
if w9 & -1 goto a
exit
a: if r9 & -2 goto b
exit
b: r0 = 7
exit
=> 0x7
