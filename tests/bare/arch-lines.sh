#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# What is one architecture's, and what is shared: the judgement of tools/arch-lines.
exec "$(dirname "$0")/../../tools/arch-lines" --check
