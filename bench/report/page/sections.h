// The sections of the page, one file for each group. Every function returns a finished element.
#pragma once

#include <string>

#include "bench/report/page/html.h"
#include "bench/report/report.h"

namespace ockham::bench {

// headline.cpp: the result at a glance
std::string page_title(const Report& report);
Element headline(const Report& report);
Element advice_section(const Report& report);

// pruning_sections.cpp: what was pruned and why; empty histories make no section
bool has_widths(const Provenance& provenance);
Element widths_section(const Provenance& provenance);
bool has_relevances(const Provenance& provenance);
Element relevance_section(const Provenance& provenance);

// network_section.cpp: a picture of what is left, and which channels belong together
bool has_network(const NetworkMeasurement& network);
Element network_section(const NetworkMeasurement& network);

// speed_sections.cpp: what it gave
Element speedup_section(const Report& report);  ///< needs a baseline
Element times_section(const Report& report);
Element layers_section(const Report& report);
Element latency_section(const Report& report);
Element batches_section(const Report& report);  ///< needs batches

// fact_sections.cpp: on what, by whom, at which price
Element costs_section(const Report& report);
Element provenance_section(const Provenance& provenance);
Element machine_section(const Report& report);

}  // namespace ockham::bench
