# SPDX-License-Identifier: MPL-2.0
# `make run` and `make check` are what ./run and ./check call; `make help` lists the rest. Every area brings its rules in a
# build.mk of its own; what is here holds for all of them.
.DEFAULT_GOAL := all
SHELL := /bin/sh
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
B := build

# Options are looked at before anything is read or built.
named := $(sort $(foreach word,$(MAKEOVERRIDES),$(if $(findstring =,$(word)),$(patsubst %:,%,$(firstword $(subst =, ,$(word)))))))
quote = '$(subst ','\'',$(1))'
refused := $(shell env $(foreach name,$(named),$(call quote,$(name)=$(value $(name)))) tools/options $(MAKECMDGOALS) 2>&1)
$(if $(refused),$(error $(refused)))

CC := gcc
CXX := g++
CLANG := clang
LLD := ld.lld
# What tests are compiled with beside: files and lines for what sanitizers print. More of it takes a third of their time; `make DEBUG=-g` for
# a debugger.
DEBUG := -g1
# The quickest linker for tests, where it is there.
LINKER := $(if $(shell command -v $(LLD)),-fuse-ld=lld)
WARN := -Wall -Wextra -Werror -Wconversion -Wshadow -Wundef -Wvla -Wpointer-arith -Wcast-qual -Wwrite-strings -Wformat=2
WARN_C := -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition

include sources.mk

# $(eval $(call config,NAME)): objects of configuration NAME, made with CC_NAME and CFLAGS_NAME, in build/NAME/.
define config
$$(B)/$(1)/%.o: %.c
	@mkdir -p $$(@D)
	$$(CC_$(1)) -std=c11 $$(WARN) $$(WARN_C) $$(CFLAGS_$(1)) -MMD -MP -c $$< -o $$@
$$(B)/$(1)/%.o: %.S
	@mkdir -p $$(@D)
	$$(CC_$(1)) $$(CFLAGS_$(1)) -MMD -MP -c $$< -o $$@
endef
# $(call objects,NAME,SOURCES): their objects in that configuration.
objects = $(patsubst %,$(B)/$(1)/%.o,$(basename $(2)))

# What `make check` runs: programs and scripts that print TAP (one "ok"/"not ok" a line). Each build.mk adds to it.
TESTS :=
# Those that run one after the other when the others have ended: guests with several CPUs, which need all of this machine's.
ALONE :=

include $(sort $(wildcard */build.mk */*/build.mk))

.PHONY: all check built run clean help
all:

## check  every test, each below its time limit; ends with the count of what passed, failed and was skipped
check: built
	@tools/runtests $(TESTS) --alone $(ALONE)
# What it needs, alone: `make -j` builds that side by side, and no test is handed make's job server. Areas add what is neither program nor `all`.
built: all $(filter $(B)/%,$(TESTS) $(ALONE))

## clean  takes build/ away
clean:
	rm -rf $(B)

help:
	@sed -n 's/^## //p' Makefile */build.mk */*/build.mk | sort | awk '{ name = $$1; sub(/^[^ ]+ +/, ""); printf "%-14s %s\n", name, $$0 }'

-include $(shell find $(B) -type f -name '*.d' 2>/dev/null)
