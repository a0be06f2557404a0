// SPDX-License-Identifier: BSD-2-Clause
//
// Sections, each a plot and its table. Every text goes through escaped(), every figure through figure().
#include "ctl/report_page.hh"

#include <config.h>
#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <span>

#include "base/crypto.hh"
#include "ctl/markup.hh"
#include "ctl/report_style.hh"
#include "ctl/report_words.hh"
#include "ctl/svg_plot.hh"

namespace crmrelay::ctl {

namespace {

constexpr std::size_t kTextCap = 1000;

class Page {
public:
    Page(const Figures& figures, const base::Translation& translation) : f_(figures), tr(translation) {}

    std::string whole() {
        head();
        tiles();
        out_ += "<main>";
        over_time("relayed", tr("Relayed messages"), {&f_.relayed, 1}, "/relayed", true);
        over_time("bounces", tr("Bounces by class"), f_.bounces, "/bounces_by_class");
        shares("reasons", tr("Bounces by reason"), tr("Reason"), f_.reasons, "/bounces_by_reason", 1);
        shares("destinations", tr("Bounces by destination domain"), tr("Domain"), f_.destinations, "/bounces_by_destination", 2);
        recipients();
        over_time("refusals", tr("Refusals by reason"), f_.refusals, "/refusals_by_reason");
        over_time("strikes", tr("Strikes and suspensions"), f_.strikes, "/strikes");
        suspensions();
        outbox();
        out_ += "</main>";
        foot();
        return std::move(out_);
    }

private:
    template <typename... Fields>
    std::string filled(const char* text, const Fields&... fields) const {
        return escaped(fmt::format(fmt::runtime(tr(text)), fields...), kTextCap);
    }
    void text(const std::string& words) { out_ += escaped(words, kTextCap); }

    // An element whose text is a figure, and where the JSON has it.
    static std::string figure(std::string_view element, const std::string& pointer, const std::string& text, std::string_view more = "") {
        return fmt::format("<{0}{1} data-figure=\"{2}\">{3}</{0}>", element, more, escaped(pointer), text);
    }
    static std::string number(std::string_view element, const std::string& pointer, std::int64_t value, std::string_view more = "") { return figure(element, pointer, grouped(value), more); }
    // "2026-11-25 21:00", of RFC 3339 in the domain's zone.
    static std::string time(const std::string& pointer, const std::string& rfc3339) {
        auto shown = rfc3339.substr(0, 16);
        if (shown.size() > 10) shown[10] = ' ';
        return figure("time", pointer, escaped(shown), fmt::format(" datetime=\"{}\"", escaped(rfc3339)));
    }

    void head() {
        const auto hash = base::base64(base::as_text(base::sha256(kReportStyle)));
        out_ = fmt::format("<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n"
                           "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'\">\n"
                           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n"
                           "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<header><p>{}</p><h1>{}</h1>",
                           escaped(tr.language()), hash, filled(N_("{domain}: mail relay report"), fmt::arg("domain", f_.domain)), kReportStyle, escaped(tr("Mail relay report")),
                           figure("span", "/domain", escaped(f_.domain)));
        out_ += "<p>" + time("/since", f_.since) + " – " + time("/until", f_.until) + " (" + figure("span", "/timezone", escaped(f_.timezone)) + ")";
        out_ += " · " + escaped(tr("days:")) + " " + number("span", "/days", f_.days) + "</p></header>\n";
    }

    void tile(const std::string& words, const char* name, std::int64_t value) { out_ += "<div><dt>" + escaped(words) + "</dt>" + number("dd", std::string("/totals/") + name, value) + "</div>"; }

    void tiles() {
        const auto& t = f_.totals;
        out_ += "<dl class=\"tiles\">";
        tile(tr("Relayed"), "relayed", t.relayed);
        tile(tr("Bounced"), "bounced", t.bounced);
        tile(tr("Delayed"), "delayed", t.delayed);
        tile(tr("Complaints"), "complaints", t.complaints);
        tile(tr("Auto-replies"), "autoreplies", t.autoreplies);
        tile(tr("Refused"), "refused", t.refused);
        tile(tr("Observed only"), "observed", t.observed);
        tile(tr("Strikes"), "strikes", t.strikes);
        tile(tr("Suspensions"), "suspensions", t.suspensions);
        tile(tr("Still to be told"), "waiting", t.waiting);
        tile(tr("Dead letters"), "dead_letters", t.dead_letters);
        out_ += "</dl>\n";
    }

