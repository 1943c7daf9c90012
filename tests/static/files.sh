# SPDX-License-Identifier: MPL-2.0
# Sourced after tap.sh: which files the lint looks at, and how each is compiled.

# Every file of the project (in a copy without git: every file but build/), whose name matches one of the patterns.
project_files() { # PATTERN...
	if have git && git rev-parse --git-dir >/dev/null 2>&1; then
		git ls-files -- "$@" | while read -r file; do
			[ ! -f "$file" ] || echo "$file"
		done
	else
		for pattern in "$@"; do
			find . -path ./build -prune -o -path ./.git -prune -o -type f -name "$pattern" -print
		done | sed 's|^\./||' | sort -u
	fi
}

# How `make check` compiles: "file|flags" a line, once per file, taken from what make would do (with lwIP, where it is there).
compilations() {
	if [ -e "${B:-build}/lwip/ready" ] && [ ! -e "$tmp/none" ]; then
		mkdir "$tmp/none"
		ln -s "$(cd "${B:-build}/lwip" && pwd)" "$tmp/none/lwip"
	fi
	(unset MAKEFLAGS MFLAGS MAKELEVEL && make -n "B=$tmp/none" all check 2>/dev/null) | awk '
		/ -c [^ ]+\.c / {
			file = ""; flags = ""
			for (i = 2; i <= NF; i++) {
				if ($i == "-c") file = $(++i)
				else if ($i == "-o") i++
				else if ($i != "-MMD" && $i != "-MP") flags = flags " " $i
			}
			if (!(file in seen)) { seen[file] = 1; print file "|" flags }
		}'
}
