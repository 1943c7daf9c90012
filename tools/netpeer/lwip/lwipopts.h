/* SPDX-License-Identifier: MPL-2.0 */
/* The host's lwIP is built as the machine's, but acknowledges after 50 ms at the latest, not 250, and wants shorter
 * segments than the machine would send (wire_mss). */
#define TCP_TMR_INTERVAL 50
#include "../../../apps/net/lwip/lwipopts.h"
