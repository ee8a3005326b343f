/* SPDX-License-Identifier: BSD-2-Clause */
/* What do a million instructions cost that a verifier walks?  Loops whose paths have different
 * numbers that matter, each of another kind of work.  For verify_bench only: nobody runs them. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

enum {
	BYTES = 512
};

struct text {
	__u8 bytes[BYTES];
	__u32 counts[BYTES];
};

#define MAP(nm, kind, n, value_type)               \
	struct {                                   \
		__uint(type, BPF_MAP_TYPE_##kind); \
		__uint(max_entries, n);            \
		__type(key, __u32);                \
		__type(value, value_type);         \
	} nm SEC(".maps");
MAP(texts, PERCPU_ARRAY, 1, struct text)
MAP(users, HASH, 1024, __u64)
MAP(files, LRU_HASH, 1024, __u64)
MAP(peers, PERCPU_HASH, 1024, __u64)

static struct text *the_text(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&texts, &key);
}

/* Branches in a loop: what the bytes are is counted in constants, which then are offsets. */
SEC("kprobe/vfs_read")
int branches(void *ctx)
{
	struct text *t = the_text();
	__u32 words = 0, lines = 0, depth = 0;

	if (!t)
		return 0;
	for (__u32 i = 0; i < BYTES; i++) {
		__u8 c = t->bytes[i];

		if (c == ' ')
			words++;
		else if (c == '\n')
			lines++;
		else if (c == '(')
			depth += 2;
		if (words + lines + depth < BYTES)
			t->counts[words + lines + depth] = i + c;
	}
	return 0;
}

struct reader {
	struct text *text;
	__u32 state, kept, escaped, lines, high;
};

static long read_byte(__u32 i, void *arg)
{
	struct reader *r = arg;
	__u32 sum;
	__u8 c;

	if (i >= BYTES)
		return 1;
	c = r->text->bytes[i];
	if (c == '\\')
		r->escaped++;
	else if (c == '"')
		r->state ^= 1;
	else if (c == '\n')
		r->lines += 2;
	else if (r->state && r->kept < BYTES)
		r->kept++;
	if (c & 128)
		r->high += 3;
	sum = r->kept + r->escaped + r->lines + r->high;
	if (sum < BYTES)
		r->text->counts[sum] = c;
	return 0;
}

/* Rounds of a callback, whose numbers are in the stack of who calls it. */
SEC("kprobe/vfs_write")
int rounds(void *ctx)
{
	struct reader r = { .text = the_text() };

	if (!r.text)
		return 0;
	bpf_loop(BYTES, read_byte, &r, 0);
	return 0;
}

/* Pointers and numbers that are spilled and filled. */
SEC("kprobe/vfs_open")
int spills(void *ctx)
{
	struct text *t = the_text();
	volatile __u32 low = 0, high = 0, other = 0, more = 0;
	__u8 *volatile at, *volatile last;
	__u32 sum;

	if (!t)
		return 0;
	last = t->bytes;
	for (__u32 i = 0; i < BYTES; i++) {
		at = &t->bytes[i];
		if (*at & 128)
			high = high + 1;
		else if (*at > *last)
			low = low + 3;
		else if (*last & 1)
			other = other + 1;
		if (*last & 2)
			more = more + 2;
		sum = low + high + other + more;
		if (sum >= BYTES)
			break;
		last = &t->bytes[sum];
	}
	return 0;
}

static __attribute__((noinline)) __u32 weight(__u8 c)
{
	if (c >= 'a' && c <= 'z')
		return 1;
	if (c >= '0' && c <= '9')
		return 2;
	return c == '_' ? 3 : 0;
}

static __attribute__((noinline)) __u32 add(struct text *t, __u32 at, __u32 sum)
{
	__u32 w = weight(t->bytes[at & (BYTES - 1)]);

	if (!w)
		return sum;
	sum += w;
	if (sum < BYTES)
		t->counts[sum] += at;
	return sum;
}

/* Calls in calls. */
SEC("kprobe/vfs_fsync")
int calls(void *ctx)
{
	struct text *t = the_text();
	__u32 sum = 0, other = 0;

	if (!t)
		return 0;
	for (__u32 i = 0; i < BYTES; i++) {
		sum = add(t, i, sum);
		if (i & 1)
			other = add(t, i * 2, other);
	}
	return sum > other;
}

struct option {
	__u8 kind, len;
};

/* Options of a packet, whose lengths and kinds say where the next one is. */
SEC("xdp")
int packets(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 seen = 0, padding = 0, off = 14;
	struct text *t = the_text();

	if (!t)
		return XDP_PASS;
	for (__u32 i = 0; i < 64; i++) {
		struct option *o = (void *)(data + off);

		if ((void *)(o + 1) > (void *)end)
			break;
		if (o->kind == 1) {
			padding++;
			off += 1;
		} else if (o->kind == 2) {
			seen |= 1 << (i & 3);
			off += 4;
		} else if (o->kind == 3) {
			off += 3;
		} else {
			off += 2;
		}
		if (seen + padding < BYTES)
			t->counts[seen + padding] = off;
	}
	return padding > 3 ? XDP_DROP : XDP_PASS;
}

/* Values of many maps, each of which may be missing. */
SEC("tracepoint/sched/sched_switch")
int lookups(void *ctx)
{
	__u32 found = 0, missing = 0, big = 0;

	for (__u32 i = 0; i < 96; i++) {
		__u32 key = i;
		__u64 *user = bpf_map_lookup_elem(&users, &key);
		__u64 *file = bpf_map_lookup_elem(&files, &key);
		__u64 *peer = bpf_map_lookup_elem(&peers, &key);
		struct text *totals;

		if (user)
			found++;
		if (file && *file > 10)
			big++;
		if (peer && user)
			*peer += *user;
		else
			missing += 2;
		key = 0;
		totals = bpf_map_lookup_elem(&texts, &key);
		if (totals && found + missing + big < BYTES)
			totals->counts[found + missing + big]++;
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
