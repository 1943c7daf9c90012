/* SPDX-License-Identifier: MPL-2.0 */
/*
 * All of dmastream's public interface but the host's side (platform.h) and user memory (user.h).
 */
#ifndef DMASTREAM_DMASTREAM_H
#define DMASTREAM_DMASTREAM_H

#include <dmastream/arena.h>
#include <dmastream/barrier.h>
#include <dmastream/batch.h>
#include <dmastream/buffer.h>
#include <dmastream/checked.h>
#include <dmastream/coherent.h>
#include <dmastream/config.h>
#include <dmastream/counted.h>
#include <dmastream/cursor.h>
#include <dmastream/deadline.h>
#include <dmastream/device.h>
#include <dmastream/domain.h>
#include <dmastream/errors.h>
#include <dmastream/framewalk.h>
#include <dmastream/init.h>
#include <dmastream/list.h>
#include <dmastream/peer.h>
#include <dmastream/pool.h>
#include <dmastream/ring.h>
#include <dmastream/scattered.h>
#include <dmastream/segment.h>
#include <dmastream/slice.h>
#include <dmastream/stream.h>
#include <dmastream/stream_access.h>
#include <dmastream/stream_handle.h>
#include <dmastream/typed.h>
#include <dmastream/typedlist.h>
#include <dmastream/typedpool.h>
#include <dmastream/typedslice.h>
#include <dmastream/types.h>
#include <dmastream/watch.h>

#endif
