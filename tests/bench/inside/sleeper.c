/* SPDX-License-Identifier: MIT */
/*
 * sleeper
 *
 * A main command that says one byte on BENCH_REPORT_FD when it runs and then sleeps for ever, with the
 * default action for every signal.
 */
#include "report.h"

int main(void)
{
    report_write("r", 1);
    for (;;) {
        pause();
    }
}
