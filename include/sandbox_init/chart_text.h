/* SPDX-License-Identifier: MIT */
/*
 * chart_text: a chart in letters, for a terminal.
 */
#ifndef SANDBOX_INIT_CHART_TEXT_H
#define SANDBOX_INIT_CHART_TEXT_H

#include "sandbox_init/chart.h"

#include <stdio.h>

enum {
    CHART_TEXT_COLUMNS = 100, /* a good width, where nothing says how much there is */
    CHART_TEXT_COLUMNS_MAX = 500,
};

/*
 * Writes CHART, which is finished, in lines of printable ASCII of at most COLUMNS characters; where there is
 * no room for a readable chart, the bars are 10 wide all the same. Errors are STREAM's.
 */
void chart_text_render(FILE *stream, const struct chart *chart, unsigned columns);

#endif
