#!/bin/bash
# SPDX-License-Identifier: MIT
#
# debian.sh - Nodes of profile debian: a whole system on a disk of each node's
. "$(dirname "$0")/../lib/functions.sh"

# Cold, it takes some hundred MB of packages.
ok "the image is there" fame-image build --profile debian

if can_have_a_name && command -v ssh >/dev/null; then
	fame() {
		with_a_name fame-run "$@"
	}
	has_ssh=yes
else
	has_ssh=
fi

# in_node NODE SCRIPT: as root
# shellcheck disable=SC2016 # the node's shell expands
in_node() {
	fame exec -n "$1" -- sh -c "$2"
}

# ---- it is a system, and all of it is up -----------------------------------

ok "up 2" fame up 2 --profile debian
is "systemd is content" "$(in_node node01 'systemctl is-system-running --wait')" running
is "no unit has failed" "$(fame exec -n all -- systemctl --failed --no-legend)" ""
is "the journal has no error" \
	"$(in_node node01 'journalctl -b -p err -q --no-pager')" ""
is_clean node01
is "it is Debian" "$(in_node node01 '. /etc/os-release; echo $ID $VERSION_ID')" "debian 13"
is "with a disk of its own" "$(in_node node01 'findmnt -no SOURCE,FSTYPE /')" "/dev/vda ext4"
is "and the shared file system" "$(in_node node01 'findmnt -no FSTYPE /lfs')" fuse.lfs

is "dpkg finds nothing amiss" "$(in_node node01 'dpkg --audit; dpkg -V fame-fam fame-node \
	libfam-atomic2 libfam-atomic-dev')" ""
is "our files are packages'" "$(in_node node01 \
	'dpkg -S /usr/sbin/lfsd /usr/include/fam_atomic.h /usr/lib/modules/*/updates/fam.ko |
	cut -d: -f1 | sort | tr "\n" " "')" "fame-fam fame-node libfam-atomic-dev "
is "their sizes do not depend on where they were made" "$(in_node node01 '
	for p in fame-fam fame-node libfam-atomic-dev libfam-atomic2; do
		dpkg -L $p | grep -v "^/\.$" | xargs -d "\n" stat -c "%F %s" | awk -v n=1 "
			{ n += /^regular/ ? int((\$NF + 1023) / 1024) : 1 }
			END { print n }"
	done | tr "\n" " "')" "$(in_node node01 'dpkg-query -W -f "\${Installed-Size} " \
	fame-fam fame-node libfam-atomic2 libfam-atomic-dev')"

# ---- who it is comes from outside ------------------------------------------

is "names" "$(fame exec -n all -- hostname | sort | tr '\n' ' ')" \
	"node01: node01 node02: node02 "
ids=$(fame exec -n all -- cat /etc/machine-id | sort)
is "a machine id for each" "$(cut -d' ' -f2 <<<"$ids" | sort -u | wc -l)" 2
is "no secret on the disk" \
	"$(in_node node01 'ls /etc/ssh/*key* /root/.ssh/id* 2>/dev/null')" ""
is "only keys open it" \
	"$(in_node node01 'awk -F: "\$2 !~ /^[!*]/ { print \$1 }" /etc/shadow')" ""
is "owners as a build by root makes them" "$(in_node node01 \
	'stat -c "%U:%G %a %n" /etc/shadow /usr/bin/sudo /usr/bin/chage /home/l4mdc')" \
	"root:shadow 640 /etc/shadow
root:root 4755 /usr/bin/sudo
root:shadow 2755 /usr/bin/chage
l4mdc:l4mdc 700 /home/l4mdc"

if [ -n "$has_ssh" ]; then
	is "ssh: the user" "$(fame ssh node01 id -un </dev/null)" l4mdc
	is "sudo without a password" "$(fame ssh node01 sudo id -un </dev/null)" root
	is "from node to node, as the user" "$(fame ssh node01 ssh node02 hostname </dev/null)" node02
	is "and as root" "$(fame ssh node01 sudo ssh node02 id -un </dev/null)" root
	echo data >"$home/data"
	ok "cp" fame cp "$home/data" node02:copied
	is "into the user's home" "$(in_node node02 'cat /home/l4mdc/copied')" data
