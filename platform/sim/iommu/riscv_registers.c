/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The RISC-V IOMMU model's register file ("Memory-mapped register interface"): a table of what each bit is, and what a
 * write does beyond storing its bits.
 */
#include "riscv_model.h"
#include <stddef.h>

struct riscv_register {
	uint16_t offset;
	uint8_t nbytes;
	uint64_t rw, reserved; /* reserved: WPRI, the custom bits too */
	enum riscv_rule rule;  /* of the reserved bits */
	size_t field;	       /* of struct sim_riscv */
};

#define FIELD(name)  offsetof(struct sim_riscv, name)
#define BASE	     0x003ffffffffffc1full /* PPN, LOG2SZ-1 */
#define UPPER	     0xffc00000000003e0ull /* 63:54, 9:5 */
#define COMMAND_WPRI 0xfffcf0fcull	   /* of cqcsr; of the other two: */
#define LOG_WPRI     0xfffcfcfcull

enum { RESET_INDEX = 77 }; /* of the indices that are software's: "Reset value", UNSPECIFIED */

static const struct riscv_register registers[] = {
	{0, 8, 0, 0, RISCV_NRULES, FIELD(capabilities)},
	{8, 4, 0x7, 0xfffffff8, RISCV_FCTL_RESERVED, FIELD(fctl)},
	{16, 8, 0x003ffffffffffc0full, UPPER, RISCV_DDTP_RESERVED, FIELD(ddtp)},
	{24, 8, BASE, UPPER, RISCV_CQB_RESERVED, FIELD(queue[COMMAND_CSR].base)},
	{32, 4, 0, 0, RISCV_NRULES, FIELD(queue[COMMAND_CSR].head)},
	{36, 4, 0xffffffff, 0, RISCV_NRULES, FIELD(queue[COMMAND_CSR].tail)},
	{40, 8, BASE, UPPER, RISCV_FQB_RESERVED, FIELD(queue[FAULT_CSR].base)},
	{48, 4, 0xffffffff, 0, RISCV_NRULES, FIELD(queue[FAULT_CSR].head)},
	{52, 4, 0, 0, RISCV_NRULES, FIELD(queue[FAULT_CSR].tail)},
	{56, 8, BASE, UPPER, RISCV_PQB_RESERVED, FIELD(queue[PAGE_CSR].base)},
	{64, 4, 0xffffffff, 0, RISCV_NRULES, FIELD(queue[PAGE_CSR].head)},
	{68, 4, 0, 0, RISCV_NRULES, FIELD(queue[PAGE_CSR].tail)},
	{72, 4, 3, COMMAND_WPRI, RISCV_CSR_RESERVED, FIELD(csr[COMMAND_CSR])},
	{76, 4, 3, LOG_WPRI, RISCV_CSR_RESERVED, FIELD(csr[FAULT_CSR])},
	{80, 4, 3, LOG_WPRI, RISCV_CSR_RESERVED, FIELD(csr[PAGE_CSR])},
};

/* "Is optional?": pqb to pqt, and pqcsr. */
static bool present(const struct sim_riscv *unit, uint16_t offset)
{
	return unit->config.ats || offset < 56 || (offset > 68 && offset != 80);
}

/* What a queue's registers may break. */
static const struct queue_rules {
	uint64_t nbytes; /* of an entry */
	enum riscv_rule active, aligned, unset, range, overrun;
} queue_rules[CSRS] = {
	[COMMAND_CSR] = {16, RISCV_CQB_ACTIVE, RISCV_CQB_ALIGNED, RISCV_CQB_UNSET, RISCV_CQT_RANGE, RISCV_CQT_OVERRUN},
	[FAULT_CSR] = {32, RISCV_FQB_ACTIVE, RISCV_FQB_ALIGNED, RISCV_FQB_UNSET, RISCV_FQH_RANGE, RISCV_FQH_OVERRUN},
	[PAGE_CSR] = {16, RISCV_PQB_ACTIVE, RISCV_PQB_ALIGNED, RISCV_PQB_UNSET, RISCV_PQH_RANGE, RISCV_PQH_OVERRUN},
};

/* The index that is software's. */
static uint64_t *software_index(struct sim_riscv *unit, enum csr which)
{
	return which == COMMAND_CSR ? &unit->queue[which].tail : &unit->queue[which].head;
}

static uint64_t *value_of(struct sim_riscv *unit, const struct riscv_register *r)
{
	return (uint64_t *)(void *)((char *)unit + r->field);
}

