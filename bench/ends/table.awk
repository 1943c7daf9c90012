# SPDX-License-Identifier: MPL-2.0
# Lines WHOSE|MODE|OPERATION|OPERATIONS|ns|invalidations|instructions|of DMA become a table in Markdown. kind "counted": with JSON, and a picture with
# a bar for the DMA instructions of each; the status is not 0 where runs are apart (bench/apart.awk). kind "timed": the last three fields are
# empty, and the medians of the rates are what is shown.
{
	gsub("_", " ", $3)
	key = $3
	if (!(key in known)) {
		known[key] = 1
		order[++n] = key
	}
	at = $1 SUBSEP $2 SUBSEP key
	put("rate", at, $5 > 0 ? $4 * 1e9 / $5 : 0)
	put("invalidations", at, $6)
	put("all", at, $7)
	put("dma", at, $8)
	if (kind != "counted")
		next
	row = key ", " $2 ", " ($1 == "linux" ? "Linux" : "ours")
	apart_note(row ", DMA", $8, 0)
	apart_note(row ", all", $7, 0)
	apart_note(row ", invalidations", $6, 0.001)
}
function put(what, at, value) { values[what, at, ++have[what, at]] = value }
function median(what, at, i, j, m, v, t) {
	m = have[what, at]
	for (i = 1; i <= m; i++)
		v[i] = values[what, at, i]
	for (i = 1; i <= m; i++)
		for (j = i + 1; j <= m; j++)
			if (v[j] < v[i]) { t = v[i]; v[i] = v[j]; v[j] = t }
	return m ? m % 2 ? v[(m + 1) / 2] : (v[m / 2] + v[m / 2 + 1]) / 2 : 0
}
# How far two runs are apart, in the instructions of DMA and in all.
function spread(mode, key, whose, row, dma_apart, all_apart) {
	row = key ", " mode ", " whose
	dma_apart = apart_percent(row ", DMA")
	all_apart = apart_percent(row ", all")
	return dma_apart > all_apart ? dma_apart : all_apart
}
function one(whose, mode, key) { return whose SUBSEP mode SUBSEP key }
function show(of, at, form) { return at in of ? sprintf(form, of[at]) : "" }
function show_counted(i, m, w, l, o, at, some) {
	for (i = 1; i <= n; i++)
		for (m = 1; m <= nmodes; m++)
			for (w = 1; w <= 2; w++) {
				at = one(w == 1 ? "linux" : "ours", modes[m], order[i])
				if (!(("dma", at) in have))
					continue
				dma[at] = median("dma", at)
				all[at] = median("all", at)
				invalidations[at] = median("invalidations", at)
				away[at] = spread(modes[m], order[i], w == 1 ? "Linux" : "ours")
			}
	print "| operation | mode | DMA, Linux | DMA, ours | ratio | all, Linux | all, ours | invalidations, Linux | ours | runs apart, Linux | ours |"
	print "| --- | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |"
	printf "[" >json
	for (i = 1; i <= n; i++)
		for (m = 1; m <= nmodes; m++) {
			l = one("linux", modes[m], order[i])
			o = one("ours", modes[m], order[i])
			if (!(l in dma) && !(o in dma))
				continue
			printf "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", order[i], modes[m] == "deferred" ? "lazy, deferred" : modes[m],
				show(dma, l, "%.0f"), show(dma, o, "%.0f"), ((l in dma) && (o in dma) && 0 < dma[o] ? sprintf("%.1f", dma[l] / dma[o]) : ""),
				show(all, l, "%.0f"), show(all, o, "%.0f"), show(invalidations, l, "%.3f"), show(invalidations, o, "%.3f"),
				show(away, l, "%.1f %%"), show(away, o, "%.1f %%")
			for (w = 1; w <= 2; w++) {
				at = w == 1 ? l : o
				if (at in dma)
					printf "%s\n{\"operation\": \"%s\", \"mode\": \"%s\", \"whose\": \"%s\", \"dma_instructions\": %s, \"instructions\": %s, \"invalidations\": %s, \"runs_apart_percent\": %.2f}",
						some++ ? "," : "", order[i], modes[m], w == 1 ? "linux" : "dmastream", dma[at], all[at], invalidations[at], away[at] >json
			}
		}
	print "\n]" >json
	draw()
	return apart_verdict()
}
function thousands(rate) { return sprintf("%.0f000", rate / 1000) }
function show_timed(i, m, w, row, v, by_one, runs) {
	print "| operations a second | Linux none | lazy | strict | strict / none | ours none | deferred | strict | strict / none |"
	print "| --- | --: | --: | --: | --: | --: | --: | --: | --: |"
	for (i = 1; i <= n; i++) {
		if (order[i] ~ /^pairs/)
			continue
		row = "| " order[i]
		for (w = 1; w <= 2; w++) {
			for (m = 1; m <= nmodes; m++) {
				at = one(w == 1 ? "linux" : "ours", modes[m], order[i])
				v[m] = median("rate", at)
				row = row " | " (v[m] ? sprintf("%.0f", v[m]) : "")
				runs = have["rate", at] > runs ? have["rate", at] : runs
			}
			row = row " | " (v[1] && v[3] ? sprintf("%.2f", v[3] / v[1]) : "")
		}
		print row " |"
	}
	if ("pairs by 1 CPU" in known) {
		print "\n| pairs a second | none | deferred, lazy | strict |"
		print "| --- | --: | --: | --: |"
		for (i = 1; i <= 4; i++) {
			w = i <= 2 ? "ours" : "linux"
			row = "| " (i <= 2 ? "ours" : "Linux") " by " (i % 2 ? "one CPU" : "two")
			for (m = 1; m <= nmodes; m++) {
				by_one = median("rate", one(w, modes[m], "pairs by 1 CPU"))
				v[m] = median("rate", one(w, modes[m], i % 2 ? "pairs by 1 CPU" : "pairs by 2 CPUs"))
				row = row " | " (v[m] ? thousands(v[m]) : "") (i % 2 || !v[m] || !by_one ? "" : sprintf(": %.2f times", v[m] / by_one))
				runs = have["rate", one(w, modes[m], "pairs by 1 CPU")] > runs ? have["rate", one(w, modes[m], "pairs by 1 CPU")] : runs
			}
			print row " |"
		}
	}
	printf "\n%d runs of each, of which the medians are given.\n", runs
}
function draw(i, m, w, y, at, width) {
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"960\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">\n", 60 + n * 84 >svg
	printf "<rect width=\"960\" height=\"%d\" fill=\"white\"/>\n", 60 + n * 84 >svg
	print "<text x=\"20\" y=\"24\" font-size=\"14\">DMA instructions of one operation, in powers of ten: Linux (blue), dmastream (red)</text>" >svg
	for (i = 1; i <= n; i++) {
		y = 44 + (i - 1) * 84
		printf "<text x=\"240\" y=\"%d\" text-anchor=\"end\">%s</text>\n", y + 36, order[i] >svg
		for (m = 1; m <= nmodes; m++)
			for (w = 1; w <= 2; w++) {
				at = one(w == 1 ? "linux" : "ours", modes[m], order[i])
				if (!(at in dma) || dma[at] <= 0)
					continue
				width = log(dma[at] + 1) / log(10) * 130
				printf "<rect x=\"250\" y=\"%d\" width=\"%.1f\" height=\"10\" fill=\"%s\"/><text x=\"%.1f\" y=\"%d\" font-size=\"9\">%.0f %s</text>\n",
					y, width, w == 1 ? "#1b6ca8" : "#b8433f", 254 + width, y + 9, dma[at], modes[m] >svg
				y += 12
			}
	}
	print "</svg>" >svg
}
END {
	nmodes = split("none deferred strict", modes, " ")
	if (kind == "counted")
		exit show_counted()
	else
		show_timed()
}
