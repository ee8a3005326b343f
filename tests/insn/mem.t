# SPDX-License-Identifier: BSD-2-Clause
# Loads and stores of every width, on memory and on the stack.
# `: name` begins a case, `mem:` is what r1 points to and r2 counts, `=>` is r0 at the end.
: load u8 at 0
r0 = -1
r0 = *(u8 *)(r1 + 0)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0x81
: load s8 at 0
r0 = *(s8 *)(r1 + 0)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0xffffffffffffff81
: load u8 at 1
r0 = -1
r0 = *(u8 *)(r1 + 1)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0x9e
: load s8 at 1
r0 = *(s8 *)(r1 + 1)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0xffffffffffffff9e
: load u8 at 7
r0 = -1
r0 = *(u8 *)(r1 + 7)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0x4c
: load s8 at 7
r0 = *(s8 *)(r1 + 7)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0x4c
: load u8 at 8
r0 = -1
r0 = *(u8 *)(r1 + 8)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0x69
: load s8 at 8
r0 = *(s8 *)(r1 + 8)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0x69
: store u8 of r3
r3 = 0x1122334455667788 ll
*(u8 *)(r1 + 0) = r3
r0 = *(u64 *)(r1 + 0)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0x4c2f12f5d8bb9e88
: store u8 of -2
*(u8 *)(r1 + 0) = -2
r0 = *(u64 *)(r1 + 0)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0x4c2f12f5d8bb9efe
: stack u8 with negative offset
r3 = 0x1122334455667788 ll
*(u64 *)(r10 - 512) = 0
*(u8 *)(r10 - 512) = r3
r0 = *(u64 *)(r10 - 512)
exit
=> 0x88
: load u16 at 0
r0 = -1
r0 = *(u16 *)(r1 + 0)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0x9e81
: load s16 at 0
r0 = *(s16 *)(r1 + 0)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0xffffffffffff9e81
: load u16 at 1
r0 = -1
r0 = *(u16 *)(r1 + 1)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0xbb9e
: load s16 at 1
r0 = *(s16 *)(r1 + 1)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0xffffffffffffbb9e
: load u16 at 7
r0 = -1
r0 = *(u16 *)(r1 + 7)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0x694c
: load s16 at 7
r0 = *(s16 *)(r1 + 7)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0x694c
: load u16 at 8
r0 = -1
r0 = *(u16 *)(r1 + 8)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0x8669
: load s16 at 8
r0 = *(s16 *)(r1 + 8)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0xffffffffffff8669
: store u16 of r3
r3 = 0x1122334455667788 ll
*(u16 *)(r1 + 0) = r3
r0 = *(u64 *)(r1 + 0)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0x4c2f12f5d8bb7788
: store u16 of -2
*(u16 *)(r1 + 0) = -2
r0 = *(u64 *)(r1 + 0)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0x4c2f12f5d8bbfffe
: stack u16 with negative offset
r3 = 0x1122334455667788 ll
*(u64 *)(r10 - 512) = 0
*(u16 *)(r10 - 512) = r3
r0 = *(u64 *)(r10 - 512)
exit
=> 0x7788
: load u32 at 0
r0 = -1
r0 = *(u32 *)(r1 + 0)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0xd8bb9e81
: load s32 at 0
r0 = *(s32 *)(r1 + 0)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0xffffffffd8bb9e81
: load u32 at 1
r0 = -1
r0 = *(u32 *)(r1 + 1)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0xf5d8bb9e
: load s32 at 1
r0 = *(s32 *)(r1 + 1)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0xfffffffff5d8bb9e
: load u32 at 7
r0 = -1
r0 = *(u32 *)(r1 + 7)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0xa386694c
: load s32 at 7
r0 = *(s32 *)(r1 + 7)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0xffffffffa386694c
: load u32 at 8
r0 = -1
r0 = *(u32 *)(r1 + 8)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0xc0a38669
: load s32 at 8
r0 = *(s32 *)(r1 + 8)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0xffffffffc0a38669
: store u32 of r3
r3 = 0x1122334455667788 ll
*(u32 *)(r1 + 0) = r3
r0 = *(u64 *)(r1 + 0)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0x4c2f12f555667788
: store u32 of -2
*(u32 *)(r1 + 0) = -2
r0 = *(u64 *)(r1 + 0)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0x4c2f12f5fffffffe
: stack u32 with negative offset
r3 = 0x1122334455667788 ll
*(u64 *)(r10 - 512) = 0
*(u32 *)(r10 - 512) = r3
r0 = *(u64 *)(r10 - 512)
exit
=> 0x55667788
: load u64 at 0
r0 = -1
r0 = *(u64 *)(r1 + 0)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0x4c2f12f5d8bb9e81
: load u64 at 1
r0 = -1
r0 = *(u64 *)(r1 + 1)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0x694c2f12f5d8bb9e
: load u64 at 7
r0 = -1
r0 = *(u64 *)(r1 + 7)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0x17faddc0a386694c
: load u64 at 8
r0 = -1
r0 = *(u64 *)(r1 + 8)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0x3417faddc0a38669
: store u64 of r3
r3 = 0x1122334455667788 ll
*(u64 *)(r1 + 0) = r3
r0 = *(u64 *)(r1 + 0)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0x1122334455667788
: store u64 of -2
*(u64 *)(r1 + 0) = -2
r0 = *(u64 *)(r1 + 0)
exit
mem: 81 9e bb d8 f5 12 2f 4c 69 86 a3 c0 dd fa 17 34
=> 0xfffffffffffffffe
: stack u64 with negative offset
r3 = 0x1122334455667788 ll
*(u64 *)(r10 - 512) = 0
*(u64 *)(r10 - 512) = r3
r0 = *(u64 *)(r10 - 512)
exit
=> 0x1122334455667788
: load into the base register
r1 = *(u16 *)(r1 + 0)
r0 = r1
exit
mem: 34 12
=> 0x1234
: r2 is the length
r0 = r2
exit
mem: 01 02 03
=> 0x3
: no memory
r0 = r2
exit
=> 0x0
: pointer arithmetic on memory
r1 += r2
r1 -= 1
r0 = *(u8 *)(r1 + 0)
exit
mem: 01 02 03
=> 0x3
: a pointer spilled to the stack still points
*(u64 *)(r10 - 8) = r1
r3 = *(u64 *)(r10 - 8)
r0 = *(u8 *)(r3 + 2)
exit
mem: 01 02 03
=> 0x3
: wide load of a negative number
r0 = 0xfffffffffffffffe ll
exit
=> 0xfffffffffffffffe
: wide load sets both halves
r0 = 0x1122334455667788 ll
exit
=> 0x1122334455667788
: beyond memory
r0 = *(u8 *)(r1 + 3)
exit
mem: 01 02 03
fault: offset 3 of a memory of 3 bytes
: before memory
r0 = *(u8 *)(r1 - 1)
exit
mem: 01 02 03
fault: offset -1 of a memory of 3 bytes
: half beyond memory
*(u32 *)(r1 + 1) = 0
exit
mem: 01 02 03
fault: writes 4 bytes
: above the stack
*(u64 *)(r10 + 0) = 0
exit
fault: stack frame
: below the stack
*(u64 *)(r10 - 520) = 0
exit
fault: stack frame
: an invented address
r3 = 4096
r0 = *(u64 *)(r3 + 0)
exit
fault: in no object
