#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""Each error that a public function's own body names stands in the Errors: line of its header, which becomes the page's ERRORS.

    tests/static/errors.py

What a body hands on from elsewhere is not followed. Prints TAP. That it can fail is shown on a function of its own."""
import glob, os, re, sys

COMMENT = re.compile(r"/\*((?:[^*]|\*(?!/))*)\*/\s*((?:[^;{/#]|/(?!\*))*?\b(dma_\w+)\s*\([^;{]*?\)\s*[;{])")
BODY = re.compile(r"^[a-z][\w \*]*?\b(dma_\w+)\([^;{]*?\)\n\{\n(.*?)^\}", re.M | re.S)
ERROR = re.compile(r"\bDMA_E[A-Z]+\b")
FREE = {"dma_strerror"}  # which takes them as its argument


def documented(text):
    found = {}
    for comment, _, name in COMMENT.findall(text):
        errors = re.search(r"Errors:(.*?)(?:Context:|$)", comment, re.S)
        if errors:
            found[name] = None if "any code" in errors.group(1) else set(ERROR.findall(errors.group(1)))
    return found


def missing(pages, text):
    for name, body in BODY.findall(text):
        if pages.get(name) is not None and name not in FREE:
            for error in sorted(set(ERROR.findall(body)) - pages[name]):
                yield "%s() names %s, and its page does not" % (name, error)


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    pages, why = {}, []
    for header in glob.glob("include/dmastream/*.h"):
        pages.update(documented(open(header).read()))
    for source in sorted(glob.glob("src/**/*.c", recursive=True)):
        why += ["%s: %s" % (source, line) for line in missing(pages, open(source).read())]
    seen = list(missing(documented("/* Does it.\n * Errors: DMA_EINVAL (no).\n * Context: any. */\nint dma_it(int x);\n"),
                        "int dma_it(int x)\n{\n\treturn x ? DMA_EINVAL : DMA_EBUSY;\n}\n"))
    for n, (name, good) in enumerate((("errors of %d functions are on their pages" % len(pages), not why and len(pages) > 150),
                                      ("one that is not would be seen", seen == ["dma_it() names DMA_EBUSY, and its page does not"])), 1):
        print("%s %d - %s" % ("ok" if good else "not ok", n, name))
        print("".join("# %s\n" % line for line in why if n == 1), end="")
    print("1..2")
    return 1 if why or not seen else 0


sys.exit(main())
