#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Do verifier and engines work on AArch64?  Every case of tests/insn and tests/verify, on interpreters
# and machine code, under qemu-user.
set -u
cd "$(dirname "$0")/../.." || exit 1
need='gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user'
for tool in aarch64-linux-gnu-gcc qemu-aarch64; do
	command -v "$tool" >/dev/null || {
		echo "aarch64: no $tool; apt-get install --no-install-recommends $need"
		exit 77
	}
done
make -j"$(nproc)" aarch64 || exit 1
status=0
for t in insn/insn_test verify/verify_test; do
	qemu-aarch64 "build/aarch64/tests/$t" >build/aarch64/log 2>&1
	failed=$?
	grep '^not ok' build/aarch64/log
	echo "aarch64 $t: $(grep -c '^ok' build/aarch64/log) passed, $(grep -c '# SKIP' build/aarch64/log)" \
		"of them skipped, $(grep -c '^not ok' build/aarch64/log) failed, status $failed"
	[ "$failed" -eq 0 ] || { tail -n 3 build/aarch64/log; status=1; }
done
exit $status
