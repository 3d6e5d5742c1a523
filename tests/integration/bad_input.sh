#!/bin/bash
# SPDX-License-Identifier: MIT
#
# bad_input.sh - Every mistake ends with one clear line that names the thing
# and the way out, a status, and nothing left behind
. "$(dirname "$0")/../lib/functions.sh"

# ---- before anything is needed ---------------------------------------------

for n in 0 33 -- -1 4x "" 99999999999999999999; do
	fails_with "up '$n'" 2 "1 to 32|is not known|usage" fame up "$n"
done
fails_with "up without a number" 2 "usage: fame-run up" fame up
fails_with "up with two" 2 "usage: fame-run up" fame up 2 3
fails_with "an unknown verb" 2 "no verb 'fly': see 'fame-run help'" fame fly
fails_with "an unknown option" 2 "frobnicate" fame up --frobnicate 2
for size in 3G 512M 1T 0 x 4GB; do
	fails_with "--fam $size" 2 "--fam '$size' .* power of two from 1G to 512G" \
		fame up --fam $size 2
done
fails_with "a wrong setting" 2 "FAME_VCPUS 'many'.*1 to 64" \
	env FAME_VCPUS=many fame-run up 2
fails_with "down of none" 3 "no cluster in|is down" fame down
mkdir -p "$home/mine/log"
echo dear >"$home/mine/log/diary"
chmod 755 "$home/mine"
fails_with "down --purge of a directory that is no cluster's" 3 "no cluster in" \
	env FAME_DIR="$home/mine" fame-run down --purge
fails_with "up in it" 1 "'$home/mine' is not empty and no cluster's.*FAME_DIR" \
	env FAME_DIR="$home/mine" fame-run up 1
is "it is as it was" "$(find "$home/mine" | wc -l; stat -c %a "$home/mine")" \
	"3
755"
fails_with "status of none" 3 "fame-run up N" fame status
fails_with "exec in none" 3 "fame-run up N" fame exec node01 -- true

# ---- the host --------------------------------------------------------------

mkdir "$home/empty-path"
for tool in env sh; do
	ln -s "$(command -v $tool)" "$home/empty-path"
done
fails_with "no QEMU" 1 "'qemu-system-x86_64' is not there.*install-deps" \
	env PATH="$home/empty-path" "$root/$build/bin/fame-run" up 2
printf '#!/bin/sh\necho "QEMU emulator version 5.2.0"\n' \
	>"$home/empty-path/qemu-system-x86_64"
chmod +x "$home/empty-path/qemu-system-x86_64"
fails_with "an old QEMU" 1 "version 5.2, and at least 7.2" \
	env PATH="$home/empty-path" "$root/$build/bin/fame-run" up 2

mkdir -m 500 "$home/read-only"
fails_with "FAME_DIR not writable" 1 \
	"cluster directory '$home/read-only/c': Permission denied.*FAME_DIR" \
	env FAME_DIR="$home/read-only/c" fame-run up 2
touch "$home/file"
fails_with "FAME_DIR is a file" 1 "'$home/file': Not a directory" \
	env FAME_DIR="$home/file" fame-run up 2

# ---- the shared memory -----------------------------------------------------

ok "an image, which is needed before a place" image

fails_with "FAME_FAM is a directory" 1 "is a directory" \
	env FAME_FAM="$home" fame-run up 2
fails_with "FAME_FAM may not be written" 1 "Permission denied.*FAME_FAM" \
	env FAME_FAM="$home/read-only/fam" fame-run up 2
truncate -s 2G "$home/fam2"
fails_with "a smaller FAM file" 1 "has 2G, not 4G" \
	env FAME_FAM="$home/fam2" fame-run up --fam 4G 2
is "it is left as it was" "$(stat -c %s "$home/fam2")" 2147483648
truncate -s 3G "$home/fam3"
fails_with "an odd FAM file" 1 "not a power of two" \
	env FAME_FAM="$home/fam3" fame-run up 2

