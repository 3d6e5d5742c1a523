#!/bin/bash
# SPDX-License-Identifier: MIT
#
# stanza.sh - The command lines of docs/doorbells.md work as they stand
. "$(dirname "$0")/../lib/functions.sh"

doc=$root/docs/doorbells.md
[ -r "$doc" ] || skip_all "the documents are not readable"

# block N: the Nth block of commands
block() {
	awk -v n="$1" '/^```sh$/ { at++; inside = at == n; next }
		/^```$/ { inside = 0 }
		inside' "$doc"
}
# run N: it works
run() {
	timeout 120 sh -c "$(block "$1")" </dev/null
}
# until_it_waits COMMAND...: goes on in the background, read from $out
until_it_waits() {
	local line
	exec {out}< <("$@" 2>&1)
	while read -r line <&"$out"; do
		[[ $line == waits* ]] && return
	done
	return 1
}

ok "the image is there" image
cd "$home" || exit 1
ok "its files" run 1
ok "a server" run 2
ok "a machine of QEMU's waits" until_it_waits run 3
ok "another one rings it" run 4
like "by that vector, once" "$(tr -s ' \r\n' ' ' <&"$out")" "0000000 3 1 "
ok "the end of the server" run 5
is "leaves nothing" "$(find "$home" -name pid -o -name bells)" ""

ok "a cluster" fame up --doorbell 1
cluster=$(field dir)
size=$(field fam.size)
export cluster size
ok "its node waits" until_it_waits fame exec node01 -- sh -c '
	exec </dev/fam-doorbell; echo waits
	dd bs=8 count=1 2>/dev/null | od -An -t u4'
ok "a machine that it does not know rings it" run 6
is "by that vector, once" "$(xargs <&"$out")" "3 1"
like "from beyond the nodes" "$(cat "$(field dir)/log/doorbell.log")" \
	"client 256"

done_testing
