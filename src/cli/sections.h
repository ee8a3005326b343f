/* SPDX-License-Identifier: BSD-2-Clause */
/* What is a program by the name of its section, beyond what libbpf knows? */
#ifndef CLI_SECTIONS_H
#define CLI_SECTIONS_H

struct bpf_object;
struct ring3;

/* Before an object is opened; rt: whose kernel structs of functions are looked up in, or NULL. */
void sections_tell(struct ring3 *rt);
/* After it was opened and before it is loaded. */
void sections_opened(const char *path, const struct bpf_object *obj);

#endif
