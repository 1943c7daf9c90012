/* SPDX-License-Identifier: MPL-2.0 */
/* Which device may access registers of which other one, for the library (dma_peers_with()). */
#ifndef BARE_PCI_PEER_H
#define BARE_PCI_PEER_H

/* Tells the library, if the option peers=yes says that such accesses arrive. */
void pci_peer_init(void);

#endif
