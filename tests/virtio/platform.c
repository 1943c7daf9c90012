/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Virtio devices that do not offer VIRTIO_F_ACCESS_PLATFORM (Virtual I/O Device 1.2, 6.1): the addresses that they use
 * are physical ones, whatever stands between them and memory. Where these are not the addresses of the platform, disk
 * and card are refused with one line, before they master the bus.
 */
#include "../../platform/sim/devices/vdev.h"
#include "../../src/device/domain_ops.h"
#include "rig.h"
#include <block.h>
#include <bus.h>
#include <dmastream/errors.h>
#include <net.h>
#include <stdlib.h>
#include <string.h>
#include <text.h>

enum { DISK, CARD, KINDS };

static const char bypasses[] = "it bypasses what is between it and memory (VIRTIO_F_ACCESS_PLATFORM is not offered)";
static const char private[] =
	"it knows no shared memory of this confidential VM (VIRTIO_F_ACCESS_PLATFORM is not offered)";

static const struct row {
	const char *machine;
	const char *says; /* without the feature; NULL: it is used */
	bool translated;  /* it is in a domain of an IOMMU */
} rows[] = {
	{"coherent", NULL, false},
	{"coherent,untrusted", NULL, false},
	{"coherent,window=0", NULL, false},
	{"coherent,window=0x80000000", bypasses, false},
	{"noncoherent", bypasses, false},
	{"coherent", bypasses, true},
	{"coherent,cvm", private, false},
	{"coherent,nosync,cvm", private, false},
	{"noncoherent,cvm", private, false},
	{"coherent,cvm,window=0x80000000", private, false}, /* as a realm's devices have it */
	{"coherent,cvm", private, true},
};

static int attach(struct dma_domain *domain, struct dma_device *dev)
{
	(void)domain, (void)dev;
	return 0;
}

static void detach(struct dma_domain *domain, struct dma_device *dev)
{
	(void)domain, (void)dev;
}

static int block(struct dma_domain *domain, struct dma_device *dev)
{
	(void)domain, (void)dev;
	return 0;
}

/* A device that is refused has nothing mapped: nobody asks this domain for more. */
static const struct dma_domain_ops ops = {.attach = attach, .detach = detach, .block = block};
static struct dma_domain domain = {.ops = &ops};

static int open_domain(void *ctx, uint32_t requester, struct dma_device_config *config)
{
	(void)ctx, (void)requester;
	config->domain = &domain;
	return 0;
}

static const char *path;
static unsigned kind;
static char error[200];

static bool plug_in(void)
{
	struct sim_vnic_config card = {.fd = -1};
	struct sim_disk_config disk = sim_disk_config(path);

	return SIM_CHECK((kind == CARD ? sim_vnic_add(&rig_device, &card) : sim_vdisk_add(&rig_device, &disk)) != NULL);
}

static int open_device(void)
{
	struct text why = text_in(error, sizeof(error));
	struct block *disk;
	struct net *net;
	int status;

	error[0] = 0;
	status = kind == CARD ? net_open(0, &net, &why) : block_open(0, &disk, &why);
	if (status)
		return status;
	SIM_CHECK((kind == CARD ? net->ops->close(net) : disk->ops->close(disk)) == 0);
	return 0;
}

static void refused_or_not(void *arg)
{
	static const struct sim_iommu iommu = {"translating", open_domain, NULL, NULL, NULL};
	const struct row *row = arg;
	bool fine = rig_device.features & VDEV_F_PLATFORM || !row->says;
	int status;

	if (row->translated)
		sim_set_iommu(&iommu);
	if (!plug_in())
		return;
	status = open_device();
	SIM_CHECK(status == (fine ? 0 : DMA_ENOTSUP));
	SIM_CHECK(fine || strcmp(error, row->says) == 0);
	SIM_CHECK(!sim_pci_is_master(sim_vdev_last()->fn) && domain.devices == 0);
}

static void a_device_without_the_platforms_addresses(void **state)
{
	(void)state;
	path = rig_file(1 << 20);
	for (kind = 0; kind < KINDS; kind++)
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			rig_device = sim_vdev_config();
			if (!rows[i].translated) /* that domain maps nothing */
				assert_int_equal(rig_each_layout(rows[i].machine, refused_or_not,
								 (void *)(uintptr_t)&rows[i], 1),
						 0);
			(void)sim_vdev_config_parse(&rig_device, "noplatform");
			assert_int_equal(
				rig_each_layout(rows[i].machine, refused_or_not, (void *)(uintptr_t)&rows[i], 1), 0);
		}
}

/* The host's word on what the machine is may fail. */
static int attempt(void *unused)
{
	(void)unused;
	return plug_in() ? open_device() : DMA_ENOMEM;
}

static void every_hook_fails(void **state)
{
	struct sim_config machine = sim_config_plain("coherent");
	unsigned runs;

	(void)state;
	path = rig_file(1 << 20);
	for (kind = 0; kind < KINDS; kind++) {
		rig_device = sim_vdev_config();
		(void)sim_vdev_config_parse(&rig_device, "noplatform");
		assert_int_equal(sim_for_each_failure(&machine, attempt, NULL, &runs), 0);
		assert_true(runs > 10);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_without_the_platforms_addresses),
		cmocka_unit_test(every_hook_fails),
	};

	return rig_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
