# SPDX-License-Identifier: BSD-2-Clause
"""Is the log of ring3 the running kernel's?  logs.py KERNEL_VERDICT RING3 OBJECT...

Accepted programs at level 2, refused ones at level 1: instructions, states, source lines and what is
said at the end, one after the other.  Addresses, names of values (ids), times and the figures of the
search are not compared.  What may differ is listed by class below; anything else is an error.
Exit 0: all as it should be, 77: the kernel loads nothing here.  One TAP line an object.
"""
import collections
import difflib
import re
import subprocess
import sys

# Classes of lines that only the kernel writes, or of pairs that differ.
ONLY_KERNEL = [
    ("the search's own notes", r"mark_precise:|\(\d+(,\d+)*\) (frame|live)|frame \d+: propagating"),
    ("the main function has a context of unknown size", r"arg#0 reference type\("),
    ("why an argument does not fit", r"R\d type=.* expected=|arg#\d is expected to be non-NULL"),
    ("which argument of a traced function is read", r"func '.*' arg\d+ (has btf_id|type)"),
]
# A path that the one search takes and the other does not; a line that another path showed before.
EITHER = [
    ("source line that another path showed", r"; "),
    ("where the search is cut", r"from \d+ to \d+: safe|\d+: safe"),
]
NUMBERS = re.compile(r"(?<=scalar\()[^()]*(\([^()]*\))?[^()]*(?=\))|(?<=[-+,])(smin|smax|umin|umax|var_off)[^)]*\)?")


def text_of(lines):
    """One item an instruction, a state, a source line or a message."""
    out = []
    for line in lines.split("\n"):
        # Heads of the tools' answers, one a program.
        if line.startswith(("verification time", "stack depth", ".")) or not line or \
                re.match(r"(accept|reject) +\S+\.o |\S+\.o\t", line):
            continue
        line = re.sub(r"^processed \d+ insns \(limit (\d+)\) .*", r"processed (limit \1)", line)
        line = re.sub(r"(\(18\) r\d) = 0x[0-9a-f]+", r"\1", line)
        line = re.sub(r"\b(id|ref_id|ref_obj_id|dynptr_id|alloc_insn|map_uid)=\d+", r"\1=#", line)
        line = re.sub(r"refs=[\d,]+", "refs=#", line)
        line = re.sub(r" +;", " ;", line).rstrip()
        m = re.match(r"(\d+: \([0-9a-f]{2}\).*?) (?:;|\d+:) ?((frame\d+:|R\d|fp-|refs).*)?$", line)
        if m:
            out += [m.group(1)] + ([m.group(2)] if m.group(2) else [])
            continue
        m = re.match(r"((?:cur|old) state:) (.*)", line)
        if m:
            out += [m.group(1), m.group(2)]
            continue
        m = re.match(r"\d+:((?: frame\d+:)? (?:R\d|fp-|refs).*)", line)
        out.append(m.group(1).strip() if m else line)
    return out


def kernel_log(tool, path, level):
    out = subprocess.run([tool, f"-{level}", path], capture_output=True, text=True,
                         errors="replace").stdout
    head, _, rest = out.partition("\n")
    return head.split("\t")[2], text_of(rest)


def our_log(tool, path, level):
    out = subprocess.run([tool, "verify", f"--log={level}", path], capture_output=True, text=True,
                         errors="replace").stdout
    if out.startswith("reject"):
        out = out.split("  more     ring3 verify --explain", 1)[-1]
    return text_of(out.split("\n", 1)[-1])


def class_of_pair(k, o):
    if re.sub(r" fp-\d+=[^ ]+", "", k) == re.sub(r" fp-\d+=[^ ]+", "", o):
        return "registers and stack that are dead"
    if re.sub(r"\b(id|off)=#?[-+\d#]*,?", "", k) == re.sub(r"\b(id|off)=#?[-+\d#]*,?", "", o):
        return "names of values"
    if set(o.split()) <= set(k.split()):
        return "registers and stack that are dead"
    if NUMBERS.sub("", k) == NUMBERS.sub("", o):
        return "limits of a number"
    return None


def differences(kernel, ours, level):
    """(class or None, line) of all that differs."""
    for tag, a, b, c, d in difflib.SequenceMatcher(None, kernel, ours).get_opcodes():
        if tag == "equal":
            continue
        left, right = list(kernel[a:b]), list(ours[c:d])
        for name, pattern in ONLY_KERNEL:
            for line in [l for l in left if re.match(pattern, l)]:
                left.remove(line)
                yield name, line
        for name, pattern in EITHER:
            for side in (left, right):
                for line in [l for l in side if re.match(pattern, l)]:
                    side.remove(line)
                    yield name, line
        while left and right:
            # The kernel's of the same form, if it walked more.
            o = right.pop(0)
            k = next((l for l in left if class_of_pair(l, o)), left[0])
            for line in left[:left.index(k)] if level == 2 else []:
                left.remove(line)
                yield "path of one search only", line
            left.remove(k)
            if k != o:
                yield class_of_pair(k, o), f"{k}   |   {o}"
        # On all paths: the kernel walks some that ring3 knows to be covered.
        for line in left:
            yield "path of one search only" if level == 2 else None, f"kernel: {line}"
        for line in right:
            yield "a state more" if level == 2 and line.startswith("R0=") else None, f"ours: {line}"


def main():
    kernel_tool, our_tool, *objects = sys.argv[1:]
    classes, n, failed, lines, skipped = collections.Counter(), 0, 0, 0, 0
    for path in objects:
        verdict, theirs = kernel_log(kernel_tool, path, 1)
        level = 1
        if verdict == "accept":
            level = 2
            verdict, theirs = kernel_log(kernel_tool, path, 2)
        n += 1
        if verdict == "unknown":
            skipped += 1
            print(f"ok {n} - {path} # SKIP the kernel does not judge it here")
            continue
        found = list(differences(theirs, our_log(our_tool, path, level), level))
        lines += len(theirs)
        classes.update(name for name, _ in found if name)
        wrong = [line for name, line in found if not name]
        failed += bool(wrong)
        print(f"{'not ok' if wrong else 'ok'} {n} - {path}: level {level}, {len(theirs)} lines, "
              f"{len(found)} differ")
        for line in wrong[:12]:
            print(f"# {line}")
    print(f"1..{n}")
    print(f"# {lines} lines; differences by class:")
    for name, count in classes.most_common():
        print(f"# {count:5} {name}")
    sys.exit(77 if skipped == n else failed != 0)


main()