void riscv_registers_reset(struct sim_riscv *unit)
{
	const struct sim_riscv_config *c = &unit->config;

	bool second = !c->no_tables && !c->first;

	unit->capabilities = 0x10 | (uint64_t)c->width << 32 | (c->base_format ? 0 : BIT(22)) | (second ? BIT(18) : 0) |
			     (second && !c->only_50 ? BIT(17) : 0) | (uint64_t)c->first << 6 | (c->ats ? BIT(25) : 0);
	for (size_t i = 0; i < sizeof(registers) / sizeof(*registers) && c->reserved_set; i++)
		*value_of(unit, &registers[i]) |= registers[i].reserved;
	unit->fctl |= c->big_endian || c->stuck_endian;
	for (unsigned i = 0; i < CSRS; i++)
		*software_index(unit, (enum csr)i) = RESET_INDEX;
}

static const struct riscv_register *find(struct sim_riscv *unit, uint64_t offset, uint64_t **value)
{
	for (size_t i = 0; i < sizeof(registers) / sizeof(*registers); i++)
		if (offset >= registers[i].offset && offset < registers[i].offset + (uint64_t)registers[i].nbytes &&
		    present(unit, registers[i].offset)) {
			*value = value_of(unit, &registers[i]);
			return &registers[i];
		}
	return NULL;
}

/* ---- Control registers take their time ---- */

static uint64_t csr_reserved(enum csr which)
{
	return which == COMMAND_CSR ? COMMAND_WPRI : LOG_WPRI;
}

/* "cqcsr", "fqcsr", "pqcsr": a queue that goes on has the unit's index at 0; the other one is software's to write
 * before. */
static void settle(struct sim_riscv *unit, enum csr which)
{
	uint64_t *csr = &unit->csr[which];

	*csr &= ~(uint64_t)BUSY;
	if (!!(*csr & ENABLE) == !!(*csr & ON))
		return;
	*csr = (*csr & ENABLE ? ENABLE | ON : 0) | (*csr & (2 | csr_reserved(which)));
	if (which == COMMAND_CSR) {
		riscv_complete_all(unit);
		unit->queue[COMMAND_CSR].head = 0;
	} else {
		unit->queue[which].tail = 0;
	}
}

static void tick(struct sim_riscv *unit)
{
	if (unit->ddtp & 16 && !unit->config.never_off && (!unit->ddtp_busy || !--unit->ddtp_busy))
		unit->ddtp &= ~(uint64_t)16;
	for (unsigned i = 0; i < CSRS; i++)
		if (unit->csr[i] & BUSY && (!unit->csr_busy[i] || !--unit->csr_busy[i]))
			settle(unit, (enum csr)i);
}

uint64_t riscv_register_read(struct sim_riscv *unit, uint64_t offset, unsigned nbytes)
{
	uint64_t *value;
	const struct riscv_register *r = find(unit, offset, &value);

	tick(unit);
	if (!r)
		return 0;
	if (nbytes > r->nbytes) {
		riscv_violation(unit, RISCV_ACCESS_SPAN, offset);
		return 0;
	}
	return nbytes == r->nbytes ? *value : *value >> 8 * (offset - r->offset) & 0xffffffff;
}

/* ---- What a write may say, and when ---- */

static bool queues_on(const struct sim_riscv *unit)
{
	return (unit->csr[COMMAND_CSR] | unit->csr[FAULT_CSR] | unit->csr[PAGE_CSR]) & (ON | BUSY | ENABLE);
}

static void ddtp_written(struct sim_riscv *unit, uint64_t old)
{
	unsigned mode = riscv_mode(unit), before = (unsigned)(old & 15);

	if (old & 16)
		riscv_violation(unit, RISCV_DDTP_BUSY, unit->ddtp);
	if (mode >= 5 && mode <= 13)
		riscv_violation(unit, RISCV_DDTP_MODE, unit->ddtp);
	if (mode > 4 || (mode >= 2 && !(unit->config.levels >> (mode - 1) & 1))) { /* WARL */
		unit->ddtp = (unit->ddtp & ~(uint64_t)15) | before;
		return;
	}
	if (mode >= 2 && before >= 2 && ((unit->ddtp ^ old) & ~(uint64_t)16))
		riscv_violation(unit, RISCV_DDTP_LEVELS, unit->ddtp);
	if (mode == 1 && before >= 2)
		riscv_violation(unit, RISCV_DDTP_BARE, unit->ddtp);
	if (mode == 0 && before && PPN_OF(unit->ddtp ^ old))
		riscv_violation(unit, RISCV_DDTP_PPN, unit->ddtp);
	if (mode >= 2 && riscv_beyond(unit, PPN_OF(unit->ddtp)))
		riscv_violation(unit, RISCV_DDTP_WIDTH, unit->ddtp);
	if (unit->config.busy || unit->config.never_off) {
		unit->ddtp |= 16;
		unit->ddtp_busy = BUSY_TICKS;
	}
}

