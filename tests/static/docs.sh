#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# `make docs`: no warning, every link leads somewhere, the search knows every function; and what would be wrong is seen.
. "$(dirname "$0")/tap.sh"

if ! have doxygen python3; then
	skip "make docs" "doxygen or python3 is missing"
	finish
fi
check "make docs" make -s "B=$tmp/build" docs
html=$tmp/build/docs/html

seen() { # WORDS: the check fails and says them
	! docs/site/check "$html" >"$tmp/out" && grep -q "$1" "$tmp/out"
}

# Doxygen 1.9.8 writes docs_2porting for docs/porting.
for guide in porting drivers simulator iommu security performance design testing; do
	check "the guide $guide is there, and the manual links to it" sh -c "grep -l 'docs_2*${guide}[.]html' '$html'/*.html | grep -q ."
done
check "tables and code keep to a narrow window" grep -q 'max-width: 700px' "$html/narrow.css"
cp "$html/index.html" "$tmp/index.html"
echo '<a href="nowhere.html">x</a>' >>"$html/index.html"
check "a link to a page that is not there would be seen" seen 'nowhere.html'
cp "$tmp/index.html" "$html/index.html"
echo '<a href="index.html#nowhere">x</a>' >>"$html/index.html"
check "so would one to a place that is not there" seen 'no such place'
cp "$tmp/index.html" "$html/index.html"
if have chromium || have chromium-browser || have google-chrome; then
	check "in a browser the search finds what was typed, and no page is wider than a narrow window" docs/site/browse "$html"
	looked() { # WORDS: the look at it fails and says them
		! docs/site/browse "$html" >"$tmp/out" && grep -q "$1" "$tmp/out"
	}
	echo '<div style="width: 900px">x</div>' >>"$html/index.html"
	check "a page that is too wide would be seen" looked 'index.html is 9[0-9]* pixels wide'
	cp "$tmp/index.html" "$html/index.html"
	cp "$html/search/search.js" "$tmp/search.js"
	: >"$html/search/search.js"
	check "so would a search that does nothing" looked 'the search for dma_stream_map finds nothing\|not looked at to the end'
	cp "$tmp/search.js" "$html/search/search.js"
else
	skip "the manual in a browser" "chromium is missing"
fi
for file in "$html"/search/all_*.js; do sed -i 's/dma_stream_map/dma_gone/g' "$file"; done
check "and a function that the search does not know" seen 'does not know dma_stream_map'
finish
