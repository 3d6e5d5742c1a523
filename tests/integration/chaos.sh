#!/bin/bash
# SPDX-License-Identifier: MIT
#
# chaos.sh - Any process of a cluster is killed or stopped at any moment of any
# command: nothing is left, nothing is lost, and the next start works
#
# FAME_CHAOS_ROUNDS says how often, 6 by default; "make soak-chaos" does it 500
# times.
. "$(dirname "$0")/../lib/functions.sh"

rounds=${FAME_CHAOS_ROUNDS:-6}
db=$XDG_STATE_HOME/fame/node/librarian.db

one_of() {
	local -a all=("$@")
	echo "${all[RANDOM % $#]}"
}

# One of the cluster's processes, and what it is.
victim() {
	local -a all
	mapfile -t all < <(ps -u "$(id -u)" -o pid=,comm= |
		awk '$2 ~ /^(fame-|qemu-|ivshmem-)/ { print $1, $2 }')
	[ ${#all[@]} -gt 0 ] && echo "${all[RANDOM % ${#all[@]}]}"
}

# strike SIGNAL SECONDS: after so long, one of them; says whom
strike() {
	local signal=$1 seconds=$2 who
	read -r -t "$seconds" <> <(:)
	who=$(victim) || who="0 nobody"
	[ "${who% *}" = 0 ] || kill -"$signal" "${who% *}" 2>/dev/null
	echo "$signal to ${who#* } after $seconds s"
}

# Who is still there was not of those that "down" ends: a command.
resume_all() {
	ps -u "$(id -u)" -o pid=,stat=,comm= |
		awk '$2 ~ /^T/ && $3 ~ /^fame-/ { print $1 }' |
		xargs -r kill -CONT 2>/dev/null
}

is_down() {
	local r=0
	timeout 60 fame-run down || r=$?
	[ $r -eq 0 ] || [ $r -eq 3 ]
}

ok "the image is there" image
ok "up" fame up 2
ok "a file" fame exec node01 -- fam-check fill /lfs/kept 9M 7
ok "its books are on their way to all" fame exec node02 -- \
	fam-check verify /lfs/kept 7

for ((i = 1; i <= rounds; i++)); do
	if [ $((RANDOM % 2)) -eq 0 ]; then
		is_down >/dev/null 2>&1
		command=(up 2)
	else
		fame-run up 2 >/dev/null 2>&1
		command=("$(one_of 'down' 'exec all -- df /lfs' 'stop node01' \
			'restart node02' 'start node02' 'status')")
		read -r -a command <<<"${command[0]}"
	fi
	timeout -k 1 20 fame-run "${command[@]}" >"$home/command" 2>&1 &
	# A start takes some seconds, all others one at most.
	[ "${command[0]}" = up ] && moment=$((RANDOM % 4)) || moment=0
	what=$(strike "$(one_of KILL KILL STOP)" \
		"$moment.$((RANDOM % 900 + 100))")
	ok "round $i, '${command[*]}', $what: down" is_down
	resume_all
	wait $!
	# It may have begun only now to start it.
	is_down >/dev/null 2>&1
	nothing_left "round $i, '${command[*]}', $what"
	ok "round $i: the database is whole" fame-librarian fsck -n -d "$db"
done

ok "the next up works" fame up 2
ok "the file is whole" fame exec node02 -- fam-check verify /lfs/kept 7
ok "down" fame down
nothing_left "after all"
done_testing
