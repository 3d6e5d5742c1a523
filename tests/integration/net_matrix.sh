#!/bin/bash
# SPDX-License-Identifier: MIT
#
# net_matrix.sh - The same LAN in every mode: names, reachability, what is
# closed, and nothing left after any end
if [ "$(id -u)" -eq 0 ] && [ -z "${FAME_WITH_TUN-}" ]; then
	export FAME_WITH_TUN=1
	exec "$(dirname "$0")/../lib/with-tun" "$0" "$@"
fi
. "$(dirname "$0")/../lib/functions.sh"

ok "the image is there" image

# ---- one mode --------------------------------------------------------------

# A stream from one node to another, byte for byte.
streams() {
	local from=$1 to=$2
	fame exec "$from" -- fam-check fill "/lfs/$from" 4M 5 &&
		fame exec "$from" -- httpd -p 80 -h /lfs &&
		[ "$(fame exec "$to" -- sh -c "wget -q -O - http://$from/$from |
			sha256sum")" = "$(fame exec "$from" -- sh -c \
			"sha256sum </lfs/$from")" ]
}

# closed ADDRESS PORT: node01 cannot connect
closed() {
	[ -z "$(fame exec node01 -- sh -c \
		"nc -w 3 $1 $2 </dev/null 2>/dev/null && echo open")" ]
}

names() {
	local mode=$1
	like "$mode: a name" \
		"$(fame exec node01 -- nslookup node03.fame 192.168.42.254 2>&1)" \
		"192.168.42.3"
	like "$mode: the host's second name" \
		"$(fame exec node01 -- nslookup vmhost 192.168.42.254 2>&1)" \
		"192.168.42.254"
	like "$mode: the name of an address" \
		"$(fame exec node01 -- nslookup 192.168.42.2 192.168.42.254 2>&1)" \
		node02
	like "$mode: no such name" \
		"$(fame exec node01 -- nslookup nonesuch 192.168.42.254 2>&1)" \
		NXDOMAIN
	like "$mode: each has its address by DHCP" \
		"$(fame exec node02 -- udhcpc -n -q -f -i eth0 -s /bin/true 2>&1)" \
		"lease of 192.168.42.2 obtained"
}

librarian() {
	local mode=$1 n
	for n in 1 2 3; do
		like "$mode: the Librarian wants node 0$n's token" "$(fame exec node01 -- \
			sh -c "printf '{\"command\": \"get_fs_stats\", \
			\"context\": {\"node_id\": $n}}' | nc -w 5 torms 9093")" \
			'"errno": ?13'
		ok "$mode: and node 0$n has its own" \
			fame exec "node0$n" -- sh -c "echo $n >/lfs/of$n"
	done
	is "$mode: which all see" "$(fame exec node01 -- sh -c 'cat /lfs/of?')" \
		$'1\n2\n3'
}

# echoes FILE: how many requests of ping there are in a pcap file
echoes() {
	perl -0777 -ne '
		my ($magic) = unpack("L", $_);
		die "no pcap file\n" unless $magic == 0xa1b2c3d4;
		my ($at, $n) = (24, 0);
		while ($at < length) {
			my $len = unpack("L", substr($_, $at + 8, 4));
			my $f = substr($_, $at + 16, $len);
			die "cut off\n" unless length($f) == $len;
			$n++ if substr($f, 12, 2) eq "\x08\x00" &&
				ord(substr($f, 23, 1)) == 1 &&
				ord(substr($f, 34, 1)) == 8;
			$at += 16 + $len;
		}
		print $n' "$1"
}

