#!/bin/bash
# SPDX-License-Identifier: MIT
#
# doorbell.sh - Nodes with doorbells: their server, and rings from the host
#
# bells.sh is about rings between nodes.
. "$(dirname "$0")/../lib/functions.sh"

ok "the image is there" image
fails_with "no such number of vectors" 2 "'257' is not possible" \
	fame up --doorbell=257 2
fails_with "not by the environment either" 2 "FAME_DOORBELL 'x'" \
	env FAME_DOORBELL=x fame-run up 2
ok "up 3" fame up --doorbell 3

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
	"node01: 2 node02: 2 node03: 2 "
is "the doorbell is the group's" "$(fame exec all -- \
	stat -c '%a %U %G' /dev/fam-doorbell | sort -u | head -n 1)" \
	"node01: 660 root fam"
like "the shared memory is the right one" \
	"$(fame exec node01 -- df -k /lfs)" "lfs .*/lfs"
ok "ring one" fame ring node02 15
ok "ring all" fame ring all 0
is "counted" "$(rings 0 1) $(rings 0 2)" "1 2"
like "for people" "$(fame doorbells)" "host +2 +2"
fame-run doorbells --follow >"$home/live" &
live=$!
wait_for grep -q "^host  *2  *2$" "$home/live"
ok "ring it again" fame ring node02 1
wait_for grep -q "^host  *2  *3$" "$home/live"
kill $live
wait $live
is "the live view ends with a signal" $? 143
fails_with "no such vector" 1 "no vector 16: the nodes have 0 to 15" \
	fame ring node01 16
fails_with "no such node" 1 "no node 'node04'" fame ring node04 0
fails_with "no vector" 2 "usage" fame ring node01

# ---- a program of the host ---------------------------------------------------

dir=$(field dir)
fails_with "nobody has left a page" 1 "'2': No such file" \
	host_mail "$dir" 2 hello
fails_with "no number of a node" 1 "'2x': Invalid argument" \
	host_mail "$dir" 2x hello
fails_with "none so large" 1 "'4294967298': Invalid argument" \
	host_mail "$dir" 4294967298 hello
ok "a program of the example is in node02" install_in node02 mail
(fame exec node02 -- /tmp/mail /lfs/mail >"$home/mail" 2>&1 </dev/null) &
mail=$!
wait_for grep -q ready "$home/mail"
is "a text goes there and back" "$(host_mail "$dir" 2 hello)" \
	"node 2 has read 'hello'"
is "and again" "$(host_mail "$dir" 2 'anybody?')" \
	"node 2 has read 'anybody?'"
ok "the program ends" fame exec node02 -- killall mail
wait "$mail"
ok "its file goes" fame exec node02 -- rm /lfs/mail

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
	"node01: yes node02: yes node03: yes "
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
