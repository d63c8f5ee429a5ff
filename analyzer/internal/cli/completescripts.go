package cli

// completionScripts ask the program itself for candidates: they need not be
// written anew when commands, flags or catalogs change.
var completionScripts = map[string]string{
	"bash": `# bash completion for pubmortem
_pubmortem() {
    local line=${COMP_LINE:0:COMP_POINT} out more="none" cur cut word
    local -a words
    # Words of the line, not of bash: it would part them at "=" and ":".
    read -r -a words <<< "$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    cur=${words[${#words[@]} - 1]}
    cut=${cur%"${cur##*[=:]}"}
    [[ $COMP_WORDBREAKS == *"="* && $COMP_WORDBREAKS == *":"* ]] || cut=
    COMPREPLY=()
    out=$("${words[0]}" __complete -- "${words[@]:1}" 2>/dev/null) || return
    while IFS= read -r word; do
        case $word in
        :*) more=${word#:} ;;
        *)
            word=${word%%$'\t'*}
            COMPREPLY+=("${word#"$cut"}")
            ;;
        esac
    done <<< "$out"
    case $more in
    nospace) compopt -o nospace 2>/dev/null ;;
    files)
        compopt -o filenames 2>/dev/null
        while IFS= read -r word; do
            COMPREPLY+=("$word")
        done < <(compgen -f -- "${cur#"$cut"}")
        ;;
    esac
    return 0
}
complete -F _pubmortem pubmortem
`,
	"zsh": `#compdef pubmortem
# zsh completion for pubmortem
_pubmortem() {
    local line more=none
    local -a values shown
    for line in "${(@f)$("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        case $line in
        :*) more=${line#:} ;;
        *)
            values+=("${line%%$'\t'*}")
            shown+=("${line/$'\t'/  -- }")
            ;;
        esac
    done
    case $more in
    nospace) compadd -S '' -d shown -- "${values[@]}" ;;
    *) compadd -d shown -- "${values[@]}" ;;
    esac
    [[ $more == files ]] && _files
    return 0
}
if [[ $funcstack[1] == _pubmortem ]]; then
    _pubmortem "$@"
else
    compdef _pubmortem pubmortem
fi
`,
	"fish": `# fish completion for pubmortem
function __pubmortem_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in ($words[1] __complete -- $words[2..-1] 2>/dev/null)
        switch $line
            case ':files'
                __fish_complete_path (commandline -ct)
            case ':*'
            case '*'
                echo $line
        end
    end
end
complete -c pubmortem -f -a '(__pubmortem_complete)'
`,
	"powershell": `# PowerShell completion for pubmortem
Register-ArgumentCompleter -Native -CommandName pubmortem -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -le $cursorPosition } | ForEach-Object { $_.ToString() })
    if ($wordToComplete -eq '') { $words += '' }
    $rest = @($words | Select-Object -Skip 1)
    & $words[0] __complete '--' @rest 2>$null | ForEach-Object {
        if ($_.StartsWith(':')) { return }
        $value, $about = $_ -split [char]9, 2
        if (-not $about) { $about = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $about)
    }
}
`,
}