    void open(const char* id, const std::string& title, bool wide = false) {
        out_ += fmt::format("<section{} aria-labelledby=\"{}\"><h2 id=\"{}\">{}</h2>", wide ? " class=\"wide\"" : "", id, id, escaped(title));
    }
    void close() { out_ += "</section>\n"; }
    void none() { out_ += "<p class=\"none\">" + escaped(tr("Nothing in this time.")) + "</p>"; }

    std::string label_of(std::string_view section, const std::string& name) const {
        if (section == "bounces") return words_of_class(tr, name);
        if (section == "refusals") return words_of_refusal(tr, name);
        if (section == "strikes") return words_of_strikes(tr, name);
        return tr("Relayed");
    }
    // Classes have colours of their own; what is left over is quiet.
    static int colour_of(std::string_view section, const Figures::Series& series, std::size_t i) {
        if (series.name == kOthers || series.name == "other") return kColours - 1;
        if (section == "bounces") return static_cast<int>(i) + 1;
        if (section == "strikes") return i == 0 ? 2 : 1;
        return static_cast<int>(i % (kColours - 1));
    }
    std::string words_of(const Figures::Period& period) const { return period.from == period.to ? period.from : period.from + " – " + period.to; }

    void over_time(const char* id, const std::string& title, std::span<const Figures::Series> all, const std::string& at, bool single = false) {
        open(id, title, single);
        const bool any = std::ranges::any_of(all, [](const auto& series) { return series.total > 0; });
        BarPlot plot{fmt::format("plot-{}", id), title, "", {}, {}, {}};
        for (const auto& period : f_.periods) {
            plot.columns.push_back(words_of(period));
            plot.ticks.push_back(period.from.substr(5));
        }
        std::string legend;
        for (std::size_t i = 0; i < all.size(); ++i) {
            const auto label = label_of(id, all[i].name);
            const auto colour = colour_of(id, all[i], i);
            plot.stacks.push_back({label, colour, all[i].amounts});
            plot.description += fmt::format("{}{}: {}", i == 0 ? "" : ", ", label, grouped(all[i].total));
            legend += "<li>" + swatch(colour) + escaped(label) + " " + number("b", pointer(at, single, i) + "/total", all[i].total) + "</li>";
        }
        if (any) out_ += bar_plot(plot);
        if (!all.empty()) out_ += "<ul class=\"legend\">" + legend + "</ul>";
        if (!any) none();
        if (!all.empty()) days(all, id, at, single);
        close();
    }

    static std::string pointer(const std::string& at, bool single, std::size_t i) { return single ? at : fmt::format("{}/{}", at, i); }

    void days(std::span<const Figures::Series> all, const char* id, const std::string& at, bool single) {
        out_ += "<details><summary>" + escaped(tr("Day by day")) + "</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"" + escaped(tr("Day by day")) +
                "\"><table class=\"days\"><thead><tr><th scope=\"col\">" + escaped(tr("Date")) + "</th>";
        for (const auto& series : all) out_ += "<th scope=\"col\" class=\"n\">" + escaped(label_of(id, series.name)) + "</th>";
        out_ += "</tr></thead><tbody>";
        for (std::size_t p = 0; p < f_.periods.size(); ++p) {
            const auto& period = f_.periods[p];
            // The first table has the periods' names as figures.
            out_ += "<tr><th scope=\"row\">" + (single ? figure("span", fmt::format("/periods/{}/from", p), escaped(period.from)) : escaped(period.from));
            if (period.from != period.to) out_ += " – " + (single ? figure("span", fmt::format("/periods/{}/to", p), escaped(period.to)) : escaped(period.to));
            out_ += "</th>";
            for (std::size_t i = 0; i < all.size(); ++i) out_ += number("td", fmt::format("{}/amounts/{}", pointer(at, single, i), p), all[i].amounts[p], " class=\"n\"");
            out_ += "</tr>";
        }
        out_ += "</tbody></table></div></details>";
    }

    void table_head(std::initializer_list<std::pair<std::string, bool>> columns) {
        out_ += "<table><thead><tr>";
        for (const auto& [words, is_number] : columns) out_ += fmt::format("<th scope=\"col\"{}>{}</th>", is_number ? " class=\"n\"" : "", escaped(words));
        out_ += "</tr></thead><tbody>";
    }

