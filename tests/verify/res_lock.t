# SPDX-License-Identifier: BSD-2-Clause
# Resilient locks that are taken with interrupts off.
: lock with interrupts off
type: sched_cls
map: 1 array 4 16 1 res_lock=0
map: 2 array 4 16 1 res_lock=0
kfunc: 1 bpf_res_spin_lock_irqsave
kfunc: 2 bpf_res_spin_unlock_irqrestore
kfunc: 3 bpf_res_spin_lock
kfunc: 4 bpf_res_spin_unlock
kfunc: 5 bpf_local_irq_save
kfunc: 6 bpf_local_irq_restore
r1 = map_value_fd[1] ll
r2 = r10
r2 += -8
call kfunc 1
if r0 != 0 goto out
r1 = map_value_fd[1] ll
r2 = r10
r2 += -8
call kfunc 2
out: r0 = 0
exit
=> accept
: ... whose failure is not looked at
type: sched_cls
map: 1 array 4 16 1 res_lock=0
map: 2 array 4 16 1 res_lock=0
kfunc: 1 bpf_res_spin_lock_irqsave
kfunc: 2 bpf_res_spin_unlock_irqrestore
kfunc: 3 bpf_res_spin_lock
kfunc: 4 bpf_res_spin_unlock
kfunc: 5 bpf_local_irq_save
kfunc: 6 bpf_local_irq_restore
r1 = map_value_fd[1] ll
r2 = r10
r2 += -8
call kfunc 1
r1 = map_value_fd[1] ll
r2 = r10
r2 += -8
call kfunc 2
out: r0 = 0
exit
=> reject lock.not_held
: ... left held
type: sched_cls
map: 1 array 4 16 1 res_lock=0
map: 2 array 4 16 1 res_lock=0
kfunc: 1 bpf_res_spin_lock_irqsave
kfunc: 2 bpf_res_spin_unlock_irqrestore
kfunc: 3 bpf_res_spin_lock
kfunc: 4 bpf_res_spin_unlock
kfunc: 5 bpf_local_irq_save
kfunc: 6 bpf_local_irq_restore
r1 = map_value_fd[1] ll
r2 = r10
r2 += -8
call kfunc 1
if r0 != 0 goto out
out: r0 = 0
exit
=> reject lock.leak
: ... given back as another kind of lock
type: sched_cls
map: 1 array 4 16 1 res_lock=0
map: 2 array 4 16 1 res_lock=0
kfunc: 1 bpf_res_spin_lock_irqsave
kfunc: 2 bpf_res_spin_unlock_irqrestore
kfunc: 3 bpf_res_spin_lock
kfunc: 4 bpf_res_spin_unlock
kfunc: 5 bpf_local_irq_save
kfunc: 6 bpf_local_irq_restore
r1 = map_value_fd[1] ll
r2 = r10
r2 += -8
call kfunc 1
if r0 != 0 goto out
r1 = map_value_fd[1] ll
call kfunc 4
out: r0 = 0
exit
=> reject lock.not_held
log: bpf_res_spin_unlock of different lock
: ... and another kind given back as this
type: sched_cls
map: 1 array 4 16 1 res_lock=0
map: 2 array 4 16 1 res_lock=0
kfunc: 1 bpf_res_spin_lock_irqsave
kfunc: 2 bpf_res_spin_unlock_irqrestore
kfunc: 3 bpf_res_spin_lock
kfunc: 4 bpf_res_spin_unlock
kfunc: 5 bpf_local_irq_save
kfunc: 6 bpf_local_irq_restore
r1 = r10
r1 += -8
call kfunc 5
r1 = map_value_fd[1] ll
call kfunc 3
if r0 != 0 goto bad
r1 = map_value_fd[1] ll
r2 = r10
r2 += -8
call kfunc 2
goto out
bad:
r1 = r10
r1 += -8
call kfunc 6
out: r0 = 0
exit
=> reject lock.not_held
log: bpf_res_spin_unlock of different lock
: ... restored with flags that were not saved
type: sched_cls
map: 1 array 4 16 1 res_lock=0
map: 2 array 4 16 1 res_lock=0
kfunc: 1 bpf_res_spin_lock_irqsave
kfunc: 2 bpf_res_spin_unlock_irqrestore
kfunc: 3 bpf_res_spin_lock
kfunc: 4 bpf_res_spin_unlock
kfunc: 5 bpf_local_irq_save
kfunc: 6 bpf_local_irq_restore
r1 = map_value_fd[1] ll
r2 = r10
r2 += -8
call kfunc 1
if r0 != 0 goto out
r1 = map_value_fd[1] ll
r2 = r10
r2 += -16
call kfunc 2
out: r0 = 0
exit
=> reject irq.flag
log: expected an initialized irq flag as arg#1
: ... restored as if no lock had saved them
type: sched_cls
map: 1 array 4 16 1 res_lock=0
map: 2 array 4 16 1 res_lock=0
kfunc: 1 bpf_res_spin_lock_irqsave
kfunc: 2 bpf_res_spin_unlock_irqrestore
kfunc: 3 bpf_res_spin_lock
kfunc: 4 bpf_res_spin_unlock
kfunc: 5 bpf_local_irq_save
kfunc: 6 bpf_local_irq_restore
r1 = map_value_fd[1] ll
r2 = r10
r2 += -8
call kfunc 1
if r0 != 0 goto out
r1 = r10
r1 += -8
call kfunc 6
out: r0 = 0
exit
=> reject call.lock_held
: ... flags saved by themselves, restored by a lock
type: sched_cls
map: 1 array 4 16 1 res_lock=0
map: 2 array 4 16 1 res_lock=0
kfunc: 1 bpf_res_spin_lock_irqsave
kfunc: 2 bpf_res_spin_unlock_irqrestore
kfunc: 3 bpf_res_spin_lock
kfunc: 4 bpf_res_spin_unlock
kfunc: 5 bpf_local_irq_save
kfunc: 6 bpf_local_irq_restore
r1 = r10
r1 += -8
call kfunc 5
r1 = map_value_fd[1] ll
r2 = r10
r2 += -16
call kfunc 1
if r0 != 0 goto bad
r1 = map_value_fd[1] ll
r2 = r10
r2 += -8
call kfunc 2
goto out
bad:
r1 = r10
r1 += -8
call kfunc 6
out: r0 = 0
exit
=> reject irq.flag
log: irq flag acquired by native kfuncs cannot be restored with lock kfuncs
: ... inside of flags saved by themselves
type: sched_cls
map: 1 array 4 16 1 res_lock=0
map: 2 array 4 16 1 res_lock=0
kfunc: 1 bpf_res_spin_lock_irqsave
kfunc: 2 bpf_res_spin_unlock_irqrestore
kfunc: 3 bpf_res_spin_lock
kfunc: 4 bpf_res_spin_unlock
kfunc: 5 bpf_local_irq_save
kfunc: 6 bpf_local_irq_restore
r1 = r10
r1 += -8
call kfunc 5
r1 = map_value_fd[1] ll
r2 = r10
r2 += -16
call kfunc 1
if r0 != 0 goto bad
r1 = map_value_fd[1] ll
r2 = r10
r2 += -16
call kfunc 2
bad:
r1 = r10
r1 += -8
call kfunc 6
out: r0 = 0
exit
=> accept
: ... flags saved under a lock
type: sched_cls
map: 1 array 4 16 1 res_lock=0
map: 2 array 4 16 1 res_lock=0
kfunc: 1 bpf_res_spin_lock_irqsave
kfunc: 2 bpf_res_spin_unlock_irqrestore
kfunc: 3 bpf_res_spin_lock
kfunc: 4 bpf_res_spin_unlock
kfunc: 5 bpf_local_irq_save
kfunc: 6 bpf_local_irq_restore
r1 = map_value_fd[1] ll
call kfunc 3
if r0 != 0 goto out
r1 = r10
r1 += -8
call kfunc 5
r1 = r10
r1 += -8
call kfunc 6
r1 = map_value_fd[1] ll
call kfunc 4
out: r0 = 0
exit
=> reject call.lock_held
: ... the same place for both
type: sched_cls
map: 1 array 4 16 1 res_lock=0
map: 2 array 4 16 1 res_lock=0
kfunc: 1 bpf_res_spin_lock_irqsave
kfunc: 2 bpf_res_spin_unlock_irqrestore
kfunc: 3 bpf_res_spin_lock
kfunc: 4 bpf_res_spin_unlock
kfunc: 5 bpf_local_irq_save
kfunc: 6 bpf_local_irq_restore
r1 = r10
r1 += -8
call kfunc 5
r1 = map_value_fd[1] ll
r2 = r10
r2 += -8
call kfunc 1
if r0 != 0 goto bad
bad:
r1 = r10
r1 += -8
call kfunc 6
out: r0 = 0
exit
=> reject irq.flag
log: expected uninitialized irq flag as arg#1
: two of them
type: sched_cls
map: 1 array 4 16 1 res_lock=0
map: 2 array 4 16 1 res_lock=0
kfunc: 1 bpf_res_spin_lock_irqsave
kfunc: 2 bpf_res_spin_unlock_irqrestore
kfunc: 3 bpf_res_spin_lock
kfunc: 4 bpf_res_spin_unlock
kfunc: 5 bpf_local_irq_save
kfunc: 6 bpf_local_irq_restore
r1 = map_value_fd[1] ll
r2 = r10
r2 += -8
call kfunc 1
if r0 != 0 goto out
r1 = map_value_fd[2] ll
r2 = r10
r2 += -16
call kfunc 1
if r0 != 0 goto one
r1 = map_value_fd[2] ll
r2 = r10
r2 += -16
call kfunc 2
one:
r1 = map_value_fd[1] ll
r2 = r10
r2 += -8
call kfunc 2
out: r0 = 0
exit
=> accept
: ... out of order
type: sched_cls
map: 1 array 4 16 1 res_lock=0
map: 2 array 4 16 1 res_lock=0
kfunc: 1 bpf_res_spin_lock_irqsave
kfunc: 2 bpf_res_spin_unlock_irqrestore
kfunc: 3 bpf_res_spin_lock
kfunc: 4 bpf_res_spin_unlock
kfunc: 5 bpf_local_irq_save
kfunc: 6 bpf_local_irq_restore
r1 = map_value_fd[1] ll
r2 = r10
r2 += -8
call kfunc 1
if r0 != 0 goto out
r1 = map_value_fd[2] ll
r2 = r10
r2 += -16
call kfunc 1
if r0 != 0 goto one
r1 = map_value_fd[1] ll
r2 = r10
r2 += -8
call kfunc 2
r1 = map_value_fd[2] ll
r2 = r10
r2 += -16
call kfunc 2
goto out
one:
r1 = map_value_fd[1] ll
r2 = r10
r2 += -8
call kfunc 2
out: r0 = 0
exit
=> reject lock.order
: ... flags swapped
type: sched_cls
map: 1 array 4 16 1 res_lock=0
map: 2 array 4 16 1 res_lock=0
kfunc: 1 bpf_res_spin_lock_irqsave
kfunc: 2 bpf_res_spin_unlock_irqrestore
kfunc: 3 bpf_res_spin_lock
kfunc: 4 bpf_res_spin_unlock
kfunc: 5 bpf_local_irq_save
kfunc: 6 bpf_local_irq_restore
r1 = map_value_fd[1] ll
r2 = r10
r2 += -8
call kfunc 1
if r0 != 0 goto out
r1 = map_value_fd[2] ll
r2 = r10
r2 += -16
call kfunc 1
if r0 != 0 goto one
r1 = map_value_fd[2] ll
r2 = r10
r2 += -8
call kfunc 2
r1 = map_value_fd[1] ll
r2 = r10
r2 += -16
call kfunc 2
goto out
one:
r1 = map_value_fd[1] ll
r2 = r10
r2 += -8
call kfunc 2
out: r0 = 0
exit
=> reject irq.order
: ... the same lock twice
type: sched_cls
map: 1 array 4 16 1 res_lock=0
map: 2 array 4 16 1 res_lock=0
kfunc: 1 bpf_res_spin_lock_irqsave
kfunc: 2 bpf_res_spin_unlock_irqrestore
kfunc: 3 bpf_res_spin_lock
kfunc: 4 bpf_res_spin_unlock
kfunc: 5 bpf_local_irq_save
kfunc: 6 bpf_local_irq_restore
r1 = map_value_fd[1] ll
r2 = r10
r2 += -8
call kfunc 1
if r0 != 0 goto out
r1 = map_value_fd[1] ll
r2 = r10
r2 += -16
call kfunc 1
if r0 != 0 goto one
r1 = map_value_fd[1] ll
r2 = r10
r2 += -16
call kfunc 2
one:
r1 = map_value_fd[1] ll
r2 = r10
r2 += -8
call kfunc 2
out: r0 = 0
exit
=> reject lock.again
: ... the same lock by both kinds
type: sched_cls
map: 1 array 4 16 1 res_lock=0
map: 2 array 4 16 1 res_lock=0
kfunc: 1 bpf_res_spin_lock_irqsave
kfunc: 2 bpf_res_spin_unlock_irqrestore
kfunc: 3 bpf_res_spin_lock
kfunc: 4 bpf_res_spin_unlock
kfunc: 5 bpf_local_irq_save
kfunc: 6 bpf_local_irq_restore
r1 = map_value_fd[1] ll
call kfunc 3
if r0 != 0 goto out
r1 = map_value_fd[1] ll
r2 = r10
r2 += -16
call kfunc 1
if r0 != 0 goto one
r1 = map_value_fd[1] ll
r2 = r10
r2 += -16
call kfunc 2
one:
r1 = map_value_fd[1] ll
call kfunc 4
out: r0 = 0
exit
=> reject lock.again
: ... one of each kind
type: sched_cls
map: 1 array 4 16 1 res_lock=0
map: 2 array 4 16 1 res_lock=0
kfunc: 1 bpf_res_spin_lock_irqsave
kfunc: 2 bpf_res_spin_unlock_irqrestore
kfunc: 3 bpf_res_spin_lock
kfunc: 4 bpf_res_spin_unlock
kfunc: 5 bpf_local_irq_save
kfunc: 6 bpf_local_irq_restore
r1 = map_value_fd[1] ll
call kfunc 3
if r0 != 0 goto out
r1 = map_value_fd[2] ll
r2 = r10
r2 += -16
call kfunc 1
if r0 != 0 goto one
r1 = map_value_fd[2] ll
r2 = r10
r2 += -16
call kfunc 2
one:
r1 = map_value_fd[1] ll
call kfunc 4
out: r0 = 0
exit
=> accept
: flags in a map
type: sched_cls
map: 1 array 4 16 1 res_lock=0
map: 2 array 4 16 1 res_lock=0
kfunc: 1 bpf_res_spin_lock_irqsave
kfunc: 2 bpf_res_spin_unlock_irqrestore
kfunc: 3 bpf_res_spin_lock
kfunc: 4 bpf_res_spin_unlock
kfunc: 5 bpf_local_irq_save
kfunc: 6 bpf_local_irq_restore
r1 = map_value_fd[1] ll
r2 = map_value_fd[2] ll
r2 += 8
call kfunc 1
out: r0 = 0
exit
=> reject irq.flag
log: arg#1 doesn't point to an irq flag on stack
: flags that are overwritten
type: sched_cls
map: 1 array 4 16 1 res_lock=0
map: 2 array 4 16 1 res_lock=0
kfunc: 1 bpf_res_spin_lock_irqsave
kfunc: 2 bpf_res_spin_unlock_irqrestore
kfunc: 3 bpf_res_spin_lock
kfunc: 4 bpf_res_spin_unlock
kfunc: 5 bpf_local_irq_save
kfunc: 6 bpf_local_irq_restore
r1 = map_value_fd[1] ll
r2 = r10
r2 += -8
call kfunc 1
if r0 != 0 goto out
*(u64 *)(r10 - 8) = 0
r1 = map_value_fd[1] ll
r2 = r10
r2 += -8
call kfunc 2
out: r0 = 0
exit
=> reject irq.flag
: nothing may sleep with interrupts off
type: syscall
policy: sleepable
map: 1 array 4 16 1 res_lock=0
map: 2 array 4 16 1 res_lock=0
kfunc: 1 bpf_res_spin_lock_irqsave
kfunc: 2 bpf_res_spin_unlock_irqrestore
kfunc: 3 bpf_res_spin_lock
kfunc: 4 bpf_res_spin_unlock
kfunc: 5 bpf_local_irq_save
kfunc: 6 bpf_local_irq_restore
r6 = r1
r1 = map_value_fd[1] ll
r2 = r10
r2 += -8
call kfunc 1
if r0 != 0 goto out
r1 = r10
r1 += -16
r2 = 8
r3 = 0
call 148
r1 = map_value_fd[1] ll
r2 = r10
r2 += -8
call kfunc 2
out: r0 = 0
exit
=> reject call.section
