# SPDX-License-Identifier: BSD-2-Clause
# The stack: bounds, what was written, what was saved.
: below the frame
*(u64 *)(r10 - 520) = 0
r0 = 0
exit
=> reject stack.oob
log: invalid write to stack R10 off=-520 size=8
known: within the frame [-512, 0)
: above the frame
*(u64 *)(r10 + 0) = 0
r0 = 0
exit
=> reject stack.oob
log: invalid write to stack R10 off=0 size=8
: read above the frame
r0 = *(u64 *)(r10 + 8)
exit
=> reject stack.oob
log: invalid read from stack R10 off=8 size=8
: last bytes of the frame
*(u64 *)(r10 - 512) = 7
r0 = *(u64 *)(r10 - 512)
r0 = 0
exit
=> accept
: index of a local array not bounded
r2 = *(u32 *)(r1 + 0)
r2 &= 63
r3 = r10
r3 += -16
r3 += r2
*(u8 *)(r3 + 0) = 1
r0 = 0
exit
=> reject stack.var_overrun
log: invalid variable-offset write to stack R3 var_off=(0x0; 0x3f) off=-16 size=1
: index of a local array below the frame
r2 = *(u32 *)(r1 + 0)
r2 &= 63
r3 = r10
r3 += -520
r3 += r2
*(u8 *)(r3 + 0) = 1
r0 = 0
exit
=> reject stack.var_oob
log: invalid variable-offset write to stack R3 var_off=(0x0; 0x3f) off=-520 size=1
: index of a local array without any bound
r2 = *(u32 *)(r1 + 0)
r2 <<= 2
r3 = r10
r3 += r2
*(u8 *)(r3 + 0) = 1
r0 = 0
exit
=> reject stack.var_unbounded
log: invalid unbounded variable-offset write to stack R3
: variable access without privilege
policy: unprivileged
r2 = *(u32 *)(r1 + 0)
r2 &= 7
*(u64 *)(r10 - 8) = 0
r3 = r10
r3 += -8
r3 += r2
r0 = *(u8 *)(r3 + 0)
exit
=> reject stack.var_forbidden
log: variable stack access prohibited for !root
: uninitialised read without privilege
policy: unprivileged
r0 = *(u64 *)(r10 - 8)
exit
=> reject stack.uninit
log: invalid read from stack off -8+0 size 8
: half initialised read without privilege
policy: unprivileged
*(u32 *)(r10 - 8) = 0
r0 = *(u64 *)(r10 - 8)
exit
=> reject stack.uninit
log: invalid read from stack off -8+4 size 8
known: byte 4
: uninitialised read with privilege
r0 = *(u64 *)(r10 - 8)
exit
=> accept
: key not fully initialised, without privilege
policy: unprivileged
map: 1 hash 8 16 4
*(u32 *)(r10 - 8) = 0
r2 = r10
r2 += -8
r1 = map_fd[1] ll
call 1
r0 = 0
exit
=> reject stack.uninit_arg
log: invalid read from stack R2 off -8+4 size 8
: key not fully initialised, with privilege
map: 1 hash 8 16 4
*(u32 *)(r10 - 8) = 0
r2 = r10
r2 += -8
r1 = map_fd[1] ll
call 1
r0 = 0
exit
=> accept
: variable read of what was never written, without privilege
policy: unprivileged
map: 1 array 4 16 1
r6 = *(u32 *)(r1 + 0)
r6 &= 4
*(u32 *)(r10 - 8) = 0
r2 = r10
r2 += -8
r2 += r6
r1 = map_fd[1] ll
call 1
r0 = 0
exit
=> reject stack.var_forbidden
: saved pointer overwritten in part without privilege
policy: unprivileged
*(u64 *)(r10 - 8) = r10
*(u8 *)(r10 - 8) = 1
r0 = 0
exit
=> reject stack.corrupt_pointer
log: attempt to corrupt spilled pointer on stack
: pointer saved in part
*(u32 *)(r10 - 8) = w1
r0 = 0
exit
=> reject stack.spill_size
log: invalid size of register spill
: saved pointer loaded in part
*(u64 *)(r10 - 8) = r1
r0 = *(u32 *)(r10 - 8)
exit
=> reject stack.fill_size
log: invalid size of register fill
: pointer to a local stored in the frame of the caller
r1 = r10
r1 += -8
*(u64 *)(r10 - 8) = 0
call f
r0 = 0
exit
f: *(u64 *)(r1 + 0) = r10
r0 = 0
exit
=> reject stack.spill_to_caller
log: cannot spill pointers to stack into stack frame of the caller
: pointer to a local of the caller
*(u64 *)(r10 - 8) = 0
r1 = r10
r1 += -8
call f
r0 = *(u64 *)(r10 - 8)
r0 = 0
exit
f: *(u64 *)(r1 + 0) = 7
r0 = 0
exit
=> accept
: spill and fill keep a pointer
*(u64 *)(r10 - 8) = r1
r2 = *(u64 *)(r10 - 8)
r0 = *(u32 *)(r2 + 0)
exit
=> accept
: spill and fill keep a range
map: 1 array 4 16 1
r6 = *(u32 *)(r1 + 0)
r6 &= 7
*(u64 *)(r10 - 8) = r6
r1 = map_value_fd[1] ll
r7 = *(u64 *)(r10 - 8)
r1 += r7
r0 = *(u64 *)(r1 + 0)
r0 = 0
exit
=> accept
: two halves make a constant, as the kernel judges
policy: exact
map: 1 array 4 16 1
r6 = 4
*(u32 *)(r10 - 8) = w6
*(u32 *)(r10 - 4) = 0
r7 = *(u64 *)(r10 - 8)
r1 = map_value_fd[1] ll
r1 += r7
r0 = *(u64 *)(r1 + 0)
r0 = 0
exit
=> reject ptr.math_unbounded
kernel: reject
: zero written somewhere among zeroes
type: sk_lookup 36
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 24) = 0
call 7
if r0 <= 16 goto l
r0 = 0
exit
l: r0 -= 32
r0 += r10
*(u8 *)(r0 + 0) = 0
r0 = *(u8 *)(r10 - 20)
exit
=> accept
: another number written somewhere among zeroes
type: sk_lookup 36
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 24) = 0
call 7
if r0 <= 16 goto l
r0 = 0
exit
l: r0 -= 32
r0 += r10
*(u8 *)(r0 + 0) = 2
r0 = *(u8 *)(r10 - 20)
exit
=> reject exit.range
: what is spilled as 4 bytes learns too
type: xdp
call 5
r0 &= 65535
r1 = r0
*(u32 *)(r10 - 8) = r0
if r0 < 1 goto x
r1 = *(u32 *)(r10 - 8)
if r1 >= 1 goto x
r0 = *(u64 *)(r9 + 0)
x: r0 = 0
exit
=> accept
: what a narrow store leaves out, its sign-extending load takes in, as the kernel judges
policy: exact
map: 1 array 4 24 1
call 7
if w0 s> 15 goto out
if w0 s< 0 goto out
*(u8 *)(r10 - 8) = r0
r3 = *(s8 *)(r10 - 8)
r2 = map_value_fd[1] ll
r2 += r3
r0 = *(u8 *)(r2 + 0)
out: r0 = 0
exit
=> reject mem.negative_index
kernel: reject
: the sign of a narrow store
map: 1 array 4 24 1
call 7
if w0 s> 15 goto out
if w0 s< 0 goto out
*(u8 *)(r10 - 8) = r0
r3 = *(s8 *)(r10 - 8)
r2 = map_value_fd[1] ll
r2 += r3
r0 = *(u8 *)(r2 + 0)
out: r0 = 0
exit
=> accept
kernel: reject
: a narrow store keeps the sign bit of what it kept
map: 1 array 4 24 1
call 7
r0 &= 255
*(u8 *)(r10 - 8) = r0
r3 = *(s8 *)(r10 - 8)
if r3 s> 15 goto out
r2 = map_value_fd[1] ll
r2 += r3
r0 = *(u8 *)(r2 + 0)
out: r0 = 0
exit
=> reject mem.negative_index
: an atomic operation at a variable offset, as the kernel judges
policy: exact
*(u64 *)(r10 - 8) = 0
*(u64 *)(r10 - 16) = 0
call 7
r0 &= 8
r8 = r10
r8 += r0
r0 = 1
lock *(u64 *)(r8 - 16) += r0
r0 = 0
exit
=> reject stack.var_atomic
kernel: reject
log: variable offset stack pointer cannot be passed into helper function; var_off=(0x0; 0x8) off=-16 size=8
: an atomic operation at a variable offset
*(u64 *)(r10 - 8) = 0
*(u64 *)(r10 - 16) = 0
call 7
r0 &= 8
r8 = r10
r8 += r0
r0 = 1
lock *(u64 *)(r8 - 16) += r0
r0 = 0
exit
=> accept
kernel: reject
: part of a pointer at an offset that only a better verifier knows
call 7
w0 ^= w0
if r0 > 8 goto out
r8 = r10
r8 += r0
*(u8 *)(r8 - 16) = r8
out: r0 = 0
exit
=> accept
: that part is no pointer, and no number that is known
map: 1 array 4 24 1
*(u64 *)(r10 - 16) = 0
call 7
w0 ^= w0
r8 = r10
r8 += r0
*(u8 *)(r8 - 16) = r8
r0 = *(u64 *)(r10 - 16)
r2 = map_value_fd[1] ll
r2 += r0
r0 = *(u8 *)(r2 + 0)
r0 = 0
exit
=> reject ptr.math_unbounded
: part of a pointer through the frame's own address
r8 = r10
*(u8 *)(r10 - 16) = r8
r0 = 0
exit
=> reject stack.spill_size
