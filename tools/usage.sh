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

# Each NAME=VALUE has to be a number from LEAST on, of five digits at most.
want_numbers() { # LEAST NAME=VALUE...
	least=$1
	shift
	for option; do
		case ${option#*=} in
		"" | *[!0-9]* | ??????*) ;;
		*) [ "${option#*=}" -lt "$least" ] || continue ;;
		esac
		refuse "$option: is not a number from $least to 99999"
	done
}

# Each word has to be one of those that there are.
want_words() { # NAME "THOSE THAT THERE ARE" WORD...
	option=$1 known=$2
	shift 2
	for word; do
		case " $known " in
		*" $word "*) ;;
		*) refuse "$option: $word is not one of: $known" ;;
		esac
	done
}
