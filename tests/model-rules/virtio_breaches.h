/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TESTS_MODEL_RULES_VIRTIO_BREACHES_H
#define TESTS_MODEL_RULES_VIRTIO_BREACHES_H

#include "model_rules.h"

extern const struct breach virtio_register_breaches[], virtio_request_breaches[];
extern const size_t virtio_nregister_breaches, virtio_nrequest_breaches;

#endif
