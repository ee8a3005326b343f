: timer set up in its own map
type: sched_cls
map: 1 array 4 24 1 timer=8
r1 = map_value_fd[1]+8 ll
r2 = map_fd[1] ll
r3 = 1
call 169
r0 = 0
exit
=> accept
: timer of another map
type: sched_cls
map: 1 array 4 24 1 timer=8
map: 2 array 4 24 1 timer=8
r1 = map_value_fd[1]+8 ll
r2 = map_fd[2] ll
r3 = 1
call 169
r0 = 0
exit
=> reject timer.map
: not the timer's offset
type: sched_cls
map: 1 array 4 24 1 timer=8
r1 = map_value_fd[1] ll
r2 = map_fd[1] ll
r3 = 1
call 169
r0 = 0
exit
=> reject call.field
log: off 0 doesn't point to 'struct bpf_timer' that is at 8
: timer callback
type: sched_cls
map: 1 array 4 24 1 timer=8
func: 0 main static ctx
func: 7 f static ctx ctx ctx
r1 = map_value_fd[1]+8 ll
r2 = func f ll
call 170
r0 = 0
exit
f:
r0 = *(u64 *)(r3 + 0)
r0 = 0
exit
=> accept
: timer callback that returns something
type: sched_cls
map: 1 array 4 24 1 timer=8
func: 0 main static ctx
func: 7 f static ctx ctx ctx
r1 = map_value_fd[1]+8 ll
r2 = func f ll
call 170
r0 = 0
exit
f:
r0 = 1
exit
=> reject call.async_return
: timer callback that sets itself up again
type: sched_cls
map: 1 array 4 24 1 timer=8
func: 0 main static ctx
func: 7 f static ctx ctx ctx
r1 = map_value_fd[1]+8 ll
r2 = func f ll
call 170
r0 = 0
exit
f:
r1 = r3
r1 += 8
r2 = func f ll
call 170
r0 = 0
exit
=> accept
: timer in a traced program's map
type: kprobe
map: 1 array 4 24 1 timer=8
r1 = map_fd[1] ll
r0 = 0
exit
=> reject map.field_of_prog
: global function under a lock
type: sched_cls
map: 1 array 4 16 1 lock=0
func: 0 main static
func: 9 f global
r1 = map_value_fd[1] ll
call 93
call f
r1 = map_value_fd[1] ll
call 94
r0 = 0
exit
f:
r0 = 0
exit
=> reject call.global_lock_held
: static function under a lock
type: sched_cls
map: 1 array 4 16 1 lock=0
r1 = map_value_fd[1] ll
call 93
call f
r1 = map_value_fd[1] ll
call 94
r0 = 0
exit
f:
r0 = 0
exit
=> accept
: resilient lock
type: sched_cls
map: 1 array 4 16 1 res_lock=0
kfunc: 1 bpf_res_spin_lock
kfunc: 2 bpf_res_spin_unlock
r1 = map_value_fd[1] ll
call kfunc 1
if r0 != 0 goto +3
r1 = map_value_fd[1] ll
call kfunc 2
r0 = 0
exit
=> accept
: resilient lock whose failure is not looked at
type: sched_cls
map: 1 array 4 16 1 res_lock=0
kfunc: 1 bpf_res_spin_lock
kfunc: 2 bpf_res_spin_unlock
r1 = map_value_fd[1] ll
call kfunc 1
r1 = map_value_fd[1] ll
call kfunc 2
r0 = 0
exit
=> reject lock.not_held
: resilient lock twice
type: sched_cls
map: 1 array 4 16 1 res_lock=0
kfunc: 1 bpf_res_spin_lock
r1 = map_value_fd[1] ll
call kfunc 1
if r0 != 0 goto +3
r1 = map_value_fd[1] ll
call kfunc 1
r0 = 0
exit
=> reject lock.again
: resilient locks out of order
type: sched_cls
map: 1 array 4 16 1 res_lock=0
map: 2 array 4 16 1 res_lock=0
kfunc: 1 bpf_res_spin_lock
kfunc: 2 bpf_res_spin_unlock
r1 = map_value_fd[1] ll
call kfunc 1
if r0 != 0 goto out
r1 = map_value_fd[2] ll
call kfunc 1
if r0 != 0 goto one
r1 = map_value_fd[1] ll
call kfunc 2
r1 = map_value_fd[2] ll
call kfunc 2
goto out
one:
r1 = map_value_fd[1] ll
call kfunc 2
out:
r0 = 0
exit
=> reject lock.order
: dynptr where none can be
type: sched_cls
map: 1 array 4 16 1
r1 = map_value_fd[1] ll
r2 = 16
r3 = 0
r4 = r10
r4 += -12
call 197
r0 = 0
exit
=> reject dynptr.place
log: Dynptr has to be an uninitialized dynptr
: dynptr of memory submitted
type: sched_cls
map: 1 array 4 16 1
r1 = map_value_fd[1] ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 197
r1 = r10
r1 += -16
r2 = 0
call 199
r0 = 0
exit
=> reject ref.unacquired
log: arg 1 is an unacquired reference
: dynptr of a packet, read by slice
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
r4 = 14
call kfunc 2
if r0 == 0 goto +1
r0 = *(u8 *)(r0 + 13)
r0 = 0
exit
=> accept
: slice of a dynptr that is overwritten
type: sched_cls
kfunc: 1 bpf_dynptr_from_skb
kfunc: 2 bpf_dynptr_slice
r6 = r1
r2 = 0
r3 = r10
r3 += -16
call kfunc 1
r1 = r10
r1 += -16
r2 = 0
r3 = r10
r3 += -32
r4 = 14
call kfunc 2
if r0 == 0 goto out
r7 = r0
*(u64 *)(r10 - 16) = 0
r0 = *(u8 *)(r7 + 13)
out: r0 = 0
exit
=> reject mem.not_a_pointer
kernel: accept
: ... in its second half
type: sched_cls
kfunc: 1 bpf_dynptr_from_skb
kfunc: 2 bpf_dynptr_slice
r6 = r1
r2 = 0
r3 = r10
r3 += -16
call kfunc 1
r1 = r10
r1 += -16
r2 = 0
r3 = r10
r3 += -32
r4 = 14
call kfunc 2
if r0 == 0 goto out
r7 = r0
*(u8 *)(r10 - 1) = 0
r0 = *(u8 *)(r7 + 13)
out: r0 = 0
exit
=> reject mem.not_a_pointer
kernel: accept
: ... by another dynptr
type: sched_cls
kfunc: 1 bpf_dynptr_from_skb
kfunc: 2 bpf_dynptr_slice
r6 = r1
r2 = 0
r3 = r10
r3 += -16
call kfunc 1
r1 = r10
r1 += -16
r2 = 0
r3 = r10
r3 += -32
r4 = 14
call kfunc 2
if r0 == 0 goto out
r7 = r0
r1 = r6
r2 = 0
r3 = r10
r3 += -16
call kfunc 1
r0 = *(u8 *)(r7 + 13)
out: r0 = 0
exit
=> reject mem.not_a_pointer
kernel: accept
: ... by another one that begins in its second half
type: sched_cls
kfunc: 1 bpf_dynptr_from_skb
kfunc: 2 bpf_dynptr_slice
r6 = r1
r2 = 0
r3 = r10
r3 += -16
call kfunc 1
r1 = r10
r1 += -16
r2 = 0
r3 = r10
r3 += -32
r4 = 14
call kfunc 2
if r0 == 0 goto out
r7 = r0
r1 = r6
r2 = 0
r3 = r10
r3 += -24
call kfunc 1
r0 = *(u8 *)(r7 + 13)
out: r0 = 0
exit
=> reject mem.not_a_pointer
kernel: accept
: slice by a helper of a dynptr that is overwritten
map: 1 array 4 64 1
type: sched_cls
*(u32 *)(r10 - 4) = 0
r1 = map_fd[1] ll
r2 = r10
r2 += -4
call 1
if r0 == 0 goto out
r1 = r0
r2 = 64
r3 = 0
r4 = r10
r4 += -24
call 197
r1 = r10
r1 += -24
r2 = 0
r3 = 14
call 203
if r0 == 0 goto out
r7 = r0
*(u64 *)(r10 - 24) = 0
r0 = *(u8 *)(r7 + 13)
out: r0 = 0
exit
=> reject mem.not_a_pointer
: slice of a packet after the packet may have moved
type: sched_cls
kfunc: 1 bpf_dynptr_from_skb
kfunc: 2 bpf_dynptr_slice
r6 = r1
r2 = 0
r3 = r10
r3 += -16
call kfunc 1
r1 = r10
r1 += -16
r2 = 0
r3 = 0
r4 = 14
call kfunc 2
if r0 == 0 goto +5
r7 = r0
r1 = r6
r2 = 64
call 39
r0 = *(u8 *)(r7 + 13)
r0 = 0
exit
=> reject mem.not_a_pointer
: writable slice where packets are read only
type: cgroup_skb
kfunc: 1 bpf_dynptr_from_skb
kfunc: 2 bpf_dynptr_slice_rdwr
r2 = 0
r3 = r10
r3 += -16
call kfunc 1
r1 = r10
r1 += -16
r2 = 0
r3 = 0
r4 = 14
call kfunc 2
r0 = 1
exit
=> reject dynptr.write
: dynptr that a callback may only read
type: sched_cls
map: 1 user_ringbuf 0 0 4096
kfunc: 1 bpf_dynptr_memset
func: 0 main static ctx
func: 9 f static ctx ctx
r1 = map_fd[1] ll
r2 = func f ll
r3 = 0
r4 = 0
call 209
r0 = 0
exit
f:
r2 = 0
r3 = 0
r4 = 0
call kfunc 1
r0 = 0
exit
=> reject dynptr.const
kernel: accept
: clone of a record that was submitted
type: sched_cls
map: 1 ringbuf 0 0 4096
kfunc: 1 bpf_dynptr_clone
kfunc: 2 bpf_dynptr_size
r1 = map_fd[1] ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
r1 = r10
r1 += -16
r2 = r10
r2 += -32
call kfunc 1
r1 = r10
r1 += -16
r2 = 0
call 199
r1 = r10
r1 += -32
call kfunc 2
r0 = 0
exit
=> reject dynptr.uninit
: object made and dropped
type: sched_cls
func: 0 main static ctx
kfunc: 1 bpf_obj_new_impl
kfunc: 2 bpf_obj_drop_impl
r1 = 9
r2 = 0
call kfunc 1
if r0 == 0 goto +4
*(u32 *)(r0 + 8) = 5
r1 = r0
r2 = 0
call kfunc 2
r0 = 0
exit
=> accept
: object leaked
type: sched_cls
func: 0 main static ctx
kfunc: 1 bpf_obj_new_impl
r1 = 9
r2 = 0
call kfunc 1
r0 = 0
exit
=> reject ref.leak
: object dropped that may be NULL
type: sched_cls
func: 0 main static ctx
kfunc: 1 bpf_obj_new_impl
kfunc: 2 bpf_obj_drop_impl
r1 = 9
r2 = 0
call kfunc 1
r1 = r0
r2 = 0
call kfunc 2
r0 = 0
exit
=> reject call.arg_null
: lock of an object written
type: sched_cls
func: 0 main static ctx
kfunc: 1 bpf_obj_new_impl
r1 = 9
r2 = 0
call kfunc 1
if r0 == 0 goto +1
*(u32 *)(r0 + 4) = 5
r0 = 0
exit
=> reject object.special_field
log: direct access to bpf_spin_lock is disallowed
: object that is no struct
type: sched_cls
func: 0 main static ctx
kfunc: 1 bpf_obj_new_impl
r1 = 1
r2 = 0
call kfunc 1
r0 = 0
exit
=> reject object.argument
: object used after it was dropped
type: sched_cls
func: 0 main static ctx
kfunc: 1 bpf_obj_new_impl
kfunc: 2 bpf_obj_drop_impl
r1 = 9
r2 = 0
call kfunc 1
if r0 == 0 goto +5
r6 = r0
r1 = r0
r2 = 0
call kfunc 2
r0 = *(u32 *)(r6 + 0)
r0 = 0
exit
=> reject mem.not_a_pointer
: list of a map that has none
type: sched_cls
map: 1 array 4 16 1 lock=0
kfunc: 1 bpf_list_pop_front
r1 = map_value_fd[1]+8 ll
call kfunc 1
r0 = 0
exit
=> reject object.argument
: two arenas
type: sched_cls
map: 1 arena 0 0 1 flags=1024
map: 2 arena 0 0 1 flags=1024
r1 = map_fd[1] ll
r2 = map_fd[2] ll
r0 = 0
exit
=> reject arena.second
kernel: reject its arena has no user address
: cast between other address spaces
type: sched_cls
map: 1 arena 0 0 1 flags=1024
r2 = map_fd[1] ll
r1 = addr_space_cast(r2, 2, 1)
r0 = 0
exit
=> reject arena.spaces
kernel: reject its arena has no user address
: arena pointers
type: sched_cls
map: 1 arena 0 0 1 flags=1024
r2 = map_fd[1] ll
r3 = 4096
r1 = addr_space_cast(r3, 0, 1)
r1 += 4000
r1 *= 8
*(u64 *)(r1 + 16) = 1
r0 = *(u32 *)(r1 - 8)
r0 = 0
exit
=> accept
kernel: skip its arena has no user address
: packet load in a function without types
type: socket_filter
r6 = r1
call f
exit
f:
r6 = r1
r0 = *(u8 *)skb[0]
r0 = 0
exit
=> reject insn.legacy_load_types
: packet load in a function
type: socket_filter
func: 0 main static ctx
func: 3 f static ctx
r6 = r1
call f
exit
f:
r6 = r1
r0 = *(u8 *)skb[0]
r0 = 5
exit
=> accept
: what a packet load that misses returns from its function
type: socket_filter
func: 0 main static ctx
func: 8 f static ctx
call f
r1 = 8
if r0 == 5 goto +3
r1 = *(u64 *)(r1 + 0)
r0 = 0
exit
r0 = 0
exit
f:
r6 = r1
r0 = *(u8 *)skb[0]
r0 = 5
exit
=> reject mem.not_a_pointer
: frames of a traced program have stacks of their own
type: tracepoint
*(u64 *)(r10 - 400) = 0
call f
exit
f:
*(u64 *)(r10 - 400) = 0
r0 = 0
exit
=> accept
: frames of a classifier do not
type: sched_cls
*(u64 *)(r10 - 400) = 0
call f
exit
f:
*(u64 *)(r10 - 400) = 0
r0 = 0
exit
=> reject call.stack_total
: a lent dynptr is given away
type: sched_cls
map: 1 user_ringbuf 0 0 4096
func: 0 main static ctx
func: 9 f static ctx ctx
r1 = map_fd[1] ll
r2 = func f ll
r3 = 0
r4 = 0
call 209
r0 = 0
exit
f:
r2 = 0
call 199
r0 = 0
exit
=> reject dynptr.lent
log: cannot release unowned const bpf_dynptr
: a lent dynptr where a new one is made
type: sched_cls
map: 1 user_ringbuf 0 0 4096
map: 2 ringbuf 0 0 4096
func: 0 main static ctx
func: 9 f static ctx ctx
r1 = map_fd[1] ll
r2 = func f ll
r3 = 0
r4 = 0
call 209
r0 = 0
exit
f:
r4 = r1
r1 = map_fd[2] ll
r2 = 8
r3 = 0
call 198
r0 = 0
exit
=> reject dynptr.place
log: Dynptr has to be an uninitialized dynptr
: no dynptr is given away
type: sched_cls
r1 = r10
r1 += -16
r2 = 0
call 199
r0 = 0
exit
=> reject ref.unacquired
log: arg 1 is an unacquired reference
: slice of a function's own dynptr, whose copy the caller submits
type: xdp
map: 1 ringbuf 0 0 4096
kfunc: 1 bpf_dynptr_clone
kfunc: 2 bpf_dynptr_slice_rdwr
func: 0 prog static ctx
func: 13 sub static int
*(u64 *)(r10 - 24) = 0
r1 = r10
r1 += -24
call sub
r1 = r10
r1 += -16
r2 = 0
call 199
r1 = *(u64 *)(r10 - 24)
if r1 == 0 goto x
*(u64 *)(r1 + 0) = 1
x: r0 = 1
exit
sub: r6 = r1
r1 = map_fd[1] ll
r2 = 8
r3 = 0
r4 = r10
r4 += -16
call 198
r1 = r10
r1 += -16
r2 = r6
r2 += 8
call kfunc 1
r1 = r10
r1 += -16
r2 = 0
r3 = 0
r4 = 8
call kfunc 2
*(u64 *)(r6 + 0) = r0
r0 = 0
exit
=> reject mem.not_a_pointer
kernel: accept
: ... by bpf_dynptr_data()
type: xdp
map: 1 ringbuf 0 0 4096
kfunc: 1 bpf_dynptr_clone
func: 0 prog static ctx
func: 13 sub static int
*(u64 *)(r10 - 24) = 0
r1 = r10
r1 += -24
call sub
r1 = r10
r1 += -16
r2 = 0
call 199
r1 = *(u64 *)(r10 - 24)
if r1 == 0 goto x
*(u64 *)(r1 + 0) = 1
x: r0 = 1
exit
sub: r6 = r1
r1 = map_fd[1] ll
r2 = 8
r3 = 0
r4 = r10
r4 += -16
call 198
r1 = r10
r1 += -16
r2 = r6
r2 += 8
call kfunc 1
r1 = r10
r1 += -16
r2 = 0
r3 = 8
call 203
*(u64 *)(r6 + 0) = r0
r0 = 0
exit
=> reject mem.not_a_pointer
: slice of a record whose copy is submitted
type: xdp
map: 1 ringbuf 0 0 4096
kfunc: 1 bpf_dynptr_clone
kfunc: 2 bpf_dynptr_slice_rdwr
r1 = map_fd[1] ll
r2 = 8
r3 = 0
r4 = r10
r4 += -16
call 198
r1 = r10
r1 += -16
r2 = r10
r2 += -32
call kfunc 1
r1 = r10
r1 += -16
r2 = 0
r3 = 0
r4 = 8
call kfunc 2
r6 = r0
r1 = r10
r1 += -32
r2 = 0
call 199
if r6 == 0 goto x
*(u64 *)(r6 + 0) = 1
x: r0 = 1
exit
=> reject mem.not_a_pointer
kernel: accept
: slice of a function's own dynptr, used before the caller submits its copy
type: xdp
map: 1 ringbuf 0 0 4096
kfunc: 1 bpf_dynptr_clone
kfunc: 2 bpf_dynptr_slice_rdwr
func: 0 prog static ctx
func: 13 sub static int
*(u64 *)(r10 - 24) = 0
r1 = r10
r1 += -24
call sub
r1 = *(u64 *)(r10 - 24)
if r1 == 0 goto x
*(u64 *)(r1 + 0) = 1
x: r1 = r10
r1 += -16
r2 = 0
call 199
r0 = 1
exit
sub: r6 = r1
r1 = map_fd[1] ll
r2 = 8
r3 = 0
r4 = r10
r4 += -16
call 198
r1 = r10
r1 += -16
r2 = r6
r2 += 8
call kfunc 1
r1 = r10
r1 += -16
r2 = 0
r3 = 0
r4 = 8
call kfunc 2
*(u64 *)(r6 + 0) = r0
r0 = 0
exit
=> accept
