# src/stream/access.c
# SPDX-License-Identifier: MPL-2.0
/dma_access_to_device(dma_stream_place(s)/i\
	if (s->dev->coherent) {\
		dma_publish();\
		return 0;\
	}
