// SPDX-License-Identifier: BSD-2-Clause
//
// What Japanese carriers (docomo, au, SoftBank, Y!mobile) and providers say, and Japanese sentences of products that speak it (UTF-8; decoded
// from ISO-2022-JP, Shift_JIS or EUC-JP before they come here).
#include "bounce/phrase.hh"

namespace crmrelay::bounce {

namespace {

using enum Reason;

constexpr Phrase kPhrases[] = {
    // NTT docomo: mfsmax.docomo.ne.jp; refusals after DATA as "Unknown user", and a text for filters.
    {userunknown, 7, "550 unknown user @"},
    {filtered, 7, "domain or address is restricted"},
    {syntaxerror, 6, "command parameter not implemented"},
    {toomanyconn, 6, "552 too many recipients"},

    // au and KDDI
    {filtered, 6, "each of the following recipients was rejected by a remote mail server"},
    {userunknown, 6, "the user(s) account is disabled"},
    {suspend, 7, "the user(s) account is disabled"},
    {suspend, 7, "the user(s) account is temporarily limited"},
    {expired, 6, "the following recipients did not receive this message"},
    {expired, 6, "will be retried for"},
    {mailboxfull, 7, "as their mailbox is full"},
    {norelaying, 6, "due to the following smtp relay error"},
    {hostunknown, 6, "as the remote domain doesn't exist"},
    {rejected, 7, "permission denied by administrator"},

    // SoftBank, Y!mobile
    {userunknown, 6, "invalid recipient: <@>"},
    {userunknown, 6, "recipient address is not active"},

    {userunknown, 7, "ディレクトリのリストにありません"},
    {userunknown, 7, "宛先不明"},
    {userunknown, 7, "宛先が不明"},
    {userunknown, 7, "宛先が見つかりません"},
    {userunknown, 7, "宛先が存在しません"},
    {userunknown, 7, "宛先のメールアドレスが見つかりません"},
    {userunknown, 7, "メールアドレスが見つかりません"},
    {userunknown, 7, "メールアドレスが存在しません"},
    {userunknown, 7, "メールアドレスは存在しません"},
    {userunknown, 7, "アドレスが見つから"},
    {userunknown, 7, "アドレスが存在し"},
    {userunknown, 7, "ユーザーが見つかりません"},
    {userunknown, 7, "ユーザーは存在しません"},
    {userunknown, 7, "ユーザが存在しません"},
    {userunknown, 7, "受信者が見つかりません"},
    {userunknown, 7, "該当するユーザ"},
    {userunknown, 7, "名前が見つかりません"},
    {hostunknown, 7, "ドメインが見つかりません"},
    {hostunknown, 7, "ドメインが存在しません"},
    {hostunknown, 7, "ホストが見つかりません"},
    {mailboxfull, 7, "容量を超え"},
    {mailboxfull, 7, "容量が一杯"},
    {mailboxfull, 7, "容量がいっぱい"},
    {mailboxfull, 7, "メールボックスがいっぱい"},
    {mailboxfull, 7, "メールボックスが一杯"},
    {mailboxfull, 7, "メールボックスが満杯"},
    {mailboxfull, 7, "受信トレイの空き容量"},
    {mailboxfull, 7, "受信容量"},
    {mailboxfull, 7, "保存容量"},
    {mesgtoobig, 7, "サイズが大きすぎ"},
    {mesgtoobig, 7, "サイズの制限"},
    {mesgtoobig, 7, "サイズが制限"},
    {filtered, 7, "受信拒否"},
    {filtered, 7, "受信を拒否"},
    {filtered, 7, "受信者によって拒否"},
    {spamdetected, 7, "迷惑メール"},
    {spamdetected, 7, "スパム"},
    {virusdetected, 7, "ウイルス"},
    {suspend, 7, "利用停止"},
    {suspend, 7, "アカウントは無効"},
    {suspend, 7, "アカウントが無効"},
    {suspend, 7, "停止されています"},
    {expired, 7, "タイムアウト"},
    {expired, 7, "一定期間*配送"},
    {expired, 7, "送信できない状態が続"},
    {networkerror, 7, "接続できません"},
    {networkerror, 7, "接続に失敗"},
    {securityerror, 7, "権限がありません"},
    {rejected, 7, "投稿する権限"},
    {policyviolation, 7, "ポリシー"},
    {norelaying, 7, "中継"},
};

}  // namespace

std::span<const Phrase> japanese_phrases() { return kPhrases; }

}  // namespace crmrelay::bounce
