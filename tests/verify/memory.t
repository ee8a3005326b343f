# SPDX-License-Identifier: BSD-2-Clause
# Loads and stores: what kind of pointer, which bytes, which alignment.
: access through a number
r2 = 4096
r0 = *(u64 *)(r2 + 0)
exit
=> reject mem.not_a_pointer
log: R2 invalid mem access 'scalar'
known: not a pointer
: access through a pointer cut to 32 bits
w2 = w10
r0 = *(u64 *)(r2 - 8)
exit
=> reject mem.not_a_pointer
log: R2 invalid mem access 'scalar'
: pointer from one path, number from the other
r2 = *(u32 *)(r1 + 0)
*(u64 *)(r10 - 8) = 0
r3 = r10
if r2 == 0 goto x
r3 = 0
x: r0 = *(u8 *)(r3 - 8)
exit
=> reject mem.not_a_pointer
log: R3 invalid mem access 'scalar'
: null test missing
map: 1 hash 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
r0 = *(u64 *)(r0 + 0)
exit
=> reject mem.nullable
log: R0 invalid mem access 'map_value_or_null'
: null test there
map: 1 hash 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r0 = *(u64 *)(r0 + 0)
x: r0 = 0
exit
=> accept
: null test on a copy
map: 1 hash 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
r6 = r0
if r6 == 0 goto x
r0 = *(u64 *)(r0 + 0)
x: r0 = 0
exit
=> accept
: array lookup with a constant key needs no test
map: 1 array 4 16 4
*(u32 *)(r10 - 8) = 3
r2 = r10
r2 += -8
r1 = map_fd[1] ll
call 1
r0 = *(u64 *)(r0 + 0)
r0 = 0
exit
=> accept
: array lookup with a constant key out of range needs one
map: 1 array 4 16 4
*(u32 *)(r10 - 8) = 4
r2 = r10
r2 += -8
r1 = map_fd[1] ll
call 1
r0 = *(u64 *)(r0 + 0)
exit
=> reject mem.nullable
: ring buffer memory
map: 1 ringbuf 0 0 4096
r1 = map_fd[1] ll
r2 = 16
r3 = 0
call 131
if r0 == 0 goto x
*(u64 *)(r0 + 8) = 1
r1 = r0
r2 = 0
call 132
x: r0 = 0
exit
=> accept
: past the end of ring buffer memory
map: 1 ringbuf 0 0 4096
r1 = map_fd[1] ll
r2 = 16
r3 = 0
call 131
if r0 == 0 goto x
*(u64 *)(r0 + 16) = 1
r1 = r0
r2 = 0
call 132
x: r0 = 0
exit
=> reject mem.oob
log: invalid access to memory, mem_size=16 off=16 size=8
: index into ring buffer memory too large
map: 1 ringbuf 0 0 4096
r6 = *(u32 *)(r1 + 0)
r6 &= 31
r1 = map_fd[1] ll
r2 = 16
r3 = 0
call 131
if r0 == 0 goto x
r1 = r0
r1 += r6
*(u8 *)(r1 + 0) = 1
r1 = r0
r2 = 0
call 132
x: r0 = 0
exit
=> reject mem.max
log: max value is outside of the allowed memory range
: index into a map value too large
map: 1 array 4 16 1
r6 = *(u32 *)(r1 + 0)
r6 &= 31
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r0 += r6
r0 = *(u8 *)(r0 + 0)
x: r0 = 0
exit
=> reject mem.max
log: R0 max value is outside of the allowed memory range
: index masked
map: 1 array 4 16 1
r6 = *(u32 *)(r1 + 0)
r6 &= 15
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r0 += r6
r0 = *(u8 *)(r0 + 0)
x: r0 = 0
exit
=> accept
: index may be negative
map: 1 array 4 16 1
r6 = *(u32 *)(r1 + 0)
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r6 = (s32)r6
if r6 s> 15 goto x
r6 <<= 1
if r6 s< -100 goto x
r0 += r6
r0 = *(u8 *)(r0 + 0)
x: r0 = 0
exit
=> reject mem.negative_index
log: R0 min value is negative, either use unsigned index or do a if (index >=0) check.
: constant before the start of a value
map: 1 array 4 16 1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r0 = *(u8 *)(r0 - 1)
x: r0 = 0
exit
=> reject map.oob
log: invalid access to map value, value_size=16 off=-1 size=1
: smallest index before the start of a value
map: 1 array 4 16 1
r6 = *(u32 *)(r1 + 0)
r6 &= 3
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r0 += r6
r0 = *(u8 *)(r0 - 4)
x: r0 = 0
exit
=> reject mem.min
log: R0 min value is outside of the allowed memory range
: index without bound
map: 1 array 4 16 1
r6 = *(u32 *)(r1 + 0)
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r0 += r6
r0 = *(u8 *)(r0 + 0)
x: r0 = 0
exit
=> reject mem.unbounded
log: R0 unbounded memory access, make sure to bounds check any such access
: past the end of a map value
map: 1 array 4 16 1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r0 = *(u64 *)(r0 + 12)
x: r0 = 0
exit
=> reject map.oob
log: invalid access to map value, value_size=16 off=12 size=8
known: within [0, 16)
: address of a map value
map: 1 array 4 16 1
r1 = map_value_fd[1]+8 ll
r0 = *(u64 *)(r1 + 0)
*(u64 *)(r1 + 0) = r0
r0 = 0
exit
=> accept
: write into a read-only map
map: 1 array 4 16 1 flags=0x80 frozen
r1 = map_value_fd[1] ll
*(u64 *)(r1 + 0) = 5
r0 = 0
exit
=> reject map.write_forbidden
log: write into map forbidden, value_size=16 off=0 size=8
: read from a write-only map
map: 1 array 4 16 1 flags=0x100
r1 = map_value_fd[1] ll
r0 = *(u64 *)(r1 + 0)
exit
=> reject map.read_forbidden
log: read from map forbidden, value_size=16 off=0 size=8
: frozen map decides a branch
map: 1 array 4 16 1 flags=0x80 frozen data=01000000000000000000000000000000
r1 = map_value_fd[1] ll
r2 = *(u32 *)(r1 + 0)
if r2 == 1 goto x
r0 = *(u64 *)(r2 + 0)
exit
x: r0 = 0
exit
=> accept
: misaligned stack access
policy: strict
r2 = r10
*(u64 *)(r2 - 12) = 0
r0 = 0
exit
=> reject mem.misaligned
log: misaligned stack access off
: misaligned access to a map value in strict mode
policy: strict
map: 1 array 4 16 1
r1 = map_value_fd[1] ll
r0 = *(u64 *)(r1 + 4)
exit
=> reject mem.misaligned
log: misaligned value access off
: misaligned access to a map value
map: 1 array 4 16 1
r1 = map_value_fd[1] ll
r0 = *(u64 *)(r1 + 4)
r0 = 0
exit
=> accept
: pointer stored into a map without privilege
policy: unprivileged
map: 1 array 4 16 1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
*(u64 *)(r0 + 0) = r10
x: r0 = 0
exit
=> reject mem.pointer_leak
log: R10 leaks addr into map
: atomic operation on the context
lock *(u32 *)(r1 + 48) += w1
r0 = 0
exit
=> reject mem.atomic_kind
kernel: reject
: atomic operation on the context, plain operand
r2 = 1
lock *(u32 *)(r1 + 48) += w2
r0 = 0
exit
=> reject mem.atomic_kind
log: BPF_ATOMIC stores into R1 ctx is not allowed
: constant store into the context
*(u32 *)(r1 + 48) = 1
r0 = 0
exit
=> accept
: atomic add on the stack
*(u64 *)(r10 - 8) = 5
r2 = 1
lock *(u64 *)(r10 - 8) += r2
r0 = *(u64 *)(r10 - 8)
r0 = 0
exit
=> accept
: write through a read-only pointer
type: sched_cls
kfunc: 3 bpf_iter_num_destroy
kfunc: 1 bpf_iter_num_new
kfunc: 2 bpf_iter_num_next
r1 = r10
r1 += -8
r2 = 0
r3 = 10
call kfunc 1
r1 = r10
r1 += -8
call kfunc 2
if r0 == 0 goto x
*(u32 *)(r0 + 0) = 1
x: r1 = r10
r1 += -8
call kfunc 3
r0 = 0
exit
=> reject mem.read_only
log: R0 cannot write into rdonly_mem
: one instruction, two kinds of pointer
r2 = *(u32 *)(r1 + 0)
*(u64 *)(r10 - 8) = 0
r3 = r10
r3 += -8
if r2 == 0 goto x
r3 = r1
x: r0 = *(u32 *)(r3 + 0)
exit
=> reject mem.same_insn
log: same insn cannot be used with different pointers
: address outside of a map value
map: 1 array 4 16 1
r1 = map_value_fd[1]+16 ll
r0 = 0
exit
=> reject map.address
log: invalid access to map value pointer, value_size=16 off=16
: key of an element
map: 1 hash 8 16 4
func: 0 main static ctx
func: 9 f static int ctx
r1 = map_fd[1] ll
r2 = func f ll
r3 = 0
r4 = 0
call 164
r0 = 0
exit
f: r1 = *(u64 *)(r2 + 0)
r0 = 0
exit
=> accept
: past the end of the key of an element
map: 1 hash 8 16 4
func: 0 main static ctx
func: 9 f static int ctx
r1 = map_fd[1] ll
r2 = func f ll
r3 = 0
r4 = 0
call 164
r0 = 0
exit
f: r1 = *(u64 *)(r2 + 8)
r0 = 0
exit
=> reject map.key_oob
log: invalid access to map key, key_size=8 off=8 size=8
: write into the key of an element
map: 1 hash 8 16 4
func: 0 main static ctx
func: 9 f static int ctx
r1 = map_fd[1] ll
r2 = func f ll
r3 = 0
r4 = 0
call 164
r0 = 0
exit
f: *(u64 *)(r2 + 0) = 1
r0 = 0
exit
=> reject map.key_write
log: write to change key R2 not allowed
: a device's element is read
type: xdp
map: 1 devmap 4 8 4
*(u32 *)(r10 - 4) = 0
r1 = map_fd[1] ll
r2 = r10
r2 += -4
call 1
if r0 == 0 goto out
r0 = *(u32 *)(r0 + 0)
out: r0 = 0
exit
=> accept
: ... and not written
type: xdp
map: 1 devmap 4 8 4
*(u32 *)(r10 - 4) = 0
r1 = map_fd[1] ll
r2 = r10
r2 += -4
call 1
if r0 == 0 goto out
*(u32 *)(r0 + 0) = 1
out: r0 = 0
exit
=> reject map.write_forbidden
log: write into map forbidden, value_size=8 off=0 size=4
