# SPDX-License-Identifier: BSD-2-Clause
# What registers hold: initialised, numbers, pointers and their arithmetic.
: register without a value
r0 = r2
exit
=> reject reg.uninit
log: R2 !read_ok
: return value never set
exit
=> reject reg.uninit
log: R0 !read_ok
: calls clobber arguments
r6 = r1
call 7
r0 = r1
exit
=> reject reg.uninit
log: R1 !read_ok
: set on one path only
if r1 == 0 goto x
r3 = 1
x: r0 = r3
exit
=> reject reg.uninit
log: R3 !read_ok
: set on one of two undecided paths only
r2 = *(u32 *)(r1 + 0)
if r2 == 0 goto x
r3 = 1
x: r0 = r3
exit
=> reject reg.uninit
log: R3 !read_ok
: arithmetic on a pointer that may be null
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r3 = *(u32 *)(r1 + 0)
*(u32 *)(r10 - 4) = r3
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
r0 += 8
if r0 == 0 goto x
r0 = 0
x: exit
=> reject ptr.arith_nullable
log: R0 pointer arithmetic on map_value_or_null prohibited, null-check it first
: arithmetic on a map pointer
map: 1 array 4 16 4
r1 = map_fd[1] ll
r1 += 8
r0 = 0
exit
=> reject ptr.arith_kind
kernel: skip the kernel calls it by the map's structure
: shift of a pointer
r1 <<= 3
r0 = 0
exit
=> reject ptr.arith_op
log: R1 pointer arithmetic with <<= operator prohibited
: mask of a pointer
r2 = r10
r2 &= -8
r0 = 0
exit
=> reject ptr.arith_bitwise
log: R2 bitwise operator &= on pointer prohibited
: negation of a pointer without privilege
policy: unprivileged
r1 = -r1
r0 = 0
exit
=> reject ptr.arith_unary
log: R1 pointer arithmetic prohibited
: byte swap of a pointer without privilege
policy: unprivileged
r1 = be64 r1
r0 = 0
exit
=> reject ptr.arith_unary
log: R1 pointer arithmetic prohibited
: negation of a pointer yields a number
r1 = -r1
r0 = r1
exit
=> accept
: 32-bit addition to a pointer without privilege
policy: unprivileged
r2 = r10
w2 += 4
r0 = 0
exit
=> reject ptr.arith_32bit
: number minus pointer
r2 = 5
r2 -= r10
r0 = 0
exit
=> reject ptr.sub_from_number
log: R2 tried to subtract pointer from scalar
: variable subtracted from the stack pointer
r2 = *(u32 *)(r1 + 0)
r2 &= 7
r3 = r10
r3 -= r2
r0 = 0
exit
=> reject ptr.sub_stack
log: R3 subtraction from stack pointer prohibited
: pointer plus pointer
r2 = r10
r2 += r1
r0 = 0
exit
=> reject ptr.pointer_op_pointer
log: R2 pointer += pointer prohibited
: number of unknown sign added to the stack pointer
r2 = *(u64 *)(r1 + 48)
r3 = *(u32 *)(r1 + 0)
r2 = (s32)r3
r2 <<= 32
r3 = r10
r3 += r2
r0 = 0
exit
=> reject ptr.math_unbounded
log: math between fp pointer and register with unbounded min value is not allowed
: large constant added to a pointer
r2 = r10
r2 += 0x20000000
r0 = 0
exit
=> reject ptr.math_large
log: math between fp pointer and 536870912 is not allowed
: offset grows too large
r2 = r10
r2 += 0x1fffffff
r2 += 0x1fffffff
r2 += 0x1fffffff
r0 = 0
exit
=> reject ptr.offset_large
log: fp pointer offset
: variable part too large
r2 = *(u32 *)(r1 + 0)
r3 = r10
r3 += r2
r3 += r2
r3 += r2
r0 = 0
exit
=> accept
: stack pointer out of the stack without privilege
policy: unprivileged
r2 = r10
r2 += -520
r0 = 0
exit
=> reject ptr.stack_oob
: comparison of pointers without privilege
policy: unprivileged
r2 = r10
if r2 > r1 goto +0
r0 = 0
exit
=> reject ptr.compare
log: R1 pointer comparison prohibited
: 32-bit copy of a pointer without privilege
policy: unprivileged
w2 = w1
r0 = 0
exit
=> reject ptr.partial_copy
log: R1 partial copy of pointer
: sign extension of a pointer without privilege
policy: unprivileged
r2 = (s8)r1
r0 = 0
exit
=> reject ptr.sign_extend
log: R1 sign-extension part of pointer
: bounded index into the stack
r2 = *(u32 *)(r1 + 0)
r2 &= 7
*(u64 *)(r10 - 8) = 0
r3 = r10
r3 += -8
r3 += r2
r0 = *(u8 *)(r3 + 0)
exit
=> accept
: numbers linked by a copy
map: 1 array 4 16 1
r6 = *(u32 *)(r1 + 0)
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r7 = r6
if r7 > 15 goto x
r0 += r6
r0 = *(u8 *)(r0 + 0)
x: r0 = 0
exit
=> accept
: numbers linked with a difference
map: 1 array 4 16 1
r6 = *(u32 *)(r1 + 0)
r6 &= 0xff
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r7 = r6
r7 += 4
if r7 > 16 goto x
r0 += r6
r0 = *(u8 *)(r0 + 3)
x: r0 = 0
exit
=> accept
: number that is always too large added to a pointer
r2 = *(u32 *)(r1 + 0)
r2 &= 1
r2 |= 0x40000000
r3 = r10
r3 += r2
r0 = 0
exit
=> reject ptr.out_of_bounds
log: value 1073741824 makes fp pointer be out of bounds
: a mask made of a sign chooses between two values
map: 1 array 4 24 1
call 7
r9 = r0
r9 s>>= 63
r9 &= 20
r2 = map_value_fd[1] ll
r2 += r9
r0 = *(u32 *)(r2 + 0)
if r9 == 0 goto out
if r9 == 20 goto out
r0 = *(u64 *)(r2 + 8)
out: r0 = 0
exit
=> accept
: each of the two is judged: the mask is all ones
map: 1 array 4 24 1
call 7
r9 = r0
r9 s>>= 63
r9 &= 24
r2 = map_value_fd[1] ll
r2 += r9
r0 = *(u8 *)(r2 + 0)
r0 = 0
exit
=> reject map.oob
: each of the two is judged: the mask is 0
map: 1 array 4 24 1
call 7
r9 = r0
r9 s>>= 63
r9 |= 24
r2 = map_value_fd[1] ll
r2 += r9
if r9 == -1 goto out
r0 = *(u8 *)(r2 + 0)
out: r0 = 0
exit
=> reject map.oob
: a mask of 32 bits chooses too
map: 1 array 4 24 1
call 7
r9 = r0
r9 s>>= 63
w9 |= 20
r2 = map_value_fd[1] ll
if r9 != 20 goto out
r2 += r9
r0 = *(u32 *)(r2 + 0)
out: r0 = 0
exit
=> accept
: an index limited in 32 bits, its sign extended by shifts
map: 1 array 4 64 4
*(u32 *)(r10 - 8) = 0
r2 = r10
r2 += -8
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r6 = r0
r1 = *(u64 *)(r6 + 0)
if w1 s> 3 goto x
if w1 s< -4 goto x
r1 <<= 32
r1 s>>= 32
r1 += 4
r1 <<= 3
r6 += r1
r0 = *(u64 *)(r6 + 0)
x: r0 = 0
exit
=> accept
: signed limits through 0 with unsigned ones through the sign: two gaps
r6 = *(u32 *)(r1 + 0)
r6 *= r6
if r6 s> 31 goto out
if r6 s< -1 goto out
r2 = r10
r2 += r6
*(u8 *)(r2 - 32) = 0
out: r0 = 0
exit
=> accept
: the two gaps under the policy that knows what Linux does
policy: exact
r6 = *(u32 *)(r1 + 0)
r6 *= r6
if r6 s> 31 goto out
if r6 s< -1 goto out
r2 = r10
r2 += r6
*(u8 *)(r2 - 32) = 0
out: r0 = 0
exit
=> accept
: the other gap is needed
r6 = *(u32 *)(r1 + 0)
r6 *= r6
if r6 s> 31 goto out
if r6 s< -2147483647 goto out
r2 = r10
r2 += r6
*(u8 *)(r2 - 32) = 0
out: r0 = 0
exit
=> accept
: a negated pointer is any number
policy: exact
w1 = -w1
if w1 > 8 goto out
r2 = r10
r2 += r1
*(u8 *)(r2 - 16) = 0
out: r0 = 0
exit
=> reject ptr.math_unbounded
: a number far from what it is linked to is not added
policy: exact
r6 = *(u32 *)(r1 + 0)
r7 = r6
r7 += -1332187820
if r7 > 8 goto out
r2 = r10
r2 += r7
*(u8 *)(r2 - 16) = 0
out: r0 = 0
exit
=> reject ptr.offset_large
log: fp pointer offset -1332187820 is not allowed
: a number far from what it is linked to is added
r6 = *(u32 *)(r1 + 0)
r7 = r6
r7 += -1332187820
if r7 > 8 goto out
r2 = r10
r2 += r7
*(u8 *)(r2 - 16) = 0
out: r0 = 0
exit
=> accept
kernel: reject
