#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Where are the libraries of another Debian machine?  In the folder $1, unpacked from its packages:
# nothing is installed, the system's own lists and architectures stay as they are.
set -eu
root=$1 arch=$2
[ ! -e "$root/.complete" ] || exit 0
packages='libbpf-dev libcmocka-dev libjansson-dev libpcap-dev libdw-dev libelf-dev libzydis-dev'
state=$root.apt
rm -rf "$root" "$state"
mkdir -p "$root" "$state/lists/partial" "$state/cache/archives/partial"
: >"$state/status"
cat >"$state/sources.list" <<END
deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main
END
cat >"$state/apt.conf" <<END
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Sandbox::User "$(id -un)";
Dir::State "$state";
Dir::State::lists "$state/lists";
Dir::State::status "$state/status";
Dir::Cache "$state/cache";
Dir::Etc::sourceparts "-";
Dir::Etc::sourcelist "$state/sources.list";
Debug::NoLocking "true";
END
export APT_CONFIG="$state/apt.conf"
apt-get update -qq
# shellcheck disable=SC2086
apt-get install -y -qq --download-only --no-install-recommends $packages >/dev/null
for deb in "$state"/cache/archives/*.deb; do
	dpkg -x "$deb" "$root"
done
# Links that begin at the root of that machine.
find "$root" -type l -lname '/*' | while read -r link; do
	ln -sfn "$root$(readlink "$link")" "$link"
done
rm -rf "$state"
: >"$root/.complete"
