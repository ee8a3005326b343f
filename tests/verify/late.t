# SPDX-License-Identifier: BSD-2-Clause
# Loops that do something else in late rounds with what they hold: records, locks, iterators.  Linux
# walks each round.
: ring record reserved in a late round only leaks
map: 1 ringbuf 0 0 4096
limit: visits 50000
r6 = 0
l: if r6 != 77 goto m
r1 = map_fd[1] ll
r2 = 8
r3 = 0
call 131
m: r6 += 1
if r6 < 200 goto l
r0 = 0
exit
=> reject ref.leak
kernel: skip walks each round
: ring record reserved and submitted every round
map: 1 ringbuf 0 0 4096
limit: visits 50000
r6 = 0
l: r1 = map_fd[1] ll
r2 = 8
r3 = 0
call 131
if r0 == 0 goto m
*(u64 *)(r0 + 0) = 1
r1 = r0
r2 = 0
call 132
m: r6 += 1
if r6 < 2000 goto l
r0 = 0
exit
=> accept
kernel: skip walks each round
: ... and not in round 150
map: 1 ringbuf 0 0 4096
limit: visits 50000
r6 = 0
l: r1 = map_fd[1] ll
r2 = 8
r3 = 0
call 131
if r0 == 0 goto m
r1 = r0
r2 = 0
if r6 == 150 goto m
call 132
m: r6 += 1
if r6 < 2000 goto l
r0 = 0
exit
=> reject ref.leak
kernel: skip walks each round
: ... submitted twice in round 150
map: 1 ringbuf 0 0 4096
limit: visits 50000
r6 = 0
l: r1 = map_fd[1] ll
r2 = 8
r3 = 0
call 131
if r0 == 0 goto m
r7 = r0
r1 = r0
r2 = 0
call 132
if r6 != 150 goto m
*(u64 *)(r7 + 0) = 1
m: r6 += 1
if r6 < 2000 goto l
r0 = 0
exit
=> reject mem.not_a_pointer
kernel: skip walks each round
: carried over a round: reserved in one, submitted in the next
map: 1 ringbuf 0 0 4096
limit: visits 50000
r6 = 0
r7 = 0
l: if r7 == 0 goto n
r1 = r7
r2 = 0
call 132
n: r1 = map_fd[1] ll
r2 = 8
r3 = 0
call 131
r7 = r0
r6 += 1
if r6 < 300 goto l
if r7 == 0 goto x
r1 = r7
r2 = 0
call 132
x: r0 = 0
exit
=> accept
kernel: skip walks each round
: ... but the last
map: 1 ringbuf 0 0 4096
limit: visits 50000
r6 = 0
r7 = 0
l: if r7 == 0 goto n
r1 = r7
r2 = 0
call 132
n: r1 = map_fd[1] ll
r2 = 8
r3 = 0
call 131
r7 = r0
r6 += 1
if r6 < 300 goto l
r0 = 0
exit
=> reject ref.leak
kernel: skip walks each round
: locked in every round
type: sched_cls
map: 1 array 4 16 1 lock=0
limit: visits 50000
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r6 = r0
r7 = 0
l: r1 = r6
call 93
*(u64 *)(r6 + 8) = r7
r1 = r6
call 94
r7 += 1
if r7 < 2000 goto l
x: r0 = 0
exit
=> accept
kernel: skip walks each round
: ... not unlocked in round 150
type: sched_cls
map: 1 array 4 16 1 lock=0
limit: visits 50000
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r6 = r0
r7 = 0
l: r1 = r6
call 93
*(u64 *)(r6 + 8) = r7
r1 = r6
if r7 == 150 goto m
call 94
m: r7 += 1
if r7 < 2000 goto l
x: r0 = 0
exit
=> reject call.lock_held
kernel: skip walks each round
: a counted loop under the lock
type: sched_cls
map: 1 array 4 16 1 lock=0
limit: visits 50000
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r6 = r0
r7 = 0
r1 = r6
call 93
l: *(u64 *)(r6 + 8) = r7
r7 += 1
if r7 < 2000 goto l
r1 = r6
call 94
x: r0 = 0
exit
=> accept
kernel: skip walks each round
: ... unlocked in round 150
type: sched_cls
map: 1 array 4 16 1 lock=0
limit: visits 50000
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r6 = r0
r7 = 0
r1 = r6
call 93
l: if r7 != 150 goto m
r1 = r6
call 94
m: r7 += 1
if r7 < 2000 goto l
r1 = r6
call 94
x: r0 = 0
exit
=> reject lock.not_held
kernel: skip walks each round
: counted loop inside an iterator
type: kprobe
kfunc: 1 bpf_iter_num_new
kfunc: 2 bpf_iter_num_next
kfunc: 3 bpf_iter_num_destroy
limit: visits 50000
r1 = r10
r1 += -8
r2 = 0
r3 = 1000
call kfunc 1
n: r1 = r10
r1 += -8
call kfunc 2
if r0 == 0 goto d
r6 = 0
l: r6 += 1
if r6 < 1000 goto l
goto n
d: r1 = r10
r1 += -8
call kfunc 3
r0 = 0
exit
=> accept
kernel: skip walks each round
: iterator inside a counted loop, never destroyed in a late round
type: kprobe
kfunc: 1 bpf_iter_num_new
kfunc: 2 bpf_iter_num_next
kfunc: 3 bpf_iter_num_destroy
limit: visits 50000
r7 = 0
k: r1 = r10
r1 += -8
r2 = 0
r3 = 10
call kfunc 1
n: r1 = r10
r1 += -8
call kfunc 2
if r0 != 0 goto n
if r7 == 500 goto e
r1 = r10
r1 += -8
call kfunc 3
e: r7 += 1
if r7 < 1000 goto k
r0 = 0
exit
=> reject iter.init
kernel: skip walks each round
: iterator inside a counted loop
type: kprobe
kfunc: 1 bpf_iter_num_new
kfunc: 2 bpf_iter_num_next
kfunc: 3 bpf_iter_num_destroy
limit: visits 50000
r7 = 0
k: r1 = r10
r1 += -8
r2 = 0
r3 = 10
call kfunc 1
n: r1 = r10
r1 += -8
call kfunc 2
if r0 != 0 goto n
r1 = r10
r1 += -8
call kfunc 3
r7 += 1
if r7 < 1000 goto k
r0 = 0
exit
=> accept
kernel: skip walks each round
: an iterator that is overwritten by a counter of its rounds
type: kprobe
kfunc: 1 bpf_iter_num_new
kfunc: 2 bpf_iter_num_next
kfunc: 3 bpf_iter_num_destroy
limit: visits 50000
r7 = 0
r1 = r10
r1 += -8
r2 = 0
r3 = 1000
call kfunc 1
n: r1 = r10
r1 += -8
call kfunc 2
if r0 == 0 goto d
r7 += 1
r1 = r10
r1 += -64
if r7 > 40 goto n
r1 += r7
*(u8 *)(r1 + 16) = 0
goto n
d: r1 = r10
r1 += -8
call kfunc 3
r0 = 0
exit
=> reject iter.uninit
kernel: skip walks each round
: counted inside may_goto, index one too far
limit: visits 50000
r6 = 0
l: may_goto x
r1 = r10
r1 += -100
r1 += r6
*(u8 *)(r1 + 0) = 0
r6 += 1
if r6 <= 100 goto l
r6 = 0
goto l
x: r0 = 0
exit
=> reject stack.oob
kernel: skip walks each round