# What is captured at a node, and of all; a reader that does not read.
captures() {
	local mode=$1 all one slow
	fame-run capture "$home/all.pcap" 2>"$home/all.err" &
	all=$!
	fame-run capture node03 - >"$home/one.pcap" 2>"$home/one.err" &
	one=$!
	mkfifo "$home/slow"
	fame-run capture "$home/slow" 2>"$home/slow.err" &
	slow=$!
	exec 9<>"$home/slow" # keeps it open, and reads nothing
	ok "$mode: captures begin" wait_for test -s "$home/all.pcap" -a \
		-s "$home/one.pcap"
	fame exec node01 -- ping -c 3 -W 5 node02 >/dev/null
	fame exec node01 -- ping -c 2 -W 5 node03 >/dev/null
	fame exec node01 -- ping -c 1 -W 5 torms >/dev/null
	ok "$mode: a stream, though a reader does not read" \
		fame exec node02 -- wget -q -O /dev/null http://node01/node01
	kill "$all" "$one"
	wait "$all"
	is "$mode: the end of a capture" $? 0
	wait "$one"
	is "$mode: all nodes, each frame once" "$(echoes "$home/all.pcap")" 6
	is "$mode: one node" "$(echoes "$home/one.pcap")" 2
	like "$mode: nothing lost" "$(cat "$home/one.err")" "[0-9] frames, 0 lost"
	kill "$slow"
	cat <&9 >/dev/null &
	wait "$slow"
	kill $!
	exec 9>&-
	rm "$home/slow"
	like "$mode: the slow reader has lost frames" "$(cat "$home/slow.err")" \
		"[0-9] frames, [1-9][0-9]* lost"
	fails_with "$mode: no such node" 1 "no node 'node09'" \
		fame capture node09 "$home/x"
}

# As another node nobody is heard; as nobody else's, one is.
spoofs() {
	local mode=$1 own=48:50:42:01:01:01
	fame exec node01 -- ip link set eth0 address 48:50:42:02:02:02
	fails_with "$mode: not with another's MAC" 1 "" \
		fame exec node01 -- ping -c 1 -W 1 192.168.42.3
	fame exec node01 -- ip link set eth0 address "$own"
	fame exec node01 -- ip addr add 192.168.42.2/24 dev eth0
	fails_with "$mode: not with another's address" 1 "" \
		fame exec node01 -- ping -c 1 -W 1 -I 192.168.42.2 192.168.42.3
	fame exec node01 -- ip addr del 192.168.42.2/24 dev eth0
	fame exec node01 -- ip addr add 192.168.42.99/24 dev eth0
	ok "$mode: with one that is nobody's" fame exec node01 -- \
		ping -c 1 -W 5 -I 192.168.42.99 192.168.42.3
	fame exec node01 -- ip addr del 192.168.42.99/24 dev eth0
	ok "$mode: and its own" fame exec node01 -- ping -c 1 -W 5 node03
}

# 1,000 connections at once, one way and the other
many() {
	local mode=$1 from to
	ok "$mode: a program for both" install_in node01 stream
	ok "$mode: and the other" install_in node02 stream
	for to in 1 2; do
		from=$((3 - to))
		fame-run exec -n node0$to -- /tmp/stream hold 1000 \
			>"$home/held" 2>&1 &
		ok "$mode: node0$to waits" wait_for grep -q ready "$home/held"
		is "$mode: 1000 connections at once from node0$from" \
			"$(fame exec -n node0$from -- \
				/tmp/stream many 192.168.42.$to 1000)" 1000
		wait $!
		is "$mode: all of which have been held" $? 0
		rm "$home/held"
	done
}

# Another cluster of the same addresses and names beside it
beside() {
	local mode=$1
	ok "$mode: another cluster" fame up --name other --octets 192.168.42 \
		--net "$mode" 2
	ok "$mode: its nodes hear each other" \
		fame exec --name other other01 -- ping -c 1 -W 5 192.168.42.2
	like "$mode: and have its names" "$(fame exec --name other other01 -- \
		nslookup other02.fame 192.168.42.254 2>&1)" "192.168.42.2"
	fails_with "$mode: not those of the first" 1 "" \
		fame exec --name other other01 -- ping -c 1 -W 1 node02.fame
	ok "$mode: the first one's do, still" \
		fame exec node01 -- ping -c 1 -W 5 node02
	ok "$mode: one goes" fame down --name other
	ok "$mode: the other stays" fame exec node01 -- ping -c 1 -W 5 node02
}

