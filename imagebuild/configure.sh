#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Configure a tree in which every package is unpacked. Runs as the tree's root,
# in whichever engine, with the environment of configure.c.

set -u
cd / || exit 1

# No service is to be started: 101 means "forbidden" to invoke-rc.d.
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d

# Unpacking did not run them; of the base system, base-passwd's matters: it
# makes the list of users.
failed=0
for script in /var/lib/dpkg/info/*.preinst; do
	[ -e "$script" ] || continue
	name=${script##*/}
	name=${name%.preinst}
	DPKG_MAINTSCRIPT_PACKAGE=${name%%:*} \
		DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT=1 \
		DPKG_MAINTSCRIPT_ARCH=amd64 \
		DPKG_MAINTSCRIPT_NAME=preinst DPKG_ROOT= \
		DPKG_ADMINDIR=/var/lib/dpkg "$script" install || {
		echo "preinst of $name failed" >&2
		failed=1
	}
done
[ "$failed" = 0 ] || exit 1

# First what the scripts of all others use.
first=
for name in base-passwd base-files libc6 libc-bin dpkg perl-base mawk debconf; do
	grep -q "^Package: $name\$" /var/lib/dpkg/status && first="$first $name"
done
# shellcheck disable=SC2086 # a list of words
dpkg --force-depends --force-unsafe-io --force-confold --configure $first ||
	exit 1
dpkg --force-unsafe-io --force-confold --configure -a || exit 1
rm -f /usr/sbin/policy-rc.d

left=$(dpkg --audit)
[ -z "$left" ] || {
	printf '%s\n' "$left" >&2
	exit 1
}
