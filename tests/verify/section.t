# SPDX-License-Identifier: BSD-2-Clause
# Sections in which nothing may sleep: RCU, preemption, interrupts.
: rcu leak
type: tracing 23
target: btf_trace_sched_switch
kfunc: 1 bpf_rcu_read_lock
call kfunc 1
r0 = 0
exit
=> reject section.leak
log: BPF_EXIT instruction in main prog cannot be used inside bpf_rcu_read_lock-ed region
: rcu unlock unmatched
type: tracing 23
target: btf_trace_sched_switch
kfunc: 1 bpf_rcu_read_unlock
call kfunc 1
r0 = 0
exit
=> reject section.unmatched
log: unmatched rcu read unlock (kernel function bpf_rcu_read_unlock)
: sleepable helper in rcu
type: syscall
policy: sleepable
kfunc: 1 bpf_rcu_read_lock
kfunc: 2 bpf_rcu_read_unlock
call kfunc 1
r1 = r10
r1 += -8
r2 = 8
r3 = 0
call 148
call kfunc 2
r0 = 0
exit
=> reject call.section
log: sleepable helper bpf_copy_from_user#148 in rcu_read_lock region
: sleepable kfunc in rcu
type: syscall
policy: sleepable
kfunc: 1 bpf_rcu_read_lock
kfunc: 2 bpf_rcu_read_unlock
kfunc: 3 bpf_copy_from_user_str
call kfunc 1
r1 = r10
r1 += -8
r2 = 8
r3 = 0
r4 = 0
call kfunc 3
call kfunc 2
r0 = 0
exit
=> reject kfunc.section
log: kernel func bpf_copy_from_user_str is sleepable within rcu_read_lock region
: sleepable helper in preempt
type: syscall
policy: sleepable
kfunc: 1 bpf_preempt_disable
kfunc: 2 bpf_preempt_enable
call kfunc 1
r1 = r10
r1 += -8
r2 = 8
r3 = 0
call 148
call kfunc 2
r0 = 0
exit
=> reject call.section
log: sleepable helper bpf_copy_from_user#148 in non-preemptible region
: sleepable kfunc in preempt
type: syscall
policy: sleepable
kfunc: 1 bpf_preempt_disable
kfunc: 2 bpf_preempt_enable
kfunc: 3 bpf_copy_from_user_str
call kfunc 1
r1 = r10
r1 += -8
r2 = 8
r3 = 0
r4 = 0
call kfunc 3
call kfunc 2
r0 = 0
exit
=> reject kfunc.section
log: kernel func bpf_copy_from_user_str is sleepable within non-preemptible region
: sleepable helper in irq
type: syscall
policy: sleepable
kfunc: 1 bpf_local_irq_save
kfunc: 2 bpf_local_irq_restore
r1 = r10
r1 += -16
call kfunc 1
r1 = r10
r1 += -8
r2 = 8
r3 = 0
call 148
r1 = r10
r1 += -16
call kfunc 2
r0 = 0
exit
=> reject call.section
log: sleepable helper bpf_copy_from_user#148 in IRQ-disabled region
: sleepable kfunc in irq
type: syscall
policy: sleepable
kfunc: 1 bpf_local_irq_save
kfunc: 2 bpf_local_irq_restore
kfunc: 3 bpf_copy_from_user_str
r1 = r10
r1 += -16
call kfunc 1
r1 = r10
r1 += -8
r2 = 8
r3 = 0
r4 = 0
call kfunc 3
r1 = r10
r1 += -16
call kfunc 2
r0 = 0
exit
=> reject kfunc.section
log: kernel func bpf_copy_from_user_str is sleepable within IRQ-disabled region
: irq out of order
type: syscall
policy: sleepable
kfunc: 1 bpf_local_irq_save
kfunc: 2 bpf_local_irq_restore
r1 = r10
r1 += -16
call kfunc 1
r1 = r10
r1 += -8
call kfunc 1
r1 = r10
r1 += -16
call kfunc 2
r1 = r10
r1 += -8
call kfunc 2
r0 = 0
exit
=> reject irq.order
log: cannot restore irq state out of order, expected id=2 acquired at insn_idx=5
: irq uninit restore
type: syscall
policy: sleepable
kfunc: 2 bpf_local_irq_restore
r1 = r10
r1 += -16
call kfunc 2
r0 = 0
exit
=> reject irq.flag
log: expected an initialized irq flag as arg#0
: irq overwritten
type: syscall
policy: sleepable
kfunc: 1 bpf_local_irq_save
kfunc: 2 bpf_local_irq_restore
r1 = r10
r1 += -16
call kfunc 1
*(u64 *)(r10 - 16) = 5
r1 = r10
r1 += -16
call kfunc 2
r0 = 0
exit
=> reject irq.flag
log: expected an initialized irq flag as arg#0
: irq twice
type: syscall
policy: sleepable
kfunc: 1 bpf_local_irq_save
kfunc: 2 bpf_local_irq_restore
r1 = r10
r1 += -16
call kfunc 1
r1 = r10
r1 += -16
call kfunc 1
r0 = 0
exit
=> reject irq.flag
log: expected uninitialized irq flag as arg#0
: irq not stack
type: syscall
policy: sleepable
kfunc: 1 bpf_local_irq_save
call kfunc 1
r0 = 0
exit
=> reject irq.flag
log: arg#0 doesn't point to an irq flag on stack
: irq preempt tail
type: sched_cls
kfunc: 1 bpf_preempt_disable
map: 1 prog_array 4 4 1
r6 = r1
call kfunc 1
r1 = r6
r2 = map_fd[1] ll
r3 = 0
call 12
r0 = 0
exit
=> reject section.leak
log: tail_call cannot be used inside bpf_preempt_disable-ed region
: rcu tail
type: sched_cls
kfunc: 1 bpf_rcu_read_lock
map: 1 prog_array 4 4 1
r6 = r1
call kfunc 1
r1 = r6
r2 = map_fd[1] ll
r3 = 0
call 12
r0 = 0
exit
=> reject section.leak
log: tail_call cannot be used inside bpf_rcu_read_lock-ed region
: rcu nested
type: tracing 23
target: btf_trace_sched_switch
kfunc: 1 bpf_rcu_read_lock
call kfunc 1
call kfunc 1
r0 = 0
exit
=> reject section.nested
log: nested rcu read lock (kernel function bpf_rcu_read_lock)
: preemption off twice, on once
type: tracing 23
target: btf_trace_sched_switch
kfunc: 1 bpf_preempt_disable
kfunc: 2 bpf_preempt_enable
call kfunc 1
call kfunc 1
call kfunc 2
r0 = 0
exit
=> reject section.leak
: sections in each other
type: tracing 23
target: btf_trace_sched_switch
kfunc: 1 bpf_preempt_disable
kfunc: 2 bpf_preempt_enable
kfunc: 3 bpf_rcu_read_lock
kfunc: 4 bpf_rcu_read_unlock
kfunc: 5 bpf_local_irq_save
kfunc: 6 bpf_local_irq_restore
call kfunc 3
call kfunc 1
r1 = r10
r1 += -8
call kfunc 5
r1 = r10
r1 += -8
call kfunc 6
call kfunc 2
call kfunc 4
r0 = 0
exit
=> accept
: an item after the section
type: syscall
policy: sleepable
kfunc: 1 bpf_rcu_read_lock
kfunc: 2 bpf_rcu_read_unlock
kfunc: 3 bpf_iter_task_new
kfunc: 4 bpf_iter_task_next
kfunc: 5 bpf_iter_task_destroy
kfunc: 6 bpf_task_acquire
call kfunc 1
r1 = r10
r1 += -24
r2 = 0
r3 = 0
call kfunc 3
r1 = r10
r1 += -24
call kfunc 4
r6 = r0
if r6 == 0 goto x
call kfunc 2
r1 = r6
call kfunc 6
r0 = 0
exit
x: r1 = r10
r1 += -24
call kfunc 5
call kfunc 2
r0 = 0
exit
=> reject kfunc.trust
kernel: reject it stops at the first argument
: global function that may sleep, in a section
type: syscall
policy: sleepable
kfunc: 1 bpf_preempt_disable
kfunc: 2 bpf_preempt_enable
func: 0 main static ctx
func: 5 f global
call kfunc 1
call f
call kfunc 2
r0 = 0
exit
f: r1 = r10
r1 += -8
r2 = 8
r3 = 0
call 148
r0 = 0
exit
=> reject call.global_sleep
log: global functions that may sleep are not allowed in non-sleepable context,
: an iterator over tasks without a section
type: syscall
policy: sleepable
kfunc: 1 bpf_iter_task_new
kfunc: 2 bpf_iter_task_next
kfunc: 3 bpf_iter_task_destroy
r1 = r10
r1 += -24
r2 = 0
r3 = 0
call kfunc 1
r1 = r10
r1 += -24
call kfunc 2
r1 = r10
r1 += -24
call kfunc 3
r0 = 0
exit
=> reject kfunc.rcu
log: kernel func bpf_iter_task_new requires RCU critical section protection
: an iterator over tasks after the end of its section
policy: sleepable
type: syscall
kfunc: 1 bpf_iter_task_new
kfunc: 2 bpf_iter_task_next
kfunc: 3 bpf_iter_task_destroy
kfunc: 4 bpf_rcu_read_lock
kfunc: 5 bpf_rcu_read_unlock
call kfunc 4
r1 = r10
r1 += -24
r2 = 0
r3 = 0
call kfunc 1
call kfunc 5
r1 = r10
r1 += -24
call kfunc 3
r0 = 0
exit
=> reject iter.rcu
log: expected an RCU CS when using bpf_iter_task_destroy
: an iterator over tasks within its section
policy: sleepable
type: syscall
kfunc: 1 bpf_iter_task_new
kfunc: 2 bpf_iter_task_next
kfunc: 3 bpf_iter_task_destroy
kfunc: 4 bpf_rcu_read_lock
kfunc: 5 bpf_rcu_read_unlock
call kfunc 4
r1 = r10
r1 += -24
r2 = 0
r3 = 0
call kfunc 1
r1 = r10
r1 += -24
call kfunc 2
r1 = r10
r1 += -24
call kfunc 3
call kfunc 5
r0 = 0
exit
=> accept
: an iterator over tasks of a group where it may not be used
type: tracing 24
target: __x64_sys_getpgid
kfunc: 1 bpf_iter_css_task_new
r1 = r10
r1 += -16
r2 = 0
r3 = 0
call kfunc 1
r0 = 0
exit
=> reject iter.css_task
