#!/bin/bash
# SPDX-License-Identifier: MIT
#
# revoke.sh - Mappings that outlive their file, their daemon and their device
. "$(dirname "$0")/../lib/functions.sh"

# hold NODE FILE: map FILE there and close it; unhold ends that
hold() {
	rm -f "$home/go"
	mkfifo "$home/go"
	: >"$home/holder"
	fame-run exec "$1" -- fam-check hold "$2" \
		<"$home/go" >"$home/holder" 2>&1 &
	holder=$!
	exec 8>"$home/go"
	wait_for grep -q held "$home/holder"
}
# Sets last: what it says at the end, and its status
unhold() {
	exec 8>&-
	wait "$holder"
	last="status $?, $(tail -n 1 "$home/holder")"
}
used() {
	fame exec node02 -- df -m /lfs | tail -n 1 | awk '{ print $3 }'
}
freed() {
	[ "$(used)" = 0 ]
}

ok "the image is there" image
ok "up 2" fame up 2

# ---- a mapping is as good as an open file -----------------------------------

ok "a shelf" fame exec node01 -- fam-check fill /lfs/a 16M 1
hold node01 /lfs/a
ok "its name may go" fame exec node02 -- rm /lfs/a
is "its books stay" "$(used)" 16
unhold
like "the mapping lives" "$last" '^status 0, [0-9]+$'
ok "then its books are free" wait_for freed

# ---- another node cuts it off -------------------------------------------------

ok "a shelf" fame exec node01 -- fam-check fill /lfs/a 16M 1
hold node01 /lfs/a
ok "another node cuts it off" fame exec node02 -- truncate -s 0 /lfs/a
ok "its books are free: nobody maps them" wait_for freed
ok "they go to another shelf" fame exec node02 -- fam-check fill /lfs/x 16M 2
unhold
like "the mapping is taken away" "$last" '^status 1,.* signal 7'
ok "what took their place is whole" fame exec node01 -- fam-check verify /lfs/x 2
ok "removed" fame exec node01 -- rm /lfs/a /lfs/x
ok "nothing is left" wait_for freed

# ---- the daemon dies under it -----------------------------------------------

ok "a shelf" fame exec node01 -- fam-check fill /lfs/b 16M 1
hold node01 /lfs/b
ok "the daemon is killed" fame exec node01 -- killall -9 lfsd
ok "another serves" wait_for fame exec node01 -- fam-check verify /lfs/b 1
ok "another node cuts off what only the old one knew" \
	fame exec node02 -- truncate -s 0 /lfs/b
ok "nothing is left of it" wait_for freed
unhold
like "and the old mapping is taken away" "$last" '^status 1,.* signal 7'
ok "removed" fame exec node02 -- rm /lfs/b

ok "a shelf" fame exec node01 -- fam-check fill /lfs/c 16M 1
hold node01 /lfs/c
ok "the daemon is killed" fame exec node01 -- killall -9 lfsd
ok "another serves" wait_for fame exec node01 -- fam-check verify /lfs/c 1
ok "the name goes" fame exec node02 -- rm /lfs/c
is "the books stay" "$(used)" 16
unhold
like "the mapping lives" "$last" '^status 0, [0-9]+$'
ok "the new daemon gives the old one's handle back" wait_for freed
is_clean node01

# ---- the memory goes ----------------------------------------------------------

ok "a shelf" fame exec node01 -- fam-check fill /lfs/d 16M 1
hold node01 /lfs/d
ok "node01 loses its memory device" fame exec node01 -- sh -c \
	'for f in /sys/bus/pci/drivers/fam/0000:*/remove; do echo 1 >"$f"; done'
unhold
like "the mapping is taken away" "$last" '^status 1,.* signal 7'
fails_with "a read fails" 1 "Input/output error|No such device" \
	fame exec node01 -- cat /lfs/d
ok "node02 has all of it" fame exec node02 -- fam-check verify /lfs/d 1
is_clean node01

ok "down" fame down
nothing_left "after all"
done_testing
