/* SPDX-License-Identifier: BSD-2-Clause */
/* Attaches what is in an object by libbpf to the kernel's uprobes until its input ends. */
#include <stdio.h>
#include <unistd.h>
#include <bpf/libbpf.h>

int main(int argc, char **argv)
{
	struct bpf_object *obj = argc > 1 ? bpf_object__open_file(argv[1], NULL) : NULL;
	struct bpf_program *prog;
	char c;

	if (!obj || bpf_object__load(obj))
		return 1;
	bpf_object__for_each_program(prog, obj) if (!bpf_program__attach(prog)) return 2;
	puts("attached");
	fflush(stdout);
	return read(0, &c, 1) != 0;
}
