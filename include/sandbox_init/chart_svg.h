/* SPDX-License-Identifier: MIT */
/*
 * chart_svg: a chart as a picture for a browser.
 *
 * One file with nothing outside: no script, no font, no style sheet but its own. It has a dark form for who
 * prefers that. No text lies on another, whatever the browser's fixed-width font: columns are as wide as
 * their longest text. What is behind a bar is told when the mouse rests on it.
 */
#ifndef SANDBOX_INIT_CHART_SVG_H
#define SANDBOX_INIT_CHART_SVG_H

#include "sandbox_init/chart.h"

#include <stdio.h>

/* Writes CHART, which is finished, as an SVG document (XML 1.0, ASCII). Errors are STREAM's. */
void chart_svg_render(FILE *stream, const struct chart *chart);

#endif