mode() {
	local mode=$1 a b
	ok "$mode: up 3" fame up --net "$mode" --lmp "127.0.0.1:$lmp" 3
	is "$mode: the status says so" "$(field network.mode)" "$mode"
	for a in node01 node02 node03; do
		for b in node01 node02 node03 torms; do
			[ "$a" = "$b" ] || ok "$mode: $a pings $b" \
				fame exec "$a" -- ping -c 1 -W 5 "$b"
		done
	done
	names "$mode"
	ok "$mode: a stream one way" streams node01 node02
	ok "$mode: and the other" streams node02 node01
	librarian "$mode"
	like "$mode: a service of the host's loopback is there" \
		"$(curl -s -o /dev/null -w '%{http_code}' --noproxy '*' \
			"http://127.0.0.1:$lmp/lmp/")" "^[2-5]"
	for a in torms 192.168.42.253 192.168.42.252 127.0.0.1; do
		ok "$mode: and closed to nodes at $a" closed "$a" "$lmp"
	done

	captures "$mode"
	many "$mode"
	beside "$mode"

	# A node that is down still has its name; then it is another machine.
	ok "$mode: node03 goes" fame crash node03
	like "$mode: its name stays" \
		"$(fame exec node01 -- nslookup node03 192.168.42.254 2>&1)" \
		"192.168.42.3"
	ok "$mode: node03 comes" fame start node03
	ok "$mode: and pings node01" fame exec node03 -- ping -c 1 -W 5 node01
	ok "$mode: a cable unplugged" fame link node02 down
	fails_with "$mode: nothing comes through" 1 "" \
		fame exec node01 -- ping -c 1 -W 1 node02
	ok "$mode: and plugged in" fame link node02 up
	ok "$mode: is as before" fame exec node01 -- ping -c 1 -W 5 node02
	[ "$mode" = user ] || fails_with "$mode: no better or worse cable" 1 \
		"knows 'down' and 'up' only: .*--net user" \
		fame link node01 loss=1%
	spoofs "$mode"
	ok "$mode: down" fame down
	nothing_left "$mode: down"
}

# ---- ends ------------------------------------------------------------------

# killed MODE PROGRAM: when one of its processes is killed, none survives
killed() {
	local mode=$1 program=$2
	ok "$mode: up 1" fame up --net "$mode" 1
	ok "$mode: kill $program" pkill -9 -u "$(id -u)" -x "$program"
	ok "$mode: $program killed, all end" wait_for none_left
	nothing_left "$mode: $program killed"
}

# A port that is free on the host's loopback.
lmp=$((20000 + RANDOM % 10000))

# ---- what nodes reach ------------------------------------------------------

# serve ADDRESS: something to connect to there, says its port, then "hello" to all
serve() {
	perl -MIO::Socket::INET -e '
		my $s = IO::Socket::INET->new(Listen => 8,
			LocalAddr => $ARGV[0]) or die;
		$| = 1;
		print $s->sockport, "\n";
		while (my $c = $s->accept) { print $c "hello\n" }' "$1" \
		>"$home/port" 2>/dev/null &
	served=$!
	wait_for test -s "$home/port"
	port=$(cat "$home/port")
	rm "$home/port"
}

# answers ADDRESS PORT: what node01 hears there
answers() {
	fame exec -n node01 -- nc -w 3 "$1" "$2" 2>/dev/null
}

