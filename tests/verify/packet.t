# SPDX-License-Identifier: BSD-2-Clause
# Packets and contexts.
: packet byte behind a check
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 14
if r4 > r3 goto x
r0 = *(u8 *)(r2 + 13)
x: r0 = 2
exit
=> accept
: packet byte without a check
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r0 = *(u8 *)(r2 + 0)
r0 = 2
exit
=> reject packet.oob
log: invalid access to packet, off=0 size=1, R2(id=0,off=0,r=0)
log: R2 offset is outside of the packet
: check of too few bytes
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 14
if r4 > r3 goto x
r0 = *(u16 *)(r2 + 13)
x: r0 = 2
exit
=> reject packet.oob
log: invalid access to packet, off=13 size=2, R2(id=0,off=13,r=14)
known: 14 are proven
: check the other way round
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 14
if r3 >= r4 goto y
r0 = 2
exit
y: r0 = *(u8 *)(r2 + 13)
r0 = 2
exit
=> accept
: packet with a variable offset
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 14
if r4 > r3 goto x
r5 = *(u8 *)(r2 + 0)
r5 &= 60
r2 += r5
r4 = r2
r4 += 8
if r4 > r3 goto x
r0 = *(u64 *)(r2 + 0)
x: r0 = 2
exit
=> accept
: negative packet offset
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 14
if r4 > r3 goto x
r5 = *(u8 *)(r2 + 0)
r5 -= 100
r2 += r5
r4 = r2
r4 += 8
if r4 > r3 goto x
r0 = *(u64 *)(r2 + 0)
x: r0 = 2
exit
=> reject packet.negative
kernel: skip worded otherwise
: helper that moves the packet
type: xdp
r6 = r1
r7 = *(u32 *)(r1 + 0)
r8 = *(u32 *)(r1 + 4)
r4 = r7
r4 += 14
if r4 > r8 goto x
r2 = 4
call 44
r0 = *(u8 *)(r7 + 0)
x: r0 = 2
exit
=> reject mem.not_a_pointer
log: R7 invalid mem access 'scalar'
: write into a packet that may only be read
type: cgroup_skb
r2 = *(u32 *)(r1 + 76)
r3 = *(u32 *)(r1 + 80)
r4 = r2
r4 += 14
if r4 > r3 goto x
*(u8 *)(r2 + 0) = 1
x: r0 = 1
exit
=> reject packet.write
log: cannot write into packet
: field beyond the context
r0 = *(u64 *)(r1 + 4000)
exit
=> reject ctx.field
log: invalid bpf_context access off=4000 size=8
: field in the wrong width
type: xdp
r0 = *(u64 *)(r1 + 0)
exit
=> reject ctx.field
log: invalid bpf_context access off=0 size=8
: write of a read-only field
type: xdp
r2 = 0
*(u32 *)(r1 + 0) = w2
r0 = 2
exit
=> reject ctx.field
log: invalid bpf_context access off=0 size=4
: changed context pointer
r1 += 8
r0 = *(u32 *)(r1 + 0)
exit
=> reject ctx.modified
log: dereference of modified ctx ptr R1 off=8 disallowed
: context pointer moved back
r1 += -8
r0 = *(u32 *)(r1 + 8)
exit
=> reject ctx.negative
log: negative offset ctx ptr R1 off=-8 disallowed
: context with a variable offset
r2 = *(u32 *)(r1 + 0)
r2 &= 4
r1 += r2
r0 = *(u32 *)(r1 + 0)
exit
=> reject ctx.variable
log: variable ctx access var_off=(0x0; 0x4) disallowed
: registers of a kprobe
type: kprobe
r0 = *(u64 *)(r1 + 112)
r0 = 0
exit
=> accept
: a pointer found behind the end stays there
type: sk_skb
r2 = *(u32 *)(r1 + 80)
r4 = *(u32 *)(r1 + 76)
r3 = r4
r3 += 42
r1 = 0
if r3 > r2 goto l
r4 += 14
r1 = r4
l: if r3 > r2 goto x
r2 = *(u8 *)(r1 + 9)
x: r0 = 0
exit
=> accept
: moved back it may be before the end again
type: sk_skb
r2 = *(u32 *)(r1 + 80)
r4 = *(u32 *)(r1 + 76)
r3 = r4
r3 += 42
r1 = 0
if r3 > r2 goto l
r4 += 14
r1 = r4
goto m
l: r3 += -42
m: if r3 > r2 goto x
r2 = *(u8 *)(r1 + 9)
x: r0 = 0
exit
=> reject mem.not_a_pointer
kernel: skip keeps the mark through the subtraction
: a pointer at the end is not before it when it is asked again
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 14
if r4 < r3 goto x
if r4 >= r3 goto x
r0 = *(u8 *)(r2 + 40)
x: r0 = 2
exit
=> accept
: a pointer at the end may be behind it or not
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 14
if r4 < r3 goto x
if r4 > r3 goto x
r0 = *(u8 *)(r2 + 40)
x: r0 = 2
exit
=> reject packet.oob
: a pointer at the end is no longer there once it is moved
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 14
if r4 < r3 goto x
r4 += -14
if r4 >= r3 goto x
r0 = *(u8 *)(r2 + 40)
x: r0 = 2
exit
kernel: accept
=> reject packet.oob
: packet bytes that only the second way from a join asks for
type: xdp
r6 = r1
r7 = *(u32 *)(r1 + 0)
r8 = *(u32 *)(r1 + 4)
r9 = *(u32 *)(r1 + 12)
r2 = r7
r2 += 40
if r2 > r8 goto short
goto join
short: r2 = r7
r2 += 10
if r2 > r8 goto out
join: if r9 == 5 goto far
r0 = *(u8 *)(r7 + 3)
r0 = 1
exit
far: r0 = *(u8 *)(r7 + 30)
out: r0 = 1
exit
=> reject packet.oob
: ... and both are there
type: xdp
r6 = r1
r7 = *(u32 *)(r1 + 0)
r8 = *(u32 *)(r1 + 4)
r9 = *(u32 *)(r1 + 12)
r2 = r7
r2 += 40
if r2 > r8 goto short
goto join
short: r2 = r7
r2 += 31
if r2 > r8 goto out
join: if r9 == 5 goto far
r0 = *(u8 *)(r7 + 3)
r0 = 1
exit
far: r0 = *(u8 *)(r7 + 30)
out: r0 = 1
exit
=> accept
