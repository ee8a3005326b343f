# SPDX-License-Identifier: BSD-2-Clause
# Counters of 32 bits that come back to where they were: such loops do not end.
: wraps: less than the greatest
r6 = 0
loop: w6 += 0x400000
if w6 < 0xffc00001 goto loop
r0 = 0
exit
=> reject loop.infinite
