# Bash splits a word at = and :, and replaces what is behind them only.
_mde() {
    local line="${COMP_LINE:0:COMP_POINT}" words=() last=-1 before= word prefix candidate i
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word="${COMP_WORDS[i]}"
        [[ $i -eq $COMP_CWORD && $word != [=:]* ]] && word="$2"
        if [[ $last -ge 0 && $line != [[:blank:]]* && ($word == [=:]* || $before == [=:]*) ]]; then
            words[last]+="$word"
        else
            last=$((last + 1))
            words[last]="$word"
        fi
        line="${line#*"${COMP_WORDS[i]}"}"
        before="${COMP_WORDS[i]}"
    done
    prefix="${words[last]%"$2"}"
    # Within quotes, a candidate is inserted as it is.
    local quoted=
    [[ $before == [\"\']* ]] && quoted=yes
    [[ $quoted ]] || words[last]="${words[last]//\\/}"
    COMPREPLY=()
    while IFS= read -r candidate || [[ $candidate ]]; do
        candidate="${candidate#"$prefix"}"
        [[ $quoted ]] || printf -v candidate %q "$candidate"
        COMPREPLY+=("$candidate")
    done < <(MDE_COMPLETE=bash _CLAP_COMPLETE_INDEX="$last" mde -- "${words[@]}" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=/:] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
if [[ ${BASH_VERSINFO[0]} -gt 4 || (${BASH_VERSINFO[0]} -eq 4 && ${BASH_VERSINFO[1]} -ge 4) ]]; then
    complete -o bashdefault -o nosort -F _mde mde
else
    complete -o bashdefault -F _mde mde
fi
