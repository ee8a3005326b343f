/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does ring3 execute instructions as the public conformance suite (bpf_conformance) expects?  The
 * suite starts this program once a test, with memory as an argument and the program on stdin, and
 * compares what is printed: r0 in hex.
 */
#include <argp.h>
#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "isa/isa.h"
#include "jit/jit.h"
#include "run/engine.h"

enum engine {
	JIT,
	INTERP,
	CHECK
};
enum {
	MAX_BYTES = 64 << 20,
	HANDLER_STACK = 64 << 10,
	RUNTIME_FUNCTION = 0x2a /* the one that the suite calls by BTF id */
};

struct bytes {
	uint8_t *data;
	size_t size;
};

struct args {
	const char *memory;
	enum engine engine;
	bool elf;
};

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("conformance_plugin: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

/* The helpers of the suite: five numbers in, one out. */
static uint64_t gather_bytes(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
	return (a & 0xff) << 32 | (b & 0xff) << 24 | (c & 0xff) << 16 | (d & 0xff) << 8 |
	       (e & 0xff);
}

static uint64_t memfrob_bytes(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
	(void)c;
	(void)d;
	(void)e;
	for (uint64_t i = 0; i < b; i++)
		((uint8_t *)a)[i] ^= 42;
	return 0;
}

static uint64_t no_op(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
	(void)a;
	(void)b;
	(void)c;
	(void)d;
	(void)e;
	return 0;
}

static uint64_t square_root(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
	uint64_t root = 0;

	(void)b;
	(void)c;
	(void)d;
	(void)e;
	for (uint64_t bit = 1ULL << 31; bit; bit >>= 1)
		if ((root | bit) * (root | bit) <= a)
			root |= bit;
	return root;
}

static uint64_t compare_strings(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
	(void)c;
	(void)d;
	(void)e;
	return (uint64_t)(int64_t)strcmp((const char *)a, (const char *)b);
}

static uint64_t first_of_five(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
	(void)b;
	(void)c;
	(void)d;
	(void)e;
	return a;
}

/* By number; the runtime function is one more. */
static const raw_fn helpers[] = { gather_bytes,
				  memfrob_bytes,
				  no_op,
				  square_root,
				  compare_strings,
				  first_of_five,
				  [RUNTIME_FUNCTION] = no_op };

static void bind_runtime_function(struct bpf_insn *insns, uint32_t n)
{
	for (uint32_t i = 0; i < n; i += isa_is_wide(insns[i].code) ? 2 : 1)
		if (insns[i].code == (BPF_JMP | BPF_CALL) &&
		    insns[i].src_reg == BPF_PSEUDO_KFUNC_CALL && !insns[i].off &&
		    insns[i].imm == RUNTIME_FUNCTION)
			insns[i].src_reg = 0;
}

/* The program may have overwritten anything but this stack: nothing but a message is safe. */
__attribute__((noreturn)) static void crashed(int sig)
{
	static const char begin[] = "conformance_plugin: the program crashed: ";
	const char *name = sigdescr_np(sig);

	if (write(STDERR_FILENO, begin, sizeof(begin) - 1) < 0 ||
	    write(STDERR_FILENO, name, strlen(name)) < 0 || write(STDERR_FILENO, "\n", 1) < 0)
		_exit(2);
	_exit(1);
}

static void catch_crashes(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT };
	struct sigaction act = { .sa_handler = crashed, .sa_flags = SA_ONSTACK };
	stack_t stack = { .ss_size = HANDLER_STACK };

	stack.ss_sp = mmap(NULL, HANDLER_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);
	if (stack.ss_sp == MAP_FAILED || sigaltstack(&stack, NULL) != 0)
		die("out of memory");
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &act, NULL);
}

static void add_byte(struct bytes *b, size_t *room, unsigned long value, const char *what)
{
	if (value > 0xff)
		die("%s: a byte above ff", what);
	if (b->size == *room) {
		*room = *room ? *room * 2 : 4096;
		if (*room > MAX_BYTES)
			die("%s: too long", what);
		b->data = realloc(b->data, *room);
		if (!b->data)
			die("out of memory");
	}
	b->data[b->size++] = (uint8_t)value;
}

static struct bytes read_hex(const char *s, const char *what)
{
	struct bytes b = { 0 };
	size_t room = 0;

	while (*s) {
		unsigned long value;
		char *end;

		if (strchr(" \t\r\n", *s)) {
			s++;
			continue;
		}
		if (!strchr("0123456789abcdefABCDEF", *s))
			die("%s: '%c' is no hex digit", what, *s);
		value = strtoul(s, &end, 16);
		add_byte(&b, &room, value, what);
		s = end;
	}
	return b;
}

static struct bytes read_stdin(void)
{
	struct bytes b;
	char *line = NULL;
	size_t room = 0;

	if (getline(&line, &room, stdin) < 0)
		die("no program on stdin");
	b = read_hex(line, "program");
	free(line);
	return b;
}

