#!/bin/bash
# SPDX-License-Identifier: MIT
#
# network.sh - One LAN: addresses, names, the host as torms, and no more of it
. "$(dirname "$0")/../lib/functions.sh"

ok "the image is there" image
ok "up 2" fame up 2

ok "node01 pings node02 by name" fame exec node01 -- ping -c 1 -W 5 node02
ok "and by address" fame exec node01 -- ping -c 1 -W 5 192.168.42.2
ok "and torms" fame exec node01 -- ping -c 1 -W 5 torms
like "names come by DNS too" \
	"$(fame exec node01 -- nslookup node02.fame 192.168.42.254 2>&1)" \
	192.168.42.2
like "and addresses' names" \
	"$(fame exec node01 -- nslookup 192.168.42.2 192.168.42.254 2>&1)" node02
like "what is not there is not there" \
	"$(fame exec node01 -- nslookup nonesuch 192.168.42.254 2>&1)" NXDOMAIN
like "DHCP gives each node its own address" \
	"$(fame exec node02 -- udhcpc -n -q -f -i eth0 -s /bin/true 2>&1)" \
	"lease of 192.168.42.2 obtained"

# A stream between nodes, byte for byte.
ok "a file" fame exec node01 -- fam-check fill /lfs/stream 8M 5
ok "served by one node" fame exec node01 -- httpd -p 80 -h /lfs
is "is received by the other" "$(fame exec node02 -- sh -c \
	'wget -q -O - http://node01/stream | sha256sum' | cut -d' ' -f1)" \
	"$(fame exec node01 -- sha256sum /lfs/stream | cut -d' ' -f1)"

# The Librarian is at torms; other services of the host's loopback are not.
ok "torms:9093 answers" fame exec node01 -- sh -c "nc -w 5 torms 9093 </dev/null"
port=$(awk -v uid="$(id -u)" '$4 == "0A" && $8 == uid { split($2, a, ":")
	print a[2] }' /proc/net/tcp | head -n 1)
is "the Librarian's own port is known" "$([ -n "$port" ] && echo yes)" yes
for address in torms 192.168.42.253 192.168.42.252; do
	is "but not reached by $address" "$(fame exec node01 -- sh -c \
		"nc -w 3 $address $((16#$port)) 2>/dev/null && echo open")" ""
done

# Without its token nobody is a node.
reply=$(fame exec node01 -- sh -c \
	'printf "{\"command\": \"get_fs_stats\", \"context\": {\"node_id\": 2}}" |
	 nc -w 5 torms 9093')
like "the Librarian wants a token" "$reply" '"errno": ?13'

# ---- a worse cable ----------------------------------------------------------

# Milliseconds that an answer takes, whole ones.
answer_ms() {
	fame exec node01 -- ping -c 1 -W 5 node02 |
		sed -n 's/.*time=\([0-9]*\).*/\1/p'
}

ok "a cable of 100 ms" fame link node02 delay=100ms
ms=$(answer_ms)
is "takes that long, there and back" "$([ "${ms:-0}" -ge 200 ] && echo yes)" yes
ok "a cable that loses all" fame link node02 loss=100%
fails_with "lets nothing through" 1 "" \
	fame exec node01 -- ping -c 1 -W 1 node02
ok "a cable unplugged" fame link node02 down
fails_with "neither" 1 "" fame exec node01 -- ping -c 1 -W 1 node02
ok "up" fame link node02 up
ok "is as before" fame exec node01 -- ping -c 1 -W 5 node02
ok "a cable of 8 Mbit/s" fame link node02 rate=8M
start=$SECONDS
ok "a stream of 4 MiB" fame exec node02 -- sh -c \
	'wget -q -O - http://node01/stream | head -c 4194304 >/dev/null'
is "takes 4 seconds" "$([ $((SECONDS - start)) -ge 3 ] && echo yes)" yes
fails_with "no such node" 1 "no node 'node09'" fame link node09 down
fails_with "nothing that a link can be" 2 "'fast' is nothing.*give" \
	fame link node01 fast
fails_with "too much" 2 "'loss=200%' is not possible: give" \
	fame link node01 loss=200%

# ---- from the host ----------------------------------------------------------

# gate NAME VERB...: a port of the host's, in the background; $at is where
gate() {
	local name=$1
	shift
	fame "$@" >"$home/$name" 2>"$home/$name.err" &
	gates[$name]=$!
	wait_for grep -q " leads to " "$home/$name"
	at=$(sed -n 's/ leads to .*//p' "$home/$name")
}
declare -A gates

# get URL OPTION...: the checksum of what is there
get() {
	curl -sS --noproxy '' --max-time 60 "${@:2}" "$1" | sha256sum
}
sum=$(fame exec node01 -- sh -c 'sha256sum </lfs/stream')

gate web forward node01:80 0
is "a node's port" "$(get "http://$at/stream")" "$sum"
pids=
for i in $(seq 8); do
	get "http://$at/stream" >"$home/got-$i" &
	pids="$pids $!"
done
# shellcheck disable=SC2086 # several
wait $pids
is "by many at once" "$(cat "$home"/got-* | sort -u)" "$sum"
fame exec node02 -- nc -ll -p 7000 -e cat </dev/null >"$home/echo" 2>&1 &
ok "an echo" wait_for fame exec -n node02 -- nc 127.0.0.1 7000
gate echo forward node02:7000 127.0.0.1:0
is "both ways at once, and a half that is closed" "$(perl -MIO::Socket::INET -e '
	my $s = IO::Socket::INET->new($ARGV[0]) or die;
	if (!fork) { print $s "x" x 4000000; shutdown($s, 1); exit }
	my ($n, $buf) = 0;
	while (my $r = sysread($s, $buf, 65536)) { $n += $r }
	print $n' "$at")" 4000000
gate none forward node02:81 0
ok "nothing serves it: the connection ends" test -z \
	"$(curl -s --noproxy '*' "http://$at/" 2>&1)"
like "and why is said" "$(cat "$home/none.err")" \
	"node 'node02': nothing serves its port 81"

gate socks proxy 0
for host in node01 node01.fame 192.168.42.1; do
	is "a proxy knows $host" \
		"$(get "http://$host/stream" --proxy "socks5h://$at")" "$sum"
done
is "and the node asks for what is no node's" \
	"$(get "http://localhost/stream" --proxy "socks5h://$at")" "$sum"
fails_with "a name that is not there" 97 "" \
	curl -s --noproxy '' --proxy "socks5h://$at" http://nonesuch.fame/
fails_with "a port that nobody serves" 97 "" \
	curl -s --noproxy '' --proxy "socks5h://$at" http://node02:81/
fails_with "what is not SOCKS" 52 "" curl -s --noproxy '*' "http://$at/"

fails_with "forward: no such node" 1 "no node 'node09': see" \
	fame forward node09:80 0
fails_with "forward: no port of a node" 2 "'node01' is no port of a node" \
	fame forward node01 0
fails_with "forward: no port of the host" 2 "'host:1' is no port of this" \
	fame forward node01:80 host:1
fails_with "forward: the port is taken" 1 "cannot listen at '$at': .*give" \
	fame forward node01:80 "$at"
fails_with "proxy: no such node" 1 "no node 'node09': see" \
	fame proxy --via node09 0

ok "down" fame down
wait "${gates[web]}"
is "the cluster's end is that of a port" $? 3
like "which is said" "$(tail -n 1 "$home/web.err")" "the cluster in .* has ended"
wait
nothing_left "after all"
done_testing
