#!/bin/bash
# SPDX-License-Identifier: MIT
#
# ivshmem.sh - ivshmem-server by itself, with QEMUs as they are installed
. "$(dirname "$0")/../lib/functions.sh"

socket=$home/socket
control=$home/control

# The server's report.
report() {
	perl -MIO::Socket::UNIX -e '
		my $s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "$!\n";
		print <$s>' "$control"
}

# field NAME: of the report
number() {
	report | perl -MJSON::PP -e '
		my $o = decode_json(join "", <STDIN>);
		$o = ref $o eq "ARRAY" ? $o->[$_] : $o->{$_} for @ARGV;
		print ref $o ? scalar @$o : $o, "\n"' "$@"
}

# serve OPTION...: in the foreground, until it works
serve() {
	rm -f "$home/ready"
	mkfifo "$home/ready"
	ivshmem-server -F -v --ready-fd 3 --control "$control" "$@" \
		3>"$home/ready" >"$home/server.log" 2>&1 &
	server=$!
	read -r _ <"$home/ready"
}

# It ends by itself once told to.
end_server() {
	kill "$server"
	wait "$server"
}

# ---- clients of the installed QEMU -----------------------------------------

serve -S "$socket" -m "$home" -l 1M -n 3 --ids 5,6
ok "two QEMUs ring each other, and one comes back" \
	env CLEAN_END=1 tests/lib/doorbells "$socket" 3 5 6 6 6 6
is "five have connected" "$(number connects)" 5
is "the memory" "$(number memory size)" 1048576
ok "numbers from a list that are free again" \
	tests/lib/doorbells "$socket" 3 5 6
fails_with "a second server at the same path" 1 "listens on '$socket'" \
	ivshmem-server -F -S "$socket" -m "$home"
end_server
is "its sockets are gone" "$(find "$home" -type s)" ""

serve -S "$socket" -m "$home" -l 64K -n 256 --ids 1,2
ok "as many vectors as a doorbell has" tests/lib/doorbells "$socket" 256 1 2
{ kill -KILL "$server" && wait "$server"; } 2>/dev/null
serve -S "$socket" -m "$home" -l 64K -n 1
ok "at a path that a dead server has left, numbers in turn" \
	tests/lib/doorbells "$socket" 1 0 1 2 3

# ---- clients that misbehave ------------------------------------------------

ok "a client that floods" perl -MIO::Socket::UNIX -e '
	$SIG{PIPE} = "IGNORE";
	my $s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "$!\n";
	while (syswrite($s, "x" x 65536)) {}' "$socket"
ok "ten thousand that connect and leave" perl -MIO::Socket::UNIX -e '
	for (1 .. 10000) {
		IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "$!\n";
	}' "$socket"
is "none of them was refused" "$(number refused)" 0
ok "the others go on" tests/lib/doorbells "$socket" 1 10005 10006
like "it was said why" "$(grep -c 'sent something' "$home/server.log")" '^1$'
before=$(find "/proc/$server/fd" | wc -l)
ok "and again" tests/lib/doorbells "$socket" 1 10007 10008
is "without a descriptor more" "$(find "/proc/$server/fd" | wc -l)" "$before"
end_server

# ---- memory that changes underneath ------------------------------------------

# One client stays; what becomes of the memory is seen by those who connect.
shm=fame-test-$$
serve -S "$socket" -M "$shm" -l 64K -n 1
ok "shared memory that is shortened, given back, removed" \
	perl -MIO::Socket::UNIX -MFcntl -MSocket=MSG_DONTWAIT -e '
	my ($path, $memory) = @ARGV;
	sub client {
		IO::Socket::UNIX->new(Peer => $path) // die "$path: $!\n";
	}
	sub is_served { read(client(), my $version, 8) // 0 }
	my $stays = client();
	read($stays, my $hello, 8) == 8 or die "not served\n";
	truncate($memory, 4096) or die "truncate: $!\n";
	!is_served() or die "served with memory that is too short\n";
	truncate($memory, 65536) or die "truncate: $!\n";
	is_served() or die "not served with all of the memory\n";
	unlink($memory) or die "unlink: $!\n";
	is_served() or die "not served though only the name is gone\n";
	1 while recv($stays, my $more, 4096, MSG_DONTWAIT) // "" ne "" &&
		length $more;
	$!{EAGAIN} or die "the first was hung up on: $!\n";
	' "$socket" "/dev/shm/$shm"
is "one line says why" "$(grep -c 'has 4096 bytes now and had 65536: give' \
	"$home/server.log")" 1
end_server
truncate -s 64K "$home/memory"
fails_with "memory that cannot be written" 1 "is read-only: open it for" \
	ivshmem-server -F -S "$socket" --shm-fd 5 5<"$home/memory"

# ---- in the background, as QEMU's ------------------------------------------

ok "it goes to the background when it works" \
	ivshmem-server -S "$socket" -p "$home/pid" -m "$home" -l 4096 -n 2 \
	--ids 0,1
server=$(cat "$home/pid")
ok "and works there" tests/lib/doorbells "$socket" 2 0 1 1
like "in a session of its own" "$(ps -o sid= -p "$server")" "^ *$server\$"
kill "$server"
tail --pid="$server" -f /dev/null
is "and leaves nothing" "$(find "$home" -name pid -o -type s)" ""

fails_with "a start that fails in the background" 1 "cannot make a file" \
	ivshmem-server -S "$socket" -p "$home/pid" -m "$home/nowhere"
fails_with "a size that QEMU aborts on" 2 "power of two" \
	ivshmem-server -F -l 3M
fails_with "a path that is too long" 1 "1 to 107 characters" \
	ivshmem-server -F -m "$home" -S "$home/$(printf 'x%.0s' {1..100})"

done_testing
