#!/bin/bash
# SPDX-License-Identifier: MIT
#
# doorbell.sh - Nodes with doorbells: their server, rings from the host
. "$(dirname "$0")/../lib/functions.sh"

ok "the image is there" image
fails_with "no such number of vectors" 2 "'257' is not possible" \
	fame up --doorbell=257 2
fails_with "not by the environment either" 2 "FAME_DOORBELL 'x'" \
	env FAME_DOORBELL=x fame-run up 2
ok "up 2" fame up --doorbell 2

# rings FROM TO: as they were counted; 0 is the host
rings() {
	fame doorbells --json | FROM=$1 TO=$2 perl -MJSON::PP -e '
		my ($r) = grep { $_->{from} == $ENV{FROM} && $_->{to} == $ENV{TO} }
			@{ decode_json(join "", <STDIN>)->{rings} };
		print $r ? $r->{count} : 0'
}

server() {
	pgrep -u "$(id -u)" -f "ivshmem-server --foreground"
}

# Two devices of the same kind, and each is taken for what it is.
is "memory and doorbell" "$(fame exec all -- sh -c '
	cat /sys/bus/pci/devices/*/device | grep -c 0x1110' | sort | tr '\n' ' ')" \
	"node01: 2 node02: 2 "
like "the shared memory is the right one" \
	"$(fame exec node01 -- df -k /lfs)" "lfs .*/lfs"
ok "ring one" fame ring node02 15
ok "ring all" fame ring all 0
is "counted" "$(rings 0 1) $(rings 0 2)" "1 2"
like "for people" "$(fame doorbells)" "host +2 +2"
fails_with "no such vector" 1 "no vector 16: the nodes have 0 to 15" \
	fame ring node01 16
fails_with "no such node" 1 "no node 'node03'" fame ring node03 0
fails_with "no vector" 2 "usage" fame ring node01

# ---- nodes and server come and go ------------------------------------------

ok "a node is killed and started again" \
	sh -c 'fame-run crash node01 && fame-run start node01'
first=$(server)
kill -KILL "$first"
is_another() {
	[ -n "$(server)" ] && [ "$(server)" != "$first" ]
}
ok "the server is started again" wait_for is_another
ok "ring a node that it has not introduced" fame ring node01 1
ok "a node comes back to the new server" fame restart node02
is "both work" "$(fame exec all -- echo yes | sort | tr '\n' ' ')" \
	"node01: yes node02: yes "
ok "down" fame down
nothing_left "after down"

ok "up without" fame up 1
fails_with "there are none" 1 "start them with 'fame-run up --doorbell'" \
	fame ring node01 0
fails_with "none to be shown" 1 "have no doorbells" fame doorbells
ok "down" fame down
ok "as FAME said it" env FAME_IVSHMSG=yes fame-run up 1
is "sixteen vectors" "$(fame doorbells --json | grep -o '"vectors":16')" \
	'"vectors":16'

done_testing
