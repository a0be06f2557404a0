// SPDX-License-Identifier: BSD-2-Clause
//
// What is known of the networks that follow an SPF record: the answer of each name and client, how long it holds, and how the look-ups of each
// name go. Rules only: it has no thread, clock, store or log; it says what is to be logged and saved. An answer that
// once passed serves on while DNS fails, and a name that passes everyone passes nobody.
#pragma once

#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hh"
#include "base/ip.hh"
#include "policy/facts.hh"
#include "policy/spf_query.hh"
#include "store/records.hh"

namespace crmrelay::policy {

struct SpfKnown {
    Standing standing = Standing::unknown;   // where not settled: the best that is known, in or unknown
    bool settled = false;                    // no look-up is needed now
};

// Something for the log.
struct SpfEvent {
    enum class What {
        passed,         // a client is passed that was not before
        not_passed,     // a client is no longer passed
        refused,        // the name passes addresses that belong to nobody: detail lists them
        accepted,       // … and no longer does
        failing,        // its look-ups fail: detail says why
        recovered,      // … and no longer do
        stale,          // a day's reminder of a failure, since `since`
    };
    What what;
    std::string name, client, detail;
    base::Seconds since = 0;   // of not_passed: when it last passed; of failing and stale: the last good answer, 0 for never
};
using SpfEvents = std::vector<SpfEvent>;

class SpfAnswers {
public:
    using Seconds = base::Seconds;

    static constexpr Seconds kShortest = 60, kLongest = 86400;   // what a TTL counts for
    static constexpr Seconds kLongestOut = 1800;                 // … of a client that is not passed
    static constexpr Seconds kBroken = 300;                      // a name without a usable record
    static constexpr Seconds kHoldLast = 60;                     // after a failure the last good answer serves without another try
    static constexpr Seconds kHoldUnknown = 10;                  // … and nothing is asked again where there is none
    static constexpr Seconds kProbeEvery = 3600, kProbeRefused = 300, kProbeFresh = 60;
    static constexpr Seconds kUnused = 30 * 86400;               // an answer that nobody asked for so long is forgotten
    static constexpr std::size_t kMostPassed = 10000, kMostOthers = 10000;   // kept answers, least recently used ones go first

    // Before serve(). Rows of names that are then not served are forgotten.
    void load(const std::vector<store::SpfName>& names, const std::vector<store::SpfVerdict>& verdicts);
    // From now on these names (lower case), and no others.
    void serve(const std::vector<std::string>& names, Seconds now);

    SpfKnown known(const std::string& name, const base::IpAddress& client, Seconds now);
    bool serves(const std::string& name) const { return names_.contains(name); }
    bool in_trouble(const std::string& name, Seconds now) const;   // its last look-up failed for the time being

    // Whether probes are needed before an answer counts: the name was never probed, or passes a client anew.
    bool wants_probe(const std::string& name) const;
    bool wants_probe(const std::string& name, const base::IpAddress& client, const SpfAnswer& answer, Seconds now) const;
    std::vector<std::string> probes_due(Seconds now);              // each is named again only after its next turn
    static const std::vector<base::IpAddress>& probes();           // addresses that no record has a reason to pass

    // Probes first where both come. `answers` are in the order of probes().
    void learn_probes(const std::string& name, const std::vector<SpfAnswer>& answers, Seconds now, SpfEvents& events);
    Standing learn(const std::string& name, const base::IpAddress& client, const SpfAnswer& answer, Seconds now, SpfEvents& events);

    void housekeep(Seconds now, SpfEvents& events);                // at least once a minute
    store::SpfChanges take_changes();
    void save_all();                                               // the last changes did not reach the store
    std::vector<store::SpfName> state() const;                     // by name

private:
    struct Name {
        store::SpfName row;
        Seconds trouble_until = 0, probe_due = 0, warned_at = 0, logged_at = 0;
    };
    struct Entry {
        std::optional<bool> passed;   // nothing: it could never be judged
        bool saved = false;           // it passed once: a row says so
        Seconds checked_at = 0, good_until = 0, hold_until = 0, used_at = 0;
    };
    using Key = std::pair<std::string, base::IpAddress>;
    using Recent = std::list<std::pair<Key, Entry>>;   // the last used one first

    Entry* find(const Key& key);
    Entry& put(const Key& key, const Entry& entry);
    void drop(std::map<Key, Recent::iterator>::iterator at);
    Recent& list_of(const Entry& entry) { return entry.saved ? passed_ : others_; }
    void note_success(Name& name, Seconds now, SpfEvents& events);
    void note_failure(Name& name, const SpfAnswer& answer, Seconds now, SpfEvents& events);
    Standing settle(Name& name, const Key& key, bool passed, Seconds holds, Seconds now, SpfEvents& events);
    bool vetted(const Name& name) const { return name.row.probed_at != 0; }

    std::map<std::string, Name> names_;
    std::vector<store::SpfName> loaded_names_;
    std::vector<store::SpfVerdict> loaded_;
    Recent passed_, others_;
    std::map<Key, Recent::iterator> entries_;
    std::set<Key> dirty_;
    std::set<std::string> dirty_names_;
    store::SpfChanges gone_;
};

}  // namespace crmrelay::policy
