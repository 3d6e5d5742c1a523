#!/bin/bash
# SPDX-License-Identifier: MIT
#
# posix.sh - Does /lfs behave as POSIX and Linux say? The cases are scripts in
# tests/guest/posix. They pass on tmpfs and ext4; what they find on /lfs and is
# known stands in tests/known_failures.txt
. "$(dirname "$0")/../lib/functions.sh"

ok "the image is there" image
ok "up 1" fame up 1
ok "the program is in the node" install_in node01 posix

needs_lfs

for f in tests/guest/posix/*.ops; do
	echo "file $(basename "$f")"
	cat "$f"
done >"$home/script"
fame exec node01 -- /tmp/posix --book "$(field fam.book_size)" /lfs \
	<"$home/script" >"$home/tap"
like "it has run to its end" "$(tail -n 1 "$home/tap")" '^1\.\.[0-9]+$'
relay "$home/tap"
is_clean node01

ok "down" fame down
nothing_left "after all"
done_testing
