# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# functions.sh - What integration tests have in common
#
# A test is a bash script that sources this file first. It then runs as an
# ordinary user: as the caller, or, started by root, as FAME_TEST_UID, a user
# that owns nothing else on this host, so that whatever is left behind can be
# seen. Each test has a home of its own; the cache of images is shared.
#
# Checks print TAP lines: ok, is, like, fails_with. Everything a test starts in
# the background is ended by cleanup.

set -u
FAME_TEST_UID=${FAME_TEST_UID:-61234}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${FAME_TEST_BUILD:-build}

# ---- an ordinary user ------------------------------------------------------

as_user() {
	setpriv --reuid "$FAME_TEST_UID" --regid "$FAME_TEST_UID" \
		--clear-groups --no-new-privs --bounding-set=-all "$@"
}

# Where the user can get at programs and sources: here, or in a copy.
accessible_root() {
	local copy
	if as_user test -x "$root/$build/bin/fame-run" -a -r "$root/Makefile"; then
		echo "$root"
		return
	fi
	copy=$(mktemp -d /tmp/fame-tests-root-XXXXXX)
	chmod 755 "$copy"
	mkdir -p "$copy/$build"
	cp -r "$root"/{Makefile,README.md,common,docs,guest,imagebuild} \
		"$root"/{scripts,tests} "$copy"
	cp -r "$root/$build/bin" "$root/$build/guest" "$copy/$build"
	echo "$copy"
}

if [ "$(id -u)" -eq 0 ]; then
	base=${FAME_TEST_HOME:-/tmp/fame-tests-$FAME_TEST_UID}
	mkdir -p "$base"
	chown "$FAME_TEST_UID:$FAME_TEST_UID" "$base"
	chmod 700 "$base"
	seen=$(accessible_root)
	cd "$seen" || exit 1
	as_user env -u XDG_RUNTIME_DIR FAME_TEST_HOME="$base" \
		"tests/integration/$(basename "$0")" "$@"
	status=$?
	[ "$seen" = "$root" ] || rm -rf "$seen"
	exit $status
fi

base=${FAME_TEST_HOME:-${TMPDIR:-/tmp}/fame-tests-$(id -u)}
mkdir -p "$base"
cd "$root" || exit 1
PATH=$root/$build/bin:$PATH

home=$(mktemp -d "$base/home-XXXXXX")
export HOME=$home
export XDG_CACHE_HOME=$base/cache XDG_STATE_HOME=$home/state
export LC_ALL=C.UTF-8
unset FAME_DIR FAME_FAM FAME_HOSTBASE
# What is tested here is the same in every profile, and tiny the quickest.
export FAME_PROFILE=${FAME_PROFILE:-tiny}

# ---- TAP -------------------------------------------------------------------

count=0
failed=0

pass() {
	count=$((count + 1))
	echo "ok $count - $*"
}

flunk() {
	count=$((count + 1))
	failed=$((failed + 1))
	echo "not ok $count - $*"
}

# ok NAME COMMAND...: the command succeeds
ok() {
	local name=$1
	shift
	local r=0
	"$@" >"$home/out" 2>&1 || r=$?
	if [ $r -eq 0 ]; then
		pass "$name"
	else
		flunk "$name"
		echo "# status $r of: $*"
		sed 's/^/# /' "$home/out"
	fi
}

# is NAME HAVE WANT
is() {
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		flunk "$1"
		printf '%s\n' "have: $2" "want: $3" | sed 's/^/# /'
	fi
}

# like NAME HAVE PATTERN (of bash's =~)
like() {
	if [[ $2 =~ $3 ]]; then
		pass "$1"
	else
		flunk "$1"
		printf '%s\n' "have: $2" "want: $3" | sed 's/^/# /'
	fi
}

# fails_with NAME STATUS PATTERN COMMAND...: it ends with that status and its
# last line on standard error, the only one of that program, matches.
fails_with() {
	local name=$1 status=$2 pattern=$3 r line
	shift 3
	"$@" >"$home/out" 2>"$home/err" </dev/null
	r=$?
	line=$(tail -n 1 "$home/err")
	if [ "$r" -eq "$status" ] && [[ $line =~ $pattern ]]; then
		pass "$name"
	else
		flunk "$name"
		echo "# status $r, want $status; want: $pattern"
		sed 's/^/# /' "$home/err"
	fi
}

skip() {
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

done_testing() {
	echo "1..$count"
	[ "$failed" -eq 0 ]
	exit
}

# known NAME: why it is known to fail, from tests/known_failures.txt
known() {
	awk -v name="$1" 'index($0, name "  # ") == 1 {
		print substr($0, length(name) + 5) }' tests/known_failures.txt
}

