# SPDX-License-Identifier: BSD-2-Clause
# Several global functions, which threads_test walks at once: what one of them leaves at an
# instruction that others share, which of them is refused first, and for what.
: an instruction that two functions use with two kinds of pointer
type: socket_filter
func: 0 main static ctx
func: 9 g global ctx
func: 11 h global mem16
func: 16 s static ctx
r6 = r1
call g
*(u64 *)(r10 - 16) = 0
*(u64 *)(r10 - 8) = 0
r1 = r10
r1 += -16
call h
r0 = 0
exit
g: call s
exit
h: if r1 == 0 goto z
call s
exit
z: r0 = 0
exit
s: r0 = *(u32 *)(r1 + 0)
exit
=> reject mem.same_insn
: ... and with one kind
type: socket_filter
func: 0 main static ctx
func: 6 g global ctx
func: 8 h global ctx
func: 10 s static ctx
r6 = r1
call g
r1 = r6
call h
r0 = 0
exit
g: call s
exit
h: call s
exit
s: r0 = *(u32 *)(r1 + 0)
exit
=> accept
: the first function in order is refused, not the one that is quick
func: 0 main static ctx
func: 6 g global int
func: 11 h global int
r1 = 1
call g
r1 = 1
call h
r0 = 0
exit
g: r2 = 0
l: r2 += 1
if r2 != 500 goto l
r0 = *(u8 *)(r1 + 0)
exit
h: r0 = r3
exit
=> reject mem.not_a_pointer
: ... which another one calls only
func: 0 main static ctx
func: 6 g global int
func: 8 h global int
func: 11 k global int
r1 = 1
call h
r1 = 1
call k
r0 = 0
exit
g: r0 = *(u8 *)(r1 + 0)
exit
h: call g
r0 = 0
exit
k: r0 = r3
exit
=> reject reg.uninit
: ... and one that nobody calls is not judged
func: 0 main static ctx
func: 8 g global int
func: 10 h global int
func: 12 k global int
r1 = 1
call h
r1 = 1
if r1 == 1 goto x
call g
x: call k
r0 = 0
exit
g: r0 = *(u8 *)(r1 + 0)
exit
h: r0 = 0
exit
k: r0 = 0
exit
=> accept
: as many instructions as there may be, by three functions
limit: visits 1400
func: 0 main static ctx
func: 8 g global int
func: 18 h global int
func: 28 k global int
r1 = 1
call g
r1 = 1
call h
r1 = 1
call k
r0 = 0
exit
g: r0 = 0
r3 = 7
gl: r3 *= 3
if r3 == 5 goto ge
r0 += 1
if r0 != 100 goto gl
r0 = 0
exit
ge: r0 = r9
exit
h: r0 = 0
r3 = 7
hl: r3 *= 3
if r3 == 5 goto he
r0 += 1
if r0 != 100 goto hl
r0 = 0
exit
he: r0 = r9
exit
k: r0 = 0
r3 = 7
kl: r3 *= 3
if r3 == 5 goto ke
r0 += 1
if r0 != 100 goto kl
r0 = 0
exit
ke: r0 = r9
exit
=> accept
: ... and more than there may be
limit: visits 1100
kernel: accepts
func: 0 main static ctx
func: 8 g global int
func: 18 h global int
func: 28 k global int
r1 = 1
call g
r1 = 1
call h
r1 = 1
call k
r0 = 0
exit
g: r0 = 0
r3 = 7
gl: r3 *= 3
if r3 == 5 goto ge
r0 += 1
if r0 != 300 goto gl
r0 = 0
exit
ge: r0 = r9
exit
h: r0 = 0
r3 = 7
hl: r3 *= 3
if r3 == 5 goto he
r0 += 1
if r0 != 300 goto hl
r0 = 0
exit
he: r0 = r9
exit
k: r0 = 0
r3 = 7
kl: r3 *= 3
if r3 == 5 goto ke
r0 += 1
if r0 != 300 goto kl
r0 = 0
exit
ke: r0 = r9
exit
=> reject limit.visits
: ... by the last of them alone
limit: visits 1100
kernel: accepts
func: 0 main static ctx
func: 8 g global int
func: 18 h global int
func: 28 k global int
r1 = 1
call g
r1 = 1
call h
r1 = 1
call k
r0 = 0
exit
g: r0 = 0
r3 = 7
gl: r3 *= 3
if r3 == 5 goto ge
r0 += 1
if r0 != 10 goto gl
r0 = 0
exit
ge: r0 = r9
exit
h: r0 = 0
r3 = 7
hl: r3 *= 3
if r3 == 5 goto he
r0 += 1
if r0 != 10 goto hl
r0 = 0
exit
he: r0 = r9
exit
k: r0 = 0
r3 = 7
kl: r3 *= 3
if r3 == 5 goto ke
r0 += 1
if r0 != 500 goto kl
r0 = 0
exit
ke: r0 = r9
exit
=> reject limit.visits
: ... by the first of them alone
limit: visits 1100
kernel: accepts
func: 0 main static ctx
func: 8 g global int
func: 18 h global int
func: 28 k global int
r1 = 1
call g
r1 = 1
call h
r1 = 1
call k
r0 = 0
exit
g: r0 = 0
r3 = 7
gl: r3 *= 3
if r3 == 5 goto ge
r0 += 1
if r0 != 500 goto gl
r0 = 0
exit
ge: r0 = r9
exit
h: r0 = 0
r3 = 7
hl: r3 *= 3
if r3 == 5 goto he
r0 += 1
if r0 != 10 goto hl
r0 = 0
exit
he: r0 = r9
exit
k: r0 = 0
r3 = 7
kl: r3 *= 3
if r3 == 5 goto ke
r0 += 1
if r0 != 10 goto kl
r0 = 0
exit
ke: r0 = r9
exit
=> reject limit.visits
: a context that one function reads and another writes, and a helper of a third
type: cgroup_skb
func: 0 main static ctx
func: 8 g global ctx
func: 10 h global ctx
func: 13 k global int
r6 = r1
call g
r1 = r6
call h
r1 = 1
call k
r0 = 0
exit
g: r0 = *(u32 *)(r1 + 8)
exit
h: *(u32 *)(r1 + 48) = 7
r0 = 0
exit
k: *(u64 *)(r10 - 200) = 1
call 5
r0 = 0
exit
=> accept
: a map that two functions look up each in its own, by an instruction that they share
map: 1 hash 4 16 8
map: 2 array 4 32 1
func: 0 main static ctx
func: 6 g global int
func: 11 h global int
func: 16 s static ctx
r1 = 1
call g
r1 = 1
call h
r0 = 0
exit
g: r1 = map_fd[1] ll
call s
r0 = 0
exit
h: r1 = map_fd[2] ll
call s
r0 = 0
exit
s: *(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
call 1
if r0 == 0 goto o
r0 = *(u8 *)(r0 + 15)
o: r0 = 0
exit
=> accept
: ... one of which is too small
map: 1 hash 4 32 8
map: 2 array 4 16 1
func: 0 main static ctx
func: 6 g global int
func: 11 h global int
func: 16 s static ctx
r1 = 1
call g
r1 = 1
call h
r0 = 0
exit
g: r1 = map_fd[1] ll
call s
r0 = 0
exit
h: r1 = map_fd[2] ll
call s
r0 = 0
exit
s: *(u32 *)(r10 - 4) = 0
r2 = r10
r2 += -4
call 1
if r0 == 0 goto o
r0 = *(u8 *)(r0 + 20)
o: r0 = 0
exit
=> reject map.oob
: code that only the second function reaches
func: 0 main static ctx
func: 6 g global int
func: 10 h global int
func: 14 s static int
r1 = 1
call g
r1 = 1
call h
r0 = 0
exit
g: r1 = 1
call s
r0 = 0
exit
h: r1 = 9
call s
r0 = 0
exit
s: r0 = 0
if r1 > 5 goto o
exit
o: r0 = 1
*(u64 *)(r10 - 64) = r1
exit
=> accept
: what the program's own walk remembers of its paths, with functions that walk the same ones
func: 0 main static ctx
func: 6 g global int
func: 9 h global int
func: 12 s static int
call s
r1 = 1
call g
r1 = 1
call h
exit
g: call s
r0 = 0
exit
h: call s
r0 = 1
exit
s: call 7
r7 = r0
r8 = 0
r7 *= 3
r9 = r8
r9 += 3
r8 = r9
r8 += -3
if r7 & 1 goto s0
r8 += 1
s0: r7 ^= 0
r7 *= 3
r9 = r8
r9 += 3
r8 = r9
r8 += -3
if r7 & 2 goto s1
r8 += 2
s1: r7 ^= 1
r7 *= 3
r9 = r8
r9 += 3
r8 = r9
r8 += -3
if r7 & 4 goto s2
r8 += 4
s2: r7 ^= 2
r7 *= 3
r9 = r8
r9 += 3
r8 = r9
r8 += -3
if r7 & 8 goto s3
r8 += 8
s3: r7 ^= 3
r7 *= 3
r9 = r8
r9 += 3
r8 = r9
r8 += -3
if r7 & 16 goto s4
r8 += 16
s4: r7 ^= 4
r7 *= 3
r9 = r8
r9 += 3
r8 = r9
r8 += -3
if r7 & 32 goto s5
r8 += 32
s5: r7 ^= 5
r7 *= 3
r9 = r8
r9 += 3
r8 = r9
r8 += -3
if r7 & 64 goto s6
r8 += 64
s6: r7 ^= 6
r4 = r10
r4 += -256
r4 += r8
*(u8 *)(r4 + 0) = 1
r0 = 0
exit
=> accept
