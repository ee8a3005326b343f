# SPDX-License-Identifier: BSD-2-Clause
# Sockets: their fields, what they are cast to, maps that hold them.
: field of a socket that may not be a full one
type: sched_cls
r1 = *(u64 *)(r1 + 168)
if r1 == 0 goto +1
r0 = *(u32 *)(r1 + 16)
r0 = 0
exit
=> reject sock.field
log: R1 invalid sock_common access off=16 size=4
: the same field of a full socket
type: sched_cls
r1 = *(u64 *)(r1 + 168)
if r1 == 0 goto +3
call 95
if r0 == 0 goto +1
r1 = *(u32 *)(r0 + 16)
r0 = 0
exit
=> accept
: two fields at once
type: sched_cls
r1 = *(u64 *)(r1 + 168)
if r1 == 0 goto +3
call 95
if r0 == 0 goto +1
r1 = *(u64 *)(r0 + 8)
r0 = 0
exit
=> reject sock.field
log: R0 invalid sock access off=8 size=8
: what a lookup in a sockmap finds is released
type: sched_cls
map: 1 sockmap 4 4 4
*(u64 *)(r10 - 8) = 0
r1 = map_fd[1] ll
r2 = r10
r2 += -8
call 1
if r0 == 0 goto +2
r1 = r0
call 86
r0 = 0
exit
=> accept
: what a lookup in a sockmap finds is kept
type: sched_cls
map: 1 sockmap 4 4 4
*(u64 *)(r10 - 8) = 0
r1 = map_fd[1] ll
r2 = r10
r2 += -8
call 1
r0 = 0
exit
=> reject ref.leak
: a sockmap changed by a tracing program
type: kprobe
map: 1 sockmap 4 4 4
*(u64 *)(r10 - 8) = 0
r1 = map_fd[1] ll
r2 = r10
r2 += -8
call 3
r0 = 0
exit
=> reject call.sockmap
log: cannot update sockmap in this context
: bytes for an element of a sockmap
type: sched_cls
map: 1 sockmap 4 4 4
*(u64 *)(r10 - 8) = 0
r1 = map_fd[1] ll
r2 = r10
r2 += -8
r3 = r2
r4 = 0
call 2
r0 = 0
exit
=> reject call.arg_type
: queue of an AF_XDP socket
type: xdp
map: 1 xskmap 4 4 4
*(u64 *)(r10 - 8) = 0
r1 = map_fd[1] ll
r2 = r10
r2 += -8
call 1
if r0 == 0 goto +1
r0 = *(u32 *)(r0 + 0)
r0 = 0
exit
=> accept
: flags of a cgroup's storage
type: cgroup_skb
map: 1 cgroup_storage 8 64 0
r1 = map_fd[1] ll
r2 = 1
call 81
r0 = 0
exit
=> reject call.rule
log: get_local_storage() doesn't support non-zero flags
: a tree in a program that sleeps
type: syscall
policy: sleepable
map: 1 lpm_trie 8 8 4 flags=1
r1 = map_fd[1] ll
r0 = 0
exit
=> reject map.program
log: Sleepable programs can only use array, hash, ringbuf and local storage maps
