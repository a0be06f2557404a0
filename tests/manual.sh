#!/bin/sh
# Checks the manual against the sources: every key that the configuration's readers take stands in crmrelay.toml(5) and in the sample, every command
# and option of crmrelayctl in its page, every event and field of the log in crmrelay-log(5), every reason in crmrelay-troubleshooting(7); the figures of crmrelay-sizing(7) against the table. Prints what is missing; exit status 1 where something is.
set -eu
cd "${srcdir:-$(dirname "$0")/..}"

failed=0
missing() {
    echo "manual: $*"
    failed=1
}
# A search that finds too little no longer fits the sources.
enough() { [ "$(echo "$3" | wc -w)" -ge "$2" ] || missing "only $(echo "$3" | wc -w) $1 were found in the sources: this script must learn how they are written now"; }
# In bold or in a heading; roff's \- is a hyphen.
stands() { sed 's/\\-/-/g' "$2" | grep -E '^\.(B|BR|BI|RB|SS) ' | tr ' ",' '\n' | sed 's/\\fR$//' | grep -qxF -e "$1"; }

keys=$({
    grep -ohE '(take|read_[a-z_]+(<[^(]*>)?)\(([a-z]+, )?"[a-z0-9_]+"' conf/*_reader.cc | sed 's/.*"\(.*\)"/\1/'
    sed -n 's/.*const Socket sockets\[\] = //p' conf/service_reader.cc | grep -oE '"[a-z]+"' | tr -d '"'
} | sort -u)
enough keys 45 "$keys"
for key in $keys; do
    stands "$key" man/crmrelay.toml.5 || missing "$key is a key of the configuration and not in man/crmrelay.toml.5"
    grep -qE "\\b$key *=" conf/crmrelay.toml.sample || missing "$key is a key of the configuration and not in conf/crmrelay.toml.sample"
done

commands=$(sed -n '/kCommands\[\]/,/^};/s/^ *{"\([a-z-]*\)".*/\1/p' ctl/commands.hh)
enough commands 10 "$commands"
for command in $commands; do
    stands "$command" man/crmrelayctl.8 || missing "crmrelayctl $command is not in man/crmrelayctl.8"
    source=$(grep -lE "Cli cli\(\"$command\"" ctl/*.cc || true)
    [ -n "$source" ] || { missing "crmrelayctl $command has no Cli in ctl/"; continue; }
    # shellcheck disable=SC2086  # one file, or some
    options=$(sed -n "/Cli cli(\"$command\"/,/parse(arguments)/p" $source | grep -ohE '\.(value|needed|number|flag|choice)\("--[a-z-]+' | sed 's/.*"//' || true)
    section=$(sed 's/\\-/-/g' man/crmrelayctl.8 | awk -v name="$command" '/^\.S[SH]/ { on = $2 == name } on')
    for option in $options; do
        echo "$section" | grep -qE "^\.B[IR]? $option( |\$)" || missing "crmrelayctl $command $option is not in man/crmrelayctl.8"
    done
done

logs='policy/log.cc policy/spf_log.cc milter/log.cc report/log.cc store/*.cc'
# shellcheck disable=SC2086  # a list of files
events=$(grep -ohE 'Line( line)?\((base::)?Severity::[a-z]+, [^)]*' $logs | grep -oE '"[a-z-]+"' | tr -d '"' | sort -u)
# shellcheck disable=SC2086
events="$events $(grep -ohE 'return "[a-z-]+"' report/log.cc | sed 's/return //' | tr -d '"')"
enough events 20 "$events"
# shellcheck disable=SC2086
fields=$(grep -ohE '(field|optional|address)\("[a-z_]+"' $logs | sed 's/.*"\(.*\)"/\1/' | sort -u)
enough fields 50 "$fields"
for word in $events $fields; do stands "$word" man/crmrelay-log.5 || missing "$word is an event or field of the log and not in man/crmrelay-log.5"; done

reasons=$(sed -n 's/^ *{"\([a-z-]*\)",$/\1/p' ctl/advice.cc)
enough reasons 12 "$reasons"
for reason in $reasons; do
    [ "$reason" = password ] || reason="[crmrelay:$reason]"
    stands "$reason" man/crmrelay-troubleshooting.7 || missing "$reason is a reason that crmrelayctl explains and not in man/crmrelay-troubleshooting.7"
done
told=$(grep -ohE '(Reply::(permanent|temporary)\("[0-9.]+", |reason = )"[a-z-]+"' policy/*.cc | sed 's/"$//; s/.*"//')
for reason in $told; do
    echo "$reasons" | grep -qxF -e "$reason" || missing "$reason is a reason that clients are told, and crmrelayctl explain does not know it: ctl/advice.cc"
done

for program in policy/crmrelay-policyd milter/crmrelay-milter report/crmrelay-bounced ctl/crmrelayctl; do
    [ -e "man/${program##*/}.8" ] || missing "${program##*/} has no page"
done
# What mandoc minds, but for lines that are long: a sentence stands on one.
if command -v mandoc > /dev/null; then
    for page in man/*.[1-9]; do
        minded=$(mandoc -Tlint "$page" 2>&1 | grep -v 'input text line longer than 80 bytes' || true)
        [ -z "$minded" ] || missing "$minded"
    done
    # Of the Japanese ones: but for what po4a writes so (a space behind a macro, the date's hyphens).
    for page in man/ja/*.[1-9]; do
        minded=$(mandoc -Tlint "$page" 2>&1 | grep -vE 'input text line longer than 80 bytes|whitespace at end of input line|cannot parse date' || true)
        [ -z "$minded" ] || missing "$minded"
    done
else
    echo "manual: mandoc is not installed: pages are not checked as pages" >&2
fi
# Japanese pages are those that the English ones and their translations give, all of them translated.
if command -v po4a > /dev/null && command -v msgattrib > /dev/null; then
    copy=$(mktemp -d)
    trap 'rm -rf "$copy"' EXIT
    cp -R man po "$copy"
    (cd "$copy" && po4a --force po/man/po4a.cfg > po4a.log 2>&1) || missing "po4a fails: $(cat "$copy/po4a.log")"
    for kind in --untranslated --only-fuzzy; do
        count=$(msgattrib "$kind" --no-obsolete "$copy/po/man/ja.po" | grep -c '^msgid' || true)
        [ "$count" -le 1 ] || missing "po/man/ja.po: $((count - 1)) texts are $kind: run make update-man-po, and translate them"
    done
    for page in man/ja/*.[1-9]; do cmp -s "$page" "$copy/$page" || missing "$page is not what man/ and po/man/ja.po give: run make update-man-po"; done
else
    echo "manual: po4a or gettext is not installed: the Japanese pages are not checked" >&2
fi
for page in man/ja/*.[1-9]; do grep -qF "$page" man/local.mk || missing "$page is not installed: man/local.mk"; done

# The figures of crmrelay-sizing(7) are what the model makes of the kept table.
if command -v python3 > /dev/null; then
    page=$(mktemp)
    cp man/crmrelay-sizing.7 "$page"
    bench/model --page "$page" || missing "bench/model fails on bench/results.json"
    cmp -s man/crmrelay-sizing.7 "$page" || missing "man/crmrelay-sizing.7 has other figures than bench/results.json gives: run bench/model --page man/crmrelay-sizing.7"
    rm -f "$page"
fi

reasons=$(sed -n 's/.*kReasons{"reason", {\(.*\), "other"}};/\1/p' policy/metrics.cc | tr -d '",')
enough reasons 11 "$reasons"
for reason in $reasons; do
    grep -qE "^\.(I|IR) (.*[ ,\"])?$reason([ ,\"]|\$)" man/crmrelay.7 || missing "$reason is a reason that clients are told and not in man/crmrelay.7"
done

for page in man/*.[1-9]; do grep -qF "$page" man/local.mk || missing "$page is not installed: man/local.mk"; done

[ "$failed" = 0 ] && echo "manual: fine"
exit "$failed"
