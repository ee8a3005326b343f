# SPDX-License-Identifier: BSD-2-Clause
# Fields of the kernel's maps, read through pointers to them.
: a pointer of an array
map: 1 array 4 8 1
r1 = map_fd[1] ll
r1 = *(u64 *)(r1 + 40)
r0 = 0
exit
=> accept
log: R1=ptr_bpf_map_ops(
: ... and what it points to
map: 1 hash 4 8 1
r1 = map_fd[1] ll
r1 = *(u64 *)(r1 + 40)
r1 = *(u64 *)(r1 + 0)
r0 = 0
exit
=> accept
: a number
map: 1 hash 4 8 1
r1 = map_fd[1] ll
r0 = *(u32 *)(r1 + 76)
r0 = 0
exit
=> accept
: part of a pointer
map: 1 array 4 8 1
r1 = map_fd[1] ll
r1 = *(u32 *)(r1 + 40)
r0 = 0
exit
=> reject typed.part_of_pointer
: behind the struct of an array
map: 1 array 4 8 1
r1 = map_fd[1] ll
r0 = *(u64 *)(r1 + 32000)
r0 = 0
exit
=> reject typed.beyond
: behind the struct of a hash
map: 1 hash 4 8 1
r1 = map_fd[1] ll
r0 = *(u64 *)(r1 + 32000)
r0 = 0
exit
=> reject typed.beyond
: before the struct
map: 1 array 4 8 1
r1 = map_fd[1] ll
r0 = *(u64 *)(r1 - 8)
r0 = 0
exit
=> reject map_struct.negative
: written
map: 1 array 4 8 1
r1 = map_fd[1] ll
r0 = 0
*(u64 *)(r1 + 0) = r0
exit
=> reject map_struct.write
log: only read from bpf_array is supported
: added to
map: 1 array 4 8 1
r1 = map_fd[1] ll
r2 = 1
lock *(u64 *)(r1 + 40) += r2
r0 = 0
exit
=> reject map_struct.write
: moved
map: 1 array 4 8 1
r1 = map_fd[1] ll
r1 += 8
r0 = *(u64 *)(r1 + 0)
r0 = 0
exit
=> reject ptr.arith_kind
: handed to a helper as memory
map: 1 array 4 8 1
r3 = map_fd[1] ll
r1 = r3
r2 = 8
call 6
r0 = 0
exit
=> reject call.arg_type
: an inner map that may be NULL
map: 1 array 4 8 1
map: 2 array_of_maps 4 4 1 inner=1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[2] ll
call 1
r0 = *(u32 *)(r0 + 76)
r0 = 0
exit
=> reject mem.nullable
: ... that is not
map: 1 hash 4 8 1
map: 2 array_of_maps 4 4 1 inner=1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[2] ll
call 1
if r0 == 0 goto x
r0 = *(u32 *)(r0 + 76)
x: r0 = 0
exit
=> accept
: without privileges
policy: unprivileged
map: 1 array 4 8 1
r1 = map_fd[1] ll
r0 = *(u32 *)(r1 + 76)
r0 = 0
exit
=> reject typed.perfmon
kernel: skip another account is needed
: to be run here
policy: run
map: 1 array 4 8 1
r1 = map_fd[1] ll
r0 = *(u32 *)(r1 + 76)
r0 = 0
exit
=> reject run.kernel
kernel: accept
: no kernel to ask
policy: nokernel
map: 1 array 4 8 1
r1 = map_fd[1] ll
r0 = *(u32 *)(r1 + 76)
r0 = 0
exit
=> reject target.no_btf
kernel: accept
: another object in the place of an arena
map: 1 array 4 8 1
type: tracing 28
target: bpf_iter_bpf_map
kfunc: 1 bpf_arena_alloc_pages
policy: sleepable
r1 = *(u64 *)(r1 + 0)
r2 = 0
r3 = 1
r4 = 0
r5 = 0
call kfunc 1
r0 = 0
exit
=> reject typed.other
: a map that an iterator gives, in the place of an arena
type: tracing 28
target: bpf_iter_bpf_map
kfunc: 1 bpf_arena_alloc_pages
policy: sleepable
r1 = *(u64 *)(r1 + 8)
if r1 == 0 goto x
r2 = 0
r3 = 1
r4 = 0
r5 = 0
call kfunc 1
x: r0 = 0
exit
=> accept
: ... that may be NULL
type: tracing 28
target: bpf_iter_bpf_map
kfunc: 1 bpf_arena_alloc_pages
policy: sleepable
r1 = *(u64 *)(r1 + 8)
r2 = 0
r3 = 1
r4 = 0
r5 = 0
call kfunc 1
r0 = 0
exit
=> reject call.arg_type
: ... in the place of another function's map
type: tracing 28
target: bpf_iter_bpf_map
r1 = *(u64 *)(r1 + 8)
if r1 == 0 goto x
r2 = r10
r2 += -8
*(u64 *)(r10 - 8) = 0
call 1
x: r0 = 0
exit
=> reject call.arg_type
