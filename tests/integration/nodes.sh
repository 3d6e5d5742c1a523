#!/bin/bash
# SPDX-License-Identifier: MIT
#
# nodes.sh - One node's machine: stopped, killed, started again; the others and
# what is stored go on
. "$(dirname "$0")/../lib/functions.sh"

ok "the image is there" image
fails_with "nothing runs" 3 "no cluster in" fame start node01
ok "up 3" fame up 3

# state NODE: in the status document
state() {
	fame status --json | NODE=$1 perl -MJSON::PP -e '
		my ($n) = grep { $_->{name} eq $ENV{NODE} }
			@{ decode_json(join "", <STDIN>)->{nodes} };
		print "$n->{state}"'
}

# held: shelves that nodes hold, at the Librarian
all_see() {
	fame exec all -- cat "/lfs/$1" | sort | tr '\n' ' '
}

ok "a file of the second node" \
	fame exec node02 -- sh -c 'echo old >/lfs/file; sync'

# Seconds since the first node's boot, and our own.
clocks() {
	fame exec node01 -- cut -d ' ' -f 1 /proc/uptime
	echo "$EPOCHREALTIME"
}
mapfile -t earlier < <(clocks)

# ---- killed ----------------------------------------------------------------

for i in 1 2 3; do
	ok "kill $i" fame crash node02
	is "it has failed" "$(state node02)" failed
	is "the others have not" "$(state node01) $(state node03)" "ready ready"
	ok "the others work" fame exec node01 -- sh -c "echo $i >/lfs/file"
	fails_with "it cannot be used" 1 "down: 'fame-run start node02'" \
		fame exec node02 -- true
	ok "start it" fame start node02
	is "it is ready" "$(state node02)" ready
	is "all see what was written meanwhile" "$(all_see file)" \
		"node01: $i node02: $i node03: $i "
	ok "it can be reached" fame exec node01 -- ping -c 1 -W 5 node02
	ok "and reaches others" fame exec node02 -- ping -c 1 -W 5 node03
done

# Whatever else the host has to do.
mapfile -t later < <(clocks)
ok "a node's clock runs as ours" awk "BEGIN {
	r = (${later[0]} - ${earlier[0]}) / (${later[1]} - ${earlier[1]})
	print r; exit !(r > 0.9 && r < 1.1) }"

# What a node that is killed holds goes with it: its books are free.
fame exec node03 -- sh -c 'dd if=/dev/zero of=/lfs/held bs=1M count=40 2>&1
	exec 3</lfs/held; rm /lfs/held; echo held; sleep 1000' >"$home/held" &
held() {
	grep -q held "$home/held"
}
wait_for held
used=$(fame exec node01 -- sh -c "df -k /lfs | awk 'END { print \$3 }'")
ok "kill it" fame crash node03
wait 2>/dev/null
books_are_free() {
	[ "$(fame exec node01 -- sh -c "df -k /lfs | awk 'END { print \$3 }'")" \
		-le $((used - 40960)) ]
}
ok "five books are free again" wait_for books_are_free
ok "start it again" fame start node03

# ---- stopped ---------------------------------------------------------------

ok "stop two" fame stop node01 node03
is "they are down" "$(state node01) $(state node03)" "down down"
ok "again is fine" fame stop node01
is "the third works" "$(fame exec node02 -- cat /lfs/file)" 3
ok "start all" fame start all
is "all are ready" "$(state node01) $(state node02) $(state node03)" \
	"ready ready ready"
ok "again is fine" fame start all
before=$(fame exec node02 -- cat /proc/sys/kernel/random/boot_id)
ok "restart" fame restart node02
after=$(fame exec node02 -- cat /proc/sys/kernel/random/boot_id)
ok "it is another boot" test "$before" != "$after"

# ---- paused ----------------------------------------------------------------

ok "pause" fame pause node02
is "it is paused" "$(state node01) $(state node02)" "ready paused"
ok "again is fine" fame pause node02
like "its machine is stopped" "$(ps -o stat= -p "$(field nodes.1.pid)")" '^T'
fails_with "it cannot be used" 1 "is paused: 'fame-run resume node02'" \
	fame exec node02 -- true
fails_with "nor started" 1 "is paused" fame start node02
ok "the others work" fame exec node01 -- sh -c 'echo paused >/lfs/file'
ok "resume" fame resume node02
is "it goes on where it was" "$after paused" \
	"$(fame exec node02 -- cat /proc/sys/kernel/random/boot_id /lfs/file |
		xargs)"
ok "again is fine" fame resume node02
ok "pause all" fame pause all
ok "a paused node powers off" fame stop node02
is "it is down" "$(state node02)" down
fails_with "only what is ready is paused" 1 "'node02' is down, not ready" \
	fame pause node02
ok "a paused node is killed" fame crash node03
is "it has failed" "$(state node03)" failed
ok "resume the first" fame resume node01

# ---- waited for ------------------------------------------------------------

fails_with "it has failed" 1 "did not get ready" fame wait node03 ready
fame wait node01 node02 ready &
waits=$!
ok "start it" fame start node02 node03
ok "who has waited is told" wait "$waits"
ok "wait for all" fame wait all ready
fame wait all stopped &
waits=$!
ok "end all at once" fame destroy all
ok "who has waited is told" wait "$waits"
is "they are down" "$(state node01) $(state node02) $(state node03)" \
	"down down down"
ok "they start again" fame start all
is "what was stored is there" "$(all_see file)" \
	"node01: paused node02: paused node03: paused "

# ---- mistakes --------------------------------------------------------------

fails_with "no such node" 1 "no node 'node04'" fame start node04
fails_with "no such node among others" 1 "no node 'x'" fame stop x node01
is "the others were stopped all the same" "$(state node01)" down
fails_with "no node at all" 2 "usage: fame-run crash" fame crash
fails_with "no state" 2 "usage: fame-run wait" fame wait node01
fails_with "no such state" 2 "usage: fame-run wait" fame wait node01 paused

ok "down, with one of them down" fame down
nothing_left "after down"

done_testing
