# SPDX-License-Identifier: BSD-2-Clause
# Programs written to get past this verifier: each needs a fact that holds on one path only, or no
# longer, to be accepted.
: a register that was 0 on the path before is no NULL test on this one
map: 1 hash 8 16 4
call 7
r7 = 0
if r0 > 5 goto other
r9 = 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
goto join
other: r7 = 1
join: *(u64 *)(r10 - 8) = 0
r2 = r10
r2 += -8
r1 = map_fd[1] ll
call 1
if r0 == r7 goto out
r0 = *(u64 *)(r0 + 0)
out: r0 = 0
exit
=> reject mem.nullable
: the inner array of the map in a map may be smaller than its template
map: 1 array 4 16 4 flags=0x1000
map: 2 array_of_maps 4 4 2 inner=1
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[2] ll
call 1
if r0 == 0 goto out
*(u32 *)(r10 - 4) = 3
r2 = r10
r2 += -4
r1 = r0
call 1
r0 = *(u64 *)(r0 + 0)
out: r0 = 0
exit
=> reject mem.nullable
: packet pointers die when a static function moves the packet
type: xdp
r6 = r1
r7 = *(u32 *)(r1 + 0)
r8 = *(u32 *)(r1 + 4)
r2 = r7
r2 += 8
if r2 > r8 goto out
r1 = r6
call sub
r0 = *(u8 *)(r7 + 0)
out: r0 = 0
exit
sub: r2 = 0
call 44
exit
=> reject mem.not_a_pointer
: packet pointers die when a callback moves the packet
type: xdp
func: 0 main static
func: 17 cb static
r6 = r1
r7 = *(u32 *)(r1 + 0)
r8 = *(u32 *)(r1 + 4)
r2 = r7
r2 += 8
if r2 > r8 goto out
*(u64 *)(r10 - 8) = r6
r1 = 2
r2 = func cb ll
r3 = r10
r3 += -8
r4 = 0
call 181
r0 = *(u8 *)(r7 + 0)
out: r0 = 0
exit
cb: r1 = *(u64 *)(r2 + 0)
r2 = 0
call 44
r0 = 0
exit
=> reject mem.not_a_pointer
: a packet pointer spilled by the caller dies with the others
type: xdp
r6 = r1
r7 = *(u32 *)(r1 + 0)
r8 = *(u32 *)(r1 + 4)
r2 = r7
r2 += 8
if r2 > r8 goto out
*(u64 *)(r10 - 8) = r7
r1 = r6
call sub
r7 = *(u64 *)(r10 - 8)
r0 = *(u8 *)(r7 + 0)
out: r0 = 0
exit
sub: r2 = 0
call 44
exit
=> reject mem.not_a_pointer
: the end of the packet is another one behind the call that moves it
type: xdp
r6 = r1
r8 = *(u32 *)(r1 + 4)
r2 = 0
call 44
r7 = *(u32 *)(r6 + 0)
r2 = r7
r2 += 8
if r2 > r8 goto out
r0 = *(u8 *)(r7 + 0)
out: r0 = 0
exit
=> reject packet.oob
: a record given to a function that submits it is gone in the caller
map: 1 ringbuf 0 0 4096
r1 = map_fd[1] ll
r2 = 16
r3 = 0
call 131
if r0 == 0 goto out
r6 = r0
*(u64 *)(r10 - 8) = r0
r1 = r0
call sub
r6 = *(u64 *)(r10 - 8)
*(u64 *)(r6 + 0) = 1
out: r0 = 0
exit
sub: r2 = 0
call 132
r0 = 0
exit
=> reject mem.not_a_pointer
: a record submitted by the first round is gone in the second
map: 1 ringbuf 0 0 4096
func: 0 main static
func: 16 cb static
r1 = map_fd[1] ll
r2 = 16
r3 = 0
call 131
if r0 == 0 goto out
*(u64 *)(r10 - 8) = r0
r1 = 2
r2 = func cb ll
r3 = r10
r3 += -8
r4 = 0
call 181
out: r0 = 0
exit
cb: r1 = *(u64 *)(r2 + 0)
r2 = 0
call 132
r0 = 0
exit
=> reject ref.leak
: a record that a callback reserves and keeps is lost
map: 1 ringbuf 0 0 4096
func: 0 main static
func: 10 cb static
r1 = 2
r2 = func cb ll
r3 = r10
r3 += -8
*(u64 *)(r10 - 8) = 0
r4 = 0
call 181
r0 = 0
exit
cb: r6 = r2
r1 = map_fd[1] ll
r2 = 16
r3 = 0
call 131
if r0 == 0 goto x
*(u64 *)(r6 + 0) = r0
x: r0 = 0
exit
=> reject ref.leak
: a constant key of which one byte was overwritten is no constant
map: 1 array 4 16 4
call 7
*(u32 *)(r10 - 4) = 1
*(u8 *)(r10 - 4) = r0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
r0 = *(u64 *)(r0 + 0)
r0 = 0
exit
=> reject mem.nullable
: a key that is constant on two paths is precise
map: 1 array 4 16 4
call 7
r7 = 1
if r0 > 5 goto other
r8 = 2
r9 = 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
goto join
other: r7 = 9
join: *(u32 *)(r10 - 4) = r7
r8 = 1
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
r0 = *(u64 *)(r0 + 0)
r0 = 0
exit
=> reject mem.nullable
: zero bytes of a key on one path are not zero on the other
map: 1 array 4 16 4
call 7
r7 = 0
if r0 > 5 goto other
r8 = 2
r9 = 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
goto join
other: r7 = 9
join: *(u8 *)(r10 - 4) = r7
*(u8 *)(r10 - 3) = 0
*(u16 *)(r10 - 2) = 0
r8 = 1
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
r0 = *(u64 *)(r0 + 0)
r0 = 0
exit
=> reject mem.nullable
: a store somewhere in the stack may hit a spilled pointer
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto out
*(u64 *)(r10 - 16) = r0
*(u64 *)(r10 - 24) = 0
call 7
r0 &= 8
r1 = r10
r1 += r0
*(u64 *)(r1 - 24) = 5
r1 = *(u64 *)(r10 - 16)
r0 = *(u64 *)(r1 + 0)
out: r0 = 0
exit
=> reject mem.not_a_pointer
: a helper that fills a buffer fills what was spilled there
type: kprobe
r1 = r10
r1 += -16
*(u64 *)(r10 - 8) = r10
*(u64 *)(r10 - 16) = r10
r2 = 16
r3 = 0
call 113
r1 = *(u64 *)(r10 - 8)
r0 = *(u64 *)(r1 - 8)
r0 = 0
exit
=> reject mem.not_a_pointer
: a 32-bit test is no NULL test
map: 1 array 4 16 4
call 7
*(u64 *)(r10 - 8) = r0
r2 = r10
r2 += -8
r1 = map_fd[1] ll
call 1
if w0 == 0 goto out
r0 = *(u64 *)(r0 + 0)
out: r0 = 0
exit
=> reject mem.nullable
: what a callback counts up is bounded by nothing
map: 1 array 4 16 4
func: 0 main static
func: 20 cb static
*(u64 *)(r10 - 8) = 0
r1 = 10
r2 = func cb ll
r3 = r10
r3 += -8
r4 = 0
call 181
*(u32 *)(r10 - 16) = 1
r2 = r10
r2 += -16
r1 = map_fd[1] ll
call 1
if r0 == 0 goto out
r1 = *(u64 *)(r10 - 8)
r0 += r1
r0 = *(u8 *)(r0 + 0)
out: r0 = 0
exit
cb: r3 = *(u64 *)(r2 + 0)
r3 += 4
*(u64 *)(r2 + 0) = r3
r0 = 0
exit
=> reject map.oob
: what a may_goto loop counts up is bounded by nothing
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto out
r6 = 0
again: may_goto done
r6 += 1
goto again
done: r0 += r6
r0 = *(u8 *)(r0 + 0)
out: r0 = 0
exit
=> reject map.oob
: a link ends where half of the spilled copy is overwritten
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto out
r6 = r0
r7 = *(u64 *)(r0 + 0)
r8 = *(u64 *)(r0 + 8)
*(u64 *)(r10 - 16) = r7
*(u32 *)(r10 - 16) = r8
if r7 > 8 goto out
r1 = *(u64 *)(r10 - 16)
r6 += r1
r0 = *(u8 *)(r6 + 0)
out: r0 = 0
exit
=> reject ptr.math_unbounded
: a difference found for a copy holds for what it was a copy of then
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto out
r6 = r0
r7 = *(u64 *)(r0 + 0)
r8 = r7
r8 += 4
r7 += 100
if r8 > 8 goto out
r6 += r7
r0 = *(u8 *)(r6 + 0)
out: r0 = 0
exit
=> reject mem.min
: a pointer in the caller's stack that the callee changed
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto out
r6 = r0
r7 = *(u64 *)(r0 + 0)
if r7 > 8 goto out
*(u64 *)(r10 - 16) = r7
r1 = r10
r1 += -16
call sub
r7 = *(u64 *)(r10 - 16)
r6 += r7
r0 = *(u8 *)(r6 + 0)
out: r0 = 0
exit
sub: r2 = *(u64 *)(r1 + 0)
r2 += 8
*(u64 *)(r1 + 0) = r2
r0 = 0
exit
=> reject mem.max
: an argument's range on the other path
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto out
r6 = r0
call 7
r7 = 1
if r0 > 5 goto other
r8 = 2
r9 = 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
goto join
other: r7 = 100
join: r1 = r6
r2 = r7
r8 = 1
call sub
out: r0 = 0
exit
sub: r1 += r2
r0 = *(u8 *)(r1 + 0)
exit
=> reject map.oob
: a tail call with a record in hand
map: 1 ringbuf 0 0 4096
map: 2 prog_array 4 4 4
r6 = r1
r1 = map_fd[1] ll
r2 = 16
r3 = 0
call 131
if r0 == 0 goto out
r7 = r0
r1 = r6
r2 = map_fd[2] ll
r3 = 0
call 12
r1 = r7
r2 = 0
call 132
out: r0 = 0
exit
=> reject ref.leak
: a slice of a record that was submitted
map: 1 ringbuf 0 0 4096
r1 = map_fd[1] ll
r2 = 16
r3 = 0
r4 = r10
r4 += -16
call 198
r1 = r10
r1 += -16
r2 = 0
r3 = 8
call 203
r6 = r0
r1 = r10
r1 += -16
r2 = 0
call 199
if r6 == 0 goto out
*(u64 *)(r6 + 0) = 1
out: r0 = 0
exit
=> reject mem.not_a_pointer
: a pointer that may be NULL in a slot is still so when another one was tested
map: 1 hash 8 16 4
*(u64 *)(r10 - 8) = 1
r2 = r10
r2 += -8
r1 = map_fd[1] ll
call 1
*(u64 *)(r10 - 16) = r0
r2 = r10
r2 += -8
r1 = map_fd[1] ll
call 1
if r0 == 0 goto out
r1 = *(u64 *)(r10 - 16)
r0 = *(u64 *)(r1 + 0)
out: r0 = 0
exit
=> reject mem.nullable
: a narrow spill of a number that is too large is another number
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto out
r6 = r0
r7 = *(u64 *)(r0 + 0)
r8 = r7
*(u32 *)(r10 - 16) = r7
r1 = *(u32 *)(r10 - 16)
if r1 > 8 goto out
r6 += r7
r0 = *(u8 *)(r6 + 0)
out: r0 = 0
exit
=> reject ptr.math_unbounded
: a register that is 0 makes a NULL test
map: 1 hash 8 16 4
r7 = 0
*(u64 *)(r10 - 8) = 0
r2 = r10
r2 += -8
r1 = map_fd[1] ll
call 1
if r0 != r7 goto use
r0 = 0
exit
use: r0 = *(u64 *)(r0 + 0)
r0 = 0
exit
=> accept
kernel: reject
: and what is equal to it is NULL
map: 1 hash 8 16 4
r7 = 0
*(u64 *)(r10 - 8) = 0
r2 = r10
r2 += -8
r1 = map_fd[1] ll
call 1
if r0 != r7 goto out
r0 = *(u64 *)(r0 + 0)
out: r0 = 0
exit
=> reject mem.not_a_pointer
: packet pointers die when a global function moves the packet
type: xdp
func: 0 main static ctx
func: 10 sub global ctx
r6 = r1
r7 = *(u32 *)(r1 + 0)
r8 = *(u32 *)(r1 + 4)
r2 = r7
r2 += 8
if r2 > r8 goto out
r1 = r6
call sub
r0 = *(u8 *)(r7 + 0)
out: exit
sub: r2 = 0
call 44
exit
=> reject mem.not_a_pointer
: a packet pointer that may be far behind the end proves nothing
type: xdp
r5 = *(u32 *)(r1 + 12)
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r2 += r5
r4 = r2
r4 += 8
if r4 > r3 goto out
r0 = *(u8 *)(r2 + 0)
out: r0 = 0
exit
=> reject packet.oob
: an atomic writes, also to a map that programs may only read
map: 1 array 4 16 4 flags=0x80
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto out
r1 = 1
lock *(u64 *)(r0 + 0) += r1
out: r0 = 0
exit
=> reject map.write_forbidden
: two numbers that are copies of each other on one path only
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto out
r6 = r0
call 7
r7 = r0
call 7
r8 = r0
call 7
if r0 > 5 goto join
r8 = r7
r9 = 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
goto join
join: r0 = 0
if r7 > 8 goto out
r6 += r8
r0 = *(u8 *)(r6 + 0)
out: r0 = 0
exit
=> reject ptr.math_unbounded
: a pointer that was tested on one path only
map: 1 array 4 16 4
call 7
*(u64 *)(r10 - 8) = r0
r2 = r10
r2 += -8
r1 = map_fd[1] ll
call 1
r6 = r0
call 7
if r0 > 5 goto join
if r6 == 0 goto out
r9 = 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
goto join
join: r1 = *(u64 *)(r6 + 0)
out: r0 = 0
exit
=> reject mem.nullable
: a record that a callback reserves is the caller's to submit
map: 1 ringbuf 0 0 4096
func: 0 main static
func: 14 cb static
*(u64 *)(r10 - 8) = 0
r1 = 1
r2 = func cb ll
r3 = r10
r3 += -8
r4 = 0
call 181
r1 = *(u64 *)(r10 - 8)
if r1 == 0 goto out
r2 = 0
call 132
out: r0 = 0
exit
cb: r6 = r2
r1 = map_fd[1] ll
r2 = 16
r3 = 0
call 131
if r0 == 0 goto x
*(u64 *)(r6 + 0) = r0
x: r0 = 0
exit
=> accept
: an iterator that has ended gives nothing more
kfunc: 1 bpf_iter_num_new
kfunc: 2 bpf_iter_num_next
kfunc: 3 bpf_iter_num_destroy
r1 = r10
r1 += -8
r2 = 0
r3 = 3
call kfunc 1
r1 = r10
r1 += -8
call kfunc 2
if r0 != 0 goto end
r1 = r10
r1 += -8
call kfunc 2
if r0 == 0 goto end
r0 = *(u64 *)(r10 + 8)
end: r1 = r10
r1 += -8
call kfunc 3
r0 = 0
exit
=> accept
: the second half of a dynptr is none
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto out
r1 = r0
r2 = 16
r3 = 0
r4 = r10
r4 += -32
call 197
r1 = r10
r1 += -64
r2 = 8
r3 = r10
r3 += -24
r4 = 0
r5 = 0
call 201
out: r0 = 0
exit
=> reject dynptr.uninit
: half a slot of zeroes is remembered when the other half is dead
map: 1 array 4 16 4
*(u32 *)(r10 - 20) = 1
r2 = r10
r2 += -20
r1 = map_fd[1] ll
call 1
if r0 == 0 goto out
r6 = r0
*(u16 *)(r10 - 6) = 0
call 7
if r0 > 5 goto join
r8 = 1
r8 += 1
r8 += 1
r8 += 1
r8 += 1
r8 += 1
r8 += 1
join: r1 = *(u16 *)(r10 - 6)
r6 += r1
r0 = *(u8 *)(r6 + 15)
out: r0 = 0
exit
=> accept
kernel: skip it keeps nothing of a store of two bytes
: zero bytes on one path, anything on the other
map: 1 array 4 16 4
*(u32 *)(r10 - 20) = 1
r2 = r10
r2 += -20
r1 = map_fd[1] ll
call 1
if r0 == 0 goto out
r6 = r0
*(u32 *)(r10 - 4) = 0
call 7
if r0 > 5 goto other
r8 = 1
r8 += 1
r8 += 1
r8 += 1
r8 += 1
r9 = 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
goto join
other: *(u32 *)(r10 - 4) = r0
join: r1 = *(u32 *)(r10 - 4)
r6 += r1
r0 = *(u8 *)(r6 + 0)
out: r0 = 0
exit
=> reject mem.unbounded
: a length on one path is not that on the other
map: 1 ringbuf 0 0 4096
*(u64 *)(r10 - 8) = 0
*(u64 *)(r10 - 16) = 0
call 7
if r0 > 5 goto other
r7 = 8
r9 = 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
goto join
other: r7 = 64
join: r1 = map_fd[1] ll
r2 = r10
r2 += -16
r3 = r7
r4 = 0
call 130
r0 = 0
exit
=> reject stack.overrun
: a comparison that one path decides and the other does not
call 7
r7 = 0
if r0 > 5 goto other
r8 = 1
r9 = 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
goto join
other: r7 = r0
join: r0 = 0
if r7 == 0 goto out
r0 = *(u64 *)(r10 + 8)
out: r0 = 0
exit
=> reject stack.oob
: a number that a loop needs, and that enters it sideways
map: 1 array 4 16 4
kfunc: 1 bpf_iter_num_new
kfunc: 2 bpf_iter_num_next
kfunc: 3 bpf_iter_num_destroy
*(u32 *)(r10 - 20) = 1
r2 = r10
r2 += -20
r1 = map_fd[1] ll
call 1
if r0 == 0 goto out
r6 = r0
r1 = r10
r1 += -8
r2 = 0
r3 = 3
call kfunc 1
r7 = 100
call 7
if r0 s> 5 goto side
r7 = 1
next: r1 = r10
r1 += -8
call kfunc 2
if r0 == 0 goto done
call 7
if r0 s> 5 goto use
r7 = 1
r8 = 1
r8 += 1
r8 += 1
r8 += 1
r8 += 1
side: r8 = 0
goto next
use: r1 = r6
r1 += r7
r0 = *(u8 *)(r1 + 0)
done: r1 = r10
r1 += -8
call kfunc 3
out: r0 = 0
exit
=> reject map.oob
: a sum of 32 bits says nothing of a number of 64
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto out
r6 = r0
r7 = *(u64 *)(r0 + 0)
r8 = r7
w8 += 1
if r8 == 0 goto out
if r8 > 8 goto out
r6 += r7
r0 = *(u8 *)(r6 + 0)
out: r0 = 0
exit
=> reject ptr.math_unbounded
: bytes of a packet that were shown on one path only
type: xdp
r7 = *(u32 *)(r1 + 0)
r8 = *(u32 *)(r1 + 4)
r2 = r7
r2 += 14
if r2 > r8 goto short
r9 = 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
goto join
short: r2 = r7
r2 += 8
if r2 > r8 goto out
join: r2 = 0
r0 = *(u8 *)(r7 + 13)
out: r0 = 0
exit
=> reject packet.oob
: a number that a loop needs, and that changes on a path within
map: 1 array 4 16 4
kfunc: 1 bpf_iter_num_new
kfunc: 2 bpf_iter_num_next
kfunc: 3 bpf_iter_num_destroy
*(u32 *)(r10 - 20) = 1
r2 = r10
r2 += -20
r1 = map_fd[1] ll
call 1
if r0 == 0 goto out
r6 = r0
r1 = r10
r1 += -8
r2 = 0
r3 = 3
call kfunc 1
r7 = 1
next: r1 = r10
r1 += -8
call kfunc 2
if r0 == 0 goto done
call 7
if r0 s> 5 goto use
call 7
if r0 s> 5 goto alt
r7 = 1
r8 = 1
r8 += 1
r8 += 1
r8 += 1
r8 += 1
r8 += 1
r8 += 1
goto join
alt: r7 = 100
join: r8 = 0
r0 = 0
goto next
use: r1 = r6
r1 += r7
r0 = *(u8 *)(r1 + 0)
done: r1 = r10
r1 += -8
call kfunc 3
out: r0 = 0
exit
=> reject ptr.math_unbounded
: what is added to an index on one path is not that on the other
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto out
r6 = r0
call 7
if r0 > 5 goto other
r7 = 4
r9 = 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
goto join
other: r7 = 100
join: r8 = 1
r8 += r7
r6 += r8
r0 = *(u8 *)(r6 + 0)
out: r0 = 0
exit
=> reject map.oob
: what a slot holds on one path is not that on the other
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto out
r6 = r0
call 7
if r0 > 5 goto other
*(u64 *)(r10 - 16) = 4
r9 = 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
r9 += 1
goto join
other: *(u64 *)(r10 - 16) = 100
join: r8 = 1
r8 = *(u64 *)(r10 - 16)
r6 += r8
r0 = *(u8 *)(r6 + 0)
out: r0 = 0
exit
=> reject map.oob
# The bytes stay those of the packet's buffer: as in Linux, a global function keeps what it was given.
: memory given to a global function that moves the packet it lies in
type: xdp
func: 0 main static ctx
func: 11 sub global ctx mem16
r6 = r1
r7 = *(u32 *)(r1 + 0)
r8 = *(u32 *)(r1 + 4)
r2 = r7
r2 += 16
if r2 > r8 goto out
r1 = r6
r2 = r7
call sub
out: r0 = 0
exit
sub: if r2 == 0 goto o2
r6 = r2
r2 = 8
call 44
r0 = *(u8 *)(r6 + 0)
o2: r0 = 0
exit
=> accept
: many references
map: 1 ringbuf 0 0 4096
r7 = 0
l: r1 = map_fd[1] ll
r2 = 8
r3 = 0
call 131
r7 += 1
if r7 != 600 goto l
r0 = 0
exit
=> reject unsupported
: many references and branches
map: 1 ringbuf 0 0 4096
r6 = *(u32 *)(r1 + 0)
r7 = 0
l: r1 = map_fd[1] ll
r2 = 8
r3 = 0
call 131
if r0 == 0 goto x
if r6 == r7 goto x
r7 += 1
if r7 != 600 goto l
x: r0 = 0
exit
=> reject unsupported
: references in deep frames
map: 1 ringbuf 0 0 4096
r6 = *(u32 *)(r1 + 0)
r1 = r6
call a
r0 = 0
exit
a: r6 = r1
call b
r0 = 0
exit
b: r6 = r1
r7 = 0
*(u64 *)(r10 - 512) = 1
l: r1 = map_fd[1] ll
r2 = 8
r3 = 0
call 131
if r0 == 0 goto +2
*(u64 *)(r10 - 8) = r0
if r6 == r7 goto x
r7 += 1
if r7 != 500 goto l
x: r0 = 0
exit
=> reject ref.leak
: references in a callback
map: 1 ringbuf 0 0 4096
func: 0 main static
func: 8 f static
r1 = 1000
r2 = func f ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
f: r1 = map_fd[1] ll
r2 = 8
r3 = 0
call 131
r0 = 0
exit
=> reject ref.leak
: references released in a callback
map: 1 ringbuf 0 0 4096
func: 0 main static
func: 16 f static
r1 = map_fd[1] ll
r2 = 8
r3 = 0
call 131
if r0 == 0 goto x
*(u64 *)(r10 - 8) = r0
r1 = 2
r2 = func f ll
r3 = r10
r3 += -8
r4 = 0
call 181
x: r0 = 0
exit
f: r1 = *(u64 *)(r2 + 0)
r2 = 0
call 132
r0 = 0
exit
=> reject ref.leak
: endless loop around a function with a callback
func: 0 main static
func: 5 g static
func: 13 f static
r6 = *(u32 *)(r1 + 0)
l: call g
if r6 != 7 goto l
r0 = 0
exit
g: r1 = 10
r2 = func f ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
f: r0 = 0
exit
=> reject loop.infinite
kernel: accept
: endless loop in a callback around a callback
func: 0 main static
func: 9 g static
func: 19 f static
r6 = *(u32 *)(r1 + 0)
r1 = 10
r2 = func g ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
g: r6 = r1
l: r1 = 10
r2 = func f ll
r3 = 0
r4 = 0
call 181
if r6 != 7 goto l
r0 = 0
exit
f: r0 = 0
exit
=> reject loop.infinite
kernel: accept
: mask of a sign as an index, or
map: 1 array 4 16 1
r6 = *(u32 *)(r1 + 0)
r7 = map_value_fd[1] ll
r6 <<= 32
r6 s>>= 63
r6 |= 16
r6 &= 23
r7 += r6
r0 = *(u8 *)(r7 + 0)
exit
=> reject map.oob
: mask of a sign as an index, and
map: 1 array 4 16 1
r6 = *(u32 *)(r1 + 0)
r7 = map_value_fd[1] ll
r6 <<= 32
r6 s>>= 63
r6 &= 15
r7 += r6
r0 = *(u8 *)(r7 + 0)
exit
=> accept
: mask of a sign behind a meeting of paths
map: 1 array 4 16 1
r6 = *(u32 *)(r1 + 0)
r8 = *(u32 *)(r1 + 4)
r7 = map_value_fd[1] ll
if r8 == 0 goto s
r6 <<= 32
r6 s>>= 63
goto m
s: r6 = 16
m: r6 &= 16
r6 >>= 1
if r8 == 1 goto +0
r7 += r6
r0 = *(u64 *)(r7 + 1)
exit
=> reject map.oob
: upper part of a pointer over a pointer
map: 1 array 4 16 1
r7 = map_value_fd[1] ll
*(u64 *)(r10 - 8) = r7
r2 = r10
r2 += -8
*(u32 *)(r2 + 4) = r2
r7 = *(u64 *)(r10 - 8)
r0 = *(u8 *)(r7 + 0)
exit
=> reject mem.not_a_pointer
: sign of a small spill changes the copy only
map: 1 array 4 16 1
r6 = *(u32 *)(r1 + 0)
r7 = map_value_fd[1] ll
*(u32 *)(r10 - 8) = r6
r8 = *(s32 *)(r10 - 8)
if r8 s> 15 goto x
if r6 s> 15 goto x
r7 += r8
r0 = *(u8 *)(r7 + 0)
exit
x: r0 = 0
exit
=> reject ptr.out_of_bounds
