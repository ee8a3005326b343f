# SPDX-License-Identifier: BSD-2-Clause
# What functions and callbacks hold when they end goes back to who called them.
: callback that reserves once in all rounds, the caller submits
type: xdp
map: 1 ringbuf 0 0 4096
func: 0 prog static ctx
func: 14 cb static int ctx
*(u64 *)(r10 - 8) = 0
r1 = 10
r2 = func cb ll
r3 = r10
r3 += -8
r4 = 0
call 181
r1 = *(u64 *)(r10 - 8)
if r1 == 0 goto x
r2 = 0
call 132
x: r0 = 1
exit
cb: r6 = r2
r1 = *(u64 *)(r6 + 0)
if r1 != 0 goto one
r1 = map_fd[1] ll
r2 = 8
r3 = 0
call 131
*(u64 *)(r6 + 0) = r0
one: r0 = 0
exit
=> accept
: tail call in a function whose caller holds a record
type: socket_filter
map: 1 ringbuf 0 0 4096
map: 2 prog_array 4 4 1
func: 0 prog static ctx
func: 15 sub static ctx
r6 = r1
r1 = map_fd[1] ll
r2 = 8
r3 = 0
call 131
if r0 == 0 goto x
r7 = r0
r1 = r6
call sub
r1 = r7
r2 = 0
call 132
x: r0 = 1
exit
sub: r2 = map_fd[2] ll
r3 = 0
call 12
r0 = 0
exit
=> accept
: tail call in a function that holds a record
type: socket_filter
map: 1 ringbuf 0 0 4096
map: 2 prog_array 4 4 1
func: 0 prog static ctx
func: 3 sub static ctx
call sub
r0 = 1
exit
sub: r6 = r1
r1 = map_fd[1] ll
r2 = 8
r3 = 0
call 131
if r0 == 0 goto x
r7 = r0
r1 = r6
r2 = map_fd[2] ll
r3 = 0
call 12
r1 = r7
r2 = 0
call 132
x: r0 = 0
exit
=> reject ref.leak
: callback that reserves in each round, the caller submits one
map: 1 ringbuf 0 0 4096
func: 0 prog static ctx
func: 14 cb static int ctx
*(u64 *)(r10 - 8) = 0
r1 = 10
r2 = func cb ll
r3 = r10
r3 += -8
r4 = 0
call 181
r1 = *(u64 *)(r10 - 8)
if r1 == 0 goto x
r2 = 0
call 132
x: r0 = 1
exit
cb: r6 = r2
r1 = map_fd[1] ll
r2 = 8
r3 = 0
call 131
*(u64 *)(r6 + 0) = r0
r0 = 0
exit
=> reject ref.leak
: callback that reserves in one round and submits in the next
map: 1 ringbuf 0 0 4096
func: 0 prog static ctx
func: 14 cb static int ctx
*(u64 *)(r10 - 8) = 0
r1 = 10
r2 = func cb ll
r3 = r10
r3 += -8
r4 = 0
call 181
r1 = *(u64 *)(r10 - 8)
if r1 == 0 goto x
r2 = 0
call 132
x: r0 = 1
exit
cb: r6 = r2
r1 = *(u64 *)(r6 + 0)
if r1 != 0 goto two
r1 = map_fd[1] ll
r2 = 8
r3 = 0
call 131
*(u64 *)(r6 + 0) = r0
r0 = 0
exit
two: r2 = 0
call 132
*(u64 *)(r6 + 0) = 0
r0 = 0
exit
=> accept
: ... and leaves it where the caller looks for it
map: 1 ringbuf 0 0 4096
func: 0 prog static ctx
func: 14 cb static int ctx
*(u64 *)(r10 - 8) = 0
r1 = 10
r2 = func cb ll
r3 = r10
r3 += -8
r4 = 0
call 181
r1 = *(u64 *)(r10 - 8)
if r1 == 0 goto x
r2 = 0
call 132
x: r0 = 1
exit
cb: r6 = r2
r1 = *(u64 *)(r6 + 0)
if r1 != 0 goto two
r1 = map_fd[1] ll
r2 = 8
r3 = 0
call 131
*(u64 *)(r6 + 0) = r0
r0 = 0
exit
two: r2 = 0
call 132
r0 = 0
exit
=> reject call.arg_type
: callback that writes to a record of an earlier round, which is gone
map: 1 ringbuf 0 0 4096
func: 0 prog static ctx
func: 15 cb static int ctx
*(u64 *)(r10 - 8) = 0
*(u64 *)(r10 - 16) = 0
r1 = 10
r2 = func cb ll
r3 = r10
r3 += -16
r4 = 0
call 181
r1 = *(u64 *)(r10 - 8)
if r1 == 0 goto x
r2 = 0
call 132
x: r0 = 1
exit
cb: r6 = r2
r7 = *(u64 *)(r6 + 0)
if r7 != 0 goto two
r1 = map_fd[1] ll
r2 = 8
r3 = 0
call 131
if r0 == 0 goto y
*(u64 *)(r6 + 0) = r0
*(u64 *)(r6 + 8) = r0
y: r0 = 0
exit
two: *(u64 *)(r7 + 0) = 1
r1 = *(u64 *)(r6 + 8)
if r1 == 0 goto y
r2 = 0
call 132
*(u64 *)(r6 + 8) = 0
r0 = 0
exit
=> reject mem.not_a_pointer
: callback that leaves a lock taken
type: xdp
map: 1 array 4 16 1 lock=0
func: 0 prog static ctx
func: 19 cb static int ctx
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
*(u64 *)(r10 - 16) = r0
r1 = 2
r2 = func cb ll
r3 = r10
r3 += -16
r4 = 0
call 181
x: r0 = 1
exit
cb: r1 = *(u64 *)(r2 + 0)
call 93
r0 = 0
exit
=> reject lock.leak
: tail call in a callback, which holds what the caller gives back
map: 1 ringbuf 0 0 4096
map: 2 prog_array 4 4 1
func: 0 prog static ctx
func: 15 cb static int ctx
*(u64 *)(r10 - 8) = 0
*(u64 *)(r10 - 16) = r1
r1 = 10
r2 = func cb ll
r3 = r10
r3 += -16
r4 = 0
call 181
r1 = *(u64 *)(r10 - 8)
if r1 == 0 goto x
r2 = 0
call 132
x: r0 = 1
exit
cb: r6 = r2
r1 = *(u64 *)(r6 + 8)
if r1 != 0 goto one
r1 = map_fd[1] ll
r2 = 8
r3 = 0
call 131
*(u64 *)(r6 + 8) = r0
one: r1 = *(u64 *)(r6 + 0)
r2 = map_fd[2] ll
r3 = 0
call 12
r0 = 0
exit
=> reject call.callback_return
: key of an array kept after the call, whose memory it was in
type: xdp
map: 1 array 4 8 4
func: 0 prog static ctx
func: 14 cb static int ctx
*(u64 *)(r10 - 8) = 0
r1 = map_fd[1] ll
r2 = func cb ll
r3 = r10
r3 += -8
r4 = 0
call 164
r1 = *(u64 *)(r10 - 8)
if r1 == 0 goto x
r0 = *(u32 *)(r1 + 0)
x: r0 = 1
exit
cb: *(u64 *)(r4 + 0) = r2
r0 = 0
exit
=> reject mem.not_a_pointer
kernel: accept
: key of a hash table kept after the call
type: xdp
map: 1 hash 4 8 4
func: 0 prog static ctx
func: 14 cb static int ctx
*(u64 *)(r10 - 8) = 0
r1 = map_fd[1] ll
r2 = func cb ll
r3 = r10
r3 += -8
r4 = 0
call 164
r1 = *(u64 *)(r10 - 8)
if r1 == 0 goto x
r0 = *(u32 *)(r1 + 0)
x: r0 = 1
exit
cb: *(u64 *)(r4 + 0) = r2
r0 = 0
exit
=> accept
: key of an element, used after the callback went through another array
type: xdp
map: 1 array 4 8 4
map: 2 array 4 8 2
func: 0 prog static ctx
func: 10 outer static int ctx
func: 25 inner static int ctx
*(u64 *)(r10 - 8) = 0
r1 = map_fd[1] ll
r2 = func outer ll
r3 = 0
r4 = 0
call 164
r0 = 1
exit
outer: r6 = r2
*(u64 *)(r10 - 8) = 0
r1 = map_fd[2] ll
r2 = func inner ll
r3 = r10
r3 += -8
r4 = 0
call 164
r0 = *(u32 *)(r6 + 0)
r0 = *(u64 *)(r10 - 8)
if r0 == 0 goto y
y: r0 = 0
exit
inner: *(u64 *)(r4 + 0) = r2
r0 = 0
exit
=> accept
: key of an element, of another array, used after the callback went through another array
type: xdp
map: 1 array 4 8 4
map: 2 array 4 8 2
func: 0 prog static ctx
func: 10 outer static int ctx
func: 26 inner static int ctx
*(u64 *)(r10 - 8) = 0
r1 = map_fd[1] ll
r2 = func outer ll
r3 = 0
r4 = 0
call 164
r0 = 1
exit
outer: r6 = r2
*(u64 *)(r10 - 8) = 0
r1 = map_fd[2] ll
r2 = func inner ll
r3 = r10
r3 += -8
r4 = 0
call 164
r0 = *(u32 *)(r6 + 0)
r1 = *(u64 *)(r10 - 8)
if r1 == 0 goto y
r0 = *(u32 *)(r1 + 0)
y: r0 = 0
exit
inner: *(u64 *)(r4 + 0) = r2
r0 = 0
exit
=> reject mem.not_a_pointer
kernel: accept
: dynptr that was lent to a callback, kept after the call
type: xdp
map: 1 user_ringbuf 0 0 4096
func: 0 prog static ctx
func: 19 cb static int ctx
*(u64 *)(r10 - 8) = 0
r1 = map_fd[1] ll
r2 = func cb ll
r3 = r10
r3 += -8
r4 = 0
call 209
r3 = *(u64 *)(r10 - 8)
if r3 == 0 goto x
r1 = r10
r1 += -24
r2 = 8
r4 = 0
r5 = 0
call 201
x: r0 = 1
exit
cb: *(u64 *)(r2 + 0) = r1
r0 = 0
exit
=> reject call.arg_type
: bytes that are not there end a function that holds a record
type: socket_filter
map: 1 ringbuf 0 0 4096
func: 0 prog static ctx
func: 3 sub static ctx
call sub
r0 = 1
exit
sub: r6 = r1
r1 = map_fd[1] ll
r2 = 8
r3 = 0
call 131
if r0 == 0 goto x
r7 = r0
r0 = *(u8 *)skb[4]
r1 = r7
r2 = 0
call 132
x: r0 = 0
exit
=> reject ref.leak
: bytes that are not there end a function whose caller holds a record
type: socket_filter
map: 1 ringbuf 0 0 4096
func: 0 prog static ctx
func: 15 sub static ctx
r6 = r1
r1 = map_fd[1] ll
r2 = 8
r3 = 0
call 131
if r0 == 0 goto x
r7 = r0
r1 = r6
call sub
r1 = r7
r2 = 0
call 132
x: r0 = 1
exit
sub: r6 = r1
r0 = *(u8 *)skb[4]
r0 = 0
exit
=> accept
: callback of a timer, which has nobody to give a record to
type: xdp
map: 1 array 4 24 1 timer=0
map: 2 ringbuf 0 0 4096
func: 0 prog static ctx
func: 13 cb static int ctx
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r1 = r0
r2 = func cb ll
call 170
x: r0 = 1
exit
cb: r1 = map_fd[2] ll
r2 = 8
r3 = 0
call 131
r0 = 0
exit
=> reject ref.leak
: callback within the callback of a timer
type: xdp
map: 1 array 4 24 1 timer=0
map: 2 ringbuf 0 0 4096
func: 0 prog static ctx
func: 13 cb static int ctx
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r1 = r0
r2 = func cb ll
call 170
x: r0 = 1
exit
cb: r1 = 10
r2 = func in ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
in: r1 = map_fd[2] ll
r2 = 8
r3 = 0
call 131
r0 = 0
exit
=> reject ref.leak
: callback that submits and reserves the caller's dynptr anew
type: xdp
map: 1 ringbuf 0 0 4096
func: 0 prog static ctx
func: 21 cb static int ctx
*(u64 *)(r10 - 24) = 0
r1 = map_fd[1] ll
r2 = 8
r3 = 0
r4 = r10
r4 += -16
call 198
r1 = 5
r2 = func cb ll
r3 = r10
r3 += -24
r4 = 0
call 181
r1 = r10
r1 += -16
r2 = 0
call 199
r0 = 0
exit
cb: r6 = r2
r1 = r6
r1 += 8
r2 = 0
call 199
r1 = map_fd[1] ll
r2 = 8
r3 = 0
r4 = r6
r4 += 8
call 198
r0 = 0
exit
=> accept
: callback that leaves its own dynptr behind
type: xdp
map: 1 ringbuf 0 0 4096
func: 0 prog static ctx
func: 8 cb static int ctx
r1 = 1
r2 = func cb ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
cb: r1 = map_fd[1] ll
r2 = 8
r3 = 0
r4 = r10
r4 += -16
call 198
r0 = 0
exit
=> reject ref.leak
: a callback's context that is no pointer, where another path had none
type: sched_cls
func: 0 prog static ctx
func: 25 cb static int ctx
call 7
r9 = r0
if r9 == 5 goto other
r7 = 0
r5 = 0
r5 = 0
r5 = 0
r5 = 0
r5 = 0
r5 = 0
r5 = 0
r5 = 0
r5 = 0
call 7
if r0 == 6 goto x
goto join
other: r7 = 5
join: r1 = 1
r2 = func cb ll
r3 = r7
r4 = 0
call 181
x: r0 = 0
exit
cb: if r2 == 0 goto y
r0 = *(u64 *)(r10 - 512)
y: r0 = 0
exit
=> reject call.arg_type
kernel: accept
