# SPDX-License-Identifier: BSD-2-Clause
# Calls of helpers and of functions of the program.  Helper 0 gathers five bytes, 5 returns its
# first argument.
: helper with five arguments
r1 = 0x11
r2 = 0x22
r3 = 0x33
r4 = 0x44
r5 = 0x55
call 0
exit
=> 0x1122334455
: helper leaves r6 to r9 alone
r6 = 1
r7 = 2
r8 = 4
r9 = 8
r1 = 0x20
call 5
r0 += r6
r0 += r7
r0 += r8
r0 += r9
exit
=> 0x2f
: helper whose result is negative does not end the program
r1 = -1
call 5
r0 = 2
exit
=> 0x2
: callx calls a helper by number
r1 = -1
r2 = 5
callx r2
r0 = 2
exit
=> 0x2
: callx through r0
r1 = 0x42
r0 = 5
callx r0
exit
=> 0x42
: callx of a helper that does not exist
r2 = 77
callx r2
exit
fault: does not exist
: local call
r1 = 0x42
call f
exit
f:
r0 = r1
exit
=> 0x42
: local call keeps r6 to r9 and has a stack of its own
r6 = 1
r7 = 2
r8 = 3
r9 = 4
*(u64 *)(r10 - 8) = 77
call f
r0 = *(u64 *)(r10 - 8)
r0 += r6
r0 += r7
r0 += r8
r0 += r9
exit
f:
r6 = 100
r7 = 100
r8 = 100
r9 = 100
*(u64 *)(r10 - 8) = 55
r0 = 0
exit
=> 0x57
: recursion to the eighth frame
r1 = 7
call f
exit
f:
if r1 == 1 goto last
r1 -= 1
call f
r0 += 1
exit
last:
r0 = 1
exit
=> 0x7
: recursion beyond the eighth frame
r1 = 8
call f
exit
f:
if r1 == 1 goto last
r1 -= 1
call f
r0 += 1
exit
last:
r0 = 1
exit
fault: nested too deeply
: a function writes its caller's stack
r1 = r10
r1 += -8
call f
r0 = *(u64 *)(r10 - 8)
exit
f:
*(u64 *)(r1 + 0) = 0x1234
r0 = 0
exit
=> 0x1234
: a pointer into a frame that is gone
call f
r0 = *(u64 *)(r0 - 8)
exit
f:
*(u64 *)(r10 - 8) = 1
r0 = r10
exit
fault: stack frame that is gone
: call backwards
goto main
f:
r0 = r1
r0 *= r1
exit
main:
r1 = 12
call f
exit
=> 0x90
