// SPDX-License-Identifier: BSD-2-Clause
// Exceptions through probed functions: thrown deep, caught high, from several threads.
#include <cstdio>
#include <stdexcept>
#include <thread>
#include <vector>

static long cleaned;

struct guard {
	~guard() { __atomic_fetch_add(&cleaned, 1, __ATOMIC_RELAXED); }
};

extern "C" __attribute__((noinline, noclone)) long probed(long x)
{
	guard g;
	if (x == 0)
		throw std::runtime_error("thrown");
	return probed(x - 1) + 1;
}

static void work()
{
	for (int i = 0; i < 500; i++) {
		bool caught = false;
		try {
			probed(i % 20);
		} catch (const std::runtime_error &e) {
			caught = true;
		}
		if (!caught)
			std::terminate();
	}
}

int main()
{
	std::vector<std::thread> threads;
	for (int i = 0; i < 4; i++)
		threads.emplace_back(work);
	for (auto &t : threads)
		t.join();
	std::printf("calls %ld 0\n", cleaned);
	return 0;
}
