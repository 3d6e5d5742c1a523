#!/bin/bash
# SPDX-License-Identifier: MIT
#
# gc.sh - What a crash of the host leaves is shown and removed, and no more
. "$(dirname "$0")/../lib/functions.sh"

state=$XDG_STATE_HOME/fame
is "nothing, where nothing was" "$(fame gc 2>&1)" ""

# As after a power cut: files of clusters whose processes are gone.
socket() {
	perl -MIO::Socket::UNIX -e \
		'IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 1) or die' "$1"
}
cluster() {
	mkdir -p "$state/$1/log"
	touch "$state/$1"/{lock,fam,librarian.db}
}
temporary() { # as "run" marks its own
	cluster "$1"
	touch "$state/$1/temporary"
}
cluster beta
socket "$state/beta/control"
socket "$state/beta/doorbell"
temporary run-abcdef01
socket "$state/run-abcdef01/control"
socket "$state/run-abcdef01/doorbell"
# A name is no proof.
cluster run-suite1
mkdir "$state/run-empty1" "$state/run-theirs" "$state/mine"
touch "$state/run-theirs/diary"
socket "$state/mine/control"
temporary run-inuse1
cluster gamma
ln -s "$state/run-abcdef01" "$state/run-linked"

# hold DIR COMMAND...: with the lock of a cluster held
hold() {
	perl -MFcntl -e '
		open my $f, "+<", "$ARGV[0]/lock" or die;
		my $whole = pack "s s x4 q q i x4", F_WRLCK, 0, 0, 0, 0;
		fcntl $f, 37, $whole or die "lock: $!"; # F_OFD_SETLK
		exit system(@ARGV[1 .. $#ARGV]) >> 8' "$@"
}
shown="$state/beta/control: socket of a cluster that is down
$state/beta/doorbell: socket of a cluster that is down
$state/run-abcdef01: cluster of a 'run' that is down"
is "what is left is shown" \
	"$(hold "$state/run-inuse1" fame-run gc 2>/dev/null | sort)" "$shown"
ok "and stays" test -S "$state/beta/control" -a -d "$state/run-abcdef01"
is "with --remove too" \
	"$(hold "$state/run-inuse1" fame-run gc --remove 2>&1 | sort)" "$shown"
is "it is gone, and nothing else" \
	"$(cd "$state" && find . -mindepth 1 | grep -v '^./run-inuse1/' | sort)" \
	"./beta
./beta/fam
./beta/librarian.db
./beta/lock
./beta/log
./gamma
./gamma/fam
./gamma/librarian.db
./gamma/lock
./gamma/log
./mine
./mine/control
./run-empty1
./run-inuse1
./run-linked
./run-suite1
./run-suite1/fam
./run-suite1/librarian.db
./run-suite1/lock
./run-suite1/log
./run-theirs
./run-theirs/diary"
ok "what was in use is whole" test -f "$state/run-inuse1/librarian.db"
is "no more to be done" "$(hold "$state/run-inuse1" fame-run gc 2>&1)" ""
fails_with "an argument" 2 "usage: fame-run gc" fame gc all
nothing_left "gc"
done_testing
