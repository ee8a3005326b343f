#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Is every system call that the agent of joined processes may make in src/hook/agent_calls.def, by which
# seccomp filters are judged?  By the numbers in its machine code, and in what our sources ask for.
# To see it fail: take a row out.
set -u
guest=${BUILD:-build/release}/ring3_guest
[ -e "$guest" ] || {
	echo "1..0 # SKIP there is no agent for joined processes"
	exit 0
}
objdump -d "$guest" | python3 -c '
import glob, re, sys

names = {}
for line in open("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"):
    m = re.match(r"#define __NR_(\w+) (\d+)", line)
    if m:
        names[int(m[2])] = m[1]
table = set(re.findall(r"CALL(?:_WITH)?\((\w+)", open("src/hook/agent_calls.def").read()))
assert all(name in names.values() for name in table)
# Where libc ends the process: an agent never does, but where it cannot even begin.
table.add("exit_group")

missing, number, made, held = {}, None, 0, {}
for line in sys.stdin:
    m = re.match(r"[0-9a-f]+ <(.+)>:", line)
    if m:
        function, number, held = m[1], None, {}
    m = re.search(r"mov +\$0x([0-9a-f]+),%(\w+)", line)
    if m:
        held[m[2]] = int(m[1], 16)
    m = re.search(r"mov +(?:\$0x([0-9a-f]+)|%(\w+)),%eax", line)
    if m:
        number = int(m[1], 16) if m[1] else held.get(m[2])
    elif re.search(r"xor +%eax,%eax", line):
        number = 0
    if re.search(r"\bsyscall\b", line) and number is not None:
        made += 1
        if names.get(number, str(number)) not in table:
            missing[names.get(number, str(number))] = function
assert made > 100, made
# Of whoever joins, and of agents that are preloaded.
others = re.compile(r"src/(hook/(inject|agent_main|everyone)|abi/|cli/)")
for path in glob.glob("src/*/*.c"):
    if not others.match(path):
        for name in re.findall(r"\bsyscall\(SYS_(\w+)|os_syscall\(SYS_(\w+)", open(path).read()):
            name = name[0] or name[1]
            if name not in table:
                missing[name] = path
print("1..1")
for name, where in sorted(missing.items(), key=str):
    print("# %s, in %s" % (name, where))
print("%s 1 - every system call of the agent is in the table" % ("not ok" if missing else "ok"))
sys.exit(bool(missing))
'
