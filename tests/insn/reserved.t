# SPDX-License-Identifier: BSD-2-Clause
# Fields that an instruction does not use must be zero, for every form.
: add64 imm with source register
bytes: 07 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg must be 0
: add64 imm with offset
bytes: 07 00 01 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: add64 reg with immediate
bytes: 0f 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must be 0
: add64 reg with offset
bytes: 0f 10 01 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: add32 imm with source register
bytes: 04 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg must be 0
: add32 imm with offset
bytes: 04 00 01 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: add32 reg with immediate
bytes: 0c 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must be 0
: add32 reg with offset
bytes: 0c 10 01 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: sub64 imm with source register
bytes: 17 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg must be 0
: sub64 imm with offset
bytes: 17 00 01 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: sub64 reg with immediate
bytes: 1f 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must be 0
: sub64 reg with offset
bytes: 1f 10 01 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: sub32 imm with source register
bytes: 14 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg must be 0
: sub32 imm with offset
bytes: 14 00 01 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: sub32 reg with immediate
bytes: 1c 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must be 0
: sub32 reg with offset
bytes: 1c 10 01 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: mul64 imm with source register
bytes: 27 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg must be 0
: mul64 imm with offset
bytes: 27 00 01 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: mul64 reg with immediate
bytes: 2f 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must be 0
: mul64 reg with offset
bytes: 2f 10 01 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: mul32 imm with source register
bytes: 24 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg must be 0
: mul32 imm with offset
bytes: 24 00 01 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: mul32 reg with immediate
bytes: 2c 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must be 0
: mul32 reg with offset
bytes: 2c 10 01 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: div64 imm with source register
bytes: 37 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg must be 0
: div64 imm with offset
bytes: 37 00 02 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: variant
: div64 reg with immediate
bytes: 3f 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must be 0
: div64 reg with offset
bytes: 3f 10 02 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: variant
: div32 imm with source register
bytes: 34 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg must be 0
: div32 imm with offset
bytes: 34 00 02 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: variant
: div32 reg with immediate
bytes: 3c 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must be 0
: div32 reg with offset
bytes: 3c 10 02 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: variant
: or64 imm with source register
bytes: 47 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg must be 0
: or64 imm with offset
bytes: 47 00 01 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: or64 reg with immediate
bytes: 4f 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must be 0
: or64 reg with offset
bytes: 4f 10 01 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: or32 imm with source register
bytes: 44 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg must be 0
: or32 imm with offset
bytes: 44 00 01 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: or32 reg with immediate
bytes: 4c 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must be 0
: or32 reg with offset
bytes: 4c 10 01 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: and64 imm with source register
bytes: 57 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg must be 0
: and64 imm with offset
bytes: 57 00 01 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: and64 reg with immediate
bytes: 5f 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must be 0
: and64 reg with offset
bytes: 5f 10 01 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: and32 imm with source register
bytes: 54 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg must be 0
: and32 imm with offset
bytes: 54 00 01 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: and32 reg with immediate
bytes: 5c 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must be 0
: and32 reg with offset
bytes: 5c 10 01 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: lsh64 imm with source register
bytes: 67 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg must be 0
: lsh64 imm with offset
bytes: 67 00 01 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: lsh64 reg with immediate
bytes: 6f 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must be 0
: lsh64 reg with offset
bytes: 6f 10 01 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: lsh32 imm with source register
bytes: 64 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg must be 0
: lsh32 imm with offset
bytes: 64 00 01 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: lsh32 reg with immediate
bytes: 6c 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must be 0
: lsh32 reg with offset
bytes: 6c 10 01 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: rsh64 imm with source register
bytes: 77 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg must be 0
: rsh64 imm with offset
bytes: 77 00 01 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: rsh64 reg with immediate
bytes: 7f 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must be 0
: rsh64 reg with offset
bytes: 7f 10 01 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: rsh32 imm with source register
bytes: 74 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg must be 0
: rsh32 imm with offset
bytes: 74 00 01 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: rsh32 reg with immediate
bytes: 7c 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must be 0
: rsh32 reg with offset
bytes: 7c 10 01 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: mod64 imm with source register
bytes: 97 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg must be 0
: mod64 imm with offset
bytes: 97 00 02 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: variant
: mod64 reg with immediate
bytes: 9f 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must be 0
: mod64 reg with offset
bytes: 9f 10 02 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: variant
: mod32 imm with source register
bytes: 94 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg must be 0
: mod32 imm with offset
bytes: 94 00 02 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: variant
: mod32 reg with immediate
bytes: 9c 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must be 0
: mod32 reg with offset
bytes: 9c 10 02 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: variant
: xor64 imm with source register
bytes: a7 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg must be 0
: xor64 imm with offset
bytes: a7 00 01 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: xor64 reg with immediate
bytes: af 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must be 0
: xor64 reg with offset
bytes: af 10 01 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: xor32 imm with source register
bytes: a4 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg must be 0
: xor32 imm with offset
bytes: a4 00 01 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: xor32 reg with immediate
bytes: ac 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must be 0
: xor32 reg with offset
bytes: ac 10 01 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: mov64 imm with source register
bytes: b7 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg must be 0
: mov64 imm with offset
bytes: b7 00 01 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: mov64 reg with immediate
bytes: bf 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must be 0
: mov32 imm with source register
bytes: b4 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg must be 0
: mov32 imm with offset
bytes: b4 00 01 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: mov32 reg with immediate
bytes: bc 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must be 0
: arsh64 imm with source register
bytes: c7 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg must be 0
: arsh64 imm with offset
bytes: c7 00 01 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: arsh64 reg with immediate
bytes: cf 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must be 0
: arsh64 reg with offset
bytes: cf 10 01 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: arsh32 imm with source register
bytes: c4 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg must be 0
: arsh32 imm with offset
bytes: c4 00 01 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: arsh32 reg with immediate
bytes: cc 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must be 0
: arsh32 reg with offset
bytes: cc 10 01 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: off must be 0
: neg64 with source
bytes: 87 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: neg64 with offset
bytes: 87 00 01 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: off must
: neg64 with immediate
bytes: 87 00 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: neg64 with register bit
bytes: 8f 00 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: unknown opcode
: neg32 with source
bytes: 84 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: neg32 with offset
bytes: 84 00 01 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: off must
: neg32 with immediate
bytes: 84 00 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: neg32 with register bit
bytes: 8c 00 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: unknown opcode
: le with source
bytes: d4 10 00 00 10 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: le with offset
bytes: d4 00 01 00 10 00 00 00 95 00 00 00 00 00 00 00
refused: off must
: be with source
bytes: dc 10 00 00 10 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: be with offset
bytes: dc 00 01 00 10 00 00 00 95 00 00 00 00 00 00 00
refused: off must
: bswap with source
bytes: d7 10 00 00 10 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: bswap with offset
bytes: d7 00 01 00 10 00 00 00 95 00 00 00 00 00 00 00
refused: off must
: jeq imm with source
bytes: 15 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: jeq reg with immediate
bytes: 1d 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: jeq32 imm with source
bytes: 16 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: jeq32 reg with immediate
bytes: 1e 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: jgt imm with source
bytes: 25 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: jgt reg with immediate
bytes: 2d 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: jgt32 imm with source
bytes: 26 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: jgt32 reg with immediate
bytes: 2e 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: jge imm with source
bytes: 35 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: jge reg with immediate
bytes: 3d 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: jge32 imm with source
bytes: 36 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: jge32 reg with immediate
bytes: 3e 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: jset imm with source
bytes: 45 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: jset reg with immediate
bytes: 4d 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: jset32 imm with source
bytes: 46 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: jset32 reg with immediate
bytes: 4e 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: jne imm with source
bytes: 55 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: jne reg with immediate
bytes: 5d 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: jne32 imm with source
bytes: 56 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: jne32 reg with immediate
bytes: 5e 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: jsgt imm with source
bytes: 65 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: jsgt reg with immediate
bytes: 6d 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: jsgt32 imm with source
bytes: 66 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: jsgt32 reg with immediate
bytes: 6e 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: jsge imm with source
bytes: 75 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: jsge reg with immediate
bytes: 7d 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: jsge32 imm with source
bytes: 76 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: jsge32 reg with immediate
bytes: 7e 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: jlt imm with source
bytes: a5 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: jlt reg with immediate
bytes: ad 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: jlt32 imm with source
bytes: a6 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: jlt32 reg with immediate
bytes: ae 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: jle imm with source
bytes: b5 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: jle reg with immediate
bytes: bd 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: jle32 imm with source
bytes: b6 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: jle32 reg with immediate
bytes: be 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: jslt imm with source
bytes: c5 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: jslt reg with immediate
bytes: cd 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: jslt32 imm with source
bytes: c6 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: jslt32 reg with immediate
bytes: ce 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: jsle imm with source
bytes: d5 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: jsle reg with immediate
bytes: dd 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: jsle32 imm with source
bytes: d6 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: jsle32 reg with immediate
bytes: de 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: ja with destination
bytes: 05 01 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: dst_reg
: ja with source
bytes: 05 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: ja with immediate
bytes: 05 00 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: ja32 with destination
bytes: 06 01 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: dst_reg
: ja32 with source
bytes: 06 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: ja32 with offset
bytes: 06 00 01 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: off must
: call with destination
bytes: 85 01 00 00 05 00 00 00 95 00 00 00 00 00 00 00
refused: dst_reg
: call with offset
bytes: 85 00 01 00 05 00 00 00 95 00 00 00 00 00 00 00
refused: off must
: local call with destination
bytes: 85 11 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: dst_reg
: local call with offset
bytes: 85 10 01 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: off must
: callx with source
bytes: 8d 11 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: callx with offset
bytes: 8d 01 01 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: off must
: callx with immediate
bytes: 8d 01 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: exit with destination
bytes: 95 01 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: dst_reg
: exit with source
bytes: 95 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: exit with offset
bytes: 95 00 01 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: off must
: exit with immediate
bytes: 95 00 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: may_goto with destination
bytes: e5 01 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: dst_reg
: may_goto with immediate
bytes: e5 00 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: ldxw with immediate
bytes: 61 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: stxw with immediate
bytes: 63 01 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: stw with source
bytes: 62 11 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: ldxh with immediate
bytes: 69 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: stxh with immediate
bytes: 6b 01 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: sth with source
bytes: 6a 11 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: ldxb with immediate
bytes: 71 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: stxb with immediate
bytes: 73 01 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: stb with source
bytes: 72 11 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: ldxdw with immediate
bytes: 79 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: stxdw with immediate
bytes: 7b 01 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: stdw with source
bytes: 7a 11 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: src_reg
: ldsxw with immediate
bytes: 81 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: ldsxh with immediate
bytes: 89 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: ldsxb with immediate
bytes: 91 10 00 00 01 00 00 00 95 00 00 00 00 00 00 00
refused: imm must
: ldsxdw
bytes: 99 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: unknown opcode
: lddw with offset
bytes: 18 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: off must
: lddw with source 7
bytes: 18 70 00 00 00 00 00 00 00 00 00 00 00 00 00 00 95 00 00 00 00 00 00 00
refused: variant
