# SPDX-License-Identifier: MPL-2.0
# Lines WHOSE|MODE|OPERATION|OPERATIONS|ns|invalidations|instructions|of DMA become a table in Markdown, JSON, and a picture with a bar for
# the DMA instructions of each. Lines without instructions are of timed runs: medians of their rates go to a second table. Of counted
# runs the last one is shown, and how far the others are from it.
{
	gsub("_", " ", $3)
	key = $3
	if (!(key in known)) {
		known[key] = 1
		order[++n] = key
	}
	at = $1 SUBSEP $2 SUBSEP key
	if ($7 == "") {
		rate[at, ++rates[at]] = $5 > 0 ? $4 * 1e9 / $5 : 0
		next
	}
	counted = 1
	if ((at in dma) && dma[at] + $8 > 0) {
		apart = (dma[at] - $8) * 200 / (dma[at] + $8)
		apart = apart < 0 ? -apart : apart
		away[at] = apart > away[at] ? apart : away[at]
		worst = apart > worst ? apart : worst
	}
	invalidations[at] = $6
	all[at] = $7
	dma[at] = $8
}
function median(at, i, j, m, v, t) {
	m = rates[at]
	for (i = 1; i <= m; i++)
		v[i] = rate[at, i]
	for (i = 1; i <= m; i++)
		for (j = i + 1; j <= m; j++)
			if (v[j] < v[i]) { t = v[i]; v[i] = v[j]; v[j] = t }
	return m ? m % 2 ? v[(m + 1) / 2] : (v[m / 2] + v[m / 2 + 1]) / 2 : 0
}
function one(whose, mode, key) { return whose SUBSEP mode SUBSEP key }
function show(values, at, form) { return at in values ? sprintf(form, values[at]) : "" }
END {
	nmodes = split("none deferred strict", modes, " ")
	if (counted) {
		print "| operation | mode | DMA, Linux | DMA, ours | ratio | all, Linux | all, ours | invalidations, Linux | ours |"
		print "| --- | --- | --: | --: | --: | --: | --: | --: | --: |"
	}
	printf "[" >json
	for (i = 1; i <= n; i++)
		for (m = 1; m <= nmodes; m++) {
			l = one("linux", modes[m], order[i])
			o = one("ours", modes[m], order[i])
			if (!(l in dma) && !(o in dma))
				continue
			printf "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", order[i], modes[m] == "deferred" ? "lazy, deferred" : modes[m],
				show(dma, l, "%.0f"), show(dma, o, "%.0f"), ((l in dma) && (o in dma) && 0 < dma[o] ? sprintf("%.1f", dma[l] / dma[o]) : ""),
				show(all, l, "%.0f"), show(all, o, "%.0f"), show(invalidations, l, "%.3f"), show(invalidations, o, "%.3f")
			for (w = 1; w <= 2; w++) {
				at = w == 1 ? l : o
				if (at in dma)
					printf "%s\n{\"operation\": \"%s\", \"mode\": \"%s\", \"whose\": \"%s\", \"dma_instructions\": %s, \"instructions\": %s, \"invalidations\": %s, \"runs_apart_percent\": %.2f}",
						some++ ? "," : "", order[i], modes[m], w == 1 ? "linux" : "dmastream", dma[at], all[at], invalidations[at], away[at] >json
			}
		}
	print "\n]" >json
	if (counted)
		printf "\nGuest instructions of one operation. Runs are at most %.1f %% apart in those of DMA.\n", worst
	for (at in rates)
		timed = 1
	if (timed) {
		print "\n| operations a second, two CPUs | Linux none | strict | strict / none | ours none | strict | strict / none |"
		print "| --- | --: | --: | --: | --: | --: | --: |"
		for (i = 1; i <= n; i++) {
			row = "| " order[i]
			for (w = 1; w <= 2; w++) {
				a = median(one(w == 1 ? "linux" : "ours", "none", order[i]))
				b = median(one(w == 1 ? "linux" : "ours", "strict", order[i]))
				row = row " | " (a ? sprintf("%.0f", a) : "") " | " (b ? sprintf("%.0f", b) : "") " | " (a && b ? sprintf("%.2f", b / a) : "")
			}
			print row " |"
		}
	}
	height = 60 + n * 84
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"960\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">\n", height >svg
	printf "<rect width=\"960\" height=\"%d\" fill=\"white\"/>\n", height >svg
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
