# src/stream/stream.c
# SPDX-License-Identifier: MPL-2.0
/^static int bounce/,/^}/s/connect(new, dev, view.owed.paddr/connect(new, dev, new->seg.paddr/
