#!/bin/bash
# SPDX-License-Identifier: MIT
#
# exec.sh - Commands in nodes: streams, statuses, signals; consoles and logs
. "$(dirname "$0")/../lib/functions.sh"

ok "the image is there" image
ok "up 2" fame up 2

status() {
	"$@" >"$home/out" 2>"$home/err"
	echo $?
}

# ---- streams and statuses --------------------------------------------------

is "standard output" "$(fame exec node01 -- echo a b)" "a b"
is "standard error" "$(fame exec node01 -- sh -c 'echo e >&2' 2>&1 >/dev/null)" e
is "standard input" "$(echo hello | fame exec node01 -- cat)" hello
is "no standard input" "$(fame exec node01 -- cat </dev/null)" ""
is "arguments as they are" \
	"$(fame exec node01 -- printf '%s|' 'a b' '' '$x' "q'")" "a b||\$x|q'|"
is "options of the command" "$(fame exec node01 -- ls -d /)" /
is "status 0" "$(status fame exec node01 -- true)" 0
is "status 7" "$(status fame exec node01 -- sh -c 'exit 7')" 7
is "ended by a signal" "$(status fame exec node01 -- sh -c 'kill -9 $$')" 137
is "no such command" "$(status fame exec node01 -- /no/such)" 127
like "and why" "$(cat "$home/err")" "node 'node01'.*No such file"
is "not to be run" "$(status fame exec node01 -- /etc)" 126
is "the node's name" "$(fame exec node02 -- hostname)" node02

is "no standard input with -n" "$(echo x | fame exec -n node01 -- wc -c)" 0
ok "a closed standard input" sh -c 'timeout 20 fame-run exec node01 -- cat <&-'
fails_with "options behind the node" 2 "options go before it" \
	fame exec all --name node -- true

# ---- completion ------------------------------------------------------------

candidates() {
	fame complete -- "$@" | cut -f1 | tr '\n' ' '
}
is "nodes are completed" "$(candidates exec no)" "node01 node02 "
is "those of the cluster that is meant" \
	"$(candidates exec --name other '')" "all "
is "of an option, too" "$(candidates proxy --via=)" "--via=node01 --via=node02 "

# ---- all -------------------------------------------------------------------

is "all, with prefixes" "$(fame exec all -- hostname | sort | tr '\n' ' ')" \
	"node01: node01 node02: node02 "
is "input goes to all" "$(echo x | fame exec all -- cat | sort | tr '\n' ' ')" \
	"node01: x node02: x "
is "an unfinished line" "$(fame exec all -- printf x | sort | tr '\n' ' ')" \
	"node01: x node02: x "
is "the status of one that fails" \
	"$(status fame exec all -- sh -c '[ "$(hostname)" = node01 ]')" 1

# ---- much ------------------------------------------------------------------

head -c 3000000 /dev/urandom >"$home/data"
want=$(sha256sum <"$home/data")
is "three megabytes there and back" \
	"$(fame exec node01 -- cat <"$home/data" | sha256sum)" "$want"
is "eight at once" "$(for i in 1 2 3 4 5 6 7 8; do
	fame exec node01 -- sh -c "sleep 0.1; echo $i" &
done | sort | tr -d '\n'; wait)" 12345678

# A reader that stops reading holds up nobody else.
mkfifo "$home/fifo"
fame-run exec node01 -- cat /dev/zero >"$home/fifo" &
endless=$!
exec 7<"$home/fifo"
is "beside an endless one" "$(fame exec node01 -- echo still)" still
exec 7<&-
kill $endless 2>/dev/null
wait $endless 2>/dev/null
ok "whose end ends the command in the node" wait_for sh -c \
	'! fame-run exec node01 -- pidof cat'

# ---- signals ---------------------------------------------------------------

fame-run exec node01 -- sh -c 'trap "echo got; exit 9" INT; echo up; while :; do sleep 0.1; done' \
	>"$home/signal" &
victim=$!
wait_for grep -q up "$home/signal"
kill -INT $victim
wait $victim
is "SIGINT is passed on" "$?" 9
is "and handled there" "$(tail -n 1 "$home/signal")" got

fame-run exec node01 -- sh -c 'trap "" TERM; echo up; while :; do sleep 0.1; done' \
	>"$home/signal" &
victim=$!
wait_for grep -q up "$home/signal"
# Two different ones: the same one twice may arrive as one.
kill -TERM $victim
kill -INT $victim
wait $victim
like "a second signal ends exec itself" "$?" "^(130|143)$"
ok "and the command" wait_for sh -c '! fame-run exec node01 -- pidof sh'

is "a non-blocking output loses nothing" "$(perl -e '
	use Fcntl;
	pipe(my $r, my $w);
	if (!fork) {
		fcntl($w, F_SETFL, fcntl($w, F_GETFL, 0) | O_NONBLOCK);
		open(STDOUT, ">&", $w);
		exec(qw(fame-run exec node01 -- head -c 1000000 /dev/zero));
	}
	close($w);
	my $n = 0;
	while (my $got = sysread($r, my $b, 4096)) {
		$n += $got;
		select(undef, undef, undef, 0.001) if $n < 200000;
	}
	print $n')" 1000000

# ---- console and logs ------------------------------------------------------

is "console: what is typed is run" \
	"$( (echo; echo 'echo $((6 * 7)) done'; read -r -t 3 <> <(:)) |
		timeout 20 fame-run console node01 | grep -c '42 done')" 1
like "logs: which there are" "$(fame logs | tr '\n' ' ')" \
	"librarian.log.*node01.console.*supervisor.log.*switch.log"
like "a node's" "$(fame logs node01)" "."
like "the supervisor's" "$(fame logs supervisor)" "all 2 nodes are ready"
timeout 20 fame-run logs -f supervisor >"$home/follow" &
follower=$!
wait_for grep -q 'all 2 nodes' "$home/follow"
ok "down" fame down
ok "-f shows what comes" wait_for grep -q stopping "$home/follow"
kill $follower
wait $follower 2>/dev/null
nothing_left "after all"

done_testing
