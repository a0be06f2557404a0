#!/bin/sh
# Checks who includes whom: rooms only include what ARCHITECTURE.md allows, and pure files include neither third-party headers nor the
# system's. Prints each offence; exit status 1 where there is one.
set -eu
cd "${srcdir:-$(dirname "$0")/..}"

failed=0
offence() {
    echo "layers: $*"
    failed=1
}

# room: the rooms it may include besides itself
allowed_of() {
    case $1 in
        base) echo '' ;;
        conf) echo 'base' ;;
        store) echo 'base' ;;
        policy) echo 'base conf store' ;;
        milter) echo 'base conf policy/admission.hh policy/facts.hh policy/from.hh policy/reply.hh' ;;
        bounce) echo 'base conf' ;;
        report) echo 'base conf store bounce' ;;
        ctl) echo 'base conf store policy bounce report/http_client.hh report/webhook.hh' ;;
    esac
}

for room in base conf store policy milter bounce report ctl; do
    allowed=" $room $(allowed_of $room) "
    for file in "$room"/*.cc "$room"/*.hh; do
        [ -e "$file" ] || continue
        # shellcheck disable=SC2013  # names without white space
        for included in $(sed -n 's/^#include "\([^"]*\)".*/\1/p' "$file"); do
            case $allowed in
                *" ${included%%/*} "* | *" $included "*) ;;
                *) offence "$file includes \"$included\"" ;;
            esac
        done
    done
done

# Pure files: values in, values out. No clock, descriptor, log, store or third-party header (libfmt formats text, and is allowed).
pure='policy/auth_failures.cc policy/auth_failures.hh policy/auth_protocol.cc policy/auth_protocol.hh policy/logins.cc policy/logins.hh
  policy/remembered.cc policy/remembered.hh policy/usage.cc policy/usage.hh policy/bounce_verdict.cc policy/decision.hh policy/evidence.cc policy/evidence.hh policy/facts.hh policy/from.cc policy/from.hh
  policy/message_verdict.cc policy/policy_protocol.cc policy/policy_protocol.hh policy/reply.cc policy/reply.hh policy/rules.cc policy/rules.hh
  policy/session_verdict.cc policy/sessions.cc policy/sessions.hh policy/strikes.cc policy/strikes.hh policy/token.cc policy/token.hh policy/admission.cc policy/admission.hh milter/signed_names.cc
  milter/signed_names.hh ctl/markup.cc ctl/markup.hh ctl/svg_plot.cc ctl/svg_plot.hh'
for file in bounce/*.cc bounce/*.hh; do
    [ -e "$file" ] || continue
    case $file in bounce/lmtp_server.* | bounce/lmtp_connection.*) ;; *) pure="$pure $file" ;; esac
done
for file in $pure; do
    [ -e "$file" ] || { offence "$file is listed as pure and does not exist"; continue; }
    if grep -nE '#include <(boost|soci|sqlite3|curl|libmilter|opendkim|nlohmann|openssl|toml|CLI|date|systemd|sys/|unistd|fcntl|ctime|chrono|thread|mutex|fstream|iostream|cstdio)' "$file"; then
        offence "$file is pure and includes the above"
    fi
    if grep -nE '#include "base/(log|fd|endpoint|daemon|guarded)\.hh"' "$file"; then offence "$file is pure and includes the above"; fi
    if grep -nE 'base::now\(' "$file"; then offence "$file is pure and reads a clock"; fi
done

# GCC 12 evaluates a co_await within a condition or an operator wrongly: it stands in a statement of its own.
if grep -nE '(if|while) \([^)]*co_await|(\|\||&&) *!?co_await|[?:] *co_await' ./*/*.cc ./*/*.hh; then offence "co_await within a condition, above"; fi

# No header shows a third-party type, but for SOCI within the store, and for Asio within policy/ and bounce/, whose servers are coroutines, and
# what both use of it.
for file in base/*.hh conf/*.hh store/*.hh milter/*.hh report/*.hh ctl/*.hh; do
    [ -e "$file" ] || continue
    case $file in store/sqlite_session.hh | base/called_back.hh) continue ;; esac
    if grep -nE '#include <(boost|soci|sqlite3|curl|libmilter|opendkim|openssl|toml|systemd|nlohmann)' "$file"; then offence "$file shows a third-party header"; fi
done

# Sizes: what is longer than 400 lines gives its reason in ARCHITECTURE.md.
for file in */*.cc */*.hh tests/*/*.cc tests/*/*.hh tests/*/*.py; do
    [ -e "$file" ] || continue
    lines=$(wc -l < "$file")
    if [ "$lines" -gt 400 ] && ! grep -q "$file" ARCHITECTURE.md; then offence "$file has $lines lines and no reason in ARCHITECTURE.md"; fi
done

# Every file opens with its licence and what it does.
for file in */*.cc */*.hh tests/*/*.cc tests/*/*.hh; do
    [ -e "$file" ] || continue
    head -n 1 "$file" | grep -q '^// SPDX-License-Identifier: BSD-2-Clause$' || offence "$file does not open with its SPDX line"
    sed -n 3p "$file" | grep -q '^// .' || offence "$file does not say in its third line what it does"
done

[ "$failed" = 0 ] && echo "layers: fine"
exit "$failed"