reaches() {
	local mode=$1 host here=127.0.0.1 asked closed outside exposed hidden
	serve "$here"
	asked=$served exposed=$port
	serve "$here"
	closed=$served hidden=$port
	host=$(ip -4 -o addr show scope global 2>/dev/null |
		sed -n 's/.* inet \([0-9.]*\).*/\1/p' | head -n 1)
	ok "$mode: up 1 with a port" fame up --net "$mode" --expose "$exposed" 1
	is "$mode: it is exposed" "$(answers torms "$exposed")" hello
	is "$mode: another is not" "$(answers torms "$hidden")" ""
	is "$mode: the status tells" "$(field network.exposed.0)" "$exposed"
	if [ -n "$host" ]; then
		serve "$host"
		outside=$served
		is "$mode: the world is reached" "$(answers "$host" "$port")" \
			hello
	else
		skip "$mode: the world is reached" "this host has no address"
	fi
	ok "$mode: down" fame down
	ok "$mode: up 1 alone" fame up --net "$mode" --net-isolated \
		--expose "$exposed" 1
	[ -z "$host" ] || is "$mode: alone: not the world" \
		"$(answers "$host" "$port")" ""
	like "$mode: alone: nor its names" "$(fame exec node01 -- nslookup \
		example.org 192.168.42.254 2>&1)" "REFUSED|NXDOMAIN|can.t find"
	is "$mode: alone: the port, still" "$(answers torms "$exposed")" hello
	is "$mode: alone: no other" "$(answers torms "$hidden")" ""
	ok "$mode: alone: and the Librarian" \
		fame exec node01 -- sh -c "echo x >/lfs/alone"
	ok "$mode: down" fame down
	kill "$asked" "$closed" ${outside:+"$outside"}
	nothing_left "$mode: reached"
}

mode user
reaches user
fails_with "no port to expose" 2 "--expose '80,x' is not possible: give at" \
	fame up --expose 80,x 1
killed user fame-switch

# ---- what forbids a bridge, and what it says -------------------------------

insists() {
	fails_with "$1" 1 "network 'bridge' does not work here: $2.*'--net user'" \
		"${@:3}" fame-run up --net bridge 1
	nothing_left "$1"
}

# no_namespaces COMMAND...: as in a container that forbids user namespaces
no_namespaces() {
	unshare --user --map-root-user sh -c \
		'echo 0 >/proc/sys/user/max_user_namespaces &&
		exec setpriv --bounding-set=-all --inh-caps=-all "$@"' sh "$@"
}

if no_namespaces true 2>/dev/null; then
	insists "no user namespaces" "no user namespace can be made: the setting" \
		no_namespaces
else
	skip "no user namespaces" "this user cannot forbid them to a child"
fi

if unshare --user --map-root-user --mount true 2>/dev/null; then
	insists "no /dev/net/tun" \
		"cannot open '/dev/net/tun': the kernel's module is not loaded" \
		unshare --user --map-root-user --mount sh -c \
		'mount -t tmpfs tmpfs /dev/net && exec "$@"' sh
	ok "auto: up 1" unshare --user --map-root-user --mount sh -c \
		'mount -t tmpfs tmpfs /dev/net && fame-run up --verbose --net auto 1' \
		sh
	like "auto: says which, and why no other" "$(cat "$home/out")" \
		"no network 'bridge': cannot open.*network is 'user'"
	ok "auto: down" fame down
fi
fails_with "no such mode" 2 "--net 'lan' is not possible: give user, bridge" \
	fame-run up --net lan 1

# ---- the bridge, if this user can have one ---------------------------------

ok "auto: up 1" fame up --net auto --verbose 1
why=$(sed -n "s/.*no network 'bridge': //p" "$home/out")
if [ -n "$why" ]; then
	is "auto: the user's" "$(field network.mode)" user
	ok "auto: down" fame down
	skip "bridge" "$why"
	done_testing
fi
is "auto: the bridge" "$(field network.mode)" bridge
ok "auto: down" fame down

mode bridge
reaches bridge
for program in fame-guardian fame-supervisor fame-switch dnsmasq; do
	killed bridge "$program"
done
done_testing
