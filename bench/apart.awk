# SPDX-License-Identifier: MPL-2.0
# How far runs of a benchmark are apart: the largest difference of any figure between two runs, in percent of the smaller; and that this is at
# most 2. For the tables of bench/linux and bench/ends, which are read with this file before them.
#
# A figure of a row in one run. `least`: what two runs may differ by without being apart, which is what the table does not show.
function apart_note(row, value, least) {
	if (!(row in apart_runs)) {
		apart_low[row] = apart_high[row] = value
		apart_least[row] = least
	}
	apart_runs[row]++
	if (value != "fails" && apart_low[row] != "fails") {
		apart_low[row] = value + 0 < apart_low[row] + 0 ? value : apart_low[row]
		apart_high[row] = value + 0 > apart_high[row] + 0 ? value : apart_high[row]
	} else if (value != apart_low[row]) {
		apart_low[row] = 0
		apart_high[row] = "fails"
	}
}
function apart_percent(row, low, high) {
	low = apart_low[row]
	high = apart_high[row]
	if (low == high)
		return 0
	if (high == "fails")
		return 999
	if (high - low <= apart_least[row] + 1e-9)
		return 0
	return low > 0 ? (high - low) * 100 / low : 999
}
# Prints the verdict; its value is the status to end with. A row that only some runs have is one that differs.
function apart_verdict(row, percent, most, where, figures, runs) {
	for (row in apart_runs) {
		figures++
		runs = apart_runs[row] > runs ? apart_runs[row] : runs
	}
	most = -1
	for (row in apart_runs) {
		percent = apart_runs[row] < runs ? 999 : apart_percent(row)
		if (percent > most || (percent == most && row < where)) {
			most = percent
			where = row
		}
	}
	if (runs < 2) {
		printf "\nOne run: nothing is known of how it repeats.\n"
		return 0
	}
	if (most > 0)
		printf "\n%d runs, %d figures each: at most %.2f %% apart (%s: %s and %s).\n", runs, figures, most, where, apart_low[where], apart_high[where]
	else
		printf "\n%d runs, %d figures each: none differs.\n", runs, figures
	if (most < 2 + 1e-6)
		return 0
	for (row in apart_runs)
		if (apart_runs[row] < runs || apart_percent(row) >= 2 + 1e-6)
			printf "apart by more than 2 %%: %s: %s and %s in %d of %d runs\n", row, apart_low[row], apart_high[row], apart_runs[row], runs >"/dev/stderr"
	return 1
}
