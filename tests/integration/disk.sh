#!/bin/bash
# SPDX-License-Identifier: MIT
#
# disk.sh - Nodes that start from a disk, and what they find on it again
. "$(dirname "$0")/../lib/functions.sh"

export FAME_PROFILE=$root/tests/lib/disk.ini
ok "the image is there" fame-image build --profile "$FAME_PROFILE"
dir=$(fame-image build --profile "$FAME_PROFILE" 2>/dev/null)
disks=$XDG_STATE_HOME/fame/node/disks

# ---- the image -------------------------------------------------------------

is "the disk cannot be written" "$(stat -c %a "$dir/root.ext4")" 444
is "it is as large as the profile says" "$(stat -c %s "$dir/root.ext4")" \
	$((2 << 30))
is "most of it is not there" \
	$(($(stat -c %b "$dir/root.ext4") * 512 < 1 << 30)) 1
if [ -x /sbin/e2fsck ]; then
	ok "e2fsck finds nothing" /sbin/e2fsck -fn "$dir/root.ext4"
else
	skip "e2fsck finds nothing" "no e2fsck"
fi
ok "it is what its description says" fame-image verify "$dir"

ok "its files become a tar" fame-image export --tar "$dir" "$home/root.tar.zst"
if command -v zstd >/dev/null; then
	like "with owners and modes" "$(tar --zstd --numeric-owner -tvf "$home/root.tar.zst" \
		./root/linked)" "-rwxr-s--- 3/4 "
else
	skip "with owners and modes" "no zstd"
fi
rm -f "$home/root.tar.zst"

# Of the tree that the last build has left, and of a new one.
sum=$(sha256sum <"$dir/root.ext4")
fame-image rm "$dir"
fame-image build --profile "$FAME_PROFILE" >/dev/null 2>&1
is "built again: the same bytes" "$(sha256sum <"$dir/root.ext4")" "$sum"
is "a shell in the tree" "$(fame-image shell <<<'cat /root/owned; touch /root/mine' \
	2>/dev/null)" text
fame-image build --force --profile "$FAME_PROFILE" >/dev/null 2>&1
is "built anew, and nothing of the shell: the same bytes" "$(sha256sum <"$dir/root.ext4")" "$sum"

# ---- a node ----------------------------------------------------------------

on() {
	fame exec node01 -- "$@"
}

ok "a node starts from it" fame up 1
is "its root is the disk" "$(on awk '$2 == "/" { print $1, $3 }' /proc/mounts)" \
	"/dev/vda ext4"
is "owners are what a script wanted" \
	"$(on stat -c '%u:%g %a %h' /root/owned)" "3:4 2750 2"
is "so are devices" "$(on stat -c '%F %a %t:%T' /root/device)" \
	"character special file 620 1:3"
is "passwords are for their group" "$(on stat -c %u:%g /etc/shadow)" 0:42
is "all else is root's" "$(on find / -xdev ! -user 0 ! -path /root/owned \
	! -path /root/linked)" ""
is "lines know the kernel" "$(on cat /root/kver)" "$(on uname -r)"
is "the profile's files are there" "$(on cat /root/.from-profile)" "from the profile"
is "sources are gone" "$(on ls /usr/src/fame 2>&1 | wc -l)" 1

on sh -c 'echo hello >/root/kept; dd if=/dev/urandom of=/root/big bs=1M count=32; sync' \
	2>/dev/null
full=$(field nodes.0.disk)
is "status tells what the disk takes" $((full > 32 << 20)) 1
ok "the node gives it back" on sh -c 'rm /root/big; sync; fstrim /'
is "and the host gets it" $(($(field nodes.0.disk) < full - (24 << 20))) 1

# ---- again -----------------------------------------------------------------

ok "the node ends" fame down
if command -v qemu-img >/dev/null; then
	ok "qemu-img finds nothing" qemu-img check "$disks/node01.qcow2"
else
	skip "qemu-img finds nothing" "no qemu-img"
fi
fame up 1 2>/dev/null
is "the disk stays" "$(on cat /root/kept)" hello
fame down
fame up 1 --fresh 2>/dev/null
is "--fresh throws it away" "$(on ls /root/kept 2>&1 | grep -c 'No such')" 1
fame down

# ---- what cannot be --------------------------------------------------------

other() {
	FAME_PROFILE=tiny fame up 1
}
printf 'q' | dd of="$disks/node01.qcow2" conv=notrunc status=none
fails_with "a damaged disk" 1 "node01.qcow2' is damaged.*--fresh" fame up 1
ok "another image needs no disk" other
fame down
ok "a purge takes the disks" fame down --purge
is "the directory is gone" "$(ls -d "$XDG_STATE_HOME/fame/node" 2>/dev/null)" ""

done_testing
