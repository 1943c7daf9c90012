# SPDX-License-Identifier: MPL-2.0
# Turns a public header into what Doxygen takes for documentation: awk -f filter.awk HEADER
#
# - The head comment is the file's; the header's structures, constants and macros follow in it, as they stand.
# - A comment in front of a declaration is that one's, and that of further ones as long as neither an empty line nor
#   another comment stands between them; empty lines around functions with a body do not count.
# - Lines that begin with Returns:, Errors:, Context:, Example: or See: begin sections of the page (sections.awk).
# - What the head comment says behind "Throughout:", up to an empty line, and a comment behind a heading (---- X ----)
#   that an empty line ends, reach the page of each function of the header, and of that part of it, as notes.
# - A macro with a line "Macro: int MACRO(void);" in its comment is documented as that function.
# - What stands indented behind an empty line of a comment, or behind Example:, stays as it is.
# - What C++ and _Generic select (typed.h) is left out.

# What tells the compiler of inlining and of arrays (checked.h) is no part of a declaration.
/^DMA_RING\(.*\);$/ { next } # the type of a ring, and no function
{
	gsub(/…/, "...")
	gsub(/ ?__attribute__\(\(always_inline\)\)| DMA_ENTRIES_OF/, "")
	if (unfinished)
		$0 = unfinished " " $0
	unfinished = $0 ~ /^static inline [a-z_ ]+$/ ? $0 : ""
	if (!unfinished)
		lines[++n] = $0
}

# What a hook's Context says in one word (platform.h).
function context(tag,    text) {
	if (tag !~ /^\[/)
		return tag
	text = tag ~ /on/ ? "interrupts on: the library calls it only so, and the hook may sleep." : \
		"any: the library may call it with interrupts off, and it must not sleep."
	text = text (tag ~ /lock/ ? " The library may hold a lock." : " The library holds no lock.")
	return text " Several CPUs may call it at once; it must not call back into the library."
}

# A labelled line begins a paragraph whose mark sections.awk turns into a heading.
function section(line,    label) {
	label = line
	sub(/:.*/, "", label)
	sub(/^[A-Za-z]*: */, "", line)
	sub(/^Returns$/, "RETURN VALUE", label)
	if (label == "Context")
		line = context(line)
	return "\n/// :::" toupper(label) "::: " line
}

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
		empty = line == "" || line ~ /^Example:$/
		if (line ~ /^(Returns|Errors|Context|Example|See):/ && files)
			line = section(line)
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
		if (inside || (lines[i] ~ /^#define [A-Za-z_0-9]+[ (]/ && lines[i] !~ /DMA_MUST_CHECK|DMA_PRINTF|DMA_TYPED|DMA_ENTRIES_OF|DMA_REFUSED/))
			text = text "/// " whole(expanded(lines[i])) "\n"
		if (inside && lines[i] ~ /^}.*;/) {
			inside = 0
			text = text "///\n"
		}
	}
	return text == "" ? "" : "///\n/// \\code{.unparsed}\n" text "/// \\endcode\n"
}

# The notes of a comment: without the empty lines that it begins with.
function notes(text) {
	sub(/^(\/\/\/ *\n)*\/\/\/ /, "", text)
	return text
}

# The paragraph "Throughout:" of the head comment.
function throughout(text) {
	if (!match(text, /\/\/\/ Throughout: /))
		return ""
	text = substr(text, RSTART + RLENGTH)
	if (match(text, /\n\/\/\/ *\n/))
		text = substr(text, 1, RSTART)
	return text
}

# For what follows: the first sentence is what it is in brief.
function declaration(text) {
	if (text == "")
		return ""
	if (always part != "")
		text = text "///\n/// :::NOTES::: " always (always != "" && part != "" ? "///\n/// " : "") part
	gsub(/\/\/\//, " *", text)
	return "/**\n" text " */\n"
}

END {
	for (i = 1; i <= n && lines[i] !~ /^#ifndef __cplusplus/; i++) {
		line = lines[i]
		if (line ~ /^\/\*/ && line !~ /SPDX/) {
			comment = words(i)
			i = at
			if (line ~ /^\/\* ----/) {
				comment = part = ""
				heading = 1
			} else if (!files++) {
				always = throughout(comment)
				if (match(comment, /\/\/\/ Throughout: /))
					comment = substr(comment, 1, RSTART + 3) toupper(substr(comment, RSTART + RLENGTH, 1)) \
						substr(comment, RSTART + RLENGTH + 1)
				sub(/^(\/\/\/ *\n)*\/\/\/ /, "&\\brief ", comment)
				printf "/// \\file\n%s%s", comment, definitions()
				comment = ""
			} else if (heading && lines[at + 1] == "") {
				part = notes(comment)
				comment = ""
			}
			heading = heading && line ~ /^\/\* ----/
			continue
		}
		if (line ~ /^#define dma_[a-z_0-9]+\(/ && comment ~ /Macro: /) { # documented as the function that it acts as
			as = comment
			sub(/.*\/\/\/ Macro: /, "", as)
			sub(/\n.*/, "", as)
			documented = comment
			sub(/\/\/\/ Macro: [^\n]*\n/, "", documented)
			match(line, /dma_[a-z_0-9]+/)
			name = substr(line, RSTART, RLENGTH)
			gsub(/MACRO/, name, as)
			print "#undef " name
			printf "%s%s\n", declaration(documented), as
			comment = ""
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
