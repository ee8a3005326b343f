#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Can each bug of bugs.txt still be planted?  Code that changes takes its bugs along.
exec python3 tests/planted/run --applies
