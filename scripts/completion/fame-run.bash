# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Completion for bash: fame-run itself knows what may come.

_fame_run() {
	local line
	COMPREPLY=()
	while IFS= read -r line; do
		COMPREPLY+=("${line%%$'\t'*}")
	done < <("${COMP_WORDS[0]}" complete -- \
		"${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _fame_run fame-run
