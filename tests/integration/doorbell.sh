#!/bin/bash
# SPDX-License-Identifier: MIT
#
# doorbell.sh - Nodes with doorbells: their server, rings from the host, rings
# between nodes, and what sleeps until it is woken by them
#
# FAME_DOORBELL_SECONDS is how long nodes fight for a mutex, 20 by default, and
# with it grows how often a node is killed meanwhile.
. "$(dirname "$0")/../lib/functions.sh"

seconds=${FAME_DOORBELL_SECONDS:-20}
returns=$((seconds < 100 ? 5 : 20))
rounds=$((seconds < 100 ? 20 : 200))

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
fails_with "no such vector" 1 "no vector 16: the nodes have 0 to 15" \
	fame ring node01 16
fails_with "no such node" 1 "no node 'node04'" fame ring node04 0
fails_with "no vector" 2 "usage" fame ring node01

# ---- rings between nodes ---------------------------------------------------

prepare() {
	install_in "$1" bells
}
# bells NODE ARGUMENT...
bells() {
	fame exec "$1" -- /tmp/bells "${@:2}"
}
# in_background NODE ARGUMENT...: its output and status are in files
in_background() {
	(
		bells "$@" >"$home/$1.out" 2>&1 </dev/null
		echo $? >"$home/$1.status"
	) &
	loads="${loads-} $!"
}
all_end() {
	# shellcheck disable=SC2086 # a list of numbers
	wait $loads
	loads=
}
# ended NODE WHAT: it has ended well
ended() {
	is "$1: $2" "$(cat "$home/$1.status")" 0
	sed "s/^/# $1: /" "$home/$1.out"
}
says() {
	grep -q "$2" "$home/$1.out"
}
# pair NODE NODE N: each ring is answered, N times each vector; numbers
pair() {
	rm -f "$home/node0$2.out"
	in_background "node0$2" pong "$1" "$3"
	wait_for says "node0$2" ready
	bells "node0$1" ping "$2" "$3" >"$home/node0$1.out" 2>&1
	echo $? >"$home/node0$1.status"
	all_end
}

for n in 1 2 3; do
	ok "the program is in node0$n" prepare "node0$n"
done
flood=$((rounds * 500))
in_background node01 flood "$flood" 2 3
in_background node02 flood "$flood" 1 3
in_background node03 flood "$flood" 1 2
all_end
for n in 1 2 3; do
	ended "node0$n" "heard the last of all rings of all others"
done
is "all are counted" "$(rings 1 2) $(rings 2 3) $(rings 3 1)" \
	"$flood $flood $flood"
for p in "1 2" "1 3" "2 3"; do
	# shellcheck disable=SC2086 # two numbers
	pair $p "$rounds"
	ended "node0${p% *}" "each ring is answered by node0${p#* }"
	ended "node0${p#* }" "each ring is heard once"
done
is "and not one more" "$(rings 1 2) $(rings 3 2)" \
	"$((flood + 16 * rounds)) $((flood + 16 * rounds))"
ok "a node rings itself" bells node02 ping 2 1

# ---- a program of the host ---------------------------------------------------

dir=$(field dir)
fails_with "nobody has left a page" 1 "'2': No such file" \
	host_mail "$dir" 2 hello
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

# ---- what sleeps -------------------------------------------------------------

ok "a file for all" bells node01 init /lfs/bells 3
for n in 1 2 3; do
	in_background "node0$n" token /lfs/bells "$n" 3 $((rounds * 20))
done
all_end
for n in 1 2 3; do
	ended "node0$n" "was woken each time"
done
for n in 1 2 3; do
	in_background "node0$n" meet /lfs/bells "$n" "$rounds"
done
all_end
for n in 1 2 3; do
	ended "node0$n" "met the others"
done
for n in 1 2 3; do
	in_background "node0$n" locks /lfs/bells "$n" $((seconds / 4))
done
all_end
for n in 1 2 3; do
	ended "node0$n" "had the mutex for itself"
done

# ---- nodes and server come and go ------------------------------------------

# Two nodes fight for a mutex; the third one joins them, and dies.
for n in 1 2; do
	in_background "node0$n" locks /lfs/bells "$n" $((seconds + 10)) /lfs/there
done
in_background node03 locks /lfs/bells 3 1000 /lfs/there
read -r -t $((seconds / 4)) <> <(:)
ok "node03 is killed" fame crash node03
ok "and starts again" fame start node03
ok "the program is in it" prepare node03
rm "$home/node03.out"
in_background node03 hold /lfs/bells 3 /lfs/there
ok "it takes the mutex" wait_for says node03 held
ok "and is killed with it" fame crash node03
all_end
for n in 1 2; do
	ended "node0$n" "goes on"
done
like "that the owner died was told" \
	"$(cat "$home/node01.out" "$home/node02.out")" " [1-9][0-9]* recovered"
ok "it starts again" fame start node03

# Two ring each other, while the third one and the server die.
rm -f "$home/stop"
(
	while [ ! -e "$home/stop" ]; do
		pair 1 2 "$rounds"
		cat "$home/node01.status" "$home/node02.status"
	done >"$home/pairs"
) &
pairs=$!
alone=0
for ((i = 0; i < returns; i++)); do
	fame crash node03 && fame start node03 && prepare node03 &&
		bells node03 ping 3 2 >/dev/null && alone=$((alone + 1))
	[ "$i" -ne 2 ] || kill -KILL "$(server)"
done
touch "$home/stop"
wait "$pairs"
is "node03 came back each time, and rang itself" "$alone" "$returns"
is "the others lost nothing meanwhile" \
	"$(sort "$home/pairs" | uniq -c | awk '{ print $2 }')" 0
echo "# rang for $(($(wc -l <"$home/pairs") / 2)) times $((rounds * 16))"
pair 3 1 1
ended node03 "it rings others again"
is_clean node01
is_clean node02

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
