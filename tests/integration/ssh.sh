#!/bin/bash
# SPDX-License-Identifier: MIT
#
# ssh.sh - fame-run ssh, cp and ssh-config; keys known to both sides beforehand
. "$(dirname "$0")/../lib/functions.sh"

command -v ssh >/dev/null || skip_all "no ssh on this host"
can_have_a_name || skip_all "ssh wants a user with a name"

fame() {
	with_a_name fame-run "$@"
}

# Neither what is asked nor a key of the user's plays a part.
unset SSH_AUTH_SOCK SSH_ASKPASS DISPLAY
profile=$FAME_PROFILE

ok "the image is there" fame-image build --profile "$profile"
ok "up 2" fame up 2 --profile "$profile"
dir=$XDG_STATE_HOME/fame/node

# ---- in, and back ----------------------------------------------------------

is "a command" "$(fame ssh node02 hostname </dev/null)" node02
is "standard input" "$(echo hello | fame ssh node01 cat)" hello
fame ssh node01 'echo to-err >&2; exit 7' </dev/null 2>"$home/err"
is "its status" $? 7
is "its standard error, and nothing else" "$(cat "$home/err")" to-err
is "as root" "$(fame ssh root@node01 id -u </dev/null)" 0

head -c 8000000 /dev/urandom >"$home/data"
ok "cp to a node" fame cp "$home/data" root@node01:/tmp/data
is "it is the same" "$(fame exec node01 -- sha256sum </dev/null /tmp/data | cut -c-64)" \
	"$(sha256sum "$home/data" | cut -c-64)"
ok "cp from a node" fame cp root@node01:/tmp/data "$home/back"
ok "it is the same" cmp "$home/data" "$home/back"
mkdir -p "$home/tree/a b"
echo x >"$home/tree/a b/c"
ok "cp of a directory" fame cp -r "$home/tree" root@node02:/tmp
is "with all that is in it" "$(fame exec node02 -- cat '/tmp/tree/a b/c')" x

fame ssh-config >"$home/config"
is "plain ssh by ssh-config" \
	"$(with_a_name ssh -F "$home/config" -o BatchMode=yes node01 hostname)" node01

# ---- who may ---------------------------------------------------------------

is "keys are the user's alone" \
	"$(find "$dir/ssh" -type f ! -name '*.pub' -perm /077)" ""
is "a node has its own host key" "$(fame exec all -- sed -n 3p /run/fame/ssh/host_key |
	cut -d' ' -f2 | sort -u | wc -l)" 2
with_a_name ssh-keygen -q -t ed25519 -N '' -f "$home/other"
grep -v IdentityFile "$home/config" >"$home/no-key"
fails_with "another key is refused" 255 "Permission denied" \
	with_a_name ssh -F "$home/no-key" -o BatchMode=yes -i "$home/other" \
	node01 true
sed "s/^node01,/node0x,/; s/^node02/node01/" "$dir/ssh/known_hosts" >"$home/known"
fails_with "another host key is refused" 255 "verification failed" \
	with_a_name ssh -o "UserKnownHostsFile $home/known" -F "$home/config" \
	-o BatchMode=yes node01 true

# ---- mistakes --------------------------------------------------------------

fails_with "no such node" 255 "" fame ssh node09 true
fails_with "usage of ssh" 2 "usage: fame-run ssh" fame ssh
fails_with "usage of cp" 2 "usage: fame-run cp" fame cp x
fails_with "usage of ssh-config" 2 "usage: fame-run ssh-config" fame ssh-config x

# ---- again -----------------------------------------------------------------

id=$(cat "$dir/ssh/id")
ok "restart" fame restart node01
is "known after a restart" "$(fame ssh node01 hostname </dev/null)" node01
ok "down" fame down
fails_with "a cluster that is down" 255 "" fame ssh node01 true
is "the key stays" "$(cat "$dir/ssh/id")" "$id"
ok "purge" fame down --purge
ok "no key is left" test ! -e "$dir/ssh"
fails_with "and none is known" 3 "no cluster in" fame ssh-config
nothing_left "after all"
done_testing
