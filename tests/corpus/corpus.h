/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the drivers of the corpus share. Each is compiled twice: REPAIRED 0 with the original mistake, of which a
 * comment MISTAKE marks the lines that a report has to name (one of them is enough for each), and REPAIRED 1.
 */
#ifndef CORPUS_H
#define CORPUS_H

#include <dmacheck_models.h>

#ifndef REPAIRED
#define REPAIRED 0
#endif

#endif
