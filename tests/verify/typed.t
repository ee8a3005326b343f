# SPDX-License-Identifier: BSD-2-Clause
# Objects of a kernel: what attach targets give, what may be read through it.
: argument of a tracepoint
type: tracing 23
target: btf_trace_sched_switch
r2 = *(u64 *)(r1 + 8)
r0 = *(u32 *)(r2 + 4)
r0 = 0
exit
=> accept
log: R2=trusted_ptr_task_struct()
: a tracepoint's program is not run here
type: tracing 23
target: btf_trace_sched_switch
policy: run
r0 = 0
exit
=> reject run.kernel
kernel: accept
: no target
type: tracing 23
r0 = 0
exit
=> reject target.missing
: a function where a tracepoint is wanted
type: tracing 23
target: vfs_read
r0 = 0
exit
=> reject target.kind
: a typedef that is no tracepoint
type: tracing 23
target: pid_t
r0 = 0
exit
=> reject target.name
: LSM program without a licence
type: lsm 27
target: bpf_lsm_file_open
policy: nogpl
r0 = 0
exit
=> reject target.gpl
: LSM program at a function
type: lsm 27
target: vfs_read
r0 = 0
exit
=> reject target.name
: LSM program that denies
type: lsm 27
target: bpf_lsm_file_open
r0 = -1
exit
=> accept
kernel: skip it may forbid trampolines
: LSM program that returns a positive number
type: lsm 27
target: bpf_lsm_file_open
r0 = 1
exit
=> reject exit.range
: member of a hook's object
type: lsm 27
target: bpf_lsm_file_open
r1 = *(u64 *)(r1 + 0)
r0 = *(u32 *)(r1 + 0)
r0 = 0
exit
=> accept
kernel: skip it may forbid trampolines
: tracepoint argument that is not there
type: tracing 23
target: btf_trace_sched_switch
r2 = *(u64 *)(r1 + 32)
r0 = 0
exit
=> reject target.no_arg
log: func 'sched_switch' doesn't have 5-th argument
: half a pointer
type: tracing 23
target: btf_trace_sched_switch
r2 = *(u32 *)(r1 + 8)
r0 = 0
exit
=> reject target.size
: the middle of an argument
type: tracing 23
target: btf_trace_sched_switch
r2 = *(u32 *)(r1 + 4)
r0 = 0
exit
=> reject target.align
: write to the context
type: tracing 23
target: btf_trace_sched_switch
*(u64 *)(r1 + 8) = 0
r0 = 0
exit
=> reject ctx.field
: a task beyond its end
type: tracing 23
target: btf_trace_sched_switch
r2 = *(u64 *)(r1 + 8)
r0 = *(u64 *)(r2 + 30000)
r0 = 0
exit
=> reject typed.beyond
: write to a task
type: tracing 23
target: btf_trace_sched_switch
r2 = *(u64 *)(r1 + 8)
*(u64 *)(r2 + 0) = 0
r0 = 0
exit
=> reject typed.write
: negative offset into a task
type: tracing 23
target: btf_trace_sched_switch
r2 = *(u64 *)(r1 + 8)
r0 = *(u64 *)(r2 - 8)
r0 = 0
exit
=> reject typed.negative
: variable offset into a task
type: tracing 23
target: btf_trace_sched_switch
r3 = *(u64 *)(r1 + 0)
r2 = *(u64 *)(r1 + 8)
r3 &= 8
r2 += r3
r0 = *(u64 *)(r2 + 0)
r0 = 0
exit
=> reject typed.variable
: a task without a licence
type: tracing 23
target: btf_trace_sched_switch
policy: nogpl
r2 = *(u64 *)(r1 + 8)
r0 = *(u32 *)(r2 + 4)
r0 = 0
exit
=> reject typed.gpl
: no kernel to judge by
type: tracing 23
policy: nokernel
r0 = 0
exit
=> reject target.no_btf
kernel: skip it has its own
: function with fourteen arguments
type: tracing 24
target: tcp_v6_send_response
r0 = 0
exit
=> reject target.args
: argument that is a pointer to a pointer
type: tracing 24
target: call_usermodehelper_setup
r2 = *(u64 *)(r1 + 8)
r0 = 0
exit
=> reject target.arg_type
kernel: skip it may forbid trampolines
: return value that no program may replace
type: tracing 26
target: call_usermodehelper_setup
r2 = *(u64 *)(r1 + 56)
r0 = 0
exit
=> reject target.return
kernel: skip it may forbid trampolines
: return value of a function, seen by fexit
type: tracing 25
target: vfs_read
r2 = *(u64 *)(r1 + 32)
r0 = 0
exit
=> accept
kernel: skip it may forbid trampolines
: return value of a function that returns none
type: tracing 25
target: kfree
r2 = *(u64 *)(r1 + 8)
r0 = 0
exit
=> reject target.no_arg
kernel: skip it may forbid trampolines
: return value before the function has run
type: tracing 24
target: vfs_read
r2 = *(u64 *)(r1 + 32)
r0 = 0
exit
=> reject target.no_arg
kernel: skip it may forbid trampolines
: two members at once
type: tracing 23
target: btf_trace_sched_switch
r2 = *(u64 *)(r1 + 8)
r0 = *(u64 *)(r2 + 16)
r0 = 0
exit
=> reject typed.member_end
: hole in a struct
type: tracing 23
target: btf_trace_hrtimer_start
r2 = *(u64 *)(r1 + 0)
r0 = *(u32 *)(r2 + 60)
r0 = 0
exit
=> reject typed.no_field
: half of a pointer in a struct
type: tracing 23
target: btf_trace_hrtimer_start
r2 = *(u64 *)(r1 + 0)
r0 = *(u32 *)(r2 + 48)
r0 = 0
exit
=> reject typed.part_of_pointer
: an object without privilege
type: tracing 23
target: btf_trace_hrtimer_start
policy: unprivileged
r2 = *(u64 *)(r1 + 0)
r0 = *(u64 *)(r2 + 48)
r0 = 0
exit
=> reject typed.perfmon
: pointers followed lose trust, and may be read on
type: tracing 23
target: btf_trace_hrtimer_start
r2 = *(u64 *)(r1 + 0)
r2 = *(u64 *)(r2 + 48)
r0 = *(u64 *)(r2 + 0)
r0 = 0
exit
=> accept
log: R2=ptr_hrtimer_clock_base()
: a task handed to a helper that takes one
type: tracing 23
target: btf_trace_sched_switch
r1 = *(u64 *)(r1 + 8)
call 175
r0 = 0
exit
=> accept
: buffer of an iterator at a variable offset
type: tracing 28
target: bpf_iter_bpf_map_elem
r2 = *(u64 *)(r1 + 24)
if r2 == 0 goto x
r3 = *(u64 *)(r2 + 800)
*(u64 *)(r2 + 1200) = 1
r3 &= 8
r2 += r3
r3 = *(u64 *)(r2 + 800)
x: r0 = 0
exit
=> reject buffer.variable
: before the buffer of an iterator
type: tracing 28
target: bpf_iter_bpf_map_elem
r1 = *(u64 *)(r1 + 24)
if r1 == 0 goto x
r1 += -8
r2 = 8
call 6
x: r0 = 0
exit
=> reject buffer.negative
: key of an iterator is not written
type: tracing 28
target: bpf_iter_bpf_map_elem
r2 = *(u64 *)(r1 + 16)
if r2 == 0 goto x
*(u64 *)(r2 + 1200) = 1
x: r0 = 0
exit
=> reject mem.read_only
: memory that may be anything is read, wherever
type: tracing 23
target: btf_trace_hrtimer_start
r2 = *(u64 *)(r1 + 0)
r3 = *(u64 *)(r2 + 40)
r0 = *(u32 *)(r3 + 8)
r3 += r0
r0 = *(u64 *)(r3 - 8)
r0 = 0
exit
=> accept
log: R3=rdonly_untrusted_mem(sz=0)
: memory that may be anything is not handed to helpers
type: tracing 23
target: btf_trace_hrtimer_start
r2 = *(u64 *)(r1 + 0)
r1 = *(u64 *)(r2 + 40)
r2 = 8
call 6
r0 = 0
exit
=> reject call.arg_type
: what is trusted is memory to a helper
type: tracing 23
target: btf_trace_sched_switch
r1 = *(u64 *)(r1 + 8)
r2 = 8
call 6
r0 = 0
exit
=> accept
: what is not trusted is none
type: tracing 23
target: btf_trace_hrtimer_start
r1 = *(u64 *)(r1 + 0)
r1 = *(u64 *)(r1 + 48)
r2 = 8
call 6
r0 = 0
exit
=> reject call.arg_type
: argument that may be NULL, not tested
type: tracing 23
target: btf_trace_sched_pi_setprio
r2 = *(u64 *)(r1 + 8)
r0 = *(u64 *)(r2 + 0)
r0 = 0
exit
=> reject mem.nullable
: trusted is never NULL
type: tracing 23
target: btf_trace_sched_switch
r2 = *(u64 *)(r1 + 8)
r0 = 0
if r2 == 0 goto x
exit
x: r1 = *(u64 *)(r0 + 0)
exit
=> accept
: write behind a helper's back
type: tracing 23
target: btf_trace_sched_switch
r1 = *(u64 *)(r1 + 8)
r2 = 8
call 16
r0 = 0
exit
=> reject typed.write
: the current task is trusted
type: tracing 23
target: btf_trace_sched_switch
call 158
r1 = r0
call 175
r0 = *(u64 *)(r0 + 0)
r0 = 0
exit
=> accept
log: R0=trusted_ptr_task_struct()
log: R0=ptr_pt_regs()
: an object of another type
type: tracing 23
target: btf_trace_hrtimer_start
r1 = *(u64 *)(r1 + 0)
call 175
r0 = 0
exit
=> reject typed.other
log: R1 is of type hrtimer but task_struct is expected
: an object inside an object
type: tracing 23
target: btf_trace_hrtimer_start
r1 = *(u64 *)(r1 + 0)
r1 += 8
call 175
r0 = 0
exit
=> reject typed.other
: the address of nothing in the kernel
type: tracing 23
target: btf_trace_hrtimer_start
r1 = btf_id[1] ll
r0 = 0
exit
=> reject typed.variable_id
: key of an iterator as a map's key
type: tracing 28
target: bpf_iter_bpf_map_elem
map: 1 hash 4 8 4
r2 = *(u64 *)(r1 + 16)
if r2 == 0 goto x
r1 = map_fd[1] ll
call 3
x: r0 = 0
exit
=> accept
kernel: reject
: key of an iterator as a map's key, as the kernel judges
type: tracing 28
policy: exact
target: bpf_iter_bpf_map_elem
map: 1 hash 4 8 4
r2 = *(u64 *)(r1 + 16)
if r2 == 0 goto x
r1 = map_fd[1] ll
call 3
x: r0 = 0
exit
=> reject call.arg_type
log: R2 type=rdonly_buf expected=fp, pkt, pkt_meta, map_key, map_value, mem, ringbuf_mem, buf, trusted_ptr_
: number of an iterator as a map's key, as the kernel judges
policy: exact
map: 1 hash 4 8 4
kfunc: 1 bpf_iter_num_new
kfunc: 2 bpf_iter_num_next
kfunc: 3 bpf_iter_num_destroy
r1 = r10
r1 += -8
r2 = 0
r3 = 4
call kfunc 1
r1 = r10
r1 += -8
call kfunc 2
if r0 == 0 goto x
r1 = map_fd[1] ll
r2 = r0
call 1
x: r1 = r10
r1 += -8
call kfunc 3
r0 = 0
exit
=> reject call.arg_type
log: R2 type=rdonly_mem expected=fp, pkt, pkt_meta, map_key, map_value, mem, ringbuf_mem, buf, trusted_ptr_
