# SPDX-License-Identifier: MPL-2.0
"""The mistakes that tools/mutate makes: each a place in a source and what stands there instead."""
import re

SWAPS = [
    ("dma_cache_clean(", "dma_cache_invalidate("), ("dma_cache_invalidate(", "dma_cache_clean("),
    ("dma_cache_flush(", "dma_cache_clean("), ("dma_cache_flush(", "dma_cache_invalidate("),
    ("dma_arch_line_clean(", "dma_arch_line_invalidate("), ("dma_arch_line_invalidate(", "dma_arch_line_clean("),
    ("dma_arch_line_flush(", "dma_arch_line_clean("), ("dma_arch_line_flush(", "dma_arch_line_invalidate("),
    ("_publish()", "_consume()"), ("_consume()", "_publish()"),
    ("maintenance_begin()", "maintenance_end()"), ("maintenance_end()", "maintenance_begin()"),
    ("DMA_TO_DEVICE", "DMA_FROM_DEVICE"), ("DMA_FROM_DEVICE", "DMA_TO_DEVICE"),
    ("owed_quarantine(", "owed_settle("), ("->prev", "->next"),
    (" < ", " <= "), (" <= ", " < "), (" > ", " >= "), (" >= ", " > "), (" == ", " != "), (" != ", " == "),
    (" + ", " - "), (" - ", " + "), (" << ", " >> "), (" && ", " || "), (" || ", " && "),
    ("line_step", "line_align"), ("line_align", "line_step"),
]
STATEMENT = re.compile(r"^(\t+)((?:\(void\))?[A-Za-z_*][^;{}]*?[^;{}\s]);$", re.M)
# What has an order that matters: two of them side by side are swapped.
ORDERED = re.compile(r"^(?!if|for|while).*\b(dma_(cache|arch|host|owed|view|flush|segment|ledger|node|run)_\w*|dma_publish|dma_consume|dma_log|"
                     r"ops->\w+|fill_bounce|make_private|give_back|quarantine|share|connect|begin|copy_name)\(", re.S)
DECLARATION = re.compile(r"^(?:const |static |struct |union |enum |unsigned |uint\d+_t |uintptr_t |size_t |int |bool |void |char |dma_[pd]addr_t |va_list )"
                         r"[^=(]*(?:=|$|\[)|^(?:return|goto|break|continue|case|default|else|do|extern|typedef|#)")
CONDITION = re.compile(r"\b(if|while) \(")


def blank_comments(text, directives=True):
    """Comments, strings and (if asked for) preprocessor lines as blanks of the same length, so that positions stay."""
    blank = lambda m: re.sub(r"[^\n]", " ", m.group())
    text = re.sub(r"/\*.*?\*/|\"(?:\\.|[^\"\\])*\"", blank, text, flags=re.S)
    if not directives:
        return text
    return re.sub(r"^[ \t]*#(?:.*\\\n)*.*$|^_Static_assert[^;]*;", blank, text, flags=re.M)


def closing(text, opening):
    depth = 0
    for i in range(opening, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if depth == 0:
            return i
    return -1


def operands(condition):
    """The parts of a condition between its outermost && or ||, as (start, end, with its operator)."""
    depth, cuts = 0, []
    for i, c in enumerate(condition):
        depth += {"(": 1, ")": -1}.get(c, 0)
        if depth == 0 and condition[i:i + 2] in ("&&", "||"):
            cuts.append(i)
    if not cuts:
        return []
    starts = [0] + [c + 2 for c in cuts]
    ends = [c for c in cuts] + [len(condition)]
    parts = []
    for n, (start, end) in enumerate(zip(starts, ends)):
        parts.append((start, ends[0] + 2) if n == 0 else (cuts[n - 1], end))
    return parts


def mistakes(file, text):
    """All mutants of a file: (name, position, length, replacement)."""
    code = blank_comments(text)
    found = []
    first = code.find("{")
    statements = list(STATEMENT.finditer(code))
    for m in statements:
        if not DECLARATION.match(m.group(2)) and m.start() > first:
            found.append(("remove", m.start(2), len(m.group(2)), ""))
        value = re.match(r"return (error|DMA_E[A-Z]+)$", m.group(2))
        if value:
            found.append(("return 0", m.start(2), len(m.group(2)), "return 0"))
    for a, b in zip(statements, statements[1:]):
        same = a.group(1) == b.group(1) and code[a.end():b.start()] == "\n"
        if same and ORDERED.match(a.group(2)) and ORDERED.match(b.group(2)):
            found.append(("swap with next", a.start(2), b.end(2) - a.start(2), b.group(2) + ";\n" + a.group(1) + a.group(2)))
    for m in CONDITION.finditer(code):
        end = closing(code, m.end() - 1)
        condition = code[m.end():end]
        if m.group(1) == "if":
            found.append(("never", m.end(), len(condition), "0"))
            found.append(("always", m.end(), len(condition), "1"))
        for start, stop in operands(condition):
            found.append(("drop", m.end() + start, stop - start, ""))
    for old, new in SWAPS:
        at = code.find(old)
        while at >= 0:
            if at > first:
                found.append(("%s to %s" % (old.strip(), new.strip()), at, len(old), new))
            at = code.find(old, at + 1)
    return sorted(found, key=lambda f: (f[1], f[0]))


class Mutant:
    def __init__(self, file, text, mistake):
        self.file, (self.kind, self.at, length, self.new) = file, mistake
        self.text = text[:self.at] + self.new + text[self.at + length:]
        self.line = text.count("\n", 0, self.at) + 1
        start = text.rfind("\n", 0, self.at) + 1
        self.source = " ".join(text[start:text.find("\n", self.at + (length if self.kind == "remove" else 0))].split())
        self.column = self.at - start
        heads = re.findall(r"^[a-z][^\n;]*?\b(\w+)\([^;]*?\)?\n?\{?$", text[:self.at], re.M)
        self.function = heads[-1] if heads else "-"

    def key(self, n):
        return "%s\t%s\t%s\t%s" % (self.file, self.kind, self.source, n)

    def __str__(self):
        return "%s:%d: %s: %s" % (self.file, self.line, self.kind, self.source)
