# SPDX-License-Identifier: BSD-2-Clause
# What programs without privileges may not do.
: a function
policy: unprivileged
call l
exit
l: r0 = 0
exit
=> reject call.capability
log: loading/calling other bpf or kernel functions are allowed for CAP_BPF and CAP_SYS_ADMIN
kernel: skip another account is needed
: a helper that needs CAP_BPF
policy: unprivileged
call 118
r0 = 0
exit
=> reject call.prog_type
kernel: skip another account is needed
: a helper that needs CAP_PERFMON
policy: unprivileged
call 35
r0 = 0
exit
=> reject call.prog_type
kernel: skip another account is needed
: an index up to the end of a value
policy: unprivileged
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r6 = *(u64 *)(r0 + 0)
if r6 > 8 goto x
r0 += r6
r0 = *(u8 *)(r0 + 0)
x: r0 = 0
exit
=> accept
kernel: skip another account is needed
: a pointer to a value leaves it and comes back
policy: unprivileged
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r0 += 16
r0 += -8
r0 = *(u8 *)(r0 + 0)
x: r0 = 0
exit
=> reject speculation.range
log: R0 pointer arithmetic of map value goes out of range, prohibited for !root
kernel: skip another account is needed
: an index added to the start of the stack
policy: unprivileged
r6 = r10
r7 = -8
r6 += r7
r8 = 8
r6 += r8
r0 = 0
exit
=> reject ptr.stack_oob
kernel: skip another account is needed
: one addition for two sizes of steps
policy: unprivileged
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r6 = 4
r1 = *(u64 *)(r0 + 0)
if r1 == 0 goto l
r6 = 8
l: r0 += r6
r0 = *(u8 *)(r0 + 0)
x: r0 = 0
exit
=> reject speculation.paths
log: R0 tried to add from different maps, paths or scalars, pointer arithmetic with it prohibited for !root
kernel: skip another account is needed
: a register added to a packet pointer
policy: unprivileged
type: xdp
r2 = *(u32 *)(r1 + 0)
r3 = 4
r2 += r3
r0 = 0
exit
=> reject speculation.kind
log: R2 has pointer with unsupported alu operation, pointer arithmetic with it prohibited for !root
kernel: skip another account is needed
: one tail call with two arrays
policy: unprivileged
map: 1 prog_array 4 4 4
map: 2 prog_array 4 4 8
r6 = *(u32 *)(r1 + 0)
r2 = map_fd[1] ll
if r6 == 0 goto l
r2 = map_fd[2] ll
l: r3 = 1
call 12
r0 = 0
exit
=> reject call.tail_call_maps
log: tail_call abusing map_ptr
kernel: skip another account is needed
: a register added at the edge of the stack
policy: unprivileged
r6 = r10
r6 += -512
r7 = 8
r6 += r7
r0 = 0
exit
=> reject speculation.limit
log: R6 tried to add beyond pointer bounds, pointer arithmetic with it prohibited for !root
kernel: skip another account is needed
: a record that was given away, stored
policy: unprivileged
map: 1 array 4 8 1
map: 2 ringbuf 0 0 4096
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r9 = r0
r1 = map_fd[2] ll
r2 = 8
r3 = 0
call 131
if r0 == 0 goto x
r8 = r0
r1 = r8
r2 = 0
call 133
*(u64 *)(r9 + 0) = r8
x: r0 = 0
exit
=> reject reg.uninit
log: R8 !read_ok
kernel: skip another account is needed
: a record that was given away, stored, with privileges
map: 1 array 4 8 1
map: 2 ringbuf 0 0 4096
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r9 = r0
r1 = map_fd[2] ll
r2 = 8
r3 = 0
call 131
if r0 == 0 goto x
r8 = r0
r1 = r8
r2 = 0
call 133
*(u64 *)(r9 + 0) = r8
x: r0 = 0
exit
=> accept
: a record that was given away, stored, from the stack
policy: unprivileged
map: 1 array 4 8 1
map: 2 ringbuf 0 0 4096
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r9 = r0
r1 = map_fd[2] ll
r2 = 8
r3 = 0
call 131
if r0 == 0 goto x
r8 = r0
*(u64 *)(r10 - 16) = r8
r1 = r8
r2 = 0
call 133
r1 = *(u64 *)(r10 - 16)
*(u64 *)(r9 + 0) = r1
x: r0 = 0
exit
=> reject stack.uninit
kernel: skip another account is needed
