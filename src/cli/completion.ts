/**
 * Completion scripts for shells, made from the option table.
 *
 * @module
 */
import { type ConfigInput, type Option, optionNames, options } from "../index.ts";

/** A shell that can complete. */
export type Shell = NonNullable<ConfigInput["autoCompleteShell"]>;

/** An option as a shell sees it. */
interface Completed {
  readonly name: string;
  readonly about: string;
  readonly takesValue: boolean;
  /** What the value may be; empty if anything. */
  readonly words: readonly string[];
}

const plain: readonly Completed[] = [
  ["verbose", "Say more."],
  ["quiet", "Say less."],
  ["help", "Print help."],
  ["version", "Print the version."],
  ["all", "With run: all jobs."],
  ["print-schema", "With run: print the JSON Schema of its files."],
].map(([name = "", about = ""]) => ({ name, about, takesValue: false, words: [] }));

/** The commands that are named, where SOURCE might stand. */
const commands: readonly (readonly [string, string])[] = [
  ["bsync", "Keep both sides in step, in both directions"],
  ["check", "Prove that both sides hold the same"],
  ["cleanup", "Remove what interrupted runs left"],
  ["cluster", "Have many machines do what one run would do"],
  ["doctor", "Find out what a bucket and its server can do"],
  ["help", "Explain a command"],
  ["keyring", "Keep a secret access key in the keyring"],
  ["ls", "List what a bucket holds, or held"],
  ["prune", "Remove old versions and backups"],
  ["ranges", "Cut the keys of a bucket into ranges"],
  ["restore", "Make a directory what a bucket holds, or held"],
  ["run", "Run jobs of a file"],
  ["site", "Publish a directory as a site"],
  ["status", "Tell how the last runs ended"],
  ["undo", "Take a run back"],
  ["versions", "List the versions of an object"],
];
const commandNames = commands.map(([name]) => name).join(" ");

/** The script for a shell. */
export function completionScript(shell: Shell): string {
  return scripts[shell]([...optionNames.filter(isOffered).map(completed), ...plain]);
}

function isOffered(name: (typeof optionNames)[number]): boolean {
  const { hidden } = (options[name] as Option).traits;
  return hidden !== true;
}

function completed(name: (typeof optionNames)[number]): Completed {
  const { kind, help }: Option = options[name];
  const about = /^.*?[.:](?= |$)/.exec(help)?.[0].slice(0, -1) ?? help;
  return { name, about, takesValue: !kind.flag, words: kind.words ?? [] };
}

const scripts: Readonly<Record<Shell, (all: readonly Completed[]) => string>> = {
  bash,
  zsh,
  fish,
  powershell,
  elvish,
};

function bash(all: readonly Completed[]): string {
  const names = all.map(({ name }) => `--${name}`).join(" ");
  const chosen = all
    .filter(({ words }) => words.length > 0)
    .map(({ name, words }) => `    --${name}) words="${words.join(" ")}" ;;`);
  const free = all
    .filter(({ takesValue, words }) => takesValue && words.length === 0)
    .map(({ name }) => `--${name}`);
  return `_s3sync() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" words=""
  COMPREPLY=()
  case "$prev" in
${chosen.join("\n")}
    ${free.join("|")}) ;;
    *)
      if [[ "$cur" == -* ]]; then words="${names}"
      elif [[ $COMP_CWORD == 1 && " ${commandNames}" == *" $cur"* ]]; then
        words="${commandNames}"; compopt -o plusdirs 2>/dev/null
      elif [[ "\${COMP_WORDS[1]}" == run ]]; then words="$("\${COMP_WORDS[0]/#\\~/$HOME}" run 2>/dev/null | cut -d ' ' -f 1)"
      fi ;;
  esac
  if [[ -n "$words" ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
  else
    compopt -o default 2>/dev/null
  fi
}
complete -F _s3sync s3sync
`;
}

