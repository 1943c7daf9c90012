# SPDX-License-Identifier: MPL-2.0
"""Command lines of the Python programs of tools/: what is wrong is said in one line, with status 2."""
import argparse, sys


class Parser(argparse.ArgumentParser):
    def __init__(self, description):
        super().__init__(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)

    def error(self, message):
        print("%s: %s (--help)" % (self.prog, message), file=sys.stderr)
        sys.exit(2)


def part(text):
    """n/m: the nth of m parts."""
    nth, parts = (int(number) for number in text.split("/"))
    if not 1 <= nth <= parts:
        raise ValueError(text)
    return nth, parts
