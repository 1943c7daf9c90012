# SPDX-License-Identifier: MPL-2.0
# Makes a table of the growth program's lines, and ends with 1 if a limit is passed (unit=instructions; iommu=NAME: the machine's own).
function field(name,    rest) {
	if (!match($0, "\"" name "\": "))
		return -1
	rest = substr($0, RSTART + RLENGTH)
	return rest + 0
}
function limit(what, value, most) {
	if (unit == "instructions" && value > most) {
		printf "  LIMIT PASSED: %s: %s, at most %s\n", what, value, most
		failed = 1
	}
}
/"what": "replace"/ {
	size = field("size") ? field("size") " pages" : "a mix"
	mode = field("deferred") ? "deferred" : "strict"
	order = field("random") ? "at random" : "in order"
	churned = field("churned") ? "after churn" : "fresh"
	key = sprintf("%-10s %2d bits %-8s %-9s %-11s", size, field("mask"), mode, order, churned)
	if (!(key in seen)) {
		seen[key] = 1
		keys[++nkeys] = key
	}
	live = field("live")
	if (!(live in lives)) {
		lives[live] = 1
		order_of[++nlives] = live
	}
	median[key, live] = field("median")
	p99[key, live] = field("p99")
	p999[key, live] = field("p999")
	worst[key, live] = field("worst")
}
/"what": "memory"/ { memory[++nmemory] = $0 }
/"what": "unit"/ { told[++ntold] = $0 }
/"what": "no room"/ { none[++nnone] = $0 }
/"what": "many reserved"/ { many[++nmany] = $0 }
/"what": "reserved"/ { hole[++nholes] = $0 }
/"what": "cut"/ { cut = $0 }
/"what": "threads"/ { lane[++nlanes] = $0 }
END {
	printf "  replacing one of n mappings: median / 99th / 99.9th percentile / worst, in %s\n", unit
	for (k = 1; k <= nkeys; k++) {
		key = keys[k]
		printf "  %s", key
		first = 0
		for (l = 1; l <= nlives; l++) {
			live = order_of[l]
			if (!((key, live) in median))
				continue
			printf "  %8d: %5d %6d %6d %7d", live, median[key, live], p99[key, live], p999[key, live], worst[key, live]
			if (!first)
				first = live
			else
				most = live
		}
		print ""
		if (first && most && (key, most) in median) {
			limit(key " median, " most " live against " first, sprintf("%.2f", median[key, most] / median[key, first]), 2)
			limit(key " 99.9th, " most " live against " first, sprintf("%.2f", p999[key, most] / p999[key, first]), 4)
		}
		most = 0
	}
	print "  memory of one domain, in pages: empty, full, all released, after dma_reclaim()"
	for (i = 1; i <= nmemory; i++) {
		$0 = memory[i]
		printf "  size %3d, %7d live, %d bits, %-8s %6d %7d %7d %7d\n", field("size"), field("live"), field("mask"),
			field("deferred") ? "deferred" : "strict", field("empty"), field("full"), field("released"), field("reclaimed")
		limit("pages that an empty domain keeps", field("reclaimed"), field("empty") + 16)
	}
	for (i = 1; i <= ntold; i++) {
		$0 = told[i]
		what = sprintf("size %3d, %7d live, %-8s", field("size"), field("live"), field("deferred") ? "deferred" : "strict")
		printf "  %s %6d invalidations for %6d replacements\n", what, field("invalidations"), field("replaced")
		limit(what " faults", field("faults"), 0)
		limit(what " pages in quarantine", field("quarantined"), 0)
		if (iommu != "none") # a unit that is not told of what is released does not work
			limit(what " replacements that the unit was not told of",
				(field("deferred") ? 1 : field("replaced")) - field("invalidations"), 0)
	}
	if (iommu)
		exit failed
	print "  no room in a space that is full, or of which every second page is free: the first time (stacks go back), the worst after that"
	for (i = 1; i <= nnone; i++) {
		$0 = none[i]
		limit("an allocation that fails", field("worst"), 2000)
		if (field("kept") < 0)
			printf "  %3d pages, %s %8d %8d\n", field("size"), field("torn") ? "torn" : "full", field("first"), field("worst")
		else if (field("worst") > torn_worst[field("kept")]) {
			torn_worst[field("kept")] = field("worst")
			torn_first[field("kept")] = field("first")
			torn_size[field("kept")] = sprintf("%d pages, aligned to %d KiB, boundary %d KiB, below %d MiB", field("size"),
				field("align") / 1024, field("boundary") / 1024, (field("last") + 1) / 1048576)
		}
	}
	for (kept in torn_worst)
		printf "  between ranges of %5d pages, the worst of all: %s: %d %d\n", kept, torn_size[kept], torn_first[kept], torn_worst[kept]
	print "  domains with reserved ranges: made in, pages, pages with one mapping"
	for (i = 1; i <= nholes; i++) {
		$0 = hole[i]
		if (i == 1)
			plain = field("pages")
		printf "  %2d ranges, %4d GiB %9d %4d %4d\n", field("ranges"), field("gib"), field("made"), field("pages"), field("pages_used")
		limit("pages of a domain with reserved ranges", field("pages"), plain + 4)
		limit("instructions to make a domain with reserved ranges", field("made"), 1000000)
	}
	for (i = 1; i <= nmany; i++) {
		$0 = many[i]
		if (i == 1)
			none_reserved = field("median")
		printf "  %4d ranges of %6d KiB %9d, one of a mix replaced %d %d %d %d\n", field("ranges"), field("kib"), field("made"),
			field("median"), field("p99"), field("p999"), field("worst")
		limit("instructions for each reserved range", field("made"), 20000 + 2500 * field("ranges"))
		limit("instructions beside reserved ranges", field("median"), none_reserved * 2)
	}
	if (cut) {
		$0 = cut
		printf "  %d MiB cut into pages: %d in all, locks held for at most %d; the whole dropped in %d, the parts in %d, locks %d\n", \
			field("mib"), field("all"), field("lock"), field("drop_whole"), field("drop_parts"), field("drop_lock")
		limit("interrupts off while a segment is cut", field("lock"), 10000)
		limit("interrupts off while parts are dropped", field("drop_lock"), 10000)
	}
	for (i = 1; i <= nlanes; i++) {
		$0 = lane[i]
		if (unit == "instructions") # of a machine whose CPUs take turns: the clock counts those of all
			each = sprintf("%5d instructions each", 1e9 / field("per_second"))
		else
			each = sprintf("%9d a second", field("per_second"))
		printf "  %s %-8s %d threads: %s, the first one's median %5d, 99th %6d, 99.9th %6d\n", field("size") ? "1 page" : "a mix ",
			field("deferred") ? "deferred" : "strict", field("threads"), each, field("median"), field("p99"), field("p999")
		if (field("threads") == 1)
			alone = 1e9 / field("per_second")
		else
			limit("instructions with " field("threads") " CPUs against one", sprintf("%.2f", 1e9 / field("per_second") / alone), 1.25)
	}
	exit failed
}
