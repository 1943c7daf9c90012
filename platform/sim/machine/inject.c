/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fault injection: each hook's calls are counted, and any can be made to fail.
 */
#include "sim_machine.h"

static const char *const names[SIM_HOOKS] = {
	"info",		 "page_alloc",	  "frames_alloc", "linear",	    "kva_map",	  "share",	 "unshare",
	"mmio_map",	 "is_ram",	  "copy_to_user", "copy_from_user", "page_free",  "frames_free", "kva_unmap",
	"tlb_shootdown", "interrupts_on", "lock",	  "unlock",	    "mmio_unmap", "log",
};

const char *sim_hook_name(enum sim_hook hook)
{
	return hook < SIM_HOOKS ? names[hook] : "unknown";
}

bool hook_enter(enum sim_hook hook, bool needs_interrupts, bool under_lock)
{
	unsigned call = ++sim.calls[hook];
	unsigned at = sim.fail_at[hook];
	bool fail = at && (call == at || (sim.fail_on[hook] && call > at));

	if (!sim.on)
		sim_fail(SIM_CONTRACT, SIM_NOWHERE, "%s: the machine is off", names[hook]);
	if (sim_thread.locks_held && !under_lock)
		sim_fail(SIM_CONTRACT, SIM_NOWHERE, "%s called with a lock held", names[hook]);
	else if (sim_thread.interrupts_off && needs_interrupts)
		sim_fail(SIM_CONTRACT, SIM_NOWHERE, "%s called with interrupts off", names[hook]);
	if (fail) {
		sim.injected = true;
		event("  (injected:) the next hook fails; call", SIM_NOWHERE, call);
	}
	if (sim.meanwhile && sim.meanwhile_at == hook) {
		void (*meanwhile)(void) = sim.meanwhile;

		sim.meanwhile = NULL; /* not within itself */
		meanwhile();
		sim.meanwhile = meanwhile;
	}
	return fail;
}

static void arm(enum sim_hook hook, unsigned n, bool on)
{
	machine_lock();
	sim.fail_at[hook] = n ? sim.calls[hook] + n : 0;
	sim.fail_on[hook] = on;
	machine_unlock();
}

void sim_fail_hook(enum sim_hook hook, unsigned n)
{
	arm(hook, n, false);
}

void sim_fail_hook_from(enum sim_hook hook, unsigned n)
{
	arm(hook, n, true);
}

unsigned sim_hook_calls(enum sim_hook hook)
{
	return sim.calls[hook];
}

bool sim_hook_failed(void)
{
	return sim.injected;
}

void sim_meanwhile(enum sim_hook hook, void (*meanwhile)(void))
{
	sim.meanwhile_at = hook;
	sim.meanwhile = meanwhile;
}

void sim_conversion_error(int error)
{
	sim.conversion_error = error;
}

void sim_lie(bool on)
{
	sim.lying = on;
}
