#!/bin/sh
# Objects with flipped bits and cut-off ends: does the command always end with a documented exit code?
set -u
. tests/cli/lib.sh
cat >"$stage/flip.py" <<'PY'
import random, subprocess, sys
random.seed(11)
sources = ["malloc_hist.bpf.o", "events.bpf.o", "xdp_filter.bpf.o"]
bad = 0
for i in range(int(sys.argv[1])):
    data = bytearray(open(random.choice(sources), "rb").read())
    if random.random() < 0.2:
        data = data[: random.randrange(len(data))]
    else:
        for _ in range(random.choice([1, 1, 2, 4, 16])):
            data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    open("x.o", "wb").write(data)
    p = subprocess.run(["./ring3", "verify", "x.o"], capture_output=True, timeout=60)
    if p.returncode not in (0, 1, 2, 3) or (p.returncode and not p.stderr + p.stdout):
        bad += 1
        print("mutant", i, "status", p.returncode, p.stderr[-200:])
sys.exit(bad != 0)
PY
user env PATH=/usr/bin:/bin python3 flip.py "$((200 * ${RING3_PROP_SCALE:-1}))" >"$stage/out" 2>"$stage/err"
ok 'mutated objects end with a documented exit code' $?
finish
