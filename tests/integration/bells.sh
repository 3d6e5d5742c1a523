#!/bin/bash
# SPDX-License-Identifier: MIT
#
# bells.sh - Rings between four nodes, and what sleeps until it is woken by
# them, while nodes and the server die: none is lost
#
# FAME_BELLS_SECONDS is how long nodes fight for a mutex, 60 by default; "make
# soak-bells" takes 600.
. "$(dirname "$0")/../lib/functions.sh"

seconds=${FAME_BELLS_SECONDS:-60}
rounds=$((seconds < 100 ? 20 : 100)) # of each vector, one ring at a time
flood=$((seconds < 100 ? 10000 : 100000))
returns=20
# shellcheck disable=SC2034 # of wait_for: who is late has lost nothing
patience=120

ok "the image is there" image
ok "up 4" fame up --doorbell 4

server() {
	pgrep -u "$(id -u)" -f "ivshmem-server --foreground"
}
# rings FROM TO: as they were counted
rings() {
	fame doorbells --json | FROM=$1 TO=$2 perl -MJSON::PP -e '
		my ($r) = grep { $_->{from} == $ENV{FROM} && $_->{to} == $ENV{TO} }
			@{ decode_json(join "", <STDIN>)->{rings} };
		print $r ? $r->{count} : 0'
}
prepare() {
	install_in "$1" bells
}
# bells NODE ARGUMENT...
bells() {
	fame exec "$1" -- /tmp/bells "${@:2}"
}
# in_background NODE ARGUMENT...: its output and status are in files
in_background() {
	rm -f "$home/$1.out"
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
# each WHAT ARGUMENT...: all nodes run it at once; @ is a node's number
each() {
	local what=$1 n
	shift
	for n in 1 2 3 4; do
		in_background "node0$n" "${@//@/$n}"
	done
	all_end
	for n in 1 2 3 4; do
		ended "node0$n" "$what"
	done
}
says() {
	grep -q "$2" "$home/$1.out"
}
# pair NODE NODE N: each ring is answered, N times each vector; numbers
pair() {
	in_background "node0$2" pong "$1" "$3"
	patience=60 wait_for says "node0$2" ready ||
		echo "node0$2 is not ready"
	in_background "node0$1" ping "$2" "$3"
	all_end
}

for n in 1 2 3 4; do
	ok "the program is in node0$n" prepare "node0$n"
done

# ---- rings -------------------------------------------------------------------

for n in 1 2 3 4; do
	others=$(echo 1 2 3 4 | tr -d "$n")
	# shellcheck disable=SC2086 # a list of numbers
	in_background "node0$n" flood "$flood" $others
done
all_end
counted=
for n in 1 2 3 4; do
	ended "node0$n" "heard the last of all rings of all others"
	for m in 1 2 3 4; do
		[ $n = $m ] || counted+="$(rings $n $m) "
	done
done
is "each has rung each, and no ring is lost" "$counted" \
	"$(printf "$flood %.0s" {1..12})"
for p in "1 2" "1 3" "1 4" "2 3" "2 4" "3 4"; do
	# shellcheck disable=SC2086 # two numbers
	pair $p "$rounds"
	ended "node0${p% *}" "each ring of each vector is answered by node0${p#* }"
	ended "node0${p#* }" "each ring is heard once"
done
is "and not one more" "$(rings 1 2) $(rings 4 3)" \
	"$((flood + 16 * rounds)) $((flood + 16 * rounds))"
ok "a node rings itself" bells node02 ping 2 1

# ---- what sleeps -------------------------------------------------------------

ok "a file for all" bells node01 init /lfs/bells 4
each "was woken each time" token /lfs/bells @ 4 $((rounds * 20))
each "met the others" meet /lfs/bells @ "$rounds"
each "had the mutex for itself" locks /lfs/bells @ $((seconds / 4))

# ---- nodes and server come and go ------------------------------------------

# Three nodes fight for a mutex. The fourth joins them, and dies, again and
# again: at any moment, and with the mutex.
end=$((SECONDS + seconds))
for n in 1 2 3; do
	in_background "node0$n" locks /lfs/bells "$n" "$seconds" /lfs/there
done
again() {
	fame crash node04 && fame start node04 && prepare node04
}
deaths=0
while
	in_background node04 locks /lfs/bells 4 1000 /lfs/there
	wait_for says node04 first && again &&
		in_background node04 hold /lfs/bells 4 /lfs/there &&
		wait_for says node04 held && again && deaths=$((deaths + 1)) &&
		[ $((SECONDS + 20)) -lt $end ]
do :; done
all_end
for n in 1 2 3; do
	ended "node0$n" "goes on"
done
recovered=$(sed -n 's/.* \([0-9]*\) recovered.*/\1/p' "$home"/node0[123].out |
	awk '{ n += $1 } END { print n }')
ok "node04 has died with the mutex ($deaths times)" [ "$deaths" -gt 0 ]
ok "each time somebody was told ($recovered times)" \
	[ "$recovered" -ge "$deaths" ]

# Three ring each other, while the fourth and the server die.
rm -f "$home/stop" "$home/lost"
(
	while [ ! -e "$home/stop" ]; do
		for p in "1 2" "2 3" "3 1"; do
			# shellcheck disable=SC2086 # two numbers
			pair $p 5
			for n in $p; do
				cat "$home/node0$n.status"
				grep bells "$home/node0$n.out" >>"$home/lost"
			done
		done
	done >"$home/pairs"
) &
pairs=$!
alone=0
for ((i = 0; i < returns; i++)); do
	again && bells node04 ping 4 2 >/dev/null && alone=$((alone + 1))
	[ $((i % 8)) -ne 2 ] || kill -KILL "$(server)"
done
touch "$home/stop"
wait "$pairs"
is "node04 came back each time, and rang itself" "$alone" "$returns"
is "the others lost nothing meanwhile" \
	"$(sort -u "$home/pairs")$(cat "$home/lost")" 0
echo "# rang for $(($(wc -l <"$home/pairs") / 2)) times $((5 * 16))"
for n in 1 2 3; do
	pair 4 $n 1
	ended node04 "it rings node0$n again"
	is_clean "node0$n"
done
ok "down" fame down
nothing_left "after down"

done_testing
