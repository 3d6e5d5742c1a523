#!/bin/bash
# SPDX-License-Identifier: MIT
#
# run.sh - A cluster for the time of one command, and nothing of it after
. "$(dirname "$0")/../lib/functions.sh"

ok "the image is there" image

# ran ARGUMENT...: "run", with its output in $home/out and $home/err
ran() {
	fame run "$@" >"$home/out" 2>"$home/err"
	echo "status $?"
}
no_directory() {
	is "$1: no directory is left" "$(ls "$XDG_STATE_HOME/fame" 2>/dev/null)" ""
}

# ---- what the command gets -------------------------------------------------

is "the command's status" "$(ran 2 -- sh -c '
	echo "$FAME_NODES"
	fame-run exec all -- hostname
	fame-run exec node02 -- sh -c "echo shared >/lfs/f"
	fame-run exec node01 -- cat /lfs/f
	exit 7')" "status 7"
is "nodes, and a fame-run that means them" "$(sort "$home/out" | tr '\n' ' ')" \
	"node01 node02 node01: node01 node02: node02 shared "
nothing_left "run"
no_directory "run"

echo text >"$home/in"
is "standard input" "$(fame run 1 -- cat <"$home/in" 2>/dev/null)" text
is "options behind the number" \
	"$(ran 1 --name alpha -- sh -c 'echo $FAME_NODES')" "status 0"
is "a named cluster" "$(cat "$home/out")" alpha01
ok "is kept, as by up and down" test -d "$XDG_STATE_HOME/fame/alpha"
ok "until it is removed" fame down --name alpha --purge

# ---- two at once -----------------------------------------------------------

fame run 1 -- sh -c 'echo one >"$0"; fame-run exec node01 -- cat' \
	"$home/one" <"$home/in" >"$home/out1" 2>/dev/null &
one=$!
is "two at once" "$(ran 1 -- fame-run exec node01 -- hostname)" "status 0"
wait $one
is "the other" "$? $(cat "$home/out1")" "0 text"
no_directory "both"

# ---- the report ------------------------------------------------------------

is "with a report" "$(ran 1 --report "$home/report/deep" -- false)" "status 1"
like "junit.xml tells what failed" "$(cat "$home/report/deep/junit.xml")" \
	'tests="3" failures="1".*name="false".*ended with status 1'
is "the status document" "$(perl -MJSON::PP -0777 -ne '
	print decode_json($_)->{nodes}[0]{state}' \
	"$home/report/deep/status.json")" ready
like "the logs" "$(tar tzf "$home/report/deep/logs.tar.gz")" \
	"log/node01.console"
is "no cluster for the command" "$(ran 1 --append rdinit=/nothing \
	--report "$home/failed" -- touch "$home/touched")" "status 125"
ok "it was not run" test ! -e "$home/touched"
like "junit.xml" "$(cat "$home/failed/junit.xml")" \
	'tests="1" failures="1".*name="up"'
like "and the console" \
	"$(tar xOzf "$home/failed/logs.tar.gz" log/node01.console)" "panic"
nothing_left "up failed"
no_directory "up failed"

# ---- ends ------------------------------------------------------------------

is "the time limit" "$(ran 1 --time-limit 1 -- sleep 1000)" "status 124"
like "is told" "$(cat "$home/err")" "'sleep' did not end within 1 s"
is "one that does not heed SIGTERM" "$(ran 1 --time-limit 1 -- \
	sh -c 'trap "" TERM; while :; do read x; done <>/dev/zero' )" \
	"status 124"
is "one whose child does not either" "$(ran 1 --time-limit 1 -- \
	sh -c 'sh -c "trap \"\" TERM; while :; do read x; done <>/dev/zero"
		true')" "status 124"
