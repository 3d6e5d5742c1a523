#!/bin/bash
# SPDX-License-Identifier: MIT
#
# settings.sh - Settings from files, and what is left when they are wrong
. "$(dirname "$0")/../lib/functions.sh"

ok "the image is there" image

mkdir -p "$home/.config/fame" "$home/c"
user=$home/.config/fame/fame.ini
printf '[fame]\nvdram = 131072\ntimeout = 100\nhostbase = alpha\n' >"$user"
printf 'vdram = 196608\n' >"$home/c/fame.ini"

# from NAME: where "config" has a setting from
from() {
	fame config --json "${@:2}" | perl -MJSON::PP -0777 -e '
		my ($s) = grep { $_->{name} eq $ARGV[0] }
			@{decode_json(<STDIN>)->{settings}};
		print "$s->{value} ", $s->{where} // $s->{origin}, "\n"' "$1"
}
is "the user's file" "$(from FAME_TIMEOUT)" "100 $user:3"
is "the cluster's goes before it" "$(from FAME_VDRAM --dir "$home/c")" \
	"196608 $home/c/fame.ini:1"
is "the environment before that" \
	"$(FAME_VDRAM=163840 from FAME_VDRAM --dir "$home/c")" "163840 environment"
is "an option before all" "$(FAME_VDRAM=163840 from FAME_VDRAM --vdram 229376)" \
	"229376 option"
like "as a table" "$(fame config --dir "$home/c")" \
	"FAME_VDRAM=196608  # $home/c/fame.ini:1: private memory"
like "no password is shown" "$(FAME_PASSWORD=abc fame config)" \
	'FAME_PASSWORD=\.\.\.'
like "nor in the document" "$(FAME_PASSWORD=abc fame config --json)" \
	'"FAME_PASSWORD","key":"password","origin":"environment"'

echo 'vcpu = 2' >>"$user"
fails_with "an unknown key" 2 "$user:5: no setting 'vcpu': did you mean 'vcpus'" \
	fame status
sed -i '$d' "$user"
is "verbose = 0 is off" "$(FAME_VERBOSE=0 fame logs 2>&1 | grep -c debug)" 0

# ---- in use ----------------------------------------------------------------

ok "up, where only settings are" env FAME_DIR="$home/c" fame-run up 1
export FAME_DIR=$home/c
is "a node by the user's name, with the cluster's memory" \
	"$(fame exec alpha01 -- sh -c 'hostname
		awk "/MemTotal/ { print (\$2 < 196608 && \$2 > 131072) }" \
			/proc/meminfo')" "alpha01
1"
unset FAME_DIR
ok "the settings can be sourced" sh -ec '. "$1" && test "$FAME_VDRAM" = 196608 &&
	fame-run exec alpha01 -- true' sh "$home/c/alpha_env.sh"
is "by nobody else" "$(stat -c %a "$home/c/alpha_env.sh")" 600
ok "down" fame down --dir "$home/c" --purge
is "the user's settings stay" "$(ls "$home/c")" fame.ini
is "run has a cluster of its own all the same" "$(fame run 1 -- \
	sh -c 'echo "$FAME_NODES"; fame-run status >/dev/null; echo $?' 2>/dev/null)" \
	"alpha01
0"
is "and removes it" "$(ls "$XDG_STATE_HOME/fame")" ""
nothing_left "settings"

# ---- the image takes long --------------------------------------------------

rm "$user"
mkfifo "$home/asked"
# A mirror that hears a question, and never answers.
perl -MIO::Socket::INET -e '
	$| = 1;
	my $s = IO::Socket::INET->new(Listen => 5, LocalAddr => "127.0.0.1")
		or die;
	print $s->sockport, "\n";
	my @c = $s->accept;
	open my $f, ">", $ARGV[0] or die;
	print $f "asked\n";
	close $f;
	push @c, $s->accept while 1' "$home/asked" >"$home/port" &
mirror=$!
wait_for test -s "$home/port"
env XDG_CACHE_HOME="$home/cache" FAME_PROXY=none \
	FAME_MIRROR="http://127.0.0.1:$(cat "$home/port")/debian" \
	perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' fame-run up 2 \
	>"$home/up" 2>&1 &
up=$!
is "the image is being built" "$(cat "$home/asked")" asked
fails_with "down, meanwhile" 3 "no cluster in" fame down
kill -INT $up
wait $up
is "up is interrupted" $? 130
like "and says so" "$(cat "$home/up")" "interrupted: nothing was started"
kill $mirror
wait $mirror 2>/dev/null
ok "no directory is left" test ! -e "$XDG_STATE_HOME/fame/node"
nothing_left "up, interrupted while the image was built"

# ---- completion ------------------------------------------------------------

completes() { # WORD...: what bash makes of the last one
	bash -c '. scripts/completion/fame-run.bash
		COMP_WORDS=(fame-run "$@")
		COMP_CWORD=$#
		_fame_run
		echo "${COMPREPLY[*]}"' bash "$@"
}
is "a verb is completed" "$(completes dow)" down
is "so are options" "$(completes down --p)" --purge
like "of settings, too" "$(completes up --)" "--fam-file --fam --name"
is "values" "$(completes up --accel '')" "auto kvm tcg"
is "behind a sign" "$(completes up --net = b)" bridge
is "profiles" "$(completes run --profile ti)" tiny
is "verbs of help" "$(completes help vers)" version
is "words of a verb" "$(completes wait node01 st)" stopped
is "nothing of a command" "$(completes exec node01 -- st)" ""
is "nothing of no verb" "$(completes nothing st)" ""
is "nodes, but none run" "$(completes exec no)" ""
for v in $(fame-run complete -- '' | cut -f1); do
	like "$v has options" "$(completes "$v" --)" "^(.*--help|)$"
done
for shell in zsh fish; do
	if command -v $shell >/dev/null; then
		ok "$shell reads its own" $shell -n \
			"scripts/completion/fame-run.$shell"
	else
		skip "$shell reads its own" "no $shell"
	fi
done

# ---- by hand ---------------------------------------------------------------

fame script 2 --fam 1G >"$home/nodes.sh"
LIBRARIAN_PORT=$((20000 + $$ % 10000)) sh "$home/nodes.sh" "$home/by hand" \
	>"$home/out" 2>&1 &
script=$!
patience=120 wait_for grep -q "^all are ready" "$home/out"
is "a script starts the nodes" "$(sed '/^all/d' "$home/out" | tr '\n' ' ')" \
	"node01: ready node02: ready "
kill -TERM $script
wait $script
is "it ends them" $? 143
nothing_left "a script"
is "the memory stays" "$(stat -c %s "$home/by hand/fam")" 1073741824
sh "$home/nodes.sh" /proc/no >"$home/out" 2>&1
is "a directory that cannot be" $? 1
LIBRARIAN_PORT=99999 sh "$home/nodes.sh" "$home/by hand" >"$home/out" 2>&1
is "a port that cannot be" $? 1
like "is told" "$(cat "$home/out")" "the Librarian does not work: see "
fails_with "doorbells" 1 "a script has no doorbells" \
	env XDG_CACHE_HOME="$home/none" fame-run script 2 --doorbell
ok "which needs no image" [ ! -e "$home/none" ]
fails_with "isolation" 1 "reach every port" fame script 2 --net-isolated
fails_with "no number" 2 "'x' is no number of nodes" fame script x
nothing_left "scripts"
done_testing
