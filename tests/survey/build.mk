# SPDX-License-Identifier: MPL-2.0
# The survey, from a USB stick under EFI firmware, and what reads its reports.
TESTS += tests/survey/survey.py tests/survey/report.py

# The image wants mtools and dosfstools, which building the library does not.
ifneq ($(shell command -v mcopy)$(shell command -v mkfs.fat),)
all: $(B)/usb/dmastream.img
endif

## survey-test  the survey on every machine that QEMU can be told to be (about 10 minutes)
.PHONY: survey-test
survey-test: $(B)/usb/dmastream.img
	tests/survey/survey.py --all
