# SPDX-License-Identifier: BSD-2-Clause
# Helpers, their arguments, functions of the program, return values.
: unknown helper
call 5000
exit
=> reject call.unknown
log: invalid func unknown#5000
: helper of another program type
type: kprobe
r1 = 1
r2 = 0
call 23
r0 = 0
exit
=> reject call.prog_type
log: program of this type cannot use helper bpf_redirect#23
: helper for GPL programs
type: kprobe
policy: nogpl
r1 = 0
call 113
r0 = 0
exit
=> reject call.gpl
log: cannot call GPL-restricted function from non-GPL compatible program
: helper that may sleep
type: kprobe
r1 = r10
r1 += -8
r2 = 8
r3 = 0
call 148
r0 = 0
exit
=> reject call.may_sleep
log: helper call might sleep in a non-sleepable prog
: context in place of memory
map: 1 hash 4 16 4
r2 = r1
r1 = map_fd[1] ll
call 1
r0 = 0
exit
=> reject call.arg_type
log: R2 type=ctx expected=fp
: number in place of a map
r1 = 5
r2 = r10
r2 += -8
*(u64 *)(r10 - 8) = 0
call 1
r0 = 0
exit
=> reject call.arg_type
log: R1 type=scalar expected=map_ptr
: size that must be constant
map: 1 ringbuf 0 0 4096
r6 = *(u32 *)(r1 + 0)
r1 = map_fd[1] ll
r2 = r6
r3 = 0
call 131
r0 = 0
exit
=> reject call.arg_not_const
log: R2 is not a known constant'
: length may be negative
type: kprobe
r6 = *(u64 *)(r1 + 112)
r1 = r10
r1 += -16
r2 = r6
if r2 s> 16 goto x
r3 = 0
call 113
x: r0 = 0
exit
=> reject call.size_negative
log: R2 min value is negative, either use unsigned or 'var &= const'
: length may be zero
type: kprobe
r6 = *(u64 *)(r1 + 112)
r6 &= 31
map: 1 ringbuf 0 0 4096
r1 = map_fd[1] ll
r2 = r10
r2 += -32
*(u64 *)(r10 - 32) = 0
*(u64 *)(r10 - 24) = 0
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 8) = 0
r1 = r2
r2 = r6
call 6
r0 = 0
exit
=> reject call.size_zero
log: R2 invalid zero-sized read: u64=[0,31]
: length without bound
type: kprobe
r2 = *(u64 *)(r1 + 112)
r2 >>= 1
r1 = r10
r1 += -16
r3 = 0
call 113
r0 = 0
exit
=> reject call.size_unbounded
log: R2 unbounded memory access, use 'var &= const' or 'if (var < const)'
: length beyond the buffer
type: kprobe
r2 = *(u64 *)(r1 + 112)
r2 &= 31
r1 = r10
r1 += -16
r3 = 0
call 113
r0 = 0
exit
=> reject stack.overrun
log: stack R1 off=-16 size=31
: map of the wrong type
map: 1 hash 4 16 4
r1 = map_fd[1] ll
r2 = 16
r3 = 0
call 131
r0 = 0
exit
=> reject call.map_type
log: cannot pass map_type 1 into func bpf_ringbuf_reserve#131
: tail call through something else
map: 1 array 4 4 4
r2 = map_fd[1] ll
r3 = 0
call 12
r0 = 0
exit
=> reject call.tail_call_map
log: expected prog array map for tail call
: tail call
map: 1 prog_array 4 4 4
r2 = map_fd[1] ll
r3 = 0
call 12
r0 = 0
exit
=> accept
: string that is not constant
type: kprobe
r1 = r10
r1 += -8
*(u64 *)(r10 - 8) = 0
r2 = 8
r3 = r1
call 182
r0 = 0
exit
=> reject call.arg_type
log: R3 type=fp expected=map_value
: callback that is no function
r1 = 5
r2 = 7
r3 = 0
r4 = 0
call 181
r0 = 0
exit
=> reject call.arg_type
log: R2 type=scalar expected=func
: callback
func: 0 main static ctx
func: 8 f static int ctx
r1 = 10
r2 = func f ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
f: r0 = 0
exit
=> accept
: callback returns too much
func: 0 main static ctx
func: 8 f static int ctx
r1 = 10
r2 = func f ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
f: r0 = 2
exit
=> reject call.callback_return
log: At callback return the register R0 has smin=2 smax=2 should have been in [0, 1]
: callback counts in the frame of the caller
func: 0 main static ctx
func: 11 f static int ctx
*(u64 *)(r10 - 8) = 0
r1 = 10
r2 = func f ll
r3 = r10
r3 += -8
r4 = 0
call 181
r0 = *(u64 *)(r10 - 8)
r0 = 0
exit
f: r1 = *(u64 *)(r2 + 0)
r1 += 1
*(u64 *)(r2 + 0) = r1
r0 = 0
exit
=> accept
: unknown kfunc
type: sched_cls
kfunc: 1 bpf_no_such_function
call kfunc 1
r0 = 0
exit
=> reject call.kfunc
kernel: reject
: calls nine deep
call a
exit
a: call b
exit
b: call c
exit
c: call d
exit
d: call e
exit
e: call f
exit
f: call g
exit
g: call h
exit
h: r0 = 0
exit
=> reject call.depth
log: the call stack of 9 frames is too deep
: calls eight deep
call a
exit
a: call b
exit
b: call c
exit
c: call d
exit
d: call e
exit
e: call f
exit
f: call g
exit
g: r0 = 0
exit
=> accept
: recursion
call a
exit
a: if r1 == 0 goto x
call a
x: r0 = 0
exit
=> reject call.depth
log: the call stack of 9 frames is too deep
: stack of a call chain
*(u64 *)(r10 - 264) = 0
call a
exit
a: *(u64 *)(r10 - 264) = 0
r0 = 0
exit
=> reject call.stack_total
log: combined stack size of 2 calls is 544. Too large
: tail call in a function of which no type is known
map: 1 prog_array 4 4 4
call a
exit
a: r2 = map_fd[1] ll
r3 = 0
call 12
r0 = 0
exit
=> reject call.tail_types
: tail call below a large stack
func: 0 main static ctx
func: 3 a static ctx
map: 1 prog_array 4 4 4
*(u64 *)(r10 - 264) = 0
call a
exit
a: r2 = map_fd[1] ll
r3 = 0
call 12
r0 = 0
exit
=> reject call.stack_tail_call
log: tail_calls are not allowed when call stack of previous frames is 272 bytes. Too large
: global function gets too little
func: 0 main static ctx
func: 5 g global mem16
r1 = r10
r1 += -8
*(u64 *)(r10 - 8) = 0
call g
exit
g: if r1 == 0 goto x
r0 = *(u64 *)(r1 + 8)
x: r0 = 0
exit
=> reject call.global_args
log: Caller passes invalid args into func#1 ('g')
: global function gets what it wants
func: 0 main static ctx
func: 6 g global mem16
r1 = r10
r1 += -16
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 8) = 0
call g
exit
g: if r1 == 0 goto x
r0 = *(u64 *)(r1 + 8)
x: r0 = 0
exit
=> accept
: global function does not test its argument
func: 0 main static ctx
func: 6 g global mem16
r1 = r10
r1 += -16
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 8) = 0
call g
exit
g: r0 = *(u64 *)(r1 + 8)
r0 = 0
exit
=> reject mem.nullable
log: R1 invalid mem access 'mem_or_null'
: global function with an incomplete type
func: 0 main static ctx
func: 4 g global fwd
r1 = r10
r1 += -16
call g
exit
g: r0 = 0
exit
=> reject call.global_signature
log: size cannot be determined: -22
: static function returns a range
map: 1 array 4 16 1
r1 = *(u32 *)(r1 + 0)
call f
r1 = map_value_fd[1] ll
r1 += r0
r0 = *(u8 *)(r1 + 0)
exit
f: r0 = r1
r0 &= 15
exit
=> accept
: string in a map that can change
type: kprobe
map: 1 array 4 16 1
r1 = r10
r1 += -8
*(u64 *)(r10 - 8) = 0
r2 = 8
r3 = map_value_fd[1] ll
call 182
r0 = 0
exit
=> reject call.not_a_string
log: R3 does not point to a readonly map'
: release of what was not acquired
type: sched_cls
r1 = *(u64 *)(r1 + 168)
if r1 == 0 goto x
call 95
if r0 == 0 goto x
r1 = r0
call 86
x: r0 = 0
exit
=> reject ref.release
log: R1 must be referenced when passed to release function
: helper that user space cannot provide
type: sched_cls
policy: run
call 79
r0 = 0
exit
=> reject call.not_here
kernel: skip it is about running here
: type of the kernel by number
type: kprobe
r1 = btf_id[1] ll
r0 = 0
exit
=> reject typed.variable_id
: callback that is global
func: 0 main static ctx
func: 8 f global int ctx
r1 = 10
r2 = func f ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
f: r0 = 0
exit
=> reject call.callback_global
log: callback function not static
: callback of a program without types
r1 = 10
r2 = func f ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
f: r0 = 0
exit
=> reject call.callback_types
log: missing btf func_info
: chain of nine functions that is never entered
type: xdp
r1 = 0
call a
exit
a: if r1 == 0 goto +1
call b
r0 = 0
exit
b: call c
exit
c: call d
exit
d: call e
exit
e: call f
exit
f: call g
exit
g: call h
exit
h: r0 = 0
exit
=> reject call.depth
: a packet program that sleeps
type: xdp
policy: sleepable
r0 = 0
exit
=> reject prog.flags
log: Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be sleepable
: a pointer that may be NULL where NULL may be given, with no bytes
type: sched_cls
map: 1 hash 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
*(u32 *)(r10 - 4) = 0
r1 = r10
r1 += -4
r2 = 4
r3 = r0
r4 = 0
r5 = 0
call 28
r0 = 0
exit
=> accept
: a pointer that may be NULL where NULL may be given, with bytes
type: sched_cls
map: 1 hash 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
*(u32 *)(r10 - 4) = 0
r1 = r10
r1 += -4
r2 = 4
r3 = r0
r4 = 4
r5 = 0
call 28
r0 = 0
exit
=> accept
: memory that may be NULL is as small as it is
map: 1 hash 8 32 4
type: sched_cls
*(u64 *)(r10 - 8) = 0
r1 = map_fd[1] ll
r2 = r10
r2 += -8
call 1
r1 = 0
r2 = 0
r3 = r0
r4 = 36
r5 = 0
call 28
r0 = 0
exit
=> reject map.oob
: memory that may be NULL, where it must not be
map: 1 hash 8 32 4
*(u64 *)(r10 - 8) = 0
r1 = map_fd[1] ll
r2 = r10
r2 += -8
call 1
r1 = map_fd[1] ll
r2 = r0
call 1
r0 = 0
exit
=> reject call.arg_type
: there may be no socket to assign
type: sk_lookup 36
r2 = *(u64 *)(r1 + 0)
r3 = 0
call 124
r0 = 1
exit
=> accept
: what a map of sockets may not have is no socket yet
type: sk_lookup 36
map: 1 sockmap 4 8 4
r6 = r1
*(u32 *)(r10 - 4) = 0
r1 = map_fd[1] ll
r2 = r10
r2 += -4
call 1
r7 = r0
r1 = r6
r2 = r7
r3 = 0
call 124
if r7 == 0 goto out
r1 = r7
call 86
out: r0 = 1
exit
=> reject call.arg_type
: a record that there may be no room for, where NULL will do
type: sched_cls
map: 1 ringbuf 0 0 4096
r1 = map_fd[1] ll
r2 = 16
r3 = 0
call 131
r6 = r0
r1 = 0
r2 = 0
r3 = r6
r4 = 16
r5 = 0
call 28
if r6 == 0 goto out
r1 = r6
r2 = 0
call 133
out: r0 = 0
exit
=> accept
: a larger part of a record that there may be no room for
type: sched_cls
map: 1 ringbuf 0 0 4096
r1 = map_fd[1] ll
r2 = 16
r3 = 0
call 131
r6 = r0
r1 = 0
r2 = 0
r3 = r6
r4 = 20
r5 = 0
call 28
if r6 == 0 goto out
r1 = r6
r2 = 0
call 133
out: r0 = 0
exit
=> reject mem.oob
