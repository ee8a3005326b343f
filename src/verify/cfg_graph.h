/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is reachable, what loops, who calls whom?  The second half of cfg_build(), which is its only
 * caller.
 */
#ifndef VERIFY_CFG_GRAPH_H
#define VERIFY_CFG_GRAPH_H

#include "verify/cfg.h"

int cfg_graph_build(struct cfg *cfg, const struct cfg_limits *limits, struct arena *arena,
		    struct diag_sink *sink);

#endif
