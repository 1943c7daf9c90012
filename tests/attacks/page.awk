# SPDX-License-Identifier: MPL-2.0
# The attack table of docs/security.md. First file: cells as attacks.sh has them, COLUMN-MODE|ROW/TEMPERATURE: VERDICT. Second file: the
# page. With wanted=rows the table's rows as the page should have them; else a line for each column that ran, "same COLUMN", or
# "other COLUMN, ROW: …"; and "other row, …", "other column, …" for what the page has and nobody attacked.
BEGIN {
	FS = "|"
	short["blocked, reported"] = "reported"
	short["blocked, hardware silent"] = "silent\\*"
	short["held: nobody's memory"] = "held"
	short["readable: domain says so"] = "readable"
	short["let through by QEMU"] = "let through\\*"
	split("strict/cold strict/warm deferred/cold deferred/warm", order, " ")
	n = split("vtd,VT-d amdvi,AMD-Vi smmuv3s1,SMMUv3_stage_1 smmuv3s2,SMMUv3_stage_2 riscv,RISC-V virtio,virtio_q35 " \
		"virtio.arm64,virtio_arm64 virtio.riscv64,virtio_riscv64 virtio.loongarch64,virtio_loongarch64", pairs, " ")
	for (i = 1; i <= n; i++) {
		split(pairs[i], pair, ",")
		gsub("_", " ", pair[2])
		columns[i] = pair[1]
		title[pair[1]] = pair[2]
		column_of[pair[2]] = pair[1]
	}
}
FNR == NR {
	at = index($2, "/")
	row = substr($2, 1, at - 1)
	temperature = substr($2, at + 1, 4)
	verdict = substr($2, at + 7)
	column = mode = $1
	sub(/-.*/, "", column)
	sub(/.*-/, "", mode)
	if (!(row in known)) {
		known[row] = 1
		rows[++nrows] = row
	}
	ran[column] = 1
	cell[column, row, mode "/" temperature] = verdict in short ? short[verdict] : verdict
	next
}

# What the page says of four verdicts.
function words(column, row,    v, i) {
	for (i = 1; i <= 4; i++)
		v[i] = cell[column, row, order[i]]
	if (v[1] == v[2] && v[3] == v[4])
		return v[1] (v[3] == v[1] ? "" : ", " v[3] " deferred")
	if (v[1] == v[2] && v[1] == v[3])
		return v[1] ", " v[4] " deferred warm"
	if (v[1] == v[3] && v[2] == v[4])
		return v[1] ", " v[2] " warm"
	return v[1] ", " v[2] ", " v[3] ", " v[4]
}

# A batch whose time is over has ended before the attack: who says "held" is right, too, where it found nothing.
function agrees(says, column, row,    was, i, fits) {
	fits = says == words(column, row)
	for (i = 4; i >= 3 && !fits && says ~ /held/; i--) {
		was[i] = cell[column, row, order[i]]
		if (was[i] != cell[column, row, order[i - 2]])
			break
		cell[column, row, order[i]] = "held"
		fits = says == words(column, row)
	}
	for (i in was)
		cell[column, row, order[i]] = was[i]
	return fits
}

function trim(text) {
	gsub(/^ +| +$/, "", text)
	return text
}

/^\| attack \|/ {
	for (i = 3; i < NF; i++)
		if (trim($i) in column_of)
			heading[i] = column_of[trim($i)]
		else
			strange["column, " trim($i) ": it is no IOMMU of attacks.sh"] = 1
	nheadings = NF
	next
}
nheadings && !/^\|/ { nheadings = 0 }
nheadings && !/^\| *-/ {
	attacked = 0
	for (r = 1; r <= nrows; r++)
		if (index(trim($2), rows[r]) == 1) {
			attacked = 1
			for (i = 3; i < nheadings; i++)
				page[heading[i], rows[r]] = trim($i)
		}
	if (nrows && !attacked)
		strange["row, " trim($2) ": nobody attacks so"] = 1
}
END {
	if (wanted == "rows") {
		for (r = 1; r <= nrows; r++) {
			line = "| " rows[r] " |"
			for (i = 1; i <= n; i++)
				line = line " " words(columns[i], rows[r]) " |"
			print line
		}
		exit
	}
	for (what in strange)
		print "other " what
	for (i = 1; i <= n; i++) {
		if (!(columns[i] in ran))
			continue
		other = 0
		for (r = 1; r <= nrows; r++)
			if (!agrees(page[columns[i], rows[r]], columns[i], rows[r])) {
				other = 1
				print "other " title[columns[i]] ", " rows[r] ": the page says '" page[columns[i], rows[r]] "', seen is '" \
					words(columns[i], rows[r]) "'"
			}
		if (!other)
			print "same " title[columns[i]]
	}
}
