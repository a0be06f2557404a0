// SPDX-License-Identifier: BSD-2-Clause
//
// Reads a preset: a name, notes, and a table a fact, each with its value and its source.
#include "conf/preset.hh"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/ip.hh"
#include "base/text.hh"
#include "conf/names.hh"
#include "conf/table.hh"

namespace crmrelay::conf {

namespace {

namespace fs = std::filesystem;
using base::neuter;

constexpr std::size_t kFileCap = 64 << 10;
constexpr std::size_t kNameCap = 64;
constexpr std::size_t kEntriesCap = 64;   // of one fact
constexpr std::size_t kPresetsCap = 1000;
constexpr int kLastPort = 65535;
constexpr std::string_view kSuffix = ".toml";

// A preset's name is a file's name, too: nothing in it leads out of the folder.
bool sound_name(std::string_view name) {
    return !name.empty() && name.size() <= kNameCap && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

base::Result<std::string> parse_network_text(std::string_view text) {
    if (base::istarts_with(text, "spf:")) {
        std::string_view labels = text.substr(4);
        // Names of SPF records begin with "_" often, which no host's name does.
        std::string plain;
        for (const char c : labels) plain += c == '_' ? 'x' : c;
        if (const auto domain = parse_domain(plain); !domain) return base::Error{fmt::format("\"{}\" is no spf: entry; write \"spf:\" and a domain name", neuter(text, 300))};
        return "spf:" + base::lower(labels);
    }
    if (const auto prefix = base::Prefix::parse(text); !prefix) return base::Error{prefix.error() + "; write \"spf:NAME\", a network or an address"};
    return std::string(text);
}

base::Result<std::string> parse_pattern(std::string_view text) {
    const bool plain = std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
    if (plain && std::ranges::count(text, '@') == 1 && !text.starts_with('@') && !text.ends_with('@')) return std::string(text);
    return base::Error{fmt::format("\"{}\" is no pattern of an address; write one such as \"*@*.example.com\"", neuter(text, 300))};
}

base::Result<std::string> parse_page(std::string_view text) {
    const bool plain = std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '<' && c != '>'; });
    if (plain && text.starts_with("https://") && text.size() > 8) return std::string(text);
    return base::Error{fmt::format("\"{}\" is no page; write its https:// URL", neuter(text, 300))};
}

// A list of strings, each read by `parse`.
template <typename Parse>
std::vector<std::string> read_texts(const Value& value, std::string_view key, Parse parse) {
    std::vector<std::string> out;
    std::size_t entries = 0;
    value.want_list(key, "a list of strings", [&](const Value& element) {
        if (++entries > kEntriesCap) return;
        const auto text = element.want_text(fmt::format("an entry of {}", key), "a string in quotes");
        if (!text) return;
        auto parsed = parse(*text);
        if (!parsed) element.problem(fmt::format("{}: {}", key, parsed.error()));
        else if (std::ranges::find(out, *parsed) != out.end()) element.problem(fmt::format("{} names \"{}\" twice", key, *parsed));
        else out.push_back(std::move(*parsed));
    });
    if (entries > kEntriesCap) value.problem(fmt::format("{} has more than {} entries", key, kEntriesCap));
    else if (value.is_list() && entries == 0) value.problem(fmt::format("{} is empty; leave a fact out that is not known", key));
    return out;
}

class Reader {
public:
    Reader(const Value& root, Preset& out) : table_(root, "this preset"), out_(out) {}

    void read() {
        read_name();
        texts("networks", parse_network_text, out_.networks);
        fact("tenant", [&](const Value& value) {
            const auto text = value.want_text("tenant", "a header field's name");
            if (!text) return;
            auto header = parse_header_name(*text);
            if (header) out_.tenant_header = std::move(*header);
            else value.problem("tenant: " + header.error());
        });
        fact("ports", [&](const Value& value) { read_ports(value); });
        texts("return_path", parse_pattern, out_.return_path_patterns);
        fact("fallback", [&](const Value& value) {
            out_.fallback = value.truth();
            if (!out_.fallback) value.wrong_type("fallback", "true or false");
        });
        texts("headers", parse_header_name, out_.headers);
        texts("remove_headers", parse_header_name, out_.remove_headers);
        if (const auto notes = table_.take("notes")) read_notes(*notes);
        table_.finish();
    }

private:
    void read_name() {
        const auto name = table_.take("name");
        if (!name) return;
        if (const auto text = name->want_text("name", "the vendor's or product's name")) out_.name = base::trim(*text);
        if (name->text() && out_.name.empty()) name->problem("name is empty; write the vendor's or product's name");
    }