nothing_left "a time limit ends grandchildren"
is "what it leaves behind" "$(ran 1 -- sh -c 'setsid sleep 1000 &')" "status 0"
nothing_left "what a command leaves behind"
is "no such command" "$(ran 1 -- /no/such)" "status 127"
is "no program" "$(ran 1 -- /etc/passwd)" "status 126"
is "killed by a signal" "$(ran 1 -- sh -c 'kill -9 $$')" "status 137"

start_run() { # COMMAND...: in the background; returns once the command runs
	mkfifo "$home/begun"
	fame-run run 2 -- sh -c 'echo >"$0"; exec sleep 1000' "$home/begun" \
		2>"$home/err" &
	run=$!
	read -r <"$home/begun"
	rm "$home/begun"
}
start_run
kill -TERM $run
wait $run
is "SIGTERM goes to the command" $? 143
nothing_left "SIGTERM"
no_directory "SIGTERM"

start_run
kill -KILL $run
wait $run 2>/dev/null
ok "killed: all ends" wait_for none_left
nothing_left "killed"
no_directory "killed"

fame-run run 2 -- true 2>"$home/err" &
run=$!
wait_for grep -q booting "$home/err"
kill -INT $run
wait $run
ok "interrupted while it starts: all ends" wait_for none_left
nothing_left "interrupted"
no_directory "interrupted"

building() {
	compgen -G "$home/cold/fame/*"
}
for sig in INT TERM; do
	# A shell's background job ignores INT, unless it is told not to.
	XDG_CACHE_HOME=$home/cold perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' \
		fame-run run 1 -- true 2>"$home/err" &
	run=$!
	wait_for building
	kill -$sig $run
	wait $run
	ok "$sig while the image is built: all ends" wait_for none_left
	no_directory "$sig while the image is built"
	chmod -R u+w "$home/cold" && rm -rf "$home/cold"
done

is "kept on failure" "$(ran 1 --keep-on-failure -- false)" "status 1"
dir=$(sed -n "s/.*down --dir \([^ ]*\) --purge'.*/\1/p" "$home/err")
ok "which is temporary no more" test ! -e "$dir/temporary"
is "its node works" "$(fame exec --dir "$dir" node01 -- hostname)" node01
ok "down" fame down --dir "$dir" --purge
is "cannot be kept" "$(ran 1 --keep-on-failure --report "$home/gone" -- \
	sh -c 'fame-run down; exit 5')" "status 5"
like "is in the report" "$(cat "$home/gone/junit.xml")" \
	'tests="3" failures="2".*name="keep"'
is "not kept on success" "$(ran 1 --keep-on-failure -- true)" "status 0"
no_directory "success"

# ---- shared memory elsewhere -----------------------------------------------

truncate -s 1G "$home/mine"
is "in the user's own shared memory" \
	"$(ran 1 --fam-file "$home/mine" -- true)" "status 0"
ok "which stays" test -s "$home/mine"
is "in one that is new" \
	"$(ran 1 --fam-file "$home/new" -- test -s "$home/new")" "status 0"
ok "which goes" test ! -e "$home/new"
FAME_FAM=$home/mine start_run
kill -KILL $run
wait $run 2>/dev/null
ok "killed: all ends" wait_for none_left
no_directory "killed"
ok "and the user's own stays" test -s "$home/mine"
FAME_FAM=$home/new start_run
kill -KILL $run
wait $run 2>/dev/null
ok "killed: all ends" wait_for none_left
ok "the new one, too" wait_for test ! -e "$home/new"

# ---- mistakes --------------------------------------------------------------

fails_with "no command" 2 "usage: fame-run run" fame run 2
fails_with "no --" 2 "usage: fame-run run" fame run 2 true
fails_with "nodes" 2 "'x' is no number of nodes" fame run x -- true
fails_with "limit" 2 "--time-limit '0' is not possible" \
	fame run 1 --time-limit 0 -- true
fails_with "a report that cannot be" 125 "cannot write the report '/proc/x/" \
	fame run 1 --report /proc/x -- true
nothing_left "after all"
no_directory "after all"
done_testing
