# SPDX-License-Identifier: BSD-2-Clause
# What the place in a kernel that a program is attached to asks of it.
: a hook that takes no program
type: lsm 27
target: bpf_lsm_getprocattr
r0 = 0
exit
=> reject target.off
kernel: skip it may forbid trampolines
: another
type: lsm 27
target: bpf_lsm_ismaclabel
r0 = 0
exit
=> reject target.off
log: points to disabled hook bpf_lsm_ismaclabel
kernel: skip it may forbid trampolines
: a hook that returns true
type: lsm 27
target: bpf_lsm_audit_rule_known
r0 = 1
exit
=> accept
kernel: skip it may forbid trampolines
: ... or false
type: lsm 27
target: bpf_lsm_audit_rule_known
r0 = 0
exit
=> accept
kernel: skip it may forbid trampolines
: ... is no errno
type: lsm 27
target: bpf_lsm_audit_rule_known
r0 = -1
exit
=> reject exit.range
log: should have been in [0, 1]
kernel: skip it may forbid trampolines
: ... and no other number
type: lsm 27
target: bpf_lsm_audit_rule_known
r0 = 2
exit
=> reject exit.range
kernel: skip it may forbid trampolines
: an errno of 32 bits
type: lsm 27
target: bpf_lsm_file_open
w0 = -1
exit
=> accept
kernel: skip it may forbid trampolines
: a positive number of 32 bits
type: lsm 27
target: bpf_lsm_file_open
w0 = 1
exit
=> reject exit.range
kernel: skip it may forbid trampolines
: an errno with anything above
type: lsm 27
target: bpf_lsm_file_open
r0 = 0xff000000fffffff3 ll
exit
=> accept
kernel: skip it may forbid trampolines
: an errno above, and below none
type: lsm 27
target: bpf_lsm_file_open
r0 = 0xffffffff00000001 ll
exit
=> reject exit.range
kernel: skip it may forbid trampolines
: an errno below what there is
type: lsm 27
target: bpf_lsm_file_open
w0 = -4096
exit
=> reject exit.range
kernel: skip it may forbid trampolines
: an errno or the value of a call
type: lsm 27
target: bpf_lsm_file_open
call 7
if w0 s> 0 goto x
if w0 s< -4095 goto x
exit
x: w0 = 0
exit
=> accept
kernel: skip it may forbid trampolines
: ... with the lower limit only
type: lsm 27
target: bpf_lsm_file_open
call 7
if w0 s< -4095 goto x
exit
x: w0 = 0
exit
=> reject exit.range
kernel: skip it may forbid trampolines
: a hook of a cgroup returns a bit
type: lsm 43
target: bpf_lsm_socket_bind
r0 = 1
exit
=> accept
kernel: skip it may forbid trampolines
: ... not two
type: lsm 43
target: bpf_lsm_socket_bind
r0 = 2
exit
=> reject exit.range
log: should have been in [0, 1]
kernel: skip it may forbid trampolines
: ... and no errno
type: lsm 43
target: bpf_lsm_socket_bind
r0 = -1
exit
=> reject exit.range
kernel: skip it may forbid trampolines
: a hook of a cgroup that returns nothing
type: lsm 43
target: bpf_lsm_sk_clone_security
r0 = 1
exit
=> accept
kernel: skip it may forbid trampolines
: ... may not deny
type: lsm 43
target: bpf_lsm_sk_clone_security
r0 = 0
exit
=> reject exit.range
log: should have been in [1, 1]
kernel: skip it may forbid trampolines
: the value so far, in a cgroup
type: lsm 43
target: bpf_lsm_socket_bind
call 186
r0 = 1
exit
=> accept
kernel: skip it may forbid trampolines
: ... elsewhere
type: lsm 27
target: bpf_lsm_socket_bind
call 186
r0 = 0
exit
=> reject call.prog_type
kernel: skip it may forbid trampolines
: a socket option where the socket is new
type: lsm 43
target: bpf_lsm_socket_post_create
r1 = *(u64 *)(r1 + 0)
r1 = *(u64 *)(r1 + 24)
if r1 == 0 goto x
r2 = 1
r3 = 2
*(u64 *)(r10 - 8) = 0
r4 = r10
r4 += -8
r5 = 4
call 49
r0 = 1
exit
x: r0 = 1
exit
=> accept
kernel: skip it may forbid trampolines
: ... in another hook
type: lsm 43
target: bpf_lsm_socket_bind
r1 = *(u64 *)(r1 + 0)
r1 = *(u64 *)(r1 + 24)
if r1 == 0 goto x
r2 = 1
r3 = 2
*(u64 *)(r10 - 8) = 0
r4 = r10
r4 += -8
r5 = 4
call 49
r0 = 1
exit
x: r0 = 1
exit
=> reject call.prog_type
kernel: skip it may forbid trampolines
: a hook that may sleep
type: lsm 27
target: bpf_lsm_file_open
policy: sleepable
r0 = 0
exit
=> accept
kernel: skip it may forbid trampolines
: a hook that may not
type: lsm 27
target: bpf_lsm_task_free
policy: sleepable
r0 = 0
exit
=> reject target.sleepable
log: bpf_lsm_task_free is not sleepable
kernel: skip it may forbid trampolines
: a task that a hook is given
type: lsm 27
target: bpf_lsm_task_alloc
kfunc: 1 bpf_task_acquire
kfunc: 2 bpf_task_release
r1 = *(u64 *)(r1 + 0)
call kfunc 1
if r0 == 0 goto x
r1 = r0
call kfunc 2
x: r0 = 0
exit
=> accept
kernel: skip it may forbid trampolines
: a task that is being freed
type: lsm 27
target: bpf_lsm_task_free
kfunc: 1 bpf_task_acquire
kfunc: 2 bpf_task_release
r1 = *(u64 *)(r1 + 0)
call kfunc 1
if r0 == 0 goto x
r1 = r0
call kfunc 2
x: r0 = 0
exit
=> reject kfunc.trust
log: R1 must be a rcu pointer
kernel: skip it may forbid trampolines
: a path where it may be asked for
type: tracing 24
target: dentry_open
r1 = *(u64 *)(r1 + 0)
r2 = r10
r2 += -64
*(u64 *)(r10 - 64) = 0
r3 = 64
call 147
r0 = 0
exit
=> accept
kernel: skip it may forbid trampolines
: ... where not
type: tracing 24
target: d_path
r1 = *(u64 *)(r1 + 0)
r2 = r10
r2 += -64
*(u64 *)(r10 - 64) = 0
r3 = 64
call 147
r0 = 0
exit
=> reject call.rule
log: helper call is not allowed in probe
kernel: skip it may forbid trampolines
: what running a program calls
type: tracing 24
target: migrate_enable
r0 = 0
exit
=> reject target.untraced
kernel: skip it may forbid trampolines
: the end of a function that has none
type: tracing 25
target: do_exit
r0 = 0
exit
=> reject target.no_return
log: noreturn function 'do_exit'
kernel: skip it may forbid trampolines
: ... its beginning
type: tracing 24
target: do_exit
r0 = 0
exit
=> accept
kernel: skip it may forbid trampolines
: netfilter's packet as a dynptr
type: netfilter 45
kfunc: 1 bpf_dynptr_from_skb
r6 = r1
r1 = *(u64 *)(r6 + 8)
r2 = 0
r3 = r10
r3 += -16
call kfunc 1
r0 = 1
exit
=> accept
: ... its context
type: netfilter 45
kfunc: 1 bpf_dynptr_from_skb
r2 = 0
r3 = r10
r3 += -16
call kfunc 1
r0 = 1
exit
=> reject call.arg_type
: ... its state
type: netfilter 45
kfunc: 1 bpf_dynptr_from_skb
r6 = r1
r1 = *(u64 *)(r6 + 0)
r2 = 0
r3 = r10
r3 += -16
call kfunc 1
r0 = 1
exit
=> reject typed.other
: ... a number
type: netfilter 45
kfunc: 1 bpf_dynptr_from_skb
r1 = 4096
r2 = 0
r3 = r10
r3 += -16
call kfunc 1
r0 = 1
exit
=> reject call.arg_type
: ... within the packet
type: netfilter 45
kfunc: 1 bpf_dynptr_from_skb
r6 = r1
r1 = *(u64 *)(r6 + 8)
r1 += 8
r2 = 0
r3 = r10
r3 += -16
call kfunc 1
r0 = 1
exit
=> reject ref.offset
kernel: accept
: a slice of netfilter's packet
type: netfilter 45
kfunc: 1 bpf_dynptr_from_skb
kfunc: 2 bpf_dynptr_slice_rdwr
kfunc: 3 bpf_dynptr_slice
r6 = r1
r1 = *(u64 *)(r6 + 8)
r2 = 0
r3 = r10
r3 += -16
call kfunc 1
r1 = r10
r1 += -16
r2 = 0
r3 = r10
r3 += -32
*(u64 *)(r10 - 24) = 0
*(u64 *)(r10 - 32) = 0
r4 = 8
call kfunc 3
if r0 == 0 goto x
r0 = *(u64 *)(r0 + 0)
x: r0 = 1
exit
=> accept
: ... that is written
type: netfilter 45
kfunc: 1 bpf_dynptr_from_skb
kfunc: 2 bpf_dynptr_slice_rdwr
kfunc: 3 bpf_dynptr_slice
r6 = r1
r1 = *(u64 *)(r6 + 8)
r2 = 0
r3 = r10
r3 += -16
call kfunc 1
r1 = r10
r1 += -16
r2 = 0
r3 = r10
r3 += -32
*(u64 *)(r10 - 24) = 0
*(u64 *)(r10 - 32) = 0
r4 = 8
call kfunc 3
if r0 == 0 goto x
*(u64 *)(r0 + 0) = 0
x: r0 = 1
exit
=> reject mem.read_only
: ... to be written
type: netfilter 45
kfunc: 1 bpf_dynptr_from_skb
kfunc: 2 bpf_dynptr_slice_rdwr
kfunc: 3 bpf_dynptr_slice
r6 = r1
r1 = *(u64 *)(r6 + 8)
r2 = 0
r3 = r10
r3 += -16
call kfunc 1
r1 = r10
r1 += -16
r2 = 0
r3 = r10
r3 += -32
*(u64 *)(r10 - 24) = 0
*(u64 *)(r10 - 32) = 0
r4 = 8
call kfunc 2
if r0 == 0 goto x
r0 = *(u64 *)(r0 + 0)
x: r0 = 1
exit
=> reject dynptr.write
: a tracepoint's packet as a dynptr
type: tracing 23
target: btf_trace_kfree_skb
kfunc: 1 bpf_dynptr_from_skb
r6 = r1
r1 = *(u64 *)(r6 + 0)
r2 = 0
r3 = r10
r3 += -16
call kfunc 1
r0 = 0
exit
=> accept
: ... its context
type: tracing 23
target: btf_trace_kfree_skb
kfunc: 1 bpf_dynptr_from_skb
r2 = 0
r3 = r10
r3 += -16
call kfunc 1
r0 = 0
exit
=> reject call.arg_type
: ... a member that is a packet
type: tracing 23
target: btf_trace_kfree_skb
kfunc: 1 bpf_dynptr_from_skb
r6 = r1
r1 = *(u64 *)(r6 + 0)
r1 = *(u64 *)(r1 + 0)
r2 = 0
r3 = r10
r3 += -16
call kfunc 1
r0 = 0
exit
=> reject call.arg_type
: a function's packet
type: tracing 24
target: kfree_skb_list_reason
kfunc: 1 bpf_dynptr_from_skb
r6 = r1
r1 = *(u64 *)(r6 + 0)
r2 = 0
r3 = r10
r3 += -16
call kfunc 1
r0 = 0
exit
=> reject call.kfunc
kernel: skip it may forbid trampolines
: the value so far, of a device
type: cgroup_device 6
call 186
r0 = 0
exit
=> accept
: ... changed, of a device
type: cgroup_device 6
r1 = -1
call 187
r0 = 0
exit
=> accept
: the value so far, of a sysctl
type: cgroup_sysctl 18
call 186
r0 = 0
exit
=> accept
: ... changed, of a sysctl
type: cgroup_sysctl 18
r1 = -1
call 187
r0 = 0
exit
=> accept
: ... of ingress
type: cgroup_skb 0
call 186
r0 = 0
exit
=> reject call.prog_type
: ... of a device, by a loader that does not say what it attaches to
type: cgroup_device 0
call 186
r0 = 0
exit
=> reject call.prog_type
: a writable tracepoint's buffer
type: raw_tracepoint_writable
r6 = *(u64 *)(r1 + 0)
r0 = *(u32 *)(r6 + 24)
*(u64 *)(r6 + 8) = 1
r0 = 0
exit
=> accept
: ... before it
type: raw_tracepoint_writable
r6 = *(u64 *)(r1 + 0)
r0 = *(u32 *)(r6 - 8)
r0 = 0
exit
=> reject buffer.negative
log: invalid tracepoint buffer access: off=-8, size=4
: ... somewhere
type: raw_tracepoint_writable
r6 = *(u64 *)(r1 + 0)
call 7
r0 &= 7
r6 += r0
r0 = *(u8 *)(r6 + 0)
r0 = 0
exit
=> reject buffer.variable
log: invalid variable buffer offset: off=0
: ... as a helper's memory
type: raw_tracepoint_writable
r1 = *(u64 *)(r1 + 0)
r2 = 8
call 6
r0 = 0
exit
=> reject call.arg_type
: a connection's mark, of a packet that is looked at
type: xdp
kfunc: 1 bpf_xdp_ct_lookup
kfunc: 2 bpf_ct_release
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 24) = 0
r2 = 0
r3 = 0
r4 = r10
r4 += -16
r5 = 12
call kfunc 1
r0 = 0
exit
=> reject ref.leak
: ... with a tuple of bytes at NULL
type: xdp
kfunc: 1 bpf_xdp_ct_lookup
*(u64 *)(r10 - 16) = 0
r2 = 0
r3 = 8
r4 = r10
r4 += -16
r5 = 12
call kfunc 1
r0 = 0
exit
=> reject call.arg_type
: ... with a tuple of perhaps no bytes at NULL
type: xdp
kfunc: 1 bpf_xdp_ct_lookup
r6 = r1
call 7
r3 = r0
r3 &= 8
r1 = r6
*(u64 *)(r10 - 16) = 0
r2 = 0
r4 = r10
r4 += -16
r5 = 12
call kfunc 1
r0 = 0
exit
=> reject call.arg_type
: a connection's mark, written
type: xdp
kfunc: 1 bpf_xdp_ct_lookup
kfunc: 2 bpf_ct_release
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 24) = 0
*(u64 *)(r10 - 32) = 0
r2 = r10
r2 += -32
r3 = 12
r4 = r10
r4 += -16
r5 = 12
call kfunc 1
if r0 == 0 goto x
r1 = 7
*(u32 *)(r0 + 168) = r1
r1 = r0
call kfunc 2
x: r0 = 0
exit
=> accept
: ... by a classifier
type: sched_cls
kfunc: 1 bpf_skb_ct_lookup
kfunc: 2 bpf_ct_release
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 24) = 0
*(u64 *)(r10 - 32) = 0
r2 = r10
r2 += -32
r3 = 12
r4 = r10
r4 += -16
r5 = 12
call kfunc 1
if r0 == 0 goto x
r1 = 7
*(u32 *)(r0 + 168) = r1
r1 = r0
call kfunc 2
x: r0 = 0
exit
=> accept
: ... too many bytes
type: xdp
kfunc: 1 bpf_xdp_ct_lookup
kfunc: 2 bpf_ct_release
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 24) = 0
*(u64 *)(r10 - 32) = 0
r2 = r10
r2 += -32
r3 = 12
r4 = r10
r4 += -16
r5 = 12
call kfunc 1
if r0 == 0 goto x
r1 = 7
*(u64 *)(r0 + 168) = r1
r1 = r0
call kfunc 2
x: r0 = 0
exit
=> reject typed.write_member
: ... next to it
type: xdp
kfunc: 1 bpf_xdp_ct_lookup
kfunc: 2 bpf_ct_release
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 24) = 0
*(u64 *)(r10 - 32) = 0
r2 = r10
r2 += -32
r3 = 12
r4 = r10
r4 += -16
r5 = 12
call kfunc 1
if r0 == 0 goto x
r1 = 7
*(u32 *)(r0 + 172) = r1
r1 = r0
call kfunc 2
x: r0 = 0
exit
=> reject typed.write_member
: a slice of a frame after a write to it
type: xdp
kfunc: 1 bpf_dynptr_from_xdp
kfunc: 2 bpf_dynptr_slice
r2 = 0
r3 = r10
r3 += -16
call kfunc 1
r1 = r10
r1 += -16
r2 = 0
r3 = r10
r3 += -32
*(u64 *)(r10 - 24) = 0
*(u64 *)(r10 - 32) = 0
r4 = 8
call kfunc 2
if r0 == 0 goto x
r6 = r0
*(u64 *)(r10 - 40) = 0
r1 = r10
r1 += -16
r2 = 0
r3 = r10
r3 += -40
r4 = 8
r5 = 0
call 202
r0 = *(u64 *)(r6 + 0)
x: r0 = 0
exit
=> accept
: a slice of a packet after a write to it
type: sched_cls
kfunc: 1 bpf_dynptr_from_skb
kfunc: 2 bpf_dynptr_slice
r2 = 0
r3 = r10
r3 += -16
call kfunc 1
r1 = r10
r1 += -16
r2 = 0
r3 = r10
r3 += -32
*(u64 *)(r10 - 24) = 0
*(u64 *)(r10 - 32) = 0
r4 = 8
call kfunc 2
if r0 == 0 goto x
r6 = r0
*(u64 *)(r10 - 40) = 0
r1 = r10
r1 += -16
r2 = 0
r3 = r10
r3 += -40
r4 = 8
r5 = 0
call 202
r0 = *(u64 *)(r6 + 0)
x: r0 = 0
exit
=> reject mem.not_a_pointer
: a timer that sets itself up again, behind a loop
type: sched_cls
map: 1 array 4 24 1 timer=8
func: 0 main static ctx
func: 7 f static ctx ctx ctx
r1 = map_value_fd[1]+8 ll
r2 = func f ll
call 170
r0 = 0
exit
f: r6 = r3
r7 = r2
r8 = 0
l: r0 = *(u32 *)(r7 + 0)
if r0 == 7 goto e
r8 += 1
if r8 < 5 goto l
e: r0 = 0
r1 = r6
r1 += 8
r2 = func f ll
call 170
r0 = 0
exit
=> accept
: ... behind an endless loop
type: sched_cls
map: 1 array 4 24 1 timer=8
func: 0 main static ctx
func: 7 f static ctx ctx ctx
r1 = map_value_fd[1]+8 ll
r2 = func f ll
call 170
r0 = 0
exit
f: r6 = r3
r7 = r2
l: r0 = *(u32 *)(r7 + 0)
if r0 != 7 goto l
r1 = r6
r1 += 8
r2 = func f ll
call 170
r0 = 0
exit
=> reject loop.infinite
: the memory area of an address
type: tracing 23
target: btf_trace_sched_switch
func: 0 main static ctx
func: 10 f static ctx ctx ctx
call 158
r1 = r0
r2 = 4096
r3 = func f ll
r4 = r10
r5 = 0
call 180
r0 = 0
exit
f: r0 = *(u64 *)(r2 + 0)
r0 = *(u32 *)(r1 + 4)
r0 = 0
exit
=> accept
log: R2=ptr_vm_area_struct(
: ... written
type: tracing 23
target: btf_trace_sched_switch
func: 0 main static ctx
func: 10 f static ctx ctx ctx
call 158
r1 = r0
r2 = 4096
r3 = func f ll
r4 = r10
r5 = 0
call 180
r0 = 0
exit
f: *(u64 *)(r2 + 0) = 0
r0 = 0
exit
=> reject typed.write
: ... and an answer that is none
type: tracing 23
target: btf_trace_sched_switch
func: 0 main static ctx
func: 10 f static ctx ctx ctx
call 158
r1 = r0
r2 = 4096
r3 = func f ll
r4 = r10
r5 = 0
call 180
r0 = 0
exit
f: r0 = 2
exit
=> reject call.callback_return
: ... without a task
type: tracing 23
target: btf_trace_sched_switch
func: 0 main static ctx
func: 9 f static ctx ctx ctx
r1 = 0
r2 = 4096
r3 = func f ll
r4 = r10
r5 = 0
call 180
r0 = 0
exit
f: r0 = 0
exit
=> reject call.arg_type
: the callback's context, behind the end of the stack
type: tracing 23
target: btf_trace_sched_switch
func: 0 main static ctx
func: 10 f static ctx ctx ctx
call 158
r1 = r0
r2 = 4096
r3 = func f ll
r4 = r10
r5 = 0
call 180
r0 = 0
exit
f: r0 = *(u64 *)(r3 + 0)
r0 = 0
exit
=> reject stack.oob
: an object that is let go of, which nobody holds
type: sched_cls
kfunc: 1 bpf_kfunc_call_test_release
r1 = 0
call kfunc 1
r0 = 0
exit
=> reject kfunc.memory
: extension that says nothing of its arguments
type: ext
r0 = 0
exit
=> reject target.program
: extension of a program with a context that is no type's
type: ext
func: 0 main global ctx
r0 = 0
exit
=> reject target.unnamed
: extension of a function of numbers, by its own prototype
type: ext
func: 0 main global int int
r0 = r1
r0 += r2
exit
=> accept
kernel: reject it wants a program
: extension that reads an argument which it is not given
type: ext
func: 0 main global int
r0 = r2
exit
=> reject reg.uninit
: what a compiler calls where a value is never set
type: xdp
kfunc: 1 __bpf_trap
call kfunc 1
r0 = 0
exit
=> reject kfunc.place
log: unexpected __bpf_trap() due to uninitialized variable?
: meta data of a device, in a program for any device
type: xdp
kfunc: 1 bpf_xdp_metadata_rx_timestamp
r2 = r10
r2 += -8
call kfunc 1
r0 = 0
exit
=> reject kfunc.place
log: metadata kfuncs require device-bound program
: a function that programs only replace
type: tracing 23
target: btf_trace_sched_switch
kfunc: 1 bpf_modify_return_test2
r1 = 0
r2 = 0
r3 = 0
r4 = 0
r5 = 0
call kfunc 1
r0 = 0
exit
=> reject call.kfunc
