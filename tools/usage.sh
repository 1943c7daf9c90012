#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Sourced by the scripts of tools/: what a script says of itself is the comment that it begins with.

usage() {
	sed -n '3,/^[^#]/s/^# \{0,1\}//p' "$0"
}

# The command line is wrong: says what of it, and ends.
refuse() { # MESSAGE...
	echo "${0##*/}: $* ($0 --help)" >&2
	exit 2
}

# Ends with the usage if that is what is asked for; refuses every other option.
no_options() { # ARGUMENT...
	for argument; do
		case $argument in
		-h | --help)
			usage
			exit 0
			;;
		-*) refuse "unknown option $argument" ;;
		esac
	done
}
