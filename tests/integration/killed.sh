#!/bin/bash
# SPDX-License-Identifier: MIT
#
# killed.sh - Whatever of a cluster is killed, whenever: nothing survives it,
# and the next start works
. "$(dirname "$0")/../lib/functions.sh"

ok "the image is there" image

# The supervisor's pid is in the lock's directory only as the process itself.
supervisor() {
	pgrep -u "$(id -u)" -x fame-supervisor
}
guardian() {
	pgrep -u "$(id -u)" -x fame-guardian
}

# ---- the supervisor, at ten moments ----------------------------------------
#
# A start of two nodes takes a few seconds here; the moments are spread over
# it, from the fork on, each at random within its tenth.
fame-run up 2 >/dev/null 2>&1 &
start=$EPOCHREALTIME
wait $!
whole=$(awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }')
fame down

for i in 0 1 2 3 4 5 6 7 8 9; do
	delay=$(awk -v w="$whole" -v i=$i -v r=$RANDOM \
		'BEGIN { print w * (i + r / 32768) / 10 }')
	fame-run up 2 >"$home/up" 2>&1 &
	up=$!
	wait_for supervisor
	read -r -t "$delay" <> <(:)
	pid=$(supervisor)
	[ -n "$pid" ] && kill -9 "$pid"
	wait $up
	wait_for none_left
	nothing_left "supervisor killed after $delay s"
	is "and no socket" "$(find "$XDG_STATE_HOME/fame/node" -type s)" ""
done
ok "the next up works" fame up 2
ok "and a node in it" fame exec node01 -- true

# ---- once it runs ----------------------------------------------------------

kill -9 "$(supervisor)"
ok "supervisor killed: all end" wait_for none_left
nothing_left "supervisor killed when ready"
fails_with "status says that it is down" 3 "is down" fame status

ok "up" fame up 2
kill -9 "$(guardian)"
ok "guardian killed: all end" wait_for none_left
nothing_left "guardian killed"

ok "up" fame up 2
kill -9 "$(supervisor)" "$(guardian)"
ok "both killed: all end" wait_for none_left
fails_with "the next command sweeps" 3 "is down" fame status
nothing_left "both killed"

# ---- the command that starts it --------------------------------------------

fame-run up 2 >"$home/up" 2>&1 &
up=$!
wait_for supervisor
kill -9 $up
wait $up 2>/dev/null
ok "up killed before it is ready: all end" wait_for none_left
nothing_left "up killed"

fame-run up 2 >"$home/up" 2>&1 &
up=$!
wait_for supervisor
kill -TERM $up
wait $up
ok "up interrupted: all end" wait_for none_left

# ---- one node --------------------------------------------------------------

ok "up" fame up 2
ok "a shelf of node02" fame exec node02 -- fam-check fill /lfs/of2 8M 3
kill -9 "$(field nodes.1.pid)"
wait_for sh -c 'fame-run status | grep -q "node02 *down"'
is "a killed node is down" "$(field nodes.1.state)" down
ok "the other one goes on" fame exec node01 -- fam-check verify /lfs/of2 3
fails_with "exec in the dead one" 1 "node 'node02' is down" \
	fame exec node02 -- true
ok "down" fame down
nothing_left "after all"

done_testing
