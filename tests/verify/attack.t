# SPDX-License-Identifier: BSD-2-Clause
# Programs written to get past this verifier: each needs a fact that holds on one path only, or no
# longer, to be accepted.
: a register that was 0 on the path before is no NULL test on this one
map: 1 hash 8 16 4
call 7
r7 = 0
if r0 > 5 goto other
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
