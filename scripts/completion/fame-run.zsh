#compdef fame-run
# SPDX-License-Identifier: MIT
#
# Completion for zsh: fame-run itself knows what may come.

local line
local -a found
while IFS= read -r line; do
	found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
done < <("${words[1]}" complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
if (( $#found )); then
	_describe fame-run found
else
	_files
fi
