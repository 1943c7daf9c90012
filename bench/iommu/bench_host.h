/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the benchmark of src/iommu knows of its host.
 */
#ifndef BENCH_IOMMU_HOST_H
#define BENCH_IOMMU_HOST_H

#include <dmastream/platform.h>

extern _Thread_local unsigned bench_cpu; /* the calling thread's number */

#endif
