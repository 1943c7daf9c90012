/* SPDX-License-Identifier: MPL-2.0 */
#include "../../drivers/edu.h"
#include "weapon.h"

static struct edu devices[2];

int weapon_open(struct weapon *weapon, unsigned index)
{
	*weapon = (struct weapon){&devices[index].dma, index};
	return edu_open(&devices[index], index, index ? "edu1" : "edu0");
}

int weapon_close(struct weapon *weapon)
{
	return edu_close(&devices[weapon->index]);
}

int weapon_fetch(struct weapon *weapon, dma_daddr_t daddr, size_t at, size_t nbytes)
{
	return edu_fetch(&devices[weapon->index], daddr, at, nbytes);
}

int weapon_store(struct weapon *weapon, dma_daddr_t daddr, size_t at, size_t nbytes)
{
	return edu_store(&devices[weapon->index], daddr, at, nbytes);
}
