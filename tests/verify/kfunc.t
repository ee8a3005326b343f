# SPDX-License-Identifier: BSD-2-Clause
# Functions of a kernel: what they take, hold and give back.
: vma iter
type: tracing 23
target: btf_trace_sched_switch
kfunc: 1 bpf_iter_task_vma_new
kfunc: 2 bpf_iter_task_vma_next
kfunc: 3 bpf_iter_task_vma_destroy
r2 = *(u64 *)(r1 + 8)
r1 = r10
r1 += -8
r3 = 0
call kfunc 1
r1 = r10
r1 += -8
call kfunc 2
r1 = r10
r1 += -8
call kfunc 3
r0 = 0
exit
=> accept
log: trusted_ptr_vm_area_struct(
: task iter
type: tracing 23
target: btf_trace_sched_switch
kfunc: 1 bpf_iter_task_new
kfunc: 2 bpf_iter_task_next
kfunc: 3 bpf_iter_task_destroy
r2 = *(u64 *)(r1 + 8)
r1 = r10
r1 += -24
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
=> accept
log: R0=rcu_ptr_task_struct(
: bits iter
type: tracing 23
target: btf_trace_sched_switch
kfunc: 1 bpf_iter_bits_new
kfunc: 2 bpf_iter_bits_next
kfunc: 3 bpf_iter_bits_destroy
*(u64 *)(r10 - 32) = 5
r2 = r10
r2 += -32
r1 = r10
r1 += -16
r3 = 1
call kfunc 1
r1 = r10
r1 += -16
call kfunc 2
r1 = r10
r1 += -16
call kfunc 3
r0 = 0
exit
=> accept
: task from pid, leaked
type: tracing 23
target: btf_trace_sched_switch
kfunc: 1 bpf_task_from_pid
kfunc: 3 bpf_task_release
r1 = 1
call kfunc 1
if r0 == 0 goto x
r1 = r0
r1 += 8
call kfunc 3
x: r0 = 0
exit
=> reject ref.offset
: task release untrusted
type: tracing 23
target: btf_trace_sched_switch
kfunc: 3 bpf_task_release
kfunc: 4 bpf_task_acquire
r6 = *(u64 *)(r1 + 8)
r1 = r6
call kfunc 4
r7 = r0
r1 = r6
call kfunc 3
r0 = 0
exit
=> reject kfunc.release
log: release kernel function bpf_task_release expects refcounted PTR_TO_BTF_ID
: acquire of null
type: tracing 23
target: btf_trace_sched_pi_setprio
kfunc: 4 bpf_task_acquire
r1 = *(u64 *)(r1 + 8)
call kfunc 4
r0 = 0
exit
=> reject kfunc.null
log: Possibly NULL pointer passed to trusted arg0
: wrong type
type: tracing 23
target: btf_trace_hrtimer_start
kfunc: 4 bpf_task_acquire
r1 = *(u64 *)(r1 + 0)
call kfunc 4
r0 = 0
exit
=> reject kfunc.type
log: kernel function bpf_task_acquire args#0 expected pointer to STRUCT task_struct but R1 has a pointer to STRUCT hrtimer
: rdonly cast of void
type: tracing 23
target: btf_trace_sched_switch
kfunc: 4 bpf_rdonly_cast
r1 = *(u64 *)(r1 + 8)
r2 = 0
call kfunc 4
r1 = *(u64 *)(r0 + 32)
r0 = 0
exit
=> accept
log: R0=rdonly_untrusted_mem(sz=0)
: rdonly cast of enum
type: tracing 23
target: btf_trace_sched_switch
kfunc: 4 bpf_rdonly_cast
r1 = *(u64 *)(r1 + 8)
r2 = 1
call kfunc 4
r1 = *(u64 *)(r0 + 32)
r0 = 0
exit
=> reject kfunc.cast
log: must be of a struct or void
: kern ctx
type: sched_cls
kfunc: 4 bpf_cast_to_kern_ctx
call kfunc 4
r0 = *(u64 *)(r0 + 16)
r0 = 0
exit
=> accept
log: R0=trusted_ptr_sk_buff()
: cpumask
type: tracing 23
target: btf_trace_sched_switch
kfunc: 1 bpf_cpumask_create
kfunc: 2 bpf_cpumask_release
kfunc: 3 bpf_cpumask_set_cpu
kfunc: 4 bpf_cpumask_first
kfunc: 5 bpf_cpumask_empty
r7 = *(u64 *)(r1 + 8)
call kfunc 1
if r0 == 0 goto x
r6 = r0
r1 = 0
r2 = r6
call kfunc 3
r1 = r6
call kfunc 4
r1 = r6
call kfunc 2
x: r0 = 0
exit
=> accept
: a task that nobody holds
type: tracing 28
target: bpf_iter_task_file
kfunc: 4 bpf_task_acquire
r1 = *(u64 *)(r1 + 8)
if r1 == 0 goto x
call kfunc 4
x: r0 = 0
exit
=> reject kfunc.trust
log: R1 must be a rcu pointer
: a reference that is never given back
type: tracing 23
target: btf_trace_sched_switch
kfunc: 1 bpf_task_from_pid
r1 = 1
call kfunc 1
r0 = 0
exit
=> reject ref.leak
log: Unreleased reference
: a pointer where a number is wanted
type: tracing 23
target: btf_trace_sched_switch
kfunc: 1 bpf_task_from_pid
call kfunc 1
r0 = 0
exit
=> reject kfunc.scalar
log: R1 is not a scalar
: a function that may sleep where nothing may
type: tracing 23
target: btf_trace_sched_switch
kfunc: 1 css_rstat_flush
call kfunc 1
r0 = 0
exit
=> reject kfunc.sleepable
log: program must be sleepable to call sleepable kfunc css_rstat_flush
: a function that this type may not call
type: socket_filter
kfunc: 1 bpf_task_acquire
call kfunc 1
r0 = 0
exit
=> reject call.kfunc
: memory where an object is wanted
type: tracing 23
target: btf_trace_sched_switch
kfunc: 1 bpf_task_acquire
r1 = r10
r1 += -8
call kfunc 1
r0 = 0
exit
=> reject kfunc.memory
log: arg#0 pointer type STRUCT task_struct must point to scalar, or struct with scalar
: a context that has no other form
type: raw_tracepoint
kfunc: 4 bpf_cast_to_kern_ctx
call kfunc 4
r0 = 0
exit
=> reject kfunc.no_context
: what calls a kernel is not run here
type: sched_cls
policy: run
kfunc: 1 bpf_task_from_pid
kfunc: 2 bpf_task_release
r1 = 1
call kfunc 1
if r0 == 0 goto x
r1 = r0
call kfunc 2
x: r0 = 0
exit
=> reject run.kernel
kernel: accept
: an iterator that is not ended
type: tracing 23
target: btf_trace_sched_switch
kfunc: 1 bpf_iter_task_vma_new
r2 = *(u64 *)(r1 + 8)
r1 = r10
r1 += -8
r3 = 0
call kfunc 1
r0 = 0
exit
=> reject ref.leak
: an iterator ended by another's function
type: tracing 23
target: btf_trace_sched_switch
kfunc: 1 bpf_iter_task_vma_new
kfunc: 2 bpf_iter_num_destroy
r2 = *(u64 *)(r1 + 8)
r1 = r10
r1 += -8
r3 = 0
call kfunc 1
r1 = r10
r1 += -8
call kfunc 2
r0 = 0
exit
=> reject iter.uninit
: a slice of a packet as a map's value
type: sched_cls
map: 1 queue 0 8 4
kfunc: 1 bpf_dynptr_from_skb
kfunc: 2 bpf_dynptr_slice_rdwr
r2 = 0
r3 = r10
r3 += -16
call kfunc 1
r1 = r10
r1 += -16
r2 = 2
r3 = r10
r3 += -32
r4 = 12
call kfunc 2
if r0 == 0 goto out
r1 = map_fd[1] ll
r2 = r0
call 88
out: r0 = 0
exit
=> accept
kernel: reject
: a slice of a packet as a map's value, as the kernel judges
type: sched_cls
policy: exact
map: 1 queue 0 8 4
kfunc: 1 bpf_dynptr_from_skb
kfunc: 2 bpf_dynptr_slice_rdwr
r2 = 0
r3 = r10
r3 += -16
call kfunc 1
r1 = r10
r1 += -16
r2 = 2
r3 = r10
r3 += -32
r4 = 12
call kfunc 2
if r0 == 0 goto out
r1 = map_fd[1] ll
r2 = r0
call 88
out: r0 = 0
exit
=> reject call.arg_type
log: R2 type=mem expected=fp, pkt, pkt_meta, map_key, map_value, mem, ringbuf_mem, buf, trusted_ptr_