else
	skip "ssh" "it wants a user with a name"
fi

# ---- it compiles -----------------------------------------------------------

is "a program, with our library" "$(in_node node01 'cd /tmp &&
	echo "#include <fam_atomic.h>
	#include <stdio.h>
	int main(void) { puts(\"made here\"); return 0; }" >a.c &&
	gcc -o a a.c $(pkg-config --libs fam_atomic) && ./a')" "made here"
is "a kernel module" "$(in_node node01 'mkdir /tmp/m && cd /tmp/m &&
	echo "#include <linux/module.h>
	MODULE_LICENSE(\"GPL\");" >m.c && echo "obj-m := m.o" >Makefile &&
	make -s -C "/lib/modules/$(uname -r)/build" M="$PWD" modules >&2 &&
	insmod m.ko && lsmod | grep -c "^m "' 2>"$home/err")" 1

# ---- packages of Debian's --------------------------------------------------

if in_node node01 'apt-get -qq update' >"$home/out" 2>&1; then
	pass "apt-get update"
	ok "apt-get install" in_node node01 'DEBIAN_FRONTEND=noninteractive apt-get -qq install hello'
	is "what it installed" "$(in_node node01 hello)" "Hello, world!"
	is "signatures are looked at" "$(in_node node01 'apt-config dump |
		grep -iE "AllowUnauthenticated.*(1|true|yes)"; grep -ri trusted=yes /etc/apt')" ""
else
	skip "apt" "$(tail -n 1 "$home/out")"
fi

# ---- again -----------------------------------------------------------------

boot_id() {
	in_node node01 'cat /proc/sys/kernel/random/boot_id' 2>/dev/null
}

# Nobody tells a script that a node is up again.
is_another_boot() {
	local now
	[ "$(field nodes.0.state)" = ready ] && now=$(boot_id) && [ "$now" != "$before" ]
}

before=$(boot_id)
in_node node01 'echo kept >/root/kept; sync; systemctl reboot' >/dev/null 2>&1
for _ in 1 2 3 4 5 6; do
	wait_for is_another_boot && break
done
ok "ready again after a reboot from within" is_another_boot
is "its disk is the same" "$(in_node node01 'cat /root/kept')" kept
is "the other node has not noticed" "$(field nodes.1.state)" ready

ok "down" fame down
like "its systems ended in order" "$(fame logs node02 | tail -n 3)" "reboot: Power down"
export FAME_USER=ada FAME_PASSWORD='a b:c'
ok "up with another user and a password" fame up 2 --profile debian
unset FAME_USER FAME_PASSWORD
is "the disks are the same" "$(in_node node01 'cat /root/kept')" kept
is "machine ids, too" "$(fame exec -n all -- cat /etc/machine-id | sort)" "$ids"
is "the user is there" "$(in_node node02 'id -nG ada')" "ada sudo fam"
like "with a password" "$(in_node node02 'grep ^ada: /etc/shadow')" 'ada:\$'
is "and no other has one" \
	"$(in_node node02 'awk -F: "\$2 !~ /^[!*]/ { print \$1 }" /etc/shadow')" ada
is "a new user without keys of a cluster" "$(in_node node02 '
	mv /run/fame/ssh/id /run/fame/ssh/away && echo | /usr/lib/fame/identity bob && id -nG bob
	mv /run/fame/ssh/away /run/fame/ssh/id' 2>/dev/null)" "bob sudo fam"
ok "down again" fame down
ok "up with fresh disks" fame up 1 --profile debian --fresh
is "they are fresh" "$(in_node node01 'ls /root/kept 2>/dev/null')" ""
ok "purge" fame down --purge
nothing_left "after all"
done_testing
