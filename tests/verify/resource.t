# SPDX-License-Identifier: BSD-2-Clause
# What was acquired must be released; what helpers keep on the stack is theirs.
: not released
map: 1 ringbuf 0 0 4096
r1 = map_fd[1] ll
r2 = 8
r3 = 0
call 131
r0 = 0
exit
=> reject ref.leak
log: Unreleased reference id=
log: alloc_insn=
log: would lead to reference leak
: not released on one path
map: 1 ringbuf 0 0 4096
r6 = *(u32 *)(r1 + 0)
r1 = map_fd[1] ll
r2 = 8
r3 = 0
call 131
if r0 == 0 goto x
if r6 == 0 goto x
r1 = r0
r2 = 0
call 132
x: r0 = 0
exit
=> reject ref.leak
log: BPF_EXIT instruction in main prog would lead to reference leak
: released twice
map: 1 ringbuf 0 0 4096
r1 = map_fd[1] ll
r2 = 8
r3 = 0
call 131
if r0 == 0 goto x
r6 = r0
r1 = r6
r2 = 0
call 132
r1 = r6
r2 = 0
call 132
x: r0 = 0
exit
=> reject call.arg_type
log: R1 type=scalar expected=ringbuf_mem
: released by the wrong pointer
map: 1 array 4 16 1
r1 = map_value_fd[1] ll
r2 = 0
call 132
r0 = 0
exit
=> reject call.arg_type
log: R1 type=map_value expected=ringbuf_mem
: moved before the release
map: 1 ringbuf 0 0 4096
r1 = map_fd[1] ll
r2 = 8
r3 = 0
call 131
if r0 == 0 goto x
r1 = r0
r1 += 4
r2 = 0
call 132
x: r0 = 0
exit
=> reject ref.offset
log: R1 must have zero offset when passed to release func or trusted arg to kfunc
: used after the release
map: 1 ringbuf 0 0 4096
r1 = map_fd[1] ll
r2 = 8
r3 = 0
call 131
if r0 == 0 goto x
r6 = r0
r1 = r0
r2 = 0
call 132
*(u64 *)(r6 + 0) = 1
x: r0 = 0
exit
=> reject mem.not_a_pointer
log: R6 invalid mem access 'scalar'
: lock and unlock
type: sched_cls
map: 1 array 4 16 1 lock=0
r1 = map_value_fd[1] ll
call 93
r1 = map_value_fd[1] ll
*(u64 *)(r1 + 8) = 1
call 94
r0 = 0
exit
=> accept
: call while a lock is held
type: sched_cls
map: 1 array 4 16 1 lock=0
r1 = map_value_fd[1] ll
call 93
call 7
r1 = map_value_fd[1] ll
call 94
r0 = 0
exit
=> reject call.lock_held
log: function calls are not allowed while holding a lock
: two locks
type: sched_cls
map: 1 array 4 16 1 lock=0
r1 = map_value_fd[1] ll
call 93
r1 = map_value_fd[1] ll
call 93
r0 = 0
exit
=> reject call.lock_held
: unlock without lock
type: sched_cls
map: 1 array 4 16 1 lock=0
r1 = map_value_fd[1] ll
call 94
r0 = 0
exit
=> reject lock.not_held
: exit with a lock held
type: sched_cls
map: 1 array 4 16 1 lock=0
r1 = map_value_fd[1] ll
call 93
r0 = 0
exit
=> reject lock.leak
: lock of a map without one
type: sched_cls
map: 1 array 4 16 1
r1 = map_value_fd[1] ll
call 93
r0 = 0
exit
=> reject lock.field
kernel: reject
: direct access to a lock
type: sched_cls
map: 1 array 4 16 1 lock=0
r1 = map_value_fd[1] ll
r0 = *(u32 *)(r1 + 0)
exit
=> reject map.special_field
log: bpf_spin_lock cannot be accessed directly by load/store
: dynptr not made
r1 = r10
r1 += -16
r2 = 0
r3 = 8
call 203
r0 = 0
exit
=> reject dynptr.uninit
log: Expected an initialized dynptr as arg #0
: dynptr made and read
map: 1 ringbuf 0 0 4096
r1 = map_fd[1] ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
r1 = r10
r1 += -16
r2 = 0
call 199
r0 = 0
exit
=> accept
: dynptr never released
map: 1 ringbuf 0 0 4096
r1 = map_fd[1] ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
r0 = 0
exit
=> reject ref.leak
: dynptr overwritten
map: 1 ringbuf 0 0 4096
r1 = map_fd[1] ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
*(u64 *)(r10 - 16) = 0
r0 = 0
exit
=> reject dynptr.overwrite
log: cannot overwrite referenced dynptr
: iterator
type: sched_cls
kfunc: 1 bpf_iter_num_new
kfunc: 2 bpf_iter_num_next
kfunc: 3 bpf_iter_num_destroy
r1 = r10
r1 += -8
r2 = 0
r3 = 10
call kfunc 1
l: r1 = r10
r1 += -8
call kfunc 2
if r0 == 0 goto x
r6 = *(u32 *)(r0 + 0)
goto l
x: r1 = r10
r1 += -8
call kfunc 3
r0 = 0
exit
=> accept
: iterator not made
type: sched_cls
kfunc: 2 bpf_iter_num_next
r1 = r10
r1 += -8
call kfunc 2
r0 = 0
exit
=> reject iter.uninit
log: expected an initialized iter_num as arg #
: iterator made twice
type: sched_cls
kfunc: 1 bpf_iter_num_new
r1 = r10
r1 += -8
r2 = 0
r3 = 10
call kfunc 1
r1 = r10
r1 += -8
r2 = 0
r3 = 10
call kfunc 1
r0 = 0
exit
=> reject iter.init
log: expected uninitialized iter_num as arg #
: iterator never destroyed
type: sched_cls
kfunc: 1 bpf_iter_num_new
r1 = r10
r1 += -8
r2 = 0
r3 = 10
call kfunc 1
r0 = 0
exit
=> reject ref.leak
: a helper that would fill a dynptr
map: 1 ringbuf 0 0 4096
r1 = map_fd[1] ll
r2 = 16
r3 = 0
r4 = r10
r4 += -24
call 198
r1 = r10
r1 += -24
r2 = 16
r3 = r1
r4 = 0
r5 = 0
call 201
r1 = r10
r1 += -24
r2 = 0
call 199
r0 = 0
exit
=> reject dynptr.fill
log: potential write to dynptr at off=-24 disallowed
: a counted loop around calls that repeat a callback
limit: visits 20000
func: 0 main static int
func: 14 each static int
map: 1 hash 8 32 16
map: 2 array 4 24 3
r6 = r1
r9 = 0
loop: r8 = 23
r1 = map_fd[1] ll
r3 = r10
r4 = 0
r2 = func each ll
call 164
r9 += 1
if r9 < 9 goto loop
r0 = 0
exit
each: r7 = r3
r5 = *(u32 *)(r3 + 0)
*(u64 *)(r10 - 72) = 2
r1 = map_fd[2] ll
r2 = r10
r2 += -72
call 1
if r0 != 0 goto found
r0 = 0
exit
found: r7 = r0
r0 = 1
exit
=> accept
: a key that only we know keeps no loop from settling
map: 1 array 4 24 3
r8 = 0
loop: may_goto out
w8 += 29
call 7
goto loop
out: *(u64 *)(r10 - 72) = r8
r1 = map_fd[1] ll
r2 = r10
r2 += -72
call 1
if r0 != 0 goto found
r0 = 0
exit
found: r8 = r0
r0 = 1
exit
=> accept
: a loop around an iterator keeps what it counts
type: sched_cls
limit: visits 20000
kfunc: 1 bpf_iter_num_new
kfunc: 2 bpf_iter_num_next
kfunc: 3 bpf_iter_num_destroy
call 7
r9 = r0
r9 &= 15
outer: r1 = r10
r1 += -96
r2 = 3
r3 = 19
call kfunc 1
inner: r1 = r10
r1 += -96
call kfunc 2
if r0 == 0 goto done
r8 = *(u32 *)(r0 + 0)
goto inner
done: r1 = r10
r1 += -96
call kfunc 3
r9 += -1
if r9 s> 0 goto outer
r0 = 0
exit
=> accept
