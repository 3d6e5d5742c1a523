#!/bin/bash
# SPDX-License-Identifier: MIT
#
# lfs.sh - What a shelf promises: in a node, between nodes, and when one dies
. "$(dirname "$0")/../lib/functions.sh"

ok "the image is there" image
ok "up 3" fame up 3

# ---- in a node: the checks that run there ----------------------------------

fame exec node01 -- fam-check selftest /lfs >"$home/selftest"
is "the selftest ends well" "$?" 0
while read -r line; do
	case $line in
	"ok "*) pass "node01: ${line#ok * - }" ;;
	"not ok "*) flunk "node01: ${line#not ok * - }" ;;
	"#"*) echo "$line" ;;
	esac
done <"$home/selftest"
is "the kernel's log is clean" "$(fame exec node01 -- dmesg |
	grep -E 'WARNING|BUG|Oops|Call Trace' | head -n 5)" ""

# ---- between nodes: seen by the next system call ---------------------------

ok "created" fame exec node01 -- sh -c 'echo one >/lfs/a'
is "seen" "$(fame exec node02 -- cat /lfs/a)" one
ok "appended" fame exec node02 -- sh -c 'echo two >>/lfs/a'
is "its size" "$(fame exec node01 -- stat -c %s /lfs/a)" 8
is "its bytes" "$(fame exec node03 -- tail -n 1 /lfs/a)" two
ok "renamed" fame exec node03 -- mv /lfs/a /lfs/b
is "the old name is gone" "$(fame exec node01 -- ls /lfs/a 2>/dev/null)" ""
is "the new one is there" "$(fame exec node02 -- head -n 1 /lfs/b)" one
ok "truncated" fame exec node01 -- truncate -s 3 /lfs/b
ok "and grown" fame exec node02 -- truncate -s 8M /lfs/b
is "what was cut off reads as zeros" \
	"$(fame exec node03 -- sh -c 'head -c 9 /lfs/b | od -An -c' | tr -s ' ')" \
	" o n e \0 \0 \0 \0 \0 \0"
ok "removed by a node that has not made it" fame exec node03 -- rm /lfs/b
is "gone" "$(fame exec node01 -- ls /lfs/b 2>/dev/null)" ""

ok "a directory that hands down its group" fame exec node01 -- sh -c \
	'mkdir /lfs/d && chgrp 100 /lfs/d && chmod 2775 /lfs/d && echo x >/lfs/d/f'
is "the group is handed down" \
	"$(fame exec node02 -- stat -c '%g %a' /lfs/d/f)" "100 644"
ok "another name" fame exec node02 -- ln /lfs/d/f /lfs/d/g
is "two names" "$(fame exec node03 -- stat -c %h /lfs/d/f)" 2
ok "one goes" fame exec node03 -- rm /lfs/d/f
is "one name" "$(fame exec node01 -- stat -c %h /lfs/d/g)" 1
ok "rights, owner, time" fame exec node01 -- sh -c 'chmod 640 /lfs/d/g &&
	chown 1000 /lfs/d/g && touch -d "2001-09-09 01:46:40" /lfs/d/g'
is "all are seen" "$(fame exec node02 -- stat -c '%a %u %Y' /lfs/d/g)" \
	"640 1000 1000000000"
ok "a symbolic link" fame exec node02 -- ln -s g /lfs/d/l
is "leads there" "$(fame exec node03 -- cat /lfs/d/l)" x
ok "a directory replaces an empty one" fame exec node03 -- sh -c \
	'mkdir /lfs/e && mv -T /lfs/d /lfs/e'
is "is seen so" "$(fame exec node01 -- ls /lfs/e | tr '\n' ' ')" "g l "
ok "all of it is removed" fame exec node02 -- rm -r /lfs/e
is "is gone" "$(fame exec node01 -- ls /lfs | grep -c '^[de]$')" 0

# ---- books that are used again are zeroed ----------------------------------

ok "the whole memory is filled" fame exec node01 -- sh -c \
	'fam-check fill /lfs/full "$(df -m /lfs | tail -n 1 | awk "{print \$4}")M" 9'
fails_with "there is no room for more" 1 "No space" \
	fame exec node02 -- sh -c 'echo x >/lfs/more'
fame exec node02 -- rm -f /lfs/more
ok "it is removed" fame exec node01 -- rm /lfs/full
ok "another takes all of it" fame exec node02 -- sh -c \
	'truncate -s "$(df -m /lfs | tail -n 1 | awk "{print \$4}")M" /lfs/again'
