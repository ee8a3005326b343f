#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Objects whose programs' names begin with their verdict, accept_ or reject_: ring3's and, where it is
# permitted and comes to one, the running kernel's.  None of them runs here.
BUILD=${BUILD:-build/release}
n=0

if [ ! -r /sys/kernel/btf/vmlinux ]; then
	echo "1..0 # SKIP no BTF of a kernel"
	exit 0
fi

check() { # side object program verdict
	n=$((n + 1))
	case $3 in
	"$4"_*) echo "ok $n - $1: $2 $3" ;;
	*) echo "not ok $n - $1: $2 $3: $4" ;;
	esac
}

for object in kptr kept exceptions untrusted trusted readonly later; do
	file=$BUILD/tests/verify/$object.bpf.o
	out=$("$BUILD/ring3" verify "$file" 2>/dev/null | awk '/^(accept|reject) /{ print $3, $1 }')
	kernel=$("$BUILD/tools/kernel_verdict" "$file" 2>/dev/null |
		awk -F '\t' '/failed to find the address/ { next }
			$3 == "accept" || $3 == "reject" { print $2, $3 }')
	while read -r program verdict; do
		[ -z "$program" ] || check ring3 $object "$program" "$verdict"
	done <<END
$out
END
	while read -r program verdict; do
		[ -z "$program" ] || check kernel $object "$program" "$verdict"
	done <<END
$kernel
END
	# A program that is not judged at all is missed here.
	n=$((n + 1))
	all=$(grep -cE '^(PROG|SLEEPS|USER|ARRAY)\(|^(SEC\("[a-z/]*"\) )?int (BPF_PROG\()?(accept|reject)_' "tests/verify/$object.bpf.c")
	[ "$(echo "$out" | wc -l)" -eq "$all" ] || printf 'not '
	echo "ok $n - $object: all $all programs are judged"
done
echo "1..$n"
