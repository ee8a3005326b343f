# SPDX-License-Identifier: BSD-2-Clause
# Programs that are not well formed.  The lines of a case: tests/support/vcase.h.
: smallest program
r0 = 0
exit
=> accept
log: 0: (b7) r0 = 0
log: 1: (95) exit
log: processed 2 insns
: unknown opcode
bytes: ff 00 00 00 00 00 00 00 95 00 00 00 00 00 00 00
=> reject insn.opcode
log: unknown opcode ff
: reserved field of a move
bytes: b7 00 03 00 00 00 00 00 95 00 00 00 00 00 00 00
=> reject insn.reserved
log: BPF_MOV uses reserved fields
: reserved field of a load
bytes: 61 10 00 00 07 00 00 00 95 00 00 00 00 00 00 00
=> reject insn.reserved
log: BPF_LDX uses reserved fields
: reserved field of exit
bytes: b7 00 00 00 00 00 00 00 95 00 00 00 01 00 00 00
=> reject insn.reserved
log: BPF_EXIT uses reserved fields
: register 11
bytes: b7 0b 00 00 00 00 00 00 95 00 00 00 00 00 00 00
=> reject insn.register
log: R11 is invalid
: register 15 where there is none
bytes: b7 f0 00 00 00 00 00 00 95 00 00 00 00 00 00 00
=> reject insn.reserved
log: BPF_MOV uses reserved fields
: register 15 and an opcode that is none
bytes: ff ff 00 00 00 00 00 00 95 00 00 00 00 00 00 00
=> reject insn.opcode
log: unknown opcode ff
: both registers are none
bytes: bf cb 00 00 00 00 00 00 95 00 00 00 00 00 00 00
=> reject insn.register
: wide load with an offset
bytes: 18 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 95 00 00 00 00 00 00 00
=> reject insn.reserved
log: BPF_LD_IMM64 uses reserved fields
: second slot of a wide load missing
bytes: b7 00 00 00 00 00 00 00 18 01 00 00 00 00 00 00
=> reject insn.ldimm64
: second slot of a wide load not empty
bytes: 18 00 00 00 00 00 00 00 b7 00 00 00 00 00 00 00 95 00 00 00 00 00 00 00
=> reject insn.ldimm64
log: invalid bpf_ld_imm64 insn
: write to the frame pointer
r10 = 1
r0 = 0
exit
=> reject insn.frame_pointer
log: frame pointer is read only
: shift by the width
r0 = 1
r0 <<= 64
exit
=> reject insn.shift
log: invalid shift 64
: 32-bit shift by 32
r0 = 1
w0 >>= 32
exit
=> reject insn.shift
log: invalid shift 32
: division by the constant zero
r0 = 1
r0 /= 0
exit
=> reject insn.div_zero
log: div by zero
: address space cast without arena
r1 = addr_space_cast(r1, 0, 1)
r0 = 0
exit
=> reject insn.addr_space_cast
: legacy packet load in a program without packet
type: kprobe
r6 = r1
r0 = *(u8 *)skb[0]
r0 = 0
exit
=> reject insn.legacy_load
log: BPF_LD_[ABS|IND] instructions not allowed for this program type
: legacy packet load
r6 = r1
r0 = *(u8 *)skb[0]
exit
=> accept
: unreachable instruction
r0 = 0
exit
r0 = 1
exit
=> reject cfg.unreachable
log: unreachable insn 2
: jump past the end
r0 = 0
goto +5
exit
=> reject cfg.jump_range
log: jump out of range from insn 1 to 7
: jump before the start
r0 = 0
if r0 == 0 goto -7
exit
=> reject cfg.jump_range
log: jump out of range from insn 1 to -5
: jump into another function
call f
exit
f: r0 = 1
goto -4
=> reject cfg.jump_range
log: jump out of range from insn 3 to 0
: jump into a wide load
if r1 == 0 goto +1
r0 = 5 ll
exit
=> reject cfg.jump_middle
log: jump into the middle of ldimm64 insn 1
: no exit
r0 = 0
=> reject cfg.falls_off
log: last insn is not an exit or jmp
: function falls into the next
r1 = 0
call f
f: r0 = 0
exit
=> reject cfg.falls_off
log: last insn is not an exit or jmp
: call outside of the program
bytes: 85 10 00 00 64 00 00 00 95 00 00 00 00 00 00 00
=> reject cfg.call_target
log: call to invalid destination
: back edge without privilege
policy: unprivileged
r0 = 0
l: r0 += 1
if r0 != 9 goto l
r0 = 0
exit
=> reject cfg.back_edge
log: back-edge from insn 2 to 1
: too many functions
limit: subprogs 2
call f
call g
exit
f: r0 = 0
exit
g: r0 = 0
exit
=> reject cfg.subprogs
kernel: accept
: too many maps
limit: maps 1
map: 1 array 4 8 1
map: 2 array 4 8 1
r1 = map_fd[1] ll
r1 = map_fd[2] ll
r0 = 0
exit
=> reject limit.maps
kernel: accept
: a map named twice
limit: maps 1
map: 1 array 4 8 1
r1 = map_fd[1] ll
r1 = map_fd[1] ll
r0 = 0
exit
=> accept
: indirect call
func: 0 main static
func: 4 f static
r2 = func f ll
callx r2
exit
f: r0 = 0
exit
=> reject cfg.callx
kernel: reject
