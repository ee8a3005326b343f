#!/bin/sh
# Is the log the running kernel's?  Programs that are accepted, at level 2, and that are refused, at
# level 1: see logs.py for what is compared.  Skipped where bpf(2) is not permitted.
set -u
BUILD=${BUILD:-build/release}
accepted="examples/events examples/globals examples/malloc_count examples/xdp_filter abi/basic abi/kill
	abi/missing cli/faults cli/printk cli/printk_xdp hook/real"
out=$(mktemp)
trap 'rm -f "$out"' EXIT
objects=
for name in $accepted; do
	[ -f "$BUILD/$name.bpf.o" ] || name=tests/$name
	objects="$objects $BUILD/$name.bpf.o"
done
for object in "$BUILD"/tests/explain/[0-9]*.bpf.o; do
	case $object in
	*/12_*) ;; # refused to the unprivileged only
	*/24_* | */46_* | */51_*) ;; # the kernel notices the loop one round later
	*/25_*) ;; # too long
	*/61_*) ;; # the kernel keeps the path that led to the callback's
	*) objects="$objects $object" ;;
	esac
done
# shellcheck disable=SC2086
python3 tests/explain/logs.py "$BUILD/tools/kernel_verdict" "$BUILD/ring3" $objects >"$out"
status=$?
cat "$out"
[ $status -eq 77 ] && exit 77
exit $status