# relay FILE: the lines of another program's TAP as our own
relay() {
	local line name why
	while read -r line; do
		name=${line#* - }
		case $line in
		ok\ *\#\ SKIP\ *) skip "${name%% # *}" "${line#* # SKIP }" ;;
		ok\ *)
			if [ -n "$(known "$name")" ]; then
				flunk "$name: passes, and is in known_failures.txt"
			else
				pass "$name"
			fi
			;;
		not\ ok\ *)
			why=$(known "$name")
			if [ -n "$why" ]; then
				count=$((count + 1))
				echo "not ok $count - $name # TODO $why"
			else
				flunk "$name"
			fi
			;;
		\#*) echo "$line" ;;
		esac
	done <"$1"
}

# ---- the cluster -----------------------------------------------------------

fame() {
	fame-run "$@"
}

# with_a_name COMMAND...: as a user with a name, which ssh and its key maker
# want: where this one has none, nobody of a user namespace
with_a_name() {
	if getent passwd "$(id -u)" >/dev/null; then
		"$@"
	else
		unshare --user --map-user=65534 --map-group=65534 "$@"
	fi
}

can_have_a_name() {
	with_a_name true 2>/dev/null
}

# field PATH: a value of the status document, as in nodes.0.pid
field() {
	fame status --json | perl -MJSON::PP -0777 -e '
		my $v = decode_json(<STDIN>);
		for (split /\./, $ARGV[0]) {
			$v = ref $v eq "ARRAY" ? $v->[$_] : $v->{$_};
		}
		print $v, "\n"' "$1"
}

# install_in NODE PROGRAM...: programs of tests/guest in its /tmp
install_in() {
	local node=$1 p
	shift
	for p; do
		fame exec "$node" -- sh -c "cat >/tmp/$p && chmod 755 /tmp/$p" \
			<"$root/$build/guest/$p" || return
	done
}

# is_clean NODE: its kernel has complained of nothing
is_clean() {
	is "the log of $1 is clean" "$(fame exec "$1" -- dmesg |
		grep -E 'WARNING|BUG|Oops|Call Trace' | head -n 5)" ""
}

# Without directories there is no use in going on.
needs_lfs() {
	fame exec node01 -- sh -c 'mkdir /lfs/d && rmdir /lfs/d' 2>/dev/null &&
		return
	skip "the rest" "/lfs makes no directories yet"
	done_testing
}

# ---- what is left ----------------------------------------------------------

# Processes of ours, but for this script and its helpers.
our_processes() {
	ps -u "$(id -u)" -o pid=,stat=,comm= | grep -E 'fame-|qemu-system|dnsmasq' |
		awk '$2 !~ /^[ZX]/'
}

none_left() {
	[ -z "$(our_processes)" ]
}

interfaces() {
	ls /sys/class/net
}

# Listening sockets of this user, TCP and UDP.
our_sockets() {
	local uid
	uid=$(id -u)
	awk -v uid="$uid" '$8 == uid && ($4 == "0A" || FILENAME ~ /udp/) {
		print FILENAME, $2 }' /proc/net/tcp /proc/net/tcp6 \
		/proc/net/udp /proc/net/udp6 2>/dev/null
}

# Files of this user outside of its home.
our_files() {
	find /tmp /var/tmp /dev/shm /run -xdev -maxdepth 2 -user "$(id -u)" \
		-not -path "$base*" -not -path '/tmp/fame-tests-*' 2>/dev/null | sort
}

# nothing_left NAME: no process, socket, interface or stray file
nothing_left() {
	local left
	# A process whose lock is free may still be on its last instruction.
	wait_for none_left
	left=$(our_processes; our_sockets
		diff "$home/files-before" <(our_files)
		diff "$home/interfaces-before" <(interfaces))
	is "$1: nothing is left" "$left" ""
}

interfaces >"$home/interfaces-before"
our_files >"$home/files-before"

# wait_for COMMAND...: until it succeeds, for ten seconds at most, or $patience.
# Only for what nobody tells us, such as the end of a process that is not our
# child.
wait_for() {
	local end=$((SECONDS + ${patience:-10}))
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		read -r -t 0.02 <> <(:)
	done
	return 0
}

cleanup() {
	local dir
	for dir in "$XDG_STATE_HOME"/fame/*; do
		FAME_DIR=$dir fame-run down >/dev/null 2>&1
	done
	rm -rf "$home"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

# The image is built once for all tests, and not within a test's own time.
image() {
	fame-image build
}
