// SPDX-License-Identifier: BSD-2-Clause
//
// Notices of Japanese carriers, providers and products: au (EZweb) and KDDI, docomo, SoftBank, BIGLOBE, @nifty, m-FILTER, Active! hunter.
#include "bounce/layout.hh"

namespace crmrelay::bounce {

namespace {

using enum Mark;

constexpr LayoutRow kAu[] = {
    {sign, "the user(s) account is disabled"},
    {sign, "the user(s) account is temporarily limited"},
    {sign, "the following recipients did not receive this message"},
    {sign, "each of the following recipients was rejected by a remote"},
    {sign, "could not be delivered to: <"},
    {sign, "your mail sent on:"},
    {sign, "your mail attempted to be delivered on"},
    {recipient, "could not be delivered to: <"},
    {recipient, "<<< rcpt to:"},
    {diagnostic, "as their mailbox"},
    {diagnostic, "as the remote domain"},
    {header, "x-spasign:"},
};

constexpr LayoutRow kBiglobe[] = {
    {sign, "----- the following addresses had delivery problems -----"},
    {original, "^----- message header"},
    {diagnostic, "----- non-delivered information -----"},
};

constexpr LayoutRow kFilter[] = {
    {header, "x-mailer: m-filter"},
    {sign, "m-filter"},
    {sign, "^-------server message"},
    {diagnostic, "^-------server message"},
    {stop, "^-------smtp command"},
    {original, "^-------original message"},
    {original, "^-------original mail"},
};

constexpr LayoutRow kActiveHunter[] = {
    {header, "x-ahmailid:"},
    {header, "x-amerror:"},
};

constexpr LayoutRow kTexts[] = {
    {sign, "送信できませんでした"},
    {sign, "送信に失敗しました"},
    {sign, "配信できませんでした"},
    {sign, "配送できませんでした"},
    {sign, "お届けできませんでした"},
    {recipient, "宛先:"},
    {recipient, "宛先："},
    {recipient, "宛先アドレス"},
    {diagnostic, "理由:"},
    {diagnostic, "理由："},
    {diagnostic, "エラー内容:"},
    {diagnostic, "エラー内容："},
    {diagnostic, "エラーメッセージ:"},
    {diagnostic, "エラーメッセージ："},
    {original, "^元のメッセージ"},
    {original, "^元のメール"},
    {original, "^送信されたメール"},
    {original, "--- 元のメ"},
};

constexpr Layout kLayouts[] = {
    {"au", kAu}, {"biglobe", kBiglobe}, {"m-filter", kFilter}, {"active hunter", kActiveHunter}, {"japanese", kTexts},
};

}  // namespace

std::span<const Layout> japanese_layouts() { return kLayouts; }

}  // namespace crmrelay::bounce
