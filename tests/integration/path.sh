#!/bin/bash
# SPDX-License-Identifier: MIT
#
# path.sh - The whole path: four real nodes store to and load from one memory
. "$(dirname "$0")/../lib/functions.sh"

ok "the image is there" image

ok "up 4" fame up 4
is "status says ready" "$(field state)" ready
is "four nodes" "$(fame status --json | grep -o '"state":"ready"' | wc -l)" 5
nodes="node02 node03 node04"

# ---- hello -----------------------------------------------------------------

ok "node01 stores" fame exec node01 -- fam-hello write /lfs/hello
like "node02 reads what node01 stored" \
	"$(fame exec node02 -- fam-hello read /lfs/hello)" node01
ok "df in all nodes" fame exec all -- df /lfs
is "with the nodes' names in front" \
	"$(fame exec all -- df /lfs | cut -d: -f1 | sort -u | tr '\n' ' ')" \
	"node01 node02 node03 node04 "

# ---- a shelf of scattered books --------------------------------------------

ok "node01 fills a shelf of six books" \
	fame exec node01 -- fam-check fill /lfs/scattered 48M 7
for n in $nodes; do
	ok "$n reads the same bytes through mmap" \
		fame exec "$n" -- fam-check verify /lfs/scattered 7
done

from_node=$(fame exec node03 -- sha256sum /lfs/scattered | cut -d' ' -f1)
db=$(field dir)/librarian.db
fam=$(field fam.path)
book_size=$(field fam.book_size)
books_per_node=$(field fam.books_per_node)

# ---- atomic operations -----------------------------------------------------

ok "a word" fame exec node01 -- fam-check fill /lfs/word 8M 0
fame exec node01 -- fam-check get /lfs/word 0 >"$home/before"
ok "four nodes add 100,000 each" \
	fame exec all -- fam-check add /lfs/word 0 100000
before=$(cat "$home/before")
is "the sum is exact" "$(fame exec node04 -- fam-check get /lfs/word 0)" \
	"$((before + 400000))"

# ---- down, and up again ----------------------------------------------------

ok "down" fame down
nothing_left "after down"
is "outside the cluster directory" \
	"$(find "$home" -type f -newer "$home/files-before" \
		-not -path "$XDG_STATE_HOME/fame/node/*" -not -name out \
		-not -name err -not -name before)" ""
is "the control socket is gone" \
	"$(find "$XDG_STATE_HOME/fame/node" -type s)" ""

# ---- what the host sees ----------------------------------------------------
#
# Where the Librarian says that the books are, the host finds the bytes. A book
# is number N of group G, one group a node, one after the other in the file.

reply=$(tests/lib/ask-librarian "$db" \
	'{"command": "list_shelf_books", "path": "/scattered"}')
books=$(echo "$reply" | BOOKS=$books_per_node perl -MJSON::PP -e '
	print $_->{intlv_group} * $ENV{BOOKS} + $_->{book_num}, "\n"
		for @{ decode_json(<STDIN>)->{value} }')
is "six books" "$(echo "$books" | wc -l)" 6
adjacent=$(echo "$books" | awk 'NR > 1 && $1 != last + 1 { n++ }
	{ last = $1 } END { print (n > 0) ? "no" : "yes" }')
is "that are not all adjacent" "$adjacent" no
from_host=$(for b in $books; do
	dd if="$fam" bs="$book_size" skip="$b" count=1 status=none
done | sha256sum)
is "the host reads the node's bytes at those places" \
	"${from_host%% *}" "$from_node"

ok "up again" fame up 4
ok "the shelf is there, and its bytes" \
	fame exec node02 -- fam-check verify /lfs/scattered 7
is "and the sum" "$(fame exec node01 -- fam-check get /lfs/word 0)" \
	"$((before + 400000))"

# Another number of nodes shares the same memory.
ok "down again" fame down
ok "up 2" fame up 2
ok "find the shelf too" fame exec node02 -- fam-check verify /lfs/scattered 7
ok "down" fame down
ok "up 4" fame up 4
ok "and so do more" fame exec node04 -- fam-check verify /lfs/scattered 7
ok "down" fame down

# But not another memory.
rm "$fam"
fails_with "metadata without its memory" 1 "is new, and the metadata" \
	fame up --fam 2G 2
ok "down --purge" fame down --purge
is "leaves no directory" "$(ls -d "$XDG_STATE_HOME/fame/node" 2>/dev/null)" ""

done_testing