# A small file system, as /dev/shm in many containers, and a full one.
in_small_fs() {
	unshare -Urm sh -c 'mount -t tmpfs -o size=64m tmpfs "$1" && shift &&
		exec "$@"' sh "$home/small" "$@"
}
mkdir "$home/small"
if in_small_fs true 2>/dev/null; then
	fails_with "a small file system" 1 "needs 4G.*MiB free.*FAME_FAM" \
		in_small_fs env FAME_FAM="$home/small/fam" fame-run up 2
	fails_with "a full disk under the image" 1 "$home/small" \
		in_small_fs env XDG_CACHE_HOME="$home/small" fame-image build
else
	skip "a small file system" "no user namespaces here"
	skip "a full disk under the image" "no user namespaces here"
fi

# ---- the image -------------------------------------------------------------

fails_with "image build offline" 1 "127.0.0.1:9/debian.*FAME_MIRROR" \
	env XDG_CACHE_HOME="$home/other-cache" \
	FAME_MIRROR=http://127.0.0.1:9/debian fame-run up 2
fails_with "an unknown profile" 1 "nonesuch" fame up --profile nonesuch 2

ok "the image is there" image
dir=$(image 2>/dev/null)
cp -r "$XDG_CACHE_HOME" "$home/broken-cache"
broken=$home/broken-cache/${dir#"$XDG_CACHE_HOME"/}
chmod u+w "$broken/initramfs"
printf x | dd of="$broken/initramfs" bs=1 seek=5000 conv=notrunc status=none
fails_with "a corrupted image" 1 "initramfs.*fame-image build --force" \
	env XDG_CACHE_HOME="$home/broken-cache" fame-run up 2
nothing_left "before any cluster ran"

# ---- hints are for the cluster that was meant -------------------------------

fails_with "a hint has --name" 3 "'fame-run up --name other N'" \
	fame status --name other
ok "another cluster" fame up --name other 1 <&-
like "its hint, too" "$(fame up --name other 1 2>&1)" "fame-run down --name other"
ok "down" fame down --name other --purge

# ---- a running cluster -----------------------------------------------------

ok "up" fame up 1
fails_with "a second up" 1 "runs already.*fame-run down" fame up 1
is "does no harm" "$(field state)" ready
fails_with "an unknown node" 1 "no node 'node07'" fame exec node07 -- true
fails_with "an unknown console" 1 "no node 'x'" fame console x
fails_with "an unknown log" 1 "no log 'nonesuch'" fame logs nonesuch
# More than one request in one piece: frames of type 128, answers of 129.
is "what comes after a request has no answer" "$(perl -MIO::Socket::UNIX -e '
	my $s = IO::Socket::UNIX->new($ARGV[0]) or die;
	my $request = "{\"op\":\"status\"}";
	print $s join "", (pack("V v C C", length $request, 0, 128, 0) .
		$request) x 3;
	$s->flush;
	while (read($s, my $head, 8) == 8) {
		my ($n, undef, $type) = unpack "V v C", $head;
		read($s, my $text, $n);
		print "$type " . ($text =~ /"nodes"/ ? "status" : $text) . "\n";
	}' "$XDG_STATE_HOME/fame/node/control")" "129 status"
fails_with "exec without a command" 2 "usage: fame-run exec" fame exec node01
ok "down" fame down
fails_with "down twice" 3 "is down" fame down

# ---- one memory, two clusters ----------------------------------------------

export FAME_FAM=$home/shared-fam
ok "a cluster on a file" fame up --name one --fam 1G 1
fails_with "another on the same" 1 "used by another cluster" \
	fame up --name other 1
ok "down" fame down --name one --purge
is "--purge removes a FAM file elsewhere too" "$(ls "$FAME_FAM" 2>/dev/null)" ""
fails_with "a failed up leaves no FAM file" 1 nonesuch \
	fame up --name one --profile nonesuch 1
is "none" "$(ls "$FAME_FAM" 2>/dev/null)" ""
unset FAME_FAM

# ---- a node that never gets ready ------------------------------------------

fails_with "a panic at boot" 1 "node 'node01' did not get ready: .*panic" \
	fame up --append "rdinit=/nonexistent" 1
like "with its last lines" "$(cat "$home/err")" "console: .*[Pp]anic"
is "the cluster is down" "$(fame status 2>&1 | grep -c 'is down')" 1
fails_with "too late" 1 "node 'node01' did not get ready: not ready after 1 s" \
	fame up --timeout 1 1
nothing_left "after nodes that failed"

done_testing
