/* SPDX-License-Identifier: BSD-2-Clause */
/* The programs of verify_test.c, by rule. */

/* registers and arithmetic */
{ "return 0", 0, NULL, "r0 = 0; exit", false },
	{ "r0 without value", 0, "reg.uninit", "exit", false },
	{ "call clobbers r1-r5", 0, "reg.uninit", "r0 = 0; call 5; r0 = r2; exit", false },
	{ "frame pointer", 0, "insn.frame_pointer", "r10 = 0; r0 = 0; exit", false },
	{ "32-bit pointer", 0, "ptr.arith_32bit", "w1 += 4; r0 = 0; exit", false },
	{ "pointer and", 0, "ptr.arith_bitwise", "r1 &= 7; r0 = 0; exit", false },
	{ "pointer times", 0, "ptr.arith_op", "r1 *= 2; r0 = 0; exit", false },
	{ "pointer plus pointer", 0, "ptr.pointer_op_pointer", "r1 += r10; r0 = 0; exit", false },
	{ "returned address", 0, "exit.pointer_leak", "r0 = r10; exit", true },
	/* stack */
	{ "spill and fill", 0, NULL,
	  "*(u64 *)(r10 - 8) = r1; r2 = *(u64 *)(r10 - 8); r0 = *(u64 *)(r2 + 0); exit", false },
	{ "stack overflow", 0, "stack.oob", "r0 = 0; *(u64 *)(r10 - 520) = r0; exit", false },
	{ "above the stack", 0, "stack.oob", "r0 = *(u64 *)(r10 + 0); exit", false },
	{ "misaligned", 0, "mem.misaligned", "r0 = 0; *(u64 *)(r10 - 12) = r0; exit", false },
	{ "half a pointer", 0, "stack.fill_size",
	  "*(u64 *)(r10 - 8) = r1; r0 = *(u32 *)(r10 - 8); exit", false },
	{ "uninitialised, privileged", 0, NULL, "r0 = *(u64 *)(r10 - 8); exit", false },
	{ "uninitialised", 0, "stack.uninit", "r0 = *(u64 *)(r10 - 8); exit", true },
	{ "destroyed pointer", 0, "mem.not_a_pointer",
	  "*(u64 *)(r10 - 8) = r1; *(u8 *)(r10 - 8) = 0; r2 = *(u64 *)(r10 - 8);"
	  "r0 = *(u64 *)(r2 + 0); exit",
	  false },
	{ "variable index", 0, NULL,
	  "call 7; r0 &= 7; r1 = r10; r1 += -16; r1 += r0; *(u8 *)(r1 + 0) = 1; r0 = 0; exit",
	  false },
	{ "variable index too large", 0, "stack.var_overrun",
	  "call 7; r0 &= 31; r1 = r10; r1 += -16; r1 += r0; *(u8 *)(r1 + 0) = 1; r0 = 0; exit",
	  false },
	/* maps */
	{ "lookup", 0, NULL, LOOKUP "if r0 == 0 goto +1; r0 = *(u64 *)(r0 + 8); exit", false },
	{ "lookup untested", 0, "mem.nullable", LOOKUP "r0 = *(u64 *)(r0 + 8); exit", false },
	{ "past the value", 0, "map.oob", LOOKUP "if r0 == 0 goto +1; r0 = *(u64 *)(r0 + 9); exit",
	  false },
	{ "arithmetic before the test", 0, "ptr.arith_nullable",
	  LOOKUP "r0 += 8; if r0 == 0 goto +1; r0 = *(u64 *)(r0 + 0); exit", false },
	{ "copy is tested", 0, NULL,
	  LOOKUP "r6 = r0; if r0 == 0 goto +1; r0 = *(u64 *)(r6 + 8); r0 = 0; exit", false },
	{ "tested side is the wrong one", 0, "mem.not_a_pointer",
	  LOOKUP "if r0 != 0 goto +1; r0 = *(u64 *)(r0 + 8); r0 = 0; exit", false },
	{ "second lookup is another pointer", 0, "mem.nullable",
	  LOOKUP "r6 = r0; " LOOKUP "if r6 == 0 goto +1; r0 = *(u64 *)(r0 + 0); r0 = 0; exit",
	  false },
	{ "array with a constant key", 0, NULL,
	  "*(u32 *)(r10 - 8) = 3; r2 = r10; r2 += -8; r1 = map_fd[0] ll; call 1;"
	  "r0 = *(u64 *)(r0 + 0); exit",
	  false },
	{ "array with a key too large", 0, "mem.nullable",
	  "*(u32 *)(r10 - 8) = 4; r2 = r10; r2 += -8; r1 = map_fd[0] ll; call 1;"
	  "r0 = *(u64 *)(r0 + 0); exit",
	  false },
	{ "bounded index", 0, NULL,
	  LOOKUP "if r0 == 0 goto +5; r6 = r0; r1 = *(u64 *)(r0 + 0); if r1 > 8 goto +2; r6 += r1;"
		 "r0 = *(u64 *)(r6 + 0); r0 = 0; exit",
	  false },
	{ "index without lower bound", 0, "ptr.math_unbounded",
	  LOOKUP "if r0 == 0 goto +5; r6 = r0; r1 = *(u64 *)(r0 + 0); if r1 s> 8 goto +2; r6 += r1;"
		 "r0 = *(u64 *)(r6 + 0); r0 = 0; exit",
	  false },
	{ "index too large", 0, "mem.max",
	  LOOKUP "if r0 == 0 goto +5; r6 = r0; r1 = *(u64 *)(r0 + 0); if r1 > 9 goto +2; r6 += r1;"
		 "r0 = *(u64 *)(r6 + 0); r0 = 0; exit",
	  false },
	{ "wrong map for a helper", 0, "call.map_type",
	  "r1 = map_fd[2] ll; r2 = r10; r2 += -4; call 1; r0 = 0; exit", false },
	/* a branch teaches all copies */
	{ "copy bounded", 0, NULL,
	  LOOKUP "if r0 == 0 goto +6; r6 = r0; r1 = *(u64 *)(r0 + 0); r2 = r1; if r1 > 8 goto +2;"
		 "r6 += r2; r0 = *(u64 *)(r6 + 0); r0 = 0; exit",
	  false },
	{ "copy plus a constant", 0, NULL,
	  LOOKUP "if r0 == 0 goto +7; r6 = r0; r1 = *(u64 *)(r0 + 0); r2 = r1; r2 += 1;"
		 "if r1 > 7 goto +2; r6 += r2; r0 = *(u64 *)(r6 + 0); r0 = 0; exit",
	  false },
	{ "copy plus a constant too large", 0, "mem.max",
	  LOOKUP "if r0 == 0 goto +7; r6 = r0; r1 = *(u64 *)(r0 + 0); r2 = r1; r2 += 2;"
		 "if r1 > 7 goto +2; r6 += r2; r0 = *(u64 *)(r6 + 0); r0 = 0; exit",
	  false },
	/* context */
	{ "context", 0, NULL, "r0 = *(u64 *)(r1 + 0); exit", false },
	{ "context out of range", 0, "ctx.field", "r0 = *(u64 *)(r1 + 4000); exit", false },
	{ "context write", 0, "ctx.field", "r0 = 0; *(u64 *)(r1 + 0) = r0; exit", false },
	{ "modified context", 0, "ctx.modified", "r1 += 8; r0 = *(u64 *)(r1 + 0); exit", false },
	/* packets */
	{ "packet", BPF_PROG_TYPE_XDP, NULL,
	  "r2 = *(u32 *)(r1 + 0); r3 = *(u32 *)(r1 + 4); r4 = r2; r4 += 14; r0 = 0;"
	  "if r4 > r3 goto +1; r0 = *(u8 *)(r2 + 13); exit",
	  false },
	{ "packet unchecked", BPF_PROG_TYPE_XDP, "packet.oob",
	  "r2 = *(u32 *)(r1 + 0); r0 = *(u8 *)(r2 + 0); exit", false },
	{ "packet past the check", BPF_PROG_TYPE_XDP, "packet.oob",
	  "r2 = *(u32 *)(r1 + 0); r3 = *(u32 *)(r1 + 4); r4 = r2; r4 += 14; r0 = 0;"
	  "if r4 > r3 goto +1; r0 = *(u8 *)(r2 + 14); exit",
	  false },
	{ "packet checked on the wrong side", BPF_PROG_TYPE_XDP, "packet.oob",
	  "r2 = *(u32 *)(r1 + 0); r3 = *(u32 *)(r1 + 4); r4 = r2; r4 += 14; r0 = 0;"
	  "if r4 < r3 goto +1; r0 = *(u8 *)(r2 + 0); exit",
	  false },
	{ "packet moved by a variable", BPF_PROG_TYPE_XDP, "packet.oob",
	  "r2 = *(u32 *)(r1 + 0); r3 = *(u32 *)(r1 + 4); r4 = r2; r4 += 14; r0 = 0;"
	  "if r4 > r3 goto +4; r5 = *(u8 *)(r2 + 0); r5 &= 15; r2 += r5; r0 = *(u8 *)(r2 + 0); "
	  "exit",
	  false },
	{ "packet after a helper that moves it", BPF_PROG_TYPE_XDP, "mem.not_a_pointer",
	  "r6 = *(u32 *)(r1 + 0); r3 = *(u32 *)(r1 + 4); r4 = r6; r4 += 14; r0 = 0;"
	  "if r4 > r3 goto +3; r2 = 4; call 44; r0 = *(u8 *)(r6 + 0); exit",
	  false },
	/* calls */
	{ "no such helper", 0, "call.unknown", "call 5000; exit", false },
	{ "helper of another type", 0, "call.prog_type", "r2 = 0; call 44; r0 = 0; exit", false },
	{ "number for memory", 0, "call.arg_type",
	  "r1 = map_fd[1] ll; r2 = 4; call 1; r0 = 0; exit", false },
	{ "negative length", 0, "call.size_negative",
	  "r6 = *(u64 *)(r1 + 0); r1 = r10; r1 += -8; r2 = r6; r3 = 0; call 4; r0 = 0; exit",
	  false },
	{ "length too large", 0, "stack.overrun",
	  "r6 = *(u64 *)(r1 + 0); if r6 > 9 goto +6; r1 = r10; r1 += -8; r2 = r6; r3 = 0; call 4;"
	  "r0 = 0; exit",
	  false },
	{ "subprogram", 0, NULL, "r1 = 3; call f; exit; f: r0 = r1; exit", false },
	{ "subprogram of the caller's stack", 0, NULL,
	  "r1 = r10; r1 += -8; call f; r0 = *(u64 *)(r10 - 8); r1 = r10; r1 += -8; r1 += r0;"
	  "*(u8 *)(r1 + 0) = 1; exit; f: *(u64 *)(r1 + 0) = 3; r0 = 0; exit",
	  false },
	{ "returned stack pointer", 0, "exit.stack_pointer",
	  "call f; r0 = 0; exit; f: r0 = r10; exit", false },
	{ "stack pointer into the caller's frame", 0, "stack.spill_to_caller",
	  "r1 = r10; r1 += -8; call f; r0 = 0; exit; f: *(u64 *)(r1 + 0) = r10; r0 = 0; exit",
	  false },
	{ "recursion", 0, "call.depth", "call f; exit; f: call f; exit", false },
	{ "stack of a chain", BPF_PROG_TYPE_SCHED_CLS, "call.stack_total",
	  "*(u64 *)(r10 - 304) = 0; call f; exit; f: *(u64 *)(r10 - 304) = 0; r0 = 0; exit",
	  false },
	/* loops */
	{ "bounded loop", 0, NULL, "r0 = 0; l: r0 += 1; if r0 < 100 goto l; exit", false },
	{ "infinite loop", 0, "loop.infinite", "r0 = 0; l: if r0 == 1 goto e; goto l; e: exit",
	  false },
	{ "loop on an unknown value", 0, "loop.infinite", "l: call 7; if r0 != 0 goto l; exit",
	  false },
	{ "bpf_loop in bpf_loop in a loop", 0, NULL,
	  "*(u64 *)(r10 - 8) = 0; r6 = 0; l: r1 = 100; r2 = func a ll; r3 = r10; r3 += -8; r4 = 0;"
	  "call 181; r6 += 1; if r6 < 5 goto l; r0 = 0; exit;"
	  "a: r1 = 100; r3 = r2; r2 = func b ll; r4 = 0; call 181; r0 = 0; exit;"
	  "b: r1 = *(u64 *)(r2 + 0); r1 += 1; *(u64 *)(r2 + 0) = r1; r0 = 0; exit",
	  false },
	{ "infinite loop around a callback", 0, "loop.infinite",
	  "r6 = 0; l: r1 = 2; r2 = func cb ll; r3 = 0; r4 = 0; call 181; r6 = -r6; r6 += 1;"
	  "if r6 < 6 goto l; r0 = 0; exit; cb: r0 = 0; exit",
	  false },
	{ "infinite loop through a callback", 0, "limit.pending",
	  "*(u64 *)(r10 - 8) = 0; l: r1 = 2; r2 = func cb ll; r3 = r10; r3 += -8; r4 = 0; call 181;"
	  "r1 = *(u64 *)(r10 - 8); *(u64 *)(r10 - 8) = 0; if r1 == 1 goto l; r0 = 0; exit;"
	  "cb: *(u64 *)(r2 + 0) = 1; r0 = 0; exit",
	  false },
	{ "infinite loop around an iterator", 0, "loop.infinite",
	  "l: r1 = r10; r1 += -8; r2 = 0; r3 = 5; call kfunc 1; n: r1 = r10; r1 += -8; call kfunc "
	  "2;"
	  "if r0 == 0 goto d; goto n; d: r1 = r10; r1 += -8; call kfunc 3; goto l",
	  false },
	/* exit */
	{ "cgroup returns 0 or 1", BPF_PROG_TYPE_CGROUP_DEVICE, "exit.range", "r0 = 5; exit",
	  false },
	/* callbacks */
	{ "bpf_loop", 0, NULL,
	  "*(u64 *)(r10 - 8) = 0; r1 = 100; r2 = func cb ll; r3 = r10; r3 += -8; r4 = 0; call 181;"
	  "r0 = 0; exit; cb: r1 = *(u64 *)(r2 + 0); r1 += 1; *(u64 *)(r2 + 0) = r1; r0 = 0; exit",
	  false },
	{ "callback returns 2", 0, "call.callback_return",
	  "r1 = 100; r2 = func cb ll; r3 = 0; r4 = 0; call 181; r0 = 0; exit; cb: r0 = 2; exit",
	  false },
	{ "callback changes an index", 0, "stack.oob",
	  "*(u64 *)(r10 - 8) = 0; r1 = 100; r2 = func cb ll; r3 = r10; r3 += -8; r4 = 0; call 181;"
	  "r1 = *(u64 *)(r10 - 8); if r1 > 20 goto +4; r2 = r10; r2 += -16; r2 += r1; *(u8 *)(r2 + "
	  "0) = 1;"
	  "r0 = 0; exit; cb: r1 = *(u64 *)(r2 + 0); r1 += 1; *(u64 *)(r2 + 0) = r1; r0 = 0; exit",
	  false },
	{ "callback may not run at all", 0, "stack.oob",
	  "*(u64 *)(r10 - 8) = 100; r1 = 1; r2 = func cb ll; r3 = r10; r3 += -8; r4 = 0; call 181;"
	  "r1 = *(u64 *)(r10 - 8); r2 = r10; r2 += -16; r2 += r1; *(u8 *)(r2 + 0) = 1;"
	  "r0 = 0; exit; cb: *(u64 *)(r2 + 0) = 0; r0 = 0; exit",
	  false },
	{ "callback leaks", 0, "ref.leak",
	  "r1 = 2; r2 = func cb ll; r3 = 0; r4 = 0; call 181; r0 = 0; exit;"
	  "cb: r1 = map_fd[2] ll; r2 = 8; r3 = 0; call 131; r0 = 0; exit",
	  false },
	{ "for each element", 0, NULL,
	  "r1 = map_fd[1] ll; r2 = func cb ll; r3 = 0; r4 = 0; call 164; r0 = 0; exit;"
	  "cb: r0 = *(u32 *)(r2 + 0); r0 = *(u64 *)(r3 + 8); r0 = 0; exit",
	  false },
	{ "for each writes the key", 0, "map.key_write",
	  "r1 = map_fd[1] ll; r2 = func cb ll; r3 = 0; r4 = 0; call 164; r0 = 0; exit;"
	  "cb: *(u32 *)(r2 + 0) = 0; r0 = 0; exit",
	  false },
	/* references */
	{ "ring buffer record", 0, NULL,
	  "r1 = map_fd[2] ll; r2 = 8; r3 = 0; call 131; if r0 == 0 goto +4; *(u64 *)(r0 + 0) = 1; "
	  "r1 = r0;"
	  "r2 = 0; call 132; r0 = 0; exit",
	  false },
	{ "record not submitted", 0, "ref.leak",
	  "r1 = map_fd[2] ll; r2 = 8; r3 = 0; call 131; if r0 == 0 goto +1; *(u64 *)(r0 + 0) = 1;"
	  "r0 = 0; exit",
	  false },
	{ "record used after submit", 0, "mem.not_a_pointer",
	  "r1 = map_fd[2] ll; r2 = 8; r3 = 0; call 131; if r0 == 0 goto +5; r6 = r0; r1 = r0;"
	  "r2 = 0; call 132; *(u64 *)(r6 + 0) = 1; r0 = 0; exit",
	  false },
	{ "record submitted twice", 0, "call.arg_type",
	  "r1 = map_fd[2] ll; r2 = 8; r3 = 0; call 131; if r0 == 0 goto +7; r6 = r0; r1 = r0;"
	  "r2 = 0; call 132; r1 = r6; r2 = 0; call 132; r0 = 0; exit",
	  false },
	{ "record past its end", 0, "mem.oob",
	  "r1 = map_fd[2] ll; r2 = 8; r3 = 0; call 131; if r0 == 0 goto +4; *(u64 *)(r0 + 8) = 1; "
	  "r1 = r0;"
	  "r2 = 0; call 132; r0 = 0; exit",
	  false },
	{ "map value submitted", 0, "call.arg_type",
	  LOOKUP "if r0 == 0 goto +3; r1 = r0; r2 = 0; call 132; r0 = 0; exit", false },
	{ "moved record submitted", 0, "ref.offset",
	  "r1 = map_fd[2] ll; r2 = 8; r3 = 0; call 131; if r0 == 0 goto +4; r1 = r0; r1 += 1;"
	  "r2 = 0; call 132; r0 = 0; exit",
	  false },
	/* locks */
	{ "spin lock in xdp", BPF_PROG_TYPE_XDP, NULL,
	  "*(u32 *)(r10 - 4) = 1; r2 = r10; r2 += -4; r1 = map_fd[4] ll; call 1; if r0 == 0 goto "
	  "+6;"
	  "r6 = r0; r1 = r0; call 93; *(u64 *)(r6 + 8) = 1; r1 = r6; call 94; r0 = 0; exit",
	  false },
	{ "lock not released", BPF_PROG_TYPE_XDP, "lock.leak",
	  "*(u32 *)(r10 - 4) = 1; r2 = r10; r2 += -4; r1 = map_fd[4] ll; call 1; if r0 == 0 goto "
	  "+2;"
	  "r1 = r0; call 93; r0 = 0; exit",
	  false },
	{ "call under lock", BPF_PROG_TYPE_XDP, "call.lock_held",
	  "*(u32 *)(r10 - 4) = 1; r2 = r10; r2 += -4; r1 = map_fd[4] ll; call 1; if r0 == 0 goto "
	  "+3;"
	  "r1 = r0; call 93; call 5; r0 = 0; exit",
	  false },
	{ "lock touched", BPF_PROG_TYPE_XDP, "map.special_field",
	  "*(u32 *)(r10 - 4) = 1; r2 = r10; r2 += -4; r1 = map_fd[4] ll; call 1; if r0 == 0 goto "
	  "+1;"
	  "*(u32 *)(r0 + 0) = 1; r0 = 0; exit",
	  false },
	{ "other lock released", BPF_PROG_TYPE_XDP, "lock.not_held",
	  "*(u32 *)(r10 - 4) = 1; r2 = r10; r2 += -4; r1 = map_fd[4] ll; call 1; if r0 == 0 goto "
	  "+12;"
	  "r6 = r0; *(u32 *)(r10 - 4) = 2; r2 = r10; r2 += -4; r1 = map_fd[4] ll; call 1;"
	  "if r0 == 0 goto +5; r7 = r0; r1 = r6; call 93; r1 = r7; call 94; r0 = 0; exit",
	  false },
	/* may_goto */
	{ "may_goto", 0, NULL, "r6 = 0; l: may_goto e; r6 += 1; goto l; e: r0 = 0; exit", false },
	{ "may_goto with an index", 0, "stack.oob",
	  "r6 = 0; l: may_goto e; r1 = r10; r1 += -8; r1 += r6; *(u8 *)(r1 + 0) = 1; r6 += 1; goto "
	  "l;"
	  "e: r0 = 0; exit",
	  false },
	/* iterators */
	{ "iterator", 0, NULL,
	  "r1 = r10; r1 += -8; r2 = 0; r3 = 10; call kfunc 1; l: r1 = r10; r1 += -8; call kfunc 2;"
	  "if r0 == 0 goto e; r1 = *(u32 *)(r0 + 0); goto l; e: r1 = r10; r1 += -8; call kfunc 3;"
	  "r0 = 0; exit",
	  false },
	{ "iterator not destroyed", 0, "ref.leak",
	  "r1 = r10; r1 += -8; r2 = 0; r3 = 10; call kfunc 1; r0 = 0; exit", false },
	{ "iterator untested", 0, "mem.not_a_pointer",
	  "r1 = r10; r1 += -8; r2 = 0; r3 = 10; call kfunc 1; r1 = r10; r1 += -8; call kfunc 2;"
	  "r1 = *(u32 *)(r0 + 0); r1 = r10; r1 += -8; call kfunc 3; r0 = 0; exit",
	  false },
	{ "iterator never made", 0, "iter.uninit", "r1 = r10; r1 += -8; call kfunc 2; r0 = 0; exit",
	  false },
	{ "iterator made twice", 0, "iter.init",
	  "r1 = r10; r1 += -8; r2 = 0; r3 = 10; call kfunc 1; r1 = r10; r1 += -8; r2 = 0; r3 = 10;"
	  "call kfunc 1; r0 = 0; exit",
	  false },
	{ "iterator overwritten", 0, "iter.uninit",
	  "r1 = r10; r1 += -8; r2 = 0; r3 = 10; call kfunc 1; *(u64 *)(r10 - 8) = 0;"
	  "r1 = r10; r1 += -8; call kfunc 3; r0 = 0; exit",
	  false },
	{ "iterator with a growing index", 0, "stack.oob",
	  "r6 = 0; r1 = r10; r1 += -8; r2 = 0; r3 = 10; call kfunc 1; l: r1 = r10; r1 += -8; call "
	  "kfunc 2;"
	  "if r0 == 0 goto e; r6 += 1; goto l; e: r1 = r10; r1 += -8; call kfunc 3;"
	  "if r6 > 16 goto +4; r1 = r10; r1 += -24; r1 += r6; *(u8 *)(r1 + 8) = 1; r0 = 0; exit",
	  false },
	/* dynptrs */
	{ "dynptr", 0, NULL,
	  "r1 = map_fd[2] ll; r2 = 16; r3 = 0; r4 = r10; r4 += -16; call 198; r1 = r10; r1 += -16;"
	  "r2 = 0; call 199; r0 = 0; exit",
	  false },
	{ "dynptr not released", 0, "ref.leak",
	  "r1 = map_fd[2] ll; r2 = 16; r3 = 0; r4 = r10; r4 += -16; call 198; r0 = 0; exit",
	  false },
	{ "dynptr overwritten", 0, "dynptr.overwrite",
	  "r1 = map_fd[2] ll; r2 = 16; r3 = 0; r4 = r10; r4 += -16; call 198; *(u64 *)(r10 - 8) = "
	  "0;"
	  "r0 = 0; exit",
	  false },
	{ "slice after release", 0, "mem.not_a_pointer",
	  "r1 = map_fd[2] ll; r2 = 16; r3 = 0; r4 = r10; r4 += -16; call 198; r1 = r10; r1 += -16; "
	  "r2 = 0;"
	  "r3 = 8; call 203; r6 = r0; r1 = r10; r1 += -16; r2 = 0; call 199; if r6 == 0 goto +1;"
	  "*(u64 *)(r6 + 0) = 1; r0 = 0; exit",
	  false },
	/* tail calls */
	{ "tail call", 0, NULL, "r2 = map_fd[3] ll; r3 = 1; call 12; r0 = 0; exit", false },
	{ "tail call through a hash", 0, "call.tail_call_map",
	  "r2 = map_fd[1] ll; r3 = 1; call 12; r0 = 0; exit", false },
	{ "tail call with a record held", 0, "ref.leak",
	  "r6 = r1; r1 = map_fd[2] ll; r2 = 8; r3 = 0; call 131; if r0 == 0 goto +6; r7 = r0; r1 = "
	  "r6;"
	  "r2 = map_fd[3] ll; r3 = 1; call 12; r0 = 0; exit",
	  false },
	/* precision and pruning */
	{ "imprecise path does not cover a precise one", 0, "stack.oob",
	  "call 7; r6 = 0; if r0 == 0 goto +1; r6 = 64; r7 = 0; call 7; if r0 == 0 goto +1; r7 = 1;"
	  "call 7; r0 &= 1; r8 = r0; call 7; r1 = r10; r1 += -16; r1 += r6; *(u8 *)(r1 + 0) = 1; "
	  "r0 = 0; exit",
	  false },
	{ "spilled index", 0, "stack.oob",
	  "call 7; r6 = 0; if r0 == 0 goto +1; r6 = 64; *(u64 *)(r10 - 8) = r6; call 7; if r0 == 0 "
	  "goto +1;"
	  "r7 = 1; call 7; r0 &= 1; r8 = r0; call 7; r6 = *(u64 *)(r10 - 8); r1 = r10; r1 += -24; "
	  "r1 += r6;"
	  "*(u8 *)(r1 + 0) = 1; r0 = 0; exit",
	  false },
	{ "index through a subprogram", 0, "stack.oob",
	  "call 7; r6 = 0; if r0 == 0 goto +1; r6 = 64; r1 = r6; call f; r1 = r10; r1 += -24; r1 "
	  "+= r0;"
	  "*(u8 *)(r1 + 0) = 1; r0 = 0; exit; f: r7 = r1; call 7; if r0 == 0 goto +1; r8 = 1; r0 = "
	  "r7; exit",
	  false },
	{ "index bounded in a loop only", 0, "stack.oob",
	  "r6 = 0; r7 = 0; l: call 7; if r0 == 0 goto +1; r7 += 8; r6 += 1; if r6 < 5 goto l; r1 = "
	  "r10;"
	  "r1 += -32; r1 += r7; *(u8 *)(r1 + 0) = 1; r0 = 0; exit",
	  false },
	{ "32-bit test does not bound 64 bits", 0, "mem.unbounded",
	  LOOKUP "if r0 == 0 goto +5; r6 = r0; r1 = *(u64 *)(r0 + 0); if r1 s< 0 goto +3;"
		 "if w1 > 8 goto +2; r6 += r1; r0 = *(u8 *)(r6 + 0); r0 = 0; exit",
	  false },
	{ "sign extension", 0, "mem.negative_index",
	  LOOKUP "if r0 == 0 goto +5; r6 = r0; r1 = *(s8 *)(r0 + 0); if r1 s> 8 goto +2; r6 += r1;"
		 "r0 = *(u8 *)(r6 + 0); r0 = 0; exit",
	  false },
	/* lifetimes */
	{ "frame between", 0, "stack.spill_to_caller",
	  "r1 = r10; r1 += -8; call f; r0 = 0; exit;"
	  "f: r2 = r10; r2 += -8; call g; r0 = 0; exit;"
	  "g: *(u64 *)(r1 + 0) = r2; r0 = 0; exit",
	  false },
	{ "dynptr of the stack", 0, "call.arg_type",
	  "r1 = r10; r1 += -32; r2 = 16; r3 = 0; r4 = r10; r4 += -16; call 197; r0 = 0; exit",
	  false },
	{ "dynptr of a record", 0, "call.arg_type",
	  "r1 = map_fd[2] ll; r2 = 8; r3 = 0; call 131; if r0 == 0 goto +9; r6 = r0; r1 = r0; r2 = "
	  "8;"
	  "r3 = 0; r4 = r10; r4 += -16; call 197; r1 = r6; r2 = 0; call 132; r0 = 0; exit",
	  false },
	{ "sign extended packet pointer", BPF_PROG_TYPE_XDP, "ctx.field",
	  "r2 = *(s32 *)(r1 + 0); r0 = 0; exit", false },
	{ "constant stored to the context", BPF_PROG_TYPE_SCHED_CLS, NULL,
	  "*(u32 *)(r1 + 8) = 1; r0 = 0; exit", false },
