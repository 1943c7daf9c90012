# src/stream/access.c
# SPDX-License-Identifier: MPL-2.0
/view = device_view(s);/a\
	if (s->dev->coherent) {\
		dma_publish();\
		return 0;\
	}
