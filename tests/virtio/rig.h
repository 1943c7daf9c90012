/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the tests of the virtio drivers share: kinds of devices and machines, and an IOMMU that only counts faults.
 */
#ifndef TESTS_VIRTIO_RIG_H
#define TESTS_VIRTIO_RIG_H

#include "../../platform/sim/devices/sim_vdev.h"
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* How the device's queues are: each layout, with and without what can be negotiated. */
extern const char *const rig_layouts[];
enum { RIG_LAYOUTS = 7 };

/* What the device is like in the scenario that runs. */
extern struct sim_vdev_config rig_device;

/* Runs the scenario on that machine with each layout, and `seeds` schedules of each where the machine is hostile. The
 * failures. */
unsigned rig_each_layout(const char *machine, sim_scenario scenario, void *arg, unsigned seeds);

/* The IOMMU says that it blocked an access, from now on. */
void rig_fault(void);

/* At its n-th look from now on, the driver finds the count of faults as it is; right behind that look this is
 * called. */
void rig_behind_look(unsigned n, void (*call)(void));

/* The machine has messages, and each device sends its first one before the driver has a queue. (The simulated machine
 * has none else; programs are linked with --wrap=bus_pci_interrupt.) */
extern bool rig_messages;

/* The machine has messages, which devices do not send: rig_message() does what the last one that was asked for would
 * do. (The device takes them: sim_vdev_config's `messages`.) */
extern bool rig_messages_kept;
void rig_message(void);

/* A file of `nbytes`, byte i of which is i * 7 + i / 251; its name lives until the next call. */
const char *rig_file(size_t nbytes);
unsigned char rig_byte(size_t i);

/* The end of a program: runs the tests, or those that argv[1] names, and removes that file. */
int rig_main(const struct CMUnitTest *tests, size_t n, int argc, char **argv);

#endif