is "and finds only zeros" "$(fame exec node02 -- sh -c \
	'tr -d "\0" </lfs/again | head -c 100 | wc -c')" 0
ok "removed" fame exec node02 -- rm /lfs/again
is "the host has its space back" \
	"$([ "$(stat -c %b "$(field fam.path)")" -lt 200000 ] && echo yes)" yes

# ---- held open elsewhere ---------------------------------------------------

used() {
	fame exec node01 -- df -m /lfs | tail -n 1 | awk '{ print $3 }'
}
freed() {
	[ "$(used)" = 0 ]
}
# hold NODE: open /lfs/held there until "$home/go" gets a line, then read it
hold() {
	: >"$home/holder"
	fame-run exec "$1" -- sh -c \
		'exec 7</lfs/held; echo open; read -r x; sha256sum <&7' \
		<"$home/go" >"$home/holder" &
	holder=$!
	exec 8>"$home/go"
	wait_for grep -q open "$home/holder"
}
mkfifo "$home/go"

ok "nothing is used" freed
ok "a shelf" fame exec node01 -- fam-check fill /lfs/held 16M 4
want=$(fame exec node01 -- sha256sum /lfs/held | cut -d' ' -f1)
hold node02
ok "it is whole" fame exec node03 -- fam-check verify /lfs/held 4
ok "its name may go" fame exec node01 -- rm /lfs/held
is "and is gone" "$(fame exec node03 -- ls /lfs/held 2>/dev/null)" ""
is "its books stay" "$(used)" 16
echo >&8
exec 8>&-
wait $holder
is "the holder reads its bytes" "$(tail -n 1 "$home/holder" | cut -d' ' -f1)" \
	"$want"
ok "and lets them go" wait_for freed

# The holder's machine dies: nobody holds it any more.
ok "another" fame exec node01 -- fam-check fill /lfs/held 16M 4
hold node02
ok "unlinked" fame exec node01 -- rm /lfs/held
is "held" "$(used)" 16
kill -9 "$(field nodes.1.pid)"
exec 8>&-
wait $holder 2>/dev/null
ok "a dead node holds nothing" wait_for freed

# ---- the daemon dies -------------------------------------------------------

ok "a shelf" fame exec node01 -- fam-check fill /lfs/kept 8M 6
# Whoever looks meanwhile gets an error, never a directory without the file.
ok "a program looks all the time" fame exec node01 -- touch /tmp/look
fame exec node01 -- sh -c '
	while [ -e /tmp/look ]; do true </lfs/kept; done 2>&1 |
		sed "s/.*: //" | sort -u' >"$home/looked" &
looker=$!
for i in 1 2 3 4 5; do
	ok "the daemon is killed, $i" fame exec node01 -- killall -9 lfsd
	ok "and comes back" \
		wait_for fame exec node01 -- fam-check verify /lfs/kept 6
done
ok "the program ends" fame exec node01 -- rm /tmp/look
wait "$looker"
like "it saw that LFS was away" "$(cat "$home/looked")" "not connected"
# The last: lfsd was killed while it took the question over from the kernel.
is "and nothing else" "$(grep -v -e "endpoint is not connected" \
	-e "caused connection abort" -e "Input/output error" \
	"$home/looked")" ""
is "one mount is left" \
	"$(fame exec node01 -- grep -c ' /lfs ' /proc/mounts)" 1
ok "all other nodes read it" fame exec node03 -- fam-check verify /lfs/kept 6

# ---- the daemon is to end while the Librarian does not answer ----------------

daemon() {
	fame exec node01 -- pidof lfsd
}
was=$(daemon)
kill -STOP "$(field librarian.pid)"
fame exec node01 -- sh -c 'mkdir /lfs/waits' 2>"$home/waits" &
asker=$!
wait_for fame exec node01 -- sh -c 'grep -q request_wait /proc/*/stack'
start=$EPOCHREALTIME
fame exec node01 -- kill -TERM "$was"
ok "it ends" wait_for fame exec node01 -- sh -c "! test -e /proc/$was"
like "soon" "$(awk -v a="$start" -v b="$EPOCHREALTIME" \
	'BEGIN { print (b - a < 15) }')" 1
kill -CONT "$(field librarian.pid)"
wait $asker
ok "and another one serves" \
	wait_for fame exec node01 -- fam-check verify /lfs/kept 6

ok "down" fame down
nothing_left "after all"
done_testing