/* The index that is software's becomes "a valid but otherwise UNSPECIFIED value": it is written behind the base. */
static void base_written(struct sim_riscv *unit, uint64_t old, enum csr which)
{
	const struct queue_rules *rules = &queue_rules[which];
	struct queue *queue = &unit->queue[which];
	uint64_t nbytes = riscv_entries(queue->base) * rules->nbytes;

	queue->set = true;
	if (unit->csr[which] & (ON | BUSY) && old != queue->base)
		riscv_violation(unit, rules->active, queue->base);
	if (nbytes > 4096 && PPN_OF(queue->base) & (nbytes - 1))
		riscv_violation(unit, rules->aligned, queue->base);
	if (!(unit->csr[which] & (ON | BUSY)))
		*software_index(unit, which) = RESET_INDEX & (riscv_entries(queue->base) - 1);
}

static void csr_written(struct sim_riscv *unit, enum csr which, uint64_t old, uint64_t asked)
{
	uint64_t clear = which == COMMAND_CSR ? MEMORY_FAULT | TIMEOUT | ILLEGAL | 1 << 11 : MEMORY_FAULT | OVERFLOW;

	if (old & BUSY)
		riscv_violation(unit, RISCV_CSR_BUSY, asked);
	unit->csr[which] = (old & ~(uint64_t)3 & ~(asked & clear)) | (asked & 3);
	if (asked & ~old & ENABLE && !unit->queue[which].set)
		riscv_violation(unit, queue_rules[which].unset, asked);
	if (which == COMMAND_CSR && old & (ILLEGAL | MEMORY_FAULT) && !(unit->csr[which] & (ILLEGAL | MEMORY_FAULT)) &&
	    asked & ENABLE)
		riscv_queue_mended(unit);
	unit->csr[which] |= BUSY;
	unit->csr_busy[which] = BUSY_TICKS;
	if (!unit->config.busy)
		settle(unit, which);
}

/* Software's index, while the queue is on, moves over what is free (commands), or over what is there (records); bits
 * beyond the queue's size cannot be written. */
static void index_written(struct sim_riscv *unit, uint64_t old, enum csr which)
{
	const struct queue *queue = &unit->queue[which];
	uint64_t mask = riscv_entries(queue->base) - 1, *index = software_index(unit, which), room;

	if (*index > mask)
		riscv_violation(unit, queue_rules[which].range, *index);
	*index &= mask;
	room = which == COMMAND_CSR ? mask - ((old - queue->head) & mask) : (queue->tail - old) & mask;
	if (unit->csr[which] & ON && ((*index - old) & mask) > room)
		riscv_violation(unit, queue_rules[which].overrun, *index);
}

static void written(struct sim_riscv *unit, const struct riscv_register *r, uint64_t old, uint64_t asked)
{
	switch (r->offset) {
	case 8:
		if (unit->config.stuck_endian)
			unit->fctl |= 1;
		if (old != unit->fctl && (riscv_mode(unit) || queues_on(unit)))
			riscv_violation(unit, RISCV_FCTL_ACTIVE, asked);
		break;
	case 16:
		ddtp_written(unit, old);
		break;
	case 24:
	case 40:
	case 56:
		base_written(unit, old, (enum csr)((r->offset - 24) / 16));
		break;
	case 36:
		index_written(unit, old, COMMAND_CSR);
		break;
	case 48:
		index_written(unit, old, FAULT_CSR);
		break;
	case 64:
		index_written(unit, old, PAGE_CSR);
		break;
	default:
		csr_written(unit, (enum csr)((r->offset - 72) / 4), old, asked);
		break;
	}
}

void riscv_register_write(struct sim_riscv *unit, uint64_t offset, uint64_t value, unsigned nbytes)
{
	uint64_t *at, mask, old, asked;
	const struct riscv_register *r = find(unit, offset, &at);

	if (!r) {
		if (value)
			riscv_violation(unit, RISCV_ACCESS_UNKNOWN, offset);
		return;
	}
	if (nbytes > r->nbytes) {
		riscv_violation(unit, RISCV_ACCESS_SPAN, offset);
		return;
	}
	if (!r->rw) {
		riscv_violation(unit, RISCV_ACCESS_READ_ONLY, offset);
		return;
	}
	mask = (nbytes == 8 ? ~(uint64_t)0 : (uint64_t)0xffffffff) << 8 * (offset - r->offset);
	asked = value << 8 * (offset - r->offset);
	old = *at;
	if ((asked ^ old) & r->reserved & mask)
		riscv_violation(unit, r->rule, asked);
	*at = (old & ~(r->rw & mask)) | (asked & r->rw & mask);
	written(unit, r, old, asked);
}
