#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Part of tools/install: Debian and Ubuntu. A release that a package comes from is named in a private list, for that one installation; without
# root, packages are unpacked below build/tools.
# shellcheck disable=SC2154 # what tools/install sets

apt() { # apt-get's arguments; $apt_options: which sources it knows
	# shellcheck disable=SC2086 # options are words
	watched as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 ${apt_options-} "$@"
}

# Entries for SUITE-backports, made of those that apt has for SUITE itself: deb822 stanzas, or one-line entries.
backports_stanzas() { # SUITE FILE...
	suite=$1
	shift
	awk -v RS= -v suite="$suite" '
		{
			n = split($0, lines, "\n"); types = suites = enabled = 0; out = ""
			for (i = 1; i <= n; i++) {
				line = lines[i]
				if (line ~ /^#/) continue
				if (line ~ /^Enabled:[ \t]*no/) enabled = -1
				if (line ~ /^Types:/) { if (line ~ /(^|[ \t])deb([ \t]|$)/) types = 1; line = "Types: deb" }
				if (line ~ /^Suites:/) {
					m = split(line, words, /[ \t]+/)
					for (j = 2; j <= m; j++) if (words[j] == suite) suites = 1
					line = "Suites: " suite "-backports"
				}
				out = out line "\n"
			}
			if (types && suites && !enabled) { print out; exit }
		}' "$@" </dev/null
}

backports_lines() { # SUITE FILE...
	suite=$1
	shift
	awk -v suite="$suite" '
		$1 == "deb" {
			at = 2
			if ($2 ~ /^\[/) while (at < NF && $at !~ /\]$/) at++
			if ($2 ~ /^\[/) at++
			if ($(at + 1) == suite) { $(at + 1) = suite "-backports"; print; exit }
		}' "$@" </dev/null
}

# A private set of package sources: the system's, and the backports of its release, in $here/apt. $apt_options then names it, and a cache of
# its own, so that nothing of the system's changes but the packages that are installed.
private_sources() {
	# shellcheck disable=SC1091
	suite=$(. /etc/os-release && [ "$ID" = debian ] && echo "${VERSION_CODENAME-}")
	private=$here/apt
	rm -rf "$private"
	mkdir -p "$private/sources.list.d" "$private/lists/partial" "$private/archives/partial" || return 1
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
		[ ! -r "$file" ] || cp "$file" "$private/sources.list.d/system-${file##*/}" || return 1
	done
	if [ -f "$private/sources.list.d/system-sources.list" ]; then
		mv "$private/sources.list.d/system-sources.list" "$private/sources.list.d/system.list"
	fi
	if [ -n "$suite" ] && ! grep -hv '^[[:space:]]*#' "$private"/sources.list.d/* 2>/dev/null | grep -q "$suite-backports"; then
		for file in "$private"/sources.list.d/*.sources; do
			[ -r "$file" ] && [ ! -s "$private/new" ] && backports_stanzas "$suite" "$file" >"$private/new"
		done
		if [ -s "$private/new" ]; then
			mv "$private/new" "$private/sources.list.d/backports.sources"
		else
			for file in "$private"/sources.list.d/*.list; do
				[ -r "$file" ] && [ ! -s "$private/new" ] && backports_lines "$suite" "$file" >"$private/new"
			done
			[ -s "$private/new" ] && mv "$private/new" "$private/sources.list.d/backports.list"
		fi
	fi
	rm -f "$private/new"
	apt_options="-o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts=$private/sources.list.d -o Dir::State::Lists=$private/lists"
	apt_options="$apt_options -o Dir::Cache::Archives=$private/archives -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache="
}

candidate_version() { # PACKAGE: the major version that apt would install
	apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: *\([0-9]*:\)\{0,1\}\([0-9]*\)\..*/\2/p'
}

install_emulator_apt() { # PACKAGE
	candidate=$(candidate_version "$1")
	if [ "${candidate:-0}" -ge 9 ]; then
		apt install --no-install-recommends "$1"
		return
	fi
	private_sources && apt update && apt install --no-install-recommends -t "$suite-backports" "$1"
	status=$?
	apt_options=
	rm -rf "$here/apt"
	return "$status"
}

install_apt() {
	plain= emulators= lint=
	apt update || echo "install: apt-get update failed; going on with what apt knows" >&2
	for thing; do
		case $thing in
		linux-kernel | lwip) ;;
		qemu-*) emulators="$emulators $(package_names 2 "$thing")" ;;
		lint-* | llvm-loongarch) lint="$lint $(package_names 2 "$thing")" ;;
		*) plain="$plain $(package_names 2 "$thing")" ;;
		esac
	done
	# shellcheck disable=SC2086
	if [ -n "$plain" ] && ! apt install --no-install-recommends $plain; then
		for package in $plain; do # one that this release does not have must not stop the others
			apt install --no-install-recommends "$package"
		done
	fi
	for package in $lint; do # one by one: a distribution may lack one, and the tests do without
		apt install --no-install-recommends "$package" || true
	done
	for package in $(printf '%s\n' $emulators | sort -u); do
		install_emulator_apt "$package"
	done
}

