#!/bin/sh
# Do the verbs answer with the documented text and exit codes?
set -u
. tests/cli/lib.sh
cp "$BUILD/tests/cli/many.bpf.o" "$stage"/
chmod a+r "$stage/many.bpf.o"

expect 'no verb is wrong usage' 2 '^usage: ring3 VERB' ./ring3
expect 'help fits a screen' 0 'example:' ./ring3 --help
[ "$(user ./ring3 --help | wc -l)" -le 24 ]
ok 'help is at most 24 lines' $?
for verb in run verify test asm disasm exec features version; do
	expect "$verb --help has an example" 0 'example:' ./ring3 $verb --help
done
expect 'unknown verb' 2 "no verb 'frob'" ./ring3 frob
expect 'version' 0 '^ring3 0\.' ./ring3 version

printf 'r0 = 7\nr0 += 35\nexit\n' >"$stage/a.s"
expect 'asm prints hex' 0 '^b7 00 00 00 07 00 00 00$' ./ring3 asm a.s
user ./ring3 asm a.s >"$stage/a.hex"
expect 'disasm reads it back' 0 'r0 \+= 35' ./ring3 disasm a.hex
printf 'r0 = 7\nr0 =+ 1\n' >"$stage/bad.s"
expect 'asm says where' 2 'bad.s:2:' ./ring3 asm bad.s
expect 'asm of no file' 2 'No such file' ./ring3 asm nowhere.s
printf '0102' >"$stage/short.hex"
expect 'disasm of a stump' 2 'no multiple of 8' ./ring3 disasm short.hex

expect 'verify accepts' 0 '^accept  malloc_hist.bpf.o +malloc_enter' ./ring3 verify malloc_hist.bpf.o
user ./ring3 verify --json malloc_hist.bpf.o xdp_filter.bpf.o >"$stage/json"
python3 - "$stage/json" <<'PY'
import json, sys
keys = "object program verdict errno reason line insns visited walked states peak_states stack usec mem_kb".split()
rows = [json.loads(l) for l in open(sys.argv[1])]
assert len(rows) == 3, rows
for r in rows:
    assert all(k in r for k in keys), r
    assert r["verdict"] == "accept" and r["errno"] == 0 and r["insns"] > 5 and r["visited"] > 0, r
PY
ok 'verify --json has every field' $?
# In their order, and the same whether they are loaded together or not.
cat >"$stage/want" <<'EOF'
accept of_a_long_name_one
reject of_a_long_name_two
accept of_a_long_name_three
reject test
accept fourth
accept other_type
accept last
EOF
for how in '' --log --log=2; do
	user ./ring3 verify $how many.bpf.o | awk '$1 ~ /^(accept|reject)$/ && NF > 2 { print $1, $3 }' |
		diff "$stage/want" -
	ok "verify ${how:-together} of many programs" $?
done
user ./ring3 verify --json many.bpf.o | python3 -c '
import json, sys
for r in map(json.loads, sys.stdin):
    assert (r["verdict"] == "reject") == bool(r["reason"]) == ("message" in r), r
    print(r["verdict"], r["program"])' | diff "$stage/want" -
ok 'verify --json of many programs' $?
expect 'verify of no object' 2 'No such file' ./ring3 verify nowhere.o
head -c 700 "$stage/events.bpf.o" >"$stage/cut.o"
expect 'verify of a truncated object' 2 'not a BPF object' ./ring3 verify cut.o
expect 'verify --explain' 0 '^remedy:' ./ring3 verify --explain insn.opcode
expect 'verify --explain of nothing known' 2 "no reason 'x.y'" ./ring3 verify --explain x.y
visits() {
	user ./ring3 verify --json "$@" malloc_hist.bpf.o | sed -n 's/.*"visited":\([0-9]*\).*/\1/p' |
		awk '{ sum += $1 } END { print sum }'
}
needed=$(visits) observed=$(visits --exact-observed)
[ "${needed:-0}" -gt 0 ] && [ "$needed" -lt "$observed" ]
ok "verify --exact-observed walks more: $observed, not $needed" $?
expect 'verify --kernel-exact is a policy' 2 "policy 'exact_kernel' or 'cap_bpf'" \
	./ring3 verify --kernel-exact --policy cap_bpf malloc_hist.bpf.o
expect 'verify --kernel-exact' 0 '^accept  malloc_hist.bpf.o' ./ring3 verify --kernel-exact malloc_hist.bpf.o
expect 'verify --log ends as the kernel does' 0 '^processed [0-9]+ insns \(limit' \
	./ring3 verify --log malloc_count.bpf.o

