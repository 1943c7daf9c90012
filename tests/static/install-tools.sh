#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# tools/install on a machine that lacks things, with package managers that only write down what they are asked for: it says what and why
# before it does anything, INSTALL=no does nothing, and the system's package sources stay as they are.
. "$(dirname "$0")/tap.sh"

commands="sh awk sed grep mktemp id cat tail head cut tr sort rm mkdir cp mv chmod ls env sleep dpkg tar echo uname dirname basename ln true kill make xz patch"
mkdir "$tmp/bin" "$tmp/etc"
for command in $commands; do
	path=$(command -v "$command") || continue
	case $path in /*) ln -s "$path" "$tmp/bin/$command" ;; esac
done

fake() { # COMMAND: writes its arguments down
	printf '#!/bin/sh\necho "%s $*" >>"%s/asked"\n%s\n' "$1" "$tmp" "${2-}" >"$tmp/bin/$1"
	chmod +x "$tmp/bin/$1"
}

installs() { # INSTALL's arguments: with nothing but those commands
	: >"$tmp/asked"
	PATH=$tmp/bin B=$tmp/build tools/install "$@" >"$tmp/said" 2>&1
	status=$?
}

fake apt-get
fake apt-cache 'echo "  Candidate: 1:7.2+dfsg"'
before=$(ls -l /etc/apt /etc/apt/sources.list.d 2>/dev/null)

INSTALL=no installs run
check "INSTALL=no ends with a status that says so" test "$status" -ne 0
check "it says what is missing and what for" grep -q 'clang  *compiles for the bare machines' "$tmp/said"
check "and the package" grep -q 'package qemu-system-x86' "$tmp/said"
check "and asks no package manager" test ! -s "$tmp/asked"

INSTALL=no installs usb
check "the image of a stick: what it needs, and for what" grep -q 'mtools  *make the image of a USB stick (package mtools)' "$tmp/said"
check "and dosfstools, and llvm" sh -c "grep -q 'package dosfstools' '$tmp/said' && grep -q 'package llvm' '$tmp/said'"
check "no emulator, and no compiler of programs of this machine" sh -c "! grep -E 'qemu|gcc' '$tmp/said'"
check "and a status that says that they are missing" test "$status" -ne 0
installs usb
check "make usb without mtools: they are still missing at the end" grep -q 'still missing:.*mtools.*dosfstools\|still missing:.*dosfstools.*mtools' "$tmp/said"

installs run
check "without it the list comes first" sh -c "head -n 1 '$tmp/said' | grep -q '^install: this machine lacks'"
if [ "$(id -u)" -eq 0 ]; then
	check "then the packages are asked for" grep -q 'apt-get .*install .*clang' "$tmp/asked"
	if grep -q '^ID=debian' /etc/os-release 2>/dev/null; then
		check "an old QEMU comes from sources of its own" grep -q "apt-get .*Dir::Etc::SourceParts=.*/tools/apt.*qemu-system-x86" "$tmp/asked"
		check "which are gone afterwards" test ! -e "$tmp/build/tools/apt"
	else
		skip "an old QEMU comes from sources of its own" "this is no Debian"
		skip "which are gone afterwards" "this is no Debian"
	fi
else
	check "without root and sudo nothing of the system is asked to change" sh -c "! grep -E 'apt-get .* install [a-z]' '$tmp/asked' | grep -v NoLocking"
	skip "an old QEMU comes from sources of its own" "not root"
	skip "which are gone afterwards" "not root"
fi
check "the system's package sources are as before" test "$before" = "$(ls -l /etc/apt /etc/apt/sources.list.d 2>/dev/null)"
check "what is still missing is said at the end" grep -q 'still missing:.*clang' "$tmp/said"
check "with a status that says so" test "$status" -ne 0

# lwIP: a source package of one file, with one change to it.
mkdir -p "$tmp/package/lwip-1/src/include/lwip" "$tmp/package/debian/patches"
echo old >"$tmp/package/lwip-1/src/include/lwip/init.h"
echo "change # of one line" >"$tmp/package/debian/patches/series"
printf -- '--- a/src/include/lwip/init.h\n+++ b/src/include/lwip/init.h\n@@ -1 +1 @@\n-old\n+new\n' >"$tmp/package/debian/patches/change"
(cd "$tmp/package" && tar cJf lwip_1.orig.tar.xz lwip-1 && tar cJf lwip_1-1.debian.tar.xz debian && : >lwip_1-1.dsc)
INSTALL=no installs lwip
check "lwIP: what it is for" grep -q 'lwip  *the network stack of APP=net: its source' "$tmp/said"
check "INSTALL=no asks for none of it" test "$status" -ne 0 -a ! -s "$tmp/asked"
installs lwip
check "lwIP that apt does not get: a line says so" grep -q 'still missing: lwIP (LWIP=path' "$tmp/said"
check "and a status" test "$status" -ne 0
fake apt-get "case \" \$* \" in *\" source \"*) cp '$tmp'/package/lwip_* . && cat '$tmp'/build/tools/apt/sources.list.d/* >'$tmp/lists' ;; esac"
installs lwip
check "lwIP that it gets: fine" test "$status" -eq 0
check "with the change of the package" grep -qx new "$tmp/build/lwip/src/include/lwip/init.h"
check "and which one it is" grep -qx lwip_1-1 "$tmp/build/lwip/ready"
check "its package sources were of sources alone" sh -c "! grep -E '^(deb |Types: *deb( |$))' '$tmp/lists'"
check "and are gone" test ! -e "$tmp/build/tools/apt"
installs lwip
check "it is not asked for twice" test "$status" -eq 0 -a ! -s "$tmp/asked"
LWIP=$tmp/package/lwip-1 installs lwip
check "LWIP=path is taken instead" test "$status" -eq 0 -a "$(cat "$tmp/build/lwip/src/include/lwip/init.h")" = old -a ! -s "$tmp/asked"
LWIP=$tmp/package installs lwip
check "LWIP=path without lwIP: a line says so" sh -c "grep -q 'there is no src/include/lwip/init.h' '$tmp/said' && [ $status -ne 0 ]"
installs lwip
check "without LWIP it is apt's again" test "$(cat "$tmp/build/lwip/ready")" = lwip_1-1
printf 'Types: deb\nURIs: u\nSuites: s\n\nEnabled: no\nTypes: deb\nURIs: off\n\n# other\nTypes: deb deb-src\nURIs: v\n' >"$tmp/a.sources"
printf '# deb w\ndeb [signed-by=k] x s main\ndeb-src y s main\n  deb z s main\n' >"$tmp/a.list"
# shellcheck source=tools/install_apt.sh
(. tools/install_apt.sh && source_stanzas "$tmp/a.sources" && source_lines "$tmp/a.list") >"$tmp/lists"
printf 'Types: deb-src\nURIs: u\nSuites: s\n\nTypes: deb-src\nURIs: v\n\ndeb-src [signed-by=k] x s main\ndeb-src z s main\n' >"$tmp/wanted"
check "entries for sources are made of both kinds of lists" cmp "$tmp/wanted" "$tmp/lists"

rm "$tmp/bin/apt-get"
installs lwip
check "lwIP that is there needs no package manager" test "$status" -eq 0
rm -r "$tmp/build/lwip"
installs lwip
check "an unknown package manager: lwIP is still missing" sh -c "grep -q 'still missing: lwIP' '$tmp/said' && [ $status -ne 0 ]"
installs run
check "an unknown package manager: it says what to install" grep -q 'package manager is not known' "$tmp/said"
check "./check refuses options that it does not know" sh -c "! ./check NOINSTALL=1 2>/dev/null"
finish
