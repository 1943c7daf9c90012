/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Status codes as text: 3.3.3.2.1 and its tables, NVM 1.0 figure 19. What disks report in practice; the rest by number.
 */
#include "../text.h"
#include "nvme.h"

static const struct {
	uint8_t type, code;
	const char *text;
} table[] = {
	{0, 0x00, "success"},
	{0, 0x01, "invalid command opcode"},
	{0, 0x02, "invalid field in command"},
	{0, 0x03, "command identifier in use"},
	{0, 0x04, "data transfer error"},
	{0, 0x05, "aborted by power loss"},
	{0, 0x06, "internal error"},
	{0, 0x07, "aborted on request"},
	{0, 0x08, "aborted, its queue was deleted"},
	{0, 0x0b, "invalid namespace"},
	{0, 0x0c, "command sequence error"},
	{0, 0x13, "invalid PRP offset"},
	{0, 0x20, "the disk is write protected"},
	{0, 0x21, "interrupted, try again"},
	{0, 0x22, "transient transport error"},
	{0, 0x80, "block address out of range"},
	{0, 0x81, "capacity exceeded"},
	{0, 0x82, "namespace not ready"},
	{0, 0x83, "reservation conflict"},
	{0, 0x84, "format in progress"},
	{1, 0x00, "invalid completion queue"},
	{1, 0x01, "invalid queue identifier"},
	{1, 0x02, "invalid queue size"},
	{1, 0x08, "invalid interrupt vector"},
	{1, 0x80, "conflicting attributes"},
	{1, 0x82, "the disk is read-only"},
	{2, 0x80, "write fault"},
	{2, 0x81, "unrecovered read error"},
	{2, 0x82, "guard check error"},
	{2, 0x83, "application tag check error"},
	{2, 0x84, "reference tag check error"},
	{2, 0x85, "compare failure"},
	{2, 0x86, "access denied"},
	{2, 0x87, "block was never written"},
};

void nvme_status_text(uint32_t status, char *out, size_t size)
{
	unsigned type = (unsigned)nvme_get(status, NVME_CQE_SCT);
	unsigned code = (unsigned)nvme_get(status, NVME_CQE_SC);
	struct text t = text_in(out, size);

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].type == type && table[i].code == code) {
			text_put(&t, table[i].text);
			text_put(&t, " ");
		}
	}
	text_put(&t, "(NVMe status ");
	text_put_number(&t, type);
	text_put(&t, "/");
	text_put_hex(&t, code, 2);
	text_put(&t, ")");
}
