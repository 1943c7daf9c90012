# SPDX-License-Identifier: MPL-2.0
## man          the manual's pages of the public headers, in build/man/man3 (make install takes them along)
.PHONY: man
man:
	@docs/man/make $(B)/man $(VERSION)

TESTS += tests/static/man.sh
