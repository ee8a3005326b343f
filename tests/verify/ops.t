# SPDX-License-Identifier: BSD-2-Clause
# Programs that stand in for functions of a kernel's structs.
: socket as the TCP socket that it is
type: struct_ops 0
target: struct tcp_congestion_ops
r1 = *(u64 *)(r1 + 0)
r0 = *(u32 *)(r1 + 1444)
exit
=> accept
log: R1=trusted_ptr_tcp_sock()
: no licence
type: struct_ops 0
target: struct tcp_congestion_ops
policy: nogpl
r0 = 0
exit
=> reject ops.gpl
: a struct that takes no programs
type: struct_ops 0
target: struct task_struct
r0 = 0
exit
=> reject ops.struct
: no struct
type: struct_ops 0
r0 = 0
exit
=> reject ops.struct
: behind the last member
type: struct_ops 18
target: struct tcp_congestion_ops
r0 = 0
exit
=> reject ops.index
: a member that is data
type: struct_ops 11
target: struct tcp_congestion_ops
r0 = 0
exit
=> reject ops.member
: a member that takes no program
type: struct_ops 10
target: struct tcp_congestion_ops
r0 = 0
exit
=> reject ops.unsupported_member
: a member that may sleep
type: struct_ops 2
target: struct bpf_dummy_ops
policy: sleepable
r0 = 0
exit
=> accept
: a member that may not sleep
type: struct_ops 0
target: struct bpf_dummy_ops
policy: sleepable
r0 = 0
exit
=> reject ops.sleepable
: nothing is returned, nothing need be in R0
type: struct_ops 1
target: struct tcp_congestion_ops
exit
=> accept
: a number is returned and R0 holds nothing
type: struct_ops 0
target: struct tcp_congestion_ops
exit
=> reject reg.uninit
: argument that may be NULL by the name of the stub's parameter
type: struct_ops 0
target: struct bpf_dummy_ops
r1 = *(u64 *)(r1 + 0)
r0 = *(u32 *)(r1 + 0)
exit
=> reject mem.nullable
: the same, tested
type: struct_ops 0
target: struct bpf_dummy_ops
r1 = *(u64 *)(r1 + 0)
r0 = 0
if r1 == 0 goto out
r0 = *(u32 *)(r1 + 0)
*(u32 *)(r1 + 0) = 7
out:
exit
=> accept
log: trusted_ptr_or_null_bpf_dummy_ops_state
: write behind the object
type: struct_ops 1
target: struct bpf_dummy_ops
r1 = *(u64 *)(r1 + 0)
*(u64 *)(r1 + 0) = 7
r0 = 0
exit
=> reject typed.write_member
: a context that is written
type: struct_ops 1
target: struct bpf_dummy_ops
*(u64 *)(r1 + 0) = 7
r0 = 0
exit
=> reject ctx.field
: private area of a TCP socket
type: struct_ops 16
target: struct tcp_congestion_ops
r1 = *(u64 *)(r1 + 0)
*(u64 *)(r1 + 1301) = 7
r2 = 1
lock *(u64 *)(r1 + 1304) += r2
exit
=> accept
: behind the private area of a TCP socket
type: struct_ops 16
target: struct tcp_congestion_ops
r1 = *(u64 *)(r1 + 0)
*(u64 *)(r1 + 1397) = 7
exit
=> reject typed.write_member
log: write access at off 1397 with size 8 beyond the member of tcp_sock ended at 1400
: members of a TCP socket, some of them in the sockets that it is made of
type: struct_ops 16
target: struct tcp_congestion_ops
r1 = *(u64 *)(r1 + 0)
*(u64 *)(r1 + 488) = 7
*(u32 *)(r1 + 428) = 7
*(u8 *)(r1 + 1256) = 7
*(u32 *)(r1 + 1444) = 7
*(u32 *)(r1 + 1932) = 7
exit
=> accept
: the middle of such a member
type: struct_ops 16
target: struct tcp_congestion_ops
r1 = *(u64 *)(r1 + 0)
*(u32 *)(r1 + 492) = 7
exit
=> reject typed.write_member
: a member of a TCP socket that stays as it is
type: struct_ops 16
target: struct tcp_congestion_ops
r1 = *(u64 *)(r1 + 0)
*(u32 *)(r1 + 8) = 7
exit
=> reject typed.write_member
log: no write support to tcp_sock at off 8
: an object that may not be written at all
type: struct_ops 5
target: struct tcp_congestion_ops
r1 = *(u64 *)(r1 + 8)
*(u32 *)(r1 + 0) = 7
exit
=> reject typed.write
: helper that one member may not call
type: struct_ops 17
target: struct tcp_congestion_ops
r1 = *(u64 *)(r1 + 0)
r2 = 6
r3 = 13
r4 = r10
r4 += -8
r5 = 8
*(u64 *)(r10 - 8) = 0
call 49
exit
=> reject call.prog_type
: ... and the others may
type: struct_ops 16
target: struct tcp_congestion_ops
r1 = *(u64 *)(r1 + 0)
r2 = 6
r3 = 13
r4 = r10
r4 += -8
r5 = 8
*(u64 *)(r10 - 8) = 0
call 49
exit
=> accept
: the mark of a connection that is made, and of one that is there
type: sched_cls
kfunc: 1 bpf_skb_ct_alloc
kfunc: 2 bpf_ct_insert_entry
kfunc: 3 bpf_ct_release
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 8) = 0
*(u64 *)(r10 - 32) = 0
*(u64 *)(r10 - 24) = 0
r2 = r10
r2 += -32
r3 = 12
r4 = r10
r4 += -16
r5 = 16
call kfunc 1
if r0 == 0 goto o
*(u32 *)(r0 + 168) = 7
r1 = r0
call kfunc 2
if r0 == 0 goto o
*(u32 *)(r0 + 168) = 9
r1 = r0
call kfunc 3
o: r0 = 0
exit
=> accept
: ... and what lies behind the mark of one that is made
type: sched_cls
kfunc: 1 bpf_skb_ct_alloc
kfunc: 2 bpf_ct_insert_entry
kfunc: 3 bpf_ct_release
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 8) = 0
*(u64 *)(r10 - 32) = 0
*(u64 *)(r10 - 24) = 0
r2 = r10
r2 += -32
r3 = 12
r4 = r10
r4 += -16
r5 = 16
call kfunc 1
if r0 == 0 goto o
*(u32 *)(r0 + 172) = 7
o: r0 = 0
exit
=> reject typed.write_member
: ... more than the mark
type: sched_cls
kfunc: 1 bpf_skb_ct_alloc
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 8) = 0
*(u64 *)(r10 - 32) = 0
*(u64 *)(r10 - 24) = 0
r2 = r10
r2 += -32
r3 = 12
r4 = r10
r4 += -16
r5 = 16
call kfunc 1
if r0 == 0 goto o
*(u64 *)(r0 + 168) = 7
o: r0 = 0
exit
=> reject typed.write_member
log: write access at off 168 with size 8 beyond the member of nf_conn
: ... and half of it
type: sched_cls
kfunc: 1 bpf_skb_ct_alloc
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 8) = 0
*(u64 *)(r10 - 32) = 0
*(u64 *)(r10 - 24) = 0
r2 = r10
r2 += -32
r3 = 12
r4 = r10
r4 += -16
r5 = 16
call kfunc 1
if r0 == 0 goto o
*(u16 *)(r0 + 170) = 7
o: r0 = 0
exit
=> reject typed.write_member
