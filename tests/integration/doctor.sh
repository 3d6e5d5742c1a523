#!/bin/bash
# SPDX-License-Identifier: MIT
#
# doctor.sh - What keeps a host from running nodes is told, and what mends it
. "$(dirname "$0")/../lib/functions.sh"

ok "the image is there" image

# doctored ENVIRONMENT...: status of "doctor"; its document in $home/doc
doctored() {
	env "$@" fame-run doctor --json >"$home/doc" 2>"$home/err"
	echo "status $?"
}
# row NAME KEY: of the document
row() {
	perl -MJSON::PP -0777 -e '
		my ($row) = grep { $_->{name} eq $ARGV[0] }
			@{decode_json(<STDIN>)->{checks}};
		print $row->{$ARGV[1]} // "", "\n"' "$@" <"$home/doc"
}

is "this host can" "$(doctored A=)" "status 0"
is "nothing on standard error" "$(cat "$home/err")" ""
is "the image is found" "$(row image result)" ok
like "and named" "$(perl -MJSON::PP -0777 -ne 'print decode_json($_)->{image}' \
	"$home/doc")" "^$XDG_CACHE_HOME/fame/images/"
is "the sandbox was made" "$(row namespaces result)" ok
like "KVM was tried, or is away" "$(row kvm text)" "runs the nodes' kernel|TCG"
like "so was the bridge" "$(row tun text)" "^--net bridge (works|does not work)"
like "as a table" "$(fame doctor)" $'(^|\n)ok +qemu +version'
is "nothing is left in the cache" "$(ls "$XDG_CACHE_HOME/fame/tmp")" ""

# ---- problems --------------------------------------------------------------

mkdir "$home/path"
for tool in env sh; do
	ln -s "$(command -v $tool)" "$home/path"
done
fame=$root/$build/bin/fame-run
PATH=$home/path "$fame" doctor --json >"$home/doc"
is "no QEMU" "$? $(row qemu result)" "1 problem"
like "is said" "$(row qemu text)" "'qemu-system-x86_64' is not there"

SECONDS=0
is "a bad proxy, and an image" "$(doctored FAME_PROXY=http://127.0.0.1:1)" \
	"status 0"
is "is no problem" "$(row mirror result) $(row mirror mend)" \
	"note export FAME_PROXY=none"
is "no mirror, and none" "$(doctored FAME_MIRROR=http://127.0.0.1:1/debian \
	FAME_PROXY=none XDG_CACHE_HOME="$home/cache")" "status 1"
is "is a problem" "$(row mirror result) $(row image result)" "problem note"
like "that is told" "$(row mirror text)" "'http://127.0.0.1:1/debian'.*FAME_MIRROR"
ok "nobody waits long" test $SECONDS -lt 30

touch "$home/file"
is "a cache that cannot be" "$(doctored XDG_CACHE_HOME="$home/file")" "status 1"
like "is told" "$(row cache text)" "cannot use the cache"
is "no place for the memory" "$(doctored FAME_DIR=/proc/fame)" "status 1"
like "is told, too" "$(row disk text) $(row disk mend)" "'/proc'.*export FAME_DIR"
is "few files" "$(ulimit -n 128; doctored A=; row nofile result)" \
	"status 0
note"

# A root who may nothing, or it would do without a user namespace.
without_namespaces() {
	unshare --user --map-root-user sh -c '
		echo 0 >/proc/sys/user/max_user_namespaces &&
			exec setpriv --securebits=+noroot "$@"' sh "$@"
}
if without_namespaces true 2>/dev/null; then
	without_namespaces env XDG_CACHE_HOME="$home/cache" \
		"$fame" doctor --json >"$home/doc" 2>/dev/null
	is "user namespaces are forbidden" "$? $(row namespaces result)" \
		"1 problem"
	is "by what" "$(row namespaces mend)" \
		"sysctl -w user.max_user_namespaces=10000"
else
	skip "user namespaces are forbidden" "cannot forbid them here"
fi

fails_with "an argument" 2 "usage: fame-run doctor" fame doctor now
fails_with "fame-image check of nothing" 1 "" fame-image check --profile none
nothing_left "doctor"
done_testing