    // Notes may have several lines.
    void read_notes(const Value& value) {
        const auto text = value.text();
        if (!text) return value.wrong_type("notes", "a string");
        const bool plain = std::ranges::none_of(*text, [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == '\x7f'; });
        if (plain) out_.notes = base::trim(*text);
        else value.problem("notes holds a control character; write plain lines");
    }

    void read_ports(const Value& value) {
        bool any = false;
        const bool list = value.want_list("ports", "a list: [25, 587, \"1024-65535\"]", [&](const Value& element) {
            any = true;
            if (const auto text = element.text()) return read_port_range(element, *text);
            const auto port = element.want_number("an entry of ports", 1, kLastPort);
            if (!port) return;
            if (std::ranges::find(out_.ports, static_cast<int>(*port)) == out_.ports.end()) out_.ports.push_back(static_cast<int>(*port));
            else element.problem(fmt::format("ports names {} twice", *port));
        });
        if (list && !any) value.problem("ports is empty; leave a fact out that is not known");
    }

    // "1024-65535"
    void read_port_range(const Value& element, std::string_view text) {
        const auto dash = std::min(text.find('-'), text.size());
        const auto first = base::parse_number(text.substr(0, dash)), last = base::parse_number(text.substr(std::min(dash + 1, text.size())));
        if (!first || !last || *first < 1 || *last > kLastPort || *first >= *last)
            return element.problem(fmt::format("\"{}\" is no range of ports; write one such as \"1024-65535\"", neuter(text, 100)));
        if (out_.port_ranges.size() < kEntriesCap) out_.port_ranges.emplace_back(static_cast<int>(*first), static_cast<int>(*last));
    }

    template <typename Parse>
    void texts(std::string_view key, Parse parse, std::vector<std::string>& into) {
        fact(key, [&](const Value& value) { into = read_texts(value, key, parse); });
    }

    // KEY = { value = …, source = "https://…", observed = "…" }; `read` gets the value.
    template <typename Read>
    void fact(std::string_view key, Read read) {
        const auto found = table_.take(key);
        if (!found) return;
        if (!found->is_table()) return found->wrong_type(key, "a table: { value = …, source = \"https://…\" }");
        Table one(*found, fmt::format("[{}]", key));
        const auto value = one.take("value");
        if (value) read(*value);
        else found->problem(fmt::format("{} has no value; add one, or leave the fact out", key));
        FactSource source = read_source(one);
        if (source.pages.empty() && source.observed.empty() && !one.take("source") && !one.take("observed"))
            found->problem(fmt::format("{} has no source; name the vendor's page that says so", key));
        out_.sources.insert_or_assign(std::string(key), std::move(source));
        one.finish();
    }

    // `source` is a page or a list of pages.
    static FactSource read_source(Table& fact) {
        FactSource out;
        if (const auto source = fact.take("source")) {
            if (source->is_list()) out.pages = read_texts(*source, "source", parse_page);
            else if (const auto text = source->want_text("source", "a page's URL, or a list of them")) {
                auto page = parse_page(*text);
                if (page) out.pages.push_back(std::move(*page));
                else source->problem("source: " + page.error());
            }
        }
        if (const auto observed = fact.take("observed"))
            if (const auto text = observed->want_text("observed", "what real mail showed")) {
                out.observed = base::trim(*text);
                if (out.observed.empty()) observed->problem("observed is empty; write what real mail showed, or leave it out");
            }
        return out;
    }

