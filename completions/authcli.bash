# Completion of authcli for bash (3.2 or later); made by: authcli completion bash

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
