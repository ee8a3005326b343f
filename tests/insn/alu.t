# SPDX-License-Identifier: BSD-2-Clause
# Arithmetic at 64 and 32 bits, with register and immediate operands.
# `: name` begins a case, `mem:` is what r1 points to and r2 counts, `=>` is r0 at the end.
: add64 reg 1
r0 = 0x123456789abcdef0 ll
r1 = 0xfedcba987654321 ll
r0 += r1
exit
=> 0x2222222222222211
: add32 reg 1
r0 = 0x123456789abcdef0 ll
r1 = 0xfedcba987654321 ll
w0 += w1
exit
=> 0x22222211
: add64 imm 1
r0 = 0x123456789abcdef0 ll
r0 += -2023406815
exit
=> 0x1234567822222211
: add32 imm 1
r0 = 0x123456789abcdef0 ll
w0 += -2023406815
exit
=> 0x22222211
: add64 reg 2
r0 = 0xffffffffffffffff ll
r1 = 0x1 ll
r0 += r1
exit
=> 0x0
: add32 reg 2
r0 = 0xffffffffffffffff ll
r1 = 0x1 ll
w0 += w1
exit
=> 0x0
: add64 imm 2
r0 = 0xffffffffffffffff ll
r0 += 1
exit
=> 0x0
: add32 imm 2
r0 = 0xffffffffffffffff ll
w0 += 1
exit
=> 0x0
: add64 reg 3
r0 = 0x7fffffffffffffff ll
r1 = 0x7fffffff ll
r0 += r1
exit
=> 0x800000007ffffffe
: add32 reg 3
r0 = 0x7fffffffffffffff ll
r1 = 0x7fffffff ll
w0 += w1
exit
=> 0x7ffffffe
: add64 imm 3
r0 = 0x7fffffffffffffff ll
r0 += 2147483647
exit
=> 0x800000007ffffffe
: add32 imm 3
r0 = 0x7fffffffffffffff ll
w0 += 2147483647
exit
=> 0x7ffffffe
: add64 reg 4
r0 = 0x8000000000000000 ll
r1 = 0xffffffffffffffff ll
r0 += r1
exit
=> 0x7fffffffffffffff
: add32 reg 4
r0 = 0x8000000000000000 ll
r1 = 0xffffffffffffffff ll
w0 += w1
exit
=> 0xffffffff
: add64 imm 4
r0 = 0x8000000000000000 ll
r0 += -1
exit
=> 0x7fffffffffffffff
: add32 imm 4
r0 = 0x8000000000000000 ll
w0 += -1
exit
=> 0xffffffff
: add64 reg 5
r0 = 0xdeadbeef80000000 ll
r1 = 0xffffffff80000000 ll
r0 += r1
exit
=> 0xdeadbeef00000000
: add32 reg 5
r0 = 0xdeadbeef80000000 ll
r1 = 0xffffffff80000000 ll
w0 += w1
exit
=> 0x0
: add64 imm 5
r0 = 0xdeadbeef80000000 ll
r0 += -2147483648
exit
=> 0xdeadbeef00000000
: add32 imm 5
r0 = 0xdeadbeef80000000 ll
w0 += -2147483648
exit
=> 0x0
: sub64 reg 1
r0 = 0x123456789abcdef0 ll
r1 = 0xfedcba987654321 ll
r0 -= r1
exit
=> 0x2468acf13579bcf
: sub32 reg 1
r0 = 0x123456789abcdef0 ll
r1 = 0xfedcba987654321 ll
w0 -= w1
exit
=> 0x13579bcf
: sub64 imm 1
r0 = 0x123456789abcdef0 ll
r0 -= -2023406815
exit
=> 0x1234567913579bcf
: sub32 imm 1
r0 = 0x123456789abcdef0 ll
w0 -= -2023406815
exit
=> 0x13579bcf
: sub64 reg 2
r0 = 0xffffffffffffffff ll
r1 = 0x1 ll
r0 -= r1
exit
=> 0xfffffffffffffffe
: sub32 reg 2
r0 = 0xffffffffffffffff ll
r1 = 0x1 ll
w0 -= w1
exit
=> 0xfffffffe
: sub64 imm 2
r0 = 0xffffffffffffffff ll
r0 -= 1
exit
=> 0xfffffffffffffffe
: sub32 imm 2
r0 = 0xffffffffffffffff ll
w0 -= 1
exit
=> 0xfffffffe
: sub64 reg 3
r0 = 0x7fffffffffffffff ll
r1 = 0x7fffffff ll
r0 -= r1
exit
=> 0x7fffffff80000000
: sub32 reg 3
r0 = 0x7fffffffffffffff ll
r1 = 0x7fffffff ll
w0 -= w1
exit
=> 0x80000000
: sub64 imm 3
r0 = 0x7fffffffffffffff ll
r0 -= 2147483647
exit
=> 0x7fffffff80000000
: sub32 imm 3
r0 = 0x7fffffffffffffff ll
w0 -= 2147483647
exit
=> 0x80000000
: sub64 reg 4
r0 = 0x8000000000000000 ll
r1 = 0xffffffffffffffff ll
r0 -= r1
exit
=> 0x8000000000000001
: sub32 reg 4
r0 = 0x8000000000000000 ll
r1 = 0xffffffffffffffff ll
w0 -= w1
exit
=> 0x1
: sub64 imm 4
r0 = 0x8000000000000000 ll
r0 -= -1
exit
=> 0x8000000000000001
: sub32 imm 4
r0 = 0x8000000000000000 ll
w0 -= -1
exit
=> 0x1
: sub64 reg 5
r0 = 0xdeadbeef80000000 ll
r1 = 0xffffffff80000000 ll
r0 -= r1
exit
=> 0xdeadbef000000000
: sub32 reg 5
r0 = 0xdeadbeef80000000 ll
r1 = 0xffffffff80000000 ll
w0 -= w1
exit
=> 0x0
: sub64 imm 5
r0 = 0xdeadbeef80000000 ll
r0 -= -2147483648
exit
=> 0xdeadbef000000000
: sub32 imm 5
r0 = 0xdeadbeef80000000 ll
w0 -= -2147483648
exit
=> 0x0
: mul64 reg 1
r0 = 0x123456789abcdef0 ll
r1 = 0xfedcba987654321 ll
r0 *= r1
exit
=> 0x2236d88fe5618cf0
: mul32 reg 1
r0 = 0x123456789abcdef0 ll
r1 = 0xfedcba987654321 ll
w0 *= w1
exit
=> 0xe5618cf0
: mul64 imm 1
r0 = 0x123456789abcdef0 ll
r0 *= -2023406815
exit
=> 0x27d27d2fe5618cf0
: mul32 imm 1
r0 = 0x123456789abcdef0 ll
w0 *= -2023406815
exit
=> 0xe5618cf0
: mul64 reg 2
r0 = 0xffffffffffffffff ll
r1 = 0x1 ll
r0 *= r1
exit
=> 0xffffffffffffffff
: mul32 reg 2
r0 = 0xffffffffffffffff ll
r1 = 0x1 ll
w0 *= w1
exit
=> 0xffffffff
: mul64 imm 2
r0 = 0xffffffffffffffff ll
r0 *= 1
exit
=> 0xffffffffffffffff
: mul32 imm 2
r0 = 0xffffffffffffffff ll
w0 *= 1
exit
=> 0xffffffff
: mul64 reg 3
r0 = 0x7fffffffffffffff ll
r1 = 0x7fffffff ll
r0 *= r1
exit
=> 0x7fffffff80000001
: mul32 reg 3
r0 = 0x7fffffffffffffff ll
r1 = 0x7fffffff ll
w0 *= w1
exit
=> 0x80000001
: mul64 imm 3
r0 = 0x7fffffffffffffff ll
r0 *= 2147483647
exit
=> 0x7fffffff80000001
: mul32 imm 3
r0 = 0x7fffffffffffffff ll
w0 *= 2147483647
exit
=> 0x80000001
: mul64 reg 4
r0 = 0x8000000000000000 ll
r1 = 0xffffffffffffffff ll
r0 *= r1
exit
=> 0x8000000000000000
: mul32 reg 4
r0 = 0x8000000000000000 ll
r1 = 0xffffffffffffffff ll
w0 *= w1
exit
=> 0x0
: mul64 imm 4
r0 = 0x8000000000000000 ll
r0 *= -1
exit
=> 0x8000000000000000
: mul32 imm 4
r0 = 0x8000000000000000 ll
w0 *= -1
exit
=> 0x0
: mul64 reg 5
r0 = 0xdeadbeef80000000 ll
r1 = 0xffffffff80000000 ll
r0 *= r1
exit
=> 0x4000000000000000
: mul32 reg 5
r0 = 0xdeadbeef80000000 ll
r1 = 0xffffffff80000000 ll
w0 *= w1
exit
=> 0x0
: mul64 imm 5
r0 = 0xdeadbeef80000000 ll
r0 *= -2147483648
exit
=> 0x4000000000000000
: mul32 imm 5
r0 = 0xdeadbeef80000000 ll
w0 *= -2147483648
exit
=> 0x0
: div64 reg 1
r0 = 0x64 ll
r1 = 0x7 ll
r0 /= r1
exit
=> 0xe
: div32 reg 1
r0 = 0x64 ll
r1 = 0x7 ll
w0 /= w1
exit
=> 0xe
: div64 imm 1
r0 = 0x64 ll
r0 /= 7
exit
=> 0xe
: div32 imm 1
r0 = 0x64 ll
w0 /= 7
exit
=> 0xe
: div64 reg 2
r0 = 0xffffffffffffff9c ll
r1 = 0x7 ll
r0 /= r1
exit
=> 0x2492492492492484
: div32 reg 2
r0 = 0xffffffffffffff9c ll
r1 = 0x7 ll
w0 /= w1
exit
=> 0x24924916
: div64 imm 2
r0 = 0xffffffffffffff9c ll
r0 /= 7
exit
=> 0x2492492492492484
: div32 imm 2
r0 = 0xffffffffffffff9c ll
w0 /= 7
exit
=> 0x24924916
: div64 reg 3
r0 = 0x64 ll
r1 = 0xfffffffffffffff9 ll
r0 /= r1
exit
=> 0x0
: div32 reg 3
r0 = 0x64 ll
r1 = 0xfffffffffffffff9 ll
w0 /= w1
exit
=> 0x0
: div64 imm 3
r0 = 0x64 ll
r0 /= -7
exit
=> 0x0
: div32 imm 3
r0 = 0x64 ll
w0 /= -7
exit
=> 0x0
: div64 reg 4
r0 = 0xffffffffffffff9c ll
r1 = 0xfffffffffffffff9 ll
r0 /= r1
exit
=> 0x0
: div32 reg 4
r0 = 0xffffffffffffff9c ll
r1 = 0xfffffffffffffff9 ll
w0 /= w1
exit
=> 0x0
: div64 imm 4
r0 = 0xffffffffffffff9c ll
r0 /= -7
exit
=> 0x0
: div32 imm 4
r0 = 0xffffffffffffff9c ll
w0 /= -7
exit
=> 0x0
: div64 reg 5
r0 = 0x8000000000000000 ll
r1 = 0xffffffffffffffff ll
r0 /= r1
exit
=> 0x0
: div32 reg 5
r0 = 0x8000000000000000 ll
r1 = 0xffffffffffffffff ll
w0 /= w1
exit
=> 0x0
: div64 imm 5
r0 = 0x8000000000000000 ll
r0 /= -1
exit
=> 0x0
: div32 imm 5
r0 = 0x8000000000000000 ll
w0 /= -1
exit
=> 0x0
: div64 reg 6
r0 = 0x80000000 ll
r1 = 0xffffffffffffffff ll
r0 /= r1
exit
=> 0x0
: div32 reg 6
r0 = 0x80000000 ll
r1 = 0xffffffffffffffff ll
w0 /= w1
exit
=> 0x0
: div64 imm 6
r0 = 0x80000000 ll
r0 /= -1
exit
=> 0x0
: div32 imm 6
r0 = 0x80000000 ll
w0 /= -1
exit
=> 0x0
: div64 reg 7
r0 = 0xffffffff80000000 ll
r1 = 0xffffffff ll
r0 /= r1
exit
=> 0x100000000
: div32 reg 7
r0 = 0xffffffff80000000 ll
r1 = 0xffffffff ll
w0 /= w1
exit
=> 0x0
: div64 imm 7
r0 = 0xffffffff80000000 ll
r0 /= -1
exit
=> 0x0
: div32 imm 7
r0 = 0xffffffff80000000 ll
w0 /= -1
exit
=> 0x0
: div64 reg 8
r0 = 0x123456789abcdef0 ll
r1 = 0x0 ll
r0 /= r1
exit
=> 0x0
: div32 reg 8
r0 = 0x123456789abcdef0 ll
r1 = 0x0 ll
w0 /= w1
exit
=> 0x0
: div64 imm 8
r0 = 0x123456789abcdef0 ll
r0 /= 0
exit
=> 0x0
: div32 imm 8
r0 = 0x123456789abcdef0 ll
w0 /= 0
exit
=> 0x0
: div64 reg 9
r0 = 0xffffffffffffffff ll
r1 = 0x7fffffff ll
r0 /= r1
exit
=> 0x200000004
: div32 reg 9
r0 = 0xffffffffffffffff ll
r1 = 0x7fffffff ll
w0 /= w1
exit
=> 0x2
: div64 imm 9
r0 = 0xffffffffffffffff ll
r0 /= 2147483647
exit
=> 0x200000004
: div32 imm 9
r0 = 0xffffffffffffffff ll
w0 /= 2147483647
exit
=> 0x2
: div64 reg 10
r0 = 0x1234567800000005 ll
r1 = 0x100000000 ll
r0 /= r1
exit
=> 0x12345678
: div32 reg 10
r0 = 0x1234567800000005 ll
r1 = 0x100000000 ll
w0 /= w1
exit
=> 0x0
: div64 imm 10
r0 = 0x1234567800000005 ll
r0 /= 0
exit
=> 0x0
: div32 imm 10
r0 = 0x1234567800000005 ll
w0 /= 0
exit
=> 0x0
: sdiv64 reg 1
r0 = 0x64 ll
r1 = 0x7 ll
r0 s/= r1
exit
=> 0xe
: sdiv32 reg 1
r0 = 0x64 ll
r1 = 0x7 ll
w0 s/= w1
exit
=> 0xe
: sdiv64 imm 1
r0 = 0x64 ll
r0 s/= 7
exit
=> 0xe
: sdiv32 imm 1
r0 = 0x64 ll
w0 s/= 7
exit
=> 0xe
: sdiv64 reg 2
r0 = 0xffffffffffffff9c ll
r1 = 0x7 ll
r0 s/= r1
exit
=> 0xfffffffffffffff2
: sdiv32 reg 2
r0 = 0xffffffffffffff9c ll
r1 = 0x7 ll
w0 s/= w1
exit
=> 0xfffffff2
: sdiv64 imm 2
r0 = 0xffffffffffffff9c ll
r0 s/= 7
exit
=> 0xfffffffffffffff2
: sdiv32 imm 2
r0 = 0xffffffffffffff9c ll
w0 s/= 7
exit
=> 0xfffffff2
: sdiv64 reg 3
r0 = 0x64 ll
r1 = 0xfffffffffffffff9 ll
r0 s/= r1
exit
=> 0xfffffffffffffff2
: sdiv32 reg 3
r0 = 0x64 ll
r1 = 0xfffffffffffffff9 ll
w0 s/= w1
exit
=> 0xfffffff2
: sdiv64 imm 3
r0 = 0x64 ll
r0 s/= -7
exit
=> 0xfffffffffffffff2
: sdiv32 imm 3
r0 = 0x64 ll
w0 s/= -7
exit
=> 0xfffffff2
: sdiv64 reg 4
r0 = 0xffffffffffffff9c ll
r1 = 0xfffffffffffffff9 ll
r0 s/= r1
exit
=> 0xe
: sdiv32 reg 4
r0 = 0xffffffffffffff9c ll
r1 = 0xfffffffffffffff9 ll
w0 s/= w1
exit
=> 0xe
: sdiv64 imm 4
r0 = 0xffffffffffffff9c ll
r0 s/= -7
exit
=> 0xe
: sdiv32 imm 4
r0 = 0xffffffffffffff9c ll
w0 s/= -7
exit
=> 0xe
: sdiv64 reg 5
r0 = 0x8000000000000000 ll
r1 = 0xffffffffffffffff ll
r0 s/= r1
exit
=> 0x8000000000000000
: sdiv32 reg 5
r0 = 0x8000000000000000 ll
r1 = 0xffffffffffffffff ll
w0 s/= w1
exit
=> 0x0
: sdiv64 imm 5
r0 = 0x8000000000000000 ll
r0 s/= -1
exit
=> 0x8000000000000000
: sdiv32 imm 5
r0 = 0x8000000000000000 ll
w0 s/= -1
exit
=> 0x0
: sdiv64 reg 6
r0 = 0x80000000 ll
r1 = 0xffffffffffffffff ll
r0 s/= r1
exit
=> 0xffffffff80000000
: sdiv32 reg 6
r0 = 0x80000000 ll
r1 = 0xffffffffffffffff ll
w0 s/= w1
exit
=> 0x80000000
: sdiv64 imm 6
r0 = 0x80000000 ll
r0 s/= -1
exit
=> 0xffffffff80000000
: sdiv32 imm 6
r0 = 0x80000000 ll
w0 s/= -1
exit
=> 0x80000000
: sdiv64 reg 7
r0 = 0xffffffff80000000 ll
r1 = 0xffffffff ll
r0 s/= r1
exit
=> 0x0
: sdiv32 reg 7
r0 = 0xffffffff80000000 ll
r1 = 0xffffffff ll
w0 s/= w1
exit
=> 0x80000000
: sdiv64 imm 7
r0 = 0xffffffff80000000 ll
r0 s/= -1
exit
=> 0x80000000
: sdiv32 imm 7
r0 = 0xffffffff80000000 ll
w0 s/= -1
exit
=> 0x80000000
: sdiv64 reg 8
r0 = 0x123456789abcdef0 ll
r1 = 0x0 ll
r0 s/= r1
exit
=> 0x0
: sdiv32 reg 8
r0 = 0x123456789abcdef0 ll
r1 = 0x0 ll
w0 s/= w1
exit
=> 0x0
: sdiv64 imm 8
r0 = 0x123456789abcdef0 ll
r0 s/= 0
exit
=> 0x0
: sdiv32 imm 8
r0 = 0x123456789abcdef0 ll
w0 s/= 0
exit
=> 0x0
: sdiv64 reg 9
r0 = 0xffffffffffffffff ll
r1 = 0x7fffffff ll
r0 s/= r1
exit
=> 0x0
: sdiv32 reg 9
r0 = 0xffffffffffffffff ll
r1 = 0x7fffffff ll
w0 s/= w1
exit
=> 0x0
: sdiv64 imm 9
r0 = 0xffffffffffffffff ll
r0 s/= 2147483647
exit
=> 0x0
: sdiv32 imm 9
r0 = 0xffffffffffffffff ll
w0 s/= 2147483647
exit
=> 0x0
: sdiv64 reg 10
r0 = 0x1234567800000005 ll
r1 = 0x100000000 ll
r0 s/= r1
exit
=> 0x12345678
: sdiv32 reg 10
r0 = 0x1234567800000005 ll
r1 = 0x100000000 ll
w0 s/= w1
exit
=> 0x0
: sdiv64 imm 10
r0 = 0x1234567800000005 ll
r0 s/= 0
exit
=> 0x0
: sdiv32 imm 10
r0 = 0x1234567800000005 ll
w0 s/= 0
exit
=> 0x0
: or64 reg 1
r0 = 0x123456789abcdef0 ll
r1 = 0xfedcba987654321 ll
r0 |= r1
exit
=> 0x1ffddff99ffddff1
: or32 reg 1
r0 = 0x123456789abcdef0 ll
r1 = 0xfedcba987654321 ll
w0 |= w1
exit
=> 0x9ffddff1
: or64 imm 1
r0 = 0x123456789abcdef0 ll
r0 |= -2023406815
exit
=> 0xffffffff9ffddff1
: or32 imm 1
r0 = 0x123456789abcdef0 ll
w0 |= -2023406815
exit
=> 0x9ffddff1
: or64 reg 2
r0 = 0xffffffffffffffff ll
r1 = 0x1 ll
r0 |= r1
exit
=> 0xffffffffffffffff
: or32 reg 2
r0 = 0xffffffffffffffff ll
r1 = 0x1 ll
w0 |= w1
exit
=> 0xffffffff
: or64 imm 2
r0 = 0xffffffffffffffff ll
r0 |= 1
exit
=> 0xffffffffffffffff
: or32 imm 2
r0 = 0xffffffffffffffff ll
w0 |= 1
exit
=> 0xffffffff
: or64 reg 3
r0 = 0x7fffffffffffffff ll
r1 = 0x7fffffff ll
r0 |= r1
exit
=> 0x7fffffffffffffff
: or32 reg 3
r0 = 0x7fffffffffffffff ll
r1 = 0x7fffffff ll
w0 |= w1
exit
=> 0xffffffff
: or64 imm 3
r0 = 0x7fffffffffffffff ll
r0 |= 2147483647
exit
=> 0x7fffffffffffffff
: or32 imm 3
r0 = 0x7fffffffffffffff ll
w0 |= 2147483647
exit
=> 0xffffffff
: or64 reg 4
r0 = 0x8000000000000000 ll
r1 = 0xffffffffffffffff ll
r0 |= r1
exit
=> 0xffffffffffffffff
: or32 reg 4
r0 = 0x8000000000000000 ll
r1 = 0xffffffffffffffff ll
w0 |= w1
exit
=> 0xffffffff
: or64 imm 4
r0 = 0x8000000000000000 ll
r0 |= -1
exit
=> 0xffffffffffffffff
: or32 imm 4
r0 = 0x8000000000000000 ll
w0 |= -1
exit
=> 0xffffffff
: or64 reg 5
r0 = 0xdeadbeef80000000 ll
r1 = 0xffffffff80000000 ll
r0 |= r1
exit
=> 0xffffffff80000000
: or32 reg 5
r0 = 0xdeadbeef80000000 ll
r1 = 0xffffffff80000000 ll
w0 |= w1
exit
=> 0x80000000
: or64 imm 5
r0 = 0xdeadbeef80000000 ll
r0 |= -2147483648
exit
=> 0xffffffff80000000
: or32 imm 5
r0 = 0xdeadbeef80000000 ll
w0 |= -2147483648
exit
=> 0x80000000
: and64 reg 1
r0 = 0x123456789abcdef0 ll
r1 = 0xfedcba987654321 ll
r0 &= r1
exit
=> 0x224422882244220
: and32 reg 1
r0 = 0x123456789abcdef0 ll
r1 = 0xfedcba987654321 ll
w0 &= w1
exit
=> 0x82244220
: and64 imm 1
r0 = 0x123456789abcdef0 ll
r0 &= -2023406815
exit
=> 0x1234567882244220
: and32 imm 1
r0 = 0x123456789abcdef0 ll
w0 &= -2023406815
exit
=> 0x82244220
: and64 reg 2
r0 = 0xffffffffffffffff ll
r1 = 0x1 ll
r0 &= r1
exit
=> 0x1
: and32 reg 2
r0 = 0xffffffffffffffff ll
r1 = 0x1 ll
w0 &= w1
exit
=> 0x1
: and64 imm 2
r0 = 0xffffffffffffffff ll
r0 &= 1
exit
=> 0x1
: and32 imm 2
r0 = 0xffffffffffffffff ll
w0 &= 1
exit
=> 0x1
: and64 reg 3
r0 = 0x7fffffffffffffff ll
r1 = 0x7fffffff ll
r0 &= r1
exit
=> 0x7fffffff
: and32 reg 3
r0 = 0x7fffffffffffffff ll
r1 = 0x7fffffff ll
w0 &= w1
exit
=> 0x7fffffff
: and64 imm 3
r0 = 0x7fffffffffffffff ll
r0 &= 2147483647
exit
=> 0x7fffffff
: and32 imm 3
r0 = 0x7fffffffffffffff ll
w0 &= 2147483647
exit
=> 0x7fffffff
: and64 reg 4
r0 = 0x8000000000000000 ll
r1 = 0xffffffffffffffff ll
r0 &= r1
exit
=> 0x8000000000000000
: and32 reg 4
r0 = 0x8000000000000000 ll
r1 = 0xffffffffffffffff ll
w0 &= w1
exit
=> 0x0
: and64 imm 4
r0 = 0x8000000000000000 ll
r0 &= -1
exit
=> 0x8000000000000000
: and32 imm 4
r0 = 0x8000000000000000 ll
w0 &= -1
exit
=> 0x0
: and64 reg 5
r0 = 0xdeadbeef80000000 ll
r1 = 0xffffffff80000000 ll
r0 &= r1
exit
=> 0xdeadbeef80000000
: and32 reg 5
r0 = 0xdeadbeef80000000 ll
r1 = 0xffffffff80000000 ll
w0 &= w1
exit
=> 0x80000000
: and64 imm 5
r0 = 0xdeadbeef80000000 ll
r0 &= -2147483648
exit
=> 0xdeadbeef80000000
: and32 imm 5
r0 = 0xdeadbeef80000000 ll
w0 &= -2147483648
exit
=> 0x80000000
: lsh64 reg 1
r0 = 0x8123456789abcdef ll
r1 = 0x0 ll
r0 <<= r1
exit
=> 0x8123456789abcdef
: lsh32 reg 1
r0 = 0x8123456789abcdef ll
r1 = 0x0 ll
w0 <<= w1
exit
=> 0x89abcdef
: lsh64 imm 1
r0 = 0x8123456789abcdef ll
r0 <<= 0
exit
=> 0x8123456789abcdef
: lsh32 imm 1
r0 = 0x8123456789abcdef ll
w0 <<= 0
exit
=> 0x89abcdef
: lsh64 reg 2
r0 = 0x8123456789abcdef ll
r1 = 0x1 ll
r0 <<= r1
exit
=> 0x2468acf13579bde
: lsh32 reg 2
r0 = 0x8123456789abcdef ll
r1 = 0x1 ll
w0 <<= w1
exit
=> 0x13579bde
: lsh64 imm 2
r0 = 0x8123456789abcdef ll
r0 <<= 1
exit
=> 0x2468acf13579bde
: lsh32 imm 2
r0 = 0x8123456789abcdef ll
w0 <<= 1
exit
=> 0x13579bde
: lsh64 reg 3
r0 = 0x8123456789abcdef ll
r1 = 0x1f ll
r0 <<= r1
exit
=> 0xc4d5e6f780000000
: lsh32 reg 3
r0 = 0x8123456789abcdef ll
r1 = 0x1f ll
w0 <<= w1
exit
=> 0x80000000
: lsh64 imm 3
r0 = 0x8123456789abcdef ll
r0 <<= 31
exit
=> 0xc4d5e6f780000000
: lsh32 imm 3
r0 = 0x8123456789abcdef ll
w0 <<= 31
exit
=> 0x80000000
: lsh64 reg 4
r0 = 0x8123456789abcdef ll
r1 = 0x20 ll
r0 <<= r1
exit
=> 0x89abcdef00000000
: lsh32 reg 4
r0 = 0x8123456789abcdef ll
r1 = 0x20 ll
w0 <<= w1
exit
=> 0x89abcdef
: lsh64 imm 4
r0 = 0x8123456789abcdef ll
r0 <<= 32
exit
=> 0x89abcdef00000000
: lsh32 imm 4
r0 = 0x8123456789abcdef ll
w0 <<= 32
exit
=> 0x89abcdef
: lsh64 reg 5
r0 = 0x8123456789abcdef ll
r1 = 0x3f ll
r0 <<= r1
exit
=> 0x8000000000000000
: lsh32 reg 5
r0 = 0x8123456789abcdef ll
r1 = 0x3f ll
w0 <<= w1
exit
=> 0x80000000
: lsh64 imm 5
r0 = 0x8123456789abcdef ll
r0 <<= 63
exit
=> 0x8000000000000000
: lsh32 imm 5
r0 = 0x8123456789abcdef ll
w0 <<= 63
exit
=> 0x80000000
: lsh64 reg 6
r0 = 0x8123456789abcdef ll
r1 = 0x40 ll
r0 <<= r1
exit
=> 0x8123456789abcdef
: lsh32 reg 6
r0 = 0x8123456789abcdef ll
r1 = 0x40 ll
w0 <<= w1
exit
=> 0x89abcdef
: lsh64 imm 6
r0 = 0x8123456789abcdef ll
r0 <<= 64
exit
=> 0x8123456789abcdef
: lsh32 imm 6
r0 = 0x8123456789abcdef ll
w0 <<= 64
exit
=> 0x89abcdef
: lsh64 reg 7
r0 = 0x8123456789abcdef ll
r1 = 0xffffffff ll
r0 <<= r1
exit
=> 0x8000000000000000
: lsh32 reg 7
r0 = 0x8123456789abcdef ll
r1 = 0xffffffff ll
w0 <<= w1
exit
=> 0x80000000
: lsh64 imm 7
r0 = 0x8123456789abcdef ll
r0 <<= -1
exit
=> 0x8000000000000000
: lsh32 imm 7
r0 = 0x8123456789abcdef ll
w0 <<= -1
exit
=> 0x80000000
: rsh64 reg 1
r0 = 0x8123456789abcdef ll
r1 = 0x0 ll
r0 >>= r1
exit
=> 0x8123456789abcdef
: rsh32 reg 1
r0 = 0x8123456789abcdef ll
r1 = 0x0 ll
w0 >>= w1
exit
=> 0x89abcdef
: rsh64 imm 1
r0 = 0x8123456789abcdef ll
r0 >>= 0
exit
=> 0x8123456789abcdef
: rsh32 imm 1
r0 = 0x8123456789abcdef ll
w0 >>= 0
exit
=> 0x89abcdef
: rsh64 reg 2
r0 = 0x8123456789abcdef ll
r1 = 0x1 ll
r0 >>= r1
exit
=> 0x4091a2b3c4d5e6f7
: rsh32 reg 2
r0 = 0x8123456789abcdef ll
r1 = 0x1 ll
w0 >>= w1
exit
=> 0x44d5e6f7
: rsh64 imm 2
r0 = 0x8123456789abcdef ll
r0 >>= 1
exit
=> 0x4091a2b3c4d5e6f7
: rsh32 imm 2
r0 = 0x8123456789abcdef ll
w0 >>= 1
exit
=> 0x44d5e6f7
: rsh64 reg 3
r0 = 0x8123456789abcdef ll
r1 = 0x1f ll
r0 >>= r1
exit
=> 0x102468acf
: rsh32 reg 3
r0 = 0x8123456789abcdef ll
r1 = 0x1f ll
w0 >>= w1
exit
=> 0x1
: rsh64 imm 3
r0 = 0x8123456789abcdef ll
r0 >>= 31
exit
=> 0x102468acf
: rsh32 imm 3
r0 = 0x8123456789abcdef ll
w0 >>= 31
exit
=> 0x1
: rsh64 reg 4
r0 = 0x8123456789abcdef ll
r1 = 0x20 ll
r0 >>= r1
exit
=> 0x81234567
: rsh32 reg 4
r0 = 0x8123456789abcdef ll
r1 = 0x20 ll
w0 >>= w1
exit
=> 0x89abcdef
: rsh64 imm 4
r0 = 0x8123456789abcdef ll
r0 >>= 32
exit
=> 0x81234567
: rsh32 imm 4
r0 = 0x8123456789abcdef ll
w0 >>= 32
exit
=> 0x89abcdef
: rsh64 reg 5
r0 = 0x8123456789abcdef ll
r1 = 0x3f ll
r0 >>= r1
exit
=> 0x1
: rsh32 reg 5
r0 = 0x8123456789abcdef ll
r1 = 0x3f ll
w0 >>= w1
exit
=> 0x1
: rsh64 imm 5
r0 = 0x8123456789abcdef ll
r0 >>= 63
exit
=> 0x1
: rsh32 imm 5
r0 = 0x8123456789abcdef ll
w0 >>= 63
exit
=> 0x1
: rsh64 reg 6
r0 = 0x8123456789abcdef ll
r1 = 0x40 ll
r0 >>= r1
exit
=> 0x8123456789abcdef
: rsh32 reg 6
r0 = 0x8123456789abcdef ll
r1 = 0x40 ll
w0 >>= w1
exit
=> 0x89abcdef
: rsh64 imm 6
r0 = 0x8123456789abcdef ll
r0 >>= 64
exit
=> 0x8123456789abcdef
: rsh32 imm 6
r0 = 0x8123456789abcdef ll
w0 >>= 64
exit
=> 0x89abcdef
: rsh64 reg 7
r0 = 0x8123456789abcdef ll
r1 = 0xffffffff ll
r0 >>= r1
exit
=> 0x1
: rsh32 reg 7
r0 = 0x8123456789abcdef ll
r1 = 0xffffffff ll
w0 >>= w1
exit
=> 0x1
: rsh64 imm 7
r0 = 0x8123456789abcdef ll
r0 >>= -1
exit
=> 0x1
: rsh32 imm 7
r0 = 0x8123456789abcdef ll
w0 >>= -1
exit
=> 0x1
: mod64 reg 1
r0 = 0x64 ll
r1 = 0x7 ll
r0 %= r1
exit
=> 0x2
: mod32 reg 1
r0 = 0x64 ll
r1 = 0x7 ll
w0 %= w1
exit
=> 0x2
: mod64 imm 1
r0 = 0x64 ll
r0 %= 7
exit
=> 0x2
: mod32 imm 1
r0 = 0x64 ll
w0 %= 7
exit
=> 0x2
: mod64 reg 2
r0 = 0xffffffffffffff9c ll
r1 = 0x7 ll
r0 %= r1
exit
=> 0x0
: mod32 reg 2
r0 = 0xffffffffffffff9c ll
r1 = 0x7 ll
w0 %= w1
exit
=> 0x2
: mod64 imm 2
r0 = 0xffffffffffffff9c ll
r0 %= 7
exit
=> 0x0
: mod32 imm 2
r0 = 0xffffffffffffff9c ll
w0 %= 7
exit
=> 0x2
: mod64 reg 3
r0 = 0x64 ll
r1 = 0xfffffffffffffff9 ll
r0 %= r1
exit
=> 0x64
: mod32 reg 3
r0 = 0x64 ll
r1 = 0xfffffffffffffff9 ll
w0 %= w1
exit
=> 0x64
: mod64 imm 3
r0 = 0x64 ll
r0 %= -7
exit
=> 0x64
: mod32 imm 3
r0 = 0x64 ll
w0 %= -7
exit
=> 0x64
: mod64 reg 4
r0 = 0xffffffffffffff9c ll
r1 = 0xfffffffffffffff9 ll
r0 %= r1
exit
=> 0xffffffffffffff9c
: mod32 reg 4
r0 = 0xffffffffffffff9c ll
r1 = 0xfffffffffffffff9 ll
w0 %= w1
exit
=> 0xffffff9c
: mod64 imm 4
r0 = 0xffffffffffffff9c ll
r0 %= -7
exit
=> 0xffffffffffffff9c
: mod32 imm 4
r0 = 0xffffffffffffff9c ll
w0 %= -7
exit
=> 0xffffff9c
: mod64 reg 5
r0 = 0x8000000000000000 ll
r1 = 0xffffffffffffffff ll
r0 %= r1
exit
=> 0x8000000000000000
: mod32 reg 5
r0 = 0x8000000000000000 ll
r1 = 0xffffffffffffffff ll
w0 %= w1
exit
=> 0x0
: mod64 imm 5
r0 = 0x8000000000000000 ll
r0 %= -1
exit
=> 0x8000000000000000
: mod32 imm 5
r0 = 0x8000000000000000 ll
w0 %= -1
exit
=> 0x0
: mod64 reg 6
r0 = 0x80000000 ll
r1 = 0xffffffffffffffff ll
r0 %= r1
exit
=> 0x80000000
: mod32 reg 6
r0 = 0x80000000 ll
r1 = 0xffffffffffffffff ll
w0 %= w1
exit
=> 0x80000000
: mod64 imm 6
r0 = 0x80000000 ll
r0 %= -1
exit
=> 0x80000000
: mod32 imm 6
r0 = 0x80000000 ll
w0 %= -1
exit
=> 0x80000000
: mod64 reg 7
r0 = 0xffffffff80000000 ll
r1 = 0xffffffff ll
r0 %= r1
exit
=> 0x80000000
: mod32 reg 7
r0 = 0xffffffff80000000 ll
r1 = 0xffffffff ll
w0 %= w1
exit
=> 0x80000000
: mod64 imm 7
r0 = 0xffffffff80000000 ll
r0 %= -1
exit
=> 0xffffffff80000000
: mod32 imm 7
r0 = 0xffffffff80000000 ll
w0 %= -1
exit
=> 0x80000000
: mod64 reg 8
r0 = 0x123456789abcdef0 ll
r1 = 0x0 ll
r0 %= r1
exit
=> 0x123456789abcdef0
: mod32 reg 8
r0 = 0x123456789abcdef0 ll
r1 = 0x0 ll
w0 %= w1
exit
=> 0x9abcdef0
: mod64 imm 8
r0 = 0x123456789abcdef0 ll
r0 %= 0
exit
=> 0x123456789abcdef0
: mod32 imm 8
r0 = 0x123456789abcdef0 ll
w0 %= 0
exit
=> 0x9abcdef0
: mod64 reg 9
r0 = 0xffffffffffffffff ll
r1 = 0x7fffffff ll
r0 %= r1
exit
=> 0x3
: mod32 reg 9
r0 = 0xffffffffffffffff ll
r1 = 0x7fffffff ll
w0 %= w1
exit
=> 0x1
: mod64 imm 9
r0 = 0xffffffffffffffff ll
r0 %= 2147483647
exit
=> 0x3
: mod32 imm 9
r0 = 0xffffffffffffffff ll
w0 %= 2147483647
exit
=> 0x1
: mod64 reg 10
r0 = 0x1234567800000005 ll
r1 = 0x100000000 ll
r0 %= r1
exit
=> 0x5
: mod32 reg 10
r0 = 0x1234567800000005 ll
r1 = 0x100000000 ll
w0 %= w1
exit
=> 0x5
: mod64 imm 10
r0 = 0x1234567800000005 ll
r0 %= 0
exit
=> 0x1234567800000005
: mod32 imm 10
r0 = 0x1234567800000005 ll
w0 %= 0
exit
=> 0x5
: smod64 reg 1
r0 = 0x64 ll
r1 = 0x7 ll
r0 s%= r1
exit
=> 0x2
: smod32 reg 1
r0 = 0x64 ll
r1 = 0x7 ll
w0 s%= w1
exit
=> 0x2
: smod64 imm 1
r0 = 0x64 ll
r0 s%= 7
exit
=> 0x2
: smod32 imm 1
r0 = 0x64 ll
w0 s%= 7
exit
=> 0x2
: smod64 reg 2
r0 = 0xffffffffffffff9c ll
r1 = 0x7 ll
r0 s%= r1
exit
=> 0xfffffffffffffffe
: smod32 reg 2
r0 = 0xffffffffffffff9c ll
r1 = 0x7 ll
w0 s%= w1
exit
=> 0xfffffffe
: smod64 imm 2
r0 = 0xffffffffffffff9c ll
r0 s%= 7
exit
=> 0xfffffffffffffffe
: smod32 imm 2
r0 = 0xffffffffffffff9c ll
w0 s%= 7
exit
=> 0xfffffffe
: smod64 reg 3
r0 = 0x64 ll
r1 = 0xfffffffffffffff9 ll
r0 s%= r1
exit
=> 0x2
: smod32 reg 3
r0 = 0x64 ll
r1 = 0xfffffffffffffff9 ll
w0 s%= w1
exit
=> 0x2
: smod64 imm 3
r0 = 0x64 ll
r0 s%= -7
exit
=> 0x2
: smod32 imm 3
r0 = 0x64 ll
w0 s%= -7
exit
=> 0x2
: smod64 reg 4
r0 = 0xffffffffffffff9c ll
r1 = 0xfffffffffffffff9 ll
r0 s%= r1
exit
=> 0xfffffffffffffffe
: smod32 reg 4
r0 = 0xffffffffffffff9c ll
r1 = 0xfffffffffffffff9 ll
w0 s%= w1
exit
=> 0xfffffffe
: smod64 imm 4
r0 = 0xffffffffffffff9c ll
r0 s%= -7
exit
=> 0xfffffffffffffffe
: smod32 imm 4
r0 = 0xffffffffffffff9c ll
w0 s%= -7
exit
=> 0xfffffffe
: smod64 reg 5
r0 = 0x8000000000000000 ll
r1 = 0xffffffffffffffff ll
r0 s%= r1
exit
=> 0x0
: smod32 reg 5
r0 = 0x8000000000000000 ll
r1 = 0xffffffffffffffff ll
w0 s%= w1
exit
=> 0x0
: smod64 imm 5
r0 = 0x8000000000000000 ll
r0 s%= -1
exit
=> 0x0
: smod32 imm 5
r0 = 0x8000000000000000 ll
w0 s%= -1
exit
=> 0x0
: smod64 reg 6
r0 = 0x80000000 ll
r1 = 0xffffffffffffffff ll
r0 s%= r1
exit
=> 0x0
: smod32 reg 6
r0 = 0x80000000 ll
r1 = 0xffffffffffffffff ll
w0 s%= w1
exit
=> 0x0
: smod64 imm 6
r0 = 0x80000000 ll
r0 s%= -1
exit
=> 0x0
: smod32 imm 6
r0 = 0x80000000 ll
w0 s%= -1
exit
=> 0x0
: smod64 reg 7
r0 = 0xffffffff80000000 ll
r1 = 0xffffffff ll
r0 s%= r1
exit
=> 0xffffffff80000000
: smod32 reg 7
r0 = 0xffffffff80000000 ll
r1 = 0xffffffff ll
w0 s%= w1
exit
=> 0x0
: smod64 imm 7
r0 = 0xffffffff80000000 ll
r0 s%= -1
exit
=> 0x0
: smod32 imm 7
r0 = 0xffffffff80000000 ll
w0 s%= -1
exit
=> 0x0
: smod64 reg 8
r0 = 0x123456789abcdef0 ll
r1 = 0x0 ll
r0 s%= r1
exit
=> 0x123456789abcdef0
: smod32 reg 8
r0 = 0x123456789abcdef0 ll
r1 = 0x0 ll
w0 s%= w1
exit
=> 0x9abcdef0
: smod64 imm 8
r0 = 0x123456789abcdef0 ll
r0 s%= 0
exit
=> 0x123456789abcdef0
: smod32 imm 8
r0 = 0x123456789abcdef0 ll
w0 s%= 0
exit
=> 0x9abcdef0
: smod64 reg 9
r0 = 0xffffffffffffffff ll
r1 = 0x7fffffff ll
r0 s%= r1
exit
=> 0xffffffffffffffff
: smod32 reg 9
r0 = 0xffffffffffffffff ll
r1 = 0x7fffffff ll
w0 s%= w1
exit
=> 0xffffffff
: smod64 imm 9
r0 = 0xffffffffffffffff ll
r0 s%= 2147483647
exit
=> 0xffffffffffffffff
: smod32 imm 9
r0 = 0xffffffffffffffff ll
w0 s%= 2147483647
exit
=> 0xffffffff
: smod64 reg 10
r0 = 0x1234567800000005 ll
r1 = 0x100000000 ll
r0 s%= r1
exit
=> 0x5
: smod32 reg 10
r0 = 0x1234567800000005 ll
r1 = 0x100000000 ll
w0 s%= w1
exit
=> 0x5
: smod64 imm 10
r0 = 0x1234567800000005 ll
r0 s%= 0
exit
=> 0x1234567800000005
: smod32 imm 10
r0 = 0x1234567800000005 ll
w0 s%= 0
exit
=> 0x5
: xor64 reg 1
r0 = 0x123456789abcdef0 ll
r1 = 0xfedcba987654321 ll
r0 ^= r1
exit
=> 0x1dd99dd11dd99dd1
: xor32 reg 1
r0 = 0x123456789abcdef0 ll
r1 = 0xfedcba987654321 ll
w0 ^= w1
exit
=> 0x1dd99dd1
: xor64 imm 1
r0 = 0x123456789abcdef0 ll
r0 ^= -2023406815
exit
=> 0xedcba9871dd99dd1
: xor32 imm 1
r0 = 0x123456789abcdef0 ll
w0 ^= -2023406815
exit
=> 0x1dd99dd1
: xor64 reg 2
r0 = 0xffffffffffffffff ll
r1 = 0x1 ll
r0 ^= r1
exit
=> 0xfffffffffffffffe
: xor32 reg 2
r0 = 0xffffffffffffffff ll
r1 = 0x1 ll
w0 ^= w1
exit
=> 0xfffffffe
: xor64 imm 2
r0 = 0xffffffffffffffff ll
r0 ^= 1
exit
=> 0xfffffffffffffffe
: xor32 imm 2
r0 = 0xffffffffffffffff ll
w0 ^= 1
exit
=> 0xfffffffe
: xor64 reg 3
r0 = 0x7fffffffffffffff ll
r1 = 0x7fffffff ll
r0 ^= r1
exit
=> 0x7fffffff80000000
: xor32 reg 3
r0 = 0x7fffffffffffffff ll
r1 = 0x7fffffff ll
w0 ^= w1
exit
=> 0x80000000
: xor64 imm 3
r0 = 0x7fffffffffffffff ll
r0 ^= 2147483647
exit
=> 0x7fffffff80000000
: xor32 imm 3
r0 = 0x7fffffffffffffff ll
w0 ^= 2147483647
exit
=> 0x80000000
: xor64 reg 4
r0 = 0x8000000000000000 ll
r1 = 0xffffffffffffffff ll
r0 ^= r1
exit
=> 0x7fffffffffffffff
: xor32 reg 4
r0 = 0x8000000000000000 ll
r1 = 0xffffffffffffffff ll
w0 ^= w1
exit
=> 0xffffffff
: xor64 imm 4
r0 = 0x8000000000000000 ll
r0 ^= -1
exit
=> 0x7fffffffffffffff
: xor32 imm 4
r0 = 0x8000000000000000 ll
w0 ^= -1
exit
=> 0xffffffff
: xor64 reg 5
r0 = 0xdeadbeef80000000 ll
r1 = 0xffffffff80000000 ll
r0 ^= r1
exit
=> 0x2152411000000000
: xor32 reg 5
r0 = 0xdeadbeef80000000 ll
r1 = 0xffffffff80000000 ll
w0 ^= w1
exit
=> 0x0
: xor64 imm 5
r0 = 0xdeadbeef80000000 ll
r0 ^= -2147483648
exit
=> 0x2152411000000000
: xor32 imm 5
r0 = 0xdeadbeef80000000 ll
w0 ^= -2147483648
exit
=> 0x0
: arsh64 reg 1
r0 = 0x8123456789abcdef ll
r1 = 0x0 ll
r0 s>>= r1
exit
=> 0x8123456789abcdef
: arsh32 reg 1
r0 = 0x8123456789abcdef ll
r1 = 0x0 ll
w0 s>>= w1
exit
=> 0x89abcdef
: arsh64 imm 1
r0 = 0x8123456789abcdef ll
r0 s>>= 0
exit
=> 0x8123456789abcdef
: arsh32 imm 1
r0 = 0x8123456789abcdef ll
w0 s>>= 0
exit
=> 0x89abcdef
: arsh64 reg 2
r0 = 0x8123456789abcdef ll
r1 = 0x1 ll
r0 s>>= r1
exit
=> 0xc091a2b3c4d5e6f7
: arsh32 reg 2
r0 = 0x8123456789abcdef ll
r1 = 0x1 ll
w0 s>>= w1
exit
=> 0xc4d5e6f7
: arsh64 imm 2
r0 = 0x8123456789abcdef ll
r0 s>>= 1
exit
=> 0xc091a2b3c4d5e6f7
: arsh32 imm 2
r0 = 0x8123456789abcdef ll
w0 s>>= 1
exit
=> 0xc4d5e6f7
: arsh64 reg 3
r0 = 0x8123456789abcdef ll
r1 = 0x1f ll
r0 s>>= r1
exit
=> 0xffffffff02468acf
: arsh32 reg 3
r0 = 0x8123456789abcdef ll
r1 = 0x1f ll
w0 s>>= w1
exit
=> 0xffffffff
: arsh64 imm 3
r0 = 0x8123456789abcdef ll
r0 s>>= 31
exit
=> 0xffffffff02468acf
: arsh32 imm 3
r0 = 0x8123456789abcdef ll
w0 s>>= 31
exit
=> 0xffffffff
: arsh64 reg 4
r0 = 0x8123456789abcdef ll
r1 = 0x20 ll
r0 s>>= r1
exit
=> 0xffffffff81234567
: arsh32 reg 4
r0 = 0x8123456789abcdef ll
r1 = 0x20 ll
w0 s>>= w1
exit
=> 0x89abcdef
: arsh64 imm 4
r0 = 0x8123456789abcdef ll
r0 s>>= 32
exit
=> 0xffffffff81234567
: arsh32 imm 4
r0 = 0x8123456789abcdef ll
w0 s>>= 32
exit
=> 0x89abcdef
: arsh64 reg 5
r0 = 0x8123456789abcdef ll
r1 = 0x3f ll
r0 s>>= r1
exit
=> 0xffffffffffffffff
: arsh32 reg 5
r0 = 0x8123456789abcdef ll
r1 = 0x3f ll
w0 s>>= w1
exit
=> 0xffffffff
: arsh64 imm 5
r0 = 0x8123456789abcdef ll
r0 s>>= 63
exit
=> 0xffffffffffffffff
: arsh32 imm 5
r0 = 0x8123456789abcdef ll
w0 s>>= 63
exit
=> 0xffffffff
: arsh64 reg 6
r0 = 0x8123456789abcdef ll
r1 = 0x40 ll
r0 s>>= r1
exit
=> 0x8123456789abcdef
: arsh32 reg 6
r0 = 0x8123456789abcdef ll
r1 = 0x40 ll
w0 s>>= w1
exit
=> 0x89abcdef
: arsh64 imm 6
r0 = 0x8123456789abcdef ll
r0 s>>= 64
exit
=> 0x8123456789abcdef
: arsh32 imm 6
r0 = 0x8123456789abcdef ll
w0 s>>= 64
exit
=> 0x89abcdef
: arsh64 reg 7
r0 = 0x8123456789abcdef ll
r1 = 0xffffffff ll
r0 s>>= r1
exit
=> 0xffffffffffffffff
: arsh32 reg 7
r0 = 0x8123456789abcdef ll
r1 = 0xffffffff ll
w0 s>>= w1
exit
=> 0xffffffff
: arsh64 imm 7
r0 = 0x8123456789abcdef ll
r0 s>>= -1
exit
=> 0xffffffffffffffff
: arsh32 imm 7
r0 = 0x8123456789abcdef ll
w0 s>>= -1
exit
=> 0xffffffff
: mov64 reg 1
r0 = 0x123456789abcdef0 ll
r1 = 0xfedcba987654321 ll
r0 = r1
exit
=> 0xfedcba987654321
: mov32 reg 1
r0 = 0x123456789abcdef0 ll
r1 = 0xfedcba987654321 ll
w0 = w1
exit
=> 0x87654321
: mov64 imm 1
r0 = 0x123456789abcdef0 ll
r0 = -2023406815
exit
=> 0xffffffff87654321
: mov32 imm 1
r0 = 0x123456789abcdef0 ll
w0 = -2023406815
exit
=> 0x87654321
: mov64 reg 2
r0 = 0xffffffffffffffff ll
r1 = 0x1 ll
r0 = r1
exit
=> 0x1
: mov32 reg 2
r0 = 0xffffffffffffffff ll
r1 = 0x1 ll
w0 = w1
exit
=> 0x1
: mov64 imm 2
r0 = 0xffffffffffffffff ll
r0 = 1
exit
=> 0x1
: mov32 imm 2
r0 = 0xffffffffffffffff ll
w0 = 1
exit
=> 0x1
: mov64 reg 3
r0 = 0x7fffffffffffffff ll
r1 = 0x7fffffff ll
r0 = r1
exit
=> 0x7fffffff
: mov32 reg 3
r0 = 0x7fffffffffffffff ll
r1 = 0x7fffffff ll
w0 = w1
exit
=> 0x7fffffff
: mov64 imm 3
r0 = 0x7fffffffffffffff ll
r0 = 2147483647
exit
=> 0x7fffffff
: mov32 imm 3
r0 = 0x7fffffffffffffff ll
w0 = 2147483647
exit
=> 0x7fffffff
: mov64 reg 4
r0 = 0x8000000000000000 ll
r1 = 0xffffffffffffffff ll
r0 = r1
exit
=> 0xffffffffffffffff
: mov32 reg 4
r0 = 0x8000000000000000 ll
r1 = 0xffffffffffffffff ll
w0 = w1
exit
=> 0xffffffff
: mov64 imm 4
r0 = 0x8000000000000000 ll
r0 = -1
exit
=> 0xffffffffffffffff
: mov32 imm 4
r0 = 0x8000000000000000 ll
w0 = -1
exit
=> 0xffffffff
: mov64 reg 5
r0 = 0xdeadbeef80000000 ll
r1 = 0xffffffff80000000 ll
r0 = r1
exit
=> 0xffffffff80000000
: mov32 reg 5
r0 = 0xdeadbeef80000000 ll
r1 = 0xffffffff80000000 ll
w0 = w1
exit
=> 0x80000000
: mov64 imm 5
r0 = 0xdeadbeef80000000 ll
r0 = -2147483648
exit
=> 0xffffffff80000000
: mov32 imm 5
r0 = 0xdeadbeef80000000 ll
w0 = -2147483648
exit
=> 0x80000000
: neg64 0
r0 = 0x0 ll
r0 = -r0
exit
=> 0x0
: neg32 0
r0 = 0x0 ll
w0 = -w0
exit
=> 0x0
: movsx8 to 64 of 0
r1 = 0x0 ll
r0 = -1
r0 = (s8)r1
exit
=> 0x0
: movsx8 to 32 of 0
r1 = 0x0 ll
r0 = -1
w0 = (s8)w1
exit
=> 0x0
: movsx16 to 64 of 0
r1 = 0x0 ll
r0 = -1
r0 = (s16)r1
exit
=> 0x0
: movsx16 to 32 of 0
r1 = 0x0 ll
r0 = -1
w0 = (s16)w1
exit
=> 0x0
: movsx32 to 64 of 0
r1 = 0x0 ll
r0 = -1
r0 = (s32)r1
exit
=> 0x0
: neg64 1
r0 = 0x1 ll
r0 = -r0
exit
=> 0xffffffffffffffff
: neg32 1
r0 = 0x1 ll
w0 = -w0
exit
=> 0xffffffff
: movsx8 to 64 of 1
r1 = 0x1 ll
r0 = -1
r0 = (s8)r1
exit
=> 0x1
: movsx8 to 32 of 1
r1 = 0x1 ll
r0 = -1
w0 = (s8)w1
exit
=> 0x1
: movsx16 to 64 of 1
r1 = 0x1 ll
r0 = -1
r0 = (s16)r1
exit
=> 0x1
: movsx16 to 32 of 1
r1 = 0x1 ll
r0 = -1
w0 = (s16)w1
exit
=> 0x1
: movsx32 to 64 of 1
r1 = 0x1 ll
r0 = -1
r0 = (s32)r1
exit
=> 0x1
: neg64 ffffffffffffffff
r0 = 0xffffffffffffffff ll
r0 = -r0
exit
=> 0x1
: neg32 ffffffffffffffff
r0 = 0xffffffffffffffff ll
w0 = -w0
exit
=> 0x1
: movsx8 to 64 of ffffffffffffffff
r1 = 0xffffffffffffffff ll
r0 = -1
r0 = (s8)r1
exit
=> 0xffffffffffffffff
: movsx8 to 32 of ffffffffffffffff
r1 = 0xffffffffffffffff ll
r0 = -1
w0 = (s8)w1
exit
=> 0xffffffff
: movsx16 to 64 of ffffffffffffffff
r1 = 0xffffffffffffffff ll
r0 = -1
r0 = (s16)r1
exit
=> 0xffffffffffffffff
: movsx16 to 32 of ffffffffffffffff
r1 = 0xffffffffffffffff ll
r0 = -1
w0 = (s16)w1
exit
=> 0xffffffff
: movsx32 to 64 of ffffffffffffffff
r1 = 0xffffffffffffffff ll
r0 = -1
r0 = (s32)r1
exit
=> 0xffffffffffffffff
: neg64 8000000000000000
r0 = 0x8000000000000000 ll
r0 = -r0
exit
=> 0x8000000000000000
: neg32 8000000000000000
r0 = 0x8000000000000000 ll
w0 = -w0
exit
=> 0x0
: movsx8 to 64 of 8000000000000000
r1 = 0x8000000000000000 ll
r0 = -1
r0 = (s8)r1
exit
=> 0x0
: movsx8 to 32 of 8000000000000000
r1 = 0x8000000000000000 ll
r0 = -1
w0 = (s8)w1
exit
=> 0x0
: movsx16 to 64 of 8000000000000000
r1 = 0x8000000000000000 ll
r0 = -1
r0 = (s16)r1
exit
=> 0x0
: movsx16 to 32 of 8000000000000000
r1 = 0x8000000000000000 ll
r0 = -1
w0 = (s16)w1
exit
=> 0x0
: movsx32 to 64 of 8000000000000000
r1 = 0x8000000000000000 ll
r0 = -1
r0 = (s32)r1
exit
=> 0x0
: neg64 80000000
r0 = 0x80000000 ll
r0 = -r0
exit
=> 0xffffffff80000000
: neg32 80000000
r0 = 0x80000000 ll
w0 = -w0
exit
=> 0x80000000
: movsx8 to 64 of 80000000
r1 = 0x80000000 ll
r0 = -1
r0 = (s8)r1
exit
=> 0x0
: movsx8 to 32 of 80000000
r1 = 0x80000000 ll
r0 = -1
w0 = (s8)w1
exit
=> 0x0
: movsx16 to 64 of 80000000
r1 = 0x80000000 ll
r0 = -1
r0 = (s16)r1
exit
=> 0x0
: movsx16 to 32 of 80000000
r1 = 0x80000000 ll
r0 = -1
w0 = (s16)w1
exit
=> 0x0
: movsx32 to 64 of 80000000
r1 = 0x80000000 ll
r0 = -1
r0 = (s32)r1
exit
=> 0xffffffff80000000
: neg64 123456789abcdef0
r0 = 0x123456789abcdef0 ll
r0 = -r0
exit
=> 0xedcba98765432110
: neg32 123456789abcdef0
r0 = 0x123456789abcdef0 ll
w0 = -w0
exit
=> 0x65432110
: movsx8 to 64 of 123456789abcdef0
r1 = 0x123456789abcdef0 ll
r0 = -1
r0 = (s8)r1
exit
=> 0xfffffffffffffff0
: movsx8 to 32 of 123456789abcdef0
r1 = 0x123456789abcdef0 ll
r0 = -1
w0 = (s8)w1
exit
=> 0xfffffff0
: movsx16 to 64 of 123456789abcdef0
r1 = 0x123456789abcdef0 ll
r0 = -1
r0 = (s16)r1
exit
=> 0xffffffffffffdef0
: movsx16 to 32 of 123456789abcdef0
r1 = 0x123456789abcdef0 ll
r0 = -1
w0 = (s16)w1
exit
=> 0xffffdef0
: movsx32 to 64 of 123456789abcdef0
r1 = 0x123456789abcdef0 ll
r0 = -1
r0 = (s32)r1
exit
=> 0xffffffff9abcdef0
: movsx8 to 64 of 7f
r1 = 0x7f ll
r0 = (s8)r1
exit
=> 0x7f
: movsx16 to 64 of 7f
r1 = 0x7f ll
r0 = (s16)r1
exit
=> 0x7f
: movsx32 to 64 of 7f
r1 = 0x7f ll
r0 = (s32)r1
exit
=> 0x7f
: movsx8 to 64 of 80
r1 = 0x80 ll
r0 = (s8)r1
exit
=> 0xffffffffffffff80
: movsx16 to 64 of 80
r1 = 0x80 ll
r0 = (s16)r1
exit
=> 0x80
: movsx32 to 64 of 80
r1 = 0x80 ll
r0 = (s32)r1
exit
=> 0x80
: movsx8 to 64 of 7fff
r1 = 0x7fff ll
r0 = (s8)r1
exit
=> 0xffffffffffffffff
: movsx16 to 64 of 7fff
r1 = 0x7fff ll
r0 = (s16)r1
exit
=> 0x7fff
: movsx32 to 64 of 7fff
r1 = 0x7fff ll
r0 = (s32)r1
exit
=> 0x7fff
: movsx8 to 64 of 8000
r1 = 0x8000 ll
r0 = (s8)r1
exit
=> 0x0
: movsx16 to 64 of 8000
r1 = 0x8000 ll
r0 = (s16)r1
exit
=> 0xffffffffffff8000
: movsx32 to 64 of 8000
r1 = 0x8000 ll
r0 = (s32)r1
exit
=> 0x8000
: movsx8 to 64 of ffffff7f80
r1 = 0xffffff7f80 ll
r0 = (s8)r1
exit
=> 0xffffffffffffff80
: movsx16 to 64 of ffffff7f80
r1 = 0xffffff7f80 ll
r0 = (s16)r1
exit
=> 0x7f80
: movsx32 to 64 of ffffff7f80
r1 = 0xffffff7f80 ll
r0 = (s32)r1
exit
=> 0xffffffffffff7f80
: le16 of 1122334455667788
r0 = 0x1122334455667788 ll
r0 = le16 r0
exit
=> 0x7788
: be16 of 1122334455667788
r0 = 0x1122334455667788 ll
r0 = be16 r0
exit
=> 0x8877
: bswap16 of 1122334455667788
r0 = 0x1122334455667788 ll
r0 = bswap16 r0
exit
=> 0x8877
: le32 of 1122334455667788
r0 = 0x1122334455667788 ll
r0 = le32 r0
exit
=> 0x55667788
: be32 of 1122334455667788
r0 = 0x1122334455667788 ll
r0 = be32 r0
exit
=> 0x88776655
: bswap32 of 1122334455667788
r0 = 0x1122334455667788 ll
r0 = bswap32 r0
exit
=> 0x88776655
: le64 of 1122334455667788
r0 = 0x1122334455667788 ll
r0 = le64 r0
exit
=> 0x1122334455667788
: be64 of 1122334455667788
r0 = 0x1122334455667788 ll
r0 = be64 r0
exit
=> 0x8877665544332211
: bswap64 of 1122334455667788
r0 = 0x1122334455667788 ll
r0 = bswap64 r0
exit
=> 0x8877665544332211
: le16 of ffeeddccbbaa9988
r0 = 0xffeeddccbbaa9988 ll
r0 = le16 r0
exit
=> 0x9988
: be16 of ffeeddccbbaa9988
r0 = 0xffeeddccbbaa9988 ll
r0 = be16 r0
exit
=> 0x8899
: bswap16 of ffeeddccbbaa9988
r0 = 0xffeeddccbbaa9988 ll
r0 = bswap16 r0
exit
=> 0x8899
: le32 of ffeeddccbbaa9988
r0 = 0xffeeddccbbaa9988 ll
r0 = le32 r0
exit
=> 0xbbaa9988
: be32 of ffeeddccbbaa9988
r0 = 0xffeeddccbbaa9988 ll
r0 = be32 r0
exit
=> 0x8899aabb
: bswap32 of ffeeddccbbaa9988
r0 = 0xffeeddccbbaa9988 ll
r0 = bswap32 r0
exit
=> 0x8899aabb
: le64 of ffeeddccbbaa9988
r0 = 0xffeeddccbbaa9988 ll
r0 = le64 r0
exit
=> 0xffeeddccbbaa9988
: be64 of ffeeddccbbaa9988
r0 = 0xffeeddccbbaa9988 ll
r0 = be64 r0
exit
=> 0x8899aabbccddeeff
: bswap64 of ffeeddccbbaa9988
r0 = 0xffeeddccbbaa9988 ll
r0 = bswap64 r0
exit
=> 0x8899aabbccddeeff
: le16 of 80
r0 = 0x80 ll
r0 = le16 r0
exit
=> 0x80
: be16 of 80
r0 = 0x80 ll
r0 = be16 r0
exit
=> 0x8000
: bswap16 of 80
r0 = 0x80 ll
r0 = bswap16 r0
exit
=> 0x8000
: le32 of 80
r0 = 0x80 ll
r0 = le32 r0
exit
=> 0x80
: be32 of 80
r0 = 0x80 ll
r0 = be32 r0
exit
=> 0x80000000
: bswap32 of 80
r0 = 0x80 ll
r0 = bswap32 r0
exit
=> 0x80000000
: le64 of 80
r0 = 0x80 ll
r0 = le64 r0
exit
=> 0x80
: be64 of 80
r0 = 0x80 ll
r0 = be64 r0
exit
=> 0x8000000000000000
: bswap64 of 80
r0 = 0x80 ll
r0 = bswap64 r0
exit
=> 0x8000000000000000
