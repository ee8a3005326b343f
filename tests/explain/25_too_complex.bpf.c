/* SPDX-License-Identifier: BSD-2-Clause */
/* A checksum over a text, byte by byte, with a state for every byte. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define MAX 512

struct text {
	__u8 bytes[MAX];
	__u32 words[MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct text);
} texts SEC(".maps");

SEC("kprobe/do_filp_open")
int split(void *ctx)
{
	__u32 key = 0, n_words = 0, quotes = 0, i;
	struct text *t = bpf_map_lookup_elem(&texts, &key);

	if (!t)
		return 0;
	for (i = 0; i < MAX; i++) {
		__u8 c = t->bytes[i];

		if (c == '"')
			quotes++;
		if (c == ' ')
			n_words++;
		if (n_words + quotes < MAX)
			t->words[n_words + quotes] = i;
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
