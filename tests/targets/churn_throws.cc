// SPDX-License-Identifier: BSD-2-Clause
// Calls probed() as often as it is told, which throws each third time, and says how often.
#include <atomic>
#include <cstdio>
#include <stdexcept>
#include <thread>
#include <vector>

static std::atomic<long> calls, bad, returned;

static long (*volatile again)(long);

extern "C" __attribute__((noinline, noclone)) long probed(long x)
{
	calls++;
	if (x % 3 == 0)
		throw std::runtime_error("thrown");
	if (x > 3)
		x = again(x - 1) + 1;
	returned++;
	return x;
}

static void work(long n)
{
	for (long i = 0; i < n; i++) {
		bool caught = false;
		try {
			if (probed(i % 7) != i % 7)
				bad++;
		} catch (const std::runtime_error &) {
			caught = true;
		}
		/* 4, 5 and 6 come down to 3. */
		if (caught != (i % 7 != 1 && i % 7 != 2))
			bad++;
	}
}

int main()
{
	again = probed;
	for (long n; scanf("%ld", &n) == 1;) {
		std::vector<std::thread> threads;
		for (int i = 0; i < 3; i++)
			threads.emplace_back(work, n);
		for (auto &t : threads)
			t.join();
		printf("calls %ld bad %ld thrown %ld\n", calls.load(), bad.load(),
		       calls.load() - returned.load());
		fflush(stdout);
	}
	return 0;
}
