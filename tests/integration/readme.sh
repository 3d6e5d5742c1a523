#!/bin/bash
# SPDX-License-Identifier: MIT
#
# readme.sh - The examples in the documents work as they stand
. "$(dirname "$0")/../lib/functions.sh"

ok "the image is there" image
ok "up 4, as 'make up' does" fame up 4

# Every line of README.md's block of commands, in order.
ln -sf "$root/$build/bin/fame-run" "$home/fame-run"
cd "$home" || exit 1
mapfile -t lines < <(sed -n '/^```sh$/,/^```$/p' "$root/README.md" |
	grep -v '^```')
is "README has its commands" "$([ ${#lines[@]} -ge 5 ] && echo yes)" yes
for line in "${lines[@]}"; do
	ok "README: $line" sh -c "$line"
done

# The man page's examples, and those of other clusters in README.
mapfile -t lines < <(sed -n '/^\.Sh EXAMPLES/,/^\.Ed/p' \
	"$root/docs/man/fame-run.1" | grep '^fame-run')
is "the man page has its commands" "$([ ${#lines[@]} -ge 5 ] && echo yes)" yes
for line in "${lines[@]}"; do
	ok "man page: $line" sh -c "$line"
done
mapfile -t lines < <(sed -n 's/^    \(fame-run .*--name big.*\)/\1/p' \
	"$root/README.md")
is "README has another cluster" "${#lines[@]}" 3
for line in "${lines[@]}"; do
	ok "README: $line" sh -c "$line"
done
mapfile -t lines < <(sed -n '/^```sh$/,/^```$/p' "$root/docs/ci.md" |
	grep -v '^```')
is "ci.md has its commands" "${#lines[@]}" 5
for line in "${lines[@]}"; do
	ok "ci.md: $line" sh -c "$line"
done
nothing_left "after all examples"

done_testing
