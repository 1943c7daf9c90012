/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The one machine of the process.
 */
#include "sim_machine.h"

struct sim_machine sim;
const struct sim_observer *sim_observer;

const struct sim_config *sim_config(void)
{
	return &sim.config;
}
