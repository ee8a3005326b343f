# SPDX-License-Identifier: BSD-2-Clause
# Two paths joined at a checkpoint where a pointer has another offset: what the first one needed of it
# must tell the second apart.  (`call 7` gives an unknown number; the first path is the one that falls
# through.)
: value: the second path is 8 further
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
if r9 == 5 goto other
goto join
other: r8 += 8
join: r0 = *(u64 *)(r8 + 8)
x: r0 = 0
exit
=> reject map.oob
: value: ... and still inside
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
if r9 == 5 goto other
goto join
other: r8 += 8
join: r0 = *(u64 *)(r8 + 0)
x: r0 = 0
exit
limit: visits 22
=> accept
: value: in front of it
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
r8 += 8
if r9 == 5 goto other
goto join
other: r8 += -4
join: r0 = *(u64 *)(r8 - 8)
x: r0 = 0
exit
=> reject map.oob
: value: through a spill
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
if r9 == 5 goto other
goto join
other: r8 += 8
join: *(u64 *)(r10 - 16) = r8
r8 = 0
r5 = *(u64 *)(r10 - 16)
r0 = *(u64 *)(r5 + 8)
x: r0 = 0
exit
=> reject map.oob
: value: spilled before the join
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
*(u64 *)(r10 - 16) = r8
if r9 == 5 goto other
goto join
other: r8 += 8
*(u64 *)(r10 - 16) = r8
join: r5 = *(u64 *)(r10 - 16)
r0 = *(u64 *)(r5 + 8)
x: r0 = 0
exit
=> reject map.oob
: value: a number is added that differs
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
r6 = 0
if r9 == 5 goto other
goto join
other: r6 = 12
join: r8 += r6
r0 = *(u64 *)(r8 + 0)
x: r0 = 0
exit
=> reject map.oob
: value: ... the pointer to the number
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
r6 = 0
if r9 == 5 goto other
goto join
other: r6 = 12
join: r6 += r8
r0 = *(u64 *)(r6 + 0)
x: r0 = 0
exit
=> reject map.oob
: value: ... that differs little
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
r6 = 0
if r9 == 5 goto other
goto join
other: r6 = 4
join: r6 += r8
r0 = *(u64 *)(r6 + 0)
x: r0 = 0
exit
limit: visits 24
=> accept
: value: the number is the same and the pointer is not
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
r6 = 4
if r9 == 5 goto other
goto join
other: r8 += 8
join: r8 += r6
r5 = r8
r0 = *(u64 *)(r5 + 0)
x: r0 = 0
exit
=> reject map.oob
: value: the number is below zero on one path
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
r6 = 4
if r9 == 5 goto other
goto join
other: r6 = -4
join: r8 += r6
r0 = *(u64 *)(r8 + 0)
x: r0 = 0
exit
=> reject map.oob
: value: the number may be below zero on one path
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
r6 = 2
if r9 == 5 goto other
goto join
other: r6 = r9
call 7
r6 = r0
r6 %= 7
r6 &= 12
r6 += -2
join: r8 += r6
r0 = *(u8 *)(r8 + 3)
x: r0 = 0
exit
=> reject mem.unbounded
: value: a number of 32 bits, sign extended by shifts
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
r6 = 1
if r9 == 5 goto other
goto join
other: r6 = 0xfffffff8 ll
join: r6 <<= 32
r6 s>>= 32
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject map.oob
: value: a number that was shifted
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
r6 = 1
if r9 == 5 goto other
goto join
other: r6 = 4
join: r6 <<= 2
r8 += r6
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject map.oob
: value: two sums, and the second alone is too much
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
r6 = 0
r7 = 0
if r9 == 5 goto other
goto join
other: r6 = 8
r7 = 8
join: r8 += r6
r8 += r7
r0 = *(u8 *)(r8 + 0)
x: r0 = 0
exit
=> reject map.oob
: value: what a helper reads
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
*(u32 *)(r10 - 4) = 1
if r9 == 5 goto other
goto join
other: r8 += 8
join: r1 = map_fd[1] ll
r2 = r10
r2 += -4
r3 = r8
r4 = 0
call 2
x: r0 = 0
exit
=> reject map.oob
: value: what a helper writes
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
r6 = 8
if r9 == 5 goto other
goto join
other: r8 += 12
join: r1 = r8
r2 = r6
r3 = r10
call 4
x: r0 = 0
exit
type: kprobe
=> reject map.oob
: value: a static function reads
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
if r9 == 5 goto other
goto join
other: r8 += 8
join: r1 = r8
call f
x: r0 = 0
exit
f: r0 = *(u64 *)(r1 + 8)
exit
=> reject map.oob
: value: a static function gives it back
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
if r9 == 5 goto other
goto join
other: r8 += 8
join: r1 = r8
call f
r0 = *(u64 *)(r0 + 8)
x: r0 = 0
exit
f: r0 = r1
exit
=> reject map.oob
: value: an atomic operation at a multiple of 8 on the first path only
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
if r9 == 5 goto other
goto join
other: r8 += 4
join: r1 = 1
lock *(u64 *)(r8 + 0) += r1
x: r0 = 0
exit
=> reject mem.misaligned
: value: a loop walks over it
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
r6 = 0
if r9 == 5 goto other
goto join
other: r8 += 8
join: r0 = *(u8 *)(r8 + 0)
r8 += 1
r6 += 1
if r6 != 12 goto join
x: r0 = 0
exit
=> reject map.oob
: value: it tells what another pointer is not
map: 1 array 4 16 4
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
r7 = r0
if r9 == 5 goto other
goto join
other: r8 += 8
join: if r7 != r8 goto x
r0 = *(u64 *)(r7 + 0)
x: r0 = 0
exit
kernel: accept
=> reject mem.nullable
: value: on one path it points at the lock
type: sched_cls
map: 1 array 4 16 1 lock=8
*(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
r1 = map_fd[1] ll
call 1
if r0 == 0 goto x
r8 = r0
call 7
r9 = r0
if r9 == 5 goto other
goto join
other: r8 += 8
join: r0 = *(u32 *)(r8 + 0)
x: r0 = 0
exit
=> reject map.special_field
: value: on one path it is 1 that is read, on the other unknown
map: 1 array 4 16 1 flags=0x80 frozen data=01000000000000000200000000000000
r8 = map_value_fd[1] ll
call 7
r9 = r0
if r9 == 5 goto other
goto join
other: r8 += 8
join: r6 = *(u64 *)(r8 + 0)
if r6 == 1 goto x
r0 = *(u64 *)(r6 + 0)
x: r0 = 0
exit
=> reject mem.not_a_pointer
: ring buffer record: the second path is 8 further
map: 1 ringbuf 0 0 4096
r1 = map_fd[1] ll
r2 = 16
r3 = 0
call 131
if r0 == 0 goto x
r8 = r0
r7 = r0
call 7
if r0 == 5 goto other
goto join
other: r8 += 8
join: *(u64 *)(r8 + 8) = 0
r1 = r7
r2 = 0
call 132
x: r0 = 0
exit
=> reject mem.oob
: ring buffer record: given back from elsewhere
map: 1 ringbuf 0 0 4096
r1 = map_fd[1] ll
r2 = 16
r3 = 0
call 131
if r0 == 0 goto x
r8 = r0
call 7
if r0 == 5 goto other
goto join
other: r8 += 8
join: r1 = r8
r2 = 0
call 132
x: r0 = 0
exit
=> reject ref.offset
: packet: another place, checked behind the join
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
r4 = r7
r4 += 64
if r4 > r8 goto x
if r9 == 5 goto other
r7 += 14
goto join
other: r7 += 18
join: r4 = r7
r4 += 20
if r4 > r8 goto x
r0 = *(u8 *)(r7 + 19)
x: r0 = 0
exit
limit: visits 24
=> accept
: packet: ... and one byte too many
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
r4 = r7
r4 += 64
if r4 > r8 goto x
if r9 == 5 goto other
r7 += 14
goto join
other: r7 += 54
join: r0 = *(u8 *)(r7 + 10)
x: r0 = 0
exit
=> reject packet.oob
: packet: checked on the first path only
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
if r9 == 5 goto other
r4 = r7
r4 += 20
if r4 > r8 goto x
goto join
other: r0 = 0
join: r0 = *(u8 *)(r7 + 19)
x: r0 = 0
exit
=> reject packet.oob
: packet: checked less on the second path
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
if r9 == 5 goto other
r4 = r7
r4 += 20
if r4 > r8 goto x
goto join
other: r4 = r7
r4 += 19
if r4 > r8 goto x
join: r0 = *(u8 *)(r7 + 19)
x: r0 = 0
exit
=> reject packet.oob
: packet: what is compared lies nearer on the second path
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
if r9 == 5 goto other
r4 = r7
r4 += 20
goto join
other: r4 = r7
r4 += 10
join: if r4 > r8 goto x
r0 = *(u8 *)(r7 + 19)
x: r0 = 0
exit
=> reject packet.oob
: packet: ... further
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
if r9 == 5 goto other
r4 = r7
r4 += 20
goto join
other: r4 = r7
r4 += 30
join: if r4 > r8 goto x
r0 = *(u8 *)(r7 + 19)
x: r0 = 0
exit
=> accept
: packet: what is compared is of another base on the second path
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
r4 = r7
r4 += 14
if r4 > r8 goto x
r5 = *(u8 *)(r7 + 0)
r5 <<= 2
if r9 == 5 goto other
r4 = r7
r4 += 20
goto join
other: r4 = r7
r4 += r5
r4 += 20
join: if r4 > r8 goto x
r0 = *(u8 *)(r7 + 19)
x: r0 = 0
exit
=> reject packet.oob
: packet: what is read is of another base on the second path
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
r4 = r7
r4 += 14
if r4 > r8 goto x
r5 = *(u8 *)(r7 + 0)
r5 <<= 2
r2 = r7
if r9 == 5 goto other
r2 += 14
goto join
other: r2 += r5
join: r4 = r7
r4 += 34
if r4 > r8 goto x
r0 = *(u8 *)(r2 + 19)
x: r0 = 0
exit
=> reject packet.oob
: packet: both of another base
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
r4 = r7
r4 += 14
if r4 > r8 goto x
r5 = *(u8 *)(r7 + 0)
r5 <<= 2
r2 = r7
if r9 == 5 goto other
r2 += 14
goto join
other: r2 += r5
join: r4 = r2
r4 += 20
if r4 > r8 goto x
r0 = *(u8 *)(r2 + 19)
x: r0 = 0
exit
limit: visits 30
=> accept
: packet: both of another base, spilled
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
r4 = r7
r4 += 14
if r4 > r8 goto x
r5 = *(u8 *)(r7 + 0)
r5 <<= 2
r2 = r7
if r9 == 5 goto other
r2 += 14
goto join
other: r2 += r5
join: *(u64 *)(r10 - 8) = r2
r4 = r2
r2 = 0
r4 += 20
if r4 > r8 goto x
r2 = *(u64 *)(r10 - 8)
r0 = *(u8 *)(r2 + 19)
x: r0 = 0
exit
limit: visits 34
=> accept
: packet: spilled, and nearer on the second path
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
if r9 == 5 goto other
r4 = r7
r4 += 20
*(u64 *)(r10 - 8) = r4
goto join
other: r4 = r7
r4 += 10
*(u64 *)(r10 - 8) = r4
join: r5 = *(u64 *)(r10 - 8)
if r5 > r8 goto x
r0 = *(u8 *)(r7 + 19)
x: r0 = 0
exit
=> reject packet.oob
: packet: so far away that nothing is learnt
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
r4 = r7
r4 += 14
if r4 > r8 goto x
r5 = *(u16 *)(r7 + 0)
r2 = r7
if r9 == 5 goto other
r2 += 14
goto join
other: r2 += r5
join: r4 = r2
r4 += 20
if r4 > r8 goto x
r0 = *(u8 *)(r2 + 0)
x: r0 = 0
exit
=> reject packet.oob
: packet: so far away that nothing is learnt, at a constant distance
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
r2 = r7
if r9 == 5 goto other
r2 += 14
goto join
other: r2 += 65520
join: r4 = r2
r4 += 20
if r4 > r8 goto x
r0 = *(u8 *)(r2 + 0)
x: r0 = 0
exit
=> reject packet.oob
: packet: in front of the pointer
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
r4 = r7
r4 += 34
if r4 > r8 goto x
r2 = r7
if r9 == 5 goto other
r2 += 14
goto join
other: r2 += 4
join: r0 = *(u8 *)(r2 - 8)
x: r0 = 0
exit
=> reject packet.oob
: packet: in front of the pointer, behind a number that may be 0
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
r4 = r7
r4 += 14
if r4 > r8 goto x
r5 = *(u8 *)(r7 + 0)
r5 <<= 2
r2 = r7
if r9 == 5 goto other
r2 += 14
goto join
other: r2 += r5
join: r4 = r2
r4 += 20
if r4 > r8 goto x
r0 = *(u8 *)(r2 - 8)
x: r0 = 0
exit
=> reject packet.oob
: packet: back by a constant
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
r4 = r7
r4 += 34
if r4 > r8 goto x
r2 = r7
if r9 == 5 goto other
r2 += 14
goto join
other: r2 += 4
join: r2 += -8
r0 = *(u8 *)(r2 + 0)
x: r0 = 0
exit
=> reject packet.oob
: packet: back by a number
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
r4 = r7
r4 += 34
if r4 > r8 goto x
r2 = r7
r5 = 8
if r9 == 5 goto other
r2 += 14
goto join
other: r2 += 4
join: r2 -= r5
r0 = *(u8 *)(r2 + 0)
x: r0 = 0
exit
=> reject packet.oob
: packet: a number is added that differs
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
r4 = r7
r4 += 34
if r4 > r8 goto x
r5 = 14
if r9 == 5 goto other
goto join
other: r5 = 20
join: r7 += r5
r0 = *(u8 *)(r7 + 19)
x: r0 = 0
exit
=> reject packet.oob
: packet: a number is added that differs, checked behind it
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
r4 = r7
r4 += 34
if r4 > r8 goto x
r5 = 14
if r9 == 5 goto other
goto join
other: r5 = 20
join: r7 += r5
r4 = r7
r4 += 20
if r4 > r8 goto x
r0 = *(u8 *)(r7 + 19)
x: r0 = 0
exit
limit: visits 26
=> accept
: packet: a number is added that is too large on the second path
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
r5 = 14
if r9 == 5 goto other
goto join
other: r5 = 65530
join: r7 += r5
r4 = r7
r4 += 20
if r4 > r8 goto x
r0 = *(u8 *)(r7 + 19)
x: r0 = 0
exit
=> reject packet.oob
: packet: a number is added to what was checked, and may be larger on the second path
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
r4 = r7
r4 += 64
if r4 > r8 goto x
r5 = *(u8 *)(r7 + 0)
r4 = *(u8 *)(r7 + 1)
if r9 == 5 goto other
r5 &= 4
goto join
other: r5 &= 63
join: r7 += r5
r0 = *(u8 *)(r7 + 50)
x: r0 = 0
exit
kernel: reject
=> reject packet.oob
: packet: the start is loaded anew and compared
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
r2 = r7
if r9 == 5 goto other
r2 += 14
goto join
other: r2 += 20
join: r4 = *(u32 *)(r6 + 0)
r4 += 34
if r4 > r8 goto x
r0 = *(u8 *)(r2 + 19)
x: r0 = 0
exit
=> reject packet.oob
: packet: the start is loaded anew and read
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
r2 = r7
if r9 == 5 goto other
r2 += 34
goto join
other: r2 += 20
join: r4 = *(u32 *)(r6 + 0)
if r2 > r8 goto x
r0 = *(u8 *)(r4 + 33)
x: r0 = 0
exit
=> reject packet.oob
: packet: a helper reads
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
r4 = r7
r4 += 34
if r4 > r8 goto x
if r9 == 5 goto other
r7 += 14
goto join
other: r7 += 20
join: r1 = r7
r2 = 20
r3 = 0
r4 = 0
r5 = 0
call 28
x: r0 = 0
exit
=> reject packet.oob
: packet: a static function compares and reads
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
r2 = r7
if r9 == 5 goto other
r2 += 14
goto join
other: r2 += 20
join: r1 = r2
r2 = r8
r3 = r7
r3 += 34
call f
x: r0 = 0
exit
f: r0 = 0
if r3 > r2 goto y
r0 = *(u8 *)(r1 + 19)
y: exit
=> reject packet.oob
: packet: a static function compares, the caller reads
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
r2 = r7
if r9 == 5 goto other
r2 += 14
goto join
other: r2 += 20
join: r6 = r2
r1 = r7
r1 += 34
r2 = r8
call f
if r0 == 0 goto x
r0 = *(u8 *)(r6 + 19)
x: r0 = 0
exit
f: r0 = 0
if r1 > r2 goto y
r0 = 1
y: exit
=> reject packet.oob
: packet: a static function gives the pointer back
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
if r9 == 5 goto other
r7 += 14
goto join
other: r7 += 20
join: r1 = r7
call f
r4 = r7
r4 += 20
if r4 > r8 goto x
r0 = *(u8 *)(r0 + 20)
x: r0 = 0
exit
f: r0 = r1
exit
=> reject packet.oob
: packet: behind the end on the first path
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
r4 = r7
r4 += 20
if r9 == 5 goto other
if r4 > r8 goto join
goto x
other: r5 = 0
join: if r4 > r8 goto x
r0 = *(u8 *)(r7 + 20)
x: r0 = 0
exit
=> reject packet.oob
: packet: compared the other way round
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
if r9 == 5 goto other
r4 = r7
r4 += 20
goto join
other: r4 = r7
r4 += 10
join: if r8 >= r4 goto ok
goto x
ok: r0 = *(u8 *)(r7 + 19)
x: r0 = 0
exit
=> reject packet.oob
: packet: one byte before the end
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 0)
r8 = *(u32 *)(r6 + 4)
if r9 == 5 goto other
r4 = r7
r4 += 19
goto join
other: r4 = r7
r4 += 18
join: if r4 >= r8 goto x
r0 = *(u8 *)(r7 + 19)
x: r0 = 0
exit
=> reject packet.oob
: meta data: the packet's start is another on the second path
type: xdp
r6 = r1
call 7
r9 = r0
r7 = *(u32 *)(r6 + 8)
r8 = *(u32 *)(r6 + 0)
if r9 == 5 goto other
goto join
other: r8 += 8
join: r4 = r7
r4 += 4
if r4 > r8 goto x
r0 = *(u8 *)(r7 + 0)
x: r0 = 0
exit
=> reject packet.oob
: packet: so far that a comparison shows nothing any more
type: xdp
r6 = *(u32 *)(r1 + 0)
r7 = *(u32 *)(r1 + 4)
call 7
r1 = r6
if r0 == 5 goto other
goto join
other: r1 += 65511
join: r2 = r1
r2 += 24
if r2 >= r7 goto x
r0 = *(u32 *)(r1 + 1)
x: r0 = 0
exit
=> reject packet.oob
kernel: accept
: packet: ... and one byte nearer
type: xdp
r6 = *(u32 *)(r1 + 0)
r7 = *(u32 *)(r1 + 4)
call 7
r1 = r6
if r0 == 5 goto other
goto join
other: r1 += 65510
join: r2 = r1
r2 += 24
if r2 >= r7 goto x
r0 = *(u32 *)(r1 + 1)
x: r0 = 0
exit
=> accept
