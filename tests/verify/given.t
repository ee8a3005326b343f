# SPDX-License-Identifier: BSD-2-Clause
# What may be handed to a global function that takes memory.
: a global function takes memory: a socket
type: cgroup_skb
func: 0 main static ctx
func: 5 g global mem16
r1 = *(u64 *)(r1 + 168)
if r1 == 0 goto out
call g
out: r0 = 0
exit
g: if r1 == 0 goto z
r0 = *(u64 *)(r1 + 8)
z: r0 = 0
exit
=> reject call.arg_type
: ... a socket's beginning
type: cgroup_skb
func: 0 main static ctx
func: 10 g global mem16
r1 = *(u64 *)(r1 + 168)
if r1 == 0 goto out
r6 = r1
r1 = r6
call 95
if r0 == 0 goto out
r1 = r0
call g
out: r0 = 0
exit
g: if r1 == 0 goto z
r0 = *(u64 *)(r1 + 8)
z: r0 = 0
exit
=> reject call.arg_type
: ... a TCP socket
type: cgroup_skb
func: 0 main static ctx
func: 8 g global mem16
r1 = *(u64 *)(r1 + 168)
if r1 == 0 goto out
call 96
if r0 == 0 goto out
r1 = r0
call g
out: r0 = 0
exit
g: if r1 == 0 goto z
r0 = *(u64 *)(r1 + 8)
z: r0 = 0
exit
=> reject call.arg_type
: ... a writable tracepoint's buffer
type: raw_tracepoint_writable
func: 0 main static ctx
func: 4 g global mem16
r1 = *(u64 *)(r1 + 0)
call g
out: r0 = 0
exit
g: if r1 == 0 goto z
r0 = *(u64 *)(r1 + 8)
z: r0 = 0
exit
=> reject call.arg_type
: ... flow keys
type: flow_dissector
func: 0 main static ctx
func: 4 g global mem16
r1 = *(u64 *)(r1 + 144)
call g
out: r0 = 0
exit
g: if r1 == 0 goto z
r0 = *(u64 *)(r1 + 8)
z: r0 = 0
exit
=> reject call.arg_type
: ... a socket that may be NULL
type: cgroup_skb
func: 0 main static ctx
func: 4 g global mem16
r1 = *(u64 *)(r1 + 168)
call g
out: r0 = 0
exit
g: if r1 == 0 goto z
r0 = *(u64 *)(r1 + 8)
z: r0 = 0
exit
=> reject call.arg_type
: ... the end of the packet
type: xdp
func: 0 main static ctx
func: 4 g global mem16
r1 = *(u32 *)(r1 + 4)
call g
out: r0 = 0
exit
g: if r1 == 0 goto z
r0 = *(u64 *)(r1 + 8)
z: r0 = 0
exit
=> reject call.global_args
: ... a context
type: xdp
func: 0 main static ctx
func: 4 g global mem16
r1 = r1
call g
out: r0 = 0
exit
g: if r1 == 0 goto z
r0 = *(u64 *)(r1 + 8)
z: r0 = 0
exit
=> reject call.global_args
: ... the context of a system call program
type: syscall
func: 0 main static ctx
func: 4 g global mem16
policy: sleepable
r1 = r1
call g
out: r0 = 0
exit
g: if r1 == 0 goto z
r0 = *(u64 *)(r1 + 8)
z: r0 = 0
exit
=> accept
: ... the context of a kprobe
type: kprobe
func: 0 main static ctx
func: 4 g global mem16
r1 = r1
call g
out: r0 = 0
exit
g: if r1 == 0 goto z
r0 = *(u64 *)(r1 + 8)
z: r0 = 0
exit
=> reject call.global_args
: ... the context of a device program
type: cgroup_device
func: 0 main static ctx
func: 4 g global mem16
r1 = r1
call g
out: r0 = 0
exit
g: if r1 == 0 goto z
r0 = *(u64 *)(r1 + 8)
z: r0 = 0
exit
=> reject call.global_args
: ... the context of a raw tracepoint
type: raw_tracepoint
func: 0 main static ctx
func: 4 g global mem16
r1 = r1
call g
out: r0 = 0
exit
g: if r1 == 0 goto z
r0 = *(u64 *)(r1 + 8)
z: r0 = 0
exit
=> reject call.global_args
: ... an object of the kernel
type: tracing 23
func: 0 main static ctx
func: 4 g global mem16
target: btf_trace_sched_switch
r1 = *(u64 *)(r1 + 8)
call g
out: r0 = 0
exit
g: if r1 == 0 goto z
r0 = *(u64 *)(r1 + 8)
z: r0 = 0
exit
=> reject typed.write
: ... a key pointer as a number
type: xdp
func: 0 main static ctx
func: 4 g global mem16
r1 = 5
call g
out: r0 = 0
exit
g: if r1 == 0 goto z
r0 = *(u64 *)(r1 + 8)
z: r0 = 0
exit
=> reject call.global_args
: ... more of that context than there may be
type: syscall
func: 0 main static ctx
func: 4 g global mem16
policy: sleepable
r1 += 65530
call g
out: r0 = 0
exit
g: if r1 == 0 goto z
r0 = *(u64 *)(r1 + 8)
z: r0 = 0
exit
=> reject ctx.modified
