/* SPDX-License-Identifier: BSD-2-Clause */
/* What is a program by the name of its section, beyond what libbpf knows? */
#ifndef CLI_SECTIONS_H
#define CLI_SECTIONS_H

struct bpf_object;
struct bpf_program;
struct ring3;
struct target_prog;

/* Before an object is opened; rt: whose kernel structs of functions are looked up in, or NULL. */
void sections_tell(struct ring3 *rt);
/* After it was opened and before it is loaded. */
void sections_opened(const char *path, const struct bpf_object *obj);

/* Whose functions extensions replace from now on, and tracing programs may attach to; NULL:
 * nobody's. */
void sections_target(struct target_prog *target);
/* A tracing program that names such a function attaches to it, not to a kernel's. */
void sections_attach(struct bpf_program *prog);

#endif
