# SPDX-License-Identifier: MPL-2.0
## fresh        ./run and ./check in bare Debian 12 and 13 folders (root, debootstrap, network; long)
.PHONY: fresh
fresh:
	@tests/fresh/debootstrap.sh
