# SPDX-License-Identifier: BSD-2-Clause
# Registers that are saved around calls which keep them: such slots are not counted.
: three registers
type: sched_cls
*(u64 *)(r10 - 256) = 0
r1 = 1
r2 = 1
r3 = 1
*(u64 *)(r10 - 264) = r3
*(u64 *)(r10 - 272) = r2
*(u64 *)(r10 - 280) = r1
call 8
r1 = *(u64 *)(r10 - 280)
r2 = *(u64 *)(r10 - 272)
r3 = *(u64 *)(r10 - 264)
call a
r0 = 0
exit
a: *(u64 *)(r10 - 256) = 0
r0 = 0
exit
=> accept
: three registers, then one: by the smaller area
type: sched_cls
*(u64 *)(r10 - 256) = 0
r1 = 1
r2 = 1
r3 = 1
*(u64 *)(r10 - 264) = r3
*(u64 *)(r10 - 272) = r2
*(u64 *)(r10 - 280) = r1
call 8
r1 = *(u64 *)(r10 - 280)
r2 = *(u64 *)(r10 - 272)
r3 = *(u64 *)(r10 - 264)
*(u64 *)(r10 - 280) = r1
call 8
r1 = *(u64 *)(r10 - 280)
call a
r0 = 0
exit
a: *(u64 *)(r10 - 256) = 0
r0 = 0
exit
=> reject call.stack_total
: slot read elsewhere
type: sched_cls
*(u64 *)(r10 - 256) = 0
r1 = 1
*(u64 *)(r10 - 264) = r1
call 8
r1 = *(u64 *)(r10 - 264)
r2 = *(u64 *)(r10 - 264)
call a
r0 = 0
exit
a: *(u64 *)(r10 - 256) = 0
r0 = 0
exit
=> reject call.stack_total
: slot written elsewhere
type: sched_cls
*(u64 *)(r10 - 256) = 0
r1 = 1
*(u64 *)(r10 - 264) = r1
call 8
r1 = *(u64 *)(r10 - 264)
r0 = 1
*(u32 *)(r10 - 264) = r0
call a
r0 = 0
exit
a: *(u64 *)(r10 - 256) = 0
r0 = 0
exit
=> reject call.stack_total
: slot read elsewhere before
type: sched_cls
*(u64 *)(r10 - 256) = 0
r2 = *(u64 *)(r10 - 264)
*(u64 *)(r10 - 256) = 0
r1 = 1
*(u64 *)(r10 - 264) = r1
call 8
r1 = *(u64 *)(r10 - 264)
call a
r0 = 0
exit
a: *(u64 *)(r10 - 256) = 0
r0 = 0
exit
=> reject call.stack_total
: slot lent to a helper
type: sched_cls
map: 1 array 4 8 1
*(u64 *)(r10 - 256) = 0
r1 = 1
*(u64 *)(r10 - 264) = r1
call 8
r1 = *(u64 *)(r10 - 264)
r2 = r10
r2 += -264
r1 = map_fd[1] ll
call 1
call a
r0 = 0
exit
a: *(u64 *)(r10 - 256) = 0
r0 = 0
exit
=> accept
: slot filled by a helper
type: sched_cls
*(u64 *)(r10 - 256) = 0
r1 = 1
*(u64 *)(r10 - 264) = r1
call 8
r1 = *(u64 *)(r10 - 264)
r1 = r10
r1 += -264
r2 = 8
call 16
call a
r0 = 0
exit
a: *(u64 *)(r10 - 256) = 0
r0 = 0
exit
=> reject call.stack_total
: slot read by the callee
type: sched_cls
*(u64 *)(r10 - 256) = 0
r1 = 1
*(u64 *)(r10 - 264) = r1
call 8
r1 = *(u64 *)(r10 - 264)
r1 = r10
call a
r0 = 0
exit
a: *(u64 *)(r10 - 256) = 0
r0 = *(u64 *)(r1 - 264)
r0 = 0
exit
=> accept
: saved around another call as well
type: sched_cls
*(u64 *)(r10 - 256) = 0
r1 = 1
*(u64 *)(r10 - 264) = r1
call 8
r1 = *(u64 *)(r10 - 264)
*(u64 *)(r10 - 264) = r1
call 7
r1 = *(u64 *)(r10 - 264)
call a
r0 = 0
exit
a: *(u64 *)(r10 - 256) = 0
r0 = 0
exit
=> reject call.stack_total
: a saved register that the call returns in
type: sched_cls
*(u64 *)(r10 - 256) = 0
r0 = 1
*(u64 *)(r10 - 264) = r0
call 8
r0 = *(u64 *)(r10 - 264)
call a
r0 = 0
exit
a: *(u64 *)(r10 - 256) = 0
r0 = 0
exit
=> reject call.stack_total
: saved register is not the one
type: sched_cls
*(u64 *)(r10 - 256) = 0
r6 = 1
*(u64 *)(r10 - 264) = r6
call 8
r6 = *(u64 *)(r10 - 264)
call a
r0 = 0
exit
a: *(u64 *)(r10 - 256) = 0
r0 = 0
exit
=> reject call.stack_total
: not the lowest
type: sched_cls
*(u64 *)(r10 - 272) = 0
r1 = 1
*(u64 *)(r10 - 264) = r1
call 8
r1 = *(u64 *)(r10 - 264)
*(u64 *)(r10 - 272) = r1
call a
r0 = 0
exit
a: *(u64 *)(r10 - 248) = 0
r0 = 0
exit
=> reject call.stack_total
: other register restored
type: sched_cls
*(u64 *)(r10 - 256) = 0
r1 = 1
*(u64 *)(r10 - 264) = r1
call 8
r2 = *(u64 *)(r10 - 264)
call a
r0 = 0
exit
a: *(u64 *)(r10 - 256) = 0
r0 = 0
exit
=> reject call.stack_total
: of the callee
type: sched_cls
*(u64 *)(r10 - 256) = 0
call a
r0 = 0
exit
a: *(u64 *)(r10 - 256) = 0
r1 = 1
*(u64 *)(r10 - 264) = r1
call 8
r1 = *(u64 *)(r10 - 264)
r0 = 0
exit
=> accept
: nothing else on the frame
type: sched_cls
r1 = 1
*(u64 *)(r10 - 8) = r1
call 8
r1 = *(u64 *)(r10 - 8)
call a
r0 = 0
exit
a: *(u64 *)(r10 - 512) = 0
r0 = 0
exit
=> accept
: behind the frame's end
type: sched_cls
*(u64 *)(r10 - 512) = 0
r1 = 1
*(u64 *)(r10 - 520) = r1
call 8
r1 = *(u64 *)(r10 - 520)
r0 = 0
exit
=> reject stack.oob
: a program of another type
type: socket_filter
*(u64 *)(r10 - 256) = 0
r1 = 1
r2 = 1
r3 = 1
*(u64 *)(r10 - 264) = r3
*(u64 *)(r10 - 272) = r2
*(u64 *)(r10 - 280) = r1
call 8
r1 = *(u64 *)(r10 - 280)
r2 = *(u64 *)(r10 - 272)
r3 = *(u64 *)(r10 - 264)
call a
r0 = 0
exit
a: *(u64 *)(r10 - 256) = 0
r0 = 0
exit
=> reject call.stack_total
: an engine keeps the slots
type: sched_cls
policy: run
*(u64 *)(r10 - 504) = 7
r1 = 5
*(u64 *)(r10 - 512) = r1
call 8
r1 = *(u64 *)(r10 - 512)
call a
exit
a: r0 = 0
exit
=> accept
: saved around a function of the kernel
type: sched_cls
kfunc: 1 bpf_cast_to_kern_ctx
*(u64 *)(r10 - 256) = 0
r2 = 1
*(u64 *)(r10 - 264) = r2
call kfunc 1
r2 = *(u64 *)(r10 - 264)
call a
r0 = 0
exit
a: *(u64 *)(r10 - 256) = 0
r0 = 0
exit
=> accept
: its argument saved, which it does not keep
type: sched_cls
kfunc: 1 bpf_cast_to_kern_ctx
*(u64 *)(r10 - 256) = 0
*(u64 *)(r10 - 264) = r1
call kfunc 1
r1 = *(u64 *)(r10 - 264)
call a
r0 = 0
exit
a: *(u64 *)(r10 - 256) = 0
r0 = 0
exit
=> reject call.stack_total
: an iterator in the slots
type: sched_cls
kfunc: 1 bpf_iter_num_new
kfunc: 2 bpf_iter_num_destroy
*(u64 *)(r10 - 256) = 0
r5 = 5
*(u64 *)(r10 - 264) = r5
call 8
r5 = *(u64 *)(r10 - 264)
r1 = r10
r1 += -264
r2 = 0
r3 = 3
call kfunc 1
r1 = r10
r1 += -264
call kfunc 2
call a
r0 = 0
exit
a: *(u64 *)(r10 - 256) = 0
r0 = 0
exit
=> reject call.stack_total
: a dynptr in the slots
type: sched_cls
map: 1 array 4 16 1
*(u64 *)(r10 - 256) = 0
r5 = 5
*(u64 *)(r10 - 264) = r5
call 8
r5 = *(u64 *)(r10 - 264)
r1 = map_value_fd[1] ll
r2 = 8
r3 = 0
r4 = r10
r4 += -264
call 197
call a
r0 = 0
exit
a: *(u64 *)(r10 - 256) = 0
r0 = 0
exit
=> reject call.stack_total
: an irq flag in the slots
type: sched_cls
kfunc: 1 bpf_local_irq_save
kfunc: 2 bpf_local_irq_restore
*(u64 *)(r10 - 256) = 0
r5 = 5
*(u64 *)(r10 - 264) = r5
call 8
r5 = *(u64 *)(r10 - 264)
r1 = r10
r1 += -264
call kfunc 1
r1 = r10
r1 += -264
call kfunc 2
call a
r0 = 0
exit
a: *(u64 *)(r10 - 256) = 0
r0 = 0
exit
=> reject call.stack_total
