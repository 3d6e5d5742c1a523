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
kill -STOP "$(supervisor)" "$(guardian)"
ok "both stopped: down ends them" fame down
nothing_left "both stopped"

ok "up" fame up 2
kill -9 "$(supervisor)" "$(guardian)"
ok "both killed: all end" wait_for none_left
fails_with "the next command sweeps" 3 "is down" fame status
is "no socket is left" "$(find "$XDG_STATE_HOME/fame/node" -type s)" ""
nothing_left "both killed"

# ---- the command that starts it --------------------------------------------

fame-run up 2 >"$home/up" 2>&1 &
up=$!
wait_for supervisor
kill -9 $up
wait $up 2>/dev/null
ok "up killed before it is ready: all end" wait_for none_left
nothing_left "up killed"

# interrupted SIGNAL CLUSTER WHEN...: "up", as soon as WHEN succeeds
interrupted() {
	local signal=$1 name=$2 up
	shift 2
	# A shell's background job ignores INT, unless it is told not to.
	perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' \
		fame-run up --name "$name" 2 >"$home/up" 2>&1 &
	up=$!
	wait_for "$@"
	# One that was stopped would be waited for.
	supervisor | xargs -r kill -STOP
	kill -"$signal" $up
	wait $up
	is "up is ended by $signal, once: $*" $? $((128 + $(kill -l "$signal")))
	like "says so at last, in one line" "$(tail -n 1 "$home/up")" \
		"interrupted: what was started is ended and removed"
	ok "and is over" none_left
}
state=$XDG_STATE_HOME/fame
before=$(ls -R "$state")
interrupted INT new test -d "$state/new"
interrupted TERM new test -s "$state/new/fam"
interrupted INT new test -e "$state/new/librarian.db"
interrupted HUP new test -S "$state/new/control"
interrupted INT new grep -q booting "$home/up"
mkdir "$state/mine"
interrupted TERM mine test -S "$state/mine/control"
is "what the user has made stays" "$(rmdir "$state/mine" 2>&1)" ""
interrupted INT node grep -q booting "$home/up"
is "so does what was there before" "$(ls -R "$state")" "$before"
nothing_left "up interrupted"

# ---- what "up" was given is its own ----------------------------------------

mkfifo "$home/inherited"
exec 7<>"$home/inherited"
ok "up with an open FIFO" fame up 2
exec 7>&-
is "the cluster does not hold it" "$(for p in $(supervisor) $(guardian); do
	ls -l /proc/"$p"/fd; done | grep inherited)" ""
ok "down" fame down

# ---- a node that dies before all are ready ---------------------------------

machine() {
	pgrep -u "$(id -u)" -f "name $1 "
}
fame-run up 3 >"$home/up" 2>&1 &
up=$!
wait_for grep -q 'node03: booting' "$home/up"
kill -STOP "$(machine node03)" # it will not be ready first
wait_for grep -q 'node01: ready' "$home/up"
kill -9 "$(machine node01)"
wait $up
is "up fails" "$?" 1
like "and says which" "$(cat "$home/up")" \
	"node 'node01' did not get ready: QEMU was ended by signal 9"
nothing_left "a node killed while others start"

# ---- an agent that dies ----------------------------------------------------

ok "up" fame up 1
fame-run exec node01 -- sleep 1000 2>"$home/err" &
victim=$!
wait_for fame exec node01 -- pidof sleep
fame exec node01 -- sh -c 'kill -9 $(pidof fame-agent)' 2>/dev/null
wait $victim
is "its commands end" "$?" 125
ok "and the next one works" wait_for fame exec node01 -- true
ok "down" fame down

# ---- one node --------------------------------------------------------------

ok "up" fame up 2
ok "a shelf of node02" fame exec node02 -- fam-check fill /lfs/of2 8M 3
kill -9 "$(field nodes.1.pid)"
wait_for sh -c 'fame-run status | grep -q "node02 *failed"'
is "a killed node has failed" "$(field nodes.1.state)" failed
like "and says why" "$(field nodes.1.why)" "ended by signal 9"
ok "the other one goes on" fame exec node01 -- fam-check verify /lfs/of2 3
is "exec in all tells that one is missing" \
	"$(fame exec all -- true 2>/dev/null; echo $?)" 125
fails_with "exec in the dead one" 1 "node 'node02' is down" \
	fame exec node02 -- true
ok "down" fame down
nothing_left "after all"

done_testing
