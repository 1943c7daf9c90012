#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# judge.sh FOLDER: what the machines of attacks.sh printed, judged as that script says. In the folder: `ends`, lines "COLUMN STATUS", 77:
# there is no QEMU for it; `cells`, lines "COLUMN|ROW/TEMPERATURE: VERDICT" in the order of the rows; `bounds`, lines for the reader; and
# the consoles, *.log. PAGE: another one than docs/security.md.
set -u
cd "$(dirname "$0")/../.." || exit 1
in=$1 page=${PAGE:-docs/security.md}

if [ "${TABLE-}" = page ]; then
	exec awk -v wanted=rows -f tests/attacks/page.awk "$in/cells" "$page"
fi

# Columns whose machine did not end well, or ended without an attack. A skipped one is neither.
awk -F'[| ]' 'FNR == NR { attacked[$1] = 1; next } $2 != 77 && ($2 != 0 || !($1 in attacked))' "$in/cells" "$in/ends" >"$in/bad"

if [ -n "${TABLE-}" ]; then
	awk -F'[|/]|: ' '
		{ row = $2; column = $1 " " $3; verdict = $4 (NF > 4 ? ": " $5 : "")
		  if (!(row in seen)) { seen[row] = 1; rows[++nrows] = row }
		  if (!(column in known)) { known[column] = 1; columns[++ncolumns] = column }
		  cell[row, column] = verdict }
		END {
			printf "%-36s", "attack"; for (c = 1; c <= ncolumns; c++) printf "%-26s", columns[c]; print ""
			for (r = 1; r <= nrows; r++) {
				printf "%-36s", rows[r]
				for (c = 1; c <= ncolumns; c++) printf "%-26s", cell[rows[r], columns[c]]
				print ""
			}
		}' "$in/cells"
	cat "$in/bounds"
	grep -Eq 'OPEN|BROKEN' "$in/cells" && exit 1
	[ ! -s "$in/bad" ] || {
		echo "attacks: a machine did not end well:"
		cat "$in/ends" "$in"/*.log
		exit 1
	}
	exit 0
fi

# The page says what was seen; and a page that says otherwise would be seen.
awk -f tests/attacks/page.awk "$in/cells" "$page" >"$in/page"
sed 's/| reported |/| silent |/' "$page" >"$in/wrong.md"
awk -f tests/attacks/page.awk "$in/cells" "$in/wrong.md" | grep -q '^other' || echo "other, but a wrong page is not seen" >>"$in/page"

awk -F'|' -v folder="$in" -v page="$page" '
	{ n++; print (/OPEN|BROKEN/ ? "not ok " : "ok ") n " - " $1 ": " $2 }
	END {
		while ((getline line < (folder "/bad")) > 0) {
			split(line, word, " ")
			bad[word[1]] = 1
		}
		while ((getline line < (folder "/ends")) > 0) {
			split(line, word, " ")
			n++
			if (word[2] == 77) print "ok " n " - " word[1] " # SKIP no QEMU for it"
			else print (word[1] in bad ? "not ok " : "ok ") n " - " word[1] ": the machine ended well, and attacked"
		}
		while ((getline line < (folder "/page")) > 0)
			print (line ~ /^same/ ? "ok " : "not ok ") ++n " - " page ": " line
		print "1.." n
	}' "$in/cells"
sed 's/^/# /' "$in/bounds"
[ ! -s "$in/bad" ] || {
	sed 's/^/# /' "$in"/*.log
	exit 1
}
grep -Eq 'OPEN|BROKEN' "$in/cells" && exit 1
grep -q '^other' "$in/page" && exit 1
exit 0
