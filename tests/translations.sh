#!/bin/sh
# Checks the translations against the sources: every text for people has one in each po/*.po that is neither empty nor fuzzy and has the same {fields};
# nothing that the sources no longer say is left; msgfmt takes the file. Prints each offence; exit status 1 where there is one.
set -eu
cd "${srcdir:-$(dirname "$0")/..}"
export LC_ALL=C.UTF-8

failed=0
offence() {
    printf 'translations: %s\n' "$*"
    failed=1
}
here=$(mktemp -d "${TMPDIR:-/tmp}/crmrelay-translations-XXXXXX")
trap 'rm -rf "$here"' EXIT
trap 'exit 1' INT TERM

# Reads entries as msgcat --no-wrap writes them; prints each text whose translation has other {fields} than the text itself (of a plural: than its second form).
fields_differ() {
    awk '
        function fields_of(text,   found, out, n, i, all) {
            n = 0
            while (match(text, /\{[^{}]*\}/)) {
                all[++n] = substr(text, RSTART, RLENGTH)
                text = substr(text, RSTART + RLENGTH)
            }
            for (i = 2; i <= n; ++i) for (found = i; found > 1 && all[found] < all[found - 1]; --found) { out = all[found]; all[found] = all[found - 1]; all[found - 1] = out }
            out = ""
            for (i = 1; i <= n; ++i) if (i == 1 || all[i] != all[i - 1]) out = out all[i]
            return out
        }
        function finish(   i) {
            if (id != "") for (i = 0; i < forms; ++i) if (said[i] != "" && fields_of(said[i]) != fields_of(plural != "" ? plural : id)) { print id; break }
            id = ""; plural = ""; forms = 0
        }
        /^msgid "/        { finish(); into = "id" }
        /^msgid_plural "/ { into = "plural" }
        /^msgstr/         { into = "said"; ++forms; said[forms - 1] = "" }
        /^#/              { next }
        /"/ {
            sub(/^[^"]*"/, ""); sub(/"$/, "")
            if (into == "id") id = id $0; else if (into == "plural") plural = plural $0; else said[forms - 1] = said[forms - 1] $0
        }
        END { finish() }
    ' "$1"
}

first_lines() { sed -n 's/^msgid "\(..*\)"$/\1/p; /^msgid ""$/{n;s/^"\(.*\)"$/\1/p;}' "$1"; }

./po/extract . > "$here/texts.pot"
grep -q '^msgid "..*"' "$here/texts.pot" || offence "po/extract found no text: it must learn how they are written now"

for file in po/*.po; do
    msgfmt --check --output-file=/dev/null "$file" || offence "$file is not sound (above)"
    msgmerge --quiet --no-fuzzy-matching --no-wrap --output-file="$here/merged.po" "$file" "$here/texts.pot"
    for kind in untranslated only-fuzzy only-obsolete; do
        rm -f "$here/found.po"   # msgattrib writes none where it finds nothing
        msgattrib --no-wrap --$kind --output-file="$here/found.po" "$here/merged.po"
        [ -s "$here/found.po" ] || continue
        sed -i 's/^#~ //' "$here/found.po"
        first_lines "$here/found.po" | grep -v '^Project-Id-Version:' | while IFS= read -r text; do
            printf 'translations: %s: %s: "%s" (make po-update, then edit the file)\n' "$file" "$kind" "$text"
        done
        failed=1
    done
    fields_differ "$here/merged.po" > "$here/differ"
    while IFS= read -r text; do offence "$file: the {fields} of the translation differ: \"$text\""; done < "$here/differ"
done

[ "$failed" = 0 ] && echo "translations: fine"
exit "$failed"
