#!/bin/bash
# SPDX-License-Identifier: MIT
#
# fam.sh - fam.ko by itself, in machines that nothing else uses: what it
# promises, and which of several devices it takes
. "$(dirname "$0")/../lib/functions.sh"

ok "the image is there" image
image_dir=$(fame-image build 2>/dev/null | tail -n 1)
kernel_options="console=ttyS0 quiet panic=-1 reboot=t no_timer_check
	mitigations=off nokaslr random.trust_cpu=on tsc=reliable nowatchdog
	cryptomgr.notests lpj=4000000"

# The first program has nothing but the kernel, whose log has these commands.
prologue="mount -t devtmpfs d /dev; mount -t proc p /proc;
	mount -t sysfs s /sys; cd /lib/modules/*;
	echo always >/sys/kernel/mm/transparent_hugepage/enabled;
	dmesg -c >/dev/null"
complaints="dmesg | grep -E 'WARNING|BUG|Oops|Call Trace|Objects remaining'"

# machine COMMANDS QEMU-OPTION...: a machine whose first program runs the
# commands, which have no double quotes; prints what they print
machine() {
	local append="$kernel_options rdinit=/bin/busybox -- sh -c"
	append+=" \"$prologue; $1; poweroff -f\""
	shift
	timeout 120 qemu-system-x86_64 -nodefaults -no-user-config \
		-display none -machine q35 -no-reboot -m 1024 \
		-accel tcg,thread=multi,tb-size=128 -cpu max,-cx16 \
		-smp 1,maxcpus=2 -kernel "$image_dir/vmlinux" \
		-initrd "$image_dir/initramfs" -serial stdio \
		-append "${append//[$'\n\t']/ }" "$@" </dev/null 2>&1 |
		tr -d '\r'
}

# plain NAME SIZE: the options of a device, an item a line
plain() {
	printf '%s\n' -object \
		"memory-backend-file,id=$1,mem-path=$home/$1,size=$2,share=on" \
		-device "ivshmem-plain,memdev=$1"
}

# server VECTORS SIZE: an ivshmem-server, its pid in $server
server() {
	rm -f "$home/ready"
	mkfifo "$home/ready"
	ivshmem-server -F --ready-fd 3 -S "$home/socket" -m "$home" -n "$1" \
		-l "$2" 3>"$home/ready" >/dev/null 2>&1 &
	server=$!
	read -r _ <"$home/ready"
}
server_end() {
	kill "$server"
	wait "$server" 2>/dev/null
}

# doorbell VECTORS: the same for its client
doorbell() {
	printf '%s\n' -chardev "socket,id=bell,path=$home/socket" \
		-device "ivshmem-doorbell,chardev=bell,vectors=$1"
}

# ---- what it promises ------------------------------------------------------

mapfile -t both < <(plain memory 2G; doorbell 16)
server 16 1M
machine "insmod fam.ko; insmod /lib/fame/fam_fault.ko;
	fam-check module \$PWD/fam.ko && echo all passed;
	rmmod fam; rmmod fam_fault; $complaints; echo end" \
	"${both[@]}" >"$home/console"
server_end
grep -E '^(ok|not ok|#) ' "$home/console" >"$home/tap"
relay "$home/tap"
like "all checks were made" "$(cat "$home/console")" 'all passed'
is "the kernel has complained of nothing" \
	"$(sed -n '/^all passed/,/^end/p' "$home/console")" "all passed
end"

# ---- which device it takes -------------------------------------------------

# A doorbell is left alone, however large; so is the smaller of two.
server 1 4G
mapfile -t three < <(
	doorbell 1
	plain small 1G
	plain large 2G
	plain same 2G
)
sizes="dmesg | sed -n 's/.*fam 0000:\\(.*\\)/fam \\1/p'"
machine "insmod fam.ko; $sizes; rmmod fam; dmesg -c >/dev/null;
	insmod fam.ko size=0x40000000; $sizes; rmmod fam; dmesg -c >/dev/null;
	insmod fam.ko size=4096; ls /dev/fam; $sizes; rmmod fam;
	$complaints; echo end" "${three[@]}" >"$home/console"
server_end
is "the first of the largest, or that of the size it is told, or none" \
	"$(sed -n '/^\(fam\|ls\|end\)/p' "$home/console" |
		sed 's/ at 0x.*//')" \
	"fam 00:03.0: 2048 MiB of shared memory
fam 00:02.0: 1024 MiB of shared memory
ls: /dev/fam: No such file or directory
end"

mapfile -t low < <(plain low 64M)
machine "insmod fam.ko; $sizes; fam-check module x | head -n 4; $complaints;
	echo end" "${low[@]}" >"$home/console"
like "memory that firmware leaves uncached is told of" \
	"$(cat "$home/console")" 'fam 00:01.0: uncached, so slow'
is "and works" "$(grep -c '^ok' "$home/console")" 4

machine "insmod fam.ko; ls /dev/fam; rmmod fam; $complaints; echo end" \
	>"$home/console"
is "without a device there is no harm" \
	"$(sed -n '/^\(ls\|end\)/p' "$home/console")" \
	"ls: /dev/fam: No such file or directory
end"

done_testing
