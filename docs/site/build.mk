# SPDX-License-Identifier: MPL-2.0
## docs  the guides and the headers as pages to read in a browser, in build/docs/html (Doxygen); warnings and dead links are errors
.PHONY: docs
docs:
	@docs/site/make $(B)/docs
	@echo '$(B)/docs/html/index.html'

TESTS += tests/static/docs.sh
