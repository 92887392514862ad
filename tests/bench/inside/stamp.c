/* SPDX-License-Identifier: MIT */
/*
 * stamp
 *
 * A main command that does nothing but tell when it ran: it writes CLOCK_MONOTONIC in nanoseconds (uint64_t)
 * to BENCH_REPORT_FD.
 */
#include "report.h"

int main(void)
{
    const uint64_t now = report_now_ns();
    return report_write(&now, sizeof now) ? 0 : 1;
}
