# SPDX-License-Identifier: MPL-2.0
# One function of an assembly listing as words, for arch-order.sh: awk -v arch=ARCH -v name=FUNCTION -f arch-order.awk FILE
#
# An architecture named gcc:ARCH is that one's headers compiled by gcc for x86.
#
# Sa a store through its first argument, Lb a load through its second; fences and cache operations by name, with the distance of their line
# from the first argument. A register that holds a copy of an argument, or a sum with a constant, is followed; all else does not matter.

function say(word)
{
	out = out (out == "" ? "" : " ") word
}

# The arguments that a register holds: "a", "b", "a+64"; "" for others.
function holds(register)
{
	return register in value ? value[register] : ""
}

function moved(to, from)
{
	value[to] = holds(from)
}

function added(to, from, constant)
{
	value[to] = holds(from) == "a" ? "a+" constant + 0 : ""
}

function access(letter, register)
{
	if (holds(register) ~ /^[ab]$/) say(letter holds(register))
}

# A cache operation on the line at register.
function line_at(operation, register)
{
	if (holds(register) == "a") say(operation)
	else if (holds(register) ~ /^a\+/) say(operation substr(holds(register), 2))
	else say(operation "?")
}

# With gcc for x86 as the compiler of another architecture's headers, that one's instructions stand among x86's.
function x86(    where, offset)
{
	if (op ~ /^(mfence|sfence|lfence)$/) {
		say(op)
	} else if (op ~ /^(dmb|dsb|isb|dc)$/) {
		aarch64()
	} else if (op ~ /^(fence|\.insn)$/) {
		riscv()
	} else if (op == "dbar") {
		loongarch()
	} else if (match(text, /-?[0-9]*\(%r[a-z0-9]+\)/)) {
		where = substr(text, RSTART, RLENGTH)
		offset = where
		sub(/\(.*/, "", offset)
		sub(/.*\(/, "", where)
		sub(/\).*/, "", where)
		if (op ~ /^lea/) {
			sub(/.*, */, "", text)
			added(text, where, offset)
		} else if (op ~ /^(clflush|clflushopt|clwb)$/) {
			if (offset == "") line_at(op, where)
			else say(op (holds(where) == "a" ? "+" offset : "?"))
		} else if (op ~ /^movnti/) {
			if (holds(where) == "a") say("movnti")
		} else {
			access(text ~ /\)$/ && op !~ /^(cmp|test)/ ? "S" : "L", where)
		}
	} else if (op ~ /^(add|sub)q?$/ && part[2] ~ /^\$/) { # gcc adds 128 as - -128
		added(part[3], part[3], (op ~ /^sub/ ? -1 : 1) * substr(part[2], 2))
	} else if (op ~ /^movq?$/ && part[2] ~ /^%r/) {
		moved(part[3], part[2])
	}
}

function aarch64()
{
	if (op ~ /^(dmb|dsb|isb)$/) say(op "_" part[2])
	else if (op == "dc") line_at(part[2], part[3])
	else if (op == "mov") moved(part[2], part[3])
	else if (op == "add" && part[4] ~ /^#/) added(part[2], part[3], substr(part[4], 2))
	else if (op ~ /^(st|ld)/ && match(text, /\[[a-z0-9]+/)) access(op ~ /^st/ ? "S" : "L", substr(text, RSTART + 1, RLENGTH - 1))
}

function riscv()
{
	if (op == "fence") {
		sub(/^fence */, "", text)
		sub(/, */, "/", text)
		say("fence_" (text == "" ? "iorw/iorw" : text))
	} else if (op == ".insn") line_at(part[7] == 0 ? "inval" : part[7] == 1 ? "clean" : "flush", part[6])
	else if (op ~ /^cbo\./ && match(text, /\([a-z0-9]+\)/)) line_at(substr(op, 5), substr(text, RSTART + 1, RLENGTH - 2))
	else if (op == "mv") moved(part[2], part[3])
	else if (op == "addi") added(part[2], part[3], part[4])
	else if (op ~ /^(s|l)[bhwd]u?$/ && match(text, /\([a-z0-9]+\)/)) access(op ~ /^s/ ? "S" : "L", substr(text, RSTART + 1, RLENGTH - 2))
}

function loongarch()
{
	if (op == "dbar") say("dbar_" (part[2] ~ /^0x0/ ? index("0123456789abcdef", substr(part[2], 4)) - 1 : part[2]))
	else if (op == "move") moved(part[2], part[3])
	else if (op ~ /^addi/) added(part[2], part[3], part[4])
	else if (op ~ /^(st|ld)(ptr)?\.[bhwd]u?$/) access(op ~ /^st/ ? "S" : "L", part[3])
}

function arm()
{
	if (op ~ /^(dmb|dsb|isb)$/) say(op "_" part[2])
	else if (op ~ /^movs?$/) moved(part[2], part[3])
	else if (op ~ /^(str|ldr)/ && match(text, /\[r[0-9]+/)) access(op ~ /^str/ ? "S" : "L", substr(text, RSTART + 1, RLENGTH - 1))
}

BEGIN {
	if (arch ~ /^(x86_64|gcc:)/) { value["%rdi"] = "a"; value["%rsi"] = "b" }
	else if (arch == "aarch64") { value["x0"] = "a"; value["x1"] = "b" }
	else if (arch ~ /^riscv/) { value["a0"] = "a"; value["a1"] = "b" }
	else if (arch == "loongarch64") { value["$a0"] = "a"; value["$a1"] = "b"; value["$r4"] = "a"; value["$r5"] = "b" }
	else { value["r0"] = "a"; value["r1"] = "b" }
}

$0 ~ "^" name ":" { inside = 1; next }
/^[.A-Za-z_$]*[Ff]unc_end/ || /^[ \t]*\.size/ { inside = 0 }
!inside || /^[ \t]*(\.[a-hj-z]|#|@|\/\/)/ || /^[^ \t]/ { next }

{
	text = $0
	sub(/[ \t]*(@|;|##|\/\/).*/, "", text)
	if (arch !~ /^(aarch64|arm)/) sub(/[ \t]+#.*/, "", text)
	gsub(/[ \t]+/, " ", text)
	sub(/^ /, "", text)
	sub(/ $/, "", text)
	if (text == "") next
	for (i = 1; i <= 8; i++) part[i] = ""
	split(text, part, /,? /)
	op = part[1]
	if (arch ~ /^(x86_64|gcc:)/) x86()
	else if (arch == "aarch64") aarch64()
	else if (arch ~ /^riscv/) riscv()
	else if (arch == "loongarch64") loongarch()
	else arm()
}

END { print out }
