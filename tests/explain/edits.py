# SPDX-License-Identifier: BSD-2-Clause
"""Does a program pass once it is changed as its explanation says?  edits.py RING3 CLANG OBJECT SOURCE

Takes the edit of `ring3 verify --json`, makes it in a copy of the source, compiles that and judges it
again.  Exit 0: accepted, 1: not, 2: there is no edit.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

ring3, clang, obj, source = sys.argv[1:]
policy = "unprivileged" if os.path.basename(obj).startswith("12_") else "privileged"


def judge(path):
    out = subprocess.run([ring3, "verify", "--json", "--policy", policy, path],
                         capture_output=True, text=True).stdout
    return [json.loads(line) for line in out.splitlines()]


refused = [row for row in judge(obj) if row["verdict"] == "reject"]
edit = refused[0]["edit"]
if not edit:
    sys.exit(2)
lines = open(source).read().split("\n")
# The one further down first: the other moves it.
for place in (refused[0]["also"], edit):
    if not place:
        continue
    at = place["line"] - 1
    indent = re.match(r"\s*", lines[at]).group(0)
    new = [indent + line for line in place["add"].split("\n") if line]
    if place["remove"]:
        assert lines[at].strip() == place["remove"].strip(), (lines[at], place)
        lines[at:at + 1] = new
    else:
        lines[at:at] = new
with tempfile.TemporaryDirectory() as place:
    name = os.path.join(place, os.path.basename(source))
    with open(name, "w") as f:
        f.write("\n".join(lines))
    subprocess.run([clang, "-target", "bpf", "-mcpu=v3", "-O2", "-g", "-D__TARGET_ARCH_x86", "-w",
                    "-I/usr/include/x86_64-linux-gnu", "-c", name, "-o", name + ".o"], check=True)
    left = [row for row in judge(name + ".o") if row["verdict"] == "reject"]
for row in left:
    print(row["reason"], row["message"], row["at"], "after", edit)
sys.exit(1 if left else 0)
