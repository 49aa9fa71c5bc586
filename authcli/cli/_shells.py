"""The completion script of each shell.

They are the same program: gather the words up to the cursor, ask `authcli` (see `_complete`), show
what it answers. Nothing that is read is evaluated, and the last word is all that they change.
`completions/` holds copies, which packagers install.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["SHELLS", "Shell"]


class Shell(NamedTuple):
    """A shell that has completion."""

    file_name: str
    """What the script is called in `completions/`, and where shells look for it."""
    script: str


BASH = r"""# Completion of authcli for bash (3.2 or later); made by: authcli completion bash

_authcli() {
    local i word value text file files='' words=() rest=${COMP_LINE:0:COMP_POINT}
    # bash splits words at = and : as well; what no blank separates is one word.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        if [[ $i -eq 0 || $rest == [[:blank:]]* ]]; then
            rest=${rest#"${rest%%[![:blank:]]*}"}
            words+=('')
        fi
        word=${COMP_WORDS[i]}
        ((i == COMP_CWORD)) && word=$rest
        words[${#words[@]} - 1]+=$word
        rest=${rest#"$word"}
    done
    word=${words[${#words[@]} - 1]}
    # Of that word, readline replaces $2 alone: from the last = or : on.
    local kept=$((${#word} - ${#2}))

    COMPREPLY=()
    while IFS=$'\t' read -r value text; do
        case $value in
            :files) files=$text ;;
            *[:=@/]) COMPREPLY+=("${value:kept}") ;;
            *) COMPREPLY+=("${value:kept} ") ;;
        esac
    done < <(_AUTHCLI_COMPLETE=1 command authcli -- "${words[@]:1}" 2>/dev/null </dev/null)

    case $files in '' | *[!0-9]*) return ;; esac
    local head=$((files > kept ? files - kept : 0))
    if ((head == 0 && ${#COMPREPLY[@]} == 0)) && compopt -o default +o nospace 2>/dev/null; then
        return # readline completes the file itself: it knows quotes and ~
    fi
    local path=${2:head}
    while IFS= read -r file; do
        text=' '
        [[ -d ${file/#\~\//$HOME/} ]] && text=/
        case $file in
            \~/*) printf -v file '~/%q' "${file:2}" ;;
            *) printf -v file '%q' "$file" ;;
        esac
        COMPREPLY+=("${2:0:head}$file$text")
    done < <(compgen -f -- "${path//\\/}")
}

complete -o nospace -F _authcli authcli
"""

ZSH = r"""#compdef authcli
# Completion of authcli for zsh; made by: authcli completion zsh

_authcli() {
    local value text files ret=1
    local -a ended open
    while IFS=$'\t' read -r value text; do
        case $value in
            :files) files=$text ;;
            *[:=@/]) open+=("${value//:/\\:}:$text") ;;
            *) ended+=("${value//:/\\:}:$text") ;;
        esac
    done < <(_AUTHCLI_COMPLETE=1 command authcli -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" \
        2>/dev/null </dev/null)

    (( $#ended )) && _describe -t values authcli ended && ret=0
    (( $#open )) && _describe -t values authcli open -S '' && ret=0
    [[ $files == <-> ]] && compset -p $files && _files && ret=0
    return ret
}

if [[ $funcstack[1] == _authcli ]]; then # autoloaded through fpath
    _authcli "$@"
elif (( $+functions[compdef] )); then
    compdef _authcli authcli
else
    print -u2 'authcli: completion needs compinit; load this script after it'
fi
"""

FISH = r"""# Completion of authcli for fish; made by: authcli completion fish

function __authcli_complete
    set -l words (commandline -opc)
    set -e words[1]
    set -l word (commandline -ct)
    for line in (_AUTHCLI_COMPLETE=1 command authcli -- $words "$word" 2>/dev/null </dev/null)
        set -l answer (string split -m 1 \t -- $line)
        if test "$answer[1]" != :files
            printf '%s\n' $line
        else if string match -qr '^[0-9]+$' -- "$answer[2]"
            set -l head (string sub -l $answer[2] -- "$word")
            set -l path (string sub -s (math $answer[2] + 1) -- "$word")
            for file in (__fish_complete_path "$path")
                printf '%s\n' "$head$file"
            end
        end
    end
end

complete -c authcli -f -a '(__authcli_complete)'
"""

POWERSHELL = r"""# Completion of authcli for PowerShell (5.1 or later)
# Made by: authcli completion powershell

Register-ArgumentCompleter -Native -CommandName authcli -ScriptBlock {
    param($word, $commandAst, $cursor)
    $program = Get-Command authcli -CommandType Application -ErrorAction Ignore |
        Select-Object -First 1
    if (-not $program) { return }

    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursor } | ForEach-Object { $_.Extent.Text })
    # Before 7.3 an empty argument does not arrive; authcli takes two quotes for one.
    $words += if ($word) { "$word" } else { '""' }

    $before = $env:_AUTHCLI_COMPLETE
    $env:_AUTHCLI_COMPLETE = '1'
    try { $lines = @(& $program -- @words 2>$null) }
    finally { $env:_AUTHCLI_COMPLETE = $before }

    foreach ($line in $lines) {
        $value, $text = $line -split "`t", 2
        if ($value -ne ':files') {
            $shown = if ($value -match '^[\w.:/=+-]+$') { $value } else { "'$value'" }
            $tip = if ($text) { $text } else { $value }
            [System.Management.Automation.CompletionResult]::new(
                $shown, $value, 'ParameterValue', $tip)
        } elseif ($text -match '^[0-9]+$') {
            $count = [Math]::Min([int]$text, "$word".Length)
            $head = "$word".Substring(0, $count)
            $path = "$word".Substring($count)
            [System.Management.Automation.CompletionCompleters]::CompleteFilename($path) |
                ForEach-Object {
                    $file = $_.CompletionText -replace "^'(.*)'$", '$1'
                    $whole = "$head$file"
                    if ($whole -notmatch '^[\w.:/\\~=+-]+$') { $whole = "'$whole'" }
                    [System.Management.Automation.CompletionResult]::new(
                        $whole, $_.ListItemText, $_.ResultType, $_.ToolTip)
                }
        }
    }
}
"""

#: Name -> its script, in the order of help.
SHELLS: dict[str, Shell] = {
    "bash": Shell("authcli.bash", BASH),
    "zsh": Shell("_authcli", ZSH),
    "fish": Shell("authcli.fish", FISH),
    "powershell": Shell("authcli.ps1", POWERSHELL),
}
