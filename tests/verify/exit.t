# SPDX-License-Identifier: BSD-2-Clause
# Leaving: return values, loops, limits.
: return value out of range
type: cgroup_skb
r0 = 5
exit
=> reject exit.range
log: At program exit the register R0 has smin=5 smax=5 should have been in [0, 1]
: return value in range
type: cgroup_skb
r0 = 1
exit
=> accept
: return value not known
type: cgroup_skb
r0 = *(u32 *)(r1 + 0)
exit
=> reject exit.range
log: should have been in [0, 1]
: pointer returned where a number is checked
type: cgroup_skb
r0 = r1
exit
=> reject exit.not_a_number
log: At program exit the register R0 is not a known value (ctx)
: pointer returned without privilege
policy: unprivileged
r0 = r10
exit
=> reject exit.pointer_leak
log: R0 leaks addr as return value
: pointer returned with privilege
r0 = r10
exit
=> accept
: address of a local returned to the caller
call f
r0 = 0
exit
f: r0 = r10
exit
=> reject exit.stack_pointer
log: cannot return stack pointer to the caller
: loop without progress
r0 = 0
l: r2 = 0
if r2 == 0 goto l
exit
=> reject loop.infinite
log: infinite loop detected at insn
: bounded loop
r0 = 0
l: r0 += 1
if r0 < 100 goto l
exit
=> accept
: loop with an unknown bound
r6 = *(u32 *)(r1 + 0)
r6 &= 1023
r0 = 0
l: r0 += 1
if r0 < r6 goto l
r0 = 0
exit
=> accept
: loop that never ends, with a counter
r6 = *(u32 *)(r1 + 0)
r0 = 0
l: r0 += 1
if r6 == 0 goto l
r0 = 0
exit
=> reject limit.visits
limit: visits 20000
kernel: skip takes it seconds
: may_goto ends any loop
r0 = 0
l: may_goto x
goto l
x: exit
=> accept
: more visits than allowed
limit: visits 1000
r0 = 0
l: r0 += 1
r0 ^= 0
if r0 < 2000 goto l
exit
=> reject limit.visits
log: BPF program is too large. Processed 1001 insn
kernel: accept
: too many branches pending
limit: pending 100
r6 = *(u32 *)(r1 + 0)
r0 = 0
l: r0 += 1
r0 ^= 0
if r0 s> r6 goto x
if r0 < 1000 goto l
x: r0 = 0
exit
=> reject limit.pending
log: The sequence of 101 jumps is too complex.
kernel: accept
: too many instructions
limit: insns 1
r0 = 0
exit
=> reject limit.insns
kernel: accept
