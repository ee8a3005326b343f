# SPDX-License-Identifier: BSD-2-Clause
# Atomic operations of both widths; r0 gathers what was fetched and what is stored.
# `: name` begins a case, `mem:` is what r1 points to and r2 counts, `=>` is r0 at the end.
: lock += 64
r2 = 0xf0f0f0ff0f0f0f5 ll
lock *(u64 *)(r1 + 0) += r2
r0 = *(u64 *)(r1 + 0)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xdebc9a867452305
: fetch add 64 stores
r2 = 0xf0f0f0ff0f0f0f5 ll
r2 = atomic_fetch_add((u64 *)(r1 + 0), r2)
r0 = *(u64 *)(r1 + 0)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xdebc9a867452305
: fetch add 64 fetches
r2 = 0xf0f0f0ff0f0f0f5 ll
r2 = atomic_fetch_add((u64 *)(r1 + 0), r2)
r0 = r2
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xfedcba9876543210
: lock |= 64
r2 = 0xf0f0f0ff0f0f0f5 ll
lock *(u64 *)(r1 + 0) |= r2
r0 = *(u64 *)(r1 + 0)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xffdfbf9ff6f4f2f5
: fetch or 64 stores
r2 = 0xf0f0f0ff0f0f0f5 ll
r2 = atomic_fetch_or((u64 *)(r1 + 0), r2)
r0 = *(u64 *)(r1 + 0)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xffdfbf9ff6f4f2f5
: fetch or 64 fetches
r2 = 0xf0f0f0ff0f0f0f5 ll
r2 = atomic_fetch_or((u64 *)(r1 + 0), r2)
r0 = r2
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xfedcba9876543210
: lock &= 64
r2 = 0xf0f0f0ff0f0f0f5 ll
lock *(u64 *)(r1 + 0) &= r2
r0 = *(u64 *)(r1 + 0)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xe0c0a0870503010
: fetch and 64 stores
r2 = 0xf0f0f0ff0f0f0f5 ll
r2 = atomic_fetch_and((u64 *)(r1 + 0), r2)
r0 = *(u64 *)(r1 + 0)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xe0c0a0870503010
: fetch and 64 fetches
r2 = 0xf0f0f0ff0f0f0f5 ll
r2 = atomic_fetch_and((u64 *)(r1 + 0), r2)
r0 = r2
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xfedcba9876543210
: lock ^= 64
r2 = 0xf0f0f0ff0f0f0f5 ll
lock *(u64 *)(r1 + 0) ^= r2
r0 = *(u64 *)(r1 + 0)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xf1d3b59786a4c2e5
: fetch xor 64 stores
r2 = 0xf0f0f0ff0f0f0f5 ll
r2 = atomic_fetch_xor((u64 *)(r1 + 0), r2)
r0 = *(u64 *)(r1 + 0)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xf1d3b59786a4c2e5
: fetch xor 64 fetches
r2 = 0xf0f0f0ff0f0f0f5 ll
r2 = atomic_fetch_xor((u64 *)(r1 + 0), r2)
r0 = r2
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xfedcba9876543210
: xchg 64 stores
r2 = 0xf0f0f0ff0f0f0f5 ll
r2 = xchg_64(r1 + 0, r2)
r0 = *(u64 *)(r1 + 0)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xf0f0f0ff0f0f0f5
: xchg 64 fetches
r2 = 0xf0f0f0ff0f0f0f5 ll
r2 = xchg_64(r1 + 0, r2)
r0 = r2
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xfedcba9876543210
: cmpxchg 64 hit, r0
r2 = 0xf0f0f0ff0f0f0f5 ll
r0 = 0xfedcba9876543210 ll
r0 = cmpxchg_64(r1 + 0, r0, r2)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xfedcba9876543210
: cmpxchg 64 hit, memory
r2 = 0xf0f0f0ff0f0f0f5 ll
r0 = 0xfedcba9876543210 ll
r0 = cmpxchg_64(r1 + 0, r0, r2)
r0 = *(u64 *)(r1 + 0)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xf0f0f0ff0f0f0f5
: cmpxchg 64 miss, r0
r2 = 0xf0f0f0ff0f0f0f5 ll
r0 = 0xfedcba9876543211 ll
r0 = cmpxchg_64(r1 + 0, r0, r2)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xfedcba9876543210
: cmpxchg 64 miss, memory
r2 = 0xf0f0f0ff0f0f0f5 ll
r0 = 0xfedcba9876543211 ll
r0 = cmpxchg_64(r1 + 0, r0, r2)
r0 = *(u64 *)(r1 + 0)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xfedcba9876543210
: fetch add 64 into the base register
*(u64 *)(r10 - 8) = r1
r6 = r1
r1 = atomic_fetch_add((u64 *)(r6 + 0), r1)
r0 = r1
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xfedcba9876543210
: lock += 32
r2 = 0xf0f0f0ff0f0f0f5 ll
lock *(u32 *)(r1 + 0) += w2
r0 = *(u64 *)(r1 + 0)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xfedcba9867452305
: fetch add 32 stores
r2 = 0xf0f0f0ff0f0f0f5 ll
w2 = atomic_fetch_add((u32 *)(r1 + 0), w2)
r0 = *(u64 *)(r1 + 0)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xfedcba9867452305
: fetch add 32 fetches
r2 = 0xf0f0f0ff0f0f0f5 ll
w2 = atomic_fetch_add((u32 *)(r1 + 0), w2)
r0 = r2
exit
mem: 10 32 54 76 98 ba dc fe
=> 0x76543210
: lock |= 32
r2 = 0xf0f0f0ff0f0f0f5 ll
lock *(u32 *)(r1 + 0) |= w2
r0 = *(u64 *)(r1 + 0)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xfedcba98f6f4f2f5
: fetch or 32 stores
r2 = 0xf0f0f0ff0f0f0f5 ll
w2 = atomic_fetch_or((u32 *)(r1 + 0), w2)
r0 = *(u64 *)(r1 + 0)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xfedcba98f6f4f2f5
: fetch or 32 fetches
r2 = 0xf0f0f0ff0f0f0f5 ll
w2 = atomic_fetch_or((u32 *)(r1 + 0), w2)
r0 = r2
exit
mem: 10 32 54 76 98 ba dc fe
=> 0x76543210
: lock &= 32
r2 = 0xf0f0f0ff0f0f0f5 ll
lock *(u32 *)(r1 + 0) &= w2
r0 = *(u64 *)(r1 + 0)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xfedcba9870503010
: fetch and 32 stores
r2 = 0xf0f0f0ff0f0f0f5 ll
w2 = atomic_fetch_and((u32 *)(r1 + 0), w2)
r0 = *(u64 *)(r1 + 0)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xfedcba9870503010
: fetch and 32 fetches
r2 = 0xf0f0f0ff0f0f0f5 ll
w2 = atomic_fetch_and((u32 *)(r1 + 0), w2)
r0 = r2
exit
mem: 10 32 54 76 98 ba dc fe
=> 0x76543210
: lock ^= 32
r2 = 0xf0f0f0ff0f0f0f5 ll
lock *(u32 *)(r1 + 0) ^= w2
r0 = *(u64 *)(r1 + 0)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xfedcba9886a4c2e5
: fetch xor 32 stores
r2 = 0xf0f0f0ff0f0f0f5 ll
w2 = atomic_fetch_xor((u32 *)(r1 + 0), w2)
r0 = *(u64 *)(r1 + 0)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xfedcba9886a4c2e5
: fetch xor 32 fetches
r2 = 0xf0f0f0ff0f0f0f5 ll
w2 = atomic_fetch_xor((u32 *)(r1 + 0), w2)
r0 = r2
exit
mem: 10 32 54 76 98 ba dc fe
=> 0x76543210
: xchg 32 stores
r2 = 0xf0f0f0ff0f0f0f5 ll
w2 = xchg32_32(r1 + 0, w2)
r0 = *(u64 *)(r1 + 0)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xfedcba98f0f0f0f5
: xchg 32 fetches
r2 = 0xf0f0f0ff0f0f0f5 ll
w2 = xchg32_32(r1 + 0, w2)
r0 = r2
exit
mem: 10 32 54 76 98 ba dc fe
=> 0x76543210
: cmpxchg 32 hit, r0
r2 = 0xf0f0f0ff0f0f0f5 ll
r0 = 0xfedcba9876543210 ll
w0 = cmpxchg32_32(r1 + 0, w0, w2)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0x76543210
: cmpxchg 32 hit, memory
r2 = 0xf0f0f0ff0f0f0f5 ll
r0 = 0xfedcba9876543210 ll
w0 = cmpxchg32_32(r1 + 0, w0, w2)
r0 = *(u64 *)(r1 + 0)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xfedcba98f0f0f0f5
: cmpxchg 32 miss, r0
r2 = 0xf0f0f0ff0f0f0f5 ll
r0 = 0xfedcba9876543211 ll
w0 = cmpxchg32_32(r1 + 0, w0, w2)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0x76543210
: cmpxchg 32 miss, memory
r2 = 0xf0f0f0ff0f0f0f5 ll
r0 = 0xfedcba9876543211 ll
w0 = cmpxchg32_32(r1 + 0, w0, w2)
r0 = *(u64 *)(r1 + 0)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xfedcba9876543210
: fetch add 32 into the base register
*(u64 *)(r10 - 8) = r1
r6 = r1
w1 = atomic_fetch_add((u32 *)(r6 + 0), w1)
r0 = r1
exit
mem: 10 32 54 76 98 ba dc fe
=> 0x76543210
: load_acquire 8
r0 = -1
w0 = load_acquire((u8 *)(r1 + 0))
exit
mem: 10 32 54 76 98 ba dc fe
=> 0x10
: store_release 8
r2 = 0xf0f0f0ff0f0f0f5 ll
store_release((u8 *)(r1 + 0), w2)
r0 = *(u64 *)(r1 + 0)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xfedcba98765432f5
: load_acquire 16
r0 = -1
w0 = load_acquire((u16 *)(r1 + 0))
exit
mem: 10 32 54 76 98 ba dc fe
=> 0x3210
: store_release 16
r2 = 0xf0f0f0ff0f0f0f5 ll
store_release((u16 *)(r1 + 0), w2)
r0 = *(u64 *)(r1 + 0)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xfedcba987654f0f5
: load_acquire 32
r0 = -1
w0 = load_acquire((u32 *)(r1 + 0))
exit
mem: 10 32 54 76 98 ba dc fe
=> 0x76543210
: store_release 32
r2 = 0xf0f0f0ff0f0f0f5 ll
store_release((u32 *)(r1 + 0), w2)
r0 = *(u64 *)(r1 + 0)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xfedcba98f0f0f0f5
: load_acquire 64
r0 = -1
r0 = load_acquire((u64 *)(r1 + 0))
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xfedcba9876543210
: store_release 64
r2 = 0xf0f0f0ff0f0f0f5 ll
store_release((u64 *)(r1 + 0), r2)
r0 = *(u64 *)(r1 + 0)
exit
mem: 10 32 54 76 98 ba dc fe
=> 0xf0f0f0ff0f0f0f5
