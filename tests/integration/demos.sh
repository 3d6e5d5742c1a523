#!/bin/bash
# SPDX-License-Identifier: MIT
#
# demos.sh - The tools of the nodes, and libfam_atomic between nodes
. "$(dirname "$0")/../lib/functions.sh"

ok "the image is there" image

# The man page's examples, in order; the first starts the cluster.
mapfile -t lines < <(sed -n '/^\.Sh EXAMPLES/,/^\.Ed/p' \
	"$root/docs/man/fam-tools.7" | grep '^fame-run' | grep -v 'run down')
is "the man page has its commands" "$([ ${#lines[@]} -ge 8 ] && echo yes)" yes
for line in "${lines[@]}"; do
	ok "man page: $line" sh -c "$line"
done

# ---- all of them -------------------------------------------------------------

for tool in fam-hello hello_fabric lfs-stat fam-stress fam-bench fam-check; do
	like "$tool --help" "$(fame exec node01 -- $tool --help)" "usage: $tool"
	like "$tool --version" "$(fame exec node01 -- $tool --version)" \
		"^$tool [0-9]"
	fails_with "$tool with a wrong option" 2 . \
		fame exec node01 -- $tool --wrong
done
while IFS='|' read -r pattern line; do
	fails_with "$line" 1 "$pattern" fame exec node01 -- sh -c "$line"
done <<'LIST'
hello_fabric: '/dev/null' is no shared memory|hello_fabric --device /dev/null
hello_fabric: offset 5 is no multiple|hello_fabric --offset 5
lfs-stat: '/nowhere': No such file|lfs-stat /nowhere
lfs-stat: '/lfs' is no regular file|lfs-stat /lfs
lfs-stat: '/etc/passwd' has no attribute|lfs-stat /etc/passwd
fam-stress: cannot make '/nowhere/x'|fam-stress /nowhere/x
fam-bench: 'x' is no number of nodes|fam-bench contend /lfs/bench x
fam-bench: side '2' is neither|fam-bench pingpong /lfs/bench 2
fam-bench: cannot create '/nowhere/|fam-bench memcpy /nowhere
LIST

# ---- where things are -----------------------------------------------------------

ok "a file" fame exec node01 -- fam-check fill /lfs/placed 40M 1
fame exec node02 -- lfs-stat /lfs/placed | grep -o 'LZA 0x.*  ' |
	cut -d' ' -f2 >"$home/lza"
is "the map has its five books" "$(fame exec node02 -- lfs-stat --map |
	awk '$3 == "/lfs/placed" { print $2 }')" 5
like "in colour if that is wanted" \
	"$(fame exec node02 -- lfs-stat --map --color always)" \
	$'\033\\[48;5;'

# ---- stress ---------------------------------------------------------------------

seed=$RANDOM
echo "# fam-stress --seed $seed"
fame exec all -- fam-stress --seconds 20 --seed "$seed" /lfs >"$home/stress" 2>&1
is "fam-stress in three nodes, seed $seed" "$?" 0
sed 's/^/# /' "$home/stress"
is "all of them say so" "$(grep -c 'all right' "$home/stress")" 3
is "it leaves nothing" "$(fame exec node01 -- ls /lfs | grep stress-)" ""
for n in node01 node02 node03; do
	is_clean $n
done

# It would tell.
ok "a wrong word in a file of its own" fame exec node02 -- sh -c \
	'fam-check fill /lfs/stress-wrong 8M 5'
fails_with "is found" 1 "neither 0 nor" \
	fame exec node01 -- fam-stress --seconds 60 --seed 1 /lfs
fame exec node01 -- sh -c 'rm /lfs/stress-*'

# ---- messages -------------------------------------------------------------------

fame exec node03 -- fam-hello receive /lfs/box 120 >"$home/mail" &
receiver=$!
senders=()
for n in node01 node02; do
	fame exec $n -- sh -c 'for i in $(seq 30); do
		fam-hello send /lfs/box "$i" "$i again"; done' &
	senders+=($!)
done
wait "${senders[@]}" "$receiver"
is "each of 120 messages came, once" \
	"$(sort "$home/mail" | uniq -c | awk '$1 == 1' | wc -l)" 120
