#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Does all but hooks work on AArch64?  The library, the command and every test program, built for it
# and run under qemu-user: interpreters, machine code, verifier, maps, bpf(2).  T=substring.
set -u
cd "$(dirname "$0")/../.." || exit 1
need='gcc-aarch64-linux-gnu binutils-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user'
for tool in aarch64-linux-gnu-gcc aarch64-linux-gnu-objcopy qemu-aarch64; do
	command -v "$tool" >/dev/null || {
		echo "aarch64: no $tool; apt-get install --no-install-recommends $need"
		exit 77
	}
done
root=$PWD/build/aarch64-root build=build/aarch64
sh tests/cross/root.sh "$root" arm64 || {
	echo 'aarch64: the packages of arm64 cannot be fetched'
	exit 77
}
lib=$root/usr/lib/aarch64-linux-gnu
export PKG_CONFIG_SYSROOT_DIR="$root" PKG_CONFIG_LIBDIR="$lib/pkgconfig:$root/usr/share/pkgconfig"
LDFLAGS='' make -j"$(nproc)" V=release B=$build "CC=aarch64-linux-gnu-gcc --sysroot=$root" \
	AR=aarch64-linux-gnu-ar OBJCOPY=aarch64-linux-gnu-objcopy cross || exit 1

# What tests start themselves runs under the emulator as well.
mkdir -p $build/emulated
ln -sfn ../tests $build/emulated/tests
for program in ring3 conformance_plugin; do
	printf '#!/bin/sh\nexec qemu-aarch64 -L "%s" "%s" "$@"\n' "$root" "$PWD/$build/$program" \
		>$build/emulated/$program
	chmod 755 $build/emulated/$program
done

# Not run: what traces processes; what asks this kernel, or has it copy between processes, by calls
# that qemu-user does not pass on; what forks beside threads, which qemu-user does not survive.
status=0
for f in tests/*/*_test.c tests/conformance/plugin_test.sh; do
	name=${f%.*} program=$build/${f%.*} tree=$build
	case $name in
	*"${T:-}"*) ;;
	*) continue ;;
	esac
	case $name in
	tests/hook/* | tests/abi/damage_test | tests/abi/kill_test | tests/abi/hostile_test) continue ;;
	*kernel*_test | tests/abi/wait_test) continue ;;
	tests/insn/reserved_test | tests/verify/module_test | tests/conformance/*) tree=$build/emulated ;;
	esac
	if [ "$f" != "${f%.sh}" ]; then
		set -- sh "$f"
	else
		set -- qemu-aarch64 -L "$root" "$program"
	fi
	BUILD=$tree timeout -k 5 "${TEST_SECONDS:-1200}" "$@" >$build/log 2>&1 </dev/null
	failed=$?
	echo "aarch64 ${name#tests/}: $(grep -c '^ok' $build/log) ok, $(grep -c '# SKIP' $build/log)" \
		"of them skipped, $(grep '^not ok' $build/log | grep -vc '# SKIP') failed, status $failed"
	case $failed in 0 | 77) continue ;; esac
	grep -a -A 3 '^not ok' $build/log | head -n 20
	tail -n 5 $build/log
	status=1
done
qemu-aarch64 -L "$root" $build/ring3 run /dev/null 2>$build/log
if [ $? -ne 1 ] || ! grep -q 'cannot be hooked on this machine' $build/log; then
	echo 'aarch64: ring3 run does not say that there are no hooks:'
	cat $build/log
	status=1
fi
exit $status
