#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Does the plug-in pass the *.data files of the public bpf_conformance suite?

usage: suite.py PLUGIN FILE...

Reads the suite's files as its own runner does, and gives each to the plug-in with every engine, as plain
bytes and in an ELF file.  Prints TAP.  The files are not ours and not part of this repository."""
import re
import struct
import subprocess
import sys

ALU = {'add': 0, 'sub': 1, 'mul': 2, 'div': 3, 'sdiv': 3, 'or': 4, 'and': 5, 'lsh': 6, 'rsh': 7, 'neg': 8,
       'mod': 9, 'smod': 9, 'xor': 10, 'mov': 11, 'movsx': 11, 'arsh': 12}
JUMP = {'jeq': 1, 'jgt': 2, 'jge': 3, 'jset': 4, 'jne': 5, 'jsgt': 6, 'jsge': 7, 'jlt': 10, 'jle': 11,
        'jslt': 12, 'jsle': 13}
SIZE = {'w': 0x00, 'h': 0x08, 'b': 0x10, 'dw': 0x18}
ATOMIC = {'add': 0x00, 'or': 0x40, 'and': 0x50, 'xor': 0xa0, 'xchg': 0xe1, 'cmpxchg': 0xf1}
END = {'le': 0xd4, 'be': 0xdc, 'swap': 0xd7, 'bswap': 0xd7}
ENGINES = ('jit', 'interp', 'check')


def number(text):
    return int(text.lstrip('+'), 0)


def register(text):
    return int(re.fullmatch(r'%?r(\d+)', text)[1])


def is_register(text):
    return re.fullmatch(r'%?r\d+', text) is not None


def address(text):
    parts = re.fullmatch(r'\[(%?r\d+)([+-].*)?\]', text)
    return register(parts[1]), number(parts[2] or '0')


def insn(code, dst=0, src=0, off=0, imm=0):
    return struct.pack('<BBHI', code, dst | src << 4, off & 0xffff, imm & 0xffffffff)


def split_width(name):
    """32 or 64 and the name without it."""
    if name.endswith('32'):
        return 32, name[:-2]
    return 64, name[:-2] if name.endswith('64') else name


def encode_alu(name, operands):
    width, name = split_width(name)
    off = 1 if name in ('sdiv', 'smod') else 0
    extend = re.fullmatch(r'movsx(8|16|32)', name)
    if extend:
        off, name = int(extend[1]), 'movsx'
    code = (4 if width == 32 else 7) | ALU[name] << 4
    if len(operands) == 1:
        return insn(code, register(operands[0]), 0, off)
    if is_register(operands[1]):
        return insn(code | 8, register(operands[0]), register(operands[1]), off)
    return insn(code, register(operands[0]), 0, off, number(operands[1]))


def encode_jump(name, operands, target):
    width, name = split_width(name)
    code = (6 if width == 32 else 5) | JUMP[name] << 4
    if is_register(operands[1]):
        return insn(code | 8, register(operands[0]), register(operands[1]), target(operands[2]))
    return insn(code, register(operands[0]), 0, target(operands[2]), number(operands[1]))


def encode_call(operands, target):
    mode, callee = operands if len(operands) == 2 else ('helper', operands[0])
    if mode == 'local':
        return insn(0x85, 0, 1, 0, target(callee))
    if mode == 'runtime':
        return insn(0x85, 0, 2, 0, number(callee))
    if is_register(callee):
        return insn(0x8d, register(callee))
    return insn(0x85, imm=number(callee))


def encode_atomic(operands):
    fetch = operands[0] == 'fetch'
    width, name = split_width(operands[fetch])
    dst, off = address(operands[fetch + 1])
    return insn(0xc3 if width == 32 else 0xdb, dst, register(operands[fetch + 2]), off, ATOMIC[name] | fetch)


def encode_memory(name, operands):
    kind, size = re.fullmatch(r'(ldxs|ldx|stx|st)(b|h|w|dw)', name).groups()
    if kind.startswith('ldx'):
        src, off = address(operands[1])
        return insn((0x81 if kind == 'ldxs' else 0x61) | SIZE[size], register(operands[0]), src, off)
    dst, off = address(operands[0])
    if kind == 'stx':
        return insn(0x63 | SIZE[size], dst, register(operands[1]), off)
    return insn(0x62 | SIZE[size], dst, 0, off, number(operands[1]))


def encode(name, operands, target):
    swap = re.fullmatch(r'(le|be|swap|bswap)(16|32|64)', name)
    if swap:
        return insn(END[swap[1]], register(operands[0]), 0, 0, int(swap[2]))
    if name == 'lddw':
        value = number(operands[1])
        return insn(0x18, register(operands[0]), imm=value) + insn(0, imm=value >> 32)
    if name == 'exit':
        return insn(0x95)
    if name == 'ja':
        return insn(5, off=target(operands[0]))
    if name == 'ja32':
        return insn(6, imm=target(operands[0]))
    if name == 'call':
        return encode_call(operands, target)
    if name == 'lock':
        return encode_atomic(operands)
    if split_width(name)[1] in JUMP:
        return encode_jump(name, operands, target)
    if re.fullmatch(r'(ldxs?|stx?)(b|h|w|dw)', name):
        return encode_memory(name, operands)
    return encode_alu(name, operands)


def assemble(lines):
    labels, parsed, place = {}, [], 0
    for line in lines:
        words = line.split('#')[0].replace(',', ' ').split()
        if words and words[0].endswith(':'):
            labels[words[0][:-1]] = place
        elif words:
            if words[0] == 'exit':
                labels.setdefault('exit', place)
            parsed.append((place, words[0], words[1:]))
            place += 2 if words[0] == 'lddw' else 1
    code = b''
    for place, name, operands in parsed:
        code += encode(name, operands, lambda to, at=place:
                       number(to) if to[0] in '+-' else labels[to] - at - 1)
    return code


def read_raw(words):
    """Whole instructions as numbers, or single bytes in hex."""
    if words and len(words[0]) == 2:
        return bytes(int(word, 16) for word in words)
    return b''.join(struct.pack('<Q', number(word)) for word in words)


def read_test(path):
    """The code, the memory, and the result or None where the program must be refused."""
    sections, name = {}, None
    with open(path, encoding='utf-8') as file:
        for line in file:
            line = line.strip()
            if line.startswith('--'):
                name = line[2:].strip()
            elif line and name:
                sections.setdefault(name, []).append(line)
            if name:
                sections.setdefault(name, [])
    words = ' '.join(line.split('#')[0] for line in sections.get('raw', [])).split()
    code = read_raw(words) if words else assemble(sections.get('asm', []))
    memory = bytes(int(byte, 16) for byte in ' '.join(sections.get('mem', [])).split())
    result = None if 'error' in sections else number(sections['result'][-1])
    return code, memory, result


def elf(code):
    """A relocatable file with one section of code, its symbol, and one string table for all names."""
    names = b'\0.text\0.strtab\0.symtab\0bpf\0'
    symbols = bytes(24) + struct.pack('<IBBHQQ', 23, 0x12, 0, 1, 0, len(code))
    parts = [code, names.ljust(-len(names) % 8 + len(names), b'\0'), symbols]
    at = [64 + sum(map(len, parts[:i])) for i in range(4)]
    header = struct.pack('<16sHHIQQQIHHHHHH', b'\x7fELF\2\1\1', 1, 247, 1, 0, 0, at[3], 0, 64, 0, 0, 64, 4, 2)
    sections = [(0,) * 10, (1, 1, 6, 0, at[0], len(code), 0, 0, 4, 0),
                (7, 3, 0, 0, at[1], len(names), 0, 0, 1, 0), (15, 2, 0, 0, at[2], len(symbols), 2, 1, 8, 24)]
    return header + b''.join(parts) + b''.join(struct.pack('<IIQQQQIIQQ', *s) for s in sections)


def hexed(data):
    return ''.join(f'{byte:02x}  ' for byte in data)


def trouble(plugin, test, engine, as_elf):
    """What the plug-in does wrong, or None."""
    code, memory, want = test
    command = [plugin] + ([hexed(memory)] if memory else []) + ['--engine', engine]
    command += ['--elf'] if as_elf else []
    got = subprocess.run(command, input=hexed(elf(code) if as_elf else code) + '\n', capture_output=True,
                         text=True, check=False)
    if want is None:
        return None if got.returncode else f'runs and returns {got.stdout.strip()}'
    if got.returncode:
        return got.stderr.strip()
    if int(got.stdout, 16) != want & (1 << 64) - 1:
        return f'{got.stdout.strip()}, expected {want:x}'
    return None


def main():
    plugin, files = sys.argv[1], sys.argv[2:]
    failed = 0
    for n, path in enumerate(files, 1):
        test = read_test(path)
        wrong = [(engine, form, why) for engine in ENGINES for form in (False, True)
                 if (why := trouble(plugin, test, engine, form)) is not None]
        failed += bool(wrong)
        print(f'{"not ok" if wrong else "ok"} {n} - {path.rsplit("/", 1)[-1]}')
        for engine, form, why in wrong:
            print(f'# {engine}{", ELF" if form else ""}: {why}')
    print(f'1..{len(files)}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
