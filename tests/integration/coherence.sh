#!/bin/bash
# SPDX-License-Identifier: MIT
#
# coherence.sh - Four nodes are one system to what is in /lfs: step by step,
# under load, and while daemons, the Librarian and nodes die
#
# FAME_COHERENCE_SECONDS is about how long it takes, 60 by default.
. "$(dirname "$0")/../lib/functions.sh"

seconds=${FAME_COHERENCE_SECONDS:-60}
part=$((seconds / 4))
[ "$part" -gt 5 ] || part=5
seed=${FAME_COHERENCE_SEED:-1}

ok "the image is there" image
ok "up 4" fame up 4
for n in 1 2 3 4; do
	ok "the program is in node0$n" install_in "node0$n" posix
done
needs_lfs
ok "a directory in one node's own memory" \
	fame exec node01 -- mkdir /tmp/reference
book=$(field fam.book_size)

# strict SECONDS SEED: one step after the other, anywhere
strict() {
	"$build/guest/coherence" --nodes 4 --seconds "$1" --seed "$2" \
		"fame-run exec node01 -- /tmp/posix --book $book --serve /tmp/reference" \
		"fame-run exec node0%d -- /tmp/posix --book $book --serve /lfs"
}

# stress NODE SECONDS: the load of one node, in the background; its output and,
# when it has ended, its status are in files
stress() {
	(
		fame exec "$1" -- fam-stress --seconds "$2" --seed "$seed" \
			/lfs/stress >"$home/$1.out" 2>&1 </dev/null
		echo $? >"$home/$1.status"
	) &
	loads="${loads-} $!"
}
# stressed NODE WHAT: it has ended well
stressed() {
	is "$1: $2" "$(cat "$home/$1.status")" 0
	sed "s/^/# $1: /" "$home/$1.out"
}
all_stressed() {
	# shellcheck disable=SC2086 # a list of numbers
	wait $loads
	loads=
}
# During SECONDS, COMMAND... again and again
again_for() {
	local end=$((SECONDS + $1))
	shift
	while [ "$SECONDS" -lt "$end" ]; do
		"$@"
	done
}
librarian_dies() {
	local pid
	pid=$(field librarian.pid)
	[ "$pid" -gt 0 ] && kill -9 "$pid"
	wait_for librarian_is_new "$pid"
	read -r -t 0.5 <> <(:)
}
librarian_is_new() {
	[ "$(field librarian.ready)" = 1 ] && [ "$(field librarian.pid)" != "$1" ]
}
used() {
	fame exec node01 -- df -m /lfs | tail -n 1 | awk '{ print $3 }'
}
nothing_is_used() {
	[ "$(used)" = 0 ]
}

# ---- step by step ----------------------------------------------------------

ok "what a node was told to be done, all see" strict "$part" "$seed"
sed 's/^/# /' "$home/out"

# The same while the Librarian dies: calls wait, none fails.
again_for $((part / 2)) librarian_dies &
killer=$!
ok "and while the Librarian is killed" strict $((part / 2)) $((seed + 1000))
sed 's/^/# /' "$home/out"
wait $killer

# A rename that is the first on its node to meet a directory which another node
# has moved; it is in use there, so the kernel does not forget where it was.
meets_moved() {
	fame-run exec node02 -- /tmp/posix --book "$book" --serve /lfs \
		<"$home/moves" >"$home/moved" &
	exec 8>"$home/moves"
	echo 'open a moved/one/x O_RDONLY|O_DIRECTORY 0' >&8
	wait_for test -s "$home/moved"
	fame exec node01 -- mv /lfs/moved/one/x /lfs/moved/two/x
	echo 'rename moved/two/x moved/one/y' >&8
	exec 8>&-
	wait $!
	tail -n 1 "$home/moved"
}
mkfifo "$home/moves"
: >"$home/moved"
ok "two directories" fame exec node01 -- \
	mkdir -p /lfs/moved/one/x /lfs/moved/two
is "a rename meets a moved directory" "$(meets_moved)" 0
ok "they go" fame exec node01 -- rm -r /lfs/moved

# ---- under load ------------------------------------------------------------

for n in 1 2 3 4; do
	stress "node0$n" "$part"
done
all_stressed
for n in 1 2 3 4; do
	stressed "node0$n" "reads what it should"
done

for n in 1 2 3 4; do
	stress "node0$n" $((part / 2))
done
again_for $((part / 2 - 1)) librarian_dies
all_stressed
for n in 1 2 3 4; do
	stressed "node0$n" "and while the Librarian is killed"
done

# ---- a daemon dies, nodes die ------------------------------------------------

# What is open when a daemon dies may fail, and what is read is right: the load
# ends well or says that its file system went.
for n in 1 2 3 4; do
	stress "node0$n" "$part"
done
read -r -t 1 <> <(:)
ok "node02's daemon is killed" fame exec node02 -- killall -9 lfsd
read -r -t 1 <> <(:)
ok "node03 is killed" fame crash node03
ok "and starts again" fame start node03
ok "node04 is killed" fame crash node04
all_stressed
stressed node01 "goes on while others die"
like "node02: has read nothing wrong" \
	"$(cat "$home/node02.status") $(tail -n 1 "$home/node02.out")" \
	"^0 |not connected|connection abort|No such device"
is "node04 is gone" "$(field nodes.3.state)" failed
ok "it starts again" fame start node04
for n in 2 3 4; do
	ok "node0$n is one of them again" wait_for fame exec "node0$n" -- \
		fam-stress --seconds 1 /lfs/stress
done

# ---- nothing is lost ---------------------------------------------------------

ok "all is removed" fame exec node01 -- rm -rf /lfs/stress
ok "and no book is held by the dead" wait_for nothing_is_used
is_clean node01
is_clean node02
db=$(field dir)/librarian.db
ok "down" fame down
ok "the metadata is right" fame-librarian fsck -n -d "$db"
nothing_left "after all"
done_testing