function zsh(all: readonly Completed[]): string {
  const lines = all.map(({ name, about, takesValue, words }) => {
    const text = about.replaceAll(/[\\[\]:]/g, "\\$&");
    const value =
      words.length > 0 ? `:value:(${words.join(" ").replaceAll(":", "\\:")})` : ":value:_files";
    return `    ${singleQuoted(`--${name}[${text}]${takesValue ? value : ""}`)}`;
  });
  return `#compdef s3sync
_s3sync() {
  _arguments -s -S \\
${lines.join(" \\\n")} \\
    '*:place:_s3sync_place'
}
_s3sync_place() {
  if [[ $words[2] == run && $CURRENT -gt 2 ]]; then
    compadd -- \${(f)"$(s3sync run 2>/dev/null | cut -d ' ' -f 1)"}
  else
    [[ $CURRENT == 2 ]] && compadd -- ${commandNames}
    _files
  fi
}
if [ "$funcstack[1]" = "_s3sync" ]; then _s3sync "$@"; else compdef _s3sync s3sync; fi
`;
}

function fish(all: readonly Completed[]): string {
  const lines = all.map(({ name, about, takesValue, words }) => {
    const choice = words.length > 0 ? ` -f -a ${fishQuoted(words.join(" "))}` : "";
    return `complete -c s3sync -l ${name} -d ${fishQuoted(about)}${takesValue ? ` -r${choice}` : ""}`;
  });
  const jobs = `"(s3sync run 2>/dev/null | string split -f 1 ' ')"`;
  const first = commands.map(
    ([name, about]) =>
      `complete -c s3sync -n '__fish_is_first_arg' -a ${name} -d ${fishQuoted(about)}`,
  );
  return `${[...lines, ...first].join("\n")}
complete -c s3sync -n '__fish_seen_subcommand_from run' -f -a ${jobs}
`;
}

function powershell(all: readonly Completed[]): string {
  const rows = all.map(({ name, about, words }) => {
    const list = words.map(doubledQuotes).join(", ");
    return `    @{ Name = '--${name}'; About = ${doubledQuotes(about)}; Words = @(${list}) }`;
  });
  return `Register-ArgumentCompleter -Native -CommandName s3sync -ScriptBlock {
  param($word, $ast, $position)
  $options = @(
${rows.join("\n")}
  )
  $typed = @($ast.CommandElements | ForEach-Object { "$_" })
  $previous = if ($word -eq '') { $typed[-1] } elseif ($typed.Count -gt 1) { $typed[-2] } else { '' }
  $known = $options | Where-Object { $_.Name -eq $previous -and $_.Words.Count -gt 0 }
  if ($known) {
    $known.Words | Where-Object { $_ -like "$word*" } | ForEach-Object {
      [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
    }
  } elseif ($word -like '-*') {
    $options | Where-Object { $_.Name -like "$word*" } | ForEach-Object {
      [System.Management.Automation.CompletionResult]::new($_.Name, $_.Name, 'ParameterName', $_.About)
    }
  } elseif ($typed.Count -gt 1 -and $typed[1] -eq 'run' -and ($word -eq '' -or $typed.Count -gt 2)) {
    s3sync run 2>$null | ForEach-Object { ($_ -split ' ')[0] } | Where-Object { $_ -like "$word*" }
  } elseif ($word -ne '' -and $typed.Count -eq 2) {
    ${commands.map(([name]) => `'${name}'`).join(", ")} | Where-Object { $_ -like "$word*" }
  }
}
`;
}

function elvish(all: readonly Completed[]): string {
  const names = all.map(
    ({ name, about }) =>
      `    edit:complex-candidate --${name} &display=${doubledQuotes(`--${name}  ${about}`)}`,
  );
  const first = commands.map(
    ([name, about]) =>
      `      edit:complex-candidate ${name} &display=${doubledQuotes(`${name}  ${about}`)}`,
  );
  const chosen = all
    .filter(({ words }) => words.length > 0)
    .map(({ name, words }) => `    &--${name}=[${words.map(doubledQuotes).join(" ")}]`);
  return `use str
set edit:completion:arg-completer[s3sync] = {|@words|
  var values = [
${chosen.join("\n")}
  ]
  var previous = $words[-2]
  if (has-key $values $previous) {
    all $values[$previous]
  } elif (eq (str:has-prefix $words[-1] -) $true) {
${names.join("\n")}
  } elif (and (> (count $words) 2) (eq $words[1] run)) {
    try { s3sync run 2>/dev/null | each {|line| put [(str:split ' ' $line)][0] } } catch { nop }
  } else {
    if (== (count $words) 2) {
${first.join("\n")}
    }
    edit:complete-filename $words[-1]
  }
}
`;
}

/** For POSIX shells. */
function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, "\\$&")}'`;
}

/** For shells in which two quotes stand for one. */
function doubledQuotes(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
