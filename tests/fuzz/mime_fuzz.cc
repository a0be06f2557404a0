// SPDX-License-Identifier: BSD-2-Clause
//
// Fuzzes the MIME scanner: views stay inside the message, parts in order, caps are kept; every part's header and body can be read.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "bounce/content_type.hh"
#include "bounce/mime.hh"

namespace {

using namespace crmrelay::bounce;

void want(bool condition) {
    if (!condition) std::abort();
}

void check_part(const Message& message, const Part& part, std::size_t index) {
    want(part.header.end() <= message.text.size() && part.body.end() <= message.text.size());
    want(part.header.end() <= part.body.offset);
    want(part.depth <= kMaxDepth && part.boundary.size() <= kMaxBoundary);
    want(part.parent == kNoPart ? index == 0 : part.parent < index && message.parts[part.parent].depth + 1 == part.depth);
    if (part.parent != kNoPart) {
        want(!message.parts[part.parent].boundary.empty());
        // An empty part begins after the line end that the next boundary takes away from its parent.
        want(part.header.offset >= message.parts[part.parent].body.offset && (part.body.empty() || part.body.end() <= message.parts[part.parent].body.end()));
    }
    FieldReader fields(message.text, part.header, message.line_end);
    std::size_t last = part.header.offset;
    for (Field field; fields.next(field);) {
        want(field.whole.offset >= last && field.whole.end() <= part.header.end() && field.name.end() < field.value.offset && field.value.end() <= field.whole.end());
        last = field.whole.end();
        const auto value = unfolded(field.value.of(message.text));
        want(value.size() <= kMaxValue && value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
        const auto type = parse_content_type(value);
        want(type.parameters.size() <= kMaxParameters);
        for (const auto& parameter : type.parameters) want(parameter.value.size() <= kMaxParameterValue);
    }
    const auto text = decode(part.encoding, part.body.of(message.text), 4'096);
    want(text.size() <= 4'096 && text.size() <= part.body.length);
}

}  // namespace

extern "C" {
unsigned long fuzz_subject_runs = 0;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const Message message = scan(text);
    ++fuzz_subject_runs;
    want(!message.parts.empty() && message.parts.size() <= kMaxParts && message.open.size() <= kMaxDepth);
    std::size_t end = 0;   // leaves follow each other and never overlap
    for (std::size_t i = 0; i < message.parts.size(); ++i) {
        const Part& part = message.parts[i];
        check_part(message, part, i);
        want(part.header.offset >= end);
        end = part.boundary.empty() ? part.body.offset : part.header.end();
    }
    for (const auto part : message.open) want(part < message.parts.size() && !message.parts[part].closed);
    return 0;
}
}
