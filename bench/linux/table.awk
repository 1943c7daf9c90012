# SPDX-License-Identifier: MPL-2.0
# Lines WHOSE|MODE|OPERATION|BYTES|MEDIAN become a table in Markdown, JSON, and a picture with a bar for each figure.
# Columns: Linux and this library beside one another, and how many times more Linux takes. Linux's "lazy" is our "deferred";
# a device that is not trusted is one column of Linux's, and a row of ours: there the other columns are not the same work.
{
	key = $3 "|" $4
	if (!(key in known)) {
		known[key] = 1
		order[++n] = key
	}
	# Of several runs the first is shown, and none may be far from it.
	if (!(($1, $2, key) in figure))
		figure[$1, $2, key] = $5
	apart_note($3 ", " size($4) ", " ($1 == "linux" ? "Linux " : "our ") $2, $5, 0)
}
function cell(whose, mode, key) { return (whose, mode, key) in figure ? figure[whose, mode, key] : "" }
function ratio(a, b) { return a != "" && a != "fails" && b > 0 ? sprintf("%.1f", a / b) : "" }
function size(bytes) { return bytes >= 1048576 ? bytes / 1048576 " MiB" : bytes >= 1024 ? bytes / 1024 " KiB" : bytes " bytes" }
function quoted(value) { return value == "" ? "null" : value == "fails" ? "\"fails\"" : value }
function bar(value, colour, what) {
	if (value == "" || value == "fails" || value <= 0)
		return
	width = log(value + 1) / log(10) * 110
	printf "<rect x=\"250\" y=\"%d\" width=\"%.1f\" height=\"9\" fill=\"%s\"/><text x=\"%.1f\" y=\"%d\" font-size=\"9\">%s %s</text>\n", y, width, colour, 254 + width, y + 8, value, what >svg
	y += 11
}
END {
	pairs = split("none:none lazy:deferred strict:strict", pair, " ")
	print "| operation | bytes | Linux none | ours | ratio | Linux lazy | our deferred | ratio | Linux strict | our strict | ratio | Linux untrusted | Linux swiotlb |"
	print "| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |"
	for (i = 1; i <= n; i++) {
		key = order[i]
		if (cell("linux", "none", key) == "" || cell("ours", "none", key) == "")
			continue
		both[++m] = key
		split(key, name, "|")
		row = "| " name[1] " | " size(name[2])
		for (p = 1; p <= pairs; p++) {
			split(pair[p], mode, ":")
			a = cell("linux", mode[1], key)
			b = cell("ours", mode[2], key)
			row = row " | " a " | " b " | " ratio(a, b)
		}
		if (name[1] ~ /untrusted/)
			row = "| " name[1] " | " size(name[2]) " |  |  |  |  |  |  |  | " cell("ours", "strict", key) " | " ratio(cell("linux", "untrusted", key), cell("ours", "strict", key))
		print row " | " cell("linux", "untrusted", key) " | " cell("linux", "swiotlb", key) " |"
	}
	print "[" >json
	for (i = 1; i <= m; i++) {
		key = both[i]
		split(key, name, "|")
		printf "{\"operation\": \"%s\", \"bytes\": %s, \"linux\": {\"none\": %s, \"lazy\": %s, \"strict\": %s, \"untrusted\": %s, \"swiotlb\": %s}, \"dmastream\": {\"none\": %s, \"deferred\": %s, \"strict\": %s}}%s\n",
			name[1], name[2], quoted(cell("linux", "none", key)), quoted(cell("linux", "lazy", key)), quoted(cell("linux", "strict", key)),
			quoted(cell("linux", "untrusted", key)), quoted(cell("linux", "swiotlb", key)), quoted(cell("ours", "none", key)),
			quoted(cell("ours", "deferred", key)), quoted(cell("ours", "strict", key)), i < m ? "," : "" >json
	}
	print "]" >json
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"960\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">\n", 50 + m * 76 >svg
	printf "<rect width=\"960\" height=\"%d\" fill=\"white\"/>\n", 50 + m * 76 >svg
	print "<text x=\"20\" y=\"24\" font-size=\"14\">Guest instructions of one operation, in powers of ten: Linux (blue), dmastream (red)</text>" >svg
	for (i = 1; i <= m; i++) {
		y = 44 + (i - 1) * 76
		split(both[i], name, "|")
		printf "<text x=\"240\" y=\"%d\" text-anchor=\"end\">%s, %s</text>\n", y + 34, name[1], size(name[2]) >svg
		for (p = 1; p <= pairs; p++) {
			split(pair[p], mode, ":")
			if (name[1] ~ /untrusted/ && p < pairs)
				continue
			what = name[1] ~ /untrusted/ ? "untrusted" : mode[1]
			bar(cell("linux", what, both[i]), "#1b6ca8", what)
			bar(cell("ours", mode[2], both[i]), "#b8433f", mode[2])
		}
	}
	print "</svg>" >svg
	exit apart_verdict()
}
