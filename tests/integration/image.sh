#!/bin/bash
# SPDX-License-Identifier: MIT
#
# image.sh - Building images: what is kept, what is refused, what is left
. "$(dirname "$0")/../lib/functions.sh"

ok "the image is there" image
dir=$(image 2>/dev/null)
cache=$XDG_CACHE_HOME/fame
no_network() { # COMMAND: every mirror is unreachable
	env http_proxy=http://127.0.0.1:9 https_proxy=http://127.0.0.1:9 "$@"
}

# ---- what is there ---------------------------------------------------------

is "one line on standard output" "$(image 2>/dev/null | wc -l)" 1
is "vmlinux cannot be written" "$(stat -c %a "$dir/vmlinux")" 444
is "the initramfs has at most 8 MB" \
	$(($(stat -c %s "$dir/initramfs") <= 8000000)) 1
is "the kernel is an ELF file" "$(head -c 4 "$dir/vmlinux" | tail -c 3)" ELF
# Names in a newc archive.
names=$(perl -e '
	binmode STDIN;
	while (read(STDIN, my $h, 110) == 110) {
		my ($size, $len) = (hex substr($h, 54, 8), hex substr($h, 94, 8));
		read(STDIN, my $name, $len + (-(110 + $len) & 3));
		print unpack("Z*", $name), "\n";
		read(STDIN, my $data, $size + (-$size & 3));
	}' <"$dir/initramfs")
for name in init bin/busybox bin/sh sbin/fame-agent sbin/lfsd bin/fam-hello \
	etc/fame/modules dev/console; do
	like "it has $name" "$names" "(^|
)$name(
|\$)"
done
ok "it is what its description says" fame-image verify "$dir"
like "it is listed" "$(fame-image list)" "$dir  tiny  [0-9]"
is "a second build needs no network" "$(no_network fame-image build)" "$dir"

is "locked to its own packages, it is the same" \
	"$(fame-image build --locked "$dir/image.json" 2>/dev/null)" "$dir"
sed 's/"name": "make"/"name": "no-make"/' "$dir/image.json" >"$home/lock.json"
fails_with "locked to others" 1 "\"no-make\" of .*FAME_MIRROR" \
	fame-image build --locked "$home/lock.json"

# ---- a cache of its own ----------------------------------------------------

# Packages are shared by links, so that nothing is downloaded again.
own=$home/cache
mkdir -p "$own/fame"
cp -al "$cache/deb" "$cache/index" "$own/fame"
build_own() {
	XDG_CACHE_HOME=$own fame-image build "$@"
}
tmp_is_empty() {
	is "$1" "$(ls "$own/fame/tmp")" ""
}

