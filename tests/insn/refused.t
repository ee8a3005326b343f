# SPDX-License-Identifier: BSD-2-Clause
# Encodings and programs that are refused before they run.  `bytes:` is the whole program.
: no such opcode
bytes: ff 00 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: unknown opcode
: opcode 0
bytes: 00 00 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: unknown opcode
: old atomic add with imm 2
bytes: db 12 00 00 02 00 00 00 95 00 00 00 00 00 00 00
refused: no such variant
: cmpxchg without fetch
bytes: db 12 00 00 f0 00 00 00 95 00 00 00 00 00 00 00
refused: no such variant
: swap of 8 bits
bytes: d7 00 00 00 08 00 00 00 95 00 00 00 00 00 00 00
refused: no such variant
: be of 24 bits
bytes: dc 00 00 00 18 00 00 00 95 00 00 00 00 00 00 00
refused: no such variant
: movsx of 24 bits
bytes: bf 10 18 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: no such variant
: movsx of 32 bits to 32
bytes: bc 10 20 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: no such variant
: movsx of an immediate
bytes: b7 00 08 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: wide load without second half
bytes: 18 00 00 00 01 00 00 00
refused: wide load
: wide load whose second half has an opcode
bytes: 18 00 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: wide load
: wide load whose second half has a register
bytes: 18 00 00 00 01 00 00 00 00 01 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: wide load
: wide load whose second half has an offset
bytes: 18 00 00 00 01 00 00 00 00 00 01 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: wide load
: register 11 as destination
bytes: b7 0b 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: register number
: register 15 as source
bytes: bf f0 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: register number
: r10 is written
r10 = 1
exit
refused: r10 cannot be written
: r10 is loaded
r10 = *(u64 *)(r1 + 0)
exit
refused: r10 cannot be written
: r10 is fetched into
r10 = atomic_fetch_add((u64 *)(r1 + 0), r10)
exit
refused: r10 cannot be written
: jump before the program
goto -2
exit
refused: jump out of the program
: jump behind the program
goto +1
exit
refused: jump out of the program
: condition behind the program
if r0 == 0 goto +1
exit
refused: jump out of the program
: gotol behind the program
gotol +70000
exit
refused: jump out of the program
: jump into a wide load
goto +1
r0 = 1 ll
exit
refused: jump into a wide load
: call into a wide load
call pc+1
r0 = 1 ll
exit
refused: jump into a wide load
: call behind the program
call pc+1
exit
refused: jump out of the program
: no exit
r0 = 1
refused: runs over its end
: ends in a condition
r0 = 0
if r0 == 0 goto -2
refused: runs over its end
: helper that does not exist
call 4711
exit
refused: helper that does not exist
: helper -1
call -1
exit
refused: helper that does not exist
: kfunc
call kfunc 42
exit
refused: no kernel functions
: call with source register 3
bytes: 85 30 00 00 05 00 00 00 95 00 00 00 00 00 00 00
refused: no such variant
: address spaces
r0 = addr_space_cast(r1, 0, 1)
exit
refused: address spaces
: map by descriptor
r1 = map_fd[3] ll
exit
refused: need the loader
: map value by descriptor
r1 = map_value_fd[3]+8 ll
exit
refused: need the loader
: BTF id
r1 = btf_id[3] ll
exit
refused: need the loader
: map by index
r1 = map_idx[3] ll
exit
refused: need the loader
: map value by index
r1 = map_value_idx[3]+8 ll
exit
refused: need the loader
: packet load, absolute
r0 = *(u32 *)skb[0]
exit
refused: packet load
: packet load, absolute u16
r0 = *(u16 *)skb[0]
exit
refused: packet load
: packet load, absolute u8
r0 = *(u8 *)skb[0]
exit
refused: packet load
: packet load, indirect
r0 = *(u32 *)skb[r1 + 4]
exit
refused: packet load
: packet load, indirect u16
r0 = *(u16 *)skb[r1]
exit
refused: packet load
: packet load, indirect u8
r0 = *(u8 *)skb[r1]
exit
refused: packet load
: address of a function
r3 = func f ll
exit
f:
exit
refused: need the loader
