# SPDX-License-Identifier: MPL-2.0
# A line of docs/performance.md: what one replacement at random costs after churn behind an IOMMU (name, machine), in the median, with few
# that live and with many, a page and a mix, strict and deferred.
function field(name) {
	return match($0, "\"" name "\": ") ? substr($0, RSTART + RLENGTH) + 0 : -1
}
/"what": "replace"/ && field("random") && field("churned") {
	key = field("size") " " field("deferred")
	before = key in cell ? cell[key] ", " : ""
	cell[key] = before field("median")
}
END {
	printf "| %s | %s | %s | %s | %s | %s |\n", name, machine, cell["1 0"], cell["1 1"], cell["0 0"], cell["0 1"]
}
