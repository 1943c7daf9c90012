/* SPDX-License-Identifier: MPL-2.0 */
#include "../firmware/firmware.h"
#include "virtio_find.h"

int virtio_find(struct dma_virtio_iommu_config *config)
{
	struct acpi_table table;
	int error = firmware_table("VIOT", 0, &table);

	if (!error) {
		config->viot = table.bytes;
		config->viot_nbytes = table.nbytes;
	}
	return error;
}
