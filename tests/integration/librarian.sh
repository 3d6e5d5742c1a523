#!/bin/bash
# SPDX-License-Identifier: MIT
#
# librarian.sh - The Librarian is killed under running nodes, again and again:
# they go on, and nothing that was acknowledged is lost
. "$(dirname "$0")/../lib/functions.sh"

ok "the image is there" image
ok "up 2" fame up 2

pid_is_new() {
	local now
	now=$(field librarian.pid)
	[ "$now" -gt 0 ] && [ "$now" != "$1" ]
}

# kill_librarian: and wait until another one runs
kill_librarian() {
	local old
	old=$(field librarian.pid)
	kill -9 "$old"
	wait_for pid_is_new "$old"
}

ok "a shelf" fame exec node01 -- fam-check fill /lfs/kept 16M 5

# ---- at rest ---------------------------------------------------------------

ok "killed" kill_librarian
ok "its shelf is there" fame exec node01 -- fam-check verify /lfs/kept 5
ok "for the other node too" fame exec node02 -- fam-check verify /lfs/kept 5

# ---- under load ------------------------------------------------------------
#
# Each node makes shelves one after the other and says which it has made.
load() {
	fame exec "$1" -- sh -c '
		i=0
		while [ ! -e /lfs/stop ]; do
			i=$((i + 1))
			f=/lfs/$0-$i
			echo "$0 $i" >"$f" && mv "$f" "$f.done" && echo "$f.done"
		done' "$1" >"$home/made-$1" 2>"$home/failed-$1"
}
made_more() {
	[ "$(wc -l <"$home/made-$1")" -gt "$2" ]
}

load node01 &
first=$!
load node02 &
second=$!
for i in 1 2 3 4 5 6; do
	for n in node01 node02; do
		wait_for test -e "$home/made-$n"
		have=$(wc -l <"$home/made-$n")
		ok "$n goes on ($i)" wait_for made_more "$n" "$have"
	done
	ok "killed ($i)" kill_librarian
done
ok "told to stop" fame exec node01 -- touch /lfs/stop
wait $first $second
is "no operation failed in node01" "$(cat "$home/failed-node01")" ""
is "no operation failed in node02" "$(cat "$home/failed-node02")" ""

ls_lfs() {
	fame exec "$1" -- sh -c 'ls /lfs/*.done' | sort
}
sort "$home/made-node01" "$home/made-node02" >"$home/made"
ls_lfs node02 >"$home/there"
is "all that was made is there, and nothing else" \
	"$(diff "$home/made" "$home/there")" ""
is "with what was written" "$(fame exec node01 -- sh -c '
	for f in /lfs/*.done; do
		n=${f#/lfs/}; n=${n%.done}
		[ "$(cat "$f")" = "${n%-*} ${n#*-}" ] || echo "$f"
	done')" ""

# ---- handles ---------------------------------------------------------------

mkfifo "$home/go"
: >"$home/holder"
fame-run exec node02 -- sh -c \
	'exec 7</lfs/kept; echo open; read -r x; sha256sum <&7' \
	<"$home/go" >"$home/holder" &
holder=$!
exec 8>"$home/go"
wait_for grep -q open "$home/holder"
want=$(fame exec node01 -- sha256sum /lfs/kept | cut -d' ' -f1)
ok "killed while a shelf is held" kill_librarian
ok "its name may go" fame exec node01 -- rm /lfs/kept
ok "killed while it has no name" kill_librarian
echo >&8
exec 8>&-
wait $holder
is "the holder reads its bytes" "$(tail -n 1 "$home/holder" | cut -d' ' -f1)" \
	"$want"
ok "cleared" fame exec node01 -- sh -c 'find /lfs -type f -exec rm {} +'
used() {
	fame exec node01 -- df -m /lfs | tail -n 1 | awk '{ print $3 }'
}
freed() {
	[ "$(used)" = 0 ]
}
ok "and its books come back" wait_for freed

# ---- a node dies while there is none ---------------------------------------

ok "a shelf" fame exec node02 -- fam-check fill /lfs/held 16M 4
fame-run exec node02 -- sh -c 'exec 7</lfs/held; echo open; read -r x' \
	<"$home/go" >"$home/holder" &
holder=$!
exec 8>"$home/go"
wait_for grep -q open "$home/holder"
old=$(field librarian.pid)
kill -9 "$(field nodes.1.pid)" "$old"
ok "another one runs" wait_for pid_is_new "$old"
exec 8>&-
wait $holder 2>/dev/null
ok "the dead node's shelf is removed" fame exec node01 -- rm /lfs/held
ok "and holds nothing" wait_for freed

ok "down" fame down
nothing_left "after all"
done_testing