user ./make_pcap t.pcap
expect 'test on a capture' 0 '^XDP_DROP +25 ' ./ring3 test xdp_filter.bpf.o filter --data-in t.pcap
for engine in jit interp check; do
	expect "test --engine $engine" 0 '^XDP_PASS +185 ' \
		./ring3 test xdp_filter.bpf.o filter --data-in t.pcap --engine $engine
done
expect 'test --jit=optimised' 0 '^XDP_PASS +185 ' \
	./ring3 test xdp_filter.bpf.o filter --data-in t.pcap --jit=optimised
expect 'test --jit=optimised says so' 0 '"jit":"optimised"' \
	./ring3 test xdp_filter.bpf.o filter --data-in t.pcap --jit=optimised --json
expect 'test --jit=plain says so' 0 '"jit":"plain"' \
	./ring3 test xdp_filter.bpf.o filter --data-in t.pcap --jit=plain --json
expect 'test optimises what runs often' 0 '"jit":"optimised"' \
	./ring3 test xdp_filter.bpf.o filter --data-in t.pcap --json
user sh -c 'head -c 64 /dev/zero >one.pkt'
expect 'test does not optimise what runs once' 0 '"jit":"plain"' \
	./ring3 test xdp_filter.bpf.o filter --data-in one.pkt --json
expect 'test with an unknown tier' 2 'none of auto, plain, optimised' \
	./ring3 test xdp_filter.bpf.o filter --jit=best
expect 'run --jit in processes that run already' 2 'is for the COMMAND' \
	./ring3 run --jit=optimised -p 1 malloc_hist.bpf.o
expect 'run --jit=optimised' 0 '[1-9][0-9]* hits, 0 missed' \
	./ring3 run --jit=optimised malloc_hist.bpf.o -- ./mallocs 2000
expect 'test of an unknown program' 2 "no program 'nope'" ./ring3 test xdp_filter.bpf.o nope
expect 'test --jit-harden' 0 '^XDP_PASS +185 ' \
	./ring3 test xdp_filter.bpf.o filter --data-in t.pcap --jit=optimised --jit-harden
expect 'run --jit-harden' 0 '[1-9][0-9]* hits, 0 missed' \
	./ring3 run --jit-harden malloc_hist.bpf.o -- ./mallocs 2000
expect 'test with an unknown engine' 2 'none of jit, interp, check' \
	./ring3 test xdp_filter.bpf.o filter --engine llvm
expect 'disasm shows source lines' 0 'malloc_hist.bpf.c:[0-9]+' ./ring3 disasm malloc_hist.bpf.o
expect 'disasm --jited shows machine code' 0 ' ret' ./ring3 disasm --jited malloc_count.bpf.o
expect 'disasm --trampoline shows the way of a hit' 0 'the lean way' \
	./ring3 disasm --trampoline malloc_count.bpf.o
user ./ring3 disasm --trampoline malloc_hist.bpf.o >"$stage/out" 2>"$stage/err"
grep -q 'at the return, the lean way' "$stage/out" &&
	! grep -Eqw 'lock|syscall|xchg|cpuid' "$stage/out"
ok 'no lock prefix and no system call is on it' $?
# Addresses that stand between instructions are none.
grep -Eq ': dq 0x' "$stage/out" && ! grep -q '(data)' "$stage/out"
ok 'addresses between instructions are told apart' $?
expect 'disasm --trampoline of something else' 1 'not attached to functions' \
	./ring3 disasm --trampoline xdp_filter.bpf.o
expect 'disasm --json' 0 '"source":"[^"]*malloc_hist.bpf.c:[0-9]+"' ./ring3 disasm --json malloc_hist.bpf.o
expect 'version --json' 0 '"ring3":"0\.' ./ring3 version --json
expect 'features lists helpers' 0 'map_lookup_elem +runs' ./ring3 features

user ./ring3 features --json | python3 -c '
import json, sys
d = json.load(sys.stdin)
assert sum(h["runs"] for h in d["helpers"]) >= 60
assert all(h["runs"] or h.get("why_not") for h in d["helpers"])'
ok 'at least 60 helpers run, the others say why not' $?

expect 'an unmodified skeleton program' 0 '^sum 150 calls 105 step 10$' ./ring3 exec ./globals
expect 'the host accepts a good plug-in' 0 '^/admin/users -> 403$' ./host plugin.bpf.o
expect 'the host refuses a bad one' 0 '^refused \[ctx\.' ./host bad_plugin.bpf.o
finish
