# SPDX-License-Identifier: MPL-2.0
"""The mutants that tools/orders makes: each a memory order made weaker, a barrier taken out, or an atomic update taken apart."""
import re

WEAKER = {"ACQUIRE": ["RELAXED"], "RELEASE": ["RELAXED"], "ACQ_REL": ["ACQUIRE", "RELEASE"], "SEQ_CST": ["RELAXED", "ACQ_REL"]}
WEAKER_SWAPS = {"SEQ_CST": [("RELAXED", "RELAXED"), ("ACQ_REL", "ACQUIRE")],
                "ACQ_REL": [("ACQUIRE", "ACQUIRE"), ("RELEASE", "RELAXED")]}
SWAP_ORDERS = {None: ("RELAXED", "ACQUIRE", "RELEASE"), "acquire": ("RELAXED",), "release": ("RELAXED",), "relaxed": ()}
# Fences against the hardware and the compiler, and those that are against the compiler alone on some architectures.
BARRIERS = re.compile(r"\bdma_(?:arch_)?(?:publish|consume|barrier)\(\)"
                      r"|\b__atomic_(?:thread|signal)_fence\(\w+\)|\basm volatile\([^;]*\"memory\"\)")
UPDATES = re.compile(r"\b__atomic_(compare_exchange|exchange|fetch_(?:add|sub|and|or))(?:_n)?\(")
OPERATORS = {"fetch_add": "+", "fetch_sub": "-", "fetch_and": "&", "fetch_or": "|"}
HEAD = re.compile(r"^[A-Za-z][^\n;=]*?\b(?!__attribute__)(\w+)\([^;{}]*\)\s*\{", re.M)


def arguments(text, at):
    """The arguments of the call whose '(' is at that place, and the place behind its ')'."""
    depth, start, found = 0, at + 1, []
    for i in range(at, len(text)):
        if text[i] in "([{":
            depth += 1
        elif text[i] in ")]}":
            depth -= 1
            if depth == 0:
                return found + [text[start:i].strip()], i + 1
        elif text[i] == "," and depth == 1:
            found.append(text[start:i].strip())
            start = i + 1
    raise ValueError


def loaded_and_stored(kind, args):
    """The update without its being one: another CPU's falls in between, and is lost. Its orders stay."""
    load = "__typeof__(*(%s)) seen_ = __atomic_load_n(%s, __ATOMIC_SEQ_CST)" % (args[0], args[0])
    store = "__atomic_store_n(%s, %%s, __ATOMIC_SEQ_CST)" % args[0]
    if kind == "compare_exchange":
        return "({ %s; _Bool done_ = seen_ == *(%s); if (done_) %s; else *(%s) = seen_; done_; })" % (load, args[1], store % args[2], args[1])
    new = args[1] if kind == "exchange" else "seen_ %s (%s)" % (OPERATORS[kind], args[1])
    return "({ %s; %s; seen_; })" % (load, store % new)


class Mutant:
    def __init__(self, path, text, code, start, end, new, what):
        self.path, self.what, self.text = path, what, text[:start] + new + text[end:]
        self.line = text.count("\n", 0, start) + 1
        self.code = " ".join(text.split("\n")[self.line - 1].split())
        heads = list(HEAD.finditer(code, 0, code.find("\n}", start) + 1))
        self.function = heads[-1].group(1) if heads else "-"
        self.body = heads[-1].end() if heads else None # behind the { of its function

    def place(self):
        """What names it wherever its file moves to."""
        return self.function, self.code, self.what


def mutants_of(path):
    text = open(path).read()
    code = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.S)
    wrappers = path.endswith("base/atomic.h") # where the names below are made
    found = []

    def add(start, end, new, what):
        found.append(Mutant(path, text, code, start, end, new, what))

    for m in re.finditer(r"__ATOMIC_(ACQUIRE|RELEASE|ACQ_REL|SEQ_CST)\b", code):
        call = re.findall(r"__atomic_(load_n|store_n|\w+)\(", code[max(code.rfind(";", 0, m.start()), 0):m.start()])
        for new in WEAKER[m.group(1)]:
            if new == "ACQ_REL" and call and call[-1] in ("load_n", "store_n"):
                new = "ACQUIRE" if call[-1] == "load_n" else "RELEASE"
            if call and not call[-1].endswith("fence"):
                add(m.start(), m.end(), "__ATOMIC_" + new, "%s is %s" % (m.group(1).lower(), new.lower()))
    for m in UPDATES.finditer(code):
        args, end = arguments(text, m.end() - 1)
        add(m.start(), end, loaded_and_stored(m.group(1), args), "%s is a load and a store" % m.group(1))
    # Of a compare and swap, one order alone may change nothing: the compiler takes the stronger one for both.
    for m in re.finditer(r"__ATOMIC_(SEQ_CST|ACQ_REL), __ATOMIC_(?:SEQ_CST|ACQUIRE)\)", code):
        for new, failure in WEAKER_SWAPS[m.group(1)]:
            add(m.start(), m.end() - 1, "__ATOMIC_%s, __ATOMIC_%s" % (new, failure),
                "both orders of the swap are %s" % new.lower())
    for m in re.finditer(r"\bdma_load_acquire(?=\()", "" if wrappers else code):
        add(m.start(), m.end(), "dma_load", "acquire is relaxed")
    for m in re.finditer(r"\bdma_swap_if(?:_(acquire|release|relaxed))?\(", "" if wrappers else code):
        args, end = arguments(text, m.end() - 1)
        for order in SWAP_ORDERS[m.group(1)]:
            failure = "ACQUIRE" if order == "ACQUIRE" and not m.group(1) else "RELAXED"
            add(m.start(), end, "__atomic_compare_exchange_n(%s, true, __ATOMIC_%s, __ATOMIC_%s)" % (", ".join(args), order, failure),
                "swap is %s" % order.lower())
        if not m.group(1): # its failure orders as well
            add(m.start(), end, "__atomic_compare_exchange_n(%s, true, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)" % ", ".join(args),
                "failed swap is relaxed")
        add(m.start(), end, loaded_and_stored("compare_exchange", args), "swap is a load and a store")
    for m in BARRIERS.finditer(code):
        if not re.match(r"\s*\n?\{", code[m.end():]):
            add(m.start(), m.end(), "((void)0)", "no " + re.match(r"\w+", m.group()).group())
    return found
