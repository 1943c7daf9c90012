# SPDX-License-Identifier: MPL-2.0
# Draws build/growth/q35.json: instructions of one replacement at random, after churn, by the number of live mappings;
# both axes in powers.
function field(name) {
	if (!match($0, "\"" name "\": "))
		return -1
	return substr($0, RSTART + RLENGTH) + 0
}
function x(live) { return 70 + (log(live) / log(10) - 2) / 4 * 400 }
function y(cost) { return 330 - (log(cost) / log(2) - 8) / 5 * 290 }
BEGIN {
	split("#1b6ca8 #b8433f #3d8b40 #8a5aa8 #c07a18 #444444 #2a9d8f", colour, " ")
	print "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1080\" height=\"390\" font-family=\"sans-serif\" font-size=\"12\">"
	print "<rect width=\"1080\" height=\"390\" fill=\"white\"/>"
}
/"what": "replace"/ && field("random") && field("churned") && field("mask") == 48 {
	d = field("deferred")
	s = field("size")
	line[d, s] = line[d, s] sprintf("%.1f,%.1f ", x(field("live")), y(field("median")))
	last[d, s] = y(field("median"))
	at[d, s] = x(field("live"))
	if (!(s in number))
		number[s] = ++n
}
END {
	for (d = 0; d < 2; d++) {
		printf "<g transform=\"translate(%d,20)\"><text x=\"70\" y=\"0\" font-size=\"14\">%s: instructions of a release and a map, median</text>\n", d * 530, d ? "deferred" : "strict"
		for (p = 8; p <= 13; p++)
			printf "<path d=\"M70 %.1fH470\" stroke=\"#ddd\"/><text x=\"64\" y=\"%.1f\" text-anchor=\"end\">%d</text>\n", y(2 ^ p), y(2 ^ p) + 4, 2 ^ p
		for (p = 2; p <= 6; p++)
			printf "<path d=\"M%.1f 40V330\" stroke=\"#ddd\"/><text x=\"%.1f\" y=\"348\" text-anchor=\"middle\">%d</text>\n", x(10 ^ p), x(10 ^ p), 10 ^ p
		print "<text x=\"270\" y=\"366\" text-anchor=\"middle\">live mappings, replaced at random after churn, 48-bit mask</text>"
		for (s in number)
			if ((d, s) in line)
				printf "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/><text x=\"%.1f\" y=\"%.1f\" fill=\"%s\">%s</text>\n", line[d, s], colour[number[s]], at[d, s] + 6, last[d, s] + 4, colour[number[s]], s ? s : "mix"
		print "</g>"
	}
	print "</svg>"
}
