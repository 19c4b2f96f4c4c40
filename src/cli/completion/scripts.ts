/**
 * What a shell runs to complete a line of klink. The scripts know no command: they ask `klink __complete`, which reads the
 * tree of commands itself, so they never fall behind it. An answer is a word, a tab and its meaning on each line, or
 * `:files` where the name of a file is wanted.
 */
export type Shell = 'bash' | 'zsh' | 'fish';

export const shells: readonly Shell[] = ['bash', 'zsh', 'fish'];

export const scripts: Readonly<Record<Shell, string>> = {
  bash: `# klink in bash: source <(klink completion bash)
_klink() {
  local line klink="\${COMP_WORDS[0]/#\\~/$HOME}"
  COMPREPLY=()
  while IFS= read -r line; do
    if [ "$line" = ":files" ]; then
      compopt -o default 2>/dev/null
      return
    fi
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <("$klink" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _klink klink
`,
  zsh: `#compdef klink
# klink in zsh: source <(klink completion zsh), or as a file _klink in $fpath
_klink() {
  local line
  local -a described
  while IFS= read -r line; do
    if [[ "$line" == ":files" ]]; then
      _files
      return
    fi
    described+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <("\${words[1]/#\\~/$HOME}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe klink described
}
if [[ "\${funcstack[1]}" == "_klink" ]]; then _klink "$@"; else compdef _klink klink; fi
`,
  fish: `# klink in fish: klink completion fish | source
function __klink_complete
    set -l before (commandline -opc)
    for line in ($before[1] __complete -- $before[2..-1] (commandline -ct) 2>/dev/null)
        if test "$line" = ":files"
            __fish_complete_path (commandline -ct)
            return
        end
        echo $line
    end
end
complete -c klink -f -a '(__klink_complete)'
`,
};