    Table table_;
    Preset& out_;
};

base::Result<std::string> read_file(const std::string& path) {
    std::error_code trouble;
    // A FIFO in its place must not hang the reader.
    const auto status = fs::status(path, trouble);
    if (trouble && trouble != std::errc::no_such_file_or_directory) return base::Error{fmt::format("{}: cannot be read: {}", neuter(path, 4096), trouble.message())};
    if (!fs::is_regular_file(status)) return base::Error{fmt::format("{}: not a regular file; put the preset into one", neuter(path, 4096))};
    errno = 0;
    std::ifstream in(path, std::ios::binary);
    std::string text(kFileCap + 1, '\0');
    if (!in) return base::Error{fmt::format("{}: cannot be read: {}; make it readable for the daemons' users", neuter(path, 4096), std::generic_category().message(errno))};
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (in.bad()) return base::Error{fmt::format("{}: cannot be read", neuter(path, 4096))};
    if (text.size() > kFileCap) return base::Error{fmt::format("{}: larger than {} KiB; no preset is", neuter(path, 4096), kFileCap >> 10)};
    return text;
}

}  // namespace

bool Preset::offers(int port) const {
    return std::ranges::find(ports, port) != ports.end() ||
           std::ranges::any_of(port_ranges, [&](const auto& range) { return range.first <= port && port <= range.second; });
}

std::vector<std::string> Preset::port_texts() const {
    std::vector<std::string> out;
    for (const int port : ports) out.push_back(std::to_string(port));
    for (const auto& [first, last] : port_ranges) out.push_back(fmt::format("{}-{}", first, last));
    return out;
}

base::Result<std::vector<std::string>> preset_names(const std::string& folder) {
    std::vector<std::string> out;
    std::error_code trouble;
    fs::directory_iterator entry(folder, trouble);
    for (; !trouble && entry != fs::directory_iterator(); entry.increment(trouble)) {
        const std::string file = entry->path().filename().string();
        if (!file.ends_with(kSuffix)) continue;
        auto name = file.substr(0, file.size() - kSuffix.size());
        if (sound_name(name)) out.push_back(std::move(name));
        if (out.size() > kPresetsCap) return base::Error{fmt::format("{} holds more than {} presets", neuter(folder, 4096), kPresetsCap)};
    }
    if (trouble) return base::Error{fmt::format("the presets' folder {} cannot be read: {}; name the right one with presets in [service]", neuter(folder, 4096), trouble.message())};
    std::ranges::sort(out);
    return out;
}

base::Result<Preset> parse_preset(std::string_view text, const std::string& file, std::string_view name) {
    Problems problems;
    Source source{file, problems};
    Preset out;
    out.key = name;
    if (const Document document(text, source); document.root()) {
        Reader(*document.root(), out).read();
    }
    if (problems.empty() && out.name.empty()) add_problem(problems, {file, 1, 1}, "name is missing; write the vendor's or product's name");
    if (problems.empty()) return out;
    std::ranges::stable_sort(problems, {}, [](const Problem& problem) { return std::pair(problem.line, problem.column); });
    std::string all;
    for (const auto& problem : problems) all += (all.empty() ? "" : "; ") + problem.message();
    return base::Error{std::move(all)};
}

base::Result<Preset> load_preset(const std::string& folder, std::string_view name) {
    const auto names = preset_names(folder);
    if (!names) return base::Error{names.error()};
    if (std::ranges::find(*names, name) == names->end()) {
        const std::vector<std::string_view> known(names->begin(), names->end());
        const auto near = nearest(name, known);
        const auto hint = near.empty() ? std::string() : fmt::format("did you mean \"{}\"? ", near);
        if (names->empty()) return base::Error{fmt::format("no preset \"{}\": {} holds none", neuter(name, 64), neuter(folder, 4096))};
        return base::Error{fmt::format("no preset \"{}\"; {}there are: {}", neuter(name, 64), hint, fmt::join(*names, ", "))};
    }
    const auto path = fmt::format("{}/{}{}", folder, name, kSuffix);
    const auto text = read_file(path);
    if (!text) return base::Error{text.error()};
    return parse_preset(*text, path, name);
}

}  // namespace crmrelay::conf