# The kernel of the machine linux: the first package of the names whose kernel is new enough, downloaded and unpacked below build/, its
# image and the modules of VFIO alone. Needs no root.
fetch_kernel_apt() {
	kernel=$here/../linux-kernel
	private_sources || return 1
	# shellcheck disable=SC2086
	watched apt-get -q $apt_options -o Debug::NoLocking=1 update || true
	found=
	for name in $(package_names 2 linux-kernel); do
		# shellcheck disable=SC2086
		real=$(apt-cache $apt_options depends "$name" 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
		case $real in
		linux-image-[0-5].* | linux-image-6.[01].* | "") continue ;;
		esac
		found=$real
		break
	done
	if [ -n "$found" ]; then
		# shellcheck disable=SC2086
		(cd "$private/archives" && watched apt-get -q $apt_options -o Debug::NoLocking=1 -o APT::Sandbox::User=root download "$found")
		for archive in "$private"/archives/linux-image*.deb; do
			[ ! -f "$archive" ] || dpkg-deb -x "$archive" "$private/kernel" || found=
		done
	fi
	if [ -n "$found" ] && [ -d "$private/kernel" ]; then
		mkdir -p "$kernel"
		for module in irqbypass vfio vfio_iommu_type1 vfio-pci-core vfio-pci virtio-iommu; do
			find "$private/kernel" -name "$module.ko.xz" -exec cp {} "$kernel/" \;
		done
		for image in "$private"/kernel/boot/vmlinuz-*; do
			cp "$image" "$kernel/vmlinuz"
		done
		echo "$found" >"$kernel/package"
	fi
	apt_options=
	rm -rf "$private"
	[ -f "$kernel/vmlinuz" ]
}

