#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Does the conformance plug-in speak the suite's protocol: arguments, output, exit status?
set -u
plugin=${BUILD:-build/release}/conformance_plugin
clang=${CLANG:-clang-19}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0

report() { # status, name
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else
		echo "not ok $n - $2"
		sed 's/^/# /' "$dir/out" "$dir/err"
	fi
}

prints() { # name, wanted output, program, arguments...
	name=$1 want=$2 program=$3
	shift 3
	echo "$program" | "$plugin" "$@" >"$dir/out" 2>"$dir/err"
	status=$?
	[ "$status" -eq 0 ] && [ "$(cat "$dir/out")" = "$want" ] && [ ! -s "$dir/err" ]
	report $? "$name"
}

refuses() { # name, wanted part of the message, program, arguments...
	name=$1 want=$2 program=$3
	shift 3
	echo "$program" | "$plugin" "$@" >"$dir/out" 2>"$dir/err"
	status=$?
	[ "$status" -ne 0 ] && [ ! -s "$dir/out" ] && grep -q "$want" "$dir/err"
	report $? "$name"
}

exit='95 00 00 00 00 00 00 00'
for e in jit interp check; do
	prints "$e: r0 in hex" 2a "b7 00 00 00 2a 00 00 00 $exit" --engine $e
	prints "$e: all 64 bits" ffffffffffffffff "b7 00 00 00 ff ff ff ff $exit" --engine $e
	prints "$e: memory and its length" 7 \
		"71 10 02 00 00 00 00 00 0f 20 00 00 00 00 00 00 $exit" "02 03 04" --engine $e
	prints "$e: two blanks between bytes, as the suite writes them" 4 \
		"71  10  02  00  00  00  00  00  $exit  " "02  03  04  " --engine $e
	prints "$e: length of absent memory" 0 "bf 20 00 00 00 00 00 00 $exit" --engine $e
	prints "$e: 512 bytes of stack" 5 \
		"7a 0a 00 fe 05 00 00 00 79 a0 00 fe 00 00 00 00 $exit" --engine $e
	prints "$e: helper 5" 9 "b7 01 00 00 09 00 00 00 85 00 00 00 05 00 00 00 $exit" --engine $e
	prints "$e: helper 5 through a register" 9 \
		"b7 01 00 00 09 00 00 00 b7 02 00 00 05 00 00 00 8d 02 00 00 00 00 00 00 $exit" \
		--engine $e
	refuses "$e: reserved field" 'src_reg must be 0' "b7 10 00 00 00 00 00 00 $exit" --engine $e
	refuses "$e: unknown opcode" 'unknown opcode' "ff 00 00 00 00 00 00 00 $exit" --engine $e
done
# Every field that an instruction does not use, set to one: the 45 encodings that the suite wants refused.
# A row: the instruction, and which of dst, src, offset and imm it leaves unused.
reserved='
95 00 00 00 00 00 00 00  dst src offset imm
05 00 00 00 00 00 00 00  dst src imm
85 00 00 00 00 00 00 00  dst offset
04 00 00 00 01 00 00 00  src offset
07 00 00 00 01 00 00 00  src offset
b4 00 00 00 01 00 00 00  src offset
b7 00 00 00 01 00 00 00  src offset
0c 00 00 00 00 00 00 00  offset imm
0f 00 00 00 00 00 00 00  offset imm
bc 00 00 00 00 00 00 00  offset imm
bf 00 00 00 00 00 00 00  offset imm
84 00 00 00 00 00 00 00  src offset imm
87 00 00 00 00 00 00 00  src offset imm
15 00 00 00 00 00 00 00  src
25 00 00 00 00 00 00 00  src
1d 00 00 00 00 00 00 00  imm
2d 00 00 00 00 00 00 00  imm
61 a0 fc ff 00 00 00 00  imm
79 a0 f8 ff 00 00 00 00  imm
63 0a fc ff 00 00 00 00  imm
7b 0a f8 ff 00 00 00 00  imm
62 0a fc ff 00 00 00 00  src
7a 0a f8 ff 00 00 00 00  src
d4 00 00 00 10 00 00 00  src offset
dc 00 00 00 10 00 00 00  src offset
'
echo "$reserved" | awk 'NF > 8 {
	for (i = 9; i <= NF; i++) {
		byte = $i == "offset" ? 3 : $i == "imm" ? 5 : 2
		row = ""
		for (b = 1; b <= 8; b++) {
			set = $i == "src" ? "1" substr($b, 2) : $i == "dst" ? substr($b, 1, 1) "1" : "01"
			row = row (b == byte ? set : $b) " "
		}
		print row
	}
}' >"$dir/reserved"
for e in jit interp check; do
	refused=0
	: >"$dir/out"
	while read -r bytes; do
		if echo "$bytes $exit" | "$plugin" --engine $e >/dev/null 2>"$dir/err" ||
			! grep -q 'refused: instruction 0: ' "$dir/err"; then
			echo "$bytes: $(cat "$dir/err")" >>"$dir/out"
		else
			refused=$((refused + 1))
		fi
	done <"$dir/reserved"
	[ $refused -eq 45 ]
	report $? "$e: $refused encodings with an unused field set are refused"
done
prints 'memory before the options or after them' 3 "71 10 00 00 00 00 00 00 $exit" --engine interp 03
prints 'an empty memory argument is none' 0 "bf 20 00 00 00 00 00 00 $exit" ''
refuses 'half an instruction' 'whole instructions' 'b7 00 00'
refuses 'no hex' 'no hex digit' 'xx'
refuses 'no such engine' 'no such engine' "$exit" --engine abacus
refuses 'an empty program' '0 instructions' ''
refuses 'access beyond memory is seen by check' 'offset 4 of a memory' \
	"71 10 04 00 00 00 00 00 $exit" '01 02 03 04' --engine check
for e in jit interp; do
	prints "$e: the bytes just above the stack are nobody's" 7 \
		"7a 0a 00 00 ff ff ff ff 7a 0a 38 00 ff ff ff ff b7 00 00 00 07 00 00 00 $exit" --engine $e
	refuses "$e: a program that crashes says so" crashed \
		"b7 01 00 00 10 00 00 00 79 10 00 00 00 00 00 00 $exit" --engine $e
done
refuses 'jit: so does one that overwrites its return address' crashed \
	"7a 0a 40 00 ff ff ff 7f 7a 0a 48 00 ff ff ff 7f $exit" --engine jit
"$plugin" --help </dev/null >"$dir/out" 2>"$dir/err"
grep -q 'MEMORY IS NOT VERIFIED' "$dir/out"
report $? 'help says that memory is not verified'

if command -v "$clang" >/dev/null; then
	echo '__attribute__((section("xdp"))) int f(unsigned char *p) { return p[1]; }' >"$dir/f.c"
	"$clang" -target bpf -O2 -c "$dir/f.c" -o "$dir/f.o" 2>"$dir/err"
	prints 'an ELF file' 22 "$(od -An -v -tx1 "$dir/f.o" | tr -d '\n')" '11 22' --elf
	refuses 'a truncated ELF file' program "$(head -c 100 "$dir/f.o" | od -An -v -tx1 | tr -d '\n')" --elf
else
	n=$((n + 1))
	echo "ok $n - an ELF file # SKIP no $clang"
fi
echo "1..$n"
