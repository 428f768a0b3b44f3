// SPDX-License-Identifier: BSL-1.0

#include "bench/chart.hpp"

#include "bench/figures.hpp"

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace bench {

namespace {

constexpr double width = 860;
constexpr double label_width = 140;
constexpr double figure_width = 150;
// The longest bar; what is more is cut, and its figure says how much it is.
constexpr double most_multiples = 5;
constexpr double unit = (width - label_width - figure_width) / most_multiples;
constexpr double bar_height = 13;
constexpr double bar_step = 18;
constexpr double title_height = 30;

// Colours that are seen on white and on black: what a reader's page looks like is not known in an image.
constexpr const char* style =
    "<style>\n"
    "text { font: 12px system-ui, sans-serif; fill: #737b85 }\n"
    ".title { font-weight: 600; font-size: 13px }\n"
    ".name { text-anchor: end }\n"
    ".floor { fill: #8b949e }\n"
    ".tidings { fill: #2f81f7 }\n"
    ".peer { fill: #c69026 }\n"
    ".line { stroke: #8b949e; stroke-dasharray: 2 3 }\n"
    "</style>\n";

[[gnu::format(printf, 1, 2)]] std::string format(const char* pattern, ...) {
  std::array<char, 512> text{};
  std::va_list values;
  va_start(values, pattern);
  std::vsnprintf(text.data(), text.size(), pattern, values);
  va_end(values);
  return text.data();
}

struct Bar {
  std::string name;
  double us;
};

/// The floor, ours, the others.
std::vector<Bar> bars_of(const RowFigures& row) {
  std::vector<Bar> bars;
  for (const Series& each : row.series) bars.push_back({each.name, median(each.us)});
  const auto floor = std::find_if(bars.begin(), bars.end(), [](const Bar& bar) { return bar.name == "floor"; });
  // Ours is the first, and what it is compared with the second.
  const auto first = floor == bars.end() ? bars.begin() + 1 : floor;
  std::rotate(bars.begin(), first, first + 1);
  return bars;
}

std::string draw_bar(const Bar& bar, double unit_us, double y) {
  const double multiple = bar.us / unit_us;
  const double length = std::min(multiple, most_multiples) * unit;
  const double baseline = y + bar_height - 2.5;
  const char* const kind = bar.name == "floor" ? "floor" : bar.name == "tidings" ? "tidings" : "peer";
  std::string drawn =
      format("<text class=\"name\" x=\"%.0f\" y=\"%.1f\">%s</text>\n", label_width - 8, baseline, bar.name.c_str());
  drawn += format("<rect class=\"%s\" x=\"%.0f\" y=\"%.1f\" width=\"%.1f\" height=\"%.0f\" rx=\"2\"/>\n", kind,
                  label_width, y, length, bar_height);
  drawn += format("<text x=\"%.1f\" y=\"%.1f\">%s%.*f µs, %.2f×</text>\n", label_width + length + 6, baseline,
                  multiple > most_multiples ? "… " : "", bar.us < 10 ? 2 : 1, bar.us, multiple);
  return drawn;
}

/// Moves y below what it draws.
std::string draw_row(const RowFigures& row, double& y) {
  const std::vector<Bar> bars = bars_of(row);
  std::string drawn = format("<text class=\"title\" x=\"0\" y=\"%.1f\">%s</text>\n", y + 20, row.row->title);
  y += title_height;
  const double top = y;
  for (const Bar& each : bars) {
    drawn += draw_bar(each, bars.front().us, y);
    y += bar_step;
  }
  drawn += format("<line class=\"line\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", label_width + unit,
                  top - 3, label_width + unit, y - 2);
  y += 6;
  return drawn;
}

}  // namespace

void write_chart(const std::vector<RowFigures>& rows, const std::string& path) {
  std::string drawn;
  double y = 0;
  for (const RowFigures& each : rows) {
    if (each.is_compared()) drawn += draw_row(each, y);
  }
  drawn += format("<text x=\"0\" y=\"%.1f\">", y + 20);
  drawn += "Processor time of the server for one operation; the dashed line is the floor, a bare epoll loop.</text>\n";
  y += title_height;
  std::ofstream file(path);
  file << "<!-- SPDX-License-Identifier: BSL-1.0; drawn by tidings_bench -->\n"
       << format(
              "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" "
              "role=\"img\" aria-label=\"Processor time of an operation, by server\">\n",
              width, y, width, y)
       << style << drawn << "</svg>\n";
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path);
}

}  // namespace bench