# A package that was cut off is fetched again, and nothing is made of it.
# One of this image's: the cache may have others.
victim=$(perl -MJSON::PP -0777 -e '
	my ($json, $deb) = @ARGV;
	open(my $f, "<", $json) or die;
	for (@{ decode_json(<$f>)->{packages} }) {
		my $path = "$deb/$_->{sha256}.deb";
		if (-s $path && -s _ < 20480) { print $path; last }
	}' "$dir/image.json" "$own/fame/deb")
rm "$victim"
echo "not a package" >"$victim"

build_own >"$home/one" 2>"$home/one.log" &
one=$!
build_own >"$home/two" 2>"$home/two.log"
is "the second of two builds at once" $? 0
wait $one
is "the first of two builds at once" $? 0
is "both give the same image" "$(cat "$home/one")" "$(cat "$home/two")"
is "the damaged package is whole again" \
	"$(sha256sum <"$victim" | cut -c-64)" "$(basename "$victim" .deb)"
tmp_is_empty "no directory of a build is left"
is "its key is that of the other cache" "$(basename "$(cat "$home/one")")" \
	"$(basename "$dir")"
is "the same inputs give the same initramfs" \
	"$(sha256sum <"$(cat "$home/one")/initramfs")" \
	"$(sha256sum <"$dir/initramfs")"

# ---- interrupted -----------------------------------------------------------

has_tree() {
	compgen -G "$own/fame/tmp/build.*/$1"
}
for moment in tree/root/usr tree/root/usr/sbin/policy-rc.d tree/root/usr/src/fame/out/obj; do
	build_own --force >/dev/null 2>&1 &
	pid=$!
	wait_for has_tree "$moment"
	pkill -TERM -P $pid -x fame-image
	wait $pid
	tmp_is_empty "SIGTERM at $moment leaves nothing"
	none_left || flunk "SIGTERM at $moment leaves a process"
done
build_own --force >/dev/null 2>&1 &
pid=$!
wait_for has_tree tree/root/usr
pkill -KILL -P $pid -x fame-image
wait $pid
wait_for none_left
is "SIGKILL leaves no process" "$(our_processes)" ""
is "the image that was there is still good" "$(build_own)" \
	"$(cat "$home/one")"
ok "the next build sweeps" build_own --refresh
tmp_is_empty "what SIGKILL left is swept"

# ---- mirrors that cannot be trusted ----------------------------------------

mirror=$home/mirror
for suite in trixie trixie-updates; do
	mkdir -p "$mirror/dists/$suite" "$mirror-security/dists/trixie-security"
	printf 'Suite: %s\n' $suite >"$mirror/dists/$suite/InRelease"
done
fails_with "a mirror without the security archive" 1 \
	"does not have.*trixie-security/InRelease.*FAME_MIRROR" \
	env FAME_MIRROR="$mirror" fame-image build
printf 'Suite: x\n' >"$mirror-security/dists/trixie-security/InRelease"
fails_with "an index that nobody signed" 1 "InRelease.*no good signature" \
	env FAME_MIRROR="$mirror" fame-image build
fails_with "a mirror that is none" 1 "FAME_MIRROR=\"nonsense\"" \
	env FAME_MIRROR=nonsense fame-image build
fails_with "a proxy that is not there" 1 "cannot download.*FAME_PROXY" \
	env FAME_PROXY=http://127.0.0.1:9 fame-image build --refresh

# ---- profiles and usage ----------------------------------------------------

fails_with "an unknown profile" 1 "no profile \"nothing\"" \
	fame-image build --profile nothing
printf '[image]\nsuites = trixie\ncolour = red\n' >"$home/bad.ini"
fails_with "a wrong line in a profile" 1 "bad.ini\", line 3" \
	fame-image build --profile "$home/bad.ini"
sed -n '/^\.nf/,/^\.fi/{/^\./!p}' "$root/docs/man/fame-image.1" >"$home/mine.ini"
fails_with "files that are not there" 1 "cannot read the files of \"$home/mine\"" \
	fame-image build --profile "$home/mine.ini"
mkdir "$home/mine"
like "the man page's profile" \
	"$(FAME_MIRROR=$mirror fame-image check --profile "$home/mine.ini")" \
	"mine.ini has to be built"
fails_with "an unknown command" 2 "no command \"fly\"" fame-image fly
fails_with "an unknown option" 2 "no such option: \"--fly\"" \
	fame-image build --fly
fails_with "an image that is not there" 1 "no image" fame-image verify /none

# ---- namespaces forbidden --------------------------------------------------

# A user namespace in which no other one may be made, and where we are not
# root, stands for a host that forbids them.
forbidden() {
	unshare -Ur --fork sh -c '
		echo 0 >/proc/sys/user/max_user_namespaces &&
		exec setpriv --bounding-set=-all --inh-caps=-all "$@"' sh "$@"
}
if forbidden true 2>/dev/null; then
	mkdir -p "$home/other/fame"
	cp -al "$cache/deb" "$cache/index" "$home/other/fame"
	fails_with "user namespaces are forbidden" 1 \
		"user namespaces are forbidden.*user.max_user_namespaces" \
		forbidden env XDG_CACHE_HOME="$home/other" fame-image build
	is "nothing was downloaded or left" "$(ls "$home/other/fame/tmp")" ""
else
	skip "user namespaces are forbidden" "cannot be had here"
	skip "nothing was downloaded or left" "cannot be had here"
fi

nothing_left "building"
done_testing
