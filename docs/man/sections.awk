# SPDX-License-Identifier: MPL-2.0
# Finishes a page that doxygen2man made: the marks of filter.awk become sections in the manual's order, errors a list.
#   awk -v name=PAGE -v header=PAGE_OF_THE_HEADER -f sections.awk
# A function's page that lacks a section, or names an error without saying when it comes, is refused: exit code 1.

function refuse(why) {
	print "man: " name ": " why >"/dev/stderr"
	refused = 1
}

function put(title, text) {
	if (text != "")
		printf ".SH %s\n%s", title, text
}

# The text as one line, without the marks of paragraphs.
function plain(text) {
	gsub(/\n/, " ", text)
	gsub(/ *\.PP /, " ", text)
	gsub(/^ +| +$/, "", text)
	return text
}

# A sentence begins with a capital, unless its first word is a name.
function sentence(text,    first) {
	first = text
	sub(/[ ,:;.].*/, "", first)
	return first ~ /^[a-z]+$/ ? toupper(substr(text, 1, 1)) substr(text, 2) : text
}

# "DMA_EINVAL (when); DMA_EIO, DMA_ETIMEDOUT (when)" as a list: an entry for each part.
function list(text,    n, parts, part, i, c, depth, code, out) {
	text = plain(text)
	sub(/\.$/, "", text)
	if (text !~ /DMA_E/) {
		if (text !~ /^([Nn]one|[Aa]ny code)/)
			refuse("its errors are no list, nor \"none\"")
		return ".PP\n" sentence(text) ".\n"
	}
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		depth += (c == "(") - (c == ")")
		if (c == ";" && depth == 0) {
			parts[++n] = part
			part = ""
		} else if (c != " " || part != "") {
			part = part c
		}
	}
	parts[++n] = part
	for (i = 1; i <= n; i++) {
		part = parts[i]
		if (match(part, /^(DMA_E[A-Z]*(, DMA_E[A-Z]*)*|[a-z ]+) \(/) && part ~ /\)$/ &&
		    part !~ /\)[;,]? DMA_E/) {
			code = substr(part, 1, RLENGTH - 2)
			out = out ".TP\n.B " code "\n" substr(part, RLENGTH + 1, length(part) - RLENGTH - 1) ".\n"
		} else {
			refuse("an error without a reason: " part)
		}
	}
	return out
}

/^\.TH / { sub(/^\.TH [^ ]*/, ".TH " toupper(name)) }
/^\.SH / {
	heading = substr($0, 5)
	skip = heading ~ /STRUCTURES|COPYRIGHT/
	next
}
skip { next }
heading == "DESCRIPTION" && /^\.(PP|sp)$/ {
	held = $0 "\n"
	next
}
match($0, /:::[A-Z ]+:::/) {
	before = substr($0, 1, RSTART - 1)
	if (before !~ /^ *$/)
		text[heading] = text[heading] before "\n"
	heading = substr($0, RSTART + 3, RLENGTH - 6)
	$0 = sentence(substr($0, RSTART + RLENGTH + 1))
	held = ""
	if ($0 ~ /^ *$/)
		next
}
heading == "" {
	print
	next
}
{
	text[heading] = text[heading] held $0 "\n"
	held = ""
}

END {
	function_page = name != header
	if (function_page) { # the words in brief are the description's first sentence, too
		brief = text["NAME"]
		sub(/^[^ ]* \\- /, "", brief)
		sub(/[ \n]+$/, "\n", brief)
		rest = text["DESCRIPTION"]
		sub(/^(\.PP\n|\.sp\n|\n)+/, "", rest)
		text["DESCRIPTION"] = ".PP\n" brief rest
	}
	n = split("NAME|SYNOPSIS|DESCRIPTION|RETURN VALUE|ERRORS|CONTEXT|NOTES|EXAMPLE", order, "|")
	for (i = 1; i <= n; i++) {
		if (function_page && order[i] !~ /NOTES|EXAMPLE/ && text[order[i]] ~ /^[ \n]*$/)
			refuse("no " order[i])
		put(order[i], order[i] == "ERRORS" && function_page ? list(text["ERRORS"]) : text[order[i]])
	}
	if (function_page) {
		mine = text["SEE"]
		if (mine == "")
			refuse("no SEE ALSO")
		refs = "\\fI" header "\\fR(3)"
		for (; match(mine, /dma(stream)?_[a-z_0-9]+/); mine = substr(mine, RSTART + RLENGTH))
			if (substr(mine, RSTART, RLENGTH) != header)
				refs = refs ", \\fI" substr(mine, RSTART, RLENGTH) "\\fR(3)"
		put("SEE ALSO", ".PP\n.nh\n.ad l\n" refs "\n.ad\n.hy\n")
	} else {
		put("SEE ALSO", text["SEE ALSO"])
	}
	exit refused
}