is "in order from each node" "$(grep 'node01.*again' "$home/mail" |
	cut -d' ' -f3)" "$(seq 30)"
fails_with "no mailbox" 1 "'/lfs/hello' has something else" \
	fame exec node01 -- fam-hello send /lfs/hello text

# ---- two nodes at one word --------------------------------------------------------

# both COMMAND...: in node01 and node02 at once, %n is the node's number
both() {
	local n=$1 pids=() r=0
	shift
	for n in 1 2; do
		fame exec node0$n -- "${@//%n/$n}" >"$home/both$n" 2>&1 &
		pids+=($!)
	done
	for n in "${pids[@]}"; do
		wait "$n" || r=1
	done
	cat "$home/both1" "$home/both2"
	return $r
}
ok "the sum of two nodes is exact" both - \
	fam-bench --json contend /lfs/bench 2
like "and is measured" "$(cat "$home/both1")" '"unit":"ns"'
ok "ping" fame exec node01 -- true
fame exec node01 -- fam-bench --json pingpong /lfs/bench 0 >"$home/ping" &
ping=$!
ok "pong" fame exec node02 -- fam-bench pingpong /lfs/bench 1
wait $ping
like "a way is measured" "$(cat "$home/ping")" '"what":"ping-pong, one way"'
like "all figures are JSON" "$(fame exec node01 -- fam-bench --json all /lfs |
	perl -MJSON::PP -0777 -ne \
		'print scalar @{ decode_json($_)->{figures} }')" '^1[2-9]$'

# ---- locks that survive their owner --------------------------------------------------

for n in node01 node02 node03; do
	ok "the program is in $n" install_in $n locks
done
ok "a lock" fame exec node01 -- /tmp/locks init /lfs/lock 0
ok "two nodes count under it" both - /tmp/locks count /lfs/lock %n 3000
is "exactly" "$(fame exec node03 -- /tmp/locks show /lfs/lock)" "6000 0 0"

fame exec node02 -- /tmp/locks litmus /lfs/lock 1 10000 &
other=$!
ok "two nodes agree on the order of stores" \
	fame exec node01 -- /tmp/locks litmus /lfs/lock 0 10000
wait $other

ok "two nodes add to 128 bits" both - /tmp/locks pair /lfs/lock 100
is "exactly" "$(fame exec node03 -- /tmp/locks show /lfs/lock)" "6000 200 200"

# hold NODE [VARIABLE]: an owner there
hold() {
	: >"$home/holder"
	fame-run exec "$1" -- env ${2:-A=} /tmp/locks hold /lfs/lock 9 \
		>"$home/holder" 2>&1 &
	holder=$!
	wait_for grep -q . "$home/holder"
	cat "$home/holder"
}
ok "with a lease" fame exec node01 -- /tmp/locks init /lfs/lock 1000
is "node03 owns it" "$(hold node03)" held
kill -9 "$(field nodes.2.pid)"
is "node03 dies, node01 gets it" \
	"$(fame exec node01 -- /tmp/locks take /lfs/lock 1)" "the owner has died"
is "and then node02" "$(fame exec node02 -- /tmp/locks take /lfs/lock 2)" free

present=FAM_PRESENCE=/lfs/present
ok "without a lease" fame exec node01 -- /tmp/locks init /lfs/lock 0
is "node02 owns it" "$(hold node02 $present)" held
kill -9 "$(field nodes.1.pid)"
is "node02 dies, node01 hears of it" "$(fame exec node01 -- \
	env $present /tmp/locks take /lfs/lock 1)" "the owner has died"

# ---- what the Librarian says ----------------------------------------------------------

db=$(field dir)/librarian.db
ok "down" fame down
is "lfs-stat has told what the Librarian knows" "$(cat "$home/lza")" "$(
	tests/lib/ask-librarian "$db" \
		'{"command": "list_shelf_books", "path": "/placed"}' 2>/dev/null |
		perl -MJSON::PP -0777 -ne 'printf "0x%012x\n", $_->{id}
			for @{ decode_json($_)->{value} }')"
nothing_left "after all"
done_testing
