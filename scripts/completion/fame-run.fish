# SPDX-License-Identifier: MIT
#
# Completion for fish: fame-run itself knows what may come.

function __fame_run
    set -l words (commandline -opc) (commandline -ct)
    $words[1] complete -- $words[2..-1] 2>/dev/null
end
complete -c fame-run -a '(__fame_run)'