static bool has_relocations(Elf *elf, size_t section)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;

	while ((scn = elf_nextscn(elf, scn)))
		if (gelf_getshdr(scn, &shdr) && shdr.sh_type == SHT_REL &&
		    shdr.sh_info == section && shdr.sh_size)
			return true;
	return false;
}

/* The code in the first executable section that is not empty.  Relocations would name maps, which
 * this program does not have. */
static struct bytes read_elf(const struct bytes *file)
{
	struct bytes code = { 0 };
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;
	Elf_Data *data;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_memory((char *)file->data, file->size);
	if (!elf || elf_kind(elf) != ELF_K_ELF)
		die("program: not an ELF file");
	while ((scn = elf_nextscn(elf, scn))) {
		if (!gelf_getshdr(scn, &shdr) || shdr.sh_type != SHT_PROGBITS ||
		    !(shdr.sh_flags & SHF_EXECINSTR) || !shdr.sh_size)
			continue;
		if (has_relocations(elf, elf_ndxscn(scn)))
			die("program: relocations (maps) are not supported here");
		data = elf_getdata(scn, NULL);
		if (!data || !data->d_buf)
			die("program: section without data");
		code.size = data->d_size;
		code.data = malloc(code.size);
		if (!code.data)
			die("out of memory");
		memcpy(code.data, data->d_buf, code.size);
		break;
	}
	elf_end(elf);
	if (!code.data)
		die("program: no code in the ELF file");
	return code;
}

static uint64_t run_jit(const struct raw_prog *prog, struct bytes *mem)
{
	struct jit_image *image = NULL;
	int err = jit_compile_raw(prog, &image);
	uint64_t r0;

	if (err)
		die("cannot compile: %s", strerror(-err));
	/* Of a raw program the second argument is the length. */
	r0 = image->entry(mem->data, (struct run *)mem->size);
	jit_free(image);
	return r0;
}

static uint64_t run(const struct raw_prog *prog, struct bytes *mem, enum engine engine)
{
	char buf[256];
	struct text why;
	uint64_t r0 = 0;
	int err = 0;

	text_init(&why, buf, sizeof(buf));
	if (raw_check(prog, &why) != 0)
		die("refused: %s", buf);
	switch (engine) {
	case JIT: return run_jit(prog, mem);
	case INTERP: err = interp_raw(prog, mem->data, mem->size, &r0, &why); break;
	case CHECK: err = check_raw(prog, mem->data, mem->size, &r0, &why); break;
	}
	if (err)
		die("%s", buf);
	return r0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case 'e':
		if (!strcmp(arg, "jit"))
			args->engine = JIT;
		else if (!strcmp(arg, "interp"))
			args->engine = INTERP;
		else if (!strcmp(arg, "check"))
			args->engine = CHECK;
		else
			argp_error(state, "no such engine: %s", arg);
		return 0;
	case 'E': args->elf = true; return 0;
	case ARGP_KEY_ARG:
		if (*arg && args->memory)
			argp_error(state, "one memory argument, of hex bytes");
		if (*arg)
			args->memory = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "engine", 'e', "jit|interp|check", 0, "how to run it (jit)", 0 },
		{ "elf", 'E', NULL, 0, "the bytes on stdin are an ELF file", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "[MEM]",
		.doc = "Runs one program for the public eBPF conformance suite and prints r0 in "
		       "hex."
		       "\v"
		       "The program comes on stdin: one line of hex bytes.  MEM is one argument of "
		       "hex "
		       "bytes separated by spaces; r1 is its address and r2 its length.  Helpers 0 "
		       "to 5 "
		       "take five arguments; 5 returns the first.  Runtime function 42 (a call by "
		       "BTF id) returns 0.\n\n"
		       "Encodings, jumps and calls are checked, MEMORY IS NOT VERIFIED: the "
		       "suite's "
		       "programs use raw addresses, so jit and interp read and write wherever the "
		       "program says; only check refuses what lies outside MEM and the stack.",
	};
	struct args args = { .engine = JIT };
	struct bytes mem = { 0 }, code;
	struct raw_prog prog = { .fns = helpers, .n_fns = sizeof(helpers) / sizeof(helpers[0]) };

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	if (args.memory)
		mem = read_hex(args.memory, "memory");
	code = read_stdin();
	if (args.elf) {
		struct bytes file = code;

		code = read_elf(&file);
		free(file.data);
	}
	if (code.size % sizeof(struct bpf_insn))
		die("program: %zu bytes are not whole instructions", code.size);
	prog.n_insns = (uint32_t)(code.size / sizeof(struct bpf_insn));
	bind_runtime_function((struct bpf_insn *)code.data, prog.n_insns);
	prog.insns = (const struct bpf_insn *)code.data;
	catch_crashes();
	printf("%llx\n", (unsigned long long)run(&prog, &mem, args.engine));
	free(code.data);
	free(mem.data);
	return 0;
}
