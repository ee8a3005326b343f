# SPDX-License-Identifier: BSD-2-Clause
# Functions that are called again (summaries.c): what was shown for one call's arguments is believed
# of another's only where it is so for them, too; what they return is what they return to that call.
: the number that was known the first time
map: 1 array 4 16 1
r6 = r1
r1 = 3
call f
r1 = *(u32 *)(r6 + 0)
call f
r0 = 0
exit
f: r2 = map_value_fd[1] ll
r2 += r1
r0 = *(u8 *)(r2 + 0)
exit
=> reject mem.unbounded
: a number as narrow as the first
map: 1 array 4 16 1
r6 = r1
r1 = *(u32 *)(r6 + 0)
r1 &= 15
call f
r1 = *(u32 *)(r6 + 4)
r1 &= 7
call f
r1 = 12
call f
r0 = 0
exit
f: r2 = map_value_fd[1] ll
r2 += r1
r0 = *(u8 *)(r2 + 0)
exit
=> accept
: one that is wider by one
map: 1 array 4 16 1
r6 = r1
r1 = *(u32 *)(r6 + 0)
r1 &= 15
call f
r1 = *(u32 *)(r6 + 4)
r1 &= 15
r1 += 1
call f
r0 = 0
exit
f: r2 = map_value_fd[1] ll
r2 += r1
r0 = *(u8 *)(r2 + 0)
exit
=> reject mem.max
: a number that only the result is made of
map: 1 array 4 16 1
r6 = r1
r1 = 3
call f
r1 = *(u32 *)(r6 + 0)
call f
r1 = map_value_fd[1] ll
r1 += r0
r0 = *(u8 *)(r1 + 0)
exit
f: r0 = r1
r0 += 1
exit
=> reject mem.unbounded
: ... by way of a slot
map: 1 array 4 16 1
r6 = r1
r1 = 3
call f
r1 = *(u32 *)(r6 + 0)
call f
r1 = map_value_fd[1] ll
r1 += r0
r0 = *(u8 *)(r1 + 0)
exit
f: *(u64 *)(r10 - 8) = r1
r0 = *(u64 *)(r10 - 8)
exit
=> reject mem.unbounded
: ... by way of a branch
map: 1 array 4 16 1
r6 = r1
r1 = 3
call f
r1 = *(u32 *)(r6 + 0)
call f
r1 = map_value_fd[1] ll
r1 += r0
r0 = *(u8 *)(r1 + 0)
exit
f: r0 = 15
if r1 < 5 goto o
r0 = 16
o: exit
=> reject map.oob
: ... and every result is inside
map: 1 array 4 16 1
r6 = r1
r1 = 3
call f
r1 = *(u32 *)(r6 + 0)
call f
r1 = map_value_fd[1] ll
r1 += r0
r0 = *(u8 *)(r1 + 0)
exit
f: r0 = 15
if r1 < 5 goto o
r0 = 14
o: exit
=> accept
: ... where paths of the function meet
map: 1 array 4 16 1
r6 = r1
r1 = *(u32 *)(r6 + 0)
call f
r7 = r0
r1 = *(u32 *)(r6 + 4)
call f
r0 += r7
r1 = map_value_fd[1] ll
r1 += r0
r0 = *(u8 *)(r1 + 0)
exit
f: r0 = 7
if r1 < 5 goto o
r0 = 8
o: r2 = 1
r2 = 2
exit
=> reject map.oob
: ... and their sum is inside
map: 1 array 4 16 1
r6 = r1
r1 = *(u32 *)(r6 + 0)
call f
r7 = r0
r1 = *(u32 *)(r6 + 4)
call f
r0 += r7
r1 = map_value_fd[1] ll
r1 += r0
r0 = *(u8 *)(r1 + 0)
exit
f: r0 = 7
if r1 < 5 goto o
r0 = 6
o: r2 = 1
r2 = 2
exit
=> accept
: more results than are kept
map: 1 array 4 64 1
r6 = r1
r1 = *(u32 *)(r6 + 0)
call f
r1 = *(u32 *)(r6 + 4)
call f
r1 = map_value_fd[1] ll
r1 += r0
r0 = *(u8 *)(r1 + 0)
exit
f: r0 = 0
if r1 == 100 goto o
r0 = 3
if r1 == 101 goto o
r0 = 6
if r1 == 102 goto o
r0 = 9
if r1 == 103 goto o
r0 = 12
if r1 == 104 goto o
r0 = 15
if r1 == 105 goto o
r0 = 18
if r1 == 106 goto o
r0 = 21
if r1 == 107 goto o
r0 = 24
if r1 == 108 goto o
r0 = 27
if r1 == 109 goto o
r0 = 30
if r1 == 110 goto o
r0 = 33
if r1 == 111 goto o
r0 = 36
if r1 == 112 goto o
r0 = 39
if r1 == 113 goto o
r0 = 42
if r1 == 114 goto o
r0 = 45
if r1 == 115 goto o
r0 = 48
if r1 == 116 goto o
r0 = 51
if r1 == 117 goto o
r0 = 54
o: exit
=> accept
: ... of which the last is outside
map: 1 array 4 54 1
r6 = r1
r1 = *(u32 *)(r6 + 0)
call f
r1 = *(u32 *)(r6 + 4)
call f
r1 = map_value_fd[1] ll
r1 += r0
r0 = *(u8 *)(r1 + 0)
exit
f: r0 = 0
if r1 == 100 goto o
r0 = 3
if r1 == 101 goto o
r0 = 6
if r1 == 102 goto o
r0 = 9
if r1 == 103 goto o
r0 = 12
if r1 == 104 goto o
r0 = 15
if r1 == 105 goto o
r0 = 18
if r1 == 106 goto o
r0 = 21
if r1 == 107 goto o
r0 = 24
if r1 == 108 goto o
r0 = 27
if r1 == 109 goto o
r0 = 30
if r1 == 110 goto o
r0 = 33
if r1 == 111 goto o
r0 = 36
if r1 == 112 goto o
r0 = 39
if r1 == 113 goto o
r0 = 42
if r1 == 114 goto o
r0 = 45
if r1 == 115 goto o
r0 = 48
if r1 == 116 goto o
r0 = 51
if r1 == 117 goto o
r0 = 54
o: exit
=> reject map.oob
: a number in place of a pointer
map: 1 array 4 16 1
r6 = r1
r1 = map_value_fd[1] ll
call f
r1 = *(u32 *)(r6 + 0)
call f
r0 = 0
exit
f: r0 = *(u8 *)(r1 + 0)
exit
=> reject mem.not_a_pointer
: a pointer in place of a number, returned
map: 1 array 4 16 1
r6 = r1
r1 = *(u32 *)(r6 + 0)
call f
r1 = map_value_fd[1] ll
call f
r0 = *(u8 *)(r0 + 0)
r1 = 5
call f
r0 = *(u8 *)(r0 + 0)
exit
f: r0 = r1
exit
=> reject mem.not_a_pointer
: a pointer further in
map: 1 array 4 16 1
r6 = r1
r1 = map_value_fd[1] ll
call f
r1 = map_value_fd[1] ll
r1 += 8
call f
r1 = map_value_fd[1] ll
r1 += 9
call f
r0 = 0
exit
f: r0 = *(u64 *)(r1 + 0)
exit
=> reject map.oob
: ... which is returned
map: 1 array 4 16 1
r6 = r1
r1 = map_value_fd[1] ll
call f
r1 = map_value_fd[1] ll
r1 += 12
call f
r0 = *(u64 *)(r0 + 0)
exit
f: r2 = r1
r0 = r2
exit
=> reject map.oob
: a value of another map
map: 1 array 4 16 1
map: 2 array 4 8 1
r1 = map_value_fd[1] ll
call f
r1 = map_value_fd[2] ll
call f
r0 = 0
exit
f: r0 = *(u64 *)(r1 + 8)
exit
=> reject map.oob
: may be NULL the second time
map: 1 array 4 16 1
map: 2 hash 4 16 1
r1 = map_value_fd[1] ll
call f
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[2] ll
call 1
r1 = r0
call f
r0 = 0
exit
f: r0 = *(u8 *)(r1 + 0)
exit
=> reject mem.nullable
: NULL in the result of one path only
map: 1 array 4 16 1
r6 = r1
r1 = 0
call f
r1 = 1
call f
r0 = *(u8 *)(r0 + 0)
exit
f: *(u32 *)(r10 - 4) = r1
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
exit
=> reject mem.nullable
: what two calls return is not one value
map: 1 array 4 16 1
r1 = 0
call f
r6 = r0
r1 = 1
call f
r7 = r0
if r6 == 0 goto o
r0 = *(u8 *)(r7 + 0)
o: r0 = 0
exit
f: *(u32 *)(r10 - 4) = r1
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
exit
=> reject mem.nullable
: what the function finds out, the caller knows
map: 1 hash 4 16 1
r6 = 2
l: *(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
r7 = r0
r1 = r0
call f
if r0 == 0 goto n
r0 = *(u8 *)(r7 + 0)
n: r6 += -1
if r6 != 0 goto l
r0 = 0
exit
f: r0 = 0
if r1 == 0 goto o
r0 = 1
o: exit
=> accept
: ... of a number that is a copy
map: 1 array 4 16 1
r6 = r1
r7 = *(u32 *)(r6 + 0)
r1 = r7
call f
r8 = *(u32 *)(r6 + 4)
r1 = r8
call f
if r0 == 0 goto o
r1 = map_value_fd[1] ll
r1 += r8
r0 = *(u8 *)(r1 + 0)
o: r0 = 0
exit
f: r0 = 0
if r1 > 15 goto n
r0 = 1
n: exit
=> accept
: ... of another number
map: 1 array 4 16 1
r6 = r1
r7 = *(u32 *)(r6 + 0)
r1 = r7
call f
r8 = *(u32 *)(r6 + 4)
r1 = r8
call f
if r0 == 0 goto o
r1 = map_value_fd[1] ll
r1 += r7
r0 = *(u8 *)(r1 + 0)
o: r0 = 0
exit
f: r0 = 0
if r1 > 15 goto n
r0 = 1
n: exit
=> reject mem.min
: two arguments that are copies of each other
map: 1 array 4 16 1
r6 = r1
r1 = *(u32 *)(r6 + 0)
r2 = r1
call f
r1 = *(u32 *)(r6 + 0)
r2 = *(u32 *)(r6 + 4)
call f
r0 = 0
exit
f: r0 = 0
if r1 > 15 goto o
r3 = map_value_fd[1] ll
r3 += r2
r0 = *(u8 *)(r3 + 0)
o: exit
=> reject mem.unbounded
: the caller's stack
map: 1 array 4 16 1
r6 = r1
*(u64 *)(r10 - 8) = 1
r1 = r10
r1 += -8
call f
r1 = *(u32 *)(r6 + 0)
*(u64 *)(r10 - 8) = r1
r1 = r10
r1 += -8
call f
r1 = map_value_fd[1] ll
r1 += r0
r0 = *(u8 *)(r1 + 0)
exit
f: r0 = *(u64 *)(r1 + 0)
exit
=> reject mem.unbounded
: ... which the function writes to
map: 1 array 4 16 1
r6 = r1
*(u64 *)(r10 - 8) = 1
r1 = r10
r1 += -8
call f
*(u64 *)(r10 - 8) = 2
r1 = r10
r1 += -8
call f
r0 = *(u64 *)(r10 - 8)
r1 = map_value_fd[1] ll
r1 += r0
r0 = *(u8 *)(r1 + 0)
exit
f: *(u64 *)(r1 + 0) = 99
r0 = 0
exit
=> reject map.oob
: packet pointers end with the function that moves the packet
type: sched_cls
r6 = r1
r1 = r6
call f
r7 = *(u32 *)(r6 + 76)
r8 = *(u32 *)(r6 + 80)
r2 = r7
r2 += 8
if r2 > r8 goto o
r1 = r6
call f
r0 = *(u8 *)(r7 + 0)
o: r0 = 0
exit
f: r2 = 20
call 39
r0 = 0
exit
=> reject mem.not_a_pointer
: bytes of the packet, shown within the function
type: sched_cls
r6 = r1
r1 = *(u32 *)(r6 + 76)
r2 = *(u32 *)(r6 + 80)
r3 = r1
r3 += 8
if r3 > r2 goto o
call f
r1 = *(u32 *)(r6 + 76)
r2 = *(u32 *)(r6 + 80)
call f
o: r0 = 0
exit
f: r0 = *(u64 *)(r1 + 0)
exit
=> reject packet.oob
: a reference that the function leaves
map: 1 ringbuf 0 0 4096
r1 = map_fd[1] ll
call f
if r0 == 0 goto o
r1 = r0
r2 = 0
call 133
r1 = map_fd[1] ll
call f
if r0 == 0 goto o
r0 = 0
o: exit
f: r2 = 8
r3 = 0
call 131
exit
=> reject ref.leak
: ... and the caller gives back
map: 1 ringbuf 0 0 4096
r1 = map_fd[1] ll
call f
if r0 == 0 goto o
r1 = r0
r2 = 0
call 133
r1 = map_fd[1] ll
call f
if r0 == 0 goto o
r1 = r0
r2 = 0
call 133
o: r0 = 0
exit
f: r2 = 8
r3 = 0
call 131
exit
=> accept
: a lock that the function takes
type: sched_cls
map: 1 array 4 16 1 lock=0
r6 = 2
l: *(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto o
r1 = r0
call f
r6 += -1
if r6 != 0 goto l
o: r0 = 0
exit
f: call 93
r0 = 0
exit
=> reject call.lock_held
: called with a lock held, and without
type: sched_cls
map: 1 array 4 16 1 lock=0
r1 = 1
call f
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto o
r6 = r0
r1 = r0
call 93
r1 = 1
call f
r1 = r6
call 94
o: r0 = 0
exit
f: call 7
exit
=> reject call.lock_held
: a loop around calls
map: 1 array 4 16 1
r6 = 0
l: r1 = r6
call f
r6 += 1
if r6 < 17 goto l
r0 = 0
exit
f: r2 = map_value_fd[1] ll
r2 += r1
r0 = *(u8 *)(r2 + 0)
exit
=> reject map.oob
: ... one round less
map: 1 array 4 16 1
r6 = 0
l: r1 = r6
call f
r6 += 1
if r6 < 16 goto l
r0 = 0
exit
f: r2 = map_value_fd[1] ll
r2 += r1
r0 = *(u8 *)(r2 + 0)
exit
=> accept
: ... that what the function returns ends
limit: visits 20000
r6 = 0
l: r1 = r6
call f
r6 = r0
if r6 != 5 goto l
r0 = 0
exit
f: r0 = r1
r0 += 1
r0 &= 3
exit
=> reject loop.infinite
: a loop within the function
map: 1 array 4 16 1
r1 = 16
call f
r1 = 17
call f
r0 = 0
exit
f: r0 = 0
l: r2 = map_value_fd[1] ll
r2 += r0
r3 = *(u8 *)(r2 + 0)
r0 += 1
if r0 < r1 goto l
exit
=> reject map.oob
: ... that ends the first time only
limit: visits 20000
r1 = 16
call f
r1 = -1
call f
r0 = 0
exit
f: r0 = 0
l: r0 += 1
r0 &= 31
if r0 != r1 goto l
exit
=> reject loop.infinite
: functions that call functions
map: 1 array 4 16 1
r6 = r1
r1 = *(u32 *)(r6 + 0)
r1 &= 3
call f
r1 = *(u32 *)(r6 + 0)
r1 &= 7
call f
r0 = 0
exit
f: r6 = r1
call g
r1 = r6
r1 += r0
call g
exit
g: r2 = map_value_fd[1] ll
r2 += r1
r0 = *(u8 *)(r2 + 0)
r0 = r1
exit
=> accept
: ... once too far
map: 1 array 4 16 1
r6 = r1
r1 = *(u32 *)(r6 + 0)
r1 &= 3
call f
r1 = *(u32 *)(r6 + 0)
r1 &= 15
call f
r0 = 0
exit
f: r6 = r1
call g
r1 = r6
r1 += r0
call g
exit
g: r2 = map_value_fd[1] ll
r2 += r1
r0 = *(u8 *)(r2 + 0)
r0 = r1
exit
=> reject mem.max
: states of the caller that differ in what a summarised call needed
map: 1 array 4 16 1
r6 = r1
r1 = 3
call f
r7 = 3
r1 = *(u32 *)(r6 + 0)
if r1 == 0 goto j
r7 = 16
j: r1 = r7
call f
r0 = 0
exit
f: r2 = map_value_fd[1] ll
r2 += r1
r0 = *(u8 *)(r2 + 0)
exit
=> reject map.oob
: ... in what it returned
map: 1 array 4 16 1
r6 = r1
r1 = 3
call f
r7 = 3
r1 = *(u32 *)(r6 + 0)
if r1 == 0 goto j
r7 = 16
j: r1 = r7
call f
r1 = map_value_fd[1] ll
r1 += r0
r0 = *(u8 *)(r1 + 0)
exit
f: r0 = r1
exit
=> reject map.oob
: nothing is returned the second time
r6 = r1
r1 = 0
call f
r1 = 1
call f
exit
f: if r1 == 1 goto o
r0 = 0
o: exit
=> reject reg.uninit
: the function throws nothing away
type: sched_cls
kfunc: 1 bpf_throw
r6 = r1
r1 = 0
call f
r1 = *(u32 *)(r6 + 0)
call f
r0 = 0
exit
f: if r1 == 0 goto o
r1 = 0
call kfunc 1
o: r0 = 0
exit
=> accept
: a callback within
map: 1 array 4 16 1
func: 0 main static ctx
func: 7 f static int
func: 14 c static int ctx
r6 = r1
r1 = 4
call f
r1 = 64
call f
r0 = 0
exit
f: r2 = func c ll
r3 = 0
r4 = 0
call 181
r0 = 0
exit
c: r2 = map_value_fd[1] ll
r2 += r1
r0 = *(u8 *)(r2 + 0)
r0 = 0
exit
=> reject ptr.math_unbounded
: a round that may be left within
map: 1 array 4 16 1
r6 = r1
r1 = 4
call f
r1 = *(u32 *)(r6 + 0)
call f
r0 = 0
exit
f: r0 = 0
l: may_goto o
r0 += 1
goto l
o: r2 = map_value_fd[1] ll
r2 += r1
r0 = *(u8 *)(r2 + 0)
exit
=> reject mem.unbounded
: too many frames the second time
r1 = 0
call a
r1 = 0
call g
r0 = 0
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
: more results than a later call has, too many for so few visits
limit: visits 700
map: 1 array 4 65600 1
r6 = *(u32 *)(r1 + 0)
r1 = r6
call f
r6 = 0
r1 = 9
call f
r6 += r0
r6 <<= 1
r1 = 9
call f
r6 += r0
r6 <<= 1
r1 = 9
call f
r6 += r0
r6 <<= 1
r1 = 9
call f
r6 += r0
r6 <<= 1
r1 = 9
call f
r6 += r0
r6 <<= 1
r1 = 9
call f
r6 += r0
r6 <<= 1
r1 = 9
call f
r6 += r0
r6 <<= 1
r1 = 9
call f
r6 += r0
r7 = r6
r7 *= r7
r2 = map_value_fd[1] ll
r2 += r7
r0 = *(u8 *)(r2 + 0)
r0 = 0
exit
f: r0 = 1
if r1 > 5 goto o
r0 = 0
o: exit
=> accept
: the same, and one too far
map: 1 array 4 9 1
r6 = *(u32 *)(r1 + 0)
r1 = r6
call f
r6 = 0
r1 = 9
call f
r6 += r0
r6 <<= 1
r1 = 9
call f
r6 += r0
r7 = r6
r7 *= r7
r2 = map_value_fd[1] ll
r2 += r7
r0 = *(u8 *)(r2 + 0)
r0 = 0
exit
f: r0 = 1
if r1 > 5 goto o
r0 = 0
o: exit
=> reject map.oob
: an instruction that a result led to which this call does not have
map: 1 array 4 16 1
r6 = r1
r1 = *(u32 *)(r6 + 0)
call f
r1 = 9
call f
r2 = r6
if r0 == 1 goto o
r2 = map_value_fd[1] ll
o: r0 = *(u32 *)(r2 + 0)
r0 = 0
exit
f: r0 = 1
if r1 > 5 goto o2
r0 = 0
o2: exit
=> accept
: a mistake where nothing was called yet
map: 1 array 4 16 1
r6 = r1
r1 = *(u32 *)(r6 + 0)
if r1 > 100 goto far
r1 = 3
call f
r1 = 4
call f
r0 = 0
exit
far: r2 = map_value_fd[1] ll
r2 += r1
r0 = *(u8 *)(r2 + 0)
exit
f: r2 = map_value_fd[1] ll
r2 += r1
r0 = *(u8 *)(r2 + 0)
exit
=> reject mem.min
: a pointer that is anywhere in an interval, then at one place of it, comes back
map: 1 array 4 16 1
r6 = r1
r1 = *(u32 *)(r6 + 0)
r1 &= 1
r2 = map_value_fd[1] ll
r1 += r2
call f
r0 = *(u8 *)(r0 + 0)
r1 = *(u32 *)(r6 + 4)
r1 &= 1
r2 = map_value_fd[1] ll
r1 += r2
call f
r0 = *(u8 *)(r0 + 0)
r1 = map_value_fd[1] ll
call f
r0 = *(u8 *)(r0 + 0)
r0 = 0
exit
f: r0 = r1
exit
=> accept
