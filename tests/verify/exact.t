# SPDX-License-Identifier: BSD-2-Clause
# What the policy exact_kernel has to do as Linux does it: what is known of linked numbers, where states
# are kept.  Each was judged otherwise once.
: a number known from the other end of a link, as Linux synchronises it
policy: exact
call 7
*(u64 *)(r10 - 8) = r0
lock *(u64 *)(r10 - 8) += r0
r4 = *(u64 *)(r10 - 8)
r0 = r4
r0 += 63
if r4 s<= 2 goto x
if r0 & r4 goto x
r5 = 0x8000000000000000 ll
if r4 & r5 goto never
x: r0 = 0
exit
never: r0 = r9
exit
=> accept
: a linked register that nobody reads takes no room among those that learn
policy: exact
call 7
r1 = r0
r2 = r0
r3 = r0
r4 = r0
r5 = r0
r6 = r0
r7 = r0
if r0 > 7 goto x
r8 = r10
r8 += r7
*(u8 *)(r8 - 8) = 0
x: r0 = 0
exit
=> accept
: ... and they all do where they are read
policy: exact
call 7
r1 = r0
r2 = r0
r3 = r0
r4 = r0
r5 = r0
r6 = r0
r7 = r0
if r0 > 7 goto x
r8 = r10
r8 += r7
*(u8 *)(r8 - 8) = 0
x: r1 += r2
r1 += r3
r1 += r4
r1 += r5
r0 = 0
exit
=> reject ptr.math_unbounded
: a state is kept where a call returns to, and where a jump goes on
type: xdp
policy: exact
map: 1 ringbuf 0 0 4096
r6 = r1
*(u64 *)(r10 - 8) = 0
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 24) = 0
*(u64 *)(r10 - 32) = 0
*(u64 *)(r10 - 40) = 0
*(u64 *)(r10 - 48) = 0
*(u64 *)(r10 - 56) = 0
*(u64 *)(r10 - 64) = 0
r1 = *(u32 *)(r6 + 12)
if w1 > 51 goto other
if r1 s> 63 goto a
if r1 s< 0 goto a
r2 = r10
r2 += r1
*(u8 *)(r2 - 64) = r1
a: r1 = map_fd[1] ll
r2 = 16
r3 = 0
call 131
if r0 != 0 goto b
r0 = 0
exit
b: *(u64 *)(r10 - 184) = r0
r8 = r0
r1 = *(u64 *)(r10 - 184)
r2 = 0
call 132
goto join
other: *(u64 *)(r10 - 32) = r6
join: r1 = *(u16 *)(r10 - 30)
r1 -= 38
r7 = 0x31af4d547e ll
r4 = *(u64 *)(r10 - 40)
r4 = *(u64 *)(r10 - 16)
r8 = *(u64 *)(r10 - 24)
r7 = *(u64 *)(r10 - 8)
r0 = 1
exit
=> reject stack.fill_size
: a round that is to be one more of the same has the same bytes of stack
type: xdp
policy: exact
r6 = r1
*(u64 *)(r10 - 72) = 3
l: may_goto x
*(u64 *)(r10 - 64) = r6
goto l
x: r4 = *(u32 *)(r10 - 64)
r0 = 0
exit
=> reject stack.fill_size
: the difference of 32 bits of a number and a pointer: no zeroes above
type: xdp
policy: exact
r2 = *(u32 *)(r1 + 0)
w7 = 54
w7 -= w2
r7 >>= 32
r8 = r10
r8 += r7
*(u8 *)(r8 - 8) = 0
r0 = 0
exit
=> reject stack.var_unbounded
: ... and of two pointers
type: xdp
policy: exact
r2 = *(u32 *)(r1 + 0)
r7 = *(u32 *)(r1 + 4)
w7 -= w2
r7 >>= 32
r8 = r10
r8 += r7
*(u8 *)(r8 - 8) = 0
r0 = 0
exit
=> reject stack.var_unbounded
: ... which have them in truth
type: xdp
r2 = *(u32 *)(r1 + 0)
r7 = *(u32 *)(r1 + 4)
w7 -= w2
r7 >>= 32
r8 = r10
r8 += r7
*(u8 *)(r8 - 8) = 0
w9 = 3
w9 -= w10
r9 >>= 32
r8 = r10
r8 += r9
*(u8 *)(r8 - 8) = 0
r0 = 0
exit
=> accept
kernel: reject it does not see the zeroes above
: the sign of 32 bits extended takes their limits from Linux
policy: exact
call 7
if w0 s< 1 goto out
if w0 s> 5 goto out
r2 = (s32)r0
r8 = r10
r8 += -16
r8 += r2
*(u8 *)(r8 + 0) = 0
out: r0 = 0
exit
=> reject ptr.out_of_bounds
: ... which they have in truth
call 7
if w0 s< 1 goto out
if w0 s> 5 goto out
r2 = (s32)r0
r8 = r10
r8 += -16
r8 += r2
*(u8 *)(r8 + 0) = 0
out: r0 = 0
exit
=> accept
kernel: reject it looks at the limits of 64 bits
: a number compared with itself has no limits where it cannot be
policy: exact
map: 1 array 4 16 1
call 7
r9 = r0
r9 &= 1
if w9 >= w9 goto x
r1 = map_value_fd[1] ll
r1 += r9
r0 = *(u8 *)(r1 + 0)
x: r0 = 0
exit
=> reject ptr.math_unbounded
: ... by all 64 bits, and the low half
policy: exact
map: 1 array 4 16 1
call 7
r9 = r0
r9 &= 1
if r9 s< r9 goto y
r0 = 0
exit
y: w9 = w9
r1 = map_value_fd[1] ll
r1 += r9
r0 = *(u8 *)(r1 + 0)
r0 = 0
exit
=> accept
