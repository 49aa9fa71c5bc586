# Completion of authcli for fish; made by: authcli completion fish

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