    // A table whose last column is the plot.
    void shares(const char* id, const std::string& title, const std::string& of, const std::vector<Figures::Share>& all, const std::string& at, int colour) {
        open(id, title);
        if (all.empty()) {
            none();
            return close();
        }
        std::int64_t most = 0;
        for (const auto& share : all) most = std::max(most, share.count);
        table_head({{of, false}, {tr("Bounces"), true}, {"", false}});
        for (std::size_t i = 0; i < all.size(); ++i) {
            const auto where = fmt::format("{}/{}", at, i);
            const bool rest = all[i].name == kOthers;
            auto words = id == std::string_view("reasons") || rest ? words_of_bounce(tr, all[i].name) : std::string();
            if (words == all[i].name) words.clear();
            out_ += "<tr><th scope=\"row\">" + figure("span", where + "/name", escaped(all[i].name)) + (words.empty() ? "" : "<small>" + escaped(words) + "</small>") + "</th>" +
                    number("td", where + "/count", all[i].count, " class=\"n\"") + "<td class=\"b\">" + share_bar(all[i].count, most, rest ? kColours - 1 : colour) + "</td></tr>";
        }
        out_ += "</tbody></table>";
        close();
    }

    void recipients() {
        open("recipients", tr("Recipients with the most bounces"));
        if (f_.recipients.empty()) {
            none();
            return close();
        }
        table_head({{tr("Recipient"), false}, {tr("Bounces"), true}, {tr("Last"), true}});
        for (std::size_t i = 0; i < f_.recipients.size(); ++i) {
            const auto where = fmt::format("/worst_recipients/{}", i);
            const auto& r = f_.recipients[i];
            out_ += "<tr><th scope=\"row\">" + figure("span", where + "/address", escaped(r.address)) + "</th>" + number("td", where + "/bounces", r.bounces, " class=\"n\"") + "<td class=\"t\">" +
                    time(where + "/last", r.last) + "</td></tr>";
        }
        out_ += "</tbody></table>";
        close();
    }

    void suspensions() {
        open("suspended", tr("Latest suspensions"));
        if (f_.suspensions.empty()) {
            none();
            return close();
        }
        out_ += "<ul class=\"list\">";
        for (std::size_t i = 0; i < f_.suspensions.size(); ++i) {
            const auto where = fmt::format("/suspensions/{}", i);
            const auto& s = f_.suspensions[i];
            out_ += "<li>" + time(where + "/since", s.since) + " – " + (s.until.empty() ? escaped(tr("until somebody resumes it")) : time(where + "/until", s.until)) + "<small>" +
                    escaped(s.by_hand ? tr("by an administrator") : tr("by strikes")) + ": " + figure("span", where + "/why", escaped(s.why)) + "</small></li>";
        }
        out_ += "</ul>";
        close();
    }

    void outbox() {
        open("outbox", tr("Outbox"));
        if (!f_.webhook_trouble.empty())
            out_ += "<p class=\"trouble\">" + escaped(tr("The webhook is asked for nothing now:")) + " " + figure("span", "/webhook_trouble", escaped(f_.webhook_trouble)) + "</p>";
        if (f_.outbox.empty()) {
            none();
            return close();
        }
        std::int64_t most = 0;
        for (const auto& w : f_.outbox) most = std::max(most, w.reports);
        table_head({{tr("Report"), false}, {tr("Reports"), true}, {"", false}});
        for (std::size_t i = 0; i < f_.outbox.size(); ++i) {
            const auto where = fmt::format("/outbox/{}", i);
            const auto& w = f_.outbox[i];
            const int colour = w.state == "failed" ? 1 : w.state == "pending" ? 2 : w.state == "dropped" ? kColours - 1 : 4;
            out_ += "<tr><th scope=\"row\">" + escaped(words_of_kind(tr, w.kind)) + "<small>" + escaped(words_of_state(tr, w.state)) + " · " + escaped(tr("oldest:")) + " " + time(where + "/oldest", w.oldest) +
                    "</small></th>" + number("td", where + "/reports", w.reports, " class=\"n\"") + "<td class=\"b\">" + share_bar(w.reports, most, colour) + "</td></tr>";
        }
        out_ += "</tbody></table>";
        close();
    }

    void foot() {
        out_ += "<footer><p>" + filled(N_("Days are those of {timezone}. A bounce counts on the day on which it was reported."), fmt::arg("timezone", f_.timezone)) + " " +
                escaped(tr("Days that records are kept:")) + " " + number("span", "/kept_days", f_.kept_days) + "</p><p>crmrelay " VERSION "</p></footer>\n</body>\n</html>\n";
    }

    const Figures& f_;
    const base::Translation& tr;
    std::string out_;
};

}  // namespace

std::string page_of(const Figures& figures, const base::Translation& tr) { return Page(figures, tr).whole(); }

}  // namespace crmrelay::ctl
