# SPDX-License-Identifier: MPL-2.0
# Turns a public header into what Doxygen takes for documentation: awk -f filter.awk HEADER
#
# - The head comment is the file's; the header's structures, constants and macros follow in it, as they stand.
# - A comment in front of a declaration is that one's, and that of further ones as long as neither an empty line nor another
#   comment stands between them; empty lines around functions with a body do not count.
# - What stands indented behind an empty line of a comment stays as it is.
# - Headings (---- X ----) are nobody's. What C++ and _Generic select (typed.h) is left out.

{ gsub(/…/, "..."); lines[++n] = $0 }

# The text of the comment that begins at line i, as lines of documentation; `at` is left on its last line.
function words(i,    text, line, verbatim, empty) {
	text = ""
	for (at = i; ; at++) {
		line = lines[at]
		sub(/^\/\*[ \t]*/, "", line)
		sub(/[ \t]*\*\/$/, "", line)
		sub(/^ \* ?/, "", line)
		if (line ~ /^-+$/) # underlines the line before
			line = ""
		if (!verbatim && empty && line ~ /^  / && line !~ /^ *- /) {
			text = text "/// \\code{.unparsed}\n"
			verbatim = 1
		} else if (verbatim && line !~ /^  / && line != "") {
			text = text "/// \\endcode\n"
			verbatim = 0
		}
		empty = line == ""
		text = text "/// " line "\n"
		if (lines[at] ~ /\*\/$/)
			return text (verbatim ? "/// \\endcode\n" : "")
	}
}

function expanded(line,    before) {
	while (match(line, /\t/)) {
		before = substr(line, 1, RSTART - 1)
		line = before substr("        ", 1 + length(before) % 8) substr(line, RSTART + 1)
	}
	return line
}

# Comments within a comment: Doxygen wants each line's closed.
function whole(line) {
	if (open && match(line, /[^ ]/)) {
		sub(/^ *\* /, substr(line, 1, RSTART - 1), line)
		line = substr(line, 1, RSTART - 1) "/* " substr(line, RSTART)
	}
	open = line ~ /\/\*/ && line !~ /\*\//
	return open ? line " */" : line
}

# The header's structures, enumerations and macros, with the comments in front of them, for its own page.
function definitions(    i, k, begin, text, inside) {
	for (i = 1; i <= n && lines[i] !~ /^#ifndef __cplusplus/; i++) {
		if (lines[i] ~ /^\/\*/)
			begin = i
		else if (lines[i] == "")
			begin = 0
		if (lines[i] ~ /^(typedef )?(enum|struct) [a-z_0-9]+ \{/) {
			inside = 1
			for (k = begin; k && k < i; k++)
				text = text "/// " whole(lines[k]) "\n"
		}
		if (inside || (lines[i] ~ /^#define [A-Za-z_0-9]+[ (]/ && lines[i] !~ /DMA_MUST_CHECK|DMA_PRINTF|DMA_TYPED/))
			text = text "/// " whole(expanded(lines[i])) "\n"
		if (inside && lines[i] ~ /^}.*;/) {
			inside = 0
			text = text "///\n"
		}
	}
	return text == "" ? "" : "///\n/// \\code{.unparsed}\n" text "/// \\endcode\n"
}

# For what follows: the first sentence is what it is in brief.
function declaration(text) {
	if (text == "")
		return ""
	gsub(/\/\/\//, " *", text)
	return "/**\n" text " */\n"
}

END {
	for (i = 1; i <= n && lines[i] !~ /^#ifndef __cplusplus/; i++) {
		line = lines[i]
		if (line ~ /^\/\*/ && line !~ /SPDX/) {
			comment = words(i)
			i = at
			if (line ~ /^\/\* ----/)
				comment = ""
			else if (!files++) {
				sub(/^(\/\/\/ *\n)*\/\/\/ /, "&\\brief ", comment)
				printf "/// \\file\n%s%s", comment, definitions()
				comment = ""
			}
			continue
		}
		if (line == "{" || line == "}")
			body = line == "{"
		if (line == "" && !body && lines[i - 1] !~ /^}$|^#define/)
			comment = ""
		if (line ~ /^[A-Za-z].*\);[ \t]*\/\*/) # the comment is behind it
			sub(/\/\*/, "/**<", line)
		else if (line ~ /^[A-Za-z]/ && line !~ /^extern "C"/)
			printf "%s", declaration(comment)
		sub(/^DMA_MUST_CHECK /, "", line)
		sub(/^static inline /, "", line)
		print line
	}
}