# The sources of packages, from where apt has the packages themselves.
source_stanzas() { # FILE...
	awk -v RS= '
		{
			n = split($0, lines, "\n"); wanted = 0; out = ""
			for (i = 1; i <= n; i++) {
				line = lines[i]
				if (line ~ /^#/) continue
				if (line ~ /^Enabled:[ \t]*(no|false)/) next
				if (line ~ /^Types:/) { if (line ~ /(^|[ \t])deb([ \t]|$)/) wanted = 1; line = "Types: deb-src" }
				out = out line "\n"
			}
			if (wanted) print out
		}' "$@" </dev/null
}

source_lines() { # FILE...
	sed -n 's/^[[:space:]]*deb[[:space:]]/deb-src /p' "$@"
}

# The source of lwIP, with the changes that the distribution makes to the files that are built here. Needs no root.
fetch_lwip_apt() {
	private_sources || return 1
	for file in "$private"/sources.list.d/*; do
		case $file in
		*/backports.*) : >"$private/new" ;;
		*.sources) source_stanzas "$file" >"$private/new" ;;
		*) source_lines "$file" >"$private/new" ;;
		esac
		mv "$private/new" "$file"
	done
	# shellcheck disable=SC2086
	watched apt-get -q $apt_options -o Debug::NoLocking=1 -o APT::Sandbox::User=root update || true
	# shellcheck disable=SC2086
	(cd "$private/archives" && watched apt-get -q $apt_options -o Debug::NoLocking=1 -o APT::Sandbox::User=root source --download-only lwip)
	for archive in "$private"/archives/lwip_*.orig.tar.*; do
		[ ! -f "$archive" ] || tar xf "$archive" -C "$lwip" --strip-components=1 2>>"$log"
	done
	for archive in "$private"/archives/lwip_*.debian.tar.*; do
		[ ! -f "$archive" ] || tar xf "$archive" -C "$lwip" 2>>"$log"
	done
	status=0
	while read -r change; do
		case $change in "#"* | "") continue ;; esac
		patch -s -p1 -d "$lwip" <"$lwip/debian/patches/${change%% *}" >>"$log" 2>&1 || status=1
	done <<END
$(cat "$lwip/debian/patches/series" 2>/dev/null)
END
	for version in "$private"/archives/lwip_*.dsc; do
		[ "$status" -ne 0 ] || [ ! -f "$lwip/src/include/lwip/init.h" ] || basename "$version" .dsc >"$lwip/ready"
	done
	apt_options=
	rm -rf "$private"
	[ -f "$lwip/ready" ]
}

# Without root: the emulators' packages, and those that they need and the system lacks, unpacked below build/tools, each emulator behind a
# script that tells it where its libraries and firmware are.
unpack_apt() { # THING...
	private_sources || return 1
	# shellcheck disable=SC2086
	watched apt-get -q $apt_options -o Debug::NoLocking=1 update || return 1
	for thing; do
		package=$(package_names 2 "$thing")
		release=
		# shellcheck disable=SC2086
		candidate=$(apt-cache $apt_options policy $package 2>/dev/null | sed -n 's/^ *Candidate: *\([0-9]*:\)\{0,1\}\([0-9]*\)\..*/\2/p')
		[ "${candidate:-0}" -ge 9 ] || release="-t $suite-backports"
		# shellcheck disable=SC2086
		apt-get -q -s $apt_options -o Debug::NoLocking=1 $release install --no-install-recommends $package 2>>"$log" |
			sed -n 's/^Inst \([^ ]*\) .*/\1/p' >"$private/wanted"
		[ -s "$private/wanted" ] || continue
		# shellcheck disable=SC2046,SC2086
		(cd "$private/archives" && watched apt-get -q $apt_options -o Debug::NoLocking=1 $release download $(cat "$private/wanted"))
		for archive in "$private"/archives/*.deb; do
			[ ! -f "$archive" ] || dpkg-deb -x "$archive" "$here" || return 1
			rm -f "$archive"
		done
	done
	rm -rf "$private"
	wrap_emulators
}

wrap_emulators() {
	mkdir -p "$here/bin"
	for program in "$here"/usr/bin/qemu-system-*; do
		[ -x "$program" ] || continue
		cat >"$here/bin/${program##*/}" <<'END'
#!/bin/sh
here=$(cd "$(dirname "$0")/.." && pwd)
for folder in "$here"/usr/lib/*-linux-* "$here"/usr/lib "$here"/lib/*-linux-*; do
	LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$folder
done
export LD_LIBRARY_PATH
QEMU_MODULE_DIR=$(echo "$here"/usr/lib/*-linux-*/qemu)
export QEMU_MODULE_DIR
exec "$here/usr/bin/${0##*/}" -L "$here/usr/share/qemu" -L "$here/usr/share/seabios" -L "$here/usr/lib/ipxe/qemu" "$@"
END
		chmod +x "$here/bin/${program##*/}"
	done
}
