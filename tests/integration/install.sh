#!/bin/bash
# SPDX-License-Identifier: MIT
#
# install.sh - What "make install" brings is of use without the sources
. "$(dirname "$0")/../lib/functions.sh"

[ -r hostlib/fame_host.pc.in ] || skip_all "the sources are not readable"
[ "$build" = build ] || skip_all "a variant is not installed"

ok "make install" make -s install DESTDIR="$home/dest" PREFIX=/usr
PATH=$home/dest/usr/bin:$PATH
is "the programs are found there" "$(command -v fame-run)" \
	"$home/dest/usr/bin/fame-run"
like "and start" "$(fame-run version)" "[0-9]"

is "bash completes what is installed" "$(bash -c '
	. "$0/usr/share/bash-completion/completions/fame-run"
	COMP_WORDS=(fame-run dow) COMP_CWORD=1
	_fame_run
	echo "${COMPREPLY[*]}"' "$home/dest")" down
ok "zsh's and fish's are there" test -s \
	"$home/dest/usr/share/zsh/site-functions/_fame-run" -a -s \
	"$home/dest/usr/share/fish/vendor_completions.d/fame-run.fish"

export PKG_CONFIG_SYSROOT_DIR=$home/dest
export PKG_CONFIG_PATH=$home/dest/usr/lib/pkgconfig
export PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 PKG_CONFIG_ALLOW_SYSTEM_LIBS=1
for lib in fame_host fam_atomic; do
	ok "pkg-config knows $lib" pkg-config --print-errors --exists "$lib"
done
# shellcheck disable=SC2046 # options
ok "the example of the host's library is compiled" \
	cc -o "$home/host_mail" "$home/dest/usr/share/fame/examples/host_mail.c" \
	$(pkg-config --cflags --libs fame_host)
fails_with "and works" 1 "'$home/none/doorbell': No such file" \
	"$home/host_mail" "$home/none" 1 x
command -v mandoc >/dev/null || { skip "pages" "no mandoc"; done_testing; }
for page in "$home/dest/usr/share/man"/man?/*; do
	is "$(basename "$page") is a clean page" \
		"$(mandoc -T lint -W warning "$page" 2>&1 | head -n 3)" ""
done

done_testing
