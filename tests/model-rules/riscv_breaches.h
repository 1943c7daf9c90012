/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TESTS_MODEL_RULES_RISCV_BREACHES_H
#define TESTS_MODEL_RULES_RISCV_BREACHES_H

#include "model_rules.h"

extern const struct breach riscv_register_breaches[], riscv_command_breaches[], riscv_structure_breaches[],
	riscv_message_breaches[], riscv_request_breaches[];
extern const size_t riscv_nregister_breaches, riscv_ncommand_breaches, riscv_nstructure_breaches,
	riscv_nmessage_breaches, riscv_nrequest_breaches;

extern const struct breach riscv_behaviours[];
extern const size_t riscv_nbehaviours;

/* riscv_messages.c: behaviours */
void riscv_messages_arrive(const struct breach *breach);
void riscv_messages_blocked(const struct breach *breach);
void riscv_messages_posted(const struct breach *breach);
void riscv_messages_cached(const struct breach *breach);

/* riscv_requests.c: behaviours */
void riscv_requests_stored(const struct breach *breach);
void riscv_requests_refused(const struct breach *breach);
void riscv_requests_overflow(const struct breach *breach);
void riscv_translations_refused(const struct breach *breach);
void riscv_translations_granted(const struct breach *breach);

#endif
