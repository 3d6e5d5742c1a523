#!/bin/bash
# SPDX-License-Identifier: MIT
#
# differential.sh [OPTION...] - Random sequences of system calls: /lfs answers
# as tmpfs does, and a file has what a copy in memory has
#
# Options go to the program in tests/guest/differ.c; more than the 200 sequences
# of every run: --sequences 10000 --seed 1000
. "$(dirname "$0")/../lib/functions.sh"

ok "the image is there" image
ok "up 1" fame up 1
ok "the program is in the node" install_in node01 differ fsx
needs_lfs

ok "all sequences are alike" fame exec node01 -- sh -c \
	'mkdir /tmp/reference && exec /tmp/differ "$@" /tmp/reference /lfs' sh \
	--book "$(field fam.book_size)" --sequences 200 --steps 90 "$@"
sed 's/^/# /' "$home/out"
ok "two files, used in all ways at once" fame exec node01 -- sh -c '
	/tmp/fsx --steps 1000 --seed 1 /lfs/one & one=$!
	/tmp/fsx --steps 1000 --seed 2 /lfs/two && wait $one'
sed 's/^/# /' "$home/out"
is_clean node01

ok "down" fame down
nothing_left "after all"
done_testing
